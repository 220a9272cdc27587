# SPDX-License-Identifier: BSD-3-Clause
"""
How long a call takes, on a machine where other jobs run.

Contenders take turns in one process, so that what slows the machine down slows all of them down. The clock counts
the CPU time of this thread alone. A processor that is shared can still be half as fast for seconds, and as fast as
ever in between; a minimum would compare one contender's luck with that of another. So a yardstick is measured
between any two samples, and the median is taken of the quarter of samples beside which it was shortest. No sample is
so short that the clock is seen, and none begins with the caches of another contender. Garbage is not collected.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from statistics import median
from time import perf_counter, thread_time
from typing import Any, TypeVar

import numpy as np

Call = Callable[[Any], Any]
Clock = Callable[[], float]
Key = TypeVar("Key", bound=Hashable)

# Reading the clock takes half a microsecond, which is nothing beside a sample; a sample is short beside the pause
# between two interruptions.
SAMPLE = 3e-4
ROUNDS = 10

# A loop costs as much as the shortest functions do, so the bare call is measured a hundred at a time, less the loop.
HUNDRED = range(100)


def interleaved(
    jobs: Mapping[Key, tuple[Call, Any]], seconds: float, clock: Clock = thread_time, least: int = ROUNDS
) -> dict[Key, float]:
    """CPU seconds of ``call(x)`` for each ``(call, x)``, from as many rounds as fit into some seconds, or the least."""
    counts = {key: _calls_per_sample(*job, clock) for key, job in jobs.items()}
    samples: dict[Key, list[tuple[float, float]]] = {key: [] for key in jobs}
    with _no_collection():
        before = _yardstick()
        for _ in _rounds(seconds, least):
            for key, (call, x) in jobs.items():
                time, after = _sample(call, x, counts[key], clock), _yardstick()
                samples[key].append((before + after, time))
                before = after
    return {key: _undisturbed(taken) for key, taken in samples.items()}


def _yardstick() -> float:
    """How slow the machine is now."""
    return _sample(empty_loop, None, 10, thread_time)


def _undisturbed(samples: list[tuple[float, float]]) -> float:
    """The median of the quarter of samples with the shortest yardsticks."""
    return median(time for _, time in sorted(samples)[: max(3, len(samples) // 4)])


def _rounds(seconds: float, least: int) -> Iterator[None]:
    end = perf_counter() + seconds
    yield from repeat(None, least)
    while perf_counter() < end:
        yield


def _calls_per_sample(call: Call, x: Any, clock: Clock) -> int:
    count = 1
    while (seconds := _sample(call, x, count, clock)) * count < SAMPLE / 4:
        count *= 2
    return max(1, round(SAMPLE / seconds))


def _sample(call: Call, x: Any, count: int, clock: Clock) -> float:
    call(x)
    start = clock()
    for _ in repeat(None, count):
        call(x)
    return (clock() - start) / count


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage of one contender is not collected in the time of another."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def hundred_calls(f: Call) -> Call:
    """A hundred calls of f, in a loop of Python."""

    def calls(x: Any) -> None:
        for _ in HUNDRED:
            f(x)

    return calls


def empty_loop(x: Any) -> None:
    """What remains of `hundred_calls` without the calls."""
    for _ in HUNDRED:
        pass


def evaluations(contender: Callable[[Call], Call], f: Call, x: Any) -> int:
    """How often a contender calls f, counted."""
    count = 0

    def counting(x: Any) -> Any:
        nonlocal count
        count += 1
        return f(x)

    contender(counting)(x)
    return count


def line(evaluations: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """
    The fixed cost and the cost per evaluation.

    Least squares of the relative residuals: noise grows with the time that is measured, and in absolute residuals the
    largest problem alone would set both numbers.
    """
    counts, times = np.array(evaluations, float), np.array(seconds)
    rows = np.stack([np.ones_like(counts), counts], axis=1) / times[:, np.newaxis]
    fixed, each = np.linalg.lstsq(rows, np.ones_like(times))[0]
    return float(fixed), float(each)


def peak_beside(call: Call, x: Any) -> float:
    """Bytes at the peak of a call beside the array that it returns; NumPy tells tracemalloc of its arrays."""
    call(x)
    gc.collect()
    tracemalloc.start()
    result = call(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak - np.asarray(result).nbytes)
