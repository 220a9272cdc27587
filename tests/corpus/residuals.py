"""The residual functions of Moré, Garbow and Hillstrom 1981, "Testing unconstrained optimization software"."""

import math

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)
MGH = "Moré, Garbow and Hillstrom 1981, problem "


@piece([-1.2, 1.0], MGH + "1")
def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


@piece([0.5, -2.0], MGH + "2")
def freudenstein_roth(x):
    x1, x2 = x
    return [-13 + x1 + ((5 - x2) * x2 - 2) * x2, -29 + x1 + ((x2 + 1) * x2 - 14) * x2]


@piece([0.1, 1.0], MGH + "3, from a better scaled point")
def powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1, math.exp(-x[0]) + math.exp(-x[1]) - 1.0001])


@piece([1.0, 1.0], MGH + "4")
def brown_badly_scaled(x):
    f = np.zeros(3)
    f[0] = x[0] - 1e6
    f[1] = x[1] - 2e-6
    f[2] = x[0] * x[1] - 2
    return f


@piece([1.0, 1.0], MGH + "5")
def beale(x):
    y = (1.5, 2.25, 2.625)
    return np.array([y[i] - x[0] * (1 - x[1] ** (i + 1)) for i in range(3)])


@piece([0.3, 0.4], MGH + "6")
def jennrich_sampson(x):
    f = []
    for i in range(1, 11):
        f.append(2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1])))  # noqa: PERF401
    return np.array(f)


@piece([-1.0, 0.3, 0.2], MGH + "7")
def helical_valley(x):
    theta = np.arctan(x[1] / x[0]) / (2 * np.pi)
    if x[0] < 0:
        theta += 0.5
    return np.array([10 * (x[2] - 10 * theta), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


# fmt: off
BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39]
KOWALIK_Y = np.array([0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
MEYER = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872]
OSBORNE_1 = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603,
    0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411,
    0.406,
]
OSBORNE_2 = [
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606,
    0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423,
    0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668,
    0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098,
    0.054,
]
# fmt: on


@piece([1.0, 1.0, 1.0], MGH + "8")
def bard(x):
    fvec = np.zeros(15)
    for i in range(15):
        u = i + 1
        v = 15 - i
        w = min(u, v)
        fvec[i] = BARD[i] - (x[0] + u / (v * x[1] + w * x[2]))
    return fvec


@piece([0.4, 1.0, 0.1], MGH + "9")
def gaussian(x):
    y = np.array([0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989])
    y = np.concatenate([y, y[-2::-1]])
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - y


@piece([0.02, 4000.0, 250.0], MGH + "10")
def meyer(x):
    return np.array([x[0] * math.exp(x[1] / (45 + 5 * (i + 1) + x[2])) - y for i, y in enumerate(MEYER)])


@piece([5.0, 2.5, 0.15], MGH + "11")
def gulf(x):
    t = np.arange(1, 11) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)
    return np.exp(-(np.abs(y - x[1]) ** x[2]) / x[0]) - t


@piece([0.5, 10.0, 20.0], MGH + "12")
def box_3d(x):
    t = 0.1 * np.arange(1, 11)
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


@piece([3.0, -1.0, 0.5, 1.0], MGH + "13")
def powell_singular(x):
    r = np.empty_like(x)
    r[0] = x[0] + 10 * x[1]
    r[1] = np.sqrt(5) * (x[2] - x[3])
    r[2] = (x[1] - 2 * x[2]) ** 2
    r[3] = np.sqrt(10) * (x[0] - x[3]) ** 2
    return r


@piece([-3.0, -1.0, -3.0, -1.0], MGH + "14")
def wood(x):
    r90, r10 = math.sqrt(90), math.sqrt(10)
    return np.array(
        [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            r90 * (x[3] - x[2] ** 2),
            1 - x[2],
            r10 * (x[1] + x[3] - 2),
            (x[1] - x[3]) / r10,
        ]
    )


@piece([0.25, 0.39, 0.415, 0.39], MGH + "15")
def kowalik_osborne(x):
    u = KOWALIK_U
    return KOWALIK_Y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


@piece([25.0, 5.0, -5.0, -1.0], MGH + "16")
def brown_dennis(x):
    f = np.zeros(20)
    for i in range(20):
        t = (i + 1) / 5
        f[i] = (x[0] + t * x[1] - math.exp(t)) ** 2 + (x[2] + x[3] * math.sin(t) - math.cos(t)) ** 2
    return f


@piece([0.5, 1.5, -1.0, 0.01, 0.02], MGH + "17")
def osborne_1(x):
    t = 10.0 * np.arange(33)
    return np.array(OSBORNE_1) - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))


@piece([1.0, 2.0, 1.0, 1.2, 1.1, 0.9], MGH + "18")
def biggs_exp6(x):
    t = 0.1 * np.arange(1, 14)
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


@piece([1.3, 0.43, 0.63, 0.6, 0.75, 0.3, 0.4, 0.5, 2.4, 4.6, 5.7], MGH + "19, from wider peaks")
def osborne_2(x):
    t = np.linspace(0, 6.4, 65)
    model = x[0] * np.exp(-t * x[4])
    for k in (1, 2, 3):
        model = model + x[k] * np.exp(-((t - x[k + 7]) ** 2) * x[k + 4])
    return np.asarray(OSBORNE_2) - model


@piece([0.1, -0.2, 0.3, 0.4, -0.5, 0.6], MGH + "20, from a point that is not 0")
def watson(x):
    n = len(x)
    f = np.zeros(31)
    for i in range(29):
        t = (i + 1) / 29
        first = sum((j - 1) * x[j - 1] * t ** (j - 2) for j in range(2, n + 1))
        second = sum(x[j - 1] * t ** (j - 1) for j in range(1, n + 1))
        f[i] = first - second**2 - 1
    f[29] = x[0]
    f[30] = x[1] - x[0] ** 2 - 1
    return f


@piece([-1.2, 1.0] * 4, MGH + "21")
def extended_rosenbrock(x):
    f = np.empty(x.shape)
    f[::2] = 10 * (x[1::2] - x[::2] ** 2)
    f[1::2] = 1 - x[::2]
    return f


@piece([3.0, -1.0, 0.5, 1.0] * 2, MGH + "22")
def extended_powell_singular(x):
    a, b, c, d = x.reshape(-1, 4).T
    return np.column_stack([a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2]).ravel()


@piece([1.0, 2.0, 3.0, 4.0], MGH + "23")
def penalty_1(x):
    return np.append(np.sqrt(1e-5) * (x - 1), np.sum(x**2) - 0.25)


@piece([0.5, 0.4, 0.6, 0.5], MGH + "24")
def penalty_2(x):
    n = x.size
    f = np.zeros(2 * n)
    f[0] = x[0] - 0.2
    for i in range(1, n):
        y = math.exp((i + 1) / 10) + math.exp(i / 10)
        f[i] = math.sqrt(1e-5) * (math.exp(x[i] / 10) + math.exp(x[i - 1] / 10) - y)
    for i in range(n, 2 * n - 1):
        f[i] = math.sqrt(1e-5) * (math.exp(x[i - n + 1] / 10) - math.exp(-1 / 10))
    f[2 * n - 1] = sum((n - j) * x[j] ** 2 for j in range(n)) - 1
    return f


@piece([0.8, 0.6, 0.4, 0.2], MGH + "25")
def variably_dimensioned(x):
    s = np.sum(np.arange(1, len(x) + 1) * (x - 1))
    return np.concatenate((x - 1, [s, s**2]))


@piece([0.2, 0.25, 0.3, 0.15, 0.2], MGH + "26")
def trigonometric(x):
    n = len(x)
    c = np.cos(x)
    return n - c.sum() + np.arange(1, n + 1) * (1 - c) - np.sin(x)


@piece([0.5, 0.6, 0.5, 0.4], MGH + "27")
def brown_almost_linear(x):
    n = len(x)
    f = x + np.sum(x) - (n + 1)
    f[-1] = np.prod(x) - 1
    return f


@piece([-0.12, -0.19, -0.2, -0.17, -0.1], MGH + "28")
def discrete_boundary(x):
    n = len(x)
    h = 1.0 / (n + 1)
    f = np.zeros(n)
    for i in range(n):
        left = x[i - 1] if i > 0 else 0.0
        right = x[i + 1] if i < n - 1 else 0.0
        f[i] = 2 * x[i] - left - right + h**2 * (x[i] + (i + 1) * h + 1) ** 3 / 2
    return f


@piece([-0.12, -0.19, -0.2, -0.17, -0.1], MGH + "29")
def discrete_integral(x):
    n = len(x)
    h = 1 / (n + 1)
    t = np.arange(1, n + 1) * h
    cubes = (x + t + 1) ** 3
    f = x.copy()
    for i in range(n):
        below = np.sum(t[: i + 1] * cubes[: i + 1])
        above = np.sum((1 - t[i + 1 :]) * cubes[i + 1 :])
        f[i] += h * ((1 - t[i]) * below + t[i] * above) / 2
    return f


@piece([-1.0, -0.9, -1.1, -1.0, -0.8], MGH + "30")
def broyden_tridiagonal(x):
    f = (3 - 2 * x) * x + 1
    f[1:] -= x[:-1]
    f[:-1] -= 2 * x[1:]
    return f


@piece([-1.0, -0.9, -1.1, -1.0, -0.8, -0.7, -1.2, -0.9], MGH + "31")
def broyden_banded(x):
    n = len(x)
    f = []
    for i in range(n):
        band = [j for j in range(max(0, i - 5), min(n, i + 2)) if j != i]
        f.append(x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in band))
    return f


@piece([1.0, 2.0, 3.0], MGH + "32")
def linear_full_rank(x, m=6):
    f = np.full(m, -2 * x.sum() / m - 1)
    f[: x.size] += x
    return f


@piece([1.0, 2.0, 3.0], MGH + "33")
def linear_rank_1(x):
    i, j = np.arange(1, 7), np.arange(1, 4)
    return np.outer(i, j) @ x - 1


@piece([1.0, 2.0, 3.0, 4.0], MGH + "34")
def linear_rank_1_zero_columns(x):
    n, m = len(x), 6
    s = sum(j * x[j - 1] for j in range(2, n))
    return np.array([-1] + [(i - 1) * s - 1 for i in range(2, m)] + [-1.0])


@piece([0.2, 0.4, 0.6, 0.8], MGH + "35")
def chebyquad(x):
    n = len(x)
    f = np.zeros(n)
    for xj in x:
        t0, t1 = 1.0, 2 * xj - 1
        for i in range(n):
            f[i] += t1
            t0, t1 = t1, 2 * (2 * xj - 1) * t1 - t0
    f /= n
    for i in range(1, n, 2):
        f[i] += 1.0 / ((i + 1) ** 2 - 1)
    return f


# ------------------------------------------------- nonlinear regressions of NIST StRD: the published start values


def residuals(model, x, y):
    """What a user hands to least squares: a closure over the data."""
    return lambda b: y - model(b, x)


# fmt: off
MISRA_X = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])
MISRA_Y = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
THURBER_X = np.array([-3.067, -2.981, -2.5, -1.8, -1.2, -0.8, -0.3, 0.2, 0.8, 1.2, 1.7, 2.1])
THURBER_Y = np.array([80.6, 84.2, 115.9, 230.1, 421.0, 605.0, 830.3, 1010.7, 1270.0, 1370.0, 1420.0, 1445.0])
# fmt: on
for name, model, start in (
    ("misra1a", lambda b, x: b[0] * (1 - np.exp(-b[1] * x)), [500, 1e-4]),
    ("misra1b", lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2), [500, 1e-4]),
    ("misra1c", lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5), [500, 1e-4]),
    ("misra1d", lambda b, x: b[0] * b[1] * x * (1 + b[1] * x) ** -1, [500, 1e-4]),
):
    piece.add(name, residuals(model, MISRA_X, MISRA_Y), start, "NIST StRD")


@piece([1300.0, 1500.0, 500.0, 75.0, 1.0, 0.4, 0.05], "NIST StRD, Thurber; the data are rounded")
def thurber(b):
    x = THURBER_X
    return THURBER_Y - np.polyval(b[3::-1], x) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)
