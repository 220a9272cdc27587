# SPDX-License-Identifier: BSD-3-Clause
"""
What a trace says of a sparse Jacobian, where the pattern is known and where it is not.

As long as the tangents are legs, their entries are read off. A tangent that becomes dense in between is never made
whole: the colours of a known pattern are the seeds then, forward for columns and backward for rows that are full, and
where nothing is known the columns, or the rows, go through in blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from numjac.analytic.chain import Graph
from numjac.analytic.tangents import Rows, rows
from numjac.containers import stored_parts
from numjac.numeric.coloring import color_columns
from numjac.numeric.pattern import Pattern
from numjac.numeric.peeling import peel
from numjac.result import Array, IntArray

__all__ = ["Products", "by_blocks", "entries_of_trace", "is_dense"]

# Numbers in a dense tangent beyond which it is not made at once, and seeds that go through together.
DENSE, SEEDS = 2**24, 64

# A row is not what the entries of a pattern say if it is off by more than this part of its terms.
STRAY = 1e-9


def is_dense(graph: Graph) -> bool:
    """Whether a tangent would become so large."""
    graph.cost()
    return graph.dense > DENSE


def entries_of_trace(graph: Graph, dense: bool) -> tuple[Array, Pattern]:
    """The entries of the Jacobian of a graph, and where they are."""
    return by_blocks(graph) if dense else stored_parts(graph.ids.size, graph.n, graph.parts())


@dataclass(frozen=True, eq=False)
class Products:
    """
    How the entries of a known pattern are read, from as few products as its colours are.

    Parameters
    ----------
    pattern : Pattern
        Where the Jacobian may differ from zero.
    columns, rows : ndarray
        Colours [n] of columns, whose sums are seeds forward, and [m] of rows, backward; -1 for those without.
    from_rows : ndarray of bool
        The entries that are read from the latter.
    """

    pattern: Pattern
    columns: Array
    rows: Array
    from_rows: Array

    @classmethod
    def of(cls, pattern: Pattern, complex: bool) -> Products:  # noqa: A002  # as of a graph
        """Colours of both sides; complex numbers have no cotangents, so it is those of columns then."""
        if complex:
            columns = color_columns(pattern.by_columns, pattern.by_rows)
            return cls(pattern, columns.colors, np.full(pattern.shape[0], -1), np.zeros(pattern.nnz, bool))
        both = peel(pattern.by_columns, pattern.by_rows)
        from_rows = both.from_rows(pattern.row, pattern.column)
        return cls(pattern, both.column_coloring.colors, both.row_coloring.colors, from_rows)

    def read(self, graph: Graph) -> Array:
        """The entries of a trace, in the order of the pattern."""
        row, column, back, ahead = self.pattern.row, self.pattern.column, self.from_rows, ~self.from_rows
        data = np.zeros(self.pattern.nnz, complex if graph.complex else float)
        data[back] = _read(graph, self.rows, row[back], column[back], True) if back.any() else 0
        data[ahead] = _read(graph, self.columns, column[ahead], row[ahead], False)
        return data

    def missing(self, graph: Graph, data: Array) -> tuple[IntArray, IntArray]:
        """
        Rows and columns of entries that the pattern lacks.

        They would be added to others of their colour. A product with a random vector, of which these know nothing,
        shows that there are some; all columns are looked at only then.
        """
        pattern = self.pattern
        v = np.random.default_rng(graph.n).uniform(0.5, 1.0, graph.n)
        product = rows(graph.forward(Rows(v.reshape(1, -1))))[0]
        parts = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
        with np.errstate(all="ignore"):
            slack = STRAY * np.maximum(np.abs(product), pattern.times(np.abs(data), v))
            wrong = (np.abs(product - pattern.times(data, v)) > slack).any()
        for first in range(0, graph.n, SEEDS) if wrong else ():
            columns = np.arange(first, min(first + SEEDS, graph.n))
            found = np.array(rows(graph.forward(Rows(np.eye(columns.size, graph.n, first)))))
            there, _ = pattern.columns(columns)
            found[there.column, there.row] = 0
            k, i = np.nonzero(np.abs(found) > slack)
            parts.append((i, k + first))
        row, column = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
        return row, column


def _read(graph: Graph, colors: Array, seeded: Array, read: Array, back: bool) -> Array:
    """Entries from products with sums of columns, or of rows: one seeds, the other is where an entry is read."""
    result = np.zeros(seeded.size, complex if graph.complex else float)
    for first in range(0, int(colors.max(initial=-1)) + 1, SEEDS):
        some = np.flatnonzero((colors >= first) & (colors < first + SEEDS))
        seeds = np.zeros((min(SEEDS, int(colors.max()) + 1 - first), colors.size))
        seeds[colors[some] - first, some] = 1.0
        found = graph.gradient(seeds) if back else rows(graph.forward(Rows(seeds)))
        mine = np.flatnonzero((colors[seeded] >= first) & (colors[seeded] < first + SEEDS))
        result[mine] = found[colors[seeded[mine]] - first, read[mine]]
    return result


def by_blocks(graph: Graph) -> tuple[Array, Pattern]:
    """All entries that are not zero, block by block, in the cheaper direction."""
    back = not graph.complex and graph.direction() == "reverse"
    size = graph.ids.size if back else graph.n
    parts: list[tuple[Array, Array, Array]] = []
    for first in range(0, size, SEEDS):
        width = min(SEEDS, size - first)
        seeds = np.zeros((width, size))
        seeds[np.arange(width), first + np.arange(width)] = 1.0
        found = graph.gradient(seeds) if back else rows(graph.forward(Rows(seeds)))
        k, other = np.nonzero(found)
        parts.append((k + first, other, found[k, other]))
    seeded, other, data = (np.concatenate([part[side] for part in parts]) for side in range(3))
    i, j = (seeded, other) if back else (other, seeded)
    pattern = Pattern((graph.ids.size, graph.n), i.astype(np.int32), j.astype(np.int32))
    order = pattern.row_order
    return (data, pattern) if order is None else (data[order], pattern.ordered(order))
