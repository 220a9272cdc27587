# SPDX-License-Identifier: BSD-3-Clause
"""
On how many threads a compiled function is called, if nobody says.

Threads pay where there is more work than it costs to wake them, and where nobody else wants the processors: with every
one of them busy, threads that wait for each other are slower than one by far.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from time import perf_counter

import numjac._core as _core
from numjac._native import release_threads
from numjac.errors import OptionError

__all__ = ["Crew", "default_threads", "threads_for", "workers_of"]

# Work of one call below which one thread is as fast, in seconds: while threads are awake, and when they have to be
# woken, which on a virtual machine may take milliseconds (benchmarks/bench_threads.py).
PAYS = 1e-4
PAYS_ASLEEP = 2e-3

# How long after some work the next one counts as one of many, and idle threads still spin, in seconds.
AWAKE = 5e-3

_forked = False


def _after_fork() -> None:
    """A forked child has one thread, unless it asks for more."""
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=release_threads, after_in_child=_after_fork)


@cache
def quota() -> float:
    """How many processors the control group of this process may use; inf if there is no limit."""
    try:
        told, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return float("inf")
    return float("inf") if told == "max" else float(told) / float(period)


class Lately:
    """When we have last worked, on how many threads: for a while they go on spinning, and are not others."""

    when, threads = -1.0, 1

    @property
    def awake(self) -> bool:
        """Whether that was just now."""
        return perf_counter() - self.when < AWAKE

    def own(self) -> int:
        """How many threads of ours may run now, beside the one that asks."""
        return self.threads - 1 if self.awake else 0


lately = Lately()


def busy() -> int:
    """How many others run just now on this machine, as far as it tells."""
    try:
        running = Path("/proc/loadavg").read_text().split()[3].partition("/")[0]
    except (OSError, IndexError):
        return 0
    return max(0, int(running) - 1 - lately.own())


def default_threads() -> int:
    """
    The number of threads at most, if nobody says.

    That of OpenMP, which heeds OMP_NUM_THREADS, affinity and threadpoolctl; no more than the control group allows; and
    1 in a forked child and in a worker of a pool of processes.
    """
    pool = sys.modules.get("multiprocessing.process")
    if _forked or (pool is not None and pool.parent_process() is not None):
        return 1
    return max(1, int(min(_core.build()["threads"], quota())))


class Crew:
    """
    Who works for one evaluator.

    Parameters
    ----------
    workers : int or None
        As of `threads_for`.
    """

    __slots__ = ("workers",)

    def __init__(self, workers: int | None) -> None:
        self.workers = workers

    def __call__(self, calls: int, seconds: float) -> int:
        """How many threads so many calls are worth, of which each takes so long."""
        return threads_for(self.workers, calls, seconds)

    def rested(self, threads: int) -> None:
        """So many threads have worked until now, long enough to be worth a word."""
        lately.when, lately.threads = perf_counter(), threads


def threads_for(workers: int | None, calls: int, seconds: float) -> int:
    """
    How many threads so many calls are worth.

    Parameters
    ----------
    workers : int or None
        What was asked for; None leaves it to be found.
    calls : int
        How often f is to be called.
    seconds : float
        How long one call takes.
    """
    if workers is not None:
        return max(1, min(workers, calls))
    work, least = calls * seconds, PAYS if lately.awake else PAYS_ASLEEP
    if work < least or (most := default_threads()) == 1:
        return 1
    free = (os.cpu_count() or 1) - busy()
    return max(1, min(most, free, calls, int(2 * work / least)))


def workers_of(workers: object) -> int | None:
    """The option of that name; an OptionError if it is no number of threads."""
    if workers is None:
        return None
    if isinstance(workers, str) and workers == "auto":  # what None means here
        return None
    try:
        count = None if isinstance(workers, (bool, type)) else int(workers.__index__())  # type: ignore[attr-defined]
    except AttributeError:
        count = None
    if count is None or (count < 1 and count != -1):
        raise OptionError(f"workers={workers!r}: expected a number of threads, -1 for all processors, or None")
    return default_threads() if count == -1 else count
