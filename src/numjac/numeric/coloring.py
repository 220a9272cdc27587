# SPDX-License-Identifier: BSD-3-Clause
"""
How few evaluations a sparse Jacobian or Hessian takes: colours for its columns, and for its rows too.

Columns of one colour have no entry in a common row, so one step along all of them tells all their entries. A pattern is
kept from both sides, each a pair ``(start, index)``: the rows of each column, and the columns of each row. No order of
colouring is the best for all patterns, so several are tried, and the fewest colours kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from numjac import _colors
from numjac.errors import OptionError
from numjac.result import IntArray

__all__ = ["ORDERS", "Coloring", "color_columns", "color_symmetric"]

Indices = npt.NDArray[np.int32]
Lists = tuple[IntArray, Indices]

# Up to so many pairs of entries in a row, the orders that walk them all take no longer than a colouring of a million
# columns by those that do not; and up to so many where the walk leads to columns close by, still in the cache.
_PAIRS = 2**22
_PAIRS_NEAR = 2**26
_NEAR = 2**14


@dataclass(frozen=True, eq=False)
class Coloring:
    """
    A colour for each column of a matrix, or each row.

    Attributes
    ----------
    colors : ndarray
        Int32, from 0; -1 for one that is in no group, because others tell its entries. A column without entries has
        colour 0.
    count : int
        How many colours there are: evaluations. 0 if the matrix has no entries.
    bound : int
        No colouring has fewer.
    order : str
        The order that found it, one of ``ORDERS``.
    kind : str
        ``"column"`` or ``"row"``: of one colour, no two meet in a row (a column). ``"star"``, for a symmetric matrix:
        of (i, j) and (j, i) one at least is alone in its row among those whose column has the same colour.
    """

    colors: Indices
    count: int
    bound: int
    order: str
    kind: str = "column"

    def __repr__(self) -> str:
        size = int(np.count_nonzero(self.colors >= 0))
        what = counted(size, "row" if self.kind == "row" else "column")
        star = ", star" if self.kind == "star" else ""
        return f"{what} in {counted(self.count, 'colour')}, bound {self.bound}, {self.order}{star}"

    def groups(self) -> Lists:
        """
        The columns of each colour.

        Returns
        -------
        first : ndarray
            Intp [count + 1].
        columns : ndarray
            Int32: those of colour c are ``columns[first[c]:first[c + 1]]``, in ascending order.
        """
        taken = np.flatnonzero((self.colors >= 0) & (self.count > 0))
        first, order = _colors.bucket(self.colors[taken], self.count)
        return first, taken[order].astype(np.int32)


def counted(number: int, noun: str) -> str:
    """``"1 colour"``, ``"2 colours"``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


# ------------------------------------------------------------------------------------------------------------ orders


@dataclass(frozen=True, eq=False)
class _Graph:
    """Columns that share rows; without rows, those of a symmetric pattern that have an entry in common."""

    columns: Lists
    rows: Lists | None = None

    @cached_property
    def walkable(self) -> bool:
        """Whether there is time to go through all pairs of neighbours."""
        if self.rows is None:
            return True  # as many as entries
        start, index = self.rows
        length = np.diff(start).astype(np.float64)
        pairs = float(length @ length)  # in floats, because there may be more than integers can count
        return pairs <= _PAIRS or (pairs <= _PAIRS_NEAR and bool(np.abs(np.diff(index)).mean() <= _NEAR))


def _natural(graph: _Graph) -> Indices | None:
    return None


def _largest_first(graph: _Graph) -> Indices:
    return _colors.largest_first(graph.columns, graph.rows)


def _smallest_last(graph: _Graph) -> Indices:
    if graph.rows is None or graph.walkable:
        return _colors.smallest_last(graph.columns, graph.rows)
    return _colors.rounds_last(graph.columns, graph.rows)


def _incidence_degree(graph: _Graph) -> Indices:
    if graph.rows is None or graph.walkable:
        return _colors.incidence_degree(graph.columns, graph.rows)
    return _colors.breadth_first(graph.columns, graph.rows)


_ORDERS: dict[str, Callable[[_Graph], Indices | None]] = {
    "natural": _natural,
    "largest-first": _largest_first,
    "smallest-last": _smallest_last,
    "incidence-degree": _incidence_degree,
}
ORDERS = tuple(_ORDERS)


def _known(orders: Iterable[str]) -> list[str]:
    """The names, if all of them are known and there is one at least."""
    names = [orders] if isinstance(orders, str) else list(orders)
    if strange := [name for name in names if name not in _ORDERS]:
        raise OptionError(f"orders: found {strange[0]!r}, expected some of {', '.join(map(repr, ORDERS))}")
    if not names:
        raise OptionError(f"orders: found none, expected some of {', '.join(map(repr, ORDERS))}")
    return names


# ----------------------------------------------------------------------------------------------------------- colours


def color_columns(by_columns: Lists, by_rows: Lists, orders: Sequence[str] = ORDERS) -> Coloring:
    """
    Colours for the columns of a matrix.

    Parameters
    ----------
    by_columns, by_rows : tuple
        ``(start, index)``, intp and int32: the rows of each column, and the columns of each row.
    orders : sequence of str, optional
        The orders to try, some of ``ORDERS``.

    Returns
    -------
    Coloring
        The one of the fewest colours, the first of several. No further order is tried where one reaches the bound.
    """
    names = _known(orders)
    graph, bound = _Graph(by_columns, by_rows), _longest(by_rows)
    if bound == 0:
        return Coloring(np.zeros(_size(by_columns), np.int32), 0, 0, names[0])

    def attempt(name: str) -> Coloring:
        colors = _colors.first_fit(*by_columns, _size(by_rows), _ORDERS[name](graph))
        return Coloring(colors, int(colors.max()) + 1, bound, name)

    if bound == np.count_nonzero(np.diff(by_columns[0])):
        return attempt("natural")  # each has its own, in whatever order
    return _best(attempt, names, bound)


def color_symmetric(by_rows: Lists, orders: Sequence[str] = ORDERS) -> Coloring:
    """
    Colours for a symmetric matrix, of which one of (i, j) and (j, i) is enough.

    Parameters
    ----------
    by_rows : tuple
        ``(start, index)``: the pattern, from either side, with the diagonal or without.
    orders : sequence of str, optional
        The orders to try, some of ``ORDERS``.

    Returns
    -------
    Coloring
        Of kind ``"star"``, or ``"column"`` if that takes no more colours.
    """
    plain = color_columns(by_rows, by_rows, orders)
    row = np.repeat(np.arange(_size(by_rows)), np.diff(by_rows[0]))
    graph, bound = _Graph(by_rows), 1 if np.array_equal(row, by_rows[1]) else 2
    if plain.count <= bound:
        return plain

    def attempt(name: str) -> Coloring:
        colors = _colors.star(*by_rows, _ORDERS[name](graph))
        return Coloring(colors, int(colors.max()) + 1, bound, name, "star")

    star = _best(attempt, _known(orders), bound)
    return star if star.count < plain.count else plain


def _best(attempt: Callable[[str], Coloring], names: Sequence[str], bound: int) -> Coloring:
    """The first attempt of the fewest colours; none is made after one that reaches the bound."""
    best = attempt(names[0])
    for name in names[1:]:
        if best.count == bound:
            break
        other = attempt(name)
        best = other if other.count < best.count else best
    return best


def _size(lists: Lists) -> int:
    return len(lists[0]) - 1


def _longest(lists: Lists) -> int:
    """The length of the longest list."""
    return int(np.diff(lists[0]).max(initial=0))
