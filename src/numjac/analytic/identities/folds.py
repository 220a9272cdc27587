# SPDX-License-Identifier: BSD-3-Clause
"""Methods of ufuncs in words of the ufunc: reduce, accumulate, reduceat, outer, at."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from numjac.analytic.identities.assembly import in_place
from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Rule

__all__ = ["ROWS", "rule_of"]


def reduced(ufunc: Any) -> Any:
    """From the first to the last along one axis."""

    def reduce(array: Any, axis: Any = 0, *, keepdims: bool = False, initial: Any = None) -> Any:
        if (axis is None and np.ndim(array) != 1) or isinstance(axis, tuple):
            raise TypeError(f"axis={axis!r}")
        rows = np.moveaxis(array, axis or 0, 0)
        y = rows[0] if initial is None else ufunc(initial, rows[0])
        for k in range(1, np.shape(rows)[0]):
            y = ufunc(y, rows[k])
        return np.expand_dims(y, axis or 0) if keepdims else y

    return reduce


def accumulated(ufunc: Any) -> Any:
    """The same, all on the way."""

    def accumulate(array: Any, axis: int = 0) -> Any:
        rows = np.moveaxis(array, axis, 0)
        parts = [rows[0]]
        for k in range(1, np.shape(rows)[0]):
            parts.append(ufunc(parts[-1], rows[k]))
        return np.moveaxis(np.stack(parts), 0, axis)

    return accumulate


def between(ufunc: Any) -> Any:
    """From each index to the next one, or the entry alone."""

    def reduceat(array: Any, indices: Any, axis: int = 0) -> Any:
        rows = np.moveaxis(array, axis, 0)
        ends = [*indices[1:], np.shape(rows)[0]]
        parts = [ufunc.reduce(rows[i:j], axis=0) if i < j else rows[i] for i, j in zip(indices, ends, strict=True)]
        return np.moveaxis(np.stack(parts), 0, axis)

    return reduceat


def outer(ufunc: Any) -> Any:
    """Every entry with every other."""
    return lambda A, B: ufunc(np.reshape(A, np.shape(A) + (1,) * np.ndim(B)), B)


def at(ufunc: Any) -> Any:
    """One after the other, where a place occurs more than once."""

    def assign(a: Any, indices: Any, b: Any = None) -> None:
        places = np.arange(np.size(a)).reshape(np.shape(a))[indices]
        others = () if b is None else (b,)
        if np.unique(places).size == places.size:
            a[indices] = ufunc(a[indices], *others)
            return
        full = None if b is None else np.broadcast_to(b, places.shape)
        for k in np.ndindex(places.shape):
            where = np.unravel_index(places[k], np.shape(a))
            a[where] = ufunc(a[where]) if full is None else ufunc(a[where], full[k])

    return assign


METHODS = {"reduce": reduced, "accumulate": accumulated, "reduceat": between, "outer": outer}


@lru_cache
def rule_of(function: Any) -> Rule | None:
    """
    The rule of a method of a ufunc.

    Parameters
    ----------
    function : callable
        For example ``np.hypot.reduce``.

    Returns
    -------
    Rule or None
        None for anything else.
    """
    ufunc, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(ufunc, np.ufunc) or ufunc.signature is not None:
        return None
    if name == "at":
        return in_place(function, at(ufunc))
    return composite(function, f"that of {ufunc.__name__}", METHODS[name](ufunc)) if name in METHODS else None


ROWS: list[Rule] = [
    rule
    for function in (np.add.outer, np.subtract.outer, np.multiply.outer, np.divide.outer, np.add.reduceat,
                     np.subtract.reduce, np.hypot.reduce, np.logaddexp.accumulate, np.add.at, np.subtract.at,
                     np.multiply.at)
    if (rule := rule_of(function)) is not None
]  # fmt: skip
