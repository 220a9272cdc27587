# SPDX-License-Identifier: BSD-3-Clause
"""Sparse results: SciPy's containers, made where one is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.second import Hessian
from numjac.analytic.tangents import Rows, Tangent
from numjac.errors import OptionError
from numjac.numeric.pattern import Pattern, is_sparse
from numjac.result import Array, IntArray

__all__ = [
    "FORMATS",
    "check_container",
    "container",
    "containers",
    "is_sparse",
    "lower_factor",
    "stored",
    "stored_parts",
]

FORMATS = ("csr", "csc", "coo")


def containers() -> Any:
    """The module scipy.sparse."""
    try:
        import scipy.sparse  # type: ignore[import-untyped]
    except ImportError as error:
        raise OptionError("sparsity: a sparse result needs SciPy (pip install 'numjac[sparse]')") from error
    return scipy.sparse


def check_container(name: object) -> str:
    """The name of a format of sparse results; an OptionError if it is none."""
    if name not in FORMATS:
        raise OptionError(f"format={name!r}: expected one of {', '.join(map(repr, FORMATS))}")
    return str(name)


def container(pattern: Pattern, data: Array, format: str = "csr") -> Any:  # noqa: A002  # SciPy's word
    """
    A matrix of stored entries in a container of its own.

    Parameters
    ----------
    pattern : Pattern
        The entries, none of which goes, be it zero.
    data : ndarray
        In the order of the pattern.
    format : {"csr", "csc", "coo"}
        In ``"coo"`` the entries keep their order; else those of a row (or a column) do among themselves.

    Returns
    -------
    scipy.sparse.csr_array, csc_array or coo_array
        Or without SciPy what it is made from: ``(data, indices, indptr)``, or ``(data, (row, column))``.
    """
    if format == "coo":
        parts: Any = (data.copy(), (pattern.row.copy(), pattern.column.copy()))
    else:
        (start, index), order = (
            (pattern.by_rows, pattern.row_order) if format == "csr" else (pattern.by_columns, pattern.column_order)
        )
        narrow = np.int32 if pattern.nnz < 2**31 else np.int64
        parts = (data if order is None else data[order], index.astype(narrow), start.astype(narrow))
    try:
        sparse = containers()
    except OptionError:
        return parts
    kind: Any = getattr(sparse, f"{format}_array")
    return kind(parts, shape=pattern.shape, copy=False)


def stored(t: Tangent) -> tuple[Array, Pattern]:
    """
    A tangent by rows: its entries, and where they are.

    Parameters
    ----------
    t : Tangent
        Legs, whose zeros stay, for they may be none elsewhere; or a dense matrix, whose zeros go.
    """
    if isinstance(t, Rows):
        i, j = np.nonzero(t.T.T)
        return t.T.T[i, j], Pattern((t.size, t.n), i.astype(np.int32), j.astype(np.int32))
    data, column, start = _tape.sparse(
        t.size, t.n, [(i, np.ascontiguousarray(np.real(w)) if np.iscomplexobj(w) else w) for i, w in t.legs]
    )
    if any(np.iscomplexobj(w) for _, w in t.legs):
        data = data + 1j * _tape.sparse(t.size, t.n, [(i, np.ascontiguousarray(np.imag(w))) for i, w in t.legs])[0]
    row, index = np.repeat(np.arange(t.size), np.diff(start)).astype(np.int32), column.astype(np.int32)
    return data, Pattern((t.size, t.n), row, index, {"rows": ((start, index), None)})


def stored_parts(m: int, n: int, parts: list[tuple[IntArray, Tangent]]) -> tuple[Array, Pattern]:
    """Tangents of some rows each, at these places, as one matrix by rows."""
    if len(parts) == 1 and parts[0][0].size == m:
        return stored(parts[0][1])
    found = [(at, *stored(t)) for at, t in parts]
    data: Array = np.concatenate([np.zeros(0), *(values for _, values, _ in found)])
    column = np.concatenate([np.zeros(0, np.int32), *(pattern.column for _, _, pattern in found)])
    places = np.concatenate([np.zeros(0, np.intp), *(at for at, _, _ in found)])
    counts = np.concatenate([np.zeros(0, np.intp), *(np.diff(pattern.by_rows[0]) for _, _, pattern in found)])
    row = np.repeat(places.astype(np.int32), counts)
    if places.size == m and (np.diff(places) == 1).all():  # one below the other
        return data, Pattern((m, n), row, column, {"rows": ((np.append(0, np.cumsum(counts)), column), None)})
    whole = Pattern((m, n), row, column)
    order = whole.row_order
    return (data, whole) if order is None else (data[order], whole.ordered(order))


def stored_hessian(H: Hessian) -> tuple[Array, Pattern]:
    """A Hessian by rows, symmetric bit for bit: its entries, and where they are."""
    found = H.coordinates
    if found is None:
        dense = H.dense()
        i, j = np.nonzero(dense)
        return dense[i, j], Pattern((H.n, H.n), i.astype(np.int32), j.astype(np.int32))
    i, j, value = found
    upper = i <= j  # both triangles are made of the same sums
    key, which = np.unique(i[upper] * np.int64(H.n) + j[upper], return_inverse=True)
    total = np.bincount(which, value[upper], key.size).astype(float, copy=False)  # of nothing it is made of integers
    a, b = key // max(1, H.n), key % max(1, H.n)
    beside = a < b
    row, column = np.concatenate([a, b[beside]]).astype(np.int32), np.concatenate([b, a[beside]]).astype(np.int32)
    whole, data = Pattern((H.n, H.n), row, column), np.concatenate([total, total[beside]])
    order = whole.row_order
    return (data, whole) if order is None else (data[order], whole.ordered(order))


def lower_factor(matrix: Any, shift: float) -> Any:
    """
    A sparse factor S with S S' = matrix + shift I; None if there is none: an eigenvalue lies below -shift.

    Pivots stay on the diagonal, so L U is L D L', and D has the signs of the eigenvalues: Sylvester's law of inertia.

    Parameters
    ----------
    matrix : sparse array
        Symmetric.
    shift : float
        How far below zero an eigenvalue may be.
    """
    import scipy.sparse.linalg  # type: ignore[import-untyped]

    n = matrix.shape[0]
    if n == 0:
        return matrix
    shifted = (matrix + shift * containers().eye_array(n)).tocsc()
    options = {"SymmetricMode": True}
    try:
        lu = scipy.sparse.linalg.splu(shifted, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    except RuntimeError:  # a pivot that is exactly 0
        return None
    pivots = lu.U.diagonal()
    if (pivots <= 0).any() or (lu.perm_r != lu.perm_c).any():
        return None
    return (containers().csr_array(lu.L)[lu.perm_r] * np.sqrt(pivots)).tocsr()
