# SPDX-License-Identifier: BSD-3-Clause
"""The planned objects behind `hessian`, `hvp` and `vjp`: second derivatives, and products with a vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError, ShapeError
from numjac.exact import traced_numbers as traced
from numjac.exact import weighed
from numjac.formats import NARROW
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.outputs import as_numbers
from numjac.numeric.points import Point
from numjac.operators import Caller, Operator
from numjac.options import PlanOptions, documented
from numjac.planned import Gradient, direction_of
from numjac.policy import Problem
from numjac.result import Array, Shape
from numjac.second_tasks import Entire, Product
from numjac.seconds import Bending, Sloping
from numjac.sparse_second import SparseEntire, Symmetric
from numjac.sparse_tasks import own_pattern
from numjac.tasks import Columns, Direction
from numjac.ways import Way, second_ways

__all__ = ["Bent", "Hessian", "Weighed"]


class _Second(Operator):
    """Second derivatives, of f or by its gradient."""

    def __init__(self, f: Caller, gradient: Caller | None, **options: Unpack[PlanOptions]) -> None:
        if gradient is not None and not callable(gradient):
            raise OptionError(f"gradient is {gradient!r}, expected something that can be called")
        self.gradient = gradient
        super().__init__(f, **options)
        if self.layout != "numerator":
            raise OptionError(f"layout={self.layout!r}: second derivatives are laid out f first, then x")
        self.lane, self.repeats = None, False

    def _ways_of(self, method: str, order: int | None) -> tuple[Way, ...]:
        if self.gradient is not None:
            return super()._ways_of(method, order)
        ways = second_ways(method, order, self.wishes)
        if isinstance(self.columns, Symmetric):  # complex arguments need the slopes along all axes, n * n numbers
            ways = tuple(way for way in ways if not way.imaginary)
            if not ways:
                raise OptionError(f"method={method!r}: a sparse Hessian from values of f has 'analytic' and 'adaptive'")
        return ways

    def _problem(self, point: Point, function: Function, evaluator: Evaluator) -> Problem:
        task = self._second(point)
        if self.gradient is None:
            return Bending(task, point, function, evaluator, self.full_output)
        gradient = replace(function, f=self.gradient)
        slopes = gradient.at(point)
        if slopes.value.shape != (expected := evaluator.value.shape + point.shape):
            raise ShapeError(f"gradient returned shape {slopes.value.shape}, expected {expected}, that of f and of x")
        first = Problem(self._first(point), point, gradient, slopes, judge=True)
        entries = task.entries(point)
        rows = np.arange(point.array.size) if entries is None else entries
        return Sloping(task, point, function, evaluator, self.full_output, of_gradient=first, rows=rows)

    def _first(self, point: Point) -> Columns | Direction:
        """What is wanted of the gradient."""
        return self.columns

    def _second(self, point: Point) -> Entire | Product:
        """What is wanted of f."""
        if isinstance(self.columns, Symmetric):
            return SparseEntire(self.wishes, self.columns.wrt, symmetric=self.columns)
        return Entire(self.wishes, self.columns.wrt)

    def _wanted(self, wrt: npt.ArrayLike | None, sparsity: Any) -> Columns:
        return Columns(self.wishes, wrt) if sparsity is None else Symmetric(self.wishes, wrt, own_pattern(sparsity))


@documented
class Hessian(_Second):
    """
    The Hessian of a function, planned for many points.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    gradient : callable, optional
        ``gradient(x, *args, **kwargs)``: the gradient of f, or its Jacobian of shape ``f.shape + x.shape``. The Hessian
        is the Jacobian of it then, by any method.
    {options}

    Raises
    ------
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    See Also
    --------
    hessian : The same for one point.

    Notes
    -----
    Calling it with x returns ``H[i..., j..., k...] = d2f[i...]/dx[j...]dx[k...]`` of shape
    ``f.shape + x.shape + x.shape``, symmetric bit for bit.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> H = nj.Hessian(lambda x: x[0] ** 2 * x[1])
    >>> H([1.0, 2.0]).round(9)
    array([[4., 2.],
           [2., 0.]])
    >>> H
    Hessian(<lambda>, analytic else complex of order 4 else adaptive of order 6)
    """

    def __init__(self, f: Caller, *, gradient: Caller | None = None, **options: Unpack[PlanOptions]) -> None:
        super().__init__(f, gradient, **options)


class Bent(_Second):
    """The Hessian times a vector v."""

    def __init__(
        self, f: Caller, v: npt.ArrayLike, *, gradient: Caller | None = None, **options: Unpack[PlanOptions]
    ) -> None:
        super().__init__(f, gradient, **options)
        self.v = v

    def _first(self, point: Point) -> Columns | Direction:
        return Direction(self.wishes, direction_of(self.v, point))

    def _second(self, point: Point) -> Entire | Product:
        return Product(self.wishes, self.columns.wrt, direction_of(self.v, point))


@dataclass(frozen=True, slots=True)
class Dot:
    """The scalar function sum(u * f(x)), as precise as f is."""

    f: Caller
    u: Array
    vectorized: bool

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        y = self.f(x, *args, **kwargs)
        return weighed(y, self.u) if traced(y) else self.of(y, self.vectorized)

    def rebound_by(self, copy: Callable[[Caller], Caller]) -> Dot:
        """The same function of a copy of f."""
        return replace(self, f=copy(self.f))

    def of(self, y: object, vectorized: bool = False) -> Any:
        """The sum of what f returned."""
        numbers = as_numbers(y)
        shape: Shape = numbers.shape[: numbers.ndim - vectorized]
        if shape != self.u.shape:
            raise ShapeError(f"u has shape {self.u.shape}, expected that of f(x), {shape}")
        u = self.u[..., np.newaxis] if vectorized else self.u
        total = np.sum(u * numbers, axis=tuple(range(self.u.ndim)))
        return (
            total.astype(numbers.dtype) if numbers.dtype in NARROW and total.dtype.kind == numbers.dtype.kind else total
        )


class Weighed(Gradient):
    """The gradient of sum(u * f(x))."""

    def __init__(self, f: Caller, u: npt.ArrayLike, **options: Unpack[PlanOptions]) -> None:
        if not callable(f):
            raise OptionError(f"f is {f!r}, expected something that can be called")
        self.dot = Dot(f, np.array(as_numbers(u, "u is")), bool(options.get("vectorized", False)))
        super().__init__(self.dot, **options)
        if self.layout != "numerator":
            raise OptionError(f"layout={self.layout!r}: a product with a vector is laid out like x")

    def _solve(
        self, x: npt.ArrayLike, args: tuple[Any, ...], kwargs: dict[str, Any], f0: npt.ArrayLike | None
    ) -> tuple[Problem, Estimate]:
        """What is known is f(x), not the sum."""
        return super()._solve(x, args, kwargs, None if f0 is None else self.dot.of(f0))
