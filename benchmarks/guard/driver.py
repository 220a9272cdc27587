# SPDX-License-Identifier: BSD-3-Clause
"""
The hot paths of the package, so often that callgrind can count them; guard.py runs it.

Where differences are taken, f returns a stored array: what is counted is numjac. No two calls in a row are at the same
point, for what is known of a point may serve again. Calls are made before they are counted, so that Python has adapted
its byte code and a planned object has verified its trace. Garbage is not collected.

Python looks attributes up in a cache in which names displace each other or not, as they happen to lie in memory, and a
pool that is just full is emptied and filled with each call: together three hundredths of the instructions of a traced
function of two numbers. So a scenario is counted in portions, each with cache and pools in another state, and guard.py
takes the least of them. A trace that is verified once more falls into one portion, and is left out.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

Call = Callable[[Any], Any]
LIBRARY = ctypes.CDLL(sys.argv[1])

# How often a scenario is called before it is counted, in portions as well: six hundred calls of what is traced.
WARM, PORTIONS = 6, 5

# What only takes a place.
others: list[Any] = []


def counted(scenario: str, call: Call, points: Any) -> None:
    """One part of callgrind's output: the instructions of all these calls."""
    label = f"Python: {scenario}".encode()
    LIBRARY.begin()
    for x in points:
        call(x)
    LIBRARY.end(label, len(points))


def displace(how_far: int) -> None:
    """Types are numbered anew, and objects of all sizes get other places in the pools of Python."""
    getattr(sys, "_clear_type_cache", int)()
    for _ in range(37 * how_far):
        others.append(type("Other", (), {}))
        hasattr(others[-1], "nothing")
    others.append([bytes(size) for size in range(0, 512, 8) for _ in range(how_far)])


def steady(scenario: str, call: Call, points: Any) -> None:
    """The instructions of a call that is one of many."""
    for x in points * WARM:
        call(x)
    for portion in range(PORTIONS):
        displace(portion)
        for x in points:
            call(x)
        counted(scenario, call, points)


def beginning() -> Iterator[tuple[str, Call]]:
    """What a program pays that does not differentiate; one that may; and one that does."""
    yield "import numjac", lambda _: importlib.import_module("numjac")
    nj = importlib.import_module("numjac")
    yield "import of jacobian", lambda _: nj.jacobian
    yield "first jacobian(), n = 10", lambda x: nj.jacobian(square, x)


def square(x: Any) -> Any:
    """One operation."""
    return x * x


def van_der_pol(y: Any) -> Any:
    """The right-hand side of a stiff equation."""
    return np.array([y[1], 5 * (1 - y[0] ** 2) * y[1] - y[0]])


def rosenbrock(x: Any) -> Any:
    """A sum over arrays."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def point(n: int) -> Any:
    """No two entries alike, none of them zero."""
    return np.linspace(0.5, 1.5, n)


def robertson() -> Any:
    """A function in C, three numbers in and out."""
    import numjac as nj

    numbers = ctypes.POINTER(ctypes.c_double)
    f = LIBRARY.robertson
    f.argtypes, f.restype = (ctypes.c_size_t, numbers, ctypes.c_size_t, numbers, ctypes.c_void_p), ctypes.c_int
    return nj.compiled(f, m=3)


def scenarios() -> Iterator[tuple[str, int, int, Call]]:
    """Each with the length of x, and how often it is called."""
    import numjac as nj

    stored = {n: np.ones(n) for n in (10, 100, 1024)}

    def const(x: Any) -> Any:
        return stored[x.size]

    forward = nj.Jacobian(const, method="forward")
    grid = nj.Jacobian(const, method="forward", sparsity=nj.sparse.stencil2d(32))
    yield "planned forward, n = 10", 10, 100, forward
    yield "planned forward, n = 100", 100, 20, forward
    yield "jacobian() forward, n = 10", 10, 100, partial(nj.jacobian, const, method="forward")
    yield "adaptive gradient, n = 10", 10, 4, nj.Gradient(rosenbrock, method="adaptive")
    yield "traced van der Pol, n = 2", 2, 100, nj.Jacobian(van_der_pol)
    yield "traced gradient of Rosenbrock, n = 100", 100, 100, nj.Gradient(rosenbrock)
    yield "hvp of Rosenbrock, n = 100", 100, 4, lambda x: nj.hvp(rosenbrock, x, x)
    yield "sparse forward, grid of 32 x 32", 1024, 5, grid
    yield "compiled Robertson forward, n = 3", 3, 100, nj.Jacobian(robertson(), method="forward")


def main() -> None:
    """All of them; what happens once in a process comes first."""
    gc.disable()
    for name, call in beginning():
        counted(name, call, [point(10)])
    for name, n, calls, call in scenarios():
        steady(name, call, [point(n) + k / 1024 for k in range(calls)])


if __name__ == "__main__":
    main()
