# SPDX-License-Identifier: BSD-3-Clause
"""What every contender makes of one problem, or of many: its error, its error bar, and its time, beside one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from estimators import Way
from measure import interleaved
from score import WRONG, Case, Outcome, Score, outcome, percent, quiet, small

# A planned object of numjac verifies the trace of a function at calls that are ever farther apart.
WARM_CALLS = {True: 600, False: 3}


@dataclass(frozen=True)
class Budget:
    """Seconds that are measured for a problem, rounds at least, and seconds in which each contender warms up."""

    seconds: float = 0.5
    rounds: int = 10
    warm: float = 0.05


QUICK = Budget(0.0, 3, 0.02)


@dataclass(frozen=True)
class Entry:
    """The answer of a contender, and the seconds of a call that is prepared; not a number if there is none."""

    outcome: Outcome
    seconds: float
    of_f: float

    @property
    def solved(self) -> bool:
        """Whether it is right to three digits."""
        return not self.outcome.raised and self.outcome.worst <= WRONG


Row = Mapping[str, Entry]


def contest(case: Case, ways: Mapping[str, Way], budget: Budget) -> Row:
    """All contenders on one problem, in turns; the clock counts all threads, since some bring threads of their own."""
    outcomes = {name: outcome(case, way) for name, way in ways.items()}
    with quiet():
        jobs = {"": (case.f, case.x)}
        for name, one in outcomes.items():
            if not one.raised:
                jobs[name] = warm(name, ways[name].prepare(case.f), case.x, budget.warm), case.x
        seconds = interleaved(jobs, budget.seconds, process_time, budget.rounds)
    return {name: Entry(one, seconds.get(name, np.nan), seconds[""]) for name, one in outcomes.items()}


def warm(name: str, call: Callable[[Any], Any], x: Any, seconds: float) -> Callable[[Any], Any]:
    """A call that was called before."""
    end = perf_counter() + seconds
    for _ in range(WARM_CALLS[name.startswith("numjac")]):
        call(x)
        if perf_counter() > end:
            break
    return call


# ----------------------------------------------------------------------------------------------------- as text


def us(seconds: float) -> str:
    """Microseconds, three digits."""
    return "-" if np.isnan(seconds) else f"{seconds * 1e6:.{max(0, 2 - int(np.log10(max(seconds * 1e6, 1))))}f}"


def times(ratio: float) -> str:
    """A ratio: two digits, or as many as stand before its point."""
    return (
        "-"
        if np.isnan(ratio)
        else f"{ratio:.1f}"
        if 0.95 <= ratio < 99.5
        else f"{ratio:.2g}"
        if ratio < 1
        else f"{ratio:.0f}"
    )


ONE = ("", "error", "its bar", "evaluations", "us", "times f", "/ numjac auto", "first call, ms", "verdict")


def one_problem(row: Row, unit: str) -> list[list[str]]:
    """All of `ONE` for every contender; times over those of one of them."""
    return [[name, *cells(entry, row[unit].seconds)] for name, entry in row.items()]


def cells(entry: Entry, unit: float) -> list[str]:
    found = entry.outcome
    return [
        "-" if found.raised else small(found.worst),
        "-" if found.raised or np.isnan(found.bar).all() else small(float(np.nanmax(found.bar, initial=0.0))),
        str(found.points) if found.points else "-",
        us(entry.seconds),
        times(entry.seconds / entry.of_f),
        times(entry.seconds / unit),
        f"{1000 * found.seconds:.1f}",
        found.verdict,
    ]


MANY = ("", "ok", "fails", "lies", "worst lie", "raises", "median error", "p90", "bars hold", "evals / column",
        "times f", "/ numjac auto")  # fmt: skip


def many_problems(rows: Iterable[Row], unit: str) -> list[list[str]]:
    """All of `MANY` for every contender."""
    every = list(rows)
    return [[name, *summary([row[name] for row in every], [row[unit] for row in every])] for name in every[0]]


def summary(entries: Sequence[Entry], units: Sequence[Entry]) -> list[str]:
    """Counts of verdicts, errors of all entries, medians of ratios where the contender is right."""
    found = Score([entry.outcome for entry in entries])
    verdicts = [entry.outcome.verdict.partition(" ")[0].rstrip(":,") for entry in entries]
    right = [(entry, unit) for entry, unit in zip(entries, units, strict=True) if entry.solved]
    ok, fails, lies, raises = (
        str(verdicts.count(what)) if what in verdicts else "" for what in ("ok", "fails", "lies", "raises")
    )
    lie = max(entry.outcome.beyond for entry in entries)
    return [
        *(ok, fails, lies, f"{lie:.2g} x" if lie else "", raises),
        small(found.quantile(0.5)),
        small(found.quantile(0.9)),
        held(entries),
        f"{found.per_column:.1f}" if found.points else "-",
        times(middle(entry.seconds / entry.of_f for entry, _ in right)),
        times(middle(entry.seconds / unit.seconds for entry, unit in right)),
    ]


def held(entries: Sequence[Entry]) -> str:
    """The share of finite bars that cover their error, where there was an answer, and a bar."""
    answered = Score([entry.outcome for entry in entries if not entry.outcome.raised])
    return percent(answered.coverage) if answered.outcomes and answered.has_bars else "-"


def middle(values: Iterable[float]) -> float:
    """The median; not a number, if there is nothing."""
    some = list(values)
    return median(some) if some else np.nan
