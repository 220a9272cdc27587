# SPDX-License-Identifier: BSD-3-Clause
"""Whether adaptive differences agree with the slope of f along a line that shows its noise, or a shorter one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numjac.numeric.differences import Estimate
from numjac.numeric.noise import Roughness, shorter
from numjac.numeric.points import Point
from numjac.numeric.recall import Recall
from numjac.result import Array, FloatArray
from numjac.tasks import Task

__all__ = ["Agreement", "lost"]

# The slope along a line agrees with a Jacobian to this part, beside the errors of both; and what the noise of f does to
# that slope.
AGREEMENT, SLOPE_NOISE = 1e-6, 7 * 2.0**17

# Lines that are asked, each shorter than the one before; and how large the slack of one may be, beside the slope, for
# an agreement to say something.
LINES, INFORMATIVE = 3, 0.01


@dataclass(slots=True)
class Agreement:
    """
    Lines along which a result is held against f.

    Parameters
    ----------
    recall : Recall
        f at the point.
    point : Point
        The point.
    task : Task
        What the result is of.
    precision : float
        The spacing at 1 of the coarser number format of x and f.
    lines : list of Roughness
        Those that were sampled, at least the one that shows the noise of f.
    """

    recall: Recall
    point: Point
    task: Task
    precision: float
    lines: list[Roughness]

    def contradicted(self, estimate: Estimate) -> npt.NDArray[np.bool_]:
        """
        Outputs whose derivative along the line is not the slope that is seen there.

        A line may be too long to show the slope at x, so shorter ones are asked before an output is accused. An
        agreement counts if it says something.
        """
        wrong = np.zeros(self.recall.value.size, bool)
        if self.lines[0].v is None:
            return wrong
        for number in range(LINES):
            rough = self._line(number)
            assert rough.v is not None
            gap, slack, size = _compared(rough, *self.task.along(self.point, estimate, rough.v))
            if not number:
                wrong = gap > slack
            elif (gap <= slack).any():
                wrong &= ~((gap <= slack) & (slack <= INFORMATIVE * size))
            if not wrong.any():
                break
        return wrong

    def excused(self, estimate: Estimate) -> bool:
        """Whether an output differs from the slope of the first line, and nothing but its own error excuses it."""
        rough = self.lines[0]
        if rough.v is None:
            return False
        product, error = self.task.along(self.point, estimate, rough.v)
        gap, slack, _ = _compared(rough, product, np.zeros(error.shape))
        return bool((gap > slack).any())

    def _line(self, number: int) -> Roughness:
        if number == len(self.lines):
            self.lines.append(shorter(self.recall, self.point, self.lines[-1], self.task.wishes, self.precision))
        return self.lines[number]


def lost(before: Estimate, now: Estimate) -> npt.NDArray[np.bool_]:
    """Outputs that moved on long lines and stand still on short ones: they are rounded away, not known better."""
    assert before.error is not None
    with np.errstate(invalid="ignore"):
        return now.outputs((now.J == 0) & (np.abs(before.J) > before.error))


def _compared(rough: Roughness, product: Array, error: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """How far a slope is from a product, how far it may be, and how large they are."""
    assert rough.slope is not None
    assert rough.slack is not None
    slope, slack = rough.slope, rough.slack + rough.noise * SLOPE_NOISE / rough.length
    if product.dtype.kind == "c":
        slope, slack = slope.view(np.complex128), np.hypot(slack[::2], slack[1::2])
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.abs(slope), np.abs(product))
        return np.abs(slope - product), AGREEMENT * size + error + slack, size
