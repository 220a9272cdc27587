# SPDX-License-Identifier: BSD-3-Clause
"""
A difference quotient as h shrinks: its values, and the two branches of its error.

A quotient Q(h) of order p misses the derivative D by

    Q(h) - D = C h^p + ... + rounding,

of which the first part falls with h and the second grows. Of steps that shrink by a constant factor r, two successive
quotients tell the first part (Richardson 1911; Stoer and Bulirsch, *Introduction to Numerical Analysis*, section 3.5):

    Q(h) - Q(rh) ~ C h^p (1 - r^p),

and the second is bounded by the amplification A of the stencil: samples that err by s make of it A s / h (Gill, Murray,
Saunders, Wright, *SIAM J. Sci. Stat. Comput.* 4 (1983), section 2).
"""

from __future__ import annotations

import numpy as np

import numjac.numeric.differences as differences
from numjac.errors import StepError
from numjac.numeric.functions import Evaluator
from numjac.numeric.points import Point
from numjac.numeric.stencils import Stencil
from numjac.numeric.steps import Wishes, sample
from numjac.result import Array, FloatArray

__all__ = ["best_rows", "quotients", "rounding", "truncation"]

# Errors that differ by less than this part are the same: the largest h of them is taken.
SAME = 1e-3


def quotients(
    evaluator: Evaluator, point: Point, stencil: Stencil, entry: int, h: FloatArray, precision: float
) -> Array:
    """
    The quotients along one entry of x at all steps.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point; for a complex step the one of Im f.
    point : Point
        The point.
    stencil : Stencil
        Which quotients.
    entry : int
        The entry of x that moves, flat.
    h : ndarray
        The steps.
    precision : float
        Relative size of the errors in f.

    Returns
    -------
    ndarray
        [steps, outputs]; NaN where f is not finite, and where x can not take the step.
    """
    return np.stack([_quotient(evaluator, point, stencil, entry, float(step), precision) for step in h])


def _quotient(evaluator: Evaluator, point: Point, stencil: Stencil, entry: int, h: float, precision: float) -> Array:
    """The quotient at one step, for all outputs."""
    nothing = np.full(evaluator.value.size, np.nan, evaluator.value.dtype)
    try:
        sampling = sample(point, (stencil,), np.array([entry]), precision, Wishes(abs_step=h))
    except StepError:  # lost in the rounding of x, or smaller than any number
        return nothing
    if abs(sampling.step[0]) != h:  # the range of numbers ends before it
        return nothing
    return differences.jacobian(evaluator, sampling, precision).J[:, 0]


def rounding(Q: Array, h: FloatArray, noise: FloatArray, stencil: Stencil, precision: float) -> FloatArray:
    """
    What the rounding of f may do to quotients.

    Parameters
    ----------
    Q : ndarray
        Quotients [steps, ...].
    h : ndarray
        Steps, broadcast against the quotients.
    noise : ndarray
        Standard deviation of the errors of f, broadcast against the quotients.
    stencil : Stencil
        Which quotients.
    precision : float
        Relative size of the errors in f.

    Returns
    -------
    ndarray
        Shaped like the quotients: ``A (2 noise / h + precision |Q|)``, the amplification A times an error of two
        deviations, and of the part by which f changes. Im f vanishes at the point itself, so that of a complex step
        only the second part is left.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # h may be rounded to 0
        of_value = 0.0 if stencil.axis == "imaginary" else 2 * noise / h
    of_change: FloatArray = precision * np.abs(Q)
    return stencil.amplification * (of_value + of_change)


def truncation(Q: Array, rounded: FloatArray, ratio: float) -> FloatArray:
    """
    What the length of the step does to quotients, from how they change from one step to the next.

    Where a change is hidden in the rounding, the law of the order goes on from the last one that was not.

    Parameters
    ----------
    Q : ndarray
        Quotients [steps, ...], NaN where there is none.
    rounded : ndarray
        What rounding may have done to them.
    ratio : float
        By which the truncation shrinks with each step: r^p.

    Returns
    -------
    ndarray
        Shaped like the quotients; NaN where nothing can tell.
    """
    T = np.full(Q.shape, np.nan)
    known = np.full(Q.shape[1:], np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        for k in range(len(Q)):
            known = known * ratio
            if k + 1 < len(Q):
                gap = np.abs(Q[k] - Q[k + 1])
                seen = (gap > rounded[k] + rounded[k + 1]) | np.isnan(known)
                known = np.where(seen, gap / (1 - ratio), known)
            T[k] = np.where(np.isfinite(Q[k]), known, np.nan)
    return T


def best_rows(error: FloatArray) -> tuple[Array, FloatArray]:
    """
    Where errors [steps, ...] are smallest, and how small: row 0 and inf where none is known.

    Of errors that are the same the first is taken.
    """
    known = np.where(np.isnan(error), np.inf, error)
    least = known.min(axis=0)
    row: Array = np.argmax(known <= least * (1 + SAME), axis=0)
    return row, np.take_along_axis(known, row[np.newaxis], axis=0)[0]
