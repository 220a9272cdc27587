# SPDX-License-Identifier: BSD-3-Clause
"""
What differences along one direction prove of a whole Jacobian.

A Jacobian found by a complex step is exact if f is complex-analytic in code, and worthless without a warning if it is
not: ``abs``, ``real``, a cast, a comparison lose the imaginary part. One real difference along a random direction
costs two evaluations and sees every column at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numjac.errors import UnprovenError
from numjac.formats import EPS
from numjac.numeric.functions import Probe
from numjac.numeric.lines import Samples, line, sample_line
from numjac.numeric.points import Point
from numjac.numeric.stencils import METHODS
from numjac.numeric.steps import Wishes, magnitude
from numjac.result import Array, FloatArray, IntArray

__all__ = ["UNPROVEN", "Claim", "contradiction", "curvature", "random_direction", "random_numbers"]

# Steps of the check, in units of the magnitude of x. At the first one neither curvature nor rounding hides anything of
# an ordinary function. The second shows by how much the slope changes between steps; the widest is for functions with
# a large offset, whose changes drown in rounding; the small ones are for functions that vary over less than the first.
FIRST, SECOND, WIDEST, SMALL = 2.0**-17, 2.0**-14, 2.0**-9, (2.0**-27, 2.0**-37, 2.0**-40)
TOLERANCE = 1e-9
CURVATURE = 1e-3
COARSE = 50  # times as much, for the long step that short numbers need
INFORMATIVE = 1e-2  # how large a slack may be, relative to the slope, for an agreement to mean something
SHARP = 0.1  # and relative to a gap seen before
DOUBT = 1e-3  # gaps wider than this part of the slope are never put down to noise
KEPT = 1000
UNPROVEN = "nothing proves"  # in a sentence that does not contradict a claim, but could not prove it
AHEAD = 8  # steps of room, for this check and for a line that shows the noise
BITS = 29  # of a direction: few enough that x + k v 2**-17 is exact in float64, too many for float32
STENCILS = METHODS["central"].of_order(2)


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
    """

    v: Array
    product: Array
    terms: FloatArray

    def turned(self, turn: complex) -> Claim:
        """The same of the direction times a complex number of size 1."""
        return Claim(turn * self.v, turn * self.product, self.terms)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one difference says of a claim, output by output."""

    slope: Array
    slack: FloatArray  # how far a true claim may be from the slope
    gap: FloatArray
    agrees: Array
    informative: Array  # the slack is small beside the slope
    fair: Array  # it is small beside the change of f to either side, as at a stationary point
    still: Array  # f did not change beyond its rounding


def random_direction(
    point: Point, wrt: IntArray | None, wishes: Wishes, *, strict: bool = True, unit: FloatArray | None = None
) -> FloatArray:
    """
    A direction in which every finite entry of x (or of `wrt`) moves in proportion to its magnitude.

    Parameters
    ----------
    point : Point
        The point.
    wrt : ndarray of intp, optional
        The entries to move; None for all.
    wishes : Wishes
        At a bound an entry moves inward.
    strict : bool
        Every entry has to move; otherwise those that have no room stay.
    unit : ndarray, optional
        What `random_numbers` gives for the entries to move, if that is kept.

    Returns
    -------
    ndarray
        Flat, with entries 0.5 ... 1.5 times the magnitude; the same in every run.

    Raises
    ------
    UnprovenError
        An entry has no room to move, so nothing can be proved of its column.
    """
    size = magnitude(point, wishes)
    if unit is None:
        unit = random_numbers(size.size if wrt is None else wrt.size)
    if wrt is None:
        v = size * unit
    else:
        v = np.zeros(size.size)
        v[wrt] = size[wrt] * unit
    v[~np.isfinite(v)] = 0.0
    return _short(v if wishes.bounds is None else _inward(point, v, wishes, strict))


def _short(v: FloatArray) -> FloatArray:
    """A direction with few bits, so that small multiples of it can be added to x without rounding."""
    mantissa, exponent = np.frexp(v)
    return np.asarray(np.ldexp(np.trunc(np.ldexp(mantissa, BITS)), exponent - BITS))


def random_numbers(size: int) -> FloatArray:
    """Numbers of random sign and size 0.5 ... 1.5; kept where there are few."""
    return _random(size) if size <= KEPT else _random.__wrapped__(size)


@lru_cache(maxsize=64)
def _random(size: int) -> FloatArray:
    """The same ones for the same size."""
    generator = np.random.default_rng(size)
    v: FloatArray = generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)
    v.flags.writeable = False
    return v


def _inward(point: Point, v: FloatArray, wishes: Wishes, strict: bool) -> FloatArray:
    """A direction turned away from bounds that are near, and shortened between two of them."""
    x, (low, high) = point.flat.real, line(point, v, wishes).box
    ahead, behind = np.where(v > 0, high - x, x - low), np.where(v > 0, x - low, high - x)
    need = AHEAD * FIRST * np.abs(v)
    v = np.where((ahead < need) & (behind > ahead), -v, v)
    with np.errstate(over="ignore"):
        part = np.minimum(1.0, np.maximum(ahead, behind) / np.where(need > 0, need, 1.0))
    pinned = np.flatnonzero((part < DOUBT) & (v != 0))
    if pinned.size and strict:
        raise UnprovenError(f"{point.name(int(pinned[0]))} has no room to move, so nothing proves its column")
    return np.asarray(v * part)


def contradiction(  # noqa: C901  # one clause for each way to a proof
    probe: Probe, point: Point, claim: Claim, precision: float, wishes: Wishes, truncation: float = 0.0
) -> str:
    """
    Hold a claim against differences of f.

    Parameters
    ----------
    probe : Probe
        f at the point; of real arguments unless x is complex.
    point : Point
        The point.
    claim : Claim
        What is claimed.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        The bounds of x are kept; given steps are not, for the check has its own.
    truncation : float
        A relative error of the claim that is known of.

    Returns
    -------
    str
        What was found and what was expected; empty if every output is proved.

    Notes
    -----
    With the central difference D of step d, the rounding e of f, and C = f(x + dv) + f(x - dv) - 2 f(x), a claim agrees
    if ``|D - J v| <= 1e-9 max(|D|, |J| |v|) + (8 |f| + |J| |v|) e / d + 1e-3 |C| / d``: a tolerance, the noise of f and
    of its argument, and the truncation where f is curved. An output is proved if the claim agrees, and the slack is
    small beside the slope. Where it is not, other steps are looked at: a second agreement is enough if the slack is
    small beside what f changes by to either side, as at a stationary point; or a gap that falls like the square of
    the step, which is truncation, as at an inflection. A gap is forgiven if it is no wider than
    five times what D itself changes by (f is noisier than its rounding), or if two small steps in a row agree that are
    ten times sharper than the gap was wide (f varies over less than the first step). What is left unproved contradicts.
    """
    value, way, found = probe.value.reshape(-1), line(point, claim.v, wishes), ""
    unproved, wide = np.isfinite(value), np.zeros(value.size)
    before, agreed = claim.product, np.zeros(value.size, bool)
    last, doubt, shorter = np.full(value.size, np.nan), np.full(value.size, np.inf), 1.0
    steady = np.ones(value.size, bool)
    for step in (FIRST, SECOND, WIDEST, *SMALL) if precision <= EPS else (precision ** (1 / 3),):
        if not unproved.any():
            return ""
        samples = sample_line(probe, way, STENCILS, step)
        if samples is None:
            return "x has no room to move along a direction, so nothing proves it"
        seen = _evidence(value, samples, claim, precision, max(TOLERANCE, step**2) + truncation)
        proved = seen.agrees & seen.informative & ((wide == 0) | (seen.slack <= SHARP * wide))
        with np.errstate(invalid="ignore"):
            change = np.abs(seen.slope - before)
        if step in SMALL:
            proved, agreed = proved & ~seen.still & agreed, proved & ~seen.still
        elif step == WIDEST or precision > EPS:
            proved |= seen.agrees & (seen.fair | seen.still) & (wide == 0)
        elif step == SECOND:
            proved |= seen.agrees & seen.fair & (wide == 0)
            proved |= (wide > 0) & (wide <= np.minimum(5 * change, DOUBT * np.maximum(claim.terms, np.abs(seen.slope))))
        else:
            proved |= (seen.slope == 0) & (claim.terms == 0)
        with np.errstate(invalid="ignore", over="ignore"):
            gap, ratio = seen.slope - claim.product, (shorter / float(samples.t[0])) ** 2
            if step in (SECOND, WIDEST):
                falls = np.abs(last - gap * ratio) <= DOUBT * np.abs(last) + doubt
                proved |= falls & (doubt <= INFORMATIVE * np.abs(gap))
            last, doubt, shorter = gap, seen.slack, float(samples.t[0])
        unproved &= ~proved
        guilty = unproved & (wide > 0) & (change <= seen.slack) & seen.informative
        if step == SECOND and guilty.any():
            return found  # another step, the same slope: it is the truth
        steady = np.where(wide > 0, steady & (change <= SHARP * np.abs(seen.slope)), True)
        if step == WIDEST and (unproved & (wide > 0) & steady).any():
            return found  # three steps, one slope: on smaller ones f stands still, for it rounds its argument
        if not found and unproved.any():
            accused = unproved & ~seen.agrees & np.isfinite(seen.gap)
            wide = np.where(accused, seen.gap, wide)
            found = _told(int(np.argmax(accused if accused.any() else unproved)), seen.slope, claim)
        before = seen.slope
    return found if unproved.any() else ""


def curvature(probe: Probe, point: Point, v: Array, wishes: Wishes) -> FloatArray:
    """
    How much f bends along a direction: the size of the second derivative of f(x + t v), from the samples of the proof.

    Parameters
    ----------
    probe, point, wishes
        As for `contradiction`.
    v : ndarray
        The direction, flat.

    Returns
    -------
    ndarray
        For each output; 0 where f is not finite, or there is no room.
    """
    value = probe.value.reshape(-1)
    samples = sample_line(probe, line(point, v, wishes), STENCILS, FIRST)
    if samples is None or not samples.nodes[0, 1]:
        return np.zeros(value.size)
    with np.errstate(invalid="ignore", over="ignore"):
        bend = np.abs((samples.values[0] - value) + (samples.values[1] - value)) / samples.t**2
    return np.where(np.isfinite(bend), bend, 0.0)


def _evidence(value: Array, samples: Samples, claim: Claim, precision: float, tolerance: float) -> Evidence:
    one, two = samples.values
    slope, _ = samples.slope(value)
    middle, ends = (value, (one, two)) if samples.nodes[0, 1] else (one, (value, two))
    with np.errstate(invalid="ignore", over="ignore"):  # f may well be infinite somewhere along the line
        f = np.maximum(np.maximum(np.abs(one), np.abs(two)), np.abs(value))
        size = np.maximum(np.abs(slope), claim.terms)
        curved = np.abs((ends[0] - middle) + (ends[1] - middle))
        bend = CURVATURE * curved * (1 if precision <= EPS else COARSE)
        noise = (8 * precision * f + precision * claim.terms + bend) / np.abs(samples.t)
        slack, gap = tolerance * size + noise, np.abs(slope - claim.product)
        change = np.maximum(np.abs(one - value), np.abs(two - value))
        fair = noise <= 5 * INFORMATIVE * np.maximum(size, change / np.abs(samples.t))
        return Evidence(
            slope, slack, gap, gap <= slack, noise <= INFORMATIVE * size, fair, change <= 16 * precision * f
        )


def _told(i: int, slope: Array, claim: Claim) -> str:
    if not np.isfinite(slope[i]):
        return f"output {i} is not finite along a direction, so nothing proves it"
    if slope[i] == claim.product[i] or np.abs(slope[i] - claim.product[i]) <= 1e-3 * np.abs(slope[i]):
        return (
            f"along a direction, nothing proves the slope {claim.product[i]:.6g} of output {i} (found {slope[i]:.6g})"
        )
    return f"along a direction, output {i} changes by {slope[i]:.6g} per unit, where {claim.product[i]:.6g} was claimed"
