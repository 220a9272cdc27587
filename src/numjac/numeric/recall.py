# SPDX-License-Identifier: BSD-3-Clause
"""What is known of f beside a point, and how often it was called for that."""

from __future__ import annotations

import numpy as np

import numjac._core as _core
from numjac.numeric.functions import Evaluator
from numjac.result import Array, Evaluations

__all__ = ["Recall", "evaluations"]


def evaluations(real: Evaluator, *beside: Evaluator) -> Evaluations:
    """Calls of f by kind: with real arguments, and beside the real axis."""
    points = sum(int(getattr(evaluator, "points", evaluator.calls)) for evaluator in (real, *beside))
    return Evaluations(real.calls, sum(evaluator.calls for evaluator in beside), points)


class Recall:
    """
    f beside the point, each place evaluated once: what proves one result may serve the next.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point; of it, what is asked for here is remembered.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.value = evaluator.value
        self.known: dict[bytes, Array] = {}

    def at(self, x: Array) -> Array:
        """f at another point, given like the point itself."""
        y: Array = self.many(x.reshape(1, -1))[0].reshape(self.value.shape)
        return y

    def many(self, X: Array) -> Array:
        """f at the points in the rows of X, flattened, in rows; those that are new in one call of `many`."""
        keys = [row.tobytes() for row in X]
        new = list({key: row for row, key in enumerate(keys) if key not in self.known}.values())
        if new:
            for row, y in zip(new, self.evaluator.many(np.ascontiguousarray(X[new]), _core.aside), strict=True):
                self.known[keys[row]] = y
        return np.stack([self.known[key] for key in keys])
