# SPDX-License-Identifier: BSD-3-Clause
"""What somebody says a Jacobian is: an array, a sparse one or an operator; as a matrix [m, n], or as its columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.containers import is_sparse
from numjac.errors import OptionError
from numjac.faults import Finding
from numjac.result import Array, FloatArray, IntArray, Shape

__all__ = ["as_matrix", "misshapen", "product", "sliceable", "taken"]


def as_matrix(given: Any, shape: tuple[int, int], full: Shape) -> tuple[Array, Finding | None]:
    """What is claimed as a matrix [m, n]; or what is wrong with its shape."""
    dense = _numbers(written_out(given, shape[1]))
    finding = misshapen(dense.shape, shape, full)
    return (dense.reshape(shape) if finding is None else dense), finding


def _numbers(dense: Array) -> Array:
    if dense.dtype.kind not in "biufc":
        raise OptionError(f"jac is made of {dense.dtype}, expected numbers")
    return dense


def misshapen(given: Shape, shape: tuple[int, int], full: Shape) -> Finding | None:
    """What is wrong with a shape that is neither that of the matrix nor that of the array; ones do not count."""
    found, matrix, array, turned = (tuple(k for k in s if k != 1) for s in (given, shape, full, shape[::-1]))
    if found in (matrix, array):
        return None
    kind, what = ("transpose", ": it is that of the transpose") if found == turned else ("shape", "")
    return Finding(kind, f"the shape is {given}, expected {full}{what}")


def written_out(given: Any, columns: int) -> Array:
    """An array; a sparse one or an operator written out."""
    if is_sparse(given) or hasattr(given, "toarray"):
        return np.asarray(given.toarray())
    if hasattr(given, "matmat") and hasattr(given, "shape"):
        return np.asarray(given @ np.eye(columns))
    return np.asarray(given)


def sliceable(given: Any, n: int) -> Any:
    """A claim whose columns can be taken, or that can be multiplied."""
    if is_sparse(given):
        return given.tocsc()
    return given if hasattr(given, "matvec") else _numbers(np.asarray(given)).reshape(-1, n)


def product(matrix: Any, v: FloatArray) -> Any:
    """Its product with a direction; columns that are not asked for do not take part: zero times NaN is NaN."""
    if hasattr(matrix, "matvec"):
        return matrix @ v
    used = np.flatnonzero(v)
    return matrix[:, used] @ v[used]


def taken(matrix: Any, columns: IntArray) -> Array:
    """Some of its columns, written out."""
    if not hasattr(matrix, "matvec"):
        return written_out(matrix[:, columns], columns.size)
    unit = np.zeros((matrix.shape[1], columns.size))
    unit[columns, np.arange(columns.size)] = 1.0
    return np.asarray(matrix @ unit)
