# SPDX-License-Identifier: BSD-3-Clause
"""Functions that sum over axes: the local Jacobian is a row of weights for each result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules.rule import Rule, shape_of, spoken
from numjac.analytic.structured import Reduce, Structured
from numjac.result import Array

__all__ = ["Reduction", "axes_of"]


Node = _tape.Node
Function = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Reduction(Rule):
    """
    A sum over axes with weights that may depend on x.

    Parameters
    ----------
    weights : callable
        ``weights(x, y, axes, **others)`` with y and the weights broadcast to x.
    kink : callable, optional
        ``kink(x, y, axes)``, y broadcast to x.
    others : tuple of str
        Keywords of the function that the weights know.
    holomorphic : bool
        It holds for complex numbers too.
    join : tuple of callable, float, optional
        The function of two numbers that it repeats, and what changes nothing; for ``initial`` and ``where``.
    """

    weights: Callable[..., Any]
    kink: Callable[..., Any] | None = None
    others: tuple[str, ...] = ()
    holomorphic: bool = False
    join: tuple[Any, float] | None = None

    @cached_property
    def folds(self) -> bool:
        """Whether it is a method of a ufunc, which goes along the first axis if nothing is said."""
        return isinstance(getattr(self.function, "__self__", None), np.ufunc)

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Keywords that say nothing are dropped; those that would need another rule are refused."""
        if len(args) == 1 and not kwargs and isinstance(args[0], _tape.Array) and self.kink is None:
            value, first = _tape.origin(tape, args[0])
            y = self.function(value)
            if first >= 0 and value.dtype == np.float64 and not (self.folds and value.ndim > 1):
                tall = np.asarray(y).reshape((1,) * value.ndim)
                return tape.note(self, (value, tall, tuple(range(value.ndim)), {}), {}, ((0, first),), y)
        call = spoken(dict(zip(_names(self.function, len(args)), args, strict=False)) | dict(kwargs))
        x = next(call.pop(name) for name in ("a", "x", "array") if name in call)
        if self.join is not None and ("where" in call or "initial" in call):
            return self._joined(tape, x, call)
        kept = {"axis": call.pop("axis", 0 if self.folds else None), "keepdims": bool(call.pop("keepdims", False))}
        others = {name: call.pop(name) for name in self.others if name in call}
        if call.pop("where", True) is not True or call:
            tape.lose(f"{self.name} with {sorted(call) or 'where'}")
        value, first = _tape.origin(tape, x)
        options = {k: v for k, v in (kept | others).items() if v is not None and v is not False}
        if self.folds:
            options["axis"] = kept["axis"]
        y = self.function(value, **options)
        if first < 0:
            return y
        if np.iscomplexobj(value) and not self.holomorphic:
            tape.lose(f"{self.name} of complex numbers")
        shape = shape_of(value)
        axes = axes_of(kept["axis"], len(shape))
        tall = np.asarray(y).reshape([1 if i in axes else s for i, s in enumerate(shape)])
        if self.kink is not None and np.any(self.kink(value, tall, axes)):
            tape.kinked = True
        return tape.note(self, (value, tall, axes, others), {}, ((0, first),), y)

    def bends(self, node: Any) -> bool:
        """A sum or a mean does not."""
        x, tall, axes, others = node.args
        return type(self.weights(x, tall, axes, **others)) is not float

    def _joined(self, tape: Any, x: Any, call: dict[str, Any]) -> Any:
        """With ``where`` or ``initial``: what is left out counts as nothing, and what is there at first comes last."""
        assert self.join is not None
        function, nothing = self.join
        initial, where = call.pop("initial", nothing), call.pop("where", True)
        if where is not True:
            x = np.where(where, x, nothing)
        tape.looped = True
        y = self.record(tape, (x,), call)
        return y if type(initial) is float and initial == nothing else function(y, initial)

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """Weights of x and of the result."""
        x, (_, tall, axes, others) = operands[0], node.args
        y = np.reshape(self.function(x, axis=axes, **others), tall.shape)
        return np.reshape(U, tall.shape) * self.weights(x, y, axes, **others) * np.ones(shape_of(node.args[0]))

    def locals(self, node: Any) -> list[Structured]:
        """One row of weights for each result."""
        x, tall, axes, others = node.args
        w = self.weights(x, tall, axes, **others)
        return [Reduce(w, shape_of(x), axes)]


def _names(function: Function, count: int) -> list[str]:
    """What the positional arguments of a reduction are called."""
    return ["a", "axis"] if count <= 2 else list(signature(function).parameters)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as sorted numbers that are not negative; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % ndim for a in axes))
