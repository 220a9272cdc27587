# SPDX-License-Identifier: BSD-3-Clause
"""
The policy: which way is taken to a derivative, and why not the ones before it.

The ways are tried in order. A way that can be silently wrong is proved on the spot; if the proof fails, its reason
goes along to the next way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from numjac.agreement import Agreement, lost
from numjac.analytic.tracing import Trace
from numjac.errors import (
    ContradictionError,
    NotAnalyticError,
    NotElementwiseError,
    NumjacError,
    PatternError,
    TraceError,
    UnprovenError,
    casts_unheard,
)
from numjac.exact import Quick, inherited, rounding, traced
from numjac.native.function import Compiled
from numjac.numeric.adaptive import Adaptive
from numjac.numeric.differences import Estimate
from numjac.numeric.functions import Evaluator, Function
from numjac.numeric.noise import DEVIATIONS, Roughness, known, roughness
from numjac.numeric.points import Point
from numjac.numeric.proof import UNPROVEN, Claim, contradiction, curvature
from numjac.numeric.recall import Recall, evaluations
from numjac.numeric.stencils import LONG_COMPLEX_STEP, Stencil, imaginary
from numjac.numeric.steps import magnitude, precision_of
from numjac.result import Evaluations, FloatArray, Traced
from numjac.sparse_tasks import Sparse, Stored
from numjac.tasks import Higher, Task
from numjac.ways import ANALYTIC, Way

__all__ = ["SHORTER", "Problem"]


# How far Re f(x + ih) may be from f(x), relative to it: in exact arithmetic only by h^2.
DRIFT = 1e-8


# A complex step that the user gave may be so long that it can not be proved.
MOST_TRUNCATION = 1e-2


ROUGH_IMAGINARY = 25  # rounding errors of imaginary parts that are as rough as real ones, in units of them


SHORTER = 2.0**-14


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
    beside: list[Evaluator] = field(default_factory=list)  # of complex steps, if any were tried
    reasons: list[str] = field(default_factory=list)  # why the ways before were not taken
    refused: dict[str, str] = field(default_factory=dict)  # those that would be refused at other x too, and why
    traces: int = 0
    attempts: str = "AC"
    verified: Quick | None = None  # traces that were
    trace: Traced | None = None
    noise: FloatArray | None = None  # of adaptive differences: the standard deviation of the errors of f
    recall: Recall = field(init=False)

    def __post_init__(self) -> None:
        self.recall = Recall(self.evaluator)

    @property
    def format_precision(self) -> float:
        """Relative size of the errors in f that its number format brings."""
        return precision_of(self.point.array.dtype, self.evaluator.dtype)

    @property
    def precision(self) -> float:
        """Relative size of the errors in f, of its number format or told by the user."""
        told, least = self.task.wishes.noise, self.format_precision
        if not told:
            return least
        size = np.abs(self.evaluator.value[np.isfinite(self.evaluator.value) & (self.evaluator.value != 0)])
        return max(least, min(0.1, told / float(np.median(size)))) if size.size else least

    @property
    def single(self) -> bool:
        """Whether both x and f are float32, so that the derivative is."""
        return bool(self.point.array.dtype == self.evaluator.dtype == np.float32)

    @property
    def nfev(self) -> Evaluations:
        """Calls of f so far."""
        return evaluations(self.evaluator, *self.beside) + Evaluations(traced=self.traces)

    @property
    def reason(self) -> str:
        """Why the ways before were not taken."""
        return "; ".join(self.reasons)

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
        sharp = False
        for way in ways[:-1]:
            if sharp and way.imaginary:  # a complex step sees one side alone, and its proof, which is symmetric, none
                self.reasons.append(f"{way.name}: not where f may be sharp")
                continue
            try:
                return self.take(way)
            except (NotElementwiseError, PatternError):
                raise
            except (NotAnalyticError, TraceError) as error:
                lasting = not isinstance(error, UnprovenError) and getattr(error, "lasting", True)
                sharp = sharp or getattr(error, "sharp", False)
                self._refuse(way, f"{way.name}: {error}", lasting)
            except Exception as error:  # whatever f does with an argument it was not written for
                self._refuse(way, f"{way.name}: {type(error).__name__}: {error}", True)
        return self.take(ways[-1])

    def _refuse(self, way: Way, reason: str, lasting: bool) -> None:
        self.reasons.append(reason)
        if lasting:
            self.refused[way.name] = reason

    def take(self, way: Way) -> Estimate:
        """One way, with the proof that it needs."""
        self.way = way
        if (
            isinstance(self.task, Sparse)
            and not way.exact
            and not self.task.knows(self.point, self.evaluator.value.size)
        ):
            self._find_pattern(self.task)
        if way.exact:
            estimate = self._analytic()
        elif way.circular:
            estimate = self._circles()
        elif way.imaginary:
            estimate = self._complex_step(way)
        else:
            estimate = self._differences(way) if way.stencils else self._adaptive(way)
            if self.point.is_complex:
                self._turn(estimate)
        estimate.void(self.evaluator.value)
        return estimate

    def _analytic(self) -> Estimate:
        """By identities, proved by one difference along a random direction."""
        found, attempt = self._traced()
        graph = found.graph()
        try:
            J, direction, structure = self.task.exact(self.point, graph)
            extra = inherited(graph) if self.judge else None
        except (NumjacError, MemoryError):
            raise
        except Exception as error:  # of an identity, which was called with what it was not written for
            raise TraceError(f"no derivatives: {type(error).__name__}: {error}") from error
        pattern = None
        if isinstance(found_J := J, Stored):
            J, pattern = found_J.data, found_J.pattern
        step = np.zeros(int(np.prod(self.task.step_shape(self.point), dtype=np.intp)))
        estimate = Estimate(J, step, 0, rounding(graph, J, pattern) if self.judge else None, pattern=pattern)
        if not np.isfinite(J[estimate.of_outputs(np.isfinite(self.evaluator.value).reshape(-1))]).all():
            raise TraceError("a derivative is not finite where f is", lasting=False)
        checks = ["value", "finite", "smooth"]
        known, signature = self.verified, found.tape.signature
        if self.judge or known is None or known.due(signature):
            try:
                claims = self.task.claims(self.point, estimate)
                self._hold(claims, estimate)
            except Exception:
                if known is not None:
                    known.forget(signature)
                raise
            checks.append("direction")
            if estimate.error is not None and extra is not None:
                more = self.task.inherit(self.point, extra)
                estimate.error = estimate.error + (more if pattern is None else more[pattern.row, pattern.column])
            if estimate.error is not None:
                self._widen(estimate, claims, 0.0)
        nodes = len(found.tape.nodes) + found.tape.count
        self.trace = Traced(attempt, direction, nodes, tuple(checks), structure)
        return estimate

    def _traced(self, *, second: bool = False) -> tuple[Trace, str]:
        """A trace of f by the first attempt that succeeds; which one that is is remembered."""
        self.traces += len(self.attempts)
        found, attempt = traced(self.function, self.point, self.evaluator.value, self.attempts, second=second)
        self.traces -= len(self.attempts) - 1 - self.attempts.index(attempt)
        self.attempts = attempt
        return found, attempt

    def _find_pattern(self, task: Sparse) -> None:
        """The pattern of a trace, if there is one; else by probing, which is told."""
        why = next((reason for reason in self.reasons if reason.startswith("analytic")), "")
        try:
            if not why:
                task.remember(self.point, task.pattern_of(self._traced()[0].graph()))
                return
        except (TraceError, NotImplementedError) as error:
            self.reasons.append(f"a trace for the pattern: {error}")
        # Compiled code may take NaN for an index, and no bounds hold it.
        nan = not isinstance(self.function.f, Compiled) and task.wishes.bounds is None
        self.reasons.append(task.probe(self.recall.evaluator, self.point, nan=nan))

    def _differences(self, way: Way) -> Estimate:
        task, precision = self.task, self.precision
        estimate = task.run(self.point, self.evaluator, way.stencils, precision, self.judge)
        if isinstance(task, Sparse) and task.strays(self.recall, self.point, estimate, way.stencils, precision):
            task.lacking(self.recall, self.point, estimate, self.format_precision)
        return estimate

    def _adaptive(self, way: Way) -> Estimate:
        """Adaptive differences, held against the slope along a line that shows the noise of f."""
        wishes, precision = self.task.wishes, self.format_precision
        proved = wishes.noise is None or self._hidden() or isinstance(self.task, Sparse)
        rough = self._roughness(self.task.direction(self.point) if proved else None, precision)
        self.noise = rough.noise / DEVIATIONS
        plan = Adaptive(way.order, rough, precision / 2, wishes.rtol or 0.0)
        estimate = self.task.adapt(self.point, self.evaluator, plan)
        agreement = Agreement(self.recall, self.point, self.task, precision, [rough])
        wrong = agreement.contradicted(estimate)
        if isinstance(self.task, Sparse) and (wrong.any() or agreement.excused(estimate)):
            self.task.lacking(self.recall, self.point, estimate, precision)
        if wrong.any():  # f varies over less than x lets expect
            again = self.task.adapt(self.point, self.evaluator, plan.shortened(SHORTER))
            still = agreement.contradicted(again)
            if still.sum() < wrong.sum():
                estimate, wrong = again, still | lost(estimate, again)
        if wrong.any():
            estimate.doubt(wrong)
        return estimate

    def _roughness(self, v: FloatArray | None, precision: float) -> Roughness:
        wishes = self.task.wishes
        if v is None or wishes.noise is not None:
            return known(self.recall, self.point, v, wishes, precision, wishes.noise or 0.0)
        return roughness(self.recall, self.point, v, wishes, precision)

    def _hidden(self) -> bool:
        """Whether the magnitude of some entry of x is unknown, so that an error bar may be one of another world."""
        return self.task.wishes.x_scale is None and not self.point.array.all()

    def _circles(self) -> Estimate:
        """A higher derivative by circles in the complex plane, refused unless real values agree."""
        assert isinstance(self.task, Higher)
        beside = self._extended()
        with casts_unheard():
            estimate = self.task.encircle(self.point, beside, self.format_precision)
        self.task.check(self.recall, self.point, estimate, self.format_precision)
        return estimate

    def _extended(self) -> Evaluator:
        """f with complex arguments."""
        value = self.evaluator.value
        if self.point.is_complex:
            return self.evaluator
        if value.dtype.kind == "c":
            raised = Point.of(self.point.array.astype(np.complex128), self.point.scalar)
            beside = self.function.at(raised, value.astype(self.evaluator.dtype))
        else:
            beside = self.function.beside(self.point, value)
        self.beside.append(beside)
        return beside

    def _complex_step(self, way: Way) -> Estimate:
        """A complex step, refused unless everything speaks for f being complex-analytic in code."""
        self._check_real()
        try:
            return self._raised(way.stencils)
        except ContradictionError:  # the imaginary part may be as rough as the real one: special functions
            if self.task.wishes.given:
                raise
            rough = ROUGH_IMAGINARY * self.format_precision / LONG_COMPLEX_STEP
            return self._raised((imaginary(LONG_COMPLEX_STEP),), rough)

    def _check_real(self) -> None:
        """Refuse what a complex step can not start from."""
        if self.point.is_complex or self.evaluator.value.dtype.kind == "c":
            which = "x" if self.point.is_complex else "f(x)"
            raise NotAnalyticError(f"{which} is complex already; a complex step needs a real function of real x")
        if not np.isfinite(self.point.array).all():
            raise UnprovenError("x is not finite; a complex step starts from a finite point")

    def _raised(self, stencils: tuple[Stencil, ...], rough: float = 0.0) -> Estimate:
        """One complex step with its proof; `rough` is the rounding of imaginary parts over the step, relative to f."""
        value = self.evaluator.value
        beside = self.function.beside(self.point, value)
        self.beside.append(beside)
        with casts_unheard():
            estimate = self.task.run(self.point, beside, stencils, self.format_precision, self.judge)
        truncation = self._truncation(estimate)
        self._check_drift(beside, truncation)
        claims = self.task.claims(self.point, estimate)
        self._hold(claims, estimate, min(truncation, MOST_TRUNCATION))
        if estimate.error is not None:
            estimate.error += truncation * np.abs(estimate.J)
            self._widen(estimate, claims, rough)
        return estimate

    def _widen(self, estimate: Estimate, claims: list[Claim], rough: float) -> None:
        """Add to the error of a complex step what it can not see: that f rounds its argument, and imaginary parts."""
        size = np.abs(self.evaluator.value.reshape(-1))
        for claim in claims:
            bend = curvature(self.recall, self.point, claim.v, self.task.wishes)
            change = self.format_precision * bend + (rough * (size + claim.terms) if rough else 0.0)
            self.task.spread(self.point, estimate, claim.v, change)

    def _check_drift(self, beside: Evaluator, truncation: float = 0.0) -> None:
        """Refuse a complex step that moved the real part of f."""
        value = self.evaluator.value
        size = np.max(np.abs(value), where=np.isfinite(value), initial=0.0)
        if size and beside.drift > max(DRIFT, 100 * self.format_precision, truncation) * size:
            raise NotAnalyticError(f"Re f(x + ih) differs from f(x) by {beside.drift:.3g}")

    def _truncation(self, estimate: Estimate) -> float:
        """The relative truncation error of a complex step, (h/x)^2: to be seen only if the user gave the step."""
        wishes = self.task.wishes
        if not wishes.given:
            return 0.0
        return (
            float(np.max(np.abs(estimate.step), initial=0.0) / np.min(magnitude(self.point, wishes), initial=np.inf))
            ** 2
        )

    def _turn(self, estimate: Estimate) -> None:
        """Of complex x: hold an estimate against differences of f along i times some directions."""
        self._hold([claim.turned(1j) for claim in self.task.claims(self.point, estimate)], estimate)

    def _hold(self, claims: list[Claim], estimate: Estimate, truncation: float = 0.0) -> None:
        """Hold claims against differences of f along their directions."""
        for claim in claims:
            if claim.v.any():
                wishes = self.task.wishes
                found = contradiction(self.recall, self.point, claim, self.format_precision, wishes, truncation)
                if found and isinstance(self.task, Sparse):
                    self.task.lacking(self.recall, self.point, estimate, self.format_precision)
                if found:
                    kind = UnprovenError if UNPROVEN in found else ContradictionError
                    whose = "the trace is wrong" if self.way is ANALYTIC else "f is not complex-analytic as written"
                    raise kind(f"{whose}: {found}")
