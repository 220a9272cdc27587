# SPDX-License-Identifier: BSD-3-Clause
"""
Second derivatives from values of f: by complex arguments, or from even parts along real directions.

Both give each pair of entries one number, so the matrices are symmetric bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from numjac.formats import EPS
from numjac.numeric.adaptive import Adaptive, differentiate
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator
from numjac.numeric.noise import Roughness
from numjac.numeric.pencils import GRID, Pencil, Raised, power_of_two
from numjac.numeric.points import Point
from numjac.numeric.steps import Wishes, box_of, magnitude
from numjac.result import Array, Flag, FlagArray, FloatArray, IntArray, Kink

__all__ = ["Slopes", "diagonal", "even_hessian", "even_product", "raised_hessian", "raised_product"]

# The diagonal is sampled at x +- r (1 + i) e with r near this part of the magnitude: truncation falls like its fourth
# power, rounding grows like its inverse.
RADIUS = 2.0**-11.5

# A diagonal entry is good enough if its error is below this part of it; or, if it is lost in its error, below that part
# of the largest when x is measured by its magnitude. Others are sampled like the entries off the diagonal.
GOOD, NEGLIGIBLE = 1e-9, 1e-12

# Rounding errors of an imaginary part, in units of u and of the terms of a Taylor series over the magnitude of x.
KAPPA = 8.0

# The ratio of the terms of that series from one pair of derivatives to the next, at least: two may vanish by accident.
DECAY = 1.0 / 16

# Of the errors of samples that differ in an entry along both of two directions.
UNIT = EPS / 2


@dataclass(frozen=True, slots=True)
class Slopes:
    """Derivatives of f [rows, m] along some directions, by tiny imaginary steps `shift` [rows, n] of length `h`."""

    shift: FloatArray
    h: FloatArray
    value: FloatArray


@dataclass(slots=True)
class Diagonal:
    """The second derivatives along axes [m, k], their errors, and the size of the terms of f there, per magnitude."""

    value: FloatArray
    error: FloatArray
    terms: FloatArray
    good: np.ndarray


def diagonal(beside: Evaluator, point: Point, entry: IntArray, wishes: Wishes) -> Diagonal:
    """
    The second derivatives along axes, from two samples each.

    Parameters
    ----------
    beside : Evaluator
        Of complex arguments.
    point : Point
        The point.
    entry : ndarray of intp
        The entries of x, each once.
    wishes : Wishes
        Magnitudes and bounds.

    Returns
    -------
    Diagonal

    Notes
    -----
    With z = r (1 + i), z^2 = 2 i r^2 and z^4 = -4 r^4, the sum S and the difference D of f(x + z e) and f(x - z e) are
    told apart by parity, and further by their real and imaginary parts:
    ``Im S = 2 r^2 f'' - r^6 f^(6) / 45 + ...``, ``Re S - 2 f = -r^4 f'''' / 3 + ...``, ``Re D + Im D = 4 r f' + ...``,
    ``Im D - Re D = 4 r^3 f''' / 3 + ...``. Im S loses nothing to a large f, and the other three tell its truncation.
    """
    size = magnitude(point, wishes)[entry]
    r = _radius(size)
    low, high = (bound[entry] for bound in box_of(point, wishes))
    x = point.flat[entry]
    room = np.flatnonzero((x - r >= low) & (x + r <= high))
    Y = _beside(beside, point, entry[room], r[room])
    m, k = beside.value.size, entry.size
    found = Diagonal(np.full((m, k), np.nan), np.full((m, k), np.inf), np.zeros((m, k)), np.zeros((m, k), bool))
    with np.errstate(all="ignore"):
        _read(found, room, Y, beside.value.reshape(-1, 1), r[room], size[room], np.abs(x[room]))
        scale = np.max(np.abs(found.value) * size**2, axis=1, where=np.isfinite(found.value), initial=0.0)
        lost = (np.abs(found.value) <= 4 * found.error) & (found.error * size**2 <= NEGLIGIBLE * scale[:, np.newaxis])
        found.good = (found.error <= GOOD * np.abs(found.value)) | lost | (found.error == 0)
    return found


def _beside(beside: Evaluator, point: Point, entry: IntArray, r: FloatArray) -> tuple[Array, Array]:
    """f at x + r (1 + i) e and at x - r (1 + i) e, [m, entries] each."""
    if not entry.size:
        nothing = np.zeros((beside.value.size, 0), np.complex128)
        return nothing, nothing
    rows = np.arange(entry.size)
    X = np.tile(point.flat.astype(np.complex128), (2, entry.size, 1))
    X[0, rows, entry] += r * (1 + 1j)
    X[1, rows, entry] -= r * (1 + 1j)
    X = X.reshape(2 * entry.size, -1)
    Y = beside.many(X, lambda row: f"beside the real axis, with {point.name(int(entry[row % entry.size]))} moved")
    return Y[: entry.size].T, Y[entry.size :].T


def _read(
    found: Diagonal, room: IntArray, Y: tuple[Array, Array], f: FloatArray, r: FloatArray, size: FloatArray, x: Array
) -> None:
    """Second derivatives, their errors, and the size of terms, from the samples of those entries that have room."""
    S, D, part = Y[0] + Y[1], Y[0] - Y[1], r / size
    noise = UNIT * (np.abs(Y[0]) + np.abs(Y[1]) + np.abs(f))
    c1, c2 = np.abs(D.real + D.imag) / 4 / part, np.abs(S.imag) / 4 / part**2
    c3 = (np.abs(D.imag - D.real) / 8 + noise) / part**3
    c4 = (np.abs((Y[0].real - f) + (Y[1].real - f)) / 8 + noise) / part**4
    first, second = np.maximum(c1, c2), np.maximum(c3, c4)
    ratio = np.maximum(np.where(first > 0, second / first, 1.0), DECAY)
    terms = first + np.maximum(np.abs(D.imag - D.real) / 8 - 4 * noise, 0.0) / part**3
    sixth = second * ratio * part**4
    rounding = KAPPA * UNIT * (np.abs(Y[0].imag) + np.abs(Y[1].imag)) / (2 * r**2)
    rounding += 2 * UNIT * terms / (part * size**2) + 2 * UNIT * x * c2 / size**2 / r
    value = S.imag / (2 * r**2)
    error = 4 * 2 * sixth / size**2 + rounding
    still = np.all([Y[0] == f, Y[1] == f], axis=0)
    resolved = np.isfinite(value) & (part**2 * ratio < 0.25)
    found.value[:, room] = value
    found.error[:, room] = np.where(still, 0.0, np.where(resolved, error, np.inf))
    found.terms[:, room] = np.where(np.isfinite(terms), terms, 0.0) / size


def raised_hessian(
    beside: Evaluator,
    point: Point,
    entry: IntArray,
    along: Slopes,
    order: int,
    wishes: Wishes,
) -> Estimate:
    """
    The Hessian by complex arguments.

    Parameters
    ----------
    beside : Evaluator
        Of complex arguments.
    point : Point
        The point.
    entry : ndarray of intp
        The entries of x to differentiate by, each once.
    along : Slopes
        The derivatives along their axes.
    order : int
        Of the differences of those.
    wishes : Wishes
        Magnitudes, bounds, tolerance.

    Returns
    -------
    Estimate
        J and error [m, k * k].
    """
    k, own = entry.size, diagonal(beside, point, entry, wishes)
    i, j = np.triu_indices(k, 1)
    poor = np.flatnonzero(~own.good.all(axis=0))
    a, b = np.concatenate([i, poor]), np.concatenate([j, poor])
    family = Raised.of(point, beside, along.shift, along.h, along.value, a, entry[b], wishes)
    noise = KAPPA * UNIT * own.terms.T[a]
    lines = differentiate(family, _plan(order, noise, wishes), EPS)
    _mend(lines, noise)
    found = lines.judged()
    step = _radius(magnitude(point, wishes)[entry])
    step[poor] = lines.step[i.size :]
    best = _better(own, poor, [part[:, i.size :] for part in found])
    J, error, flags = (_matrix(one, part[:, : i.size], k) for one, part in zip(best, found, strict=True))
    return Estimate(J, step, int(np.isnan(J).sum()), error, _known(flags))


def _better(own: Diagonal, poor: IntArray, again: Sequence[Array]) -> tuple[Array, Array, Array]:
    """A diagonal, some of whose entries were sampled again: what has the smaller error, and its flags."""
    value, error, flags = own.value, own.error, np.zeros(own.value.shape, np.uint16)
    better = ~(error[:, poor] <= again[1])
    tables: list[Array] = [value, error, flags]
    for before, now in zip(tables, again, strict=True):
        before[:, poor] = np.where(better, now, before[:, poor])
    return value, error, flags


def _radius(size: FloatArray) -> FloatArray:
    return power_of_two(size * RADIUS * np.sqrt(2))


def _plan(order: int, noise: FloatArray, wishes: Wishes) -> Adaptive:
    """Differences of slopes that are exact but for these errors, in which what does not move is believed."""
    rough = Roughness(noise, np.ones(noise.shape, bool))
    return Adaptive(order, rough, UNIT, wishes.rtol or 0.0, frugal=True, calm=True)


def _mend(lines: Estimate, noise: FloatArray) -> None:
    """
    Errors of slopes that do not move.

    The noise is that of terms which cancel, as at a minimum, and no guess: within it nothing is hidden.
    """
    J, error, flags = lines.judged()
    least = np.abs(lines.step)
    with np.errstate(all="ignore"):
        bound = 8 * noise.T / least
        still = (flags & Flag.NOISY != 0) & ~np.isfinite(error) & (np.abs(J) <= bound)
    lines.error = np.where(still, bound, error)
    lines.flags = _known(np.where(still, flags & ~np.uint16(Flag.UNRESOLVED), flags) & ~np.uint16(Flag.NOISY))


def _matrix(own: Array, upper: Array, k: int) -> Array:
    """Rows of a symmetric matrix [m, k * k] from its diagonal [m, k] and what is above that, row by row."""
    H = np.empty((len(own), k, k), own.dtype)
    i, j = np.triu_indices(k, 1)
    H[:, np.arange(k), np.arange(k)] = own
    H[:, i, j] = upper
    H[:, j, i] = upper
    return H.reshape(len(own), k * k)


def raised_product(
    beside: Evaluator, point: Point, entry: IntArray, along: Slopes, order: int, wishes: Wishes
) -> Estimate:
    """
    The Hessian times the sum of some directions, by complex arguments: how the slopes along them change along the axes.

    Parameters
    ----------
    beside, point, entry, order, wishes
        As for `raised_hessian`.
    along : Slopes
        The derivatives along the directions.

    Returns
    -------
    Estimate
        J and error [m, k].
    """
    parts, k = len(along.h), entry.size
    base, entries = np.repeat(np.arange(parts), k), np.tile(entry, parts)
    family = Raised.of(point, beside, along.shift, along.h, along.value, base, entries, wishes)
    plan = _plan(order, np.zeros(family.value.shape), wishes)
    lines = differentiate(family, plan, EPS)
    J, error, flags = (found.reshape(-1, parts, k) for found in lines.judged())
    J, error, flags = J.sum(axis=1), error.sum(axis=1), np.bitwise_or.reduce(flags, axis=1)
    kinks = [replace(kink, column=kink.column % k) for kink in lines.kinks]
    error += _cancelled(J, magnitude(point, wishes)[entry], plan.first)
    return Estimate(J, lines.step[:k], int(np.isnan(J).sum()), error, _known(flags), kinks=kinks)


def _cancelled(J: Array, size: FloatArray, first: float) -> FloatArray:
    """
    The rounding of terms that cancel in a slope along a direction, after it is differenced.

    They are as large as that slope changes by over the magnitude of x, and their rounding is divided by a step.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        terms = np.max(np.abs(J) * size, axis=1, keepdims=True, initial=0.0, where=np.isfinite(J))
        return np.asarray(KAPPA / 2 * UNIT * terms / (first * size))


def _known(flags: Array) -> FlagArray:
    return np.asarray(flags, np.uint16)


def even_hessian(
    point: Point,
    evaluator: Evaluator,
    entry: IntArray,
    plan: Adaptive,
    wishes: Wishes,
    pairs: tuple[IntArray, IntArray] | None = None,
) -> Estimate:
    """
    The Hessian from even parts along e_i and e_i + e_j, in units of the magnitudes of x.

    Parameters
    ----------
    point : Point
        The point.
    evaluator : Evaluator
        f there.
    entry : ndarray of intp
        The entries of x to differentiate by, each once.
    plan : Adaptive
        How far to go.
    wishes : Wishes
        Magnitudes and bounds: near them, all directions point inward.
    pairs : tuple of ndarray, optional
        The pairs i < j to look at, counted in `entry`.

    Returns
    -------
    Estimate
        J and error [m, k * k]; of some pairs, [m, k + pairs]: the diagonal, and what is off it.
    """
    k, s = entry.size, _units(point, entry, wishes)
    i, j = np.triu_indices(k, 1) if pairs is None else pairs
    ends = np.concatenate([np.stack([np.arange(k), np.arange(k)], axis=1), np.stack([i, j], axis=1)])
    along = s[ends]
    along[:k, 1] = 0.0
    family = Pencil.of(point, evaluator, entry[ends], along, wishes)
    lines = differentiate(family, plan, _grid(point), evaluator.value.dtype.kind == "c")
    D, E, F = lines.judged()
    with np.errstate(all="ignore"):
        upper = (D[:, k:] - D[:, i] - D[:, j]) / (2 * s[i] * s[j])
        over = (E[:, k:] + E[:, i] + E[:, j]) / np.abs(2 * s[i] * s[j])
        parts: list[tuple[Array, Array]] = [(D[:, :k] / s**2, upper), (E[:, :k] / s**2, over)]
    parts.append((F[:, :k], (F[:, k:] | F[:, i] | F[:, j]) & ~np.uint16(Flag.NO_DEPENDENCE)))
    J, error, flags = (_matrix(*part, k) if pairs is None else np.concatenate(part, axis=1) for part in parts)
    kinks = [Kink(q.output, q.column, *_slopes(q, s[q.column])) for q in lines.kinks if q.column < k]
    return Estimate(J, lines.step[:k] * np.abs(s), int(np.isnan(J).sum()), error, flags, kinks=kinks)


def _slopes(kink: Kink, s: float) -> tuple[float, float]:
    """The slopes below and above x, from those below and above on a line in units of s."""
    return (kink.left / s, kink.right / s) if s > 0 else (kink.right / s, kink.left / s)


def _grid(point: Point) -> float:
    """The spacing at 1 of the coordinates of a pencil of lines."""
    return max(GRID, 4 * float(np.finfo(point.array.dtype).eps))


def _units(point: Point, entry: IntArray, wishes: Wishes) -> FloatArray:
    """Powers of two near the magnitudes, negative where x is nearer to its upper bound than its steps may be long."""
    s, x = power_of_two(magnitude(point, wishes)[entry]), point.flat.real[entry]
    low, high = (bound[entry] for bound in box_of(point, wishes))
    with np.errstate(invalid="ignore"):
        return np.where((high - x < s) & (x - low > high - x), -s, s)


def even_product(
    point: Point, evaluator: Evaluator, entry: IntArray, v: Array, plan: Adaptive, wishes: Wishes
) -> Estimate | None:
    """
    The Hessian times v from even parts along v + e_i and v - e_i.

    Parameters
    ----------
    point, evaluator, entry, plan, wishes
        As for `even_hessian`.
    v : ndarray
        The direction, flat, whose entries move by comparable parts of their magnitude.

    Returns
    -------
    Estimate or None
        J and error [m, k]; None if the bounds leave no room along some of these directions.
    """
    moving = np.flatnonzero(v)
    length = float(power_of_two(magnitude(point, wishes)[moving] / np.abs(v[moving])).min())
    k, s = entry.size, _units(point, entry, wishes)
    ends, along = np.tile(entry, 2)[:, np.newaxis], np.concatenate([s, -s])[:, np.newaxis]
    family = Pencil.of(point, evaluator, ends, along, wishes, length * v, np.ones(2 * k))
    room = np.maximum(family.low, family.high)[np.isfinite(family.x)]
    if np.min(room, initial=np.inf) < plan.first:
        return None
    lines = differentiate(family, plan, _grid(point), evaluator.value.dtype.kind == "c")
    (D, E, F), unit = lines.judged(), 4 * length * s
    with np.errstate(invalid="ignore", over="ignore"):
        J, error = (D[:, :k] - D[:, k:]) / unit, (E[:, :k] + E[:, k:]) / np.abs(unit)
    flags = (F[:, :k] | F[:, k:]) & ~np.uint16(Flag.NO_DEPENDENCE)
    return Estimate(J, lines.step[:k] * np.abs(s), int(np.isnan(J).sum()), error, _known(flags))
