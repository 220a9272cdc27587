# SPDX-License-Identifier: BSD-3-Clause
"""
How the cost of a sparse Jacobian grows with its size, and what explains it.

A field with diffusion and reaction in the plane, n unknowns from a hundred to ten millions; a planned Jacobian by
forward differences, least CPU time of this thread out of several. The model has three terms, two of which are found by
least squares of relative errors:

    time = (colours + 2) * time of f  +  a * entries  +  b

the evaluations (f(x), one for each colour, and the proof), work for each stored entry, and what a call costs at all.

    python benchmarks/bench_scale.py [largest n]
"""

from __future__ import annotations

import resource
import sys
from time import thread_time
from typing import Any

import numpy as np
import pytest
from report import table

import numjac as nj

SIZES = (10**2, 10**3, 10**4, 10**5, 10**6, 10**7)


def field(k: int) -> Any:
    """The right-hand side on k x k points."""

    def f(x: Any) -> Any:
        X = x.reshape(k, k)
        Y = X * (1 - X) - 4 * X
        Y[1:] += X[:-1]
        Y[:-1] += X[1:]
        Y[:, 1:] += X[:, :-1]
        Y[:, :-1] += X[:, 1:]
        return Y.reshape(-1)

    return f


def least(call: Any, rounds: int) -> float:
    """Seconds of the quickest call."""
    times = []
    for _ in range(rounds):
        begun = thread_time()
        call()
        times.append(thread_time() - begun)
    return min(times)


def measured(n: int) -> dict[str, float]:
    """What one size costs: planning, one evaluation, one Jacobian; and the peak of memory so far."""
    k = round(n**0.5)
    f, x, pattern = field(k), np.linspace(0.1, 0.9, k * k), nj.sparse.stencil2d(k)
    J = nj.Jacobian(f, method="forward", sparsity=pattern)
    begun = thread_time()
    J(x)
    first = thread_time() - begun
    (layout,) = J.columns.plans.values()  # type: ignore[attr-defined]
    rounds = 3 if n >= 10**7 else 7 if n >= 10**6 else 30
    evaluation, call = least(lambda: f(x), 2 * rounds), least(lambda: J(x), rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"n": k * k, "nnz": pattern.nnz, "colors": layout.coloring.count, "f": evaluation, "J": call,
            "plan": first - call, "peak": peak}  # fmt: skip


def model(found: list[dict[str, float]]) -> tuple[float, float]:
    """Seconds for each entry, and for each call, that explain what evaluations do not."""
    rest = np.array([row["J"] - (row["colors"] + 2) * row["f"] for row in found])
    size = np.array([row["J"] for row in found])
    terms = np.array([[row["nnz"], 1.0] for row in found])
    (a, b), *_ = np.linalg.lstsq(terms / size[:, np.newaxis], rest / size, rcond=None)
    return float(a), float(b)


def tables(largest: int) -> str:
    """One row for each size, and the model."""
    found = [measured(n) for n in SIZES if n <= largest]
    a, b = model(found)
    rows = []
    for row in found:
        told = (row["colors"] + 2) * row["f"] + a * row["nnz"] + b
        rows.append([f"{row['n']:.0e}", f"{row['nnz']:.1e}", f"{row['colors']:.0f}", f"{1000 * row['f']:.3f}",
                     f"{1000 * row['J']:.3f}", f"{row['J'] / row['f']:.1f}", f"{told / row['J']:.2f}",
                     f"{1000 * row['plan']:.1f}", f"{row['peak']:.2f}"])  # fmt: skip
    head = ["n", "entries", "colours", "f, ms", "J, ms", "J / f", "model / J", "planning, ms", "peak, GiB"]
    return f"{table(head, rows)}\n\n{1e9 * a:.1f} ns for each entry, {1e6 * b:.0f} us for each call"


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The table up to a million; nothing is asserted on a time."""
    with capsys.disabled():
        print(f"\n{tables(10**6)}")


if __name__ == "__main__":
    print(tables(int(float(sys.argv[1])) if len(sys.argv) > 1 else SIZES[-1]))
