# SPDX-License-Identifier: BSD-3-Clause
"""
What a Jacobian costs, and how wrong it is, by numjac and by every rival that is installed.

Three sets of problems that the tests share: scenarios with derivatives written by hand, systems from the literature,
and random expressions. Everybody is given the same functions of a vector, prepares for each what can be prepared, and
is timed in turns with the others; error, error bar and time of a row are those of the same call. JAX and autograd get
the source with their own module in the place of NumPy, CasADi arrays of its symbols. Their compilation stands apart,
as the first call.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np
import pytest
from contest import MANY, ONE, QUICK, Budget, Row, contest, many_problems, middle, one_problem, times, us
from estimators import AUTO, COMPLEX, MISSING, OURS, RIVALS, Way, by, demanding, plainly
from plot import growth, price
from report import Item, Picture, Table, parser, program
from rivals import FOR_CASADI, Contender, found, numba, once
from score import Case, Score, outcome, quiet, small

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import problems
import trees
from exact import entry_size
from scenarios import SCENARIOS, rosenbrock, rosenbrock_jacobian

SEED = 20262
EXPRESSIONS = 40


def called_with_loops(contender: Contender, _: Any) -> Any:
    """What is compiled is given Rosenbrock's residuals as one writes them there."""
    return contender(rosenbrock_loop)


def rosenbrock_loop(x: Any) -> Any:
    n = x.size - 1
    y = np.empty(2 * n)
    for i in range(n):
        y[i], y[n + i] = 10 * (x[i + 1] - x[i] ** 2), 1 - x[i]
    return y


DEMANDING, NOT_INSTALLED = demanding()
COMPILED, NO_NUMBA = found(
    {"numba": lambda: {name: Way(partial(called_with_loops, one)) for name, one in numba().items()}}
)
WAYS = {
    AUTO: plainly(),
    "numjac auto, bars": OURS[AUTO].jacobian,
    "numjac jacobian()": Way(once()),
    COMPLEX: plainly(method="complex"),
    "numjac adaptive 4, bars": OURS["numjac adaptive 4"].jacobian,
    "numjac adaptive 8, bars": OURS["numjac adaptive 8"].jacobian,
    "numjac central 2": plainly(method="central"),
    "numjac central 4, bars": OURS["numjac central 4"].jacobian,
    "numjac forward": plainly(method="forward"),
    "numjac forward, bars": by(method="forward").jacobian,
    **{name: one.jacobian for name, one in RIVALS.items()},
    **DEMANDING,
}
LEFT_OUT = [*MISSING, *NOT_INSTALLED, *NO_NUMBA]


# ---------------------------------------------------------------------------------------------------- problems


def of_a_vector(f: Any, x: Any, exact: Any) -> Case:
    """A function of anything as one of a vector, with a vector as its value, which all contenders understand."""
    shape, flat = np.shape(x), np.ravel(np.asarray(x, float))
    J = np.reshape(np.asarray(exact, float), (-1, flat.size))
    if len(shape) != 1 or np.ndim(exact) != 2:
        f = array(f, shape) if shape else scalar(f)
    return Case(f, flat, J, entry_size(J, np.where(flat == 0, 1.0, np.abs(flat))))


def displacement(k: Any) -> Any:
    """The solution of a linear system, by CasADi."""
    from casadi import SX, diag, solve

    return solve(SX(problems.SPRINGS) + diag(k), SX(problems.LOAD))


FOR_CASADI[problems.displacement] = displacement


def scalar(f: Any) -> Any:
    return lambda z: np.ravel(f(z[0]))


def array(f: Any, shape: tuple[int, ...]) -> Any:
    return lambda z: np.ravel(f(np.reshape(z, shape)))


def growing(n: int) -> Case:
    """Rosenbrock's residuals in n numbers."""
    x = np.linspace(0.5, 1.5, n)
    return of_a_vector(rosenbrock, x, rosenbrock_jacobian(x))


def problem_sets(quick: bool) -> dict[str, dict[str, Case]]:
    """The cases by set and name."""
    drawn = trees.vector_trees(SEED, 6 if quick else EXPRESSIONS)
    return {
        "scenarios": {s.name: of_a_vector(s.f, s.x, s.jacobian) for s in SCENARIOS},
        "systems": {p.name: Case(p.f, np.asarray(p.x, float), p.exact, p.size) for p in problems.VECTORS},
        "expressions": {
            f"expressions {i}": Case(p.f, np.asarray(p.x, float), p.exact, p.size) for i, p in enumerate(drawn)
        },
    }


# ------------------------------------------------------------------------------------------------------ tables

READ = (
    "ok: every entry right to 1e-3, and within its bar, where there is one; lies: an error outside its own bar",
    "times are CPU times of all threads, medians over the problems that a contender solves; bars hold: finite ones",
)
SPEED = ("Robertson", "two bodies, SI", "Broyden 20", "linear solve", "van der Pol flow")
LARGE = 100


def tables(options: argparse.Namespace) -> Iterator[Item]:
    """The summary, a table for each set and each problem, and how it goes on as n grows."""
    budget = QUICK if options.quick else Budget()
    rows = {
        kind: {name: contest(case, WAYS, budget) for name, case in cases.items()}
        for kind, cases in problem_sets(options.quick).items()
    }
    sizes = (2, 10, LARGE) if options.quick else (2, 5, 10, 20, 50, LARGE, 200)
    grown = {n: contest(growing(n), WAYS | COMPILED, budget) for n in sizes}
    every = {name: row for by_name in rows.values() for name, row in by_name.items()}
    yield Table(f"All {len(every)} problems", MANY, many_problems(every.values(), AUTO), [*READ, *LEFT_OUT], "accuracy")
    yield speed({name: rows["systems"][name] for name in SPEED} | {f"Rosenbrock {LARGE}": grown[LARGE]})
    for kind, by_name in rows.items():
        yield Table(f"The {len(by_name)} {kind}", MANY, many_problems(by_name.values(), AUTO))
    yield by_size(grown)
    yield faults(every)
    yield faster(every)
    if options.figures:
        yield Picture("Error against price, all problems", price(options.figures / "price.svg", prices(every.values())))
        yield Picture("Time as n grows, Rosenbrock", growth(options.figures / "growth.svg", ratios(grown)))
    for name, row in (rows["scenarios"] | rows["systems"]).items():
        yield Table(name, ONE, one_problem(row, AUTO), folded=True)


def speed(chosen: Mapping[str, Row]) -> Table:
    """Times of some problems side by side, and the worst error that was made on them."""
    head = ["time / numjac auto", "worst error", *chosen]
    last = list(chosen.values())[-1]
    rows = [
        [name, worst(name, chosen.values()), *(time_or_verdict(name, row) for row in chosen.values())] for name in last
    ]
    rows += [[f"{AUTO}, us", "", *(us(row[AUTO].seconds) for row in chosen.values())]]
    rows += [["one call of f, us", "", *(us(row[AUTO].of_f) for row in chosen.values())]]
    note = "a word where the answer is wrong; the compiled ones have f written as a loop; times go with the machine"
    return Table("Time beside numjac auto", head, rows, [note], "speed")


def worst(name: str, rows: Iterable[Row]) -> str:
    return small(max(row[name].outcome.worst for row in rows if name in row))


def time_or_verdict(name: str, row: Row) -> str:
    if name not in row:
        return "-"
    entry = row[name]
    return times(entry.seconds / row[AUTO].seconds) if entry.solved else entry.outcome.verdict.split()[0].strip(",:")


def by_size(grown: Mapping[int, Row]) -> Table:
    """The same for one function of more and more numbers."""
    rows = [[name, *(time_or_verdict(name, row) for row in grown.values())] for name in WAYS | COMPILED]
    rows += [[f"{AUTO}, us", *(us(row[AUTO].seconds) for row in grown.values())]]
    head = ["time / numjac auto", *(f"n = {n}" for n in grown)]
    return Table("Rosenbrock's residuals, as n grows", head, rows)


def faults(every: Mapping[str, Row]) -> Table:
    """Everything that was not ok, by contender."""
    found = [(name, problem, row[name].outcome.verdict) for name in WAYS for problem, row in every.items()]
    rows = [one for one in found if one[-1] != "ok"]
    return Table("Who fails, lies or raises, and where", ["", "problem", "verdict"], rows, folded=True)


def faster(every: Mapping[str, Row]) -> Table:
    """Where a rival is right, and takes less time than numjac auto."""
    rows = []
    for problem, row in every.items():
        for name, entry in row.items():
            ratio = entry.seconds / row[AUTO].seconds
            if entry.solved and ratio < 1 and not name.startswith("numjac"):
                errors = small(entry.outcome.worst), small(row[AUTO].outcome.worst)
                rows.append([f"{name}, {problem}", times(ratio), *errors])
    head = ["", "time / numjac auto", "its error", "that of numjac auto"]
    pairs = len(every) * sum(not name.startswith("numjac") for name in WAYS)
    return Table(f"Where a rival is right and faster: {len(rows)} of {pairs} pairs", head, rows, folded=True)


# ----------------------------------------------------------------------------------------------------- figures


def prices(rows: Iterable[Row]) -> dict[str, tuple[float, Score]]:
    """For every contender: the median of its time in calls of f, and its errors."""
    by_name = {name: [row[name] for row in rows] for name in WAYS}
    return {
        name: (middle(one.seconds / one.of_f for one in some if one.solved), Score([one.outcome for one in some]))
        for name, some in by_name.items()
    }


def ratios(grown: Mapping[int, Row]) -> dict[str, list[tuple[int, float]]]:
    """For every contender: n, and its time over that of numjac auto."""
    return {
        name: [(n, row[name].seconds / row[AUTO].seconds) for n, row in grown.items() if row[name].solved]
        for name in WAYS | COMPILED
    }


# ------------------------------------------------------------------------------------------------ under pytest


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize("name", WAYS)
def test_jacobian(benchmark: Any, name: str, scenario: Any) -> None:
    """Not a timed test: pytest-benchmark keeps the times, and the error and the verdict beside them."""
    case = of_a_vector(scenario.f, scenario.x, scenario.jacobian)
    found = outcome(case, WAYS[name])
    benchmark.group = scenario.name
    benchmark.extra_info |= {"error": small(found.worst), "verdict": found.verdict}
    if found.raised:
        pytest.skip(found.verdict)
    with quiet():
        benchmark(WAYS[name].prepare(case.f), case.x)


if __name__ == "__main__":
    program(tables, parser(__doc__))
