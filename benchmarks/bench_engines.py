# SPDX-License-Identifier: BSD-3-Clause
"""
What workers are worth: a Jacobian of 64 columns by two processes, and what a large function costs on its way.

f spins on the CPU time of its thread, so it takes as long beside others as alone; the efficiency is the time that its
evaluations take, shared by two, over the wall time of a planned call whose pool is warm. Least of several. Dask and MPI
are measured in programs of their own, where they are installed (the extra ``numjac[engines]``). On a machine of two
processors on which anything else runs, all of this is too low.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

import numpy as np
import pytest
from report import table

import numjac as nj

COLUMNS, OUTPUTS, WORKERS, ROUNDS = 64, 1000, 2, 7
X = np.linspace(1.0, 2.0, COLUMNS)


class Spin:
    """A function of 64 numbers that takes so many milliseconds, and can not be traced."""

    def __init__(self, milliseconds: float) -> None:
        self.seconds = milliseconds / 1000

    def __call__(self, x: Any) -> Any:
        """Its numbers do not matter, but that they are all."""
        end = thread_time() + self.seconds
        y = np.resize(np.frombuffer(x.tobytes()), OUTPUTS) ** 2
        while thread_time() < end:
            pass
        return y


class Heavy:
    """A quick function of sixteen megabytes."""

    def __init__(self) -> None:
        self.data = np.arange(2.0**21)

    def __call__(self, x: Any) -> Any:
        """A few of its numbers."""
        return np.resize(np.frombuffer(x.tobytes()), OUTPUTS) + self.data[:OUTPUTS]


def least(call: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Seconds of the quickest call, after one that warms up."""
    call()
    times = []
    for _ in range(rounds):
        begun = perf_counter()
        call()
        times.append(perf_counter() - begun)
    return min(times)


def efficiency(workers: Any, milliseconds: float) -> float:
    """The time of all evaluations, shared by the workers, over the wall time."""
    J = nj.Jacobian(Spin(milliseconds), method="forward", workers=workers)
    f0 = J.function.f(X)
    return COLUMNS * milliseconds / 1000 / WORKERS / least(lambda: J(X, f0=f0))


def row(name: str, workers: Any, goals: tuple[float, float]) -> list[str]:
    """One engine, for functions of 20 and of 1 ms."""
    found = [efficiency(workers, milliseconds) for milliseconds in (20.0, 1.0)]
    return [name, *(cell for value, goal in zip(found, goals, strict=True) for cell in judged(value, goal))]


def judged(value: float, goal: float) -> list[str]:
    """At least so much, and whether it is; nothing where nothing is asked for."""
    told = [f">= {goal:g}", "met" if value >= goal else "MISSED"] if goal else ["", ""]
    return [f"{value:.2f}", *told]


def heavy() -> list[str]:
    """Milliseconds of a call after the first."""
    J = nj.Jacobian(Heavy(), method="forward", workers=WORKERS)
    took = 1000 * least(lambda: J(X))
    return ["16 MB, own pool, ms a Jacobian", f"{took:.1f}", "<= 20", "met" if took <= 20 else "MISSED"]


def apart(command: list[str], how: str, **more: str) -> str:
    """A row from a program of its own; empty if it can not be had."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom bench_engines import *\n"
    code += f"if __name__ == '__main__':\n    {how}"
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"} | more
    file = Path(os.environ.get("TMPDIR", "/tmp")) / "numjac_bench_engines_program.py"
    file.write_text(code)
    done = subprocess.run([*command, str(file)], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout.strip() else ""


def dask() -> str:
    """By a cluster of two processes."""
    how = (
        "from distributed import Client, LocalCluster\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c, Client(c) as client:\n"
        "        print('|'.join(row('dask', client, (0.93, 0))))"
    )
    return apart([sys.executable], how)


def mpi(name: str, backoff: str) -> str:
    """By two ranks and one that asks: less and less often, or all the time, on a processor of its own."""
    mpiexec = Path(sys.executable).parent / "mpiexec"
    if not mpiexec.exists():
        return ""
    how = (
        "from mpi4py.futures import MPIPoolExecutor\n"
        "    with MPIPoolExecutor(2) as workers:\n"
        f"        print('|'.join(row({name!r}, workers, (0.93, 0))))"
    )
    return apart([str(mpiexec), "-n", "3", sys.executable, "-m", "mpi4py.futures"], how, MPI4PY_FUTURES_BACKOFF=backoff)


def tables() -> str:
    """All engines."""
    rows = [row("own pool", WORKERS, (0.97, 0.9))]
    with ProcessPoolExecutor(WORKERS) as workers:
        rows.append(row("ProcessPoolExecutor", workers, (0.97, 0.9)))
    with ThreadPoolExecutor(WORKERS) as workers:
        rows.append(row("threads, f holds the GIL", workers, (0, 0)))
    clusters = (dask(), mpi("MPI", "0.001"), mpi("MPI, no back-off", "0"))
    rows += [told.split("|") for told in clusters if told]
    head = ["efficiency of 2, 64 columns", "20 ms", "goal", "", "1 ms", "goal", ""]
    return "\n\n".join([table(head, rows), table(["a large function", "found", "goal", ""], [heavy()])])


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """All tables; nothing is asserted on a time."""
    with capsys.disabled():
        print(f"\n{tables()}")


if __name__ == "__main__":
    print(tables())
