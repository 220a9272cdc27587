# SPDX-License-Identifier: BSD-3-Clause
"""
High derivatives of analytic functions by Cauchy's integral.

With f sampled at N points z_j = R exp(i theta_j) of a circle around x, the trapezoidal rule turns Cauchy's integral
into a Fourier transform (Lyness and Moler, *SIAM J. Numer. Anal.* 4 (1967), section 2):

    a_k = f^(k)(x) R^k / k!  ~  1/N sum_j f(x + z_j) exp(-i k theta_j).

It errs by the coefficients it can not tell from a_k, those of numbers k + N, k + 2N, ... and, if something singular
lies inside the circle, of k - N, k - 2N, .... A large circle lets these in, a small one the rounding of f, which is
divided by R^k (Fornberg, *ACM Trans. Math. Softw.* 7 (1981); Bornemann, *Found. Comput. Math.* 11 (2011), section 3).
Both are read off the coefficients themselves, which say in the same breath which radius would be better.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from numjac.numeric.series import Best, Fall, Plan, Sampler, Series, Wish, fall_of, limits_of, normalised, unscaled
from numjac.result import Array, FloatArray, IntArray

__all__ = ["POINTS", "Taylor", "agrees", "contour"]

# Points on a circle. They lie at half-integer angles, none on the real axis, and f(conj z) = conj f(z) gives half.
POINTS = 32
HALF = POINTS // 2
ANGLES = (np.arange(HALF) + 0.5) * (2 * np.pi / POINTS)

# How many times as large as the rounding of one sample the error of a coefficient is taken to be, how many standard
# deviations are allowed for noise, and how many times the model for coefficients that are not seen.
ROUNDING, DEVIATIONS, TRUNCATION = 2.0, 4.0, 4.0

# Coefficients are trusted if they fall at least so fast, or end below so many times their rounding; or in a flat noise
# that is below this part of the others.
FALLING, QUIET, FLAT = 0.75, 100.0, 1e-5

# Radii that are looked at in the plan, in bits beside the present one.
BITS = np.concatenate([[-26, -20, -16, -12, -8, -6], np.arange(-5, 5.25, 0.25), [6, 7, 8, 10, 12, 16, 20, 26]])

# Radii stay within so many magnitudes of x, and are so many of its grains.
FARTHEST, COARSEST = 2.0**60, 2.0**10


@dataclass(frozen=True, slots=True)
class Taylor(Series):
    """
    Derivatives with the Taylor series that the highest of them comes from, to be held against f by `agrees`.

    Parameters
    ----------
    terms : ndarray
        Coefficients ``f^(j) reach**j / j! / 2**exponent`` [POINTS, count, m].
    reach, exponent, slack : ndarray
        The radius they belong to, their unit, and the error of one of them [count, m].
    probe : ndarray
        A displacement of each line [count] at which f is best held against the series, as is its negative; 0 where
        there is nothing to be held.
    """

    terms: FloatArray
    reach: FloatArray
    exponent: IntArray
    slack: FloatArray
    probe: FloatArray


@dataclass(frozen=True, slots=True)
class Circle:
    """
    What one circle says, everything in units of ``2**exponent`` [count, m].

    Parameters
    ----------
    radius : ndarray
        R [count, m].
    terms : ndarray
        Coefficients ``f^(j) R**j / j!`` [POINTS, count, m]; 0 where a sample was not finite.
    exponent : ndarray
        The unit.
    noise : ndarray
        A bound of their errors other than those by hidden coefficients.
    hidden, rate : ndarray
        The size of coefficient number POINTS, which is not seen, and how fast those behind it fall.
    good : ndarray of bool
        Where the coefficients are those of an analytic function.
    """

    radius: FloatArray
    terms: FloatArray
    exponent: IntArray
    noise: FloatArray
    hidden: FloatArray
    rate: FloatArray
    good: Array

    @property
    def heard(self) -> FloatArray:
        """The noise in which the last coefficients lie; 0 where they still fall."""
        top = np.max(np.abs(self.terms[-POINTS // 4 :]), axis=0)
        return np.where(self.good & (self.rate > FALLING), 2 * top, 0.0)

    def errors(self, highest: int) -> FloatArray:
        """Bounds of the errors of terms 1 ... highest."""
        k = np.arange(1, highest + 1)[:, np.newaxis, np.newaxis]
        return np.where(self.good, self.noise + self.hidden * self.rate**k, np.inf)


def contour(
    sample: Sampler,
    value: FloatArray,
    size: FloatArray,
    highest: int,
    precision: float,
    *,
    noise: FloatArray | float = 0.0,
    grain: FloatArray | float = 0.0,
    room: FloatArray | float = np.inf,
) -> Taylor:
    """
    Derivatives of order 1 ... highest from samples in the complex plane.

    Parameters
    ----------
    sample : callable
        ``sample(t)`` is f at complex displacements t [points, count] of each line: complex [points, count, m], not
        finite where f is not.
    value : ndarray
        f at displacement 0, real [count, m] or [1, m].
    size : ndarray
        Natural magnitude of the displacements of each line [count].
    highest : int
        The radius is chosen for this derivative; those below come along.
    precision : float
        Relative size of the errors in f.
    noise : ndarray or float
        Standard deviation of the errors in f, absolute, where it is larger than that; [count, m] or [m].
    grain : ndarray or float
        Spacing of the numbers that are displaced [count]: the error of a displacement.
    room : ndarray or float
        The largest radius allowed [count].

    Returns
    -------
    Taylor

    Notes
    -----
    The first radius is right for a function that is singular at a distance of one magnitude, as powers and logarithms
    are at 0. The bound of a derivative is ``(2 e max|f| + g |f'| + tail) k! / R**k`` with the errors e and g of f and
    of its argument; the tail is what the fall of the coefficients leaves for those that are not seen.
    """
    count, outputs = size.size, value.shape[-1]
    grain = np.broadcast_to(grain, count)
    least, most = limits_of(size, room, FARTHEST, grain, COARSEST)
    first = np.clip(size * precision ** (1 / (POINTS + highest)), least, most)
    plan = Plan.start(first, least, most, outputs)
    heard = np.asarray(DEVIATIONS * np.sqrt(2 / POINTS) * np.asarray(noise, float))
    best, more = Best.none(highest, count, outputs, heard), True
    kept: Circle | None = None
    while more:
        circle = _circle(sample, value, plan.radius, precision, grain, best.noise)
        better = _take(best, circle, highest)
        kept = _merged(kept, circle, better[-1])
        plan.note(circle.good)
        more = plan.move(_wish(circle, best, plan, precision), highest)
    assert kept is not None
    reach = np.where(kept.good, kept.radius, 0.0)
    probe = np.min(np.where(kept.good, kept.radius, np.inf), axis=1) / 2
    found = (best.derivatives, best.bounds, best.radius, plan.rounds, plan.rounds * HALF)
    checks = (kept.terms, reach, kept.exponent, kept.noise + kept.hidden)
    return Taylor(*found, *checks, np.where(np.isfinite(probe), probe, 0.0))


def _circle(
    sample: Sampler, value: FloatArray, radius: FloatArray, precision: float, grain: FloatArray, heard: FloatArray
) -> Circle:
    """Sample f on a circle, and look at its coefficients."""
    with np.errstate(all="ignore"):  # f may well be infinite somewhere on a circle
        y = np.asarray(sample(radius * np.exp(1j * ANGLES)[:, np.newaxis]), np.complex128)
        y, centre, exponent, finite = normalised(y, value)
        terms = _coefficients(y)
        size = np.maximum(np.max(np.abs(y), axis=0), np.abs(centre))
        number = np.arange(HALF)[:, np.newaxis, np.newaxis]
        steep = np.sum(number * np.abs(terms[:HALF]), axis=0) / radius[:, np.newaxis]
        noise = ROUNDING * precision * size + grain[:, np.newaxis] * steep
        noise = np.maximum(noise, np.ldexp(heard, -exponent))
    noise, hidden, rate, good = _judged(terms, np.abs(terms[0] - centre), noise)
    radius = np.broadcast_to(radius[:, np.newaxis], good.shape)
    return Circle(radius, terms, exponent, noise, hidden, rate, good & finite & (radius > 0))


def _coefficients(y: Array) -> FloatArray:
    """Coefficients 0 ... POINTS - 1 from samples on the upper half of a circle; the lower half is its mirror image."""
    whole = np.fft.fft(np.concatenate([y, np.conj(y[::-1])]), axis=0)
    turn = np.exp(-1j * np.pi / POINTS * np.arange(POINTS))[:, np.newaxis, np.newaxis]
    return np.asarray((turn * whole).real / POINTS)


def _judged(terms: FloatArray, gap: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, Array]:
    """
    The noise of coefficients, the size of the first that is not seen, the rate of those behind it, whom to trust.

    The latter half of the coefficients is looked at in blocks of four, so that those of an even function are none that
    vanish. The slowest fall between blocks is taken for what is not seen. If they end flat, though small, that is the
    noise of f, larger than was said. The mean of f over the circle differs from f in its centre, by `gap`, exactly by
    the hidden coefficients POINTS, 2 POINTS, ...: by more only if f is another function of complex numbers than of real
    ones. What is singular inside the circle, or not analytic, shows in coefficients of negative number, which come
    disguised as the last ones: these then grow again towards the end.
    """
    size = np.abs(terms)
    blocks = size[HALF:].reshape(4, 4, *size.shape[1:]).max(axis=1)
    floored = np.maximum(blocks, np.where(noise > 0, noise, 1.0) / 2**12)
    rate = np.clip(np.max(floored[1:] / floored[:-1], axis=0), 0.0, 1.0) ** 0.25
    top = np.maximum(blocks[2], blocks[3])
    hidden = TRUNCATION * rate * np.maximum(blocks[3], blocks[2] * rate**4)
    flat = (rate > FALLING) & (top <= FLAT * np.max(size[1:HALF], axis=0))
    flat &= blocks[3] <= 8 * np.maximum(blocks[0], blocks[1])
    good = (rate < FALLING) | flat | (top <= QUIET * noise)
    good &= gap <= np.maximum(QUIET * noise, np.maximum(2 * hidden, POINTS * top))
    return np.maximum(noise, np.where(flat, 2 * top, 0.0)) + np.maximum(gap - hidden, 0.0), hidden, rate, good


def _take(best: Best, circle: Circle, highest: int) -> Array:
    """Derivatives of a circle beside those of others; where its are better."""
    D = unscaled(circle.terms[1 : highest + 1], circle.radius, circle.exponent)
    bounds = unscaled(circle.errors(highest), circle.radius, circle.exponent)
    best.hear(circle.heard, circle.exponent)
    return best.take(D, bounds, circle.radius)


def _merged(kept: Circle | None, circle: Circle, better: Array) -> Circle:
    """Output by output the better one of two circles."""
    if kept is None:
        return circle
    pairs = ((getattr(circle, part.name), getattr(kept, part.name)) for part in fields(Circle))
    return Circle(*(np.where(better, new, old) for new, old in pairs))


def _wish(circle: Circle, best: Best, plan: Plan, precision: float) -> Wish:
    """What each output would like next."""
    size = np.abs(circle.terms)
    floor = np.where(circle.noise > 0, circle.noise, 1.0)
    wanted, level = _predicted(size, floor, fall_of(size, floor), circle, plan.ceiling, len(best.bounds))
    return Wish(wanted, best.gain(level, precision), circle.good, fall_of(size[::-1], floor).rate)


def _predicted(
    size: FloatArray, floor: FloatArray, fall: Fall, circle: Circle, ceiling: FloatArray, order: int
) -> tuple[FloatArray, FloatArray]:
    """
    The radius at which the bound of a derivative is expected to be least, and the logarithm of that bound.

    On a circle t times as large, f is as large as the coefficients that are seen say, and the hidden ones are
    ``t**j`` times as large as the model has them.
    """
    t = 2.0 ** BITS[:, np.newaxis, np.newaxis]
    most = np.zeros((len(BITS), *floor.shape))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for number in range(POINTS - 1, -1, -1):
            most = most * t + np.where(number < fall.seen, size[number], 0.0)
        noise = floor * np.fmax(1.0, most / np.max(size, axis=0))
        steps = POINTS + order - fall.last
        hidden = TRUNCATION * fall.level * (fall.rate * t) ** steps * t**fall.last
        bound = np.log2(noise + hidden) - order * BITS[:, np.newaxis, np.newaxis]
        bound = np.where(circle.radius * t <= ceiling, bound, np.inf)
        unit = circle.exponent - order * np.log2(circle.radius)
    choice = np.argmin(np.where(np.isnan(bound), np.inf, bound), axis=0)
    least = np.take_along_axis(bound, choice[np.newaxis], axis=0)[0]
    return circle.radius * 2.0 ** BITS[choice], least + unit


def agrees(taylor: Taylor, t: FloatArray, value: FloatArray, precision: float) -> str:
    """
    Hold a Taylor series against f itself at real displacements.

    Parameters
    ----------
    taylor : Taylor
        The series.
    t : ndarray
        Displacements [points, count], best plus and minus ``taylor.probe``.
    value : ndarray
        f there, real [points, count, m].
    precision : float
        Relative size of the errors in f.

    Returns
    -------
    str
        What was found and what was expected; empty if all that the series gives agrees.

    Notes
    -----
    A sum of terms that all err by e errs by at most ``e / (1 - |t| / R)``, and the value by its own rounding.
    """
    expected, slack = _sum(taylor, t)
    with np.errstate(all="ignore"):
        seen = np.ldexp(value, -taylor.exponent)
        wrong = ~(np.abs(expected - seen) <= ROUNDING * (slack + precision * np.abs(seen))) & (taylor.reach > 0)
        wrong &= np.isfinite(seen) | ~np.isfinite(seen).any(axis=0)  # one side may lie outside the domain of f
        expected = np.ldexp(expected, taylor.exponent)
    if not wrong.any():
        return ""
    where = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    return (
        f"output {where[1] * value.shape[-1] + where[2]} is {value[where]:.9g} at a displacement of "
        f"{t[where[:2]]:.3g}, where {expected[where]:.9g} was expected"
    )


def _sum(taylor: Taylor, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A Taylor series at some displacements, in units of ``2**exponent``, and its error."""
    with np.errstate(all="ignore"):
        ratio = t[..., np.newaxis] / taylor.reach
        total = np.zeros_like(ratio)
        for term in taylor.terms[::-1]:
            total = total * ratio + term
        return total, taylor.slack / (1 - np.abs(ratio))
