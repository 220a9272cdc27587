# SPDX-License-Identifier: BSD-3-Clause
"""Identities of polynomials, whose coefficients begin with that of the highest power."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Rule, arrayed, untraced

__all__ = ["ROWS"]


def polyval(p: Any, x: Any) -> Any:
    """Horner's scheme."""
    p, x = arrayed(p), arrayed(x)
    y = x * 0.0
    for c in (p[k] for k in range(np.shape(p)[0])):
        y = y * x + c
    return y


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers side by side."""
    n = np.size(x) if N is None else N
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return np.stack([np.power(x, float(k)) for k in powers], axis=-1)


def polyder(p: Any, m: int = 1) -> Any:
    """The derivative, m times."""
    for _ in range(m):
        n = np.shape(p)[0]
        p = arrayed(p)
        p = p[:-1] * np.arange(n - 1, 0, -1)
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """An integral, m times."""
    constants = np.broadcast_to(0.0 if k is None else k, m)
    for step in range(m):
        n = np.shape(p)[0]
        p = np.concatenate([p / np.arange(n, 0, -1), constants[step : step + 1]])
    return p


def polyadd(a1: Any, a2: Any) -> Any:
    """A sum; the shorter one begins with zeros."""
    n = max(np.size(a1), np.size(a2))
    a, b = (np.concatenate([np.zeros(n - np.size(a)), np.atleast_1d(a)]) for a in (a1, a2))
    return a + b


def polysub(a1: Any, a2: Any) -> Any:
    """A difference."""
    return polyadd(a1, np.negative(a2))


def polymul(a1: Any, a2: Any) -> Any:
    """A product."""
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


def trim_zeros(filt: Any, trim: str = "fb") -> Any:
    """What is left between zeros; where they depend on x, the result beside it has another shape, which is seen."""
    filt = arrayed(filt)
    values = np.asarray(untraced(filt))
    if values.ndim != 1:
        raise TypeError(f"{values.ndim} axes")
    there = np.flatnonzero(values)
    first, last = (int(there[0]), int(there[-1]) + 1) if there.size else (0, 0)
    kept = slice(first if "f" in trim.lower() else 0, last if "b" in trim.lower() else values.size)
    return filt[kept]


def poly(seq_of_zeros: Any) -> Any:
    """One linear factor after the other."""
    roots = arrayed(seq_of_zeros)
    if np.ndim(roots) != 1:
        raise TypeError(f"{np.ndim(roots)} axes")
    y: Any = np.ones(1)
    for k in range(np.size(roots)):
        y = np.convolve(y, np.stack([1.0, -roots[k]]))
    return y


def polydiv(u: Any, v: Any) -> Any:
    """Quotient and remainder by long division; of the remainder, leading terms that vanish are left out."""
    u, v = np.atleast_1d(arrayed(u)) * 1.0, np.atleast_1d(arrayed(v)) * 1.0
    n, steps = np.size(v), np.size(u) - np.size(v) + 1
    q, r = [], u
    for k in range(steps):
        q.append(r[k] / v[0])
        r = np.concatenate([r[:k], r[k : k + n] - q[-1] * v, r[k + n :]])
    values = untraced(r)
    first = 0
    while first < values.size - 1 and np.allclose(values[first], 0, rtol=1e-14):
        first += 1
    return np.stack(q) if q else np.zeros(1), r[first:]


def polyfit(x: Any, y: Any, deg: int, rcond: Any = None, w: Any = None) -> Any:
    """Least squares in scaled powers."""
    A = vander(x, deg + 1)
    if w is not None:
        A, y = A * np.expand_dims(w, 1), y * (w if np.ndim(y) == 1 else np.expand_dims(w, 1))
    size = np.sqrt(np.sum(A * A, axis=0))
    cut = np.size(x) * np.finfo(float).eps if rcond is None else rcond
    c = np.linalg.lstsq(A / size, y if np.shape(y) else np.atleast_1d(y), cut)[0]
    return c / (size if np.ndim(c) == 1 else np.expand_dims(size, 1))


def roots(p: Any) -> Any:
    """Eigenvalues of the companion matrix."""
    n = np.shape(p)[0] - 1
    if n < 1 or not np.all(np.not_equal([p[0], p[-1]], 0)):
        raise TypeError("no or zero coefficients")
    return np.linalg.eigvals(np.concatenate([np.expand_dims(-p[1:] / p[0], 0), np.eye(n - 1, n)]))


ROWS: list[Rule] = [
    composite(np.polyval, "Vandermonde, p'(x)", polyval),
    composite(np.vander, "D(k x^(k-1))", vander),
    composite(np.polyder, "D(k)", polyder),
    composite(np.polyint, "D(1/k)", polyint),
    composite(np.polyadd, "I, I", polyadd),
    composite(np.polysub, "I, -I", polysub),
    composite(np.polymul, "Toeplitz(b), Toeplitz(a)", polymul),
    composite(np.polydiv, "long division", polydiv),
    composite(np.poly, "Toeplitz", poly),
    composite(np.trim_zeros, "rows of I", trim_zeros),
    composite(np.polyfit, "A+, ...", polyfit),
    composite(np.roots, "-x^k/p'(x)", roots),
]
