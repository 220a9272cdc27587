# SPDX-License-Identifier: BSD-3-Clause
"""
Second derivatives: what can be wanted of them, and which way is taken.

Without a gradient the ways are complex arguments, proved on the spot, else even parts along real directions. With one,
a second derivative is a first derivative of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from numjac.analytic.tracing import LostError
from numjac.errors import ContradictionError, TraceError, casts_unheard
from numjac.exact import rounding, slopes_of
from numjac.numeric.adaptive import Adaptive
from numjac.numeric.bend import STEPS, Saying, arc, contradiction, contradicts, onesided_arc
from numjac.numeric.differences import Estimate
from numjac.numeric.lines import line
from numjac.numeric.noise import DEVIATIONS, LINE_STEP, Roughness
from numjac.numeric.pencils import slopes
from numjac.numeric.recall import evaluations
from numjac.policy import SHORTER, Problem
from numjac.result import Array, Evaluations, FloatArray, IntArray, Traced
from numjac.second_tasks import Entire, Product, Raising
from numjac.sparse_second import SparseEntire, Symmetric
from numjac.sparse_tasks import Stored
from numjac.tasks import Columns, Direction, Task
from numjac.ways import GRADIENT, Way

__all__ = ["Bending", "Sloping"]


@dataclass(slots=True)
class Bending(Problem):
    """Second derivatives from values of f."""

    task: Entire | Product
    alone: bool = True  # there is no other way than this one
    slopes: int = 0  # exact gradients, each of which calls f and traces it

    @property
    def nfev(self) -> Evaluations:
        """Calls of f so far."""
        return super(Bending, self).nfev + Evaluations(real=self.slopes, traced=self.slopes)

    def _analytic(self) -> Estimate:
        """By identities; the slope and the bend along some directions are held against differences."""
        trace, attempt = self._traced(second=True)
        graph = trace.graph()
        try:
            found = self.task.exactly(self.point, graph)
        except (NotImplementedError, LostError, TypeError, np.linalg.LinAlgError) as error:
            if self.alone:
                raise TraceError(f"no second derivatives: {error}") from error
            self.reasons.append(f"analytic: no second derivatives: {error}")
            return self._by_gradient(attempt)
        J, pattern = (found.J.data, found.J.pattern) if isinstance(found.J, Stored) else (found.J, None)
        if not np.isfinite(J).all():
            raise TraceError("a derivative is not finite where f is", lasting=False)
        for v, g, bend in found.said:
            with np.errstate(all="ignore"):
                claims = [Saying(g @ v, np.abs(g) @ np.abs(v)), bend]
            told = contradiction(self.recall, line(self.point, v, self.task.wishes), claims, self.format_precision)
            if told:
                raise ContradictionError(f"the trace is wrong: {told}")
        nodes = len(graph.nodes) + graph.tape.count
        self.trace = Traced(attempt, "forward over reverse", nodes, ("value", "finite", "smooth", "direction"))
        step = np.zeros(int(np.prod(self.task.step_shape(self.point), dtype=np.intp)))
        return Estimate(J, step, 0, rounding(graph, J, pattern) * 4, pattern=pattern)

    def _by_gradient(self, attempt: str) -> Estimate:
        """Adaptive differences of the exact gradient."""
        slopes, task = slopes_of(self.function, attempt), self.task
        along: Task = Direction(task.wishes, task.v) if isinstance(task, Product) else Columns(task.wishes, task.wrt)
        if isinstance(task, SparseEntire):
            along = task.symmetric
        first = Problem(along, self.point, slopes, slopes.at(self.point), judge=True)
        rows = task.indices(self.point)
        inner = Sloping(task, self.point, self.function, self.evaluator, True, of_gradient=first, rows=rows)
        estimate = inner.solve((Way("adaptive", GRADIENT.order),))
        self.way = GRADIENT
        self.slopes = first.evaluator.calls
        return estimate

    def solve(self, ways: Sequence[Way]) -> Estimate:
        """Try ways in their order; a direction that is zero needs none."""
        self.alone = len(ways) == 1
        if isinstance(self.task, Product) and not self.task.v.any():
            self.way = ways[0]
            return self.task.nothing(self.point, self.evaluator.value)
        return Problem.solve(self, ways)

    def _complex_step(self, way: Way) -> Estimate:
        self._check_real()
        beside = self.function.beside(self.point, self.evaluator.value)
        self.beside.append(beside)

        def begin(shift: FloatArray, h: FloatArray) -> FloatArray:
            found = slopes(beside, self.point, shift, h)
            self._check_drift(beside)
            return found

        raised = Raising(self.point, beside, self.recall, way.order, self.format_precision, begin)
        with casts_unheard():
            return self.task.raised(raised)

    def _adaptive(self, way: Way) -> Estimate:
        """Even parts, held against the bend along the line that shows the noise of f."""
        wishes, precision = self.task.wishes, self.format_precision
        proved = wishes.noise is None or self._hidden() or isinstance(self.task, SparseEntire)
        v = self.task.direction(self.point) if proved else None
        rough = self.task.rounded(self._roughness(v, precision), precision)
        self.noise = rough.noise / DEVIATIONS
        plan = Adaptive(way.order, rough, precision / 2, (wishes.rtol or 0.0) / 4, target=2, frugal=True)
        estimate = self.task.adapt(self.point, self.evaluator, plan)
        wrong = self._bent_otherwise(estimate, rough)
        if wrong.any() and isinstance(self.task, SparseEntire):
            self.task.lacking(self.recall, self.point, estimate)
        if wrong.any():  # f varies over less than x lets expect
            part = rough.length if rough.length < 1 else SHORTER
            again = self.task.adapt(self.point, self.evaluator, plan.shortened(part))
            still = self._bent_otherwise(again, rough)
            if still.sum() < wrong.sum():
                estimate, wrong = again, still
        estimate.doubt(wrong)
        return estimate

    def _bent_otherwise(self, estimate: Estimate, rough: Roughness) -> npt.NDArray[np.bool_]:
        """Outputs whose bend along the line that shows the noise is not the one that was seen there."""
        none = np.zeros(self.evaluator.value.size, bool)
        if rough.v is None or isinstance(self.task, Product):
            return none
        d, noise = LINE_STEP * rough.length, rough.noise
        if self.evaluator.value.dtype.kind == "c":
            noise = np.hypot(noise[::2], noise[1::2])
        v = rough.v.astype(self.point.flat.dtype)
        seen = onesided_arc(self.recall, line(self.point, v, self.task.wishes), d, self.format_precision)
        claim, error = self.task.bent(self.point, estimate, rough.v)
        return contradicts(claim, error, seen, noise, d)

    def _turn(self, estimate: Estimate) -> None:
        """Of complex x: the bend along i v is the opposite of that along v."""
        v = self.task.direction(self.point)
        if v is None or isinstance(self.task, Product):
            return
        claim, error = self.task.bent(self.point, estimate, v)
        turned, wrong = Saying(-claim.value, claim.terms), np.ones(0, bool)
        for d in STEPS[:3]:
            seen = arc(self.recall, line(self.point, 1j * v, self.task.wishes), d, self.format_precision)
            wrong = contradicts(turned, error, seen, np.zeros(len(error)), d)
            if not wrong.any():
                return
        raise ContradictionError(
            f"f is not complex-analytic as written: the second derivative of output {int(np.argmax(wrong))} along a "
            "direction is not the opposite of that along i times it"
        )


@dataclass(slots=True, kw_only=True)
class Sloping(Problem):
    """
    Second derivatives as first ones of a gradient that the user gives.

    Parameters
    ----------
    of_gradient : Problem
        The first derivatives of the gradient, of all columns or along one direction.
    rows : ndarray of intp
        The entries of the gradient that are wanted.
    """

    of_gradient: Problem
    rows: IntArray

    @property
    def nfev(self) -> Evaluations:
        """Calls of f, which is the one for f(x), and of the gradient."""
        return evaluations(self.evaluator) + self.of_gradient.nfev

    def solve(self, ways: Sequence[Way]) -> Estimate:
        """By any way that there is to a first derivative."""
        found = self.of_gradient.solve(ways)
        first = self.of_gradient
        self.way, self.reasons, self.refused, self.trace = first.way, first.reasons, first.refused, first.trace
        if isinstance(first.task, Symmetric):
            return first.task.finished(self.point, found)
        m, n = self.evaluator.value.size, self.point.array.size
        parts: list[Array] = [part.reshape(m, n, -1)[:, self.rows] for part in found.judged()]
        if isinstance(self.of_gradient.task, Columns):
            parts = _symmetric(*parts)
        J, error, flags = (part.reshape(m, -1) for part in parts)
        kinks = [replace(kink, output=kink.output // max(1, n)) for kink in found.kinks]
        whole = isinstance(self.of_gradient.task, Columns)
        step = found.step if whole else np.broadcast_to(found.step, self.rows.shape)
        estimate = Estimate(J, step, int(np.isnan(J).sum()), error, flags, kinks=kinks)
        estimate.void(self.evaluator.value)
        return estimate


def _symmetric(H: Array, error: Array, flags: Array) -> list[Array]:
    """The mean of matrices and their transposes, half of whose difference is an error."""
    other = H.swapaxes(1, 2)
    with np.errstate(invalid="ignore", over="ignore"):
        mean = (H + other) / 2
        error = (error + error.swapaxes(1, 2)) / 2 + np.abs(H - other) / 2
    return [mean, np.where(np.isnan(mean), np.inf, error), flags | flags.swapaxes(1, 2)]
