# SPDX-License-Identifier: BSD-3-Clause
"""Matrices that are made of others, or told by what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac.analytic.structured.matrix import Structured
from numjac.result import Array

__all__ = ["Dense", "Kronecker", "LinearMap", "Product", "Sum", "dense"]


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
    >>> from numjac.analytic.structured import Gather
    >>> dense(Gather(np.array([2, -1]), 3))
    array([[0., 0., 1.],
           [0., 0., 0.]])
    """
    m, n = A.shape
    backward = m <= n and not (isinstance(A, LinearMap) and A.back is None)
    return A.backward(np.eye(m)) if backward else A.forward(np.eye(n)).T.copy()


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
