# SPDX-License-Identifier: BSD-3-Clause
"""What a differentiation tells about itself: the `Report`, its counts and its flags."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Evaluations", "Flag", "FloatArray", "IntArray", "Report", "Shape"]

Array = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Shape = tuple[int, ...]


class Flag(IntFlag):
    """
    What is to be known of one entry of a derivative.

    Examples
    --------
    >>> Flag.ONE_SIDED | Flag.SHRUNK
    <Flag.ONE_SIDED|SHRUNK: 6>
    """

    OK = 0
    NOT_FINITE = 1
    "f was not finite at a node: the entry is NaN."
    ONE_SIDED = 2
    "A bound lies so near that only one side of x was sampled."
    SHRUNK = 4
    "Bounds on both sides left room for a smaller step only."
    NO_ROOM = 8
    "The bounds coincide: x can not move, the entry is NaN."


class Evaluations(int):
    """
    The number of calls of f, which also knows what they were.

    Parameters
    ----------
    real, complex : int
        Calls with a real and with a complex step.
    points : int
        Points at which f was evaluated; more than the calls if f is vectorized.

    Examples
    --------
    >>> Evaluations(real=3, complex=2)
    5 (3 real, 2 complex)
    >>> Evaluations(real=2, points=101)
    2 (2 real; 101 points)
    >>> Evaluations(real=3) + Evaluations(complex=2) == 5
    True
    """

    by_kind: dict[str, int]
    points: int

    def __new__(cls, real: int = 0, complex: int = 0, points: int | None = None) -> Self:  # noqa: A002, D102
        self = super().__new__(cls, real + complex)
        self.by_kind = {"real": real, "complex": complex}
        self.points = real + complex if points is None else points
        return self

    def __add__(self, other: int) -> Evaluations:
        """The sum kind by kind; a plain number counts as real evaluations."""
        more = other if isinstance(other, Evaluations) else Evaluations(real=other)
        counts = {kind: count + more.by_kind[kind] for kind, count in self.by_kind.items()}
        return Evaluations(**counts, points=self.points + more.points)

    def __reduce__(self) -> tuple[type, tuple[int, int, int]]:
        return type(self), (self.by_kind["real"], self.by_kind["complex"], self.points)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.by_kind.items() if count) or "none"
        points = f"; {self.points} points" if self.points != self else ""
        return f"{int(self)} ({kinds}{points})"

    __str__ = __repr__


@dataclass(frozen=True)
class Report:
    """
    How a derivative was found and what it is worth; returned beside it for ``full_output=True``.

    Parameters
    ----------
    value : ndarray or scalar
        f(x), in the shape that f gave it.
    error : ndarray or scalar
        Shaped like the derivative: a bound of its absolute error, from the disagreement of its own quotients and the
        rounding of f. It is inf where there is nothing to judge by: a single quotient, an entry that is not finite.
    method : str
        The way taken: ``"complex"``, ``"central"``, ``"forward"``, ``"backward"``.
    order : int
        Its order of accuracy.
    reason : str
        Why the ways before it were not taken; empty if there was none.
    nfev : Evaluations
        Calls of f, f(x) included; an integer that also has ``by_kind`` and ``points``.
    step : ndarray or scalar
        The step h of each column, signed, in units of x; shaped like x (or like `wrt`).
    noise : float
        Relative size of the errors assumed in f: the unit roundoff of the coarsest number format in use.
    flags : ndarray of uint8 or scalar
        Shaped like the derivative: combinations of `Flag`.
    """

    value: Any
    error: Any
    method: str
    order: int
    reason: str
    nfev: Evaluations
    step: Any
    noise: float
    flags: Any = field(repr=False)

    def counts(self) -> dict[str, int]:
        """How many entries carry each flag; ``ok`` counts those without one."""
        flags = np.asarray(self.flags)
        counts = {"ok": int(np.count_nonzero(flags == Flag.OK))}
        for flag in Flag:
            counts[str(flag.name).lower().replace("_", "-")] = int(np.count_nonzero(flags & flag))
        return {name: count for name, count in counts.items() if count}

    def __repr__(self) -> str:
        error, step = np.asarray(self.error), np.abs(np.asarray(self.step))
        lines = {
            "method": f"{self.method}, order {self.order}",
            "reason": self.reason,
            "nfev": str(self.nfev),
            "step": _span(step),
            "error": f"{_span(error)}" if np.isfinite(error).any() else "not estimated",
            "noise": f"{self.noise:.1e} relative",
            "entries": ", ".join(f"{count} {name}" for name, count in self.counts().items()),
        }
        return "\n".join(f"{name:>8}: {text}" for name, text in lines.items() if text)


def _span(values: Array) -> str:
    """The range of the finite numbers of an array."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return ""
    low, high = finite.min(), finite.max()
    return f"{low:.1e}" if low == high else f"{low:.1e} ... {high:.1e}"
