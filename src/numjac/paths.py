# SPDX-License-Identifier: BSD-3-Clause
"""What moves when h shrinks: an entry of x, or x along a direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError
from numjac.numeric.functions import Function
from numjac.numeric.points import Point
from numjac.numeric.steps import Wishes, like_x, magnitude
from numjac.operators import Caller
from numjac.planned import Along, Jacobian
from numjac.result import Array, FloatArray, Report, Shape

__all__ = ["Axes", "Path", "Ray"]

# The largest step, in units of the magnitude of x.
START = 0.1


class Path(Protocol):
    """Functions of one number each: f along an entry of x, or along a direction."""

    @property
    def function(self) -> Function:
        """What is sampled."""

    @property
    def point(self) -> Point:
        """Where."""

    @property
    def x(self) -> Point:
        """Where f itself is sampled."""

    @property
    def axes(self) -> Shape:
        """The axes that differentiation adds to those of f."""

    def start(self, start: npt.ArrayLike | None) -> FloatArray:
        """The largest step for each entry, from what the user says."""

    def still(self, entry: int, h: FloatArray) -> npt.NDArray[np.bool_]:
        """Which steps are lost in the rounding of x."""

    def slack(self, h: FloatArray) -> FloatArray:
        """The part of a quotient that the rounding of x may change."""

    def adaptive(self, f: Caller, entry: int, f0: Any) -> tuple[Any, Report]:
        """What adaptive differences find for the scalar function f of x."""

    def place(self, entry: int) -> str:
        """The point in words."""


def _checked(h: FloatArray, start: object) -> FloatArray:
    """Largest steps, if they are such."""
    if not ((h > 0) & np.isfinite(h)).all():
        raise OptionError(f"start={start!r}: expected positive finite numbers")
    return h


@dataclass(frozen=True)
class Axes:
    """The entries of x, each by itself: its nodes are numbers that x can take, so nothing of it is rounded."""

    function: Function
    point: Point

    @property
    def x(self) -> Point:
        """The same."""
        return self.point

    @property
    def axes(self) -> Shape:
        """Those of x."""
        return self.point.shape

    def start(self, start: npt.ArrayLike | None) -> FloatArray:
        """A tenth of each entry, if nothing is said."""
        if start is None:
            return magnitude(self.point, Wishes(), START)
        return _checked(like_x(start, self.point.shape, "start"), start)

    def still(self, entry: int, h: FloatArray) -> npt.NDArray[np.bool_]:
        """Where the entry is rounded back."""
        x = self.point.array.real.reshape(-1)[entry]
        with np.errstate(over="ignore"):
            still: npt.NDArray[np.bool_] = (x + h).astype(x.dtype) == x
        return still

    def slack(self, h: FloatArray) -> FloatArray:
        """None: the quotient is divided by what x moved."""
        return np.zeros_like(h)

    def adaptive(self, f: Caller, entry: int, f0: Any) -> tuple[Any, Report]:
        """One column."""
        x = self.point.array[()] if self.point.scalar else self.point.array
        J, report = Jacobian(f, method="adaptive", wrt=[entry], full_output=True)(x, f0=f0)
        return J[0], report

    def place(self, entry: int) -> str:
        """The entry and its value."""
        return f"{self.point.name(entry)} = {self.point.array.reshape(-1)[entry]!s}"


@dataclass(frozen=True)
class Ray:
    """x + t v as a function of t, at t = 0."""

    whole: Function
    x: Point
    v: Array

    @property
    def axes(self) -> Shape:
        """None."""
        return ()

    @property
    def point(self) -> Point:
        """t = 0."""
        return Point.of(np.zeros(()), scalar=True)

    @property
    def function(self) -> Function:
        """f of t."""
        return Function(self._along)

    def _along(self, t: complex) -> object:
        return self.whole.f(self._at(t), *self.whole.args, **self.whole.kwargs)

    def _at(self, t: complex) -> Any:
        """The point in the number format of x, a fresh one for each call."""
        with np.errstate(over="ignore", invalid="ignore"):
            x = self.x.flat + t * self.v
        if not np.iscomplexobj(x) or self.x.is_complex:
            x = x.astype(self.x.array.dtype)
        x = x.reshape(self.x.shape)
        return x[()] if self.x.scalar else x

    @property
    def _reach(self) -> FloatArray:
        """How far t has to go to move each entry by its own magnitude."""
        moving = self.v != 0
        return np.asarray(magnitude(self.x, Wishes())[moving] / np.abs(self.v[moving]), np.float64)

    def start(self, start: npt.ArrayLike | None) -> FloatArray:
        """No entry moves by more than a tenth of itself, if nothing is said."""
        if not self.v.any():
            raise OptionError("direction is zero, expected one along which x moves")
        if start is None:
            return np.array([START * self._reach.min()])
        return _checked(like_x(start, (), "start"), start)

    def still(self, entry: int, h: FloatArray) -> npt.NDArray[np.bool_]:
        """Where every entry is rounded back."""
        x, dtype = self.x.flat, self.x.array.dtype
        with np.errstate(over="ignore", invalid="ignore"):
            still: npt.NDArray[np.bool_] = (x + h[:, np.newaxis] * self.v).astype(dtype) == x.astype(dtype)
        return np.asarray(still.all(axis=1))

    def slack(self, h: FloatArray) -> FloatArray:
        """Each entry is rounded by half a unit of itself, as if v were another; it may lose all of its move."""
        moving = self.v != 0
        unit = float(np.finfo(self.x.array.dtype).eps * np.max(np.abs(self.x.flat[moving] / self.v[moving])))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            part: FloatArray = np.fmin(unit / h, 1.0)
        return part

    def adaptive(self, f: Caller, entry: int, f0: Any) -> tuple[Any, Report]:
        """The derivative along v."""
        x = self.x.array[()] if self.x.scalar else self.x.array
        v = self.v.reshape(self.x.shape)
        found: tuple[Any, Report] = Along(f, v, method="adaptive", full_output=True)(x, f0=f0)
        return found

    def place(self, entry: int) -> str:
        """The line."""
        return "x + h v"
