# SPDX-License-Identifier: BSD-3-Clause
"""
What was found at the last few points, by the bytes of these points.

Solvers write to the arrays that they have handed over, so neither an array nor its identity tells a point.
"""

from __future__ import annotations

import threading
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.numeric.pattern import is_sparse

__all__ = ["Memo", "copied", "key_of"]

# Points that are remembered: implicit solvers of differential equations come back after a step or two.
POINTS = 3

# Arguments that are what they show; those of derived classes may hold more. Bytes from which on a digest is kept.
PLAIN, MANY = {bool, int, float, complex, str, bytes}, 2**16


class Memo:
    """
    What was found at the last few points, for several threads.

    Keys are the bytes of a point and of further arguments, so that a point that was written to is another one. What is
    put in is copied by who puts it, and what is got by who gets it.
    """

    def __init__(self, points: int = POINTS) -> None:
        self.points = points
        self.lock = threading.Lock()
        self.known: list[tuple[Any, dict[str, Any]]] = []

    def __getstate__(self) -> int:
        return self.points

    def __setstate__(self, points: int) -> None:
        self.__init__(points)  # type: ignore[misc]  # what was known stays where it was found

    def get(self, key: Any, name: str) -> Any:
        """What was found under a name at a point; None if nothing is known."""
        with self.lock:
            return next((found.get(name) for known, found in self.known if known == key), None)

    def put(self, key: Any, name: str, value: Any) -> None:
        """Keep it, and forget the point that was not asked for longest."""
        with self.lock:
            at = next((place for place, (known, _) in enumerate(self.known) if known == key), None)
            found = {} if at is None else self.known.pop(at)[1]
            self.known.append((key, {**found, name: value}))
            del self.known[: -self.points]


def key_of(x: npt.NDArray[Any], args: tuple[Any, ...]) -> Any:
    """A key of a point and further arguments; None if one of these can not be told from another by its value."""
    parts: list[Any] = []
    for a in (x, *args):
        if type(a) is np.ndarray and a.dtype.kind in "biufc":
            parts.append((a.dtype.str, a.shape, _bytes_of(a)))
        elif a is None or type(a) in PLAIN or (isinstance(a, np.generic) and a.dtype.kind in "biufc"):
            parts.append((type(a), repr(a)))
        else:
            return None
    return tuple(parts)


def _bytes_of(a: npt.NDArray[Any]) -> bytes:
    """The bytes of an array, or what stands for them where they are many."""
    return a.tobytes() if a.nbytes <= MANY else blake2b(np.ascontiguousarray(a).data.cast("B")).digest()


def copied(a: Any) -> Any:
    """An array, or a sparse one, of its own; numbers are what they are."""
    return a.copy() if isinstance(a, np.ndarray) or is_sparse(a) else a
