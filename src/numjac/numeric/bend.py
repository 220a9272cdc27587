# SPDX-License-Identifier: BSD-3-Clause
"""
What f does along one line, its slope g'v and its bend v'Hv, and what that proves of a Hessian.

A Hessian found by complex arguments is worthless without a warning if f is not complex-analytic in code. Two real
evaluations along a random direction tell both the slope and the bend there, to which all entries contribute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numjac.formats import EPS
from numjac.numeric.lines import Line
from numjac.numeric.recall import Recall
from numjac.result import Array, FloatArray

__all__ = ["Arc", "Saying", "arc", "contradiction", "contradicts", "onesided_arc"]

# Steps of the check, in units of a direction as long as x. At the first one neither truncation nor rounding hides the
# bend of an ordinary function; the second is for those that are noisy or have a large offset, the others for functions
# that vary over much less than x. Short numbers need a longer one.
STEPS = (2.0**-13, 2.0**-9, 2.0**-19, 2.0**-26)
STEPS_OF_SHORT_NUMBERS = (2.0**-6, 2.0**-4)

# What is forgiven of a slope and of a bend; and of a slope as a part of what f changes by alike to both sides.
SLOPE, BEND, PARITY = 1e-6, 1e-4, 1e-3
COARSE = 0.03  # of either, in short numbers
INFORMATIVE = 1e-2  # how large a slack may be, relative to a slope or a bend, for an agreement to mean something
SHARP = 0.1  # and relative to a gap seen before
ROUGHLY = 1e-3  # what is forgiven of differences whose steps were made to show noise

# Weights of f(x), f(x + d), f(x + 2d), f(x + 3d): the slope and the bend of order 3 and 2, and those of one order less.
ONE_SIDED = np.array([[-11 / 6, 3.0, -1.5, 1 / 3], [2.0, -5.0, 4.0, -1.0]])
LOWER = np.array([[-1.5, 2.0, -0.5, 0.0], [1.0, -2.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Arc:
    """Slope and bend [m] of f along a line, their truncation as far as it is seen, and their noise."""

    slope: Array
    bend: Array
    rough: tuple[FloatArray, FloatArray]
    noise: tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class Saying:
    """What is claimed: a slope or a bend [m], and the size of the terms it is the sum of."""

    value: Array
    terms: FloatArray


def _noise(F: Array, d: float, precision: float) -> tuple[FloatArray, FloatArray]:
    size = np.max(np.abs(F), axis=0)
    return 8 * precision * size / d, 32 * precision * size / d**2


def arc(recall: Recall, way: Line, d: float, precision: float) -> Arc:
    """
    Slope and bend at x, from both sides; from one where there is no room for both.

    Parameters
    ----------
    recall : Recall
        f at the point.
    way : Line
        The line.
    d : float
        The step; shorter where there is no room.
    precision : float
        The spacing at 1 of the number format of f.

    Returns
    -------
    Arc
    """
    below, above = -float(way.span[0][0]), float(way.span[1][0])
    if min(below, above) < d:
        return onesided_arc(recall, way, min(d, max(below, above) / 3) * (1 if above >= below else -1), precision)
    f = recall.value.reshape(-1)
    up, down = recall.many(np.stack([way.at(d).reshape(-1), way.at(-d).reshape(-1)]))
    with np.errstate(all="ignore"):
        odd, even = (up - down) / 2, (up - f) + (down - f)
        rough = PARITY * np.abs(even) / d
        return Arc(odd / d, even / d**2, (rough, np.zeros(f.size)), _noise(np.stack([f, up, down]), d, precision))


def onesided_arc(recall: Recall, way: Line, d: float, precision: float) -> Arc:
    """The same from three steps d to one side; toward falling t if it is negative."""
    beside = recall.many(way.multiples(d, 3))
    F = np.vstack([recall.value.reshape(1, -1), beside])
    with np.errstate(all="ignore"):
        slope, bend = ONE_SIDED @ F / np.array([[d], [d**2]])
        lower = LOWER @ F / np.array([[d], [d**2]])
        rough = 2 * np.abs(slope - lower[0]), 2 * np.abs(bend - lower[1])
        return Arc(slope, bend, rough, _noise(F, abs(d), precision))


def contradicts(claim: Saying, error: FloatArray, seen: Arc, noise: FloatArray, d: float) -> npt.NDArray[np.bool_]:
    """Outputs whose bend is not what is claimed with some error; `noise` is what f errs by beyond its rounding."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(seen.bend), np.abs(claim.value))
        slack = ROUGHLY * size + error + seen.rough[1] + seen.noise[1] + 16 * noise / d**2
        return np.asarray(np.abs(seen.bend - claim.value) > slack)


def contradiction(recall: Recall, way: Line, claims: Sequence[Saying], precision: float) -> str:
    """
    Hold the claims of a slope, and of a bend if there is a second one, against differences of f.

    Parameters
    ----------
    recall : Recall
        f at the point; what was evaluated before is not evaluated again.
    way : Line
        A line along which everything moves.
    claims : sequence of Saying
        What is claimed.
    precision : float
        The spacing at 1 of the number format of f.

    Returns
    -------
    str
        What was found; empty if all outputs are proved.

    Notes
    -----
    An output is proved if there is a step at which all claims agree, and one of them is informative: the noise is small
    beside it. After a gap an agreement counts only if its noise is much less than the gap was. One claim alone is
    believed until it is contradicted.
    """
    value, alone = recall.value.reshape(-1), len(claims) == 1
    unproved, found = np.isfinite(value), ""
    wide = [np.zeros(value.size) for _ in claims]
    for d in STEPS if precision <= EPS else STEPS_OF_SHORT_NUMBERS:
        seen = arc(recall, way, d, precision)
        agreed, informed = np.ones(value.size, bool), np.full(value.size, alone)
        for k, claim in enumerate(claims):
            agrees, informs, gap = _held(claim, (seen.slope, seen.bend)[k], seen, k, precision)
            agreed &= agrees & ((wide[k] == 0) | (seen.noise[k] <= SHARP * wide[k]))
            informed |= informs
            if not found and (unproved & ~agrees).any():
                i = int(np.argmax(unproved & ~agrees))
                found = _told(i, ("slope", "bend")[k], claim.value[i], (seen.slope, seen.bend)[k][i])
            wide[k] = np.where((wide[k] == 0) & ~agrees & np.isfinite(gap), gap, wide[k])
        unproved &= ~(agreed & informed)
        if not unproved.any():
            return ""
    return found or f"along a direction, nothing proves the slope and the bend of output {int(np.argmax(unproved))}"


def _held(
    claim: Saying, found: Array, seen: Arc, k: int, precision: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], FloatArray]:
    """Whether a claim agrees with what was found, whether that means something, and the gap."""
    tolerance = (SLOPE, BEND)[k] if precision <= EPS else COARSE
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(found), claim.terms)
        gap = np.abs(found - claim.value)
        still = (size == 0) & (gap == 0)
        agrees = gap <= tolerance * size + seen.rough[k] + seen.noise[k]
        return agrees, still | (seen.noise[k] <= INFORMATIVE * size), gap


def _told(i: int, what: str, claimed: complex, found: complex) -> str:
    if not np.isfinite(found):
        return f"output {i} is not finite along a direction, so nothing proves it"
    return f"along a direction, output {i} has a {what} of {found:.6g}, where {claimed:.6g} was claimed"
