# SPDX-License-Identifier: BSD-3-Clause
"""Functions entry by entry: the local Jacobian is a diagonal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules.rule import Rule, flat, operands, shape_of, spoken
from numjac.analytic.structured import Diagonal, Product, Replicate, Scaled, Select, Structured
from numjac.result import Array, Shape

__all__ = ["Elementwise", "Flat", "Slope", "unspread"]


Node = _tape.Node


Slope = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Elementwise(Rule):
    """
    y = f(a, b, ...) entry by entry, operands broadcast.

    Parameters
    ----------
    slopes : tuple of callable
        For each operand ``slope(*operands, y)``: the derivative; a number, an array, or booleans for a branch.
    kink : callable, optional
        ``kink(*operands, y)``: where the derivative jumps.
    """

    slopes: tuple[Slope, ...]
    kink: Callable[..., Any] | None = None

    @property
    def real(self) -> bool:  # type: ignore[override]
        """What has kinks knows an order, which complex numbers have not."""
        return self.kink is not None

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Numbers become records, arrays a node."""
        if kwargs:
            return _with_keywords(self, tape, args, dict(kwargs))
        args = tuple(np.asarray(a) if isinstance(a, (list, tuple)) and not _tape.traced(a) else a for a in args)
        if tape.second or not all(isinstance(a, (_tape.Scalar, float, int)) for a in args):
            return Rule.record(self, tape, args, kwargs)
        plain = [a.plainly if isinstance(a, _tape.Scalar) else a for a in args]
        y = self.function(*plain)
        if type(y) is not np.float64:
            return Rule.record(self, tape, args, kwargs)
        self.watch(tape, plain, y)
        with np.errstate(all="ignore"):
            pairs = [
                (a.id, float(self.slopes[i](*map(np.float64, plain), y)))
                for i, a in enumerate(args)
                if isinstance(a, _tape.Scalar)
            ]
        return tape.records(y, pairs)

    def bends(self, node: Any) -> bool:
        """A sum does not, nor does a product with a constant."""
        positions = [position for position, _ in node.parents]
        if self.function is np.multiply or (self.function is np.divide and positions == [0]):
            return len(positions) > 1
        return not all(type(self.slopes[k](*node.args, node.value)) in (float, int) for k in positions)

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """Weights, summed over copies."""
        w = self.slopes[position](*operands, self.function(*operands))
        if isinstance(w, np.ndarray) and w.dtype == bool:
            w = w.astype(float)
        return unspread(U * w, shape_of(node.args[position]))

    def watch(self, tape: Any, plain: Any, y: Any) -> None:
        """See whether there is a kink."""
        if self.kink is not None and np.any(self.kink(*plain, y)):
            tape.kinked = True

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Look for kinks first."""
        self.watch(tape, plain, value)
        return Rule.noted(self, tape, plain, kwargs, parents, value)

    def locals(self, node: Any) -> list[Structured]:
        """Diagonals."""
        y_shape, value = shape_of(node.value), node.value
        return [self._local(node, position, y_shape, value) for position, _ in node.parents]

    def _local(self, node: Any, position: int, y_shape: Shape, value: Any) -> Structured:
        w, x_shape = self.slopes[position](*node.args, value), shape_of(node.args[position])
        if type(w) is np.ndarray and w.shape == x_shape == y_shape and w.dtype == np.float64:
            return Diagonal(w.reshape(-1))
        if type(w) in (float, int):
            after: Structured = Scaled(node.size, float(w))
        elif isinstance(w, np.ndarray) and w.dtype == bool:
            after = Select(flat(w, y_shape))
        elif np.ndim(w) == 0:
            after = Scaled(node.size, complex(w) if np.iscomplexobj(w) else float(w))
        else:
            after = Diagonal(flat(w, y_shape))
        if x_shape == y_shape:
            return after
        before = Replicate(x_shape, y_shape)
        return before if isinstance(after, Scaled) and after.by == 1 else Product(after, before)


def unspread(U: Any, shape: Shape) -> Any:
    """The sum over all that broadcasting has copied."""
    extra = len(np.shape(U)) - len(shape)
    axes = tuple(range(extra)) + tuple(
        axis + extra for axis, (n, m) in enumerate(zip(shape, np.shape(U)[extra:], strict=True)) if n == 1 < m
    )
    return np.reshape(np.sum(U, axis=axes), shape) if axes else U


def _with_keywords(rule: Elementwise, tape: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An elementwise function with ``out`` or ``where``."""
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    if set(kwargs) - {"dtype", "casting"} or np.dtype(kwargs.get("dtype") or float) != np.float64:
        tape.lose(f"{rule.name} with {sorted(kwargs)}")
    y = rule.record(tape, args, {})
    if isinstance(out, tuple):
        (out,) = out
    if out is None:
        if where is not True:
            tape.lose(f"{rule.name} with where and without out")
        return y
    if not isinstance(out, _tape.Array):
        tape.lose(f"{rule.name} with out into a plain array")
    if where is True:
        out[...] = y
    else:
        mask = np.broadcast_to(where, out.shape)
        full = np.broadcast_to(y, out.shape)
        out[mask] = full[mask]
    return out


@dataclass(frozen=True, kw_only=True)
class Flat(Elementwise):
    """A function whose derivative is zero wherever it has one: rounding, signs."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The value is a constant."""
        if kwargs := spoken(kwargs):
            return _with_keywords(self, tape, args, dict(kwargs))
        plain, _ = operands(tape, args)
        if any(np.iscomplexobj(a) for a in plain):
            tape.lose(f"{self.name} of complex numbers")
        y = self.function(*plain)
        self.watch(tape, plain, y)
        return tape.constant(y) if isinstance(y, np.ndarray) else y
