"""Small numerical algorithms that users differentiate through: linear algebra, transforms, series, iterations."""

import cmath
import math
from itertools import combinations, pairwise

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)
trapezoid = np.trapezoid if hasattr(np, "trapezoid") else np.trapz  # noqa: NPY201
SQUARE = [[4.0, 1.0, 0.5], [0.8, 3.0, -0.2], [0.3, -0.6, 2.0]]
SYMMETRIC = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]]


@piece(SQUARE, "Inverse of a matrix; Golub and Van Loan 2013")
def inverse(A):
    return np.linalg.inv(A)


@piece(SQUARE, "Determinant and trace of powers; Faddeev and LeVerrier 1840")
def invariants(A):
    return np.array([np.trace(A), 0.5 * (np.trace(A) ** 2 - np.trace(A @ A)), np.linalg.det(A)])


@piece(SQUARE, "Gauss elimination without pivoting, in place")
def gauss_elimination(A):
    A = np.array(A, dtype=float)
    b = np.array([1.0, 2.0, 3.0])
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            m = A[i, k] / A[k, k]
            A[i, k:] -= m * A[k, k:]
            b[i] -= m * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x


@piece(SYMMETRIC, "Cholesky 1910, by loops")
def cholesky_in_loops(A):
    n = A.shape[0]
    S = 0.5 * (A + A.T)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = S[i, j] - sum(L[i, k] * L[j, k] for k in range(j))
            L[i, j] = math.sqrt(s) if i == j else s / L[j, j]
    return L


@piece(SQUARE, "Gram and Schmidt 1907, columns in place")
def gram_schmidt(A):
    Q = A.copy()
    for j in range(Q.shape[1]):
        for k in range(j):
            Q[:, j] -= (Q[:, k] @ Q[:, j]) * Q[:, k]
        Q[:, j] /= np.linalg.norm(Q[:, j])
    return Q


@piece([-1.0, 2.0, 3.0, 4.0, 1.0, 0.5, 0.7], "Thomas 1949, tridiagonal system")
def thomas(d):
    n = len(d)
    cp, dp = np.zeros(n), np.zeros(n)
    cp[0], dp[0] = -1 / 4, d[0] / (4 + d[0] ** 2)
    for i in range(1, n):
        m = 4 + d[i] ** 2 + cp[i - 1]
        cp[i] = -1 / m
        dp[i] = (d[i] + dp[i - 1]) / m
    x = dp.copy()
    for i in range(n - 2, -1, -1):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return x


@piece(SYMMETRIC, "Spectrum of a symmetric matrix")
def eigenvalues(A):
    return np.linalg.eigvalsh((A + A.T) / 2)


@piece(SQUARE, "Singular values and condition number")
def singular_values(A):
    s = np.linalg.svd(A, compute_uv=False)
    return np.append(s, s[0] / s[-1])


@piece(SQUARE, "Householder 1958, triangular factor")
def triangular_factor(A):
    R = np.linalg.qr(A, mode="r")
    return np.abs(np.diag(R))


@piece(SQUARE, "Penrose 1955, pseudo-inverse of a tall matrix")
def pseudo_inverse(A):
    return np.linalg.pinv(A[:, :2])


@piece(SQUARE, "Matrix powers and exponential by its series; Moler and Van Loan 1978")
def matrix_exponential(A):
    term = result = np.eye(3)
    for k in range(1, 12):
        term = term @ A / (4 * k)
        result = result + term
    return np.linalg.matrix_power(result, 4)


@piece(SQUARE, "Von Mises 1929, power iteration")
def power_iteration(A):
    v = np.ones(3)
    for _ in range(8):
        v = np.dot(A, v)
        v = v / np.max(v)
    return v @ A @ v / (v @ v)


@piece([2.0, 0.7], "Heron; Newton 1685, roots by a fixed number of steps")
def newton_root(p):
    a, x = p
    for _ in range(6):
        x = 0.5 * (x + a / x)
    return x


@piece([0.7, 0.3], "Kepler 1609, eccentric anomaly until it stands")
def kepler_equation(p):
    M, e = p
    E = M
    while True:
        step = (E - e * math.sin(E) - M) / (1 - e * math.cos(E))
        E -= step
        if abs(step) < 1e-14:
            return E


@piece([1.0, 0.4], "Gauss 1799, arithmetic-geometric mean until it stands")
def arithmetic_geometric_mean(p):
    a, b = p
    while abs(a - b) > 1e-9 * abs(a):
        a, b = (a + b) / 2, np.sqrt(a * b)
    return (a + b) / 2


@piece([1.0, -6.0, 11.5, -6.2], "Vieta 1591, coefficients of given roots and values of a polynomial")
def polynomials(c):
    return np.concatenate([np.poly(c), np.polyval(c, [0.5, 2.0]), np.polyder(c), np.polymul(c, c[:2])])


@piece([1.0, -6.0, 11.5], "Cardano 1545, the larger root")
def quadratic_root(c):
    a, b, k = c
    root = cmath.sqrt(complex(b * b - 4 * a * k, 0.0))
    return ((-b + root) / (2 * a)).real, ((-b + root) / (2 * a)).imag


@piece([1.0, 2.0, 4.0, 3.0, 7.0], "Lagrange 1795, barycentric interpolation; Aitken and Neville")
def interpolation(y):
    x, t = np.arange(5.0), 2.3
    w = np.array([1, -4, 6, -4, 1]) / 24
    barycentric = np.sum(w / (t - x) * y) / np.sum(w / (t - x))
    p = list(y)
    for k in range(1, 5):
        p = [((t - x[i + k]) * p[i] + (x[i] - t) * p[i + 1]) / (x[i] - x[i + k]) for i in range(5 - k)]
    return np.array([barycentric, p[0]])


@piece([1.0, 2.0, 4.0, 3.0, 7.0], "Newton 1687, divided differences in place")
def divided_differences(y):
    x = np.array([0, 1, 1.5, 3, 4])
    c = np.array(y)
    for k in range(1, len(c)):
        c[k:] = (c[k:] - c[k - 1 : -1]) / (x[k:] - x[:-k])
    return c


@piece([0.5, 1.5], "Gauss 1814, an integral by a parameter and a bound")
def gauss_legendre(p):
    t, w = np.polynomial.legendre.leggauss(12)
    half = p[1] / 2
    return half * np.sum(w * np.exp(-p[0] * (half * (t + 1)) ** 2))


@piece([0.5, 1.5], "Trapezoidal and Simpson's rule on a grid")
def quadrature(p):
    x = np.linspace(0, p[1], 21)
    y = np.cos(p[0] * x**2)
    simpson = (x[1] - x[0]) / 3 * (y[0] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum() + y[-1])
    return np.array([trapezoid(y, x), simpson])


@piece([0.5, 1.5], "Romberg 1955, a table in a list of lists")
def romberg(p):
    def g(t):
        return math.exp(-p[0] * t) * math.sin(p[1] * t)

    R = [[0.5 * (g(0.0) + g(1.0))]]
    for k in range(1, 5):
        h = 0.5**k
        row = [0.5 * R[-1][0] + h * sum(g((2 * j + 1) * h) for j in range(2 ** (k - 1)))]
        for m in range(1, k + 1):
            row.append(row[m - 1] + (row[m - 1] - R[-1][m - 1]) / (4**m - 1))
        R.append(row)
    return R[-1][-1]


@piece([1.0, 2.0, 0.5, -1.0, 0.3, 0.8], "Cooley and Tukey 1965, power spectrum")
def power_spectrum(x):
    spectrum = np.fft.rfft(x * np.hanning(len(x) + 2)[1:-1])
    return np.abs(spectrum) ** 2


@piece([1.0, 2.0, 0.5, -1.0, 0.3, 0.8], "Fourier 1822, circular convolution and autocorrelation")
def fourier_convolution(x):
    kernel = np.fft.fft([0.5, 0.25, 0, 0, 0, 0.25])
    smooth = np.fft.ifft(np.fft.fft(x) * kernel).real
    return np.concatenate([smooth, np.correlate(x, x, mode="same")])


@piece([0.3, 0.6], "Discrete Fourier sum of a decaying wave")
def damped_wave_spectrum(p):
    n = np.arange(16)
    signal = np.exp(-p[0] * n) * np.cos(p[1] * n)
    W = np.exp(-2j * np.pi * np.outer(np.arange(4), n) / 16)
    S = W @ signal
    return np.concatenate([S.real, np.angle(S)])


@piece([1.0, 2.0, 0.5, -1.0, 0.3, 0.8], "Savitzky and Golay 1964; exponential smoothing, Brown 1956")
def smoothing(x):
    out = np.convolve(x, np.array([-3, 12, 17, 12, -3]) / 35, "valid")
    level = x[0]
    for xi in x[1:]:
        level = 0.7 * level + 0.3 * xi
    return np.append(out, level)


@piece([0.4, 0.2, 0.3], "Wallis 1656, continued fraction; Viète 1593, nested roots")
def continued_fraction(a):
    value = 0.0
    for ai in reversed(a):
        value = ai / (1.0 + value)
    root = 0.0
    for ai in a[::-1]:
        root = np.sqrt(ai + root)
    return np.array([value, root])


@piece([1.3, 0.7], "Abramowitz and Stegun 1964, Bessel function and error function by their series")
def series(p):
    x, total, term = p[0], 0.0, 1.0
    for k in range(1, 15):
        total += term
        term *= -((x / 2) ** 2) / k**2
    erf = (
        2 / np.sqrt(np.pi) * sum((-1) ** k * p[1] ** (2 * k + 1) / (math.factorial(k) * (2 * k + 1)) for k in range(15))
    )
    return [total, erf]


@piece([1.3, 0.7, 2.1], "Functions of the standard library of C")
def standard_functions(x):
    a, b, c = (float(v) for v in x)
    return [
        math.sinh(a) + math.cosh(b) * math.tanh(c),
        math.atan(a) - math.acos(b / 2) + math.asin(b / 3),
        math.gamma(c) + math.lgamma(a) + math.erf(b),
        math.log2(a) + math.log1p(b) + math.expm1(c) + math.log(a, 3),
        math.fsum([a, b, c]) * math.prod([a, b, c]) / math.dist([a, b], [c, 0]),
        math.pow(a, b) + math.cbrt(c) + math.exp2(a) + math.degrees(b) + math.radians(c) + math.copysign(a, -1.0),
    ]


@piece([1.3, 0.7, 2.1], "Functions of NumPy, elementwise")
def elementwise(x):
    y = np.arcsinh(x) + np.arccosh(x + 1) + np.arctanh(x / 3) + np.cbrt(x) + np.exp2(x)
    y = y + np.reciprocal(x) + np.negative(x) + np.positive(x) + np.fabs(x) + np.square(x) + np.sinh(x)
    return y * np.true_divide(x, 2) + np.float_power(x, 1.5) - np.logaddexp2(x, 1) + np.log1p(np.expm1(x)) + np.i0(x)


@piece([1.3, 0.7, 2.1, -0.4, 0.9, -1.5], "Shapes as they are changed")
def shapes(x):
    M = np.reshape(x, (2, 3))
    parts = [np.fliplr(M), np.rot90(M), np.swapaxes(M, 0, 1), np.moveaxis(M[None], 0, -1), np.tile(x, 2)[3:9]]
    flat = [np.ravel(part) for part in parts] + [np.atleast_2d(x)[0], np.expand_dims(x, 1).squeeze(), np.flip(x)]
    return np.sum([f * (i + 1) for i, f in enumerate(flat)], axis=0) + np.broadcast_to(M.mean(0), (2, 3)).ravel()


@piece([4.0, 0.2, 17.0, -9.0, 1.0, -2.0], "Selections: sorted, masked, taken, chosen")
def selections(x):
    s = np.sort(x)
    big = x[x > 0.5]
    chosen = np.select([x < 0, x < 0.5], [x**2, 3 * x], default=np.exp(x / 5))
    y = x.copy()
    y[y < 0] *= 0.1
    spread = s[-1] - s[0] + x[np.argmax(x)] * x[x.argmin()] + np.percentile(x, 30)
    return np.concatenate([s, chosen, y, [big.sum(), np.take(x, [0, 2]).prod(), spread], np.clip(x, -1.5, 1.5)])


@piece([1.3, 0.7, 2.1, -0.4], "Sums along axes and by parts")
def reductions(x):
    M = np.outer(x, x) + np.diag(x)
    rows = [
        M.sum(axis=0),
        M.prod(axis=1),
        np.cumprod(x),
        M.max(axis=0),
        np.linalg.norm(M, axis=1),
        np.average(M, 0, x**2),
    ]
    return np.array(rows) + np.einsum("ij,j->i", M, x) + np.tensordot(M, x, axes=1) + np.vdot(x, x) + np.ptp(x)


@piece([1.3, 0.3, 5.1, -0.4], "Polynomials in all pairs: combinations, differences and products")
def pairs(x):
    products = [a * b for a, b in combinations(x, 2)]
    steps = [b - a for a, b in pairwise(x)]
    return np.array(products + steps + [max(x), min(x), sum(x), abs(x[3]), round(2.4)])


def newton_solution(p):
    """The root of a small system, found by Newton's method with its own finite differences."""

    def F(u):
        return np.array([u[0] ** 2 + p[0] * u[1] - 3, u[0] * u[1] - p[1]])

    u = np.array([1.5, 1.0])
    for _ in range(12):
        J = np.array([[2 * u[0], p[0]], [u[1], u[0]]])
        u = u - np.linalg.solve(J, F(u))
    return u


piece.add("newton_solution", newton_solution, [1.1, 1.2], "Newton 1685, solution of a system by its parameters")
piece.add("vectorized_by_numpy", np.vectorize(lambda t: math.exp(-t) * math.sin(3 * t)), [0.3, 1.2], "np.vectorize")
piece.add("lambda_of_lists", lambda x: [[x[0], x[1] ** 2], [np.sin(x[0]), x[0] * x[1]]], [0.3, 1.2], "A list of lists")
piece.add("tuple_of_parts", lambda x: (x[0] * x[1], -x[0] / x[1], x[0] ** -1.5), [0.3, 1.2], "A tuple")
piece.add("norm_itself", np.linalg.norm, [3.0, 4.0, 12.0], "A NumPy function as it is")
piece.add("identity", lambda x: x, [0.3, 1.2], "The identity")
piece.add("constant", lambda x: np.array([1.0, 2.0]), [0.3, 1.2], "A constant")
piece.add("one_of_many", lambda x: x[2], [0.3, 1.2, 0.4], "One entry")
