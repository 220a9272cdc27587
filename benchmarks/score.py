# SPDX-License-Identifier: BSD-3-Clause
"""
How good a derivative is, and how good its error bar.

All errors are relative: to the exact entry, but to no less than 1e-3 of what the function makes of a change of x by
its own size (for a Jacobian, of what its row makes of it), since nobody can see a slope that is fainter than that.
Entries that are exactly zero are left out, they would flatter. What raises, or is not finite, is wrong by infinity.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from time import process_time
from typing import Any

import numpy as np

Estimate = Callable[[Callable[..., Any], Any], tuple[Any, Any]]

WRONG = 1e-3
# The exact derivative is itself rounded to float64.
ROUNDING = 2.0**-53


class Unavailable(Exception):  # noqa: N818
    """There is no such method, here and now."""


@dataclass(frozen=True)
class Case:
    """A function, a point, the exact derivative and what the error of each entry is measured by."""

    f: Callable[..., Any]
    x: Any
    exact: Any
    size: Any


class Counted:
    """f, which counts the points at which it is called: some call it at many of them at once."""

    def __init__(self, case: Case) -> None:
        self.f, self.n, self.points = case.f, max(1, np.size(case.x)), 0
        self.__wrapped__ = case.f

    def __call__(self, x: Any) -> Any:
        """f(x), counted."""
        self.points += max(1, np.size(x) // self.n)
        return self.f(x)


@contextmanager
def quiet() -> Iterator[None]:
    """What is not finite shows in the tables."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Outcome:
    """
    Errors and error bars of the entries of one derivative, its evaluations, and the name of what it raised.

    The seconds are CPU time, of all threads, from f to the answer: what is built or compiled for f takes part.
    """

    error: Any
    bar: Any
    points: int
    columns: int
    raised: str
    seconds: float

    @property
    def worst(self) -> float:
        """The largest error."""
        return float(np.max(self.error, initial=0.0))

    @property
    def beyond(self) -> float:
        """How many times its own bar the error is at most, where it is outside; 0 where it is nowhere."""
        outside = self.error > self.bar + ROUNDING
        with np.errstate(divide="ignore"):
            return float(np.max(self.error[outside] / self.bar[outside], initial=0.0))

    @property
    def verdict(self) -> str:
        """What has to be said of it: that it raised, lies, or is wrong."""
        if self.raised:
            return f"raises {self.raised}"
        if self.beyond:
            return f"lies: {self.beyond:.2g} x its bar"
        if self.worst <= WRONG:
            return "ok"
        return "fails" if np.isnan(self.bar).all() else "fails, and says so"


def outcome(case: Case, estimate: Estimate) -> Outcome:
    """One derivative."""
    f = Counted(case)
    with quiet():
        begun = process_time()
        value, bar, raised = answer(estimate, f, case.x)
        seconds = process_time() - begun
        error = np.abs(shaped(value, case) - case.exact) / case.size
        bars = np.abs(shaped(np.nan if bar is None else bar, case)) / case.size
    finite, seen = np.where(np.isfinite(error), error, np.inf), np.asarray(case.exact) != 0
    return Outcome(finite[seen], bars[seen], f.points, f.n, raised, seconds)


def answer(estimate: Estimate, f: Any, x: Any) -> tuple[Any, Any, str]:
    """A derivative, its bar, and the name of what was raised, which is no answer, of whatever kind it is."""
    try:
        return *estimate(f, x), ""
    except Unavailable:
        raise
    except Exception as error:
        return np.nan, np.inf, type(error).__name__


def shaped(array: Any, case: Case) -> Any:
    """Some leave out axes of length one, or add them; one number stands for all."""
    shape = np.shape(case.exact)
    return np.reshape(array, shape) if np.size(array) == np.prod(shape) else np.broadcast_to(array, shape)


@dataclass(frozen=True)
class Score:
    """The outcomes of many cases, their entries put together."""

    outcomes: Sequence[Outcome]

    @cached_property
    def error(self) -> Any:
        """The errors of all entries."""
        return np.concatenate([one.error for one in self.outcomes])

    @cached_property
    def bar(self) -> Any:
        """Their bars, NaN where the method gives none."""
        return np.concatenate([one.bar for one in self.outcomes])

    @property
    def points(self) -> float:
        """Evaluations of a case."""
        return float(np.mean([one.points for one in self.outcomes]))

    @property
    def per_column(self) -> float:
        """Evaluations of a case by its columns."""
        return float(np.mean([one.points / one.columns for one in self.outcomes]))

    @property
    def always_raised(self) -> str:
        """What every case raised, if they all did: nothing but that is then worth telling."""
        return self.outcomes[0].raised if all(one.raised for one in self.outcomes) else ""

    def within(self, each: int, more: int) -> float:
        """The share of cases that took no more than each * n + more evaluations."""
        return float(np.mean([one.points <= each * one.columns + more for one in self.outcomes]))

    def quantile(self, q: float) -> float:
        """Of the errors; a sample, not a mean between two of which one may be infinite."""
        return float(np.quantile(self.error, q, method="inverted_cdf"))

    @property
    def has_bars(self) -> bool:
        """Whether the method gives error bars."""
        return not bool(np.isnan(self.bar).all())

    @cached_property
    def _covered(self) -> Any:
        return self.error <= self.bar + ROUNDING

    @property
    def wrong(self) -> float:
        """The share of entries that are wrong by more than 1e-3."""
        return float(np.mean(self.error > WRONG))

    @property
    def told(self) -> float:
        """The share of wrong entries whose bar covers the error, or is infinite."""
        return _share(self._covered[self.error > WRONG])

    @property
    def unresolved(self) -> float:
        """The share of infinite bars."""
        return float(np.mean(np.isinf(self.bar)))

    @property
    def coverage(self) -> float:
        """Of the finite bars."""
        return _share(self._covered[np.isfinite(self.bar)])

    @property
    def coverage_with_infinite(self) -> float:
        """The share of entries whose bar is no less than their error."""
        return float(np.mean(self._covered))

    @property
    def tightness(self) -> float:
        """The median of finite bar / error, where there is an error."""
        some = np.isfinite(self.bar) & (self.error > 0) & np.isfinite(self.error)
        return float(np.median(self.bar[some] / self.error[some])) if some.any() else np.nan


def _share(truths: Any) -> float:
    return float(np.mean(truths)) if truths.size else 1.0


def score(cases: Sequence[Case], estimate: Estimate) -> Score | None:
    """All cases by one method; None if there is no such method."""
    try:
        return Score([outcome(case, estimate) for case in cases])
    except Unavailable:
        return None


# ------------------------------------------------------------------------------------------------ as text

HEAD = ("", "evals", "per col", "median", "p90", "> 1e-3", "told", "covered", "with inf", "inf", "bar / err")
NOT_THERE = "not available"


def small(value: float) -> str:
    """An error: two digits."""
    return "inf" if np.isinf(value) else "0" if value == 0 else f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e+")


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def cells(found: Score | None) -> list[str]:
    """One row of `HEAD`."""
    if found is None or found.always_raised:
        return [NOT_THERE if found is None else f"raises {found.always_raised}"] + [""] * (len(HEAD) - 2)
    row = [f"{found.points:.1f}", f"{found.per_column:.1f}", small(found.quantile(0.5)), small(found.quantile(0.9))]
    row += [percent(found.wrong)]
    if not found.has_bars:
        return row + ["-"] * 5
    told = percent(found.told) if found.wrong else "-"
    shares = (found.coverage, found.coverage_with_infinite, found.unresolved)
    return [*row, told, *map(percent, shares), "-" if np.isnan(found.tightness) else f"{found.tightness:.1f}"]


def score_rows(scores: Mapping[str, Score | None]) -> list[list[str]]:
    """All of `HEAD` for every method."""
    return [[name, *cells(found)] for name, found in scores.items()]


def at_most(what: str, found: float | None, most: float) -> str:
    """A goal, and whether it is met."""
    return _goal(f"{what} at most {most:g}", found, found is not None and found <= most)


def at_least(what: str, found: float | None, least: float) -> str:
    """The same from below."""
    return _goal(f"{what} at least {least:g}", found, found is not None and found >= least)


def _goal(wish: str, found: float | None, met: bool) -> str:
    if found is None:
        return f"   goal: {wish}: {NOT_THERE}"
    return f"   goal: {wish}: {'met' if met else 'NOT MET'} ({found:.3g})"
