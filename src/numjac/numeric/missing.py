# SPDX-License-Identifier: BSD-3-Clause
"""
Which entries a pattern lacks.

A random direction shows that a row is not what its stored entries say. Whether that is because an entry is missing, and
in which column, is found by moving only columns that the row is said not to depend on; and, for all rows at once, by
moving those columns whose number has a certain bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from numjac.errors import PatternError
from numjac.numeric.lines import line, sample_line
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.proof import FIRST, random_direction
from numjac.numeric.recall import Recall
from numjac.numeric.stencils import METHODS
from numjac.numeric.steps import Wishes
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Search", "lacking"]

STENCILS = METHODS["central"].of_order(2)

# A row is suspicious if its slope along the direction differs from that of its entries by more than this part of them,
# beside so many rounding errors of f; and a change is explained by another that is so near to it.
SUSPICIOUS, ROUNDING, NEAR = 1e-5, 16, 1e-3

# How far x moves, in units of its magnitude, to see the noise of f; and how many times that a change has to be.
TINY, NOISY = 2.0**-40, 20

# The part of what is not explained, at least, that columns outside of a row have to show.
PART = 0.05

# Rows that are looked at one by one, and rounds in which all others are, with fewer and fewer columns moving.
CULPRITS, ROUNDS = 4, 32

# Rows and columns that a message names.
NAMED = 5


@dataclass(slots=True)
class Search:
    """
    Where f changes although a pattern says that it does not.

    Parameters
    ----------
    recall : Recall
        f at the point.
    point : Point
        The point.
    wishes : Wishes
        Bounds are kept.
    entry : ndarray of intp
        The entry of x that each column moves.
    pattern : Pattern
        What is said.
    data : ndarray
        The derivatives that were found.
    precision : float
        Relative size of the errors in f.
    """

    recall: Recall
    point: Point
    wishes: Wishes
    entry: IntArray
    pattern: Pattern
    data: Array
    precision: float

    def missing(self) -> tuple[IntArray, IntArray, IntArray]:
        """The suspicious rows; and rows and columns of entries that are missing for certain, if there are any."""
        nothing = np.zeros(0, np.intp)
        v = random_direction(self.point, np.unique(self.entry), self.wishes, strict=False)
        w = np.where(_first(self.entry), v[self.entry], 0.0)
        self.noise = self._trembling(w)
        gap, slack = self._gap(w)
        suspicious = np.flatnonzero(np.abs(gap) > slack)
        worst = suspicious[np.argsort(-np.abs(gap[suspicious]), kind="stable")]
        found = [(i, j) for i in worst[:CULPRITS] for j in self._culprit(int(i), gap[i], w)]
        if not found:
            return suspicious, nothing, nothing
        self._complete(w)
        given = self.pattern.union(*(np.array(side, np.int32) for side in zip(*found, strict=True)))
        new = slice(self.said, None)
        return suspicious, given.row[new].astype(np.intp), given.column[new].astype(np.intp)

    noise: FloatArray = field(init=False)  # of the outputs, as changes that are no slope
    said: int = field(init=False)  # the entries that were given come first

    def __post_init__(self) -> None:
        self.said, self.noise = self.pattern.nnz, np.zeros(self.recall.value.size)

    @property
    def step(self) -> float:
        """Of the differences, in units of w."""
        return float(max(FIRST, self.precision ** (1 / 3)))

    def _trembling(self, w: FloatArray) -> FloatArray:
        """How much the outputs change where x moves by so little that a slope is not seen."""
        value, tiny = self.recall.value.reshape(-1), max(TINY, 16 * self.precision)
        way = line(self.point, self._direction(w), self.wishes)
        seen = [self.recall.at(way.at(k * tiny)).reshape(-1) for k in (1, 2, 3)]
        with np.errstate(invalid="ignore"):
            change = np.max([np.abs(y - value) for y in seen], axis=0)
        return np.where(np.isfinite(change), change, 0.0)

    def _direction(self, w: FloatArray) -> FloatArray:
        """Where x moves, as the columns do."""
        v = np.zeros(self.point.flat.size)
        np.add.at(v, self.entry, w)
        return v

    def _slope(self, w: FloatArray) -> Array | None:
        """The derivative of f where each column moves by its part of w; None if there is no room."""
        v = self._direction(w)
        if not v.any():
            return np.zeros(self.recall.value.size)
        way = line(self.point, v, self.wishes)
        samples = sample_line(self.recall, way, STENCILS, self.step)
        return None if samples is None else samples.slope(self.recall.value.reshape(-1))[0]

    def _gap(self, w: FloatArray) -> tuple[Array, FloatArray]:
        """How far f is from its entries along w, row by row, and how far it may be."""
        slope, size = self._slope(w), np.abs(self.recall.value.reshape(-1))
        if slope is None:
            return np.zeros(size.size), size
        with np.errstate(invalid="ignore", over="ignore"):
            terms = self.pattern.times(np.abs(self.data), np.abs(w))
            gap = slope - self.pattern.times(self.data, w)
            rough = ROUNDING * self.precision * size + NOISY * self.noise
            slack = SUSPICIOUS * np.maximum(terms, np.abs(slope)) + rough / self.step
        return np.where(np.isfinite(gap), gap, 0.0), slack

    def _culprit(self, i: int, gap: float, w: FloatArray) -> Iterator[int]:
        """A column outside of row i that moves output i, found by halving those that do."""
        start, column = self.pattern.by_rows
        outside = np.ones(w.size, bool)
        outside[column[start[i] : start[i + 1]]] = False
        columns = np.flatnonzero(outside & (w != 0))
        if np.abs(self._moved(i, columns, w)) < max(PART * np.abs(gap), NOISY * self.noise[i] / self.step):
            return
        while columns.size > 1:
            halves = np.array_split(columns, 2)
            columns = max(halves, key=lambda half: np.abs(self._moved(i, half, w)))
        if columns.size and self._moved(i, columns, w) != 0:
            yield int(columns[0])

    def _moved(self, i: int, columns: IntArray, w: FloatArray) -> complex:
        """How fast output i changes where these columns move."""
        some = np.zeros(w.size)
        some[columns] = w[columns]
        slope = self._slope(some)
        return 0.0 if slope is None or not np.isfinite(slope[i]) else complex(slope[i])

    def _complete(self, w: FloatArray) -> None:
        """Add what is missing: all of it where x has few entries, else as far as it shows within a bounded search."""
        bits = max(1, int(w.size - 1).bit_length())
        if w.size <= 2 * ROUNDS * (bits + 1):
            self._one_by_one(w)
            return
        random, quiet = np.random.default_rng(w.size), 0
        for number in range(ROUNDS):
            part = 2.0 ** -(1 + number // 8) if number % 4 else 1.0
            moving = np.where(random.random(w.size) < part, w, 0.0)
            gap, slack = self._gap(moving)
            if part == 1 and not (np.abs(gap) > slack).any():
                return
            before = self.data
            self._spell(moving, gap, np.abs(gap) > slack, bits)
            quiet = 0 if self.data.size > before.size or (self.data != before).any() else quiet + 1
            if quiet > ROUNDS // 4:
                return

    def _one_by_one(self, w: FloatArray) -> None:
        """Move each column alone."""
        for j in np.flatnonzero(w):
            slope = self._slope(np.where(np.arange(w.size) == j, w, 0.0))
            if slope is not None:
                rows = np.flatnonzero(np.isfinite(slope) & (np.abs(slope) > NOISY * self.noise / self.step))
                self.pattern = self.pattern.union(rows, np.full(rows.size, j))

    def _spell(self, w: FloatArray, gap: Array, legible: npt.NDArray[np.bool_], bits: int) -> None:
        """Add what a single column explains to each row of which that is so."""
        number, column = np.zeros(gap.size, np.intp), np.arange(w.size)
        for bit in range(bits):
            part, slack = self._gap(np.where(column >> bit & 1, w, 0.0))
            near = NEAR * np.abs(gap) + slack
            whole = np.abs(part - gap) <= near
            legible &= whole != (np.abs(part) <= near)
            number |= whole.astype(np.intp) << bit
        row = np.flatnonzero(legible & (number < w.size))
        row = row[w[number[row]] != 0]
        self._add(row, number[row], gap[row] / w[number[row]])

    def _add(self, row: IntArray, column: IntArray, value: Array) -> None:
        """Add entries; those that are stored were wrong because of others of their colour, and are put right."""
        place = self.pattern.find(row, column)
        known = place >= 0
        self.data = self.data.astype(np.result_type(self.data, value))
        self.data[place[known]] += value[known]
        self.data = np.concatenate([self.data, value[~known]])
        self.pattern = self.pattern.union(row[~known], column[~known])


def _first(entries: IntArray) -> npt.NDArray[np.bool_]:
    """Where each entry is wanted first."""
    first = np.zeros(entries.size, bool)
    first[np.unique(entries, return_index=True)[1]] = True
    return first


def lacking(given: Pattern, rows: IntArray, row: IntArray, column: IntArray) -> PatternError:
    """The error that tells which entries of a pattern are missing."""
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    listed = ", ".join(f"({i}, {j})" for i, j in zip(row[:NAMED], column[:NAMED], strict=True))
    more = f", ... ({row.size} in all)" if row.size > NAMED else ""
    affected = np.union1d(rows, row)
    names = ", ".join(map(str, affected[:NAMED])) + (", ..." if affected.size > NAMED else "")
    rows_told = f"{affected.size} rows" if affected.size != 1 else "a row"
    error = PatternError(
        f"the pattern lacks entries: {rows_told} of the Jacobian ({names}) depend{'s' if affected.size == 1 else ''} "
        f"on columns that are not in it; found at (row, column) {listed}{more}. The attribute `pattern` of this error "
        f"is the pattern completed by {'that' if row.size == 1 else 'those'}"
    )
    error.rows, error.missing = affected, np.stack([row, column], axis=1)
    error.pattern = given.union(row, column)
    return error
