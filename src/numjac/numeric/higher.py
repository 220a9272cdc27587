# SPDX-License-Identifier: BSD-3-Clause
"""
Derivatives of higher order at a point: f is handed to a series, and a series becomes an estimate.

Circles are believed if their coefficients are those of an analytic function and two real values agree with them;
intervals are believed for what their bounds say, but not where these say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import factorial, log

import numpy as np
import numpy.typing as npt

from numjac.errors import ContradictionError, UnprovenError
from numjac.formats import EPS
from numjac.numeric.around import TURN, Lines
from numjac.numeric.chebyshev import chebyshev
from numjac.numeric.contours import Taylor, agrees, contour
from numjac.numeric.differences import Estimate, prove_elementwise
from numjac.numeric.functions import Evaluator
from numjac.numeric.outputs import as_doubles
from numjac.numeric.points import Point
from numjac.numeric.recall import Recall
from numjac.numeric.series import Series, unscaled
from numjac.numeric.steps import Wishes
from numjac.result import Array, Flag, FlagArray, FloatArray

__all__ = ["High", "check_circles", "encircle", "interpolate"]

# The error of a coefficient that so many roundings explain is no sign that something else is wrong.
ROUNDINGS = 100.0

# Noise that is so many times as large as rounding is worth a flag.
LOUD = 16.0

# A radius that is so near to the room there is was cut short by it.
NEARLY = 1 - 2.0**-10

# A derivative that is not known is not to be trusted if its term may be so large beside what f changes by.
GOOD_PART = 0.1

# An interval whose shorter side is this part of the longer one has x at its end.
SIDE = 1 / 8


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
    room, value = np.minimum(lines.low, lines.high), lines.centre
    if not room.all():
        raise UnprovenError(f"{point.name(int(np.argmin(room)))} has no room on both sides for a circle around it")
    if not np.isfinite(lines.value).any():
        return _told(lines, _nothing(n, *value.shape), np.zeros(value.shape, np.uint16))
    taylor = contour(lines.on_circles, value, lines.size, n, precision, noise=noise, grain=lines.grain, room=room)
    _trust(lines, taylor, precision, noise)
    shrunk = taylor.radius[-1] > NEARLY * room[:, np.newaxis]
    return _told(lines, taylor, (Flag.SHRUNK * shrunk).astype(np.uint16), taylor)


def _trust(lines: Lines, taylor: Taylor, precision: float, noise: float) -> None:
    """
    Refuse derivatives that are not known, unless they vanish.

    The derivatives of a polynomial beyond its degree are as small as their errors, and both are rounding. On a circle
    that shrank, rounding may hide what is not analytic: there, coefficients of higher number have to stand out.
    """
    D, bound, highest = taylor.derivatives[-1], taylor.bounds[-1], len(taylor.bounds)
    alive = np.repeat(np.isfinite(lines.value) & lines.changed, 1 + lines.of_complex, axis=1)
    if (alive & ~np.isfinite(bound)).any():
        raise UnprovenError("on no circle around x do its Taylor coefficients fall as those of an analytic function")
    terms = np.zeros_like(taylor.derivatives)
    with np.errstate(all="ignore"):
        shrunk = taylor.reach < lines.reach[:, np.newaxis]
        terms[-1] = ROUNDINGS * _rounding(lines, taylor, precision, noise)
        hidden = shrunk & (np.max(np.abs(taylor.terms[highest + 1 :]), axis=0) <= terms[-1])
        hidden |= bound > unscaled(terms, taylor.reach, taylor.exponent)[-1]
        hidden &= alive & (bound >= _whole(lines, D))
    if hidden.any():
        i = np.unravel_index(int(np.argmax(hidden)), hidden.shape)
        raise UnprovenError(f"the error of a derivative of {D[i]:.3g} may be {bound[i]:.3g}")


def _whole(lines: Lines, parts: FloatArray) -> FloatArray:
    """The absolute value of numbers, for each of their parts."""
    if not lines.of_complex:
        return np.abs(parts)
    return np.repeat(np.hypot(parts[:, ::2], parts[:, 1::2]), 2, axis=1)


def _rounding(lines: Lines, taylor: Taylor, precision: float, noise: float) -> FloatArray:
    """What the rounding of f and of its argument do to a coefficient."""
    size = np.abs(taylor.terms)
    number = np.arange(len(size))[:, np.newaxis, np.newaxis]
    steep = np.sum(number * size, axis=0) * lines.grain[:, np.newaxis] / taylor.reach
    return np.asarray(precision * np.max(size, axis=0) + steep + np.ldexp(noise, -taylor.exponent))


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
    if taylor is None or not taylor.probe.any():
        return
    t = np.stack([taylor.probe, -taylor.probe])
    places = np.ascontiguousarray(point.flat + t)
    if point.narrow:
        places = places.astype(point.array.dtype).astype(places.dtype)
        t = (places - point.flat).real
    with np.errstate(all="ignore"):  # one side may lie outside the domain of f
        Y = recall.many(places)
    there = np.isfinite(recall.value).reshape(point.array.size, -1)
    values = as_doubles(np.where(there, Y.reshape(*t.shape, -1), 0))
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
    noise = noise.reshape(lines.centre.shape)
    series = _intervals(lines, n, precision, noise, shorter)
    if point.is_complex:
        series = _one_for_two(lines, series, n)
    if point.shape and lines.places is not None and lines.samples is not None:
        prove_elementwise(evaluator, point, list(lines.places), list(lines.samples), precision)
    loud = noise > LOUD * precision * (np.abs(lines.centre) + np.repeat(lines.span, 1 + lines.of_complex, axis=1))
    return _told(lines, series, _sides(lines, series) | np.where(loud, Flag.NOISY, Flag.OK).astype(np.uint16))


def _intervals(lines: Lines, n: int, precision: float, noise: FloatArray, shorter: float) -> Series:
    """Chebyshev series on all lines, again on one side of x where f is not finite on the other."""
    copies = 2 if lines.point.is_complex else 1
    if not (np.maximum(lines.low, lines.high).any() and np.isfinite(lines.value).any()):
        return _nothing(n, copies * len(lines.value), noise.shape[1])

    def series(low: FloatArray, high: FloatArray) -> Series:
        value, spread = np.tile(lines.centre, (copies, 1)), np.tile(noise, (copies, 1))
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
    for order in range(n, 0, -1):  # conj(z) shows in the first one only
        D, E = series.derivatives[order - 1], series.bounds[order - 1]
        ahead, turned = (D[part].copy().view(np.complex128) for part in _halves(count))
        error = sum(np.hypot(*np.moveaxis(E[part].reshape(count, -1, 2), -1, 0)) for part in _halves(count))
        with np.errstate(invalid="ignore"):
            turned = turned / TURN**order
            wrong = np.abs(ahead - turned) > error
        if wrong.any():
            i = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            raise ContradictionError(
                f"f is not complex-analytic as written: its derivative of order {order} is {ahead[i]:.6g} along the "
                f"real axis, {turned[i]:.6g} beside it"
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
    flags = Flag.ONE_SIDED * (short < SIDE * radius) + Flag.SHRUNK * ((NEARLY * long < radius) & (radius > 0))
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
    Where an interval shrank until all drowned in noise, or where all is noise.

    The error is as large as the derivative, and such a derivative would change f by a good part of all that f changes
    by over the first interval.
    """
    with np.errstate(all="ignore"):
        change = np.log(E) - log(factorial(n)) + n * np.log(lines.reach)[:, np.newaxis]
        much = (np.abs(D) <= E) & (change > np.log(GOOD_PART * lines.span)) & (lines.span > 0)
    return np.asarray(lines.changed & (much | (E == 0) & (radius < lines.reach)[:, np.newaxis]))
