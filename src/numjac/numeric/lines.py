# SPDX-License-Identifier: BSD-3-Clause
"""Derivatives along a line, phi(t) = f(x + t v), at t = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import numjac._core as _core
from numjac.numeric.bounds import Bounds, choose
from numjac.numeric.differences import Estimate, bound_of, mean_quotient, nothing
from numjac.numeric.functions import Evaluator, Probe
from numjac.numeric.points import Point
from numjac.numeric.stencils import MAX_ORDER, Stencil
from numjac.numeric.steps import Wishes, box_of, magnitude, step_sizes
from numjac.result import Array, Flag, FlagArray, FloatArray

__all__ = ["Line", "Samples", "along", "line", "sample_line", "split"]

# Entries that move by so different parts of their magnitude are sampled apart: what is a step for the one would be
# rounded away beside the other.
APART = 2.0**10

# Part of the magnitude of x that short lines reach.
SHORT = 2.0**-14

# Pick of the preferred stencil, where nothing is in its way; and how far from zero the range of float64 may be.
FIRST = np.zeros(1, np.intp)
FAR = 1e300


@dataclass(frozen=True, slots=True)
class Line:
    """The line x + t v inside a box, flat like ``point.flat``; not `bounded` if that is only the range of float64."""

    point: Point
    v: Array
    box: Bounds
    bounded: bool

    @property
    def span(self) -> Bounds:
        """The least and the greatest t inside the box, each as an array of one element."""
        moving = self.v.real != 0
        x, v = self.point.flat.real[moving], self.v.real[moving]
        with np.errstate(over="ignore"):
            ends = np.stack([(bound[moving] - x) / v for bound in self.box])
        least = np.max(ends.min(axis=0), initial=-np.inf)
        return np.array([least]), np.array([np.min(ends.max(axis=0), initial=np.inf)])

    def roomy(self, length: float) -> bool:
        """Whether a short line of this length, toward growing t, stays inside the box."""
        return bool(self.span[1][0] >= SHORT * length)

    def multiples(self, t: float, count: int) -> Array:
        """The points x + d, x + 2d, ... in rows, for the d nearest to t v that x can take; no other is rounded."""
        x = self.point.flat
        with np.errstate(invalid="ignore"):
            d = np.where(self.v == 0, 0, self.at(t).reshape(-1) - x)
        points = x + np.arange(1, count + 1)[:, np.newaxis] * d
        return points if self.point.is_complex else np.clip(points, *self.box)

    def at(self, t: complex) -> Array:
        """The point with this t: in the box to the last bit, and in the number format of x."""
        x: Array = self.point.flat + t * self.v
        if x.dtype.kind != "c":
            x = np.clip(x, *self.box)
        if self.point.narrow and isinstance(t, float):
            x = x.astype(self.point.array.dtype).astype(x.dtype)
        return x.reshape(self.point.shape)


@dataclass(frozen=True, slots=True)
class Samples:
    """f at the nodes of one stencil along a line."""

    stencil: Stencil
    t: FloatArray
    nodes: FloatArray
    values: list[Array]
    flags: FlagArray

    def slope(self, value: Array) -> tuple[Array, Array | None]:
        """The derivative and that of the next lower order, from f at t = 0."""
        return mean_quotient(self.stencil, self.values, self.nodes, value)


def line(point: Point, v: Array, wishes: Wishes) -> Line:
    """The line through a point inside the bounds of x."""
    return Line(point, v, box_of(point, wishes), wishes.bounds is not None or point.narrow)


def sample_line(probe: Probe, way: Line, candidates: Sequence[Stencil], t: float) -> Samples | None:
    """Sample f along a line with the first stencil that stays inside; None if there is no room at all."""
    pick, step, flags = FIRST, np.array([t]), np.zeros(1, np.uint16)
    if way.bounded or not _inside(way, t):
        pick, step, flags = choose(np.zeros(1), step, candidates, way.span)
    if pick[0] < 0:
        return None
    stencil = candidates[pick[0]]
    nodes = _core.nodes(np.zeros(1), step, None, stencil.table)[0]
    values = [probe.at(way.at(node)).reshape(-1) for node in nodes.flat if node != 0]
    return Samples(stencil, step, nodes, values, flags)


def _inside(way: Line, t: float) -> bool:
    """Whether no stencil of any order comes near the end of the range of float64."""
    with np.errstate(over="ignore"):
        reach = np.max(np.abs(way.point.real), initial=0.0) + MAX_ORDER * np.max(np.abs(t * way.v), initial=0.0)
    return bool(reach < FAR)


def _raised(evaluator: Evaluator, way: Line, stencil: Stencil, t: float) -> Samples:
    """The imaginary part of f at x + i t v."""
    value = evaluator.at(way.at(1j * t)).imag.reshape(-1)
    return Samples(stencil, np.array([t]), np.array([[t, 0.0]]), [value], np.zeros(1, np.uint16))


def along(
    evaluator: Evaluator,
    point: Point,
    v: Array,
    candidates: Sequence[Stencil],
    precision: float,
    wishes: Wishes,
) -> Estimate:
    """
    The derivative of f along v.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point; for a complex step the one of Im f.
    point : Point
        The point.
    v : ndarray
        The direction, flat like ``point.flat``.
    candidates : sequence of Stencil
        The stencil to use, and behind it those to take where bounds forbid it.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        The step options; no entry of x moves further in one step than it would in its own column.

    Returns
    -------
    Estimate
        J and error have the size of f(x); step and flags have one element.
    """
    value, way = evaluator.value.reshape(-1), line(point, v, wishes)
    imaginary = candidates[0].axis == "imaginary"
    moving = np.flatnonzero(v)
    if not moving.size:
        return nothing(value)
    if not np.isfinite(point.flat[moving]).all():
        nan, error = np.full_like(value, np.nan), np.full(value.size, np.inf)
        return Estimate(nan, np.array([np.nan]), value.size, error)
    own = step_sizes(point, candidates[0], precision, wishes)[moving] / np.abs(v[moving])
    t = float(own[np.argmin(np.abs(own))])
    samples = _raised(evaluator, way, candidates[0], t) if imaginary else sample_line(evaluator, way, candidates, t)
    if samples is None:
        nan, flags = np.full_like(value, np.nan), np.array([Flag.NO_ROOM], np.uint16)
        return Estimate(nan, np.zeros(1), value.size, np.full(value.size, np.inf), flags)
    mean, lower = samples.slope(np.zeros(value.size) if imaginary else value)
    error = bound_of(samples.stencil, mean, lower, value, samples.t, precision)
    J = np.where(np.isfinite(mean), mean, np.nan)
    return Estimate(J, samples.t, int(np.isnan(J).sum()), error, samples.flags)


def split(point: Point, v: Array, wishes: Wishes) -> list[Array]:
    """
    A direction as a sum of directions along which all entries move by comparable parts of their magnitude.

    Parameters
    ----------
    point : Point
        The point.
    v : ndarray
        The direction, flat.
    wishes : Wishes
        The magnitudes of x.

    Returns
    -------
    list of ndarray
        At least one.
    """
    moving = np.flatnonzero(v)
    reach = magnitude(point, wishes)[moving] / np.abs(v[moving])
    parts = []
    while moving.size:
        near = reach <= APART * np.min(reach)
        if not near.any():  # not finite
            near[:] = True
        part = np.zeros_like(v)
        part[moving[near]] = v[moving[near]]
        parts.append(part)
        moving, reach = moving[~near], reach[~near]
    return parts or [v]
