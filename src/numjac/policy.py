# SPDX-License-Identifier: BSD-3-Clause
"""
The policy: which way is taken to a derivative, and why not the ones before it.

The ways are tried in order. A way that can be silently wrong is proved on the spot; if the proof fails, its reason
goes along to the next way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numjac.errors import NotAnalyticError, NotElementwiseError, OptionError, casts_unheard
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator, Function, evaluations
from numjac.numeric.points import Point
from numjac.numeric.proof import contradiction
from numjac.numeric.stencils import METHODS, Stencil
from numjac.numeric.steps import Wishes, magnitude, precision_of
from numjac.result import Evaluations
from numjac.tasks import Task

__all__ = ["Problem", "Way", "ways_of"]

# SciPy's names for the same things.
ALIASES = {"2-point": "forward", "3-point": "central", "cs": "complex"}

# How far Re f(x + ih) may be from f(x), relative to it: in exact arithmetic only by h^2.
DRIFT = 1e-8

# A complex step that the user gave may be so long that it can not be proved.
MOST_TRUNCATION = 1e-2


@dataclass(frozen=True)
class Way:
    """The name of a method, and its stencils of one order, the preferred one first."""

    name: str
    stencils: tuple[Stencil, ...]

    def __str__(self) -> str:
        return f"{self.name} of order {self.stencils[0].order}"

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
    name = ALIASES.get(method, method) if isinstance(method, str) else method
    if name != "auto" and (not isinstance(name, str) or name not in METHODS):
        names = ", ".join(map(repr, ["auto", *METHODS, *ALIASES]))
        raise OptionError(f"method={method!r}: expected one of {names}")
    if order is not None and not isinstance(order, (int, float, np.integer)):
        raise OptionError(f"order={order!r}: expected a positive integer")
    given = wishes.abs_step is not None or wishes.rel_step is not None
    return _ways(name, order, given)


@lru_cache(typed=True)
def _ways(name: str, order: int | None, given: bool) -> tuple[Way, ...]:
    if name != "auto":
        return (Way(name, METHODS[name].of_order(order)),)
    differences = Way("central", METHODS["central"].of_order(4 if order is None else order))
    if given or order is not None:
        return (differences,)
    return (Way("complex", METHODS["complex"].of_order(None)), differences)


@dataclass(slots=True)
class Problem:
    """
    A task at a point, and once it is solved, how that came about.

    Parameters
    ----------
    task : Task
        What is wanted.
    point : Point
        Where.
    function : Function
        Of what.
    evaluator : Evaluator
        The function at the point.
    judge : bool
        Estimate errors too.
    """

    task: Task
    point: Point
    function: Function
    evaluator: Evaluator
    judge: bool
    way: Way | None = None
    beside: Evaluator | None = None  # of complex steps, if any were tried
    reason: str = ""

    @property
    def precision(self) -> float:
        """Relative size of the errors in f that its number format brings."""
        return precision_of(self.point.array.dtype, self.evaluator.dtype)

    @property
    def single(self) -> bool:
        """Whether both x and f are float32, so that the derivative is."""
        return bool(self.point.array.dtype == self.evaluator.dtype == np.float32)

    @property
    def nfev(self) -> Evaluations:
        """Calls of f so far."""
        return evaluations(self.evaluator, self.beside)

    def solve(self, ways: Sequence[Way]) -> Estimate:
        """
        Try ways in their order.

        Parameters
        ----------
        ways : sequence of Way
            At least one.

        Returns
        -------
        Estimate

        Raises
        ------
        NotAnalyticError
            The last way needs f to be complex-analytic, and it is not.
        """
        for way in ways[:-1]:
            try:
                return self.take(way)
            except NotElementwiseError:
                raise
            except NotAnalyticError as error:
                self.reason = f"{way.name}: {error}"
            except Exception as error:  # whatever f does with an argument it was not written for
                self.reason = f"{way.name}: {type(error).__name__}: {error}"
        return self.take(ways[-1])

    def take(self, way: Way) -> Estimate:
        """One way, with the proof that it needs."""
        self.way = way
        estimate = self._complex_step(way) if way.imaginary else self._differences(way)
        estimate.void(self.evaluator.value)
        return estimate

    def _differences(self, way: Way) -> Estimate:
        estimate = self.task.run(self.point, self.evaluator, way.stencils, self.precision, self.judge)
        if self.point.is_complex:
            self._prove(estimate, turn=1j)
        return estimate

    def _complex_step(self, way: Way) -> Estimate:
        """A complex step, refused unless everything speaks for f being complex-analytic in code."""
        value = self.evaluator.value
        if self.point.is_complex or value.dtype.kind == "c":
            which = "x" if self.point.is_complex else "f(x)"
            raise NotAnalyticError(f"{which} is complex already; a complex step needs a real function of real x")
        if not np.isfinite(self.point.array).all():
            raise NotAnalyticError("x is not finite; a complex step starts from a finite point")
        self.beside = beside = self.function.beside(self.point, value)
        with casts_unheard():
            estimate = self.task.run(self.point, beside, way.stencils, self.precision, self.judge)
        size = np.max(np.abs(value), where=np.isfinite(value), initial=0.0)
        truncation = self._truncation(estimate)
        if size and beside.drift > max(DRIFT, 100 * self.precision, truncation) * size:
            raise NotAnalyticError(f"Re f(x + ih) differs from f(x) by {beside.drift:.3g}")
        self._prove(estimate, min(truncation, MOST_TRUNCATION))
        if estimate.error is not None:
            estimate.error += truncation * np.abs(estimate.J)
        return estimate

    def _truncation(self, estimate: Estimate) -> float:
        """The relative truncation error of a complex step, (h/x)^2: to be seen only if the user gave the step."""
        wishes = self.task.wishes
        if wishes.abs_step is None and wishes.rel_step is None:
            return 0.0
        return (
            float(np.max(np.abs(estimate.step), initial=0.0) / np.min(magnitude(self.point, wishes), initial=np.inf))
            ** 2
        )

    def _prove(self, estimate: Estimate, truncation: float = 0.0, turn: complex = 1) -> None:
        """Hold an estimate against differences of f along some directions, or along i times them."""
        for claim in self.task.claims(self.point, estimate):
            if claim.v.any():
                claim = claim if turn == 1 else claim.turned(turn)
                wishes = self.task.wishes
                found = contradiction(self.evaluator, self.point, claim, self.precision, wishes, truncation)
                if found:
                    raise NotAnalyticError(f"f is not complex-analytic as written: {found}")
