# SPDX-License-Identifier: BSD-3-Clause
"""
The main job on real data: the Jacobian of the residuals of a fit, by every method, and the fit itself.

Misra1a, a nonlinear regression of the NIST Statistical Reference Datasets (https://www.itl.nist.gov/div898/strd):
14 observations of monomolecular adsorption by D. Misra (1978), the model ``y = b1 (1 - exp(-b2 x))``, and certified
values to 11 digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from numjac.api import jacobian
from numjac.result import FloatArray, Report

__all__ = ["exact_jacobian", "levenberg_marquardt", "report", "residuals"]

VOLUME = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
PRESSURE = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])

START = np.array([500.0, 1e-4])
CERTIFIED = np.array([2.3894212918e02, 5.5015643181e-04])
CERTIFIED_DEVIATIONS = np.array([2.7070075241e00, 7.2668688436e-06])
CERTIFIED_SUM = 1.2455138894e-01

METHODS = [
    ("forward", 1), ("backward", 1), ("forward", 2), ("central", 2), ("central", 4), ("central", 6), ("central", 8),
    ("complex", None), ("analytic", None), ("auto", None),
]  # fmt: skip


def residuals(b: FloatArray) -> FloatArray:
    """What the model leaves unexplained at each observation."""
    left: FloatArray = VOLUME - b[0] * (1 - np.exp(-b[1] * PRESSURE))
    return left


def exact_jacobian(b: FloatArray) -> FloatArray:
    """The derivative of the residuals, by hand."""
    decay = np.exp(-b[1] * PRESSURE)
    return np.column_stack([decay - 1, -b[0] * PRESSURE * decay])


def levenberg_marquardt(f: Callable[[FloatArray], FloatArray], b: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Least squares after Marquardt (1963): the parameters, the Jacobian there, the number of steps tried."""
    r, damping, steps = f(b), 1e-3, 0
    while steps < 200:
        steps += 1
        J = jacobian(f, b, f0=r)
        scale = np.linalg.norm(J, axis=0)
        damped = np.vstack([J / scale, np.sqrt(damping) * np.eye(b.size)])
        move = np.linalg.lstsq(damped, np.append(-r, np.zeros(b.size)))[0] / scale
        new = f(b + move)
        better = new @ new <= r @ r
        damping *= 0.1 if better else 10
        b, r = (b + move, new) if better else (b, r)
        if better and np.all(np.abs(move) <= 1e-12 * np.abs(b)):
            break
    return b, jacobian(f, b, f0=r), steps


def report() -> Iterator[str]:
    """The lines that the demo prints."""
    yield "Misra1a (NIST StRD): y = b1 (1 - exp(-b2 x)), 14 observations, residuals at b = (500, 0.0001)"
    yield ""
    yield from _methods()
    yield ""
    yield from _fit()


def _methods() -> Iterator[str]:
    """The Jacobian by every method, against the exact one."""
    exact = exact_jacobian(START)
    yield "  method       order  evaluations  largest relative error against the exact Jacobian"
    for method, order in METHODS:
        J, told = jacobian(residuals, START, method=method, order=order, full_output=True)
        error = np.max(np.abs(J - exact) / np.abs(exact))
        yield f"  {method:<11}  {told.order or '-':>5}  {int(told.nfev):>11}  {error:8.1e}{_taken(method, told)}"


def _taken(method: str, told: Report) -> str:
    return f"  (took {told.method}: proved against a real difference)" if method == "auto" else ""


def _fit() -> Iterator[str]:
    """The fit, beside the certified values."""
    b, J, steps = levenberg_marquardt(residuals, START)
    r = residuals(b)
    deviations = np.sqrt(np.diag(np.linalg.inv(J.T @ J)) * (r @ r) / (r.size - b.size))
    found = [*b, *deviations, r @ r]
    certified = [*CERTIFIED, *CERTIFIED_DEVIATIONS, CERTIFIED_SUM]
    yield f"  Levenberg-Marquardt with nj.jacobian, {steps} steps from (500, 0.0001)"
    yield ""
    yield "                         found           certified  digits"
    names = ["b1", "b2", "deviation b1", "deviation b2", "sum of squares"]
    for name, ours, theirs in zip(names, found, certified, strict=True):
        yield f"  {name:<14}  {ours:>16.10e}  {theirs:>16.10e}  {agreement(ours, theirs):>6.1f}"


def agreement(found: float, certified: float) -> float:
    """How many digits agree; certified values have 11, so no more can be seen."""
    error = abs(found - certified) / abs(certified)
    return min(11.0, -float(np.log10(max(error, 1e-11))))
