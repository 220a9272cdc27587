# SPDX-License-Identifier: BSD-3-Clause
"""
What can be wanted of a function: columns of a matrix, entries of an elementwise derivative, higher ones, a direction.

A task is planned once and knows no point. It says how to sample f for what it wants, how its result is shaped, and
how that result acts on a direction, so that it can be held against a difference of f.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import numjac.numeric.differences as differences
from numjac.analytic.chain import Graph
from numjac.analytic.tangents import Rows, diagonal, matrix, rows, structure
from numjac.errors import NotElementwiseError
from numjac.numeric.adaptive import Adaptive, differentiate
from numjac.numeric.families import Axes, Ray, Together
from numjac.numeric.functions import Evaluator
from numjac.numeric.higher import High, check_circles, encircle, interpolate
from numjac.numeric.lines import along, line, split
from numjac.numeric.noise import DEVIATIONS
from numjac.numeric.points import Point
from numjac.numeric.proof import Claim, random_direction
from numjac.numeric.recall import Recall
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import Wishes, magnitude, sample
from numjac.options import entries_of
from numjac.result import Array, FloatArray, IntArray, Shape

__all__ = ["Columns", "Direction", "Entries", "Higher", "Task", "eps_of", "first_of", "some_of"]

# Elements of a matrix that are copied at a time.
BLOCK = 2**15


class Task(Protocol):
    """What is to be differentiated; planned once, for any point."""

    @property
    def wishes(self) -> Wishes:
        """The step options."""

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample f with a fixed stencil, and combine the samples."""

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> differences.Estimate:
        """Sample f with adaptive steps."""

    def exact(self, point: Point, graph: Graph) -> tuple[Any, str, str]:
        """What a trace of f says, the direction of the chain rule that was taken, and the structure of the matrix."""

    def inherit(self, point: Point, error: FloatArray) -> FloatArray:
        """What errors of a whole Jacobian [m, n] are to the result."""

    def direction(self, point: Point) -> FloatArray | None:
        """A direction along which everything moves that the result depends on; None if there is none."""

    def along(self, point: Point, estimate: differences.Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """What an estimate says of the derivative along that direction, and how far it may be wrong."""

    def spread(self, point: Point, estimate: differences.Estimate, v: Array, change: FloatArray) -> None:
        """Add to errors those of a slope that may be the one at another x: its change along v, for each output."""

    def x_shape(self, point: Point) -> Shape:
        """The axes that differentiation adds to those of f."""

    def step_shape(self, point: Point) -> Shape:
        """The shape of the steps."""

    def claims(self, point: Point, estimate: differences.Estimate) -> list[Claim]:
        """What an estimate says of some directions along which, together, everything moves that it depends on."""

    def variable(self, point: Point, column: int) -> str:
        """What a column is the derivative by, in words."""


@dataclass(slots=True)
class Columns:
    """A Jacobian, or the columns `wrt` of it."""

    wishes: Wishes
    wrt: npt.ArrayLike | None = None

    def entries(self, point: Point) -> IntArray | None:
        """The entries of x to move, flat; None for all."""
        return None if self.wrt is None else entries_of(self.wrt, point.shape)

    def indices(self, point: Point) -> IntArray:
        """The entries of x to move, flat, one by one."""
        return np.arange(point.array.size) if self.wrt is None else entries_of(self.wrt, point.shape)

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample column by column."""
        sampling = sample(point, stencils, self.entries(point), precision, self.wishes)
        return differences.jacobian(evaluator, sampling, precision, judge=judge)

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> differences.Estimate:
        """Each axis is a line."""
        axes = Axes.of(point, evaluator, self.indices(point), self.wishes)
        return differentiate(axes, plan, eps_of(point), evaluator.value.dtype.kind == "c")

    def exact(self, point: Point, graph: Graph) -> tuple[Array, str, str]:
        """The matrix, or some columns of it."""
        tangent, direction = graph.jacobian()
        J, entries = matrix(tangent), self.entries(point)
        return (J if entries is None else np.asfortranarray(J[:, entries])), direction, structure(tangent)

    def inherit(self, point: Point, error: FloatArray) -> FloatArray:
        """Those of some columns."""
        return error[:, self.indices(point)]

    def direction(self, point: Point) -> FloatArray | None:
        """A random direction of all entries to move."""
        return some_of(random_direction(point, self.entries(point), self.wishes, strict=False))

    def along(self, point: Point, estimate: differences.Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """J v; an entry may be wanted twice, but moves once."""
        entries, J, E = self.entries(point), estimate.J, estimate.error
        assert E is not None
        if entries is not None:
            entries, first = np.unique(entries, return_index=True)
            J, E, v = J[:, first], E[:, first], v[entries]
        moving = v != 0
        with np.errstate(invalid="ignore", over="ignore"):
            return J[:, moving] @ v[moving], E[:, moving] @ np.abs(v[moving])

    def x_shape(self, point: Point) -> Shape:
        """The axes of x, or one for `wrt`."""
        return point.shape if self.wrt is None else entries_of(self.wrt, point.shape).shape

    step_shape = x_shape

    def spread(self, point: Point, estimate: differences.Estimate, v: Array, change: FloatArray) -> None:
        """Every entry of x may be the one that is rounded."""
        entries = self.entries(point)
        size = np.abs(v if entries is None else v[entries])
        with np.errstate(divide="ignore"):
            _add(estimate, np.where(size > 0, change[:, np.newaxis] / size, 0.0))

    def claims(self, point: Point, estimate: differences.Estimate) -> list[Claim]:
        """The matrix times a random vector that moves every entry a column belongs to."""
        entries, J = self.entries(point), estimate.J
        v = random_direction(point, entries, self.wishes)
        w = v
        if entries is not None:  # an entry may be wanted twice, but moves once
            entries, first = np.unique(entries, return_index=True)
            J, w = J[:, first], v[entries]
        moving = w != 0  # a point that is not finite stays where it is, its column is NaN
        J, w = (J, w) if moving.all() else (J[:, moving], w[moving])
        with np.errstate(invalid="ignore", over="ignore"):
            return [Claim(v, J @ w, _terms(J, np.abs(w)))]

    def variable(self, point: Point, column: int) -> str:
        """The entry of x."""
        entries = self.entries(point)
        return point.name(column if entries is None else int(entries[column]))


def first_of(entries: IntArray) -> npt.NDArray[np.bool_]:
    """Where each entry is wanted first."""
    first = np.zeros(entries.size, bool)
    first[np.unique(entries, return_index=True)[1]] = True
    return first


def _add(estimate: differences.Estimate, error: FloatArray) -> None:
    assert estimate.error is not None
    estimate.error += error


def some_of(v: FloatArray) -> FloatArray | None:
    """A direction, unless it is zero."""
    return v if v.any() else None


def eps_of(point: Point) -> float:
    """The spacing at 1 of the number format that f is handed."""
    return float(np.finfo(point.array.dtype).eps)


def _terms(J: Array, size: FloatArray) -> FloatArray:
    """|J| times a vector; in blocks, so that |J| takes no memory."""
    total, width = np.zeros(len(J)), max(1, BLOCK // max(1, len(J)))
    for first in range(0, size.size, width):
        total += np.abs(J[:, first : first + width]) @ size[first : first + width]
    return total


@dataclass(frozen=True)
class Entries:
    """The derivative of an elementwise f."""

    wishes: Wishes

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample all entries at once."""
        sampling = sample(point, stencils, None, precision, self.wishes)
        return differences.elementwise(evaluator, point, sampling, precision)

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> differences.Estimate:
        """Each entry is a line of its own; that it is one is proved afterwards."""
        family = Together.of(point, evaluator, self.wishes)
        estimate = differentiate(family, plan, eps_of(point), evaluator.value.dtype.kind == "c")
        differences.prove_elementwise(evaluator, point, family.places, family.samples, 2 * plan.unit)
        return estimate.flattened()

    def exact(self, point: Point, graph: Graph) -> tuple[Array, str, str]:
        """The diagonal, of what has to be one."""
        tangent = graph.forward()
        entries = diagonal(tangent)
        if entries is None:
            raise NotElementwiseError(
                "f is not elementwise: an entry of it depends on another entry of x; use jacobian"
            )
        return entries, "forward", structure(tangent)

    def inherit(self, point: Point, error: FloatArray) -> FloatArray:
        """Those of the diagonal."""
        return np.diagonal(error).copy()

    def direction(self, point: Point) -> FloatArray | None:
        """A random direction."""
        return some_of(random_direction(point, None, self.wishes, strict=False))

    def along(self, point: Point, estimate: differences.Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """The diagonal matrix times v."""
        assert estimate.error is not None
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(v == 0, 0, estimate.J * v), np.where(v == 0, 0, estimate.error * np.abs(v))

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    def step_shape(self, point: Point) -> Shape:
        """A step for each entry of x."""
        return point.shape

    def spread(self, point: Point, estimate: differences.Estimate, v: Array, change: FloatArray) -> None:
        """Entry by entry."""
        _add(estimate, np.where(v != 0, change / np.where(v != 0, np.abs(v), 1.0), 0.0))

    def claims(self, point: Point, estimate: differences.Estimate) -> list[Claim]:
        """The diagonal matrix times a random vector."""
        v = random_direction(point, None, self.wishes)
        with np.errstate(invalid="ignore", over="ignore"):
            product = np.where(v == 0, 0, estimate.J * v)
        return [Claim(v, product, np.abs(product))]

    def variable(self, point: Point, column: int) -> str:
        """The entry of x."""
        return point.name(column)


@dataclass(frozen=True)
class Higher(Entries):
    """The derivative of order n of a function of one number, or of an elementwise f."""

    n: int

    def encircle(self, point: Point, beside: Evaluator, precision: float) -> High:
        """Sample f on circles in the complex plane."""
        return encircle(point, beside, self.n, precision, self.wishes)

    def check(self, recall: Recall, point: Point, estimate: High, precision: float) -> None:
        """Hold what circles said against real values."""
        check_circles(recall, point, estimate, precision)

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> High:
        """Sample f on intervals."""
        noise = plan.roughness.noise / DEVIATIONS
        return interpolate(point, evaluator, self.n, 2 * plan.unit, self.wishes, noise, plan.shorter)

    def along(self, point: Point, estimate: differences.Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """The first derivative, from the same samples, times v."""
        assert isinstance(estimate, High)
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(v == 0, 0, estimate.slope * v), np.where(v == 0, 0, estimate.slack * np.abs(v))

    def claims(self, point: Point, estimate: differences.Estimate) -> list[Claim]:
        """None: circles are checked in their own way, and intervals around a complex x lie in two directions."""
        return []


@dataclass(frozen=True)
class Direction:
    """The derivative along v, which is flat."""

    wishes: Wishes
    v: Array

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample the line, or several where the entries move by very different parts of their magnitude."""
        parts = split(point, self.v, self.wishes)
        estimates = [along(evaluator, point, v, stencils, precision, self.wishes) for v in parts]
        return differences.total(estimates)

    def adapt(self, point: Point, evaluator: Evaluator, plan: Adaptive) -> differences.Estimate:
        """One line, or several where the entries move by very different parts of their magnitude."""
        of_complex = evaluator.value.dtype.kind == "c"
        if not self.v.any():
            return differences.nothing(evaluator.value)
        rays = [Ray.of(point, evaluator, v, self.wishes) for v in split(point, self.v, self.wishes)]
        found = [differentiate(ray, plan, eps_of(point), of_complex).flattened() for ray in rays]
        return differences.total(found)

    def exact(self, point: Point, graph: Graph) -> tuple[Array, str, str]:
        """One seed, forward."""
        return rows(graph.forward(Rows(self.v.reshape(1, -1)))).reshape(-1), "forward", "column"

    def inherit(self, point: Point, error: FloatArray) -> FloatArray:
        """Those of a product."""
        return error @ np.abs(self.v)

    def direction(self, point: Point) -> FloatArray | None:
        """v itself, as long as x; None if it is split into several lines, or complex."""
        parts = split(point, self.v, self.wishes)
        moving = self.v != 0
        if len(parts) > 1 or not moving.any() or self.v.dtype.kind == "c" or not np.isfinite(point.flat[moving]).all():
            return None
        return self.v * self._length(point) if line(point, self.v, self.wishes).roomy(self._length(point)) else None

    def _length(self, point: Point) -> float:
        moving = self.v != 0
        return float(np.min(magnitude(point, self.wishes)[moving] / np.abs(self.v[moving])))

    def along(self, point: Point, estimate: differences.Estimate, v: FloatArray) -> tuple[Array, FloatArray]:
        """The derivative itself, in the length of v; of another direction, which v is by rounding, little is known."""
        assert estimate.error is not None
        moving = self.v != 0
        ratio = v[moving] / self.v[moving]
        length = float(np.median(ratio))
        turned = float(np.max(np.abs(ratio - length)))
        return estimate.J * length, estimate.error * abs(length) + 4 * np.abs(estimate.J) * turned

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    step_shape = x_shape

    def spread(self, point: Point, estimate: differences.Estimate, v: Array, change: FloatArray) -> None:
        """In the length of v."""
        moving = v != 0
        _add(estimate, change * float(np.max(np.abs(self.v[moving]) / np.abs(v[moving]))))

    def claims(self, point: Point, estimate: differences.Estimate) -> list[Claim]:
        """The directions themselves, each so long that no entry moves by more than its own magnitude."""
        claims = []
        for v, part in zip(split(point, self.v, self.wishes), estimate.parts or [estimate], strict=True):
            moving = v != 0
            size = magnitude(point, self.wishes)[moving] / np.abs(v[moving])
            length = float(np.min(size, initial=np.inf))
            if np.isfinite(length):
                claims.append(Claim(v * length, part.J * length, np.abs(part.J * length)))
        return claims

    def variable(self, point: Point, column: int) -> str:
        """The parameter of the line."""
        return "t along v"
