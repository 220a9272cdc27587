"""
The derivative of a noisy simulation
====================================

A price is the mean over random paths, and its derivative is wanted: the delta of an option (F. Black, M. Scholes, The
pricing of options and corporate liabilities, 1973), for which there is a formula to compare with. With new random
numbers at every call the function is noisy in its third digit, and small steps see nothing but noise.
"""

import warnings
from math import erf

import matplotlib.pyplot as plt
import numpy as np

import numjac as nj

STRIKE, RATE, SIGMA, TIME, PATHS = 100.0, 0.03, 0.25, 1.0, 20_000
rng = np.random.default_rng(11)


def price(spot, draws):
    end = spot * np.exp((RATE - SIGMA**2 / 2) * TIME + SIGMA * np.sqrt(TIME) * draws)
    return np.exp(-RATE * TIME) * np.mean(np.maximum(end - STRIKE, 0))


def noisy(spot):
    return price(float(spot), rng.normal(size=PATHS))


d1 = (np.log(110 / STRIKE) + (RATE + SIGMA**2 / 2) * TIME) / (SIGMA * np.sqrt(TIME))
exact = (1 + erf(d1 / np.sqrt(2))) / 2
print("exact", exact)

# %%
# The usual step gives anything. Adaptive differences measure the noise, widen their steps, and say what is left; a
# warning tells that it is not much.

usual = (noisy(110 * (1 + 6e-6)) - noisy(110 * (1 - 6e-6))) / (2 * 110 * 6e-6)
with warnings.catch_warnings(action="ignore", category=nj.errors.NumjacWarning):
    slope, report = nj.derivative(noisy, 110.0, method="adaptive", full_output=True)
step = float(report.step)
print(f"usual step: {usual:.1f}; adaptive: {slope:.3f} +- {report.error:.3f}, step {step:.1f}")
assert abs(slope - exact) <= report.error

# %%
# Better: the same random numbers at every call. The function is smooth up to the kinks of single paths, its derivative
# exact by a trace, and what is left is the error of a mean.

draws = rng.normal(size=PATHS)
common, report = nj.derivative(price, 110.0, args=(draws,), full_output=True)
print(f"with common random numbers: {common:.4f} by {report.method}")
assert abs(common - exact) < 0.02

# %%
# Why: the error over the step, with new random numbers and with common ones.

steps = np.logspace(-5, 1.5, 40)
apart = [abs((noisy(110 + h) - noisy(110 - h)) / (2 * h) - exact) for h in steps]
same = [abs((price(110 + h, draws) - price(110 - h, draws)) / (2 * h) - exact) for h in steps]
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.loglog(steps, apart, ".-", label="new random numbers")
axis.loglog(steps, same, ".-", label="common random numbers")
axis.loglog(step, abs(slope - exact), "k*", label="adaptive")
axis.set(xlabel="step", ylabel="error of the derivative")
axis.legend()
plt.show()
