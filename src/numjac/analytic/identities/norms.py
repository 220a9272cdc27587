# SPDX-License-Identifier: BSD-3-Clause
"""Identities of norms, from sums of powers and from singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Rule

__all__ = ["ROWS"]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """Of a vector, if there is one axis or nothing is said; else of a matrix."""
    if axis is None and ord is None:
        return _vector_norm(x, 2, tuple(range(np.ndim(x))), keepdims)
    axes = (tuple(range(np.ndim(x))) if axis is None else axis) if axis is None or isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, 2 if ord is None else ord, axes, keepdims)
    return _matrix_norm(x, ord, axes, keepdims)


def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:  # noqa: A002
    """Of all entries, or along some axes."""
    return _vector_norm(x, ord, tuple(range(np.ndim(x))) if axis is None else axis, keepdims)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:  # noqa: A002
    """Of the last two axes."""
    return _matrix_norm(x, ord, (-2, -1), keepdims)


def squares(x: Any) -> Any:
    """Squared sizes."""
    return np.real(x * np.conjugate(x)) if np.iscomplexobj(x) else x * x


def _vector_norm(x: Any, p: Any, axis: Any, keepdims: bool) -> Any:
    if isinstance(p, str) or p == 0:
        raise TypeError(f"ord={p!r}")
    if p == 2:
        return np.sqrt(np.sum(squares(x), axis=axis, keepdims=keepdims))
    size = np.abs(x)
    if p in (np.inf, -np.inf):
        return (np.max if p > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    if p == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.power(np.sum(np.power(size, float(p)), axis=axis, keepdims=keepdims), 1.0 / p)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:  # noqa: A002
    i, j = (axis % np.ndim(x) for axis in axes)
    if ord in (None, "fro", "f"):
        return np.sqrt(np.sum(squares(x), axis=axes, keepdims=keepdims))
    if ord in (1, -1, np.inf, -np.inf):
        over, rest = (i, j) if ord in (1, -1) else (j, i)
        sums = np.sum(np.abs(x), axis=over, keepdims=True)
        y = (np.max if ord > 0 else np.min)(sums, axis=rest, keepdims=True)
        return y if keepdims else np.squeeze(y, axis=(i, j))
    if ord in (2, -2, "nuc"):
        s = np.linalg.svdvals(np.moveaxis(x, (i, j), (-2, -1)))
        y = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0] if ord == 2 else s[..., -1]
        return np.expand_dims(y, (i, j)) if keepdims else y
    raise TypeError(f"ord={ord!r}")


def cond(x: Any, p: Any = None) -> Any:
    """The largest singular value over the smallest, or a norm times that of the inverse."""
    if p in (None, 2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return _matrix_norm(x, p, (-2, -1), False) * _matrix_norm(np.linalg.inv(x), p, (-2, -1), False)


ROWS: list[Rule] = [
    composite(np.linalg.norm, "x'/norm(x), ...", norm),
    composite(np.linalg.vector_norm, "x'/norm(x), ...", vector_norm),
    composite(np.linalg.matrix_norm, "X/norm(X), ...", matrix_norm),
    composite(np.linalg.cond, "from singular values", cond),
]
