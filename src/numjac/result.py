# SPDX-License-Identifier: BSD-3-Clause
"""What a differentiation tells about itself: the `Report`, its counts and its flags."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Evaluations", "Flag", "FlagArray", "FloatArray", "IntArray", "Kink", "Report", "Shape", "Traced"]

Array = npt.NDArray[Any]
FlagArray = npt.NDArray[np.uint16]
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
    NOISY = 16
    "The noise of f is far above its rounding; the error allows for it."
    UNRESOLVED = 32
    "No steps were found at which f has a slope that can be trusted: the error is inf, a higher derivative NaN."
    KINK = 64
    "The slopes to both sides differ: the entry is their mean, its error inf; the report has both."
    JUMP = 128
    "f is not continuous at x: the entry is NaN, its error inf."
    NO_DEPENDENCE = 256
    "f never changed: the entry is 0, its error what the rounding of f may hide."


@dataclass(frozen=True, slots=True)
class Kink:
    """
    A derivative that does not exist because the slopes to both sides differ.

    Parameters
    ----------
    output, column : int
        Which entry: the number of the output of f, and of the entry of x (or of `wrt`), both flattened.
    left, right : float
        The slopes below and above x.

    Examples
    --------
    >>> import numjac as nj
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     _, report = nj.derivative(abs, 0.0, full_output=True)
    >>> report.kinks
    (Kink(output=0, column=0, left=-1.0, right=1.0),)
    """

    output: int
    column: int
    left: float
    right: float


class Evaluations(int):
    """
    The number of calls of f, which also knows what they were.

    Parameters
    ----------
    real, complex : int
        Calls with a real and with a complex step.
    traced : int
        Calls with a tracer.
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

    def __new__(  # noqa: D102
        cls,
        real: int = 0,
        complex: int = 0,  # noqa: A002
        points: int | None = None,
        traced: int = 0,
    ) -> Self:
        self = super().__new__(cls, real + complex + traced)
        self.by_kind = {"real": real, "complex": complex, "traced": traced}
        self.points = real + complex + traced if points is None else points
        return self

    def __add__(self, other: int) -> Evaluations:
        """The sum kind by kind; a plain number counts as real evaluations."""
        more = other if isinstance(other, Evaluations) else Evaluations(real=other)
        counts = {kind: count + more.by_kind[kind] for kind, count in self.by_kind.items()}
        return Evaluations(**counts, points=self.points + more.points)

    def __reduce__(self) -> tuple[type, tuple[int, int, int, int]]:
        return type(self), (self.by_kind["real"], self.by_kind["complex"], self.points, self.by_kind["traced"])

    def __repr__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.by_kind.items() if count) or "none"
        points = f"; {self.points} points" if self.points != self else ""
        return f"{int(self)} ({kinds}{points})"

    __str__ = __repr__


@dataclass(frozen=True)
class Traced:
    """
    How an analytic derivative came about.

    Parameters
    ----------
    attempt : str
        ``"A"``: f was called as it is.
    direction : str
        ``"forward"`` or ``"reverse"``.
    nodes : int
        Operations that were written down.
    checks : tuple of str
        What the result was held against.
    structure : str
        What the whole Jacobian is: ``"identity"``, ``"scaled identity"``, ``"diagonal"``, ``"permutation"``,
        ``"selection"``, ``"sparse, ..."``, ``"zero"``, ``"dense"``, as far as the operations tell.
    """

    attempt: str
    direction: str
    nodes: int
    checks: tuple[str, ...]
    structure: str = "dense"

    def __str__(self) -> str:
        way = f"{self.nodes} operations, {self.direction}, attempt {self.attempt}"
        return f"{self.structure}; {way}; checked: {', '.join(self.checks)}"


@dataclass(frozen=True)
class Report:
    """
    How a derivative was found and what it is worth; returned beside it for ``full_output=True``.

    Parameters
    ----------
    value : ndarray or scalar
        f(x), in the shape that f gave it.
    error : ndarray or scalar
        Shaped like the derivative: a bound of its absolute error that holds for 99 entries in 100, from what its own
        samples leave open and the noise of f. It is inf where there is nothing to judge by, or nothing to be trusted.
    method : str
        The way taken: ``"analytic"``, ``"complex"``, ``"adaptive"``, ``"central"``, ``"forward"``, ``"backward"``; of
        second derivatives also ``"gradient"``, adaptive differences of the exact gradient.
    order : int
        Its order of accuracy.
    reason : str
        Why the ways before it were not taken; empty if there was none.
    nfev : Evaluations
        Calls of f, f(x) included; an integer that also has ``by_kind`` and ``points``.
    step : ndarray or scalar
        The step h of each column, signed, in units of x; shaped like x (or like `wrt`). Of a higher derivative, the
        radius within which f was sampled.
    noise : ndarray or scalar
        Shaped like f(x): the size of the errors in f, absolute. Of adaptive differences as they were seen along a line,
        or told; otherwise those of the number format.
    flags : ndarray of uint16 or scalar
        Shaped like the derivative: combinations of `Flag`.
    kinks : tuple of Kink
        Entries at which f has a kink, with the slopes to both sides.
    trace : Traced, optional
        Of an analytic derivative: how it came about.
    """

    value: Any
    error: Any
    method: str
    order: int
    reason: str
    nfev: Evaluations
    step: Any
    noise: Any
    flags: Any = field(repr=False)
    kinks: tuple[Kink, ...] = ()
    trace: Traced | None = None

    @property
    def structure(self) -> str:
        """What the whole Jacobian is; empty if it did not come from identities."""
        return "" if self.trace is None else self.trace.structure

    def counts(self) -> dict[str, int]:
        """How many entries carry each flag; ``ok`` counts those without one."""
        flags = _entries(self.flags)
        counts = {"ok": int(np.count_nonzero(flags == Flag.OK))}
        for flag in Flag:
            counts[str(flag.name).lower().replace("_", "-")] = int(np.count_nonzero(flags & flag))
        return {name: count for name, count in counts.items() if count}

    def __repr__(self) -> str:
        error, step = _entries(self.error), np.abs(np.asarray(self.step))
        lines = {
            "method": f"{self.method}, order {self.order}" if self.order else self.method,
            "trace": "" if self.trace is None else str(self.trace),
            "reason": self.reason,
            "nfev": str(self.nfev),
            "step": _span(step) if step.any() else "",
            "error": f"{_span(error)}" if np.isfinite(error).any() else "not estimated",
            "noise": _span(np.asarray(self.noise)),
            "entries": ", ".join(f"{count} {name}" for name, count in self.counts().items()),
        }
        return "\n".join(f"{name:>8}: {text}" for name, text in lines.items() if text)


def _entries(numbers: Any) -> Array:
    """All numbers, or those that are stored of a sparse matrix, which without SciPy is a tuple."""
    if hasattr(numbers, "tocsr"):
        return np.asarray(numbers.data)
    return np.asarray(numbers[0] if isinstance(numbers, tuple) else numbers)


def _span(values: Array) -> str:
    """The range of the finite numbers of an array."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return ""
    low, high = finite.min(), finite.max()
    return f"{low:.1e}" if low == high else f"{low:.1e} ... {high:.1e}"
