# SPDX-License-Identifier: BSD-3-Clause
"""Numbers in words: as many digits as are known, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

import numpy as np

from numjac.result import Array

__all__ = ["brief", "decimals_of", "steps", "table", "written"]

# Decimals of a number of which nothing is known, and the most that float64 can mean.
UNKNOWN, MOST = 6, 17

# Between these, a number is written without an exponent.
PLAIN = 1e-3, 1e8


def decimals_of(error: float) -> int:
    """
    Decimals up to the first one that an error changes.

    Examples
    --------
    >>> decimals_of(3e-5), decimals_of(0.1), decimals_of(20.0)
    (5, 1, 0)
    """
    if not (isfinite(error) and error > 0):
        return UNKNOWN
    return min(max(ceil(-log10(error)), 0), MOST)


def written(values: Array, error: float) -> list[str]:
    """
    Numbers of a column with the same decimals, those that an error leaves; "-" for what is not finite.

    Examples
    --------
    >>> written(np.array([2.3, 2.03, np.nan]), 0.02)
    ['2.30', '2.03', '-']
    >>> written(np.array([2.3e9, 2.03e9]), 1e7)
    ['2.30e+09', '2.03e+09']
    """
    size = np.abs(values[np.isfinite(values)])
    top = float(size.max(initial=0.0))
    low, high = PLAIN
    form = f".{decimals_of(error)}f"
    if top and not low <= top < high:
        form = f".{_figures(top, error)}e"
    return [format(value, form) if np.isfinite(value) else "-" for value in values.tolist()]


def _figures(top: float, error: float) -> int:
    """Decimals of the mantissa of the largest number."""
    if not (isfinite(error) and error > 0):
        return UNKNOWN
    return min(max(floor(log10(top)) + ceil(-log10(error)), 0), MOST)


def brief(values: Array) -> list[str]:
    """Numbers of which the size matters: two figures; nothing for NaN."""
    return ["" if np.isnan(value) else f"{value:.1e}" for value in values.tolist()]


def steps(values: Array) -> list[str]:
    """
    Steps with two figures, or with four if two do not tell them.

    Examples
    --------
    >>> steps(np.array([0.1, 0.01])), steps(np.array([0.25, 0.125]))
    (['1.0e-01', '1.0e-02'], ['2.500e-01', '1.250e-01'])
    """
    short = [f"{value:.1e}" for value in values.tolist()]
    same = np.allclose(np.array(short, float), values, rtol=1e-9, atol=0)
    return short if same else [f"{value:.3e}" for value in values.tolist()]


def table(columns: dict[str, list[str]], marks: Sequence[str]) -> str:
    """
    Columns under their names, flush right; marks behind the rows.

    Examples
    --------
    >>> print(table({"h": ["0.1", "0.01"], "quotient": ["2.30", "2.03"]}, ["", "<- best"]))
       h  quotient
     0.1      2.30
    0.01      2.03  <- best
    """
    widths = {name: max(map(len, [name, *texts])) for name, texts in columns.items()}
    lines = ["  ".join(f"{name:>{width}}" for name, width in widths.items())]
    for cells, mark in zip(zip(*columns.values(), strict=True), marks, strict=True):
        row = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths.values(), strict=True))
        lines.append(f"{row}  {mark}".rstrip())
    return "\n".join(lines)
