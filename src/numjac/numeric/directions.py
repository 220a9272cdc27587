# SPDX-License-Identifier: BSD-3-Clause
"""
Derivatives along a line, phi(t) = f(x + t v), and what one of them proves of a whole Jacobian.

A Jacobian found by a complex step is exact if f is complex-analytic in code, and worthless without a warning if it is
not: ``abs``, ``real``, a cast, a comparison lose the imaginary part. One real difference along a random direction
costs two evaluations and sees every column at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numjac import _core
from numjac.numeric.bounds import Bounds, choose, limits
from numjac.numeric.differences import Estimate, bound_of, mean_quotient
from numjac.numeric.functions import Evaluator
from numjac.numeric.points import Point
from numjac.numeric.steps import Wishes, like_x, magnitude, step_sizes
from numjac.numeric.stencils import METHODS, Stencil
from numjac.result import Array, Flag, FloatArray, IntArray

__all__ = ["along", "contradiction", "random_direction"]

# The step of the check, in units of the magnitude of x: small enough that curvature hides nothing, large enough that
# rounding does not.
CHECK_STEP = 2.0**-17
CHECK_TOLERANCE = 1e-6
CHECK_STENCILS = METHODS["central"].of_order(2)


@dataclass(frozen=True, slots=True)
class Line:
    """The line x + t v inside a box; `v`, `low` and `high` are flat like ``point.flat``."""

    point: Point
    v: Array
    box: Bounds

    @property
    def span(self) -> Bounds:
        """The least and the greatest t inside the box, each as an array of one element."""
        moving = self.v.real != 0
        x, v = self.point.flat.real[moving], self.v.real[moving]
        with np.errstate(over="ignore"):
            ends = np.stack([(bound[moving] - x) / v for bound in self.box])
        least = np.max(ends.min(axis=0), initial=-np.inf)
        return np.array([least]), np.array([np.min(ends.max(axis=0), initial=np.inf)])

    def at(self, t: complex) -> Array:
        """The point with this t: in the box to the last bit, and in the number format of x."""
        x = self.point.flat + t * self.v
        if not np.iscomplexobj(x):
            x = np.clip(x, *self.box)
        if self.point.narrow and not isinstance(t, complex):
            x = x.astype(self.point.array.dtype).astype(x.dtype)
        return x.reshape(self.point.shape)


@dataclass(frozen=True, slots=True)
class Samples:
    """f at the nodes of one stencil along a line."""

    stencil: Stencil
    t: FloatArray
    nodes: FloatArray
    values: list[Array]
    flags: FloatArray

    def slope(self, value: Array) -> tuple[Array, Array | None]:
        """The derivative and that of the next lower order, from f at t = 0."""
        return mean_quotient(self.stencil, self.values, self.nodes, value)


def _line(point: Point, v: Array, wishes: Wishes) -> Line:
    if wishes.bounds is None:
        return Line(point, v, limits(point))
    return Line(point, v, limits(point, *(like_x(bound, point.shape, "bounds") for bound in wishes.bounds)))


def _sampled(evaluator: Evaluator, way: Line, candidates: Sequence[Stencil], t: float) -> Samples | None:
    """Sample f along a line with the first stencil that stays inside; None if there is no room at all."""
    pick, step, flags = choose(np.zeros(1), np.array([t]), candidates, way.span)
    if pick[0] < 0:
        return None
    stencil = candidates[pick[0]]
    nodes = _core.nodes(np.zeros(1), step, None, stencil.table)[0]
    values = [evaluator.at(way.at(node)).reshape(-1) for node in nodes.flat if node != 0]
    return Samples(stencil, step, nodes, values, flags)


def _raised(evaluator: Evaluator, way: Line, stencil: Stencil, t: float) -> Samples:
    """The imaginary part of f at x + i t v."""
    value = evaluator.at(way.at(1j * t)).imag.reshape(-1)
    return Samples(stencil, np.array([t]), np.array([[t, 0.0]]), [value], np.zeros(1, np.uint8))


def along(
    evaluator: Evaluator, point: Point, v: Array, candidates: Sequence[Stencil], precision: float, wishes: Wishes
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
    value, way = evaluator.value.reshape(-1), _line(point, v, wishes)
    imaginary = candidates[0].axis == "imaginary"
    moving = np.flatnonzero(v)
    if not moving.size:
        return Estimate(np.zeros_like(value), np.zeros(1), 0, np.zeros(value.size))
    own = step_sizes(point, candidates[0], precision, wishes)[moving] / np.abs(v[moving])
    t = float(own[np.argmin(np.abs(own))])
    samples = _raised(evaluator, way, candidates[0], t) if imaginary else _sampled(evaluator, way, candidates, t)
    if samples is None:
        nan, flags = np.full_like(value, np.nan), np.array([Flag.NO_ROOM], np.uint8)
        return Estimate(nan, np.zeros(1), value.size, np.full(value.size, np.inf), flags)
    mean, lower = samples.slope(np.zeros(value.size) if imaginary else value)
    error = bound_of(samples.stencil, mean, lower, value, samples.t, precision)
    J = np.where(np.isfinite(mean), mean, np.nan)
    return Estimate(J, samples.t, int(np.isnan(J).sum()), error, samples.flags)


@lru_cache(maxsize=64)
def _random(size: int) -> FloatArray:
    """Entries of random sign and size 0.5 ... 1.5, the same in every run."""
    generator = np.random.default_rng(size)
    v = generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)
    v.flags.writeable = False
    return v


def random_direction(point: Point, wrt: IntArray | None, wishes: Wishes) -> FloatArray:
    """A direction in which every finite entry of x (or of `wrt`) moves in proportion to its magnitude; flat."""
    size = magnitude(point, wishes)
    v = np.zeros(size.size)
    moved = np.arange(size.size) if wrt is None else wrt
    v[moved] = size[moved] * _random(moved.size)
    return np.where(np.isfinite(v), v, 0.0)


def contradiction(
    evaluator: Evaluator, point: Point, v: Array, expected: Array, terms: FloatArray, precision: float, wishes: Wishes
) -> str:
    """
    Hold the derivative along a direction against one difference of f.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point; of real arguments unless x is complex.
    point : Point
        The point.
    v : ndarray
        The direction, flat, with entries about as large as those of x.
    expected : ndarray
        J v [m].
    terms : ndarray
        |J| |v| [m], the size of the terms of that product.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        The bounds of x are kept; given steps are not, for the check has its own.

    Returns
    -------
    str
        What was found and what was expected; empty if they agree, or if x has no room to move.

    Notes
    -----
    Accepted is ``|D - J v| <= 1e-6 max(|D|, |J| |v|) + 8 e max|f| / d + 1e-2 |f(x + dv) + f(x - dv) - 2 f(x)| / d``
    for the difference D with step d and the rounding e of f: a tolerance, the noise of D, and its truncation where f
    is curved.
    """
    samples = _sampled(evaluator, _line(point, v, wishes), CHECK_STENCILS, max(CHECK_STEP, precision ** (1 / 3)))
    if samples is None:
        return ""
    value, (one, two) = evaluator.value.reshape(-1), samples.values
    D, _ = samples.slope(value)
    curved = np.abs(one - value + (two - value if samples.stencil is CHECK_STENCILS[0] else value - two + one))
    size = np.max(np.abs([value, one, two]), axis=0)
    slack = CHECK_TOLERANCE * np.maximum(np.abs(D), terms)
    slack += (8 * precision * size + 1e-2 * curved) / np.abs(samples.t)
    wrong = np.flatnonzero(~(np.abs(D - expected) <= slack) & np.isfinite(D))
    if not wrong.size:
        return ""
    i = wrong[0]
    return f"along a random direction, output {i} changes by {D[i]:.6g} per unit, where {expected[i]:.6g} was expected"
