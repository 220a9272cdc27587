# SPDX-License-Identifier: BSD-3-Clause
"""The public operators for one point: each plans an object of `numjac.planned` and calls it once."""

from __future__ import annotations

from typing import Any, Unpack

import numpy.typing as npt

from numjac.curved import Bent, Hessian, Weighed
from numjac.operators import Caller
from numjac.options import PlanOptions, documented
from numjac.planned import Along, Derivative, Gradient, Jacobian

Numbers = npt.ArrayLike

__all__ = [
    "derivative",
    "gradient",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_gradient",
    "value_and_jacobian",
    "vjp",
]


@documented
def jacobian(f: Caller, x: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    ('analytic', 4 (3 real, 1 traced))
    """
    with Jacobian(f, **options) as operator:
        return operator(x, f0=f0)


@documented
def value_and_jacobian(f: Caller, x: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    with Jacobian(f, **options) as operator:
        return operator.with_value(x, f0=f0)


@documented
def gradient(f: Caller, x: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    with Gradient(f, **options) as operator:
        return operator(x, f0=f0)


@documented
def value_and_gradient(f: Caller, x: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
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
    with Gradient(f, **options) as operator:
        return operator.with_value(x, f0=f0)


@documented
def derivative(f: Caller, x: Numbers, *, n: int = 1, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
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
        Which derivative, 1 to 10. Those beyond the first know the methods ``"auto"``, ``"complex"`` and ``"adaptive"``,
        and take neither steps nor an order of accuracy; see Notes.
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

    Warns
    -----
    NonFiniteWarning, UnresolvedWarning
        f is not finite around x, or has no derivative there that can be trusted.

    See Also
    --------
    Derivative : The same, planned for many points.

    Notes
    -----
    Derivatives beyond the first are read off a series. If f takes complex numbers, it is sampled on circles around x:
    the trapezoidal rule makes Taylor coefficients of the samples [1]_, and how these fall tells which radius is best
    [2]_ and bounds the error. Two real evaluations have to agree with that series, and of an array x one to four more
    prove f elementwise. Otherwise f is sampled at the Chebyshev points of intervals around x, which turn one-sided at
    bounds. Of thirty elementary functions the median relative error was 1e-13 for n = 2, 1e-9 for n = 5 and 3e-5 for
    n = 10 by intervals; by circles it was 3e-16, 3e-15 and 4e-13.

    A complex x, or an f with complex values, takes twice as many points on a circle. A circle stays within the bounds.
    In the report ``order`` is 32 or 24 - n, the order of accuracy of the points on a circle or an interval, and
    ``step`` the radius within which f was sampled, the smallest of all outputs. Where nothing can be trusted the entry
    is NaN, its flag `Flag.UNRESOLVED`.

    References
    ----------
    .. [1] J. N. Lyness and C. B. Moler, Numerical differentiation of analytic functions, SIAM J. Numer. Anal. 4
       (1967) 202-210.
    .. [2] F. Bornemann, Accuracy and stability of computing high-order derivatives of analytic functions by Cauchy
       integrals, Found. Comput. Math. 11 (2011) 1-63.

    Examples
    --------
    The limit that defines it, at a step of 0.1 and at the best one:

    >>> import numjac as nj
    >>> f = lambda x: 3 * x**2 - 4 * x
    >>> print(f"{nj.derivative(f, 1.0, method='forward', abs_step=0.1):.5f}")
    2.30000
    >>> nj.derivative(f, 1.0)
    np.float64(2.0)

    Runge's function, whose derivatives grow like factorials, and one that complex numbers know nothing of:

    >>> print(f"{nj.derivative(lambda x: 1 / (1 + 25 * x**2), 0.0, n=10):.8e}")
    -3.54375000e+13
    >>> value, report = nj.derivative(lambda x: abs(x) ** 3, 2.0, n=2, full_output=True)
    >>> print(f"{value:.9f}", report.method, bool(report.error < 1e-10))
    12.000000000 adaptive True
    """
    with Derivative(f, n=n, **options) as operator:
        return operator(x, f0=f0)


@documented
def jvp(f: Caller, x: Numbers, v: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
    """
    The Jacobian of f at x times a vector: the derivative of f(x + t v) at t = 0.

    No Jacobian is formed: it takes one trace of f, or as many evaluations as one column of it.

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
    with Along(f, v, **options) as operator:
        return operator(x, f0=f0)


@documented
def vjp(f: Caller, x: Numbers, u: Numbers, *, f0: Numbers | None = None, **options: Unpack[PlanOptions]) -> Any:
    """
    A vector times the Jacobian of f at x: the gradient of sum(u * f(x)).

    A trace of f is run through backward, once. Where there is none it takes no memory for a Jacobian, but as many
    evaluations.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: real or complex numbers in any shape.
    u : array_like
        The weights, shaped like f(x); not conjugated.
    {options}

    Returns
    -------
    ndarray or scalar
        ``sum_i u[i...] df[i...]/dx[j...]`` of the shape of x, or ``(k,)`` for k entries `wrt`. With
        ``full_output=True`` a pair of it and a `Report`, whose value is sum(u * f(x)).

    Raises
    ------
    ShapeError
        u does not have the shape of f(x).
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.vjp(np.square, [1.0, 2.0, 3.0], [1.0, 0.0, -1.0])
    array([ 2.,  0., -6.])
    """
    with Weighed(f, u, **options) as operator:
        return operator(x, f0=f0)


@documented
def hessian(
    f: Caller, x: Numbers, *, gradient: Caller | None = None, f0: Numbers | None = None, **options: Unpack[PlanOptions]
) -> Any:
    """
    The Hessian of f at x, symmetric bit for bit.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: real or complex numbers in any shape.
    gradient : callable, optional
        ``gradient(x, *args, **kwargs)``: the gradient of f, or its Jacobian of shape ``f.shape + x.shape``. The Hessian
        is the Jacobian of it then, by any method, and half its asymmetry is part of the error. It is taken for what it
        is said to be, and not held against f.
    {options}

    Returns
    -------
    ndarray or scalar
        ``H[i..., j..., k...] = d2f[i...]/dx[j...]dx[k...]`` of shape ``f.shape + x.shape + x.shape``, or
        ``f.shape + (k, k)`` for k entries `wrt`. With ``full_output=True`` a pair of it and a `Report`, whose nfev
        counts the calls of f and those of `gradient` together.

    Raises
    ------
    NumjacError
        Above all for a method or a step that is not for Hessians; an exception of f passes through with a note saying
        where it was raised.

    Notes
    -----
    Without `gradient`, ``"auto"`` traces f once: with the tangents of all operations and the cotangents of their
    results, the Hessian is a sum of what each operation bends by itself, and the slope and the bend along a random
    direction are held against differences. If f can not be traced, ``"auto"`` takes complex arguments if f proves to be
    complex-analytic as written. Entries off
    the diagonal are differences of order 4 of slopes by the complex step, those on it cost two evaluations, all in all
    2 n^2 + n and a few for the proof. Else, and by ``"adaptive"``, they follow from the even parts of f along e_i and
    e_i + e_j, by differences of order 6: 3 n (n + 1) evaluations and the six that show the noise of f.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> f = lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    >>> nj.hessian(f, [1.0, 1.0]).round(8)
    array([[ 802., -400.],
           [-400.,  200.]])
    >>> H, report = nj.hessian(f, [1.0, 1.0], method="adaptive", full_output=True)
    >>> bool((abs(H - [[802, -400], [-400, 200]]) <= report.error).all())
    True
    """
    with Hessian(f, gradient=gradient, **options) as operator:
        return operator(x, f0=f0)


@documented
def hvp(
    f: Caller,
    x: Numbers,
    v: Numbers,
    *,
    gradient: Caller | None = None,
    f0: Numbers | None = None,
    **options: Unpack[PlanOptions],
) -> Any:
    """
    The Hessian of f at x times a vector: the derivative of the gradient along v.

    It takes one trace of f, or as many evaluations as one row of the Hessian, by complex arguments 4 n + 4.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: real or complex numbers in any shape.
    v : array_like
        The direction, shaped like x; complex only if x is.
    gradient : callable, optional
        ``gradient(x, *args, **kwargs)``: the gradient of f, or its Jacobian of shape ``f.shape + x.shape``. The product
        is the derivative of it along v then.
    {options}

    Returns
    -------
    ndarray or scalar
        ``sum_k H[i..., j..., k...] v[k...]`` of shape ``f.shape + x.shape``, or ``f.shape + (k,)`` for k entries `wrt`.
        With ``full_output=True`` a pair of it and a `Report`.

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.hvp(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], [1.0, 1.0]).round(9)
    array([6., 2.])
    """
    with Bent(f, v, gradient=gradient, **options) as operator:
        return operator(x, f0=f0)
