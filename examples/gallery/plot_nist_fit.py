"""
A fit to certified values
=========================

Misra1a of the NIST Statistical Reference Datasets (https://www.itl.nist.gov/div898/strd): 14 observations of the
adsorption of a gas, the model ``y = b1 (1 - exp(-b2 x))``, parameters and their deviations certified to eleven digits.
The two parameters differ by a factor of 400 000 in size, which a fixed step does not know.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import least_squares

import numjac as nj

volume = np.array([10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78])
pressure = np.array([77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0])
certified = np.array([2.3894212918e02, 5.5015643181e-04])
deviations = np.array([2.7070075241e00, 7.2668688436e-06])


def residuals(b):
    return b[0] * (1 - np.exp(-b[1] * pressure)) - volume


# %%
# One object has the function and its Jacobian, which share evaluations. The solver is asked for all digits.

p = nj.plan(residuals)
tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "x_scale": "jac"}
fit = least_squares(p.fun, [500.0, 1e-4], p.jac, **tight)
print("parameters", fit.x, "relative errors", abs(fit.x / certified - 1))
assert np.all(abs(fit.x / certified - 1) < 1e-9)

# %%
# The deviations of the parameters come from the Jacobian at the solution, so its digits are seen in them.

J = p.jac(fit.x)
freedom = len(volume) - len(fit.x)
found = np.sqrt(np.diag(np.linalg.inv(J.T @ J)) * (fit.fun @ fit.fun) / freedom)
print("deviations", found, "relative errors", abs(found / deviations - 1))
assert np.all(abs(found / deviations - 1) < 1e-8)

# %%
# How many digits of the Jacobian each method has, beside the derivative by hand.

decay = np.exp(-fit.x[1] * pressure)
exact = np.column_stack([1 - decay, fit.x[0] * pressure * decay])
methods = [("forward", 1), ("central", 2), ("central", 4), ("adaptive", 4), ("adaptive", 8), ("complex", None)]
names, worst = [], []
for method, order in [*methods, ("analytic", None)]:
    one = nj.jacobian(residuals, fit.x, method=method, order=order)
    names.append(method if order is None else f"{method} {order}")
    worst.append(max(np.max(abs(one / exact - 1)), 1e-17))

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
grid = np.linspace(0, 800, 200)
left.plot(grid, fit.x[0] * (1 - np.exp(-fit.x[1] * grid)), label="fit")
left.plot(pressure, volume, "o", label="observed")
left.set(xlabel="pressure", ylabel="volume")
left.legend()
right.barh(names, -np.log10(worst))
right.set(xlabel="correct digits of the worst entry")
plt.show()
