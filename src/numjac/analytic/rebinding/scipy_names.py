# SPDX-License-Identifier: BSD-3-Clause
"""Functions of SciPy that are formulas of identities, known by their names: SciPy is not imported for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import numjac._tape as _tape

__all__ = ["replacement"]

ROOT = float(np.sqrt(2 * np.pi))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Logarithm of a sum of exponentials, the largest taken out."""
    top = np.max(_plain(a), axis=axis, keepdims=True)
    weighed = np.exp(a - top) if b is None else b * np.exp(a - top)
    total = np.log(np.sum(weighed, axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis) if axis is not None else np.ravel(total)[0]


def softmax(x: Any, axis: Any = None) -> Any:
    """Shares of exponentials."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Logarithms of them."""
    return x - logsumexp(x, axis, keepdims=True)


def _plain(a: Any) -> Any:
    return a.plainly if isinstance(a, _tape.Array) else np.asarray(a)


def cholesky(a: Any, lower: bool = False, **_: Any) -> Any:
    """SciPy reads the upper triangle unless told."""
    return np.linalg.cholesky(a) if lower else np.transpose(np.linalg.cholesky(np.transpose(a)))


def cho_factor(a: Any, lower: bool = False, **_: Any) -> Any:
    """A factor, and which it is."""
    return cholesky(a, lower), lower


def cho_solve(c_and_lower: Any, b: Any, **_: Any) -> Any:
    """Two triangular systems."""
    c, lower = c_and_lower
    L = np.tril(c) if lower else np.transpose(np.triu(c))
    return np.linalg.solve(np.transpose(L), np.linalg.solve(L, b))


def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, **_: Any) -> Any:
    """A triangular system."""
    if unit_diagonal:
        raise TypeError("unit_diagonal")
    A = np.tril(a) if lower else np.triu(a)
    return np.linalg.solve(A if trans in (0, "N") else np.transpose(A), b)


def solve(a: Any, b: Any, **_: Any) -> Any:
    """A system."""
    return np.linalg.solve(a, b)


NAMES: dict[str, Callable[..., Any]] = {
    "scipy.special.logsumexp": logsumexp,
    "scipy.special.softmax": softmax,
    "scipy.special.log_softmax": log_softmax,
    "scipy.linalg.cholesky": cholesky,
    "scipy.linalg.cho_factor": cho_factor,
    "scipy.linalg.cho_solve": cho_solve,
    "scipy.linalg.solve_triangular": solve_triangular,
    "scipy.linalg.solve": solve,
    "scipy.linalg.inv": lambda a, **_: np.linalg.inv(a),
    "scipy.linalg.det": lambda a, **_: np.linalg.det(a),
    "scipy.linalg.norm": lambda a, ord=None, axis=None, keepdims=False, **_: np.linalg.norm(a, ord, axis, keepdims),  # noqa: A006
}


class Normal:
    """The normal distribution of scipy.stats."""

    def __init__(self, special: Any) -> None:
        self.special = special

    def pdf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """The density."""
        t = (x - loc) / scale
        return np.exp(-t * t / 2) / (scale * ROOT)

    def logpdf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """Its logarithm."""
        t = (x - loc) / scale
        return -t * t / 2 - np.log(scale * np.ones(np.shape(t))) - np.log(ROOT)

    def cdf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """The distribution."""
        return self.special.ndtr((x - loc) / scale)

    def sf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """What is beyond."""
        return self.special.ndtr((loc - x) / scale)

    def logcdf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """The logarithm of the distribution."""
        return self.special.log_ndtr((x - loc) / scale)

    def logsf(self, x: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """The logarithm of what is beyond."""
        return self.special.log_ndtr((loc - x) / scale)

    def ppf(self, q: Any, loc: Any = 0, scale: Any = 1) -> Any:
        """The inverse of the distribution."""
        return loc + scale * self.special.ndtri(q)


def replacement(value: Any) -> Any:
    """What a function or a distribution of SciPy is to a copy of f; None if it is nothing else."""
    module = str(getattr(value, "__module__", "") or "")
    if not module.startswith("scipy."):
        return None
    if type(value).__name__ == "norm_gen":
        import scipy.special  # type: ignore[import-untyped]

        return Normal(scipy.special)
    return NAMES.get(f"{'.'.join(module.split('.')[:2])}.{getattr(value, '__name__', '')}")
