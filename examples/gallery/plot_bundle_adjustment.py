"""
Bundle adjustment
=================

Cameras see points; from where they see them, the places of both are found: least squares with many unknowns, of which
each residual knows nine, six of a camera and three of a point (B. Triggs and others, Bundle adjustment: a modern
synthesis, 1999). The Jacobian is sparse, its pattern known from who sees what, and proved by numjac at each point.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import least_squares
from scipy.sparse import coo_array

import numjac as nj

rng = np.random.default_rng(7)
CAMERAS, POINTS, SEEN = 6, 60, 4  # each point is seen by so many cameras
camera = np.concatenate([np.sort(rng.permutation(CAMERAS)[:SEEN]) for _ in range(POINTS)])
point = np.repeat(np.arange(POINTS), SEEN)


def rotated(v, w):
    """Rows of v, turned around the axes w by angles of their length (Rodrigues)."""
    angle = np.sqrt(np.sum(w**2, axis=1, keepdims=True))
    axis = w / angle
    along = np.sum(axis * v, axis=1, keepdims=True)
    return np.cos(angle) * v + np.sin(angle) * np.cross(axis, v) + (1 - np.cos(angle)) * along * axis


def seen(x):
    """Where the points appear in the pictures: a perspective of focal length 1."""
    poses, places = x[: 6 * CAMERAS].reshape(-1, 6), x[6 * CAMERAS :].reshape(-1, 3)
    local = rotated(places[point], poses[camera, :3]) + poses[camera, 3:]
    return (local[:, :2] / local[:, 2:]).ravel()


# %%
# A scene, and pictures of it with errors of a thousandth.

poses = np.column_stack([rng.normal(0, 0.2, (CAMERAS, 3)), rng.normal(0, 0.3, (CAMERAS, 2)), np.full(CAMERAS, 6.0)])
truth = np.concatenate([poses.ravel(), rng.uniform(-1, 1, 3 * POINTS)])
pictures = seen(truth) + rng.normal(0, 1e-3, 2 * point.size)
start = truth + rng.normal(0, 0.03, truth.size)

# %%
# Two rows for each observation, with the columns of its camera and of its point. The colours are the number of
# evaluations that differences would take; a trace takes one.

columns = np.hstack([6 * camera[:, None] + np.arange(6), 6 * CAMERAS + 3 * point[:, None] + np.arange(3)])
rows = np.arange(2 * point.size)
places = np.repeat(rows, 9), np.repeat(columns, 2, axis=0).ravel()
pattern = coo_array((np.ones(places[0].size), places), shape=(rows.size, truth.size))
print(nj.sparse.coloring(pattern))

p = nj.plan(lambda x: seen(x) - pictures, sparsity=pattern)
fit = least_squares(p.fun, start, p.jac, method="trf", x_scale="jac")
error = np.sqrt(np.mean(fit.fun**2))
print(f"{fit.njev} Jacobians of {rows.size} x {truth.size}; residuals of {error:.1e} on average")
assert error < 1.2e-3

# %%
# The same with differences, which take as many evaluations as there are colours, and agree.

J = p.jac(fit.x)
K, report = nj.jacobian(seen, fit.x, sparsity=pattern, method="central", full_output=True)
print(report.nfev, "evaluations for", truth.size, "columns; largest difference", abs(J - K).max())
assert abs(J - K).max() < 1e-6

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
left.spy(J, markersize=1, aspect="auto")
left.set_title("the Jacobian")
before, after = (p.fun(x).reshape(-1, 2) for x in (start, fit.x))
right.plot(*before.T, ".", label="before")
right.plot(*after.T, ".", label="after")
right.set(title="residuals in the pictures", aspect="equal")
right.legend()
plt.show()
