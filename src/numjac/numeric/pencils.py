# SPDX-License-Identifier: BSD-3-Clause
"""
Pencils of lines through x for second derivatives: many real directions, or axes a tiny step beside the real space.

Along a real direction v the even part of f tells v'Hv. The directions are sums of axes in units that are powers of two,
so that x takes every step along them without rounding.

A tiny imaginary step h w is a derivative along w without any cancellation: Im f(x + i h w) / h = w'g(x). Sampled along
the axis of x_j it is a function of one variable, whose slope is w'H e_j.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from numjac.numeric.families import Family, in_parts, parts_of, room_of
from numjac.numeric.functions import Evaluator
from numjac.numeric.outputs import as_doubles
from numjac.numeric.points import Point, name_of
from numjac.numeric.steps import Wishes, box_of, magnitude
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Pencil", "Raised", "power_of_two", "slopes"]

# Spacing at 1 of the coordinates of a line: so coarse that x takes steps in units of a power of two without rounding.
GRID = 2.0**-48


def power_of_two(size: FloatArray) -> FloatArray:
    """The powers of two that are no larger, and more than half as large."""
    _, exponent = np.frexp(size)
    return np.ldexp(0.5, exponent)


@dataclass(slots=True)
class Pencil(Family):
    """
    Lines through x along ``turn[c] * common`` with ``along[c]`` added at two of its entries, ``entry[c]``.

    The coordinate of a line is 1 + t in x + t v: its steps are parts of 1, and no longer than a few bits, of `GRID`.
    """

    point: Point
    evaluator: Evaluator
    common: Array
    turn: FloatArray
    entry: IntArray
    along: FloatArray
    box: tuple[FloatArray, FloatArray]
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray

    @classmethod
    def of(
        cls,
        point: Point,
        evaluator: Evaluator,
        entry: IntArray,
        along: FloatArray,
        wishes: Wishes,
        common: Array | None = None,
        turn: FloatArray | None = None,
    ) -> Pencil:
        """The pencil of these directions, each about as long as x: its coordinates have a magnitude of 1."""
        count, zero = len(entry), np.zeros(len(entry))
        value = as_doubles(evaluator.value.reshape(1, -1))
        common = np.zeros_like(point.flat) if common is None else common
        turn = zero if turn is None else turn
        box = box_of(point, wishes)
        self = cls(point, evaluator, common, turn, entry, along, box, zero, np.ones(count), zero, zero, value)
        lines = np.arange(count)
        ends = [self._room(lines[part]) for part in parts_of(lines, common.size)] or [np.zeros((3, 0))]
        self.x, self.low, self.high = map(np.ascontiguousarray, np.concatenate(ends, axis=1))
        return self

    def directions(self, which: IntArray) -> Array:
        """The directions of some lines, in rows."""
        V = self.turn[which, np.newaxis] * self.common
        for end in range(self.entry.shape[1]):
            V[np.arange(which.size), self.entry[which, end]] += self.along[which, end]
        return V

    def _room(self, which: IntArray) -> FloatArray:
        """The coordinates of x on these lines, NaN where it is not finite, and the room below and above."""
        V, x = self.directions(which), self.point.flat
        known = np.where(np.any((V != 0) & ~np.isfinite(x), axis=1), np.nan, 0.0)
        with np.errstate(all="ignore"):
            ends = np.stack([(bound - x.real) / V.real for bound in self.box])
        still = V.real == 0
        least = np.where(still, -np.inf, ends.min(axis=0)).max(axis=1, initial=-np.inf)
        most = np.where(still, np.inf, ends.max(axis=0)).min(axis=1, initial=np.inf)
        return np.stack([known + 1.0, *room_of(known, least, most)])

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """f on some lines."""
        return in_parts(self._sampled, which, at, self.common.size)

    def _sampled(self, which: IntArray, at: FloatArray) -> FloatArray:
        V, t = self.directions(which), at - 1.0
        X = self.point.flat + t[:, np.newaxis] * V
        if X.dtype.kind != "c":
            X = np.clip(X, *self.box)
        if self.point.narrow:
            X = X.astype(self.point.array.dtype).astype(X.dtype)

        def where(row: int) -> str:
            moving = np.flatnonzero(V[row])
            names = ", ".join(name_of(int(j), self.point.shape) for j in moving[:3])
            return f"with {names}{', ...' if moving.size > 3 else ''} moved by {t[row]:.6g} of their magnitude"

        return as_doubles(self.evaluator.many(np.where(V == 0, self.point.flat, X), where))


def _told(point: Point, entry: IntArray) -> Callable[[int], str]:
    def where(row: int) -> str:
        return f"beside the real axis, with {name_of(int(entry[row]), point.shape)} moved"

    return where


def slopes(beside: Evaluator, point: Point, shift: FloatArray, h: FloatArray) -> FloatArray:
    """
    The derivatives of f along the rows of `shift` / h, by tiny imaginary steps.

    Parameters
    ----------
    beside : Evaluator
        Of Im f.
    point : Point
        The point.
    shift : ndarray
        Imaginary displacements [rows, n].
    h : ndarray
        Their lengths [rows], powers of two.

    Returns
    -------
    ndarray
        [rows, m].
    """
    first = np.argmax(shift != 0, axis=1)
    return beside.many(point.flat + 1j * shift, _told(point, first)).imag / h[:, np.newaxis]


@dataclass(slots=True)
class Raised(Family):
    """Axes through x + i ``shift[base[c]]``, on which Im f / h is sampled, the slope of f along that shift."""

    point: Point
    beside: Evaluator
    shift: FloatArray
    h: FloatArray
    base: IntArray
    entry: IntArray
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray

    @classmethod
    def of(
        cls,
        point: Point,
        beside: Evaluator,
        shift: FloatArray,
        h: FloatArray,
        slope: FloatArray,
        base: IntArray,
        entry: IntArray,
        wishes: Wishes,
    ) -> Raised:
        """Lines along the axes of `entry`; ``slope[base]`` is what is sampled there, at x itself."""
        x = np.ascontiguousarray(point.flat[entry])
        low, high = (bound[entry] for bound in box_of(point, wishes))
        size, room = magnitude(point, wishes)[entry], room_of(x, low, high)
        return cls(point, beside, shift, h, base, entry, x, size, *room, np.ascontiguousarray(slope[base]))

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """The slope along the shift of each line."""
        return in_parts(self._sampled, which, at, 2 * self.point.array.size)

    def _sampled(self, which: IntArray, at: FloatArray) -> FloatArray:
        base, entry = self.base[which], self.entry[which]
        X = self.point.flat + 1j * self.shift[base]
        X.real[np.arange(which.size), entry] = at
        return self.beside.many(X, _told(self.point, entry)).imag / self.h[base, np.newaxis]
