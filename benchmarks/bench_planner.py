# SPDX-License-Identifier: BSD-3-Clause
"""
What it costs to decide where a line is sampled next.

`Trials.decide` alone: many lines are sampled beforehand, a round of all of them is decided in one call, and the CPU
time of this thread is divided by their number. A decision changes the line, so that it can not be repeated as it is;
whole runs are, and the least time of each round is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import pytest
from report import table

import numjac as nj
from numjac import _trials

LINES = 100
SECONDS = 3.0

# What is asked of a decision, in microseconds, by the number of outputs.
GOALS = {1: 2.0, 100: 10.0}
ORDERS = (4, 8)
FIRST = {4: 1e-3, 8: 3e-3}

F = Callable[[Any], Any]


def smooth(m: int) -> F:
    """As many analytic functions of the scale of x, none like the other; t [lines] gives [lines, m]."""
    rate = np.linspace(0.5, 2.0, m)
    return lambda t: np.sin(rate * t[:, np.newaxis]) + np.exp(-rate * t[:, np.newaxis])


def begun(f: F, x: Any, order: int) -> _trials.Trials:
    """Lines through x, before anything is sampled."""
    value = f(x)
    room, eps = np.full(x.size, np.inf), float(np.finfo(float).eps)
    nothing = np.zeros((1, value.shape[1]))
    return _trials.Trials(
        x, np.abs(x), room, room, value, nothing, nothing > 0, eps, eps / 2, FIRST[order], 0.0, order // 2, 1
    )


def rounds(f: F, x: Any, order: int) -> list[tuple[int, float]]:
    """For each round of a run: the lines that took part, and the seconds of their decisions."""
    trials, taken = begun(f, x, order), []
    while (waiting := trials.waiting())[0].size:
        which, h, _ = waiting
        for side, sign in ((_trials.UP, 1), (_trials.DOWN, -1)):
            trials.put(which, side, np.ascontiguousarray(f(x[which] + sign * h)))
        start = thread_time()
        trials.decide(which)
        taken.append((which.size, thread_time() - start))
    return taken


def least(m: int, order: int, seconds: float) -> list[tuple[int, float]]:
    """The same, the least seconds of as many runs as fit into some time."""
    f, x = smooth(m), np.linspace(0.5, 1.5, LINES)
    best, end = rounds(f, x, order), perf_counter() + seconds
    while perf_counter() < end:
        best = [(size, min(time, other)) for (size, time), (_, other) in zip(best, rounds(f, x, order), strict=True)]
    return best


def row(m: int, order: int) -> tuple[float, list[str]]:
    """The mean over all decisions of a run, and the line of the table."""
    best = least(m, order, SECONDS)
    mean = 1e6 * sum(time for _, time in best) / sum(size for size, _ in best)
    cells = [f"{1e6 * time / size:.2f}" for size, time in best[: max(ORDERS) // 2]]
    cells += [""] * (max(ORDERS) // 2 - len(cells))
    return mean, [f"m = {m}, order {order}", f"{mean:.2f}", *cells]


def decisions() -> str:
    """The table."""
    measured = {(m, order): row(m, order) for m in GOALS for order in ORDERS}
    goals = [
        f"   goal: us of a decision for m = {m}, order {order}, at most {GOALS[m]:g}: "
        f"{'met' if mean <= GOALS[m] else 'NOT MET'} ({mean:.2f})"
        for (m, order), (mean, _) in measured.items()
    ]
    head = ["", "mean", *(f"round {k + 1}" for k in range(max(ORDERS) // 2))]
    return "\n".join(
        [
            f"Cost of a decision in us for each line and round; {LINES} lines, no noise, first derivatives.",
            *goals,
            table(head, [cells for _, cells in measured.values()]),
        ]
    )


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Not a timed test: the table is shown, and nothing asserted of it."""
    text = decisions()
    with capsys.disabled():
        print(f"\n\n{text}")


def main() -> None:
    """The table alone."""
    extension = Path(_trials.__file__).name
    print(f"numjac {nj.__version__} ({extension}), Python {sys.version.split()[0]}, NumPy {np.__version__}")
    print(f"\n{decisions()}")


if __name__ == "__main__":
    main()
