# SPDX-License-Identifier: BSD-3-Clause
"""
The chain rule: local Jacobians multiplied forward, as structured tangents, or backward, as dense cotangents.

Both walk over the nodes of a tape, each of which owns a row of elements. The direction is chosen by the cost that is
counted beforehand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.structured import NOTHING, Reduce, Structured
from numjac.analytic.tangents import LEGS, Legs, Rows, Tangent, identity, joined, plus, push, rows, taken
from numjac.result import Array, IntArray

__all__ = ["Graph"]

# What an operation adds to the cotangents of elements, beside its local Jacobian.
Extra = Callable[[int, Any, Array], list[tuple[IntArray, Array]]]


def _size(a: Any) -> int:
    return int(a.size) if isinstance(a, np.ndarray) else int(np.size(a))


@dataclass
class Graph:
    """
    A tape from x to some elements.

    Parameters
    ----------
    tape : Tape
        What was written down.
    n : int
        The first n elements are x.
    ids : ndarray of intp
        The elements that are differentiated; -1 is a constant.
    known : list of bool, optional
        The nodes that are needed, from a tape of the same signature.
    """

    tape: Any
    n: int
    ids: IntArray
    known: list[bool] | None = None
    nodes: list[Any] = field(init=False)
    starts: list[int] = field(init=False)
    factors: dict[int, list[Structured]] = field(init=False, default_factory=dict)
    dense: float = field(init=False, default=0.0)  # numbers in the largest tangent that is not sparse, once counted
    own: set[int] = field(init=False, default_factory=set)  # nodes whose cotangents may be added to in place

    def __post_init__(self) -> None:
        self.nodes = self.tape.nodes
        self.starts = [node.first for node in self.nodes]

    # ------------------------------------------------------------------------------------------------ the graph

    @property
    def scalar(self) -> bool:
        """Whether there is but one run of records behind x."""
        return len(self.nodes) == 1 and self.nodes[0].record >= 0

    @cached_property
    def needed(self) -> list[bool]:
        """Which nodes the elements depend on."""
        if self.known is not None:
            return self.known
        needed = [False] * (len(self.nodes) + 1)  # the last one is x
        self._need(needed, self.ids)
        for k in range(len(self.nodes) - 1, -1, -1):
            if needed[k]:
                node = self.nodes[k]
                if node.rule is None:
                    self._need(
                        needed,
                        self.tape.run_records(node)[0].reshape(-1) if node.record >= 0 else node.args.reshape(-1),
                    )
                for position, first in node.parents or ():
                    last = first + max(1, _size(node.args[position])) - 1
                    for owner in range(self._owner(first), self._owner(last) + 1):
                        needed[owner] = True
        return needed[:-1]

    def _need(self, needed: list[bool], ids: IntArray) -> None:
        """The owners of these elements are needed."""
        for k in self._owners(ids):
            needed[k] = True

    def _owners(self, ids: IntArray) -> list[int]:
        """The nodes that elements belong to, in their order; -1 for x."""
        if not ids.size:
            return []
        low, high = int(ids.min()), int(ids.max())
        if high < 0:
            return []
        if low >= 0 and (k := self._owner(low)) == self._owner(high):
            return [k]
        owner = np.searchsorted(self.starts, ids[ids >= 0], side="right")
        return [int(k) - 1 for k in np.flatnonzero(np.bincount(owner))]

    def _owner(self, element: int) -> int:
        """Which node an element belongs to, -1 for x."""
        return bisect_right(self.starts, element) - 1

    def locals(self, k: int) -> list[Structured]:
        """The local Jacobians of a node."""
        if k not in self.factors:
            self.factors[k] = self.nodes[k].rule.locals(self.nodes[k])
        return self.factors[k]

    def tips(self, known: list[bool] | None = None) -> Graph:
        """The same graph to the elements that these were gathered from: what is put together stays apart."""
        ids = self.ids.reshape(-1).copy()
        while True:
            seams = [k for k in self._owners(ids) if k >= 0 and self.nodes[k].rule is None and self.nodes[k].record < 0]
            if not seams:
                return Graph(self.tape, self.n, ids, known)
            for k in seams:
                inside = np.flatnonzero((ids >= self.starts[k]) & (ids < self.starts[k] + self._size(k)))
                ids[inside] = self.nodes[k].args.reshape(-1)[ids[inside] - self.starts[k]]

    def parts(self) -> list[tuple[IntArray, Tangent]]:
        """The tangents of the elements node by node, each with the places [rows of it] of its elements."""
        tangents, parts = self.tangents(), []
        for k in self._owners(self.ids):
            start = self._start(k)
            at = np.flatnonzero((self.ids >= start) & (self.ids < start + self._size(k)))
            parts.append((at, self._rows_of(tangents[k], self.ids[at] - start)))
        return parts

    def _rows_of(self, t: Tangent, index: IntArray) -> Tangent:
        """Rows of a tangent; all of them in their order are the tangent itself."""
        return t if index.size == t.size and index[0] == 0 and _tape.in_a_row(index) else taken(t, index)

    def cost(self) -> tuple[float, float]:
        """Multiplications forward and, for each element, backward."""
        legs: dict[int, float] = {}
        forward = backward = 0.0

        def of(first: int) -> float:
            return 1.0 if first < self.n else legs.get(bisect_right(self.starts, first) - 1, 0.0)

        for k, node in enumerate(self.nodes):
            if not self.needed[k]:
                continue
            if node.record >= 0:
                legs[k] = float(self.n)
                forward, backward = forward + 2.0 * node.size * self.n, backward + 2.0 * node.size
            elif node.rule is None:
                owners = self._owners(node.args.reshape(-1))
                legs[k] = max((1.0 if owner < 0 else legs.get(owner, 0.0) for owner in owners), default=0.0)
                forward, backward = forward + node.size * legs[k], backward + node.size
            else:
                found = 0.0
                for (_, first), A in zip(node.parents, self.locals(k), strict=True):
                    forward, backward = forward + A.nnz * of(first), backward + A.nnz
                    found += of(first) * A.nnz / max(1, A.shape[0])
                legs[k] = float(self.n) if found > LEGS else found
                if found > LEGS:  # a sum is taken leg by leg, all else of operands that are dense
                    wide = max((A.shape[1] for A in self.locals(k) if not isinstance(A, Reduce)), default=0)
                    self.dense = max(self.dense, float(self.n) * wide)
            if legs[k] >= self.n > LEGS:
                self.dense = max(self.dense, float(self.n) * node.size)
        return forward, backward

    # ----------------------------------------------------------------------------------------------------- forward

    def forward(self, seeds: Tangent | None = None) -> Tangent:
        """The tangent of the elements, from that of x: the identity, or others."""
        with np.errstate(all="ignore"):
            return self.collect(self.ids, self.tangents(seeds))

    def tangents(self, seeds: Tangent | None = None) -> dict[int, Tangent]:
        """The tangents of all nodes that the elements depend on; that of x is number -1."""
        tangents: dict[int, Tangent] = {-1: identity(self.n) if seeds is None else seeds}
        with np.errstate(all="ignore"):
            for k, node in enumerate(self.nodes):
                if self.needed[k]:
                    tangents[k] = self._forward(k, node, tangents)
        return tangents

    def onward(self, k: int) -> Array:
        """The Jacobian of the elements by those of a node, forward: complex numbers have no cotangents."""
        size = self.nodes[k].size
        tangents: dict[int, Tangent] = {j: Legs(size, self._size(j)) for j in range(-1, k)}
        tangents[k] = identity(size)
        with np.errstate(all="ignore"):
            for j in range(k + 1, len(self.nodes)):
                if self.needed[j]:
                    tangents[j] = self._forward(j, self.nodes[j], tangents)
            return rows(self.collect(self.ids, tangents)).T

    def _forward(self, k: int, node: Any, tangents: dict[int, Tangent]) -> Tangent:
        if node.record >= 0:
            return self._run_forward(node, tangents)
        if node.rule is None:
            return self.collect(node.args.reshape(-1), tangents)
        terms = []
        for (position, first), A in zip(node.parents, self.locals(k), strict=True):
            t = self.span(first, int(np.size(node.args[position])), tangents)
            terms.append(push(A, t))
        return plus(*terms)

    def _place(self, element: int) -> tuple[int, int]:
        """Which node an element belongs to, -1 for x, and the first element of that."""
        k = bisect_right(self.starts, element) - 1
        return (k, self.starts[k]) if k >= 0 else (-1, 0)

    def span(self, first: int, size: int, tangents: dict[int, Tangent]) -> Tangent:
        """The tangent of elements in a row."""
        if not size:  # the element that its number would be is another's
            return Legs(tangents[-1].n, 0)
        k, start = self._place(first)
        t = tangents[k]
        if first == start and t.size == size:
            return t
        if first + size <= start + t.size:
            return taken(t, np.arange(first - start, first - start + size))
        return self.collect(np.arange(first, first + size), tangents)

    def collect(self, ids: IntArray, tangents: dict[int, Tangent]) -> Tangent:
        """The tangent of any elements."""
        ids = np.ascontiguousarray(ids).reshape(-1)
        owners, width = self._owners(ids), tangents[-1].n
        if len(owners) == 1:
            t, start = tangents[owners[0]], self._start(owners[0])
            if ids.size == t.size and ids[0] == start and _tape.in_a_row(ids):
                return t
            return taken(t, ids - start if ids.min() >= 0 else np.where(ids >= 0, ids - start, NOTHING))
        parts = []
        for k in owners:
            start = self._start(k)
            at = np.flatnonzero((ids >= start) & (ids < start + self._size(k)))
            parts.append((at, taken(tangents[k], ids[at] - start)))
        return joined(width, ids.size, parts) if parts else Legs(width, ids.size)

    def _start(self, k: int) -> int:
        """The first element of a node."""
        return self.starts[k] if k >= 0 else 0

    def _run_forward(self, node: Any, tangents: dict[int, Tangent]) -> Tangent:
        inputs, parents, partials = self._renumbered(node)
        T = rows(self.collect(inputs, tangents))
        if T.dtype.kind == "c":
            raise NotImplementedError("complex numbers on the way to scalars")
        work = np.zeros((inputs.size + node.size, len(T)))
        work[: inputs.size] = T.T
        _tape.sweep_records(parents, partials, work, True)
        return Rows(work[inputs.size :].T)

    def _renumbered(self, node: Any) -> tuple[IntArray, IntArray, Array]:
        """A run with its inputs numbered from zero, and its records behind them."""
        parents, partials = self.tape.run_records(node)
        inputs = np.unique(parents[(parents >= 0) & (parents < node.first)])
        inside = parents >= node.first
        new = np.where(parents < 0, NOTHING, np.searchsorted(inputs, parents))
        return inputs, np.where(inside, parents - node.first + inputs.size, new), partials

    # ---------------------------------------------------------------------------------------------------- backward

    def backward(self, U: Array, extra: Extra | None = None) -> Array:
        """Cotangents of the elements [k, m] to those of x [k, n]; `extra` may add to those of operands, row 1."""
        found = self._begin(U)
        with np.errstate(all="ignore"):
            if extra is None:
                _tape.descend(self, self.nodes, self.starts, self.n, found, self.own)
                return found.get(-1, np.zeros((len(U), self.n)))
            for k in range(len(self.nodes) - 1, -1, -1):
                if k in found:
                    self._backward(k, self.nodes[k], found, extra)
        return found.get(-1, np.zeros((len(U), self.n)))

    def cotangents(self, U: Array) -> dict[int, Array]:
        """The cotangents of all nodes that the elements depend on."""
        found, kept = self._begin(U), {}
        with np.errstate(all="ignore"):
            for k in range(len(self.nodes) - 1, -1, -1):
                if k in found:
                    kept[k] = self._backward(k, self.nodes[k], found, None)
        return kept

    def _begin(self, U: Array) -> dict[int, Array]:
        found: dict[int, Array] = {}
        self.own.clear()
        self.scatter(self.ids, np.asarray(U), found)
        return found

    def _backward(self, k: int, node: Any, found: dict[int, Array], extra: Extra | None) -> Array:
        """Hand the cotangents of a node on; of a run, those of all its records are returned."""
        U = found.pop(k)
        if node.record >= 0:
            return self._run_backward(k, node, U, found, extra)
        if node.rule is None:
            self.scatter(node.args.reshape(-1), U, found)
            return U
        for (_, first), A in zip(node.parents, self.locals(k), strict=True):
            self._add(first, A.backward(U), found)
        for ids, more in extra(k, node, U) if extra is not None else []:
            self.scatter(ids, np.concatenate([np.zeros_like(more), more]), found)
        return U

    def hand_on(self, k: int, node: Any, found: dict[int, Array]) -> None:
        """The same for `descend`, of a run or a gather."""
        self._backward(k, node, found, None)

    def _run_backward(self, k: int, node: Any, U: Array, found: dict[int, Array], extra: Extra | None) -> Array:
        inputs, parents, partials = self._renumbered(node)
        if extra is None:
            work = self._swept(inputs, parents, partials, U)
        else:  # what is added to a record has to be there before the sweep comes by
            work = np.zeros((inputs.size + node.size, 2))
            work[:, :1] = self._swept(inputs, parents, partials, U[:1])
            last = np.zeros((1, inputs.size + node.size))
            last[:, inputs.size :] = U[1:]
            for ids, more in extra(k, node, work[inputs.size :, :1].T):
                inside = np.where(ids >= node.first, ids - node.first + inputs.size, np.searchsorted(inputs, ids))
                _tape.scatter(np.where(ids < 0, NOTHING, inside), more, last)
            row = np.ascontiguousarray(last.T)
            _tape.sweep_records(parents, partials, row, False)
            work[:, 1:] = row
        self.scatter(inputs, np.ascontiguousarray(work[: inputs.size].T), found)
        return np.ascontiguousarray(work[inputs.size :].T)

    def _swept(self, inputs: IntArray, parents: IntArray, partials: Array, U: Array) -> Array:
        """Cotangents of the inputs and of all records of a run."""
        work = np.zeros((inputs.size + len(parents), len(U)))
        work[inputs.size :] = U.T
        _tape.sweep_records(parents, partials, work, False)
        return work

    def _size(self, k: int) -> int:
        return self.n if k < 0 else int(self.nodes[k].size)

    def _add(self, first: int, U: Array, found: dict[int, Array]) -> None:
        """Add cotangents of elements in a row."""
        k, start = self._place(first)
        size = self._size(k)
        if first == start and U.shape[1] == size:
            if k in self.own:
                found[k] += U
            else:
                found[k] = found[k] + U if k in found else U
        elif first + U.shape[1] <= start + size:
            total = self._room(k, U, found)
            total[:, first - start : first - start + U.shape[1]] += U
        else:
            self.scatter(np.arange(first, first + U.shape[1]), U, found)

    def _room(self, k: int, U: Array, found: dict[int, Array]) -> Array:
        """Cotangents of a node that may be added to in place."""
        total = found.get(k)
        if total is None or k not in self.own:
            total = np.zeros((len(U), self._size(k)), U.dtype) if total is None else np.array(total)
            found[k] = total
            self.own.add(k)
        return total

    def scatter(self, ids: IntArray, U: Array, found: dict[int, Array]) -> None:
        """Add cotangents of any elements, which may be the same ones twice."""
        owners = self._owners(ids)
        if len(owners) == 1:
            (k,) = owners
            _tape.scatter(np.where(ids >= 0, ids - self._start(k), NOTHING), U, self._room(k, U, found))
            return
        for k in owners:
            start = self._start(k)
            at = np.flatnonzero((ids >= start) & (ids < start + self._size(k)))
            _tape.scatter(ids[at] - start, U[:, at], self._room(k, U, found))

    # ------------------------------------------------------------------------------------------------------ both

    def direction(self) -> str:
        """The cheaper one."""
        if self.complex or self.n == 1:
            return "forward"
        if self.ids.size == 1:
            return "reverse"
        forward, backward = self.cost()
        return "forward" if self.ids.size * backward >= forward else "reverse"

    def jacobian(self, direction: str | None = None) -> tuple[Tangent, str]:
        """The Jacobian [m, n] by one direction, or the cheaper one, and which that was."""
        m = self.ids.size
        if self.scalar:
            ahead = self.n <= m
            J = self.tape.sweep(self.n, np.ascontiguousarray(self.ids), ahead)
            return Rows(J.T), "forward" if ahead else "reverse"
        direction = self.direction() if direction is None else direction
        if direction == "forward":
            return self.forward(), direction
        return Rows(self.backward(np.eye(m)).T), direction

    def gradient(self, units: Array) -> Array:
        """Cotangents [k, m] to those of x; complex numbers have none."""
        if self.complex:
            raise NotImplementedError("complex numbers on the way")
        return self.backward(units)

    @property
    def complex(self) -> bool:
        """Whether complex numbers occur, whose conjugation has no cotangent."""
        return bool(self.tape.imaginary)
