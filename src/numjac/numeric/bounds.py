# SPDX-License-Identifier: BSD-3-Clause
"""
Staying inside: which stencil, with which part of its step, keeps every node within bounds.

The range of the number format of x is a bound like any other, so x = 1e308 needs no case of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import numjac._core as _core
from numjac.errors import OptionError, PointError, StepError
from numjac.numeric.points import Point
from numjac.numeric.stencils import Stencil
from numjac.result import Flag, FlagArray, FloatArray, IntArray

__all__ = ["Bounds", "choose", "limits", "nodes_within"]

Bounds = tuple[FloatArray, FloatArray]


def limits(point: Point, low: FloatArray | None = None, high: FloatArray | None = None) -> Bounds:
    """
    The bounds of every entry of x, flat, inside the range of the number format of x.

    Parameters
    ----------
    point : Point
        The point of differentiation.
    low, high : ndarray, optional
        The user's bounds, flat; none if they are missing.

    Returns
    -------
    tuple of ndarray
        Lower and upper bounds, finite.

    Raises
    ------
    OptionError
        The bounds cross, are NaN, or x is complex.
    PointError
        x lies outside.
    """
    top = float(np.finfo(point.array.dtype).max)
    if low is None or high is None:
        return np.full(point.array.size, -top), np.full(point.array.size, top)
    if not np.all(low <= high):
        j = int(np.flatnonzero(~(low <= high))[0])
        raise OptionError(f"bounds of {point.name(j)}: found [{low[j]}, {high[j]}], expected lower <= upper")
    if point.is_complex and (np.isfinite(low).any() or np.isfinite(high).any()):
        raise OptionError("bounds: a complex x can not be bounded")
    x = point.flat.real
    outside = np.flatnonzero((x < low) | (x > high))
    if outside.size:
        j = int(outside[0])
        raise PointError(f"{point.name(j)} = {x[j]} lies outside its bounds [{low[j]}, {high[j]}]")
    low, high = np.maximum(low, -top), np.minimum(high, top)
    return (low, high) if not point.narrow else (_inside(low, np.inf, point), _inside(high, -np.inf, point))


def _inside(bound: FloatArray, inward: float, point: Point) -> FloatArray:
    """Bounds rounded inward to the number format of x, so that no node is rounded across them."""
    rounded = bound.astype(point.array.real.dtype)
    outside = rounded < bound if inward > 0 else rounded > bound
    return np.where(outside, np.nextafter(rounded, rounded.dtype.type(inward)), rounded).astype(np.float64)


def choose(
    x: FloatArray, h: FloatArray, candidates: Sequence[Stencil], bounds: Bounds
) -> tuple[IntArray, FloatArray, FlagArray]:
    """
    The stencil and the step for every column.

    The first candidate that fits is taken; where none does, the one that fits with the largest part of its step.

    Parameters
    ----------
    x, h : ndarray
        Coordinates and wanted steps [count].
    candidates : sequence of Stencil
        In order of preference.
    bounds : tuple of ndarray
        Lower and upper bounds [count].

    Returns
    -------
    pick : ndarray of intp
        The number of the candidate; -1 where x has no room to move.
    step : ndarray
        The step that fits.
    flags : ndarray of uint16
        `Flag` of each column.
    """
    fits = np.array([_fit(x, h, stencil, bounds) for stencil in candidates])
    pick = np.argmax(fits, axis=0)
    part = np.take_along_axis(fits, pick[np.newaxis], axis=0)[0]
    step = part * h
    with np.errstate(over="ignore"):
        room = (x + step != x) | ~np.isfinite(x)
    flags = Flag.ONE_SIDED * (pick > 0) + Flag.SHRUNK * (part < 1)
    return np.where(room, pick, -1), step, np.where(room, flags, Flag.NO_ROOM).astype(np.uint16)


def _fit(x: FloatArray, h: FloatArray, stencil: Stencil, bounds: Bounds) -> FloatArray:
    """The part of the step, at most 1, with which a stencil stays within bounds."""
    (down, up), (low, high) = stencil.reach, bounds
    with np.errstate(all="ignore"):
        above = _ratio(high - x, np.maximum(up * h, down * h))
        below = _ratio(x - low, np.maximum(-up * h, -down * h))
    return np.where(np.isfinite(x), np.minimum(np.minimum(above, below), 1.0), 1.0)


def _ratio(room: FloatArray, need: FloatArray) -> FloatArray:
    return np.where(need > 0, room / need, np.inf)


def nodes_within(point: Point, entry: IntArray, h: FloatArray, stencil: Stencil, bounds: Bounds) -> FloatArray:
    """
    The nodes [count, quotients, 2] of some columns, none beyond its bounds by a rounding error.

    Parameters
    ----------
    point : Point
        The point of differentiation.
    entry : ndarray of intp
        The entry of x that each column moves.
    h : ndarray
        The step of each column, one that fits.
    stencil : Stencil
        Their common stencil.
    bounds : tuple of ndarray
        Bounds of each column.

    Returns
    -------
    ndarray
        Nodes in the number format of x, so that f is handed exactly these.

    Raises
    ------
    StepError
        In that number format the step does not change x.
    """
    x = np.ascontiguousarray(point.flat.real)
    low, high = (bound[:, np.newaxis, np.newaxis] for bound in bounds)
    nodes = np.clip(_core.nodes(x, h, entry, stencil.table), low, high)
    if point.narrow:
        nodes = nodes.astype(point.array.real.dtype).astype(np.float64)
    still = np.flatnonzero(np.any(nodes[..., 0] == nodes[..., 1], axis=1))
    if still.size:
        j = int(entry[still[0]])
        raise StepError(f"step {h[still[0]]:.3g} is too small to change {point.name(j)} = {point.array.flat[j]!s}")
    return nodes
