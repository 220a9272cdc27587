"""Formulas of physics, chemistry and engineering: emulation test functions, equations of state, circuits, design."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)


@piece([0.1, 8000.0, 80000.0, 1050.0, 90.0, 750.0, 1400.0, 10500.0], "Harper and Gupta 1983")
def borehole(x):
    rw, r, Tu, Hu, Tl, Hl, L, Kw = x
    logr = np.log(r / rw)
    return 2 * np.pi * Tu * (Hu - Hl) / (logr * (1 + 2 * L * Tu / (logr * rw**2 * Kw) + Tu / Tl))


@piece([100.0, 50.0, 1.5, 1.7, 0.75, 150.0], "Ben-Ari and Steinberg 2007, push-pull circuit")
def otl_circuit(x):
    Rb1, Rb2, Rf, Rc1, Rc2, beta = [float(v) for v in x]
    Vb1 = 12 * Rb2 / (Rb1 + Rb2)
    bRc2 = beta * (Rc2 + 9)
    total = (Vb1 + 0.74) * bRc2 / (bRc2 + Rf) + 11.35 * Rf / (bRc2 + Rf)
    return total + 0.74 * Rf * bRc2 / ((bRc2 + Rf) * Rc1)


@piece([45.0, 0.015, 0.006, 3000.0, 100000.0, 293.0, 350.0], "Kenett and Zacks 1998, piston")
def piston(x):
    M, S, V0, k, P0, Ta, T0 = x
    A = P0 * S + 19.62 * M - k * V0 / S
    V = S / (2 * k) * (math.sqrt(A**2 + 4 * k * P0 * V0 / T0 * Ta) - A)
    return 2 * math.pi * math.sqrt(M / (k + S**2 * P0 * V0 / T0 * Ta / V**2))


@piece([175.0, 250.0, 8.0, 0.1, 25.0, 0.7, 0.1, 4.0, 2000.0, 0.05], "Forrester, Sóbester and Keane 2008, wing weight")
def wing_weight(x):
    Sw, Wfw, A, Lam, q, lam, tc, Nz, Wdg, Wp = x
    Lam = np.deg2rad(Lam * 100)
    f = 0.036 * Sw**0.758 * Wfw**0.0035 * (A / np.cos(Lam) ** 2) ** 0.6 * q**0.006 * lam**0.04
    return f * (100 * tc / np.cos(Lam)) ** -0.3 * (Nz * Wdg) ** 0.49 + Sw * Wp


@piece([0.5, 1.1, -0.7], "Ishigami and Homma 1990")
def ishigami(x, a=7, b=0.1):
    return np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0])


@piece([0.2, 0.7, 0.9, 0.4], "Sobol 1993, g-function")
def sobol_g(x):
    a = np.array([0, 1, 4.5, 9])
    return np.prod((np.abs(4 * x - 2) + a) / (1 + a))


@piece([0.3, 0.6, 0.2, 0.8, 0.7], "Friedman 1991")
def friedman(x):
    return 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]


@piece([0.2, 12.0, 4.5], "Arora; Belegundu 1982, coil spring: weight and constraints")
def coil_spring(x):
    d, N, D = x
    weight = (N + 2) * D * d**2
    g = np.zeros(4)
    g[0] = 1 - D**3 * N / (71785 * d**4)
    g[1] = (4 * D**2 - d * D) / (12566 * (D * d**3 - d**4)) + 1 / (5108 * d**2) - 1
    g[2] = 1 - 140.45 * d / (D**2 * N)
    g[3] = (d + D) / 1.5 - 1
    return np.concatenate(([weight], g))


@piece([0.25, 6.2, 8.3, 0.26], "Ragsdell and Phillips 1976, welded beam")
def welded_beam(x):
    h, l, t, b = x
    P, L, E, G = 6000.0, 14.0, 30e6, 12e6
    R = np.sqrt(l**2 / 4 + ((h + t) / 2) ** 2)
    J = 2 * (np.sqrt(2) * h * l * (l**2 / 12 + ((h + t) / 2) ** 2))
    tau1, tau2 = P / (np.sqrt(2) * h * l), P * (L + l / 2) * R / J
    tau = np.sqrt(tau1**2 + tau1 * tau2 * l / R + tau2**2)
    sigma, delta = 6 * P * L / (b * t**2), 4 * P * L**3 / (E * t**3 * b)
    Pc = 4.013 * E * np.sqrt(t**2 * b**6 / 36) / L**2 * (1 - t / (2 * L) * np.sqrt(E / (4 * G)))
    return np.array([1.10471 * h**2 * l + 0.04811 * t * b * (14 + l), tau, sigma, delta, Pc])


@piece([0.8, 0.4, 42.0, 176.0], "Sandgren 1990, pressure vessel")
def pressure_vessel(x):
    return (
        0.6224 * x[0] * x[2] * x[3] + 1.7781 * x[1] * x[2] ** 2 + 3.1661 * x[0] ** 2 * x[3] + 19.84 * x[0] ** 2 * x[2]
    )


@piece([1.3, 0.04, 310.0], "Peng and Robinson 1976, pressure of carbon dioxide")
def peng_robinson(x):
    n, V, T = x
    R, Tc, pc, omega = 8.314462, 304.13, 7.377e6, 0.22394
    kappa = 0.37464 + 1.54226 * omega - 0.26992 * omega**2
    alpha = (1 + kappa * (1 - np.sqrt(T / Tc))) ** 2
    a, b = 0.45724 * R**2 * Tc**2 / pc, 0.0778 * R * Tc / pc
    return n * R * T / (V - n * b) - a * alpha * n**2 / (V**2 + 2 * n * b * V - n**2 * b**2)


@dataclass
class VanDerWaals:
    a: float
    b: float
    R: float = 0.0820574

    def pressure(self, x):
        V, T = x
        return self.R * T / (V - self.b) - self.a / V**2


piece.add("van_der_waals", VanDerWaals(3.592, 0.04267).pressure, [1.2, 320.0], "Van der Waals 1873; a bound method")


def arrhenius(x, T, R=8.314462):
    lnA, Ea = x
    return np.exp(lnA - Ea / (R * T))


piece.add("arrhenius", partial(arrhenius, T=np.linspace(300, 400, 6)), [20.0, 5e4], "Arrhenius 1889; a partial")


@piece([8.07, 1730.6, 233.4], "Antoine 1888, vapour pressures of water")
def antoine(p):
    A, B, C = p
    return [10 ** (A - B / (C + T)) for T in (20, 40, 60, 80, 100)]


@piece([1.2, 0.8, 0.3], "Wilson 1964, activity coefficients")
def wilson_activity(x):
    a, b, z = x
    x1, x2 = z, 1 - z
    d1, d2 = x1 + a * x2, x2 + b * x1
    g = a / d1 - b / d2
    return np.exp([-np.log(d1) + x2 * g, -np.log(d2) - x1 * g])


@piece([0.02, 1e5], "Colebrook 1939, residual; Swamee and Jain 1976")
def colebrook(x):
    f, Re = x
    eps = 1e-4
    residual = 1 / math.sqrt(f) + 2 * math.log10(eps / 3.7 + 2.51 / (Re * math.sqrt(f)))
    explicit = 0.25 / math.log10(eps / 3.7 + 5.74 / Re**0.9) ** 2
    return np.array([residual, f - explicit])


@piece([100.0, 95.0, 0.05, 0.2, 0.5], "Black and Scholes 1973, price of a call")
def black_scholes(x):
    S, K, r, sigma, T = x

    def N(z):
        return 0.5 * (1 + math.erf(z / math.sqrt(2)))

    d1 = (math.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    return S * N(d1) - K * math.exp(-r * T) * N(d2)


@piece([0.05, 0.3, 100.0], "Cox, Ross and Rubinstein 1979, binomial tree")
def binomial_tree(x):
    r, sigma, S = x
    n, T, K = 6, 1.0, 97.0
    dt = T / n
    u = np.exp(sigma * np.sqrt(dt))
    p = (np.exp(r * dt) - 1 / u) / (u - 1 / u)
    price = np.maximum(S * u ** np.arange(n, -n - 1, -2) - K, 0)
    for _ in range(n):
        price = np.exp(-r * dt) * (p * price[:-1] + (1 - p) * price[1:])
    return price[0]


@piece([0.04, 0.02, -0.01, 1.5], "Nelson and Siegel 1987, yield curve")
def nelson_siegel(beta):
    t = np.array([0.25, 0.5, 1, 2, 5, 10, 30])
    z = t / beta[3]
    loading = (1 - np.exp(-z)) / z
    return beta[0] + beta[1] * loading + beta[2] * (loading - np.exp(-z))


@piece([0.07], "Internal rate of return")
def net_present_value(rate):
    flows = [-1000, 300, 420, 680]
    return sum(c / (1 + rate) ** i for i, c in enumerate(flows))


@piece([0.6, 0.7, -0.1], "Shockley 1949, diode and resistor network")
def diode_network(v):
    i_s, vt = 1e-12, 0.02585
    diode = i_s * np.expm1(v[:2] / vt)
    res = np.empty(3)
    res[0] = (5 - v[0]) / 1e3 - diode[0] - (v[0] - v[1]) / 2e3
    res[1] = (v[0] - v[1]) / 2e3 - diode[1] - v[2] / 5e3
    res[2] = v[2] / 5e3 + 1e-5
    return res


@piece([0.1, -0.05, 1.02], "Power flow of three buses, as in Grainger and Stevenson 1994")
def power_flow(x):
    theta, V = np.array([0.0, x[0], x[1]]), np.array([1.0, 1.01, x[2]])
    Y = np.array([[3 - 12j, -1 + 5j, -2 + 7j], [-1 + 5j, 4 - 11j, -3 + 6j], [-2 + 7j, -3 + 6j, 5 - 13j]])
    U = V * np.exp(1j * theta)
    S = U * np.conj(Y @ U)
    return np.array([S[1].real - 0.6, S[2].real + 0.8, S[2].imag + 0.3])


@piece([100.0, 0.1, 1e-5], "Impedance of a resonant circuit")
def impedance(x):
    R, L, C = x
    w = 2 * np.pi * np.array([50.0, 150.0, 500.0])
    return np.abs(R + 1j * w * L + 1 / (1j * w * C))


@piece([5500.0, 0.9], "Planck 1900")
def planck(x):
    h, c, k = 6.62607015e-34, 299792458.0, 1.380649e-23
    lam = np.array([0.4, 0.6, 1.0, 2.0]) * 1e-6
    return x[1] * 2 * h * c**2 / lam**5 / np.expm1(h * c / (lam * k * x[0])) * 1e-12


@piece([0.3, 70.0], "Luminosity distance by the rule of Simpson; Hogg 1999")
def luminosity_distance(x):
    om, H0 = x
    z = np.linspace(0, 1.5, 21)
    w = np.ones(21)
    w[1:-1:2], w[2:-1:2] = 4, 2
    E = np.sqrt(om * (1 + z) ** 3 + 1 - om)
    return (1 + z[-1]) * 299792.458 / H0 * np.sum(w / E) * (z[1] - z[0]) / 3


@piece([1.1, 0.9, 1.3], "Three-bar truss, stiffness equations; Haftka and Gürdal 1992")
def truss_displacements(A):
    E, P = 200.0, np.array([1.0, -2.0])
    angles = np.deg2rad([45, 90, 135])
    K = np.zeros((2, 2))
    for area, a in zip(A, angles, strict=True):
        d = np.array([np.cos(a), np.sin(a)])
        K += E * area * np.sin(a) * np.outer(d, d)
    return np.linalg.solve(K, P)


@piece([2.0, 1.0, 1.5], "Natural frequencies of masses on springs; Rayleigh 1877")
def natural_frequencies(k):
    K = np.diag([k[0] + k[1], k[1] + k[2], k[2]]) - np.diag(k[1:], 1) - np.diag(k[1:], -1)
    return np.sqrt(np.linalg.eigvalsh(K))


@piece([0.5, 1.2, 0.3, 0.7, 0.4], "Hock and Schittkowski 1981, problem 78: objective and constraints")
def hock_schittkowski_78(x):
    c = [x @ x - 10, x[1] * x[2] - 5 * x[3] * x[4], x[0] ** 3 + x[1] ** 3 + 1]
    return np.hstack([np.prod(x), c])


@piece([1.0, 5.0, 5.0, 1.0], "Hock and Schittkowski 1981, problem 71: objective and constraints")
def hock_schittkowski_71(x):
    return np.r_[x[0] * x[3] * np.sum(x[:3]) + x[2], np.prod(x), np.sum(x**2)]


@piece([0.4, 0.3, 0.2, 0.1], "Ideal gas equilibrium, after White, Johnson and Dantzig 1958")
def gibbs_energy(n):
    c = np.array([-6.089, -17.164, -34.054, -5.914])
    mol = n.copy()
    mol /= mol.sum()
    return float(np.sum(n * (c + np.log(mol))))
