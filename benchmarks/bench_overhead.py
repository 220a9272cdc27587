# SPDX-License-Identifier: BSD-3-Clause
"""
What a Jacobian costs beside the calls of f.

Under pytest it shows five tables and runs pytest-benchmark's own statistics; as a script it prints the tables alone.
A ratio is one CPU time over another that was taken in turns with it; microseconds beside it tell the size.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measure import empty_loop, evaluations, hundred_calls, interleaved, line, peak_beside, table
from rivals import Contender, by_hand, hand_batch, hand_loop, once, planned, rivals

import numjac as nj
import numjac._core as _core

F = Callable[[Any], Any]

RIVALS, MISSING = rivals()
FORWARD, FORM, BATCH = "numjac planned forward", "numjac jacobian() forward", "numjac vectorized forward"
LOOP, ONE_CALL = "hand-written loop", "hand-written, one call"
OURS = {
    FORWARD: planned(method="forward"),
    "numjac planned central": planned(method="central"),
    "numjac planned auto": planned(),
    FORM: once(method="forward"),
}
OTHERS = {LOOP: by_hand(hand_loop)} | RIVALS
LOOPS = OURS | OTHERS
BATCHES = {BATCH: planned(method="forward", vectorized=True), ONE_CALL: by_hand(hand_batch)}
ONE_SIDED = {name: loop for name, loop in OTHERS.items() if name not in ("statsmodels centered", "SciPy 3-point")}

# Each table is measured for so long.
SECONDS = 10.0


# ------------------------------------------------------------------------------------- what is differentiated


def const(x: Any) -> Any:
    """Nothing but the call: the same array each time, as long as x."""
    return STORED[x.shape[0]]


def square(x: Any) -> Any:
    """One operation."""
    return x * x


def rosenbrock(x: Any) -> Any:
    """The residuals of Rosenbrock's function, a dozen operations; the points may be the last axis."""
    return np.concatenate([10.0 * (x[1:] - x[:-1] * x[:-1]), 1.0 - x[:-1]])


def transcendental(x: Any) -> Any:
    """Arithmetic that outweighs memory."""
    return np.exp(np.sin(x)) * np.tanh(x)


def modulus(x: Any) -> Any:
    """Not analytic, and takes complex numbers all the same."""
    return x * np.abs(x)


def real_only(x: Any) -> Any:
    """Refuses complex numbers."""
    if x.dtype.kind == "c":
        raise TypeError("expected real numbers")
    return x * x


SIZES = (1, 2, 5, 10, 20, 50, 100, 200)
STORED = {n: np.ones(n) for n in SIZES}


def point(n: int) -> Any:
    """No two entries alike, none of them zero."""
    return np.linspace(0.5, 1.5, n)


# ----------------------------------------------------------------------------------------- what is measured


def timed(problems: Iterable[tuple[F, int]], contenders: Mapping[str, Contender]) -> dict[tuple[F, int, str], float]:
    """Seconds of every contender at every problem, all of them in turns; under the name "f" those of f itself."""
    jobs: dict[Any, tuple[F, Any]] = {"loop": (empty_loop, None)}
    for f, n in problems:
        jobs |= {(f, n, name): (contender(f), point(n)) for name, contender in contenders.items()}
        jobs[f, n, "f"] = hundred_calls(f), point(n)
    seconds = interleaved(jobs, SECONDS)
    loop = seconds.pop("loop")
    return {key: (time - loop) / 100 if key[2] == "f" else time for key, time in seconds.items()}


def counted(f: F, n: int, names: Iterable[str]) -> dict[str, int]:
    """The evaluations of each contender."""
    return {name: evaluations(LOOPS[name], f, point(n)) for name in names}


def goal(what: str, found: float, most: float) -> str:
    """A goal, and whether it is met."""
    return f"   goal: {what} at most {most:g}: {'met' if found <= most else 'NOT MET'} ({found:.2f})"


def us(seconds: float) -> str:
    """Microseconds."""
    return f"{seconds * 1e6:.2f}"


# ------------------------------------------------------------------------------- 1. fixed, and per evaluation


def fixed_and_each() -> str:
    """Table 1."""
    beside = beside_f()
    lines = {name: line(*zip(*beside[name], strict=True)) for name in LOOPS}
    rows = [[name, *with_ratios(lines[name]), *per_evaluation(beside[name])] for name in LOOPS]
    rows = [[cell if cell else with_ratio for cell, with_ratio in zip(row, row, strict=True)] for row in rows]
    (fixed, each), (form, _) = lines[FORWARD], lines[FORM]
    return "\n".join(
        [
            "1. Cost beside f: fixed + each * evaluations, in us; the ratios are to numjac planned forward",
            f"   f returns a stored array of n numbers, fitted over n = {SIZES[0]} ... {SIZES[-1]}; on the right, all",
            "   the cost divided by the evaluations",
            goal("fixed us of a planned object", fixed * 1e6, 3.0),
            goal("us per evaluation of a planned object", each * 1e6, 0.35),
            goal("fixed us of the function form", form * 1e6, 10.0),
            table(["", "fixed", "ratio", "each", "ratio", *(f"n={n}" for n in SIZES[::3] + SIZES[-1:])], rows),
        ]
    )
