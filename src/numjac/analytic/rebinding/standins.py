# SPDX-License-Identifier: BSD-3-Clause
"""What stands for built-in names in a copy of f: they take tracers for the numbers that those are."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rebinding.context import current

__all__ = ["BUILTINS", "COPIED", "TYPES", "Double", "entry", "is_instance", "type_of"]

# What tells a class that was copied; see copies.
COPIED = "_numjac_copy_of"


def entry(x: Any) -> Any:
    """The number in an array of one."""
    return x.item() if isinstance(x, _tape.Array) and x.size == 1 else x


def type_of(x: Any) -> Any:
    """The type that x would have."""
    if isinstance(x, _tape.Array):
        return np.ndarray
    kind = np.float64 if isinstance(x, _tape.Scalar) else builtins.type(x)
    return getattr(kind, COPIED, kind)


def is_instance(x: Any, kind: Any, /) -> bool:
    """As `isinstance`: tracers are what they stand for."""
    if isinstance(x, (_tape.Scalar, _tape.Array)):
        return issubclass(type_of(x), kind) or builtins.isinstance(x, kind)
    return builtins.isinstance(x, kind)


class Standin(type):
    """
    The type of a class that stands for another one, so that ``isinstance``, ``==``, ``|`` and dtypes take it for that.

    Attributes
    ----------
    real : type
        The other one.
    """

    real: Any

    def __instancecheck__(cls, x: Any) -> bool:
        return builtins.isinstance(x, cls.real)

    def __subclasscheck__(cls, kind: Any) -> bool:
        return issubclass(getattr(kind, "real", kind) if builtins.isinstance(kind, Standin) else kind, cls.real)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.real

    def __hash__(cls) -> int:
        return hash(cls.real)

    def __getattr__(cls, name: str) -> Any:
        return getattr(type.__getattribute__(cls, "real"), name)

    def __repr__(cls) -> str:
        return repr(cls.real)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.made(*args, **kwargs)

    def made(cls, *args: Any, **kwargs: Any) -> Any:
        """What the real class makes of arguments that may be tracers."""
        return cls.real(*args, **kwargs)


class _Float(Standin):
    def made(cls, *args: Any, **kwargs: Any) -> Any:
        x = entry(args[0]) if len(args) == 1 else None
        return x if isinstance(x, _tape.Scalar) and x.tape.alive else cls.real(*args, **kwargs)


class _Double(Standin):
    """The same; of an array, NumPy makes an array."""

    def made(cls, *args: Any, **kwargs: Any) -> Any:
        x = args[0] if len(args) == 1 else None
        if isinstance(x, (_tape.Scalar, _tape.Array)) and x.tape.alive:
            return x.item() if isinstance(x, _tape.Array) and x.shape == () else x
        return cls.real(*args, **kwargs)


class _Complex(Standin):
    def made(cls, *args: Any, **kwargs: Any) -> Any:
        parts = [entry(x) for x in args]
        if current() is None or kwargs or not any(isinstance(x, (_tape.Scalar, _tape.Array)) for x in parts):
            return cls.real(*args, **kwargs)
        return parts[0] + (1j * parts[1] if len(parts) == 2 else 0j)


class _Type(Standin):
    def made(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) != 1 or kwargs:
            return builtins.type(*args, **kwargs)
        kind = type_of(args[0])
        return TYPES.get(id(kind), (kind, kind))[1]


class Float(metaclass=_Float):
    """Float, which keeps a tracer."""

    real, dtype = builtins.float, np.dtype(np.float64)


class Double(metaclass=_Double):
    """The same for numpy.float64."""

    real, dtype = np.float64, np.dtype(np.float64)


class Complex(metaclass=_Complex):
    """Complex, which keeps a tracer."""

    real, dtype = builtins.complex, np.dtype(np.complex128)


class Type(metaclass=_Type):
    """Type, which tells what a tracer stands for."""

    real = builtins.type


# What is replaced, by identity: pairs of the real thing and what stands for it.
TYPES: dict[int, tuple[Any, Any]] = {id(kind.real): (kind.real, kind) for kind in (Float, Double, Complex, Type)}
BUILTINS: dict[str, Any] = {"float": Float, "complex": Complex, "type": Type, "isinstance": is_instance}
