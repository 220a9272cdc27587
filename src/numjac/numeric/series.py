# SPDX-License-Identifier: BSD-3-Clause
"""
What the coefficients of a series say: how fast they fall, what is left out, and where more could be seen.

A function sampled on a circle gives Taylor coefficients, one sampled on an interval gives Chebyshev coefficients. For
an analytic f both fall geometrically until they drown in the rounding of f (Trefethen, *Approximation Theory and
Approximation Practice*, theorem 8.1), and that fall is all there is to judge a high derivative by.

All arrays end in the axes [count, m]: lines along which f was sampled, each with a radius of its own, and outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial
from typing import Self

import numpy as np

from numjac.result import Array, FloatArray, IntArray

__all__ = [
    "Best",
    "Fall",
    "Plan",
    "Sampler",
    "Series",
    "Wish",
    "fall_of",
    "limits_of",
    "normalised",
    "unscaled",
]

Sampler = Callable[[Array], Array]

# Radii that are tried, at most.
MOST = 10

# A further radius has to promise this many bits, and more for each one tried before.
PROMISE, MORE = 3.0, 2.5

# Where nothing is known of a singularity, the radius shrinks by this many bits, twice as many at each failure.
SHRINK = 2.0

# Radii stay inside the range of numbers.
TINIEST, HUGEST = 1e-306, 1e306

# An output of which nothing is known yet goes before every other.
UNKNOWN = 1e6


@dataclass(frozen=True, slots=True)
class Series:
    """
    Derivatives along lines, with what they are worth.

    Parameters
    ----------
    derivatives : ndarray
        Of order 1 ... highest along the first axis [highest, count, m]; NaN where there is none.
    bounds : ndarray
        Of their absolute errors; inf where nothing holds.
    radius : ndarray
        How far from x f was sampled for each, shaped like them; 0 where there is none.
    rounds : int
        How often all lines were sampled.
    evaluations : int
        Points at which each line was.
    """

    derivatives: FloatArray
    bounds: FloatArray
    radius: FloatArray
    rounds: int
    evaluations: int


@dataclass(frozen=True, slots=True)
class Fall:
    """
    A geometric model of coefficients, ``level rate**(j - last)`` from number `last` on.

    Parameters
    ----------
    rate : ndarray
        Ratio of neighbouring coefficients, at most 1.
    seen : ndarray of intp
        The number of leading coefficients that stand out from the noise.
    last : ndarray of intp
        The coefficient that the model starts from: the first that does not stand out, if there is one.
    level : ndarray
        The size of that.
    """

    rate: FloatArray
    seen: IntArray
    last: IntArray
    level: FloatArray


def fall_of(size: FloatArray, floor: FloatArray) -> Fall:
    """
    How fast coefficients fall.

    Parameters
    ----------
    size : ndarray
        Absolute coefficients [number, ...].
    floor : ndarray
        Size of their noise [...].

    Returns
    -------
    Fall

    Notes
    -----
    Of the two slopes of log size, over all coefficients that are seen and over the latter half of them, the slower is
    taken: a large first coefficient says nothing of a singularity, nor does a slow start of an entire function.
    """
    envelope = np.maximum.accumulate(size[::-1], axis=0)[::-1]
    seen = np.asarray(np.sum(envelope > floor, axis=0), np.intp)
    last = np.clip(seen, 1, len(size) - 2)  # the very last one vanishes if f is even, or odd
    half = last // 2
    end = np.maximum(_pick(envelope, last), floor)
    with np.errstate(divide="ignore", invalid="ignore"):
        over_all = (end / envelope[0]) ** (1 / last)
        latter = (end / _pick(envelope, half)) ** (1 / (last - half))
    rate = np.fmax(over_all, latter)
    return Fall(np.where(np.isfinite(rate), np.clip(rate, 0.0, 1.0), 1.0), seen, last, end)


def _pick(rows: FloatArray, number: IntArray) -> FloatArray:
    """The row that each column asks for."""
    return np.asarray(np.take_along_axis(rows, number[np.newaxis], axis=0)[0])


def limits_of(
    size: FloatArray, room: FloatArray | float, farthest: float, grain: FloatArray, coarsest: float
) -> tuple[FloatArray, FloatArray]:
    """The smallest and the largest radius of each line: in grains the former, in magnitudes the latter."""
    most = np.minimum(room, farthest * np.minimum(size, HUGEST / farthest))
    return np.minimum(np.maximum(coarsest * grain, TINIEST), most), most


def normalised(y: Array, value: FloatArray) -> tuple[Array, FloatArray, IntArray, Array]:
    """
    Samples and the value in the centre divided by a power of two, so that none is larger than 1.

    Parameters
    ----------
    y : ndarray
        Samples [points, count, m], float64 or complex128.
    value : ndarray
        The value in the centre [count, m] or [1, m].

    Returns
    -------
    y, value : ndarray
        Divided; 0 where one of them is not finite.
    exponent : ndarray of intp
        The power of each output [count, m].
    finite : ndarray of bool
        Where all samples are.
    """
    finite = np.isfinite(y).all(axis=0) & np.isfinite(value)
    y, value = np.where(finite, y, 0), np.where(finite, value, 0.0)
    most = np.maximum(np.maximum(np.max(np.abs(y.real), axis=0), np.max(np.abs(y.imag), axis=0)), np.abs(value))
    exponent = np.asarray(np.frexp(most)[1], np.intp)
    value = np.ldexp(value, -exponent)
    if y.dtype.kind == "c":
        return np.ldexp(y.real, -exponent) + 1j * np.ldexp(y.imag, -exponent), value, exponent, finite
    return np.ldexp(y, -exponent), value, exponent, finite


def unscaled(terms: FloatArray, radius: FloatArray, exponent: IntArray) -> FloatArray:
    """
    Derivatives from terms ``f^(k) radius**k / (k! 2**exponent)``, k = 1, 2, ... along the first axis.

    The powers of a radius of 1e-300 leave the range of numbers long before the derivative does, so the powers of two
    are put together as integers.
    """
    part, power = np.frexp(np.where(radius > 0, radius, 1.0))
    D = np.empty_like(terms)
    with np.errstate(over="ignore", under="ignore"):
        for k, term in enumerate(terms, 1):
            D[k - 1] = np.ldexp(term * factorial(k) / part**k, exponent - k * power.astype(np.intp))
    return D


@dataclass(slots=True)
class Best:
    """
    The best of several estimates, derivative by derivative and output by output.

    Parameters
    ----------
    derivatives, bounds : ndarray
        [highest, count, m].
    radius : ndarray
        Where they come from.
    noise : ndarray
        The least error of a coefficient that was found so far [count, m].
    """

    derivatives: FloatArray
    bounds: FloatArray
    radius: FloatArray
    noise: FloatArray

    @classmethod
    def none(cls, highest: int, count: int, outputs: int, noise: FloatArray) -> Self:
        """Nothing known but a noise."""
        shape = (highest, count, outputs)
        noise = np.broadcast_to(noise, shape[1:])
        return cls(np.full(shape, np.nan), np.full(shape, np.inf), np.zeros(shape), noise)

    def hear(self, noise: FloatArray, exponent: IntArray) -> None:
        """Remember a noise, which is hidden where another radius lets no coefficient drown in it."""
        self.noise = np.maximum(self.noise, np.ldexp(noise, exponent))

    def gain(self, level: FloatArray, precision: float) -> FloatArray:
        """
        The bits that the highest derivative would gain, were the binary logarithm of its bound `level`.

        Nothing is gained beyond the precision of f.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            least = np.log2(precision) + np.log2(np.abs(self.derivatives[-1]))
            gain = np.log2(self.bounds[-1]) - np.fmax(level, least)
        return np.asarray(np.nan_to_num(gain, nan=0.0, posinf=UNKNOWN, neginf=0.0))

    def take(self, derivatives: FloatArray, bounds: FloatArray, radius: FloatArray) -> Array:
        """
        Keep the better one of each; where two contradict each other, the bound grows by as much.

        Parameters
        ----------
        derivatives, bounds, radius : ndarray
            As above; a derivative of which nothing is known has the bound inf.

        Returns
        -------
        ndarray of bool
            Where the new one is better.
        """
        known = np.isfinite(derivatives) & np.isfinite(bounds)
        derivatives, bounds = np.where(known, derivatives, np.nan), np.where(known, bounds, np.inf)
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            gap = np.abs(derivatives - self.derivatives) / (bounds + self.bounds)
            better = (bounds < self.bounds) | np.isnan(self.derivatives)
            kept = np.where(better, bounds, self.bounds)
            # Nothing is said by 0 / 0, nor by an estimate that claims nothing.
            self.bounds = np.where(np.isfinite(gap) & (gap > 1), kept * gap, kept)
        self.derivatives = np.where(better, derivatives, self.derivatives)
        self.radius = np.where(better & known, radius, self.radius)
        return better


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What the outputs ask for after a radius was tried [count, m].

    Parameters
    ----------
    radius, gain : ndarray
        The radius that suits an output that could be judged, and the bits that it promises.
    good : ndarray of bool
        Which could be judged.
    inner : ndarray
        For the others: the distance of what disturbs, as a part of the radius; 1 if unknown.
    """

    radius: FloatArray
    gain: FloatArray
    good: Array
    inner: FloatArray


@dataclass(slots=True)
class Plan:
    """
    Which radius to try next, line by line.

    Parameters
    ----------
    radius : ndarray
        The present radius of each line [count].
    least, most : ndarray
        Limits of it [count].
    low, high : ndarray
        The largest radius that was good and the smallest that was not, of each output [count, m].
    failures : ndarray
        How often the radius of a line had to shrink [count].
    """

    radius: FloatArray
    least: FloatArray
    most: FloatArray
    low: FloatArray
    high: FloatArray
    failures: FloatArray
    rounds: int = 0

    @classmethod
    def start(cls, radius: FloatArray, least: FloatArray, most: FloatArray, outputs: int) -> Self:
        """A first radius."""
        shape = (radius.size, outputs)
        return cls(radius, least, most, np.zeros(shape), np.full(shape, np.inf), np.zeros(radius.size))

    def note(self, good: Array) -> None:
        """Which outputs could be judged at the present radius [count, m]."""
        here = np.broadcast_to(self.radius[:, np.newaxis], good.shape)
        self.low = np.where(good, np.maximum(self.low, here), self.low)
        self.high = np.where(good, self.high, np.minimum(self.high, here))
        self.rounds += 1

    @property
    def ceiling(self) -> FloatArray:
        """How far each output may grow: half the way, in logarithms, to where it is known to fail."""
        with np.errstate(over="ignore"):
            half_way = np.sqrt(self.radius[:, np.newaxis]) * np.sqrt(self.high)
        return np.asarray(np.minimum(half_way, self.most[:, np.newaxis]))

    def move(self, wish: Wish, order: int) -> bool:
        """
        Go to the radius that the neediest output of each line asks for.

        Parameters
        ----------
        wish : Wish
            What the outputs ask for.
        order : int
            Of the derivative in view.

        Returns
        -------
        bool
            Whether any line moves.
        """
        here = self.radius[:, np.newaxis]
        refuge, regain = self._refuge(wish, order)
        wanted = np.where(wish.good, wish.radius, refuge)
        wanted = np.clip(wanted, self.least[:, np.newaxis], self.most[:, np.newaxis])
        gain = np.where(wanted == here, 0.0, np.where(wish.good, wish.gain, regain))
        neediest = np.argmax(gain, axis=1)[:, np.newaxis]
        wanted, gain, good = (np.take_along_axis(part, neediest, axis=1)[:, 0] for part in (wanted, gain, wish.good))
        moving = gain > PROMISE + MORE * (self.rounds - 1)
        self.failures = self.failures + (moving & ~good)
        self.radius = np.where(moving, wanted, self.radius)
        return bool(moving.any()) and self.rounds < MOST

    def _refuge(self, wish: Wish, order: int) -> tuple[FloatArray, FloatArray]:
        """
        Where an output goes that could not be judged, and the bits that it gains there.

        If it could be judged at a smaller radius, it goes half the way back; else to where nothing disturbs.
        """
        shrunk = np.minimum(wish.inner / 4, 2.0 ** -(SHRINK * 2 ** self.failures[:, np.newaxis]))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            between = np.sqrt(self.low) * np.sqrt(self.high)
            regain = np.minimum(wish.gain, order * np.log2(between / self.low))
        known = self.low > 0
        return np.where(known, between, shrunk * self.radius[:, np.newaxis]), np.where(known, regain, UNKNOWN)
