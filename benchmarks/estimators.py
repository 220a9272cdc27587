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
import rivals
from rivals import found
from score import Estimate, Unavailable

import numjac as nj
from numjac.errors import OptionError


def without_bar(raw: Any) -> tuple[Any, None]:
    """An array, of whatever library."""
    return (raw.full() if hasattr(raw, "full") else np.asarray(raw)), None


@dataclass(frozen=True)
class Way:
    """An estimate in three steps: what is prepared for f, what is called at x, and how its answer is read."""

    prepare: rivals.Contender
    read: Callable[[Any], tuple[Any, Any]] = without_bar

    def __call__(self, f: Any, x: Any) -> tuple[Any, Any]:
        """The derivative, and its error bar."""
        return self.read(self.prepare(f)(np.asarray(x, float)))


@dataclass(frozen=True)
class Contender:
    """A method for functions of one number, and of many."""

    derivative: Estimate
    jacobian: Way


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


def with_report(raw: Any) -> tuple[Any, Any]:
    value, report = raw
    return value, report.error


def by(**options: Any) -> Contender:
    """Both operators, with options."""
    return Contender(ours("derivative", **options), Way(rivals.planned(full_output=True, **options), with_report))


def plainly(**options: Any) -> Way:
    """A planned object that is asked for nothing but the Jacobian."""
    return Way(rivals.planned(**options))


COMPLEX, AUTO = "numjac complex", "numjac auto"
CENTRAL = {f"numjac central {order}": by(method="central", order=order) for order in (2, 4, 6)}
ADAPTIVE = {f"numjac adaptive {order}": by(method="adaptive", order=order) for order in (4, 6, 8)}
OURS = {COMPLEX: by(method="complex"), AUTO: by()} | CENTRAL | ADAPTIVE


def _of_a_vector(way: Way) -> Contender:
    """One that knows vectors only: a number becomes a vector of one."""

    def derivative(f: Any, x: Any) -> tuple[Any, Any]:
        value, bar = way(lambda z: np.atleast_1d(f(z[0])), np.array([x]))
        return np.asarray(value).item(), bar

    return Contender(derivative, way)


def _vectors_only(made: dict[str, rivals.Contender]) -> dict[str, Contender]:
    return {name: _of_a_vector(Way(prepare)) for name, prepare in made.items()}


def along_columns(f: Any) -> Any:
    """A function of one point as a function of many, which are the further axes of X."""
    return lambda X: np.apply_along_axis(f, 0, X)


def _scipy_differentiate() -> dict[str, Contender]:
    differentiate = import_module("scipy.differentiate")

    def derivative(f: Any, x: Any) -> tuple[Any, Any]:
        return read(differentiate.derivative(f, x))

    def read(raw: Any) -> tuple[Any, Any]:
        return raw.df, raw.error

    def prepare(f: Any) -> Any:
        return partial(differentiate.jacobian, along_columns(f))

    return {"scipy.differentiate": Contender(derivative, Way(prepare, read))}


def _numdifftools(name: str = "numdifftools", **options: Any) -> dict[str, Contender]:
    library = import_module("numdifftools")

    def read(raw: Any) -> tuple[Any, Any]:
        return raw.estimate, raw.error_estimate

    def way(operator: Any) -> Way:
        return Way(lambda f: operator(f, full_output=True, **options), read)

    return {name: Contender(way(library.Derivative), way(library.Jacobian))}


def _jacobi() -> dict[str, Contender]:
    jacobi = import_module("jacobi").jacobi
    return {"jacobi": Contender(jacobi, Way(lambda f: partial(jacobi, f), lambda raw: raw))}


def _statsmodels() -> dict[str, Contender]:
    return {"statsmodels centered": _vectors_only(rivals.statsmodels())["statsmodels centered"]}


RIVALS, MISSING = found(
    {
        "SciPy": lambda: _vectors_only(rivals.scipy()),
        "scipy.differentiate": _scipy_differentiate,
        "numdifftools": _numdifftools,
        "jacobi": _jacobi,
        "statsmodels": _statsmodels,
    }
)


# --------------------------------------------------------------------- those that need more of f than real numbers


def demanding() -> tuple[dict[str, Way], list[str]]:
    """Ways of rivals that call f with complex numbers, or with arrays of their own; and who is not installed."""
    complex_numbers, _ = found(
        {
            "SciPy": lambda: _ways(rivals.scipy_complex()),
            "statsmodels": lambda: _ways(rivals.statsmodels() | rivals.statsmodels_complex()),
            "numdifftools": lambda: {
                name: one.jacobian for name, one in _numdifftools("numdifftools complex", method="complex").items()
            },
        }
    )
    exact, missing = rivals.exact_rivals()
    return complex_numbers | _ways(exact), missing


def _ways(made: dict[str, rivals.Contender]) -> dict[str, Way]:
    return {name: Way(prepare) for name, prepare in made.items()}


# --------------------------------------------------------------------------------- of higher order, and Hessians


def higher(k: int) -> dict[str, Estimate]:
    """The k-th derivative of a function of one number."""
    every = {AUTO: ours("derivative", n=k), "numjac real only": ours("derivative", n=k, method="adaptive")}
    return every | found({"numdifftools": partial(_numdifftools_higher, k)})[0]


def _numdifftools_higher(k: int) -> dict[str, Estimate]:
    Derivative = import_module("numdifftools").Derivative

    def estimate(f: Any, x: Any) -> tuple[Any, Any]:
        raw = Derivative(f, n=k, full_output=True)(x)
        return raw.estimate, raw.error_estimate

    return {"numdifftools": estimate}


def hessians() -> tuple[dict[str, Way], list[str]]:
    """Second derivatives of a scalar function of many numbers; and who is not installed."""
    every = {
        AUTO: Way(nj.Hessian),
        f"{AUTO}, bars": Way(lambda f: nj.Hessian(f, full_output=True), with_report),
        "numjac real only, bars": Way(lambda f: nj.Hessian(f, full_output=True, method="adaptive"), with_report),
    }
    libraries = {
        "numdifftools": _numdifftools_hessian,
        "scipy.differentiate": _scipy_hessian,
        "statsmodels": _statsmodels_hessians,
    }
    differencing, missing = found(libraries)
    exact, also_missing = rivals.exact_rivals("hessian")
    return every | differencing | _ways(exact), missing + also_missing


def _numdifftools_hessian() -> dict[str, Way]:
    return {"numdifftools": Way(import_module("numdifftools").Hessian)}


def _scipy_hessian() -> dict[str, Way]:
    differentiate = import_module("scipy.differentiate")

    def read(raw: Any) -> tuple[Any, Any]:
        return raw.ddf, raw.error

    return {"scipy.differentiate": Way(lambda f: partial(differentiate.hessian, along_columns(f)), read)}


def _statsmodels_hessians() -> dict[str, Way]:
    numdiff = import_module("statsmodels.tools.numdiff")
    return {
        "statsmodels": Way(lambda f: lambda x: numdiff.approx_hess3(x, f)),
        "statsmodels complex": Way(lambda f: lambda x: numdiff.approx_hess_cs(x, f)),
    }
