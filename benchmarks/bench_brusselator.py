# SPDX-License-Identifier: BSD-3-Clause
"""
What a Jacobian saves Radau on the Brusselator in the plane.

    python benchmarks/bench_brusselator.py [N ...]

On N x N points it has 2 N**2 unknowns, and six entries in each row of the Jacobian (E. Hairer, G. Wanner, Solving
Ordinary Differential Equations II, section IV.10). Without being told, SciPy takes 2 N**2 evaluations for one, and
factors it as a dense matrix; with a pattern it takes one for each group of columns; numjac finds the pattern, and the
entries, by a trace. What is left, and the same for both, is the time of the sparse factors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import thread_time
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

import numjac as nj

A, B, SPREAD, END = 1.0, 3.4, 0.02, 1.0


def around(U: Any) -> Any:
    """The sum over the four neighbours, on a plane that closes in itself, less four times the point."""
    return np.roll(U, 1, 0) + np.roll(U, -1, 0) + np.roll(U, 1, 1) + np.roll(U, -1, 1) - 4 * U


def brusselator(n: int) -> tuple[Callable[[Any], Any], Any]:
    """The right-hand side as a function of the state alone, and the state to start from."""
    spread = SPREAD * n**2

    def f(y: Any) -> Any:
        U, V = y.reshape(2, n, n)
        UUV = U**2 * V
        return np.stack([A + UUV - (B + 1) * U + spread * around(U), B * U - UUV + spread * around(V)]).reshape(-1)

    s = np.arange(n) / n
    hump, flat = s * (1 - s) ** 1.5, np.ones(n)
    return f, np.stack([22 * np.outer(hump, flat), 27 * np.outer(flat, hump)]).reshape(-1)


def solved(f: Callable[[Any], Any], y: Any, **options: Any) -> tuple[Any, int, float]:
    """The state at the end, how often f was evaluated, and the seconds of one processor that this took."""
    calls = 0

    def counted(y: Any) -> Any:
        nonlocal calls
        calls += 1
        return f(y)

    if options.get("jac") == "numjac":
        J = nj.Jacobian(counted, sparsity="detect")  # planned once: the pattern and what was proved are kept
        options["jac"] = lambda t, y: J(y)  # SciPy hands t over first
    begun = thread_time()
    found = solve_ivp(lambda t, y: counted(y), (0, END), y, method="Radau", rtol=1e-5, atol=1e-8, **options)
    assert found.success, found.message
    return found.y[:, -1], calls, thread_time() - begun


def compare(n: int) -> None:
    """One line for each way to a Jacobian."""
    f, y = brusselator(n)
    pattern = nj.sparse.stencil2d(n, n, fields=2, periodic=True)
    ways: dict[str, dict[str, Any]] = {
        "numjac": {"jac": "numjac"},
        "SciPy with the pattern": {"jac_sparsity": as_scipy(pattern)},
    }
    if n <= 32:  # beyond, dense factors take minutes
        ways["SciPy without"] = {}
    print(f"{n} x {n} points, {2 * n**2} unknowns")
    best = None
    for name, options in ways.items():
        state, calls, seconds = solved(f, y, **options)
        best = best or (state, seconds)
        apart = np.max(np.abs(state - best[0]))
        assert apart < 1e-3, f"the solutions differ by {apart}"
        print(f"  {name:24} {calls:6} evaluations {seconds:8.2f} s  {seconds / best[1]:6.1f} times as long")


def as_scipy(pattern: nj.sparse.Pattern) -> Any:
    """A pattern as SciPy wants it."""
    import scipy.sparse

    ones = np.ones(pattern.nnz)
    return scipy.sparse.coo_array((ones, (pattern.row, pattern.column)), shape=pattern.shape).tocsr()


if __name__ == "__main__":
    for size in [int(word) for word in sys.argv[1:]] or [16, 32]:
        compare(size)
