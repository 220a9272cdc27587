# SPDX-License-Identifier: BSD-3-Clause
"""Copies of functions whose globals, closures and defaults know tracers."""

from __future__ import annotations

import builtins
import cmath
import dis
import functools
import math
import sys
import types
from collections.abc import Callable
from typing import Any

from numjac.analytic.rebinding.creation import REPLACED
from numjac.analytic.rebinding.numbers import BUILTINS, CMATH, MATH, Module
from numjac.analytic.rebinding.scipy_names import replacement

__all__ = ["CannotRebindError", "rebound"]

# What a name stands for, by identity.
KNOWN: dict[int, Any] = (
    REPLACED
    | {id(math): MATH, id(cmath): CMATH}
    | {id(getattr(builtins, name)): value for name, value in BUILTINS.items()}
)
KNOWN |= {
    id(getattr(math, name)): value
    for name, value in vars(MATH).items()
    if not name.startswith("_") and callable(value) and hasattr(math, name)
}
# Packages whose functions stay what they are: they have identities, or nothing to do with numbers.
LEFT = {"numpy", "numjac", "numba"} | set(sys.stdlib_module_names)
DEPTH = 12


class CannotRebindError(Exception):
    """A function that can not be copied; the message says why."""


def rebound(f: Callable[..., Any]) -> Callable[..., Any]:
    """
    A copy of f that keeps more numbers on the tape.

    Parameters
    ----------
    f : callable
        A Python function, method, partial, or an object that is called.

    Returns
    -------
    callable
        It sees what f sees, at the time it is called; made anew for each call, for closures may change.

    Raises
    ------
    CannotRebindError
        f is compiled, writes to its globals, or is bound to its class.
    """
    copy: Callable[..., Any] = Copies().of(f, 0)
    if copy is f:
        raise CannotRebindError(f"{getattr(f, '__name__', f)} is no Python function")
    return copy


def checked(code: types.CodeType) -> None:
    """Refuse code that would write to the globals of f, or ask for its class."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            raise CannotRebindError(f"{code.co_name} writes to the global name {instruction.argval}")
    if "__class__" in code.co_freevars:
        raise CannotRebindError(f"{code.co_name} asks for its class")
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            checked(constant)


class Copies:
    """The copies of one call of `rebound`: of each function one, so that they may call each other."""

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []  # so that no identity is used twice

    def of(self, value: Any, depth: int) -> Any:
        """What a value is to a copy."""
        if id(value) in KNOWN:
            return KNOWN[id(value)]
        if (other := replacement(value)) is not None:
            return other
        if isinstance(value, types.FunctionType):
            return self.function(value, depth)
        if isinstance(value, types.MethodType):
            return self.method(value, depth)
        if isinstance(value, functools.partial):
            return functools.partial(self.of(value.func, depth), *value.args, **value.keywords)
        if isinstance(value, types.ModuleType):
            return self.module(value, depth)
        if depth == 0 and isinstance(call := vars(type(value)).get("__call__"), types.FunctionType):
            return types.MethodType(self.of(call, depth), Owner(value, self, depth))
        return value

    def function(self, f: types.FunctionType, depth: int) -> Any:
        """A copy of a Python function, unless it is one that has identities."""
        if id(f) in self.made:
            return self.made[id(f)]
        if str(f.__module__).split(".")[0] in LEFT or depth > DEPTH:
            return f
        try:
            checked(f.__code__)
        except CannotRebindError:
            if depth == 0:
                raise
            return f
        copy = types.FunctionType(f.__code__, Globals(f.__globals__, self, depth + 1), f.__name__, None, _cells(f))
        self.made[id(f)] = copy
        self.kept.append(f)
        for cell, original in zip(copy.__closure__ or (), f.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self.of(original.cell_contents, depth + 1)
            except ValueError:  # not yet filled
                continue
        copy.__defaults__ = f.__defaults__ and tuple(self.of(value, depth + 1) for value in f.__defaults__)
        copy.__kwdefaults__ = f.__kwdefaults__ and {k: self.of(v, depth + 1) for k, v in f.__kwdefaults__.items()}
        copy.__dict__.update(f.__dict__)
        return copy

    def method(self, m: types.MethodType, depth: int) -> Any:
        """A method on an object whose other methods are copies too."""
        if not isinstance(m.__func__, types.FunctionType) or isinstance(m.__self__, type):
            return m
        return types.MethodType(self.function(m.__func__, depth), Owner(m.__self__, self, depth + 1))

    def module(self, module: types.ModuleType, depth: int) -> Any:
        """A module of the user, whose functions come out as copies."""
        if module.__name__.split(".")[0] in LEFT or depth > DEPTH:
            return module
        return Seen(module, self, depth + 1)


def _cells(f: types.FunctionType) -> tuple[types.CellType, ...] | None:
    return None if f.__closure__ is None else tuple(types.CellType() for _ in f.__closure__)


class Globals(dict[str, Any]):
    """The globals of a function, looked up at each access, as copies."""

    def __init__(self, of: dict[str, Any], copies: Copies, depth: int) -> None:
        super().__init__(
            {"__builtins__": vars(builtins) | BUILTINS | {"__import__": _import}, "__name__": of["__name__"]}
        )
        self.of, self.copies, self.depth = of, copies, depth

    def __getitem__(self, name: str) -> Any:
        return self.copies.of(self.of[name], self.depth)

    def __contains__(self, name: object) -> bool:
        return name in self.of

    def get(self, name: str, default: Any = None) -> Any:
        """A name that may be missing."""
        return self[name] if name in self.of else default


def _import(name: str, *args: Any, **kwargs: Any) -> Any:
    """An import inside f: of the same modules as it finds outside."""
    return KNOWN.get(id(module := builtins.__import__(name, *args, **kwargs)), module)


class Seen(Module):
    """A module as a copy sees it."""

    def __init__(self, module: types.ModuleType, copies: Copies, depth: int) -> None:
        super().__init__(module, {"_copies": copies, "_depth": depth})

    def __getattr__(self, name: str) -> Any:
        return self._copies.of(getattr(self._module, name), self._depth)


class Owner:
    """An object whose methods come out as copies; attributes are written to the object itself."""

    __slots__ = ("_copies", "_depth", "_object")

    def __init__(self, owner: Any, copies: Copies, depth: int) -> None:
        for name, value in (("_object", owner), ("_copies", copies), ("_depth", depth)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._object, name)
        if isinstance(value, types.MethodType) and value.__self__ is self._object:
            return types.MethodType(self._copies.of(value.__func__, self._depth), self)
        return self._copies.of(value, self._depth)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._object, name, value)

    def __getitem__(self, key: Any) -> Any:
        return self._object[key]

    def __len__(self) -> int:
        return len(self._object)

    def __iter__(self) -> Any:
        return iter(self._object)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__("__call__")(*args, **kwargs)
