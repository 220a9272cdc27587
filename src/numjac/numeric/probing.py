# SPDX-License-Identifier: BSD-3-Clause
"""
A pattern found by probing: one entry of x after the other is made NaN, and moved; the outputs that change are noted.

A NaN spreads along everything that is computed with it, even where a derivative is zero; a number that moves shows what
NaN does not, where f asks for NaN or raises. What both miss at all points that were looked at is missed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from numjac.numeric.functions import Evaluator
from numjac.numeric.lines import line
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.proof import random_direction
from numjac.numeric.steps import Wishes, magnitude
from numjac.result import Array, FloatArray, IntArray

__all__ = ["POINTS", "probed"]

# Random points beside x, how far away, and how far a single entry moves there: all in units of the magnitude of x.
POINTS, FAR, NEAR = 2, 0.125, 2.0**-10

# What is held of points at a time, in doubles.
HELD = 2**20


def probed(evaluator: Evaluator, point: Point, wishes: Wishes, *, nan: bool) -> tuple[Pattern, str]:
    """
    The entries of the Jacobian that show themselves.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point.
    point : Point
        The point.
    wishes : Wishes
        Bounds are kept; NaN is not within any.
    nan : bool
        f may be called with NaN.

    Returns
    -------
    tuple of Pattern, str
        And what was done, in words.
    """
    found, told = [], []
    if nan:
        try:
            found.append(_changed(evaluator, point.flat, np.full(point.flat.size, np.nan), ~np.isnan(point.flat)))
            told.append("NaN in each entry of x")
        except Exception:  # whatever f does with an argument it was not written for
            told.append("f raises for NaN")
    random = np.random.default_rng(point.flat.size)
    for _ in range(POINTS):
        there = _beside(point, wishes, random)
        step = _steps(point, there, wishes)
        found.append(_changed(evaluator, there, there + step, step != 0))
    told.append(f"each entry of x moved at {POINTS} random points")
    row, column = (np.concatenate([part[side] for part in found]) for side in (0, 1))
    empty = Pattern((evaluator.value.size, point.flat.size), np.zeros(0, np.int32), np.zeros(0, np.int32))
    return empty.union(row, column), "; ".join(told)


def _beside(point: Point, wishes: Wishes, random: np.random.Generator) -> Array:
    """A random point near x, within its bounds."""
    v = random_direction(point, None, wishes, strict=False) * random.uniform(0.2, 1.0, point.flat.size)
    _, high = line(point, v, wishes).span
    return line(point, v, wishes).at(float(min(FAR, high[0] / 2))).reshape(-1).astype(point.flat.dtype)


def _steps(point: Point, there: Array, wishes: Wishes) -> FloatArray:
    """How far each entry of x moves from another point, within its bounds; 0 where it has no room."""
    low, high = line(point, there, wishes).box
    size = NEAR * magnitude(point, wishes)
    step = np.where(there.real + size <= high, size, -size)
    inside = (there.real + step >= low) & (there.real + step <= high) & np.isfinite(step)
    return np.where(inside, step, 0.0)


def _changed(
    evaluator: Evaluator, x: Array, moved: Array, which: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Rows and columns of all outputs that are not what they are at x when one entry of it moves."""
    home = evaluator.many(x.reshape(1, -1), _elsewhere)[0]
    columns = np.flatnonzero(which)
    many = max(1, HELD // max(1, x.size, home.size))
    rows, at = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for first in range(0, columns.size, many):
        some = columns[first : first + many]
        X = np.tile(x, (some.size, 1))
        X[np.arange(some.size), some] = moved[some]
        with np.errstate(all="ignore"):
            Y = evaluator.many(X, _named(some))
        k, i = np.nonzero((home != Y) & ~(np.isnan(Y) & np.isnan(home)))
        rows.append(i.astype(np.int32))
        at.append(some[k].astype(np.int32))
    return np.concatenate(rows), np.concatenate(at)


def _elsewhere(row: int) -> str:
    return "at a random point beside x, to find the pattern"


def _named(columns: IntArray) -> Callable[[int], str]:
    return lambda row: f"with column {columns[row]} moved, to find the pattern"
