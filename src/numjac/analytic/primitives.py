# SPDX-License-Identifier: BSD-3-Clause
"""Identities of one's own: functions that a trace does not look into, with a Jacobian that is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules import Rule, operands, shape_of
from numjac.analytic.structured import Dense, Structured
from numjac.errors import OptionError, ShapeError
from numjac.result import Array, FloatArray

__all__ = ["Given", "Primitive"]


@dataclass(frozen=True, kw_only=True)
class Given(Rule):
    """
    A function with its Jacobian.

    Parameters
    ----------
    jacobian : callable
        ``jacobian(*args, **kwargs)``: of shape ``y.shape + operand.shape``; of several operands a tuple, None for one
        that is never traced. Or, if `judged`, for the position of an operand a pair of that and of its error.
    judged : bool
        ``jacobian(position, *args, **kwargs)`` tells of errors too.
    """

    jacobian: Callable[..., Any]
    judged: bool = False
    found: dict[int, Any] = field(default_factory=dict, compare=False)

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The Jacobian is found at once: f may change its operands later."""
        if any(_tape.traced(value) for value in kwargs.values()):
            tape.lose(f"{self.name} with traced keywords")
        plain, parents = operands(tape, args)
        plain = tuple(np.array(a) if isinstance(a, np.ndarray) else a for a in plain)
        value = self.function(*plain, **kwargs)
        value = value if isinstance(value, float) else np.array(value, float)
        factors = [self._factor(position, plain, kwargs, value) for position, _ in parents]
        return tape.note(self, (*plain, factors), {}, parents, value)

    def _factor(
        self, position: int, plain: tuple[Any, ...], kwargs: Any, value: Any
    ) -> tuple[Array, FloatArray | None]:
        """The local Jacobian by one operand as a matrix, and the errors of its entries."""
        shape = shape_of(value) + shape_of(plain[position])
        matrix = (np.size(value), np.size(plain[position]))
        if self.judged:
            J, error = self.jacobian(position, *plain, **kwargs)
            return np.asarray(J).reshape(matrix), np.asarray(error).reshape(matrix)
        given = self.jacobian(*plain, **kwargs)
        if isinstance(given, tuple):
            given = given[position]
        if given is None or np.shape(given) != shape:
            found = "None" if given is None else f"shape {np.shape(given)}"
            raise ShapeError(f"jacobian of {self.name} returned {found} for operand {position}, expected shape {shape}")
        return np.array(given, float).reshape(matrix), None

    def locals(self, node: Any) -> list[Structured]:
        """The matrices that were given."""
        return [Dense(J) for J, _ in node.args[-1]]

    def uncertainty(self, node: Any) -> list[FloatArray | None]:
        """The errors of their entries."""
        return [error for _, error in node.args[-1]]


class Primitive:
    """
    A function with a Jacobian of its own; called like the function, anywhere.

    Parameters
    ----------
    g : callable
        ``g(*args, **kwargs)`` of numbers and arrays.
    jacobian : callable
        Its Jacobian, as of `Given`.
    judged : bool
        As of `Given`.
    """

    def __init__(self, g: Callable[..., Any], jacobian: Callable[..., Any], *, judged: bool = False) -> None:
        for what, value in (("g", g), ("jacobian", jacobian)):
            if not callable(value):
                raise OptionError(f"{what} is {value!r}, expected something that can be called")
        self.rule = Given(function=g, jacobian=jacobian, judged=judged, formula="given", structure="dense")
        update_wrapper(self, g, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call g; where an argument is traced, the Jacobian too."""
        tape = next((found for found in map(_tape_of, (*args, *kwargs.values())) if found is not None), None)
        if tape is None or not tape.alive:
            return self.rule.function(*args, **kwargs)
        return self.rule.record(tape, args, kwargs)

    def __repr__(self) -> str:
        return f"<primitive {self.rule.name}>"


def _tape_of(a: Any) -> Any:
    """The tape of what is traced in an argument."""
    if isinstance(a, (_tape.Scalar, _tape.Array)):
        return a.tape
    if isinstance(a, np.ndarray) and a.dtype.kind == "O":
        a = a.ravel().tolist()
    if isinstance(a, (list, tuple)):
        return next((found for found in map(_tape_of, a) if found is not None), None)
    return None
