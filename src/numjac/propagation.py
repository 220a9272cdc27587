# SPDX-License-Identifier: BSD-3-Clause
"""
Uncertainty of a function of uncertain numbers, to first order: the covariance of f(x) is J cov J'.

JCGM 100:2008 (GUM), equation 13, and for several outputs JCGM 102:2011, section 6.2. Whether first order is enough is
looked at on a few points a standard deviation away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from numjac.containers import is_sparse
from numjac.covariance import Covariance, covariance_of
from numjac.errors import LinearityWarning, OptionError, warn
from numjac.numeric.functions import Evaluator
from numjac.numeric.points import Point, as_point
from numjac.numeric.recall import evaluations
from numjac.numeric.steps import box_of
from numjac.operators import Caller
from numjac.options import PlanOptions, documented
from numjac.planned import Jacobian
from numjac.result import FloatArray, Report

__all__ = ["propagate"]

# A second-order change of an output beyond this part of its standard deviation is worth a warning.
POOR = 0.1

# So is a second-order variance beyond this part of that of first order, as of a product of numbers near zero.
WIDE = 0.1

# Directions in which f is looked at, at most; and mixtures of them, which show what the directions do together.
LOOKS, MIXTURES = 8, 4

# The part of a standard deviation that bounds must leave for a second difference to mean something.
ROOM = 1e-3


@documented
def propagate(f: Caller, x: Any, cov: Any, *, f0: npt.ArrayLike | None = None, **options: Unpack[PlanOptions]) -> Any:
    """
    f(x), and its covariance if x is uncertain, to first order.

    Parameters
    ----------
    f : callable
        ``f(x)``, of any shape; ``f(x1, x2, ...)`` for several independent arguments.
    x : array_like, or tuple or list of array_like
        The point, of n numbers in any shape; several arguments if `cov` is a tuple.
    cov : array_like, sparse array, or tuple of these
        The covariance ``(n, n)`` of the flattened x, or ``(n,)`` for the variances of independent entries; a number for
        a scalar. One for each argument.
    {options}

    Returns
    -------
    tuple
        f(x), as f gave it; its covariance ``(m, m)``, m being its size, or the variance, a number, of a scalar f. It is
        a sparse array if the Jacobian is one (``sparsity="detect"``) and `cov` is not a dense matrix. With
        ``full_output=True`` also a `Report`, or a tuple with one for each argument.

    Raises
    ------
    OptionError
        `cov` is no covariance of x; x or f is complex; `wrt` or `layout` is given: what is certain has the variance 0.

    Warns
    -----
    LinearityWarning
        f bends so much within a standard deviation that first order is poor: the change of its mean,
        ``tr(H cov) / 2``, is more than a tenth of its standard deviation, or the second-order part of its variance,
        ``tr(H cov H cov) / 2``, more than a tenth of that of first order. Or f has no finite value, or raises, there.

    Notes
    -----
    JCGM 100:2008 (GUM), equation 13; JCGM 102:2011, section 6.2. The second-order term is found by differences of f,
    two evaluations for each of up to 8 directions, the principal ones, and 4 mixtures of these; or for 8 random ones
    where there are more, of which the scatter is allowed for. It is not looked for where bounds leave no room. The
    report counts these evaluations.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> y, variance = nj.propagate(lambda x: x[0] * x[1], [2.0, 3.0], [0.01, 0.04])
    >>> float(y), float(variance)                       # 3**2 * 0.01 + 2**2 * 0.04
    (6.0, 0.25)
    >>> float(nj.propagate(lambda a, b: a - b, (5.0, 3.0), (0.09, 0.16))[1].round(12))
    0.25
    """
    several = isinstance(cov, tuple)
    shares = _shares(f, x, cov, f0, options) if several else [_share(f, x, cov, f0, options)]
    spread = sum((share.spread for share in shares[1:]), shares[0].spread)
    value = shares[0].value
    _judge(shares, spread, np.asarray(value, float).reshape(-1))
    result = spread if np.ndim(value) else spread[0, 0]
    reports = tuple(share.report for share in shares)
    told = (reports if several else reports[0],) if options.get("full_output") else ()
    return (value, result, *told)


@dataclass(frozen=True)
class Share:
    """
    What one argument does to f.

    Parameters
    ----------
    value : ndarray or scalar
        f(x).
    spread : ndarray or sparse array
        J cov J' [m, m].
    bend : ndarray
        tr(H cov) / 2 [m], NaN where f is not finite.
    scatter, noise : ndarray
        By how much that may be off [m]: for few directions were looked at, and for rounding and noise of f.
    wide : ndarray
        tr(H cov H cov) / 2 [m].
    failure : str
        What f raised a standard deviation away.
    report : Report
        Of the Jacobian.
    """

    value: Any
    spread: Any
    bend: FloatArray
    scatter: FloatArray
    noise: FloatArray
    wide: FloatArray
    failure: str
    report: Report


def _shares(f: Caller, x: Any, cov: tuple[Any, ...], f0: Any, options: PlanOptions) -> list[Share]:
    """The share of each argument; f(x) is evaluated for the first."""
    count = len(x) if isinstance(x, (tuple, list)) else 1
    if not isinstance(x, (tuple, list)) or count != len(cov):
        raise OptionError(f"cov is a tuple of {len(cov)}, x of {count}: expected one covariance for each argument")
    if not count:
        raise OptionError("x and cov are empty, expected at least one argument")
    if options.get("vectorized"):
        raise OptionError("vectorized: a function of several arguments takes one point at a time")
    points, shares = [as_point(part) for part in x], list[Share]()
    for k, part in enumerate(x):
        known = shares[0].value if shares else f0
        shares.append(_share(_with_others(f, points, k), part, cov[k], known, options, f"cov[{k}]"))
    return shares


def _with_others(f: Caller, points: Sequence[Point], k: int) -> Caller:
    """f as a function of argument k; the others are private copies at each call."""

    def of_one(x: Any, *args: Any, **kwargs: Any) -> Any:
        copies = [point.array.copy() if not point.scalar else point.array[()] for point in points]
        return f(*copies[:k], x, *copies[k + 1 :], *args, **kwargs)

    return of_one


def _share(f: Caller, x: Any, cov: Any, f0: Any, options: PlanOptions, name: str = "cov") -> Share:
    """Differentiate by one argument, and look at f around it."""
    if options.get("wrt") is not None or options.get("layout", "numerator") != "numerator":
        raise OptionError("wrt and layout are not for propagate: what is certain has the variance 0")
    point = as_point(x)
    if point.is_complex:
        raise OptionError("x is complex: split it into its real and its imaginary part")
    known = covariance_of(cov, point.array.size, name)
    wanted: PlanOptions = {**options, "full_output": True}
    operator = Jacobian(f, **wanted)
    value, J, report = operator.with_value(x, f0=f0)
    if np.asarray(value).dtype.kind == "c":
        raise OptionError("f is complex: split it into its real and its imaginary part")
    matrix = J if is_sparse(J) else np.reshape(np.asarray(J, float), (np.size(value), point.array.size))
    evaluator = operator.function.at(point, value)
    looks = _look(evaluator, point, known, box_of(point, operator.wishes))
    noise = np.asarray(report.noise, float).reshape(-1)
    rounding = 4 * (abs(matrix) @ np.abs(np.spacing(point.array.reshape(-1))).astype(float))  # of x + s and x - s
    blur = looks.weight * (2 * noise + rounding)
    report = replace(report, nfev=report.nfev + evaluations(evaluator))
    return Share(value, known.through(matrix), looks.bend, looks.scatter, blur, looks.wide, looks.failure, report)


@dataclass(frozen=True)
class Looks:
    """tr(H cov) / 2, by how much it scatters, tr(H cov H cov) / 2, the weight of samples, and what f raised."""

    bend: FloatArray
    scatter: FloatArray
    wide: FloatArray
    weight: float
    failure: str


@dataclass
class Bends:
    """Halves of second differences, s' H s / 2, along directions."""

    evaluator: Evaluator
    point: Point
    box: tuple[FloatArray, FloatArray]
    weight: float = 0.0
    failure: str = ""

    def along(self, directions: FloatArray) -> FloatArray:
        """One row [m] for each direction in which there is room, and f did not raise."""
        rows = [row for s in directions if (row := self._one(s)) is not None]
        return np.array(rows).reshape(len(rows), self.evaluator.value.size)

    def _one(self, s: FloatArray) -> FloatArray | None:
        part = _room(self.point.flat, s, self.box)
        if part < ROOM:
            return None
        self.weight += 1 / part**2
        try:
            bend = _bend(self.evaluator.at, self.point, part * s, self.box, self.evaluator.value)
        except Exception as error:  # the answer does not depend on it
            self.failure = self.failure or f"{type(error).__name__}: {error}"
            return None
        return bend / (2 * part**2)


def _look(evaluator: Evaluator, point: Point, cov: Covariance, box: tuple[FloatArray, FloatArray]) -> Looks:
    """
    What second-order terms do to the mean and the variance of f.

    With cov = S S', M = S' H S and random signs z, z' M z is tr M on average and scatters by the entries of M beside
    its diagonal alone: its variance is twice the sum of their squares (M. F. Hutchinson, 1990, equation 3).
    """
    directions, exact = cov.directions(LOOKS)
    bends = Bends(evaluator, point, box)
    seen = bends.along(directions)
    weight, scatter = bends.weight, np.zeros(evaluator.value.size)
    with np.errstate(all="ignore"):
        bend, count = np.sum(seen, axis=0), len(seen)
        if not exact:
            deviation = np.std(seen, axis=0, ddof=1) if count > 1 else scatter
            wide, scatter = (count * deviation) ** 2, 2 * deviation * np.sqrt(count)  # twice the standard error
        else:
            mixed = bends.along(_mixtures(directions)) if count == len(directions) else seen[:0]
            beside = np.mean((mixed - bend) ** 2, axis=0) if len(mixed) else 0.0
            wide = 2 * np.sum(seen**2, axis=0) + beside
    return Looks(bend, scatter, wide, weight, bends.failure)


def _mixtures(directions: FloatArray) -> FloatArray:
    """Sums of directions with random signs; the first sign is +, for f is looked at to both sides."""
    count = len(directions)
    if count < 2:
        return directions[:0]
    signs = np.random.default_rng(count).choice([-1.0, 1.0], (MIXTURES if count > 2 else 1, count))
    return np.asarray((signs * signs[:, :1]) @ directions)


def _room(x: FloatArray, s: FloatArray, box: tuple[FloatArray, FloatArray]) -> float:
    """Which part of a direction the bounds leave to both sides, 1 at most."""
    moving = s != 0
    with np.errstate(over="ignore"):
        room = np.minimum(x - box[0], box[1] - x)[moving] / np.abs(s[moving])
    return float(min(np.min(room, initial=inf), 1.0))


def _bend(
    at: Callable[[Any], Any], point: Point, s: FloatArray, box: tuple[FloatArray, FloatArray], value: Any
) -> FloatArray:
    """f(x + s) + f(x - s) - 2 f(x), flat."""
    with np.errstate(all="ignore"):
        up, down = (at(np.clip(point.flat + side * s, *box).reshape(point.shape)) for side in (1, -1))
        return np.asarray((up - value) + (down - value), float).reshape(-1)


def _judge(shares: Sequence[Share], spread: Any, value: FloatArray) -> None:
    """Warn of outputs whose mean moves, and of those that have no value a standard deviation away."""
    deviation = np.sqrt(np.maximum(np.asarray(spread.diagonal(), float), 0.0))
    failures = [share.failure for share in shares if share.failure]
    if failures:
        warn(f"linear propagation can not be judged: f raised {failures[0]}", LinearityWarning)
    with np.errstate(all="ignore"):
        bend, scatter, noise, wide = (
            np.sum([getattr(share, name) for share in shares], axis=0) for name in ("bend", "scatter", "noise", "wide")
        )
        wide = np.sqrt(wide)
        moved = ~(np.abs(bend) <= POOR * deviation + scatter + noise)
        poor = (moved | ~(wide <= np.sqrt(WIDE) * deviation + 2 * noise)) & np.isfinite(value) & np.isfinite(deviation)
    if poor.any():
        k = int(np.argmax(np.where(poor, np.nan_to_num(np.abs(bend) + wide, nan=inf), -1.0)))
        found = f"second-order terms move the mean of output {k} by {bend[k]:.3g}"
        if not moved[k]:
            found = f"second-order terms alone give output {k} a standard deviation of {wide[k]:.3g}"
        if not np.isfinite(bend[k]):
            found = f"output {k} is not finite a standard deviation away"
        warn(
            f"linear propagation is poor for {poor.sum()} of {poor.size} outputs: {found}, "
            f"its standard deviation to first order is {deviation[k]:.3g}",
            LinearityWarning,
        )
