"""
The Hessian of a logistic regression
====================================

Newton's method for a likelihood needs its Hessian, and the inverse of that is the covariance of what was found. Both
come from the likelihood as it is written, and are compared with the well-known formulas (D. R. Cox, The regression
analysis of binary sequences, 1958).
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import numjac as nj

rng = np.random.default_rng(3)
X = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
true = np.array([-0.5, 1.5, -2.0])
y = (rng.random(400) < 1 / (1 + np.exp(-X @ true))).astype(float)


def loss(b):
    """Minus the logarithm of the likelihood; ``logaddexp`` does not overflow."""
    return np.sum(np.logaddexp(0, X @ b) - y * (X @ b))


# %%
# Each solver is handed what it takes: values and gradients share what they have in common.

p = nj.plan(loss)
for method, more in [("BFGS", {}), ("Newton-CG", {"hessp": p.hessp}), ("trust-exact", {"hess": p.hess})]:
    found = minimize(p.fun, np.zeros(3), jac=p.grad, method=method, **more)
    print(f"{method:12} {found.nit:3} steps, gradient {np.linalg.norm(p.grad(found.x)):.0e}")
b = minimize(p.fun, np.zeros(3), jac=p.grad, hess=p.hess, method="trust-exact", options={"gtol": 1e-10}).x

# %%
# The Hessian beside the formula ``X.T W X``.

chance = 1 / (1 + np.exp(-X @ b))
H, report = nj.hessian(loss, b, full_output=True)
exact = X.T * (chance * (1 - chance)) @ X
print(report.method, "largest relative error", np.max(abs(H / exact - 1)))
assert np.max(abs(H - exact)) < 1e-11 * np.max(abs(exact))

# %%
# What it tells: how well the parameters are known, here as the ellipse of one deviation of two of them, over the
# likelihood.

covariance = np.linalg.inv(H)
deviations = np.sqrt(np.diag(covariance))
for name, value, deviation, truth in zip(["constant", "first", "second"], b, deviations, true, strict=True):
    print(f"{name:9} {value:6.2f} +- {deviation:.2f}, in truth {truth}")
assert np.all(abs(b - true) < 4 * deviations)

figure, axis = plt.subplots(figsize=(5, 4.5), layout="constrained")
U, V = (np.linspace(-3, 3, 60) * deviations[k] + b[k] for k in (1, 2))
levels = [[loss(np.array([b[0], u, v])) - loss(b) for u in U] for v in V]
axis.contour(U, V, levels, 12)
turn = np.linspace(0, 2 * np.pi, 100)
root = np.linalg.cholesky(np.linalg.inv(H[1:, 1:]))  # with the constant held
axis.plot(*(b[1:, None] + root @ [np.cos(turn), np.sin(turn)]), "k")
axis.set(xlabel="first coefficient", ylabel="second")
plt.show()
