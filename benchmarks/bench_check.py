# SPDX-License-Identifier: BSD-3-Clause
"""How often a Jacobian that is right is accused: ten thousand of them, at scales from 1e-4 to 1e3."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import numjac as nj

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def pair(kind: int, A: Any) -> Pair:
    """A function and its Jacobian by hand."""
    if kind == 0:
        return lambda x: np.sin(A @ x), lambda x: np.cos(A @ x)[:, np.newaxis] * A
    if kind == 1:
        return lambda x: A @ np.exp(-(x**2)), lambda x: A * (-2 * x * np.exp(-(x**2)))
    if kind == 2:
        return (
            lambda x: A @ x**3 / (1 + x @ x),
            lambda x: A * 3 * x**2 / (1 + x @ x) - np.outer(A @ x**3, 2 * x) / (1 + x @ x) ** 2,
        )
    return (
        lambda x: np.tanh(A @ x) * np.sum(x),
        lambda x: (1 - np.tanh(A @ x) ** 2)[:, np.newaxis] * A * np.sum(x) + np.tanh(A @ x)[:, np.newaxis],
    )


def alarms(trials: int, seed: int) -> int:
    """How many of them are accused."""
    count = 0
    for trial in range(trials):
        rng = np.random.default_rng(seed + trial)
        n, m = rng.integers(1, 6, 2)
        x = rng.normal(size=n) * 10.0 ** rng.integers(-2, 3)
        A = rng.normal(size=(m, n)) * 10.0 ** rng.integers(-4, 4, (m, 1))
        count += not nj.check_jacobian(*pair(trial % 4, A), x, points=1)
    return count


def main() -> None:
    """Count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=12345)
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    found = alarms(told.trials, told.seed)
    print(f"{found} alarms in {told.trials} Jacobians that are right; goal 0: {'MISSED' if found else 'met'}")


if __name__ == "__main__":
    main()
