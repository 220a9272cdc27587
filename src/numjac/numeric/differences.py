# SPDX-License-Identifier: BSD-3-Clause
"""From samples to columns: a Jacobian, or an elementwise derivative, by any stencil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

import numjac._core as _core
from numjac.errors import NotElementwiseError
from numjac.numeric.functions import Evaluator, Probe
from numjac.numeric.pattern import Pattern
from numjac.numeric.points import Point
from numjac.numeric.stencils import COMPLEX_STEP, Stencil
from numjac.numeric.steps import Group, Sampling
from numjac.result import Array, Flag, FlagArray, FloatArray, IntArray, Kink

__all__ = ["Estimate", "bound_of", "elementwise", "jacobian", "mean_quotient", "nothing", "prove_elementwise", "total"]

# Evaluations spent on proving that f is elementwise, at most.
DIGITS = 4


@dataclass(slots=True)
class Estimate:
    """
    Derivatives as a matrix, before they are given the shape that the user expects.

    Parameters
    ----------
    J : ndarray
        Columns [m, count], Fortran-ordered; or [m] if f is elementwise.
    step : ndarray
        The step of each column [count].
    nonfinite : int
        Entries of J that are NaN because f was not finite or had no room to move.
    error : ndarray, optional
        A bound of the error of J, if it was asked for.
    flags : ndarray of uint16, optional
        `Flag` of each column, or of each entry.
    parts : list of Estimate, optional
        What it is the sum of.
    kinks : list of Kink
        Where slopes to both sides differ.
    pattern : Pattern, optional
        Of a sparse derivative: J, error and flags are flat, with an element for each entry of it.
    """

    J: Array
    step: FloatArray
    nonfinite: int
    error: FloatArray | None = None
    flags: FlagArray | None = None
    parts: list[Estimate] | None = None
    kinks: list[Kink] = field(default_factory=list)
    pattern: Pattern | None = None

    def of_outputs(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which elements of the first axis of J belong to these outputs; to a scalar f all of them do."""
        if self.pattern is None:
            return rows
        return rows[self.pattern.row] if rows.size != 1 else np.full(self.pattern.nnz, rows[0])

    def outputs(self, which: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The outputs one of whose entries is marked."""
        if self.pattern is None:
            return np.asarray(which.reshape(len(which), -1).any(axis=1))
        return self.pattern.sums(which.astype(float)) > 0

    def place(self, which: npt.NDArray[np.bool_]) -> tuple[int, int]:
        """The output and the column of the first entry that is marked."""
        first = np.argwhere(which)[0]
        if self.pattern is not None:
            return int(self.pattern.row[first[0]]), int(self.pattern.column[first[0]])
        return int(first[0]), int(first[-1])

    def taken(self, pattern: Pattern, source: IntArray) -> Estimate:
        """The same entries, or some of them, at the places of another pattern."""
        error = None if self.error is None else self.error[source]
        flags = None if self.flags is None else self.flags[source]
        J = self.J[source]
        return Estimate(J, self.step, int(np.isnan(J).sum()), error, flags, kinks=self.kinks, pattern=pattern)

    def flattened(self) -> Estimate:
        """The estimate of a single row or column as that of a vector."""
        error = None if self.error is None else self.error.reshape(-1)
        flags = None if self.flags is None else self.flags.reshape(-1)
        return replace(self, J=self.J.reshape(-1), error=error, flags=flags)

    def void(self, value: Array) -> None:
        """Make NaN of every output that is not finite at the point itself: a function has no slope there."""
        there = np.isfinite(value).reshape(-1)
        if not there.all():
            gone = self.of_outputs(~there)
            self.J[gone] = np.nan
            self.nonfinite = int(np.isnan(self.J).sum())
            if self.error is not None:
                self.error[gone] = np.inf

    def doubt(self, rows: npt.NDArray[np.bool_]) -> None:
        """Make the errors of these outputs infinite: something contradicts them."""
        assert self.error is not None
        flags, rows = np.zeros(self.J.shape, np.uint16), self.of_outputs(rows)
        flags[rows] = Flag.UNRESOLVED
        self.error[rows] = np.inf
        self.flags = flags if self.flags is None else self.flags | flags

    def judged(self) -> tuple[Array, Array, Array]:
        """J, its errors, and the flags of each entry, where errors were asked for."""
        assert self.error is not None
        return self.J, self.error, self.entry_flags()

    def entry_flags(self) -> FlagArray:
        """`Flag` of each entry."""
        known = np.zeros((), np.uint16) if self.flags is None else self.flags
        explained = (known & (Flag.NO_ROOM | Flag.JUMP | Flag.UNRESOLVED)) != 0
        return np.where(np.isnan(self.J) & ~explained, np.uint16(Flag.NOT_FINITE), np.uint16(Flag.OK)) | known


def jacobian(evaluator: Evaluator, sampling: Sampling, precision: float, *, judge: bool = False) -> Estimate:
    """
    Sample f column by column.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point.
    sampling : Sampling
        Where to sample.
    precision : float
        Relative size of the errors in f.
    judge : bool
        Estimate the error of every entry: from the same samples, at the cost of memory for two more matrices.

    Returns
    -------
    Estimate
        J is float64, or complex128 if f is complex.
    """
    J = _matrix(evaluator, sampling)
    if judge:
        error = np.full(J.shape, np.inf)
        for group in sampling.groups:
            _judged(evaluator, group, sampling.step, precision, J, error)
        return Estimate(J, sampling.step, int(np.isnan(J).sum()), error, sampling.flags)
    nonfinite = 0
    for group in sampling.groups:
        nonfinite += evaluator.columns(group.stencil.table, group.nodes, group.entry, group.slot, J)
    if sampling.flags is not None:
        nonfinite = int(np.isnan(J).sum())
    return Estimate(J, sampling.step, nonfinite, None, sampling.flags)


def nothing(value: Array) -> Estimate:
    """The derivative along no direction at all."""
    return Estimate(np.zeros(value.size, value.dtype), np.zeros(1), 0, np.zeros(value.size))


def total(parts: list[Estimate]) -> Estimate:
    """The sum of derivatives along several directions."""
    if len(parts) == 1:
        return parts[0]
    J = sum(part.J for part in parts[1:]) + parts[0].J
    error = np.sum([np.zeros(J.shape) if part.error is None else part.error for part in parts], axis=0)
    step = min((part.step for part in parts), key=lambda h: float(np.abs(h[0])))
    known = [part.flags for part in parts if part.flags is not None]
    flags = np.bitwise_or.reduce(known) if known else None
    kinks = [kink for part in parts for kink in part.kinks]
    return Estimate(J, step, int(np.isnan(J).sum()), error, flags, parts, kinks)


def _matrix(evaluator: Evaluator, sampling: Sampling) -> Array:
    """Room for the columns; NaN where no group will fill them."""
    J = _core.matrix(evaluator.value, sampling.step.size)
    if sampling.flags is not None:
        J.fill(np.nan)
    return J


def _judged(
    evaluator: Evaluator, group: Group, step: FloatArray, precision: float, J: Array, error: FloatArray
) -> None:
    """
    Fill the columns of a group quotient by quotient, and bound their errors.

    The sum is the one that the C core forms, term by term in the same order, so it has the same bits.
    """
    stencil, Q = group.stencil, np.empty_like(J)
    slot = np.arange(step.size) if group.slot is None else group.slot
    quotients = []
    for q in range(len(stencil.weights)):
        evaluator.columns(stencil.quotient(q), group.nodes[:, q : q + 1].copy(), group.entry, group.slot, Q)
        quotients.append(Q[:, slot])
    mean, lower = means(stencil, quotients)
    J[:, slot] = mean
    error[:, slot] = bound_of(stencil, mean, lower, evaluator.value.reshape(-1, 1), step[slot], precision)


def means(stencil: Stencil, quotients: Sequence[Array]) -> tuple[Array, Array | None]:
    """The mean of the quotients, and that of the next lower order; None for the latter if there is one quotient."""
    mean = [float(w) * quotient for w, quotient in zip(stencil.weights, quotients, strict=True)]
    lower = [float(w) * quotient for w, quotient in zip(stencil.embedded, quotients, strict=False)]
    return sum(mean[1:], mean[0]), sum(lower[1:], lower[0]) if lower else None


def mean_quotient(stencil: Stencil, samples: Sequence[Array], nodes: Array, value: Array) -> tuple[Array, Array | None]:
    """
    The derivative from samples: the mean of the quotients, and that of the next lower order.

    Parameters
    ----------
    stencil : Stencil
        Which quotients.
    samples : sequence of ndarray
        f at each node that is not the point itself, in the order upper, lower, upper, lower, ...
    nodes : ndarray
        [quotients, 2, ...], broadcast against the samples.
    value : ndarray
        f at the point itself.

    Returns
    -------
    mean : ndarray
    lower : ndarray or None
        None where the stencil has a single quotient.
    """
    each = iter(samples)
    quotients = []
    with np.errstate(all="ignore"):  # where f is not finite the quotient is not, and that is told by a warning of ours
        for q, offset in enumerate(stencil.lower):
            above = next(each)
            below = next(each) if offset else value
            quotients.append((above - below) / (nodes[q, 0] - nodes[q, 1]))
        return means(stencil, quotients)


def elementwise(evaluator: Evaluator, point: Point, sampling: Sampling, precision: float) -> Estimate:
    """
    The derivative of f entry by entry, where entry i of f depends on entry i of x alone.

    All entries move at once. One to four evaluations more, in which they move differently, prove that f is like that.

    Parameters
    ----------
    evaluator : Evaluator
        f at the point, shaped like x; for a complex step the one of Im f.
    point : Point
        The point.
    sampling : Sampling
        Where to sample each entry.
    precision : float
        Relative size of the errors in f.

    Returns
    -------
    Estimate
        J and error have the size of x.

    Raises
    ------
    NotElementwiseError
        An entry of f changed with another entry of x.
    """
    value = evaluator.value
    imaginary = any(group.stencil.axis == "imaginary" for group in sampling.groups)
    places = _places(point, sampling, imaginary)
    samples = [evaluator.at(place.reshape(point.shape)).reshape(-1) for place in places]
    prove_elementwise(evaluator, point, places, samples, precision)
    if imaginary:
        samples, value = [y.imag for y in samples], np.zeros(point.shape)
    J = np.full(point.array.size, np.nan, samples[0].dtype if samples else value.dtype)
    error = np.full(J.shape, np.inf)
    for group in sampling.groups:
        slot = np.arange(J.size) if group.slot is None else group.slot
        own = [y[slot] for y in samples[: group.stencil.evaluations]]
        f0, h = value.reshape(-1)[slot], sampling.step[slot]
        mean, lower = mean_quotient(group.stencil, own, np.moveaxis(group.nodes, 0, -1), f0)
        J[slot] = np.where(np.isfinite(mean), mean, np.nan)
        error[slot] = bound_of(group.stencil, mean, lower, evaluator.value.reshape(-1)[slot], h, precision)
    return Estimate(J, sampling.step, int(np.isnan(J).sum()), error, sampling.flags)


def bound_of(
    stencil: Stencil, mean: Array, lower: Array | None, value: Array, h: FloatArray, precision: float
) -> FloatArray:
    """
    A bound of the error of a mean of quotients; inf where nothing can tell.

    Parameters
    ----------
    stencil : Stencil
        Which quotients.
    mean, lower : ndarray
        The mean, and that of the next lower order, which has one quotient less: the error of the worse of the two
        stands for that of the better. With a single quotient there is nothing to judge by.
    value : ndarray
        f(x), broadcast against the mean.
    h : ndarray
        The step, broadcast against the mean.
    precision : float
        Relative size of the errors in f.

    Returns
    -------
    ndarray
        Shaped like the mean.

    Notes
    -----
    Each sample errs by 2 units of `precision` relative to its own size, |f| + |f'h|, which the stencil amplifies by
    A / |h|, and the sum by as much relative to itself. Im f(x + ih) is as small as h and cancels against nothing: it
    errs relative to its own terms, whose size is unknown, but hardly beyond |f / x| where h is 1e-20 |x|.
    """
    slope, size, h = np.abs(mean), np.abs(value), np.abs(h)
    with np.errstate(all="ignore"):
        if stencil.axis == "imaginary":
            bound = 16 * precision * (slope + size * (stencil.step / h))
        elif lower is None:
            return np.full(mean.shape, np.inf)
        else:
            noise = 2 * precision * (size + slope * h)
            bound = 2 * np.abs(mean - lower) + stencil.amplification * noise / h + 2 * precision * slope
        return np.where(np.isfinite(mean), bound, np.inf)


def _places(point: Point, sampling: Sampling, imaginary: bool) -> list[Array]:
    """The points at which all entries are sampled at once, each entry at its own nodes."""
    x = point.flat.astype(np.complex128) if imaginary else point.flat
    count = max((group.stencil.evaluations for group in sampling.groups), default=1)
    places = [x.copy() for _ in range(count)]
    for group in sampling.groups:
        slot = np.arange(x.size) if group.slot is None else group.slot
        ends = [(q, end) for q, lower in enumerate(group.stencil.lower) for end in (0, 1) if end == 0 or lower != 0]
        for place, (q, end) in zip(places, ends, strict=True):
            moved = group.nodes[:, q, end]
            place[slot] = x[slot] + 1j * moved if imaginary else moved + (x[slot] - x[slot].real)
    return places


def prove_elementwise(
    evaluator: Probe, point: Point, places: list[Array], samples: list[Array], precision: float
) -> None:
    """
    Refuse an f that is not elementwise, with one to four evaluations more.

    The entries move to different places at once: each must be what it was when all were there together.

    The place of an entry is a digit of its index in the number system of the known places, in each evaluation another
    digit, so that any two entries differ in one of them; of a long index only a few digits of its hash are taken.
    """
    if not places:  # x has no entries
        return
    known_x = np.stack([point.flat.astype(places[0].dtype), *places])
    known_f = np.stack([evaluator.value.reshape(-1), *samples])
    size, count = known_f.shape[1], len(known_x)
    index = np.arange(size)
    if size > count**DIGITS:
        index = np.random.default_rng(size).integers(0, count**DIGITS, size)
    digits = [index // count**k % count for k in range(DIGITS) if count**k < size]
    for digit in digits:
        found = evaluator.at(known_x[digit, np.arange(size)].reshape(point.shape)).reshape(-1)
        wrong = np.flatnonzero(_differ(found, known_f[digit, np.arange(size)], known_f, precision))
        if wrong.size:
            raise NotElementwiseError(
                f"entry {wrong[0]} of f changes with other entries of x than its own ({wrong.size} of {size} entries "
                "do): its derivative is a matrix; use jacobian"
            )


def _differ(found: Array, expected: Array, known: Array, precision: float) -> Array:
    """Whether samples differ by more than rounding; of complex steps the imaginary parts, which are tiny, decide."""
    size = np.max(np.abs(known), axis=0)
    if np.iscomplexobj(known) and not np.any(known[0].imag):
        found, expected, known, size = found.imag, expected.imag, known.imag, COMPLEX_STEP * size
    with np.errstate(invalid="ignore"):
        slack = 1e-6 * np.max(np.abs(known - known[0]), axis=0) + 64 * precision * size
        differ: Array = np.abs(found - expected) > slack
    return differ
