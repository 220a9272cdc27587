# SPDX-License-Identifier: BSD-3-Clause
"""
How long does a call take on a machine where other jobs run?

The contenders take turns in one process, so that what slows the machine down slows all of them down; the clock counts
the CPU time of this thread only; the minimum over many rounds is what no interruption fell into. Every sample holds
enough calls that neither the resolution of the clock nor the cost of reading it is seen. Garbage is not collected.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from time import thread_time
from typing import Any

import numpy as np

Call = Callable[[Any], Any]

# A sample this long hides the clock, which takes half a microsecond to read, and is short enough to fit between two
# interruptions. Rounds are many, because what is looked for is the one round that nothing disturbed.
SAMPLE = 3e-4
ROUNDS = 60

# The loop around a call costs as much as the shortest functions do, so the bare call is measured a hundred at a time.
HUNDRED = range(100)


def interleaved(contenders: Mapping[str, Call], x: Any, rounds: int = ROUNDS) -> dict[str, float]:
    """CPU seconds of ``contender(x)`` for each of them, the minimum over rounds."""
    counts = {name: _calls_per_sample(call, x) for name, call in contenders.items()}
    best = dict.fromkeys(contenders, np.inf)
    with _no_collection():
        for _ in range(rounds):
            for name, call in contenders.items():
                best[name] = min(best[name], _sample(call, x, counts[name]))
    return best


def _calls_per_sample(call: Call, x: Any) -> int:
    """As many calls as fill a sample; the first one, which warms up caches and the interpreter, says nothing."""
    call(x)
    count = 1
    while (seconds := _sample(call, x, count)) * count < SAMPLE / 4:
        count *= 2
    return max(1, round(SAMPLE / seconds))


def _sample(call: Call, x: Any, count: int) -> float:
    start = thread_time()
    for _ in repeat(None, count):
        call(x)
    return (thread_time() - start) / count


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage of one contender is not collected in the time of another."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def bare(f: Call) -> dict[str, Call]:
    """Two contenders whose difference is a hundred calls of f; `bare_call` takes it."""

    def calls(x: Any) -> None:
        for _ in HUNDRED:
            f(x)

    def loop(x: Any) -> None:
        for _ in HUNDRED:
            pass

    return {"calls": calls, "loop": loop}


def bare_call(seconds: Mapping[str, float]) -> float:
    """Seconds of one call of f, out of what `interleaved` made of `bare`."""
    return (seconds["calls"] - seconds["loop"]) / len(HUNDRED)


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

    Least squares of the relative residuals: noise grows with the time that is measured, and in absolute ones the
    largest problem alone would set both numbers.
    """
    counts, times = np.array(evaluations, float), np.array(seconds)
    rows = np.stack([np.ones_like(counts), counts], axis=1) / times[:, np.newaxis]
    fixed, each = np.linalg.lstsq(rows, np.ones_like(times))[0]
    return float(fixed), float(each)


def peak_above(call: Call, x: Any) -> float:
    """Bytes at the peak of a call beside those of the array it returns; NumPy tells tracemalloc of its arrays."""
    call(x)
    gc.collect()
    tracemalloc.start()
    result = call(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - np.asarray(result).nbytes


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text below their heads: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in [head, ["-" * width for width in widths], *rows])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells]).rstrip()
