# SPDX-License-Identifier: BSD-3-Clause
"""
What does a Jacobian cost beside the calls of f?

Run it with pytest for the tables and for pytest-benchmark's own statistics, or as a script for the tables alone. A
ratio is one CPU time over another that was taken in turns with it; microseconds stand beside it to tell the size.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import measure
import numpy as np
import pytest
from rivals import Contender, by_hand, hand_batch, hand_loop, once, planned, rivals

import numjac as nj

RIVALS, MISSING = rivals()
HAND = {"hand-written loop": by_hand(hand_loop)}
OURS = {
    "numjac planned forward": planned(method="forward"),
    "numjac planned central": planned(method="central"),
    "numjac planned auto": planned(),
    "numjac jacobian() forward": once(method="forward"),
}
ALL = OURS | HAND | RIVALS
FORWARD = "numjac planned forward"
BATCH = {"numjac vectorized forward": planned(method="forward", vectorized=True)}
ONE_CALL = {"hand-written, one call": by_hand(hand_batch)}

MICRO, MEGA = 1e-6, 2.0**20


# ------------------------------------------------------------------------------------- what is differentiated


def const(x: Any) -> Any:
    """Nothing but the call: the same array each time, as long as x."""
    return STORED[x.shape[0]]


def square(x: Any) -> Any:
    """One NumPy operation; the name tells what it is."""
    return x * x


def rosenbrock(x: Any) -> Any:
    """The residuals of Rosenbrock's function, eight operations; also for points along the last axis."""
    return np.concatenate([10.0 * (x[1:] - x[:-1] * x[:-1]), 1.0 - x[:-1]])


def transcendental(x: Any) -> Any:
    """Arithmetic outweighs memory."""
    return np.exp(np.sin(x)) * np.tanh(x)


def modulus(x: Any) -> Any:
    """Takes complex numbers without a complaint, and is not analytic."""
    return x * np.abs(x)


def real_only(x: Any) -> Any:
    """Refuses complex numbers at once."""
    if x.dtype.kind == "c":
        raise TypeError("real numbers only")
    return x * x


SIZES = (1, 2, 5, 10, 20, 50, 100, 200)
STORED = {n: np.ones(n) for n in SIZES}


def point(n: int) -> Any:
    """No two entries alike, none of them zero."""
    return np.linspace(0.5, 1.5, n)


# --------------------------------------------------------------------------------------------------- the tables


def timed(f: Callable[[Any], Any], n: int, contenders: Mapping[str, Contender]) -> tuple[dict[str, float], float]:
    """Seconds of every contender, and of one bare call of f."""
    calls = {name: contender(f) for name, contender in contenders.items()}
    seconds = measure.interleaved(calls | measure.bare(f), point(n))
    return seconds, measure.bare_call(seconds)


def verdict(goals: Mapping[str, tuple[float, float]]) -> str:
    """Each goal with what was found: (found, at most)."""
    return "\n".join(
        f"  goal: {name} at most {most:g}: {'met' if found <= most else 'NOT MET'} ({found:.2f})"
        for name, (found, most) in goals.items()
    )


def beyond_f(n: int) -> dict[str, tuple[int, float]]:
    """Evaluations of every contender, and the seconds it needs beside them."""
    seconds, bare = timed(const, n, ALL)
    counts = {name: measure.evaluations(contender, const, point(n)) for name, contender in ALL.items()}
    return {name: (counts[name], seconds[name] - counts[name] * bare) for name in ALL}


def fixed_and_each() -> str:
    """Table 1."""
    sizes = {n: beyond_f(n) for n in SIZES}
    lines = {name: measure.line(*zip(*(sizes[n][name] for n in SIZES), strict=True)) for name in ALL}
    unit = lines[FORWARD]
    rows = []
    for name, costs in lines.items():
        cells = [text for cost, one in zip(costs, unit, strict=True) for text in (us(cost), f"{cost / one:.1f}")]
        each = [us(seconds / count) for count, seconds in (sizes[n][name] for n in (1, 10, 100, 200))]
        rows.append([name, *cells, *each])
    form = lines["numjac jacobian() forward"]
    goals = {
        "fixed us of a planned object": (unit[0] / MICRO, 3.0),
        "us per evaluation of a planned object": (unit[1] / MICRO, 0.35),
        "fixed us of the function form": (form[0] / MICRO, 10.0),
    }
    head = ["", "fixed us", "ratio", "each us", "ratio", *(f"all/ev n={n}" for n in (1, 10, 100, 200))]
    return (
        "1. Cost beside the calls of f, for an f that returns a stored array of n: fixed + each * evaluations,\n"
        f"   fitted over n = {SIZES[0]} ... {SIZES[-1]}; ratio to {FORWARD}; on the right all of it per evaluation, us\n"
        f"{verdict(goals)}\n{measure.table(head, rows)}"
    )


def us(seconds: float) -> str:
    return f"{seconds / MICRO:.2f}"


def whole() -> str:
    """Table 2."""
    columns = {}
    for f in (const, square, rosenbrock):
        for n in (2, 10, 100):
            columns[f"{f.__name__} {n}"] = of_the_calls(f, n)
    rows = [[name, *(f"{column[name]:.2f}" for column in columns.values())] for name in ALL]
    others = [name for name in ALL if name not in OURS]
    lost = [head for head, column in columns.items() if column[FORWARD] > min(column[name] for name in others)]
    return (
        "2. A whole Jacobian in units of its calls of f, T / (evaluations * t_f), at n = 2, 10, 100\n"
        f"  goal: {FORWARD} below every rival: {'NOT MET for ' + ', '.join(lost) if lost else 'met'}\n"
        f"{measure.table(['', *columns], rows)}"
    )


def of_the_calls(f: Callable[[Any], Any], n: int) -> dict[str, float]:
    seconds, bare = timed(f, n, ALL)
    counts = {name: measure.evaluations(contender, f, point(n)) for name, contender in ALL.items()}
    return {name: seconds[name] / (counts[name] * bare) for name in ALL}


def vectorized() -> str:
    """Table 3."""
    columns = {f"{f.__name__} {n}": of_one_call(f, n) for n in (100, 1000) for f in VECTORIZED}
    names = [*BATCH, *ONE_CALL, *LOOPS]
    rows = [[name, *(f"{column[name]:.2f}" for column in columns.values())] for name in names]
    rows += [["the one call, us", *(us(column["one call"]) for column in columns.values())]]
    ours, hand = next(iter(BATCH)), next(iter(ONE_CALL))
    goals = {f"one call of f * ({head})": (column[ours], 1.15) for head, column in columns.items()}
    goals |= {f"hand-written * ({head})": (column[ours] / column[hand], 1.15) for head, column in columns.items()}
    return (
        "3. Vectorized f, in units of one call of f with all n + 1 points, an array (n, n + 1)\n"
        f"{verdict({name: goal for name, goal in goals.items() if name.endswith('100)')})}\n"
        f"{measure.table(['', *columns], rows)}"
    )


VECTORIZED = (square, rosenbrock, transcendental)
LOOPS = HAND | {name: rival for name, rival in RIVALS.items() if name in ("statsmodels forward", "SciPy 2-point")}


def of_one_call(f: Callable[[Any], Any], n: int) -> dict[str, float]:
    x = point(n)
    X = np.repeat(x[:, np.newaxis], n + 1, axis=1)
    calls = {name: contender(f) for name, contender in (BATCH | ONE_CALL | LOOPS).items()}
    seconds = measure.interleaved(calls | {"one call": lambda x: f(X)}, x, rounds=ROUNDS_OF_LARGE)
    one = seconds["one call"]
    return {name: time / one for name, time in seconds.items()} | {"one call": one}


# The loops of rivals at n = 1000 take tens of milliseconds each.
ROUNDS_OF_LARGE = 20


def memory() -> str:
    """Table 4."""
    contenders = ALL | BATCH | ONE_CALL
    peaks = {name: measure.peak_above(contender(square), point(2000)) for name, contender in contenders.items()}
    unit = peaks[FORWARD]
    rows = [[name, f"{peak / MEGA:.2f}", f"{peak / unit:.1f}"] for name, peak in peaks.items()]
    goals = {f"MB of {name}": (peaks[name] / MEGA, 2.0) for name in (FORWARD, "numjac planned central", *BATCH)}
    return (
        "4. Memory at the peak beside J itself (30.5 MB), for f = x * x at n = m = 2000, f's own included\n"
        f"{verdict(goals)}\n{measure.table(['', 'MB', 'ratio'], rows)}"
    )


def proof() -> str:
    """Table 5."""
    rows = [proof_row(f, n) for f in (square, rosenbrock, real_only, modulus) for n in (2, 10, 100)]
    head = ["", "taken", "nfev", "auto us", "auto / the method taken", "the rest in calls of f"]
    return (
        "5. What method='auto' pays for its proof: its time over that of the method it ends with, given by name;\n"
        "   the rest is the complex steps that were in vain, or one real step in a random direction, and Python\n"
        f"  goal: none is set\n{measure.table(head, rows)}"
    )


def proof_row(f: Callable[[Any], Any], n: int) -> list[str]:
    report = nj.jacobian(f, point(n), full_output=True)[1]
    given = {} if report.method == "complex" else {"order": report.order}
    seconds, bare = timed(f, n, {"auto": planned(), "given": planned(method=report.method, **given)})
    auto, alone = seconds["auto"], seconds["given"]
    taken = f"{report.method} {report.order}"
    numbers = [us(auto), f"{auto / alone:.2f}", f"{(auto - alone) / bare:.1f}"]
    return [f"{f.__name__} {n}", taken, str(int(report.nfev)), *numbers]


TABLES = (fixed_and_each, whole, vectorized, memory, proof)


# ---------------------------------------------------------------------------------------------- under pytest


@pytest.mark.parametrize("build", TABLES)
def test_table(build: Callable[[], str], capsys: pytest.CaptureFixture[str]) -> None:
    """Not a timed test: the table is shown, nothing is asserted of it."""
    text = build()
    with capsys.disabled():
        print(f"\n\n{text}", *MISSING, sep="\n")


@pytest.mark.parametrize("f", [const, square, rosenbrock])
@pytest.mark.parametrize("n", [2, 100])
@pytest.mark.parametrize("name", ALL)
def test_jacobian(benchmark: Any, name: str, n: int, f: Callable[[Any], Any]) -> None:
    """Not a timed test."""
    benchmark.group = f"Jacobian of {f.__name__}, n={n}"
    J = benchmark(ALL[name](f), point(n))
    np.testing.assert_allclose(J, nj.jacobian(f, point(n)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("f", VECTORIZED)
@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("name", BATCH | ONE_CALL | LOOPS)
def test_vectorized(benchmark: Any, name: str, n: int, f: Callable[[Any], Any]) -> None:
    """Not a timed test."""
    benchmark.group = f"vectorized {f.__name__}, n={n}"
    J = benchmark((BATCH | ONE_CALL | LOOPS)[name](f), point(n))
    np.testing.assert_allclose(J, nj.jacobian(f, point(n)), rtol=1e-4, atol=1e-4)


if __name__ == "__main__":
    print("numjac", nj.__version__, "| Python", sys.version.split()[0], "| NumPy", np.__version__)
    for build in TABLES:
        print(f"\n{build()}", flush=True)
    print(*MISSING, sep="\n")
