# SPDX-License-Identifier: BSD-3-Clause
"""
What a trace says of a sparse Jacobian, where the pattern is known and where it is not.

As long as the tangents are legs, their entries are read off. A tangent that becomes dense in between is never made
whole: the colours of a known pattern are the seeds then, forward for columns and backward for rows that are full, and
where nothing is known the columns, or the rows, go through in blocks.
"""

from __future__ import annotations

import numpy as np

from numjac.analytic.chain import Graph
from numjac.analytic.tangents import Rows, rows
from numjac.containers import stored_parts
from numjac.numeric.coloring import color_columns
from numjac.numeric.pattern import Pattern
from numjac.numeric.peeling import peel
from numjac.result import Array

__all__ = ["by_blocks", "by_seeds", "entries_of_trace", "is_dense"]

# Numbers in a dense tangent beyond which it is not made at once, and seeds that go through together.
DENSE, SEEDS = 2**24, 64


def is_dense(graph: Graph) -> bool:
    """Whether a tangent would become so large."""
    graph.cost()
    return graph.dense > DENSE


def entries_of_trace(graph: Graph, dense: bool) -> tuple[Array, Pattern]:
    """The entries of the Jacobian of a graph, and where they are."""
    return by_blocks(graph) if dense else stored_parts(graph.ids.size, graph.n, graph.parts())


def by_seeds(graph: Graph, pattern: Pattern) -> Array:
    """
    The entries of a known pattern, in as few products as its colours are.

    Parameters
    ----------
    graph : Graph
        A trace.
    pattern : Pattern
        Where the Jacobian may differ from zero.

    Returns
    -------
    ndarray
        In the order of the pattern.
    """
    data = np.zeros(pattern.nnz)
    if graph.complex:  # no cotangents
        columns = color_columns(pattern.by_columns, pattern.by_rows)
        from_rows = np.zeros(pattern.nnz, bool)
    else:
        both = peel(pattern.by_columns, pattern.by_rows)
        columns, from_rows = both.column_coloring, both.from_rows(pattern.row, pattern.column)
        data[from_rows] = _read(
            graph, both.row_coloring.colors, pattern.row[from_rows], pattern.column[from_rows], True
        )
    some = ~from_rows
    read = _read(graph, columns.colors, pattern.column[some], pattern.row[some], False)
    data = data.astype(read.dtype)
    data[some] = read
    return data


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
