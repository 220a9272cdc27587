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
import numpy.typing as npt

import numjac._core as _core
from numjac.numeric.bounds import Bounds, choose, limits
from numjac.numeric.differences import Estimate, bound_of, mean_quotient
from numjac.numeric.functions import Evaluator
from numjac.numeric.points import Point
from numjac.numeric.stencils import METHODS, Stencil
from numjac.numeric.steps import EPS, Wishes, like_x, magnitude, step_sizes
from numjac.result import Array, Flag, FloatArray, IntArray

__all__ = ["Claim", "along", "contradiction", "random_direction"]

# The steps of the check, in units of the magnitude of x. The first is small enough that curvature hides nothing, and
# large enough that rounding does not; the second shows by how much the slope changes between steps, the others are for
# functions that vary over less than the first.
CHECK_STEPS = (2.0**-17, 2.0**-14, 2.0**-27, 2.0**-37)
CHECK_TOLERANCE = 1e-6
CHECK_SHARP = 0.1
CHECK_DOUBT = 1e-3
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
    flags: npt.NDArray[np.uint8]

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
    v: FloatArray = generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)
    v.flags.writeable = False
    return v


def random_direction(point: Point, wrt: IntArray | None, wishes: Wishes) -> FloatArray:
    """A direction in which every finite entry of x (or of `wrt`) moves in proportion to its magnitude; flat."""
    v = np.zeros(point.array.size)
    moved = np.arange(v.size) if wrt is None else wrt
    v[moved] = magnitude(point, wishes)[moved] * _random(moved.size)
    v[~np.isfinite(v)] = 0.0
    return v


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a Jacobian says of one direction.

    Parameters
    ----------
    v : ndarray
        The direction, flat, with entries about as large as those of x.
    product : ndarray
        J v [m].
    terms : ndarray
        |J| |v| [m], the size of the terms of that product.
    truncation : float
        A relative error that is known of and allowed.
    """

    v: Array
    product: Array
    terms: FloatArray
    truncation: float = 0.0


def contradiction(evaluator: Evaluator, point: Point, claim: Claim, precision: float, wishes: Wishes) -> str:
    """
    Hold a claim against differences of f.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point; of real arguments unless x is complex.
    point : Point
        The point.
    claim : Claim
        What is claimed.
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
    With the central difference D of step d, the rounding e of f, and C = f(x + dv) + f(x - dv) - 2 f(x), accepted is
    ``|D - J v| <= 1e-6 max(|D|, |J| |v|) + (8 |f| + |J| |v|) e / d + 1e-2 |C| / d``: a tolerance, the noise of f and of
    its argument, and the truncation where f is curved. What is not accepted is looked at again with other steps: a
    claim is acquitted if the gap is no wider than five times what D itself changes by (f is noisier than its rounding),
    or if a step agrees that is ten times sharper than the gap was wide (f varies over less than d).
    """
    value, way, found = evaluator.value.reshape(-1), _line(point, claim.v, wishes), ""
    unproved, before, wide = np.isfinite(value), claim.product, np.zeros(value.size)
    for step in CHECK_STEPS if precision <= EPS else (precision ** (1 / 3),):
        samples = _sampled(evaluator, way, CHECK_STENCILS, step)
        if samples is None:
            return ""
        slope, slack = _measured(value, samples, claim, precision)
        with np.errstate(invalid="ignore"):
            gap, change = np.abs(slope - claim.product), np.abs(slope - before)
        proved = (gap <= slack) & ((wide == 0) | (slack <= CHECK_SHARP * wide))
        if step == CHECK_STEPS[1]:
            proved |= (wide > 0) & (
                wide <= np.minimum(5 * change, CHECK_DOUBT * np.maximum(claim.terms, np.abs(slope)))
            )
        unproved &= ~proved
        if not unproved.any():
            return ""
        if found and np.all(change <= slack, where=unproved):
            return found  # another step, the same slope: it is the truth
        if not found:
            found, wide = _told(int(np.argmax(unproved)), slope, claim), np.where(unproved & np.isfinite(gap), gap, 0.0)
        before = slope
    return found


def _told(i: int, slope: Array, claim: Claim) -> str:
    if not np.isfinite(slope[i]):
        return f"output {i} is not finite along a direction, so nothing proves it"
    return f"along a direction, output {i} changes by {slope[i]:.6g} per unit, where {claim.product[i]:.6g} was claimed"


def _measured(value: Array, samples: Samples, claim: Claim, precision: float) -> tuple[Array, FloatArray]:
    """The slope along a line, and how far a true claim may be from it."""
    one, two = samples.values
    slope, _ = samples.slope(value)
    middle, ends = (value, (one, two)) if samples.nodes[0, 1] else (one, (value, two))
    size = np.max(np.abs([value, one, two]), axis=0)
    slack = (CHECK_TOLERANCE + claim.truncation) * np.maximum(np.abs(slope), claim.terms)
    with np.errstate(invalid="ignore"):  # f may well be infinite somewhere along the line
        curved = np.abs((ends[0] - middle) + (ends[1] - middle))
        slack += (8 * precision * size + precision * claim.terms + 1e-2 * curved) / np.abs(samples.t)
    return slope, slack
