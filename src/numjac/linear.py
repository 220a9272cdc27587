# SPDX-License-Identifier: BSD-3-Clause
"""The Jacobian as a linear operator: its products with vectors, without the matrix."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from numjac.analytic.chain import Graph
from numjac.analytic.tangents import Rows, rows
from numjac.containers import containers
from numjac.errors import OptionError, TraceError
from numjac.exact import traced
from numjac.formats import EPS
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.points import Point, as_point
from numjac.numeric.proof import Claim, contradiction, random_direction
from numjac.numeric.recall import Recall
from numjac.operators import Caller, Operator
from numjac.options import PlanOptions, documented
from numjac.planned import Along
from numjac.result import Array
from numjac.seeds import SEEDS

__all__ = ["linear_operator"]

Product = Callable[[Array], Array]


@documented
def linear_operator(
    f: Caller, x: npt.ArrayLike, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]
) -> Any:
    """
    The Jacobian of f at x as a SciPy ``LinearOperator``, for solvers that need products only.

    A trace of f is made and proved once; each product runs through it, forward for ``matvec`` and backward for
    ``rmatvec``. If f can not be traced, ``matvec`` is the derivative along a vector, a few evaluations each, and there
    is no ``rmatvec``.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point, real, in any shape.
    {options}

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Of shape ``(f.size, x.size)``, float64, or complex128 if f is complex.

    Raises
    ------
    OptionError
        SciPy is not there, or an option that is for matrices: `wrt`, `sparsity`, `layout`, `full_output`.
    TraceError
        ``method="analytic"``, and f can not be traced; or from ``rmatvec``, if there is none.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    See Also
    --------
    jvp, vjp : One product.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> J = nj.linear_operator(lambda x: x[1:] * x[:-1], [1.0, 2.0, 3.0])
    >>> J.matvec([1.0, 0.0, 0.0])
    array([2., 0.])
    >>> J.rmatvec([1.0, 1.0])
    array([2., 4., 2.])
    """
    for name in ("wrt", "sparsity", "full_output"):
        if options.get(name) is not None and options.get(name) is not False:
            raise OptionError(f"{name}: a linear operator is not made of entries")
    containers()
    from scipy.sparse.linalg import LinearOperator  # type: ignore[import-untyped]

    plan = Along(f, np.zeros(()), **options)
    point = as_point(x)
    evaluator = plan.function.at(point, f0)
    ahead, back = _products(plan, point, evaluator, options)
    shape, kind = (evaluator.value.size, point.array.size), np.result_type(evaluator.value, point.flat)
    return LinearOperator(shape, dtype=kind, matvec=lambda v: ahead(np.reshape(v, (-1, 1)))[:, 0],
                          rmatvec=lambda u: back(np.reshape(u, (-1, 1)))[:, 0], matmat=ahead, rmatmat=back)  # fmt: skip


def _products(plan: Along, point: Point, evaluator: Evaluator, options: PlanOptions) -> tuple[Product, Product]:
    """Products with the matrix, and with its transpose, of vectors side by side."""
    why = f"method={options.get('method')!r} is not 'analytic'"
    if any(way.exact for way in plan.ways):
        try:
            linear = _Traced(_proved(plan.function, point, evaluator, plan), point)
            return linear.ahead, linear.back
        except TraceError as error:
            if len(plan.ways) == 1:
                raise
            why = str(error)

    def ahead(V: Array) -> Array:
        if V.dtype.kind == "c" and not point.is_complex:
            return ahead(V.real) + 1j * ahead(V.imag)
        value = evaluator.value.astype(evaluator.dtype)
        each = [_toward(plan, v.reshape(point.shape))(point.array, f0=value) for v in V.T]
        return np.stack([np.zeros(value.size), *(np.reshape(product, -1) for product in each)], axis=1)[:, 1:]

    def back(U: Array) -> Array:
        raise TraceError(f"products with the transpose need a trace of f: {why}; use a sparse or a dense Jacobian")

    return ahead, back


def _toward(plan: Along, v: Array) -> Along:
    """The same along another vector: what was refused once is not tried again."""
    other = copy(plan)
    other.v = v
    return other


def _proved(function: Function, point: Point, evaluator: Evaluator, plan: Operator) -> Graph:
    """The graph of a trace, held against a difference along a random direction."""
    found, _ = traced(function, point, evaluator.value, plan.attempts)
    graph = found.graph()
    v = random_direction(point, None, plan.wishes)
    product = rows(graph.forward(Rows(v.reshape(1, -1))))[0]
    claim = Claim(v, product, np.abs(product))
    told = contradiction(Recall(evaluator), point, claim, EPS, plan.wishes)
    if told:
        raise TraceError(f"the trace is wrong: {told}")
    return graph


@dataclass(frozen=True)
class _Traced:
    """Products by a trace; vectors are copied, for what does nothing to them hands them on."""

    graph: Graph
    point: Point

    def ahead(self, V: Array) -> Array:
        """J V: each column is a seed."""
        if V.dtype.kind == "c":
            return self.ahead(V.real) + 1j * self.ahead(V.imag)
        return rows(self.graph.forward(Rows(np.array(V.T, np.float64, order="C")))).T

    def back(self, U: Array) -> Array:
        """J' U, with the conjugate of a complex J as SciPy has it."""
        if self.graph.complex:  # no cotangents: the columns of J, block by block
            units = (np.eye(min(SEEDS, self.graph.n - k), self.graph.n, k) for k in range(0, self.graph.n, SEEDS))
            found = [rows(self.graph.forward(Rows(unit))).conj() @ U for unit in units]
            return np.concatenate([np.zeros((0, U.shape[1])), *found])
        if U.dtype.kind == "c":
            return self.back(U.real) + 1j * self.back(U.imag)
        return self.graph.gradient(np.array(U.T, np.float64, order="C")).T
