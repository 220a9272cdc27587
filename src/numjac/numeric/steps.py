# SPDX-License-Identifier: BSD-3-Clause
"""
Where to sample: from x, a stencil and the user's wishes to the nodes of every column.

The policy is here, the arithmetic in the C core. A step is measured by the magnitude of its own x, never by
``max(1, |x|)``: that would be no step at all for x = 1e9 and a giant's for x = 1e-9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac._core as _core
from numjac.errors import OptionError, StepError
from numjac.formats import EPS, FLOAT64, spacing
from numjac.numeric.bounds import Bounds, choose, limits, nodes_within
from numjac.numeric.points import Point
from numjac.numeric.stencils import COMPLEX_STEP, Stencil
from numjac.result import FlagArray, FloatArray, IntArray

__all__ = ["Group", "Sampling", "Wishes", "box_of", "like_x", "magnitude", "precision_of", "sample", "step_sizes"]

# A complex step of a tiny x is no smaller than this, so that neither it nor f' h becomes subnormal, nor larger than
# that part of x.
COMPLEX_STEP_FLOOR = 1e-290
COMPLEX_STEP_MOST = 1e-8


def precision_of(x: np.dtype[Any], f: np.dtype[Any]) -> float:
    """The spacing at 1 of the coarser of two number formats; integers are exact in float64."""
    return EPS if x is f is FLOAT64 else max(spacing(x), spacing(f))


@dataclass(slots=True)
class Wishes:
    """
    What the user says of steps; every number is a scalar or shaped like x.

    Parameters
    ----------
    abs_step, rel_step : array_like, optional
        The step, or the step in units of abs(x): taken as given. Its sign is the side of a one-sided stencil.
    x_scale : array_like, optional
        Typical magnitude of x, where x itself is smaller.
    bounds : pair of array_like, optional
        f is evaluated between these only.
    noise : float, optional
        Standard deviation of the errors of f.
    rtol : float, optional
        Relative error that is good enough.
    """

    abs_step: npt.ArrayLike | None = None
    rel_step: npt.ArrayLike | None = None
    x_scale: npt.ArrayLike | None = None
    bounds: tuple[npt.ArrayLike, npt.ArrayLike] | None = None
    noise: float | None = None
    rtol: float | None = None

    @property
    def given(self) -> bool:
        """Whether the user chose the steps."""
        return self.abs_step is not None or self.rel_step is not None


@dataclass(slots=True)
class Group:
    """Columns that share a stencil: their nodes [count, quotients, 2], their entries of x, their columns of J."""

    stencil: Stencil
    nodes: FloatArray
    entry: IntArray | None = None
    slot: IntArray | None = None


@dataclass(slots=True)
class Sampling:
    """
    Where f is sampled for all columns.

    Parameters
    ----------
    groups : sequence of Group
        Together they fill every column that can be filled.
    step : ndarray
        The step h of each column, signed.
    flags : ndarray of uint16, optional
        `Flag` of each column; None if there is nothing to be said.
    """

    groups: Sequence[Group]
    step: FloatArray
    flags: FlagArray | None = None


def sample(
    point: Point, candidates: Sequence[Stencil], wrt: IntArray | None, precision: float, wishes: Wishes
) -> Sampling:
    """
    Choose the nodes of every column.

    Parameters
    ----------
    point : Point
        The point of differentiation.
    candidates : sequence of Stencil
        The stencil to use, and behind it those to take where bounds forbid it.
    wrt : ndarray of intp, optional
        The entries of x to move; None for all.
    precision : float
        Relative size of the errors in f.
    wishes : Wishes
        The step options.

    Returns
    -------
    Sampling

    Raises
    ------
    StepError
        A given step does not change x, is not finite, or zero.
    OptionError
        An option does not fit the shape of x, or contradicts another.
    PointError
        x lies outside its bounds.
    """
    stencil = candidates[0]
    h = step_sizes(point, stencil, precision, wishes)
    if wrt is not None:
        h = h[wrt]
    if stencil.axis == "imaginary":
        return Sampling((Group(stencil, _raised(h), wrt),), h)
    if wishes.bounds is None and not point.narrow:
        try:
            nodes = _core.nodes(point.real, h, wrt, stencil.table)
            return Sampling((Group(stencil, nodes, wrt),), h)
        except StepError as error:
            if not error.overflow:
                raise
    return _bounded(point, candidates, np.arange(point.array.size) if wrt is None else wrt, h, wishes)


def step_sizes(point: Point, stencil: Stencil, precision: float, wishes: Wishes) -> FloatArray:
    """The step of every entry of x, flat."""
    if wishes.abs_step is not None or wishes.rel_step is not None:
        return _given(point, wishes)
    h = magnitude(point, wishes, stencil.relative_step(precision))
    return _power_of_two(h) if stencil.axis == "imaginary" else h


def _power_of_two(h: FloatArray) -> FloatArray:
    """Complex steps, by which nothing is rounded when f multiplies by them and their quotient is taken."""
    most = h * (COMPLEX_STEP_MOST / COMPLEX_STEP)
    _, exponent = np.frexp(np.maximum(h, np.minimum(most, COMPLEX_STEP_FLOOR)))
    return np.ldexp(0.5, exponent)


def magnitude(point: Point, wishes: Wishes, times: float = 1.0) -> FloatArray:
    """The magnitude that each entry of x is measured by, flat, times a factor."""
    x = np.asarray(np.abs(point.array), np.float64) if point.is_complex else point.real
    return _core.steps(x, None if wishes.x_scale is None else _scale(wishes.x_scale, point.shape), times)


def _given(point: Point, wishes: Wishes) -> FloatArray:
    """Steps that the user gave."""
    if wishes.rel_step is None:
        h = like_x(wishes.abs_step, point.shape, "abs_step")
    else:
        scale = 1.0 if wishes.x_scale is None else _scale(wishes.x_scale, point.shape)
        size = np.abs(point.flat)
        h = like_x(wishes.rel_step, point.shape, "rel_step") * np.where(size == 0, scale, size)
    wrong = np.flatnonzero((h == 0) | ~np.isfinite(h) & np.isfinite(point.flat))
    if wrong.size:
        j = int(wrong[0])
        raise StepError(f"the step of {point.name(j)} is {h[j]}, expected a finite number other than 0")
    return h


def _raised(h: FloatArray) -> FloatArray:
    """The nodes of complex steps: t = h and t = 0 on the imaginary axis."""
    nodes = np.zeros((h.size, 1, 2))
    nodes[:, 0, 0] = h
    return nodes


def _bounded(point: Point, candidates: Sequence[Stencil], entry: IntArray, h: FloatArray, wishes: Wishes) -> Sampling:
    """Nodes that stay within the bounds and within the number format of x."""
    low, high = (bound[entry] for bound in box_of(point, wishes))
    pick, step, flags = choose(point.flat.real[entry], h, candidates, (low, high))
    groups = []
    for number, stencil in enumerate(candidates):
        slot = np.flatnonzero(pick == number)
        if slot.size:
            nodes = nodes_within(point, entry[slot], step[slot], stencil, (low[slot], high[slot]))
            groups.append(Group(stencil, nodes, entry[slot], slot))
    return Sampling(groups, step, flags)


def box_of(point: Point, wishes: Wishes) -> Bounds:
    """The bounds of every entry of x, flat: those of the user, inside the range of its number format."""
    return limits(point, *(like_x(bound, point.shape, "bounds") for bound in wishes.bounds or ()))


def like_x(option: npt.ArrayLike | None, shape: tuple[int, ...], name: str) -> FloatArray:
    """An option as a flat array with an element for each entry of x."""
    try:
        array = np.asarray(option, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{name}={option!r}: expected real numbers") from error
    if array.ndim and array.shape != shape:
        raise OptionError(f"{name} has shape {array.shape}, expected a scalar or the shape of x, {shape}")
    return np.ascontiguousarray(np.broadcast_to(array, shape)).ravel()


def _scale(x_scale: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    scale = like_x(x_scale, shape, "x_scale")
    if not np.all((scale > 0) & np.isfinite(scale)):
        raise OptionError(f"x_scale={x_scale!r}: expected positive finite numbers")
    return scale
