"""Functions that SciPy ships, and functions of users that call SciPy."""

import math

import numpy as np
import scipy.linalg as la
from scipy import integrate, interpolate, ndimage, optimize, signal, sparse, spatial, special, stats
from scipy.special import expit, gammaln, logsumexp, xlogy

from corpus import Shelf

piece = Shelf(__name__)
T = np.linspace(0, 2, 8)
Y = np.sin(3 * T) + 0.1 * np.cos(20 * T)
A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]])

piece.add("rosen", optimize.rosen, [-1.2, 1.0, 0.5, 0.8], "scipy.optimize")
piece.add("rosen_der", optimize.rosen_der, [-1.2, 1.0, 0.5, 0.8], "scipy.optimize")
piece.add("rosen_hess", optimize.rosen_hess, [-1.2, 1.0, 0.5], "scipy.optimize")
piece.add("logsumexp", logsumexp, [0.3, -1.2, 2.0], "scipy.special")
piece.add("softmax", special.softmax, [0.3, -1.2, 2.0], "scipy.special")
piece.add("log_softmax", special.log_softmax, [0.3, -1.2, 2.0], "scipy.special")
piece.add("expit", expit, [0.3, -1.2, 2.0], "scipy.special")
piece.add("norm_logpdf", stats.norm.logpdf, [0.3, -1.2, 2.0], "scipy.stats")


@piece([0.3, 1.2, 2.0], "scipy.special, elementwise")
def special_functions(x):
    y = special.erf(x) + special.erfc(x) ** 2 + special.gammaln(x) + special.gamma(x) + special.digamma(x)
    y = y + special.j0(x) * special.j1(x) + special.i0(x) - special.k0(x) + special.jv(1.5, x) + special.ndtr(x)
    return y + special.log_ndtr(x) + special.ndtri(x / 3) + special.expit(x) + special.logit(x / 4) + special.exprel(x)


@piece([0.3, 1.2, 2.0], "scipy.special, more of them")
def more_special_functions(x):
    y = (
        special.ellipk(x / 3)
        + special.ellipe(x / 3)
        + special.exp1(x)
        + special.expi(x)
        + special.dawsn(x)
        + special.erfcx(x)
    )
    y = (
        y
        + special.lambertw(x).real
        + special.zeta(1 + x)
        + special.sici(x)[0]
        + special.fresnel(x)[1]
        + special.airy(x)[0]
    )
    return y + special.xlog1py(x, x) + special.xlogy(x, x) + special.entr(x) + special.cosm1(x) + special.log1p(x)


@piece([2.0, 1.3, 0.4], "scipy.special of two arguments")
def binary_special_functions(x):
    a, b, z = x
    return np.array([special.beta(a, b), special.betaln(a, b), special.gammainc(a, z), special.betainc(a, b, z)])


@piece([2.0, 3.0], "Beta-binomial likelihood; Skellam 1948")
def beta_binomial(p):
    k, n = np.array([1, 3, 2, 5]), 6
    lbeta = gammaln(k + p[0]) + gammaln(n - k + p[1]) - gammaln(n + p.sum())
    return np.sum(lbeta - gammaln(p[0]) - gammaln(p[1]) + gammaln(p.sum()))


@piece([0.2, 0.5, -0.3], "Logistic regression; McCullagh and Nelder 1989")
def logistic_loss(w):
    X = np.column_stack([np.ones(8), T, Y])
    y = Y > 0
    p = expit(X @ w)
    return -np.sum(xlogy(y, p) + xlogy(1 - y, 1 - p))


@piece([0.2, 0.5, -0.3, 0.8, 0.1, 0.7], "Mixture by logsumexp; Bishop 2006")
def mixture_logsumexp(p):
    logw = p[:2] - logsumexp(p[:2])
    return logsumexp(logw + stats.norm.logpdf(Y[:, None], p[2:4], np.exp(p[4:])), axis=1).sum()


@piece([0.5, 0.8], "scipy.stats, likelihood of normal data")
def normal_likelihood(p):
    return -stats.norm(p[0], p[1]).logpdf(Y).sum()


@piece([0.5, 0.8], "scipy.stats, censored normal data; Tobin 1958")
def tobit(p):
    z = np.where(Y > 0, stats.norm.logpdf(Y, loc=p[0], scale=p[1]), stats.norm.logcdf(0, loc=p[0], scale=p[1]))
    return np.sum(z)


@piece([2.0, 0.8, 3.0], "scipy.stats, other distributions")
def other_distributions(p):
    x = T + 0.1
    gamma, weibull = stats.gamma.logpdf(x, p[0], scale=p[1]), stats.weibull_min.logpdf(x, p[0], scale=p[2])
    return np.array(
        [gamma.sum(), weibull.sum(), stats.t.logpdf(x, p[2], p[1]).sum(), stats.expon.logpdf(x, 0, p[1]).sum()]
    )


@piece([0.3, -0.1, 1.2], "scipy.stats, multivariate normal density")
def multivariate_normal(x):
    return stats.multivariate_normal(mean=[0, 0.1, 0.5], cov=A).logpdf(x)


@piece([4, 7.5], "scipy.stats, Poisson counts")
def poisson_counts(mu):
    return stats.poisson.logpmf(np.array([3, 8]), mu)


@piece([0.7, 0.8, 0.3], "Rasmussen and Williams 2006, by cho_factor and cho_solve")
def gaussian_process(theta):
    K = theta[1] ** 2 * np.exp(-0.5 * (T[:, None] - T) ** 2 / theta[0] ** 2)
    K[np.diag_indices_from(K)] += theta[2] ** 2
    L = la.cho_factor(K, lower=True)
    return -0.5 * Y @ la.cho_solve(L, Y) - np.log(np.diag(L[0])).sum()


@piece([0.7, 0.8, 0.3], "Rasmussen and Williams 2006, by distances and a triangular solve")
def gaussian_process_cdist(theta):
    d = spatial.distance.cdist(T[:, None], T[:, None])
    K = theta[1] * (1 + np.sqrt(5) * d / theta[0] + 5 * d**2 / (3 * theta[0] ** 2)) * np.exp(-np.sqrt(5) * d / theta[0])
    L = la.cholesky(K + theta[2] * np.eye(8), lower=True)
    z = la.solve_triangular(L, Y, lower=True)
    return 0.5 * z.dot(z) + np.sum(np.log(np.diag(L)))


@piece(A, "scipy.linalg, solutions and invariants; x is a matrix")
def linear_algebra(M):
    b = np.array([1.0, -0.5, 2.0])
    return np.concatenate([la.solve(M, b), la.inv(M)[0], [la.det(M), la.norm(M), np.log(la.det(M @ M.T))]])


@piece([[0.1, 0.4], [-0.3, 0.2]], "scipy.linalg, exponential of a matrix")
def matrix_exponential(M):
    return la.expm(M)


@piece([1.0, 2.0, 0.5], "scipy.linalg, circulant, Toeplitz and block-diagonal matrices")
def structured_matrices(c):
    B = la.block_diag(la.toeplitz(c), la.circulant(c))
    return B @ np.arange(6.0)


@piece([1.0, 2.0, 0.5, 0.3], "scipy.linalg, banded system")
def banded_system(d):
    ab = np.zeros((3, 4))
    ab[0, 1:] = -1
    ab[1] = 3 + d**2
    ab[2, :-1] = -d[1:]
    return la.solve_banded((1, 1), ab, np.ones(4))


@piece([1.0, 2.0, 0.5, 0.3], "scipy.sparse, diffusion by a sparse matrix")
def sparse_diffusion(u):
    L = sparse.diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(4, 4))
    return L @ u + u**2


@piece([1.3, 0.7], "scipy.integrate, an integral of a function of parameters")
def quad_integral(p):
    return integrate.quad(lambda t: math.exp(-p[0] * t) * math.cos(p[1] * t), 0, 2)[0]


@piece([1.3, 0.7], "scipy.integrate, rules on samples")
def sampled_integrals(p):
    y = np.exp(-p[0] * T) * np.cos(p[1] * T)
    return [integrate.trapezoid(y, T), integrate.simpson(y, x=T)]


@piece([1.1, 0.4, 1.0, 0.2], "scipy.integrate, trajectory of Lotka and Volterra")
def trajectory(p):
    def rhs(t, z):
        return [p[0] * z[0] - z[0] * z[1], p[1] * z[0] * z[1] - z[1]]

    return integrate.solve_ivp(rhs, (0, 1), p[2:], rtol=1e-11, atol=1e-12).y[:, -1]


@piece([1.1, 0.4], "scipy.optimize, a root by a bracket")
def bracketed_root(p):
    return optimize.brentq(lambda t: t**3 + p[0] * t - p[1] - 1, 0, 2, xtol=1e-14, rtol=1e-14)


@piece([1.0, 2.0, 0.5, 3.0, 2.5], "scipy.interpolate, cubic spline through values")
def cubic_spline(y):
    return interpolate.CubicSpline(np.arange(5.0), y)([0.3, 1.7, 3.9])


@piece([0.3, 1.7, 3.4], "scipy.interpolate, spline at points")
def spline_at_points(x):
    return interpolate.CubicSpline(np.arange(5.0), [1.0, 2.0, 0.5, 3.0, 2.5])(x)


@piece([0.4, -0.2, 0.7], "scipy.spatial, rotation of points")
def rotated_points(r):
    return spatial.transform.Rotation.from_rotvec(r).apply([[1.0, 0, 0], [0.2, 1, 0.5]])


@piece([1.0, 2.0, 0.5, 3.0, 2.5], "scipy.signal and scipy.ndimage, filters")
def filters(x):
    return signal.fftconvolve(x, [0.25, 0.5, 0.25], mode="same") + ndimage.gaussian_filter1d(x, 1.0)


@piece([1.0, 2.0, 0.5, 3.0, 2.5], "scipy.signal, recursive filter")
def recursive_filter(x):
    return signal.lfilter([0.3], [1, -0.7], x)
