# SPDX-License-Identifier: BSD-3-Clause
"""
What can be wanted of a function: the columns of a matrix, the entries of an elementwise derivative, one direction.

A task is planned once and knows no point. It says how to sample f for what it wants, how its result is shaped, and
how that result acts on a direction, so that it can be held against a difference of f.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

import numjac.numeric.differences as differences
from numjac.numeric.directions import along, random_direction
from numjac.numeric.functions import Evaluator
from numjac.numeric.points import Point
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import Wishes, sample
from numjac.options import entries_of
from numjac.result import Array, FloatArray, IntArray, Shape

__all__ = ["Columns", "Direction", "Entries", "Task"]


class Task(Protocol):
    """What is to be differentiated; planned once, for any point."""

    @property
    def wishes(self) -> Wishes:
        """The step options."""

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample f, and combine the samples."""

    def x_shape(self, point: Point) -> Shape:
        """The axes that differentiation adds to those of f."""

    def step_shape(self, point: Point) -> Shape:
        """The shape of the steps."""

    def direction(self, point: Point) -> Array:
        """A direction in which everything moves that the result depends on; flat."""

    def product(self, point: Point, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """J v and |J| |v|."""

    def variable(self, point: Point, column: int) -> str:
        """What a column is the derivative by, in words."""


@dataclass(frozen=True)
class Columns:
    """A Jacobian, or the columns `wrt` of it."""

    wishes: Wishes
    wrt: npt.ArrayLike | None = None

    def entries(self, point: Point) -> IntArray | None:
        """The entries of x to move, flat; None for all."""
        return None if self.wrt is None else entries_of(self.wrt, point.shape)

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample column by column."""
        sampling = sample(point, stencils, self.entries(point), precision, self.wishes)
        return differences.jacobian(evaluator, sampling, precision, judge=judge)

    def x_shape(self, point: Point) -> Shape:
        """The axes of x, or one for `wrt`."""
        return point.shape if self.wrt is None else entries_of(self.wrt, point.shape).shape

    step_shape = x_shape

    def direction(self, point: Point) -> Array:
        """A random direction that moves every entry a column belongs to."""
        return random_direction(point, self.entries(point), self.wishes)

    def product(self, point: Point, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """The matrix times the vector."""
        entries = self.entries(point)
        if entries is not None:  # an entry may be wanted twice, but moves once
            entries, first = np.unique(entries, return_index=True)
            J, v = J[:, first], v[entries]
        moving = v != 0  # a point that is not finite stays where it is, its column is NaN
        J, v = (J, v) if moving.all() else (J[:, moving], v[moving])
        with np.errstate(invalid="ignore"):
            return J @ v, np.abs(J) @ np.abs(v)

    def variable(self, point: Point, column: int) -> str:
        """The entry of x."""
        entries = self.entries(point)
        return point.name(column if entries is None else int(entries[column]))


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

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    def step_shape(self, point: Point) -> Shape:
        """A step for each entry of x."""
        return point.shape

    def direction(self, point: Point) -> Array:
        """A random direction that moves every entry."""
        return random_direction(point, None, self.wishes)

    def product(self, point: Point, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """The diagonal matrix times the vector."""
        product = np.where(v == 0, 0, J * v)
        return product, np.abs(product)

    def variable(self, point: Point, column: int) -> str:
        """The entry of x."""
        return point.name(column)


@dataclass(frozen=True)
class Direction:
    """The derivative along v, which is flat."""

    wishes: Wishes
    v: Array

    def run(
        self, point: Point, evaluator: Evaluator, stencils: Sequence[Stencil], precision: float, judge: bool
    ) -> differences.Estimate:
        """Sample the line."""
        return along(evaluator, point, self.v, stencils, precision, self.wishes)

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    step_shape = x_shape

    def direction(self, point: Point) -> Array:
        """The direction itself, so long that no entry moves by more than its own magnitude."""
        moving = self.v != 0
        size = random_direction(point, None, self.wishes)[moving]
        length = np.min(np.abs(size / self.v[moving]), initial=np.inf)
        return self.v * length if moving.any() else self.v

    def product(self, point: Point, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """The derivative times the stretch of v."""
        longest = np.argmax(np.abs(self.v))
        times = v[longest] / self.v[longest]
        return J * times, np.abs(J * times)

    def variable(self, point: Point, column: int) -> str:
        """The parameter of the line."""
        return "t along v"
