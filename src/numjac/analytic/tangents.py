# SPDX-License-Identifier: BSD-3-Clause
"""
Tangents: what the Jacobian of an intermediate array is made of, as long as it pays.

A tangent begins as one *leg*, the identity, and stays a sum of legs ``D(w) G(index)`` under all that is elementwise or
moves entries. A reduction multiplies legs; beyond a few, or under a product with a matrix, it is kept dense.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.structured import (
    NOTHING,
    Dense,
    Diagonal,
    Gather,
    Product,
    Reduce,
    Replicate,
    Scaled,
    Select,
    Sum,
    Zero,
    dense,
    times,
)
from numjac.result import Array, IntArray

__all__ = [
    "Legs",
    "Rows",
    "Tangent",
    "diagonal",
    "identity",
    "joined",
    "matrix",
    "plus",
    "push",
    "rows",
    "structure",
    "taken",
]

# Legs beyond which a dense matrix is no worse.
LEGS = 24

Leg = tuple[IntArray, Any]


@dataclass(slots=True)
class Legs:
    """
    A matrix [size, n] as a sum of legs.

    Parameters
    ----------
    n : int
        The number of columns.
    size : int
        The number of rows.
    legs : tuple of (ndarray, float or ndarray)
        For each row the column, -1 for none, and the entry there; a number if all are the same.
    """

    n: int
    size: int
    legs: tuple[Leg, ...] = ()


@dataclass(slots=True)
class Rows:
    """A dense matrix, transposed: T [n, size]."""

    T: Array

    @property
    def n(self) -> int:
        """The number of columns."""
        return len(self.T)

    @property
    def size(self) -> int:
        """The number of rows."""
        return int(self.T.shape[1])


class Identity(Legs):
    """The tangent of x itself."""


Tangent = Legs | Rows


def identity(n: int) -> Legs:
    """The tangent of x itself."""
    return Identity(n, n, ((np.arange(n), 1.0),))


def rows(t: Tangent) -> Array:
    """All entries of a tangent, transposed: [n, size]."""
    if isinstance(t, Rows):
        return t.T
    kind = np.result_type(float, *(np.asarray(w).dtype for _, w in t.legs))
    T = np.zeros((t.n, t.size), kind)
    at = np.arange(t.size)
    for index, w in t.legs:
        some = index != NOTHING
        if some.all():
            T[index, at] += w
        else:
            T[index[some], at[some]] += w[some] if isinstance(w, np.ndarray) else w
    return T


def matrix(t: Tangent) -> Array:
    """A tangent as a matrix of its own, column by column; without negative zeros, which would only look odd."""
    J: Array = np.add(rows(t).T, 0.0)
    return np.asfortranarray(J)


def diagonal(t: Tangent) -> Array | None:
    """The diagonal of a square tangent; None if something lies beside it."""
    if isinstance(t, Legs):
        total = np.zeros(t.size)
        for index, w in t.legs:
            beside = (index != np.arange(t.size)) & (np.broadcast_to(w, t.size) != 0) & (index != NOTHING)
            if beside.any():
                return None
            total = total + np.where(index == NOTHING, 0.0, w)
        return total
    entries = np.diagonal(t.T)
    return None if np.count_nonzero(t.T) > np.count_nonzero(entries) else entries.copy()


def structure(t: Tangent) -> str:
    """What a matrix is, in words, from how it came about."""
    if isinstance(t, Rows):
        return "dense"
    if len(t.legs) != 1:
        return f"sparse, up to {len(t.legs)} entries a row" if t.legs else "zero"
    index, w = t.legs[0]
    one = not isinstance(w, np.ndarray) and w == 1
    if t.size == t.n and np.array_equal(index, np.arange(t.n)):
        return "identity" if one else "diagonal" if isinstance(w, np.ndarray) else "scaled identity"
    if not one:
        return "weighed selection"
    return "permutation" if t.size == t.n and np.array_equal(np.sort(index), np.arange(t.n)) else "selection"


def plus(*terms: Tangent) -> Tangent:
    """The sum of tangents; legs of the same columns become one."""
    if len(terms) == 1:
        return terms[0]
    if all(isinstance(t, Legs) for t in terms):
        merged = _merged([leg for t in terms for leg in t.legs])  # type: ignore[union-attr]
        if len(merged) <= LEGS:
            return Legs(terms[0].n, terms[0].size, merged)
    total = rows(terms[0])
    for t in terms[1:]:
        total = total + rows(t)
    return Rows(total)


def _merged(legs: list[Leg]) -> tuple[Leg, ...]:
    """Legs of the same columns, added up in their order."""
    found: list[Leg] = []
    for index, w in legs:
        for at, (other, v) in enumerate(found):
            if other is index or (_tape.same(other, index)):
                found[at] = (other, v + w)
                break
        else:
            found.append((index, w))
    return tuple(found)


def taken(t: Tangent, index: IntArray) -> Tangent:
    """Rows of a tangent, in any order; -1 is a row of zeros."""
    if isinstance(t, Rows):
        return Rows(Gather(index, t.size).forward(t.T))
    if (index == NOTHING).any():
        return Legs(t.n, index.size, tuple((np.where(index < 0, NOTHING, i[index]), _at(w, index)) for i, w in t.legs))
    return Legs(t.n, index.size, tuple((i[index], _at(w, index)) for i, w in t.legs))


def _at(w: Any, index: IntArray) -> Any:
    return w[index] if isinstance(w, np.ndarray) else w


def joined(n: int, size: int, parts: list[tuple[IntArray, Tangent]]) -> Tangent:
    """Tangents of some rows each, at disjoint places [rows of the part], as one; the rest is zero."""
    if all(isinstance(t, Legs) for _, t in parts):
        most = max((len(t.legs) for _, t in parts), default=0)  # type: ignore[union-attr]
        return Legs(n, size, tuple(_pair(size, [(at, t.legs[k]) for at, t in parts if k < len(t.legs)])  # type: ignore[union-attr]
                                   for k in range(most)))  # fmt: skip
    T = np.zeros((n, size), np.result_type(*(rows(t).dtype for _, t in parts)))
    for at, t in parts:
        T[:, at] = rows(t)
    return Rows(T)


def _pair(size: int, legs: list[tuple[IntArray, Leg]]) -> Leg:
    """Legs at disjoint places as one."""
    index = np.full(size, NOTHING)
    w = np.zeros(size, np.result_type(float, *(np.asarray(v).dtype for _, (_, v) in legs)))
    for at, (i, v) in legs:
        index[at], w[at] = i, v
    return index, w


@singledispatch
def push(A: Any, t: Tangent) -> Tangent:
    """
    The product of a structured matrix with a tangent.

    Parameters
    ----------
    A : structured matrix
        What is done.
    t : Tangent
        To what.

    Returns
    -------
    Tangent
        As legs where that pays.
    """
    if isinstance(t, Identity):
        return Rows(dense(A).T)
    return Rows(A.forward(rows(t)))


@push.register
def _(A: Zero, t: Tangent) -> Tangent:
    return Legs(t.n, A.shape[0])


@push.register
def _(A: Scaled, t: Tangent) -> Tangent:
    if A.by == 1:
        return t
    if isinstance(t, Rows):
        return Rows(A.by * t.T)
    return Legs(t.n, t.size, tuple((i, A.by * w) for i, w in t.legs))


@push.register
def _(A: Diagonal, t: Tangent) -> Tangent:
    if isinstance(t, Rows):
        return Rows(A.forward(t.T))
    return Legs(t.n, t.size, tuple((i, times(w, A.w)) for i, w in t.legs))


@push.register
def _(A: Select, t: Tangent) -> Tangent:
    if isinstance(t, Rows):
        return Rows(A.forward(t.T))
    return Legs(t.n, t.size, tuple((i, np.where(A.mask, w, 0.0)) for i, w in t.legs))


@push.register
def _(A: Product, t: Tangent) -> Tangent:
    return push(A.after, push(A.before, t))


@push.register
def _(A: Gather, t: Tangent) -> Tangent:
    return taken(t, A.index)


@push.register
def _(A: Replicate, t: Tangent) -> Tangent:
    if isinstance(t, Rows):
        return Rows(A.forward(t.T))
    return Legs(t.n, A.shape[0], tuple((_copied(A, i), _copied(A, w)) for i, w in t.legs))


def _copied(A: Replicate, a: Any) -> Any:
    return np.broadcast_to(a.reshape(A.aligned), A.y_shape).reshape(-1) if isinstance(a, np.ndarray) else a


@push.register
def _(A: Sum, t: Tangent) -> Tangent:
    return plus(*(push(term, t) for term in A.terms))


@push.register
def _(A: Reduce, t: Tangent) -> Tangent:
    m = A.shape[0]
    length = A.shape[1] // m if m else 0
    if isinstance(t, Rows):
        return Rows(A.forward(t.T))
    if not 0 < length * len(t.legs) <= LEGS:
        return Rows(_summed(A, t))
    weights = _reduced_last(A, np.broadcast_to(A.weights, A.x_shape))
    legs = []
    for index, w in t.legs:
        index = _reduced_last(A, index.reshape(A.x_shape))
        w = times(w if not isinstance(w, np.ndarray) else _reduced_last(A, w.reshape(A.x_shape)), weights)
        legs += [(index[:, j], w[:, j]) for j in range(length)]
    return Legs(t.n, m, _merged(legs))


def _summed(A: Reduce, t: Legs) -> Array:
    """A sum of legs [n, m], without the zeros between them."""
    m, weights = A.shape[0], np.broadcast_to(A.weights, A.x_shape)
    to = np.arange(m).reshape([1 if axis in A.axes else n for axis, n in enumerate(A.x_shape)])
    output, weight = np.broadcast_to(to, A.x_shape).reshape(-1), weights.reshape(-1)
    T = np.zeros(t.n * m, np.result_type(float, weight, *(np.asarray(w).dtype for _, w in t.legs)))
    for index, w in t.legs:
        some = np.flatnonzero(index != NOTHING)
        terms = np.broadcast_to(times(w, weight), output.shape)[some]
        np.add.at(T, index[some] * m + output[some], terms)
    return T.reshape(t.n, m)


def _reduced_last(A: Reduce, a: Array) -> Array:
    """An array [m, length]: what is added up lies in a row."""
    kept = [axis for axis in range(len(A.x_shape)) if axis not in A.axes]
    return np.ascontiguousarray(a.transpose(kept + list(A.axes)).reshape(A.shape[0], -1))


@push.register
def _(A: Dense, t: Tangent) -> Tangent:
    return Rows(A.matrix.T) if isinstance(t, Identity) else Rows(A.forward(rows(t)))
