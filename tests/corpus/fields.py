"""Residuals and right-hand sides of partial differential equations, integral equations and field energies."""

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)
LINE = np.linspace(0, 1, 8)
WAVE = np.sin(2 * np.pi * LINE) + 0.3 * LINE + 1.1
GRID = 1 + 0.3 * np.sin(np.arange(16.0)) + 0.1 * np.cos(3 * np.arange(16.0))


@piece(WAVE, "Bratu 1914, one dimension")
def bratu(u):
    n = len(u)
    h = 1 / (n + 1)
    padded = np.concatenate(([0.0], u, [0.0]))
    return (padded[2:] - 2 * padded[1:-1] + padded[:-2]) / h**2 + 1.5 * np.exp(u)


@piece(WAVE, "Bratu 1914, one dimension")
def bratu_in_loops(u):
    n = len(u)
    h = 1 / (n + 1)
    F = np.zeros(n)
    F[0] = (u[1] - 2 * u[0]) / h**2 + 1.5 * np.exp(u[0])
    F[n - 1] = (u[n - 2] - 2 * u[n - 1]) / h**2 + 1.5 * np.exp(u[n - 1])
    for i in range(1, n - 1):
        F[i] = (u[i + 1] - 2 * u[i] + u[i - 1]) / h**2 + 1.5 * np.exp(u[i])
    return F


@piece(GRID, "Bratu 1914, two dimensions")
def bratu_2d(u):
    U = np.pad(u.reshape(4, 4), 1)
    laplacian = U[2:, 1:-1] + U[:-2, 1:-1] + U[1:-1, 2:] + U[1:-1, :-2] - 4 * U[1:-1, 1:-1]
    return (25 * laplacian + 3 * np.exp(U[1:-1, 1:-1])).ravel()


@piece(WAVE, "Burgers 1948, conservative, periodic")
def burgers(u, nu=0.05):
    dx = 1 / u.size
    flux = u**2 / 2
    convection = (np.roll(flux, -1) - np.roll(flux, 1)) / (2 * dx)
    return nu * (np.roll(u, -1) - 2 * u + np.roll(u, 1)) / dx**2 - convection


@piece(WAVE, "Burgers 1948, upwind by the sign of the velocity")
def burgers_upwind(u):
    dx = 0.1
    du = np.zeros_like(u)
    for i in range(1, u.size - 1):
        slope = u[i] - u[i - 1] if u[i] > 0 else u[i + 1] - u[i]
        du[i] = -u[i] * slope / dx
    return du


@piece(WAVE, "Rusanov 1961, flux of Burgers' equation")
def rusanov(u):
    left, right = u[:-1], u[1:]
    speed = np.maximum(np.abs(left), np.abs(right))
    flux = 0.5 * (left**2 / 2 + right**2 / 2) - 0.5 * speed * (right - left)
    return np.ediff1d(flux)


@piece([1.0, 2.0, 4.0, 7.0, 11.0, 16.0], "Van Leer 1974, limited slopes")
def van_leer_slopes(u):
    d = np.diff(u)
    a, b = d[:-1], d[1:]
    return np.where(a * b > 0, 2 * a * b / (a + b + (a * b <= 0)), 0.0)


@piece([1.0, 1.2, 0.9, 1.4, 3.1, 2.8, 3.3, 2.9], "Prigogine and Lefever 1968, Brusselator in one dimension")
def brusselator_1d(y):
    n = y.size // 2
    u, v = y[:n], y[n:]
    alpha = 0.02 * (n + 1) ** 2
    U = np.hstack([1.0, u, 1.0])
    V = np.hstack([3.0, v, 3.0])
    du = 1 + u**2 * v - 4 * u + alpha * np.diff(U, 2)
    dv = 3 * u - u**2 * v + alpha * np.diff(V, n=2)
    return np.concatenate([du, dv])


@piece(np.concatenate([GRID, 2 + GRID[::-1]]), "Hairer and Wanner 1996, Brusselator in two dimensions")
def brusselator_2d(y):
    u, v = y.reshape(2, 4, 4)

    def laplace(a):
        return sum(np.roll(a, s, axis) for s in (-1, 1) for axis in (0, 1)) - 4 * a

    du = 1 + u**2 * v - 4.4 * u + 0.1 * laplace(u)
    dv = 3.4 * u - u**2 * v + 0.1 * laplace(v)
    return np.array([du, dv]).reshape(-1)


@piece(np.concatenate([GRID / 2, GRID / 4]), "Gray and Scott 1984")
def gray_scott(y):
    U, V = y[:16].reshape(4, 4), y[16:].reshape(4, 4)
    lap = np.zeros((2, 4, 4))
    for k, A in enumerate((U, V)):
        P = np.pad(A, 1, mode="wrap")
        lap[k] = P[:-2, 1:-1] + P[2:, 1:-1] + P[1:-1, :-2] + P[1:-1, 2:] - 4 * A
    uvv = U * V**2
    return np.concatenate([(0.16 * lap[0] - uvv + 0.06 * (1 - U)).ravel(), (0.08 * lap[1] + uvv - 0.122 * V).ravel()])


@piece(GRID, "Elman, Silvester and Wathen 2005, Poisson residual by a Kronecker product")
def poisson_kronecker(u):
    T = 2 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
    A = np.kron(T, np.eye(4)) + np.kron(np.eye(4), T)
    return A @ u - 0.1 * u**3


@piece(WAVE, "Korteweg and de Vries 1895, Zabusky and Kruskal 1965")
def korteweg_de_vries(u):
    up, um, up2, um2 = (np.roll(u, -k) for k in (1, -1, 2, -2))
    return -(up + u + um) * (up - um) - 0.05 * (up2 - 2 * up + 2 * um - um2)


@piece(WAVE, "Kuramoto and Sivashinsky 1977, by Fourier transforms")
def kuramoto_sivashinsky(u):
    k = 2 * np.pi * np.fft.fftfreq(u.size, d=0.5)
    v = np.fft.fft(u)
    linear = np.real(np.fft.ifft((k**2 - k**4) * v))
    return linear - u * np.real(np.fft.ifft(1j * k * v))


@piece(WAVE, "Allen and Cahn 1979")
def allen_cahn(u):
    lap = np.convolve(u, [1, -2, 1], mode="same")
    return 0.01 * lap * 64 + u - u**3


@piece(WAVE, "Cahn and Hilliard 1958, free energy and chemical potential")
def cahn_hilliard(c):
    gradient = np.gradient(c, 0.1)
    energy = np.sum(0.25 * (c**2 - 1) ** 2 + 0.5 * 0.04 * gradient**2) * 0.1
    return np.append(c**3 - c - 0.04 * np.gradient(gradient, 0.1), energy)


@piece(WAVE, "Fisher 1937, Kolmogorov 1937: an implicit step")
def fisher_implicit(u):
    old, dt = WAVE - 0.1, 0.01
    lap = np.zeros(u.shape)
    lap[1:-1] = u[:-2] - 2 * u[1:-1] + u[2:]
    lap[0], lap[-1] = u[1] - u[0], u[-2] - u[-1]
    return u - old - dt * (49 * lap + u * (1 - u))


@piece(np.concatenate([WAVE, WAVE[::-1] / 5]), "Saint-Venant 1871, shallow water by Lax and Friedrichs 1954")
def shallow_water(y):
    h, hu = np.split(y, 2)
    q = np.array([h, hu])
    f = np.array([hu, hu**2 / h + 0.5 * 9.81 * h**2])
    flux = 0.5 * (f[:, 1:] + f[:, :-1]) - 2.0 * (q[:, 1:] - q[:, :-1])
    return (flux[:, 1:] - flux[:, :-1]).flatten()


@piece([1.0, 0.4, 0.3, 2.6, 0.7, 0.2, 0.1, 1.9], "Roe 1981, flux of the Euler equations between two states")
def roe_average(y):
    (rl, ul, pl), (rr, ur, pr) = y[:3], y[4:7]
    gamma = 1.4
    Hl, Hr = gamma / (gamma - 1) * pl / rl + ul**2 / 2, gamma / (gamma - 1) * pr / rr + ur**2 / 2
    a, b = np.sqrt(rl), np.sqrt(rr)
    u, H = (a * ul + b * ur) / (a + b), (a * Hl + b * Hr) / (a + b)
    c = np.sqrt((gamma - 1) * (H - u**2 / 2))
    return np.array([u - c, u, u + c]) * (y[3] + y[7])


@piece(GRID, "Plateau; Courant 1943: area of a minimal surface")
def minimal_surface(z):
    Z = np.zeros((6, 6))
    Z[0, :] = np.linspace(0, 1, 6) ** 2
    Z[1:-1, 1:-1] = z.reshape(4, 4)
    dx, dy = np.diff(Z, axis=0)[:, :-1], np.diff(Z, axis=1)[:-1, :]
    return np.sqrt(1 + 25 * (dx**2 + dy**2)).sum() / 25


@piece(GRID, "Ginzburg and Landau 1950, discrete energy")
def ginzburg_landau(z):
    psi = z[:8] + 1j * z[8:]
    hop = np.exp(0.3j) * np.roll(psi, 1) - psi
    return np.sum(np.abs(hop) ** 2 - np.abs(psi) ** 2 + 0.5 * np.abs(psi) ** 4)


@piece(WAVE, "Chandrasekhar 1960, H-equation")
def chandrasekhar(H, c=0.9):
    n = H.size
    mu = (np.arange(1, n + 1) - 0.5) / n
    A = c / (2 * n) * mu[:, None] / (mu[:, None] + mu[None, :])
    return H - 1 / (1 - A @ H)


@piece([1.0, 0.5, 0.2, 0.8, 1.3], "Atkinson 1997, Hammerstein equation by Gauss-Legendre nodes")
def hammerstein(x):
    nodes, weights = np.polynomial.legendre.leggauss(x.size)
    K = np.exp(-np.abs(np.subtract.outer(nodes, nodes)))
    return x - K @ (weights * np.sin(x) ** 2) - np.cos(nodes)


@piece([1.0, 0.5, -0.2, 0.8, 0.3], "Trefethen 2000, collocation at Chebyshev points")
def chebyshev_collocation(u):
    n = len(u) - 1
    x = np.cos(np.pi * np.arange(n + 1) / n)
    c = np.r_[2, np.ones(n - 1), 2] * (-1) ** np.arange(n + 1)
    dX = x[:, None] - x[None, :]
    D = np.outer(c, 1 / c) / (dX + np.eye(n + 1))
    D = D - np.diag(D.sum(axis=1))
    f = D @ (D @ u) - np.exp(u)
    f[0], f[-1] = u[0], u[-1]
    return f


@piece([1.0, 0.5, 0.2, 0.8, 1.3, 0.9], "Patankar 1980, conduction that depends on temperature, in finite volumes")
def nonlinear_conduction(T):
    ext = np.empty(T.size + 2)
    ext[0], ext[-1] = 2.0, 1.0
    ext[1:-1] = T
    k = 1 + 0.5 * ext**2
    face = 2 * k[:-1] * k[1:] / (k[:-1] + k[1:])
    q = -face * np.diff(ext)
    return q[:-1] - q[1:]


@piece([0.5, 1.1, 0.8], "Hughes 2000, bar of three finite elements that stiffen")
def finite_elements(u):
    nodes = np.concatenate([[0.0], u])
    R = np.zeros(4)
    for e in range(3):
        for xi, w in ((-(3**-0.5), 1.0), (3**-0.5, 1.0)):
            N = np.array([(1 - xi) / 2, (1 + xi) / 2])
            B = np.array([-1.0, 1.0])
            strain = B @ nodes[e : e + 2]
            value = N @ nodes[e : e + 2]
            R[e : e + 2] += w / 2 * (B * (strain + strain**3) - N * np.cos(value))
    return R[1:]


@piece([0.3, 0.2, -0.1, 0.4], "Lanczos 1938, tau method: a polynomial's residual at points")
def tau_method(c):
    t = np.linspace(-0.9, 0.9, 4)
    u = np.polynomial.chebyshev.chebval(t, c)
    du = np.polynomial.Polynomial(c).deriv()(t)
    return du - u**2
