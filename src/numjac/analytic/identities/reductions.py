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
    join: Any = None,
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
        join=join,
    )


def count(x: Array, axes: tuple[int, ...]) -> int:
    """How many entries go into one result."""
    return int(np.prod([x.shape[axis] for axis in axes], dtype=np.intp))


def others(x: Array, y: Array, axes: tuple[int, ...]) -> Any:
    """The product of all other entries, from those before and those behind: no division, so that zeros may be there."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = kept + list(axes)
    moved = x.transpose(order)
    rows = moved.reshape(*moved.shape[: len(kept)], count(x, axes))
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


def sole(x: Array, y: Array, axes: tuple[int, ...]) -> Any:
    """Ones where x is the extreme, of which there is one."""
    return np.where(x == y, 1.0, 0.0)


PLUS, TIMES = (np.add, 0.0), (np.multiply, 1.0)
MORE, LESS = (np.maximum, -np.inf), (np.minimum, np.inf)

ROWS: list[Rule] = [
    reduction(np.sum, "e'", one, holomorphic=True, join=PLUS),
    reduction(np.add.reduce, "e'", one, holomorphic=True, join=PLUS),
    reduction(np.mean, "e'/n", lambda x, y, axes: 1.0 / count(x, axes), holomorphic=True),
    reduction(np.prod, "y/x_i", others, holomorphic=True, join=TIMES),
    reduction(np.multiply.reduce, "y/x_i", others, holomorphic=True, join=TIMES),
    *(reduction(f, "selection", chosen, several, join=MORE) for f in (np.max, np.amax, np.maximum.reduce)),
    *(reduction(f, "selection", chosen, several, join=LESS) for f in (np.min, np.amin, np.minimum.reduce)),
    reduction(np.var, "2 (x - m)/(n - d)", variance, None, ("ddof", "correction")),
    reduction(np.std, "(x - m)/((n - d) s)", deviation, flat, ("ddof", "correction")),
    reduction(np.nansum, "e' of numbers", no_nan(one), join=PLUS),
    reduction(np.nanprod, "y/x_i of numbers", no_nan(lambda x, y, axes: others(np.where(np.isnan(x), 1.0, x), y, axes)),
              join=TIMES),
    reduction(np.nanmax, "selection", sole, several, join=MORE),
    reduction(np.nanmin, "selection", sole, several, join=LESS),
    reduction(
        np.nanmean,
        "e'/n of numbers",
        lambda x, y, axes: ~np.isnan(x) / np.sum(~np.isnan(x), axis=axes, keepdims=True),
    ),
    reduction(np.logaddexp.reduce, "exp(x - y)", lambda x, y, axes: np.exp(x - y), join=(np.logaddexp, -np.inf)),
]  # fmt: skip
