# SPDX-License-Identifier: BSD-3-Clause
"""
How many colours a sparse pattern takes, and how long it takes to find them, beside SciPy.

Least CPU time of this thread out of several, in turns with SciPy in the same process. The first table is one colouring
in the order of the columns, whose rows are given; the second is all orders together, both sides given, as a planned
sparse Jacobian does it once; SciPy's default is one random order. Then colours on all patterns, and memory.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sparse
from bench_sparse import PROBLEMS, goal, milliseconds
from report import table
from scipy.optimize._numdiff import group_columns

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from patterns import brusselator, cross, permuted, scattered, sides, tridiagonal

from numjac import _colors
from numjac.numeric.coloring import Coloring, color_columns, color_symmetric


class Pattern(NamedTuple):
    """A pattern of a million columns, and its goals: milliseconds of one colouring and of all, and colours."""

    name: str
    make: Callable[[], Any]
    first_fit: float = np.inf
    orders: float = np.inf
    colors: float = np.inf


PATTERNS = [
    Pattern("tridiagonal", lambda: tridiagonal(10**6), 15, np.inf, 3),
    Pattern("5-point", lambda: cross(1000, 1000), 15, 600, 7),
    Pattern("5-point permuted", lambda: permuted(cross(1000, 1000)), np.inf, np.inf, np.inf),
    Pattern("Brusselator 2D", lambda: brusselator(707), np.inf, np.inf, np.inf),
    Pattern("random 5 a row", lambda: scattered(10**6, 10**6, 5), 60, 600, np.inf),
]


def rows_of(pattern: Pattern) -> tuple[list[str], list[str]]:
    """The lines of one pattern in the first two tables."""
    A = sparse.csc_array(pattern.make() != 0).astype(np.int8)
    by_columns, by_rows = sides(A)
    natural = np.arange(A.shape[1])
    found = milliseconds(
        {
            "first": lambda: _colors.first_fit(*by_columns, A.shape[0]),
            "all": lambda: color_columns(by_columns, by_rows),
            "scipy natural": lambda: group_columns(A, natural),
            "scipy": lambda: group_columns(A),
        }
    )
    (first, colors), (both, best) = found["first"], found["all"]
    (slow, groups), (default, random) = found["scipy natural"], found["scipy"]
    return (
        [pattern.name, f"{first:.1f}", *goal(first, pattern.first_fit), f"{slow:.0f}", f"{slow / first:.1f}",
         str(colors.max() + 1), str(groups.max() + 1)],
        [pattern.name, f"{both:.0f}", *goal(both, pattern.orders), f"{default:.0f}", str(best.count),
         *goal(best.count, min(pattern.colors, random.max() + 1)), str(best.bound), best.order, str(random.max() + 1)],
    )  # fmt: skip


def symmetric_row(name: str, A: Any) -> list[str]:
    """A symmetric pattern by stars and columns, all orders."""
    _, by_rows = sides(A)
    took, best = milliseconds({"": lambda: color_symmetric(by_rows)})[""]
    return [name, f"{took:.0f}", str(best.count), best.kind, best.order]


def counts() -> str:
    """Colours beside SciPy's default, which is random, on patterns of ten thousand to a million columns."""
    lines, fewer = [], []
    for n in (10**4, 10**5, 10**6):
        for make in PROBLEMS:
            name, _, pattern = make(n)
            A = sparse.csc_array(pattern != 0).astype(np.int8)
            ours, theirs = color_columns(*sides(A)).count, int(group_columns(A).max()) + 1
            fewer.append(1 - ours / theirs)
            lines.append([name, f"{n:.0e}", str(ours), str(theirs), *goal(ours, theirs)])
    mean = 100 * float(np.mean(fewer))
    lines.append(["fewer on average", "", f"{mean:.0f} %", "", ">= 30 %", "met" if mean >= 30 else "MISSED"])
    return table(["colours", "n", "numjac", "scipy", "goal", ""], lines)


def peak() -> str:
    """Bytes at the peak for ten million entries, with the pattern from both sides."""
    both = sides(scattered(2 * 10**6, 2 * 10**6, 5))
    kept = sum(array.nbytes for side in both for array in side)
    tracemalloc.start()
    found: Coloring = color_columns(*both)
    used = (kept + tracemalloc.get_traced_memory()[1]) / 2**30
    tracemalloc.stop()
    return table(["all orders, 1e7 entries", "GiB", "goal", ""], [[str(found), f"{used:.2f}", *goal(used, 2)]])


def tables() -> str:
    lines = [rows_of(pattern) for pattern in PATTERNS]
    grid = [("5-point", cross(300, 300)), ("5-point permuted", permuted(cross(300, 300)))]
    return "\n\n".join(
        [
            table(["one colouring, 1e6 columns, ms", "numjac", "goal", "", "scipy", "ratio", "colours", "scipy"],
                  [first for first, _ in lines]),
            table(["all orders, 1e6 columns, ms", "numjac", "goal", "", "scipy", "colours", "goal", "", "bound", "by",
                   "scipy"], [both for _, both in lines]),
            table(["symmetric, 9e4 columns, ms", "numjac", "colours", "kind", "by"],
                  [symmetric_row(name, A) for name, A in grid]),
            counts(),
            peak(),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    print(tables())
