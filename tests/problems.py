"""
Named sets of problems that are hard in one way each; the exact derivatives come from `exact` unless they stand here.

DOMAIN     a singularity, an overflow or a hidden scale is near
VECTORS    systems from the literature
VALID      analytic as written, and INVALID: the complex step is wrong on them, or they refuse it
SCALARS    smooth functions of one number, for derivatives up to the tenth
HESSIANS   scalar functions of five numbers
KINKS      the slope changes at x, and JUMPS: the value does
noisy, single_inside   what spoils the last digits of a function
misscaled, hidden_scale   x does not tell over what length the function changes
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from exact import Problem, derivatives, hessian
from scenarios import robertson, rosenbrock, softmax

# ---------------------------------------------------------------------------------------------- near an edge

DOMAIN = [
    Problem("sqrt(x - 1) 1e-9 beyond its edge", lambda x: np.sqrt(x - 1), 1 + 1e-9),
    Problem("log(1 - x) 1e-9 before its edge", lambda x: np.log(1 - x), 1 - 1e-9),
    Problem("arcsin 1e-10 before its edge", np.arcsin, 1 - 1e-10),
    Problem("arctanh 1e-8 before its pole", np.arctanh, 1 - 1e-8),
    Problem("arccosh 1e-8 beyond its edge", np.arccosh, 1 + 1e-8),
    Problem("log at 1e-12", np.log, 1e-12),
    Problem("log at 1e-300", np.log, 1e-300),
    Problem("x log x at 1e-15", lambda x: x * np.log(x), 1e-15),
    Problem("x**0.3 at 1e-14", lambda x: x**0.3, 1e-14),
    Problem("log1p(1e9 x) at 0", lambda x: np.log1p(1e9 * x), 0.0, 1e-9),
    Problem("1 / (x - 1) 1e-7 beyond its pole", lambda x: 1 / (x - 1), 1 + 1e-7),
    Problem("1 / x at 1e-150", lambda x: 1 / x, 1e-150),
    Problem("exp at 700", np.exp, 700.0),
    Problem("exp at 709.7", np.exp, 709.7),
    Problem("tan 1e-6 before its pole", np.tan, math.pi / 2 - 1e-6),
    Problem("log(cos x) 1e-7 before its edge", lambda x: np.log(np.cos(x)), math.pi / 2 - 1e-7),
]


# -------------------------------------------------------------------------------------------------- systems


def powell(x):
    """Powell's singular function: four residuals, a singular Jacobian at its root."""
    a, b, c, d = x
    return np.array([a + 10 * b, np.sqrt(5) * (c - d), (b - 2 * c) ** 2, np.sqrt(10) * (a - d) ** 2])


def shifted(x):
    """x_(i-1) and x_(i+1), zero beyond the ends."""
    return np.concatenate([[0.0], x[:-1]]), np.concatenate([x[1:], [0.0]])


def broyden(x):
    left, right = shifted(x)
    return (3 - 2 * x) * x - left - 2 * right + 1


def trigonometric(x):
    i = np.arange(1, x.size + 1)
    return x.size - np.sum(np.cos(x)) + i * (1 - np.cos(x)) - np.sin(x)


def lorenz96(x):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8


def boundary_values(u):
    """u'' = (u + t + 1)^3 / 2, u(0) = u(1) = 0, by differences on a grid."""
    h = 1 / (u.size + 1)
    left, right = shifted(u)
    return 2 * u - left - right + h**2 * (u + h * np.arange(1, u.size + 1) + 1) ** 3 / 2


def helical_valley(x):
    turn = np.arctan(x[1] / x[0]) / (2 * np.pi)
    return np.array([10 * (x[2] - 10 * turn), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


def kowalik(x):
    """The model of Kowalik and Osborne for enzyme kinetics, four parameters."""
    u = 1 / np.array([0.25, 0.5, 1, 2, 4, 6, 8, 10, 12, 14, 16])
    return x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def two_bodies(state):
    """The motion of a satellite in metres and seconds."""
    r, v = state[:3], state[3:]
    return np.concatenate([v, -3.986004418e14 * r / np.sum(r**2) ** 1.5])


def concentration(p):
    """A dose of 320 mg that is absorbed and eliminated: rates ka and ke, volume V."""
    (ka, ke, V), t = p, np.array([0.25, 0.5, 1, 2, 4, 8, 12, 24])
    return 320 * ka / (V * (ka - ke)) * (np.exp(-ke * t) - np.exp(-ka * t))


def peak(p):
    (height, centre, width, base), t = p, np.linspace(-2, 3, 12)
    return height * np.exp(-((t - centre) ** 2) / (2 * width**2)) + base


def arrhenius(p):
    """Rates from 300 to 900 K, of a frequency of about 1e13 / s and an energy of about 1e5 J / mol."""
    return p[0] * np.exp(-p[1] / (8.314462618 * np.linspace(300, 900, 9)))


def runge_kutta(slope, y, h, steps):
    for _ in range(steps):
        a = slope(y)
        b = slope(y + h / 2 * a)
        c = slope(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c))
    return y


def van_der_pol_flow(p):
    """Where x = p_0, x' = p_1 leads in one second, at mu = p_2."""
    return runge_kutta(lambda y: np.array([y[1], p[2] * (1 - y[0] ** 2) * y[1] - y[0]]), p[:2], 0.05, 20)


SPRINGS = np.diag([4.0, 5, 6, 5, 4]) - np.diag(np.ones(4), 1) - np.diag(np.ones(4), -1)
LOAD = np.array([1.0, 0.0, -2.0, 0.5, 3.0])


def displacement(k):
    """The solution u of (K + diag(k)) u = load."""
    return solve(SPRINGS + np.diag(k), LOAD)


def solve(A, b):
    """`numpy.linalg.solve`, or elimination for numbers that LAPACK does not know."""
    if A.dtype != object:
        return np.linalg.solve(A, b)
    A, b = A.copy(), b.astype(object)
    for i in range(len(b)):
        for j in [j for j in range(len(b)) if j != i]:
            factor = A[j, i] / A[i, i]
            A[j], b[j] = A[j] - factor * A[i], b[j] - factor * b[i]
    return b / np.diag(A)


# Points at which nothing is special: no zeros, no roots, no round numbers.
VECTORS = [
    Problem("Rosenbrock", rosenbrock, [-1.2, 0.9]),
    Problem("Powell", powell, [3.1, -1.2, 0.4, 1.1]),
    Problem("Broyden 20", broyden, np.sin(np.arange(1.0, 21)) - 0.2),
    Problem("trigonometric 10", trigonometric, 0.1 + 0.07 * np.arange(10.0)),
    Problem("Robertson", robertson, [0.7, 2e-5, 0.3]),
    Problem("Lorenz 96, 20", lorenz96, 8 + 3 * np.cos(1.7 * np.arange(20.0))),
    Problem("boundary values 20", boundary_values, -0.3 * np.sin(np.pi * np.arange(1.0, 21) / 21)),
    Problem("helical valley", helical_valley, [-0.9, 0.4, 0.3]),
    Problem("Kowalik", kowalik, [0.25, 0.39, 0.415, 0.39]),
    Problem("two bodies, SI", two_bodies, [6.524e6, 6.862e6, 6.448e6, 4.901e3, 5.533e3, -1.976e3]),
    Problem("softmax", softmax, [0.1, -0.4, 1.3, 0.7, -2.2, 0.9]),
    Problem("pharmacokinetics", concentration, [1.6, 0.08, 33.0]),
    Problem("Gaussian peak", peak, [2.3, 0.4, 0.7, 0.1]),
    Problem("Arrhenius", arrhenius, [1.1e13, 1.03e5]),
    Problem("van der Pol flow", van_der_pol_flow, [1.3, -0.6, 2.1]),
    Problem("linear solve", displacement, [0.3, 1.2, 0.7, 2.4, 0.9]),
]


# ------------------------------------------------------------------------------ is a complex step right here?


@dataclass(frozen=True)
class Code:
    """A function of a vector of four numbers, and the box that its points are drawn from."""

    name: str
    f: Callable[..., object]
    low: float = 0.2
    high: float = 0.8

    def __str__(self) -> str:
        return self.name

    def points(self, seed: int, count: int) -> np.ndarray:
        return np.random.default_rng(seed).uniform(self.low, self.high, (count, 4))


BASE = np.array([[4.0, 1.0, -0.5, 0.3], [1.0, 3.0, 0.2, -0.7], [-0.5, 0.2, 5.0, 0.6], [0.3, -0.7, 0.6, 2.0]])


def symmetric(x):
    return BASE + np.diag(x) + 0.1 * np.outer(x, x)


def square(x):
    """A matrix of the four numbers, far from singular."""
    return x.reshape(2, 2) + np.array([[2.0, 0.0], [0.5, 3.0]])


def log_sum_exp(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def kepler(M):
    """The eccentric anomaly for an eccentricity of 0.3, by Newton's method."""
    E = M + 0.3 * np.sin(M)
    for _ in range(8):
        E = E - (E - 0.3 * np.sin(E) - M) / (1 - 0.3 * np.cos(E))
    return E


def square_root(x):
    y = 1 + 0 * x
    for _ in range(8):
        y = (y + x / y) / 2
    return y


VALID = [
    Code("sin", np.sin, -3, 3),
    Code("cos", np.cos, -3, 3),
    Code("tan", np.tan, -1, 1),
    Code("exp", np.exp, -5, 5),
    Code("log", np.log, 0.1, 9),
    Code("sqrt", np.sqrt, 0.1, 9),
    Code("sinh", np.sinh, -3, 3),
    Code("tanh", np.tanh, -3, 3),
    Code("arctan", np.arctan, -5, 5),
    Code("arcsin", np.arcsin),
    Code("log1p", np.log1p),
    Code("expm1", np.expm1, -1, 1),
    Code("x**2.5", lambda x: x**2.5),
    Code("1 / x", np.reciprocal),
    Code("square", np.square, -3, 3),
    Code("sinc", np.sinc),
    Code("polyval", lambda x: np.polyval([1.0, -3.0, 0.5, 2.0], x), -3, 3),
    Code("prod", np.prod),
    Code("cumsum of squares", lambda x: np.cumsum(x**2)),
    Code("cumprod", np.cumprod),
    Code("mean of exp", lambda x: np.mean(np.exp(x))),
    Code("quadratic form", lambda x: x @ BASE @ x),
    Code("x.T @ x by inner", lambda x: np.inner(x, x)),
    Code("solve", lambda x: np.linalg.solve(symmetric(x), x)),
    Code("inverse", lambda x: np.linalg.inv(square(x))),
    Code("determinant", lambda x: np.linalg.det(symmetric(x))),
    Code("matrix power", lambda x: np.linalg.matrix_power(square(x), 5)),
    Code("outer", lambda x: np.outer(np.sin(x), x)),
    Code("convolve", lambda x: np.convolve(x, x)),
    Code("diff of cubes", lambda x: np.diff(x**3)),
    Code("softmax", softmax),
    Code("log of a sum of exp, shifted by the largest", log_sum_exp),
    Code("length by sqrt of a sum", lambda x: np.sqrt(np.sum(x * x))),
    Code("variance by hand", lambda x: np.sum((x - np.mean(x)) ** 2) / 3),
    Code("Rosenbrock", rosenbrock, -2, 2),
    Code("Runge-Kutta", lambda x: runge_kutta(lorenz96, 5 * x, 0.02, 10)),
    Code("Kepler by Newton", kepler),
    Code("square root by iteration", square_root),
    Code("sorted", lambda x: np.sort((x - np.arange(4)) ** 3)),
]


def fill(x):
    """Results put into a real array one by one, as loops do."""
    y = np.empty(4)
    for i in range(4):
        y[i] = x[i] ** 2
    return y


DATA = np.array([0.0, 0.4, 1.3, 1.1, 2.0])

INVALID = [
    Code("abs", np.abs, -0.8, -0.2),
    Code("norm", np.linalg.norm),
    Code("norm 1", lambda x: np.linalg.norm(x, 1)),
    Code("norm inf", lambda x: np.linalg.norm(x * [1, 2, 4, 32], np.inf)),
    Code("nuclear norm", lambda x: np.linalg.norm(square(x), "nuc")),
    Code("real", lambda x: np.real(x) ** 2),
    Code("conj", lambda x: np.conj(x) * BASE[0]),
    Code("x conj(x)", lambda x: (x * np.conj(x)).real),
    Code("vdot", lambda x: np.vdot(x, x)),
    Code("modulus squared", lambda x: np.abs(x) ** 2),
    Code("square root of real squared", lambda x: np.sqrt(x.real**2 + 1)),
    Code("float()", lambda x: np.array([float(a) ** 2 for a in x])),
    Code("astype(float)", lambda x: x.astype(float) ** 2),
    Code("a real array filled", fill),
    Code("math.sin", lambda x: np.array([math.sin(a) for a in x])),
    Code("math.hypot", lambda x: math.hypot(*x)),
    Code("x sign(x)", lambda x: x * np.sign(x)),
    Code("log abs", lambda x: np.log(np.abs(x))),
    Code("largest modulus", lambda x: np.max(np.abs(x * [1, 2, 4, 32]))),
    Code("eigvalsh", lambda x: np.linalg.eigvalsh(symmetric(x))),
    Code("singular values", lambda x: np.linalg.svd(square(x), compute_uv=False)),
    Code("condition number", lambda x: np.linalg.cond(square(x))),
    Code("slogdet", lambda x: np.linalg.slogdet(symmetric(x))[1]),
    Code("cholesky", lambda x: np.linalg.cholesky(symmetric(x))),
    Code("R of qr", lambda x: np.linalg.qr(square(x))[1]),
    Code("pinv of a tall matrix", lambda x: np.linalg.pinv(np.stack([x, x**2 + 1], axis=1))),
    Code("hypot", lambda x: np.hypot(x[:2], x[2:])),
    Code("arctan2", lambda x: np.arctan2(x[:2], x[2:])),
    Code("cbrt", np.cbrt),
    Code("x modulo 0.9", lambda x: (x % 0.9) ** 2),
    Code("logaddexp", lambda x: np.logaddexp(x[:2], x[2:])),
    Code("interp", lambda x: np.interp(x, np.linspace(-0.13, 0.97, 5), DATA)),
    Code("std", np.std),
    Code("var", np.var),
    Code("covariance", lambda x: np.cov(x, x**2)),
    Code("correlate", lambda x: np.correlate(x, x**2, "full")),
    Code("i0", np.i0),
    Code("1e-5 abs added", lambda x: x**2 + 1e-5 * np.abs(x), -0.8, -0.2),
]


# --------------------------------------------------------------------------------------- one number, ten times


@dataclass(frozen=True)
class Smooth:
    """A function of one number and a point."""

    name: str
    f: Callable[..., object]
    x: float

    def __str__(self) -> str:
        return self.name

    @property
    def exact(self) -> np.ndarray:
        """f, f', ... up to the tenth derivative."""
        return derivatives(self.f, self.x, 10)


WEIGHTS = np.array([0.2, 0.5, 0.1, 0.9])
RATES = np.array([0.3, 1.1, 2.3, 0.7])

SCALARS = [
    Smooth("exp", np.exp, 0.7),
    Smooth("sin", np.sin, 1.1),
    Smooth("cos 3x", lambda x: np.cos(3 * x), 0.4),
    Smooth("tan", np.tan, 0.6),
    Smooth("log", np.log, 1.7),
    Smooth("sqrt", np.sqrt, 2.3),
    Smooth("x**-1.5", lambda x: x**-1.5, 1.3),
    Smooth("1 / x", lambda x: 1 / x, -0.8),
    Smooth("tanh", np.tanh, 0.5),
    Smooth("sinh", np.sinh, -1.4),
    Smooth("cosh", np.cosh, 0.9),
    Smooth("arctan", np.arctan, 0.8),
    Smooth("arcsin", np.arcsin, 0.3),
    Smooth("arcsinh", np.arcsinh, 1.9),
    Smooth("log1p", np.log1p, 0.45),
    Smooth("expm1", np.expm1, -0.6),
    Smooth("exp(-x^2)", lambda x: np.exp(-(x**2)), 0.9),
    Smooth("logistic", lambda x: 1 / (1 + np.exp(-x)), 0.35),
    Smooth("softplus", lambda x: np.log(1 + np.exp(x)), -0.8),
    Smooth("Runge", lambda x: 1 / (1 + 25 * x**2), 0.15),
    Smooth("exp(sin x)", lambda x: np.exp(np.sin(x)), 2.1),
    Smooth("sin(x) / x", lambda x: np.sin(x) / x, 2.7),
    Smooth("x log x", lambda x: x * np.log(x), 0.75),
    Smooth("x**x", lambda x: np.exp(x * np.log(x)), 1.2),
    Smooth("log(2 + cos x)", lambda x: np.log(2 + np.cos(x)), 1.6),
    Smooth("damped oscillation", lambda x: np.exp(-0.4 * x) * np.cos(5 * x), 1.3),
    Smooth("Planck", lambda x: x**3 / np.expm1(x), 2.8),
    Smooth("a ratio of polynomials", lambda x: (1 + x - 2 * x**5) / (3 + x**2), 1.45),
    Smooth("sqrt(1 + sin^2)", lambda x: np.sqrt(1 + np.sin(x) ** 2), 0.55),
    Smooth("arctan of exp", lambda x: np.arctan(np.exp(2 * x)), -0.25),
]


# ------------------------------------------------------------------------------------------------- curvature


@dataclass(frozen=True)
class Curved:
    """A scalar function of five numbers and a point."""

    name: str
    f: Callable[..., object]
    x: list[float]

    def __str__(self) -> str:
        return self.name

    @property
    def exact(self) -> np.ndarray:
        """The Hessian."""
        return hessian(self.f, self.x)


UNITS = np.array([1e-3, 0.1, 1.0, 20.0, 1e3])


def lennard_jones(x):
    """Six atoms on a line, x between them."""
    ends = np.concatenate([[0.0], np.cumsum(x)])
    r = np.array([ends[j] - ends[i] for i in range(6) for j in range(i + 1, 6)])
    return np.sum(4 * (r**-12 - r**-6))


HESSIANS = [
    Curved("Rosenbrock", lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
           [-1.2, 1.0, 0.7, -0.3, 1.4]),
    Curved("log of a sum of exp", lambda x: np.log(np.sum(np.exp(x))), [0.3, -0.7, 1.1, 0.2, 0.9]),
    Curved("exp of a quadratic", lambda x: np.exp(-0.5 * np.sum((x - 0.3) * x) + 0.2 * x[0] * x[4]),
           [0.6, -0.4, 0.8, 0.5, -0.9]),
    Curved("product of sines", lambda x: np.prod(np.sin(x + 0.1 * np.sum(x))), [0.4, 1.3, 0.9, 2.1, 0.7]),
    Curved("Lennard-Jones", lennard_jones, [1.1, 1.05, 1.2, 0.98, 1.15]),
    Curved("length", lambda x: np.sqrt(1 + np.sum(x**2)), [0.5, -1.5, 2.2, 0.8, -0.6]),
    Curved("scales from 1e-3 to 1e3", lambda x: np.log(1 + np.sum((x / UNITS) ** 2)) * np.exp(0.1 * x[0] / UNITS[0]),
           [1.2e-3, -0.08, 0.9, 25.0, -1.1e3]),
]  # fmt: skip


# ------------------------------------------------------------------------------------------- kinks and jumps


@dataclass(frozen=True)
class Corner:
    """A function that is not smooth at x, with its slopes to the left and to the right."""

    name: str
    f: Callable[..., object]
    x: float
    left: float
    right: float

    def __str__(self) -> str:
        return self.name


KINKS = [
    Corner("abs(x)", np.abs, 0.0, -1, 1),
    Corner("abs(x - 1)", lambda x: np.abs(x - 1), 1.0, -1, 1),
    Corner("relu", lambda x: np.maximum(0.0, x - 3), 3.0, 0, 1),
    Corner("max(x, x^2)", lambda x: np.maximum(x, x**2), 1.0, 1, 2),
    Corner("exp(-abs(x))", lambda x: np.exp(-np.abs(x)), 0.0, 1, -1),
    Corner("abs(sin x)", lambda x: np.abs(np.sin(x)), 0.0, -1, 1),
    Corner("clip", lambda x: np.clip(x, -2.0, 1.0), 1.0, 1, 0),
    Corner("x abs(x - 2)", lambda x: x * np.abs(x - 2), 2.0, -2, 2),
    Corner("sin x, 1e-2 abs added", lambda x: np.sin(x) + 1e-2 * np.abs(x - 0.5), 0.5,
           math.cos(0.5) - 1e-2, math.cos(0.5) + 1e-2),
    Corner("cos x, 1e-4 abs added", lambda x: np.cos(x) + 1e-4 * np.abs(x - 1), 1.0,
           -math.sin(1) - 1e-4, -math.sin(1) + 1e-4),
]  # fmt: skip

JUMPS = [
    Corner("sign", np.sign, 0.0, 0, 0),
    Corner("heaviside", lambda x: np.heaviside(x - 2, 0.5), 2.0, 0, 0),
    Corner("floor", np.floor, 2.0, 0, 0),
    Corner("a step of the value", lambda x: np.where(x < 1, np.sin(x), np.sin(x) + 1), 1.0, math.cos(1), math.cos(1)),
    Corner("a step to another branch", lambda x: np.where(x < 1, x**2, 3 * x), 1.0, 2, 3),
    Corner("a step of 1e-3", lambda x: x + 1e-3 * np.sign(x - 3), 3.0, 1, 1),
]


# ------------------------------------------------------------------------------------------ noise and scales

SMOOTH = [
    Problem("exp", np.exp, 0.7),
    Problem("sin", np.sin, 1.1),
    Problem("cos", np.cos, 0.6),
    Problem("log", np.log, 1.9),
    Problem("sqrt", np.sqrt, 2.3),
    Problem("x**3", lambda x: x**3, -1.3),
    Problem("1 / x", lambda x: 1 / x, 0.8),
    Problem("tanh", np.tanh, 0.5),
    Problem("arctan", np.arctan, 0.8),
    Problem("exp(sin x)", lambda x: np.exp(np.sin(x)), 2.1),
    Problem("x^2 exp(-x)", lambda x: x**2 * np.exp(-x), 1.4),
    Problem("log(1 + x^2)", lambda x: np.log(1 + x**2), 0.9),
]


GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(bits: np.ndarray, multiplier: int) -> np.ndarray:
    """64 bits, each of which depends on all of those that came in."""
    for shift in (30, 27, 31):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(multiplier)
    return bits


def bits_of(x: object, seed: int) -> np.ndarray:
    """The bits of each number; those of real ones only."""
    if np.iscomplexobj(x):
        raise TypeError("expected real numbers")
    return np.atleast_1d(np.asarray(x, np.float64)).view(np.uint64) + np.array([seed + 1], np.uint64) * GOLDEN


def normals(bits: np.ndarray) -> np.ndarray:
    """Standard normal numbers that are functions of their bits alone, by Box and Muller's method."""
    radius, angle = (
        ((mixed(bits, by) >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53
        for by in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
    )
    return np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * angle)


def noisy(f: Callable, noise: float, seed: int) -> Callable:
    """An elementwise f with relative errors that are the same whenever x is; it takes real numbers only."""
    return lambda x: f(x) * (1 + noise * normals(bits_of(x, seed)).reshape(np.shape(x)))


def noisy_system(f: Callable, noise: float, seed: int) -> Callable:
    """The same for a vector-valued f of a vector: each output depends on every bit of x."""

    def g(x):
        y, bits = f(x), np.zeros(1, np.uint64)
        for entry in bits_of(x, seed):
            bits = mixed(bits ^ entry, 0xBF58476D1CE4E5B9)
        return y * (1 + noise * normals(bits + np.arange(len(y), dtype=np.uint64) * GOLDEN))

    return g


def single_inside(f: Callable) -> Callable:
    """f in float32, its result in float64; it takes real numbers only."""

    def g(x):
        if np.iscomplexobj(x):
            raise TypeError("expected real numbers")
        return np.asarray(f(np.asarray(x, np.float32)), np.float64)[()]

    return g


def near_smooth(seed: int, each: int) -> Iterator[Problem]:
    """The smooth functions at points around their own, for noise to be put on."""
    rng = np.random.default_rng(seed)
    for p in SMOOTH:
        for x in p.x * rng.uniform(0.7, 1.3, each):
            yield Problem(p.name, p.f, float(np.float32(x)))


def systems(seed: int, each: int) -> Iterator[Problem]:
    """Four of the smooth functions, each of a number of its own, in four combinations."""
    rng = np.random.default_rng([seed, 4])
    for k in range(len(SMOOTH)):
        four = [SMOOTH[(k + j) % len(SMOOTH)] for j in range(4)]
        for factors in rng.uniform(0.7, 1.3, (each, 4)):
            x = np.float32([p.x for p in four] * factors).astype(float)
            yield Problem(" & ".join(p.name for p in four), _combined([p.f for p in four]), x)


def _combined(fs: list[Callable]) -> Callable:
    def f(x):
        a, b, c, d = (g(t) for g, t in zip(fs, x, strict=True))
        return np.stack([a * b, b + c, c * d - a, d / (2 + a**2)])

    return f


def misscaled() -> Iterator[Problem]:
    """At x = 1, functions that change over 1e-6 to 1e6."""
    for p in SMOOTH:
        for length in (1e-6, 1e-4, 1e-2, 1e2, 1e4, 1e6):
            yield Problem(f"{p.name} over {length:g}", _over(p, length, 1.0), 1.0, length)


def hidden_scale() -> Iterator[Problem]:
    """At x = 0, functions that change over 1e-10 to 1e10."""
    for p in SMOOTH:
        for length in 10.0 ** np.arange(-10, 11, 4):
            yield Problem(f"{p.name} over {length:g}", _over(p, length, 0.0), 0.0, length)


def _over(p: Problem, length: float, centre: float) -> Callable:
    return lambda x: p.f(p.x + (x - centre) / length)
