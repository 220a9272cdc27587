# SPDX-License-Identifier: BSD-3-Clause
"""Identities that move or copy entries: the local Jacobian selects rows of the identity."""

from __future__ import annotations

from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities.elementwise import equal
from numjac.analytic.rules import Elementwise, Move, Query, Rule, moved, spoken

__all__ = ["ROWS"]


def move(function: Any) -> Rule:
    """A row for a function that does to the numbers of elements what it does to entries."""
    return Move(function=function, formula="rows of I", structure="gather")


def _any(function: Any) -> Any:
    """A function of any kind."""
    return function


class Stacked(Move):
    """Several arrays become one: each may be traced or not."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Values and numbers go the same way."""
        kwargs = spoken(kwargs)
        if set(kwargs) & {"out", "dtype"} or not isinstance(args[0], (list, tuple, _tape.Array)):
            tape.lose(f"{self.name} with {sorted(kwargs)}")
        kept = {name: option for name, option in kwargs.items() if name != "casting"}
        value = self.function(_each(args[0], lambda part: _tape.lifted(tape, part)[0]), *args[1:], **kwargs)
        ids = self.function(_each(args[0], lambda part: _numbers(tape, part)), *args[1:], **kept)
        return moved(tape, ids, value)


def _each(parts: Any, function: Any) -> Any:
    """A function of each array in nested lists, whose innermost ones are arrays if they hold numbers alone."""
    return [_each(part, function) if _of_arrays(part) else function(part) for part in parts]


def _of_arrays(part: Any) -> bool:
    """Whether it is a list of arrays, or of lists of them."""
    return isinstance(part, (list, tuple)) and any(
        isinstance(inner, (_tape.Array, np.ndarray)) or _of_arrays(inner) for inner in part
    )


def _numbers(tape: Any, part: Any) -> Any:
    """The elements of an operand, in its shape."""
    value, ids = _tape.lifted(tape, part)
    return np.broadcast_to(np.asarray(ids, np.intp), np.shape(value))


def stack(function: Any) -> Rule:
    """A row for a function of a list of arrays."""
    return Stacked(function=function, formula="I, 0 side by side", structure="stack")


class Ordered(Rule):
    """Sorting: a permutation that the values choose; equal ones are a tie."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The entries in order."""
        args, kwargs = self.bound(tape, args, kwargs)
        value, elements = _tape.lifted(tape, args[0])
        axis = kwargs.get("axis", args[1] if len(args) > 1 else -1)
        if axis is None:
            value, elements, axis = np.ravel(value), np.ravel(np.broadcast_to(elements, np.shape(value))), -1
        value = np.asarray(value)
        order = np.argsort(value, axis=axis, kind="stable")
        found = np.take_along_axis(value, order, axis)
        if np.any(np.diff(found, axis=axis) == 0):
            tape.tied = True
        return moved(tape, np.take_along_axis(np.broadcast_to(elements, value.shape), order, axis), found)


class Where(Elementwise):
    """A choice between two branches."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """With one argument it asks where, with three it chooses."""
        if len(args) == 1:
            return np.nonzero(args[0])
        condition, elements = _tape.lifted(tape, args[0])
        if np.any((np.asarray(condition) == 0) & (np.asarray(elements) >= 0)):
            tape.tied = True
        return Rule.record(self, tape, (np.asarray(condition, bool), *args[1:]), kwargs)


class Atleast(Move):
    """One array, or each of several."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Each by itself."""
        if len(args) == 1:
            return Move.record(self, tape, args, kwargs)
        return tuple(Move.record(self, tape, (arg,), {}) if _tape.traced(arg) else self.function(arg) for arg in args)


class Padded(Move):
    """Padding with constants, or with entries."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """A constant is from nowhere."""
        args, kwargs = self.bound(tape, args, kwargs)
        kwargs = dict(kwargs)
        mode = kwargs.pop("mode", args[2] if len(args) > 2 else "constant")
        if mode not in ("constant", "edge", "reflect", "symmetric", "wrap") or "reflect_type" in kwargs:
            tape.lose(f"pad with mode={mode!r}")
        value, elements = _tape.lifted(tape, args[0])
        ids = np.pad(np.broadcast_to(elements, np.shape(value)), args[1], mode,
                     **({"constant_values": -1} if mode == "constant" else {}))  # fmt: skip
        return moved(tape, ids, np.pad(value, args[1], mode, **kwargs))


class Masked(Move):
    """Tril, triu: what is cut off is zero and from nowhere."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Numbers are counted from one, so that a zero is nothing."""
        value, elements = _tape.lifted(tape, args[0])
        ids = self.function(np.broadcast_to(elements, np.shape(value)) + 1, *args[1:], **kwargs) - 1
        return moved(tape, ids, self.function(value, *args[1:], **kwargs))


class Clip(Elementwise):
    """Between two bounds, by any of their names; where they are crossed the upper one counts."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Three operands."""
        call = dict(zip(("a", "a_min", "a_max"), args, strict=False)) | dict(kwargs)
        bounds = [call.pop(old, call.pop(new, None)) for old, new in (("a_min", "min"), ("a_max", "max"))]
        x = call.pop("a")
        return Elementwise.record(self, tape, (x, *(None if b is np._NoValue else b for b in bounds)), call)


def masked(function: Any) -> Rule:
    """A row for what zeros are put into."""
    return Masked(function=function, formula="D(mask)", structure="gather")


class Like(Rule):
    """An array shaped like a traced one, which traced numbers may be written into."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Constants, so far."""
        plain = [a.plainly if isinstance(a, (_tape.Array, _tape.Scalar)) else a for a in args]
        if any(map(_tape.traced, (*args[1:], *kwargs.values()))):
            if self.function is np.full_like and len(args) == 2 and not kwargs:
                return np.copy(np.broadcast_to(args[1], np.shape(args[0])))
            tape.lose(f"{self.name} with a traced operand")
        made = self.function(np.asarray(plain[0]), *plain[1:], **kwargs)
        return tape.constant(made)


ROWS: list[Rule] = [
    *(
        Like(function=f, formula="0", structure="zero")
        for f in (np.zeros_like, np.ones_like, np.empty_like, np.full_like)
    ),
    *map(
        move,
        [np.reshape, np.ravel, np.squeeze, np.expand_dims, np.transpose, np.swapaxes, np.moveaxis, np.rollaxis, np.flip,
         np.fliplr, np.flipud, np.roll, np.rot90, np.take, np.take_along_axis, np.repeat, np.tile, np.broadcast_to,
         np.diagonal, np.copy, np.resize, np.fft.fftshift, np.fft.ifftshift,
         np.delete, np.array_split, np.split, np.hsplit, np.vsplit, np.dsplit, np.matrix_transpose,
         np.lib.stride_tricks.sliding_window_view, *([np.unstack] if hasattr(np, "unstack") else [])],
    ),
    *map(masked, [np.diag, np.diagflat, np.tril, np.triu]),
    *map(stack, [np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block]),
    *(
        Atleast(function=f, formula="I", structure="identity")
        for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)
    ),
    Padded(function=np.pad, formula="I, 0", structure="gather"),
    Ordered(function=np.sort, formula="permutation", structure="permutation"),
    Where(
        function=np.where,
        formula="0, c, 1 - c",
        structure="diagonal, diagonal",
        slopes=(lambda c, a, b, y: 0.0, lambda c, a, b, y: c, lambda c, a, b, y: ~c),
    ),
    Clip(
        function=np.clip,
        formula="1 inside; at a bound that of the bound",
        structure="diagonal",
        slopes=(
            lambda x, low, high, y: _above(x, low) & _below(x, high),
            lambda x, low, high, y: ~_above(x, low) & _below(low, high),
            lambda x, low, high, y: ~_below(x, high) | ~_below(low, high),
        ),
        kink=lambda x, low, high, y: _meets(x, low) | _meets(x, high) | _meets(low, high),
    ),
    *(
        Query(function=_any(f), formula="0", structure="zero")
        for f in (np.ndim, np.size, np.isreal, np.iscomplexobj, np.isrealobj, np.result_type, np.may_share_memory,
                  np.shares_memory)
    ),
    *(
        Query(function=_any(f), formula="0", structure="zero", tie=lambda *a: _repeated(a[0]))
        for f in [np.argsort, np.argmax, np.argmin, np.argpartition, np.nanargmax, np.nanargmin]
    ),
    *(
        Query(function=_any(f), formula="0", structure="zero", tie=lambda *a: np.any(np.asarray(a[0]) == 0))
        for f in [np.any, np.all, np.nonzero, np.flatnonzero, np.count_nonzero, np.argwhere]
    ),
    Query(function=np.searchsorted, formula="0", structure="zero", tie=lambda a, v, *_: np.isin(v, a)),
    Query(function=np.digitize, formula="0", structure="zero", tie=lambda x, bins, *_: np.isin(x, bins)),
    Query(function=np.array_equal, formula="0", structure="zero", tie=lambda a, b, *_: np.any(equal(a, b, None))),
    Query(function=np.isclose, formula="0", structure="zero"),
    Query(function=np.allclose, formula="0", structure="zero"),
]  # fmt: skip


def _above(x: Any, low: Any) -> Any:
    return np.ones(np.shape(x), bool) if low is None else np.asarray(x > low)


def _below(x: Any, high: Any) -> Any:
    return np.ones(np.shape(x), bool) if x is None or high is None else np.asarray(x < high)


def _meets(x: Any, bound: Any) -> Any:
    return False if x is None or bound is None else x == bound


def _repeated(a: Any) -> bool:
    flat = np.ravel(a)
    return bool(np.unique(flat).size < flat.size)
