# SPDX-License-Identifier: BSD-3-Clause
"""
Second derivatives: every operation bends by itself.

With tangents J_p of the operands of each node, and the cotangent u of its result, the Hessian is a sum over nodes,

    H = sum over nodes  J_p' M_pq J_q,     M_pq = sum_i u_i d2 y_i / dp dq

(Griewank and Walther, Evaluating Derivatives, 2nd ed., 2008, section 8.2, in the order of nodes instead of steps). M is
the Jacobian of the pullback u -> J_p' u by the operands, found by tracing that: no identity has to be told twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.chain import Graph
from numjac.analytic.rules import shape_of
from numjac.analytic.tangents import Legs, Rows, Tangent, joined, rows, taken
from numjac.analytic.tracing import trace
from numjac.result import Array, FloatArray, IntArray

__all__ = ["Hessian", "hessian", "product"]


class Hessian:
    """
    A sum of products J_p' M J_q, as entries where they are few.

    Parameters
    ----------
    n : int
        The number of rows and columns.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.matrix: FloatArray | None = None
        self.entries: list[tuple[IntArray, IntArray, FloatArray]] = []

    def add(self, left: Tangent, right: Tangent) -> None:
        """Add left' right."""
        if isinstance(left, Legs) and isinstance(right, Legs):
            for i, w in left.legs:
                for j, v in right.legs:
                    some = (i >= 0) & (j >= 0)
                    value = np.broadcast_to(w * v, i.shape)
                    self.entries.append((i[some], j[some], value[some]))
        else:
            product = rows(left) @ rows(right).T
            self.matrix = product if self.matrix is None else self.matrix + product

    def dense(self) -> FloatArray:
        """The matrix, symmetric bit for bit."""
        total = np.zeros((self.n, self.n)) if self.matrix is None else self.matrix.copy()
        for i, j, value in self.entries:
            np.add.at(total, (i, j), value)
        return (total + total.T) / 2

    @property
    def coordinates(self) -> tuple[IntArray, IntArray, FloatArray] | None:
        """Rows, columns and values, several of one place to be added up; None if it is kept as a matrix."""
        if self.matrix is not None:
            return None
        if not self.entries:
            return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
        i, j, value = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        return np.concatenate([i, j]), np.concatenate([j, i]), np.concatenate([value, value]) / 2


def hessian(graph: Graph, u: Array) -> Hessian:
    """
    The Hessian of sum(u * f).

    Parameters
    ----------
    graph : Graph
        Of a trace that wrote down second derivatives.
    u : ndarray
        Weights of the elements [m].
    """
    tangents = graph.tangents()
    cotangents = graph.cotangents(np.asarray(u, float).reshape(1, -1))
    total = Hessian(graph.n)
    with np.errstate(all="ignore"):
        for k, node in enumerate(graph.nodes):
            if k not in cotangents:
                continue
            if node.record >= 0:
                _run(graph, node, cotangents[k][0], tangents, total)
            elif node.rule is not None and node.rule.bends(node):
                operands = _operands(graph, node, tangents)
                bent = _bent(node, cotangents[k], operands)
                for part, (_, t) in zip(bent, operands, strict=True):
                    total.add(t, part)
    return total


def product(graph: Graph, u: Array, v: Array) -> tuple[Array, Array]:
    """
    The gradient of sum(u * f), and its Hessian times v.

    Parameters
    ----------
    graph : Graph
        Of a trace that wrote down second derivatives.
    u : ndarray
        Weights of the elements [m].
    v : ndarray
        The direction [n].
    """
    tangents = graph.tangents(Rows(np.asarray(v, float).reshape(1, -1)))

    def extra(k: int, node: Any, U: Array) -> list[tuple[IntArray, Array]]:
        """What the bending of a node adds to the cotangents of its operands."""
        if node.record >= 0:
            return [_run_product(graph, node, U[0], tangents)]
        if node.rule is None or not node.rule.bends(node):
            return []
        operands = _operands(graph, node, tangents)
        return [
            (np.arange(first, first + t.size), rows(part))
            for part, (first, t) in zip(_bent(node, U[:1], operands), operands, strict=True)
        ]

    seeds = np.stack([np.asarray(u, float).reshape(-1), np.zeros(graph.ids.size)])
    both = graph.backward(seeds, extra)
    return both[0], both[1]


def _operands(graph: Graph, node: Any, tangents: dict[int, Tangent]) -> list[tuple[int, Tangent]]:
    """First element and tangent of each traced operand."""
    return [(first, graph.span(first, int(np.size(node.args[position])), tangents)) for position, first in node.parents]


def _bent(node: Any, U: Array, operands: list[tuple[int, Tangent]]) -> list[Tangent]:
    """M times the tangents of the operands, for each operand: the pullback is traced by all of them together."""
    positions = [position for position, _ in node.parents]
    values = [np.asarray(node.args[position], float) for position in positions]
    ends = np.cumsum([0, *(value.size for value in values)])
    u = np.asarray(U[0]).reshape(shape_of(node.value))

    def pulled(flat: Any) -> Any:
        arguments = list(node.args)
        for k, (position, value) in enumerate(zip(positions, values, strict=True)):
            arguments[position] = np.reshape(flat[ends[k] : ends[k + 1]], value.shape)
        found = [np.ravel(node.rule.pullback(node, arguments, position, u)) for position in positions]
        return np.concatenate(found)

    traced = trace(pulled, np.concatenate([value.reshape(-1) for value in values]), False)
    width = operands[0][1].n
    seeds = joined(width, int(ends[-1]), [(np.arange(ends[k], ends[k + 1]), t) for k, (_, t) in enumerate(operands)])
    whole = traced.graph().forward(seeds)
    if len(positions) == 1:
        return [whole]
    return [taken(whole, np.arange(ends[k], ends[k + 1])) for k in range(len(positions))]


def _run(graph: Graph, node: Any, u: Array, tangents: dict[int, Tangent], total: Hessian) -> None:
    """The same of a run of records, all together."""
    parents, _ = graph.tape.run_records(node)
    bends = graph.tape.run_bends(node) * u[:, np.newaxis]
    for which, (p, q) in enumerate([(0, 0), (0, 1), (1, 1)]):
        some = np.flatnonzero(bends[:, which])
        if not some.size:
            continue
        left = graph.collect(parents[some, p], tangents)
        right = graph.collect(parents[some, q], tangents)
        weighed = _weighed(right, bends[some, which])
        total.add(left, weighed)
        if p != q:
            total.add(weighed, left)


def _weighed(t: Tangent, w: Array) -> Tangent:
    if isinstance(t, Rows):
        return Rows(t.T * w)
    return Legs(t.n, t.size, tuple((i, v * w) for i, v in t.legs))


def _run_product(graph: Graph, node: Any, u: Array, tangents: dict[int, Tangent]) -> tuple[IntArray, Array]:
    """What a run adds to cotangents: elements, and one row of numbers."""
    parents, _ = graph.tape.run_records(node)
    bends = graph.tape.run_bends(node) * u[:, np.newaxis]
    a, b = (rows(graph.collect(parents[:, side], tangents))[0] for side in (0, 1))
    first, second = bends[:, 0] * a + bends[:, 1] * b, bends[:, 1] * a + bends[:, 2] * b
    return parents.T.reshape(-1), np.concatenate([first, second]).reshape(1, -1)
