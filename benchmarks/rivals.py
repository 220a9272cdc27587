# SPDX-License-Identifier: BSD-3-Clause
"""
Who turns a Python function into a Jacobian, and how each is meant to be called.

A contender is a function of f that returns a function of x: what can be prepared without x is prepared by the former.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
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


def _statsmodels() -> dict[str, Contender]:
    approx_fprime = import_module("statsmodels.tools.numdiff").approx_fprime
    return {
        "statsmodels forward": lambda f: lambda x: approx_fprime(x, f),
        "statsmodels centered": lambda f: lambda x: approx_fprime(x, f, centered=True),
    }


def _scipy() -> dict[str, Contender]:
    approx_derivative = import_module("scipy.optimize._numdiff").approx_derivative
    return {
        "SciPy 2-point": lambda f: lambda x: approx_derivative(f, x, method="2-point"),
        "SciPy 3-point": lambda f: lambda x: approx_derivative(f, x, method="3-point"),
    }


def rivals() -> tuple[dict[str, Contender], list[str]]:
    """The rivals that are installed, and a line for each that is not."""
    found: dict[str, Contender] = {}
    missing = []
    for name, library in {"statsmodels": _statsmodels, "SciPy": _scipy}.items():
        try:
            found |= library()
        except ImportError as error:
            missing.append(f"{name} is left out: {error}")
    return found, missing
