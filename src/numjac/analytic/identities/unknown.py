# SPDX-License-Identifier: BSD-3-Clause
"""
Ufuncs without a row in the table: elementwise by definition, so that their slopes are found by differencing them.

All elements are moved at once; of a generalised ufunc, one entry of the core of all repetitions. The steps are halved
and the quotients extrapolated; for each element the estimate is taken that differs least from the one before it, and
that difference is its error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from re import findall
from typing import Any

import numpy as np

from numjac.analytic.rules import Elementwise, Query, Rule, shape_of, total, unspread
from numjac.analytic.structured import Diagonal, Gather, Product, Structured
from numjac.result import Array, IntArray

__all__ = ["measured", "unknown"]

# The first step, relative to the operand, and how often it is halved.
FIRST, LEVELS = 2.0**-4, 9


def slope_of(f: Callable[[Any], Any], x: Array, core: int = 0) -> tuple[Any, Any]:
    """
    The slope of a function of each entry by that entry, and its error, for all of them at once.

    Parameters
    ----------
    f : callable
        From an array of the shape of x.
    x : ndarray
        Where.
    core : int
        How many axes the result has behind those of x.

    Notes
    -----
    Extrapolation of central differences after Romberg, as in C. J. F. Ridders, Accurate computation of F'(x) and
    F'(x) F''(x), Adv. Eng. Software 4 (1982) 75-76.
    """
    size = np.where(x == 0, 1.0, np.abs(x))
    best: Any = np.nan
    error: Any = np.inf
    before: list[Any] = []
    with np.errstate(all="ignore"):
        for level in range(LEVELS):
            h = (x + size * FIRST * 2.0**-level) - x
            up, down, width = f(x + h), f(x - h), h.reshape(h.shape + (1,) * core)
            row = [(up - down) / (2 * width)]
            for k, other in enumerate(before):
                row.append(row[-1] + (row[-1] - other) / (4.0 ** (k + 1) - 1))
                gap = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - other))
                gap = gap + 4 * np.finfo(float).eps * np.maximum(np.abs(up), np.abs(down)) / np.abs(width)
                better = gap < error
                best, error = np.where(better, row[-1], best), np.where(better, gap, error)
            before = row
    return best, error


def differenced(ufunc: Any, operands: tuple[Any, ...], position: int) -> tuple[Any, Any]:
    """The slope of a ufunc by one operand, and its error."""
    x = np.asarray(operands[position], float)
    return slope_of(lambda moved: ufunc(*operands[:position], moved, *operands[position + 1 :]), x)


@dataclass(frozen=True, kw_only=True)
class Unknown(Elementwise):
    """
    An elementwise function that is differenced by some operands.

    Parameters
    ----------
    measured : tuple of int
        Which.
    """

    measured: tuple[int, ...]
    real = True

    def uncertainty(self, node: Any) -> list[Any]:
        """The errors of the diagonals."""
        found: list[Any] = []
        for position, _ in node.parents:
            if position not in self.measured:
                found.append(None)
                continue
            _, error = differenced(self.function, node.args, position)
            one = shape_of(node.args[position])
            found.append(error.reshape(-1) if one == error.shape else _spread(error, one))
        return found

    def pullback(self, node: Any, operands: list[Any], position: int, U: Any) -> Any:
        """There is none: the slope is a table of numbers."""
        if position in self.measured:
            raise NotImplementedError(f"second derivatives of {self.name}")
        return Elementwise.pullback(self, node, operands, position, U)


def _spread(error: Any, shape: Any) -> Any:
    """Errors of an operand that broadcasting has copied, as a matrix."""
    unit = np.eye(error.size).reshape(error.size, *error.shape)
    return np.stack([np.ravel(unspread(row * error, shape)) for row in unit])


@dataclass(frozen=True, kw_only=True)
class Core(Rule):
    """
    A generalised ufunc that is differenced, one entry of the core of an operand after the other.

    Parameters
    ----------
    cores : tuple of int
        How many axes the core of each operand has, and last that of the result.
    """

    cores: tuple[int, ...]
    real = True

    def locals(self, node: Any) -> list[Structured]:
        """For each entry of the core, the entries that it moves."""
        return [self._blocks(node, position)[0] for position, _ in node.parents]

    def uncertainty(self, node: Any) -> list[Array | None]:
        """The errors of those."""
        return [self._blocks(node, position)[1] for position, _ in node.parents]

    def _blocks(self, node: Any, position: int) -> tuple[Structured, Array]:
        """The local Jacobian by an operand, and the errors of its entries."""
        x, y_shape = np.asarray(node.args[position], float), shape_of(node.value)
        core = x.shape[x.ndim - self.cores[position] :]
        terms: list[Structured] = []
        errors = np.zeros((node.size, x.size))
        for entry in np.ndindex(*core):
            slope, error = slope_of(self._by_entry(node, position, entry), x[(..., *entry)], self.cores[-1])
            index = _spread_over(np.arange(x.size).reshape(x.shape)[(..., *entry)], y_shape, self.cores[-1])
            terms.append(Product(Diagonal(np.broadcast_to(slope, y_shape).reshape(-1)), Gather(index, x.size)))
            errors[np.arange(node.size), index] = np.broadcast_to(error, y_shape).reshape(-1)
        return total(*terms), errors

    def _by_entry(self, node: Any, position: int, entry: tuple[int, ...]) -> Callable[[Any], Any]:
        """The function of that entry alone."""

        def f(values: Any) -> Any:
            moved: Any = np.array(node.args[position], float)
            moved[(..., *entry)] = values
            return self.function(*node.args[:position], moved, *node.args[position + 1 :], **node.kwargs)

        return f


def _spread_over(index: IntArray, shape: Any, core: int) -> IntArray:
    """Numbers of the repetitions, for each entry of a result [*repetitions, *core]."""
    return np.broadcast_to(index.reshape(index.shape + (1,) * core), shape).reshape(-1)


@dataclass(frozen=True, kw_only=True)
class Several(Rule):
    """
    A ufunc with several results.

    Parameters
    ----------
    parts : tuple of Rule
        One for each.
    """

    parts: tuple[Rule, ...]

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Each on its own."""
        return tuple(part.record(tape, args, kwargs) for part in self.parts)


class ByNumbers(Rule):
    """A function of Python numbers that NumPy calls for each entry."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Entries of an object array are traced one by one."""
        return self.function(*map(np.asarray, args), **kwargs)


@lru_cache
def unknown(ufunc: Any) -> Rule | None:
    """
    The rule of a ufunc that no table has; the same one each time, by which traces are known again.

    Parameters
    ----------
    ufunc : numpy.ufunc
        Any.

    Returns
    -------
    Rule or None
        None for one with core dimensions that may be missing, or with several results and a core.
    """
    if ufunc.signature is not None:
        if "?" in ufunc.signature or ufunc.nout != 1:
            return None
        cores = tuple(len(core.split(",")) if core else 0 for core in findall(r"\(([^)]*)\)", ufunc.signature))
        return Core(function=ufunc, formula="differenced", structure="blocks", cores=cores)
    if all(types.strip("O->") == "" for types in ufunc.types):
        return ByNumbers(function=ufunc, formula="that of the function", structure="diagonal")
    kinds = [types.split("->")[1] for types in ufunc.types]
    parts = [_part(ufunc, k if ufunc.nout > 1 else None, {kind[k] for kind in kinds}) for k in range(ufunc.nout)]
    return (
        parts[0]
        if ufunc.nout == 1
        else Several(function=ufunc, formula="differenced", structure="diagonals", parts=tuple(parts))
    )


def _part(ufunc: Any, which: int | None, kinds: set[str]) -> Rule:
    """The rule of one result, of any of these formats."""

    def function(*operands: Any) -> Any:
        return ufunc(*operands)[which]

    function.__name__ = ufunc.__name__
    f = ufunc if which is None else function
    if not kinds & set("efdgFDG"):
        return Query(function=f, formula="0", structure="zero", tie=lambda *_: True)
    return measured(f, (None,) * ufunc.nin)


def measured(function: Any, slopes: tuple[Any, ...], formula: str = "differenced", source: str = "") -> Rule:
    """The rule of an elementwise function that is differenced by each operand of which no slope is known."""
    which = tuple(k for k, slope in enumerate(slopes) if slope is None)
    known = tuple(_slope(function, k) if slope is None else slope for k, slope in enumerate(slopes))
    return Unknown(
        function=function, formula=formula, structure="diagonal", source=source, slopes=known, measured=which
    )


def _slope(ufunc: Any, position: int) -> Any:
    return lambda *operands: differenced(ufunc, operands[:-1], position)[0]
