# SPDX-License-Identifier: BSD-3-Clause
"""
The covariance of uncertain numbers: what can be one, how it goes through a Jacobian, and directions that make it up.

Everything is judged on correlations, so that the units of the numbers do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numjac.containers import containers, is_sparse, lower_factor
from numjac.errors import OptionError
from numjac.result import Array, FloatArray

__all__ = ["Covariance", "covariance_of"]

# How far correlations may be from symmetric, and how negative, by rounding.
ROUNDING = 1e-10


@dataclass(frozen=True)
class Covariance:
    """
    A covariance of n numbers: a matrix, a sparse one, or variances alone.

    Parameters
    ----------
    matrix : ndarray or sparse array
        [n, n], or [n]: variances of what is independent.
    factor : ndarray or sparse array
        S with S S' = cov, [n, r], or [n]: standard deviations.
    """

    matrix: Any
    factor: Any

    def through(self, J: Any) -> Any:
        """J cov J', symmetric bit for bit, without a dense matrix where there is none."""
        if self.matrix.ndim == 2:
            half = J @ self.matrix
        else:
            half = J.multiply(self.matrix).tocsr() if is_sparse(J) else J * self.matrix
        spread = half @ J.T
        return (spread + spread.T) / 2  # the products of both triangles are rounded differently

    def directions(self, most: int) -> tuple[FloatArray, bool]:
        """Vectors s_k in rows with sum s_k s_k' = cov, and True; of many, a few that are so on average, and False."""
        factor = self.factor
        if factor.ndim == 1:
            moving = np.flatnonzero(factor)
            if moving.size <= most:
                return np.eye(factor.size)[moving] * factor if moving.size else np.empty((0, factor.size)), True
        elif factor.shape[1] <= most:
            return (factor.toarray() if is_sparse(factor) else factor).T, True
        # Signs, not normal numbers: the variance of their quadratic forms is the smallest (M. F. Hutchinson,
        # Comm. Statist. Simulation Comput. 19 (1990) 433-450).
        signs = np.random.default_rng(factor.shape[0]).choice([-1.0, 1.0], (factor.shape[-1], most)) / np.sqrt(most)
        return (factor[:, np.newaxis] * signs if factor.ndim == 1 else factor @ signs).T, False


def covariance_of(cov: Any, n: int, name: str = "cov") -> Covariance:
    """A covariance of n numbers; an OptionError if it is none."""
    matrix = _numbers(cov, name)
    if matrix.ndim == 0 and n == 1:
        matrix = matrix.reshape(1)
    if matrix.shape not in ((n,), (n, n)):
        raise OptionError(f"{name} has shape {matrix.shape}, expected ({n}, {n}), or ({n},) for variances")
    if not np.isfinite(matrix.data if is_sparse(matrix) else matrix).all():
        raise OptionError(f"{name} is not finite, expected finite numbers")
    variances = np.asarray(matrix if matrix.ndim == 1 else matrix.diagonal())
    if (variances < 0).any():
        at = int(np.argmin(variances))
        raise OptionError(f"{name} has the variance {variances[at]:.6g} at {at}, expected none below zero")
    deviations = np.sqrt(variances)
    return Covariance(matrix, deviations if matrix.ndim == 1 else _factor(matrix, deviations, name))


def _numbers(cov: Any, name: str) -> Any:
    """Real numbers in double precision: an array, or a sparse array by rows."""
    try:
        matrix = cov if is_sparse(cov) else np.asarray(cov)
    except ValueError as error:
        raise OptionError(f"{name} is no array of numbers: {error}") from error
    if matrix.dtype.kind not in "biuf":
        raise OptionError(f"{name} is made of {matrix.dtype}, expected real numbers")
    return containers().csr_array(matrix, dtype=float) if is_sparse(matrix) else matrix.astype(float)


def _factor(matrix: Any, deviations: FloatArray, name: str) -> Any:
    """S with S S' = cov; an OptionError if there is none."""
    scale = np.where(deviations > 0, deviations, 1.0)
    correlations = _scaled(matrix, 1 / scale)
    gap = abs(correlations - correlations.T)
    if gap.size and gap.max() > ROUNDING:
        raise OptionError(f"{name} is not symmetric, expected a covariance")
    certain = np.flatnonzero(deviations == 0)
    if certain.size and abs(matrix[certain]).max() > 0:
        at = int(certain[np.flatnonzero(abs(matrix[certain]).sum(axis=1))[0]])
        raise OptionError(f"{name} has the variance 0 at {at}, but covariances there: it is not positive semi-definite")
    factor = lower_factor(correlations, ROUNDING) if is_sparse(matrix) else _root(correlations, name)
    if factor is None:
        raise OptionError(f"{name} has a negative eigenvalue, expected a positive semi-definite covariance")
    return containers().diags_array(scale) @ factor if is_sparse(factor) else scale[:, np.newaxis] * factor


def _scaled(matrix: Any, by: FloatArray) -> Any:
    """diag(by) matrix diag(by)."""
    if not is_sparse(matrix):
        return matrix * by * by[:, np.newaxis]
    diagonal = containers().diags_array(by)
    return (diagonal @ matrix @ diagonal).tocsr()


def _root(correlations: Array, name: str) -> FloatArray:
    """The principal directions of a dense matrix, each as long as the root of its eigenvalue."""
    w, V = np.linalg.eigh(correlations)
    slack = ROUNDING * w.size
    if w.size and w[0] < -slack:
        raise OptionError(
            f"{name} has correlations with the eigenvalue {w[0]:.6g}, expected a positive semi-definite covariance"
        )
    kept = w > slack
    return np.asarray(V[:, kept] * np.sqrt(w[kept]))
