# SPDX-License-Identifier: BSD-3-Clause
"""The point of differentiation: anything made of numbers, as a private array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numjac.errors import OutputError, PointError
from numjac.formats import FLOAT64, KEPT, NARROW
from numjac.result import Array, FloatArray, Shape

__all__ = ["Point", "as_point", "from_objects", "moved", "name_of", "raised_to"]


@dataclass(slots=True)
class Point:
    """
    The point of differentiation.

    Parameters
    ----------
    array : ndarray
        A private, contiguous copy of x in the number format that f is handed.
    shape : tuple of int
        The shape of x.
    scalar : bool
        x was a scalar, so f is handed a NumPy scalar.
    real : ndarray
        What moves when a column is sampled: x, or its real part; float64, contiguous, of any shape.
    is_complex : bool
        f is to be differentiated as a holomorphic function.
    narrow : bool
        f is handed fewer bits than float64 has.
    """

    array: Array
    shape: Shape
    scalar: bool
    real: FloatArray
    is_complex: bool = False
    narrow: bool = False

    @classmethod
    def of(cls, array: Array, scalar: bool) -> Point:
        """The point of a private, contiguous array in one of the number formats that f may be handed."""
        real = np.ascontiguousarray(array.real, np.float64).reshape(array.shape)
        return cls(array, array.shape, scalar, real, array.dtype.kind == "c", array.dtype in NARROW)

    @property
    def flat(self) -> Array:
        """x in float64 or complex128, one entry behind the other."""
        return self.array.astype(np.complex128 if self.is_complex else np.float64, copy=False).reshape(-1)

    def name(self, entry: int) -> str:
        """An entry of x as the user would write it."""
        return name_of(entry, self.shape)


def name_of(entry: int, shape: Shape) -> str:
    """An entry of an x of this shape as the user would write it."""
    indices = np.unravel_index(entry, shape)
    return f"x[{', '.join(map(str, indices))}]" if indices else "x"


def moved(x: Array, entry: int, at: float) -> str:
    """The place of an evaluation in words: which entry of x moved where."""
    home = x.flat[entry]
    return f"in column {entry}, with {name_of(entry, x.shape)} moved by {at - home.real:.6g} from {home!s}"


def raised_to(x: Array, entry: int, at: float) -> str:
    """The place of a complex step in words."""
    return f"in column {entry}, with {name_of(entry, x.shape)} = {x.flat[entry].real!s} + {at:.3g}i"


def as_point(x: npt.ArrayLike) -> Point:
    """
    Take a private copy of x.

    Parameters
    ----------
    x : array_like
        Numbers of any kind, in any shape, order and byte order. Integers and booleans are taken as float64, so are
        numbers longer than that.

    Returns
    -------
    Point

    Raises
    ------
    PointError
        x is ragged, masked, or not made of numbers.
    """
    if type(x) is np.ndarray and x.dtype is FLOAT64:
        x = x.copy()
        return Point(x, x.shape, False, x)
    try:
        array = np.asanyarray(x)
    except Exception as error:
        raise PointError(f"x is not an array of numbers: {error}") from error
    if np.ma.is_masked(array):
        raise PointError(
            f"x is masked in {int(np.sum(np.ma.getmaskarray(array)))} of {array.size} entries: nothing to move"
        )
    array = np.asarray(array)
    if array.dtype.kind == "O":
        array = from_objects(array, PointError, "x")
    if array.dtype.kind not in "biufc":
        raise PointError(f"x has dtype {array.dtype}, expected numbers")
    dtype = array.dtype.newbyteorder("=")
    if dtype not in KEPT:
        dtype = np.dtype(np.complex128 if dtype.kind == "c" else np.float64)
    return Point.of(np.array(array, dtype, order="C"), array.ndim == 0 and not isinstance(x, np.ndarray))


def from_objects(array: Array, error: type[PointError | OutputError], what: str) -> Array:
    """Python numbers of any kind (Fraction, Decimal, ...) as floats; strings are no numbers."""
    for item in array.flat:
        if item is None or isinstance(item, (str, bytes)):
            raise error(f"{what}: found {item!r}, expected numbers")
    for dtype in (np.float64, np.complex128):
        try:
            return array.astype(dtype)
        except (TypeError, ValueError):
            pass
    culprit = next((type(item).__name__ for item in array.flat if not hasattr(item, "__float__")), "object")
    raise error(f"{what}: found an object of type {culprit}, expected numbers")
