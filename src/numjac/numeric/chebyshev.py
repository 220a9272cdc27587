# SPDX-License-Identifier: BSD-3-Clause
"""
High derivatives of functions that take real numbers only, from Chebyshev series.

With f sampled at the n Chebyshev points u_i = cos((i + 1/2) pi / n) of an interval around x, mapped to [-1, 1], a
cosine transform gives the coefficients of f ~ sum_j c_j T_j(u) (Trefethen, *Approximation Theory and Approximation
Practice*, chapter 3), and with u = (t - middle) / half

    f^(k)(x) ~ half^-k sum_j c_j T_j^(k)(u_0),    u_0 = -middle / half.

T_j^(k) grows like j^k in the middle of the interval and like j^(2k) at its ends: what a high derivative suffers from is
the rounding in coefficients that are too small to be seen. So the series is cut where its coefficients drown, which is
the least-squares fit to all samples by a polynomial of that degree, and the interval is chosen so long that nearly all
coefficients are seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numjac.numeric.series import Best, Fall, Plan, Sampler, Series, Wish, fall_of, limits_of, normalised, unscaled
from numjac.result import Array, FloatArray, IntArray

__all__ = ["POINTS", "chebyshev"]

# Points on an interval, and numbers of coefficients beyond them of which the truncation is summed.
POINTS = 24
BEYOND = 12
POINTS_AT = np.cos((np.arange(POINTS) + 0.5) * (np.pi / POINTS))[:, np.newaxis]

# How many standard deviations are allowed for the errors of samples, and how many times the model for what is cut.
DEVIATIONS, TRUNCATION = 4.0, 4.0

# Coefficients are trusted if they fall at least so fast; or in a flat noise that is below this part of the others.
FALLING, FLAT = 0.6, 1e-5

# Intervals stay within so many magnitudes of x, and are so many of its grains: where the argument is noisier, a kink
# drowns before it can be told from a smooth function.
FARTHEST, COARSEST = 2.0**34, 2.0**20

# Coefficients that the best interval leaves unseen, and the part of an interval to which its shorter side may shrink
# before an interval with x in its middle is tried first.
UNSEEN, LOPSIDED = 2, 8.0

# Intervals grow by no more than this at once: what is narrower than the gaps between points is overlooked.
GROWTH = 16.0


@dataclass(frozen=True, slots=True)
class Interval:
    """
    What one interval says, everything in units of ``2**exponent`` [count, m].

    Parameters
    ----------
    half : ndarray
        Half its length [count].
    shape : ndarray
        T_j^(k) at x [highest, POINTS + BEYOND, count], k = 1 ... highest.
    terms : ndarray
        Coefficients c_j [POINTS, count, m]; 0 where a sample was not finite.
    exponent : ndarray
        The unit.
    noise : ndarray
        The size of their errors.
    fall : Fall
        How fast they fall.
    flat : ndarray of bool
        Where their noise is larger than was said.
    good : ndarray of bool
        Where they are those of an analytic function.
    """

    half: FloatArray
    shape: FloatArray
    terms: FloatArray
    exponent: IntArray
    noise: FloatArray
    fall: Fall
    flat: Array
    good: Array


def chebyshev(
    sample: Sampler,
    value: FloatArray,
    size: FloatArray,
    highest: int,
    precision: float,
    *,
    noise: FloatArray | float = 0.0,
    grain: FloatArray | float = 0.0,
    low: FloatArray | float = np.inf,
    high: FloatArray | float = np.inf,
) -> Series:
    """
    Derivatives of order 1 ... highest from real samples.

    Parameters
    ----------
    sample : callable
        ``sample(t)`` is f at displacements t [points, count] of each line: real [points, count, m], not finite where f
        is not.
    value : ndarray
        f at displacement 0, real [count, m] or [1, m].
    size : ndarray
        Natural magnitude of the displacements of each line [count].
    highest : int
        The interval is chosen for this derivative; those below come along.
    precision : float
        Relative size of the errors in f.
    noise : ndarray or float
        Standard deviation of the errors in f, absolute, where it is larger than that; [count, m] or [m].
    grain : ndarray or float
        Spacing of the numbers that are displaced [count]: the error of a displacement.
    low, high : ndarray or float
        Room below and above [count]: no displacement is outside ``-low ... high``.

    Returns
    -------
    Series
    """
    count, outputs = size.size, value.shape[-1]
    low, high, grain = (np.broadcast_to(np.asarray(part, float), count) for part in (low, high, grain))
    least, most = limits_of(size, np.maximum(low, high), FARTHEST, grain, COARSEST)
    plan = Plan.start(_first(size, (least, most), low, high, precision), least, most, outputs)
    heard = np.asarray(DEVIATIONS * np.sqrt(2 / POINTS) * np.asarray(noise, float))
    best, more = Best.none(highest, count, outputs, heard), True
    while more:
        ends = np.maximum(-low, -plan.radius), np.minimum(high, plan.radius)
        interval = _interval(sample, value, ends, highest, precision, grain, best.noise)
        _take(best, interval, plan.radius)
        plan.note(interval.good)
        more = plan.move(_wish(interval, best, plan, precision), highest)
    return Series(best.derivatives, best.bounds, best.radius, plan.rounds, plan.rounds * POINTS)


def _first(
    size: FloatArray, limits: tuple[FloatArray, FloatArray], low: FloatArray, high: FloatArray, precision: float
) -> FloatArray:
    """
    The first radius: right for a function that is singular at a distance of one magnitude.

    Chebyshev coefficients on an interval of radius R fall by the factor ``d + sqrt(d**2 - 1)`` with the distance d R of
    what is singular (Trefethen, theorem 8.1), so that number n drowns if ``2 d`` is the sum of the n-th root of the
    precision and its inverse. Where one side is short, but not very, x stays in the middle at first.
    """
    radius = np.clip(size / _distance(precision ** (1 / (POINTS - UNSEEN))), *limits)
    shorter = np.minimum(low, high)
    return np.where((shorter < radius) & (shorter > radius / LOPSIDED), shorter, radius)


def _distance(rate: FloatArray | float) -> FloatArray:
    """The distance of what is singular, in radii, from the rate at which coefficients fall."""
    return np.asarray((rate + 1 / rate) / 2)


def _interval(
    sample: Sampler,
    value: FloatArray,
    ends: tuple[FloatArray, FloatArray],
    highest: int,
    precision: float,
    grain: FloatArray,
    heard: FloatArray,
) -> Interval:
    """Sample f on an interval, and look at its coefficients."""
    half, middle = (ends[1] - ends[0]) / 2, (ends[1] + ends[0]) / 2
    t = np.clip(middle + half * POINTS_AT, *ends)
    with np.errstate(all="ignore"):  # f may well be infinite somewhere on an interval
        y, centre, exponent, finite = normalised(np.asarray(sample(t), np.float64), value)
        steep = np.max(np.abs(np.diff(y, axis=0)) / np.abs(np.diff(t, axis=0))[..., np.newaxis], axis=0)
        rounding = precision * np.max(np.abs(y), axis=0) + steep * grain[:, np.newaxis]
        noise = np.maximum(DEVIATIONS * np.sqrt(2 / POINTS) * rounding, np.ldexp(heard, -exponent))
        terms, shape = _coefficients(y), _shape(-middle / half, highest)
        gap = np.abs(np.sum(_values(-middle / half)[..., np.newaxis] * terms, axis=0) - centre)
    noise, flat, good = _judged(np.abs(terms), noise, gap)
    fall = fall_of(np.abs(terms), noise)
    good &= finite & (half > 0)[:, np.newaxis]
    return Interval(half, shape, terms, exponent, noise, fall, flat & good, good)


def _coefficients(y: FloatArray) -> FloatArray:
    """Chebyshev coefficients from samples at the Chebyshev points, by a Fourier transform of their mirror image."""
    whole = np.fft.fft(np.concatenate([y, y[::-1]]), axis=0)[:POINTS]
    turn = np.exp(-0.5j * np.pi / POINTS * np.arange(POINTS))[:, np.newaxis, np.newaxis]
    terms = (turn * whole).real / POINTS
    terms[0] /= 2
    return np.asarray(terms)


def _values(u: FloatArray) -> FloatArray:
    """T_j(u), j = 0 ... POINTS - 1 [POINTS, ...]."""
    return np.asarray(np.cos(np.arange(POINTS)[:, np.newaxis] * np.arccos(np.clip(u, -1, 1))))


def _shape(u: FloatArray, highest: int) -> FloatArray:
    """T_j^(k)(u) for k = 1 ... highest and all j, from ``T_(j+1) = 2 u T_j - T_(j-1)`` differentiated k times."""
    T = np.zeros((highest + 1, POINTS + BEYOND, u.size))
    T[0, 0], T[0, 1], T[1, 1] = 1.0, u, 1.0
    k = np.arange(1, highest + 1)[:, np.newaxis]
    for j in range(1, POINTS + BEYOND - 1):
        T[:, j + 1] = 2 * u * T[:, j] - T[:, j - 1]
        T[1:, j + 1] += 2 * k * T[:-1, j]
    return T[1:]


def _judged(size: FloatArray, noise: FloatArray, gap: FloatArray) -> tuple[FloatArray, Array, Array]:
    """
    The noise of coefficients, where it is larger than was said, and whether to trust them.

    If the last quarter is as large as the one before it, though small, it is the noise of f. The polynomial and f
    itself differ in x, by `gap`, by noise and by the coefficients that are not seen.
    """
    quarter = POINTS // 4
    before, last = np.max(size[-2 * quarter : -quarter], axis=0), np.max(size[-quarter:], axis=0)
    flat = (last > before / 8) & (last <= FLAT * np.max(size[1 : POINTS // 2], axis=0))
    noise = np.where(flat, np.maximum(noise, 2 * np.maximum(before, last)), noise)
    fall = fall_of(size, noise)
    good = (fall.seen <= POINTS - UNSEEN) | (fall.rate < FALLING)
    return noise, flat, good & (gap <= POINTS * np.maximum(noise, last))


def _take(best: Best, interval: Interval, radius: FloatArray) -> None:
    """Derivatives of an interval beside those of others."""
    total, error = _sums(interval)
    half, exponent = interval.half[:, np.newaxis], interval.exponent
    order = np.cumprod(np.arange(1.0, len(total) + 1))[:, np.newaxis, np.newaxis]
    error = np.where(interval.good, error, np.inf)
    best.hear(np.where(interval.flat, interval.noise, 0.0), exponent)
    D, bounds = (unscaled(terms / order, half, exponent) for terms in (total, error))
    best.take(D, bounds, radius[:, np.newaxis])


def _sums(interval: Interval) -> tuple[FloatArray, FloatArray]:
    """
    The series of every derivative, cut where the coefficients drown, and bounds of their errors.

    An error of a coefficient is independent of those of others. Of a coefficient that is cut, the model is taken, and
    no derivative is cut before the first coefficients that it depends on: nothing vouches for these.
    """
    highest = len(interval.shape)
    shape = (highest, *interval.exponent.shape)
    total, square, cut, late = np.zeros((4, *shape))
    kept = np.maximum(interval.fall.seen, np.arange(1, highest + 1)[:, np.newaxis, np.newaxis] + 2)
    model = interval.fall.level
    for j in range(1, POINTS + BEYOND):
        T = interval.shape[:, j, :, np.newaxis]
        model = np.where(j > interval.fall.seen, model * interval.fall.rate, model)
        if j < POINTS:
            total += np.where(j < kept, T * interval.terms[j], 0.0)
            square += np.where(j < kept, (T * interval.noise) ** 2, 0.0)
        cut += np.where((j < kept) & (j < POINTS), 0.0, np.abs(T) * model)
        if j == POINTS + BEYOND // 2 - 1:
            late -= cut
    with np.errstate(divide="ignore", invalid="ignore"):
        late += cut  # what the latter half beyond the points brings; a geometric series has as much more
        late = np.where(late < cut / 2, late, np.where(late == 0, 0.0, np.inf))
    return total, np.sqrt(square) + TRUNCATION * (cut + late)


def _wish(interval: Interval, best: Best, plan: Plan, precision: float) -> Wish:
    """
    What each output would like next.

    The radius at which the coefficients drown towards the end follows from the distance of what is singular. All that
    is left there is noise.
    """
    order, radius, noise = len(best.bounds), plan.radius[:, np.newaxis], interval.noise
    with np.errstate(all="ignore"):
        rate = np.clip(interval.fall.rate, 2.0**-26, 0.99)
        size = np.max(np.abs(interval.terms), axis=0)
        wished = np.clip(noise / size, 1e-300, 0.5) ** (1 / (POINTS - UNSEEN))
        wanted = np.minimum(radius * np.minimum(_distance(rate) / _distance(wished), GROWTH), plan.ceiling)
        amplified = np.sqrt(np.sum(interval.shape[-1, :POINTS] ** 2, axis=0))[:, np.newaxis]
        level = np.log2(noise * amplified) + interval.exponent
        level -= order * (np.log2(interval.half)[:, np.newaxis] + np.log2(wanted / radius))
    return Wish(wanted, best.gain(level, precision), interval.good, np.ones_like(wanted))
