"""
The uncertainty of a measurement
================================

A cylinder is measured and weighed; how well is its density known, and to which measurement is that owed? The law of
propagation (Guide to the Expression of Uncertainty in Measurement, JCGM 100:2008, equation 13) takes derivatives and
covariances, and holds as far as the function is a plane over the uncertainties. A sample of a million says the same.
"""

import matplotlib.pyplot as plt
import numpy as np

import numjac as nj

names = ["mass", "diameter", "height"]
x = np.array([0.1524, 0.02002, 0.0598])  # kg, m, m
deviations = np.array([1e-4, 2e-5, 5e-5])


def density(x):
    mass, diameter, height = x
    return mass / (np.pi / 4 * diameter**2 * height)


rho, variance = nj.propagate(density, x, deviations**2)
print(f"density {float(rho):.1f} +- {np.sqrt(variance):.1f} kg/m3")

# %%
# Which of them it is: each share is a derivative times a deviation, squared. They add up to the variance.

shares = (nj.gradient(density, x) * deviations) ** 2
for name, share in zip(names, shares / variance, strict=True):
    print(f"{name:9} {100 * share:4.0f} %")
assert np.isclose(shares.sum(), variance)

# %%
# The same calliper measured diameter and height: what it does wrong, it does wrong in both. Errors that go together are
# told by a covariance.

cov = np.diag(deviations**2)
cov[1, 2] = cov[2, 1] = 0.8 * deviations[1] * deviations[2]
_, together = nj.propagate(density, x, cov)
print(f"with the errors of the calliper together: +- {np.sqrt(together):.1f} kg/m3")
assert together > variance

# %%
# A million measurements.

rng = np.random.default_rng(0)
sample = density(rng.multivariate_normal(x, cov, 1_000_000).T)
print(f"sampled: +- {sample.std():.1f} kg/m3")
assert abs(sample.std() / np.sqrt(together) - 1) < 0.01

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.bar(names, 100 * shares / variance)
left.set(ylabel="share of the variance, %")
right.hist(sample, 120, density=True, alpha=0.5, label="sampled")
grid = np.linspace(*np.percentile(sample, [0.05, 99.95]), 200)
bell = np.exp(-((grid - rho) ** 2) / (2 * together)) / np.sqrt(2 * np.pi * together)
right.plot(grid, bell, label="propagated")
right.set(xlabel="density in kg/m3")
right.legend()
plt.show()
