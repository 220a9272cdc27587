# SPDX-License-Identifier: BSD-3-Clause
"""
NumPy for tracers: what makes an array makes one that tracers can be written into, and lists of tracers are arrays.

Only arrays of float64 and complex128 are made on the tape; integers, booleans and objects stay plain.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import islice
from types import ModuleType
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities import RULES
from numjac.analytic.identities.assembly import Assembly
from numjac.analytic.identities.moves import Stacked
from numjac.analytic.rebinding.context import current, settled
from numjac.analytic.rebinding.standins import TYPES
from numjac.analytic.rules import moved

__all__ = ["MODULES", "NAMES", "Vectorized"]

Function = Callable[..., Any]
HELD = (np.dtype(np.float64), np.dtype(np.complex128))
DISPATCHED = (np.ufunc, type(np.sum))


def buffered(tape: Any, made: Any, given: Any = None) -> Any:
    """A new array on the tape, if tracers may be written into it; what shares memory with `given` is not new."""
    if tape is None or type(made) is not np.ndarray or made.dtype not in HELD:
        return made
    if isinstance(given, np.ndarray) and np.may_share_memory(made, given):
        return made
    return tape.constant(made)


def creating(function: Function) -> Function:
    """A function that makes arrays of constants; of tracers it is an identity, if it is one."""

    @functools.wraps(function)
    def create(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tuple(map(settled, args)), {name: settled(value) for name, value in kwargs.items()}
        return buffered(current(), function(*args, **kwargs), args[0] if args else None)

    return create


def like(function: Function) -> Function:
    """A function that makes an array shaped like another one."""

    @functools.wraps(function)
    def create(a: Any, *args: Any, **kwargs: Any) -> Any:
        tape = current()
        return buffered(tape, function(a if tape is None else _tape.lifted(tape, a)[0], *args, **kwargs))

    return create


def filling(empty: Function, function: Function) -> Function:
    """Full and full_like: what an array is filled with may be traced."""

    @functools.wraps(function)
    def create(shape: Any, fill_value: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if current() is None or not _tape.traced(fill_value := settled(fill_value)):
            plain = shape if function is np.full else _tape.lifted(current(), shape)[0]
            return buffered(current(), function(plain, fill_value, dtype, *args, **kwargs))
        kind = np.float64 if dtype is None and function is np.full else dtype
        made = empty(shape, kind, *args, **kwargs)
        made[...] = fill_value
        return made

    return create


def converted(a: Any, dtype: Any) -> Any:
    """What is traced, as an array of its own or as it is, and of another kind if that keeps the trace."""
    tape = current()
    if not isinstance(a, _tape.Array):
        value, ids = _tape.lifted(tape, a)
        value = np.asarray(value)
        if value.dtype.kind not in "fc":
            return np.array(a, dtype)
        a = moved(tape, np.broadcast_to(ids, value.shape), value)
    return a if dtype is None or np.dtype(dtype) == a.dtype else a.astype(dtype)


def array(object: Any, dtype: Any = None, *, copy: Any = True, ndmin: int = 0, **kwargs: Any) -> Any:  # noqa: A002
    """As `numpy.array`; tracers stay traced."""
    tape, given = current(), settled(object)
    if tape is not None and not _tape.traced(given):
        made = np.array(given, dtype, copy=copy if isinstance(object, np.ndarray) else True, ndmin=ndmin, **kwargs)
        if made.dtype.kind != "O" or dtype is not None or not _tape.traced(made):
            return buffered(tape, made, given)
        given = made
    if tape is None or (dtype is not None and np.dtype(dtype).kind == "O"):
        return np.array(object, dtype, copy=copy, ndmin=ndmin, **kwargs)
    made = converted(given, dtype)
    if made is given and copy not in (None, False, np._CopyMode.IF_NEEDED, np._CopyMode.NEVER):
        made = np.copy(made)
    return np.reshape(made, (1,) * (ndmin - made.ndim) + made.shape) if made.ndim < ndmin else made


def converting(function: Function, ndmin: int = 0) -> Function:
    """Asarray and its kin."""

    @functools.wraps(function)
    def convert(a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        if current() is None or not (isinstance(a, _tape.Array) or _tape.traced(a) or _holds(a)):
            return buffered(current(), function(a, dtype, *args, **kwargs), a)
        if isinstance(a, _tape.Array) and (dtype is None or np.dtype(dtype) == a.dtype):
            return a
        return array(a, dtype, copy=False, ndmin=ndmin)

    return convert


def _holds(a: Any) -> bool:
    """Whether a container of another kind, a deque say, holds tracers."""
    if isinstance(a, (np.ndarray, str, bytes, dict)) or not hasattr(a, "__len__"):
        return False
    return any(isinstance(part, (_tape.Scalar, _tape.Array)) for part in a)


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, **_: Any) -> Any:  # noqa: A002
    """One number after the other."""
    items = list(iter if count < 0 else islice(iter, count))
    return array(items, dtype) if _tape.traced(items) else buffered(current(), np.fromiter(items, dtype, count))


def atleast(function: Function) -> Function:
    """Atleast_1d and its kin, of one array or of several."""

    @functools.wraps(function)
    def raised(*arrays: Any) -> Any:
        found = [buffered(current(), function(_as_array(a)), a) for a in arrays]
        return found[0] if len(found) == 1 else tuple(found)

    return raised


class Vectorized:
    """
    A function that is called with one entry after the other.

    Parameters
    ----------
    pyfunc : callable
        The function.
    real : callable
        What NumPy makes of it, for arguments that are not traced.
    """

    def __init__(self, pyfunc: Function, real: Function) -> None:
        self.pyfunc, self.real = pyfunc, real
        functools.update_wrapper(self, pyfunc, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it for each entry."""
        if current() is None or not any(map(_tape.traced, args)) or kwargs:
            return self.real(*map(settled, args), **kwargs)
        shape = np.broadcast_shapes(*map(np.shape, args))
        flat = [np.ravel(np.broadcast_to(a, shape)) for a in args]
        entries = [self.pyfunc(*(a[k] for a in flat)) for k in range(flat[0].size)]
        return np.reshape(array(entries), shape) if shape else entries[0]


def vectorize(pyfunc: Any = None, *args: Any, **kwargs: Any) -> Any:
    """As `numpy.vectorize`, of functions of numbers."""
    if args or kwargs or pyfunc is None:
        return np.vectorize(pyfunc, *args, **kwargs) if pyfunc is not None else np.vectorize(**kwargs)
    return Vectorized(pyfunc, np.vectorize(pyfunc))


def frompyfunc(func: Function, /, nin: int, nout: int, **kwargs: Any) -> Any:
    """The same with one result."""
    real = np.frompyfunc(func, nin, nout, **kwargs)
    return Vectorized(func, real) if nout == 1 and not kwargs else real


class Row:
    """``numpy.r_`` and ``numpy.c_``: parts side by side, by the function that does it."""

    def __init__(self, real: Any, join: Function) -> None:
        self.real, self.join = real, join

    def __getitem__(self, key: Any) -> Any:
        parts = key if isinstance(key, tuple) else (key,)
        if current() is None or any(isinstance(part, str) for part in parts) or not any(map(_tape.traced, parts)):
            return self.real[key]
        rows = [self.real[part] if isinstance(part, slice) else np.atleast_1d(part) for part in parts]
        if any(part.ndim > 1 for part in rows) and self.real is np.r_:
            return np.concatenate(rows)
        return self.join(rows)


class Lifted:
    """
    A function of NumPy that takes lists of tracers for arrays; its attributes are those of the function.

    Parameters
    ----------
    function : callable
        The function, which is dispatched on arrays.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.lists = isinstance(RULES.get(function), (Stacked, Assembly))  # it knows what to do with them

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for a in args:
            if type(a) is list or type(a) is tuple:
                return self._listed(args, kwargs)
        return self.function(*args, **kwargs)

    def _listed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        tape = current()
        if tape is None or not any(map(_tape.traced, args)):
            return self.function(*args, **kwargs)
        if self.lists:
            return tape.apply(tape, self.function, args, kwargs)
        return self.function(*(_as_array(a) for a in args), **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "function"), name)

    def __repr__(self) -> str:
        return repr(self.function)


def _as_array(a: Any) -> Any:
    """A list of tracers as an array; of arrays, or ragged, it stays a list."""
    if type(a) not in (list, tuple) or not _tape.traced(a) or any(isinstance(part, _tape.Array) for part in a):
        return a
    try:
        return converted(a, None)
    except ValueError:
        return a


def buffering(function: Function) -> Function:
    """A function of arrays that makes a new one, which f may fill afterwards."""
    return creating(Lifted(function))


REPLACED: dict[str, Any] = {
    **{name: creating(getattr(np, name)) for name in
       ("zeros", "ones", "empty", "eye", "identity", "arange", "linspace", "logspace", "geomspace", "tri")},
    **{name: like(getattr(np, name)) for name in ("zeros_like", "ones_like", "empty_like")},
    **{name: buffering(getattr(np, name)) for name in
       ("copy", "diag", "tile", "repeat", "concatenate", "stack", "vstack", "hstack", "outer")},
    "array": array,
    "asarray": converting(np.asarray),
    "asanyarray": converting(np.asanyarray),
    "asarray_chkfinite": converting(np.asarray_chkfinite),
    "ascontiguousarray": converting(np.ascontiguousarray, 1),
    "asfortranarray": converting(np.asfortranarray, 1),
    **{name: atleast(getattr(np, name)) for name in ("atleast_1d", "atleast_2d", "atleast_3d")},
    "fromiter": fromiter,
    "vectorize": vectorize,
    "frompyfunc": frompyfunc,
    "c_": Row(np.c_, lambda rows: np.column_stack(rows)),
    "r_": Row(np.r_, lambda rows: np.concatenate(rows)),
}  # fmt: skip
REPLACED["full"] = filling(REPLACED["empty"], np.full)
REPLACED["full_like"] = filling(REPLACED["empty_like"], np.full_like)


def _named(module: ModuleType) -> dict[str, Any]:
    """The functions of a module that are replaced, by name."""
    found: dict[str, Any] = {}
    for name, value in vars(module).items():
        if id(value) in TYPES and TYPES[id(value)][0] is value:
            found[name] = TYPES[id(value)][1]
        elif isinstance(value, DISPATCHED) and not name.startswith("_"):
            found[name] = Lifted(value)
    return found | ({name: REPLACED[name] for name in REPLACED if hasattr(np, name)} if module is np else {})


class Proxy(ModuleType):
    """A module with some names replaced; all else is asked of the real one."""

    def __init__(self, real: ModuleType, names: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(names)
        vars(self)["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_real"], name)

    def __dir__(self) -> list[str]:
        return dir(vars(self)["_real"])


LINALG, FFT = (Proxy(module, _named(module)) for module in (np.linalg, np.fft))
NUMPY = Proxy(np, _named(np) | {"linalg": LINALG, "fft": FFT})

MODULES: dict[str, ModuleType] = {"numpy": NUMPY, "numpy.linalg": LINALG, "numpy.fft": FFT}

# What is replaced, by identity: pairs of the real thing and what stands for it.
NAMES: dict[int, tuple[Any, Any]] = {
    id(getattr(proxy._real, name)): (getattr(proxy._real, name), value)
    for proxy in (LINALG, FFT, NUMPY)
    for name, value in vars(proxy).items()
    if name != "_real" and not name.startswith("__") and hasattr(proxy._real, name)
}
