# SPDX-License-Identifier: BSD-3-Clause
"""
Who gives a derivative, and who also says how wrong it may be.

An estimate is called with f and x; it gives the derivative and an error bar, or None for the latter. Rivals are called
as their manuals show it, with their own defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from score import Estimate, Unavailable

import numjac as nj
from numjac.errors import OptionError


@dataclass(frozen=True)
class Contender:
    """A method for functions of one number, and of many."""

    derivative: Estimate
    jacobian: Estimate


def reported(operator: str, f: Any, x: Any, **options: Any) -> tuple[Any, Any]:
    """What an operator of numjac returns, and its report, if it has the operator and the method."""
    try:
        value, report = getattr(nj, operator)(f, x, full_output=True, **options)
    except (OptionError, AttributeError) as error:
        raise Unavailable from error
    return value, report


def ours(operator: str, **options: Any) -> Estimate:
    """An operator of numjac with its own error bar."""

    def estimate(f: Any, x: Any) -> tuple[Any, Any]:
        value, report = reported(operator, f, x, **options)
        return value, report.error

    return estimate


def by(**options: Any) -> Contender:
    """Both operators, with options."""
    return Contender(ours("derivative", **options), ours("jacobian", **options))


COMPLEX, AUTO = "numjac complex", "numjac auto"
CENTRAL = {f"numjac central {order}": by(method="central", order=order) for order in (2, 4, 6)}
ADAPTIVE = {f"numjac adaptive {order}": by(method="adaptive", order=order) for order in (4, 6, 8)}
OURS = {COMPLEX: by(method="complex"), AUTO: by()} | CENTRAL | ADAPTIVE


def _of_a_vector(jacobian: Estimate) -> Contender:
    """One that knows vectors only: a number becomes a vector of one."""

    def derivative(f: Any, x: Any) -> tuple[Any, Any]:
        value, bar = jacobian(lambda z: np.atleast_1d(f(z[0])), np.array([x]))
        return np.asarray(value).item(), bar

    return Contender(derivative, jacobian)


def along_columns(f: Any) -> Any:
    """A function of one point as a function of many, which are the further axes of X."""
    return lambda X: np.apply_along_axis(f, 0, X)


def _scipy() -> dict[str, Contender]:
    approx_derivative = import_module("scipy.optimize._numdiff").approx_derivative

    def points(method: str) -> Contender:
        return _of_a_vector(lambda f, x: (approx_derivative(f, x, method=method), None))

    return {"SciPy 2-point": points("2-point"), "SciPy 3-point": points("3-point")}


def _scipy_differentiate() -> dict[str, Contender]:
    differentiate = import_module("scipy.differentiate")

    def derivative(f: Any, x: Any) -> tuple[Any, Any]:
        found = differentiate.derivative(f, x)
        return found.df, found.error

    def jacobian(f: Any, x: Any) -> tuple[Any, Any]:
        found = differentiate.jacobian(along_columns(f), np.asarray(x, float))
        return found.df, found.error

    return {"scipy.differentiate": Contender(derivative, jacobian)}


def _numdifftools() -> dict[str, Contender]:
    library = import_module("numdifftools")

    def estimate(operator: Any, f: Any, x: Any) -> tuple[Any, Any]:
        found = operator(f, full_output=True)(x)
        return found.estimate, found.error_estimate

    return {"numdifftools": Contender(partial(estimate, library.Derivative), partial(estimate, library.Jacobian))}


def _jacobi() -> dict[str, Contender]:
    jacobi = import_module("jacobi").jacobi
    return {"jacobi": Contender(jacobi, lambda f, x: jacobi(f, np.asarray(x, float)))}


def _statsmodels() -> dict[str, Contender]:
    approx_fprime = import_module("statsmodels.tools.numdiff").approx_fprime
    centered = _of_a_vector(lambda f, x: (approx_fprime(np.asarray(x, float), f, centered=True), None))
    return {"statsmodels centered": centered}


def _found(libraries: dict[str, Callable[[], dict[str, Any]]]) -> tuple[dict[str, Any], list[str]]:
    """What is installed, and a line for each library that is not."""
    found: dict[str, Any] = {}
    missing = []
    for name, library in libraries.items():
        try:
            found |= library()
        except ImportError as error:
            missing.append(f"{name} is left out: {error}")
    return found, missing


RIVALS, MISSING = _found(
    {
        "SciPy": _scipy,
        "scipy.differentiate": _scipy_differentiate,
        "numdifftools": _numdifftools,
        "jacobi": _jacobi,
        "statsmodels": _statsmodels,
    }
)


# --------------------------------------------------------------------------------- of higher order, and Hessians


def higher(k: int) -> dict[str, Estimate]:
    """The k-th derivative of a function of one number."""
    every = {AUTO: ours("derivative", n=k), "numjac real only": ours("derivative", n=k, method="adaptive")}
    return every | _found({"numdifftools": partial(_numdifftools_higher, k)})[0]


def _numdifftools_higher(k: int) -> dict[str, Estimate]:
    Derivative = import_module("numdifftools").Derivative

    def estimate(f: Any, x: Any) -> tuple[Any, Any]:
        found = Derivative(f, n=k, full_output=True)(x)
        return found.estimate, found.error_estimate

    return {"numdifftools": estimate}


def hessians() -> dict[str, Estimate]:
    """Second derivatives of a scalar function of many numbers."""
    every = {AUTO: ours("hessian"), "numjac real only": ours("hessian", method="adaptive")}
    libraries = {
        "numdifftools": _numdifftools_hessian,
        "scipy.differentiate": _scipy_hessian,
        "statsmodels": _statsmodels_hessians,
    }
    return every | _found(libraries)[0]


def _numdifftools_hessian() -> dict[str, Estimate]:
    Hessian = import_module("numdifftools").Hessian
    return {"numdifftools": lambda f, x: (Hessian(f)(x), None)}


def _scipy_hessian() -> dict[str, Estimate]:
    differentiate = import_module("scipy.differentiate")

    def estimate(f: Any, x: Any) -> tuple[Any, Any]:
        found = differentiate.hessian(along_columns(f), np.asarray(x, float))
        return found.ddf, found.error

    return {"scipy.differentiate": estimate}


def _statsmodels_hessians() -> dict[str, Estimate]:
    numdiff = import_module("statsmodels.tools.numdiff")
    return {
        "statsmodels": lambda f, x: (numdiff.approx_hess3(np.asarray(x, float), f), None),
        "statsmodels complex": lambda f, x: (numdiff.approx_hess_cs(np.asarray(x, float), f), None),
    }
