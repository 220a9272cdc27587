# SPDX-License-Identifier: BSD-3-Clause
"""Identities that put entries of several arrays together, or into an array that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities.products import composite
from numjac.analytic.identities.unknown import measured
from numjac.analytic.rules import Query, Rule, mark, moved, spoken, untraced

__all__ = ["ROWS"]


@dataclass(frozen=True, kw_only=True)
class Assembly(Rule):
    """
    What a function does to entries of several operands, it does to the numbers of elements.

    Parameters
    ----------
    positions : tuple of int
        The operands that hold entries; -1 stands for all.
    """

    positions: tuple[int, ...]

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Values and numbers go the same way."""
        if self.positions == (-1,):
            where: Any = range(len(args))
        else:  # what is not given is a constant too
            call = signature(self.function).bind(*args, **kwargs)
            call.apply_defaults()
            args, kwargs, where = call.args, call.kwargs, self.positions
        if spoken(kwargs).get("out") is not None or any(
            _tape.traced(a) for k, a in enumerate(args) if k not in where
        ):  # fmt: skip
            tape.lose(f"{self.name} with out, or by what is traced")
        plain, numbers = list(args), list(args)
        for position in where:
            if position < len(args):
                plain[position], numbers[position] = parted(tape, args[position])
        value = self.function(*plain, **kwargs)
        ids = self.function(*numbers, **kwargs)
        if isinstance(value, (list, tuple)):
            return type(value)(moved(tape, i, v) for i, v in zip(ids, value, strict=True))
        return moved(tape, ids, value)


def parted(tape: Any, a: Any) -> tuple[Any, Any]:
    """Values and numbers of an array, or of each in a list of them."""
    if isinstance(a, (list, tuple)) and any(np.ndim(_tape.lifted(tape, part)[0]) for part in a):
        pairs = [parted(tape, part) for part in a]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    value, ids = _tape.lifted(tape, a)
    return value, np.broadcast_to(np.asarray(ids, np.intp), np.shape(value)).copy()


def assembly(function: Any, *positions: int) -> Rule:
    """A row for a function of several arrays."""
    return Assembly(function=function, formula="rows of I", structure="stack", positions=positions)


@dataclass(frozen=True, kw_only=True)
class InPlace(Rule):
    """A function that writes into its first operand, in words of assignment."""

    assign: Any

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Only a traced array can hold what is traced."""
        if not isinstance(args[0], _tape.Array):
            tape.lose(f"{self.name} into a plain array")
        try:
            return self.assign(*args, **kwargs)
        except _tape.Escape:
            raise
        except TypeError as error:
            return tape.lose(f"{self.name}: {error}")


def in_place(function: Any, assign: Any) -> Rule:
    """A row for a function that returns nothing."""
    return InPlace(function=function, formula="I less rows, and others", structure="scatter", assign=assign)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Entries of one array into another."""
    if where is True:
        dst[...] = src
    else:
        mask = np.broadcast_to(where, np.shape(dst))
        dst[mask] = np.broadcast_to(src, np.shape(dst))[mask]


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Entries at places that are counted in a row."""
    places, n = np.ravel(ind), np.size(a)
    if mode != "raise":
        places = np.clip(places, 0, n - 1) if mode == "clip" else places % n
    a[np.unravel_index(places % n if mode == "raise" else places, np.shape(a))] = cycled(v, places.size)


def cycled(v: Any, n: int) -> Any:
    """So many values, from the first again where there are fewer."""
    return v if np.ndim(v) == 0 else np.resize(v, n)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Entries at places along an axis."""
    if axis is None:
        put(arr, indices, np.ravel(values))
        return
    shape, ndim = np.shape(indices), np.ndim(arr)
    grid = [np.arange(n).reshape([-1 if k == j else 1 for j in range(ndim)]) for k, n in enumerate(shape)]
    grid[axis % ndim] = indices
    arr[tuple(grid)] = values


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Entries where a mask is true, one after the other."""
    arr[np.asarray(mask, bool)] = np.resize(np.ravel(vals), np.count_nonzero(mask))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Entries where a mask is true, from the same places."""
    if np.shape(values) not in ((), np.shape(a)):
        raise TypeError("values of another shape")
    a[mask] = values if np.shape(values) == () else values[mask]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """The diagonal of a matrix, which may go on below."""
    if np.ndim(a) != 2:
        raise TypeError("expected a matrix")
    n = np.shape(a)[1]
    places = np.arange(np.size(a))[: None if wrap else n * n : n + 1]
    a[np.unravel_index(places, np.shape(a))] = cycled(val, places.size)


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """A function on each part; the last one, if there is one more, where no condition holds."""
    single = np.ndim(condlist) == 0 or (np.ndim(condlist[0]) == 0 and np.ndim(x) != 0)
    conditions = [np.asarray(c, bool) for c in ([condlist] if single else condlist)]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(conditions))
    y = np.ravel(x) * 0.0
    for condition, function in zip(map(np.ravel, conditions), funclist, strict=True):
        if condition.any():
            y[condition] = function(np.ravel(x)[condition], *args, **kw) if callable(function) else function
    return np.reshape(y, np.shape(x)) if np.ndim(x) else np.reshape(y, ())[()]


def frexp(x: Any) -> Any:
    """A number between a half and one, and the power of two; at a power of two it jumps."""
    fraction, power = np.frexp(untraced(x))
    if np.any(np.abs(fraction) == 0.5):
        mark(x, kink=True)
    return x * np.ldexp(1.0, -power), power


def modf(x: Any) -> Any:
    """The fraction and the whole number."""
    whole = np.trunc(x)
    return x - whole, whole


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """A function along one axis after the other."""
    for axis in np.ravel(axes):
        found = func(a, int(axis))
        a = found if np.ndim(found) == np.ndim(a) else np.expand_dims(found, int(axis))
    return a


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """A function of each row."""
    rows = np.moveaxis(arr, axis, -1)
    shape = np.shape(rows)[:-1]
    found = [func1d(rows[k], *args, **kwargs) for k in np.ndindex(*shape)]
    stacked = np.reshape(np.stack(found), shape + np.shape(found[0]))
    return np.moveaxis(stacked, -1, axis) if np.ndim(found[0]) else stacked


class Refused(Rule):
    """What depends on the bits of a number."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Never."""
        return tape.lose(f"{self.name}, which has no derivative,")


def repeats(keys: Any, *_: Any) -> bool:
    """Whether entries of a key are the same."""
    return any(np.unique(key).size < np.size(key) for key in keys)


ROWS: list[Rule] = [
    assembly(np.append, 0, 1),
    assembly(np.insert, 0, 2),
    assembly(np.select, 1, 2),
    assembly(np.choose, 1),
    assembly(np.extract, 1),
    assembly(np.compress, 1),
    assembly(np.meshgrid, -1),
    assembly(np.broadcast_arrays, -1),
    in_place(np.copyto, copyto),
    in_place(np.put, put),
    in_place(np.putmask, putmask),
    in_place(np.put_along_axis, put_along_axis),
    in_place(np.place, place),
    in_place(np.fill_diagonal, fill_diagonal),
    composite(np.piecewise, "that of each part", piecewise),
    measured(np.i0, (None,)),
    composite(np.modf, "1, 0", modf),
    composite(np.frexp, "2^-k, 0", frexp),
    composite(np.divmod, "0, 0; 1, -floor(a/b)", lambda a, b: (np.floor_divide(a, b), np.remainder(a, b))),
    composite(np.apply_along_axis, "blocks", apply_along_axis),
    composite(np.apply_over_axes, "that of the function", apply_over_axes),
    *([composite(np.astype, "1", lambda x, dtype, copy=True: x.astype(dtype))] if hasattr(np, "astype") else []),
    *(Refused(function=f, formula="none", structure="none") for f in (np.nextafter, np.spacing)),
    Query(function=np.isin, formula="0", structure="zero", tie=lambda a, b, *rest: np.any(np.isin(a, b))),
    Query(function=np.lexsort, formula="0", structure="zero", tie=repeats),
    *(
        Query(function=f, formula="0", structure="zero")
        for f in (np.shape, np.iscomplex, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
                  np.linalg.matrix_rank, np.common_type)
    ),
]  # fmt: skip
