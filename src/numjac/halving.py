# SPDX-License-Identifier: BSD-3-Clause
"""Columns at fault, found by halving: each in as many directions as it takes to halve all columns down to one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numjac.result import FloatArray, IntArray

__all__ = ["MOST", "columns_at_fault"]

# Columns at fault, beyond which no more are looked for.
MOST = 32


def columns_at_fault(
    differs: Callable[[FloatArray], bool], n: int, seed: int, *, trials: int = 2, most: int = MOST
) -> IntArray:
    """
    The columns in which two matrices differ.

    Parameters
    ----------
    differs : callable
        ``differs(v)``: whether their products with a direction v [n] do.
    n : int
        The number of columns.
    seed : int
        Of the directions. A fault that a random direction does not show is one of measure zero.
    trials : int
        Directions of all columns before they are believed.
    most : int
        Columns, at most; one has to stop somewhere.

    Returns
    -------
    ndarray of intp
        In their order.

    Examples
    --------
    >>> import numpy as np
    >>> wrong = np.array([0, 0, 3.0, 0, 0, 1.0])
    >>> columns_at_fault(lambda v: bool(wrong @ v), 6, 0)
    array([2, 5])
    """
    rng = np.random.default_rng(seed)

    def direction(columns: IntArray) -> FloatArray:
        v = np.zeros(n)
        v[columns] = rng.choice([-1.0, 1.0], columns.size) * rng.uniform(0.5, 1.0, columns.size)
        return v

    everything = np.arange(n)
    if n == 0 or not any(differs(direction(everything)) for _ in range(trials)):
        return everything[:0]
    found: list[int] = []
    waiting = [everything]
    while waiting and len(found) < most:
        columns = waiting.pop()
        if columns.size == 1:
            found.append(int(columns[0]))
            continue
        halves = columns[: columns.size // 2], columns[columns.size // 2 :]
        waiting += [half for half in reversed(halves) if differs(direction(half))]
    return np.array(sorted(found), np.intp)
