# SPDX-License-Identifier: BSD-3-Clause
"""
What a sparse Jacobian costs beside its evaluations of f, and beside SciPy.

Least CPU time of this thread out of several, in turns with SciPy in the same process. A planned Jacobian by forward
differences at one point, over the time of (colours + 1) evaluations of f: as a whole, with the random direction that
proves its pattern, which is one evaluation more, and without that; SciPy's is `approx_derivative` with the groups
given. At last the memory that takes. How the colours are found is measured by bench_colouring.py.

    python benchmarks/bench_sparse.py            all of it, some minutes
    python benchmarks/bench_sparse.py 1e4 1e5    evaluation for these sizes alone
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import thread_time
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse as sparse
from report import table
from scipy.optimize._numdiff import approx_derivative, group_columns

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from patterns import brusselator, cross, scattered, tridiagonal

import numjac as nj
from numjac.sparse_tasks import Sparse

ROUNDS = 5


def milliseconds(jobs: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, tuple[float, Any]]:
    """The least time of each job, and what it returned."""
    found: dict[str, tuple[float, Any]] = {}
    for _ in range(rounds):
        for name, job in jobs.items():
            begun = thread_time()
            result = job()
            took = 1000 * (thread_time() - begun)
            found[name] = min(found.get(name, (np.inf, None)), (took, result), key=lambda pair: pair[0])
    return found


def goal(found: float, most: float) -> list[str]:
    """At most so much, and whether it is; nothing where nothing is asked for."""
    return [f"<= {most:g}", "met" if found <= most else "MISSED"] if np.isfinite(most) else ["", ""]


# -------------------------------------------------------------------------------------------------------- evaluation


class Problem(NamedTuple):
    """A function of n numbers, and where its Jacobian is not zero."""

    name: str
    f: Callable[[Any], Any]
    pattern: Any


def three_points(n: int) -> Problem:
    """Diffusion and reaction on a line."""

    def f(x: Any) -> Any:
        y = 2 * x + 0.1 * x**3
        y[1:] -= x[:-1]
        y[:-1] -= x[1:]
        return y

    return Problem("tridiagonal", f, tridiagonal(n))


def five_points(n: int) -> Problem:
    """The same in the plane."""
    k = int(n**0.5)

    def f(x: Any) -> Any:
        X = x.reshape(k, k)
        Y = 4 * X + np.sin(X)
        Y[1:] -= X[:-1]
        Y[:-1] -= X[1:]
        Y[:, 1:] -= X[:, :-1]
        Y[:, :-1] -= X[:, 1:]
        return Y.reshape(-1)

    return Problem("5-point", f, cross(k, k))


def two_kinds(n: int) -> Problem:
    """The Brusselator, its two kinds side by side at each point; no flow across the boundary."""
    k = int((n / 2) ** 0.5)

    def laplacian(U: Any) -> Any:
        L = -4 * U
        L[1:] += U[:-1]
        L[:-1] += U[1:]
        L[:, 1:] += U[:, :-1]
        L[:, :-1] += U[:, 1:]
        return L

    def f(x: Any) -> Any:
        U, V = x.reshape(k, k, 2)[..., 0], x.reshape(k, k, 2)[..., 1]
        UUV = U * U * V
        return np.stack([1 + UUV - 4.4 * U + laplacian(U), 3.4 * U - UUV + laplacian(V)], axis=-1).reshape(-1)

    return Problem("Brusselator", f, brusselator(k))


def any_five(n: int) -> Problem:
    """A network without order."""
    A = scattered(n, n, 5)
    A.data[:] = np.random.default_rng(1).normal(size=A.nnz)
    return Problem("random 5 a row", lambda x: np.tanh(A @ x), A)


PROBLEMS = (three_points, five_points, two_kinds, any_five)
SIZES = {10**4: 3.0, 10**5: 1.5, 10**6: 1.3}  # with the goals


def evaluation_row(make: Callable[[int], Problem], n: int) -> list[str]:
    """What a call costs over the evaluations it can not do without."""
    name, f, pattern = make(n)
    pattern = sparse.csr_array(pattern != 0).astype(float)
    x = np.linspace(1, 2, pattern.shape[1])
    plan = nj.Jacobian(f, method="forward", sparsity=pattern)
    groups = group_columns(pattern)
    plan(x)
    (layout,) = plan.columns.plans.values()  # type: ignore[attr-defined]
    bare = nj.Jacobian(f, method="forward", sparsity=pattern)
    bare.columns = Unproved(bare.wishes, None, bare.columns.option, bare.columns.plans)  # type: ignore[attr-defined]
    y = f(x)
    found = milliseconds(
        {
            "f": lambda: f(x),
            "whole": lambda: plan(x),
            "f again": lambda: f(x),
            "bare": lambda: bare(x),
            "scipy": lambda: approx_derivative(f, x, method="2-point", f0=y, sparsity=(pattern, groups)),
        },
        rounds=30 if n < 10**6 else 7,
    )
    once = min(found["f"][0], found["f again"][0])
    evaluations = once * (layout.coloring.count + 1)
    ratio, other = found["bare"][0] / evaluations, once * (groups.max() + 2)
    return [name, f"{n:.0e}", f"{1000 * once:.0f}", str(layout.coloring.count), f"{ratio:.2f}", *goal(ratio, SIZES[n]),
            f"{found['whole'][0] / evaluations:.2f}", f"{found['scipy'][0] / other:.1f}", str(groups.max() + 1),
            f"{found['scipy'][0] / found['whole'][0]:.1f}"]  # fmt: skip


class Unproved(Sparse):
    """A Jacobian that is not held against f, to see what that costs."""

    def strays(self, *arguments: Any) -> bool:
        """Believe it."""
        return False


def evaluation(sizes: Sequence[int]) -> str:
    """One table for all sizes."""
    head = ["planned, forward", "n", "f, us", "colours", "over (colours + 1) f", "goal", "", "with the proof", "scipy",
            "its colours", "scipy / numjac"]  # fmt: skip
    return table(head, [evaluation_row(make, n) for n in sizes for make in PROBLEMS])


def resident() -> str:
    """Peak memory of a process of its own with a million columns, beside the numbers that have to be there."""
    code = """
import resource, sys, numpy as np, numjac as nj
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
pattern = nj.sparse.stencil2d(1000, 1000)
J = nj.Jacobian(lambda x: x * x, method="forward", sparsity=pattern)
A = J(np.linspace(1, 2, 10**6))
print(peak() - before, A.nnz)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    used, nnz = map(float, done.stdout.split())
    numbers = 8 * (nnz + 2e6) / 2**20
    row = ["5-point, 1e6 columns", f"{used:.0f}", f"{numbers:.0f}", f"{used / numbers:.1f}", f"{8e12 / 2**20:.0f}"]
    return table(["peak of a process, pattern made and used", "MiB", "nnz + n + m", "ratio", "n m"], [row])


def tables() -> str:
    return f"{evaluation(list(SIZES))}\n\n{resident()}"


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """All tables; nothing is asserted on a time."""
    with capsys.disabled():
        print(f"\n{tables()}")


def main() -> None:
    sizes = [int(float(size)) for size in sys.argv[1:]]
    print(evaluation(sizes) if sizes else tables())


if __name__ == "__main__":
    main()
