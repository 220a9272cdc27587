"""Right-hand sides of ordinary differential equations, in the states they pass."""

import math

import numpy as np
from numpy import cos, sin

from corpus import Shelf

piece = Shelf(__name__)
HAIRER = "Hairer and Wanner 1996"


@piece([2.0, -0.6], "Van der Pol 1926")
def van_der_pol(y, mu=1000.0):
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


@piece([1.0, -2.0, 25.0], "Lorenz 1963")
def lorenz(state):
    x, y, z = state
    return np.array([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])


@piece([1.0, 0.3, 0.2, -0.4, 0.6, 0.5], "Lorenz 1996")
def lorenz_96(x, F=8):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + F


@piece([1.0, 0.3, 0.2, -0.4, 0.6, 0.5], "Lorenz 1996")
def lorenz_96_in_loops(x):
    n = len(x)
    d = np.zeros(n)
    for i in range(n):
        d[i] = (x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + 8
    return d


@piece([1.0, 2.0, 0.5], "Rössler 1976")
def roessler(u):
    return np.array([-u[1] - u[2], u[0] + 0.2 * u[1], 0.2 + u[2] * (u[0] - 5.7)])


@piece([0.9, 2e-5, 0.1], HAIRER + ", Robertson")
def robertson(y):
    dy = np.empty(3)
    dy[0] = -0.04 * y[0] + 1e4 * y[1] * y[2]
    dy[2] = 3e7 * y[1] ** 2
    dy[1] = -dy[0] - dy[2]
    return dy


@piece([0.7, 0.14, 0.06, 1.2, 2.4, 6.1, 2.8e-3, 2.9e-3], HAIRER + ", HIRES")
def hires(y):
    f = np.zeros(8)
    f[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007
    f[1] = 1.71 * y[0] - 8.75 * y[1]
    f[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4]
    f[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3]
    f[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6]
    f[5] = -280.0 * y[5] * y[7] + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6]
    f[6] = 280.0 * y[5] * y[7] - 1.81 * y[6]
    f[7] = -f[6]
    return f


PLEIADES = [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0.1, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0]


@piece(PLEIADES, "Hairer, Nørsett and Wanner 1993, Pleiades")
def pleiades(z):
    x, y = z[:7], z[7:14]
    f = np.zeros_like(z)
    f[:14] = z[14:]
    for i in range(7):
        for j in range(7):
            if i != j:
                r = ((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2) ** 1.5
                f[14 + i] += (j + 1) * (x[j] - x[i]) / r
                f[21 + i] += (j + 1) * (y[j] - y[i]) / r
    return f


@piece(
    [1.0, 0.1, 0, -1.0, 0.0, 0.2, 0.3, 1.4, -0.1, 0, 0.5, 0.1, 0.1, -0.6, 0, -0.4, 0, 0.2], "Newton 1687, three bodies"
)
def n_body(state, masses=(1.0, 2.0, 0.5)):
    r, v = state[:9].reshape(3, 3), state[9:].reshape(3, 3)
    d = r[None, :, :] - r[:, None, :]
    dist3 = (np.sum(d**2, axis=-1) + 1e-4) ** 1.5
    a = np.sum(np.array(masses)[None, :, None] * d / dist3[:, :, None], axis=1)
    return np.concatenate([v, a]).flatten()


@piece([1.2, -0.4, 0.3, 0.8], "Shinbrot et al. 1992, double pendulum")
def double_pendulum(s):
    G, L1, L2, M1, M2 = 9.8, 1.0, 1.0, 1.0, 1.0
    dydx = np.zeros_like(s)
    dydx[0] = s[1]
    delta = s[2] - s[0]
    den1 = (M1 + M2) * L1 - M2 * L1 * cos(delta) ** 2
    push = M2 * L1 * s[1] ** 2 * sin(delta) * cos(delta) + M2 * G * sin(s[2]) * cos(delta)
    dydx[1] = (push + M2 * L2 * s[3] ** 2 * sin(delta) - (M1 + M2) * G * sin(s[0])) / den1
    dydx[2] = s[3]
    den2 = (L2 / L1) * den1
    pull = -M2 * L2 * s[3] ** 2 * sin(delta) * cos(delta) + (M1 + M2) * G * sin(s[0]) * cos(delta)
    dydx[3] = (pull - (M1 + M2) * L1 * s[1] ** 2 * sin(delta) - (M1 + M2) * G * sin(s[2])) / den2
    return dydx


@piece([1.2, -0.4, 0.3, 0.8], "Goldstein 1980, double pendulum by its mass matrix")
def double_pendulum_mass_matrix(s):
    q, w = s[:2], s[2:]
    c, d = np.cos(q[0] - q[1]), np.sin(q[0] - q[1])
    M = np.array([[2.0, c], [c, 1.0]])
    rhs = np.array([-(w[1] ** 2) * d - 2 * 9.81 * np.sin(q[0]), w[0] ** 2 * d - 9.81 * np.sin(q[1])])
    return np.hstack([w, np.linalg.solve(M, rhs)])


@piece([1.0, 0.2, -0.3, 0.9], "Kepler 1609")
def kepler(y):
    q, p = y[:2], y[2:]
    return np.concatenate((p, -q / np.linalg.norm(q) ** 3))


@piece([7000.0, 500.0, -300.0, 0.5, 7.2, 1.1], "Vallado 2013, orbit with J2")
def orbit_j2(y):
    mu, J2, R = 398600.4418, 1.08262668e-3, 6378.137
    x, yy, z = y[0], y[1], y[2]
    r = math.sqrt(x**2 + yy**2 + z**2)
    factor = 1.5 * J2 * (R / r) ** 2
    k = 5 * z**2 / r**2
    ax = -mu * x / r**3 * (1 - factor * (k - 1))
    ay = -mu * yy / r**3 * (1 - factor * (k - 1))
    az = -mu * z / r**3 * (1 - factor * (k - 3))
    return np.array([y[3], y[4], y[5], ax, ay, az])


@piece([0.994, 0.1, 0.2, -2.0], "Arenstorf 1963, restricted three bodies")
def arenstorf(y, mu=0.012277471):
    x, v = y[:2], y[2:]
    nu = 1 - mu
    d1 = ((x[0] + mu) ** 2 + x[1] ** 2) ** 1.5
    d2 = ((x[0] - nu) ** 2 + x[1] ** 2) ** 1.5
    a = [
        x[0] + 2 * v[1] - nu * (x[0] + mu) / d1 - mu * (x[0] - nu) / d2,
        x[1] - 2 * v[0] - nu * x[1] / d1 - mu * x[1] / d2,
    ]
    return np.append(v, a)


@piece([10.0, 5.0], "Lotka 1925, Volterra 1926")
def lotka_volterra(z):
    x, y = z.tolist()
    return 1.5 * x - 0.1 * x * y, 0.075 * x * y - y


@piece([0.5, 0.2, 0.4], "May and Leonard 1975")
def may_leonard(n):
    A = np.array([[1, 0.8, 1.3], [1.3, 1, 0.8], [0.8, 1.3, 1]])
    return n * (1 - A.dot(n))


@piece([-0.7, 0.3], "FitzHugh 1961, Nagumo 1962")
def fitzhugh_nagumo(vw):
    v, w = vw
    return np.stack([v - v**3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)])


@piece([-55.0, 0.1, 0.5, 0.4], "Hodgkin and Huxley 1952")
def hodgkin_huxley(y):
    V, m, h, n = y
    am, bm = 0.1 * (V + 40) / (1 - math.exp(-(V + 40) / 10)), 4 * math.exp(-(V + 65) / 18)
    ah, bh = 0.07 * math.exp(-(V + 65) / 20), 1 / (1 + math.exp(-(V + 35) / 10))
    an, bn = 0.01 * (V + 55.5) / (1 - math.exp(-(V + 55.5) / 10)), 0.125 * math.exp(-(V + 65) / 80)
    current = 120 * m**3 * h * (V - 50) + 36 * n**4 * (V + 77) + 0.3 * (V + 54.4)
    return np.array([10 - current, am * (1 - m) - bm * m, ah * (1 - h) - bh * h, an * (1 - n) - bn * n])


@piece([-20.0, 0.2], "Morris and Lecar 1981")
def morris_lecar(y):
    V, w = y
    m = 0.5 * (1 + np.tanh((V + 1.2) / 18))
    w_inf = 0.5 * (1 + np.tanh((V - 2) / 30))
    dV = (100 - 4.4 * m * (V - 120) - 8 * w * (V + 84) - 2 * (V + 60)) / 20
    return np.array([dV, 0.04 * (w_inf - w) * np.cosh((V - 2) / 60)])


@piece([10.0, 2.0, 3.0], HAIRER + ", Oregonator")
def oregonator(y):
    s, q, w = 77.27, 8.375e-6, 0.161
    return np.array([s * (y[1] + y[0] * (1 - q * y[0] - y[1])), (y[2] - (1 + y[0]) * y[1]) / s, w * (y[0] - y[2])])


@piece([0.9, 0.08, 0.02], "Kermack and McKendrick 1927")
def sir(y):
    S, I, R = y
    beta, gamma = 0.3, 0.1
    N = S + I + R
    new = beta * S * I / N
    return np.array([-new, new - gamma * I, gamma * I])


@piece([0.9, 0.7, 0.05, 0.04, 0.03, 0.02, 0.01, 0.24], "Anderson and May 1991, SEIR with two ages")
def seir_ages(y):
    S, E, I, R = np.split(y, 4)
    contacts = np.array([[12.0, 3.0], [3.0, 8.0]])
    force = 0.05 * contacts @ (I / (S + E + I + R))
    return np.concatenate([-force * S, force * S - 0.2 * E, 0.2 * E - 0.1 * I, 0.1 * I])


@piece([1.2, 3.1], "Prigogine and Lefever 1968, Brusselator")
def brusselator(y, A=1.0, B=3.0):
    return np.array([A + y[0] ** 2 * y[1] - (B + 1) * y[0], B * y[0] - y[0] ** 2 * y[1]])


@piece([0.9, 350.0], "Seborg et al. 2016, stirred tank reactor")
def stirred_tank(x):
    Ca, T = x
    rate = 7.2e10 * np.exp(-8750 / T) * Ca
    dCa = 1.0 * (1 - Ca) - rate
    dT = 350 - T + 5e4 / 239 * rate + 2.1 * (300 - T)
    return np.array([dCa, dT])


@piece([0.2, 1.1, 0.4, 0.7, 1.5, 0.3], "Elowitz and Leibler 2000, repressilator")
def repressilator(y):
    m, p = y[:3], y[3:]
    dm = -m + 216 / (1 + np.roll(p, 1) ** 2) + 0.2
    dp = -0.2 * (p - m)
    return np.r_[dm, dp]


@piece([2.5, 0.4, 0.3], "Michaelis and Menten 1913, Haldane 1930")
def enzyme(s):
    d = {}
    v1 = 1.2 * s[0] / (0.5 + s[0])
    v2 = 0.8 * s[1] / (0.3 + s[1] + s[1] ** 2 / 2)
    d["S"], d["I"], d["P"] = -v1, v1 - v2, v2
    return np.array([d[k] for k in ("S", "I", "P")])


@piece([0.1, 0.3, 0.2, -0.5], "Barto, Sutton and Anderson 1983, cart and pole")
def cart_pole(state):
    theta, v, omega = state[1:]
    g, mc, mp, l, force = 9.8, 1.0, 0.1, 0.5, 2.0
    temp = (force + mp * l * omega**2 * np.sin(theta)) / (mc + mp)
    alpha = (g * np.sin(theta) - np.cos(theta) * temp) / (l * (4 / 3 - mp * np.cos(theta) ** 2 / (mc + mp)))
    return np.array([v, omega, temp - mp * l * alpha * np.cos(theta) / (mc + mp), alpha])


@piece([1.2, 0.3, 0.5], "Euler 1765, rigid body")
def rigid_body(w):
    I = np.diag([1.0, 2.0, 3.5])
    return np.linalg.inv(I) @ (-np.cross(w, I @ w))


@piece([0.9, 0.1, -0.3, 0.2, 0.4, -0.2, 0.7], "Wertz 1978, attitude by a quaternion and torque-free rotation")
def attitude(y):
    q, w = y[:4], y[4:]
    wx, wy, wz = w
    Omega = np.array([[0, -wx, -wy, -wz], [wx, 0, wz, -wy], [wy, -wz, 0, wx], [wz, wy, -wx, 0]])
    J = np.array([1.0, 1.5, 2.0])
    return np.concatenate([0.5 * Omega @ q, -np.cross(w, J * w) / J])


@piece([0.5, 1.0, -0.3, 0.2], "Hénon and Heiles 1964")
def henon_heiles(y):
    q1, q2, p1, p2 = y
    return np.array([p1, p2, -q1 - 2 * q1 * q2, -q2 - q1**2 + q2**2])


@piece([0.3, 0.8, -1.1, 0.2, 2.0], "Kuramoto 1975")
def kuramoto(theta):
    omega = np.linspace(-1, 1, theta.size)
    return omega + 1.5 * np.mean(np.sin(theta[None, :] - theta[:, None]), axis=1)


@piece([0.5, -0.3], "Duffing 1918, forced; a state of one period later by Runge and Kutta")
def duffing_map(y0):
    def f(t, y):
        return np.array([y[1], y[0] - y[0] ** 3 - 0.15 * y[1] + 0.3 * math.cos(t)])

    y, t, h = np.array(y0, dtype=float), 0.0, 2 * math.pi / 40
    for _ in range(40):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y


@piece([1.0, 0.4, 0.2], "Störmer 1907, Verlet 1967: a pendulum of given start, length and damping, sampled")
def verlet_trajectory(p):
    theta, omega, damping = p
    trace = np.zeros(10)
    for k in range(50):
        omega -= 0.02 * (9.81 * np.sin(theta) + damping * omega)
        theta += 0.02 * omega
        if k % 5 == 4:
            trace[k // 5] = theta
    return trace


@piece([3.5, 0.4], "May 1976, logistic map")
def logistic_map(p):
    r, x = p
    for _ in range(5):
        x = r * x * (1 - x)
    return x


@piece([1.4, 0.3, 0.1, 0.2], "Hénon 1976, orbit")
def henon_orbit(p):
    a, b, x, y = p
    orbit = []
    for _ in range(4):
        x, y = 1 - a * x**2 + y, b * x
        orbit.append([x, y])
    return np.array(orbit)


@piece([0.1, 0.2, 0.0], "Chua 1983; Zhong 1994, with a cubic resistor")
def chua(v):
    x, y, z = v[0], v[1], v[2]
    return np.asarray([10 * (y - x**3 / 16 + x / 6), x - y + z, -14.28 * y])


@piece([0.2, 0.3, 0.1, 0.4, 0.25], "Feinberg 1987, reaction network by its stoichiometric matrix")
def reaction_network(c):
    S = np.array([[-1, 0, 1, 0], [-1, 1, 0, 0], [1, -1, -1, 0], [0, 1, 0, -1], [0, 0, 1, 1]])
    orders = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 2, 0, 0], [0, 0, 0, 1, 0]])
    k = np.array([1.1, 0.4, 0.7, 0.2])
    rates = k * np.prod(c**orders, axis=1)
    return S @ rates


@piece([1.5, 0.2, 0.3, 0.1], "Vitt and Gorelik 1933, spring pendulum with the energy as an invariant")
def spring_pendulum(s):
    r, th, vr, vth = s
    energy = 0.5 * (vr**2 + (r * vth) ** 2) - 9.81 * r * math.cos(th) + 20 * (r - 1) ** 2
    return np.array([vr, vth, r * vth**2 + 9.81 * math.cos(th) - 40 * (r - 1), energy])
