# SPDX-License-Identifier: BSD-3-Clause
"""
What the Jacobian of a compiled function costs, and what threads are worth: alone, beside others, and for small work.

Needs a C compiler. The core is timed in a program of its own beside a loop written by hand (hand_loop.c), both
compiled with the same flags; everything else is called from Python, with functions of C. Ratios are taken of
interleaved samples: CPU time of a thread where one thread works, wall time where several do.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from measure import interleaved
from report import table

import numjac as nj

ROOT = Path(__file__).parent.parent
FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno"]
GOALS = {100: 1.15, 1000: 1.05, 10000: 1.02}

SOURCE = """
#include <stddef.h>
int spin(size_t n, const double *x, size_t m, double *y, void *data) {
    size_t spins = *(const size_t *)data;
    double s = x[0];
    for (size_t k = 0; k < spins; k++)
        s = s * 0.999999 + 1e-9;
    for (size_t i = 0; i < m; i++)
        y[i] = 2.0 * x[i < n ? i : 0] + s;
    return 0;
}
int trivial(size_t n, const double *x, size_t m, double *y, void *data) {
    (void)n, (void)data;
    for (size_t i = 0; i < m; i++)
        y[i] = 2.0 * x[i];
    return 0;
}
"""


def compiler() -> str:
    """A C compiler."""
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is None:
        sys.exit("bench_threads.py needs a C compiler")
    return found


def library(where: str) -> Any:
    """The functions above, typed."""
    source, made = Path(where) / "functions.c", Path(where) / "functions.so"
    source.write_text(SOURCE)
    subprocess.run([compiler(), *FLAGS, "-fPIC", "-shared", str(source), "-o", str(made)], check=True)
    lib, double = ctypes.CDLL(str(made)), ctypes.POINTER(ctypes.c_double)
    for function in (lib.spin, lib.trivial):
        function.restype = ctypes.c_int
        function.argtypes = [ctypes.c_size_t, double, ctypes.c_size_t, double, ctypes.c_void_p]
    return lib


def spinning(lib: Any, m: int, seconds: float) -> tuple[nj.Compiled, float]:
    """A function with m outputs that takes about as long, and how long it takes."""
    spins = 0
    while True:
        f = nj.compiled(lib.spin, m=m, data=ctypes.c_size_t(spins))
        x = np.ones(m)
        evaluator = f.at(x, 1, str)
        took = []
        for _ in range(50):
            evaluator.evaluate()
            took.append(evaluator.seconds)
        if min(took) >= seconds or spins > 10**8:
            return f, min(took)
        spins = spins * 5 // 4 + 4


def wall(jobs: dict[Any, Callable[[], Any]], rounds: int = 41) -> dict[Any, list[float]]:
    """Wall seconds of each job, in turns."""
    times: dict[Any, list[float]] = {key: [] for key in jobs}
    for _ in range(rounds):
        for key, job in jobs.items():
            begun = perf_counter()
            job()
            times[key].append(perf_counter() - begun)
    return times


def core_beside_a_hand_written_loop(where: str) -> str:
    """Table 1."""
    program = str(Path(where) / "hand_loop")
    sources = [str(p) for p in sorted((ROOT / "csrc").glob("*.c"))] + [str(Path(__file__).parent / "hand_loop.c")]
    command = [compiler(), *FLAGS, f"-I{ROOT / 'csrc'}", *sources, "-o", program, "-lm"]
    subprocess.run(command, check=True)
    rows = []
    for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
        n, cost, f, hand, core = (float(word) for word in line.split())
        goal, ratio = GOALS[int(cost)], core / hand
        rows.append([f"n = m = {n:.0f}, f {cost / 1000:g} us", f"{f / 1000:.2f}", f"{hand / 1000:.1f}",
                     f"{core / 1000:.1f}", f"{ratio:.3f}", f"<= {goal}", verdict(ratio <= goal)])  # fmt: skip
    return table(["one thread, microseconds", "f", "by hand", "core", "ratio", "goal", ""], rows)


def verdict(good: bool) -> str:
    return "met" if good else "MISSED"


def from_python(lib: Any) -> list[list[str]]:
    """The whole call of a planned object, for a small function."""
    f, cost = spinning(lib, 3, 0.0)
    planned = nj.Jacobian(f, method="central")
    x = np.ones(3)
    seconds = interleaved({"J": (planned, x)}, 2.0)["J"]
    name = f"whole call, n = 3, f {cost * 1e9:.0f} ns with the call, central"
    return [[name, f"{seconds * 1e6:.2f} us", "<= 3 us", verdict(seconds <= 3e-6)]]


def speed_up(lib: Any) -> list[list[str]]:
    """Two threads against one."""
    rows = []
    for n, cost in ((100, 5e-6), (300, 5e-6), (100, 5e-5), (1000, 2e-5)):
        f, _ = spinning(lib, n, cost)
        x = np.linspace(1, 2, n)
        one, two = (nj.Jacobian(f, method="central", workers=w) for w in (1, 2))
        times = wall({1: partial(one, x), 2: partial(two, x)})
        ratio = min(times[1]) / min(times[2])
        rows.append([f"speed-up on 2 threads, n = {n}, f {cost * 1e6:g} us", f"{ratio:.2f}", ">= 1.85",
                     verdict(ratio >= 1.85)])  # fmt: skip
    return rows


def beside_a_copy(lib: Any) -> list[list[str]]:
    """A trivial f: the Jacobian is hardly more than memory that is written; a few outputs of f stay in the cache."""
    rows, few = [], 20
    for n in (1000, 4000):
        f, x = nj.compiled(lib.trivial, m=n), np.linspace(1, 2, n)
        planned, J, X = nj.Jacobian(f, method="forward", workers=1), np.ones((n, n)), np.tile(x, (few, 1))
        evaluator = f.at(x, 1, str)
        evaluator.evaluate()
        jobs = {"J": (planned, x), "copy": (np.copy, J), "f": (partial(evaluator.many, where=str), X)}
        seconds = interleaved(jobs, 4.0)
        least = seconds["copy"] + seconds["f"] / few * (n + 1)
        rows.append([f"trivial f, n = m = {n}, forward, beside a copy and f", f"{seconds['J'] / least:.2f}", "<= 1.15",
                     verdict(seconds["J"] <= 1.15 * least)])  # fmt: skip
    return rows


@contextmanager
def all_busy() -> Iterator[None]:
    """Every processor has something else to do."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def beside_others(lib: Any) -> list[list[str]]:
    """The default number of threads on a machine whose processors are all busy, and where there is little to do."""
    f, _ = spinning(lib, 200, 1e-5)
    x = np.linspace(1, 2, 200)
    jobs = {w: partial(nj.Jacobian(f, method="central", workers=w), x) for w in (1, 2, None)}
    with all_busy():
        times = wall(jobs, 301)
    busy = median(times[None]) / median(times[1])
    always = median(times[2]) / median(times[1])
    small, _ = spinning(lib, 10, 2e-6)
    few = np.linspace(1, 2, 10)
    one, free = nj.Jacobian(small, method="central", workers=1), nj.Jacobian(small, method="central")
    little = wall({1: lambda: [one(few) for _ in range(20)], None: lambda: [free(few) for _ in range(20)]}, 201)
    ratio = median(little[None]) / median(little[1])
    return [
        [
            f"all busy, default workers (2 threads: {always:.2f})",
            f"{busy:.2f}",
            "<= 1.3",
            verdict(busy <= 1.3),
        ],
        ["small work, default workers", f"{ratio:.3f}", "<= 1.05", verdict(ratio <= 1.05)],
    ]


def beside_scipy() -> list[list[str]]:
    """The same function of numba, called from Python by SciPy."""
    try:
        import numba
        from scipy.optimize._numdiff import approx_derivative
    except ImportError as error:
        print(f"left out: {error}")
        return []

    @numba.njit
    def rosenbrock(x: Any) -> Any:
        y = np.empty(x.size)
        for i in range(x.size - 1):
            y[i] = 10 * (x[i + 1] - x[i] ** 2)
        y[-1] = 1 - x[-1]
        return y

    @numba.njit
    def waves(x: Any) -> Any:
        y = np.empty(x.size)
        for i in range(x.size):
            y[i] = np.sin(x[i]) * x[i - 1]
        return y

    x, rows = np.linspace(1, 2, 300), []
    for f, goal in ((rosenbrock, 10), (waves, 0)):
        planned = nj.Jacobian(nj.compiled(f), method="forward", workers=1)
        jobs = {"scipy": (lambda x, f=f: approx_derivative(f, x, method="2-point"), x), "numjac": (planned, x)}
        seconds = interleaved(jobs, 4.0)
        ratio = seconds["scipy"] / seconds["numjac"]
        name = f"SciPy 2-point over ours, {f.__name__} by numba, n = 300"
        rows.append([name, f"{ratio:.1f}", f">= {goal}" if goal else "", verdict(ratio >= goal) if goal else ""])
    return rows


def main() -> None:
    """All tables."""
    print(nj.show_config(), "\n")
    with tempfile.TemporaryDirectory() as where:
        print(core_beside_a_hand_written_loop(where), "\n")
        lib = library(where)
        rows = [*from_python(lib), *speed_up(lib), *beside_a_copy(lib), *beside_others(lib), *beside_scipy()]
        print(table(["from Python", "found", "goal", ""], rows))


if __name__ == "__main__":
    main()
