# SPDX-License-Identifier: BSD-3-Clause
"""
Derivatives of higher order at a point: f is handed to a series, and a series becomes an estimate.

A scalar x is one line with all outputs of f on it. An array x is as many lines as it has entries, with an output each,
and f is sampled on all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import factorial, log

import numpy as np
import numpy.typing as npt

from numjac.errors import ContradictionError, UnprovenError
from numjac.formats import EPS
from numjac.numeric.chebyshev import chebyshev
from numjac.numeric.contours import Taylor, agrees, contour
from numjac.numeric.differences import Estimate, prove_elementwise
from numjac.numeric.families import as_doubles, room_of
from numjac.numeric.functions import Evaluator, Recall
from numjac.numeric.points import Point, name_of
from numjac.numeric.series import Series, unscaled
from numjac.numeric.steps import Wishes, box_of, magnitude
from numjac.result import Array, Flag, FlagArray, FloatArray

__all__ = ["High", "check_circles", "encircle", "interpolate"]

# The error of a coefficient that so many roundings explain is no sign that something else is wrong.
ROUNDINGS = 100.0

# Noise that is so many times as large as rounding is worth a flag.
LOUD = 16.0

# An interval whose shorter side is this part of the longer one has x at its end.
SIDE = 1 / 8

# The second direction in which a holomorphic function is differentiated: of z**a conj(z)**b with a + b <= 10 and b > 0
# no derivative is the same in both.
TURN = np.exp(1j * np.pi / 11)


@dataclass(slots=True)
class High(Estimate):
    """
    A derivative of higher order, with the first one from the same samples.

    Parameters
    ----------
    slope, slack : ndarray
        The first derivative, flat, and a bound of its error.
    taylor : Taylor, optional
        The series that it comes from, if f was called with complex numbers.
    """

    slope: Array = field(default_factory=lambda: np.empty(0))
    slack: FloatArray = field(default_factory=lambda: np.empty(0))
    taylor: Taylor | None = None


@dataclass(slots=True)
class Lines:
    """
    The lines through a point on which f is sampled, and what was seen there.

    Parameters
    ----------
    point : Point
        Where they cross.
    evaluator : Evaluator
        What f is sampled by.
    value : ndarray
        f at the point [count, outputs].
    size, grain : ndarray
        The magnitude of each coordinate, and the error of a displacement [count].
    low, high : ndarray
        Room below and above [count].
    box : tuple of ndarray
        The bounds of each entry.
    reach, span : ndarray
        How far from x the first samples were [count], and how far from f(x) they were [count, outputs].
    changed, finite : ndarray of bool
        Whether an output was ever another than at the point, and whether it ever was finite in a whole round.
    holes : ndarray of bool
        Whether it was not, below and above the point [2, count, outputs].
    places, samples : ndarray
        Those of the round with the fewest holes, in rows.
    """

    point: Point
    evaluator: Evaluator
    value: Array
    size: FloatArray
    grain: FloatArray
    low: FloatArray
    high: FloatArray
    box: tuple[FloatArray, FloatArray]
    reach: FloatArray
    span: FloatArray
    changed: npt.NDArray[np.bool_]
    finite: npt.NDArray[np.bool_]
    holes: npt.NDArray[np.bool_]
    places: Array | None = None
    samples: Array | None = None

    @classmethod
    def of(cls, point: Point, evaluator: Evaluator, wishes: Wishes, eps: float) -> Lines:
        """The lines through a point, whose numbers are so far apart near 1."""
        x = np.ascontiguousarray(point.flat.real, np.float64)
        value = evaluator.value.reshape(x.size, -1 if x.size else 1)
        low, high = box_of(point, wishes)
        nil, no, still = np.zeros(value.shape), np.zeros(value.shape, bool), ~np.isfinite(x)
        box = np.where(still, -np.inf, low), np.where(still, np.inf, high)
        grain = eps / 2 * np.nan_to_num(np.abs(point.flat))
        size = np.nan_to_num(magnitude(point, wishes), nan=1.0)
        room = room_of(x, low, high)
        return cls(point, evaluator, value, size, grain, *room, box, nil[:, 0], nil, no, no, np.stack([no, no]))

    @property
    def of_complex(self) -> bool:
        """Whether f is complex at the point."""
        return self.value.dtype.kind == "c"

    def at(self, t: Array) -> Array:
        """f at displacements t [points, count], real or complex: [points, count, outputs]."""
        X = self.point.flat + t
        inside = np.clip(X.real, *self.box)
        X = np.ascontiguousarray(inside + 1j * X.imag if X.dtype.kind == "c" else inside)
        Y = self.evaluator.many(X, lambda row: _place(self.point, X[row]))
        if self.samples is None or np.isfinite(Y).sum() > np.isfinite(self.samples).sum():
            self.places, self.samples = X, Y
        y: Array = Y.reshape(*t.shape, self.value.shape[-1])
        self._note(t, y)
        return y

    def _note(self, t: Array, y: Array) -> None:
        """Remember what samples tell beside their numbers."""
        finite = np.isfinite(y)
        if not self.reach.any():
            self.reach = np.max(np.abs(t), axis=0)
            self.span = np.max(np.abs(y - self.value), axis=0, where=finite, initial=0.0)
        t = t.real[..., np.newaxis]
        self.changed = self.changed | (y != self.value).any(axis=0)
        self.finite = self.finite | finite.all(axis=0)
        self.holes = self.holes | np.stack([(~finite & (t < 0)).any(axis=0), (~finite & (t > 0)).any(axis=0)])

    def on_circles(self, t: Array) -> Array:
        """
        f at complex displacements, as functions that are real on the real axis.

        A complex f is the sum u + i w of two of those: ``u(t) = (f(t) + conj f(conj t)) / 2``, and w likewise.
        """
        if not self.of_complex:
            return self.at(t)
        both = self.at(np.concatenate([t, np.conj(t)]))
        one, other = both[: len(t)], np.conj(both[len(t) :])
        return np.stack([(one + other) / 2, (one - other) / 2j], axis=-1).reshape(*t.shape, -1)

    def on_intervals(self, t: FloatArray) -> FloatArray:
        """f at real displacements; of a complex x, for the latter half of them, along the turned axis."""
        if not self.point.is_complex:
            return as_doubles(self.at(t))
        ahead, turned = np.split(t, 2, axis=1)
        Y = as_doubles(self.at(np.concatenate([ahead, TURN * turned])))
        return np.concatenate(np.split(Y, 2), axis=1)


def _place(point: Point, x: Array) -> str:
    """The place of an evaluation in words."""
    others = f", and all its {x.size - 1} other entries moved too" if x.size > 1 else ""
    return f"with {name_of(0, point.shape)} = {x[0]:.9g}{others}"


def encircle(point: Point, beside: Evaluator, n: int, precision: float, wishes: Wishes) -> High:
    """
    The derivative of order n by circles in the complex plane.

    Parameters
    ----------
    point : Point
        The point.
    beside : Evaluator
        f beside the real axis.
    n : int
        The order.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        Bounds, magnitudes, noise.

    Returns
    -------
    High
        To be held against real values by `check_circles`.

    Raises
    ------
    UnprovenError
        No circle is one on which f looks analytic, or the bound of an error is as large as what it belongs to.
    """
    lines, noise = Lines.of(point, beside, wishes, EPS), wishes.noise or 0.0
    room = np.minimum(lines.low, lines.high)
    if not room.all():
        raise UnprovenError(f"{point.name(int(np.argmin(room)))} has no room on both sides for a circle around it")
    value = as_doubles(lines.value)
    taylor = contour(lines.on_circles, value, lines.size, n, precision, noise=noise, grain=lines.grain, room=room)
    _trust(lines, taylor, precision, noise)
    return _told(lines, taylor, np.zeros(value.shape, np.uint16), taylor)


def _trust(lines: Lines, taylor: Taylor, precision: float, noise: float) -> None:
    """
    Refuse derivatives that are not known, unless they vanish.

    The derivatives of a polynomial beyond its degree are as small as their errors, and both are rounding.
    """
    D, bound = taylor.derivatives[-1], taylor.bounds[-1]
    alive = np.repeat(np.isfinite(lines.value) & lines.changed, 1 + lines.of_complex, axis=1)
    with np.errstate(invalid="ignore"):
        vanished = (bound == 0) & (taylor.radius[-1] < lines.reach[:, np.newaxis])
    if (alive & vanished).any():
        raise UnprovenError("f changes on no circle on which it looks analytic")
    if (alive & ~np.isfinite(bound)).any():
        raise UnprovenError("on no circle around x do its Taylor coefficients fall as those of an analytic function")
    with np.errstate(all="ignore"):
        hidden = alive & (bound >= np.abs(D)) & (bound > ROUNDINGS * _rounding(lines, taylor, precision, noise))
    if hidden.any():
        i = np.unravel_index(int(np.argmax(hidden)), hidden.shape)
        raise UnprovenError(f"the error of a derivative of {D[i]:.3g} may be {bound[i]:.3g}")


def _rounding(lines: Lines, taylor: Taylor, precision: float, noise: float) -> FloatArray:
    """What the rounding of f and of its argument do to the highest derivative on the circle that it comes from."""
    size = np.abs(taylor.terms)
    number = np.arange(len(size))[:, np.newaxis, np.newaxis]
    steep = np.sum(number * size, axis=0) * lines.grain[:, np.newaxis] / taylor.reach
    terms = np.zeros_like(taylor.derivatives)
    terms[-1] = precision * np.max(size, axis=0) + steep + np.ldexp(noise, -taylor.exponent)
    return np.asarray(unscaled(terms, taylor.reach, taylor.exponent)[-1])


def check_circles(recall: Recall, point: Point, estimate: High, precision: float) -> None:
    """
    Hold the Taylor series of circles against f itself, with two real evaluations; and an array f against itself.

    Parameters
    ----------
    recall : Recall
        f at the point.
    point : Point
        The point.
    estimate : High
        What `encircle` found.
    precision : float
        Relative size of the errors in f.

    Raises
    ------
    ContradictionError
        f is another function of real numbers than of complex ones.
    NotElementwiseError
        An entry of f changed with another entry of x.
    """
    taylor = estimate.taylor
    assert taylor is not None
    if not taylor.probe.any():
        return
    t = np.stack([taylor.probe, -taylor.probe])
    places = np.ascontiguousarray(point.flat + t)
    if point.narrow:
        places = places.astype(point.array.dtype).astype(places.dtype)
        t = (places - point.flat).real
    with np.errstate(all="ignore"):  # one side may lie outside the domain of f
        Y = recall.many(places)
    values = as_doubles(Y).reshape(*t.shape, -1)
    found = agrees(taylor, t, values, precision)
    if found:
        raise ContradictionError(f"f is not complex-analytic as written: {found}")
    if point.shape:
        prove_elementwise(recall, point, list(places), list(Y), precision)


def interpolate(
    point: Point, evaluator: Evaluator, n: int, precision: float, wishes: Wishes, noise: FloatArray, shorter: float
) -> High:
    """
    The derivative of order n by polynomials through real samples.

    Parameters
    ----------
    point : Point
        The point. Where it is complex, f is sampled along two directions.
    evaluator : Evaluator
        f at the point.
    n : int
        The order.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        Bounds and magnitudes.
    noise : ndarray
        Standard deviation of the errors in f, absolute, output by output.
    shorter : float
        The first interval is so much shorter than x.

    Returns
    -------
    High

    Raises
    ------
    ContradictionError
        x is complex, and the derivative depends on the direction.
    NotElementwiseError
        An entry of f changed with another entry of x.
    """
    eps = float(np.finfo(point.array.dtype).eps)
    lines = Lines.of(point, evaluator, wishes, eps)
    value = as_doubles(lines.value)
    noise = noise.reshape(value.shape)
    series = _intervals(lines, n, precision, noise, shorter)
    if point.is_complex:
        series = _one_for_two(lines, series, n)
    if point.shape and lines.places is not None and lines.samples is not None:
        prove_elementwise(evaluator, point, list(lines.places), list(lines.samples), precision)
    with np.errstate(invalid="ignore"):
        loud = noise > LOUD * precision * np.abs(value)
    return _told(lines, series, _sides(lines, series) | np.where(loud, Flag.NOISY, Flag.OK).astype(np.uint16))


def _intervals(lines: Lines, n: int, precision: float, noise: FloatArray, shorter: float) -> Series:
    """Chebyshev series on all lines, again on one side of x where f is not finite on the other."""
    copies = 2 if lines.point.is_complex else 1
    if not np.maximum(lines.low, lines.high).any():
        return _nothing(n, copies * len(lines.value), noise.shape[1])

    def series(low: FloatArray, high: FloatArray) -> Series:
        value, spread = np.tile(as_doubles(lines.value), (copies, 1)), np.tile(noise, (copies, 1))
        size, grain, low, high = (np.tile(part, copies) for part in (lines.size * shorter, lines.grain, low, high))
        return chebyshev(lines.on_intervals, value, size, n, precision, noise=spread, grain=grain, low=low, high=high)

    found = series(lines.low, lines.high)
    below, above = _ends(lines, found)
    if not (below | above).any():
        return found
    lines.low, lines.high = np.where(below, 0.0, lines.low), np.where(above, 0.0, lines.high)
    return _better(found, series(lines.low, lines.high))


def _nothing(n: int, count: int, outputs: int) -> Series:
    """What is known without a sample."""
    nothing = np.full((n, count, outputs), np.nan)
    return Series(nothing, np.full_like(nothing, np.inf), np.zeros_like(nothing), 0, 0)


def _ends(lines: Lines, series: Series) -> npt.NDArray[np.bool_]:
    """Lines on which nothing could be told because f is not finite on one side of x, below and above [2, count]."""
    if lines.point.is_complex:
        return np.zeros((2, len(lines.value)), bool)
    unknown = ~np.isfinite(series.bounds[-1]).reshape(*lines.value.shape, -1).all(axis=-1) & np.isfinite(lines.value)
    below, above = lines.holes & unknown
    below, above = (below & ~above).any(axis=1), (above & ~below).any(axis=1)
    return np.stack([below & ~above, above & ~below])


def _better(one: Series, other: Series) -> Series:
    """Of two series, output by output that with the better highest derivative."""
    best = other.bounds[-1] < one.bounds[-1]
    derivatives, bounds, radius = (
        np.where(best, getattr(other, part), getattr(one, part)) for part in ("derivatives", "bounds", "radius")
    )
    return Series(derivatives, bounds, radius, one.rounds + other.rounds, one.evaluations + other.evaluations)


def _one_for_two(lines: Lines, series: Series, n: int) -> Series:
    """The series along the real axis, if the one along the other direction does not contradict it."""
    count = len(lines.value)
    ahead, turned = (series.derivatives[-1, part].copy().view(np.complex128) for part in _halves(count))
    error = sum(np.hypot(*np.moveaxis(series.bounds[-1, part].reshape(count, -1, 2), -1, 0)) for part in _halves(count))
    with np.errstate(invalid="ignore"):
        turned = turned / TURN**n
        wrong = np.abs(ahead - turned) > error
    if wrong.any():
        i = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        raise ContradictionError(
            f"f is not complex-analytic as written: its derivative of order {n} is {ahead[i]:.6g} along the real axis, "
            f"{turned[i]:.6g} beside it"
        )
    first = _halves(count)[0]
    return Series(
        series.derivatives[:, first],
        series.bounds[:, first],
        series.radius[:, first],
        series.rounds,
        series.evaluations,
    )


def _halves(count: int) -> tuple[slice, slice]:
    return slice(0, count), slice(count, 2 * count)


def _sides(lines: Lines, series: Series) -> FlagArray:
    """What bounds, and the end of where f is finite, did to the intervals."""
    short, long = np.minimum(lines.low, lines.high), np.maximum(lines.low, lines.high)
    short, long, radius = short[:, np.newaxis], long[:, np.newaxis], series.radius[-1]
    finite = np.isfinite(lines.point.flat)[:, np.newaxis]
    flags = Flag.ONE_SIDED * (short < SIDE * radius) + Flag.SHRUNK * ((long <= radius) & (radius > 0))
    return np.where(finite & (long == 0), Flag.NO_ROOM, flags).astype(np.uint16)


def _told(lines: Lines, series: Series, flags: FlagArray, taylor: Taylor | None = None) -> High:
    """A series as an estimate."""
    (D, slope), (E, slack), R = series.derivatives[[-1, 0]], series.bounds[[-1, 0]], series.radius[-1]
    radius = np.min(R, axis=1, where=R > 0, initial=np.inf)
    if lines.of_complex:
        D, slope = (np.ascontiguousarray(part).view(np.complex128) for part in (D, slope))
        E, slack = (np.hypot(part[:, ::2], part[:, 1::2]) for part in (E, slack))
        flags = flags[:, ::2] | flags[:, 1::2]
    room, known = flags & Flag.NO_ROOM == 0, np.isfinite(E) & np.isfinite(D)
    constant = lines.finite & ~lines.changed & room
    if taylor is None:
        known &= ~_unlikely(lines, D, E, radius, len(series.bounds))
    unresolved = ~known & lines.finite & np.isfinite(lines.value) & room & ~constant
    D, E = np.where(constant, 0.0, np.where(known, D, np.nan)), np.where(known, E, np.inf)
    flags = flags | (Flag.UNRESOLVED * unresolved + Flag.NO_DEPENDENCE * constant).astype(np.uint16)
    if lines.point.shape:
        D, E, flags = D[:, 0], E[:, 0], flags[:, 0]
    step = np.where(np.isfinite(radius), radius, 0.0)
    missing = int(np.isnan(D).sum())
    return High(D.T, step, missing, E.T, flags.T, slope=slope.reshape(-1), slack=slack.reshape(-1), taylor=taylor)


def _unlikely(lines: Lines, D: Array, E: FloatArray, radius: FloatArray, n: int) -> npt.NDArray[np.bool_]:
    """
    Where an interval shrank until all drowned in noise, or in nothing.

    The error is as large as the derivative, and such a derivative would change f by more than f has changed over the
    first interval.
    """
    shrunk = (radius < lines.reach)[:, np.newaxis]
    with np.errstate(all="ignore"):
        change = np.log(E) - log(factorial(n)) + n * np.log(lines.reach)[:, np.newaxis]
        much = (np.abs(D) <= E) & (change > np.log(lines.span)) & (lines.span > 0)
    return np.asarray(lines.changed & shrunk & ((E == 0) | much))
