# SPDX-License-Identifier: BSD-3-Clause
"""
What can be wanted of a large matrix with few entries: the Jacobian at the entries of a pattern.

The pattern is what the user says, or what is found at the first point; its colours and the layout for sampling are kept
for the points to come. That nothing is missing from it is proved at every point.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.analytic.chain import Graph
from numjac.analytic.tangents import structure
from numjac.containers import container, stored_parts
from numjac.errors import OptionError, PatternError, PatternWarning, warn
from numjac.formats import EPS
from numjac.numeric.adaptive import Adaptive, differentiate
from numjac.numeric.coloring import color_columns
from numjac.numeric.compression import Colors, Compression, slopes, strays
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator
from numjac.numeric.lines import line, sample_line
from numjac.numeric.missing import Search, lacking
from numjac.numeric.pattern import Pattern, as_pattern, is_sparse
from numjac.numeric.points import Point
from numjac.numeric.probing import probed
from numjac.numeric.proof import FIRST, Claim, random_direction
from numjac.numeric.proof import STENCILS as CENTRAL
from numjac.numeric.recall import Recall
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import sample
from numjac.result import Array, FloatArray, IntArray, Shape
from numjac.seeds import Products, by_blocks, entries_of_trace, is_dense
from numjac.tasks import Columns, eps_of, first_of, some_of

__all__ = ["Sparse", "Stored", "own_pattern", "placed"]

# A row is looked at more closely if it is off by more than this part of its terms.
STRAY = 1e-5

# An entry of a trace that is below this part of its row is zero but for rounding.
CANCELLED = 64 * EPS


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A matrix of stored entries.

    Parameters
    ----------
    data : ndarray
        In the order of the pattern.
    pattern : Pattern
        Where they are.
    """

    data: Array
    pattern: Pattern


@dataclass(slots=True)
class Sparse(Columns):
    """
    A Jacobian, or the columns `wrt` of it, of which only the entries of a pattern are kept.

    Parameters
    ----------
    option : object
        The pattern, in any form that `as_pattern` knows, or ``"detect"``.
    plans : dict
        What was found for the sizes of f(x) and the shape of x; a race of two threads makes the same one twice.
    """

    option: Any = "detect"
    plans: dict[tuple[int, Shape], Compression] = field(default_factory=dict, repr=False)
    places: dict[tuple[int, int], Places] = field(default_factory=dict, repr=False)
    products: dict[tuple[int, int, bool], Products] = field(default_factory=dict, repr=False)

    @property
    def detects(self) -> bool:
        """Whether the pattern is to be found."""
        return isinstance(self.option, str)

    def knows(self, point: Point, m: int) -> bool:
        """Whether there is a pattern for a function of these sizes."""
        return not self.detects or (m, point.shape) in self.plans

    def remember(self, point: Point, pattern: Pattern) -> Compression:
        """Colour a pattern of all columns, and lay it out for sampling."""
        entries = self.entries(point)
        wanted = pattern if entries is None else pattern.columns(entries)[0]
        plan = Compression.of(wanted, color_columns(wanted.by_columns, wanted.by_rows))
        self.plans[wanted.shape[0], point.shape] = plan
        return plan

    def probe(self, evaluator: Evaluator, point: Point, *, nan: bool) -> str:
        """Find the pattern by probing, with NaN too if f may be called with it, and tell so."""
        pattern, told = probed(evaluator, point, self.wishes, nan=nan)
        warn(
            f"the pattern was found by probing ({told}; {pattern.nnz} entries), for f can not be traced: entries that "
            "are zero wherever it was looked are missed; each result is held against f along a random direction",
            PatternWarning,
        )
        self.remember(point, pattern)
        return f"pattern: by probing ({told})"

    def plan(self, point: Point, m: int) -> Compression:
        """The layout for a function with m outputs."""
        known = self.plans.get((m, point.shape))
        return known or self.remember(point, as_pattern(self.option, (m, point.array.size)))

    # ------------------------------------------------------------------------------------------------ by differences

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> Estimate:
        """Sample colour by colour."""
        plan = self.plan(point, evaluator.value.size)
        entries = plan.columns if self.wrt is None else self.indices(point)[plan.columns]
        sampling = sample(point, stencils, entries, precision, self.wishes)
        return slopes(evaluator, point, plan, sampling, precision, judge=judge)

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> Estimate:
        """Each column is a line, with the outputs that depend on it."""
        layout = self.plan(point, evaluator.value.size)
        family = Colors.of(layout, point, evaluator, self.indices(point), self.wishes)
        found = differentiate(family, plan, eps_of(point), evaluator.value.dtype.kind == "c")
        return layout.restored(found)

    def strays(
        self, recall: Recall, point: Point, estimate: Estimate, stencils: Sequence[Stencil], precision: float
    ) -> bool:
        """
        Whether an output changes along a random direction in another way than its entries say.

        That is one evaluation of f for differences to one side, which err by as much as this does, and two for others.
        """
        v, pattern = self.direction(point), estimate.pattern
        assert pattern is not None
        if v is None:
            return False
        stencils, t = (stencils, stencils[0].relative_step(precision)) if stencils[0].order == 1 else (CENTRAL, FIRST)
        samples = sample_line(recall.evaluator, line(point, v, self.wishes), stencils, t)
        if samples is None:
            return False
        value, w = recall.value.reshape(-1), self.moving(point, v)
        with np.errstate(invalid="ignore", over="ignore"):
            slope, _ = samples.slope(value)
            slack = (64 * precision * np.abs(value) + (self.wishes.noise or 0.0)) / np.abs(samples.t)
        return strays(pattern, estimate.J, w, slope, slack, STRAY)

    def lacking(self, recall: Recall, point: Point, estimate: Estimate, precision: float) -> None:
        """Raise a PatternError if f depends on entries that the pattern lacks."""
        pattern = estimate.pattern
        assert pattern is not None
        indices = self.indices(point)
        rows, row, column = Search(recall, point, self.wishes, indices, pattern, estimate.J, precision).missing()
        if row.size:
            raise self._lacking(self._whole(point, pattern), rows, row, indices[column])

    def _lacking(self, given: Pattern, rows: IntArray, row: IntArray, column: IntArray) -> PatternError:
        """The error that tells of these entries."""
        return lacking(given, rows, row, column)

    def _whole(self, point: Point, pattern: Pattern) -> Pattern:
        """The pattern of all columns, as far as it is known, of which that of some is a part."""
        if self.wrt is None:
            return pattern
        shape, none = (pattern.shape[0], point.array.size), np.zeros(0, np.int32)
        known = Pattern(shape, none, none) if self.detects else as_pattern(self.option, shape)
        return known.union(pattern.row, self.indices(point)[pattern.column])

    # ---------------------------------------------------------------------------------------------------- by a trace

    def pattern_of(self, graph: Graph) -> Pattern:
        """The entries that a trace shows."""
        graph = graph.tips()
        return entries_of_trace(graph, is_dense(graph))[1]

    def exact(self, point: Point, graph: Graph) -> tuple[Any, str, str]:
        """The entries of its tangent; where that is dense, those of the pattern alone."""
        graph = graph.tips()
        dense = is_dense(graph)
        if dense and not self.detects:
            return self._wanted(point, *self.of_trace(graph, dense)), "forward and reverse", "sparse"
        parts = [] if dense else graph.parts()
        data, pattern = by_blocks(graph) if dense else stored_parts(graph.ids.size, graph.n, parts)
        told = structure(parts[0][1]) if len(parts) == 1 else "sparse"
        return self._wanted(point, *self.placed(data, pattern)), "forward", told

    def of_trace(self, graph: Graph, dense: bool) -> tuple[Array, Pattern]:
        """The entries of a trace; of one that is dense in between, those of the pattern alone, if one was given."""
        shape = graph.ids.size, graph.n
        if not dense or self.detects:
            return self.placed(*entries_of_trace(graph, dense))
        products = self.products.get((*shape, graph.complex))
        if products is None:
            products = Products.of(self.given(shape), graph.complex)
            self.products[(*shape, graph.complex)] = products
        data, given = products.read(graph), products.pattern
        row, column = products.missing(graph, data)
        if row.size:
            raise self._lacking(given, np.unique(row), row, column)
        return data, given

    def given(self, shape: tuple[int, int]) -> Pattern:
        """The pattern that the user gave."""
        return as_pattern(self.option, shape)

    def placed(self, data: Array, pattern: Pattern) -> tuple[Array, Pattern]:
        """Entries of a trace at those of the pattern that was given, if one was."""
        if self.detects:
            return data, pattern
        last = self.places.get(pattern.shape)
        if last is None or not last.fits(pattern):
            last = self.places[pattern.shape] = Places.of(self.given(pattern.shape), pattern)
        return last.moved(data), last.given

    def contained(self, form: str, graph: Graph, dense: bool) -> Any:
        """The same in a container."""
        data, pattern = self.of_trace(graph, dense)
        return container(pattern, data, form)

    def _wanted(self, point: Point, data: Array, pattern: Pattern) -> Stored:
        """The entries of the columns that are wanted."""
        entries = self.entries(point)
        if entries is None:
            return Stored(data, pattern)
        some, place = pattern.columns(entries)
        return Stored(data[place], some)

    def inherit(self, point: Point, error: FloatArray) -> FloatArray:
        """Those of some columns."""
        return error[:, self.indices(point)]

    # ------------------------------------------------------------------------------------------------------ the proof

    def along(self, point: Point, estimate: Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """J v; an entry may be wanted twice, but moves once."""
        w, pattern = self.moving(point, v), estimate.pattern
        assert pattern is not None
        assert estimate.error is not None
        with np.errstate(invalid="ignore", over="ignore"):
            moving = w[pattern.column] != 0
            J, E = np.where(moving, estimate.J, 0), np.where(moving, estimate.error, 0.0)
            return pattern.times(J, w), pattern.times(E, np.abs(w))

    def moving(self, point: Point, v: FloatArray) -> FloatArray:
        """How far each column moves along v."""
        entries = self.entries(point)
        return v if entries is None else np.where(first_of(entries), v[entries], 0.0)

    def direction(self, point: Point) -> FloatArray | None:
        """A random direction of all entries to move."""
        return some_of(random_direction(point, self.entries(point), self.wishes, strict=False, unit=self._unit(point)))

    def _unit(self, point: Point) -> FloatArray | None:
        """The random numbers of a plan, which are long to make."""
        return next((plan.unit for (_, shape), plan in self.plans.items() if shape == point.shape), None)

    def spread(self, point: Point, estimate: Estimate, v: Array, change: FloatArray) -> None:
        """Every entry of x may be the one that is rounded."""
        pattern, size = estimate.pattern, np.abs(self.moving(point, np.asarray(v)))
        assert pattern is not None
        assert estimate.error is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            size = size[pattern.column]
            estimate.error += np.where(size > 0, change[pattern.row] / size, 0.0)

    def claims(self, point: Point, estimate: Estimate) -> list[Claim]:
        """The matrix times a random vector that moves every entry a column belongs to."""
        v = random_direction(point, self.entries(point), self.wishes, unit=self._unit(point))
        w, pattern = self.moving(point, v), estimate.pattern
        assert pattern is not None
        with np.errstate(invalid="ignore", over="ignore"):
            J = np.where(w[pattern.column] != 0, estimate.J, 0)
            return [Claim(v, pattern.times(J, w), pattern.times(np.abs(J), np.abs(w)))]


def own_pattern(option: Any) -> Any:
    """A pattern that the user gives as a private copy, as far as its shape is known; ``"detect"`` as it is."""
    if isinstance(option, str):
        if option != "detect":
            raise OptionError(f"sparsity={option!r}: expected None, 'detect' or a pattern")
        return option
    if isinstance(option, Pattern):
        return as_pattern((option.row, option.column), as_pattern(option, option.shape).shape)
    if is_sparse(option) or isinstance(option, np.ndarray):
        return as_pattern(option, np.shape(option) if isinstance(option, np.ndarray) else option.shape)
    return copy.deepcopy(option)


def placed(given: Pattern, data: Array, pattern: Pattern) -> Array:
    """Entries of one pattern at the places of another; a PatternError if one that is not zero has none."""
    return Places.of(given, pattern).moved(data)


@dataclass(frozen=True, eq=False)
class Places:
    """Where the entries of one pattern are among those of another, -1 for nowhere."""

    given: Pattern
    pattern: Pattern
    place: IntArray

    @classmethod
    def of(cls, given: Pattern, pattern: Pattern) -> Places:
        """By looking for each."""
        return cls(given, pattern, given.find(pattern.row, pattern.column))

    def fits(self, pattern: Pattern) -> bool:
        """Whether entries of this pattern have the same places."""
        mine = self.pattern
        return np.array_equal(mine.column, pattern.column) and np.array_equal(mine.row, pattern.row)

    def moved(self, data: Array) -> Array:
        """Entries at their places; a PatternError if one that is more than rounding has none."""
        nowhere = self.place < 0
        if nowhere.any():
            self._check(data, nowhere)
        result = np.zeros(self.given.nnz, data.dtype)
        if nowhere.any():
            result[self.place[~nowhere]] = data[~nowhere]
        else:
            result[self.place] = data
        return result

    def _check(self, data: Array, nowhere: npt.NDArray[np.bool_]) -> None:
        """Raise if what has no place is more than terms leave that cancel each other."""
        size, row = np.zeros(self.pattern.shape[0]), self.pattern.row
        np.maximum.at(size, row, np.abs(data))
        lost = np.flatnonzero(nowhere & ~(np.abs(data) <= CANCELLED * size[row]))
        if lost.size:
            i, j = row[lost].astype(np.intp), self.pattern.column[lost].astype(np.intp)
            raise lacking(self.given, np.unique(i), i, j)
