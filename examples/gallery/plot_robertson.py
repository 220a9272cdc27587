"""
Chemical kinetics: Robertson's reactions
========================================

Three substances react at rates of 0.04, 1e4 and 3e7 a second, and one of them is there in parts of a hundred thousand
(H. H. Robertson, The solution of a set of reaction rate equations, 1966). The times that count go from 1e-6 to 1e11: an
implicit solver is needed, and its Jacobian has entries between 0.04 and 1e4 at places where x itself is 0.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

import numjac as nj


def robertson(t, y):
    slow, fast, middle = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([-slow + middle, slow - middle - fast, fast])


p = nj.plan(robertson).for_solve_ivp()
print(p.jac(0.0, np.array([1.0, 0.0, 0.0])))

# %%
# Two implicit methods, ten orders of magnitude in time.

for method in ["Radau", "BDF"]:
    found = solve_ivp(p.fun, (0, 1e11), [1, 0, 0], method=method, jac=p.jac, rtol=1e-8, atol=1e-14)
    print(f"{method:6} {found.nfev} evaluations, {found.njev} Jacobians, {found.nlu} factors; {found.message}")
    assert found.success
    # the reference solution of the test set for initial value problems (Bari), at t = 1e11
    assert np.allclose(found.y[:, -1], [2.083340149701255e-8, 8.333360770334713e-14, 0.9999999791665050], rtol=1e-3)

# %%
# Nothing is lost: the columns of the Jacobian add up to zero, along the whole way. Its eigenvalues are why it is stiff.

J = np.array([p.jac(t, y) for t, y in zip(found.t, found.y.T, strict=True)])
assert np.all(abs(J.sum(axis=1)) <= 1e-12 * abs(J).max())
rates = np.sort(-np.linalg.eigvals(J).real, axis=1)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.semilogx(found.t[1:], (found.y * [[1], [1e4], [1]])[:, 1:].T, label=["A", "10 000 B", "C"])
left.set(xlabel="t", ylabel="concentration")
left.legend()
right.loglog(found.t[1:], rates[1:, 1:])
right.set(xlabel="t", ylabel="rate of decay", title="the eigenvalues other than 0")
plt.show()
