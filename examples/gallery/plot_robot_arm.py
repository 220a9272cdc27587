"""
The manipulability of a robot arm
=================================

How the hand of an arm moves with its joints is a Jacobian. Its singular values say how well the hand can be moved in
each direction; their product is the manipulability of T. Yoshikawa (Manipulability of robotic mechanisms, International
Journal of Robotics Research 4, 1985). It is zero where the arm is stretched, and the hand is stuck in one direction.
"""

import matplotlib.pyplot as plt
import numpy as np

import numjac as nj

LENGTHS = np.array([1.0, 0.8, 0.5])


def hand(q):
    """Where the hand is, with the angles of three joints, each against the link before it."""
    angles = np.cumsum(q)
    return np.array([np.sum(LENGTHS * np.cos(angles)), np.sum(LENGTHS * np.sin(angles))])


J = nj.Jacobian(hand)


def manipulability(q):
    return np.sqrt(np.linalg.det(J(q) @ J(q).T))


# %%
# It does not depend on the first joint, and vanishes for the stretched arm.

print("bent", manipulability([0.3, 0.9, -0.5]), "turned", manipulability([1.7, 0.9, -0.5]))
print("stretched", manipulability([0.3, 0.0, 0.0]))
assert np.isclose(manipulability([0.3, 0.9, -0.5]), manipulability([1.7, 0.9, -0.5]))
assert manipulability([0.3, 0.0, 0.0]) < 1e-7

# %%
# The hand is led along a line by the pseudo-inverse of the Jacobian: Newton's method for more joints than coordinates.

q = np.array([0.4, 1.2, 0.6])
path = [q]
for target in np.linspace(hand(q), [1.2, 1.0], 12)[1:]:
    for _ in range(5):
        q = q + np.linalg.pinv(J(q)) @ (target - hand(q))
    assert np.allclose(hand(q), target, atol=1e-12)
    path.append(q)

# %%
# The arm on its way, with the ellipses of velocities that joints of unit speed can give the hand.

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
turn = np.linspace(0, 2 * np.pi, 60)
circle = np.array([np.cos(turn), np.sin(turn)])
for q in path[::3]:
    angles = np.cumsum(q)
    joints = np.cumsum([[0, 0], *np.column_stack([LENGTHS * np.cos(angles), LENGTHS * np.sin(angles)])], axis=0)
    left.plot(*joints.T, "o-", alpha=0.7)
    U, singular, _ = np.linalg.svd(J(q))
    left.plot(*(hand(q)[:, None] + 0.15 * U @ (singular[:, None] * circle)), "k", linewidth=0.8)
left.set(aspect="equal", title="the arm, and where its hand can be moved")
grid = np.linspace(-np.pi, np.pi, 41)
values = [[manipulability([0.0, a, b]) for a in grid] for b in grid]
picture = right.contourf(grid, grid, values, 12)
figure.colorbar(picture, label="manipulability")
right.set(xlabel="second joint", ylabel="third joint")
plt.show()
