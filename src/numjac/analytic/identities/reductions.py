# SPDX-License-Identifier: BSD-3-Clause
"""Identities of sums and other reductions: a row of weights for each result."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.rules import Reduction, Rule
from numjac.result import Array

__all__ = ["ROWS"]


def reduction(
    function: Any,
    formula: str,
    weights: Any,
    kink: Any = None,
    others: tuple[str, ...] = (),
    *,
    holomorphic: bool = False,
) -> Rule:
    """A row for f over some axes."""
    return Reduction(
        function=function,
        formula=formula,
        structure="row",
        weights=weights,
        kink=kink,
        others=others,
        holomorphic=holomorphic,
    )


def count(x: Array, axes: tuple[int, ...]) -> int:
    """How many entries go into one result."""
    return int(np.prod([x.shape[axis] for axis in axes], dtype=np.intp))


def others(x: Array, y: Array, axes: tuple[int, ...]) -> Any:
    """The product of all other entries, from those before and those behind: no division, so that zeros may be there."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = kept + list(axes)
    moved = x.transpose(order)
    rows = moved.reshape(*moved.shape[: len(kept)], -1)
    one = np.ones((*rows.shape[:-1], 1), rows.dtype)
    before = np.concatenate([one, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    behind = np.concatenate([one, np.cumprod(rows[..., :0:-1], axis=-1)], axis=-1)[..., ::-1]
    return (before * behind).reshape(moved.shape).transpose(np.argsort(order))


def chosen(x: Array, y: Array, axes: tuple[int, ...]) -> Any:
    """Ones where x is the extreme."""
    return (x == y) / np.sum(x == y, axis=axes, keepdims=True)


def several(x: Array, y: Array, axes: tuple[int, ...]) -> bool:
    """Whether several entries are the extreme."""
    return bool(np.any(np.sum(x == y, axis=axes) > 1))


def variance(x: Array, y: Array, axes: tuple[int, ...], ddof: float = 0, correction: float = 0) -> Any:
    """2 (x - mean) / (n - d)."""
    return 2 * (x - x.mean(axis=axes, keepdims=True)) / (count(x, axes) - ddof - correction)


def deviation(x: Array, y: Array, axes: tuple[int, ...], ddof: float = 0, correction: float = 0) -> Any:
    """(x - mean) / ((n - d) s)."""
    return (x - x.mean(axis=axes, keepdims=True)) / (count(x, axes) - ddof - correction) / y


def no_nan(weights: Any) -> Any:
    """The same for the entries that are numbers."""
    return lambda x, y, axes: np.where(np.isnan(x), 0.0, weights(x, y, axes))


def one(x: Array, y: Array, axes: tuple[int, ...]) -> float:
    """Every entry counts once."""
    return 1.0


def flat(x: Array, y: Array, axes: tuple[int, ...]) -> bool:
    """Whether all entries are the same, where a deviation has a kink."""
    return bool(np.any(y == 0))


ROWS: list[Rule] = [
    reduction(np.sum, "e'", one, holomorphic=True),
    reduction(np.add.reduce, "e'", one, holomorphic=True),
    reduction(np.mean, "e'/n", lambda x, y, axes: 1.0 / count(x, axes), holomorphic=True),
    reduction(np.prod, "y/x_i", others, holomorphic=True),
    reduction(np.multiply.reduce, "y/x_i", others, holomorphic=True),
    reduction(np.max, "selection", chosen, several),
    reduction(np.maximum.reduce, "selection", chosen, several),
    reduction(np.min, "selection", chosen, several),
    reduction(np.minimum.reduce, "selection", chosen, several),
    reduction(np.var, "2 (x - m)/(n - d)", variance, None, ("ddof", "correction")),
    reduction(np.std, "(x - m)/((n - d) s)", deviation, flat, ("ddof", "correction")),
    reduction(np.nansum, "e' of numbers", no_nan(one)),
    reduction(np.nanmax, "selection", lambda x, y, axes: np.where(x == y, 1.0, 0.0), several),
    reduction(np.nanmin, "selection", lambda x, y, axes: np.where(x == y, 1.0, 0.0), several),
    reduction(
        np.nanmean,
        "e'/n of numbers",
        lambda x, y, axes: ~np.isnan(x) / np.sum(~np.isnan(x), axis=axes, keepdims=True),
    ),
    reduction(np.logaddexp.reduce, "exp(x - y)", lambda x, y, axes: np.exp(x - y)),
]
