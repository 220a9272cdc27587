"""Log-likelihoods and criteria of statsmodels on small, fixed data."""

import numpy as np
from statsmodels import api
from statsmodels.discrete.discrete_model import GeneralizedPoisson, NegativeBinomial
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.genmod.families import Binomial, Gamma, Poisson
from statsmodels.miscmodels.count import PoissonGMLE
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.robust import norms
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.statespace.sarimax import SARIMAX

from corpus import Shelf

piece = Shelf(__name__)
N = np.arange(20.0)
X = np.column_stack([np.ones(20), np.sin(1.3 * N), np.cos(2.1 * N)])
NOISE = 0.4 * np.sin(5.7 * N + 1) + 0.2 * np.cos(17.3 * N)
LINEAR = X @ [0.5, 0.8, -0.3] + NOISE
BINARY = (LINEAR > 0.5).astype(float)
COUNTS = np.floor(np.exp(LINEAR + 0.3))
POSITIVE = np.exp(LINEAR)
B = [0.2, 0.5, -0.3]

MODELS = {
    "ols": (api.OLS(LINEAR, X), B),
    "wls": (api.WLS(LINEAR, X, weights=1 + 0.5 * np.cos(N)), B),
    "gls": (api.GLS(LINEAR, X, sigma=0.3 ** np.abs(N[:, None] - N)), B),
    "logit": (api.Logit(BINARY, X), B),
    "probit": (api.Probit(BINARY, X), B),
    "poisson": (api.Poisson(COUNTS, X), B),
    "poisson_gmle": (PoissonGMLE(COUNTS, X), B),
    "negative_binomial": (NegativeBinomial(COUNTS, X), [*B, 0.4]),
    "generalized_poisson": (GeneralizedPoisson(COUNTS, X), [*B, 0.1]),
    "multinomial_logit": (api.MNLogit(N % 3, X), np.array([[0.2, 0.5, -0.3], [0.1, -0.2, 0.4]]).ravel("F")),
    "glm_poisson": (api.GLM(COUNTS, X, family=Poisson()), B),
    "glm_binomial": (api.GLM(BINARY, X, family=Binomial()), B),
    "glm_gamma": (api.GLM(POSITIVE, X, family=Gamma(api.families.links.Log())), B),
    "hazards": (PHReg(POSITIVE, X[:, 1:], status=BINARY), B[1:]),
    "ordinal": (OrderedModel(N % 3, X[:, 1:], distr="logit"), [0.5, -0.3, -0.6, 0.2]),
    "autoregression": (AutoReg(LINEAR, 2), [0.2, 0.3, -0.1]),
    "sarimax": (SARIMAX(LINEAR, order=(1, 0, 1)), [0.4, 0.2, 0.5]),
}

for name, (model, start) in MODELS.items():
    piece.add(name, model.loglike, start, "statsmodels")
for name in ("logit", "probit", "poisson", "negative_binomial", "hazards"):
    model, start = MODELS[name]
    piece.add(name + "_score", model.score, start, "statsmodels")
for name in ("logit", "poisson", "poisson_gmle"):
    model, start = MODELS[name]
    piece.add(name + "_loglikeobs", model.loglikeobs, start, "statsmodels")
for norm in (norms.HuberT(), norms.TukeyBiweight(), norms.AndrewWave(), norms.Hampel(), norms.LeastSquares()):
    piece.add("norm_" + type(norm).__name__, norm, [0.3, -0.8, 2.9, -6.1], "statsmodels.robust")


@piece([0.2, 0.5, -0.3], "statsmodels.robust, objective of a robust regression")
def robust_objective(beta):
    return np.sum(norms.TrimmedMean(2.0).rho((LINEAR - X @ beta) / 0.5))
