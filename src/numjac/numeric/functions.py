# SPDX-License-Identifier: BSD-3-Clause
"""
Any callable as one evaluator.

An evaluator knows f at one point: ``value`` is f(x), ``columns`` samples f along the axes and fills a Jacobian,
``at`` is f anywhere else. There are two kinds with these same verbs: `numjac._core.Callback`, which calls f for one
point at a time, and `Batch`, which hands it many points in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

import numjac._core as _core
from numjac.errors import NotAnalyticError, OptionError, ShapeError, locate
from numjac.formats import check_format, spacing
from numjac.native.function import Compiled
from numjac.numeric.outputs import as_doubles, as_numbers
from numjac.numeric.points import Point, moved, raised_to
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Batch", "Evaluator", "Function", "Probe", "Spread"]

# A batch of points holds about a megabyte: it stays in a second-level cache, and the call is paid by enough points.
BATCH_DOUBLES = 2**17
BATCH_POINTS = 32

# A sum or a product of matrices may round differently for another number of points: by a unit for each term, and by
# this part of what f changes by.
MIXING = 1e-6


class Probe(Protocol):
    """What can tell f at a point, ``value``, and at others."""

    value: Array

    def at(self, x: Array) -> Array:
        """f at another point, given in float64 or complex128."""


class Evaluator(Protocol):
    """
    f at one point.

    Attributes
    ----------
    value : ndarray
        f(x), float64 or complex128.
    dtype : dtype
        What f(x) came in.
    calls : int
        How often f was called.
    drift : float
        Of a complex step: the largest ``|Re f(x + ih) - f(x)|``.
    """

    value: Array
    dtype: np.dtype[Any]
    calls: int
    drift: float

    def know(self, y: Array) -> None:
        """Take y for f(x): it is copied."""

    def evaluate(self) -> None:
        """Call f at the point."""

    def at(self, x: Array) -> Array:
        """f at another point, given in float64 or complex128; a private copy."""

    def many(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at the points in the rows of X, flattened, in rows; ``where(row)`` is the place of a point in words."""

    def columns(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, slot: IntArray | None, J: Array
    ) -> int:
        """Fill columns of J; the number of entries that were not finite and became NaN."""

    def compressed(self, groups: _core.Groups, stencil: FloatArray, nodes: FloatArray, slope: FloatArray) -> int:
        """Fill the slopes of groups of columns; the number of those that were not finite and became NaN."""


@dataclass(slots=True)
class Function:
    """
    f with its arguments, not yet at a point.

    Parameters
    ----------
    f : callable
        Called as ``f(x, *args, **kwargs)``.
    args : tuple
        Further positional arguments.
    kwargs : dict
        Further keyword arguments.
    vectorized : bool
        f takes ``x.shape + (k,)`` and returns ``f.shape + (k,)``.
    workers : int, optional
        On how many threads a compiled f is called.
    spread : Spread, optional
        What makes an evaluator of many workers of one of this process.
    """

    f: Callable[..., object]
    args: tuple[object, ...] = ()
    kwargs: dict[str, object] = field(default_factory=dict)
    vectorized: bool = False
    workers: int | None = None
    spread: Spread | None = None

    def with_arguments(self, args: tuple[object, ...], kwargs: dict[str, object]) -> Function:
        """The same f with other arguments, as far as some are given."""
        return replace(self, args=args or self.args, kwargs={**self.kwargs, **kwargs})

    def at(self, point: Point, f0: object = None) -> Evaluator:
        """The evaluator at a point; f(x) is evaluated unless it is given."""
        if self.vectorized:
            evaluator: Evaluator = Batch(self, point)
        elif isinstance(self.f, Compiled):
            if self.args or self.kwargs:
                raise OptionError("a compiled f takes no further arguments; it is handed data=")
            evaluator = self.f.at(point.array, self.workers, moved)
        else:
            evaluator = _core.Callback(self.f, self.args, self.kwargs, point.array, point.scalar, as_numbers, moved)
        if self.spread is not None:
            evaluator = self.spread.around(self, point, evaluator)
        if f0 is None:
            evaluator.evaluate()
        else:
            evaluator.know(as_numbers(f0, "f0 is"))
        return evaluator

    def beside(self, point: Point, value: FloatArray) -> Evaluator:
        """The evaluator of Im f(x + ih), where f(x) = value is real."""
        raised = Point.of(point.array.astype(np.complex128), point.scalar)
        if self.vectorized:
            alone: Evaluator = Batch(self, raised, value)
        elif isinstance(self.f, Compiled):
            alone = self.f.at(raised.array, self.workers, raised_to, value)
        else:
            there = (raised.array, raised.scalar, as_numbers, raised_to)
            alone = _core.Callback(self.f, self.args, self.kwargs, *there, value)
        return alone if self.spread is None else self.spread.around(self, raised, alone, value)


class Spread(Protocol):
    """What makes an evaluator of many workers."""

    @property
    def engine(self) -> Any:
        """Who evaluates."""

    def around(self, function: Function, point: Point, alone: Evaluator, real: FloatArray | None = None) -> Evaluator:
        """The evaluator that shares out what the one of this process would do alone."""

    def close(self) -> None:
        """End what was started for this."""


class Batch:
    """
    A vectorized function: many points in one call.

    Parameters
    ----------
    function : Function
        Called with points along the last axis.
    point : Point
        The point of differentiation.
    real : ndarray, optional
        f at the real part of a complex `point`, for the complex step.
    """

    def __init__(self, function: Function, point: Point, real: FloatArray | None = None) -> None:
        self.function = function
        self.point = point
        self.imaginary = real is not None
        self.calls = self.points = 0
        self.drift = 0.0
        self.taking = False  # whether f returned, so that an error is ours
        self.sound = False  # whether f was seen not to mix its points
        if real is not None:
            self.value, self.dtype = real, real.dtype

    def call(self, X: Array) -> Array:
        """f at points along the last axis of X; the same axis ends the result."""
        count = X.shape[-1]
        self.calls, self.points, self.taking = self.calls + 1, self.points + count, False
        y = self.function.f(X, *self.function.args, **self.function.kwargs)
        self.taking = True
        y = as_numbers(y)
        if y.ndim == 0 or y.shape[-1] != count:
            raise ShapeError(f"a vectorized f returned shape {y.shape} for {count} points, expected (..., {count})")
        return y

    def know(self, y: Array) -> None:
        """Take y for f(x): it is copied."""
        self.dtype = y.dtype
        of_complex = self.point.is_complex or y.dtype.kind == "c"
        self.value = np.array(y, dtype=np.complex128 if of_complex else np.float64, order="C")

    def evaluate(self) -> None:
        """f at the point itself: sets ``value`` and ``dtype``."""
        try:
            self.know(self.call(self.point.array[..., np.newaxis].copy())[..., 0])
        except Exception as error:
            locate(error, "at the point x itself", self.taking)
            raise

    def at(self, x: Array) -> Array:
        """f at another point, given like the point itself; a private copy."""
        y: Array = self.many(x.reshape(1, -1), _core.aside)[0].reshape(self.value.shape)
        return y

    def many(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at the points in the rows of X, flattened, in rows."""
        wide = max(BATCH_POINTS, BATCH_DOUBLES // max(1, self.point.array.size, self.value.size))
        return np.concatenate([self.rows(X[first : first + wide], where) for first in range(0, len(X), wide)])

    def rows(self, X: Array, where: Callable[[int], str]) -> Array:
        """f at so many points as one call may take."""
        points = X.T.astype(self.point.array.dtype).reshape(*self.point.shape, len(X))
        try:
            Y = self.checked(self.call(points)) if self.sound or len(X) < 2 else self.unmixed(points)
        except Exception as error:
            locate(error, f"{where(0)}, and {len(X) - 1} more points" if len(X) > 1 else where(0), self.taking)
            raise
        kind = np.complex128 if self.imaginary else self.value.dtype
        return np.ascontiguousarray(Y.reshape(-1, len(X)).T, dtype=kind)

    def checked(self, y: Array) -> Array:
        """Samples in the shape and kind that f had at x, with the points as a last axis."""
        if y.shape[:-1] != self.value.shape:
            raise ShapeError(f"f returned shape {y.shape[:-1]} for each point, expected {self.value.shape} as at x")
        if self.imaginary and y.dtype.kind != "c":
            raise NotAnalyticError(f"f returned {y.dtype} for a complex argument, expected complex numbers")
        if not self.imaginary and y.dtype.kind == "c" and self.value.dtype.kind != "c":
            raise ShapeError(f"f returned {y.dtype}, expected real numbers as at x")
        if self.imaginary:
            self.watch(y)
        else:
            check_format(y.dtype, self.dtype)
        return y

    def watch(self, y: Array) -> None:
        """Keep how far the real parts of a complex step went from f(x)."""
        value = self.value[..., np.newaxis]
        with np.errstate(invalid="ignore"):
            gap = np.abs(y.real - value)
        gap = np.where(np.isnan(gap), np.inf, gap)
        self.drift = max(self.drift, float(np.max(gap, where=np.isfinite(value), initial=0.0)))

    def columns(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, slot: IntArray | None, J: Array
    ) -> int:
        """Fill the columns of J that the table names; the number of entries that were not finite."""
        count, samples = len(nodes), _core.samples(stencil)
        points = max(BATCH_POINTS, BATCH_DOUBLES // max(1, self.point.array.size, self.value.size))
        block = max(1, points // samples)
        value = self.parts(np.zeros(self.value.shape) if self.imaginary else self.value)
        split = np.empty((value.size, J.shape[1]), order="F") if J.dtype.kind == "c" else J
        nonfinite = 0
        for first in range(0, count, block):
            last = min(first + block, count)
            Y = self.samples(stencil, nodes, entry, first, last)
            nonfinite += _core.combine(value, stencil, nodes, slot, first, last, Y, split)
        if split is not J:
            written = slice(None) if slot is None else slot
            J[:, written] = split[: len(J), written] + 1j * split[len(J) :, written]
        return nonfinite

    def compressed(self, groups: _core.Groups, stencil: FloatArray, nodes: FloatArray, slope: FloatArray) -> int:
        """Fill the slopes of groups of columns; the number of those that were not finite."""
        value = as_doubles(np.zeros(self.value.shape) if self.imaginary else self.value)
        sides = [(q, down) for q, lower in enumerate(stencil[:, 1]) for down in (False, True)[: 1 + (lower != 0)]]
        block = max(1, max(BATCH_POINTS, BATCH_DOUBLES // max(1, self.point.array.size, self.value.size)) // len(sides))
        nonfinite = 0
        for first in range(0, len(groups), block):
            some = range(first, min(first + block, len(groups)))
            Y = iter(self.group_samples(groups, some, sides, stencil, nodes))
            for g in some:
                samples = {side: next(Y) for side in sides}
                for q in range(len(stencil)):
                    lower = samples.get((q, True), value)
                    nonfinite += groups.slopes(g, q, stencil, nodes, samples[q, False], lower, slope)
        return nonfinite

    def group_samples(
        self, groups: _core.Groups, some: range, sides: list[tuple[int, bool]], stencil: FloatArray, nodes: FloatArray
    ) -> FloatArray:
        """f where some groups have moved, to each of these sides of quotients, in rows of doubles."""
        X = np.tile(self.point.flat, (len(some) * len(sides), 1))
        moving = as_doubles(X)
        for row, (g, (q, down)) in enumerate((g, side) for g in some for side in sides):
            groups.move(g, q, down, stencil, nodes, moving[row])
        Y = self.rows(X, lambda row: groups.where(some[row // len(sides)]))
        return as_doubles(Y.imag + 0.0 if self.imaginary else Y)  # no negative zero: it would only look odd

    def samples(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, first: int, last: int
    ) -> FloatArray:
        """The samples [m, points] of a block of columns."""
        X = self.moved(stencil, nodes, entry, first, last)
        try:
            Y = self.checked(self.call(X)) if self.sound else self.unmixed(X)
        except Exception as error:
            locate(error, f"with the columns {first} to {last - 1} at once", self.taking)
            raise
        if self.imaginary:
            Y = Y.imag + 0.0  # no negative zero: it would only look odd
        return self.parts(Y, Y.shape[-1:])

    def moved(self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, first: int, last: int) -> Array:
        """The points of a block of columns, along the last axis."""
        x = self.point.flat
        moving = np.zeros(x.size) if self.imaginary else np.ascontiguousarray(x.real)
        X: Array = _core.fill(moving, stencil, nodes, entry, first, last)
        if self.imaginary:
            X = x[:, np.newaxis] + 1j * X
        elif self.point.is_complex:
            X = X + 1j * x.imag[:, np.newaxis]
        return X.astype(self.point.array.dtype, copy=False).reshape(*self.point.shape, X.shape[-1])

    def unmixed(self, X: Array) -> Array:
        """The samples of the first block, some of whose points are evaluated apart, to see whether f mixes points."""
        middle = X.shape[-1] // 2
        few = [middle] if X.shape[-1] < 3 else [middle, 0]
        apart = X[..., few]
        Y = self.checked(self.call(X))
        if Y.shape[-1] == 1:
            return Y
        alone, among = self.checked(self.call(apart)), Y[..., few]
        if self.imaginary:
            alone, among = alone.imag, among.imag
        with np.errstate(invalid="ignore"):
            change = among if self.imaginary else among - self.value[..., np.newaxis]
            gap = np.abs(among - alone)
            rounding = (64 + self.point.array.size) * spacing(Y.dtype) * np.abs(alone)
            wrong = gap > MIXING * np.max(np.abs(change), initial=0.0) + rounding
        if wrong.any():
            *i, p = map(int, np.argwhere(wrong)[0])
            raise ShapeError(
                f"a vectorized f mixes its points: output {i} of point {few[p]} is {among[(*i, p)]:.9g} "
                f"among {Y.shape[-1]} points, {alone[(*i, p)]:.9g} among {len(few)}"
            )
        self.sound = True
        return Y

    def parts(self, y: Array, points: tuple[int, ...] = ()) -> FloatArray:
        """Outputs as rows of doubles: those of a complex f are its real parts, then its imaginary ones."""
        if self.value.dtype.kind == "c":
            y = np.stack([np.real(y), np.imag(y)])
        return np.ascontiguousarray(y, np.float64).reshape(-1, *points) if points else y.astype(np.float64).ravel()
