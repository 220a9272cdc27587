# SPDX-License-Identifier: BSD-3-Clause
"""
What an exact derivative costs: as a multiple of one call of f, and beside JAX, CasADi, autograd and a two-point loop.

Every contender is prepared before it is timed: JAX is compiled, CasADi's function is built, the planned object of
numjac has verified its trace. The clock counts the CPU time of all threads, because JAX computes on threads of its own;
everybody is told to use one. Functions are written once, with the array module as a parameter, so that each rival is
given what it was made for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from types import ModuleType
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np
from measure import interleaved
from report import table
from rivals import exact_rivals, hand_loop

import numjac as nj

F = Callable[[Any], Any]
Written = Callable[[ModuleType], F]

SECONDS = 2.0
WARM = 600  # calls, after which a trace is verified at calls far apart


@dataclass(frozen=True)
class Case:
    """A function, where, what is wanted of it, and the goal in words and in numbers."""

    name: str
    write: Written
    x: Any
    wanted: str = "jacobian"
    goal: str = ""
    sparse: bool = False
    loop: bool = True  # a two-point loop is short enough to be timed
    jax: bool = True


def van_der_pol(np: ModuleType) -> F:
    return lambda y: np.array([y[1], 5 * (1 - y[0] ** 2) * y[1] - y[0]])


def robertson(np: ModuleType) -> F:
    return lambda y: np.array(
        [
            -0.04 * y[0] + 1e4 * y[1] * y[2],
            0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2,
            3e7 * y[1] ** 2,
        ]
    )


def double_pendulum(np: ModuleType) -> F:
    def f(y: Any) -> Any:
        a, u, b, v = y
        d, g = a - b, 9.81
        below = 3 - np.cos(2 * d)
        first = -3 * g * np.sin(a) - g * np.sin(a - 2 * b) - 2 * np.sin(d) * (v**2 + u**2 * np.cos(d))
        second = 2 * np.sin(d) * (2 * u**2 + 2 * g * np.cos(a) + v**2 * np.cos(d))
        return np.array([u, first / below, v, second / below])

    return f


def rosenbrock_loop(np: ModuleType) -> F:
    def f(x: Any) -> Any:
        total = 0.0
        for i in range(len(x) - 1):
            total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return total

    return f


def rosenbrock(np: ModuleType) -> F:
    return lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def brusselator(n: int) -> Written:
    """Reaction and diffusion on a torus of n x n cells."""

    def write(np: ModuleType) -> F:
        def laplacian(u: Any) -> Any:
            return np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1) - 4 * u

        def f(x: Any) -> Any:
            u, v = x[: n * n].reshape(n, n), x[n * n :].reshape(n, n)
            uuv = u * u * v
            du = 1 + uuv - 4.4 * u + 0.002 * n * n * laplacian(u)
            dv = 3.4 * u - uuv + 0.002 * n * n * laplacian(v)
            return np.concatenate([du.ravel(), dv.ravel()])

        return f

    return write


def network(n: int) -> Written:
    """A tanh(B x + b)."""
    rng = np.random.default_rng(3)
    A, B, b = rng.normal(size=(n, n)) / n**0.5, rng.normal(size=(n, n)) / n**0.5, rng.normal(size=n)
    return lambda np: lambda x: np.dot(A, np.tanh(np.dot(B, x) + b))


def points(n: int) -> Any:
    return np.linspace(0.5, 1.5, n)


CASES = [
    Case("van der Pol, n = 2", van_der_pol, np.array([1.5, 0.3]), goal="<= 4 f, faster than JAX"),
    Case("Robertson, n = 3", robertson, np.array([0.9, 1e-5, 0.1]), goal="<= 4 f, faster than JAX"),
    Case("double pendulum, n = 4", double_pendulum, np.array([0.3, 0.1, -0.4, 0.2]), goal="<= 4 f, faster than JAX"),
    Case("Rosenbrock in a loop, n = 100", rosenbrock_loop, points(100), "gradient", "<= 2 f", loop=False, jax=False),
    Case("Rosenbrock gradient, n = 1000", rosenbrock, points(1000), "gradient", "<= 60 us, or 2.5 JAX", loop=False),
    Case("network, n = m = 100", network(100), points(100), goal="<= JAX"),
    Case("network, n = m = 1000", network(1000), points(1000), goal="<= JAX", loop=False),
    Case("Brusselator 32 x 32, CSR", brusselator(32), points(2 * 32**2), sparse=True, loop=False, jax=False),
    Case("Brusselator 128 x 128, CSR", brusselator(128), points(2 * 128**2), goal="<= 9 ms, 2 CasADi", sparse=True,
         loop=False, jax=False),
    Case("Rosenbrock Hessian, n = 1000, CSR", rosenbrock, points(1000), "hessian", "<= 2 ms", sparse=True,
         loop=False, jax=False),
]  # fmt: skip

PLANNED = {"jacobian": nj.Jacobian, "gradient": nj.Gradient, "hessian": nj.Hessian}


def of_numjac(case: Case) -> F:
    planned = PLANNED[case.wanted](case.write(np), method="analytic", **({"sparsity": "detect"} if case.sparse else {}))
    for _ in range(WARM if case.x.size < 1000 else 5):
        planned(case.x)
    return planned


def contestants(case: Case) -> dict[str, F]:
    """The rivals that are meant for a case, by name; what they build, they build when they are called first."""
    made, _ = exact_rivals(case.wanted)
    meant = {
        "JAX": case.jax,
        "CasADi": not case.name.startswith("network"),
        "autograd": not case.sparse and case.x.size <= 100,
    }
    f = case.write(np)
    found = {name: contender(f) for name, contender in made.items() if meant[name]}
    return found | ({"two-point loop": lambda x: hand_loop(lambda x: np.atleast_1d(f(x)), x)} if case.loop else {})


RIVALS = ("JAX", "CasADi", "autograd", "two-point loop")


def row(case: Case, seconds: float) -> list[str]:
    """One line of the table: microseconds, and multiples of f."""
    jobs: dict[str, tuple[F, Any]] = {"f": (case.write(np), case.x), "numjac": (of_numjac(case), case.x)}
    jobs |= {name: (call, case.x) for name, call in contestants(case).items()}
    times = interleaved(jobs, seconds, process_time)
    cells = [f"{1e6 * times[name]:.1f}" if name in times else "" for name in ["f", "numjac", *RIVALS]]
    return [case.name, cells[0], cells[1], f"{times['numjac'] / times['f']:.2f}", *cells[2:], case.goal]


def recording() -> list[list[str]]:
    """What it costs to write one operation down, beside the operation itself."""
    x, y = np.linspace(0.5, 1.5, 100), np.float64(1.5)

    def chain(times: int) -> F:
        def f(x: Any) -> Any:
            for _ in range(times):
                x = x * 1.01
            return x

        return f

    rows = []
    for name, at, goal in [("scalar", y, 0.3), ("array", x, 1.0)]:
        costs = []
        for times in (100, 1100):
            call = tracing(chain(times), at)
            jobs = {"f": (chain(times), at), "trace": (call, at)}
            taken = interleaved(jobs, 1.0)
            costs.append(taken["trace"] - taken["f"])
        each = 1e6 * (costs[1] - costs[0]) / 1000
        rows.append([f"{name} operation", f"{each:.3f}", f"<= {goal}", "met" if each <= goal else "missed"])
    return rows


def tracing(f: F, at: Any) -> F:
    from numjac.analytic.tracing import trace

    x = np.asarray(at, float)
    return lambda _: trace(f, x, x.ndim == 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each line")
    parser.add_argument("--only", default="", help="lines whose name contains this")
    options = parser.parse_args()
    print(nj.show_config())
    print(f"extension: {sys.modules['numjac._tape'].__file__.rsplit('/', 1)[-1]}\n")
    chosen = [case for case in CASES if options.only in case.name]
    head = ["microseconds of CPU time", "f", "numjac", "/ f", *RIVALS, "goal"]
    print(table(head, [row(case, options.seconds) for case in chosen]))
    print()
    print(table(["microseconds beside f", "each", "goal", ""], recording()))


def test_table(capsys: Any) -> None:
    with capsys.disabled():
        print(table(["", "each", "goal", ""], recording()))


if __name__ == "__main__":
    main()
