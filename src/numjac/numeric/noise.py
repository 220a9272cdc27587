# SPDX-License-Identifier: BSD-3-Clause
"""
How rough f is: its noise from six evaluations along one line, for all outputs and the whole Jacobian.

Equally spaced values of a smooth function have differences that fall from order to order; those of noise grow, in a way
that is known: the k-th differences of independent errors of standard deviation s have the mean square
s^2 (2k)! / (k!)^2. Where three orders in a row tell the same s, that is the noise (Moré and Wild, *SIAM J. Sci.
Comput.* 33 (2011), algorithm ECnoise; Hamming, *Introduction to Applied Numerical Analysis*, chapter 6).

The line begins at x and goes to one side, so that a kink or a jump at x is not taken for noise, and so that it fits in
where bounds are near.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np
import numpy.typing as npt

from numjac.numeric.lines import Line, line
from numjac.numeric.outputs import as_doubles
from numjac.numeric.points import Point
from numjac.numeric.recall import Recall
from numjac.numeric.steps import Wishes
from numjac.result import Array, FloatArray

__all__ = ["DEVIATIONS", "LINE_STEP", "Roughness", "known", "roughness", "shorter"]

# Points of the line, x among them, and their distance in units of a direction that is as long as x.
POINTS = 7
LINE_STEP = 2.0**-17

# Orders whose estimates differ by no more than this factor agree.
AGREE = 4.0

# A roughness above this part of the range is either noise or a function that varies over less than the line: a line so
# much shorter tells. One on which half of the values are equal is too short.
ROUGH, SHORTER, LONGER, TRIES = 0.01, 2.0**-13, 100.0, 3

# Nothing agrees, but the last differences are as small as rounding: they are its measure.
ROUNDING = 2.0**-46

# The standard deviations that an error bar allows for; the estimate itself is rarely below a quarter of the truth.
DEVIATIONS = 5.5

# The weights of f(x + k h), k = 0 ... 3, of one-sided differences of order 3 and 2.
SLOPE = np.array([[-11 / 6, 3.0, -1.5, 1 / 3], [-1.5, 2.0, -0.5, 0.0]])


@dataclass(frozen=True, slots=True)
class Roughness:
    """
    What is known of the errors of f, output by output; complex outputs are pairs.

    Parameters
    ----------
    noise : ndarray
        Bounds of the errors beyond rounding, absolute.
    blind : ndarray of bool
        Nothing was seen: f is smooth but varies so fast that the rounding of its argument does not show.
    relative : float
        The median noise relative to f, of the outputs that are not zero.
    v : ndarray, optional
        The direction of the line, flat; None if none was sampled.
    slope, slack : ndarray, optional
        The derivative along v, and by how much it may be wrong.
    length : float
        The length of the line that shows the slope, relative to the first.
    """

    noise: FloatArray
    blind: npt.NDArray[np.bool_]
    relative: float = 0.0
    v: Array | None = None
    slope: FloatArray | None = None
    slack: FloatArray | None = None
    length: float = 1.0


def known(
    recall: Recall, point: Point, v: FloatArray | None, wishes: Wishes, precision: float, noise: float
) -> Roughness:
    """
    What the user says of the noise: its standard deviation, absolute.

    Parameters
    ----------
    recall, point, wishes, precision
        As for `roughness`.
    v : ndarray, optional
        A direction to find the slope along, with three evaluations; None if nobody will ask for it.
    noise : float
        The standard deviation; 0 if f is exact.
    """
    size = np.abs(as_doubles(recall.value.reshape(-1)))
    level = np.full(size.size, DEVIATIONS * noise)
    told = Roughness(level, np.zeros(size.size, bool), _relative(level, size))
    if v is None:
        return told
    return _sloped(recall, point, replace(told, v=v), wishes, precision)


def shorter(recall: Recall, point: Point, before: Roughness, wishes: Wishes, precision: float) -> Roughness:
    """The slope along a line that is 2^13 times shorter, from three evaluations; the rest as it was."""
    return _sloped(recall, point, replace(before, length=before.length * SHORTER), wishes, precision)


def _sloped(recall: Recall, point: Point, before: Roughness, wishes: Wishes, precision: float) -> Roughness:
    """The same with the slope that three evaluations show along a line of its direction and length."""
    assert before.v is not None
    way, h = line(point, before.v.astype(point.flat.dtype), wishes), LINE_STEP * before.length
    slope, slack = _slope(_values(recall, way, h, SLOPE.shape[1]), h, precision)
    return replace(before, v=_taken(way, h), slope=slope, slack=slack)


def _relative(noise: FloatArray, size: FloatArray) -> float:
    seen = (size > 0) & np.isfinite(size)
    return float(np.median(noise[seen] / size[seen] / DEVIATIONS)) if seen.any() else 0.0


def roughness(recall: Recall, point: Point, v: FloatArray, wishes: Wishes, precision: float) -> Roughness:
    """
    Sample f along a line, and look how rough it is.

    Parameters
    ----------
    recall : Recall
        f at the point.
    point : Point
        The point.
    v : ndarray
        The direction, flat, as long as x; the line stays within the bounds if x + 6 v 2**-17 does.
    wishes : Wishes
        The bounds of x.
    precision : float
        The spacing at 1 of the number format of f.

    Returns
    -------
    Roughness
        After one line, or up to three where the first is too long or too short to tell.
    """
    way = line(point, v.astype(point.flat.dtype), wishes)
    best = _seen(recall, way, 1.0, precision)
    if (best.rough | best.blind).any():
        for k in range(1, TRIES):
            now = _seen(recall, way, SHORTER**k, precision)
            less = now.level < best.level / AGREE
            best = _merged(best, now, bool((less | best.blind).any()))
            if not (now.rough & less | now.blind).any():
                break
    elif (best.frozen & best.moving).any() and not way.bounded:
        best = _merged(best, _seen(recall, way, LONGER, precision), False)
    noise, size = DEVIATIONS * best.level, np.abs(as_doubles(recall.value.reshape(-1)))
    taken = _taken(way, LINE_STEP * best.length)
    return Roughness(noise, best.blind, _relative(noise, size), taken, best.slope, best.slack, best.length)


def _taken(way: Line, h: float) -> Array:
    """The direction of the points that x can take: on a short line it differs from the one that was wished for."""
    return np.asarray((way.multiples(h, 1)[0] - way.point.flat) / h)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one line shows, output by output."""

    level: FloatArray  # the noise
    blind: npt.NDArray[np.bool_]
    rough: npt.NDArray[np.bool_]  # the noise is no small part of what f changes by
    frozen: npt.NDArray[np.bool_]  # half of the values are the same
    moving: npt.NDArray[np.bool_]  # but not all
    slope: FloatArray
    slack: FloatArray
    length: float


def _seen(recall: Recall, way: Line, length: float, precision: float) -> _Seen:
    """Sample one line."""
    h = LINE_STEP * length
    F = _values(recall, way, h, POINTS)
    level, blind, same = _levels(F)
    with np.errstate(invalid="ignore", over="ignore"):
        span = np.ptp(F, axis=0)
    return _Seen(level, blind, level > ROUGH * span, same, span > 0, *_slope(F, h, precision), length)


def _values(recall: Recall, way: Line, h: float, points: int) -> FloatArray:
    """f at x and at so many multiples of h along a line, less one, as doubles."""
    beside = recall.many(way.multiples(h, points - 1))
    return np.vstack([as_doubles(recall.value.reshape(-1)), as_doubles(beside)])


def _merged(before: _Seen, now: _Seen, better: bool) -> _Seen:
    """Two lines as one: noise is the same on both, all else is less on the shorter; one that stands still is mute."""
    mute = before.frozen | before.blind
    level = np.where(now.frozen, before.level, np.where(mute, now.level, np.minimum(before.level, now.level)))
    last = now if better else before
    return _Seen(level, last.blind, now.rough, now.frozen, now.moving, last.slope, last.slack, last.length)


def _levels(F: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """The noise of each column of F, where nothing could be told, and where half of the neighbours are equal."""
    with np.errstate(all="ignore"):
        size = np.max(np.abs(F), axis=0)
        usable = np.isfinite(size) & (size > 0)
        D = np.where(usable, F, 0.0) / np.where(usable, size, 1.0)
        same = np.sum(np.diff(D, axis=0) == 0, axis=0) >= (POINTS - 1) // 2
        single = _single(F)
        whole, last = _agreeing(D)
        without, least = _agreeing(D[1:])
        smooth = (without == 0) & (least <= ROUNDING) & (least < whole / 1000)
        odd = smooth | ((without > 0) & (without < whole / 10))  # x itself is the odd one out
        level = np.where(odd, np.where(smooth, least, without), whole)
        blind = (level == 0) & (last > ROUNDING)
        level = np.where((level == 0) & ~blind, last, level)
        level = np.where(same, 0.0, level)
        level = np.where(single, np.maximum(level, 2.0**-24), level)
    return level * np.where(usable, size, 0.0), usable & blind & ~same, same


def _single(F: FloatArray) -> npt.NDArray[np.bool_]:
    """Columns whose numbers, not all the same, are all numbers of float32: f is computed in that format."""
    with np.errstate(over="ignore", invalid="ignore"):
        same = np.all(F.astype(np.float32) == F, axis=0)
        return np.asarray(same & (np.ptp(F, axis=0) > 0))


def _agreeing(D: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The first estimate that two more orders confirm, 0 if there is none; and the least of the last two."""
    levels, mixed, columns = [], [], D.shape[1]
    for order in range(1, len(D)):
        D = np.diff(D, axis=0)
        levels.append(np.sqrt(np.mean(D * D, axis=0) / comb(2 * order, order)))
        mixed.append((D.min(axis=0) < 0) & (D.max(axis=0) > 0))
    found = np.zeros(columns)
    for order in reversed(range(len(levels) - 2)):
        three = np.stack(levels[order : order + 3])
        least, most = three.min(axis=0), three.max(axis=0)
        found = np.where((least > 0) & (most <= AGREE * least) & mixed[order], levels[order], found)
    return found, np.minimum(levels[-1], levels[-2])


def _slope(F: FloatArray, h: float, precision: float) -> tuple[FloatArray, FloatArray]:
    """The derivative along the line, and what it may be wrong by beyond the noise of f."""
    with np.errstate(all="ignore"):
        slope, lower = SLOPE @ F[: SLOPE.shape[1]] / h
        rounding = 4 * precision * np.max(np.abs(F), axis=0) / h
        frozen = np.any(np.diff(F[: SLOPE.shape[1]], axis=0) == 0, axis=0)  # that shows no slope
        return slope, np.where(frozen, np.inf, 2 * np.abs(slope - lower) + rounding)
