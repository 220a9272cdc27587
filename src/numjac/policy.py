# SPDX-License-Identifier: BSD-3-Clause
"""
The policy: which way is taken to a derivative, and why not the ones before it.

What is wanted (columns, entries, a direction) is a `Task`; how, a list of ways. They are tried in order. A way that
can be silently wrong is proved on the spot; if the proof fails, its reason goes along to the next way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from numjac.errors import NotAnalyticError, OptionError, PointError, StepError
from numjac.numeric import differences
from numjac.numeric.directions import along, contradiction, random_direction
from numjac.numeric.functions import Evaluator, Function, evaluations
from numjac.numeric.points import Point
from numjac.numeric.steps import Wishes, precision_of, sample
from numjac.numeric.stencils import METHODS, Method, Stencil
from numjac.result import Array, Evaluations, FloatArray, IntArray

__all__ = ["Answer", "Columns", "Direction", "Entries", "Task", "Way", "ways_of"]

Shape = tuple[int, ...]

# SciPy's names for the same things.
ALIASES = {"2-point": "forward", "3-point": "central", "cs": "complex"}

# The real part of a complex step is f(x) up to h^2: nothing that could be seen.
DRIFT = 1e-8


@dataclass(frozen=True)
class Way:
    """A method with its order: the stencils to use, the preferred one first."""

    method: Method
    stencils: tuple[Stencil, ...]

    def __str__(self) -> str:
        return f"{self.method.name} of order {self.stencils[0].order}"

    @property
    def imaginary(self) -> bool:
        """Whether f is called beside the real axis."""
        return self.stencils[0].axis == "imaginary"


def ways_of(method: object, order: int | None, wishes: Wishes) -> tuple[Way, ...]:
    """
    The ways that a method stands for, in the order in which they are tried.

    ``"auto"`` is the complex step, else central differences of order 4 (or of the order asked for). A step that the
    user gives is meant for differences.
    """
    name = ALIASES.get(str(method), method)
    if name == "auto":
        central = METHODS["central"]
        way = Way(central, central.of_order(4 if order is None else order))
        given = wishes.abs_step is not None or wishes.rel_step is not None
        return (way,) if given or order is not None else (Way(METHODS["complex"], METHODS["complex"].of_order(None)), way)
    if not isinstance(name, str) or name not in METHODS:
        names = ", ".join(map(repr, ["auto", *METHODS, *ALIASES]))
        raise OptionError(f"method={method!r}: expected one of {names}")
    return (Way(METHODS[name], METHODS[name].of_order(order)),)


class Task(Protocol):
    """What is to be differentiated, and how it can be held against the function."""

    point: Point
    wishes: Wishes

    @property
    def x_shape(self) -> Shape: ...
    @property
    def step_shape(self) -> Shape: ...
    def run(self, evaluator: Evaluator, way: Way, precision: float, judge: bool) -> differences.Estimate: ...
    def direction(self) -> FloatArray: ...
    def product(self, J: Array, v: Array) -> tuple[Array, FloatArray]: ...
    def variable(self, entry: int) -> str: ...


@dataclass(slots=True)
class Columns:
    """A Jacobian, or the columns `wrt` of it."""

    point: Point
    wishes: Wishes
    wrt: IntArray | None = None

    @property
    def x_shape(self) -> Shape:
        """The axes that differentiation adds to those of f."""
        return self.point.shape if self.wrt is None else self.wrt.shape

    step_shape = x_shape

    def run(self, evaluator: Evaluator, way: Way, precision: float, judge: bool) -> differences.Estimate:
        """Sample the columns."""
        sampling = sample(self.point, way.stencils, self.wrt, precision, self.wishes)
        return differences.jacobian(evaluator, sampling, precision, judge=judge)

    def direction(self) -> FloatArray:
        """A direction that moves every entry a column belongs to."""
        return random_direction(self.point, self.wrt, self.wishes)

    def product(self, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """J v and |J| |v|."""
        v = v if self.wrt is None else v[self.wrt]
        return J @ v, np.abs(J) @ np.abs(v)

    def variable(self, entry: int) -> str:
        """What a column is the derivative by, in words."""
        return self.point.name(entry)


@dataclass(slots=True)
class Entries:
    """The derivative of an elementwise f."""

    point: Point
    wishes: Wishes

    x_shape: ClassVar[Shape] = ()

    @property
    def step_shape(self) -> Shape:
        """A step for every entry of x."""
        return self.point.shape

    def run(self, evaluator: Evaluator, way: Way, precision: float, judge: bool) -> differences.Estimate:
        """Sample all entries at once."""
        sampling = sample(self.point, way.stencils, None, precision, self.wishes)
        return differences.elementwise(evaluator, self.point, sampling, precision)

    def direction(self) -> FloatArray:
        """A direction that moves every entry."""
        return random_direction(self.point, None, self.wishes)

    def product(self, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """Diag(J) v and its size."""
        return J * v, np.abs(J * v)

    def variable(self, entry: int) -> str:
        """What a column is the derivative by, in words."""
        return self.point.name(entry)


@dataclass(slots=True)
class Direction:
    """The derivative along v."""

    point: Point
    wishes: Wishes
    v: Array

    x_shape: ClassVar[Shape] = ()
    step_shape: ClassVar[Shape] = ()

    def run(self, evaluator: Evaluator, way: Way, precision: float, judge: bool) -> differences.Estimate:
        """Sample the line."""
        return along(evaluator, self.point, self.v, way.stencils, precision, self.wishes)

    def direction(self) -> FloatArray:
        """The direction itself, so long that some entry moves by its own magnitude."""
        size = random_direction(self.point, None, self.wishes)
        with np.errstate(divide="ignore"):
            length = np.min(np.abs(size) / np.abs(self.v), initial=np.inf)
        stretched: FloatArray = self.v * (length if np.isfinite(length) else 0.0)
        return stretched

    def product(self, J: Array, v: Array) -> tuple[Array, FloatArray]:
        """J scaled as v is."""
        moving = np.argmax(np.abs(self.v))
        times = v[moving] / self.v[moving]
        return J * times, np.abs(J * times)

    def variable(self, entry: int) -> str:
        """What the derivative is by, in words."""
        return "t along v"


@dataclass(slots=True)
class Answer:
    """An estimate, and how it came about."""

    task: Task
    estimate: differences.Estimate
    way: Way
    evaluator: Evaluator
    precision: float
    nfev: Evaluations
    reason: str = ""


def solve(task: Task, function: Function, evaluator: Evaluator, ways: Sequence[Way], judge: bool) -> Answer:
    """
    Try the ways in their order.

    Parameters
    ----------
    task : Task
        What is wanted.
    function : Function
        The function, for a way that needs other evaluations than real ones.
    evaluator : Evaluator
        The function at the point of the task.
    ways : sequence of Way
        At least one.
    judge : bool
        Estimate errors too.

    Returns
    -------
    Answer

    Raises
    ------
    NotAnalyticError
        The last way needs f to be complex-analytic, and it is not.
    """
    precision = precision_of(task.point.array.dtype, evaluator.dtype)
    reasons = []
    for way in ways[:-1]:
        try:
            return _take(way, task, function, evaluator, precision, judge)
        except (OptionError, PointError, StepError):
            raise
        except Exception as error:  # whatever f does with an argument it was not written for
            reasons.append(f"{way.method.name}: {_told(error)}")
    answer = _take(ways[-1], task, function, evaluator, precision, judge)
    answer.reason = "; ".join(reasons)
    return answer


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, NotAnalyticError) else f"{type(error).__name__}: {error}"


def _take(
    way: Way, task: Task, function: Function, evaluator: Evaluator, precision: float, judge: bool
) -> Answer:
    """One way, with the proof it needs."""
    if way.imaginary:
        return _complex_step(way, task, function, evaluator, precision, judge)
    estimate = task.run(evaluator, way, precision, judge)
    if task.point.is_complex:
        _prove(task, evaluator, estimate, precision, turn=1j)
    return Answer(task, estimate, way, evaluator, precision, evaluations(evaluator))


def _complex_step(
    way: Way, task: Task, function: Function, evaluator: Evaluator, precision: float, judge: bool
) -> Answer:
    """A complex step, refused unless everything speaks for f being complex-analytic in code."""
    value = evaluator.value
    if task.point.is_complex or value.dtype.kind == "c":
        which = "x" if task.point.is_complex else "f(x)"
        raise NotAnalyticError(f"{which} is complex already; a complex step needs a real function of real x")
    beside = function.beside(task.point, value)
    estimate = task.run(beside, way, precision, judge)
    size = np.max(np.abs(value), initial=0.0)
    if beside.drift > max(DRIFT, 100 * precision) * size:
        raise NotAnalyticError(f"Re f(x + ih) differs from f(x) by {beside.drift:.3g}")
    if np.isfinite(value).all():
        if estimate.nonfinite:
            raise NotAnalyticError("f is not finite beside the real axis, though it is on it")
        _prove(task, evaluator, estimate, precision)
    return Answer(task, estimate, way, evaluator, precision, evaluations(evaluator, beside))


def _prove(task: Task, evaluator: Evaluator, estimate: differences.Estimate, precision: float, turn: complex = 1) -> None:
    """Hold an estimate against a difference of f along a random direction, or along i times it."""
    v = task.direction()
    if not v.any():
        return
    expected, terms = task.product(estimate.J, v)
    v, expected = (v, expected) if turn == 1 else (turn * v, turn * expected)
    found = contradiction(evaluator, task.point, v, expected, terms, precision, task.wishes)
    if found:
        raise NotAnalyticError(f"f is not complex-analytic as written: {found}")
