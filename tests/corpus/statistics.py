"""Log-likelihoods, losses and line shapes of statistics and spectroscopy."""

import math

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)

# fmt: off
SAMPLE = np.array([1.2, 0.7, 2.9, 1.6, 0.4, 3.3, 2.1, 1.1, 0.9, 1.8])
COUNTS = np.array([2, 0, 3, 1, 5, 2, 1, 4, 0, 2])
LABELS = np.array([0, 1, 1, 0, 1, 0, 1, 1, 0, 1])
DESIGN = np.column_stack([np.ones(10), [0.5, 1.2, -0.3, 0.8, 1.9, -1.1, 0.2, 1.4, -0.6, 0.9], np.cos(np.arange(10.0))])
RETURNS = np.array([0.3, -0.5, 0.8, -1.2, 0.4, 0.1, -0.7, 1.5, -0.2, 0.6])
# fmt: on


@piece([1.5, 0.9], "Fisher 1922, normal likelihood")
def normal(theta):
    mu, sigma = theta
    return np.sum(-0.5 * np.log(2 * np.pi * sigma**2) - (SAMPLE - mu) ** 2 / (2 * sigma**2))


@piece([1.5, 0.9], "Fisher 1922, normal likelihood")
def normal_in_loops(theta):
    mu, sigma = float(theta[0]), float(theta[1])
    logl = 0.0
    for y in SAMPLE:
        logl -= 0.5 * math.log(2 * math.pi) + math.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2
    return logl


@piece([2.0, 1.2], "Gamma distribution, likelihood; Minka 2002")
def gamma_distribution(p):
    k, theta = p
    return np.sum((k - 1) * np.log(SAMPLE) - SAMPLE / theta) - SAMPLE.size * (math.lgamma(k) + k * np.log(theta))


@piece([1.7, 1.9], "Weibull 1951")
def weibull(p):
    k, lam = p[0], p[1]
    z = SAMPLE / lam
    return -(np.log(k / lam) + (k - 1) * np.log(z) - z**k).sum()


@piece([3.0, 1.5, 0.8], "Student 1908, location and scale")
def student(p):
    nu, mu, s = p
    z2 = ((SAMPLE - mu) / s) ** 2
    const = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi) - math.log(s)
    return len(SAMPLE) * const - (nu + 1) / 2 * np.log1p(z2 / nu).sum()


@piece([1.4, 0.6], "Cauchy distribution")
def cauchy(p):
    return -np.log(np.pi * p[1] * (1 + ((SAMPLE - p[0]) / p[1]) ** 2))


@piece([0.2, 0.5, -0.3], "McCullagh and Nelder 1989, Poisson regression")
def poisson_regression(beta):
    eta = DESIGN @ beta
    return np.sum(COUNTS * eta - np.exp(eta))


@piece([0.2, 0.5, -0.3, 0.7], "Hilbe 2011, negative binomial regression")
def negative_binomial(params):
    beta, alpha = params[:-1], params[-1]
    mu = np.exp(np.dot(DESIGN, beta))
    r = 1 / alpha
    total = 0.0
    for y, m in zip(COUNTS, mu, strict=True):
        total += math.lgamma(y + r) - math.lgamma(r) - math.lgamma(y + 1)
        total += r * math.log(r / (r + m)) + y * math.log(m / (r + m))
    return total


@piece([0.2, 0.5, -0.3], "Cox 1958, logistic regression")
def logistic_regression(w):
    p = 1 / (1 + np.exp(-DESIGN @ w))
    return -np.mean(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))


@piece([0.2, 0.5, -0.3], "Cox 1958, logistic regression, stable")
def logistic_regression_stable(w):
    margins = (2 * LABELS - 1) * np.dot(DESIGN, w)
    return np.logaddexp(0, -margins).sum() + 0.5 * 0.1 * np.dot(w[1:], w[1:])


@piece([0.2, 0.5, -0.3], "Bliss 1934, probit regression")
def probit_regression(w):
    logl = 0
    for x, y in zip(DESIGN, LABELS, strict=True):
        p = 0.5 * math.erfc(-np.dot(x, w) / math.sqrt(2))
        logl += math.log(p) if y else math.log(1 - p)
    return logl


@piece([[0.2, -0.1, 0.4], [0.3, 0.5, -0.6], [0.1, -0.7, 0.2]], "Bishop 2006, softmax regression; x is a matrix")
def softmax_regression(W):
    scores = DESIGN @ W
    scores = scores - scores.max(axis=1, keepdims=True)
    logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    target = COUNTS % 3
    return -logp[np.arange(len(target)), target].mean()


@piece([0.2, 0.5, -0.3], "Huber 1964, robust regression")
def huber_regression(beta):
    r = SAMPLE - DESIGN @ beta
    a = np.abs(r)
    return np.sum(np.where(a <= 1, 0.5 * r**2, a - 0.5))


@piece([0.2, 0.5, -0.3], "Koenker and Bassett 1978, quantile regression")
def quantile_regression(beta, tau=0.3):
    r = SAMPLE - DESIGN @ beta
    return np.maximum(tau * r, (tau - 1) * r).sum()


@piece([0.2, 0.5, -0.3], "Zou and Hastie 2005, elastic net")
def elastic_net(beta):
    residual = SAMPLE - DESIGN @ beta
    return residual @ residual / 20 + 0.1 * np.linalg.norm(beta, 1) + 0.05 * np.linalg.norm(beta) ** 2


@piece([0.2, 0.5, -0.3], "Beaton and Tukey 1974, biweight")
def tukey_biweight(beta):
    u = (SAMPLE - DESIGN.dot(beta)) / 4.685
    rho = np.ones_like(u)
    inside = np.abs(u) < 1
    rho[inside] = 1 - (1 - u[inside] ** 2) ** 3
    return rho.sum()


@piece([0.2, 0.5, -0.3], "Cortes and Vapnik 1995, support vectors")
def hinge_loss(w):
    y = np.where(LABELS == 1, 1, -1)
    return np.mean(np.clip(1 - y * (DESIGN @ w), 0, None)) + 0.01 * np.sum(w**2)


@piece([0.5, -0.3], "Cox 1972, partial likelihood of proportional hazards")
def cox_partial_likelihood(beta):
    order = np.argsort(-SAMPLE)
    eta = DESIGN[order, 1:] @ beta
    risk = np.cumsum(np.exp(eta))
    return np.sum((eta - np.log(risk))[LABELS[order] == 1])


@piece([0.1, 0.2, 0.7], "Bollerslev 1986, GARCH(1,1)")
def garch(p):
    omega, alpha, beta = p
    T = len(RETURNS)
    sigma2 = np.zeros(T)
    sigma2[0] = np.var(RETURNS)
    for t in range(1, T):
        sigma2[t] = omega + alpha * RETURNS[t - 1] ** 2 + beta * sigma2[t - 1]
    return 0.5 * np.sum(np.log(2 * np.pi * sigma2) + RETURNS**2 / sigma2)


@piece([-0.1, 0.2, 0.9, -0.1], "Nelson 1991, EGARCH")
def egarch(p):
    omega, alpha, beta, gamma = p
    logs, nll = 0.0, 0.0
    for r in RETURNS:
        z = r / np.exp(logs / 2)
        nll += 0.5 * (logs + z**2)
        logs = omega + beta * logs + alpha * (abs(z) - np.sqrt(2 / np.pi)) + gamma * z
    return nll


@piece([0.5, 0.3, 0.8], "Box and Jenkins 1970, ARMA(1,1) by conditional sum of squares")
def arma(p):
    phi, theta, sigma = p
    e = [RETURNS[0]]
    for t in range(1, len(RETURNS)):
        e.append(RETURNS[t] - phi * RETURNS[t - 1] - theta * e[-1])
    e = np.array(e)
    return -len(e) * np.log(sigma) - np.sum(e**2) / (2 * sigma**2)


@piece([0.3, 0.6, 0.2, 1.2, 0.5], "McLachlan and Peel 2000, mixture of two normal distributions")
def mixture(p):
    w = 1 / (1 + np.exp(-p[0]))
    d1 = np.exp(-0.5 * ((SAMPLE - p[1]) / np.exp(p[3])) ** 2) / np.exp(p[3])
    d2 = np.exp(-0.5 * ((SAMPLE - p[2]) / np.exp(p[4])) ** 2) / np.exp(p[4])
    return -np.sum(np.log((w * d1 + (1 - w) * d2) / np.sqrt(2 * np.pi)))


@piece([0.3, -0.2, 0.6, 1.9, 3.0], "McLachlan and Peel 2000, mixture of components")
def mixture_by_components(p):
    logits = np.append(p[:2], 0.0)
    logw = logits - np.log(np.sum(np.exp(logits)))
    z = -0.5 * (SAMPLE[:, np.newaxis] - p[2:]) ** 2 + logw
    top = np.max(z, axis=1)
    return np.sum(top + np.log(np.sum(np.exp(z - top[:, None]), axis=1)))


@piece([0.1, 0.5, 0.2, -0.3, 0.4], "Multivariate normal likelihood by a Cholesky factor; Pinheiro and Bates 1996")
def multivariate_normal(p):
    mu = p[:2]
    L = np.zeros((2, 2))
    L[np.tril_indices(2)] = p[2:]
    L[np.diag_indices(2)] = np.exp(np.diag(L))
    z = np.linalg.solve(L, (np.column_stack([SAMPLE, RETURNS]) - mu).T)
    return -0.5 * np.sum(z**2) - len(SAMPLE) * np.log(np.diag(L)).sum()


@piece([[1.5, 0.3], [0.3, 0.9]], "Anderson 1958, likelihood of a covariance; x is a matrix")
def wishart(S):
    X = np.column_stack([SAMPLE, RETURNS])
    sign, logdet = np.linalg.slogdet(S)
    return -0.5 * len(X) * sign * logdet - 0.5 * np.trace(np.linalg.inv(S) @ X.T @ X)


@piece([0.6, 0.4, -0.3], "Plackett 1975, Luce 1959: a ranking of four")
def plackett_luce(p):
    s = np.concatenate([[0.0], p])
    ranking = [2, 0, 3, 1]
    return sum(s[ranking[i]] - np.log(sum(np.exp(s[j]) for j in ranking[i:])) for i in range(4))


@piece([0.3, 0.8, 1.2], "Rasch 1960: abilities and difficulties")
def rasch(p):
    data = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 1]])
    eta = np.subtract.outer(p, p[::-1] / 2)
    return float(np.sum(data * eta - np.log1p(np.exp(eta))))


@piece([0.7, 0.6, 0.4], "Dempster, Laird and Rubin 1977; Fisher's linkage and a binomial")
def linkage(p):
    t = p[0]
    y = [125, 18, 20, 34]
    logl = y[0] * np.log(2 + t) + (y[1] + y[2]) * np.log(1 - t) + y[3] * np.log(t)
    return logl + 3 * np.log(p[1]) + 7 * np.log(1 - p[1]) + p[2] ** 2 * t


@piece([2.0, 0.3, 1.1], "Lorentz 1906, sum of a line and its background")
def lorentzian(p):
    A, x0, gamma = p
    x = np.linspace(-2, 3, 11)
    return A / np.pi * (gamma / 2) / ((x - x0) ** 2 + (gamma / 2) ** 2) + 0.1 * x


@piece([2.0, 0.3, 0.6, 0.4], "Thompson, Cox and Hastings 1987, pseudo-Voigt")
def pseudo_voigt(p):
    amplitude, center, fwhm, eta = p
    x = np.arange(-2, 2.5, 0.5)
    g = np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2)
    l = 1 / (1 + 4 * ((x - center) / fwhm) ** 2)
    return amplitude * (eta * l + (1 - eta) * g)


@piece([1.0, -1.0, 0.3, 0.5, 0.8, 0.6], "Spectrum of two peaks, in place")
def two_gaussians(p):
    x = np.linspace(-3, 3, 13)
    y = np.zeros_like(x)
    for a, c, w in p.reshape(2, 3):
        y += a * np.exp(-((x - c) ** 2) / (2 * w**2))
    return y


@piece([5.0, 0.4, 0.7, 1.3], "Fano 1961, resonance")
def fano(p):
    x = np.linspace(-3, 3, 9)
    eps = (x - p[1]) / (p[2] / 2)
    return p[0] * (p[3] + eps) ** 2 / (1 + eps**2)


@piece([4.0, 0.2, 0.6, 2.5], "Breit and Wigner 1936 against counts: Pearson's chi-square")
def breit_wigner_chi_square(p):
    e = np.linspace(-2, 3, COUNTS.size)
    model = p[0] * (p[2] / 2) ** 2 / ((e - p[1]) ** 2 + p[2] ** 2 / 4) + p[3]
    return np.sum((COUNTS - model) ** 2 / np.maximum(model, 1.0))


@piece([10.0, 2.0, 1.5, 0.6], "Hill 1910, dose and response of four parameters")
def hill(p):
    top, bottom, ec50, h = p
    dose = np.array([0.1, 0.3, 1, 3, 10])
    return bottom + (top - bottom) / (1 + (ec50 / dose) ** h)


@piece([0.8, 1.3, 0.2], "Bateman 1910, one-compartment pharmacokinetics")
def pharmacokinetics(p):
    ka, V, ke = p
    return [100 * ka / (V * (ka - ke)) * (np.exp(-ke * t) - np.exp(-ka * t)) for t in (0.5, 1, 2, 4, 8)]


@piece([0.5, 0.25, 0.15, 0.1], "Shannon 1948, entropy; Kullback and Leibler 1951")
def entropies(p):
    q = np.full(4, 0.25)
    p = p / np.sum(p)
    return np.array([-np.sum(p * np.log2(p)), np.sum(p * np.log(p / q))])


@piece([1.0, 2.0, 4.0, 7.0, 3.0], "Moments of a sample: mean, deviation, skewness, kurtosis, correlation")
def moments(x):
    z = (x - x.mean()) / x.std(ddof=1)
    r = np.corrcoef(x, np.arange(5.0))[0, 1]
    return np.array([np.mean(x), np.std(x), np.mean(z**3), np.mean(z**4) - 3, np.median(x), np.ptp(x), r])
