# SPDX-License-Identifier: BSD-3-Clause
"""Matrices that take, put, copy and add up entries."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.structured.diagonals import times
from numjac.analytic.structured.matrix import NOTHING
from numjac.result import Array, IntArray, Shape

__all__ = ["Gather", "Reduce", "Replicate", "Scatter", "commutation"]


@dataclass(slots=True)
class Gather:
    """
    Row i takes entry ``index[i]``, or nothing where that is -1: slices, permutations, tril, pad, sort, stack.

    Parameters
    ----------
    index : ndarray of intp
        For each row, the column of its one.
    n : int
        The number of columns.
    """

    index: IntArray
    n: int

    @property
    def shape(self) -> tuple[int, int]:
        """A row for each index."""
        return self.index.size, self.n

    @property
    def nnz(self) -> int:
        """At most one entry a row."""
        return int(np.count_nonzero(self.index != NOTHING))

    def forward(self, T: Array) -> Array:
        """Take entries."""
        return _taken(T, self.index)

    def backward(self, U: Array) -> Array:
        """Put them back where they came from; what was taken twice adds up."""
        return _put(U, self.index, self.n)


@dataclass(slots=True)
class Scatter:
    """The transpose of a gather: entry j goes to row ``index[j]`` of m, or is lost where that is -1."""

    index: IntArray
    m: int

    @property
    def shape(self) -> tuple[int, int]:
        """A column for each index."""
        return self.m, self.index.size

    @property
    def nnz(self) -> int:
        """At most one entry a column."""
        return int(np.count_nonzero(self.index != NOTHING))

    def forward(self, T: Array) -> Array:
        """Put entries into their rows."""
        return _put(T, self.index, self.m)

    def backward(self, U: Array) -> Array:
        """Take them from there."""
        return _taken(U, self.index)


def _taken(T: Array, index: IntArray) -> Array:
    """The entries of each row that an index names."""
    found: Array = _tape.gather(T, index)
    return found


def _put(U: Array, index: IntArray, n: int) -> Array:
    """Each row spread over n entries; what meets adds up."""
    total = np.zeros((len(U), n), U.dtype)
    _tape.scatter(index, U, total)
    return total


def commutation(rows: int, columns: int) -> Gather:
    """
    K with r(X') = K r(X), for X of this shape.

    Parameters
    ----------
    rows, columns : int
        The shape of X.

    Returns
    -------
    Gather

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(6.0).reshape(2, 3)
    >>> bool((commutation(2, 3).forward(X.reshape(1, -1)) == X.T.ravel()).all())
    True
    """
    size = rows * columns
    return Gather(np.arange(size).reshape(rows, columns).T.reshape(-1), size)


@dataclass(slots=True)
class Reduce:
    """
    A weighed sum over axes: sum, mean, prod, norm, dot with a constant.

    Parameters
    ----------
    weights : float or ndarray
        Broadcast to ``x_shape``.
    x_shape : tuple of int
        The shape of what is reduced.
    axes : tuple of int
        The axes that go, not negative.
    """

    weights: Any
    x_shape: Shape
    axes: tuple[int, ...]

    @property
    def kept(self) -> Shape:
        """The shape with ones for the axes that go."""
        return tuple(1 if axis in self.axes else length for axis, length in enumerate(self.x_shape))

    @property
    def shape(self) -> tuple[int, int]:
        """A row for each sum."""
        return prod(self.kept), prod(self.x_shape)

    @property
    def nnz(self) -> int:
        """Each entry belongs to one sum."""
        return prod(self.x_shape)

    def forward(self, T: Array) -> Array:
        """Weigh and add."""
        weighed = times(T.reshape(len(T), *self.x_shape), self.weights)
        product: Array = weighed.sum(axis=tuple(axis + 1 for axis in self.axes)).reshape(len(T), self.shape[0])
        return product

    def backward(self, U: Array) -> Array:
        """Each entry has its weight in the sum it belongs to."""
        spread = times(U.reshape(len(U), *self.kept), self.weights)
        return np.broadcast_to(spread, (len(U), *self.x_shape)).reshape(len(U), self.shape[1])


@dataclass(slots=True)
class Replicate:
    """Broadcasting: an array of shape ``x_shape`` as one of shape ``y_shape``."""

    x_shape: Shape
    y_shape: Shape

    @property
    def aligned(self) -> Shape:
        """``x_shape`` with as many axes as ``y_shape`` has."""
        return (1,) * (len(self.y_shape) - len(self.x_shape)) + self.x_shape

    @property
    def shape(self) -> tuple[int, int]:
        """A row for each copy."""
        return prod(self.y_shape), prod(self.x_shape)

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return prod(self.y_shape)

    def forward(self, T: Array) -> Array:
        """Copy."""
        copies = np.broadcast_to(T.reshape(len(T), *self.aligned), (len(T), *self.y_shape))
        return copies.reshape(len(T), self.shape[0])

    def backward(self, U: Array) -> Array:
        """Add up the copies."""
        pairs = enumerate(zip(self.aligned, self.y_shape, strict=True))
        stretched = tuple(axis + 1 for axis, (one, many) in pairs if one != many)
        product: Array = U.reshape(len(U), *self.y_shape).sum(axis=stretched).reshape(len(U), self.shape[1])
        return product
