# SPDX-License-Identifier: BSD-3-Clause
"""
Which pairs the pattern of a Hessian lacks, from values of f.

The bend of f along a direction is a sum over pairs. What of it the stored entries do not explain is followed to where
it comes from by halving: into one of two halves, or between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numjac.numeric.lines import line
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.recall import Recall
from numjac.numeric.steps import Wishes
from numjac.result import Array, FloatArray, IntArray

__all__ = ["PairSearch"]

# The step of the second differences, in units of the magnitude of x; the part of the bend, and of what is looked for,
# below which nothing is said; and how many pairs are looked for.
STEP, NEGLIGIBLE, PART, PAIRS = 2.0**-10, 1e-4, 0.05, 8


@dataclass(slots=True)
class PairSearch:
    """
    Pairs in which f bends although a pattern says that it does not.

    Parameters
    ----------
    recall : Recall
        The scalar f at the point.
    point : Point
        The point.
    wishes : Wishes
        Bounds are kept: nothing is looked for beside them.
    entry : ndarray of intp
        The entry of x that each column moves, each once.
    pattern : Pattern
        What is said, symmetric.
    data : ndarray
        The second derivatives that were found.
    w : ndarray
        How far each column moves.
    """

    recall: Recall
    point: Point
    wishes: Wishes
    entry: IntArray
    pattern: Pattern
    data: Array
    w: FloatArray

    def missing(self) -> list[tuple[int, int]]:
        """Pairs i <= j, none if none is certain."""
        found: list[tuple[int, int]] = []
        columns = np.flatnonzero(self.w)
        first = whole = self._rest(columns)
        scale = self._terms()
        while len(found) < PAIRS and np.abs(whole) > max(NEGLIGIBLE * scale, PART * np.abs(first)):
            i, j, value = self._followed(columns, whole)
            if not np.abs(value) > PART * np.abs(whole) / columns.size or (i, j) in found:
                break
            found.append((i, j))
            twice = [(i, j), (j, i)] if i != j else [(i, i)]
            row, column = np.array(twice).T
            self.data = np.concatenate([self.data, np.full(row.size, value / row.size / (self.w[i] * self.w[j]))])
            self.pattern = self.pattern.union(row, column)
            whole = self._rest(columns)
        return found

    def _terms(self) -> float:
        return float(np.abs(self.w) @ self.pattern.times(np.abs(self.data), np.abs(self.w)))

    def _rest(self, *columns: IntArray) -> complex:
        """What the stored entries do not explain of the bend, where these columns move."""
        w = np.zeros(self.w.size)
        some = np.concatenate(columns)
        w[some] = self.w[some]
        v = np.zeros(self.point.flat.size)
        v[self.entry] = w
        way = line(self.point, v, self.wishes)
        low, high = way.span
        if not (low[0] < -STEP and high[0] > STEP):
            return 0.0
        up, down = (self.recall.at(way.at(t)).reshape(-1)[0] for t in (STEP, -STEP))
        f = self.recall.value.reshape(-1)[0]
        with np.errstate(all="ignore"):
            rest = ((up - f) + (down - f)) / STEP**2 - w @ self.pattern.times(self.data, w)
        return complex(rest) if np.isfinite(rest) else 0.0

    def _followed(self, columns: IntArray, whole: complex) -> tuple[int, int, complex]:
        """The pair that most of it comes from, and its share."""
        while columns.size > 1:
            left, right = np.array_split(columns, 2)
            inside = self._rest(left), self._rest(right)
            between = whole - sum(inside)
            if np.abs(between) >= max(map(np.abs, inside)):
                return self._between(left, right, between)
            columns, whole = max(zip((left, right), inside, strict=True), key=lambda half: np.abs(half[1]))
        return int(columns[0]), int(columns[0]), whole

    def _between(self, left: IntArray, right: IntArray, share: complex) -> tuple[int, int, complex]:
        """The pair with one column of each side; the sides take turns in being halved."""
        while left.size > 1 or right.size > 1:
            if left.size < right.size:
                left, right = right, left
            halves = np.array_split(left, 2)
            alone = self._rest(right)
            shares = [self._rest(half, right) - self._rest(half) - alone for half in halves]
            left, share = max(zip(halves, shares, strict=True), key=lambda half: np.abs(half[1]))
        i, j = sorted((int(left[0]), int(right[0])))
        return i, j, share
