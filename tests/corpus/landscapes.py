"""Test functions of global optimisation that have a fixed, small number of variables."""

from math import pi

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)


@piece([2.5, 7.5], "Branin 1972")
def branin(x):
    x1, x2 = x
    a, b, c, r, s, t = 1, 5.1 / (4 * pi**2), 5 / pi, 6, 10, 1 / (8 * pi)
    return a * (x2 - b * x1**2 + c * x1 - r) ** 2 + s * (1 - t) * np.cos(x1) + s


@piece([1.0, 1.2], "Beale 1958")
def beale(p):
    x, y = p[0], p[1]
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


@piece([-1.0, 4.0], "Surjanovic and Bingham 2013, Booth")
def booth(x):
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


@piece([3.0, -2.0], "Surjanovic and Bingham 2013, Matyas")
def matyas(x):
    return 0.26 * (x[0] ** 2 + x[1] ** 2) - 0.48 * x[0] * x[1]


@piece([0.5, 1.0], "Himmelblau 1972")
def himmelblau(xy):
    x, y = xy
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


@piece([0.3, -0.6], "Goldstein and Price 1971")
def goldstein_price(x):
    a, b = x[0], x[1]
    u = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a**2 - 14 * b + 6 * a * b + 3 * b**2)
    v = 30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a**2 + 48 * b - 36 * a * b + 27 * b**2)
    return u * v


@piece([1.1, -0.7], "Dixon and Szegő 1978")
def three_hump_camel(x):
    return 2 * x[0] ** 2 - 1.05 * x[0] ** 4 + x[0] ** 6 / 6 + x[0] * x[1] + x[1] ** 2


@piece([1.1, -0.7], "Dixon and Szegő 1978")
def six_hump_camel(x):
    return float((4 - 2.1 * x[0] ** 2 + x[0] ** 4 / 3) * x[0] ** 2 + x[0] * x[1] + (4 * x[1] ** 2 - 4) * x[1] ** 2)


@piece([2.5, 3.6], "Easom 1990")
def easom(x):
    return -np.cos(x[0]) * np.cos(x[1]) * np.exp(-((x[0] - np.pi) ** 2) - (x[1] - np.pi) ** 2)


@piece([100.0, -211.0], "Whitley 1996, eggholder")
def eggholder(x):
    first = -(x[1] + 47) * np.sin(np.sqrt(abs(x[1] + x[0] / 2 + 47)))
    return first - x[0] * np.sin(np.sqrt(abs(x[0] - (x[1] + 47))))


@piece([0.9, 2.1], "Mishra 2006")
def cross_in_tray(x):
    inner = np.abs(np.sin(x[0]) * np.sin(x[1]) * np.exp(np.abs(100 - np.hypot(x[0], x[1]) / np.pi)))
    return -0.0001 * (inner + 1) ** 0.1


@piece([0.9, 2.1], "Surjanovic and Bingham 2013, Holder table")
def holder_table(x):
    return -abs(np.sin(x[0]) * np.cos(x[1]) * np.exp(abs(1 - np.sqrt(x[0] ** 2 + x[1] ** 2) / pi)))


@piece([0.9, 2.1], "Surjanovic and Bingham 2013, drop-wave")
def drop_wave(x):
    r2 = x.dot(x)
    return -(1 + np.cos(12 * np.sqrt(r2))) / (0.5 * r2 + 2)


@piece([3.0, -5.0], "Schaffer 1989, function 2")
def schaffer_2(x):
    return 0.5 + (np.sin(x[0] ** 2 - x[1] ** 2) ** 2 - 0.5) / (1 + 0.001 * (x[0] ** 2 + x[1] ** 2)) ** 2


@piece([3.0, -5.0], "Schaffer 1989, function 4")
def schaffer_4(x):
    return 0.5 + (np.cos(np.sin(np.abs(x[0] ** 2 - x[1] ** 2))) ** 2 - 0.5) / (1 + 0.001 * np.sum(x**2)) ** 2


@piece([0.3, -0.9], "McCormick 1976")
def mccormick(x):
    return np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1


@piece([-11.0, 2.0], "Bukin 1997, function 6")
def bukin_6(x):
    return 100 * np.sqrt(np.abs(x[1] - 0.01 * x[0] ** 2)) + 0.01 * np.abs(x[0] + 10)


@piece([1.4, -2.3], "Levy and Montalvo 1985, function 13")
def levy_13(x):
    a = np.sin(3 * pi * x[0]) ** 2
    b = (x[0] - 1) ** 2 * (1 + np.sin(3 * pi * x[1]) ** 2)
    c = (x[1] - 1) ** 2 * (1 + np.sin(2 * pi * x[1]) ** 2)
    return np.sum([a, b, c])


@piece([1.4, -2.3], "Shubert 1972")
def shubert(x):
    i = np.arange(1, 6)
    return np.sum(i * np.cos((i + 1) * x[0] + i)) * np.sum(i * np.cos((i + 1) * x[1] + i))


@piece([1.4, -2.3], "Bohachevsky 1986, function 1")
def bohachevsky_1(x):
    return x[0] ** 2 + 2 * x[1] ** 2 - 0.3 * np.cos(3 * pi * x[0]) - 0.4 * np.cos(4 * pi * x[1]) + 0.7


@piece([1.4, -2.3], "Bohachevsky 1986, function 3")
def bohachevsky_3(x):
    return np.array([1, 2]) @ x**2 - 0.3 * np.cos(np.dot(x, [3 * np.pi, 4 * np.pi])) + 0.3


@piece([0.6, 0.5], "Adjiman 1998")
def adjiman(x):
    return np.cos(x[0]) * np.sin(x[1]) - x[0] / (x[1] ** 2 + 1)


@piece([1.4, -2.3], "Bartels and Conn; Jamil and Yang 2013")
def bartels_conn(x):
    return abs(x[0] ** 2 + x[1] ** 2 + x[0] * x[1]) + abs(np.sin(x[0])) + abs(np.cos(x[1]))


@piece([4.0, 2.3], "Mishra 2006, bird")
def bird(x):
    s, c = np.sin(x[0]), np.cos(x[1])
    return s * np.exp((1 - c) ** 2) + c * np.exp((1 - s) ** 2) + (x[0] - x[1]) ** 2


@piece([4.0, 2.3], "Chichinadze 1969")
def chichinadze(x):
    wave = 10 * np.cos(np.pi * x[0] / 2) + 8 * np.sin(5 * np.pi * x[0] / 2)
    return x[0] ** 2 - 12 * x[0] + 11 + wave - 0.2**0.5 / np.exp(0.5 * (x[1] - 0.5) ** 2)


@piece([0.7, 1.3], "Lavi and Vogel 1966, cube")
def cube(x):
    return 100.0 * pow(x[1] - pow(x[0], 3), 2) + pow(1.0 - x[0], 2)


@piece([1.3, 4.2], "Damavandi and Safavi-Naeini 2005")
def damavandi(x):
    top = np.prod(np.sinc(x - 2))
    return (1 - abs(top) ** 5) * (2 + (x[0] - 7) ** 2 + 2 * (x[1] - 7) ** 2)


@piece([0.37, -0.21], "Trefethen 2002, hundred-dollar challenge")
def trefethen(v):
    x, y = v
    f = np.exp(np.sin(50 * x)) + np.sin(60 * np.exp(y)) + np.sin(70 * np.sin(x))
    return f + np.sin(np.sin(80 * y)) - np.sin(10 * (x + y)) + (x**2 + y**2) / 4


@piece([-3.0, -1.0, -3.0, -1.0], "Colville 1968; Wood")
def wood(x):
    x1, x2, x3, x4 = x
    return (
        100 * (x1**2 - x2) ** 2
        + (x1 - 1) ** 2
        + (x3 - 1) ** 2
        + 90 * (x3**2 - x4) ** 2
        + 10.1 * ((x2 - 1) ** 2 + (x4 - 1) ** 2)
        + 19.8 * (x2 - 1) * (x4 - 1)
    )


@piece([3.2, 2.2], "Bekey and Ung 1974, Hosaki")
def hosaki(x):
    poly = 1 - 8 * x[0] + 7 * x[0] ** 2 - 7 / 3 * x[0] ** 3 + 1 / 4 * x[0] ** 4
    return poly * x[1] ** 2 * np.exp(-x[1])


@piece([0.5, -1.1], "MATLAB peaks")
def peaks(xy):
    x, y = xy
    z = 3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2)
    z -= 10 * (x / 5 - x**3 - y**5) * np.exp(-(x**2) - y**2)
    z -= 1 / 3 * np.exp(-((x + 1) ** 2) - y**2)
    return z


@piece([0.5, -1.1], "Mishra 2006, Giunta")
def giunta(x):
    arg = 16 * x / 15 - 1
    return 0.6 + np.sum(np.sin(arg) + np.sin(arg) ** 2 + np.sin(4 * arg) / 50)


@piece([0.5, -1.1], "Schwefel 1981, Zettl")
def zettl(x):
    return x[0] / 4 + (x[0] ** 2 - 2 * x[0] + x[1] ** 2) ** 2


@piece([0.5, -1.1], "Aluffi-Pentini, Parisi and Zirilli 1985")
def zirilli(x):
    return np.poly1d([0.25, 0, -0.5, 0.1, 0])(x[0]) + 0.5 * x[1] ** 2


@piece([1.5, -1.1], "Jamil and Yang 2013, egg crate")
def egg_crate(x):
    return np.sum(x**2) + 25 * np.sum(np.sin(x) ** 2)


@piece([0.5, -1.1], "Fraley 1989, Hansen")
def hansen(x):
    s = t = 0
    for i in range(5):
        s += (i + 1) * np.cos(i * x[0] + i + 1)
    for j in range(5):
        t += (j + 1) * np.cos((j + 2) * x[1] + j + 1)
    return s * t


@piece([0.4, 1.5, 0.7, 1.2], "Cragg and Levy 1969, Miele and Cantrell")
def miele_cantrell(x):
    return (np.exp(-x[0]) - x[1]) ** 4 + 100 * (x[1] - x[2]) ** 6 + np.tan(x[2] - x[3]) ** 4 + x[0] ** 8


@piece([-0.5, 0.7], "Müller and Brown 1979")
def mueller_brown(r):
    A = np.array([-200, -100, -170, 15])
    a, b, c = np.array([-1, -1, -6.5, 0.7]), np.array([0, 0, 11, 0.6]), np.array([-10, -10, -6.5, 0.7])
    dx, dy = r[0] - np.array([1, 0, -0.5, -1]), r[1] - np.array([0, 0.5, 1.5, 1])
    return (A * np.exp(a * dx**2 + b * dx * dy + c * dy**2)).sum()


@piece([1.0, 10.3, 1.1], "Box 1966; Box and Betts")
def box_betts(x):
    total = 0.0
    for i in range(1, 11):
        e = np.exp(-0.1 * i * x[0]) - np.exp(-0.1 * i * x[1]) - (np.exp(-0.1 * i) - np.exp(-1.0 * i)) * x[2]
        total += e**2
    return total


@piece([55.0, 1.3, 2.9, 0.6], "De Villiers and Glasser 1981, function 1")
def de_villiers_glasser(x):
    t = 0.1 * np.arange(24)
    y = 60.137 * 1.371**t * np.sin(3.112 * t + 1.761)
    return np.sum((x[0] * x[1] ** t * np.sin(x[2] * t + x[3]) - y) ** 2)


@piece([8.3, 4.3, -3.0, 2.2, 1.0], "Dolan, as among the benchmarks of SciPy")
def dolan(x):
    wave = (x[0] + 1.7 * x[1]) * np.sin(x[0]) - 1.5 * x[2] - 0.1 * x[3] * np.cos(x[3] + x[4] - x[0])
    return abs(wave + 0.2 * x[4] ** 2 - x[1] - 1)


HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
HARTMANN_A3 = np.array([[3.0, 10, 30], [0.1, 10, 35], [3.0, 10, 30], [0.1, 10, 35]])
HARTMANN_P3 = 1e-4 * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]])
HARTMANN_A6 = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
HARTMANN_P6 = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


@piece([0.2, 0.5, 0.7], "Hartman 1973, three variables")
def hartmann_3(x):
    return -np.sum(HARTMANN_ALPHA * np.exp(-np.sum(HARTMANN_A3 * (x - HARTMANN_P3) ** 2, axis=1)))


@piece([0.2, 0.15, 0.47, 0.27, 0.31, 0.65], "Hartman 1973, six variables")
def hartmann_6(xx):
    outer = 0.0
    for i in range(4):
        inner = 0.0
        for j in range(6):
            inner = inner + HARTMANN_A6[i, j] * (xx[j] - HARTMANN_P6[i, j]) ** 2
        outer = outer + HARTMANN_ALPHA[i] * np.exp(-inner)
    return -outer


@piece([3.0, 5.0, 4.5, 3.7], "Shekel 1971, m = 5")
def shekel(x):
    C = np.array([[4.0, 4, 4, 4], [1, 1, 1, 1], [8, 8, 8, 8], [6, 6, 6, 6], [3, 7, 3, 7]])
    beta = np.array([1, 2, 2, 4, 4]) / 10
    return -sum(1 / (np.dot(x - c, x - c) + b) for c, b in zip(C, beta, strict=True))


@piece([2.1, 4.0], "Langerman; Bersini 1996")
def langermann(x):
    A = np.array([[3, 5], [5, 2], [2, 1], [1, 4], [7, 9]])
    c = np.array([1, 2, 5, 2, 3])
    s = np.sum((x - A) ** 2, axis=-1)
    return np.sum(c * np.exp(-s / np.pi) * np.cos(np.pi * s))


@piece([-31.0, 17.0], "De Jong 1975, foxholes of Shekel")
def foxholes(x):
    grid = np.array([-32, -16, 0, 16, 32])
    a = np.vstack([np.tile(grid, 5), np.repeat(grid, 5)])
    return 1 / (0.002 + np.sum(1 / (np.arange(1, 26) + np.sum((x[:, None] - a) ** 6, axis=0))))


@piece([1.2], "Gramacy and Lee 2012")
def gramacy_lee(x):
    return np.sin(10 * np.pi * x[0]) / (2 * x[0]) + (x[0] - 1) ** 4


@piece(0.4, "Forrester, Sóbester and Keane 2008; of a number")
def forrester(x):
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


@piece([0.4, 0.9], "Deb 2001, ZDT3; two objectives")
def zdt_3(x):
    f1 = x[0]
    g = 1 + 9 * np.sum(x[1:]) / (len(x) - 1)
    h = 1 - np.sqrt(f1 / g) - (f1 / g) * np.sin(10 * np.pi * f1)
    return f1, g * h


@piece([0.4, 0.9, 0.2, 0.7], "Deb et al. 2005, DTLZ2; three objectives")
def dtlz_2(x):
    g = np.sum((x[2:] - 0.5) ** 2)
    a, b = x[:2] * np.pi / 2
    return (1 + g) * np.array([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])


@piece([1.3, -0.8, 0.4], "Fonseca and Fleming 1995; two objectives as a list")
def fonseca_fleming(x):
    n = len(x)
    a = 1 - np.exp(-sum((xi - 1 / np.sqrt(n)) ** 2 for xi in x))
    b = 1 - np.exp(-sum((xi + 1 / np.sqrt(n)) ** 2 for xi in x))
    return [a, b]
