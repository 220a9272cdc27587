# SPDX-License-Identifier: BSD-3-Clause
"""
Where compiled functions come from: what each kind of object knows of its address, its signature and its data.

None of the packages is imported here. An object that came from one is recognised by its type, and the package is found
where the object came from.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from numjac._native import capsule
from numjac.errors import OptionError

__all__ = ["Found", "address_of_data", "found"]

OF_CTYPES: Any = ctypes._CFuncPtr  # type: ignore[attr-defined]

# A function of ctypes that is called with the GIL, which compiled functions are not.
OF_PYTHON = 4


@dataclass(frozen=True)
class Found:
    """
    A function in memory.

    Parameters
    ----------
    address : int
        Where.
    text : str
        Its signature; empty if the object does not know.
    data : int
        What it wants to be handed; 0 for nothing.
    owner : object
        What has to live as long.
    """

    address: int
    text: str
    data: int
    owner: Any


def found(function: Any) -> Found:
    """
    The function behind an object.

    Parameters
    ----------
    function : object
        An address, a function of ctypes, a pointer of cffi, a ``numba.cfunc``, a ``scipy.LowLevelCallable``, or a
        PyCapsule.

    Raises
    ------
    OptionError
        It is none of these, or can not be called without the GIL.
    """
    for known, read in SOURCES:
        if known(function):
            return read(function)
    raise OptionError(
        f"{function!r} is no compiled function that is known: expected an address, a function of ctypes or cffi, of "
        "numba (njit or cfunc), a scipy.LowLevelCallable, or a PyCapsule"
    )


def _address(function: int) -> Found:
    return Found(int(function), "", 0, None)


def _ctypes(function: Any) -> Found:
    if function._flags_ & OF_PYTHON:
        raise OptionError(f"{function!r} belongs to a PyDLL: it needs the GIL, with which it would not be called")
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    arguments, returned = function.argtypes, function.restype
    if arguments is None:
        return Found(address, "", 0, function)
    text = f"({', '.join(map(_c_name, arguments))}) -> {'void' if returned is None else _c_name(returned)}"
    return Found(address, text, 0, function)


def _c_name(kind: Any) -> str:
    """A type of ctypes, or a pointer to an array of NumPy, in the words of numba."""
    if hasattr(kind, "_dtype_"):
        return "void*" if kind._dtype_ is None else f"{kind._dtype_}*"
    if isinstance(kind, type) and issubclass(kind, ctypes._Pointer):
        return f"{_c_name(kind._type_)}*"
    return SPELLED.get(kind, getattr(kind, "__name__", repr(kind)))


SPELLED: dict[Any, str] = {
    ctypes.c_double: "double",
    ctypes.c_int: "int",
    ctypes.c_size_t: "size_t",
    ctypes.c_ssize_t: "ssize_t",
    ctypes.c_void_p: "void*",
    ctypes.c_int64: "int64",
    ctypes.c_uint64: "uint64",
}


def _cffi(function: Any) -> Found:
    backend = sys.modules["_cffi_backend"]
    ffi = backend.FFI()
    return Found(int(ffi.cast("uintptr_t", function)), ffi.getctype(ffi.typeof(function)), 0, function)


def _cfunc(function: Any) -> Found:
    return Found(function.address, str(function._sig), 0, function)


def _low_level(function: Any) -> Found:
    inner = found(tuple.__getitem__(function, 0))  # which the class itself does not allow
    return Found(inner.address, inner.text, inner.data, function)


def _capsule(function: Any) -> Found:
    address, name, context = capsule(function)
    return Found(address, name, context, function)


def _is_integer(function: Any) -> bool:
    return isinstance(function, (int, np.integer)) and not isinstance(function, bool)


def _is_cffi(function: Any) -> bool:
    backend = sys.modules.get("_cffi_backend")
    return backend is not None and isinstance(function, backend._CDataBase)


def _named(name: str) -> Callable[[Any], bool]:
    """Whether an object is of a class of that name, without an import of it."""
    return lambda function: any(kind.__name__ == name for kind in type(function).__mro__)


SOURCES: tuple[tuple[Callable[[Any], bool], Callable[[Any], Found]], ...] = (
    (_is_integer, _address),
    (lambda function: isinstance(function, OF_CTYPES), _ctypes),
    (_is_cffi, _cffi),
    (lambda function: hasattr(function, "_sig") and hasattr(function, "address"), _cfunc),
    (_named("LowLevelCallable"), _low_level),
    (_named("PyCapsule"), _capsule),
)


def address_of_data(data: Any) -> tuple[int, Any]:
    """
    What is handed to a function as it is: its address, and what has to live as long.

    Parameters
    ----------
    data : None, int, ndarray, or an object of ctypes or cffi
        An address; or something that has one.
    """
    if data is None:
        return 0, None
    if _is_integer(data):
        return int(data), None
    if isinstance(data, np.ndarray):
        return int(data.ctypes.data), data
    if isinstance(data, (ctypes.c_void_p, ctypes._Pointer)):
        return ctypes.cast(data, ctypes.c_void_p).value or 0, data
    if isinstance(data, (ctypes.Structure, ctypes.Union, ctypes.Array, ctypes._SimpleCData)):
        return ctypes.addressof(data), data
    if _is_cffi(data):
        return int(sys.modules["_cffi_backend"].FFI().cast("uintptr_t", data)), data
    raise OptionError(f"data={data!r}: expected None, an address, an array, or an object of ctypes or cffi")
