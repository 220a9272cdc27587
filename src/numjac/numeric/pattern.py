# SPDX-License-Identifier: BSD-3-Clause
"""Patterns: which entries of a matrix may differ from zero, in the order in which the user named them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac._colors as _colors
import numjac._core as _core
from numjac.errors import OptionError
from numjac.result import Array, IntArray

__all__ = ["Lists", "Pattern", "as_pattern", "check_size", "is_sparse"]

# Rows and columns are counted in 32 bits, stored entries in 64.
MOST = 2**31 - 1

Index = npt.NDArray[np.int32]

# Compressed lists: where each begins, and all of them one behind the other.
Lists = tuple[IntArray, Index]


@dataclass(frozen=True, eq=False)
class Pattern:
    """
    The entries of a matrix that may differ from zero.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns, each less than 2**31.
    row, column : ndarray of int32
        Of each stored entry, in any order, none twice.

    Examples
    --------
    >>> import numjac as nj
    >>> pattern = nj.sparse.banded(3, 1, 0)
    >>> pattern
    <pattern of shape (3, 3) with 5 entries>
    >>> pattern.toarray().astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [0, 1, 1]])
    """

    shape: tuple[int, int]
    row: Index
    column: Index
    known: dict[str, tuple[Lists, IntArray | None]] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"<pattern of shape {self.shape} with {self.nnz} entries>"

    def __eq__(self, other: object) -> bool:
        """Whether the same entries are there, in any order."""
        if not isinstance(other, Pattern):
            return NotImplemented
        return self.shape == other.shape and np.array_equal(np.sort(self.keys()), np.sort(other.keys()))

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        return {"shape": self.shape, "row": self.row, "column": self.column, "known": {}}

    @property
    def nnz(self) -> int:
        """Stored entries."""
        return int(self.row.size)

    def keys(self) -> IntArray:
        """One number for each entry, that tells row and column."""
        return self.row.astype(np.int64) * self.shape[1] + self.column

    def _sorted(self, side: str) -> tuple[Lists, IntArray | None]:
        """Lists by one side, and the entry that each element of them was, None if they are in that order already."""
        if side not in self.known:
            major, minor = (self.row, self.column) if side == "rows" else (self.column, self.row)
            size = self.shape[0 if side == "rows" else 1]
            if not (np.diff(major) < 0).any():
                start = np.append(0, np.cumsum(np.bincount(major, minlength=size)))
                self.known[side] = ((start, minor), None)
            else:
                start, order = _colors.bucket(major, size)
                self.known[side] = ((start, minor[order]), order)
        return self.known[side]

    @property
    def by_rows(self) -> Lists:
        """The columns of each row: where they begin [m + 1], and all of them [nnz]."""
        return self._sorted("rows")[0]

    @property
    def by_columns(self) -> Lists:
        """The rows of each column: where they begin [n + 1], and all of them [nnz]."""
        return self._sorted("columns")[0]

    @property
    def row_order(self) -> IntArray | None:
        """The entry that each element of `by_rows` is; None if the entries lie row by row."""
        return self._sorted("rows")[1]

    @property
    def column_order(self) -> IntArray | None:
        """The entry that each element of `by_columns` is; None if the entries lie column by column."""
        return self._sorted("columns")[1]

    @cached_property
    def counts(self) -> IntArray:
        """Entries in each row."""
        return np.diff(self.by_rows[0])

    @cached_property
    def symmetric(self) -> bool:
        """Whether it is its own transpose."""
        return self.shape[0] == self.shape[1] and self == self.T

    @property
    def T(self) -> Pattern:
        """The transpose."""
        return Pattern(self.shape[::-1], self.column, self.row)

    def toarray(self) -> npt.NDArray[np.bool_]:
        """As a dense array of booleans."""
        dense = np.zeros(self.shape, bool)
        dense[self.row, self.column] = True
        return dense

    def ordered(self, order: IntArray) -> Pattern:
        """The same entries, or some of them, in another order."""
        return Pattern(self.shape, self.row[order], self.column[order])

    def columns(self, entries: IntArray) -> tuple[Pattern, IntArray]:
        """Some columns, in this order, and the entry that each of theirs was."""
        start, row = self.by_columns
        count = np.diff(start)[entries]
        first = np.repeat(start[:-1][entries] - (np.cumsum(count) - count), count)
        place = first + np.arange(first.size)
        order = self.column_order
        column = np.repeat(np.arange(entries.size, dtype=np.int32), count)
        return Pattern((self.shape[0], entries.size), row[place], column), place if order is None else order[place]

    def find(self, row: Array, column: Array) -> IntArray:
        """Where entries are stored; -1 for those that are not."""
        keys, wanted = self.keys(), row.astype(np.int64) * self.shape[1] + column
        if not keys.size:
            return np.full(wanted.size, -1)
        order = np.argsort(keys, kind="stable")
        place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), keys.size - 1)]
        return np.where(keys[place] == wanted, place, -1)

    def union(self, row: Array, column: Array) -> Pattern:
        """The same with more entries behind these."""
        both = np.concatenate([self.row, row]), np.concatenate([self.column, column])
        return _unique(self.shape, *both)

    def times(self, data: Array, v: Array) -> Array:
        """The product of the matrix that has these entries with a vector."""
        return self.sums(data * v[self.column])

    def sums(self, terms: Array) -> Array:
        """Row by row, the sum of a number for each entry."""
        if terms.dtype.kind == "c":
            return self.sums(terms.real) + 1j * self.sums(terms.imag)
        return np.bincount(self.row, terms, self.shape[0]).astype(float, copy=False)  # integers if there is no entry


def is_sparse(J: Any) -> bool:
    """Whether it is one of SciPy's containers."""
    return not isinstance(J, (np.ndarray, Pattern)) and hasattr(J, "tocsr")


def as_pattern(option: Any, shape: tuple[int, int], name: str = "sparsity") -> Pattern:
    """
    A pattern that the user gives.

    Parameters
    ----------
    option : object
        A `Pattern`; a SciPy sparse array or matrix of any format, whose explicit zeros count; a dense array whose
        entries are 0 or not; or a pair of index arrays, rows and columns.
    shape : tuple of int
        What it has to be.
    name : str
        Of the option, for messages.

    Raises
    ------
    OptionError
        It is none of those, has another shape, or indices outside of it.
    """
    check_size(shape)
    if isinstance(option, Pattern):
        found = _checked(option, name)
    elif is_sparse(option):
        found = _from_scipy(option, name)
    elif isinstance(option, (tuple, list)) and _is_pair(option, shape):
        return _from_indices(option, shape, name)
    else:
        found = _from_dense(option, name)
    if found.shape != shape:
        raise OptionError(f"{name} has shape {found.shape}, expected {shape}, the sizes of f(x) and x")
    return found


def _checked(pattern: Pattern, name: str) -> Pattern:
    """A pattern that the user may have made by hand."""
    row, column = np.asarray(pattern.row), np.asarray(pattern.column)
    if row.shape != (row.size,) or column.shape != row.shape or len(pattern.shape) != 2:
        raise OptionError(f"{name}: a pattern of shapes {row.shape} and {column.shape}, expected lists of one length")
    for index, size in ((row, pattern.shape[0]), (column, pattern.shape[1])):
        if index.size and index.dtype.kind not in "iu":
            raise OptionError(f"{name}: an index has dtype {index.dtype}, expected integers")
        _check_indices(index, size, f"{name}: an index")
    return pattern if row.dtype == column.dtype == np.int32 else _unique(pattern.shape, row, column)


def check_size(shape: tuple[int, int]) -> None:
    """Refuse more rows or columns than can be counted."""
    if max(shape) >= MOST:
        raise OptionError(f"sparsity: a matrix of shape {shape} has more than {MOST - 1} rows or columns")


def _is_pair(option: Sequence[Any], shape: tuple[int, int]) -> bool:
    """Whether it is two lists of indices, rather than the two rows of a dense matrix."""
    if len(option) != 2 or any(np.ndim(part) != 1 for part in option):
        return False
    dense = isinstance(option, list) and shape[0] == 2 and all(len(part) == shape[1] for part in option)
    return not dense


def _from_indices(pair: Sequence[Any], shape: tuple[int, int], name: str) -> Pattern:
    row, column = (np.asarray(part) for part in pair)
    for side, index, size in (("row", row, shape[0]), ("column", column, shape[1])):
        if index.size and index.dtype.kind not in "iu":
            raise OptionError(f"{name}: {side}s have dtype {index.dtype}, expected integers")
        _check_indices(index, size, f"{name}: a {side}")
    if row.size != column.size:
        raise OptionError(f"{name}: found {row.size} rows and {column.size} columns, expected as many of each")
    return _unique(shape, row, column)


def _check_indices(index: Array, size: int, what: str) -> None:
    """Refuse indices outside; negative ones are not counted from the end, for they are more often a mistake."""
    wrong = index[(index < 0) | (index >= size)]
    if wrong.size:
        raise OptionError(f"{what} is {wrong[0]}, expected 0 to {size - 1}")


def _from_scipy(matrix: Any, name: str) -> Pattern:
    """The stored entries, zeros too, in the order in which they are stored."""
    if matrix.ndim != 2:
        raise OptionError(f"{name} has {matrix.ndim} axes, expected a matrix")
    check_size(matrix.shape)
    if matrix.format in ("csr", "csc"):
        across, along = matrix.shape if matrix.format == "csr" else matrix.shape[::-1]
        start, minor = np.asarray(matrix.indptr, np.intp), matrix.indices
        if start.size != across + 1 or start[0] or (np.diff(start) < 0).any() or start[-1] > minor.size:
            raise OptionError(f"{name}: indptr does not count upward from 0 to the number of entries")
        minor = minor[: start[-1]]
        if minor.dtype.kind not in "iu":
            raise OptionError(f"{name}: indices have dtype {minor.dtype}, expected integers")
        _check_indices(minor, along, f"{name}: an index")
        major = np.repeat(np.arange(across, dtype=np.int32), np.diff(start))
        row, column = (major, minor) if matrix.format == "csr" else (minor, major)
    elif matrix.format == "dia":  # of which SciPy would drop zeros
        k, column = np.nonzero(np.ones(matrix.data.shape, bool))
        row = column - matrix.offsets[k]
        inside = (row >= 0) & (row < matrix.shape[0]) & (column < matrix.shape[1])
        row, column = row[inside], column[inside]
    else:
        try:
            triples = matrix.tocoo()
        except ValueError as error:
            raise OptionError(f"{name}: SciPy finds in it that {error}") from error
        row, column = triples.coords if hasattr(triples, "coords") else (triples.row, triples.col)
        for index, size in ((row, matrix.shape[0]), (column, matrix.shape[1])):
            _check_indices(index, size, f"{name}: an index")
    return _unique(tuple(map(int, matrix.shape)), row, column)


def _from_dense(option: Any, name: str) -> Pattern:
    expected = "expected None, 'detect', a SciPy sparse array, a dense matrix of 0 and 1, or a pair of index arrays"
    try:
        dense = np.asarray(option)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{name}={option!r}: {expected}") from error
    if dense.ndim != 2 or dense.dtype.kind not in "biufc":
        raise OptionError(f"{name}={_short(option)}: {expected}")
    row, column = np.nonzero(dense)
    return Pattern(dense.shape, row.astype(np.int32), column.astype(np.int32))


def _short(option: Any) -> str:
    text = repr(option)
    return text if len(text) < 60 else f"{text[:50]}..."


def _unique(shape: tuple[int, ...], row: Array, column: Array) -> Pattern:
    """Of entries that are there twice, the first."""
    pattern = Pattern((shape[0], shape[1]), _index(row), _index(column))
    start, minor = pattern.by_rows
    if not _core.repeated(start, minor, shape[1]):
        return pattern
    _, first = np.unique(pattern.keys(), return_index=True)
    first.sort()
    return Pattern(pattern.shape, pattern.row[first], pattern.column[first])


def _index(a: Array) -> Index:
    """A private array of 32 bits."""
    return np.array(a, np.int32, order="C")
