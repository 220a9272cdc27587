# SPDX-License-Identifier: BSD-3-Clause
"""Functions that numba compiles: y = g(x) or g(x, y), wrapped into the signature of the core."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from numjac.native.sources import Found
from numjac.result import Shape

__all__ = ["RAISED", "RESIZED", "fills", "is_jitted", "wrapped"]

# What a wrapped function returns where g raised, or returned another number of outputs than at x.
RAISED, RESIZED = 1, 2


def is_jitted(function: Any) -> bool:
    """Whether it is a function of ``numba.njit``."""
    return hasattr(function, "py_func") and hasattr(function, "nopython_signatures")


def fills(function: Any) -> bool:
    """Whether it writes y, its second argument, instead of returning it."""
    return len(inspect.signature(function.py_func).parameters) == 2


def wrapped(g: Any, shape: Shape, of_complex: bool) -> Found:
    """
    A function that is called like one of C, and calls g.

    Parameters
    ----------
    g : numba.njit function
        ``y = g(x)``, of numbers, arrays or tuples of numbers; or ``g(x, y)``.
    shape : tuple of int
        The shape of x as g expects it.
    of_complex : bool
        x and y are complex128, else float64.
    """
    numba: Any = importlib.import_module("numba")
    number = numba.complex128 if of_complex else numba.float64
    pointer = numba.types.CPointer(number)
    signature = numba.int32(numba.uintp, pointer, numba.uintp, pointer, numba.types.voidptr)
    made = numba.cfunc(signature)(_body(numba, g, shape, _returned(numba, g, shape, number)))
    return Found(made.address, str(made._sig), 0, (made, g))


def _returned(numba: Any, g: Any, shape: Shape, number: Any) -> str:
    """What g returns: nothing, a number, an array, or a tuple; it is compiled for that."""
    x = numba.types.Array(number, len(shape), "C") if shape else number
    if fills(g):
        return "nothing"
    g.compile((x,))
    returned = next(made.signature.return_type for made in g.overloads.values() if made.signature.args == (x,))
    if isinstance(returned, numba.types.Array):
        return "array"
    return "tuple" if isinstance(returned, numba.types.BaseTuple) else "number"


def _point(numba: Any, shape: Shape) -> Any:
    """What makes x of a pointer: a number, a vector of any length, or an array of this shape."""
    if len(shape) == 1:
        return numba.njit(lambda x, n: numba.carray(x, (n,)))
    return numba.njit(lambda x, n: numba.carray(x, shape)) if shape else numba.njit(lambda x, n: x[0])


def _put(numba: Any, returned: str) -> Any:
    """What copies a result to y; how many outputs there were."""

    def number(y: Any, m: Any, found: Any) -> Any:
        y[0] = found
        return 1

    def array(y: Any, m: Any, found: Any) -> Any:
        if found.size == m:
            for i, entry in enumerate(found.flat):
                y[i] = entry
        return found.size

    def several(y: Any, m: Any, found: Any) -> Any:
        for i in range(len(found)):
            y[i] = found[i]
        return len(found)

    return numba.njit({"number": number, "array": array, "tuple": several}[returned])


def _body(numba: Any, g: Any, shape: Shape, returned: str) -> Callable[..., Any]:
    """The code around g, which numba compiles; an exception of g becomes a status."""
    point, carray = _point(numba, shape), numba.carray
    if returned == "nothing":

        def filled(n, x, m, y, data):  # type: ignore[no-untyped-def]
            try:
                g(point(x, n), carray(y, (m,)))
            except Exception:
                return RAISED
            return 0

        return filled
    put = _put(numba, returned)

    def copied(n, x, m, y, data):  # type: ignore[no-untyped-def]
        try:
            found = g(point(x, n))
        except Exception:
            return RAISED
        return 0 if put(y, m, found) == m else RESIZED

    return copied
