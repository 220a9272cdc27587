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
from numjac.numeric.functions import Evaluator
from numjac.numeric.lines import along, split
from numjac.numeric.points import Point
from numjac.numeric.proof import Claim, random_direction
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import Wishes, magnitude, sample
from numjac.options import entries_of
from numjac.result import Array, FloatArray, IntArray, Shape

__all__ = ["Columns", "Direction", "Entries", "Task"]

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
        """Sample f, and combine the samples."""

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

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    def step_shape(self, point: Point) -> Shape:
        """A step for each entry of x."""
        return point.shape

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

    def x_shape(self, point: Point) -> Shape:
        """No axis more."""
        return ()

    step_shape = x_shape

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
