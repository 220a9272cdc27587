# SPDX-License-Identifier: BSD-3-Clause
"""
What can be wanted of second derivatives: all of them, or their product with a vector.

A task says how it is found from complex arguments, from even parts along real directions, and from a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.analytic.chain import Graph
from numjac.analytic.second import hessian, product
from numjac.errors import ContradictionError, UnprovenError
from numjac.numeric.adaptive import Adaptive
from numjac.numeric.bend import Saying, contradiction
from numjac.numeric.curvature import Slopes, even_hessian, even_product, raised_hessian, raised_product
from numjac.numeric.differences import Estimate, total
from numjac.numeric.functions import Evaluator
from numjac.numeric.lines import SHORT, line, split
from numjac.numeric.noise import Roughness
from numjac.numeric.pencils import power_of_two
from numjac.numeric.points import Point
from numjac.numeric.proof import random_direction
from numjac.numeric.recall import Recall
from numjac.numeric.stencils import COMPLEX_STEP, imaginary
from numjac.numeric.steps import Wishes, box_of, magnitude, step_sizes
from numjac.options import entries_of
from numjac.result import Array, FloatArray, IntArray, Shape
from numjac.tasks import Columns

__all__ = ["Bent", "Entire", "Product", "Raising"]


@dataclass(frozen=True, slots=True)
class Raising:
    """
    What complex arguments need.

    Parameters
    ----------
    point : Point
        The point.
    beside : Evaluator
        f at complex arguments.
    recall : Recall
        f at real ones, for the proof.
    order : int
        Of the differences of slopes.
    precision : float
        The spacing at 1 of the coarser number format of x and f.
    begin : callable
        ``begin(shift, h)``: the first slopes, as `numjac.numeric.pencils.slopes` finds them, with the first checks.
    """

    point: Point
    beside: Evaluator
    recall: Recall
    order: int
    precision: float
    begin: Callable[[FloatArray, FloatArray], FloatArray]

    def refuse(self, v: Array, claims: Sequence[Saying], wishes: Wishes) -> None:
        """Raise if differences along v contradict the claims of its slope and bend."""
        found = contradiction(self.recall, line(self.point, v, wishes), claims, self.precision)
        if found:
            raise ContradictionError(f"f is not complex-analytic as written: {found}")


@dataclass(slots=True)
class Bent:
    """
    Exact second derivatives.

    Parameters
    ----------
    J : ndarray
        What is wanted [m, count].
    said : list of (ndarray, ndarray, Saying)
        Directions, the gradients [m, n], and what is said of the bend along the direction.
    """

    J: Any
    said: list[tuple[FloatArray, Array, Saying]]


@dataclass(slots=True)
class Entire(Columns):
    """The Hessian, or the rows and columns `wrt` of it."""

    def unique(self, point: Point) -> tuple[IntArray, IntArray]:
        """The entries to move, each once, and which of them each wanted one is."""
        moved, which = np.unique(self.indices(point), return_inverse=True)
        return moved.astype(np.intp), which.astype(np.intp)

    def raised(self, by: Raising) -> Estimate:
        """The slopes along all axes, with their proof; then the differences of those, with theirs."""
        point, (entry, which) = by.point, self.unique(by.point)
        step = step_sizes(point, imaginary(), by.precision, Wishes(x_scale=self.wishes.x_scale))[entry]
        shift = np.zeros((entry.size, point.array.size))
        shift[np.arange(entry.size), entry] = step
        gradient = by.begin(shift, step)
        v = random_direction(point, entry, self.wishes)
        with np.errstate(all="ignore"):
            claim = Saying(v[entry] @ gradient, np.abs(v[entry]) @ np.abs(gradient))
        by.refuse(v, [claim], self.wishes)
        found = raised_hessian(by.beside, point, entry, Slopes(shift, step, gradient), by.order, self.wishes)
        by.refuse(v, [claim, _bent(found.J, v[entry])], self.wishes)
        return _spread(found, entry.size, which)

    def exactly(self, point: Point, graph: Graph) -> Bent:
        """The Hessian of each output, and what it says of a random direction."""
        entry, which = self.unique(point)
        v = random_direction(point, entry, self.wishes)
        units = np.eye(graph.ids.size)
        H = np.stack([hessian(graph, u).dense() for u in units]) if len(units) else np.zeros((0, graph.n, graph.n))
        J = H[:, entry[which]][:, :, entry[which]].reshape(len(units), which.size**2)
        return Bent(J, [(v, graph.gradient(units), _bent(H.reshape(len(H), -1), v))])

    def rounded(self, rough: Roughness, precision: float) -> Roughness:
        """The noise of f: x takes all steps without rounding."""
        return rough

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> Estimate:
        """By even parts."""
        entry, which = self.unique(point)
        return _spread(even_hessian(point, evaluator, entry, plan, self.wishes), entry.size, which)

    def bent(self, point: Point, estimate: Estimate, v: Array) -> tuple[Saying, FloatArray]:
        """What an estimate says of the bend along v, and how far that may be wrong."""
        _, which = self.unique(point)
        entries, k = self.entries(point), which.size
        w = v if entries is None else np.where(_first(which), v[entries], 0.0)
        assert estimate.error is not None
        with np.errstate(all="ignore"):
            error = np.abs(w) @ _finite(estimate.error).reshape(-1, k, k) @ np.abs(w)
        return _bent(estimate.J, w), error

    def x_shape(self, point: Point) -> Shape:
        """The axes of x (or that of `wrt`) twice."""
        return self.step_shape(point) * 2

    def step_shape(self, point: Point) -> Shape:
        """Those of x once."""
        return point.shape if self.wrt is None else entries_of(self.wrt, point.shape).shape

    def variable(self, point: Point, column: int) -> str:
        """Two entries of x."""
        entries, k = self.entries(point), int(np.prod(self.step_shape(point), dtype=np.intp))
        pair = (column // k, column % k)
        return " and ".join(point.name(c if entries is None else int(entries[c])) for c in pair)


def _first(which: IntArray) -> npt.NDArray[np.bool_]:
    """Where each number occurs first."""
    first = np.zeros(which.size, bool)
    first[np.unique(which, return_index=True)[1]] = True
    return first


def _finite(numbers: Array) -> Array:
    return np.where(np.isnan(numbers), np.inf, numbers)


def _bent(J: Array, w: Array) -> Saying:
    """What a Hessian [m, k * k] says of the bend along w."""
    H, k = J.reshape(len(J), w.size, w.size), w != 0
    H, w = H[:, k][:, :, k], w[k]
    with np.errstate(all="ignore"):
        return Saying(H @ w @ w, np.abs(H) @ np.abs(w) @ np.abs(w))


def _spread(found: Estimate, k: int, which: IntArray) -> Estimate:
    """The rows and columns that are wanted of a matrix of k different ones."""
    if which.size == k and (which == np.arange(k)).all():
        return found

    def of(numbers: Array) -> Array:
        return numbers.reshape(-1, k, k)[:, which][:, :, which].reshape(len(numbers), which.size**2)

    J, error, flags = map(of, found.judged())
    back = {int(c): number for number, c in reversed(list(enumerate(which)))}
    kinks = [replace(kink, column=back[kink.column]) for kink in found.kinks]
    return Estimate(J, found.step[which], int(np.isnan(J).sum()), error, flags, kinks=kinks)


@dataclass(slots=True)
class Product(Columns):
    """The Hessian times v, which is flat, or the entries `wrt` of that."""

    v: Array = field(default_factory=lambda: np.zeros(0))

    def nothing(self, point: Point, value: Array) -> Estimate:
        """The product with zero."""
        shape = value.size, self.indices(point).size
        return Estimate(np.zeros(shape, value.dtype), np.zeros(shape[1]), 0, np.zeros(shape))

    def direction(self, point: Point) -> FloatArray | None:
        """A random direction of all entries that can move."""
        v = random_direction(point, None, self.wishes, strict=False)
        return v if v.any() else None

    def raised(self, by: Raising) -> Estimate:
        """The slope along v, with its proof; then how it changes along the axes."""
        point, parts = by.point, self._parts(by.point)
        lengths = np.array([self._length(point, part) for part in parts])
        t = power_of_two(lengths * COMPLEX_STEP)
        shift = t[:, np.newaxis] * np.stack(parts)
        slope = by.begin(shift, t)
        for part, length, value in zip(parts, lengths, slope, strict=True):
            by.refuse(part * length, [Saying(value * length, np.abs(value) * length)], self.wishes)
        along = Slopes(shift, t, slope)
        return raised_product(by.beside, point, self.indices(point), along, by.order, self.wishes)

    def exactly(self, point: Point, graph: Graph) -> Bent:
        """The product of each output, and what others of its kind say of v and of a random direction."""
        said, units = [], np.eye(graph.ids.size)
        length = 1.0 if not self.v.any() else self._length(point, self.v)
        for w in (self.v * length, random_direction(point, None, self.wishes)):
            found = [product(graph, u, w) for u in units]
            g, Hw = (np.stack(part) for part in zip(*found, strict=True))
            with np.errstate(all="ignore"):
                said.append((w, g, Saying(Hw @ w, np.abs(Hw) @ np.abs(w))))
            if len(said) == 1:
                J = Hw[:, self.indices(point)] / length
        return Bent(J, said)

    def _parts(self, point: Point) -> list[Array]:
        """v as a sum of directions, each of which can be proved: by short steps, and to one side at least."""
        parts = split(point, self.v, self.wishes)
        if self.wishes.bounds is None:
            return parts
        low, high = box_of(point, self.wishes)
        x, near = point.flat.real, SHORT * magnitude(point, self.wishes)
        upward, downward = high - x >= near, x - low >= near
        if not np.all((upward | downward)[self.v != 0]):
            raise UnprovenError("x has no room to move along v, so nothing proves the product")
        ahead = np.where(self.v > 0, upward, downward)
        halves = [np.where(side, part, 0.0) for part in parts for side in (ahead, ~ahead)]
        return [half for half in halves if half.any()]

    def _length(self, point: Point, part: Array) -> float:
        moving = np.flatnonzero(part)
        if not np.isfinite(point.flat[moving]).all():
            raise UnprovenError("x is not finite")
        return float(np.min(magnitude(point, self.wishes)[moving] / np.abs(part[moving])))

    def rounded(self, rough: Roughness, precision: float) -> Roughness:
        """The noise of f, and of its argument: x + t v is rounded."""
        if rough.slope is None:
            return rough
        return replace(rough, noise=rough.noise + 2 * precision * np.abs(rough.slope))

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> Estimate:
        """By even parts; by those of the whole Hessian where bounds are in the way of v."""
        entry, parts = self.indices(point), split(point, self.v, self.wishes)
        found = [even_product(point, evaluator, entry, part, plan, self.wishes) for part in parts]
        if all(found):
            return total([part for part in found if part is not None])
        return self._by_hessian(point, evaluator, entry, plan)

    def _by_hessian(self, point: Point, evaluator: Evaluator, entry: IntArray, plan: Adaptive) -> Estimate:
        moving = np.flatnonzero(self.v)
        both = np.union1d(entry, moving)
        found = even_hessian(point, evaluator, both, plan, self.wishes)
        shape, v = (-1, both.size, both.size), self.v[moving]
        at, by = np.searchsorted(both, entry), np.searchsorted(both, moving)
        H, E, F = (a.reshape(shape)[:, at][:, :, by] for a in found.judged())
        with np.errstate(invalid="ignore"):
            J, error, flags = H @ v, E @ np.abs(v), np.bitwise_or.reduce(F, axis=2)
        return Estimate(J, found.step[at], int(np.isnan(J).sum()), error, flags)
