# SPDX-License-Identifier: BSD-3-Clause
"""
Structured matrices: the local Jacobians of identities.

A matrix A [m, n] acts between flattened arrays (C order). The two directions of the chain rule are the two ways of
multiplying with it: ``forward`` takes tangents, ``backward`` cotangents. Both come in rows, a seed in each, so that a
product with the diagonal needs no reshaping. Nothing is transposed in memory and nothing is conjugated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

import numjac._tape as _tape
from numjac.result import Array, IntArray, Shape

__all__ = [
    "NOTHING",
    "Dense",
    "Diagonal",
    "Gather",
    "Kronecker",
    "LinearMap",
    "Product",
    "Reduce",
    "Replicate",
    "Scaled",
    "Scatter",
    "Select",
    "Structured",
    "Sum",
    "Zero",
    "commutation",
    "dense",
    "times",
]

# The row of a gather that takes nothing.
NOTHING = -1


class Structured(Protocol):
    """
    A matrix [m, n] that knows how it is made.

    Attributes
    ----------
    shape : tuple of int
        Rows m and columns n.
    nnz : int
        Multiplications that a product with one vector takes, which is what directions are chosen by.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def nnz(self) -> int:
        """Entries that may differ from zero."""

    def forward(self, T: Array) -> Array:
        """Tangents T [k, n] to A T' [k, m], a seed in each row."""

    def backward(self, U: Array) -> Array:
        """Cotangents U [k, m] to U A [k, n]."""


def dense(A: Structured) -> Array:
    """
    All entries of a structured matrix.

    Parameters
    ----------
    A : Structured
        The matrix.

    Returns
    -------
    ndarray
        Of shape [m, n]; found by the direction that has fewer seeds.

    Examples
    --------
    >>> import numpy as np
    >>> dense(Gather(np.array([2, -1]), 3))
    array([[0., 0., 1.],
           [0., 0., 0.]])
    """
    m, n = A.shape
    backward = m <= n and not (isinstance(A, LinearMap) and A.back is None)
    return A.backward(np.eye(m)) if backward else A.forward(np.eye(n)).T.copy()


@dataclass(slots=True)
class Zero:
    """Nothing depends on anything."""

    shape: tuple[int, int]
    nnz = 0

    def forward(self, T: Array) -> Array:
        """Zeros."""
        return np.zeros((len(T), self.shape[0]), T.dtype)

    def backward(self, U: Array) -> Array:
        """Zeros."""
        return np.zeros((len(U), self.shape[1]), U.dtype)


@dataclass(slots=True)
class Scaled:
    """The identity [n, n] times a number."""

    n: int
    by: complex = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.n, self.n

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return self.n

    def forward(self, T: Array) -> Array:
        """Times the number; the identity itself hands on what it is given."""
        return T if self.by == 1.0 else self.by * T

    backward = forward


@dataclass(slots=True)
class Diagonal:
    """D(w): an elementwise function."""

    w: Array

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.w.size, self.w.size

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return int(self.w.size)

    def forward(self, T: Array) -> Array:
        """Entry by entry."""
        product: Array = times(T, self.w)
        return product

    backward = forward


@dataclass(slots=True)
class Select:
    """A diagonal of zeros and ones, where a zero takes nothing, not even from NaN: the branches of ``where``."""

    mask: npt.NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.mask.size, self.mask.size

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return int(self.mask.size)

    def forward(self, T: Array) -> Array:
        """What is selected."""
        return np.where(self.mask, T, 0)

    backward = forward


@dataclass(slots=True)
class Product:
    """One matrix after the other."""

    after: Structured
    before: Structured

    @property
    def shape(self) -> tuple[int, int]:
        """Rows of the one, columns of the other."""
        return self.after.shape[0], self.before.shape[1]

    @property
    def nnz(self) -> int:
        """Multiplications of both."""
        return self.after.nnz + self.before.nnz

    def forward(self, T: Array) -> Array:
        """First the one that comes before."""
        return self.after.forward(self.before.forward(T))

    def backward(self, U: Array) -> Array:
        """First the one that comes after."""
        return self.before.backward(self.after.backward(U))


def _finite(w: Any) -> bool:
    """Whether weights are finite."""
    if type(w) is float:
        return isfinite(w)
    if isinstance(w, np.ndarray) and w.dtype == np.float64 and w.flags.c_contiguous:
        return bool(_tape.finite(w))
    return bool(np.isfinite(w).all())


def times(T: Any, w: Any) -> Any:
    """T w, where nothing times infinity or NaN is nothing: a branch that is not taken may have any slope."""
    if type(w) is float and w == 1.0:
        return T
    product = T * w
    return product if _finite(product) else np.where((T == 0) | (w == 0), 0.0, product)


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


@dataclass(slots=True)
class Kronecker:
    """
    A (x) B', the local Jacobian of A X B in C order; None is an identity, on which no product is spent.

    Parameters
    ----------
    left, right : ndarray or None
        A [p, q] and B [r, s].
    x_shape : tuple of int
        The shape [q, r] of X.
    """

    left: Array | None
    right: Array | None
    x_shape: tuple[int, int]

    @property
    def y_shape(self) -> tuple[int, int]:
        """The shape of A X B."""
        q, r = self.x_shape
        return q if self.left is None else self.left.shape[0], r if self.right is None else self.right.shape[1]

    @property
    def shape(self) -> tuple[int, int]:
        """The product of both sides."""
        return prod(self.y_shape), prod(self.x_shape)

    @property
    def nnz(self) -> int:
        """Every entry of one side meets every entry of the other, an identity has as many as rows."""
        q, r = self.x_shape
        return int((q if self.left is None else self.left.size) * (r if self.right is None else self.right.size))

    def forward(self, T: Array) -> Array:
        """A T B."""
        return _between(self.left, T.reshape(len(T), *self.x_shape), self.right).reshape(len(T), self.shape[0])

    def backward(self, U: Array) -> Array:
        """A' U B'."""
        left, right = (None if side is None else side.T for side in (self.left, self.right))
        return _between(left, U.reshape(len(U), *self.y_shape), right).reshape(len(U), self.shape[1])


def _between(left: Array | None, X: Array, right: Array | None) -> Array:
    """Left X right for each X."""
    X = X if left is None else left @ X
    return X if right is None else X @ right


@dataclass(slots=True)
class LinearMap:
    """
    A linear function with its adjoint (transposed, not conjugated): cumsum, fft, solve with a factor that is kept.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    forth, back : callable
        The products with rows of tangents and of cotangents; None where there are none, because complex numbers are
        mapped, linearly over the reals only.
    """

    shape: tuple[int, int]
    forth: Callable[[Array], Array]
    back: Callable[[Array], Array] | None

    @property
    def nnz(self) -> int:
        """Nothing is known of its entries."""
        return self.shape[0] * self.shape[1]

    def forward(self, T: Array) -> Array:
        """The function."""
        return self.forth(T)

    def backward(self, U: Array) -> Array:
        """Its adjoint."""
        if self.back is None:
            raise NotImplementedError("cotangents of complex numbers")
        return self.back(U)


@dataclass(slots=True)
class Dense:
    """Any matrix."""

    matrix: npt.NDArray[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix."""
        return self.matrix.shape[0], self.matrix.shape[1]

    @property
    def nnz(self) -> int:
        """All entries."""
        return int(self.matrix.size)

    def forward(self, T: Array) -> Array:
        """A product of matrices."""
        product: Array = T @ self.matrix.T
        return product

    def backward(self, U: Array) -> Array:
        """A product of matrices."""
        product: Array = U @ self.matrix
        return product


@dataclass(slots=True)
class Sum:
    """The sum of matrices of one shape, at least one: diff, gradient, the two sides of X'X."""

    terms: tuple[Structured, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """That of each term."""
        return self.terms[0].shape

    @property
    def nnz(self) -> int:
        """At most those of all terms."""
        return sum(term.nnz for term in self.terms)

    def forward(self, T: Array) -> Array:
        """Term by term, in their order."""
        total = self.terms[0].forward(T)
        for term in self.terms[1:]:
            total = total + term.forward(T)
        return total

    def backward(self, U: Array) -> Array:
        """Term by term, in their order."""
        total = self.terms[0].backward(U)
        for term in self.terms[1:]:
            total = total + term.backward(U)
        return total
