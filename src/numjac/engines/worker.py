# SPDX-License-Identifier: BSD-3-Clause
"""What a worker does, in whatever process it lives: it evaluates a function at rows of points."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from numjac.engines.failure import PLACE, Failure, failure_of
from numjac.engines.parcel import Parcel, opened
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.points import Point
from numjac.result import Array, FloatArray

__all__ = ["Outcome", "Task", "one_thread", "work"]


@dataclass(frozen=True, slots=True)
class Task:
    """
    Points at which a function is to be evaluated.

    Parameters
    ----------
    number : int
        Of the task, counted by who sends it.
    home : int
        The process of the caller.
    function, arguments : Parcel
        The function without, and its further arguments.
    narrow : bool
        BLAS is to have one thread.
    point : ndarray
        Where f is to be differentiated.
    scalar : bool
        f is handed NumPy scalars.
    value : ndarray
        f at the point, in its own number format, which the samples are compared with.
    imaginary : bool
        The points are complex ones beside the real axis.
    X : ndarray
        Flattened points in rows.
    """

    number: int
    home: int
    function: Parcel
    arguments: Parcel
    narrow: bool
    point: Array
    scalar: bool
    value: Array
    imaginary: bool
    X: Array


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of a task.

    Parameters
    ----------
    number : int
        Of the task.
    Y : ndarray or None
        f in rows.
    failure : Failure or None
        Or what was raised first.
    calls, points : int
        How often f was called, and at how many points.
    heard : tuple
        Warnings given in another process: text, category, file, line.
    """

    number: int
    Y: Array | None
    failure: Failure | None
    calls: int
    points: int
    heard: tuple[tuple[str, type[Warning], str, int], ...]


_controllers: dict[int, Any] = {}


def one_thread() -> AbstractContextManager[Any]:
    """BLAS and OpenMP with one thread each, where threadpoolctl is there to see to that."""
    loaded = len(sys.modules)
    if loaded not in _controllers:  # a module that has come since may have brought a library
        _controllers.clear()
        _controllers[loaded] = _controller()
    controller = _controllers.get(loaded)
    return nullcontext() if controller is None else controller.limit(limits=1)


def _controller() -> Any:
    try:
        import threadpoolctl  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return None
    return threadpoolctl.ThreadpoolController()


def work(task: Task, brought: dict[str, bytes] | None = None) -> Outcome:
    """
    Evaluate a function at the points of a task.

    Parameters
    ----------
    task : Task
        What to do.
    brought : dict, optional
        Large parcels that the engine itself has brought, by their tokens.
    """
    if os.getpid() == task.home:
        return _evaluated(task, brought or {}, Exception, ())
    with warnings.catch_warnings(record=True, action="always") as heard:
        return _evaluated(task, brought or {}, BaseException, heard)


def _evaluated(task: Task, brought: dict[str, bytes], caught: Any, heard: Any) -> Outcome:
    """The same; in another process what ends it is caught too, for it is the caller that is to be ended."""
    row, evaluator, rows = -1, None, []
    try:
        function: Function = opened(task.function, brought)
        args, kwargs = opened(task.arguments, brought)
        function = function.with_arguments(args, kwargs)
        with one_thread() if task.narrow else nullcontext():
            evaluator = _evaluator(function, task)
            step = len(task.X) if function.vectorized else 1
            for row in range(0, len(task.X), step):
                rows.append(evaluator.many(task.X[row : row + step], _nowhere))
    except caught as error:
        return Outcome(task.number, None, failure_of(error, row), *_counts(evaluator), _once(heard))
    return Outcome(task.number, np.concatenate(rows), None, *_counts(evaluator), _once(heard))


def _counts(evaluator: Any) -> tuple[int, int]:
    """Calls of f, and points."""
    calls = 0 if evaluator is None else int(evaluator.calls)
    return calls, int(getattr(evaluator, "points", calls))


def _once(heard: Any) -> Any:
    """Each warning once, as plain data."""
    told = ((str(w.message), w.category, w.filename, w.lineno) for w in heard)
    return tuple(dict.fromkeys(told))


def _evaluator(function: Function, task: Task) -> Evaluator:
    point = Point.of(task.point, task.scalar)
    if task.imaginary:
        value: FloatArray = task.value
        return function.beside(point, value)
    return function.at(point, task.value)


def _nowhere(row: int) -> str:
    return PLACE
