# SPDX-License-Identifier: BSD-3-Clause
"""The planned objects: what is wanted of a function, and in which shape."""

from __future__ import annotations

from math import prod
from typing import Unpack

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError, ShapeError
from numjac.numeric.points import Point, as_point
from numjac.operators import Caller, Operator
from numjac.options import PlanOptions, documented
from numjac.result import Array, Shape
from numjac.tasks import Direction, Entries, Higher, Task
from numjac.ways import Way, higher_ways_of

__all__ = ["Along", "Derivative", "Gradient", "Jacobian", "direction_of"]

# The highest derivative: beyond it hardly a digit is left.
HIGHEST = 10


@documented
class Jacobian(Operator):
    """
    The Jacobian of a function, planned for many points.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape; it receives a fresh array of the shape of x each time, a NumPy scalar
        if x is a scalar.
    {options}

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Warns
    -----
    NonFiniteWarning
        f is not finite somewhere around x: those entries are NaN.

    See Also
    --------
    jacobian : The same for one point.

    Notes
    -----
    Calling it with x returns the array ``T[i..., j...] = df[i...]/dx[j...]`` of shape ``f.shape + x.shape``, or
    ``f.shape + (k,)`` for k entries `wrt`; other layouts permute it. It is float64 (float32 if x and f both are,
    complex128 if x or f is complex), and column by column in memory if it is a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> J = nj.Jacobian(lambda x: np.array([x[0] * x[1], np.sin(x[1])]))
    >>> J([3.0, 0.0])
    array([[0., 3.],
           [0., 1.]])
    >>> J
    Jacobian(<lambda>, analytic else complex of order 2 else adaptive of order 4)
    """

    squares = True


@documented
class Gradient(Operator):
    """
    The gradient of a scalar function, planned for many points.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, a number or an array of one element.
    {options}

    Raises
    ------
    ShapeError
        f is not scalar.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Notes
    -----
    Calling it with x returns an array of the shape of x, or ``(k,)`` for k entries `wrt`.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.Gradient(lambda x: np.sum(x**2))([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    array([[2., 4., 6.],
           [4., 6., 8.]])
    """

    def _accept(self, f_shape: Shape, x_shape: Shape) -> None:
        if prod(f_shape) != 1:
            raise ShapeError(f"f returned shape {f_shape}, expected a scalar; use jacobian")

    def _f_shape(self, value: Array) -> Shape:
        return ()


@documented
class Derivative(Operator):
    """
    The derivative of a function of one variable, planned for many points.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``. If x is a scalar, f may have any shape (a function matrix). If x is an array, f is
        elementwise, which is proved by one to four evaluations more.
    n : int, default 1
        Which derivative, 1 to 10. Those beyond the first know the methods ``"auto"``, ``"complex"`` and ``"adaptive"``,
        and take neither steps nor an order of accuracy; see Notes.
    {options}

    Raises
    ------
    ShapeError, NotElementwiseError
        x is an array, and f is not elementwise.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Notes
    -----
    Calling it with a scalar x returns an array of the shape of f; with an array x one of the shape of x. Derivatives
    beyond the first come from Taylor or Chebyshev series; see `derivative`.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> rotation = nj.Derivative(lambda t: np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]))
    >>> rotation(np.pi / 2).round(12) + 0.0
    array([[-1.,  0.],
           [ 0., -1.]])
    >>> nj.Derivative(np.square)([1.0, 2.0, 3.0])
    array([2., 4., 6.])
    >>> nj.Derivative(np.sin, n=7)(np.pi).round(12)
    np.float64(1.0)
    """

    def __init__(self, f: Caller, *, n: int = 1, **options: Unpack[PlanOptions]) -> None:
        self.n = _checked(n)
        super().__init__(f, **options)
        if self.columns.wrt is not None:
            raise OptionError("wrt: a derivative by one variable has no columns to choose from")
        self.lane, self.repeats = None, False

    def _accept(self, f_shape: Shape, x_shape: Shape) -> None:
        if x_shape and f_shape != x_shape:
            raise ShapeError(
                f"f returned shape {f_shape} for x of shape {x_shape}, expected the same shape: a derivative by an "
                "array is taken entry by entry; use jacobian for a matrix"
            )
        if x_shape and self.layout != "numerator":
            raise OptionError(f"layout={self.layout!r}: a derivative entry by entry has no layout")

    def _ways_of(self, method: str, order: int | None) -> tuple[Way, ...]:
        if self.n == 1:
            return super()._ways_of(method, order)
        return higher_ways_of(method, order, self.wishes, self.n)

    def _name(self) -> str:
        return super()._name() if self.n == 1 else f"{super()._name()}, n={self.n}"

    def _task(self, point: Point) -> Task:
        if self.n > 1:
            return Higher(self.wishes, self.n)
        return Entries(self.wishes) if point.shape else self.columns


def _checked(n: object) -> int:
    """Which derivative; an OptionError if there is none."""
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or not 1 <= n <= HIGHEST:
        raise OptionError(f"n={n!r}: expected which derivative, an integer from 1 to {HIGHEST}")
    return int(n)


class Along(Operator):
    """The derivative along one direction v."""

    def __init__(self, f: Caller, v: npt.ArrayLike, **options: Unpack[PlanOptions]) -> None:
        super().__init__(f, **options)
        self.v = v
        if self.columns.wrt is not None:
            raise OptionError("wrt: a derivative along a direction has no columns to choose from")
        if self.layout != "numerator":
            raise OptionError(f"layout={self.layout!r}: a derivative along a direction has no columns to lay out")
        self.lane, self.repeats = None, False

    def _task(self, point: Point) -> Task:
        return Direction(self.wishes, direction_of(self.v, point))


def direction_of(v: npt.ArrayLike, point: Point) -> Array:
    """A direction that the user gives, flat; an OptionError if it is none at this point."""
    array = as_point(v).array
    if array.shape != point.shape:
        raise OptionError(f"v has shape {array.shape}, expected the shape of x, {point.shape}")
    if array.dtype.kind == "c" and not point.is_complex:
        raise OptionError("v is complex, expected real numbers as in x")
    if not np.isfinite(array).all():
        raise OptionError("v is not finite, expected finite numbers")
    return array.astype(point.flat.dtype).reshape(-1)
