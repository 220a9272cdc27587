# SPDX-License-Identifier: BSD-3-Clause
"""Solvers that would fail on what they are given, and not say why: who they are, told by who calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

from numjac.errors import OptionError

__all__ = ["refuse_row", "refuse_sparse", "refuse_sparse_hessian"]

# Modules and functions of SciPy that take dense Jacobians only, and who is behind them; likewise Hessians.
DENSE_ONLY = {
    "scipy.optimize._minpack_py": "root (hybr, lm), fsolve and curve_fit",
    "scipy.integrate._ivp.lsoda": "solve_ivp (LSODA)",
    "scipy.optimize._slsqp_py": "minimize (SLSQP)",
}
DENSE_HESSIANS = {"_minimize_trust_region": "minimize (trust-exact, trust-ncg, trust-krylov, dogleg)"}
SPARSE_TOO = "least_squares (trf, dogbox), solve_ivp (Radau, BDF) and the constraints of minimize (trust-constr)"

# Frames between a solver and a derivative, at most: its wrappers, and ours.
DEEP = 16


def _callers() -> Iterator[FrameType]:
    """The frames of numjac and SciPy that ask, up to the first of anybody else: he does with a result what he likes."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(DEEP):
        if frame is None or not str(frame.f_globals.get("__name__")).startswith(("numjac.", "scipy.")):
            return
        yield frame
        frame = frame.f_back


def refuse_sparse() -> None:
    """Raise if a solver asks that would fail on a sparse Jacobian, and not say why."""
    for frame in _callers():
        if (who := DENSE_ONLY.get(frame.f_globals["__name__"])) is not None:
            raise OptionError(f"{who} can not use a sparse Jacobian, {SPARSE_TOO} can; use jac_dense")


def refuse_sparse_hessian() -> None:
    """Raise if a solver asks that would fail on a sparse Hessian, and not say why."""
    for frame in _callers():
        if (who := DENSE_HESSIANS.get(frame.f_code.co_name)) is not None:
            able = "Newton-CG and trust-constr can"
            raise OptionError(f"{who} can not use a sparse Hessian, {able}; use hessp, or plan without hess_sparsity")


def refuse_row() -> None:
    """Raise if a solver asks that wants the gradient of a scalar, which has one axis."""
    for frame in _callers():
        name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
        if "ScalarFunction" in name or "_ScalarGrad" in name:
            raise OptionError("minimize wants a gradient of one axis, and f returns an array of one element; use grad")
