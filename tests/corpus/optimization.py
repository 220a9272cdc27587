"""Test functions of global optimisation in any number of dimensions."""

import math
from functools import reduce

import numpy as np
from numpy import abs, arange, exp, pi, sin, sqrt  # noqa: A004

from corpus import Shelf

piece = Shelf(__name__)


@piece([0.7, -1.2, 2.3], "Ackley 1987")
def ackley(x):
    n = len(x)
    s1 = np.sqrt(np.sum(x**2) / n)
    s2 = np.sum(np.cos(2 * np.pi * x)) / n
    return -20 * np.exp(-0.2 * s1) - np.exp(s2) + 20 + np.e


@piece([0.7, -1.2, 2.3], "Ackley 1987, after Bäck 1996")
def ackley_in_loops(x):
    a, b, c = 20.0, 0.2, 2 * math.pi
    s1 = s2 = 0.0
    for xi in x:
        s1 += xi**2
        s2 += math.cos(c * xi)
    n = float(len(x))
    return -a * math.exp(-b * math.sqrt(s1 / n)) - math.exp(s2 / n) + a + math.e


@piece([0.3, -1.3, 2.2, 0.8], "Rastrigin 1974")
def rastrigin(x):
    return 10 * x.size + (x**2 - 10 * np.cos(2 * np.pi * x)).sum()


@piece([0.3, -1.3, 2.2, 0.8], "Rastrigin 1974")
def rastrigin_generator(x):
    return 10 * len(x) + sum(xi * xi - 10 * math.cos(2 * math.pi * xi) for xi in x)


@piece([12.0, -45.0, 30.0], "Griewank 1981")
def griewank(x):
    i = np.arange(1, x.size + 1)
    return np.sum(x**2) / 4000 - np.prod(np.cos(x / np.sqrt(i))) + 1


@piece([12.0, -45.0, 30.0], "Griewank 1981")
def griewank_in_loops(x):
    total, product = 0.0, 1.0
    for i in range(len(x)):
        total += x[i] ** 2 / 4000.0
        product *= math.cos(x[i] / math.sqrt(i + 1))
    return total - product + 1.0


@piece([120.0, -330.0, 410.0], "Schwefel 1981")
def schwefel(x):
    return 418.9828872724339 * len(x) - sum(x * sin(sqrt(abs(x))))


@piece([1.5, -0.5, 2.0, 0.3], "Schwefel 1981, problem 1.2")
def schwefel_double_sum(x):
    x = np.asarray(x, dtype=float)
    return sum(np.sum(x[: i + 1]) ** 2 for i in range(x.size))


@piece([1.5, -0.5, 2.0, 0.3], "Schwefel 1981, problem 1.2")
def schwefel_cumulative(x):
    return np.sum(np.cumsum(x) ** 2)


@piece([1.5, -0.5, 2.0, 0.3], "Schwefel 1981, problem 2.22")
def schwefel_sum_and_product(x):
    return np.sum(np.abs(x)) + np.prod(np.abs(x))


@piece([1.5, -0.5, 2.0, 0.3], "Schwefel 1981, problem 2.21")
def schwefel_max(x):
    return np.max(np.abs(x))


@piece([0.5, -2.0, 3.0, 1.7], "Levy and Montalvo 1985")
def levy(x):
    w = 1 + (x - 1) / 4
    head = np.sin(np.pi * w[0]) ** 2
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
    tail = (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)
    return head + middle + tail


@piece([-1.2, 1.0, 0.5, 0.9, -0.4], "Rosenbrock 1960")
def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@piece([-1.2, 1.0, 0.5, 0.9, -0.4], "Rosenbrock 1960")
def rosenbrock_in_loops(x):
    f = 0.0
    for i in range(len(x) - 1):
        f = f + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return f


@piece([1.0, -2.0, 0.5], "De Jong 1975")
def sphere(x):
    return np.dot(x, x)


@piece([1.0, -2.0, 0.5], "Surjanovic and Bingham 2013")
def sum_squares(x):
    return (arange(1, len(x) + 1) * x**2).sum()


@piece([0.9, -0.4, 0.7], "Surjanovic and Bingham 2013")
def sum_of_different_powers(x):
    return sum(abs(x[i]) ** (i + 2) for i in range(len(x)))


@piece([1.0, -0.5, 0.3, 2.0], "Zakharov; Jamil and Yang 2013")
def zakharov(x):
    ii = np.arange(1, len(x) + 1)
    term = np.sum(0.5 * ii * x)
    return np.sum(x**2) + term**2 + term**4


@piece([1.5, 0.4, -0.8], "Dixon and Price 1989")
def dixon_price(x):
    result = (x[0] - 1) ** 2
    for i in range(1, len(x)):
        result += (i + 1) * (2 * x[i] ** 2 - x[i - 1]) ** 2
    return result


@piece([-2.5, 1.0, 3.1], "Styblinski and Tang 1990")
def styblinski_tang(x):
    return 0.5 * np.sum(np.power(x, 4) - 16 * np.power(x, 2) + 5 * x)


@piece([2.1, 1.5, 1.2, 1.9], "Michalewicz 1992")
def michalewicz(x, m=10):
    i = np.arange(x.shape[0]) + 1.0
    return -np.sum(np.sin(x) * np.sin(i * x**2 / np.pi) ** (2 * m))


@piece([2.0, -1.5, 4.0], "Jamil and Yang 2013, Alpine 1")
def alpine_1(x):
    return sum(abs(x * sin(x) + 0.1 * x))


@piece([2.0, 1.5, 7.0], "Clerc 1999, Alpine 2")
def alpine_2(x):
    return np.prod(np.sqrt(x) * np.sin(x))


@piece([3.0, -1.0, 0.5, 1.0, 2.0, -0.5, 0.7, 1.1], "Powell 1962")
def powell(x):
    a, b, c, d = x[0::4], x[1::4], x[2::4], x[3::4]
    return np.sum((a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4)


@piece([0.8, 1.7, 3.2], "Neumaier, Perm")
def perm(x, beta=0.5):
    n = len(x)
    outer = 0
    for k in range(1, n + 1):
        inner = 0
        for j in range(1, n + 1):
            inner += (j**k + beta) * ((x[j - 1] / j) ** k - 1)
        outer += inner**2
    return outer


@piece([0.8, 0.4, 0.2], "Neumaier, Perm 0")
def perm_0(x, b=10.0):
    j = np.arange(1.0, x.size + 1)
    k = j[:, np.newaxis]
    return np.sum(np.sum((j + b) * (x**k - 1.0 / j**k), axis=1) ** 2)


@piece([2.0, 3.0, 5.0, 1.0], "Neumaier, Trid")
def trid(x):
    return sum((xi - 1) ** 2 for xi in x) - sum(a * b for a, b in zip(x[1:], x[:-1], strict=True))


@piece([1.2, -0.7, 2.0], "Salomon 1996")
def salomon(x):
    u = np.linalg.norm(x)
    return 1 - np.cos(2 * np.pi * u) + 0.1 * u


@piece([0.7, -0.4, 1.1], "Yang 2010")
def xin_she_yang(x):
    return np.sum(np.abs(x)) * np.exp(-np.sum(np.sin(x**2)))


@piece([0.7, -0.4, 1.1], "Beyer and Finck 2012, HappyCat")
def happy_cat(x, alpha=0.125):
    norm2 = np.inner(x, x)
    return ((norm2 - x.size) ** 2) ** alpha + (0.5 * norm2 + x.sum()) / x.size + 0.5


@piece([0.7, -0.4, 1.1], "CEC 2013, HGBat")
def hgbat(x):
    r2 = sum(x**2)
    return abs(r2**2 - sum(x) ** 2) ** 0.5 + (0.5 * r2 + sum(x)) / len(x) + 0.5


@piece([0.7, -0.4, 1.1], "CEC 2005")
def bent_cigar(x):
    return x[0] ** 2 + 1e6 * np.square(x[1:]).sum()


@piece([0.7, -0.4, 1.1], "CEC 2005")
def elliptic(x):
    weights = np.power(1e6, np.linspace(0, 1, x.size))
    return weights @ x**2


@piece([7.0, -4.0, 11.0], "Schaffer 1989, expanded as in CEC 2005")
def schaffer_f6_expanded(x):
    def g(u, v):
        r2 = u**2 + v**2
        return 0.5 + (np.sin(np.sqrt(r2)) ** 2 - 0.5) / (1 + 0.001 * r2) ** 2

    return np.sum(g(x, np.roll(x, -1)))


@piece([0.11, -0.22], "Weierstrass 1872, truncated as in CEC 2005")
def weierstrass(x, a=0.5, b=3.0, kmax=5):
    k = np.arange(kmax + 1)
    values = np.sum(a**k * np.cos(2 * np.pi * b**k * (x[:, None] + 0.5)), axis=1)
    return values.sum() - x.size * np.sum(a**k * np.cos(np.pi * b**k))


@piece([0.5, 1.1, -1.4], "Qing 2006")
def qing(x):
    return sum((x[i - 1] ** 2 - i) ** 2 for i in range(1, len(x) + 1))


@piece([0.5, 2.5, -1.7], "Jamil and Yang 2013, Quintic")
def quintic(x):
    return np.sum(np.abs(np.polyval([1, -3, 4, 2, -10, -4], x)))


@piece([12.0, -7.0, 3.0], "Rahnamayan 2007, Pathological")
def pathological(x):
    a, b = x[:-1], x[1:]
    top = np.sin(np.sqrt(100 * a**2 + b**2)) ** 2 - 0.5
    return np.sum(0.5 + top / (1 + 0.001 * (a**2 - 2 * a * b + b**2) ** 2))


@piece([0.4, -0.3, 0.9], "Csendes 1964")
def csendes(x):
    total = 0
    for xi in x:
        total = total + xi**6 * (2 + math.sin(1 / xi))
    return total


@piece([0.4, -0.3, 0.9, 1.2], "Brown 1966; Begambre 2009")
def brown(x):
    sq = x**2
    return np.sum(sq[:-1] ** (sq[1:] + 1) + sq[1:] ** (sq[:-1] + 1))


@piece([0.4, -0.3, 0.9], "Breiman and Cutler 1993")
def cosine_mixture(x):
    return -0.1 * np.sum(np.cos(5 * np.pi * x)) + np.sum(x**2)


@piece([0.4, -0.3, 0.9], "Pintér 1996")
def pinter(x):
    i = np.arange(1, x.size + 1)
    before, after = np.roll(x, 1), np.roll(x, -1)
    A = before * np.sin(x) + np.sin(after)
    B = before**2 - 2 * x + 3 * after - np.cos(x) + 1
    return np.sum(i * x**2 + 20 * i * np.sin(A) ** 2 + i * np.log10(1 + i * B**2))


@piece([0.4, 0.3, 0.9], "Mishra 2006, function 1")
def mishra_1(x):
    last = len(x) - sum(x[:-1])
    return (1 + last) ** last


@piece([0.4, -0.3, 0.9], "Courrieu 1997, Wavy")
def wavy(x, k=10):
    return 1 - np.mean(np.cos(k * x) * np.exp(-(x**2) / 2))


@piece([0.4, 0.3, 0.9], "Whitley 1996")
def whitley(x):
    XI, XJ = np.meshgrid(x, x)
    t = 100 * (XI**2 - XJ) ** 2 + (1 - XJ) ** 2
    return np.sum(t**2 / 4000 - np.cos(t) + 1)


@piece([2.0, 1.1, 3.3], "Jamil and Yang 2013, Exponential")
def exponential(x):
    return -exp(-0.5 * reduce(lambda s, xi: s + xi * xi, x, 0.0) / 10)


@piece([2.0, 0.5, -11.0, 12.0], "Yao, Liu and Lin 1999, penalised function 1")
def penalized_1(x):
    def u(xi, a, k, m):
        if xi > a:
            return k * (xi - a) ** m
        if xi < -a:
            return k * (-xi - a) ** m
        return 0.0

    n = len(x)
    y = 1 + (x + 1) / 4
    s = 10 * sin(pi * y[0]) ** 2 + (y[-1] - 1) ** 2
    for i in range(n - 1):
        s += (y[i] - 1) ** 2 * (1 + 10 * sin(pi * y[i + 1]) ** 2)
    return pi / n * s + sum(u(xi, 10, 100, 4) for xi in x)


@piece([2.0, 0.5, -5.5, 6.0], "Yao, Liu and Lin 1999, penalised function 2")
def penalized_2(x):
    wall = np.where(x > 5, 100 * (x - 5) ** 4, np.where(x < -5, 100 * (-x - 5) ** 4, 0.0))
    s = np.sin(3 * np.pi * x[0]) ** 2
    s = s + np.sum((x[:-1] - 1) ** 2 * (1 + np.sin(3 * np.pi * x[1:]) ** 2))
    s = s + (x[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * x[-1]) ** 2)
    return 0.1 * s + wall.sum()


@piece([2.0, 0.5, -3.0], "Schaffer 1989, stretched V sine wave")
def stretched_v(x):
    t = x[1:] ** 2 + x[:-1] ** 2
    return np.sum(t**0.25 * (np.sin(50 * t**0.1) ** 2 + 1))


@piece([1.6, 3.1, 0.8], "Keane 1994, bump")
def keane_bump(x):
    top = np.abs(np.sum(np.cos(x) ** 4) - 2 * np.prod(np.cos(x) ** 2))
    return -top / np.sqrt(np.sum(np.arange(1, len(x) + 1) * x**2))


@piece([2.2, 3.5, 9.1, 7.7, 5.0], "Himmelblau 1972, Paviani")
def paviani(x):
    return np.sum(np.log(x - 2) ** 2 + np.log(10 - x) ** 2) - np.prod(x) ** 0.2


@piece([0.1, 0.0, 0.2, 1.1, 0.1, -0.1, 0.4, 0.9, 0.3, 0.5, 0.2, 1.2], "Lennard-Jones 1924")
def lennard_jones(x):
    r = np.reshape(x, (-1, 3))
    energy = 0.0
    for i in range(len(r)):
        for j in range(i):
            d = np.linalg.norm(r[i] - r[j])
            energy += 4 * (1 / d**12 - 1 / d**6)
    return energy


@piece([4.0, 2.5, 1.0, 6.1], "Lunacek 2008, bi-Rastrigin")
def lunacek(x):
    n, d, mu0 = x.size, 1.0, 2.5
    s = 1 - 1 / (2 * np.sqrt(n + 20) - 8.2)
    mu1 = -np.sqrt((mu0**2 - d) / s)
    bowls = min(np.sum((x - mu0) ** 2), d * n + s * np.sum((x - mu1) ** 2))
    return bowls + 10 * np.sum(1 - np.cos(2 * np.pi * (x - mu0)))
