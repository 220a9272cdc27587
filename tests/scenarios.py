"""
Functions with exact derivatives: what tests, benchmarks and docs walk over.

The derivatives are written by hand beside each function. ``analytic`` says whether the function, as written, is
complex-analytic at its point, ``vectorized`` whether it also works on points along a last axis.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scenario:
    name: str
    f: Callable[..., object]
    x: object
    exact: object
    analytic: bool = True
    vectorized: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def jacobian(self) -> np.ndarray:
        """The exact Jacobian, shaped f.shape + x.shape."""
        return np.asarray(self.exact(np.asarray(self.x, float)) if callable(self.exact) else self.exact, float)


def rosenbrock(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


def rosenbrock_jacobian(x):
    n = x.size
    J = np.zeros((2 * (n - 1), n))
    i = np.arange(n - 1)
    J[i, i], J[i, i + 1], J[n - 1 + i, i] = -20 * x[:-1], 10.0, -1.0
    return J


def robertson(y):
    a, b, c = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return np.stack([-a + b, a - b - c, c])


def robertson_jacobian(y):
    return [
        [-0.04, 1e4 * y[2], 1e4 * y[1]],
        [0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]],
        [0, 6e7 * y[1], 0],
    ]


def arm(q):
    """The tip of a plane arm of two links."""
    return np.stack([np.cos(q[0]) + np.cos(q[0] + q[1]), np.sin(q[0]) + np.sin(q[0] + q[1])])


def arm_jacobian(q):
    s, c, s2, c2 = np.sin(q[0]), np.cos(q[0]), np.sin(q.sum()), np.cos(q.sum())
    return [[-s - s2, -s2], [c + c2, c2]]


def softmax(x):
    e = np.exp(x - np.log(3.0))
    return e / e.sum(axis=0)


def softmax_jacobian(x):
    p = softmax(x)
    return np.diag(p) - np.outer(p, p)


A = np.array([[2.0, -1.0, 0.5], [0.25, 3.0, -2.0]])
SQUARE = np.array([[1.0, 2.0], [3.0, 5.0]])

SCENARIOS = [
    Scenario("polynomial", lambda x: 3 * x**2 - 4 * x, 1.0, 2.0),
    Scenario("quadratic form", lambda x: x[0] ** 2 + x[0] * x[1] + x[1] * x[2], [1.0, 2.0, 3.0], [4.0, 4.0, 2.0]),
    Scenario("linear map", lambda x: np.einsum("ij,j...->i...", A, x), [0.5, -1.5, 2.0], A),
    Scenario("rosenbrock", rosenbrock, [-1.2, 1.0, 0.7, 2.0], rosenbrock_jacobian),
    Scenario("robertson", robertson, [0.7, 2e-5, 0.3], robertson_jacobian),
    Scenario("arm", arm, [0.3, 1.1], arm_jacobian),
    Scenario("softmax", softmax, [0.1, -0.4, 1.3], softmax_jacobian),
    Scenario("rotation matrix", lambda t: np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]), 0.6,
             [[-np.sin(0.6), -np.cos(0.6)], [np.cos(0.6), -np.sin(0.6)]]),
    Scenario("trace of a square", lambda X: np.einsum("ij...,ji...->...", X, X), SQUARE, 2 * SQUARE.T),
    Scenario("matrix square", lambda X: np.einsum("ij...,jk...->ik...", X, X), SQUARE,
             lambda X: np.einsum("ik,jl->ijkl", np.eye(2), X.T) + np.einsum("ik,jl->ijkl", X, np.eye(2))),
    Scenario("scales apart", lambda x: np.stack([x[0] ** 3 * 1e27, x[1] ** 3 * 1e-27]), [3e-9, 2e9],
             lambda x: np.diag([3e27 * x[0] ** 2, 3e-27 * x[1] ** 2])),
    Scenario("norm", lambda x: np.sqrt(np.sum(np.abs(x) ** 2, axis=0)), [3.0, -4.0], [0.6, -0.8], analytic=False),
    Scenario("absolute values", np.abs, [1.5, -2.5], np.diag([1.0, -1.0]), analytic=False),
    Scenario("float in the middle", lambda x: np.array([float(x[0]) ** 2, x[1]]), [3.0, 4.0], [[6.0, 0], [0, 1]],
             analytic=False, vectorized=False),
]  # fmt: skip


def error(J: object, exact: object) -> float:
    """The largest error, relative to the largest entry of each row of the exact derivative."""
    exact = np.asarray(exact, float)
    scale = np.abs(exact).max(axis=tuple(range(min(1, exact.ndim), exact.ndim)), keepdims=True)
    return float(np.max(np.abs(np.asarray(J) - exact) / np.where(scale == 0, 1, scale), initial=0.0))
