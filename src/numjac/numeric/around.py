# SPDX-License-Identifier: BSD-3-Clause
"""
f around a point, as the series of higher derivatives sample it.

A scalar x is one line with all outputs of f on it. An array x is as many lines as it has entries, with an output each,
and f is sampled on all of them at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numjac.numeric.families import room_of
from numjac.numeric.functions import Evaluator
from numjac.numeric.outputs import as_doubles
from numjac.numeric.points import Point, name_of
from numjac.numeric.steps import Wishes, box_of, magnitude
from numjac.result import Array, FloatArray

__all__ = ["Lines"]

# The second direction in which a holomorphic function is differentiated: of z**a conj(z)**b with a + b <= 10 and b > 0
# no derivative is the same in both.
TURN = np.exp(1j * np.pi / 11)


@dataclass(slots=True)
class Lines:
    """
    The lines through a point on which f is sampled, and what was seen there.

    Parameters
    ----------
    point : Point
        Where they cross.
    evaluator : Evaluator
        What f is sampled by.
    value : ndarray
        f at the point [count, outputs].
    size, grain : ndarray
        The magnitude of each coordinate, and the error of a displacement [count].
    low, high : ndarray
        Room below and above [count].
    box : tuple of ndarray
        The bounds of each entry.
    reach, span : ndarray
        How far from x the first samples were [count], and how far from f(x) they were [count, outputs].
    changed, finite : ndarray of bool
        Whether an output was ever another than at the point, and whether it ever was finite in a whole round.
    holes : ndarray of bool
        Whether it was not, below and above the point [2, count, outputs].
    places, samples : ndarray
        Those of the round with the fewest holes, in rows.
    """

    point: Point
    evaluator: Evaluator
    value: Array
    size: FloatArray
    grain: FloatArray
    low: FloatArray
    high: FloatArray
    box: tuple[FloatArray, FloatArray]
    reach: FloatArray
    span: FloatArray
    changed: npt.NDArray[np.bool_]
    finite: npt.NDArray[np.bool_]
    holes: npt.NDArray[np.bool_]
    places: Array | None = None
    samples: Array | None = None

    @classmethod
    def of(cls, point: Point, evaluator: Evaluator, wishes: Wishes, eps: float) -> Lines:
        """The lines through a point, whose numbers are so far apart near 1."""
        x = np.ascontiguousarray(point.flat.real, np.float64)
        value = evaluator.value.reshape(x.size, -1 if x.size else 1)
        low, high = box_of(point, wishes)
        nil, no, still = np.zeros(value.shape), np.zeros(value.shape, bool), ~np.isfinite(x)
        box = np.where(still, -np.inf, low), np.where(still, np.inf, high)
        grain = eps / 2 * np.nan_to_num(np.abs(point.flat))
        size = np.nan_to_num(magnitude(point, wishes), nan=1.0)
        room = room_of(x, low, high)
        return cls(point, evaluator, value, size, grain, *room, box, nil[:, 0], nil, no, no, np.stack([no, no]))

    @property
    def of_complex(self) -> bool:
        """Whether f is complex at the point."""
        return self.value.dtype.kind == "c"

    def at(self, t: Array) -> Array:
        """f at displacements t [points, count], real or complex: [points, count, outputs]."""
        X = self.point.flat + t
        inside = np.clip(X.real, *self.box)
        X = np.ascontiguousarray(inside + 1j * X.imag if X.dtype.kind == "c" else inside)
        Y = self.evaluator.many(X, lambda row: _place(self.point, X[row]))
        if self.samples is None or np.isfinite(Y).sum() > np.isfinite(self.samples).sum():
            self.places, self.samples = X, Y
        y: Array = Y.reshape(*t.shape, self.value.shape[-1])
        self._note(t, y)
        return y

    def _note(self, t: Array, y: Array) -> None:
        """Remember what samples tell beside their numbers."""
        finite = np.isfinite(y)
        if not self.reach.any():
            self.reach = np.max(np.abs(t), axis=0)
            self.span = np.max(np.abs(y - self.value), axis=0, where=finite, initial=0.0)
        t = t.real[..., np.newaxis]
        self.changed = self.changed | (y != self.value).any(axis=0)
        self.finite = self.finite | finite.all(axis=0)
        self.holes = self.holes | np.stack([(~finite & (t < 0)).any(axis=0), (~finite & (t > 0)).any(axis=0)])

    @property
    def centre(self) -> FloatArray:
        """f at the point as doubles; 0 where it is not finite, for there is nothing to be found."""
        return as_doubles(np.where(np.isfinite(self.value), self.value, 0))

    def sound(self, t: Array) -> Array:
        """f at displacements, without the outputs that are not finite at the point."""
        return np.where(np.isfinite(self.value), self.at(t), 0)

    def on_circles(self, t: Array) -> Array:
        """
        f at complex displacements, as functions that are real on the real axis.

        A complex f is the sum u + i w of two of those: ``u(t) = (f(t) + conj f(conj t)) / 2``, and w likewise.
        """
        if not self.of_complex:
            return self.sound(t)
        both = self.sound(np.concatenate([t, np.conj(t)]))
        one, other = both[: len(t)], np.conj(both[len(t) :])
        return np.stack([(one + other) / 2, (one - other) / 2j], axis=-1).reshape(*t.shape, -1)

    def on_intervals(self, t: FloatArray) -> FloatArray:
        """f at real displacements; of a complex x, for the latter half of them, along the turned axis."""
        if not self.point.is_complex:
            return as_doubles(self.sound(t))
        ahead, turned = np.split(t, 2, axis=1)
        Y = as_doubles(self.sound(np.concatenate([ahead, TURN * turned])))
        return np.concatenate(np.split(Y, 2), axis=1)


def _place(point: Point, x: Array) -> str:
    """The place of an evaluation in words."""
    others = f", and all its {x.size - 1} other entries moved too" if x.size > 1 else ""
    return f"with {name_of(0, point.shape)} = {x[0]:.9g}{others}"
