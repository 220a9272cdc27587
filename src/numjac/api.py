# SPDX-License-Identifier: BSD-3-Clause
"""The public operators for one point: each plans an object of `numjac.planned` and calls it once."""

from __future__ import annotations

from typing import Any, Unpack

import numpy.typing as npt

from numjac.operators import Caller
from numjac.options import PlanOptions, documented
from numjac.planned import Along, Derivative, Gradient, Jacobian

__all__ = ["derivative", "gradient", "jacobian", "jvp", "value_and_gradient", "value_and_jacobian"]


@documented
def jacobian(f: Caller, x: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    return Jacobian(f, **options)(x, f0=f0)


@documented
def value_and_jacobian(
    f: Caller, x: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]
) -> Any:
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
    return Jacobian(f, **options).with_value(x, f0=f0)


@documented
def gradient(f: Caller, x: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    return Gradient(f, **options)(x, f0=f0)


@documented
def value_and_gradient(
    f: Caller, x: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]
) -> Any:
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
    return Gradient(f, **options).with_value(x, f0=f0)


@documented
def derivative(
    f: Caller, x: npt.ArrayLike, *, n: int = 1, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]
) -> Any:
    """
    The derivative of a function of one variable at x.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``. If x is a scalar, f may have any shape (a function matrix). If x is an array, f is
        elementwise, which is proved by one to four evaluations more.
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
    return Derivative(f, n=n, **options)(x, f0=f0)


@documented
def jvp(
    f: Caller, x: npt.ArrayLike, v: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]
) -> Any:
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
    return Along(f, v, **options)(x, f0=f0)
