"""
The Brusselator with Radau
==========================

Two kinds of molecules react at each point of a plane and spread to the points around: a stiff system because of its
diffusion (E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, section IV.10). Its Jacobian has six
entries a row. Where they are is found by one trace of the right-hand side, and so are their values.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.integrate import solve_ivp

import numjac as nj

N, A, B, SPREAD = 24, 1.0, 3.4, 0.02


def around(U):
    """The four neighbours, on a plane that closes in itself, less four times the point."""
    return np.roll(U, 1, 0) + np.roll(U, -1, 0) + np.roll(U, 1, 1) + np.roll(U, -1, 1) - 4 * U


def brusselator(t, y):
    U, V = y.reshape(2, N, N)
    UUV = U**2 * V
    du = A + UUV - (B + 1) * U + SPREAD * N**2 * around(U)
    dv = B * U - UUV + SPREAD * N**2 * around(V)
    return np.stack([du, dv]).ravel()


s = np.arange(N) / N
hump, flat = s * (1 - s) ** 1.5, np.ones(N)
start = np.stack([22 * np.outer(hump, flat), 27 * np.outer(flat, hump)]).ravel()

# %%
# With the Jacobian of numjac: planned once, the pattern and what was proved are kept for all times.

p = nj.plan(brusselator, sparsity="detect").for_solve_ivp()
found = solve_ivp(p.fun, (0, 8), start, method="Radau", jac=p.jac, rtol=1e-4, dense_output=True)
assert found.success
print(f"{found.nfev} evaluations by the solver, {found.njev} Jacobians of {p.jac(0.0, start).nnz} entries")

# %%
# Without it SciPy makes one from 2 N**2 evaluations, which it counts apart from those of its steps. It is asked for a
# short time only.

calls = 0


def counted(t, y):
    global calls
    calls += 1
    return brusselator(t, y)


short = solve_ivp(counted, (0, 0.5), start, method="Radau", rtol=1e-4)
print(f"SciPy alone: {calls} evaluations up to t = 0.5, of which {calls - short.nfev} are for {short.njev} Jacobians")
assert np.allclose(short.y[:, -1], found.sol(0.5), atol=0.02)

# %%
# Its pattern, and the first field as it changes.

figure, axes = plt.subplots(1, 4, figsize=(12, 3), layout="constrained")
axes[0].spy(p.jac(0.0, start), markersize=0.5)
axes[0].set_title("Jacobian")
for axis, t in zip(axes[1:], [0, 1, 4], strict=True):
    axis.imshow(found.sol(t)[: N**2].reshape(N, N))
    axis.set(title=f"t = {t}", xticks=[], yticks=[])
plt.show()
