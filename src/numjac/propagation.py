# SPDX-License-Identifier: BSD-3-Clause
"""
Uncertainty of a function of uncertain numbers, to first order: the covariance of f(x) is J cov J'.

JCGM 100:2008 (GUM), equation 13, and for several outputs JCGM 102:2011, section 6.2. Whether first order is enough is
looked at on a few points a standard deviation away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac.api as api
from numjac.errors import LinearityWarning, OptionError, warn
from numjac.operators import Caller
from numjac.result import Array, FloatArray
from numjac.sparse import is_sparse

__all__ = ["propagate"]

# A second-order change of an output beyond this part of its standard deviation is worth a warning.
POOR = 0.1

# Directions in which f is looked at, at most: the principal ones, or random ones of the same covariance.
LOOKS = 8

# How far from symmetric, and how negative, a covariance may be by rounding.
ROUNDING = 1e-10


@dataclass(frozen=True)
class Covariance:
    """
    A covariance of n numbers: a matrix, a sparse one, or variances alone.

    Parameters
    ----------
    matrix : ndarray or sparse array
        [n, n], or [n]: variances of what is independent.
    """

    matrix: Any

    def through(self, J: Any) -> Any:
        """J cov J', without a dense matrix where there is none."""
        if self.matrix.ndim == 1:
            return (J * self.matrix) @ J.T if not is_sparse(J) else J.multiply(self.matrix).tocsr() @ J.T
        return J @ self.matrix @ J.T

    def directions(self, most: int) -> Any:
        """Vectors s_k with sum s_k s_k' = cov; of many, a few random ones that are so on average."""
        n = self.matrix.shape[0]
        if self.matrix.ndim == 1:
            deviations = np.sqrt(self.matrix)
            if n <= most:
                return np.diag(deviations)[deviations > 0]
            return np.random.default_rng(n).choice([-1.0, 1.0], (most, n)) * deviations / np.sqrt(most)
        dense = self.matrix.toarray() if is_sparse(self.matrix) else self.matrix
        w, V = np.linalg.eigh(dense)
        factor = V * np.sqrt(np.maximum(w, 0.0))
        some = np.argsort(-w)[:most]
        if n <= most or w[some].sum() >= (1 - POOR**2) * w.sum():
            return factor[:, some[w[some] > 0]].T
        return np.random.default_rng(n).choice([-1.0, 1.0], (most, n)) @ factor.T / np.sqrt(most)


def covariance_of(cov: Any, n: int, name: str = "cov") -> Covariance:
    """A covariance of n numbers; an OptionError if it is none."""
    if is_sparse(cov):
        matrix = cov.tocsr()
    else:
        matrix = np.asarray(cov)
        if matrix.dtype.kind not in "biuf":
            raise OptionError(f"{name} is made of {matrix.dtype}, expected real numbers")
        matrix = matrix.astype(float)
        if matrix.ndim == 0 and n == 1:
            matrix = matrix.reshape(1)
    if matrix.shape not in ((n,), (n, n)):
        raise OptionError(f"{name} has shape {matrix.shape}, expected ({n}, {n}), or ({n},) for variances")
    _check(matrix, name)
    return Covariance(matrix)


def _check(matrix: Any, name: str) -> None:
    """Refuse what no covariance can be."""
    variances = matrix if matrix.ndim == 1 else matrix.diagonal()
    entries = matrix.data if is_sparse(matrix) else matrix
    if not np.isfinite(entries).all():
        raise OptionError(f"{name} is not finite, expected finite numbers")
    if (variances < 0).any():
        at = int(np.argmin(variances))
        raise OptionError(f"{name} has the variance {variances[at]:.6g} at {at}, expected none below zero")
    if matrix.ndim == 1:
        return
    size = float(np.max(variances, initial=0.0))
    if abs(matrix - matrix.T).max() > ROUNDING * size:
        raise OptionError(f"{name} is not symmetric, expected a covariance")
    if not is_sparse(matrix) and matrix.size and np.linalg.eigvalsh(matrix)[0] < -ROUNDING * len(matrix) * size:
        lowest = np.linalg.eigvalsh(matrix)[0]
        raise OptionError(f"{name} has the eigenvalue {lowest:.6g}, expected a positive semi-definite covariance")


def propagate(f: Caller, x: Any, cov: Any, *, full_output: bool = False, **options: Any) -> Any:
    """
    f(x), and its covariance if x is uncertain, to first order.

    Parameters
    ----------
    f : callable
        ``f(x)``, of any shape; ``f(x1, x2, ...)`` for several independent arguments.
    x : array_like, or tuple of array_like
        The point, of n numbers in any shape; several arguments if `cov` is a tuple too.
    cov : array_like, sparse array, or tuple of these
        The covariance ``(n, n)`` of the flattened x, or ``(n,)`` for the variances of independent entries; a number for
        a scalar. One for each argument.
    full_output : bool
        Return the `Report` of the Jacobian too, or one for each argument.
    **options
        As of `jacobian`: method, ``sparsity="detect"``, ...

    Returns
    -------
    tuple
        f(x), as f gave it; its covariance ``(m, m)``, m being its size, or the variance of a scalar f. It is a sparse
        array if the Jacobian is (``sparsity="detect"``).

    Raises
    ------
    OptionError
        `cov` is no covariance of x.

    Warns
    -----
    LinearityWarning
        f bends so much within a standard deviation that first order is poor: the change of its mean,
        ``tr(H cov) / 2``, is more than a tenth of its standard deviation.

    Notes
    -----
    JCGM 100:2008 (GUM), equation 13; JCGM 102:2011, section 6.2. The second-order term is found by differences of f,
    two evaluations for each of up to 8 directions.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> y, variance = nj.propagate(lambda x: x[0] * x[1], [2.0, 3.0], [0.01, 0.04])
    >>> float(y), float(variance)                       # 3**2 * 0.01 + 2**2 * 0.04
    (6.0, 0.25)
    >>> float(nj.propagate(lambda a, b: a - b, (5.0, 3.0), (0.09, 0.16))[1].round(12))
    0.25
    """
    if not isinstance(cov, tuple):
        return _one(f, x, cov, full_output, options)
    if not isinstance(x, tuple) or len(x) != len(cov):
        count = len(x) if isinstance(x, tuple) else 1
        raise OptionError(f"cov is a tuple of {len(cov)}, x of {count}: expected one covariance for each argument")
    if not x:
        raise OptionError("x and cov are empty, expected at least one argument")
    parts = [_one(partial(_in_place, f, x, k), x[k], cov[k], True, options) for k in range(len(x))]
    total = sum((part[1] for part in parts[1:]), parts[0][1])
    reports = tuple(part[2] for part in parts)
    return (parts[0][0], total, reports) if full_output else (parts[0][0], total)


def _in_place(f: Caller, arguments: tuple[Any, ...], k: int, x: Any) -> Any:
    """f with argument k replaced."""
    return f(*arguments[:k], x, *arguments[k + 1 :])


def _one(f: Caller, x: npt.ArrayLike, cov: Any, full_output: bool, options: dict[str, Any]) -> Any:
    n = int(np.size(x))
    known = covariance_of(cov, n)
    value, J, report = api.value_and_jacobian(f, x, full_output=True, **options)
    if np.asarray(value).dtype.kind == "c":
        raise OptionError("f is complex: split it into its real and its imaginary part")
    m = int(np.size(value))
    matrix = J if is_sparse(J) else np.reshape(np.asarray(J, float), (m, n))
    spread = known.through(matrix)
    _look(f, np.asarray(x, float), np.asarray(value, float), known, spread)
    result = spread if is_sparse(spread) else _symmetric(spread, np.ndim(value) == 0)
    return (value, result, report) if full_output else (value, result)


def _symmetric(spread: Array, scalar: bool) -> Any:
    even = (spread + spread.T) / 2
    return even[0, 0] if scalar else even


def _look(f: Caller, x: FloatArray, value: FloatArray, cov: Covariance, spread: Any) -> None:
    """Warn of outputs whose mean moves: sum over s of f(x + s) + f(x - s) - 2 f(x), which is tr(H cov)."""
    bend = np.zeros(value.size)
    for s in cov.directions(LOOKS):
        step = s.reshape(x.shape)
        with np.errstate(all="ignore"):
            up, down = (np.asarray(f((x + side * step)[()]), float).reshape(-1) for side in (1, -1))
            bend += up + down - 2 * value.reshape(-1)
    deviation = np.sqrt(np.maximum(np.asarray(spread.diagonal(), float).reshape(-1), 0.0))
    rounding = ROUNDING * np.abs(value.reshape(-1))
    with np.errstate(invalid="ignore"):
        poor = ~(np.abs(bend) / 2 <= np.maximum(POOR * deviation, rounding)) & np.isfinite(value.reshape(-1))
    if poor.any():
        k = int(np.argmax(np.where(poor, np.abs(bend), -1.0)))
        warn(
            f"linear propagation is poor for {poor.sum()} of {poor.size} outputs: second-order terms move the mean of "
            f"output {k} by {bend[k] / 2:.3g}, its standard deviation to first order is {deviation[k]:.3g}",
            LinearityWarning,
        )
