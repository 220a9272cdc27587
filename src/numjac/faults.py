# SPDX-License-Identifier: BSD-3-Clause
"""
What is wrong with a Jacobian, in words.

A fault is a hypothesis: what a matrix would be if somebody had made this mistake. The simplest one that explains every
entry, within the tolerance, is the finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from numjac.result import Array, FloatArray, IntArray

__all__ = ["Claim", "Finding", "diagnose", "named"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Claim:
    """
    A matrix beside the true one, or some columns of it.

    Parameters
    ----------
    yours, true : ndarray
        [m, n].
    tolerance : ndarray
        [m, n]: how far they may be apart.
    columns : ndarray of intp, optional
        [n]: which columns of a wider matrix these are; all others are right.
    width : int, optional
        The number of columns of that matrix.
    """

    yours: Array
    true: Array
    tolerance: FloatArray
    columns: IntArray | None = None
    width: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Of the whole matrix."""
        m, n = self.true.shape
        return m, n if self.columns is None else self.width

    def numbers(self, axis: int) -> IntArray:
        """What the rows (0) or columns (1) are called in the whole matrix."""
        return np.arange(self.true.shape[axis]) if axis == 0 or self.columns is None else self.columns

    @property
    def whole(self) -> bool:
        """Whether these are all columns."""
        return self.true.shape == self.shape

    @property
    def wrong(self) -> Mask:
        """The entries that are farther apart; what is not a number is."""
        with np.errstate(invalid="ignore"):
            right: Mask = np.abs(self.yours - self.true) <= self.tolerance
        return ~right

    def explains(self, supposed: Array, size: float | FloatArray = 1.0) -> bool:
        """Whether the matrix is this one; rounding and errors of the true one may have grown by `size`."""
        with np.errstate(invalid="ignore"):
            return bool((np.abs(self.yours - supposed) <= self.tolerance * np.maximum(1.0, np.abs(size))).all())


@dataclass(frozen=True)
class Finding:
    """
    A fault.

    Parameters
    ----------
    kind : str
        One word: ``"sign"``, ``"factor"``, ``"transpose"``, ``"swapped rows"``, ...
    message : str
        A sentence.
    """

    kind: str
    message: str


# Factors that people forget, and what they are called; n and m come beside them.
FACTORS = {
    "2": 2.0, "1/2": 0.5, "3": 3.0, "1/3": 1 / 3, "4": 4.0, "1/4": 0.25, "10": 10.0, "1/10": 0.1, "100": 100.0,
    "1/100": 0.01, "1000": 1e3, "1/1000": 1e-3, "pi": np.pi, "1/pi": 1 / np.pi, "2 pi": 2 * np.pi,
    "1/(2 pi)": 0.5 / np.pi, "pi/180": np.pi / 180, "180/pi": 180 / np.pi, "ln 2": np.log(2), "1/ln 2": 1 / np.log(2),
    "ln 10": np.log(10), "1/ln 10": 1 / np.log(10), "sqrt 2": np.sqrt(2), "1/sqrt 2": np.sqrt(0.5),
}  # fmt: skip

AXES = ((0, "row"), (1, "column"))

INNER, OUTER = "an inner derivative", "an outer derivative"

# How far a factor may be from one that has a name.
CLOSE = 1e-4


def named(factor: float, m: int, n: int) -> str:
    """A factor as people would call it."""
    sign = "-" if factor < 0 else ""
    own = {"n": float(n), "1/n": 1 / n, "m": float(m), "1/m": 1 / m} if min(m, n) > 0 else {}
    found = [name for name, value in (FACTORS | own).items() if abs(abs(factor) - value) <= CLOSE * value]
    return sign + found[0] if found else f"{factor:.6g}"


def diagnose(claim: Claim) -> Finding | None:
    """
    The fault of a matrix.

    Returns
    -------
    Finding or None
        None if no entry is wrong.
    """
    if not claim.wrong.any():
        return None
    for hypothesis in HYPOTHESES:
        found = hypothesis(claim)
        if found is not None:
            return found
    return _several(claim)


def _nonfinite(claim: Claim) -> Finding | None:
    strange = ~np.isfinite(claim.yours) & np.isfinite(claim.true)
    if not strange.any():
        return None
    return Finding("not finite", f"{strange.sum()} entries are not finite, the first is {_place(claim, strange)}")


def _place(claim: Claim, mask: Mask) -> str:
    """The first entry of a mask, as it is called in the whole matrix."""
    i, j = np.argwhere(mask)[0]
    return f"[{i}, {claim.numbers(1)[j]}]"


def _transpose(claim: Claim) -> Finding | None:
    square = claim.true.shape[0] == claim.true.shape[1]
    if claim.whole and square and claim.explains(claim.true.T, _larger(claim.tolerance.T, claim.tolerance)):
        return Finding("transpose", "it is the transpose of the Jacobian")
    return None


def _larger(a: FloatArray, b: FloatArray) -> FloatArray:
    """By how much one tolerance is larger than another."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown: FloatArray = np.where(a > b, a / b, 1.0)
    return np.where(np.isfinite(grown), grown, 1.0)


def _ratio(yours: Array, true: Array) -> float | None:
    """The factor between two vectors, by least squares; None if there is nothing to tell it by."""
    size = float(np.vdot(true, true).real)
    return float(np.vdot(true, yours).real) / size if size > 0 else None


def _factor(claim: Claim) -> Finding | None:
    """One factor for the whole matrix."""
    if not claim.whole:
        return None
    r = _ratio(claim.yours, claim.true)
    if r is None or r == 0 or not claim.explains(r * claim.true, r):
        return None
    if abs(r + 1) <= CLOSE:
        return Finding("sign", "the sign is wrong: it is minus the Jacobian")
    return Finding("factor", f"it is {named(r, *claim.shape)} times the Jacobian")


def _part_of_it(claim: Claim) -> Finding | None:
    """A factor for some rows, or some columns; for columns first where the others are right."""
    for axis, name in AXES if claim.whole else AXES[::-1]:
        lines = np.flatnonzero(claim.wrong.any(axis=1 - axis))
        several = np.count_nonzero(np.take(claim.true, lines, axis), axis=1 - axis).max(initial=0) > 1
        if several and lines.size < claim.shape[axis]:
            r = _common(claim, axis, lines)
            if r is not None:
                return _told_part(r, name, claim.numbers(axis)[lines], claim.shape)
    return None


def _common(claim: Claim, axis: int, lines: Array) -> float | None:
    """The factor that some rows or columns have in common."""
    yours, true, supposed = (np.moveaxis(a, axis, 0) for a in (claim.yours, claim.true, claim.true.copy()))
    r = _ratio(yours[lines], true[lines]) if yours[lines].any() else 0.0
    if r is None:
        return None
    supposed[lines] *= r
    return r if claim.explains(np.moveaxis(supposed, 0, axis), r) else None


def _told_part(r: float, name: str, lines: Array, shape: tuple[int, ...]) -> Finding:
    which, is_, it = (_list(name, lines), "is", "it") if lines.size == 1 else (_list(name, lines), "are", "they")
    if r == 0:
        return Finding(f"zero {name}", f"{which} {is_} zero")
    if abs(r + 1) <= CLOSE:
        return Finding("sign", f"the sign of {which} is wrong")
    factor = named(r, shape[0], shape[1])
    told = f"{which} {is_} {factor} times what {it} should be"
    if _has_a_name(r, shape):
        return Finding("factor", told)
    return Finding("chain factor", f"{told}: {INNER if name == 'column' else OUTER} may be missing")


def _has_a_name(r: float, shape: tuple[int, ...]) -> bool:
    return named(r, shape[0], shape[1]) != f"{r:.6g}" or r == round(r)


def _list(name: str, lines: Array) -> str:
    few = ", ".join(map(str, lines[:5])) + (", ..." if lines.size > 5 else "")
    return f"{name}{'s' * (lines.size > 1)} {few}"


def _permuted(claim: Claim) -> Finding | None:
    """Rows or columns in another order."""
    for axis, name in AXES:
        order = _order(claim, axis)
        if order is not None:
            places, numbers = np.arange(claim.shape[axis]), claim.numbers(axis)
            places[numbers] = numbers[order]
            return Finding(*_told_order(places, name))
    return None


def _order(claim: Claim, axis: int) -> Array | None:
    """Which true row (or column) stands at each place; None if they are not a permutation."""
    yours, true, tolerance = (np.moveaxis(a, axis, 0) for a in (claim.yours, claim.true, claim.tolerance))
    size = len(true)
    if size < 2 or size > MOST_ORDERED:
        return None
    order, free = np.arange(size), set(range(size))
    same = ~np.moveaxis(claim.wrong, axis, 0).any(axis=1)
    free -= set(np.flatnonzero(same).tolist())
    for line in np.flatnonzero(~same):
        place = next((k for k in sorted(free) if _alike(yours[line], true[k], tolerance[line], tolerance[k])), None)
        if place is None:
            return None
        order[line] = place
        free.discard(place)
    return order


def _alike(a: Array, b: Array, *tolerances: FloatArray) -> bool:
    return bool((np.abs(a - b) <= np.maximum(*tolerances)).all())


# Rows and columns beyond which their order is not looked for: all have to be held against all.
MOST_ORDERED = 2000


def _told_order(order: Array, name: str) -> tuple[str, str]:
    moved = np.flatnonzero(order != np.arange(order.size))
    if moved.size == 2:
        return f"swapped {name}s", f"{name}s {moved[0]} and {moved[1]} are swapped"
    if (order == np.arange(order.size)[::-1]).all():
        return f"shifted {name}s", f"the {name}s are in reverse order"
    shift = int(order[0]) % order.size
    if (order == (np.arange(order.size) + shift) % order.size).all():
        by = shift if shift <= order.size // 2 else shift - order.size
        return f"shifted {name}s", f"the {name}s are shifted by {by}: {name} 0 is what {name} {shift} should be"
    return f"shifted {name}s", f"the {name}s are in another order: {_list(name, moved)} stand elsewhere"


def _shifted(claim: Claim) -> Finding | None:
    """Rows or columns moved by one, with what fell off lost."""
    for axis, name in AXES if claim.whole else AXES[:1]:
        yours, true, t = (np.moveaxis(a, axis, 0) for a in (claim.yours, claim.true, claim.tolerance))
        if len(true) < 3:
            continue
        for by, mine, theirs in ((1, slice(1, None), slice(None, -1)), (-1, slice(None, -1), slice(1, None))):
            if true[theirs].any() and _alike(yours[mine], true[theirs], t[mine], t[theirs]):
                return Finding(f"shifted {name}s", f"the {name}s are shifted by {by}, one is lost at the edge")
    return None


def _chain(claim: Claim) -> Finding | None:
    """Each column, or each row, has a factor of its own."""
    for axis, name, what in ((1, "column", INNER), (0, "row", OUTER)):
        if claim.true.shape[1 - axis] < 2:
            continue
        yours, true = np.moveaxis(claim.yours, axis, 0), np.moveaxis(claim.true, axis, 0)
        r = np.array([1.0 if (found := _ratio(a, b)) is None else found for a, b in zip(yours, true, strict=True)])
        factors = r[:, np.newaxis] if axis == 0 else r[np.newaxis]
        told_by_several = (np.count_nonzero(true, axis=1) > 1).any()
        if not told_by_several or not claim.explains(factors * claim.true, np.broadcast_to(factors, claim.true.shape)):
            continue
        wrong = np.flatnonzero(np.abs(r - 1) > CLOSE)
        told = ", ".join(f"{r[k]:.4g}" for k in wrong[:5]) + (", ..." if wrong.size > 5 else "")
        which = _list(name, claim.numbers(axis)[wrong])
        return Finding("chain factor", f"each {name} has a factor of its own ({which}: {told}): {what} may be missing")
    return None


def _pattern(claim: Claim) -> Finding | None:
    """Entries that are missing, or should not be there."""
    wrong = claim.wrong
    missing, extra = wrong & (claim.yours == 0), wrong & (np.abs(claim.true) <= claim.tolerance)
    for mask, kind, what in ((missing, "missing entry", "missing"), (extra, "extra entry", "not zero, but should be")):
        if mask.any() and (mask == wrong).all():
            place, count = _place(claim, mask), int(mask.sum())
            told = f"entry {place} is {what}" if count == 1 else f"{count} entries are {what}, the first is {place}"
            return Finding(kind, told)
    return None


def _alone(claim: Claim) -> Finding | None:
    """One wrong entry."""
    if claim.wrong.sum() != 1:
        return None
    yours, true = claim.yours[claim.wrong][0], claim.true[claim.wrong][0]
    ratio = f", {named(float(yours / true), *claim.shape)} times as large" if true != 0 else ""
    return Finding("one entry", f"entry {_place(claim, claim.wrong)} is wrong: {yours:.6g}, expected {true:.6g}{ratio}")


def _several(claim: Claim) -> Finding:
    wrong = claim.wrong
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    where = ""
    m, n = claim.shape
    if columns.size <= min(3, n - 1):
        where = f", all in {_list('column', claim.numbers(1)[columns])}"
    elif rows.size <= min(3, m - 1):
        where = f", all in {_list('row', rows)}"
    return Finding("entries", f"{wrong.sum()} of {m * n} entries are wrong{where}")


HYPOTHESES: tuple[Callable[[Claim], Finding | None], ...] = (
    _nonfinite, _factor, _transpose, _part_of_it, _pattern, _alone, _permuted, _shifted, _chain,
)  # fmt: skip
