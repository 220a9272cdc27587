# SPDX-License-Identifier: BSD-3-Clause
"""Functions that SciPy has in Python, in words of NumPy; they are known by name, so that SciPy need not be there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rebinding.context import current, settled
from numjac.analytic.rebinding.numpy_proxy import Lifted, converted

__all__ = ["Normal", "stands_for"]

Function = Callable[..., Any]
ROOT_2PI = np.sqrt(2 * np.pi)


def _peak(a: Any, axis: Any) -> Any:
    """The largest entries as plain numbers: what is taken off before exp and put back after log has no slope."""
    top = np.max(_tape.lifted(current(), a)[0], axis=axis, keepdims=True)
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


TABLE: dict[str, Function] = {
    **{f"scipy.special.{f.__name__}": f for f in (logsumexp, softmax, log_softmax)},
    **{
        f"scipy.linalg.{f.__name__}": f
        for f in (cholesky, cho_factor, cho_solve, solve_triangular, solve, inv, det, norm)
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


def _ufunc(name: str) -> Function:
    """A ufunc of scipy.special, which was imported where the distribution was."""
    return Lifted(getattr(sys.modules["scipy.special"], name))


class Frozen:
    """
    A distribution with its parameters.

    Parameters
    ----------
    of : Normal
        The distribution.
    loc, scale : float
        Where, and how wide.
    """

    def __init__(self, of: Normal, loc: Any, scale: Any) -> None:
        self._of, self._parameters = of, {"loc": loc, "scale": scale}

    def __getattr__(self, name: str) -> Any:
        return partial(getattr(self._of, name), **self._parameters)


class Normal:
    """
    What stands for ``scipy.stats.norm``.

    Parameters
    ----------
    real : object
        That one.
    """

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.__dict__["_real"], name)
        known = vars(Normal).get(f"_{name}")
        return _word(known.__func__, real) if known is not None else real

    def __call__(self, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The distribution with its parameters."""
        return Frozen(self, loc, scale)

    @staticmethod
    def _pdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        z = (x - loc) / scale
        return np.exp(-(z * z) / 2.0) / ROOT_2PI / scale

    @staticmethod
    def _logpdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        z = (x - loc) / scale
        return -(z * z) / 2.0 - np.log(ROOT_2PI) - np.log(scale)

    @staticmethod
    def _cdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        return _ufunc("ndtr")((x - loc) / scale)

    @staticmethod
    def _logcdf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        return _ufunc("log_ndtr")((x - loc) / scale)

    @staticmethod
    def _sf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        return _ufunc("ndtr")(-((x - loc) / scale))

    @staticmethod
    def _logsf(x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        return _ufunc("log_ndtr")(-((x - loc) / scale))

    @staticmethod
    def _ppf(q: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        return _ufunc("ndtri")(q) * scale + loc
