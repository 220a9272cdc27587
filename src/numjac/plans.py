# SPDX-License-Identifier: BSD-3-Clause
"""
One object for a solver: a function, its derivatives, and what they share.

Solvers ask for f and its derivatives at the same points, each by a callable of its own. A memo of the last few points
serves both: f(x) is not evaluated again where the Jacobian needs it, nor the Jacobian where it is asked for twice.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self, Unpack

import numpy as np
import numpy.typing as npt

from numjac.adapters import Behind, CurveFit, Listed, SolveBvp, SolveIvp, Turned, toward
from numjac.consumers import refuse_row, refuse_sparse, refuse_sparse_hessian
from numjac.curved import Bent, Hessian
from numjac.errors import OptionError
from numjac.linear import linear_operator
from numjac.memo import Memo, copied, key_of
from numjac.numeric.pattern import is_sparse
from numjac.numeric.points import as_point
from numjac.operators import Caller, Operator
from numjac.options import PlanOptions, documented
from numjac.planned import Along, Gradient, Jacobian

__all__ = ["Plan", "plan"]

# Options that second derivatives do not know, and the methods that they share.
FIRST_ONLY = ("order", "abs_step", "rel_step", "layout", "sparsity", "wrt")
SECOND = ("auto", "analytic", "complex", "adaptive")


class Plan:
    """A function with its derivatives, see `plan`, which makes it."""

    def __init__(
        self,
        f: Caller,
        *,
        gradient: Caller | None = None,
        hess_sparsity: Any = None,
        memo: bool = True,
        **options: Unpack[PlanOptions],
    ) -> None:
        if options.get("full_output"):
            raise OptionError("full_output: a solver takes derivatives alone; use numjac.Jacobian for reports")
        self.f, self.options = f, options
        self.gradient, self.hess_sparsity = gradient, hess_sparsity
        self.columns = Jacobian(f, **options)
        if self.columns.function.spread is not None:  # all derivatives are evaluated by the same workers
            self.options = {**options, "workers": self.columns.function.spread.engine}
        self.memo = Memo() if memo else None
        self.settled = False  # whether f was seen to return the same twice

    def __repr__(self) -> str:
        kept = "no memo" if self.memo is None else f"memo of {self.memo.points} points"
        return f"Plan({self.columns!r}, {kept})"

    def close(self) -> None:
        """End the processes that ``workers=`` has started; leaving a ``with`` block does the same."""
        self.columns.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---------------------------------------------------------------------------------------------------- the function

    def fun(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        Evaluate f.

        Parameters
        ----------
        x : array_like
            The point.
        *args
            Further arguments of f, instead of those it was planned with.

        Returns
        -------
        ndarray or scalar
            f(x), of its own.
        """
        point = as_point(x)
        key = self._key(point.array, args)
        known = None if key is None or self.memo is None else self.memo.get(key, "fun")
        if known is None:
            known = self._called(point.array, args)
            self._settle(known, point.array, args)
            self._keep(key, "fun", known)
        return copied(known)

    def _called(self, x: npt.NDArray[Any], args: tuple[Any, ...]) -> Any:
        """What f returns, as a copy."""
        of = self.columns.function.with_arguments(args, {})
        if of.vectorized:  # it is handed points side by side, of which there is one
            return np.array(np.asarray(of.f(x[..., np.newaxis].copy(), *of.args, **of.kwargs))[..., 0])
        y = of.f(x.copy() if x.ndim else x[()], *of.args, **of.kwargs)
        return np.array(y) if np.ndim(y) or isinstance(y, np.ndarray) else y  # type: ignore[arg-type]

    def _settle(self, value: Any, x: npt.NDArray[Any], args: tuple[Any, ...]) -> None:
        """Of the first point: f is called again, and nothing is remembered of one that returns something else."""
        if self.settled or self.memo is None:
            return
        again = np.asarray(self._called(x, args))
        if np.asarray(value).tobytes() != again.tobytes():
            self.memo = None
        self.settled = True

    def _key(self, x: npt.NDArray[Any], args: tuple[Any, ...]) -> Any:
        """Arguments that were planned may be written to as well."""
        if self.memo is None:
            return None
        of = self.columns.function.with_arguments(args, {})
        return key_of(x, (*of.args, *of.kwargs, *of.kwargs.values()))

    def _keep(self, key: Any, name: str, value: Any) -> None:
        if key is not None and self.memo is not None:
            self.memo.put(key, name, value)

    # ----------------------------------------------------------------------------------------------- first derivatives

    def jac(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        Differentiate f by all entries of x.

        Parameters
        ----------
        x : array_like
            The point.
        *args
            Further arguments of f, instead of those it was planned with.

        Returns
        -------
        ndarray or sparse array
            Of shape ``f.shape + x.shape``, sparse if it was planned with ``sparsity=``.

        Raises
        ------
        OptionError
            The solver that asks takes no sparse Jacobian, or no gradient of two axes; the message says who does.
        """
        J = self._derivative("jac", self.columns, x, args)
        if is_sparse(J):
            refuse_sparse()
        elif np.ndim(J) == 2 and len(J) == 1:
            refuse_row()
        return J

    def jac_dense(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        Differentiate f by all entries of x, for solvers that take no sparse Jacobian.

        Parameters
        ----------
        x, *args
            As of `jac`.

        Returns
        -------
        ndarray
        """
        J = self._derivative("jac", self.columns, x, args)
        return J.toarray() if is_sparse(J) else J

    def grad(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        Differentiate a scalar f.

        Parameters
        ----------
        x, *args
            As of `jac`.

        Returns
        -------
        ndarray
            Of the shape of x.
        """
        return self._derivative("grad", self._gradient, x, args)

    def fun_and_jac(self, x: npt.ArrayLike, *args: Any) -> tuple[Any, Any]:
        """
        Evaluate f and differentiate it: what ``minimize(jac=True)`` takes, if f is scalar.

        Parameters
        ----------
        x, *args
            As of `jac`.

        Returns
        -------
        tuple
            f(x), and its gradient or its Jacobian.
        """
        value = self.fun(x, *args)
        return value, self.grad(x, *args) if np.size(value) == 1 else self.jac(x, *args)

    @cached_property
    def _gradient(self) -> Gradient:
        return Gradient(self.f, **{**self.options, "sparsity": None})  # type: ignore[arg-type]

    def _derivative(self, name: str, operator: Operator, x: npt.ArrayLike, args: tuple[Any, ...]) -> Any:
        """A derivative that is known, or one that is found from f(x) if that is known."""
        point = as_point(x)
        key = self._key(point.array, args)
        known = None if key is None or self.memo is None else self.memo.get(key, name)
        if known is None:
            if key is not None and not self.settled:
                self.fun(x, *args)
                key = self._key(point.array, args)
            value = None if key is None or self.memo is None else self.memo.get(key, "fun")
            if operator.repeats and not args:  # a trace that was proved before needs no value
                known = operator(point.array)
            else:
                value, known = operator.with_value(point.array, *args, f0=value)
                self._keep(key, "fun", value)
            self._keep(key, name, known)
        return copied(known)

    # ---------------------------------------------------------------------------------------------- second derivatives

    @property
    def _second(self) -> dict[str, Any]:
        """The options that second derivatives know."""
        options = {name: value for name, value in self.options.items() if name not in FIRST_ONLY}
        known = self.gradient is not None or options.get("method") in SECOND
        return options if known else {**options, "method": "auto"}

    @cached_property
    def _curved(self) -> Hessian:
        return Hessian(self.f, gradient=self.gradient, sparsity=self.hess_sparsity, **self._second)

    @cached_property
    def _bent(self) -> Bent:
        return Bent(self.f, np.zeros(()), gradient=self.gradient, **self._second)

    def _whole(self, name: str) -> None:
        """Raise where some columns were asked for, of which this has none: it would not go with jac."""
        if self.options.get("wrt") is not None:
            raise OptionError(f"wrt: it chooses columns of jac and grad, and {name} has all entries of x")

    def hess(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        Differentiate f twice.

        Parameters
        ----------
        x, *args
            As of `jac`.

        Returns
        -------
        ndarray or sparse array
            Of shape ``f.shape + x.shape + x.shape``, sparse if it was planned with ``hess_sparsity=``.

        Raises
        ------
        OptionError
            The solver that asks takes no sparse Hessian; the message says who does.
        """
        self._whole("hess")
        H = self._derivative("hess", self._curved, x, args)
        if is_sparse(H):
            refuse_sparse_hessian()
        return H

    def hessp(self, x: npt.ArrayLike, p: npt.ArrayLike, *args: Any) -> Any:
        """
        Multiply the second derivatives of f with a vector.

        Parameters
        ----------
        x : array_like
            The point.
        p : array_like
            The vector, shaped like x.
        *args
            Further arguments of f.

        Returns
        -------
        ndarray
            Of shape ``f.shape + x.shape``.
        """
        self._whole("hessp")
        return toward(self._bent, np.asarray(p))(as_point(x).array, *args)

    def linear_operator(self, x: npt.ArrayLike, *args: Any) -> Any:
        """
        The Jacobian for solvers that need products only.

        Parameters
        ----------
        x, *args
            As of `jac`.

        Returns
        -------
        scipy.sparse.linalg.LinearOperator
        """
        self._whole("linear_operator")
        options = {**self.options, "sparsity": None}
        if args:
            options["args"] = args
        return linear_operator(self.f, as_point(x).array, **options)  # type: ignore[arg-type]

    # --------------------------------------------------------------------------------------------------------- adapters

    @property
    def _planned(self) -> tuple[Any, ...]:
        """Further arguments of f, which come behind those that a solver hands over."""
        return tuple(self.options.get("args", ()))

    def for_solve_ivp(self) -> SolveIvp:
        """
        Make what ``scipy.integrate.solve_ivp`` takes of ``f(t, y)``.

        Returns
        -------
        SolveIvp
            With ``fun(t, y)`` and ``jac(t, y)``, the derivative by y.
        """
        return SolveIvp(Plan(Turned(self.f), memo=self.memo is not None, **self.options), self._planned)

    def for_solve_bvp(self) -> SolveBvp:
        """
        Make what ``scipy.integrate.solve_bvp`` takes of ``f(x, y)``, which is called with many points side by side.

        Returns
        -------
        SolveBvp
            With ``fun(x, y)`` and ``fun_jac(x, y)``, the derivative by y; or with ``fun(x, y, p)`` and
            ``fun_jac(x, y, p)``, a pair of those by y and by p.
        """
        options = {name: value for name, value in self.options.items() if name not in ("sparsity", "wrt")}
        along = Along(Turned(self.f), np.zeros(()), **options)  # type: ignore[arg-type]
        return SolveBvp(along, Jacobian(Behind(self.f), **options), self._planned)  # type: ignore[arg-type]

    def for_curve_fit(self) -> CurveFit:
        """
        Make what ``scipy.optimize.curve_fit`` takes of ``f(xdata, *params)``.

        Returns
        -------
        CurveFit
            With ``fun(xdata, *params)`` and ``jac(xdata, *params)``, the derivative by the parameters. SciPy can not
            see how many there are: it is to be told p0.

        Raises
        ------
        OptionError
            There are planned ``args``, which stand where the parameters are.
        """
        if self._planned:
            raise OptionError("args: the arguments of a model behind xdata are its parameters; use kwargs")
        return CurveFit(Plan(Listed(self.f), memo=self.memo is not None, **self.options))


@documented
def plan(
    f: Caller,
    *,
    gradient: Caller | None = None,
    hess_sparsity: Any = None,
    memo: bool = True,
    **options: Unpack[PlanOptions],
) -> Plan:
    """
    One object with all that a solver may ask of f, whose parts share their evaluations.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    gradient : callable, optional
        The gradient of f, for its second derivatives.
    hess_sparsity : None, "detect" or pattern, optional
        The pattern of the Hessian, as `sparsity` is that of the Jacobian.
    memo : bool, default True
        Remember the last three points. It is off for an f that returns something else when it is called again at the
        first point, and it must be for one that depends on what changes from outside.
    {options}

    Returns
    -------
    Plan
        With ``fun``, ``jac``, ``jac_dense``, ``grad``, ``fun_and_jac``, ``hess``, ``hessp``, ``linear_operator``, and
        the adapters ``for_solve_ivp()``, ``for_solve_bvp()``, ``for_curve_fit()``. It may be used from several threads,
        and is pickled if f can be.

    Raises
    ------
    OptionError
        An option that makes no sense, or ``full_output=True``.

    See Also
    --------
    Jacobian, Gradient, Hessian : One derivative, with reports.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> p = nj.plan(lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]]))
    >>> p.fun([2.0, 1.0])
    array([-30.,  -1.])
    >>> p.jac([2.0, 1.0])                                              # f is not called for its value again
    array([[-40.,  10.],
           [ -1.,   0.]])
    >>> decay = nj.plan(lambda t, y: -t * y).for_solve_ivp()
    >>> decay.jac(2.0, np.array([1.0, 3.0]))
    array([[-2.,  0.],
           [ 0., -2.]])
    """
    return Plan(f, gradient=gradient, hess_sparsity=hess_sparsity, memo=memo, **options)
