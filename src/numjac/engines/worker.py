# SPDX-License-Identifier: BSD-3-Clause
"""
What a worker does, in whatever process it lives.

It is handed a function once, keeps it, and evaluates it at rows of points. No exception of f crosses to the caller as
an exception: pools break, or hang, on those that can not be pickled. They travel as plain data.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import traceback
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numjac.errors import NumjacError, WorkerError
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.points import Point
from numjac.result import Array, FloatArray

__all__ = ["Failure", "Outcome", "Task", "begin", "raised", "work"]

# Functions that a worker remembers; and what it says of the place of an evaluation.
KEPT, PLACE = 2, "by a worker"


@dataclass(frozen=True, slots=True)
class Task:
    """
    Points at which a function is to be evaluated.

    Parameters
    ----------
    number : int
        Of the task, counted by who sends it.
    token : str
        Of the function.
    payload : bytes, str or None
        The function as bytes, the name of a file that holds these, or None if the worker gets to know it otherwise.
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
    token: str
    payload: bytes | str | None
    point: Array
    scalar: bool
    value: Array
    imaginary: bool
    X: Array


@dataclass(frozen=True, slots=True)
class Failure:
    """
    An exception as plain data.

    Parameters
    ----------
    row : int
        The point at which it was raised.
    pickled : bytes or None
        The exception, if it comes back from that as it was.
    module, name : str
        Its class.
    args : tuple
        Its arguments, as far as they can be pickled.
    state : dict
        Its attributes, likewise.
    told : str
        Its traceback.
    notes : tuple of str
        What was noted on it.
    """

    row: int
    pickled: bytes | None
    module: str
    name: str
    args: tuple[Any, ...]
    state: dict[str, Any]
    told: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: f in rows, or the first failure; how often f was called, and by which process."""

    number: int
    Y: Array | None
    failure: Failure | None
    calls: int
    process: int


_functions: OrderedDict[str, Function] = OrderedDict()
_alone: list[Any] = []


def begin(token: str, payload: bytes) -> None:
    """
    What a worker of a pool of our own does first: it learns the function, and leaves interrupts to the caller.

    A terminal sends Ctrl-C to all processes; the caller cancels what is left, and a pool whose workers died of it would
    be of no more use. Programs that f starts are interrupted as ever: only what is ignored is inherited.
    """
    signal.signal(signal.SIGINT, lambda *_: None)
    learn(token, payload)


def learn(token: str, payload: bytes) -> None:
    """Keep a function."""
    _functions[token] = pickle.loads(payload)
    while len(_functions) > KEPT:
        _functions.popitem(last=False)


def _function(task: Task, carried: bytes | None) -> Function:
    if task.token not in _functions:
        told = task.payload if carried is None else carried
        if told is None:
            raise WorkerError("a worker was not told the function")
        learn(task.token, Path(told).read_bytes() if isinstance(told, str) else told)
    return _functions[task.token]


def _limit_threads(home: int) -> None:
    """One inner thread for each worker, where somebody can see to that; not in the process of the caller."""
    if _alone or os.getpid() == home:
        return
    _alone.append(None)
    try:
        import threadpoolctl  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return
    _alone.append(threadpoolctl.threadpool_limits(1))


def work(sent: tuple[int, Task], carried: bytes | None = None) -> Outcome:
    """
    Evaluate a function at the points of a task.

    Parameters
    ----------
    sent : tuple of int, Task
        The process of the caller, and the task.
    carried : bytes, optional
        The function, where the engine itself has brought it.
    """
    home, task = sent
    _limit_threads(home)
    row, evaluator, rows = 0, None, []
    try:
        function = _function(task, carried)
        evaluator = _evaluator(function, task)
        step = len(task.X) if function.vectorized else 1
        for row in range(0, len(task.X), step):
            rows.append(evaluator.many(task.X[row : row + step], _nowhere))
    except Exception as error:
        return Outcome(
            task.number, None, _failure(error, row), 0 if evaluator is None else evaluator.calls, os.getpid()
        )
    return Outcome(task.number, np.concatenate(rows), None, evaluator.calls, os.getpid())


def _evaluator(function: Function, task: Task) -> Evaluator:
    point = Point.of(task.point, task.scalar)
    if task.imaginary:
        value: FloatArray = task.value
        return function.beside(point, value)
    return function.at(point, task.value)


def _nowhere(row: int) -> str:
    return PLACE


def _failure(error: Exception, row: int) -> Failure:
    """An exception as plain data."""
    notes = tuple(note for note in getattr(error, "__notes__", ()) if PLACE not in note)
    told = "".join(traceback.format_exception(error))
    if isinstance(error, NumjacError):  # which tell the place themselves; the caller knows it better
        error.args = tuple(a.replace(f" (f was called {PLACE})", "") if isinstance(a, str) else a for a in error.args)
    args = tuple(a if _survives(a) else repr(a) for a in error.args)
    state = {name: a for name, a in vars(error).items() if name != "__notes__" and _survives(a)}
    kind = type(error)
    return Failure(row, _pickled(error), kind.__module__, kind.__qualname__, args, state, told, notes)


def _survives(value: Any) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        return False
    return True


def _pickled(error: Exception) -> bytes | None:
    """The bytes of an exception; None if it does not come back from them."""
    try:
        data = pickle.dumps(error)
        again = pickle.loads(data)
    except Exception:
        return None
    return data if type(again) is type(error) and again.args == error.args else None


def raised(failure: Failure) -> Exception:
    """
    Make the exception of f again.

    Its class is looked up, and its arguments are put in without asking its constructor, which may want others.

    Parameters
    ----------
    failure : Failure
        What came back.
    """
    error = _again(failure)
    error.__notes__ = list(failure.notes)
    return error


def _again(failure: Failure) -> Exception:
    try:
        if failure.pickled is not None:
            error: Exception = pickle.loads(failure.pickled)
            return error
        kind: Any = importlib.import_module(failure.module)
        for name in failure.name.split("."):
            kind = getattr(kind, name)
        error = kind.__new__(kind, *failure.args)
        error.args = failure.args
        vars(error).update(failure.state)
        return error
    except Exception:
        return WorkerError(f"f raised {failure.name}{failure.args}")
