# SPDX-License-Identifier: BSD-3-Clause
"""What is asked of the adaptive method on every set of problems: evaluations, errors, and bars that hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from estimators import ADAPTIVE
from score import Score, at_least, at_most

Scores = Mapping[str, Score | None]

FOUR, SIX, EIGHT = ADAPTIVE


def of(scores: Scores, name: str, value: Callable[[Score], float]) -> float | None:
    """A figure of one method, if the method is there."""
    found = scores[name]
    return None if found is None else value(found)


def median(found: Score) -> float:
    return found.quantile(0.5)


def p90(found: Score) -> float:
    return found.quantile(0.9)


def honesty(scores: Scores, names: Iterable[str]) -> list[str]:
    """The goals that every error bar has."""
    lines = []
    for name in names:
        lines += [
            at_least(f"{name}: coverage in %", of(scores, name, lambda s: 100 * s.coverage), 99),
            at_most(f"{name}: median bar / error", of(scores, name, lambda s: s.tightness), 15),
        ]
    return lines


def failures(scores: Scores, name: str) -> list[str]:
    """How often it may be wrong, and how often it has to say so then."""
    return [
        at_most(f"{name}: % wrong by more than 1e-3", of(scores, name, lambda s: 100 * s.wrong), 0.5),
        at_least(f"{name}: % of those whose bar tells", of(scores, name, lambda s: 100 * s.told), 90),
    ]


def errors_wanted(scores: Scores) -> list[str]:
    """The medians and 90th percentiles over 20 decades of scale."""
    return [
        at_most(f"{FOUR}: median", of(scores, FOUR, median), 5e-13),
        at_most(f"{FOUR}: p90", of(scores, FOUR, p90), 5e-11),
        at_most(f"{EIGHT}: median", of(scores, EIGHT, median), 1e-13),
        at_most(f"{EIGHT}: p90", of(scores, EIGHT, p90), 5e-12),
    ]


def evaluations_wanted(scores: Scores) -> list[str]:
    """Without a rescue, which a few cases in a hundred need: so the share is asked for."""
    four = of(scores, FOUR, lambda s: 100 * s.within(4, 7))
    eight = of(scores, EIGHT, lambda s: 100 * s.within(8, 7))
    return [
        at_least(f"{FOUR}: % of cases within 4n + 7 evaluations", four, 95),
        at_least(f"{EIGHT}: % of cases within 8n + 7 evaluations", eight, 95),
    ]
