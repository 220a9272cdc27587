# SPDX-License-Identifier: BSD-3-Clause
"""
What the differential operators share: a function with its options, and the way from a point to a result.

An operator is read-only after it was made: it can be called from several threads and from within f, and it can be
pickled if f can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt

import numjac._core as _core
from numjac.containers import check_container, container, is_sparse
from numjac.engines.crowd import Spread
from numjac.engines.engine import engine_of
from numjac.errors import NonFiniteWarning, OptionError, PatternError, StepError, warn
from numjac.exact import Quick, quick
from numjac.findings import tell, told_nonfinite
from numjac.formats import EPS, FLOAT64
from numjac.layouts import LAYOUTS, check_layout, convert
from numjac.native.function import Compiled
from numjac.native.threads import workers_of
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.outputs import as_numbers
from numjac.numeric.points import Point, as_point, moved, name_of
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import Wishes, precision_of
from numjac.options import UNBOUNDED, number_of, pair_of
from numjac.policy import Problem
from numjac.result import Array, Report, Shape
from numjac.sparse_tasks import Sparse, own_pattern
from numjac.tasks import Columns, Task
from numjac.ways import ANALYTIC, Way, ways_of

__all__ = ["Caller", "Operator"]

Caller = Callable[..., Any]

# How often a pattern that was found is completed at one point, at most.
TRIALS = 3


class Operator:
    """A function with its options, to be differentiated at any number of points."""

    squares = False  # a vector by a vector is a matrix, whatever their sizes

    def __init__(
        self,
        f: Caller,
        *,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        method: str = "auto",
        order: int | None = None,
        abs_step: npt.ArrayLike | None = None,
        rel_step: npt.ArrayLike | None = None,
        x_scale: npt.ArrayLike | None = None,
        bounds: Any = UNBOUNDED,
        noise: float | None = None,
        rtol: float | None = None,
        wrt: npt.ArrayLike | None = None,
        sparsity: Any = None,
        format: str = "csr",  # noqa: A002  # SciPy's word
        rebind: bool = True,
        workers: Any = None,
        vectorized: bool = False,
        layout: str = "numerator",
        full_output: bool = False,
    ) -> None:
        if not callable(f):
            raise OptionError(f"f is {f!r}, expected something that can be called")
        if kwargs is not None and not isinstance(kwargs, Mapping):
            raise OptionError(f"kwargs is {kwargs!r}, expected a dictionary")
        if abs_step is not None and rel_step is not None:
            raise OptionError("abs_step and rel_step are both given, expected one of them")
        args = args if isinstance(args, tuple) else (args,)
        threads, spread = (workers_of(workers), None) if isinstance(f, Compiled) else (None, spread_of(workers))
        self.function = Function(f, args, dict(kwargs or {}), vectorized, threads, spread)
        self.compiled = _is_compiled(self.function)
        self.wishes = Wishes(
            abs_step, rel_step, x_scale, pair_of(bounds), number_of(noise, "noise"), number_of(rtol, "rtol")
        )
        self.sparse = sparsity is not None
        self.columns = self._wanted(wrt, sparsity)
        self.ways = self._traceable(self._ways_of(method, order))
        self.layout, self.format = check_layout(layout), check_container(format)
        self.full_output = full_output
        self.refused: dict[tuple[np.dtype[Any], Shape], dict[str, str]] = {}  # why some ways are not tried again
        unguided = not self.wishes.given and x_scale is None and self.wishes.bounds is None and noise is None
        plain = unguided and wrt is None and not vectorized and not full_output and layout == "numerator"
        self.lane = self._lane() if plain and not self.sparse and spread is None else None
        self.verified = self._quick("A") if ANALYTIC in self.ways else None
        self.repeats = plain and self.verified is not None
        self.attempts = "AC" if rebind else "A"

    def _wanted(self, wrt: npt.ArrayLike | None, sparsity: Any) -> Columns:
        """The columns to find, all of them or those at the entries of a pattern."""
        return Columns(self.wishes, wrt) if sparsity is None else Sparse(self.wishes, wrt, own_pattern(sparsity))

    def _traceable(self, ways: tuple[Way, ...]) -> tuple[Way, ...]:
        """The ways without a trace where f can not be traced."""
        if self.compiled or (self.function.vectorized and len(ways) > 1):  # many points are not what a trace is of
            ways = tuple(way for way in ways if way is not ANALYTIC)
        if not ways:
            raise OptionError("method='analytic': a compiled f can not be traced")
        return ways

    def __getstate__(self) -> dict[str, Any]:
        """What was verified in this process is not pickled."""
        return self.__dict__ | {"verified": None, "repeats": False}

    def close(self) -> None:
        """
        End the processes that ``workers=`` has started for this object, after what they have begun.

        The next call starts new ones. Leaving a ``with`` block does the same; executors of the user stay as they are.
        """
        if self.function.spread is not None:
            self.function.spread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _quick(self, attempt: str) -> Quick | None:
        """What remembers the traces that were verified."""
        columns = self.columns
        entries = partial(columns.contained, self.format) if isinstance(columns, Sparse) else None
        return quick(self.function, entries=entries, attempt=attempt)

    def _remember(self, attempt: str) -> None:
        """Which attempt at a trace succeeds, so that it is the only one from now on."""
        self.attempts = attempt
        if attempt != "A" and self.verified is not None:
            known = self.verified.known
            self.verified = self._quick(attempt)
            if self.verified is not None:
                self.verified.known.update(known)

    def _ways_of(self, method: str, order: int | None) -> tuple[Way, ...]:
        """The ways to what this operator wants."""
        return ways_of(method, order, self.wishes)

    def _lane(self) -> Stencil | None:
        """The one stencil of a method that needs neither a proof nor a way to fall back on."""
        alone = len(self.ways) == 1 and bool(self.ways[0].stencils) and not self.ways[0].imaginary
        return self.ways[0].stencils[0] if alone else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name()}, {' else '.join(map(str, self.ways))})"

    def _name(self) -> str:
        return getattr(self.function.f, "__name__", None) or repr(self.function.f)

    def __call__(self, x: npt.ArrayLike, *args: Any, f0: npt.ArrayLike | None = None, **kwargs: Any) -> Any:
        """
        Differentiate at a point.

        Parameters
        ----------
        x : array_like
            The point.
        *args, **kwargs
            Arguments of f, instead of those it was planned with.
        f0 : array_like, optional
            f(x), if it is known.

        Returns
        -------
        ndarray or scalar
            The derivative; a pair of it and a `Report` if planned with ``full_output=True``.
        """
        if self.lane is not None and f0 is None and not args and not kwargs:
            J = self._in_one_go(self.lane, x)
            if J is not None:
                return J
        if self.repeats and f0 is None and not args and not kwargs:
            J = self._again(x)
            if J is not None:
                return J
        problem, estimate = self._solve(x, args, kwargs, f0)
        J = self._shaped(problem, estimate, estimate.J)
        return (J, self._report(problem, estimate)) if self.full_output else J

    def _again(self, x: npt.ArrayLike) -> Array | None:
        """The Jacobian where the trace of f is one that was verified before; None where there is more to do."""
        found = self.verified(x) if self.verified is not None else None
        if found is None:
            return None
        J: Array
        J, value = found
        if self.sparse:
            return J
        x_shape: Shape = x.shape  # type: ignore[union-attr]  # what is traced again is an array
        if value.ndim == len(x_shape) == 1 and self.squares:
            return J
        self._accept(value.shape, x_shape)
        shape = self._f_shape(value) + x_shape
        J = J.reshape(shape)
        if J.ndim == 2:
            J = np.asfortranarray(J)
        return J if shape else J[()]

    def _in_one_go(self, stencil: Stencil, x: npt.ArrayLike) -> Array | None:
        """
        The Jacobian where there is nothing but a plain x to choose the nodes by; None where there is more.

        The same samples, summed in the same order, as on the general way: it saves a few microseconds of Python
        objects, no evaluation and no bit.
        """
        f = self.function
        try:
            if isinstance(f.f, Compiled):
                swept = f.f.columns(x, f.workers, moved, self._accept, stencil.table, stencil.relative_step(EPS))
            else:
                swept = _core.plain(
                    f.f, f.args, f.kwargs, x, as_numbers, moved, self._accept, stencil.table,
                    stencil.relative_step(EPS), self._coarser_step,
                )  # fmt: skip
        except StepError as error:
            of_f = hasattr(error, "__notes__")
            if of_f or not error.overflow:
                raise
            return None  # near the end of the number range, for which the general way has bounds
        if swept is None:
            return None
        J, value, nonfinite = swept
        x_shape: Shape = x.shape  # type: ignore[union-attr]  # what is plain is an array
        if nonfinite:
            told = told_nonfinite(np.isnan(J), None, lambda column: name_of(column, x_shape))
            warn(told, NonFiniteWarning)
        shape = self._f_shape(value) + x_shape
        if J.shape != shape:
            J = J.reshape(shape)
            if J.ndim == 2:
                J = np.asfortranarray(J)
        return J if shape else J[()]

    def _coarser_step(self, dtype: np.dtype[Any]) -> float:
        """The step, in units of a float64 x, for an f that returns this dtype."""
        return self.ways[0].stencils[0].relative_step(precision_of(FLOAT64, dtype))

    def with_value(self, x: npt.ArrayLike, *args: Any, f0: npt.ArrayLike | None = None, **kwargs: Any) -> Any:
        """
        Differentiate at a point, and return f(x) before the derivative; parameters are those of a call.

        Returns
        -------
        tuple
            f(x), the derivative, and a `Report` if planned with ``full_output=True``.
        """
        problem, estimate = self._solve(x, args, kwargs, f0)
        value, J = _value(problem), self._shaped(problem, estimate, estimate.J)
        return (value, J, self._report(problem, estimate)) if self.full_output else (value, J)

    def _solve(
        self, x: npt.ArrayLike, args: tuple[Any, ...], kwargs: dict[str, Any], f0: npt.ArrayLike | None
    ) -> tuple[Problem, Estimate]:
        """From a point to an estimate; a warning tells where it is NaN."""
        function = self.function
        if args or kwargs:
            function = function.with_arguments(args, kwargs)
        point = as_point(x)
        evaluator = function.at(point, f0)
        self._accept(evaluator.value.shape, point.shape)
        kind = (point.array.dtype, point.shape)
        known = self.refused.get(kind, {})
        problem, estimate = self._tried(point, function, evaluator, known)
        if problem.refused:
            again = {name: f"{reason} (found at another x)" for name, reason in problem.refused.items()}
            self.refused[kind] = known | again
            self.repeats = self.repeats and "analytic" not in problem.refused
        if problem.trace is not None and problem.trace.attempt != self.attempts and function is self.function:
            self._remember(problem.trace.attempt)
        tell(estimate, partial(problem.task.variable, point), self.wishes.rtol)
        return problem, estimate

    def _tried(
        self, point: Point, function: Function, evaluator: Evaluator, known: dict[str, str], trials: int = TRIALS
    ) -> tuple[Problem, Estimate]:
        """By the ways that are not known to be refused; again where a pattern that was found turns out to be poor."""
        problem = self._problem(point, function, evaluator)
        problem.verified = self.verified if function is self.function else None
        problem.attempts = self.attempts
        problem.reasons += known.values()
        try:
            return problem, problem.solve([way for way in self.ways if way.name not in known])
        except PatternError as error:
            if trials and isinstance(self.columns, Sparse) and self.columns.detects:
                self.columns.remember(point, error.pattern)
                return self._tried(point, function, evaluator, known, trials - 1)
            raise

    def _accept(self, f_shape: Shape, x_shape: Shape) -> None:
        """Look at the shape of f(x) before f is called again; raise if this operator can not make use of it."""

    def _problem(self, point: Point, function: Function, evaluator: Evaluator) -> Problem:
        """What this operator wants to know of a function at a point."""
        return Problem(self._task(point), point, function, evaluator, self.full_output)

    def _task(self, point: Point) -> Task:
        """What this operator wants to know at a point."""
        return self.columns

    def _f_shape(self, value: Array) -> Shape:
        """The axes of f in the result."""
        return value.shape

    def _shaped(self, problem: Problem, estimate: Estimate, numbers: Any) -> Any:
        """Numbers of an estimate in the shape, layout and format of the result."""
        f_shape, x_shape = self._f_shape(problem.evaluator.value), problem.task.x_shape(problem.point)
        narrow = problem.point.narrow and problem.single
        if estimate.pattern is not None or is_sparse(numbers):
            if estimate.pattern is not None:
                numbers = numbers.astype(np.float32) if narrow and numbers.dtype.kind == "f" else numbers
                numbers = container(estimate.pattern, numbers, self.format)
            if is_sparse(numbers) and self.layout != "numerator":
                numbers = convert(numbers, f_shape, x_shape, "numerator", self.layout)
            return numbers.asformat(self.format) if is_sparse(numbers) else numbers
        if numbers.shape != (shape := f_shape + x_shape):
            numbers = numbers.reshape(shape)
        if self.layout != "numerator":
            numbers = LAYOUTS[self.layout].of(numbers, f_shape, x_shape)
        if narrow and numbers.dtype.kind == "f":
            numbers = numbers.astype(np.float32)
        if numbers.ndim == 2:
            numbers = np.asfortranarray(numbers)
        return numbers if numbers.ndim else numbers[()]

    def _report(self, problem: Problem, estimate: Estimate) -> Report:
        J: Any = estimate.J
        flags = np.zeros(J.nnz, np.uint16) if is_sparse(J) else estimate.entry_flags()
        error = np.full(flags.shape, np.inf) if estimate.error is None else estimate.error
        step = estimate.step.reshape(problem.task.step_shape(problem.point))
        assert problem.way is not None
        return Report(
            value=_value(problem),
            error=self._shaped(problem, estimate, error),
            method=problem.way.name,
            order=problem.way.order,
            reason=problem.reason,
            nfev=problem.nfev,
            step=step if step.ndim else step[()],
            noise=_noise(problem),
            flags=self._shaped(problem, estimate, flags),
            kinks=tuple(estimate.kinks),
            trace=problem.trace if problem.way.exact else None,
        )


def _is_compiled(function: Function) -> bool:
    """Whether f is a compiled function; an OptionError if it is told what only others understand."""
    if not isinstance(function.f, Compiled):
        return False
    if function.args or function.kwargs or function.vectorized:
        raise OptionError("args, kwargs and vectorized are for functions of Python; a compiled f is handed data=")
    return True


def spread_of(workers: Any) -> Spread | None:
    """What shares out the evaluations of a Python function, if anything does."""
    engine = engine_of(workers)
    return None if engine is None else Spread(engine)


def _value(problem: Problem) -> Any:
    """f(x) in the number format it came in."""
    value: Array = problem.evaluator.value.astype(problem.evaluator.dtype)
    return value if value.ndim else value[()]


def _noise(problem: Problem) -> Any:
    """The size of the errors of f, shaped like f(x)."""
    value = problem.evaluator.value
    if problem.noise is None:
        noise = np.abs(value) * (problem.precision / 2)
    else:
        parts = problem.noise.size // value.size if value.size else 1
        noise = np.max(problem.noise.reshape(*value.shape, parts), axis=-1)
        noise = np.maximum(noise, np.abs(value) * (problem.format_precision / 2))
    return noise if noise.ndim else noise[()]
