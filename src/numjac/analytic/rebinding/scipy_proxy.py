# SPDX-License-Identifier: BSD-3-Clause
"""Functions that SciPy has in Python, in words of NumPy; they are known by name, so that SciPy need not be there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import factorial
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rebinding.context import current, settled
from numjac.analytic.rebinding.numpy_proxy import converted
from numjac.analytic.rules import arrayed, untraced

__all__ = ["Distribution", "stands_for"]

Function = Callable[..., Any]


def _peak(a: Any, axis: Any) -> Any:
    """The largest entries as plain numbers: what is taken off before exp and put back after log has no slope."""
    top = np.max(untraced(a), axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0.0)


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Log(sum(b exp(a)))."""
    top = _peak(a, axis)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    y = np.log(np.sum(terms, axis=axis, keepdims=True)) + top
    if keepdims:
        return y
    return np.squeeze(y, axis=axis) if axis is not None else np.ravel(y)[0]


def softmax(x: Any, axis: Any = None) -> Any:
    """Exp(x) over its sum."""
    e = np.exp(x - _peak(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of that."""
    shifted = x - _peak(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def cholesky(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The triangle that is asked for, of the same triangle of a matrix."""
    return np.linalg.cholesky(a) if lower else np.transpose(np.linalg.cholesky(np.transpose(a)))


def cho_factor(a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """A triangle for `cho_solve`."""
    return cholesky(a, lower), lower


def cho_solve(c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True) -> Any:
    """Two triangles, one after the other."""
    c, lower = c_and_lower
    L = np.tril(c) if lower else np.transpose(np.triu(c))
    return np.linalg.solve(np.transpose(L), np.linalg.solve(L, b))


def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:  # fmt: skip
    """One triangle."""
    T = np.tril(a, -1 if unit_diagonal else 0) if lower else np.triu(a, 1 if unit_diagonal else 0)
    if unit_diagonal:
        T = T + np.eye(np.shape(a)[0])
    return np.linalg.solve(T if trans in (0, "N") else np.transpose(T), b)


def solve(a: Any, b: Any, lower: bool = False, overwrite_a: bool = False, overwrite_b: bool = False,
          check_finite: bool = True, assume_a: Any = None, transposed: bool = False) -> Any:  # fmt: skip
    """Any matrix; of a symmetric one a triangle is read, which is not known here."""
    if assume_a not in (None, "gen", "general"):
        raise NotImplementedError(f"assume_a={assume_a!r}")
    return np.linalg.solve(np.transpose(a) if transposed else a, b)


def inv(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The inverse."""
    return np.linalg.inv(a)


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant."""
    return np.linalg.det(a)


def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True) -> Any:  # noqa: A002
    """Norms."""
    return np.linalg.norm(a, ord, axis, keepdims)


def toeplitz(c: Any, r: Any = None) -> Any:
    """Constant along diagonals, by its first column and row."""
    c = np.ravel(c)
    r = np.conjugate(c) if r is None else np.ravel(r)
    values = np.concatenate([np.flip(c), r[1:]])
    return values[np.arange(np.size(c) - 1, -1, -1)[:, np.newaxis] + np.arange(np.size(r))]


def circulant(c: Any) -> Any:
    """Each column is the one before, moved on by a place."""
    n = np.shape(c)[-1]
    return np.take(c, (np.arange(n)[:, np.newaxis] - np.arange(n)) % n, axis=-1)


def hankel(c: Any, r: Any = None) -> Any:
    """Constant along anti-diagonals, by its first column and last row."""
    c = np.ravel(c)
    r = c * 0.0 if r is None else np.ravel(r)
    values = np.concatenate([c, r[1:]])
    return values[np.arange(np.size(c))[:, np.newaxis] + np.arange(np.size(r))]


def block_diag(*arrs: Any) -> Any:
    """Matrices along the diagonal."""
    blocks = [np.atleast_2d(a) for a in arrs]
    widths = np.cumsum([0, *(np.shape(a)[1] for a in blocks)])
    rows = [
        np.concatenate([np.zeros((np.shape(a)[0], first)), a, np.zeros((np.shape(a)[0], widths[-1] - last))], axis=1)
        for a, first, last in zip(blocks, widths, widths[1:], strict=False)
    ]
    return np.concatenate(rows)


def apply_where(
    cond: Any, args: Any, f1: Function, f2: Function | None = None, /, *, fill_value: Any = None, xp: Any = None
) -> Any:
    """One function where a condition holds, another one or a number elsewhere; each sees its own entries alone."""
    args = args if isinstance(args, tuple) else (args,)
    shape = np.broadcast_shapes(np.shape(cond), *map(np.shape, args))
    cond, rest = np.broadcast_to(untraced(cond), shape), [np.broadcast_to(a, shape) for a in args]
    parts = [np.ravel(f1(*(a[cond] for a in rest)))] if cond.any() else []
    if not cond.all():
        other = f2(*(a[~cond] for a in rest)) if f2 is not None else np.full(np.count_nonzero(~cond), fill_value)
        parts.append(np.ravel(other))
    order = np.argsort(np.concatenate([np.flatnonzero(cond), np.flatnonzero(~cond)]))
    return np.reshape(np.concatenate(parts)[order], cond.shape)[()]


def solve_banded(
    l_and_u: Any, ab: Any, b: Any, overwrite_ab: bool = False, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """The band as a matrix; its size is what limits this."""
    (below, above), n = l_and_u, np.shape(ab)[1]
    i, j = np.arange(n)[:, np.newaxis], np.arange(n)
    band = (j - i <= above) & (i - j <= below)
    return np.linalg.solve(np.where(band, ab[np.where(band, above + i - j, 0), j], 0.0), b)


# Coefficients of the diagonal Pade approximant of order 13 of exp, and the norm up to which it is as good as exact
# (N. J. Higham, SIAM J. Matrix Anal. Appl. 26 (2005) 1179, table 2.3).
PADE = [float(factorial(26 - k) * factorial(13) // (factorial(k) * factorial(13 - k))) for k in range(14)]
NEAR = 5.371920351148152


def expm(A: Any) -> Any:
    """Scaling, the approximant, and squaring."""
    size = float(np.max(np.sum(np.abs(untraced(A)), axis=-2)))
    halvings = max(0, int(np.ceil(np.log2(size / NEAR)))) if size > NEAR else 0
    B, unit = A / 2.0**halvings, np.eye(np.shape(A)[-1])
    square = np.matmul(B, B)
    even, odd, power = PADE[0] * unit, PADE[1] * unit, unit
    for k in range(2, 14, 2):
        power = np.matmul(power, square)
        even, odd = even + PADE[k] * power, odd + PADE[k + 1] * power
    odd = np.matmul(B, odd)
    y = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        y = np.matmul(y, y)
    return y


TABLE: dict[str, Function] = {
    **{f"scipy.special.{f.__name__}": f for f in (logsumexp, softmax, log_softmax)},
    **{f"scipy.{room}.apply_where": apply_where for room in ("_lib", "_external")},  # the latter since SciPy 1.18
    **{
        f"scipy.linalg.{f.__name__}": f
        for f in (
            cholesky,
            cho_factor,
            cho_solve,
            solve_triangular,
            solve,
            inv,
            det,
            norm,
            expm,
            toeplitz,
            circulant,
            hankel,
            block_diag,
            solve_banded,
        )
    },
}


def _word(function: Function, real: Function) -> Function:
    """A function of the table where an argument is traced, the real one elsewhere."""

    def of(*args: Any, **kwargs: Any) -> Any:
        tape = current()
        args, kwargs = tuple(map(settled, args)), {name: settled(value) for name, value in kwargs.items()}
        if tape is None or not any(map(_tape.traced, (*args, *kwargs.values()))):
            return real(*args, **kwargs)
        tape.looped = True  # it may round otherwise
        listed = [converted(a, None) if isinstance(a, list) and _tape.traced(a) else a for a in args]
        return function(*listed, **kwargs)

    return of


def stands_for(function: Function) -> Function | None:
    """What stands for a function of SciPy, by the name that users know; None if nothing does."""
    package = ".".join(str(function.__module__).split(".")[:2])
    known = TABLE.get(f"{package}.{function.__qualname__}")
    return None if known is None else _word(known, function)


class Frozen:
    """
    A distribution with its parameters.

    Parameters
    ----------
    of : Distribution
        The distribution.
    args, kwargs : tuple, dict
        Its shapes, and ``loc`` and ``scale``.
    """

    def __init__(self, of: Distribution, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._of, self._args, self._kwargs = of, args, kwargs

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._of, name)
        return lambda *x, **kwargs: function(*x, *self._args, **(self._kwargs | kwargs))


class Distribution:
    """
    What stands for a distribution of ``scipy.stats``: its formulas, without the checks around them.

    Parameters
    ----------
    real : object
        That one.
    of : callable
        What stands for a function.
    """

    def __init__(self, real: Any, of: Function) -> None:
        self._real, self._copy_of = real, of

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.__dict__["_real"], name)
        return _word(partial(self._standard, name), real) if name in STANDARD else real

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The distribution with its parameters."""
        return Frozen(self, args, kwargs)

    def _standard(self, name: str, x: Any, *args: Any, **kwargs: Any) -> Any:
        """A function of the distribution with its location and scale, in that of the standard one."""
        real, formula = self._real, partial(self._copy_of(getattr(type(self._real), f"_{name}")), self._real)
        x, (shapes, loc, scale) = arrayed(x), real._parse_args(*args, **kwargs)
        if name in ("ppf", "isf"):
            q = untraced(x)
            _inside(name, (q > 0) & (q < 1))
            return formula(x, *shapes) * scale + loc
        z = x - loc if name in ("pmf", "logpmf") else (x - loc) / scale
        _inside(name, real._support_mask(untraced(z), *map(untraced, shapes)))
        y = formula(z, *shapes)
        return y / scale if name == "pdf" else y - np.log(scale) if name == "logpdf" else y


STANDARD = frozenset({"pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "pmf", "logpmf"})


def _inside(name: str, where: Any) -> None:
    """Beyond the support there are other values, which the formulas do not know."""
    if not np.all(where):
        raise NotImplementedError(f"{name} outside the support")
