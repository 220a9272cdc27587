# SPDX-License-Identifier: BSD-3-Clause
"""An evaluator whose points are evaluated by an engine, each result at its place: the bits are those of one process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from numjac.engines.engine import Engine
from numjac.engines.failure import raised
from numjac.engines.worker import Outcome, Task, one_thread
from numjac.errors import OptionError, locate
from numjac.numeric.functions import Batch, Evaluator, Function
from numjac.numeric.points import Point
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Crowd", "Spread"]


@dataclass(frozen=True)
class Spread:
    """
    What a function is told of its engine.

    Parameters
    ----------
    engine : Engine
        Who evaluates.
    """

    engine: Engine

    def around(self, function: Function, point: Point, alone: Evaluator, real: FloatArray | None = None) -> Evaluator:
        """The evaluator that shares out what the one of this process would do alone."""
        return Crowd(self.engine, function, point, alone, real)

    def close(self) -> None:
        """End the processes that were started for this."""
        self.engine.close()


class Crowd(Batch):
    """
    A Python function, evaluated at many points at once by many workers.

    Parameters
    ----------
    engine : Engine
        Who evaluates.
    function : Function
        What.
    point : Point
        The point of differentiation.
    alone : Evaluator
        The function at the point, in this process.
    real : ndarray, optional
        f at the real part of a complex `point`, for the complex step.
    """

    def __init__(
        self, engine: Engine, function: Function, point: Point, alone: Evaluator, real: FloatArray | None = None
    ) -> None:
        super().__init__(function, point, real)
        self.engine, self.alone, self.calls_away, self.points_away = engine, alone, 0, 0
        self.seconds = 0.0  # of one evaluation, once there was one here
        self._follow()

    def _follow(self) -> None:
        """What the evaluator of this process knows is known here; calls are those of all processes."""
        if not self.imaginary and getattr(self.alone, "value", None) is not None:
            self.value, self.dtype = self.alone.value, self.alone.dtype
        self.calls = self.alone.calls + self.calls_away
        self.points = int(getattr(self.alone, "points", self.alone.calls)) + self.points_away

    def _narrow(self) -> AbstractContextManager[Any]:
        """As it is with workers: sums of BLAS depend on its threads, and differences on the last bits of sums."""
        return nullcontext() if self.engine.inside else one_thread()

    def know(self, y: Array) -> None:
        """Take y for f(x): it is copied."""
        self.alone.know(y)
        self._follow()

    def evaluate(self) -> None:
        """Call f at the point, in this process."""
        with self._narrow():
            begun = perf_counter()
            self.alone.evaluate()
            self.seconds = perf_counter() - begun
        self._follow()

    def many(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at the points in the rows of X, flattened, in rows; a single one in this process."""
        return self.rows(X, where) if len(X) > 1 else self._here(X, where)

    def _here(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at points, in this process."""
        with self._narrow():
            begun = perf_counter()
            Y = self.alone.many(X, where)
            self.seconds = (perf_counter() - begun) / max(1, len(X))
        self.drift = max(self.drift, self.alone.drift)
        self._follow()
        return Y

    def rows(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at points, by all workers where that pays."""
        if self.engine.auto and not self.seconds and len(X) > 1:  # one alone tells how long one takes
            return np.concatenate([self._here(X[:1], where), self.rows(X[1:], lambda row: where(row + 1))])
        return self._away(X, where) if self.engine.pays(len(X), self.seconds) else self._here(X, where)

    def _away(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at points, block by block, each block at its place."""
        try:
            function, arguments = self.engine.parcels_of(self.function)
        except OptionError:  # it can not be sent, which "auto" does not insist on
            if self.engine.auto:
                return self._here(X, where)
            raise
        blocks = self.engine.blocks(len(X), self.seconds)
        home = self.point.array.real.copy() if self.imaginary else self.point.array
        told = self.value if self.imaginary else self.value.astype(self.dtype)
        start = (
            os.getpid(),
            function,
            arguments,
            not self.engine.inside,
            home,
            self.point.scalar,
            told,
            self.imaginary,
        )
        tasks = [Task(number, *start, np.ascontiguousarray(X[block])) for number, block in enumerate(blocks)]

        def out(number: int) -> str:
            return f"while {len(X[blocks[number]])} points were out, the first of them {where(blocks[number].start)}"

        kind = np.complex128 if self.imaginary or self.value.dtype.kind == "c" else np.float64
        Y = np.empty((len(X), self.value.size), kind)
        for block, found in zip(blocks, self.engine.run(tasks, out), strict=True):
            Y[block] = self._taken(found, block.start, where)
        self._follow()
        if self.imaginary:
            self.watch(Y.T.reshape(*self.value.shape, len(X)))
        return Y

    def _taken(self, found: Outcome, first: int, where: Callable[[int], str]) -> Array:
        """The samples of a block, or the exception of f with its place."""
        self.calls_away += found.calls
        self.points_away += found.points
        for text, category, file, line in found.heard:
            warnings.warn_explicit(text, category, file, line)
        if found.failure is None:
            assert found.Y is not None
            return found.Y
        self._follow()
        error = raised(found.failure)
        if found.failure.row >= 0 and isinstance(error, Exception):
            locate(error, where(first + found.failure.row), found.failure.ours)
        if found.failure.here is None:
            error.add_note(f"numjac: in a worker,\n{found.failure.told}")
        raise error

    def samples(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, first: int, last: int
    ) -> FloatArray:
        """The samples [m, points] of a block of columns."""
        X = self.moved(stencil, nodes, entry, first, last).reshape(self.point.array.size, -1)
        each = X.shape[1] // max(1, last - first)

        def where(row: int) -> str:
            column = first + row // max(1, each)
            return f"in column {column if entry is None else int(entry[column])}"

        exact = np.complex128 if X.dtype.kind == "c" else np.float64
        Y = self.rows(np.ascontiguousarray(X.T, exact), where)
        Y = Y.imag + 0.0 if self.imaginary else Y  # no negative zero: it would only look odd
        return self.parts(Y.T.reshape(*self.value.shape, len(Y)), (len(Y),))
