# SPDX-License-Identifier: BSD-3-Clause
"""
What is wrong with a Jacobian, if anything is.

It is held against the best derivative there is, entry by entry, never through the pattern that it claims; at x and at
a few points nearby. Of large ones, directions are compared first, and the columns at fault are found by halving.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac.api as api
from numjac.claims import as_matrix, misshapen, product, sliceable, taken
from numjac.errors import NumjacError, NumjacWarning, OptionError, ShapeError
from numjac.faults import Claim, Finding, diagnose
from numjac.halving import MOST, columns_at_fault
from numjac.options import pair_of
from numjac.result import Array, Flag, FloatArray, IntArray, Shape

__all__ = [
    "CheckReport",
    "assert_gradient",
    "assert_hessian",
    "assert_jacobian",
    "check_gradient",
    "check_hessian",
    "check_jacobian",
]

# Relative to the largest entry of a row: no mistake is smaller, and no honest Jacobian as far off.
RTOL = 1e-6

# How many times the error bars of both sides they may be apart.
BARS = 4

# How far points nearby are, relative to x; and how far f may differ from itself before it is called random.
NEARBY, RANDOM = 0.1, 1e-6

# Entries beyond which directions are compared.
MANY = 250_000

Caller = Callable[..., Any]


@dataclass(frozen=True)
class CheckReport:
    """
    What came of a check; true if nothing is wrong. Prints the finding first.

    Parameters
    ----------
    finding : Finding or None
        What is wrong; its `kind` is one word or two, its `message` a sentence.
    worst : list of tuple
        Up to five entries (row, column, yours, true).
    error : float
        The largest difference, in units of what was tolerated: 1 is just right.
    notes : list of str
        What else is to be known: noise, points that were left out.
    points : int
        At how many points it was checked.
    method : str
        How the true one was found.
    """

    finding: Finding | None
    worst: list[tuple[int, int, Any, Any]] = field(default_factory=list)
    error: float = 0.0
    notes: list[str] = field(default_factory=list)
    points: int = 1
    method: str = ""

    def __bool__(self) -> bool:
        return self.finding is None

    def __repr__(self) -> str:
        return self._text(lambda text, color: text)

    def __str__(self) -> str:
        bright = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        return self._text(lambda text, color: f"\x1b[{color}m{text}\x1b[0m" if bright else text)

    def _text(self, paint: Callable[[str, int], str]) -> str:
        told = "the Jacobian is right" if self.finding is None else self.finding.message
        lines = [paint(told, 32 if self else 31)]
        if self.worst:
            rows = [("row", "column", "yours", "true", "ratio"), *map(_row, self.worst)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines += self.notes
        lines.append(f"checked at {self.points} point{'s' * (self.points != 1)}, against {self.method}")
        return "\n".join(lines)


def _row(entry: tuple[int, int, Any, Any]) -> tuple[str, ...]:
    i, j, yours, true = entry
    with np.errstate(all="ignore"):
        ratio = "" if true == 0 else f"{np.divide(yours, true):.6g}"
    return str(i), str(j), f"{yours:.9g}", f"{true:.9g}", ratio


@dataclass
class _Check:
    """One check under way: f, the claim, and how to differentiate."""

    f: Caller
    claim: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    rtol: float
    options: dict[str, Any]
    derivative: Callable[..., Any]
    notes: list[str] = field(default_factory=list)
    method: str = ""
    raised: float = 0.0  # what noise of f adds to the tolerance, relative

    def value(self, x: Array) -> Array:
        """f(x), as numbers."""
        return np.asarray(self.f(_handed(x), *self.args, **self.kwargs))

    def yours(self, x: Array) -> Any:
        """What is claimed at x."""
        return self.claim(_handed(x), *self.args, **self.kwargs) if callable(self.claim) else self.claim

    def _true(self, derivative: Callable[..., Any], *of: Any, **more: Any) -> tuple[Any, Any]:
        """The best derivative there is, and its report."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumjacWarning)  # the report of the check says the same
            told = {"args": self.args, "kwargs": self.kwargs, "full_output": True} | more | self.options
            true, report = derivative(self.f, *of, **told)
        self.method = report.method
        return true, report

    def at(self, x: Array) -> tuple[Finding | None, list[tuple[int, int, Any, Any]], float]:
        """The finding at one point."""
        true, report = self._true(self.derivative, x if x.ndim else x[()])
        f_shape: Shape = np.shape(report.value)
        shape = _size(f_shape), np.size(true) // max(1, _size(f_shape))
        given = self.yours(x)
        yours, finding = as_matrix(given, shape, np.shape(true))
        if finding is not None:
            return finding, [], np.inf
        T, E = np.reshape(true, shape), np.reshape(np.asarray(report.error, float), shape)
        flags = np.reshape(np.asarray(report.flags), shape)
        return self._compared(x, yours, T, E, flags)

    def _compared(
        self, x: Array, yours: Array, true: Array, error: FloatArray, flags: npt.NDArray[np.uint16]
    ) -> tuple[Finding | None, list[tuple[int, int, Any, Any]], float]:
        sharp = (flags & (Flag.KINK | Flag.JUMP)) != 0
        known = np.isfinite(true) & np.isfinite(error) & ~sharp
        tolerance = self._tolerance(x, yours, true, error)
        yours_known = np.where(known, yours, true)
        claim = Claim(np.where(known, yours_known, 0), np.where(known, true, 0), tolerance)
        finding = diagnose(claim)
        if finding is None and sharp.any():
            i, j = np.argwhere(sharp)[0]
            self.notes.append(f"f is not differentiable here: entry [{i}, {j}] was left out ({sharp.sum()} in all)")
        elif not known.all():
            self.notes.append(f"{(~known).sum()} of {known.size} entries are not known and were left out")
        with np.errstate(all="ignore"):
            off = np.abs(claim.yours - claim.true) / tolerance
        off = np.where(np.isnan(off), np.inf, off)
        worst = [] if finding is None else _worst(claim, off)
        return finding, worst, float(off.max(initial=0.0))

    def _tolerance(self, x: Array, yours: Array, true: Array, error: FloatArray) -> Any:
        """What the errors of both sides allow: bars of the true one, and how far yours is from itself close by."""
        finite = np.where(np.isfinite(true), np.abs(true), 0.0)
        size = np.max(finite, axis=1, keepdims=True, initial=0.0)
        tolerance = BARS * np.where(np.isfinite(error), error, 0.0)
        tolerance = tolerance + (self.rtol + self.raised) * np.maximum(finite, 1e-3 * size) + BARS * self._own(x, yours)
        floor = self.rtol * 1e-6 * float(np.max(size, initial=0.0))
        return np.maximum(tolerance, max(floor, np.finfo(float).tiny))

    def _own(self, x: Array, yours: Array) -> FloatArray:
        """The rounding of what is claimed: what it changes by where x hardly does; a jump is none."""
        if not callable(self.claim) or not np.isfinite(x).all():
            return np.zeros(yours.shape)
        beside, wrong = as_matrix(self.yours(x * (1 + 4 * np.finfo(float).eps)), yours.shape, yours.shape)
        if wrong is not None:
            return np.zeros(yours.shape)
        with np.errstate(invalid="ignore"):
            gap = np.abs(beside - yours)
            return np.where(gap <= 1e-3 * np.abs(yours), gap, 0.0)

    def _smooth(self, report: Any) -> npt.NDArray[np.bool_]:
        """Where a derivative exists; a note says where it does not."""
        sharp: npt.NDArray[np.bool_] = (np.asarray(report.flags) & (Flag.KINK | Flag.JUMP)) != 0
        if sharp.any():
            row = np.argwhere(sharp)[0][0] if sharp.ndim else 0
            self.notes.append(f"f is not differentiable here: output {row} was left out along some directions")
        return ~sharp

    def _differs(self, matrix: Any, x: Array, v: FloatArray) -> bool:
        """Whether what is claimed is wrong along one direction."""
        true, report = self._true(api.jvp, x, v.reshape(x.shape))
        yours, true = np.ravel(product(matrix, v)), np.ravel(np.where(self._smooth(report), true, np.nan))
        size = np.max(np.abs(true), where=np.isfinite(true), initial=0.0)
        slack = BARS * np.ravel(report.error) + (self.rtol + self.raised) * np.maximum(np.abs(true), 1e-3 * size)
        with np.errstate(invalid="ignore"):
            return bool((~(np.abs(yours - true) <= slack) & np.isfinite(slack) & np.isfinite(true)).any())

    def quickly(self, x: Array, seed: int) -> tuple[Finding | None, list[tuple[int, int, Any, Any]], float]:
        """The finding at one point, from directions; the columns at fault are computed alone."""
        given, n = self.yours(x), x.size
        f_shape = self.value(x).shape
        finding = misshapen(np.shape(given), (_size(f_shape), n), f_shape + x.shape)
        if finding is not None:
            return finding, [], np.inf
        matrix = sliceable(given, n)
        columns = columns_at_fault(partial(self._differs, matrix, x), n, seed)
        if not columns.size:
            return None, [], 0.0
        true, report = self._true(api.jacobian, x, wrt=columns)
        yours = taken(matrix, columns)
        T, E = np.reshape(true, yours.shape), np.reshape(report.error, yours.shape)
        known = np.isfinite(T) & np.isfinite(E) & np.reshape(self._smooth(report), T.shape)
        yours, T, E = (np.where(known, a, 0.0) for a in (yours, T, E))
        slack = (self.rtol + self.raised) * np.maximum(np.abs(T), 1e-3 * np.abs(T).max(initial=0.0))
        claim = Claim(yours, T, BARS * E + slack, columns, n)
        with np.errstate(all="ignore"):
            off = np.abs(yours - T) / claim.tolerance
        worst = [(i, int(columns[j]), a, b) for i, j, a, b in _worst(claim, off)]
        found = diagnose(claim)
        if found is None:  # an error bar of some direction was too short, none of those of the columns is
            return None, [], 0.0
        return _told_quickly(found, columns, n), worst, float(off.max())


def _told_quickly(found: Finding, columns: IntArray, n: int) -> Finding:
    """The finding, after the columns it is about where those are not all."""
    if columns.size == n:
        return found
    which = ", ".join(map(str, columns[:5])) + (", ..." if columns.size > 5 else "")
    count = f"at least {columns.size}" if columns.size >= MOST else str(columns.size)
    told = f"{count} of {n} columns {'is' if columns.size == 1 else 'are'} wrong: {which}"
    return Finding(found.kind, f"{told}; {found.message}")


def _worst(claim: Claim, off: FloatArray) -> list[tuple[int, int, Any, Any]]:
    order = np.argsort(-off, axis=None, kind="stable")[:5]
    places = [tuple(map(int, np.unravel_index(k, off.shape))) for k in order if off.flat[k] > 1]
    return [(i, j, claim.yours[i, j], claim.true[i, j]) for i, j in places]


def _handed(x: Array) -> Any:
    return x.copy() if x.ndim else x[()]


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.intp))


def _steady(check: _Check, x: Array) -> Finding | None:
    """Whether f is a function: the same value twice, but for noise."""
    first, second = check.value(x), check.value(x)
    if first.shape != second.shape:
        return Finding("not deterministic", f"f returned shape {first.shape}, and then {second.shape}, at the same x")
    with np.errstate(invalid="ignore"):
        gap = np.abs(first - second)
    size = np.max(np.abs(first), where=np.isfinite(first), initial=0.0) or 1.0
    most = float(np.max(gap, where=np.isfinite(gap), initial=0.0)) / size
    if most > RANDOM:
        return Finding("not deterministic", f"f is not deterministic: two calls at x differ by {most:.2g} of its size")
    if most > 0:
        check.raised = 100 * np.sqrt(most)
        check.notes.append(f"f is noisy: two calls at x differ by {most:.2g} of its size; the tolerance was raised to "
                           f"{check.rtol + check.raised:.2g}")  # fmt: skip
    return None


def _nearby(x: Array, count: int, seed: int, bounds: Any) -> list[Array]:
    """Points close to x, at random but the same each time."""
    rng = np.random.default_rng(seed)
    size = np.where(x == 0, 1.0, np.abs(x))
    points = [x + NEARBY * size * rng.uniform(-1, 1, x.shape) for _ in range(count)]
    limits = None if bounds is None else pair_of(bounds)
    return points if limits is None else [np.clip(p, *limits) for p in points]


def _run(check: _Check, x: Array, points: int, seed: int, fast: bool | None) -> CheckReport:
    finding = _steady(check, x)
    if finding is not None:
        return CheckReport(finding, method="itself")
    if fast is None:
        fast = check.value(x).size * x.size > MANY
    look = partial(check.quickly, seed=seed) if fast else check.at
    finding, worst, error = look(x)
    visited = 1
    if finding is None and callable(check.claim):
        for place in _nearby(x, points, seed, check.options.get("bounds")):
            try:
                elsewhere, worst, off = look(place)
            except (NumjacError, ArithmeticError, ValueError) as error_there:
                check.notes.append(f"a point nearby was left out: {type(error_there).__name__}: {error_there}")
                continue
            visited, error = visited + 1, max(error, off)
            if elsewhere is not None:
                finding = Finding("elsewhere", f"right at x, but not at {_told(place)}: {elsewhere.message}")
                break
    if finding is None:
        worst = []
    return CheckReport(finding, worst, error, list(dict.fromkeys(check.notes)), visited, f"{check.method} derivatives")


def _told(x: Array) -> str:
    return np.array2string(x, precision=6, threshold=6)


def check_jacobian(
    f: Caller,
    jac: Any,
    x: npt.ArrayLike,
    *,
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
    points: int = 3,
    seed: int = 0,
    rtol: float = RTOL,
    fast: bool | None = None,
    **options: Any,
) -> CheckReport:
    """
    Check a Jacobian that somebody has written, and say what is wrong with it.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``.
    jac : callable, array_like, sparse array or LinearOperator
        ``jac(x, *args, **kwargs)``, or the Jacobian at x: of shape ``f.shape + x.shape``, or that as a matrix, axes of
        length one more or less.
    x : array_like
        The point.
    args, kwargs : tuple, dict
        Further arguments of f and of jac.
    points : int
        At how many points nearby it is checked too, if jac is a callable.
    seed : int
        Of those points.
    rtol : float
        What is tolerated relative to an entry, beside the errors of both sides.
    fast : bool, optional
        Compare random directions instead of entries, and find the columns at fault by halving, each in about
        ``2 log2(n)`` directions. The default for more than 250 000 entries.
    **options
        As of `jacobian`: method, bounds, noise, ...

    Returns
    -------
    CheckReport
        True if all is well. Its `finding` names the fault: sign, factor (2, 1/2, 1/n, pi/180, ...), transpose, swapped
        or shifted rows or columns, chain factor, missing or extra entry, zero column, one entry, elsewhere, not
        deterministic, shape, not finite.

    Raises
    ------
    NumjacError
        x or an option is no good; an exception of f or jac passes through.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> f = lambda x: np.array([x[0] * x[1], np.sin(x[1])])
    >>> bool(nj.check_jacobian(f, lambda x: [[x[1], x[0]], [0, np.cos(x[1])]], [2.0, 3.0]))
    True
    >>> nj.check_jacobian(f, lambda x: [[x[1], x[0]], [0, -np.cos(x[1])]], [2.0, 3.0])
    entry [1, 1] is wrong: 0.989992, expected -0.989992, -1 times as large
    row  column        yours          true  ratio
      1       1  0.989992497  -0.989992497     -1
    checked at 1 point, against analytic derivatives
    """
    return _checked(api.jacobian, f, jac, x, args, kwargs, points, seed, rtol, fast, options)


def _checked(
    derivative: Callable[..., Any], f: Caller, claim: Any, x: npt.ArrayLike, args: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None, points: int, seed: int, rtol: float, fast: bool | None, options: dict[str, Any],
) -> CheckReport:  # fmt: skip
    if points < 0 or not rtol > 0:
        raise OptionError(f"points={points}, rtol={rtol}: expected a number of points and a positive tolerance")
    point = np.array(x, float) if np.asarray(x).dtype.kind in "biu" else np.array(x)
    check = _Check(f, claim, args, dict(kwargs or {}), rtol, options, derivative)
    return _run(check, point, points, seed, fast)


def check_gradient(f: Caller, grad: Any, x: npt.ArrayLike, **options: Any) -> CheckReport:
    """
    Check the gradient of a scalar f; parameters and result are those of `check_jacobian`.

    Raises
    ------
    ShapeError
        f is not scalar.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> print(nj.check_gradient(lambda x: x @ x, lambda x: x, [1.0, 2.0]).finding.message)
    it is 1/2 times the Jacobian
    """
    return _checked(api.gradient, f, grad, x, *_common_options(options))


def check_hessian(f: Caller, hess: Any, x: npt.ArrayLike, **options: Any) -> CheckReport:
    """
    Check a Hessian; parameters and result are those of `check_jacobian`, rows and columns those of the Hessian.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> bool(nj.check_hessian(lambda x: x[0] ** 2 * x[1], lambda x: [[2 * x[1], 2 * x[0]], [2 * x[0], 0]], [1.0, 2.0]))
    True
    """

    def hessian(f: Caller, x: Any, **told: Any) -> Any:
        H, report = api.hessian(f, x, **told)
        if np.ndim(report.value):
            raise ShapeError(f"f returned shape {np.shape(report.value)}, expected a scalar")
        return H, _Rows(np.zeros(np.shape(x)), report)

    return _checked(hessian, f, hess, x, *_common_options(options))


@dataclass(frozen=True)
class _Rows:
    """The report of a Hessian as one of a Jacobian with so many rows."""

    value: Array
    of: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)


def _common_options(options: dict[str, Any]) -> tuple[Any, ...]:
    told = {"args": (), "kwargs": None, "points": 3, "seed": 0, "rtol": RTOL, "fast": False}
    return (*(options.pop(name, default) for name, default in told.items()), options)


def assert_jacobian(f: Caller, jac: Any, x: npt.ArrayLike, **options: Any) -> None:
    """
    Raise unless a Jacobian is right: one line for a test; parameters are those of `check_jacobian`.

    Raises
    ------
    AssertionError
        With the report as its text, and as its attribute ``report``.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.assert_jacobian(np.sin, lambda x: np.diag(np.cos(x)), [1.0, 2.0])
    """
    _assert(check_jacobian(f, jac, x, **options))


def assert_gradient(f: Caller, grad: Any, x: npt.ArrayLike, **options: Any) -> None:
    """Raise unless a gradient is right; see `assert_jacobian`."""
    _assert(check_gradient(f, grad, x, **options))


def assert_hessian(f: Caller, hess: Any, x: npt.ArrayLike, **options: Any) -> None:
    """Raise unless a Hessian is right; see `assert_jacobian`."""
    _assert(check_hessian(f, hess, x, **options))


def _assert(report: CheckReport) -> None:
    if not report:
        error = AssertionError(repr(report))
        error.report = report  # type: ignore[attr-defined]
        raise error
