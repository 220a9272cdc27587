"""The cost functions of iminuit with models of users, and its test functions."""

import math

import numpy as np
from iminuit import cost, testing

from corpus import Shelf

piece = Shelf(__name__)
X = np.linspace(0.1, 2, 7)
Y = np.array([1.9, 1.5, 1.4, 1.1, 0.9, 0.6, 0.7])
EDGES = np.linspace(0, 3, 6)
COUNTS = np.array([12.0, 7.0, 4.0, 3.0, 1.0])


def at_a_point(f):
    return lambda p: f(*p)


for name in ("rosenbrock", "rosenbrock_grad", "ackley", "beale", "matyas"):
    piece.add(name, at_a_point(getattr(testing, name)), [0.7, -0.4], "iminuit.testing")
piece.add("sphere_np", testing.sphere_np, [0.7, -0.4, 1.1], "iminuit.testing")


def decay(x, a, b):
    return a * np.exp(-b * x)


def density(x, mu, sigma):
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def cumulative(x, tau):
    return 1 - np.exp(-x / tau)


def scaled_density(x, n, mu, sigma):
    return n, n * density(x, mu, sigma)


least_squares = cost.LeastSquares(X, Y, 0.1, decay)
robust = cost.LeastSquares(X, Y, 0.1, decay, loss="soft_l1")
unbinned = cost.UnbinnedNLL(Y, density)
extended = cost.ExtendedUnbinnedNLL(Y, scaled_density)
binned = cost.BinnedNLL(COUNTS, EDGES, cumulative)
extended_binned = cost.ExtendedBinnedNLL(COUNTS, EDGES, lambda x, n, tau: n * cumulative(x, tau))
constraint = cost.NormalConstraint(["a", "b"], [2.0, 0.5], [[0.04, 0.01], [0.01, 0.09]])
sum_of_costs = least_squares + constraint

piece.add("least_squares", at_a_point(least_squares), [2.1, 0.6], "iminuit.cost")
piece.add("least_squares_residuals", lambda p: (Y - decay(X, *p)) / 0.1, [2.1, 0.6], "iminuit.cost, after it")
piece.add("robust_least_squares", at_a_point(robust), [2.1, 0.6], "iminuit.cost")
piece.add("unbinned", at_a_point(unbinned), [1.1, 0.6], "iminuit.cost")
piece.add("extended_unbinned", at_a_point(extended), [6.5, 1.1, 0.6], "iminuit.cost")
piece.add("binned", at_a_point(binned), [0.9], "iminuit.cost")
piece.add("extended_binned", at_a_point(extended_binned), [25.0, 0.9], "iminuit.cost")
piece.add("constraint", at_a_point(constraint), [2.1, 0.6], "iminuit.cost")
piece.add("sum_of_costs", at_a_point(sum_of_costs), [2.1, 0.6], "iminuit.cost")
piece.add(
    "poisson_chi2", lambda mu: cost.poisson_chi2(COUNTS, mu), COUNTS + 0.7, "iminuit.cost; Baker and Cousins 1984"
)
