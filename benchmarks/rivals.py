# SPDX-License-Identifier: BSD-3-Clause
"""
Who turns a Python function into a Jacobian, and how each is meant to be called.

A contender is a function of f that returns a function of x: what can be prepared without x is prepared by the former.
Those that compute with arrays of their own are given f as it is written, with their module in the place of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from inspect import unwrap
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

import numjac as nj

Contender = Callable[[Callable[..., Any]], Callable[[Any], Any]]

STEP = float(np.finfo(float).eps) ** 0.5


def hand_loop(f: Callable[..., Any], x: Any) -> Any:
    """What one would write oneself: copy x, add the step, subtract, divide."""
    value = f(x)
    J = np.empty((value.size, x.size), order="F")
    for j in range(x.size):
        there = x.copy()
        there[j] += STEP * abs(x[j])
        J[:, j] = (f(there) - value) / (there[j] - x[j])
    return J


def hand_batch(f: Callable[..., Any], x: Any) -> Any:
    """The same for a vectorized f, in one call with all n + 1 points."""
    j = np.arange(x.size)
    X = np.repeat(x[:, np.newaxis], x.size + 1, axis=1)
    X[j, j + 1] += STEP * np.abs(x)
    Y = f(X)
    return (Y[:, 1:] - Y[:, :1]) / (X[j, j + 1] - x)


def planned(**options: Any) -> Contender:
    """The object of numjac that is made once for many points."""
    return lambda f: nj.Jacobian(f, **options)


def once(**options: Any) -> Contender:
    """The function of numjac, which makes that object for every point."""
    return lambda f: lambda x: nj.jacobian(f, x, **options)


def by_hand(loop: Callable[..., Any]) -> Contender:
    """One of the loops above."""
    return lambda f: partial(loop, f)


def statsmodels() -> dict[str, Contender]:
    numdiff = import_module("statsmodels.tools.numdiff")
    return {
        "statsmodels forward": lambda f: lambda x: numdiff.approx_fprime(x, f),
        "statsmodels centered": lambda f: lambda x: numdiff.approx_fprime(x, f, centered=True),
    }


def statsmodels_complex() -> dict[str, Contender]:
    numdiff = import_module("statsmodels.tools.numdiff")
    return {"statsmodels complex": lambda f: lambda x: numdiff.approx_fprime_cs(x, f)}


def _points(method: str) -> Contender:
    approx_derivative = import_module("scipy.optimize._numdiff").approx_derivative
    return lambda f: lambda x: approx_derivative(f, x, method=method)


def scipy() -> dict[str, Contender]:
    return {f"SciPy {method}": _points(method) for method in ("2-point", "3-point")}


def scipy_complex() -> dict[str, Contender]:
    return {"SciPy cs": _points("cs")}


# --------------------------------------------------------------------------------------- with arrays of their own


def in_terms_of(module: Any, f: Any) -> Any:
    """
    A function as it is written, with another module in the place of NumPy, and so are those that it calls.

    What only counts calls, or measures them, is left aside.
    """
    done: dict[int, Any] = {}

    def rebound(value: Any) -> Any:
        if value is np:
            return module
        if isinstance(value, np.ufunc):
            return getattr(module, value.__name__)
        if not isinstance(value, FunctionType) or (value.__module__ or "").startswith("numpy"):
            return value
        if id(value) not in done:
            cells = tuple(CellType() for _ in value.__closure__ or ())
            names: dict[str, Any] = {}
            made = FunctionType(value.__code__, names, value.__name__, value.__defaults__, cells or None)
            done[id(value)] = made
            names |= {key: rebound(one) if key in _named(value) else one for key, one in value.__globals__.items()}
            for cell, old in zip(cells, value.__closure__ or (), strict=True):
                cell.cell_contents = rebound(old.cell_contents)
        return done[id(value)]

    return rebound(unwrap(f))


def _named(f: FunctionType) -> set[str]:
    """The global names that a function uses, itself or in the functions that are written inside it."""
    waiting, names = [f.__code__], set()
    while waiting:
        code = waiting.pop()
        names |= set(code.co_names)
        waiting += [inner for inner in code.co_consts if isinstance(inner, type(code))]
    return names


class Lenient:
    """The array module of JAX, but for `concatenate`, which takes lists as that of NumPy does."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def concatenate(self, parts: Any) -> Any:
        """One behind the other."""
        return self.module.concatenate([self.module.asarray(part) for part in parts])


def jax(wanted: str = "jacobian") -> dict[str, Contender]:
    """Compiled, in float64; a call returns when the numbers are there."""
    library, numpy = import_module("jax"), import_module("jax.numpy")
    library.config.update("jax_enable_x64", True)
    operator = {"jacobian": library.jacfwd, "gradient": library.grad, "hessian": library.hessian}[wanted]

    def contender(f: Any) -> Any:
        made = library.jit(operator(in_terms_of(Lenient(numpy), f)))
        return lambda x: made(x).block_until_ready()

    return {"JAX": contender}


def autograd(wanted: str = "jacobian") -> dict[str, Contender]:
    library, numpy = import_module("autograd"), import_module("autograd.numpy")
    operator = {"jacobian": library.jacobian, "gradient": library.grad, "hessian": library.hessian}[wanted]
    return {"autograd": lambda f: operator(in_terms_of(numpy, f))}


# What NumPy can not do with arrays of CasADi's symbols, as one writes it for CasADi.
FOR_CASADI: dict[Callable[..., Any], Callable[..., Any]] = {}


def casadi(wanted: str = "jacobian") -> dict[str, Contender]:
    """CasADi's graph, built at the first call from what NumPy makes of an array of its symbols."""
    library = import_module("casadi")

    def graph(f: Any, n: int) -> Any:
        x = library.SX.sym("x", n)
        own = FOR_CASADI.get(unwrap(f))
        y = own(x) if own else f(np.array([x[i] for i in range(n)], dtype=object))
        column = y if isinstance(y, library.SX) else library.vertcat(*np.ravel(y).tolist())
        J = library.hessian(column, x)[0] if wanted == "hessian" else library.jacobian(column, x)
        return library.Function("J", [x], [J])

    def contender(f: Any) -> Any:
        made: dict[int, Any] = {}

        def call(x: Any) -> Any:
            if x.size not in made:
                made[x.size] = graph(f, x.size)
            return made[x.size](x)

        return call

    return {"CasADi": contender}


def numba() -> dict[str, Contender]:
    """The loop above, compiled together with an f that numba can compile; and numjac's own on the same f."""
    library = import_module("numba")

    def contender(f: Any) -> Any:
        compiled = library.njit(f)

        @library.njit
        def loop(x: Any) -> Any:
            value = compiled(x)
            J = np.empty((x.size, value.size)).T
            for j in range(x.size):
                there = x.copy()
                there[j] += STEP * abs(x[j])
                J[:, j] = (compiled(there) - value) / (there[j] - x[j])
            return J

        return loop

    def ours(f: Any) -> Any:
        return nj.Jacobian(nj.compiled(library.njit(f)), method="forward", workers=1)

    return {"numba hand loop": contender, "numjac compiled": ours}


def found(libraries: Mapping[str, Callable[[], dict[str, Any]]]) -> tuple[dict[str, Any], list[str]]:
    """What is installed, and a line for each library that is not."""
    there: dict[str, Any] = {}
    missing = []
    for name, library in libraries.items():
        try:
            there |= library()
        except ImportError as error:
            missing.append(f"{name} is not installed, and left out: {error}")
    return there, missing


def rivals() -> tuple[dict[str, Contender], list[str]]:
    """Those that difference, and are installed."""
    return found({"statsmodels": statsmodels, "SciPy": scipy})


def exact_rivals(wanted: str = "jacobian") -> tuple[dict[str, Contender], list[str]]:
    """Those that know the derivative of each operation, and are installed."""
    return found({name: partial(make, wanted) for name, make in EXACT.items()})


EXACT = {"JAX": jax, "CasADi": casadi, "autograd": autograd}
