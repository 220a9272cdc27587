# SPDX-License-Identifier: BSD-3-Clause
"""
The exact way: one call of f on a tracer, and what speaks against believing it.

What is traced is held against f itself: no number may have left the trace, the value has to be that of f, bit for bit
unless there were scalars, which loops over objects may have added in another order, and no branch may hang on a tie or
lie at a kink. What these can not see, one difference along a random direction does, and that is left to the policy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac._tape import Quick
from numjac.analytic.chain import Graph
from numjac.analytic.methods import METHODS
from numjac.analytic.tangents import matrix, rows
from numjac.analytic.tracing import CODES, SMOOTH, LostError, Trace, apply, copied, trace
from numjac.errors import ShapeError, TraceError
from numjac.formats import EPS
from numjac.numeric.functions import Function
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point, as_point
from numjac.result import Array, IntArray
from numjac.seeds import is_dense

__all__ = ["Quick", "inherited", "quick", "rounding", "slopes_of", "traced", "traced_numbers", "weighed"]

# The direction of the chain rule, and which nodes it needs.
Plan = tuple[str, list[bool]]

# The entries of a trace, which may be dense in between, in a container.
Container = Callable[[Graph, bool], Any]

# How far the value may be from f(x) where a loop over objects has added in another order.
LOOPED = 1e-12


def traced(function: Function, point: Point, value: Array, attempts: str, *, second: bool = False) -> tuple[Trace, str]:
    """
    Trace f at a point.

    Parameters
    ----------
    function : Function
        f and its arguments.
    point : Point
        The point, real and float64.
    value : ndarray
        f(x).
    attempts : str
        Those to try, in their order: ``"A"`` calls f as it is, ``"C"`` a copy of it whose globals know tracers.
    second : bool
        For second derivatives.

    Returns
    -------
    tuple of Trace, str
        And the attempt that succeeded.

    Raises
    ------
    TraceError
        The trace can not be made, or can not be believed.
    """
    if function.vectorized:
        raise TraceError("a vectorized f is not traced")
    if point.is_complex or point.narrow:
        raise TraceError(f"x is {point.array.dtype}, expected float64 to trace f with")
    if not np.isfinite(point.array).all():
        raise TraceError("x is not finite", lasting=False)
    reasons = []
    for attempt in attempts:
        try:
            found = trace(
                function.f, point.array, point.scalar, function.args, function.kwargs, second=second, attempt=attempt
            )
            _compare(found, value)
        except (LostError, TraceError) as error:
            reasons.append(str(error))
            continue
        if found.tape.kinked or found.tape.tied:
            what = "f has a kink at x" if found.tape.kinked else "x lies where a comparison in f is a tie"
            raise TraceError(what, lasting=False, sharp=True)
        return found, attempt
    raise TraceError(". With tracer-aware globals: ".join(reasons))


def slopes_of(function: Function, attempts: str) -> Function:
    """
    The exact derivative of f, as a function of x that can be differentiated itself.

    Parameters
    ----------
    function : Function
        f and its arguments.
    attempts : str
        As of `traced`.

    Returns
    -------
    Function
        From x to an array of shape ``f.shape + x.shape``; it raises what `traced` does.
    """

    def slopes(x: Any) -> Array:
        point = as_point(x)
        value = function.at(point).value
        found, _ = traced(function, point, value, attempts)
        J: Array = matrix(found.graph().jacobian()[0]).reshape(value.shape + point.shape)
        return J

    return Function(slopes)


def quick(function: Function, *, entries: Container | None = None, attempt: str = "A") -> Quick | None:
    """
    What remembers the traces of a function that were verified.

    Parameters
    ----------
    function : Function
        f and its arguments.
    entries : callable, optional
        ``entries(graph, dense)``: the container of a sparse result.
    attempt : str
        The one that succeeds.
    """
    if function.vectorized:
        return None
    finish = _finish if entries is None else partial(_finish_sparse, entries)
    f = function.f if attempt == "A" else copied(function.f)
    return Quick(f, function.args, function.kwargs, CODES, SMOOTH, apply, METHODS, finish, entries is not None)


def traced_numbers(y: Any) -> bool:
    """Whether what f returned is traced."""
    return bool(_tape.traced(y))


def weighed(y: Any, u: Array) -> Any:
    """sum(u * y) of what f returned on a tracer."""
    if isinstance(y, (list, tuple)):
        y = np.stack([np.asarray(part) if not _tape.traced(part) else part for part in y])
    if np.shape(y) != u.shape:
        raise ShapeError(f"u has shape {u.shape}, expected that of f(x), {np.shape(y)}")
    return np.sum(u * y)


def _finish_sparse(entries: Container, tape: Any, n: int, ids: IntArray, plan: Plan | None) -> tuple[Any, Plan]:
    """The same by rows."""
    graph = Graph(tape, n, ids).tips(None if plan is None else plan[1])
    dense = is_dense(graph) if plan is None else plan[0] == "dense"
    return entries(graph, dense), plan or ("dense" if dense else "forward", graph.needed)


def _finish(tape: Any, n: int, ids: IntArray, plan: Plan | None) -> tuple[Array, Plan]:
    """The Jacobian of a tape with arrays; what is planned may be known from a tape like it."""
    graph = Graph(tape, n, ids, None if plan is None else plan[1])
    tangent, direction = graph.jacobian(plan and plan[0])
    return matrix(tangent), plan or (direction, graph.needed)


def _compare(found: Trace, value: Array) -> None:
    """Hold the value on the tracer against f(x)."""
    if found.value.shape != value.shape:
        raise TraceError(f"f returned shape {found.value.shape} on a tracer, {value.shape} at x")
    with np.errstate(invalid="ignore", over="ignore"):
        same = (found.value == value) | (np.isnan(found.value) & np.isnan(value))
        if found.tape.looped or found.tape.count:
            size = np.max(np.abs(value), where=np.isfinite(value), initial=0.0)
            same |= np.abs(found.value - value) <= LOOPED * size
    if not same.all():
        first = tuple(np.argwhere(~same)[0])
        raise TraceError(f"f returned {found.value[first]!s} on a tracer, {value[first]!s} at x")


def inherited(graph: Graph) -> Array | None:
    """What errors of local Jacobians make of the whole one [m, n], to first order; None if there are none."""
    total: Array | None = None
    judged = [k for k, node in enumerate(graph.nodes) if node.rule is not None and graph.needed[k]]
    judged = [k for k in judged if any(E is not None for E in graph.nodes[k].rule.uncertainty(graph.nodes[k]))]
    if not judged:
        return None
    tangents = graph.tangents()
    cotangents = {} if graph.complex else graph.cotangents(np.eye(graph.ids.size))
    for k in judged:
        node = graph.nodes[k]
        for (position, first), E in zip(node.parents, node.rule.uncertainty(node), strict=True):
            if E is not None:
                T = np.abs(rows(graph.span(first, int(np.size(node.args[position])), tangents)))
                C = np.abs(graph.onward(k) if graph.complex else cotangents[k])
                more = (C * E) @ T.T if E.ndim == 1 else C @ E @ T.T
                total = more if total is None else total + more
    return total


def rounding(graph: Graph, J: Any, pattern: Pattern | None = None) -> Any:
    """A bound of what rounding does to an exact derivative: a unit for each operation, relative to its row."""
    nodes = 4 + sum(graph.needed) + int(graph.tape.count) ** 0.5
    if pattern is not None:
        row = np.zeros(pattern.shape[0])
        np.maximum.at(row, pattern.row, np.abs(J))
        return EPS * (nodes * np.abs(J) + row[pattern.row])
    size = np.abs(J)
    row = np.max(size, axis=-1, keepdims=True, initial=0.0, where=np.isfinite(size)) if J.ndim > 1 else size
    return EPS * (nodes * size + row)
