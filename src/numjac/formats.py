# SPDX-License-Identifier: BSD-3-Clause
"""Number formats: which ones f is handed, and how fine they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.errors import ShapeError

__all__ = ["EPS", "FLOAT64", "KEPT", "NARROW", "check_format", "spacing"]

FLOAT64 = np.dtype("float64")
EPS = float(np.finfo(FLOAT64).eps)

# The number formats f is handed; every other real kind becomes float64, every other complex one complex128.
NARROW = frozenset(map(np.dtype, ["float16", "float32", "complex64"]))
KEPT = NARROW | {FLOAT64, np.dtype("complex128")}

_COARSE = {dtype: float(np.finfo(dtype).eps) for dtype in NARROW}


def spacing(dtype: np.dtype[Any]) -> float:
    """The spacing of numbers at 1, of float64 at least; integers are exact in that."""
    return _COARSE.get(dtype, EPS)


def check_format(y: np.dtype[Any], at_point: np.dtype[Any]) -> None:
    """Refuse a number format that is coarser than the one of f(x), for which the step was chosen."""
    if spacing(y) > spacing(at_point):
        raise ShapeError(
            f"f returned {y}, expected numbers as fine as at x (or in f0), {at_point}: the step was chosen for those"
        )
