# SPDX-License-Identifier: BSD-3-Clause
"""
Identities of matrices, as differentials.

Each formula is a pair: what a change of an operand does to the result, and its adjoint. Tangents and cotangents lie
along a first axis; stacks of matrices are allowed behind it. Rules follow what NumPy reads: cholesky and eigh read the
lower triangle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Formula, Part, Rule
from numjac.result import Array, Shape

__all__ = ["ROWS"]


def transposed(A: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(A, -1, -2)


def symmetric(T: Array, upper: bool = False) -> Any:
    """What is read of a change where only one triangle is."""
    return np.triu(T) + transposed(np.triu(T, 1)) if upper else np.tril(T) + transposed(np.tril(T, -1))


def one_triangle(S: Array, upper: bool = False) -> Any:
    """The adjoint of that."""
    return np.triu(S) + np.triu(transposed(S), 1) if upper else np.tril(S) + np.tril(transposed(S), -1)


def stacked(T: Array, shape: Shape, ndim: int) -> Any:
    """Tangents [k, *shape] of an operand that broadcasting gives more axes."""
    return np.reshape(T, (len(T), *(1,) * (ndim - len(shape)), *shape))


def gathered(G: Array, shape: Shape) -> Any:
    """The sum of cotangents [k, ...] over all that broadcasting has copied."""
    extra = G.ndim - 1 - len(shape)
    G = np.sum(G, axis=tuple(range(1, 1 + extra))) if extra else G
    axes = tuple(k + 1 for k, n in enumerate(shape) if n == 1 < G.shape[k + 1])
    return np.sum(G, axis=axes, keepdims=True) if axes else G


def of_inv(A: Any, y: Array) -> Any:
    """-Y dA Y."""
    Yt = transposed(y)
    return lambda T: -(y @ T @ y), lambda U: -(Yt @ U @ Yt)


def of_det(A: Any, y: Any) -> Any:
    """det A tr(A^-1 dA), by cofactors, so that a singular matrix is allowed."""
    C = cofactors(A)
    return (lambda T: np.sum(C * T, axis=(-1, -2)), lambda U: np.asarray(U)[..., np.newaxis, np.newaxis] * C)


def cofactors(A: Any) -> Any:
    """det A A^-T, from singular values: the product of all but one of them."""
    if not isinstance(A, np.ndarray):  # traced, for second derivatives: where it can be inverted
        det = np.linalg.det(A)
        return np.expand_dims(det, (-1, -2)) * transposed(np.linalg.inv(A))
    U, s, V = np.linalg.svd(A)
    n, factor = s.shape[-1], np.linalg.det(U) * np.linalg.det(V)
    before = np.concatenate([np.ones((*s.shape[:-1], 1)), np.cumprod(s[..., :-1], axis=-1)], axis=-1)
    behind = np.concatenate([np.ones((*s.shape[:-1], 1)), np.cumprod(s[..., :0:-1], axis=-1)], axis=-1)[..., ::-1]
    sign = factor if np.iscomplexobj(A) else np.sign(factor) if n else np.ones(s.shape[:-1])
    others = (before * behind)[..., np.newaxis, :]
    product: Array = sign[..., np.newaxis, np.newaxis] * ((np.conj(U) * others) @ np.conj(V))
    return product


def of_logabsdet(A: Any, *_: Any) -> Any:
    """tr(A^-1 dA)."""
    At = transposed(np.linalg.inv(A))
    return (lambda T: np.sum(At * T, axis=(-1, -2)), lambda U: np.asarray(U)[..., np.newaxis, np.newaxis] * At)


def of_solve_matrix(A: Any, b: Any, y: Any) -> Any:
    """-A^-1 dA y; a right side of one axis is a column."""
    vector, At, shape = np.ndim(b) == 1, transposed(A), np.shape(A)
    Y = np.expand_dims(y, -1) if vector else y

    def forth(T: Array) -> Any:
        Z = -np.linalg.solve(A, stacked(T, shape, np.ndim(Y)) @ Y)
        return Z[..., 0] if vector else Z

    def back(U: Array) -> Any:
        return gathered(-np.linalg.solve(At, np.expand_dims(U, -1) if vector else U) @ transposed(Y), shape)

    return forth, back


def of_solve_right(A: Any, b: Any, y: Any) -> Any:
    """A^-1 db."""
    vector, shape = np.ndim(b) == 1, np.shape(b)
    ndim = max(np.ndim(A), len(shape)) if not vector else np.ndim(A)

    def forth(T: Array) -> Any:
        if vector:
            return np.linalg.solve(A, np.reshape(T, (len(T), *(1,) * (ndim - 2), *shape, 1)))[..., 0]
        return np.linalg.solve(A, stacked(T, shape, ndim))

    def back(U: Array) -> Any:
        V = np.linalg.solve(transposed(A), np.expand_dims(U, -1) if vector else U)
        return gathered(V[..., 0] if vector else V, shape)

    return forth, back


def half(S: Array) -> Any:
    """The lower triangle with half the diagonal."""
    n = S.shape[-1]
    return np.tril(S) - 0.5 * S * np.eye(n)


def of_cholesky(A: Any, y: Any, upper: bool = False) -> Any:
    """L Phi(L^-1 dA L^-T), Phi the lower triangle with half the diagonal (Murray 2016, equation 8)."""
    L = transposed(y) if upper else y
    Lt = transposed(L)

    def forth(T: Array) -> Any:
        S = np.linalg.solve(L, symmetric(T, upper))
        dL = L @ half(transposed(np.linalg.solve(L, transposed(S))))
        return transposed(dL) if upper else dL

    def back(U: Array) -> Any:
        P = half(Lt @ np.tril(transposed(U) if upper else U))
        S = np.linalg.solve(Lt, P)
        S = transposed(np.linalg.solve(Lt, transposed(S)))
        return one_triangle((S + transposed(S)) / 2, upper)

    return forth, back


def of_pinv(A: Any, P: Array, **_: Any) -> Any:
    """-P dA P + P P' dA' (I - A P) + (I - P A) dA' P' P, for a constant rank (Golub and Pereyra 1973)."""
    Pt, m, n = transposed(P), A.shape[-2], A.shape[-1]
    left, right = np.eye(m) - A @ P, np.eye(n) - P @ A

    def forth(T: Array) -> Any:
        Tt = transposed(T)
        return -P @ T @ P + P @ Pt @ Tt @ left + right @ Tt @ Pt @ P

    def back(U: Array) -> Any:
        Ut = transposed(U)
        return -Pt @ U @ Pt + left @ Ut @ P @ Pt + Pt @ P @ Ut @ right

    return forth, back


def deficient(A: Any, y: Any, rcond: Any = None, rtol: Any = None) -> str:
    """Why a pseudo-inverse is refused: singular values are cut off, which others beside them are not."""
    size = rtol if rcond is None else rcond
    size = max(np.shape(A)[-2:]) * np.finfo(float).eps if size is None else size
    s = np.linalg.svdvals(A)
    small = s <= np.expand_dims(np.asarray(size) * np.max(s, axis=-1, initial=0.0), -1)
    return "of a matrix without full rank" if np.any(small) else ""


def matrix_power(A: Any, n: int) -> Any:
    """A product of n factors, or of inverses."""
    if n < 0:
        A, n = np.linalg.inv(A), -n
    if n == 0:
        return np.linalg.inv(A) @ A * 0.0 + np.eye(np.shape(A)[-1])
    power = A
    for _ in range(n - 1):
        power = np.matmul(power, A)
    return power


def multi_dot(arrays: Any) -> Any:
    """From the left."""
    product = arrays[0]
    for A in arrays[1:]:
        product = np.matmul(product, A)
    return product


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of an array whose axes are those of a matrix."""
    shape = np.shape(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (int(np.prod(shape[:ind])), -1))), shape[ind:] + shape[:ind])


def tensorsolve(a: Any, b: Any) -> Any:
    """The solution where axes are those of a matrix."""
    rest = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), rest)


def formula(function: Any, text: str, *factors: Any, **options: Any) -> Rule:
    """A row for a function of matrices."""
    return Formula(function=function, formula=text, structure="linear map", factors=factors, **options)


LOGABSDET = formula(np.linalg.slogdet, "X^-T", of_logabsdet)

ROWS: list[Rule] = [
    formula(np.linalg.inv, "-X^-1 (x) X^-T", of_inv, holomorphic=True),
    formula(np.linalg.det, "det X X^-T", of_det, holomorphic=True),
    formula(np.linalg.solve, "-A^-1 (x) y', A^-1", of_solve_matrix, of_solve_right, holomorphic=True),
    formula(np.linalg.cholesky, "L Phi(L^-1 dS L^-T)", of_cholesky, options=("upper",),
            source="I. Murray, Differentiation of the Cholesky decomposition (2016)"),
    formula(np.linalg.pinv, "constant rank", of_pinv, options=("rcond", "rtol"), check=deficient,
            source="G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, equation 4.12"),
    Part(function=np.linalg.slogdet, formula="0, X^-T", structure="zero, row", parts=(None, LOGABSDET)),
    composite(np.linalg.tensorinv, "-X^-1 (x) X^-T", tensorinv),
    composite(np.linalg.tensorsolve, "-A^-1 (x) y', A^-1", tensorsolve),
    composite(np.linalg.trace, "r(I)'", lambda x, offset=0: np.trace(x, offset, -2, -1)),
    composite(np.linalg.diagonal, "selection", lambda x, offset=0: np.diagonal(x, offset, -2, -1)),
    composite(np.linalg.outer, "I (x) b, a (x) I", lambda a, b: np.outer(a, b)),
    composite(np.linalg.matmul, "A (x) I, I (x) B'", np.matmul),
    composite(np.linalg.matrix_transpose, "K", np.matrix_transpose),
    composite(np.linalg.tensordot, "sum over the other operand", lambda a, b, axes=2: np.tensordot(a, b, axes)),
    composite(np.linalg.matrix_power, "sum X^i (x) X'^(k-1-i)", matrix_power),
    composite(np.linalg.multi_dot, "one Kronecker product each", multi_dot),
]  # fmt: skip
