# SPDX-License-Identifier: BSD-3-Clause
"""What f returned, as an array of numbers."""

from __future__ import annotations

import numpy as np

from numjac.errors import OutputError
from numjac.numeric.points import from_objects
from numjac.result import Array, FloatArray

__all__ = ["as_doubles", "as_numbers"]


def as_numbers(y: object, whence: str = "f returned") -> Array:
    """
    What f returned as an array of numbers.

    Parameters
    ----------
    y : object
        A number, an array of any kind, or nested lists of numbers. A masked entry is NaN.
    whence : str
        Where it came from, for messages.

    Returns
    -------
    ndarray
        Boolean, integer, floating or complex.

    Raises
    ------
    OutputError
        y is None, ragged, or not made of numbers.
    """
    if np.ma.is_masked(y):
        y = np.ma.asarray(y)
        y = np.ma.filled(y.astype(np.result_type(y.dtype, np.float64)), np.nan)
    try:
        array = np.asarray(y)
    except Exception as error:
        raise OutputError(f"{whence} {_kind(y)}, which makes no array of numbers: {error}") from error
    if array.dtype.kind == "O":
        array = from_objects(array, OutputError, f"{whence} {_kind(y)}")
    if array.dtype.kind not in "biufc":
        raise OutputError(f"{whence} {_kind(y)} of dtype {array.dtype}, expected numbers")
    return array


def _kind(y: object) -> str:
    return "None" if y is None else type(y).__name__


def as_doubles(y: Array) -> FloatArray:
    """Real or complex numbers, contiguous, as doubles: complex ones become pairs in the last axis."""
    y = np.ascontiguousarray(y)
    return y.view(np.float64) if y.dtype.kind == "c" else y
