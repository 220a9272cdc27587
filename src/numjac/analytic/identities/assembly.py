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
from numjac.analytic.rules import Query, Rule, moved

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


def put(a: Any, ind: Any, v: Any) -> None:
    """Entries at places that are counted in a row."""
    a[np.unravel_index(np.ravel(ind), np.shape(a))] = v


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Entries where a mask is true, from the same places."""
    if np.shape(values) not in ((), np.shape(a)):
        raise TypeError("values of another shape")
    a[mask] = values if np.shape(values) == () else values[mask]


def fill_diagonal(a: Any, val: Any) -> None:
    """The diagonal of a matrix."""
    if np.ndim(a) != 2 or np.shape(a)[0] < np.shape(a)[1]:
        raise TypeError("expected a square matrix")
    k = np.arange(np.shape(a)[1])
    a[k, k] = val


def add_at(a: Any, indices: Any, b: Any) -> None:
    """Additions at places none of which occurs twice."""
    places = np.arange(np.size(a)).reshape(np.shape(a))[indices]
    if np.unique(places).size < places.size:
        for k in np.ndindex(places.shape):
            where = np.unravel_index(places[k], np.shape(a))
            a[where] = a[where] + (b if np.ndim(b) == 0 else np.broadcast_to(b, places.shape)[k])
    else:
        a[indices] = a[indices] + b


def quantile(a: Any, q: Any, axis: Any = None, keepdims: bool = False, method: str = "linear") -> Any:
    """Between two entries of what is sorted."""
    if method != "linear" or isinstance(axis, tuple):
        raise TypeError(f"method={method!r}, axis={axis!r}")
    if axis is None:
        a, axis = np.ravel(a), 0
    ordered = np.moveaxis(np.sort(a, axis=axis), axis, 0)
    found = [_between(ordered, float(share)) for share in np.ravel(q)]
    if keepdims:
        found = [np.expand_dims(part, axis) for part in found]
    return found[0] if np.ndim(q) == 0 else np.stack(found)


def _between(ordered: Any, share: float) -> Any:
    at = share * (np.shape(ordered)[0] - 1)
    low = int(np.floor(at))
    high = min(low + 1, np.shape(ordered)[0] - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def running(extreme: Any) -> Any:
    """The largest, or smallest, entry so far."""

    def accumulate(a: Any, axis: int = 0) -> Any:
        values = np.moveaxis(a.plainly if isinstance(a, _tape.Array) else np.asarray(a), axis, 0)
        place = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
        best = np.maximum.accumulate(np.where(values == extreme.accumulate(values), place, 0))
        return np.moveaxis(np.take_along_axis(np.moveaxis(a, axis, 0), best, 0), 0, axis)

    return accumulate


def partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    """Entries in the order that NumPy leaves them in."""
    if axis is None:
        a, axis = np.ravel(a), -1
    values = a.plainly if isinstance(a, _tape.Array) else np.asarray(a)
    return np.take_along_axis(a, np.argpartition(values, kth, axis=axis), axis)


def piecewise(x: Any, condlist: Any, funclist: Any) -> Any:
    """A function on each part."""
    conditions = [np.asarray(c, bool) for c in (condlist if isinstance(condlist, list) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(conditions))
    y = x * 0.0
    for condition, function in zip(conditions, funclist, strict=True):
        if condition.any():
            y[condition] = function(x[condition]) if callable(function) else function
    return y


def nan_variance(a: Any, axis: Any = None, ddof: float = 0) -> Any:
    """Of the entries that are numbers, of the whole array."""
    if axis is not None:
        raise TypeError("axis")
    values = a.plainly if isinstance(a, _tape.Array) else np.asarray(a)
    return np.var(a[~np.isnan(values)], ddof=ddof)


def modf(x: Any) -> Any:
    """The fraction and the whole number."""
    whole = np.trunc(x)
    return x - whole, whole


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """A function of each row."""
    rows = np.moveaxis(arr, axis, -1)
    shape = np.shape(rows)[:-1]
    found = [func1d(rows[k], *args, **kwargs) for k in np.ndindex(*shape)]
    stacked = np.reshape(np.stack(found), shape + np.shape(found[0]))
    return np.moveaxis(stacked, -1, axis) if np.ndim(found[0]) else stacked


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
    in_place(np.fill_diagonal, fill_diagonal),
    in_place(np.add.at, add_at),
    composite(np.quantile, "selection", quantile),
    composite(np.percentile, "selection", lambda a, q, *args, **kw: quantile(a, np.asarray(q) / 100, *args, **kw)),
    composite(np.maximum.accumulate, "selection", running(np.maximum)),
    composite(np.minimum.accumulate, "selection", running(np.minimum)),
    composite(np.partition, "permutation", partition),
    composite(np.piecewise, "that of each part", piecewise),
    measured(np.i0, (None,)),
    composite(np.modf, "1, 0", modf),
    composite(np.divmod, "0, 0; 1, -floor(a/b)", lambda a, b: (np.floor_divide(a, b), np.remainder(a, b))),
    composite(np.apply_along_axis, "blocks", apply_along_axis),
    composite(np.nanvar, "2 (x - m)/(n - d) of numbers", nan_variance),
    composite(np.nanstd, "(x - m)/((n - d) s) of numbers", lambda *a, **options: np.sqrt(nan_variance(*a, **options))),
    *(
        Query(function=f, formula="0", structure="zero")
        for f in (np.histogram, np.isin, np.shape, np.iscomplex, np.lexsort, np.diag_indices_from, np.tril_indices_from,
                  np.triu_indices_from)
    ),
]  # fmt: skip
