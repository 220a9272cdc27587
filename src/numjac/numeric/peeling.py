# SPDX-License-Identifier: BSD-3-Clause
"""
Colours from both sides, where products with the transpose can be had: a few dense rows, or columns, are peeled off.

A row with entries everywhere gives each column a colour of its own, but one product with the transpose tells it all.
So the densest rows are told by such products, seeded with colours of rows, and all other entries by colours of columns.
How many rows these are is seen in the sorted counts of their entries: they end at one of the larger gaps. The same is
tried with columns in the place of rows, and the least taken. (A star colouring of both sides at once, Coleman and
Verma, SIAM J. Sci. Comput. 19(4), 1998, does not find the three colours of an arrow by any of our orders.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from numjac.numeric.coloring import ORDERS, Coloring, Indices, Lists, color_columns, counted
from numjac.result import Array, IntArray

__all__ = ["Peeling", "peel"]

# How many gaps in the sorted counts are looked at, on each side.
_GAPS = 12
# What takes so many times the best count by one order is not tried by the others: they seldom save a third.
_HOPELESS = 1.5


@dataclass(frozen=True, eq=False)
class Peeling:
    """
    Colours for the columns and the rows of a matrix, each entry being told by one of them.

    An entry (i, j) is read from the sum of the columns of colour ``column_coloring.colors[j]``, at row i; or, where
    ``from_rows(i, j)`` is true, from the sum of the rows of colour ``row_coloring.colors[i]``, at column j. Columns and
    rows from which nothing is read have colour -1 and must be left out of these sums.

    Attributes
    ----------
    peeled : str
        ``"rows"``: the entries of the peeled rows are read from rows, all others from columns. ``"columns"``: those of
        the peeled columns are read from columns, all others from rows.
    rows, columns : ndarray
        Int32, ascending: the rows that were peeled, or the columns; the other one is empty.
    column_coloring, row_coloring : Coloring
        The colours; the first is of kind ``"column"``, the second of kind ``"row"``.
    """

    peeled: str
    rows: Indices
    columns: Indices
    column_coloring: Coloring
    row_coloring: Coloring

    @property
    def count(self) -> int:
        """How many colours there are: products with the matrix and with its transpose."""
        return self.column_coloring.count + self.row_coloring.count

    def from_rows(self, i: IntArray | Indices, j: IntArray | Indices) -> Array:
        """
        Which entries are read from a sum of rows, the others being read from a sum of columns.

        Parameters
        ----------
        i, j : ndarray
            The rows and columns of the entries.

        Returns
        -------
        ndarray
            Bool.
        """
        if self.peeled == "rows":
            return _mask(len(self.row_coloring.colors), self.rows)[i]
        return ~_mask(len(self.column_coloring.colors), self.columns)[j]

    def __repr__(self) -> str:
        size = counted(len(self.column_coloring.colors), "column")
        parts = f"{self.column_coloring.count} by columns, {self.row_coloring.count} by rows"
        return f"{size} in {counted(self.count, 'colour')}: {parts}"


def peel(by_columns: Lists, by_rows: Lists, orders: Sequence[str] = ORDERS) -> Peeling:
    """
    The least number of products with a matrix and with its transpose that this way finds.

    Parameters
    ----------
    by_columns, by_rows : tuple
        ``(start, index)``, intp and int32: the rows of each column, and the columns of each row.
    orders : sequence of str, optional
        The orders to try, some of `ORDERS`.

    Returns
    -------
    Peeling
        Columns alone, if nothing takes fewer colours.
    """
    ways = list(_ways(by_columns, by_rows))
    bounds = [way.bound() for way in ways]
    # What may take the fewest goes first: what a dense row makes hopeless, and slow to colour, is not even tried then.
    ranked: list[int] = np.argsort(bounds, kind="stable").tolist()
    best, *others = ranked
    found = ways[best].peeling(orders)
    for number in others:
        if (bounds[number], number) < (found.count, best) and ways[number].hopeful(found.count):
            other = ways[number].peeling(orders)
            if (other.count, number) < (found.count, best):
                best, found = number, other
    return found


@dataclass(frozen=True, eq=False)
class _Way:
    """Rows to be peeled off; or columns, where what is called rows here are the columns."""

    columns: Lists
    rows: Lists
    dense: Indices
    turned: bool

    def bound(self) -> int:
        """No fewer colours are possible: for the fullest of the other rows, and for the fullest column of these."""
        count, peeled = np.diff(self.rows[0]), _mask(len(self.rows[0]) - 1, self.dense)
        inside = np.bincount(self.rows[1][np.repeat(peeled, count)], minlength=1)
        return int(count[~peeled].max(initial=0)) + int(inside.max())

    def hopeful(self, count: int) -> bool:
        """Whether a quick colouring does not take far more than this count."""
        return self.peeling(ORDERS[:1]).count < _HOPELESS * count

    def peeling(self, orders: Sequence[str]) -> Peeling:
        """These rows by colours of rows, all other entries by colours of columns."""
        (few_columns, few_rows), (columns, rows) = _parts(self.columns, self.rows, self.dense)
        by_column = _without_empty(color_columns(columns, rows, orders), columns)
        by_row = _without_empty(color_columns(few_rows, few_columns, orders), few_rows)
        if self.turned:
            return Peeling("columns", _none(), self.dense, by_row, replace(by_column, kind="row"))
        return Peeling("rows", self.dense, _none(), by_column, replace(by_row, kind="row"))


def _ways(by_columns: Lists, by_rows: Lists) -> Iterator[_Way]:
    """All that is tried: no row, the densest rows, all rows; the densest columns."""
    yield _Way(by_columns, by_rows, _none(), False)
    for dense in _densest(by_rows, _GAPS - 1):
        yield _Way(by_columns, by_rows, dense, False)
    yield _Way(by_columns, by_rows, np.flatnonzero(np.diff(by_rows[0])).astype(np.int32), False)
    for dense in _densest(by_columns, _GAPS):
        yield _Way(by_rows, by_columns, dense, True)


def _without_empty(coloring: Coloring, lists: Lists) -> Coloring:
    """No colour for what has no entries."""
    return replace(coloring, colors=np.where(np.diff(lists[0]) > 0, coloring.colors, np.int32(-1)))


def _densest(rows: Lists, gaps: int) -> Iterator[Indices]:
    """The rows above each of so many of the largest gaps in the sorted counts of entries, the fewest first."""
    count = np.diff(rows[0])
    sizes = np.unique(count[count > 0])
    widest = np.argsort(-sizes[1:] / sizes[:-1], kind="stable")[:gaps]
    for size in np.sort(sizes[1:][widest])[::-1]:
        yield np.flatnonzero(count >= size).astype(np.int32)


def _parts(by_columns: Lists, by_rows: Lists, dense: Indices) -> list[tuple[Lists, Lists]]:
    """The pattern of these rows, and that of the others, each from both sides and of the same shape as before."""
    peeled = _mask(len(by_rows[0]) - 1, dense)
    of_columns, of_rows = peeled[by_columns[1]], np.repeat(peeled, np.diff(by_rows[0]))
    return [
        (_kept(by_columns, of_columns), _kept(by_rows, of_rows)),
        (_kept(by_columns, ~of_columns), _kept(by_rows, ~of_rows)),
    ]


def _kept(lists: Lists, keep: Array) -> Lists:
    """The lists without those entries that are not kept."""
    if keep.all():
        return lists
    before = np.concatenate([[0], np.cumsum(keep, dtype=np.intp)])
    return before[lists[0]], lists[1][keep]


def _mask(size: int, where: Indices) -> Array:
    mask = np.zeros(size, bool)
    mask[where] = True
    return mask


def _none() -> Indices:
    return np.zeros(0, np.int32)
