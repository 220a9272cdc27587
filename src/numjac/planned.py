# SPDX-License-Identifier: BSD-3-Clause
"""
What the operators share: a function planned with its options, and the way from a point to a result.

A planned object is read-only after it was made: it can be called from several threads and from within f, and it can be
pickled if f can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.errors import NonFiniteWarning, OptionError, warn
from numjac.layouts import LAYOUTS, check_layout
from numjac.numeric.functions import Function
from numjac.numeric.points import Point, as_point
from numjac.numeric.steps import Wishes
from numjac.options import entries_of, pair_of
from numjac.policy import Answer, Columns, Task, solve, ways_of
from numjac.result import Array, Flag, IntArray, Report

__all__ = ["Caller", "Planned", "Shape"]

Shape = tuple[int, ...]
Caller = Callable[..., Any]

_FLOAT32 = np.dtype(np.float32)


class Planned:
    """What the planned objects share: a function, its options, and the way from a point to a result."""

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
        bounds: Any = (-np.inf, np.inf),
        wrt: npt.ArrayLike | None = None,
        vectorized: bool = False,
        layout: str = "numerator",
        full_output: bool = False,
    ) -> None:
        if not callable(f):
            raise OptionError(f"f is {f!r}, expected something that can be called")
        if abs_step is not None and rel_step is not None:
            raise OptionError("abs_step and rel_step are both given, expected one of them")
        self.function = Function(f, args if isinstance(args, tuple) else (args,), dict(kwargs or {}), vectorized)
        self.wishes = Wishes(abs_step, rel_step, x_scale, pair_of(bounds))
        self.ways = ways_of(method, order, self.wishes)
        self.wrt = wrt
        self.layout = check_layout(layout)
        self.full_output = full_output

    def __repr__(self) -> str:
        name = getattr(self.function.f, "__name__", None) or repr(self.function.f)
        return f"{type(self).__name__}({name}, {' else '.join(map(str, self.ways))})"

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
        answer = self._solve(x, args, kwargs, f0)
        J = self._shaped(answer, answer.estimate.J)
        return (J, self._report(answer)) if self.full_output else J

    def with_value(self, x: npt.ArrayLike, *args: Any, f0: npt.ArrayLike | None = None, **kwargs: Any) -> Any:
        """
        Differentiate at a point, and return f(x) before the derivative; parameters are those of a call.

        Returns
        -------
        tuple
            f(x), the derivative, and a `Report` if planned with ``full_output=True``.
        """
        answer = self._solve(x, args, kwargs, f0)
        J = self._shaped(answer, answer.estimate.J)
        return (_value(answer), J, self._report(answer)) if self.full_output else (_value(answer), J)

    def _solve(self, x: npt.ArrayLike, args: tuple[Any, ...], kwargs: dict[str, Any], f0: npt.ArrayLike | None) -> Answer:
        """From a point to an answer, which is warned of where it is NaN."""
        function = self.function
        if args or kwargs:
            own = function
            function = Function(own.f, args or own.args, {**own.kwargs, **kwargs}, own.vectorized)
        point = as_point(x)
        evaluator = function.at(point, f0)
        answer = solve(self._task(point, evaluator.value.shape), function, evaluator, self.ways, self.full_output)
        if answer.estimate.nonfinite:
            warn(_told(answer), NonFiniteWarning)
        return answer

    def _task(self, point: Point, f_shape: Shape) -> Task:
        """What this operator wants to know; f_shape is looked at before f is called again."""
        return Columns(point, self.wishes, None if self.wrt is None else entries_of(self.wrt, point.shape))

    def _f_shape(self, answer: Answer) -> Shape:
        """The axes of f in the result."""
        shape: Shape = answer.evaluator.value.shape
        return shape

    def _shaped(self, answer: Answer, numbers: Array) -> Any:
        """Numbers of the estimate in the shape, layout and format of the result."""
        f_shape, x_shape = self._f_shape(answer), answer.task.x_shape
        if numbers.shape != f_shape + x_shape:
            numbers = numbers.reshape(f_shape + x_shape)
        if self.layout != "numerator":
            numbers = LAYOUTS[self.layout].of(numbers, f_shape, x_shape)
        if answer.task.point.array.dtype is _FLOAT32 is answer.evaluator.dtype and numbers.dtype.kind == "f":
            numbers = numbers.astype(np.float32)
        return numbers if numbers.ndim else numbers[()]

    def _report(self, answer: Answer) -> Report:
        estimate = answer.estimate
        flags = estimate.entry_flags()
        error = np.full(flags.shape, np.inf) if estimate.error is None else estimate.error
        step = estimate.step.reshape(answer.task.step_shape)
        return Report(
            value=_value(answer),
            error=self._shaped(answer, error),
            method=answer.way.method.name,
            order=answer.way.stencils[0].order,
            reason=answer.reason,
            nfev=answer.nfev,
            step=step if step.ndim else step[()],
            noise=answer.precision,
            flags=self._shaped(answer, flags),
        )


def _value(answer: Answer) -> Any:
    """f(x) in the number format it came in."""
    value, dtype = answer.evaluator.value, answer.evaluator.dtype
    value = value if dtype == object else value.astype(dtype)
    return value if value.ndim else value[()]


def _told(answer: Answer) -> str:
    """Which entries are NaN, and why."""
    J, task = answer.estimate.J, answer.task
    first = np.argwhere(np.isnan(J))[0]
    column = int(first[-1])
    wrt: IntArray | None = getattr(task, "wrt", None)
    entry = column if wrt is None else int(wrt[column])
    flags = answer.estimate.flags
    no_room = flags is not None and flags[min(column, flags.size - 1)] & Flag.NO_ROOM
    why = "its bounds leave it no room to move" if no_room else "f is not finite there"
    return (
        f"{answer.estimate.nonfinite} of {J.size} entries are NaN; "
        f"the first is that of output {first[0]} by {task.variable(entry)}: {why}"
    )
