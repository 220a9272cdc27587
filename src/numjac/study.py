# SPDX-License-Identifier: BSD-3-Clause
"""Watch a difference quotient converge: a table, a V-shaped curve, the best step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac.plot as plot
from numjac.errors import OptionError, PointError
from numjac.numeric.convergence import best_rows
from numjac.numeric.functions import Function
from numjac.numeric.outputs import as_numbers
from numjac.numeric.points import Point, as_point
from numjac.numeric.stencils import METHODS, Stencil
from numjac.operators import Caller
from numjac.paths import Axes, Path, Ray
from numjac.planned import Jacobian, direction_of
from numjac.result import Array, Evaluations, FloatArray, Shape
from numjac.shrinking import Shrinking
from numjac.tables import brief, steps, table, written
from numjac.ways import ALIASES

__all__ = ["StepStudy", "step_study"]

# What is shown by default: from a tenth of x down to where rounding has won over every stencil.
FACTOR = 0.1
ROWS = 12

# Estimates of errors are right to about this factor; beyond it two results contradict each other.
APART = 3

# What the methods are called.
_WORDS = {name: name for name in METHODS} | ALIASES


@dataclass(frozen=True, eq=False)
class StepStudy:
    """
    A difference quotient as h shrinks, and what adaptive differences make of the same function.

    Parameters
    ----------
    name : str
        The function.
    place : str
        The point in words.
    method : str
        ``"forward"``, ``"backward"``, ``"central"`` or ``"complex"``.
    order : int
        Its order of accuracy.
    entry : tuple of int
        The entry of the derivative, an index into ``f.shape + x.shape``; into ``f.shape`` along a direction.
    h : ndarray
        The steps, from the largest to the smallest.
    quotient : ndarray
        The quotient of each step; NaN where f is not finite, and where x can not take the step.
    difference : ndarray
        The quotient minus the one before; NaN in the first row.
    truncation : ndarray
        Estimated size of the error that falls with h.
    rounding : ndarray
        Estimated size of the error that grows as h falls.
    still : ndarray of bool
        Where h is lost in the rounding of x.
    value, error, step : number
        What ``method="adaptive"`` finds for this entry: the derivative, the bound of its error, the step it took.
    nfev : Evaluations
        Calls of f, those of the adaptive differences included.
    exact : number, optional
        The derivative, if it was told.
    worst_of : int
        Among how many entries this one has the largest relative error; 1 if it was chosen, or is the only one.
    """

    name: str
    place: str
    method: str
    order: int
    entry: tuple[int, ...]
    h: FloatArray
    quotient: Array
    difference: Array
    truncation: FloatArray
    rounding: FloatArray
    still: npt.NDArray[np.bool_]
    value: Any
    error: float
    step: float
    nfev: Evaluations
    exact: Any = None
    worst_of: int = 1

    @property
    def estimate(self) -> FloatArray:
        """Estimated error of each quotient: truncation and rounding together."""
        return self.truncation + self.rounding

    @property
    def true_error(self) -> FloatArray | None:
        """Error of each quotient, if the exact derivative was told."""
        return None if self.exact is None else np.abs(self.quotient - self.exact)

    @cached_property
    def best(self) -> int | None:
        """The row with the smallest estimated error; None if no error could be estimated."""
        row, least = best_rows(self.estimate)
        return int(row) if np.isfinite(least) else None

    @property
    def best_h(self) -> float | None:
        """The step of that row."""
        return None if self.best is None else float(self.h[self.best])

    @property
    def label(self) -> str:
        """What was done, in a few words."""
        return f"{self.method} of order {self.order}, {self.name}"

    def plot(self, ax: Any = None) -> Any:
        """
        Draw the V-shaped curve of the error over h; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; that of another study, to see both in one figure.

        Returns
        -------
        matplotlib.axes.Axes

        See Also
        --------
        numjac.plot.v_curve : What is drawn.
        """
        return plot.v_curve(self, ax=ax)

    def __repr__(self) -> str:
        worst = f" (the worst of {self.worst_of})" if self.worst_of > 1 else ""
        entry = f", entry {self.entry}{worst}" if self.entry else ""
        lines = [f"{self.label}, at {self.place}{entry}", self._table(), self._adaptive()]
        return "\n".join([*lines, *self._notes()])

    def _table(self) -> str:
        best = self.best
        known = np.nan if best is None else float(self.estimate[best])
        columns = {
            "h": steps(self.h),
            "quotient": written(self.quotient, known),
            "difference": brief(self.difference),
            "truncation": brief(self.truncation),
            "rounding": brief(self.rounding),
        }
        if self.true_error is not None:
            columns["error"] = brief(self.true_error)
        marks = ["x does not move" * bool(still) for still in self.still]
        return table(columns, ["<- best" if row == best else mark for row, mark in enumerate(marks)])

    def _adaptive(self) -> str:
        value = written(np.array([self.value]), self.error)[0]
        return f"adaptive: {value} +- {self.error:.1e}, step {self.step:.1e}"

    def _notes(self) -> list[str]:
        """What a reader may overlook."""
        best = self.best
        if best is None:
            return ["no error could be estimated"]
        notes = [] if np.isfinite(self.error) else ["adaptive differences find no derivative that can be trusted"]
        if best == self.h.size - 1 > 0 and self.truncation[best] > self.rounding[best]:
            notes.append("the best h is the smallest one here: the error still falls")
        if abs(self.quotient[best] - self.value) > APART * (self.estimate[best] + self.error):
            notes.append("the two differ by more than their errors: f is not smooth, or not analytic, at x")
        return notes


def step_study(
    f: Caller,
    x: npt.ArrayLike,
    *,
    method: str = "central",
    order: int | None = None,
    start: npt.ArrayLike | None = None,
    factor: float = FACTOR,
    rows: int = ROWS,
    exact: npt.ArrayLike | None = None,
    entry: int | Sequence[int] | None = None,
    direction: npt.ArrayLike | None = None,
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> StepStudy:
    """
    The difference quotient of f at x as h shrinks, its errors, and the best h.

    Parameters
    ----------
    f : callable
        ``f(x, *args, **kwargs)``, of any shape.
    x : array_like
        The point: numbers in any shape.
    method : {"central", "forward", "backward", "complex"}, default "central"
        Which quotient; SciPy's names ``"3-point"``, ``"2-point"`` and ``"cs"`` are understood.
    order : int, optional
        Order of accuracy, as in `jacobian`: even for central differences, by default 2; by default 1 for one-sided
        ones.
    start : array_like, optional
        The largest step, a scalar or shaped like x; by default a tenth of abs(x), or 0.1 where x is 0. Along a
        `direction` a scalar, by default such that no entry moves by more than a tenth of itself.
    factor : float, default 0.1
        The ratio of a step to the one before, between 0 and 1.
    rows : int, default 12
        The number of steps.
    exact : array_like, optional
        The derivative, if it is known: of the entry that is shown, or all of it.
    entry : int or tuple of int, optional
        Which entry of the derivative to show: an index into ``f.shape + x.shape``, or into it flattened. By default the
        worst, that with the largest relative error at its own best step; all are sampled then.
    direction : array_like, optional
        Shaped like x: study the derivative along it, of the shape of f.
    args, kwargs : optional
        Passed on to f.

    Returns
    -------
    StepStudy

    Raises
    ------
    OptionError
        An option is unknown or out of range.
    NotAnalyticError
        The complex step is asked for where x or f(x) is complex, or f returns real numbers for a complex argument.
    NumjacError
        See `numjac.errors`; an exception of f passes through with a note saying where it was raised.

    Warns
    -----
    NonFiniteWarning, NonSmoothWarning, UnresolvedWarning
        What adaptive differences find of the entry that is shown.

    See Also
    --------
    derivative, jacobian : Which choose the step by themselves.
    numjac.plot.v_curve : Several studies in one figure.

    Notes
    -----
    The truncation error of a quotient of order p is, from two successive ones (Richardson's extrapolation [1]_),
    ``|Q(h) - Q(rh)| / (1 - r**p)`` with r = `factor`; where their difference is hidden in the rounding, the estimate
    goes on falling like h**p. The rounding error is ``A (2 s / h + eps |Q|)`` with the amplification A of the stencil
    (1 for central differences of order 2) and the standard deviation s of the errors of f, at least half a
    unit ``eps |f|``, as adaptive differences see it. Their sum is smallest near the step at which both are equal up
    to the factor p [2]_. A complex step subtracts nothing, so that only ``A eps |Q|`` is left of the rounding. Along a
    direction x itself is rounded: that adds ``min(1, eps max|x/v| / h) |Q|``.

    References
    ----------
    .. [1] L. F. Richardson, The approximate arithmetical solution by finite differences, Phil. Trans. A 210 (1911)
       307-357; J. Stoer and R. Bulirsch, Introduction to Numerical Analysis, section 3.5.
    .. [2] P. E. Gill, W. Murray, M. A. Saunders and M. H. Wright, Computing forward-difference intervals for numerical
       optimization, SIAM J. Sci. Stat. Comput. 4 (1983) 310-321.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> nj.step_study(lambda x: 3 * x**2 - 4 * x, 1.0, method="forward", start=0.1, factor=0.1, rows=5)
    forward of order 1, <lambda>, at x = 1.0
          h  quotient  difference  truncation  rounding
    1.0e-01   2.30000                 3.0e-01   1.1e-14
    1.0e-02   2.03000    -2.7e-01     3.0e-02   1.0e-13
    1.0e-03   2.00300    -2.7e-02     3.0e-03   1.0e-12
    1.0e-04   2.00030    -2.7e-03     3.0e-04   1.0e-11
    1.0e-05   2.00003    -2.7e-04     3.0e-05   1.0e-10  <- best
    adaptive: 2.000000000000 +- 8.7e-12, step 3.5e-04
    the best h is the smallest one here: the error still falls
    >>> study = nj.step_study(np.exp, 0.0, exact=1.0)
    >>> study.best_h, bool(study.true_error[study.best] <= study.estimate[study.best])
    (1e-05, True)
    """
    stencil, function = _stencil(method, order), Jacobian(f, args=args, kwargs=kwargs).function
    path = _path(function, as_point(x), direction)
    h = path.start(start) / _divisors(factor, rows)[:, np.newaxis]
    shrinking = Shrinking.of(path, stencil)
    chosen = _index(entry, shrinking.shape)
    number = shrinking.worst(h) if chosen is None else chosen
    truth = _truth(exact, shrinking.shape, number, chosen is not None)
    return _study(function, shrinking, h, number, truth, _WORDS[method], chosen is None)


def _study(
    function: Function, shrinking: Shrinking, h: FloatArray, number: int, truth: Any, method: str, searched: bool
) -> StepStudy:
    """The study of one entry, by its number."""
    path, shape = shrinking.path, shrinking.shape
    output, column = divmod(number, prod(path.axes))
    value, report = path.adaptive(_output(function, output), column, shrinking.f0(output))
    Q, own = shrinking.along(column, h)[:, output], h[:, column]
    rounded, truncated = shrinking.errors(Q, own, shrinking.noise(report.noise)[output])
    return StepStudy(
        name=getattr(function.f, "__name__", None) or repr(function.f),
        place=path.place(column),
        method=method,
        order=shrinking.stencil.order,
        entry=tuple(map(int, np.unravel_index(number, shape))),
        h=own,
        quotient=Q,
        difference=np.concatenate([np.full(1, np.nan, Q.dtype), np.diff(Q)]),
        truncation=truncated,
        rounding=rounded,
        still=shrinking.still(column, own),
        value=value,
        error=float(np.ravel(report.error)[0]),
        step=float(np.ravel(report.step)[0]),
        nfev=shrinking.nfev + report.nfev,
        exact=truth,
        worst_of=prod(shape) if searched else 1,
    )


def _output(function: Function, number: int) -> Caller:
    """One output of f, by its number."""

    def output(x: Any) -> Any:
        return as_numbers(function.f(x, *function.args, **function.kwargs)).reshape(-1)[number]

    return output


def _stencil(method: object, order: int | None) -> Stencil:
    name = _WORDS.get(method) if isinstance(method, str) else None
    if name is None:
        raise OptionError(f"method={method!r}: expected one of {', '.join(map(repr, _WORDS))}")
    return METHODS[name].of_order(order)[0]


def _path(function: Function, point: Point, direction: npt.ArrayLike | None) -> Path:
    if not np.isfinite(point.array).all():
        raise PointError("x is not finite; no step can start from there")
    return Axes(function, point) if direction is None else Ray(function, point, direction_of(direction, point))


def _divisors(factor: object, rows: object) -> FloatArray:
    """By what the largest step is divided in each row: of a factor 0.1 these are exact powers of ten."""
    if not isinstance(rows, (int, np.integer)) or isinstance(rows, bool) or rows < 1:
        raise OptionError(f"rows={rows!r}: expected a positive integer")
    if not isinstance(factor, (float, int, np.floating)) or not 0 < factor < 1:
        raise OptionError(f"factor={factor!r}: expected a number between 0 and 1, by which the step shrinks")
    with np.errstate(over="ignore"):
        divisors: FloatArray = (1 / np.float64(factor)) ** np.arange(int(rows))
    return divisors


def _index(entry: int | Sequence[int] | None, shape: Shape) -> int | None:
    """The number of an entry in the flattened derivative."""
    if entry is None:
        return None
    index = np.asarray(entry)
    limits = (prod(shape),) if index.ndim == 0 else shape
    if (index.size and index.dtype.kind not in "iu") or index.ndim > 1 or index.size != len(limits):
        raise OptionError(f"entry={entry!r}: expected an integer, or {len(shape)} of them for the shape {shape}")
    places = [int(i) for i in index.reshape(-1)]
    if any(not -limit <= i < limit for i, limit in zip(places, limits, strict=True)):
        raise OptionError(f"entry={entry!r} is out of range for a derivative of shape {shape}")
    return int(np.ravel_multi_index([i % n for i, n in zip(places, limits, strict=True)], limits)) if limits else 0


def _truth(exact: npt.ArrayLike | None, shape: Shape, number: int, chosen: bool) -> Any:
    """The exact value of the entry that is shown."""
    if exact is None:
        return None
    known = as_numbers(exact, "exact is")
    if known.shape == shape:
        return known.reshape(-1)[number]
    if known.ndim == 0 and (chosen or prod(shape) == 1):
        return known[()]
    whole = f"{shape}, that of the derivative" if shape else "a number"
    raise OptionError(f"exact has shape {known.shape}, expected {whole}, or a number for a given entry")
