# SPDX-License-Identifier: BSD-3-Clause
"""
Ufuncs without a row in the table: elementwise by definition, so that their slopes are found by differencing them.

All elements are moved at once. The steps are halved and the quotients extrapolated; for each element the estimate is
taken that differs least from the one before it, and that difference is its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numjac.analytic.rules import Elementwise, Query, Rule, shape_of, unspread

__all__ = ["measured", "unknown"]

# The first step, relative to the operand, and how often it is halved.
FIRST, LEVELS = 2.0**-4, 9


def differenced(ufunc: Any, operands: tuple[Any, ...], position: int) -> tuple[Any, Any]:
    """
    The slope of a ufunc by one operand, and its error, for all elements.

    Extrapolation of central differences after Romberg, as in C. J. F. Ridders, Accurate computation of F'(x) and
    F'(x) F''(x), Adv. Eng. Software 4 (1982) 75-76.
    """
    x = np.asarray(operands[position], float)
    size = np.where(x == 0, 1.0, np.abs(x))
    best = np.full(np.broadcast_shapes(*(np.shape(a) for a in operands)), np.nan)
    error = np.full(best.shape, np.inf)
    before: list[Any] = []
    with np.errstate(all="ignore"):
        for level in range(LEVELS):
            h = (x + size * FIRST * 2.0**-level) - x
            up, down = (ufunc(*operands[:position], x + s * h, *operands[position + 1 :]) for s in (1, -1))
            row = [(up - down) / (2 * h)]
            for k, other in enumerate(before):
                row.append(row[-1] + (row[-1] - other) / (4.0 ** (k + 1) - 1))
                gap = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - other))
                gap = gap + 4 * np.finfo(float).eps * np.maximum(np.abs(up), np.abs(down)) / np.abs(h)
                better = gap < error
                best, error = np.where(better, row[-1], best), np.where(better, gap, error)
            before = row
    return best, error


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


def unknown(ufunc: Any) -> Rule | None:
    """
    The rule of a ufunc that no table has.

    Parameters
    ----------
    ufunc : numpy.ufunc
        With one result, which is a number for each element.

    Returns
    -------
    Rule or None
        None for one with core dimensions, or with several results.
    """
    if ufunc.signature is not None or ufunc.nout != 1:
        return None
    if not any(types.split("->")[1] in "efdgFDG" for types in ufunc.types):
        return Query(function=ufunc, formula="0", structure="zero", tie=lambda *_: True)
    return measured(ufunc, (None,) * ufunc.nin)


def measured(function: Any, slopes: tuple[Any, ...], formula: str = "differenced", source: str = "") -> Rule:
    """The rule of an elementwise function that is differenced by each operand of which no slope is known."""
    which = tuple(k for k, slope in enumerate(slopes) if slope is None)
    known = tuple(_slope(function, k) if slope is None else slope for k, slope in enumerate(slopes))
    return Unknown(
        function=function, formula=formula, structure="diagonal", source=source, slopes=known, measured=which
    )


def _slope(ufunc: Any, position: int) -> Any:
    return lambda *operands: differenced(ufunc, operands[:-1], position)[0]
