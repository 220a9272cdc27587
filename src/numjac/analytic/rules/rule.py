# SPDX-License-Identifier: BSD-3-Clause
"""
What all rules share: how a row of the table becomes a structured matrix.

A rule knows how to write an operation down, and afterwards, for each operand that is traced, the local Jacobian. It
knows no tape but what it is handed, and the value is always computed by the function that was called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.structured import Structured, Sum
from numjac.result import Array, Shape

__all__ = [
    "COPIED",
    "Query",
    "Rule",
    "arrayed",
    "digest",
    "fits",
    "flat",
    "mark",
    "operands",
    "shape_of",
    "spoken",
    "total",
    "untraced",
]


Node = _tape.Node
Function = Callable[..., Any]


# Constants up to this size are copied, so that f may write into them afterwards; larger ones are watched.
COPIED = 2**16


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    One identity.

    Parameters
    ----------
    function : callable
        The NumPy function.
    formula : str
        Its derivative, as the table of identities prints it.
    structure : str
        What the local Jacobian is.
    source : str
        Where the formula is from.
    """

    function: Function
    formula: str = ""
    structure: str = ""
    source: str = ""

    real = False  # it does not hold for complex numbers

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.function, "__name__", repr(self.function))

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the function with plain values and write that down; what comes out, traced."""
        args, kwargs = self.bound(tape, args, kwargs)
        plain, parents = operands(tape, args)
        if self.real and any(np.iscomplexobj(a) for a in plain):
            tape.lose(f"{self.name} of complex numbers")
        value = self.function(*plain, **kwargs)
        if not parents:
            return tape.constant(value) if isinstance(value, np.ndarray) else value
        return self.noted(tape, plain, kwargs, parents, value)

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Write down one operation."""
        return tape.note(self, plain, kwargs, parents, value)

    def bound(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Arguments with all that is traced among the positional ones."""
        kwargs = spoken(kwargs)
        if any(_tape.traced(value) for value in kwargs.values()):
            try:
                call = signature(self.function).bind(*args, **kwargs)
            except (TypeError, ValueError):
                tape.lose(f"{self.name} with traced keywords {sorted(kwargs)}")
            args, kwargs = call.args, call.kwargs
            if any(_tape.traced(value) for value in kwargs.values()):
                tape.lose(f"{self.name} with traced keywords {sorted(kwargs)}")
        return args, kwargs

    def locals(self, node: Any) -> list[Structured]:
        """The local Jacobian by each traced operand, in the order of ``node.parents``."""
        raise NotImplementedError

    def uncertainty(self, node: Any) -> list[Array | None]:
        """The errors of the entries of each local Jacobian, as a matrix; None if it is exact."""
        return [None] * len(node.parents)

    def bends(self, node: Any) -> bool:
        """Whether the local Jacobian depends on operands that are traced."""
        return True

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """
        Cotangents of an operand, as a function of the operands that can be traced itself.

        Parameters
        ----------
        node : Node
            The operation.
        operands : list
            All arguments of the function, some of them traced.
        position : int
            Which of them.
        U : ndarray
            Cotangents of the result, of its shape.
        """
        raise NotImplementedError(f"second derivatives of {self.name}")


def spoken(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords without those that say nothing: no output, the number format that there is."""
    silent = {name for name, value in kwargs.items() if value is np._NoValue or (name == "out" and value is None)}
    if "dtype" in kwargs and (kwargs["dtype"] is None or kwargs["dtype"] in (float, np.float64, "float64", "d", "f8")):
        silent.add("dtype")
    return {name: value for name, value in kwargs.items() if name not in silent}


def fits(function: Function, *args: Any, **kwargs: Any) -> bool:
    """Whether a function can be called so."""
    try:
        signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return False
    return True


def operands(tape: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[tuple[int, int], ...]]:
    """Arguments as plain values, and which of them are traced as which elements."""
    plain: list[Any] = []
    parents = []
    for position, arg in enumerate(args):
        value, first = _tape.origin(tape, arg)
        if first >= 0:
            parents.append((position, first))
        elif isinstance(value, np.ndarray) and value is arg and value.size <= COPIED:
            value = _tape.snapshot(value)
        plain.append(value)
    return tuple(plain), tuple(parents)


def arrayed(a: Any) -> Any:
    """A list, as an array."""
    if not isinstance(a, (list, tuple)):
        return a
    return np.stack(a) if _tape.traced(a) else np.asarray(a)


def mark(*operands: Any, kink: bool = False) -> None:
    """Tell that another answer may be right beside x, or that a slope jumps there."""
    for a in operands:
        if isinstance(a, (_tape.Array, _tape.Scalar)):
            a.tape.kinked |= kink
            a.tape.tied |= not kink


def untraced(a: Any) -> Any:
    """The plain values of what may be traced."""
    if isinstance(a, (_tape.Array, _tape.Scalar)):
        return np.array(a.plainly)[()]
    if not _tape.traced(a):
        return a
    parts = [untraced(part) for part in (a.flat if isinstance(a, np.ndarray) else a)]
    return np.reshape(parts, np.shape(a)) if isinstance(a, np.ndarray) else np.array(parts)


def shape_of(a: Any) -> Shape:
    """The shape of an operand or of a result."""
    if isinstance(a, np.ndarray):
        shape: Shape = a.shape
        return shape
    return () if isinstance(a, (float, int)) else np.shape(a)


def flat(w: Any, shape: Shape) -> Array:
    """Weights of every entry, one behind the other."""
    return w.reshape(-1) if w.shape == shape else np.broadcast_to(w, shape).reshape(-1)


@dataclass(frozen=True, kw_only=True)
class Query(Rule):
    """
    What is asked of values and is no number that depends on them smoothly: comparisons, argmax, isnan.

    Parameters
    ----------
    tie : callable, optional
        ``tie(*args, y)``: whether the answer may be another one beside x.
    """

    tie: Callable[..., Any] | None = None

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The answer, plain."""
        args, kwargs = self.bound(tape, args, kwargs)
        if "out" in kwargs:
            tape.lose(f"{self.name} with out")
        plain, _ = operands(tape, args)
        y = self.function(*plain, **kwargs)
        if self.tie is not None and np.any(self.tie(*plain, y)):
            tape.tied = True
        tape.mix(digest(y))
        return y


def digest(y: Any) -> int:
    """A number that tells answers apart."""
    return hash(tuple(map(digest, y))) if isinstance(y, tuple) else hash(np.asarray(y).tobytes())


def total(*terms: Structured) -> Structured:
    """The sum of matrices."""
    return terms[0] if len(terms) == 1 else Sum(terms)
