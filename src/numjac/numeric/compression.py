# SPDX-License-Identifier: BSD-3-Clause
"""
Sparse Jacobians: the columns of one colour are sampled at once, and read apart again.

Each column keeps its own step, and each stored entry its own error. What is computed lies colour by colour; one index
for each stored entry brings it into the order of the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

import numjac._colors as _colors
import numjac._core as _core
from numjac._native import Native
from numjac.numeric.coloring import Coloring
from numjac.numeric.differences import Estimate, bound_of, means
from numjac.numeric.families import POINTS_HELD, Ragged, begins, entries_on, room_of
from numjac.numeric.functions import Evaluator
from numjac.numeric.outputs import as_doubles
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.proof import random_numbers
from numjac.numeric.steps import Group, Sampling, Wishes, box_of, magnitude
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Colors", "Compression", "slopes", "strays"]


@dataclass(frozen=True, eq=False)
class Compression:
    """
    A pattern and its colours, laid out for sampling.

    Parameters
    ----------
    pattern : Pattern
        Of the columns that are wanted.
    coloring : Coloring
        No two columns of a colour share a row.
    first, columns : ndarray of intp
        Where the columns of a colour begin, and all columns, colour by colour.
    start : ndarray of intp
        Where the stored entries of a colour begin.
    row, place : ndarray of int32
        The row of each of these, and the number of its column in `columns`.
    source : ndarray of intp
        Where each entry of the pattern is found among them.
    """

    pattern: Pattern
    coloring: Coloring
    first: IntArray
    columns: IntArray
    start: IntArray
    row: Array
    place: Array
    source: IntArray
    known: dict[tuple[int, int, int], _core.Groups] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, pattern: Pattern, coloring: Coloring) -> Compression:
        """The layout of a coloured pattern: inside a colour, entries lie row by row."""
        first, listed = coloring.groups()
        columns = listed.astype(np.intp)
        place = np.empty(pattern.shape[1], np.int32)
        place[columns] = np.arange(columns.size, dtype=np.int32)
        row, column, order = pattern.row, pattern.column, pattern.row_order
        if order is not None:
            row, column = row[order], column[order]
        start, by_color = _colors.bucket(coloring.colors[column], coloring.count)
        source = np.empty(row.size, np.intp)
        source[by_color if order is None else order[by_color]] = np.arange(row.size)
        return cls(pattern, coloring, first, columns, start, row[by_color], place[column[by_color]], source)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"known": {}}

    def groups(self, entry: IntArray, n: int, of_x: tuple[int, int], of_f: int) -> _core.Groups:
        """
        What the core needs to know of it.

        Parameters
        ----------
        entry : ndarray of intp
            The entry of x that each of `columns` moves.
        n : int
            The entries of x.
        of_x : tuple of int
            Doubles in a number of x, and which of them moves.
        of_f : int
            Doubles in a number of f.
        """
        key = (*of_x, of_f)
        if key not in self.known:
            parts = np.arange(of_f, dtype=np.int64)
            row = (self.row[:, np.newaxis] * np.int64(of_f) + parts).reshape(-1)
            self.known[key] = _core.Groups(
                n * of_x[0], self.pattern.shape[0] * of_f, self.first, entry * of_x[0] + of_x[1], self.start * of_f,
                row, np.repeat(self.place, of_f),
            )  # fmt: skip
        return self.known[key]

    def part(self, which: IntArray | None) -> Compression:
        """The same of some of `columns` only; its source is where its entries are among those of the whole."""
        if which is None or which.size == self.columns.size:
            return self
        of_column = np.full(self.columns.size, -1, np.int32)
        of_column[which] = np.arange(which.size, dtype=np.int32)
        kept = np.flatnonzero(of_column[self.place] >= 0)
        first = np.searchsorted(which, self.first)
        start = np.searchsorted(kept, self.start)
        return replace(self, first=first, columns=self.columns[which], start=start, row=self.row[kept],
                       place=of_column[self.place[kept]], source=kept, known={})  # fmt: skip

    @cached_property
    def unit(self) -> FloatArray:
        """What the directions of the proof are made of."""
        return random_numbers(self.pattern.shape[1])

    @cached_property
    def by_lines(self) -> tuple[IntArray, IntArray]:
        """Where the stored entries of each of `columns` begin, and all of them."""
        return _colors.bucket(self.place, self.columns.size)

    def restored(self, found: Estimate) -> Estimate:
        """An estimate line by line in the order of the pattern."""
        source = np.empty(self.source.size, np.intp)
        source[self.by_lines[1]] = np.arange(source.size)
        source = source[self.source]
        J, error, flags = (part[source] for part in found.judged())
        step = np.zeros(self.pattern.shape[1])
        step[self.columns] = found.step
        kinks = [replace(kink, column=int(self.columns[kink.column])) for kink in found.kinks]
        return Estimate(J, step, int(np.isnan(J).sum()), error, flags, kinks=kinks, pattern=self.pattern)

    def data(self, slope: Array) -> Array:
        """What was found colour by colour, in the order of the pattern."""
        if slope.dtype == np.float64:
            return _core.decompress(slope, self.source)
        return slope[self.source]


def slopes(
    evaluator: Evaluator, point: Point, plan: Compression, sampling: Sampling, precision: float, *, judge: bool
) -> Estimate:
    """
    Sample f colour by colour.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point.
    point : Point
        The point.
    plan : Compression
        What is sampled together.
    sampling : Sampling
        Where: its columns are those of the plan, in that order.
    precision : float
        Relative size of the errors in f.
    judge : bool
        Estimate the error of every entry.

    Returns
    -------
    Estimate
        J, error and flags have an element for each entry of the pattern, step one for each column.
    """
    found = [_group_slopes(evaluator, point, plan, group, judge, sampling.step, precision) for group in sampling.groups]
    slope, error, nonfinite = (
        found[0]
        if len(found) == 1 and found[0][0].size == plan.row.size
        else _joined(plan, sampling, found, evaluator.value.dtype)
    )
    step = np.zeros(plan.pattern.shape[1])
    step[plan.columns] = sampling.step
    flags = None if sampling.flags is None else plan.data(sampling.flags[plan.place])
    bound = plan.data(error) if judge else None
    return Estimate(plan.data(slope), step, nonfinite, bound, flags, pattern=plan.pattern)


def strays(pattern: Pattern, J: Array, w: FloatArray, slope: Array, slack: FloatArray, part: float) -> bool:
    """
    Whether a row of a sparse Jacobian is not what f does along a direction.

    Parameters
    ----------
    pattern : Pattern
        Of the Jacobian.
    J : ndarray
        Its entries.
    w : ndarray
        How far each column moves.
    slope : ndarray
        The derivative of f along that.
    slack, part : ndarray, float
        How far a row may be from it, and by which part of the sizes of its terms in addition.
    """
    if slope.dtype.kind == "c":
        parts = [(np.ascontiguousarray(of(J)), np.ascontiguousarray(of(slope))) for of in (np.real, np.imag)]
    else:
        parts = [(J, slope)]
    return any(_core.stray(pattern.row, pattern.column, E, w, D, slack, part) for E, D in parts)


Slopes = tuple[Array, FloatArray, int]


def _joined(plan: Compression, sampling: Sampling, found: list[Slopes], kind: np.dtype[Any]) -> Slopes:
    """The columns of several stencils; those of none are NaN."""
    slope, error = np.full(plan.row.size, np.nan, kind), np.full(plan.row.size, np.inf)
    for group, (mean, bound, _) in zip(sampling.groups, found, strict=True):
        source = plan.part(group.slot).source
        slope[source] = mean
        if bound.size:
            error[source] = bound
    return slope, error, int(np.isnan(slope).sum())


def _group_slopes(
    evaluator: Evaluator, point: Point, plan: Compression, group: Group, judge: bool, step: FloatArray, precision: float
) -> Slopes:
    """Derivatives of the columns that share a stencil, bounds of their errors, and how many are not finite."""
    stencil, value, plan = group.stencil, evaluator.value.reshape(-1), plan.part(group.slot)
    imaginary = stencil.axis == "imaginary"
    twice = value.dtype.kind == "c" or (imaginary and isinstance(evaluator, Native))
    entry = plan.columns if group.entry is None else group.entry
    of_x = (2, 1 if imaginary else 0) if imaginary or point.is_complex else (1, 0)
    groups = plan.groups(entry, point.array.size, of_x, 2 if twice else 1)

    def sampled(table: FloatArray, nodes: FloatArray) -> tuple[Array, int]:
        slope = np.empty(plan.row.size, value.dtype)
        return slope, evaluator.compressed(groups, table, nodes, slope.view(np.float64))

    if not judge:
        slope, nonfinite = sampled(stencil.table, group.nodes)
        return slope, np.empty(0), nonfinite
    each = range(len(stencil.weights))
    quotients = [sampled(stencil.quotient(q), group.nodes[:, q : q + 1].copy())[0] for q in each]
    mean, lower = means(stencil, quotients)
    h = (step if group.slot is None else step[group.slot])[plan.place]
    bound = bound_of(stencil, mean, lower, value[plan.row], h, precision)
    return mean, bound, int(np.isnan(mean).sum())


@dataclass(slots=True)
class Colors(Ragged):
    """
    The axes through x of some of its entries, for adaptive differences: those of one colour are sampled at once.

    Parameters
    ----------
    start : ndarray of intp
        Where the outputs of a line begin, in doubles.
    outputs : ndarray of intp
        Those outputs of f, in doubles.
    """

    plan: Compression
    point: Point
    evaluator: Evaluator
    entry: IntArray
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray
    group: IntArray
    start: IntArray
    outputs: IntArray

    @classmethod
    def of(cls, plan: Compression, point: Point, evaluator: Evaluator, entry: IntArray, wishes: Wishes) -> Colors:
        """The lines lie colour by colour; `entry` is the entry of x that each column of the pattern moves."""
        entry = entry[plan.columns]
        x = np.ascontiguousarray(point.flat.real[entry], np.float64)
        low, high = (bound[entry] for bound in box_of(point, wishes))
        parts = 2 if evaluator.value.dtype.kind == "c" else 1
        start, order = plan.by_lines
        outputs = (plan.row[order].astype(np.intp)[:, np.newaxis] * parts + np.arange(parts)).reshape(-1)
        value = as_doubles(evaluator.value.reshape(-1))[outputs]
        group = np.repeat(np.arange(plan.first.size - 1), np.diff(plan.first))
        size = magnitude(point, wishes)[entry]
        room = room_of(x, low, high)
        return cls(plan, point, evaluator, entry, x, size, *room, value, group, start * parts, outputs)

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """The outputs of some lines at these coordinates, one after the other; a line may be there twice."""
        place, _ = self.places(which)
        begin = begins(self.start, which)
        result = np.empty(int(begin[-1]))
        many = max(1, POINTS_HELD // max(1, self.point.flat.size + self.evaluator.value.size))
        order, row = np.argsort(place, kind="stable"), np.sort(place)
        for low in range(0, int(row[-1]) + 1, many):
            some = order[np.searchsorted(row, low) : np.searchsorted(row, low + many)]
            Y = self._sampled(which[some], at[some], place[some] - low)
            points = np.repeat(place[some] - low, np.diff(begin)[some])
            result[entries_on(begin, some)] = Y[points, self.outputs[entries_on(self.start, which[some])]]
        return result

    def _sampled(self, which: IntArray, at: FloatArray, place: IntArray) -> FloatArray:
        """f at the points that these lines move in together."""
        X = np.tile(self.point.flat, (int(place.max()) + 1, 1))
        X.real[place, self.entry[which]] = at

        def where(row: int) -> str:
            moving = self.entry[which[place == row]]
            listed = ", ".join(self.point.name(int(j)) for j in moving[:5])
            return f"with {moving.size} columns moved at once: {listed}{', ...' if moving.size > 5 else ''}"

        return as_doubles(self.evaluator.many(X, where))
