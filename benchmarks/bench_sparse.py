# SPDX-License-Identifier: BSD-3-Clause
"""
What it costs to colour a sparse pattern, and how many colours that takes, beside SciPy.

Least CPU time of this thread out of several, in turns with SciPy's `group_columns` in the same process. The first table
is one colouring in the order of the columns, whose rows are given; the second is all orders together, both sides given,
as a planned sparse Jacobian does it once; SciPy's default is one random order. The third is the memory that takes.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse as sparse
from measure import table
from scipy.optimize._numdiff import group_columns

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from patterns import brusselator, cross, permuted, scattered, sides, tridiagonal

from numjac import _colors
from numjac.numeric.coloring import Coloring, color_columns, color_symmetric

ROUNDS = 5


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


def milliseconds(jobs: Mapping[str, Callable[[], Any]]) -> dict[str, tuple[float, Any]]:
    """The least time of each job, and what it returned."""
    found: dict[str, tuple[float, Any]] = {}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            begun = thread_time()
            result = job()
            took = 1000 * (thread_time() - begun)
            found[name] = min(found.get(name, (np.inf, None)), (took, result), key=lambda pair: pair[0])
    return found


def goal(found: float, most: float) -> list[str]:
    """At most so much, and whether it is; nothing where nothing is asked for."""
    return [f"<= {most:g}", "met" if found <= most else "MISSED"] if np.isfinite(most) else ["", ""]


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
            peak(),
        ]
    )  # fmt: skip


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """All tables; nothing is asserted on a time."""
    with capsys.disabled():
        print(f"\n{tables()}")


def main() -> None:
    print(tables())


if __name__ == "__main__":
    main()
