# SPDX-License-Identifier: BSD-3-Clause
"""
What a Jacobian costs beside the calls of f.

Under pytest it shows five tables and runs pytest-benchmark's own statistics; as a script it prints the tables alone.
A ratio is one CPU time over another that was taken in turns with it; microseconds beside it tell the size.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measure import empty_loop, evaluations, hundred_calls, interleaved, line, peak_beside
from report import table
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


# ------------------------------------------------------------------------------------------ what is measured


def timed(problems: Iterable[tuple[F, int]], contenders: Mapping[str, Contender]) -> dict[Any, float]:
    """Seconds by (f, n, name), all of them in turns; the name of f itself is "f", and "loop" is an empty one."""
    jobs: dict[Any, tuple[F, Any]] = {"loop": (empty_loop, None)}
    for f, n in problems:
        jobs |= {(f, n, name): (contender(f), point(n)) for name, contender in contenders.items()}
        jobs[f, n, "f"] = hundred_calls(f), point(n)
    seconds = interleaved(jobs, SECONDS)
    return {key: (time - seconds["loop"]) / 100 if key[2] == "f" else time for key, time in seconds.items()}


def goal(what: str, found: float, most: float) -> str:
    """A goal, and whether it is met."""
    return f"   goal: {what} at most {most:g}: {'met' if found <= most else 'NOT MET'} ({found:.2f})"


def us(seconds: float) -> str:
    """Microseconds."""
    return f"{seconds * 1e6:.2f}"


# --------------------------------------------------------------------------------- 1. fixed, and per evaluation


def fixed_and_each() -> str:
    """Table 1."""
    seconds = timed([(const, n) for n in SIZES], LOOPS)
    costs = beside_f(seconds)
    fits = {name: line(*zip(*costs[name].values(), strict=True)) for name in costs}
    rows = [[name, *fit_cells(fits[name], fits[FORWARD]), *each_cells(costs[name])] for name in costs]
    (fixed, each), (form, _) = fits[FORWARD], fits[FORM]
    return "\n".join(
        [
            "1. Cost beside the calls of f: fixed + each * evaluations, in us; ratios are to numjac planned forward.",
            f"   f returns a stored array of n numbers; fitted over n = {SIZES[0]} ... {SIZES[-1]}.",
            "   On the right: all of it, divided by the evaluations.",
            f"   How fast the machine was: a hundred rounds of an empty loop took {us(seconds['loop'])} us.",
            goal("fixed us of a planned object", fixed * 1e6, 3.0),
            goal("us per evaluation of a planned object", each * 1e6, 0.35),
            goal("fixed us of the function form", form * 1e6, 10.0),
            table(["", "fixed", "ratio", "each", "ratio", *(f"n={n}" for n in SHOWN)], rows),
        ]
    )


SHOWN = (1, 10, 100, 200)


def beside_f(seconds: Mapping[Any, float]) -> dict[str, dict[int, tuple[int, float]]]:
    """For every contender and n: its evaluations, and its seconds less those of so many calls of f."""
    costs: dict[str, dict[int, tuple[int, float]]] = {name: {} for name in LOOPS}
    for name, contender in LOOPS.items():
        for n in SIZES:
            count = evaluations(contender, const, point(n))
            costs[name][n] = count, seconds[const, n, name] - count * seconds[const, n, "f"]
    return costs


def fit_cells(fit: Sequence[float], unit: Sequence[float]) -> list[str]:
    """Fixed cost and cost per evaluation, each with its ratio."""
    return [text for cost, one in zip(fit, unit, strict=True) for text in (us(cost), f"{cost / one:.1f}")]


def each_cells(costs: Mapping[int, tuple[int, float]]) -> list[str]:
    """The whole cost per evaluation."""
    return [us(costs[n][1] / costs[n][0]) for n in SHOWN]


# ----------------------------------------------------------------------------------------- 2. whole Jacobians


def whole() -> str:
    """Table 2."""
    problems = [(f, n) for f in (const, square, rosenbrock) for n in (2, 10, 100)]
    seconds = timed(problems, LOOPS)
    ratios = {name: [of_the_calls(name, f, n, seconds) for f, n in problems] for name in LOOPS}
    rows = [[name, *(f"{ratio:.2f}" for ratio in ratios[name])] for name in LOOPS]
    lead = max(ours / min(theirs) for ours, *theirs in zip(ratios[FORWARD], *map(ratios.get, OTHERS), strict=True))
    return "\n".join(
        [
            "2. Whole Jacobians in units of their calls of f: T / (evaluations * t_f), at n = 2, 10, 100.",
            goal(f"{FORWARD} / the best rival, in every column,", lead, 1.0),
            table(["", *(f"{f.__name__} {n}" for f, n in problems)], rows),
        ]
    )


def of_the_calls(name: str, f: F, n: int, seconds: Mapping[Any, float]) -> float:
    """The time of a contender in units of its own calls of f."""
    return seconds[f, n, name] / (evaluations(LOOPS[name], f, point(n)) * seconds[f, n, "f"])


# ------------------------------------------------------------------------------------- 3. many points in a call


def vectorized() -> str:
    """Table 3."""
    problems = [(f, n) for n in (100, 1000) for f in VECTORIZED]
    seconds = one_call_and_all(problems[:3]) | one_call_and_all(problems[3:])  # the large would leave few rounds
    names = [*BATCHES, *ONE_SIDED]
    rows = [[name, *(f"{seconds[f, n, name] / seconds[f, n, 'f']:.2f}" for f, n in problems)] for name in names]
    rows += [["that call, us", *(f"{seconds[f, n, 'f'] * 1e6:.0f}" for f, n in problems)]]
    return "\n".join(
        [
            "3. Vectorized f, in units of one call of it with all n + 1 points, an array (n, n + 1).",
            *(goal(f"{BATCH} of {f.__name__} {n}", *of_one_call(seconds, f, n)) for f, n in problems if n == 100),
            *(goal(f"the same / {ONE_CALL}, {f.__name__} {n}", *of_hand(seconds, f, n)) for f, n in problems),
            table(["", *(f"{f.__name__} {n}" for f, n in problems)], rows),
        ]
    )


VECTORIZED = (square, rosenbrock, transcendental)


def one_call_and_all(problems: Iterable[tuple[F, int]]) -> dict[tuple[F, int, str], float]:
    """Seconds of every contender, and under the name "f" those of the one call."""
    jobs: dict[tuple[F, int, str], tuple[F, Any]] = {}
    for f, n in problems:
        jobs |= {(f, n, name): (contender(f), point(n)) for name, contender in (BATCHES | ONE_SIDED).items()}
        jobs[f, n, "f"] = f, np.repeat(point(n)[:, np.newaxis], n + 1, axis=1)
    return interleaved(jobs, SECONDS)


def of_one_call(seconds: Mapping[Any, float], f: F, n: int) -> tuple[float, float]:
    """What is found of numjac against the one call, and what is wanted."""
    return seconds[f, n, BATCH] / seconds[f, n, "f"], 1.15


def of_hand(seconds: Mapping[Any, float], f: F, n: int) -> tuple[float, float]:
    """The same against the loop that NumPy runs."""
    return seconds[f, n, BATCH] / seconds[f, n, ONE_CALL], 1.15


# --------------------------------------------------------------------------------------------------- 4. memory


def memory() -> str:
    """Table 4."""
    peaks = {name: peak_beside(contender(square), point(2000)) / 2**20 for name, contender in (LOOPS | BATCHES).items()}
    rows = [[name, f"{peak:.2f}", f"{peak / peaks[FORWARD]:.1f}"] for name, peak in peaks.items()]
    return "\n".join(
        [
            "4. Memory at the peak beside J (30.5 MB), for f = x * x at n = m = 2000; that of f is included.",
            *(goal(f"MB of {name}", peaks[name], 2.0) for name in (*OURS, BATCH)),
            table(["", "MB", "ratio"], rows),
        ]
    )


# ----------------------------------------------------------------------------------------------------- 5. proof


def proof() -> str:
    """Table 5."""
    problems = [(f, n) for f in (square, rosenbrock, real_only, modulus) for n in (2, 10, 100)]
    seconds = timed(problems, {"auto": planned(), "central": planned(method="central", order=4)})
    return "\n".join(
        [
            "5. What method='auto' pays for its proof, beside central differences of order 4, which need none.",
            "   goal: none is set",
            table(
                ["", "taken", "nfev", "auto us", "central us", "ratio", "auto / (nfev * t_f)"],
                [proof_row(f, n, seconds) for f, n in problems],
            ),
        ]
    )


def proof_row(f: F, n: int, seconds: Mapping[Any, float]) -> list[str]:
    """One function at one size."""
    method = nj.jacobian(f, point(n), full_output=True)[1].method
    nfev = evaluations(planned(), f, point(n))
    auto, central, bare = (seconds[f, n, name] for name in ("auto", "central", "f"))
    ratios = f"{auto / central:.2f}", f"{auto / (nfev * bare):.2f}"
    return [f"{f.__name__} {n}", method, str(nfev), us(auto), us(central), *ratios]


TABLES = (fixed_and_each, whole, vectorized, memory, proof)


# ------------------------------------------------------------------------------------------------ under pytest


@pytest.mark.parametrize("build", TABLES)
def test_table(build: Callable[[], str], capsys: pytest.CaptureFixture[str]) -> None:
    """Not a timed test: the table is shown, and nothing asserted of it."""
    text = build()
    with capsys.disabled():
        print(f"\n\n{text}", *MISSING, sep="\n")


@pytest.mark.parametrize("f", [const, rosenbrock])
@pytest.mark.parametrize("name", LOOPS)
def test_jacobian(benchmark: Any, name: str, f: F) -> None:
    """Not a timed test: pytest-benchmark keeps the times, what is asserted is that the contenders agree."""
    benchmark.group = f"Jacobian of {f.__name__}, n = 100"
    J = benchmark(LOOPS[name](f), point(100))
    np.testing.assert_allclose(J, nj.jacobian(f, point(100)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n", [100, 1000])
@pytest.mark.parametrize("name", BATCHES | ONE_SIDED)
def test_vectorized(benchmark: Any, name: str, n: int) -> None:
    """Not a timed test: as above."""
    benchmark.group = f"Jacobian of a vectorized rosenbrock, n = {n}"
    J = benchmark((BATCHES | ONE_SIDED)[name](rosenbrock), point(n))
    np.testing.assert_allclose(J, nj.jacobian(rosenbrock, point(n)), rtol=1e-4, atol=1e-4)


def main() -> None:
    """The tables alone."""
    extension = Path(_core.__file__).name
    print(f"numjac {nj.__version__} ({extension}), Python {sys.version.split()[0]}, NumPy {np.__version__}")
    for build in TABLES:
        print(f"\n{build()}", flush=True)
    print(*MISSING, sep="\n")


if __name__ == "__main__":
    main()
