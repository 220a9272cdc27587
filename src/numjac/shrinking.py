# SPDX-License-Identifier: BSD-3-Clause
"""Difference quotients of every entry of a derivative, as their steps shrink."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.errors import NotAnalyticError, ShapeError, casts_unheard
from numjac.numeric.convergence import best_rows, quotients, rounding, truncation
from numjac.numeric.functions import Evaluator
from numjac.numeric.recall import evaluations
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import precision_of
from numjac.paths import Path
from numjac.result import Array, Evaluations, FloatArray, Shape

__all__ = ["Shrinking"]


@dataclass
class Shrinking:
    """
    The quotients of a stencil along a path.

    Parameters
    ----------
    path : Path
        What moves.
    stencil : Stencil
        Which quotient.
    evaluator : Evaluator
        f at the point.
    sampled : Evaluator
        The same, or the one of Im f for a complex step.
    precision : float
        Relative size of the errors in f.
    """

    path: Path
    stencil: Stencil
    evaluator: Evaluator
    sampled: Evaluator
    precision: float
    columns: dict[int, Array] = field(default_factory=dict)  # quotients that are known

    @classmethod
    def of(cls, path: Path, stencil: Stencil) -> Shrinking:
        """Evaluate f at the point; an error where it has no derivative of this kind, or none at all."""
        evaluator = path.function.at(path.point)
        if not evaluator.value.size * prod(path.axes):
            raise ShapeError(f"f(x) has shape {evaluator.value.shape}, x adds {path.axes}: there is no entry to study")
        precision = precision_of(path.x.array.dtype, evaluator.dtype)
        return cls(path, stencil, evaluator, _beside(path, stencil, evaluator), precision)

    @property
    def shape(self) -> Shape:
        """That of the derivative."""
        return self.evaluator.value.shape + self.path.axes

    @property
    def nfev(self) -> Evaluations:
        """Calls of f."""
        return evaluations(self.evaluator, *(e for e in [self.sampled] if e is not self.evaluator))

    def f0(self, output: int) -> Any:
        """One output of f(x), in the number format it came in."""
        return self.evaluator.value.astype(self.evaluator.dtype).reshape(-1)[output]

    def still(self, column: int, h: FloatArray) -> npt.NDArray[np.bool_]:
        """Which steps are lost in the rounding of x: none of those that leave the real axis."""
        if self.stencil.axis == "imaginary":
            return np.zeros(h.shape, bool)
        return self.path.still(column, h)

    def along(self, column: int, h: FloatArray) -> Array:
        """Quotients [rows, outputs] along one entry, for the steps in a column of h; sampled once."""
        if column not in self.columns:
            own = h[:, column]
            with casts_unheard():
                Q = quotients(self.sampled, self.path.point, self.stencil, column, own, self.precision)
            Q[self.still(column, own)] = np.nan
            self.columns[column] = Q
        return self.columns[column]

    def noise(self, seen: Any = 0.0) -> FloatArray:
        """Deviations of the errors of each output: what was seen, and half a unit at least."""
        size = np.abs(self.evaluator.value).reshape(-1)
        least: FloatArray = np.maximum(size * (self.precision / 2), np.nan_to_num(seen))
        return least

    def errors(self, Q: Array, h: FloatArray, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Rounding and truncation of quotients [rows, ...], for steps that are broadcast against them."""
        rounded = rounding(Q, h, noise, self.stencil, self.precision)
        if self.stencil.axis == "real":
            rounded = rounded + self.path.slack(h) * np.abs(Q)
        ratio = float(h.reshape(len(h), -1)[1, 0] / h.reshape(len(h), -1)[0, 0]) if len(h) > 1 else 0.0
        return rounded, truncation(Q, rounded, ratio**self.stencil.order)

    def worst(self, h: FloatArray) -> int:
        """The number of the entry whose relative error is largest, each at its own best step."""
        Q = np.stack([self.along(column, h) for column in range(h.shape[1])], axis=-1)
        rounded, truncated = self.errors(Q, h[:, np.newaxis], self.noise()[:, np.newaxis])
        row, least = best_rows(rounded + truncated)
        size = np.abs(np.take_along_axis(Q, row[np.newaxis], axis=0)[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(np.isfinite(least), least / size, np.inf)
        relative[np.all(Q == 0, axis=0)] = 0.0  # it does not depend on this entry of x: there is nothing to see
        return int(np.argmax(relative))


def _beside(path: Path, stencil: Stencil, evaluator: Evaluator) -> Evaluator:
    """What is sampled: f, or Im f(x + ih)."""
    if stencil.axis == "real":
        return evaluator
    if path.x.is_complex or evaluator.value.dtype.kind == "c":
        which = "x" if path.x.is_complex else "f(x)"
        raise NotAnalyticError(f"{which} is complex already; a complex step needs a real function of real x")
    return path.function.beside(path.point, evaluator.value)
