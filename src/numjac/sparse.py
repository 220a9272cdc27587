# SPDX-License-Identifier: BSD-3-Clause
"""
Patterns of sparse Jacobians and Hessians, and their colours: what ``sparsity=`` takes, and what becomes of it.

A pattern may also be a SciPy sparse array, a dense array of 0 and 1, or a pair of index arrays; those made here need no
SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from numjac.errors import OptionError
from numjac.numeric.coloring import ORDERS, Coloring, color_columns, color_symmetric
from numjac.numeric.pattern import Pattern, as_pattern, check_size, is_sparse
from numjac.result import IntArray

__all__ = ["Coloring", "Pattern", "banded", "block_diagonal", "coloring", "stencil2d", "stencil3d"]


def banded(n: int, l: int = 1, u: int = 1) -> Pattern:  # noqa: E741  # as in LAPACK, and in scipy.linalg.solve_banded
    """
    A square matrix with l diagonals below the main one, and u above.

    Parameters
    ----------
    n : int
        Rows and columns.
    l, u : int, default 1
        Diagonals below and above.

    Returns
    -------
    Pattern
        Row by row.

    Raises
    ------
    OptionError
        A number is negative, or not an integer.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.sparse.banded(1000, 1, 1)
    <pattern of shape (1000, 1000) with 2998 entries>
    """
    n, l, u = (_count(value, name) for value, name in ((n, "n"), (l, "l"), (u, "u")))  # noqa: E741
    check_size((n, n))
    return _of_offsets((n,), [(d,) for d in range(-min(l, n), min(u, n) + 1)], False)


def block_diagonal(blocks: Sequence[int | tuple[int, int]]) -> Pattern:
    """
    Dense blocks along the diagonal.

    Parameters
    ----------
    blocks : sequence of int or of pairs of int
        The sizes of square blocks, or rows and columns of each.

    Returns
    -------
    Pattern
        Row by row.

    Raises
    ------
    OptionError
        A size is negative, or not an integer.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.sparse.block_diagonal([2, (1, 3)]).toarray().astype(int)
    array([[1, 1, 0, 0, 0],
           [1, 1, 0, 0, 0],
           [0, 0, 1, 1, 1]])
    """
    try:
        sizes = [(size, size) if np.ndim(size) == 0 else tuple(size) for size in blocks]  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise OptionError(f"blocks={blocks!r}: expected a sequence of sizes") from error
    if wrong := [size for size in sizes if len(size) != 2]:
        raise OptionError(f"a block={wrong[0]!r}: expected an integer, or rows and columns")
    sides = [[_count(size[side], "a block") for size in sizes] for side in (0, 1)]
    check_size((sum(sides[0]), sum(sides[1])))
    rows, columns = (np.array(side, np.intp) for side in sides)
    width, first = np.repeat(columns, rows), np.repeat(np.cumsum(columns) - columns, rows)
    row: IntArray = np.repeat(np.arange(width.size), width)
    column = np.arange(row.size) - np.repeat(np.cumsum(width) - width - first, width)
    return Pattern((int(rows.sum()), int(columns.sum())), row.astype(np.int32), column.astype(np.int32))


def stencil2d(
    rows: int, columns: int | None = None, *, points: int = 5, fields: int = 1, periodic: bool = False
) -> Pattern:
    """
    A field on a grid, each point of which depends on its neighbours: a discretised differential equation.

    Parameters
    ----------
    rows, columns : int
        Of the grid, which is flattened row by row; as many columns as rows if they are not given.
    points : {5, 9}, default 5
        Neighbours along the axes and the point itself; or those at the corners too.
    fields : int, default 1
        So many fields one behind the other, each of which depends on all others at the same point.
    periodic : bool, default False
        The last point is a neighbour of the first.

    Returns
    -------
    Pattern

    Raises
    ------
    OptionError
        A number that is not possible.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.sparse.stencil2d(128, 128, fields=2)                        # the Brusselator
    <pattern of shape (32768, 32768) with 195584 entries>
    """
    return _stencil((rows, rows if columns is None else columns), points, {5: 1, 9: 2}, fields, periodic)


def stencil3d(
    planes: int,
    rows: int | None = None,
    columns: int | None = None,
    *,
    points: int = 7,
    fields: int = 1,
    periodic: bool = False,
) -> Pattern:
    """
    The same on a grid in space.

    Parameters
    ----------
    planes, rows, columns : int
        Of the grid; what is not given is as many as what comes before.
    points : {7, 27}, default 7
        Neighbours along the axes and the point itself; or all those that touch it.
    fields, periodic
        As of `stencil2d`.

    Returns
    -------
    Pattern

    Raises
    ------
    OptionError
        A number that is not possible.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.sparse.stencil3d(2, 2, 2, points=27)
    <pattern of shape (8, 8) with 64 entries>
    """
    rows = planes if rows is None else rows
    return _stencil((planes, rows, rows if columns is None else columns), points, {7: 1, 27: 3}, fields, periodic)


def _stencil(shape: tuple[int, ...], points: int, known: dict[int, int], fields: int, periodic: bool) -> Pattern:
    """`known` tells by the number of points how many coordinates of a neighbour may differ."""
    shape = tuple(_count(size, "a side of the grid") for size in shape)
    check_size((prod(shape) * _count(fields, "fields"),) * 2)
    if points not in tuple(known):
        raise OptionError(f"points={points!r}: expected {' or '.join(map(str, known))}")
    steps = [step for step in product((-1, 0, 1), repeat=len(shape)) if np.count_nonzero(step) <= known[points]]
    return _fields(_of_offsets(shape, steps, bool(periodic)), int(fields))


def _of_offsets(shape: tuple[int, ...], steps: list[tuple[int, ...]], periodic: bool) -> Pattern:
    """Neighbours of the points of a grid, row by row; on a small periodic one, two of them may be the same."""
    size = int(np.prod(shape, dtype=np.intp))
    place: tuple[IntArray, ...] = np.unravel_index(np.arange(size), shape)
    there = np.full((size, len(steps)), -1, np.intp)
    for k, step in enumerate(steps):
        to: list[IntArray] = [p + d for p, d in zip(place, step, strict=True)]
        inside = np.all([(t >= 0) & (t < n) for t, n in zip(to, shape, strict=True)], axis=0)
        if periodic:
            to, inside = [t % n for t, n in zip(to, shape, strict=True)], np.ones(size, bool)
        some = [t[inside] for t in to]
        there[inside, k] = np.ravel_multi_index(some, shape) if some and size else 0
    row, number = np.nonzero(there >= 0)
    return _sorted(size, row, there[row, number])


def _sorted(size: int, row: IntArray, column: IntArray) -> Pattern:
    """Row by row, columns ascending, each once."""
    key = np.unique(row * np.int64(max(1, size)) + column)
    return Pattern((size, size), (key // max(1, size)).astype(np.int32), (key % max(1, size)).astype(np.int32))


def _fields(one: Pattern, fields: int) -> Pattern:
    """Fields one behind the other, coupled at each point."""
    if fields == 1:
        return one
    size, each = one.shape[0], np.arange(one.shape[0])
    row = [one.row.astype(np.int64) + f * size for f in range(fields)]
    column = [one.column.astype(np.int64) + f * size for f in range(fields)]
    for f, g in product(range(fields), repeat=2):
        if f != g:
            row.append(each + f * size)
            column.append(each + g * size)
    none = np.zeros(0, np.int64)
    return _sorted(fields * size, np.concatenate([none, *row]), np.concatenate([none, *column]))


def _count(value: Any, name: str) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 0:
        raise OptionError(f"{name}={value!r}: expected an integer, not negative")
    return int(value)


def _shape(pattern: Any) -> Any:
    """That of a dense matrix; of rows of several lengths it is that of one row of objects."""
    try:
        return np.shape(pattern)
    except ValueError:
        return (len(pattern),)


def coloring(
    pattern: Any,
    shape: tuple[int, int] | None = None,
    *,
    symmetric: bool = False,
    orders: Sequence[str] = ORDERS,
) -> Coloring:
    """
    Colours of the columns of a pattern: those of one colour are found by one evaluation.

    Parameters
    ----------
    pattern : Pattern, SciPy sparse array, array_like, or pair of index arrays
        As for ``sparsity=``.
    shape : tuple of int, optional
        Rows and columns; needed for a pair of index arrays.
    symmetric : bool, default False
        Colour for a Hessian: an entry may also be read from its mirror image, which takes fewer colours.
    orders : sequence of str
        The orders in which columns are coloured, first-fit; the best is kept.

    Returns
    -------
    Coloring
        ``colors`` [n] from 0, their number ``count``, a lower ``bound`` of it, and the order that was best.

    Raises
    ------
    OptionError
        The pattern is none, is not symmetric though it is said to be, or an order is not known.

    Notes
    -----
    Columns that share no row (A. R. Curtis, M. J. D. Powell, J. K. Reid, 1974), found as a partial distance-2
    colouring; for Hessians a star colouring (T. F. Coleman, J. J. Moré, 1984). A. H. Gebremedhin, F. Manne, A. Pothen,
    "What color is your Jacobian? Graph coloring for computing derivatives", SIAM Review 47, 2005.

    Examples
    --------
    >>> import numjac as nj
    >>> nj.sparse.coloring(nj.sparse.banded(1000, 1, 1))
    1000 columns in 3 colours, bound 3, natural
    """
    if shape is None:
        if isinstance(pattern, tuple):
            raise OptionError("shape: it is needed for a pair of index arrays")
        shape = pattern.shape if isinstance(pattern, Pattern) or is_sparse(pattern) else _shape(pattern)
    if np.size(shape) != 2:
        raise OptionError(f"pattern of shape {shape}: expected a matrix")
    found = as_pattern(pattern, (int(shape[0]), int(shape[1])), "pattern")
    if not symmetric:
        return color_columns(found.by_columns, found.by_rows, orders)
    if not found.symmetric:
        raise OptionError("pattern: it is not symmetric, as that of a Hessian is")
    return color_symmetric(found.by_rows, orders)
