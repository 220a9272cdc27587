# SPDX-License-Identifier: BSD-3-Clause
"""One call of f on a tracer: what it returned, what was written down, and why it can not be used if so."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.chain import Graph
from numjac.analytic.identities import RULES, folds, special
from numjac.analytic.identities.unknown import unknown
from numjac.analytic.methods import METHODS
from numjac.analytic.rebinding import CannotRebindError, rebound, recording
from numjac.analytic.rules import Elementwise
from numjac.result import Array, IntArray

__all__ = ["LostError", "Trace", "trace"]

# The codes of the table of slopes, in the order of numjac.h.
CODES: dict[Any, int] = {
    ufunc: code
    for code, ufunc in enumerate(
        [np.positive, np.negative, np.absolute, np.square, np.reciprocal, np.sqrt, np.cbrt, np.exp, np.exp2, np.expm1,
         np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh,
         np.tanh, np.arcsinh, np.arccosh, np.arctanh], 1)
}  # fmt: skip

# Functions that are written down without a look at their operands.
SMOOTH = {
    rule.function: rule
    for rule in RULES.values()
    if type(rule) is Elementwise and rule.kink is None and isinstance(rule.function, (np.ufunc, type(operator.pow)))
}


class LostError(Exception):
    """A trace that can not be used; the message says why, and where in the code of f."""


@dataclass(slots=True)
class Trace:
    """
    What one call on a tracer gave.

    Parameters
    ----------
    tape : Tape
        What was written down; dead.
    n : int
        The size of x.
    value : ndarray
        What f returned.
    ids : ndarray of intp
        The element in each place of it, flat; -1 for constants.
    """

    tape: Any
    n: int
    value: Array
    ids: IntArray

    def graph(self) -> Graph:
        """From x to what f returned."""
        return Graph(self.tape, self.n, self.ids)


def copied(f: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of f whose globals know tracers."""
    try:
        return rebound(f)
    except CannotRebindError as error:
        raise LostError(f"no copy can be made: {error}") from None


def apply(tape: Any, function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A function of tracers, by its identity."""
    rule = RULES.get(function)
    if rule is not None:
        return rule.record(tape, args, kwargs)
    if isinstance(function, np.ufunc):
        found = special.rule_of(function) or unknown(function)
    else:
        found = folds.rule_of(function)
    if found is not None:
        return found.record(tape, args, kwargs)
    if not any(map(depends, (*args, *kwargs.values()))):
        return function(*map(revived, args), **{name: revived(value) for name, value in kwargs.items()})
    return tape.lose(f"{getattr(function, '__name__', function)} has no identity, and")


def depends(a: Any) -> bool:
    """Whether an operand depends on x."""
    if isinstance(a, _tape.Array):
        return bool((a.elements_of() >= 0).any())
    if isinstance(a, (list, tuple)):
        return any(map(depends, a))
    return bool(_tape.traced(a))


def revived(a: Any) -> Any:
    """The plain value of what does not depend on x."""
    if isinstance(a, (list, tuple)):
        return type(a)(map(revived, a))
    return a.plainly if isinstance(a, _tape.Array) else a


def trace(
    f: Callable[..., Any],
    x: Array,
    scalar: bool,
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    second: bool = False,
    attempt: str = "A",
) -> Trace:
    """
    Call f on a tracer.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``.
    x : ndarray
        The point, float64; it is copied.
    scalar : bool
        f is called with a number.
    args, kwargs : tuple, dict
        Further arguments.
    second : bool
        Write down second derivatives too.
    attempt : {"A", "C"}
        Call f as it is, or a copy of it whose globals know tracers.

    Returns
    -------
    Trace

    Raises
    ------
    LostError
        A number left the trace, f raised, or what it returned is not made of numbers.
    """
    tape = _tape.Tape(CODES, SMOOTH, apply, METHODS, second)
    try:
        called = f if attempt == "A" else copied(f)
        with recording(tape if attempt == "C" else None):
            value, ids = _tape.call(tape, called, args, dict(kwargs or {}), x.copy(), scalar)
    except LostError:
        raise
    except Exception as error:
        raise LostError(_reason(tape, error)) from None
    if tape.reason:
        raise LostError(_reason(tape, None))
    if value.dtype.kind not in "biufc":
        raise LostError("f returned an object array that holds no numbers")
    return Trace(tape, x.size, value, ids)


def _reason(tape: Any, error: Exception | None) -> str:
    """Why, and at which line of f."""
    if tape.reason:
        where = tape.where
        text = f"{tape.reason} takes a number out of the trace"
    else:
        where, text = _raised_at(error), f"{type(error).__name__}: {error}"
    return text if where is None else f"{text}, in {where[2]} at {where[0]}:{where[1]}"


def _raised_at(error: Exception | None) -> tuple[str, int, str] | None:
    """The innermost line outside NumPy and this package."""
    found, step = None, None if error is None else error.__traceback__
    while step is not None:
        name = str(step.tb_frame.f_globals.get("__name__", "")).split(".")[0]
        if name not in ("numjac", "numpy") and name not in sys.builtin_module_names:
            found = (step.tb_frame.f_code.co_filename, step.tb_lineno, step.tb_frame.f_code.co_name)
        step = step.tb_next
    return found
