# SPDX-License-Identifier: BSD-3-Clause
"""Functions as solvers call them, turned into functions of what they are differentiated by, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError
from numjac.operators import Caller, Operator
from numjac.planned import Along, Jacobian

__all__ = ["Behind", "CurveFit", "Listed", "SolveBvp", "SolveIvp", "Turned", "toward"]

Directed = TypeVar("Directed", bound=Operator)


@dataclass(frozen=True)
class _Adapted:
    """f, to be called in another way."""

    f: Caller

    def rebound_by(self, copy: Callable[[Caller], Caller]) -> Self:
        """The same function of a copy of f."""
        return replace(self, f=copy(self.f))


class Turned(_Adapted):
    """f(t, y) as a function of y."""

    def __call__(self, y: Any, t: Any, *args: Any, **kwargs: Any) -> Any:
        """f, with y first."""
        return self.f(t, y, *args, **kwargs)


class Behind(_Adapted):
    """f(x, y, p) as a function of p."""

    def __call__(self, p: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        """f, with p first."""
        return self.f(x, y, p, *args, **kwargs)


class Listed(_Adapted):
    """f(xdata, *params) as a function of the list of its parameters."""

    def __call__(self, params: Any, xdata: Any, **kwargs: Any) -> Any:
        """f, with its parameters one by one."""
        return self.f(xdata, *params, **kwargs)


# ---------------------------------------------------------------------------------------------------- as solvers call


class Planned(Protocol):
    """What is asked of a plan."""

    def fun(self, x: Any, *args: Any) -> Any:
        """f(x)."""

    def jac(self, x: Any, *args: Any) -> Any:
        """Its derivative."""

    def jac_dense(self, x: Any, *args: Any) -> Any:
        """Its derivative as an array."""


def toward(along: Directed, v: npt.NDArray[Any]) -> Directed:
    """The same along another vector: what was refused once is not tried again."""
    other: Any = copy(along)
    other.v = v
    found: Directed = other
    return found


@dataclass(frozen=True)
class SolveIvp:
    """
    A right-hand side and its Jacobian, as ``solve_ivp`` calls them.

    Parameters
    ----------
    plan : Planned
        Of ``g(y, t)``.
    planned : tuple
        Further arguments, where the solver has none.
    """

    plan: Planned
    planned: tuple[Any, ...] = ()

    def fun(self, t: float, y: Any, *args: Any) -> Any:
        """The right-hand side at a time and a state."""
        return self.plan.fun(y, t, *(args or self.planned))

    def jac(self, t: float, y: Any, *args: Any) -> Any:
        """The derivative by the state."""
        return self.plan.jac(y, t, *(args or self.planned))

    def jac_dense(self, t: float, y: Any, *args: Any) -> Any:
        """The same for LSODA, which takes no sparse one."""
        return self.plan.jac_dense(y, t, *(args or self.planned))


@dataclass(frozen=True)
class SolveBvp:
    """
    A right-hand side at many points and its Jacobian, as ``solve_bvp`` calls them.

    Parameters
    ----------
    along : Along
        The derivative of ``g(y, x)`` along a direction.
    by_parameters : Jacobian
        That of ``g(p, x, y)`` by p.
    planned : tuple
        Further arguments of f.
    """

    along: Along
    by_parameters: Jacobian
    planned: tuple[Any, ...] = ()

    def fun(self, x: Any, y: Any, *p: Any) -> Any:
        """The right-hand side [n, m] at the points x [m] and y [n, m], and with the parameters p [k]."""
        return self.along.function.f(y, x, *p, *self.planned, **self.along.function.kwargs)

    def fun_jac(self, x: Any, y: Any, *p: Any) -> Any:
        """The derivative [n, n, m] by y, point by point; beside that by p [n, k, m], if there are parameters."""
        x, y = np.array(x), np.asarray(y)
        if y.dtype.kind == "c":
            raise OptionError("y is complex: solve_bvp wants a complex derivative, which fun_jac does not have")
        y = y.astype(float)
        further = (x, *p, *self.planned)  # each entry of y moves at all points at once
        columns = [toward(self.along, unit[:, np.newaxis] + 0 * y)(y, *further) for unit in np.eye(len(y))]
        by_y = np.stack(columns, axis=1)
        return (by_y, np.moveaxis(self.by_parameters(p[0], x, y, *self.planned), -1, 1)) if p else by_y


@dataclass(frozen=True)
class CurveFit:
    """
    A model and its Jacobian, as ``curve_fit`` calls them.

    Parameters
    ----------
    plan : Planned
        Of ``g(params, xdata)``.
    """

    plan: Planned

    def fun(self, xdata: Any, *params: float) -> Any:
        """The model at some data."""
        return self.plan.fun(np.array(params, float), xdata)

    def jac(self, xdata: Any, *params: float) -> Any:
        """The derivative by the parameters, a row for each observation."""
        return self.plan.jac(np.array(params, float), xdata)

    def jac_dense(self, xdata: Any, *params: float) -> Any:
        """The same as an array, if it was planned with ``sparsity=``."""
        return self.plan.jac_dense(np.array(params, float), xdata)
