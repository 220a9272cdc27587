# SPDX-License-Identifier: BSD-3-Clause
"""Solvers that would fail on what they are given, and not say why: who they are, told by who calls."""

from __future__ import annotations

import sys

from numjac.errors import OptionError

__all__ = ["refuse_row", "refuse_sparse"]

# Modules of SciPy that take dense Jacobians only, and who is behind them.
DENSE_ONLY = {
    "scipy.optimize._minpack_py": "root (hybr, lm), fsolve and curve_fit",
    "scipy.integrate._ivp.lsoda": "solve_ivp (LSODA)",
}
SPARSE_TOO = "least_squares (trf, dogbox), solve_ivp (Radau, BDF) and the constraints of minimize"


def refuse_sparse() -> None:
    """Raise if a solver asks that would fail on a sparse Jacobian, and not say why."""
    frame = sys._getframe(2)
    for _ in range(6):
        if frame.f_globals.get("__name__") in DENSE_ONLY:
            who = DENSE_ONLY[frame.f_globals["__name__"]]
            raise OptionError(f"{who} can not use a sparse Jacobian, {SPARSE_TOO} can; use jac_dense")
        if frame.f_back is None:
            return
        frame = frame.f_back


def refuse_row() -> None:
    """Raise if a solver asks that wants the gradient of a scalar, which has one axis."""
    frame = sys._getframe(2)
    for _ in range(4):
        name = frame.f_code.co_qualname if hasattr(frame.f_code, "co_qualname") else frame.f_code.co_name
        if "ScalarFunction" in name or "_ScalarGrad" in name:
            raise OptionError("minimize wants a gradient of one axis, and f returns an array of one element; use grad")
        if frame.f_back is None:
            return
        frame = frame.f_back
