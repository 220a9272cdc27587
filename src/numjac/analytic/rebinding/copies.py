# SPDX-License-Identifier: BSD-3-Clause
"""
Copies of functions: the same code with other globals.

The globals of a copy are a view of those of the original, looked up anew each time; what is looked up there, in a
closure, on a module or on an object is replaced if something stands for it, and copied if it is written in Python. What
can not be copied safely stays what it is: it does to tracers what it does in any trace.
"""

from __future__ import annotations

import builtins
import cmath
import math
import sys
from abc import ABC, ABCMeta
from collections.abc import Callable
from functools import cached_property, partial
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any, Generic

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rebinding.context import recording, tape_among
from numjac.analytic.rebinding.math_proxy import CMATH, MATH, OF_COMPLEX
from numjac.analytic.rebinding.math_proxy import REPLACED as OF_MATH
from numjac.analytic.rebinding.numpy_proxy import MODULES, NAMES, Vectorized
from numjac.analytic.rebinding.obstacles import obstacle, stores
from numjac.analytic.rebinding.scipy_proxy import Distribution, stands_for
from numjac.analytic.rebinding.standins import BUILTINS, COPIED, TYPES, is_instance

__all__ = ["CannotRebindError", "Rebound", "rebound"]

Function = Callable[..., Any]

# What stays as it is, without a further look.
PLAIN = frozenset({
    float, int, str, bool, complex, bytes, type(None), list, dict, tuple, set, range, slice, type(Ellipsis),
    np.ndarray, np.float64, _tape.Array, _tape.Scalar,
})  # fmt: skip

# Packages whose Python code is not copied: it was written for numbers, or is known by its identities.
LEFT = sys.stdlib_module_names | {"numpy", "numjac"}
COPIED_OF_NUMPY = "numpy.polynomial"

# Classes of scipy.stats whose objects have formulas.
DISTRIBUTIONS = frozenset({"rv_continuous", "rv_discrete"})
SPECIAL = frozenset({"__getattribute__", "__slots__", "__new__", "__init_subclass__", "__del__"})

# What stands for objects, by identity.
REPLACED: dict[int, tuple[Any, Any]] = {
    **NAMES,
    **TYPES,
    **{id(getattr(math, name)): (getattr(math, name), f) for name, f in OF_MATH.items()},
    **{id(getattr(cmath, name)): (getattr(cmath, name), f) for name, f in OF_COMPLEX.items()},
    **{id(real): (real, proxy) for real, proxy in ((math, MATH), (cmath, CMATH))},
    id(isinstance): (isinstance, is_instance),
}


class CannotRebindError(Exception):
    """There is no copy of f that would do the same; the message says why."""


def home(name: object) -> str:
    """The package of a module."""
    name = str(name or "")
    return "" if name.startswith(COPIED_OF_NUMPY) else name.partition(".")[0]


class World(dict[str, Any]):
    """
    The globals of copies: those of a module, as they are now, with what stands for them.

    Parameters
    ----------
    real : dict
        The globals.
    copier : Copier
        Who knows what stands for them.
    """

    def __init__(self, real: dict[str, Any], copier: Copier) -> None:
        kept = ("__name__", "__package__", "__spec__", "__file__")
        super().__init__({name: real[name] for name in kept if name in real}, __builtins__=copier.builtins)
        self.real, self.copier = real, copier

    def __getitem__(self, name: str) -> Any:
        """What the interpreter asks for, as this is no plain dictionary."""
        try:
            value = self.real[name]
        except KeyError:
            return self.copier.builtins[name]
        return value if type(value) in PLAIN else self.copier.of(value)


class ModuleView(ModuleType):
    """A module of the user, whose functions come out as copies; what is written goes to the module."""

    def __init__(self, real: ModuleType, copier: Copier) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(_real=real, _of=copier.of)

    def __getattr__(self, name: str) -> Any:
        view = vars(self)
        return view["_of"](getattr(view["_real"], name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["_real"], name, value)


class Copier:
    """What was copied for one f; it keeps the originals alive, so that an identity stays one."""

    def __init__(self) -> None:
        self.memo: dict[int, tuple[Any, Any]] = {}
        self.worlds: dict[int, World] = {}
        self.cells: dict[int, tuple[CellType, CellType, Any]] = {}
        self.classes: dict[type, type | None] = {}
        self.objects: dict[int, tuple[Any, Any]] = {}
        self.builtins = {**vars(builtins), **BUILTINS, "__import__": self._import}

    def _import(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self.of(builtins.__import__(name, *args, **kwargs))

    def of(self, value: Any) -> Any:
        """What stands for a value; itself if nothing does."""
        kind = type(value)
        if kind in PLAIN:
            return value
        known = REPLACED.get(id(value)) or self.memo.get(id(value)) or self.objects.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        if kind is MethodType:
            return self._method(value)
        if kind is partial:
            return partial(
                self.of(value.func), *map(self.of, value.args), **{k: self.of(v) for k, v in value.keywords.items()}
            )
        return self._made(value, kind)

    def changes(self, value: Any) -> bool:
        """Whether something stands for a value; without making it."""
        kind = type(value)
        if kind in PLAIN:
            return False
        if kind is FunctionType:
            return copyable(value)
        return self.of(value) is not value

    def _made(self, value: Any, kind: type) -> Any:
        if kind is FunctionType:
            return self.function(value)
        if issubclass(kind, ModuleType):
            return self._module(value)
        if kind is np.vectorize and value.signature is None and not value.excluded:
            return self._known(value, Vectorized(self.of(value.pyfunc), value))
        if home(kind.__module__) == "scipy" and any(base.__name__ in DISTRIBUTIONS for base in kind.__mro__):
            return self._known(value, Distribution(value, self.of))
        if kind is BuiltinFunctionType or issubclass(kind, type):
            return value
        return self.instance(value, kind)

    def _known(self, value: Any, made: Any) -> Any:
        self.memo[id(value)] = (value, made)
        return made

    def _method(self, method: MethodType) -> Any:
        owner, function = self.of(method.__self__), self.of(method.__func__)
        if isinstance(owner, Distribution):
            return getattr(owner, method.__name__)
        same = owner is method.__self__ and function is method.__func__
        return method if same else MethodType(function, owner)

    def _module(self, module: ModuleType) -> Any:
        known = MODULES.get(module.__name__)
        if known is not None:
            return known
        left = isinstance(module, ModuleView) or home(module.__name__) in LEFT
        return module if left else self._known(module, ModuleView(module, self))

    def function(self, f: FunctionType) -> Any:
        """A copy of a function; the function itself if it is not to be copied."""
        known = stands_for(f) if home(f.__module__) == "scipy" else None
        if known is not None:
            return self._known(f, known)
        return self.copied(f) if copyable(f) else f

    def copied(self, f: FunctionType) -> FunctionType:
        """A copy of a function, known before what it refers to is copied in turn."""
        cells = f.__closure__ or ()
        world = self.worlds.setdefault(id(f.__globals__), World(f.__globals__, self))
        copy = FunctionType(f.__code__, world, f.__name__, None, tuple(map(self._cell, cells)))
        self.memo[id(f)] = (f, copy)
        copy.__defaults__ = None if f.__defaults__ is None else tuple(map(self.of, f.__defaults__))
        copy.__kwdefaults__ = f.__kwdefaults__ and {k: self.of(v) for k, v in f.__kwdefaults__.items()}
        copy.__dict__, copy.__qualname__, copy.__doc__ = f.__dict__, f.__qualname__, f.__doc__
        for cell in cells:
            if (known := self.cells.get(id(cell))) is not None:
                known[1].cell_contents = self.of(known[2])
        return copy

    def _cell(self, cell: CellType) -> CellType:
        """A new cell where something stands for what it holds; else the same, so that assignments are seen."""
        if id(cell) in self.cells:
            return self.cells[id(cell)][1]
        if not held(cell) or not self.changes(cell.cell_contents):
            return cell
        self.cells[id(cell)] = (cell, CellType(), cell.cell_contents)
        return self.cells[id(cell)][1]

    @property
    def stale(self) -> bool:
        """Whether a variable that was copied holds something else by now."""
        return any(not held(cell) or cell.cell_contents is not value for cell, _, value in self.cells.values())

    def instance(self, value: Any, kind: type) -> Any:
        """An object of the same class and with the same attributes, whose methods are copies."""
        if kind not in self.classes:
            self.classes[kind] = self._class(kind)
        made = self.classes[kind]
        if made is None or not hasattr(value, "__dict__"):
            return value
        copy: Any = object.__new__(made)
        object.__setattr__(copy, "__dict__", value.__dict__)  # shared: what is written is written to the object
        self.objects[id(value)] = (value, copy)
        return copy

    def _class(self, kind: type) -> type | None:
        """A class whose methods are copies; None if one can not be sure that it is like the original."""
        mro = kind.__mro__[:-1]
        if hasattr(kind, COPIED) or not all(map(ordinary, mro)):
            return None
        names = {COPIED: kind, "__getattribute__": partial_getattribute(self.of), "__qualname__": kind.__qualname__}
        for base in reversed(mro):
            names |= {name: made for name, a in vars(base).items() if (made := self._attribute(a, name)) is not a}
        return type(kind)(kind.__name__, (kind,), {**names, "__module__": kind.__module__})

    def _attribute(self, a: Any, name: str) -> Any:
        """What is found on a class."""
        if isinstance(a, FunctionType):
            return self.of(a)
        if type(a) in (staticmethod, classmethod):
            return type(a)(self.of(a.__func__))
        if type(a) is property:
            return property(*(f and self.of(f) for f in (a.fget, a.fset, a.fdel)))
        if type(a) is cached_property:
            made: cached_property[Any] = cached_property(self.of(a.func))
            made.__set_name__(object, name)
            return made
        return a

    def settle(self) -> None:
        """Put plain values where tracers were written to objects, which outlive the call; the copies do not."""
        objects, self.objects = self.objects, {}
        for value, _ in objects.values():
            attributes = vars(value)
            for name, value in list(attributes.items()):
                if isinstance(value, (_tape.Scalar, _tape.Array)):
                    attributes[name] = np.array(value.plainly)[()]


def ordinary(kind: type) -> bool:
    """Whether objects of a class of the user are but their attributes and its methods."""
    if type(kind) not in (type, ABCMeta) or home(kind.__module__) in LEFT - {"abc", "typing"}:
        return kind in (ABC, Generic)
    where = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return "site-packages" not in where and not SPECIAL & vars(kind).keys()


def held(cell: CellType) -> bool:
    """Whether a variable has a value by now."""
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def copyable(f: FunctionType) -> bool:
    """Whether a function is to be copied, and can be."""
    if isinstance(f.__globals__, World) or home(f.__globals__.get("__name__")) in LEFT or obstacle(f.__code__):
        return False
    return not any(
        held(cell) and type(cell.cell_contents) not in PLAIN and stores(f.__code__, name)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)
    )


def partial_getattribute(of: Function) -> Function:
    """Attributes of an object, with what stands for them."""

    def attribute(self: Any, name: str) -> Any:
        value = object.__getattribute__(self, name)
        return value if type(value) in PLAIN else of(value)

    return attribute


def why_not(f: Any) -> str:
    """Why there is no copy of f, in words."""
    if isinstance(f, (MethodType, partial)):
        return why_not(f.__func__ if isinstance(f, MethodType) else f.func)
    if not isinstance(f, (FunctionType, type)) and isinstance(call := vars(type(f)).get("__call__"), FunctionType):
        why = obstacle(call.__code__)
        return (
            f"{type(f).__qualname__}.__call__ {why}" if why else f"{type(f).__qualname__} is no plain class of f's own"
        )
    name = getattr(f, "__qualname__", None) or repr(f)
    if not isinstance(f, FunctionType):
        return f"{name} is not a function written in Python"
    if home(f.__globals__.get("__name__")) in LEFT:
        return f"{name} belongs to {home(f.__globals__.get('__name__'))}"
    why = obstacle(f.__code__)
    return f"{name} {why or 'assigns to a variable around it that would be copied'}"


class Rebound:
    """
    A copy of a function that knows tracers; without a tracer among its arguments, the function itself.

    Parameters
    ----------
    f : callable
        A function in Python, a method, a `functools.partial`, or an object with a method ``__call__`` in Python.

    Raises
    ------
    CannotRebindError
        There is no copy that would do the same.
    """

    def __init__(self, f: Function) -> None:
        self.f = f
        self.copier = Copier()
        copy = self.copier.of(f)
        same = getattr(copy, "__func__", copy) is getattr(f, "__func__", f)
        if same or (isinstance(f, partial) and copy.func is f.func):
            raise CannotRebindError(why_not(f))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the copy, or f."""
        tape = tape_among((*args, *kwargs.values()))
        if tape is None or not tape.alive:
            return self.f(*args, **kwargs)
        if self.copier.stale:
            self.copier = Copier()
        of = self.copier.of
        with recording(tape):
            try:
                return of(self.f)(*map(of, args), **{name: of(value) for name, value in kwargs.items()})
            finally:
                self.copier.settle()

    def __reduce__(self) -> tuple[Any, ...]:
        return rebound, (self.f,)

    def __repr__(self) -> str:
        return f"<copy of {self.f!r}>"


def rebound(f: Function) -> Function:
    """
    A copy of f with tracer-aware globals.

    Parameters
    ----------
    f : callable
        As of `Rebound`; an object that calls another one tells by a method ``rebound_by(copy)`` how to copy that.

    Returns
    -------
    callable
        Called like f.

    Raises
    ------
    CannotRebindError
        There is no copy that would do the same.
    """
    if isinstance(f, Rebound):
        return f
    if hasattr(type(f), "rebound_by"):
        again: Function = f.rebound_by(rebound)  # type: ignore[attr-defined]
        return again
    return Rebound(f)
