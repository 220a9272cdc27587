"""
The slow twin of every C kernel, and the predicates that specify it.

Plain loops over Python floats, in the order in which the kernels promise to add, so that results can be compared bit
for bit. Rational numbers stand where a formula is to be exact.
"""

import math
from fractions import Fraction

import numpy as np


def steps(x, scale, relative):
    """h_j = relative * max(|x_j|, scale_j), the scale being 1 for a zero or subnormal x_j if there is none."""
    h = []
    for j, value in enumerate(map(float, x)):
        size = abs(value)
        typical = float(scale[j]) if scale is not None else (1.0 if size < 2.2250738585072014e-308 else 0.0)
        h.append(relative * (typical if size < typical else size))
    return np.array(h)


def exact_step(x, h):
    """The step that x takes when h is asked for, going away from zero."""
    there = x + math.copysign(h, x)
    if not math.isfinite(there):
        there = x - math.copysign(h, x)
    return math.copysign(there - x, h)


def nodes(x, h, entry, stencil):
    """[count, quotients, 2]: upper and lower node of every quotient."""
    entry = range(len(h)) if entry is None else entry
    result = np.empty((len(h), len(stencil), 2))
    for c, j in enumerate(entry):
        step = exact_step(float(x[j]), float(h[c]))
        for q, (upper, lower, _) in enumerate(stencil):
            result[c, q] = x[j] + upper * step, x[j] + lower * step
    return result


def columns(f, x, value, stencil, nodes, entry=None):
    """The Jacobian, one evaluation after the other; what is not finite is NaN."""
    entry = range(len(nodes)) if entry is None else entry
    J = np.empty((len(value), len(nodes)))
    for c, j in enumerate(entry):
        for i in range(len(value)):
            J[i, c] = 0.0
        for q, (_, lower_offset, weight) in enumerate(stencil):
            upper, lower = nodes[c, q]
            above = f(moved(x, j, upper))
            below = value if lower_offset == 0 else f(moved(x, j, lower))
            for i in range(len(value)):
                term = weight * ((float(above[i]) - float(below[i])) / (upper - lower))
                J[i, c] = term if q == 0 else J[i, c] + term
    J[~np.isfinite(J)] = np.nan
    return J


def moved(x, j, at):
    """A copy of x with one entry replaced."""
    y = np.array(x, float)
    y[j] = at
    return y


def fill(x, stencil, nodes, entry, first, last):
    """The points of some columns side by side."""
    entry = range(len(nodes)) if entry is None else entry
    points = []
    for c in range(first, last):
        for q, (_, lower_offset, _) in enumerate(stencil):
            points.append(moved(x, entry[c], nodes[c, q, 0]))
            if lower_offset != 0:
                points.append(moved(x, entry[c], nodes[c, q, 1]))
    return np.array(points).T


def weights_by_moments(offsets):
    """
    Weights of samples at these offsets (0 among them) whose sum is the first derivative to the highest order.

    The conditions sum_k w_k a_k^p = [p == 1], p = 0 ... len - 1, solved in rational numbers by elimination.
    """
    size = len(offsets)
    rows = [[Fraction(a) ** p for a in offsets] + [Fraction(int(p == 1))] for p in range(size)]
    for pivot in range(size):
        chosen = next(r for r in range(pivot, size) if rows[r][pivot])
        rows[pivot], rows[chosen] = rows[chosen], rows[pivot]
        rows[pivot] = [v / rows[pivot][pivot] for v in rows[pivot]]
        for r in range(size):
            if r != pivot:
                factor = rows[r][pivot]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[pivot], strict=True)]
    return [row[-1] for row in rows]


def weights_of_samples(stencil):
    """The weight of each sample, by offset, of a stencil made of quotients."""
    weights = {}
    for upper, lower, weight in zip(stencil.upper, stencil.lower, stencil.weights, strict=True):
        share = weight / (upper - lower)
        weights[upper] = weights.get(upper, 0) + share
        weights[lower] = weights.get(lower, 0) - share
    return {offset: weight for offset, weight in weights.items() if weight}


def block_jacobian(f_columns, m, n, p, q):
    """The block layout by its definition: block (k, l) is the derivative of the m x n matrix by b_kl."""
    blocks = np.empty((p * m, q * n))
    for k in range(p):
        for l in range(q):
            blocks[k * m : (k + 1) * m, l * n : (l + 1) * n] = f_columns(k, l)
    return blocks


def commutation(p, q):
    """K with K vec(A) = vec(A') for p x q matrices A, vec stacking columns."""
    K = np.zeros((p * q, p * q))
    for i in range(p):
        for j in range(q):
            K[i * q + j, j * p + i] = 1.0
    return K
