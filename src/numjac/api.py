# SPDX-License-Identifier: BSD-3-Clause
"""
The public operators.

A planned object (`Derivative`, `Gradient`, `Jacobian`) holds a function with its options and differentiates at any
number of points; `derivative`, `gradient`, `jacobian`, ... are the same for one point.
"""

from __future__ import annotations

from math import prod
from typing import Any, Unpack

import numpy.typing as npt

from numjac.errors import OptionError, ShapeError
from numjac.numeric.points import Point, as_point
from numjac.options import Options, PlanOptions, documented
from numjac.planned import Caller, Planned
from numjac.result import Array, Shape
from numjac.tasks import Direction, Entries, Task

__all__ = [
    "Derivative",
    "Gradient",
    "Jacobian",
    "derivative",
    "gradient",
    "jacobian",
    "jvp",
    "value_and_gradient",
    "value_and_jacobian",
]


@documented
class Jacobian(Planned):
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
    Jacobian(<lambda>, complex of order 2 else central of order 4)
    """


@documented
class Gradient(Planned):
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
class Derivative(Planned):
    """
    The derivative of a function of one variable, planned for many points.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``. If x is a scalar, f may have any shape (a function matrix). If x is an array, f is
        elementwise, which is proved by one evaluation more.
    n : int, default 1
        Which derivative; the first one.
    {options}

    Raises
    ------
    ShapeError, NotElementwiseError
        x is an array, and f is not elementwise.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Notes
    -----
    Calling it with a scalar x returns an array of the shape of f; with an array x one of the shape of x.

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
    """

    def __init__(self, f: Caller, *, n: int = 1, **options: Unpack[PlanOptions]) -> None:
        super().__init__(f, **options)
        if n != 1:
            raise OptionError(f"n={n!r}: found no way to this derivative, expected 1")
        if self.columns.wrt is not None:
            raise OptionError("wrt: a derivative by one variable has no columns to choose from")
        self.lane = None

    def _accept(self, f_shape: Shape, x_shape: Shape) -> None:
        if x_shape and f_shape != x_shape:
            raise ShapeError(
                f"f returned shape {f_shape} for x of shape {x_shape}, expected the same shape: a derivative by an "
                "array is taken entry by entry; use jacobian for a matrix"
            )
        if x_shape and self.layout != "numerator":
            raise OptionError(f"layout={self.layout!r}: a derivative entry by entry has no layout")

    def _task(self, point: Point) -> Task:
        return Entries(self.wishes) if point.shape else self.columns


class _Along(Planned):
    """The derivative along one direction v."""

    def __init__(self, f: Caller, v: npt.ArrayLike, **options: Unpack[PlanOptions]) -> None:
        super().__init__(f, **options)
        self.v = v
        if self.columns.wrt is not None or self.layout != "numerator":
            raise OptionError("wrt, layout: a derivative along a direction has no columns")
        self.lane = None

    def _task(self, point: Point) -> Task:
        v = as_point(self.v).array
        if v.shape != point.shape:
            raise OptionError(f"v has shape {v.shape}, expected the shape of x, {point.shape}")
        if v.dtype.kind == "c" and not point.is_complex:
            raise OptionError("v is complex, expected real numbers as in x")
        return Direction(self.wishes, v.astype(point.flat.dtype).reshape(-1))


@documented
def jacobian(f: Caller, x: npt.ArrayLike, **options: Unpack[Options]) -> Any:
    """
    The Jacobian of f at x.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape; it receives a fresh array of the shape of x each time, a NumPy scalar
        if x is a scalar.
    x : array_like
        The point: real or complex numbers in any shape. With complex numbers f is differentiated as holomorphic.
    {options}

    Returns
    -------
    ndarray or scalar
        ``T[i..., j...] = df[i...]/dx[j...]`` of shape ``f.shape + x.shape``, or ``f.shape + (k,)`` for k entries
        `wrt`; other layouts permute it. float64 (float32 if x and f both are, complex128 if x or f is complex).
        With ``full_output=True`` a pair of it and a `Report`.

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
    Jacobian : The same, planned for many points.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> def f(x):
    ...     return np.array([x[0] * x[1], x[1] ** 2, np.exp(x[0])])
    >>> nj.jacobian(f, [0.0, 3.0])
    array([[3., 0.],
           [0., 6.],
           [1., 0.]])
    >>> J, report = nj.jacobian(f, [0.0, 3.0], full_output=True)
    >>> report.method, report.nfev
    ('complex', 5 (3 real, 2 complex))
    """
    f0 = options.pop("f0", None)
    return Jacobian(f, **options)(x, f0=f0)


@documented
def value_and_jacobian(f: Caller, x: npt.ArrayLike, **options: Unpack[Options]) -> Any:
    """
    f(x) and the Jacobian of f at x, from the same evaluations.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: real or complex numbers in any shape.
    {options}

    Returns
    -------
    tuple
        f(x) as f gave it, and the Jacobian as `jacobian` returns it; with ``full_output=True`` also a `Report`.

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.value_and_jacobian(np.square, [1.0, 2.0])
    (array([1., 4.]), array([[2., 0.],
           [0., 4.]]))
    """
    f0 = options.pop("f0", None)
    return Jacobian(f, **options).with_value(x, f0=f0)


@documented
def gradient(f: Caller, x: npt.ArrayLike, **options: Unpack[Options]) -> Any:
    """
    The gradient of a scalar function at x.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, a number or an array of one element.
    x : array_like
        The point: real or complex numbers in any shape.
    {options}

    Returns
    -------
    ndarray or scalar
        ``df/dx[j...]`` of the shape of x, or ``(k,)`` for k entries `wrt`. With ``full_output=True`` a pair of it and a
        `Report`.

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.gradient(lambda x: x[0] ** 2 + x[0] * x[1] + x[1] * x[2], [1.0, 2.0, 3.0])
    array([4., 4., 2.])
    """
    f0 = options.pop("f0", None)
    return Gradient(f, **options)(x, f0=f0)


@documented
def value_and_gradient(f: Caller, x: npt.ArrayLike, **options: Unpack[Options]) -> Any:
    """
    f(x) and the gradient of f at x, from the same evaluations: what ``scipy.optimize.minimize`` takes for ``jac=True``.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, a number or an array of one element.
    x : array_like
        The point: real or complex numbers in any shape.
    {options}

    Returns
    -------
    tuple
        f(x) as f gave it, and the gradient as `gradient` returns it; with ``full_output=True`` also a `Report`.

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numjac as nj
    >>> value, slope = nj.value_and_gradient(lambda x: x @ x, [1.0, 2.0])
    >>> float(value), slope
    (5.0, array([2., 4.]))
    """
    f0 = options.pop("f0", None)
    return Gradient(f, **options).with_value(x, f0=f0)


@documented
def derivative(f: Caller, x: npt.ArrayLike, *, n: int = 1, **options: Unpack[Options]) -> Any:
    """
    The derivative of a function of one variable at x.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``. If x is a scalar, f may have any shape (a function matrix). If x is an array, f is
        elementwise, which is proved by one evaluation more.
    x : array_like
        The point, or many points for an elementwise f.
    n : int, default 1
        Which derivative; the first one.
    {options}

    Returns
    -------
    ndarray or scalar
        Of the shape of f(x). With ``full_output=True`` a pair of it and a `Report`.

    Raises
    ------
    ShapeError, NotElementwiseError
        x is an array, and f is not elementwise.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    The limit that defines it, at a step of 0.1 and at the best one:

    >>> import numjac as nj
    >>> f = lambda x: 3 * x**2 - 4 * x
    >>> print(f"{nj.derivative(f, 1.0, method='forward', abs_step=0.1):.5f}")
    2.30000
    >>> nj.derivative(f, 1.0)
    np.float64(2.0)
    """
    f0 = options.pop("f0", None)
    return Derivative(f, n=n, **options)(x, f0=f0)


@documented
def jvp(f: Caller, x: npt.ArrayLike, v: npt.ArrayLike, **options: Unpack[Options]) -> Any:
    """
    The Jacobian of f at x times a vector: the derivative of f(x + t v) at t = 0.

    No Jacobian is formed: it takes as many evaluations as one column of it.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: real or complex numbers in any shape.
    v : array_like
        The direction, shaped like x; complex only if x is.
    {options}

    Returns
    -------
    ndarray or scalar
        ``sum_j df[i...]/dx[j...] v[j...]`` of the shape of f. With ``full_output=True`` a pair of it and a `Report`.

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.jvp(np.square, [1.0, 2.0, 3.0], [1.0, 0.0, -1.0])
    array([ 2.,  0., -6.])
    """
    f0 = options.pop("f0", None)
    return _Along(f, v, **options)(x, f0=f0)
