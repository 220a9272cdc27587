# SPDX-License-Identifier: BSD-3-Clause
"""
Large Hessians with few entries: each pair of entries of x is found once, and stands at two places.

From a gradient they are the columns of a Jacobian, of which star colouring needs fewer evaluations than an arbitrary
one; from values of f, only pairs that the pattern has are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from numjac.analytic.chain import Graph
from numjac.analytic.second import hessian
from numjac.containers import stored_hessian
from numjac.errors import OptionError, PatternError
from numjac.numeric.adaptive import Adaptive
from numjac.numeric.bend import Saying
from numjac.numeric.coloring import color_symmetric
from numjac.numeric.compression import Compression
from numjac.numeric.curvature import even_hessian
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator
from numjac.numeric.missing import lacking
from numjac.numeric.missing_pairs import PairSearch
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.proof import random_direction
from numjac.numeric.recall import Recall
from numjac.numeric.stencils import Stencil
from numjac.result import Array, FloatArray, IntArray, Shape
from numjac.second_tasks import Bent, Entire, Raising
from numjac.sparse_tasks import Sparse, Stored, placed
from numjac.tasks import first_of

__all__ = ["SparseEntire", "Symmetric"]


@dataclass(slots=True)
class Symmetric(Sparse):
    """
    The Jacobian of a gradient, of which an entry may be read from its mirror image.

    Parameters
    ----------
    mirrors : dict
        For the shape of x, the whole pattern, and where each entry of it is found among those that are measured.
    """

    mirrors: dict[Shape, tuple[Pattern, IntArray]] = field(default_factory=dict, repr=False)

    def remember(self, point: Point, pattern: Pattern) -> Compression:
        """Colour a pattern, and choose which of two mirror images is measured."""
        pattern = self.checked(pattern)
        entries = self.entries(point)
        if entries is not None:
            return Sparse.remember(self, point, pattern)
        coloring = color_symmetric(pattern.by_rows)
        measured, source = _readable(pattern, coloring.colors)
        plan = Compression.of(measured, coloring)
        self.mirrors[point.shape] = pattern, source
        self.plans[pattern.shape[0], point.shape] = plan
        return plan

    def checked(self, pattern: Pattern) -> Pattern:
        """A pattern that is symmetric: one that was found becomes so, one that was given has to be."""
        if pattern.symmetric:
            return pattern
        if self.detects:
            return pattern.union(pattern.column, pattern.row)
        lost = int(np.flatnonzero(pattern.find(pattern.column, pattern.row) < 0)[0])
        i, j = pattern.row[lost], pattern.column[lost]
        raise OptionError(f"sparsity: the pattern of a Hessian is symmetric, found ({i}, {j}) without ({j}, {i})")

    def given(self, shape: tuple[int, int]) -> Pattern:
        """The pattern that the user gave, which has to be symmetric."""
        return self.checked(Sparse.given(self, shape))

    def _lacking(self, given: Pattern, rows: IntArray, row: IntArray, column: IntArray) -> PatternError:
        """The error that tells of these entries and of their mirror images: what completes the pattern is symmetric."""
        both = np.unique(np.stack([np.append(row, column), np.append(column, row)]), axis=1)
        return lacking(given, np.union1d(rows, both[0]), *both)

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> Estimate:
        """Sample colour by colour, and mirror what was measured."""
        return self._mirrored(point, Sparse.run(self, point, evaluator, stencils, precision, judge))

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> Estimate:
        """The same with adaptive steps."""
        return self._mirrored(point, Sparse.adapt(self, point, evaluator, plan))

    def _mirrored(self, point: Point, found: Estimate) -> Estimate:
        return found if self.wrt is not None else found.taken(*self.mirrors[point.shape])

    def finished(self, point: Point, found: Estimate) -> Estimate:
        """The rows that are wanted, symmetric bit for bit."""
        pattern, source = found.pattern, np.arange(found.J.size)
        assert pattern is not None
        entries = self.entries(point)
        if entries is not None:
            turned, source = pattern.T.columns(entries)
            pattern = turned.T
        mirror = pattern.find(pattern.column, pattern.row)
        upper = (pattern.row <= pattern.column) | (mirror < 0)
        return found.taken(pattern, source[np.where(upper, np.arange(pattern.nnz), mirror)])


def _readable(pattern: Pattern, colors: Array) -> tuple[Pattern, IntArray]:
    """
    One of each pair of mirror images that is alone in its row among those of its colour; and where each entry is then.

    That there is one is what makes a colouring a star colouring.
    """
    key = pattern.row.astype(np.int64) * (int(colors.max(initial=0)) + 1) + colors[pattern.column]
    _, which, count = np.unique(key, return_inverse=True, return_counts=True)
    alone = count[which] == 1
    mirror = pattern.find(pattern.column, pattern.row)
    first = pattern.row <= pattern.column
    chosen = alone & (first | ~alone[mirror])
    assert (chosen | chosen[mirror]).all()
    chosen &= first | ~chosen[mirror]
    kept = np.flatnonzero(chosen)
    place = np.cumsum(chosen) - 1
    return Pattern(pattern.shape, pattern.row[kept], pattern.column[kept]), np.where(chosen, place, place[mirror])


@dataclass(slots=True)
class SparseEntire(Entire):
    """
    The Hessian of a scalar f at the entries of a pattern.

    Parameters
    ----------
    symmetric : Symmetric
        Knows the pattern.
    """

    symmetric: Symmetric = field(kw_only=True)

    def exactly(self, point: Point, graph: Graph) -> Bent:
        """The sum of what each operation bends by, and what it says of a random direction."""
        if graph.ids.size != 1:
            raise OptionError("sparsity: a sparse Hessian is one of a scalar f")
        entry, _ = self.unique(point)
        v = random_direction(point, entry, self.wishes)
        units = np.eye(1)
        H = Stored(*stored_hessian(hessian(graph, units[0])))
        if not self.symmetric.detects:
            given = self.symmetric.given(H.pattern.shape)
            H = Stored(placed(given, H.data, H.pattern), given)
        bend = _bend(H.data, H.pattern, v)
        return Bent(_selected(H, self.entries(point)), [(v, graph.gradient(units), bend)])

    def raised(self, by: Raising) -> Estimate:
        """Nothing: complex arguments take slopes along all axes, which are as many numbers as a dense Hessian has."""
        raise NotImplementedError

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> Estimate:
        """By even parts of the pairs that the pattern has."""
        if evaluator.value.size != 1:
            raise OptionError("sparsity: a sparse Hessian is one of a scalar f")
        pattern, (entry, which) = self._pattern(point), self.unique(point)
        a, b = which[pattern.row], which[pattern.column]
        key, pair = np.unique(np.minimum(a, b) * entry.size + np.maximum(a, b), return_inverse=True)
        i, j = key // max(1, entry.size), key % max(1, entry.size)
        beside = i != j
        place = np.where(beside, entry.size + np.cumsum(beside) - 1, i)
        found = even_hessian(point, evaluator, entry, plan, self.wishes, (i[beside], j[beside]))
        return replace(found.flattened().taken(pattern, place[pair]), step=found.step[which])

    def _pattern(self, point: Point) -> Pattern:
        """The entries between the entries of x that move."""
        n = point.array.size
        if not self.symmetric.knows(point, n):
            raise OptionError("sparsity='detect' of a Hessian needs a trace of f or gradient=; give the pattern")
        plan = self.symmetric.plan(point, n)
        if self.wrt is None:
            return self.symmetric.mirrors[point.shape][0]
        turned, _ = plan.pattern.T.columns(self.indices(point))
        return turned.T

    def lacking(self, recall: Recall, point: Point, estimate: Estimate) -> None:
        """Raise a PatternError if f bends in pairs that the pattern lacks."""
        entry, which = self.unique(point)
        pattern, source = self._pattern(point), np.arange(estimate.J.size)
        if which.size > entry.size or self.wrt is not None:  # each entry of x once
            first = np.unique(which, return_index=True)[1]
            (some, at), columns = pattern.columns(first), source
            turned, back = some.T.columns(first)
            pattern, source = turned.T, columns[at][back]
        w = random_direction(point, entry, self.wishes, strict=False)[entry]
        found = PairSearch(recall, point, self.wishes, entry, pattern, estimate.J[source], w).missing()
        if found:
            i, j = entry[np.array(found).T]
            row, column = np.concatenate([i, j[i != j]]), np.concatenate([j, i[i != j]])
            given = self.symmetric.given((point.array.size, point.array.size))
            raise lacking(given, np.unique(row), row, column)

    def bent(self, point: Point, estimate: Estimate, v: Array) -> tuple[Saying, FloatArray]:
        """What an estimate says of the bend along v, and how far that may be wrong."""
        entries, pattern = self.entries(point), estimate.pattern
        assert pattern is not None
        assert estimate.error is not None
        w = v if entries is None else np.where(first_of(entries), v[entries], 0.0)
        error = np.where(np.isnan(estimate.error), np.inf, estimate.error)
        with np.errstate(all="ignore"):
            slack = np.where(w[pattern.row] * w[pattern.column] == 0, 0.0, error)
            total = np.abs(w) @ pattern.times(slack, np.abs(w))
        return _bend(estimate.J, pattern, w), np.atleast_1d(total)


def _bend(data: Array, pattern: Pattern, v: Array) -> Saying:
    """What a matrix says of the bend along v."""
    with np.errstate(all="ignore"):
        moving = v[pattern.row] * v[pattern.column] != 0
        value = v @ pattern.times(np.where(moving, data, 0), v)
        return Saying(np.atleast_1d(value), np.atleast_1d(np.abs(v) @ pattern.times(np.abs(data), np.abs(v))))


def _selected(H: Stored, entries: IntArray | None) -> Stored:
    """Some rows and the same columns."""
    if entries is None:
        return H
    some, place = H.pattern.columns(entries)
    turned, again = some.T.columns(entries)
    return Stored(H.data[place][again], turned.T)
