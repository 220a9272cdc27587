# SPDX-License-Identifier: BSD-3-Clause
"""NumPy as a copy of f sees it: what makes arrays makes arrays that traced numbers can be written into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rebinding.numbers import Module, as_complex, as_float

__all__ = ["NUMPY", "REPLACED", "recording"]

# The tape of the call of a copy, in this thread.
_current: ContextVar[Any] = ContextVar("numjac tape", default=None)


@contextmanager
def recording(tape: Any) -> Iterator[None]:
    """Arrays that are made inside belong to this tape."""
    token = _current.set(tape)
    try:
        yield
    finally:
        _current.reset(token)


def tape_now() -> Any:
    """The tape that is written on, or None."""
    tape = _current.get()
    return tape if tape is not None and tape.alive else None


def buffer(array: Any) -> Any:
    """An array of numbers that have fractions as one that can hold traced numbers."""
    tape = tape_now()
    if tape is None or not isinstance(array, np.ndarray) or array.dtype not in (np.float64, np.complex128):
        return array
    return tape.constant(array)


def made(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an array from shapes and constants."""

    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        if any(map(_tape.traced, (*args, *kwargs.values()))):
            return like(function, *args, **kwargs)
        return buffer(function(*args, **kwargs))

    return make


def like(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The same where an operand is traced: shaped like it, or filled with it."""
    name = function.__name__
    plain = [a.plainly if isinstance(a, (_tape.Scalar, _tape.Array)) else a for a in args]
    if name in ("zeros_like", "ones_like", "empty_like"):
        return buffer(function(np.asarray(plain[0]), *plain[1:], **kwargs))
    if name in ("full", "full_like"):
        shape = args[0] if name == "full" else np.shape(args[0])
        value = args[1] if len(args) > 1 else kwargs["fill_value"]
        return np.broadcast_to(value, shape).copy()
    return function(*args, **kwargs)


def array(a: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **kwargs: Any) -> Any:
    """An array of anything, traced numbers included."""
    tape = tape_now()
    if tape is None or not (_tape.traced(a) or _holds(a)):
        return buffer(np.array(a, dtype, copy=copy, ndmin=ndmin, **kwargs))
    made = assembled(tape, a) if not isinstance(a, _tape.Array) else a.copy() if copy else a
    if dtype is not None:
        made = made.astype(np.dtype(float if dtype is as_float else complex if dtype is as_complex else dtype))
    return np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


def _holds(a: Any) -> bool:
    """Whether a list holds arrays that are traced, at any depth."""
    return isinstance(a, (list, tuple)) and any(_tape.traced(part) or _holds(part) for part in a)


def assembled(tape: Any, a: Any) -> Any:
    """Nested lists of numbers and arrays as one traced array."""
    value, ids = _tape.lifted(tape, a)
    value = np.array(value)
    if isinstance(ids, int):
        return tape.constant(value)
    first = tape.gather(np.ascontiguousarray(np.broadcast_to(ids, value.shape), np.intp), value)
    return tape.constant(value) if first < 0 else tape.tracer(value, first)


def as_array(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The same without a copy."""
    kwargs.pop("order", None)
    return array(a, dtype, copy=None if not isinstance(a, _tape.Array) else False, **kwargs)


def from_iterable(iterable: Any, dtype: Any = float, count: int = -1) -> Any:
    """An array of the numbers that an iterator yields."""
    return array(list(iterable), dtype)


def each(pyfunc: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
    """A function of numbers called for each entry, in a loop of Python."""

    def call(*args: Any) -> Any:
        shape = np.broadcast_shapes(*(np.shape(a) for a in args))
        spread = [np.broadcast_to(a, shape) for a in args]
        found = [pyfunc(*(a[k] for a in spread)) for k in np.ndindex(*shape)]
        return array(found).reshape(shape) if shape else found[0]

    return call


def converting(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose lists of traced numbers become arrays first: NumPy looks for tracers at the top only."""

    @wraps(function)
    def convert(*args: Any, **kwargs: Any) -> Any:
        if tape_now() is not None:
            args = tuple(array(a) if _listed(a) else a for a in args)
        return function(*args, **kwargs)

    return convert


def _listed(a: Any) -> bool:
    return _tape.traced(a) and not isinstance(a, (_tape.Scalar, _tape.Array))


MADE = ["zeros", "ones", "empty", "full", "eye", "identity", "linspace", "logspace", "geomspace", "zeros_like",
        "ones_like", "empty_like", "full_like", "arange", "tri"]  # fmt: skip
LISTS = ["concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "block"]
NAMES: dict[str, Any] = {
    **{name: made(getattr(np, name)) for name in MADE},
    "array": array,
    "asarray": as_array,
    "asanyarray": as_array,
    "ascontiguousarray": as_array,
    "asfarray": as_array,
    "asarray_chkfinite": as_array,
    "fromiter": from_iterable,
    "float64": as_float,
    "complex128": as_complex,
    "vectorize": each,
    "frompyfunc": each,
}


class Numpy(Module):
    """The module numpy, or one inside it."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if name in LISTS or isinstance(value, (type, np.ufunc)) or not callable(value):
            return value
        return converting(value)


LINALG, FFT = Numpy(np.linalg, {}), Numpy(np.fft, {})
NUMPY = Numpy(np, {**NAMES, "linalg": LINALG, "fft": FFT, "random": np.random})

# Names imported from NumPy are known by what they are.
REPLACED: dict[int, Any] = {id(getattr(np, name)): value for name, value in NAMES.items() if hasattr(np, name)} | {
    id(np): NUMPY,
    id(np.linalg): LINALG,
    id(np.fft): FFT,
    **{
        id(getattr(np.linalg, name)): getattr(LINALG, name)
        for name in ("solve", "inv", "det", "norm", "eigvalsh", "slogdet", "cholesky", "lstsq", "pinv", "svd", "eigh",
                     "qr", "matrix_power")
    },
}  # fmt: skip
