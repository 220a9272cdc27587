# SPDX-License-Identifier: BSD-3-Clause
"""
Layouts: the ways to write the numbers dF_i/dx_j on paper.

The canonical array is ``T[i..., j...] = df[i...]/dx[j...]``, the axes of f first. Every layout is a permutation of it:

=============  ============================================  ==============================================
layout         shape, for f of shape (m, n), x (p, q)        known as
=============  ============================================  ==============================================
numerator      (m, n, p, q)                                  the m x n Jacobian of a vector by a vector
denominator    (p, q, m, n)                                  its transpose; the gradient as a column
block          (p m, q n), block (k, l) is dA/db_kl          DA/DB
vec            (m n, p q), vec stacks columns                matrix calculus: d vec(AXB)/d vec X = B' (x) A
=============  ============================================  ==============================================

In the block and vec layouts a vector is a column and a scalar is 1 x 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from numjac.errors import OptionError
from numjac.result import Array, Shape

__all__ = ["LAYOUTS", "Layout", "convert"]


Permutation = Callable[[Array, Shape, Shape], Array]


Sizes = tuple[int, int, int, int]
Places = Callable[[Any, Any, Any, Any, Sizes], tuple[Any, Any]]


@dataclass(frozen=True)
class Layout:
    """
    The shape of a layout, and the permutations from and to the canonical array.

    Parameters
    ----------
    shape, of, back : callable
        Of f and of x.
    place : callable
        ``place(i, j, k, h, sizes)``: where the derivative of f[i, j] by x[k, h] stands in a sparse matrix.
    found : callable
        ``found(row, column, sizes)``: i, j, k, h of a place.
    flat : callable
        The shape of that matrix, for sizes (m, n, p, q).
    """

    shape: Callable[[Shape, Shape], Shape]
    of: Permutation
    back: Permutation
    place: Places
    found: Callable[[Any, Any, Sizes], tuple[Any, Any, Any, Any]]
    flat: Callable[[Sizes], tuple[int, int]]


def _matrices(f_shape: Shape, x_shape: Shape) -> tuple[int, int, int, int]:
    """(m, n, p, q): both shapes with two axes, a vector as a column and a scalar as 1 x 1."""
    for name, shape in ("f", f_shape), ("x", x_shape):
        if len(shape) > 2:
            raise OptionError(f"{name} has shape {shape}: this layout is for scalars, vectors and matrices")
    (m, n), (p, q) = (*f_shape, 1, 1)[:2], (*x_shape, 1, 1)[:2]
    return m, n, p, q


def _numerator(J: Array, f_shape: Shape, x_shape: Shape) -> Array:
    return J


def _x_first(T: Array, f_shape: Shape, x_shape: Shape) -> Array:
    return np.moveaxis(T, range(len(f_shape)), range(len(x_shape), T.ndim))


def _f_first(J: Array, f_shape: Shape, x_shape: Shape) -> Array:
    return np.moveaxis(J, range(len(x_shape)), range(len(f_shape), J.ndim))


def _block_shape(f_shape: Shape, x_shape: Shape) -> Shape:
    m, n, p, q = _matrices(f_shape, x_shape)
    return p * m, q * n


def _to_block(T: Array, f_shape: Shape, x_shape: Shape) -> Array:
    m, n, p, q = _matrices(f_shape, x_shape)
    return T.reshape(m, n, p, q).transpose(2, 0, 3, 1).reshape(p * m, q * n)


def _from_block(J: Array, f_shape: Shape, x_shape: Shape) -> Array:
    m, n, p, q = _matrices(f_shape, x_shape)
    return J.reshape(p, m, q, n).transpose(1, 3, 0, 2).reshape(f_shape + x_shape)


def _vec_shape(f_shape: Shape, x_shape: Shape) -> Shape:
    m, n, p, q = _matrices(f_shape, x_shape)
    return m * n, p * q


def _to_vec(T: Array, f_shape: Shape, x_shape: Shape) -> Array:
    m, n, p, q = _matrices(f_shape, x_shape)
    return T.reshape(m, n, p, q).transpose(1, 0, 3, 2).reshape(m * n, p * q)


def _from_vec(J: Array, f_shape: Shape, x_shape: Shape) -> Array:
    m, n, p, q = _matrices(f_shape, x_shape)
    return J.reshape(n, m, q, p).transpose(1, 0, 3, 2).reshape(f_shape + x_shape)


def _in_rows(row: Any, column: Any, s: Sizes) -> tuple[Any, Any, Any, Any]:
    return row // s[1], row % s[1], column // s[3], column % s[3]


LAYOUTS = {
    "numerator": Layout(
        lambda f, x: f + x, _numerator, _numerator,
        place=lambda i, j, k, h, s: (i * s[1] + j, k * s[3] + h),
        found=_in_rows,
        flat=lambda s: (s[0] * s[1], s[2] * s[3]),
    ),
    "denominator": Layout(
        lambda f, x: x + f, _x_first, _f_first,
        place=lambda i, j, k, h, s: (k * s[3] + h, i * s[1] + j),
        found=lambda row, column, s: _in_rows(column, row, s),
        flat=lambda s: (s[2] * s[3], s[0] * s[1]),
    ),
    "block": Layout(
        _block_shape, _to_block, _from_block,
        place=lambda i, j, k, h, s: (k * s[0] + i, h * s[1] + j),
        found=lambda row, column, s: (row % s[0], column % s[1], row // s[0], column // s[1]),
        flat=lambda s: (s[2] * s[0], s[3] * s[1]),
    ),
    "vec": Layout(
        _vec_shape, _to_vec, _from_vec,
        place=lambda i, j, k, h, s: (j * s[0] + i, h * s[2] + k),
        found=lambda row, column, s: (row % s[0], row // s[0], column % s[2], column // s[2]),
        flat=lambda s: (s[0] * s[1], s[2] * s[3]),
    ),
}  # fmt: skip


def check_layout(layout: object) -> str:
    """The name of a layout, or an OptionError that lists them."""
    if isinstance(layout, str) and layout in LAYOUTS:
        return layout
    raise OptionError(f"layout={layout!r}: expected one of {', '.join(map(repr, LAYOUTS))}")


def convert(J: Any, f_shape: Shape, x_shape: Shape, frm: str, to: str) -> Any:
    """
    Write a Jacobian in another layout.

    Parameters
    ----------
    J : ndarray or sparse array
        The Jacobian in the layout `frm`; a sparse one is a matrix: axes of f and of x are each taken together, in the
        order of memory, for the numerator and the denominator layout.
    f_shape, x_shape : tuple of int
        The shapes of f(x) and of x; ``()`` for a scalar.
    frm, to : {"numerator", "denominator", "block", "vec"}
        The layout it is in, and the one wanted.

    Returns
    -------
    ndarray or sparse array
        The same numbers in the layout `to`: a view where that is possible; a sparse array of a sparse one.

    Raises
    ------
    OptionError
        A layout is unknown, J does not have the shape its layout calls for, or f or x has more than two axes and the
        layout is for matrices.

    Examples
    --------
    The derivative of f = (x0 x1, x0) at (2, 3):

    >>> import numpy as np
    >>> J = np.array([[3.0, 2.0], [1.0, 0.0]])
    >>> convert(J, (2,), (2,), "numerator", "denominator")
    array([[3., 1.],
           [2., 0.]])
    >>> convert(J, (2,), (2,), "numerator", "block").ravel()
    array([3., 1., 2., 0.])
    """
    source, target = LAYOUTS[check_layout(frm)], LAYOUTS[check_layout(to)]
    f_shape, x_shape = tuple(f_shape), tuple(x_shape)
    if hasattr(J, "tocoo"):
        return _sparse(J, f_shape, x_shape, source, target)
    J = np.asarray(J)
    expected = source.shape(f_shape, x_shape)
    if J.shape != expected:
        raise OptionError(f"J has shape {J.shape}, expected {expected}: {frm} layout, f {f_shape}, x {x_shape}")
    return target.of(source.back(J, f_shape, x_shape), f_shape, x_shape)


def _sparse(J: Any, f_shape: Shape, x_shape: Shape, source: Layout, target: Layout) -> Any:
    """Every entry goes to its place; nothing is made dense."""
    free = LAYOUTS["numerator"], LAYOUTS["denominator"]
    any_axes = source in free and target in free
    sizes = (prod(f_shape), 1, prod(x_shape), 1) if any_axes else _matrices(f_shape, x_shape)
    if J.shape != source.flat(sizes):
        raise OptionError(f"J has shape {J.shape}, expected {source.flat(sizes)}: f {f_shape}, x {x_shape}")
    entries = J.tocoo()
    row, column = (np.asarray(a, np.intp) for a in (entries.row, entries.col))
    places = target.place(*source.found(row, column, sizes), sizes)
    made = type(entries)((entries.data, places), shape=target.flat(sizes))
    tall = made.shape[0] > max(made.shape[1], 4 * made.nnz)  # rows that are nearly all empty would take the memory
    return made.tocsc() if tall else made.tocsr()
