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
from numjac.result import Array

__all__ = ["ROWS"]


def transposed(A: Any) -> Any:
    """The last two axes exchanged."""
    return np.swapaxes(A, -1, -2)


def symmetric(T: Array) -> Any:
    """What is read of a change where only the lower triangle is."""
    return np.tril(T) + transposed(np.tril(T, -1))


def lower(S: Array) -> Any:
    """The adjoint of that."""
    return np.tril(S) + np.tril(transposed(S), -1)


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
    n = s.shape[-1]
    before = np.concatenate([np.ones((*s.shape[:-1], 1)), np.cumprod(s[..., :-1], axis=-1)], axis=-1)
    behind = np.concatenate([np.ones((*s.shape[:-1], 1)), np.cumprod(s[..., :0:-1], axis=-1)], axis=-1)[..., ::-1]
    sign = np.sign(np.linalg.det(U) * np.linalg.det(V)) if n else np.ones(s.shape[:-1])
    product: Array = sign[..., np.newaxis, np.newaxis] * ((U * (before * behind)[..., np.newaxis, :]) @ V)
    return product


def of_logabsdet(A: Any, *_: Any) -> Any:
    """tr(A^-1 dA)."""
    At = transposed(np.linalg.inv(A))
    return (lambda T: np.sum(At * T, axis=(-1, -2)), lambda U: np.asarray(U)[..., np.newaxis, np.newaxis] * At)


def columns(b: Array, A: Array) -> Any:
    """A right side as a matrix: a vector is one column, but a stack of matrices is not one of vectors."""
    return b[..., np.newaxis] if b.ndim == 1 else b


def of_solve_matrix(A: Any, b: Array, y: Array) -> Any:
    """-A^-1 dA y."""
    Y, At = columns(y, A), transposed(A)

    def forth(T: Array) -> Any:
        return -np.linalg.solve(A, T @ Y)

    def back(U: Array) -> Any:
        U = U[..., np.newaxis] if y.ndim == 1 else U
        return -np.linalg.solve(At, U) @ transposed(Y)

    return forth, back


def of_solve_right(A: Any, b: Array, y: Array) -> Any:
    """A^-1 db."""

    def by(M: Array) -> Any:
        def solve(T: Array) -> Any:
            T = T[..., np.newaxis] if b.ndim == 1 else T
            found: Array = np.linalg.solve(M, T)
            return found[..., 0] if b.ndim == 1 else found

        return solve

    return by(A), by(transposed(A))


def half(S: Array) -> Any:
    """The lower triangle with half the diagonal."""
    n = S.shape[-1]
    return np.tril(S) - 0.5 * S * np.eye(n)


def of_cholesky(A: Any, L: Array) -> Any:
    """L Phi(L^-1 dA L^-T), Phi the lower triangle with half the diagonal [1]_."""
    Lt = transposed(L)

    def forth(T: Array) -> Any:
        S = np.linalg.solve(L, symmetric(T))
        return L @ half(transposed(np.linalg.solve(L, transposed(S))))

    def back(U: Array) -> Any:
        P = half(Lt @ np.tril(U))
        S = np.linalg.solve(Lt, P)
        S = transposed(np.linalg.solve(Lt, transposed(S)))
        return lower((S + transposed(S)) / 2)

    return forth, back


def of_eigenvalues(A: Any, w: Array, *_: Any) -> Any:
    """dw_i = v_i' dA v_i."""
    V = np.linalg.eigh(A)[1]
    return (
        lambda T: np.einsum("...ji,...jk,...ki->...i", V, symmetric(T), V),
        lambda U: lower(np.einsum("...ji,...i,...ki->...jk", V, U, V)),
    )


def of_eigh_values(A: Any, both: Any, w: Array) -> Any:
    """The same where the vectors are known."""
    V = both[1]
    return (
        lambda T: np.einsum("...ji,...jk,...ki->...i", V, symmetric(T), V),
        lambda U: lower(np.einsum("...ji,...i,...ki->...jk", V, U, V)),
    )


def of_eigh_vectors(A: Any, both: Any, V: Array) -> Any:
    """dV = V (F o V' dA V), F_ij = 1/(w_j - w_i)."""
    w, Vt = both[0], transposed(V)
    gap = w[..., np.newaxis, :] - w[..., :, np.newaxis]
    F = np.where(np.eye(w.shape[-1]) == 1, 0.0, 1 / np.where(gap == 0, np.inf, gap))
    return (
        lambda T: V @ (F * (Vt @ symmetric(T) @ V)),
        lambda U: lower(_even(V @ (F * (Vt @ U)) @ Vt)),
    )


def _even(S: Array) -> Any:
    return (S + transposed(S)) / 2


def of_singular_values(A: Any, *rest: Any, **_: Any) -> Any:
    """ds_i = u_i' dA v_i."""
    U, _s, V = np.linalg.svd(A, full_matrices=False)
    return (
        lambda T: np.einsum("...ji,...jk,...ik->...i", U, T, V),
        lambda W: np.einsum("...ji,...i,...ik->...jk", U, W, V),
    )


def repeated(A: Any, w: Any) -> bool:
    """Whether eigenvalues or singular values meet, where they have a kink."""
    values = w[0] if isinstance(w, tuple) else w
    size = np.max(np.abs(values), initial=0.0)
    return bool(np.any(np.abs(np.diff(np.sort(values, axis=-1), axis=-1)) <= 1e-10 * size))


def of_pinv(A: Any, P: Array) -> Any:
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


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """Vector and matrix norms, from sums of powers and from singular values."""
    if axis is None and (ord is None or np.ndim(x) == 1):
        x, kept, axis = np.ravel(x), np.ndim(x), 0
    else:
        kept = 0
    axes = axis if isinstance(axis, tuple) else (tuple(range(np.ndim(x))) if axis is None else (axis,))
    y = (
        _vector_norm(x, 2 if ord is None else ord, axes[0], keepdims)
        if len(axes) == 1
        else _matrix_norm(x, ord, axes, keepdims)
    )
    return np.reshape(y, (1,) * kept) if kept and keepdims else y


def _vector_norm(x: Any, p: Any, axis: int, keepdims: bool) -> Any:
    size = np.abs(x)
    if p == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if p == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if p == 2:
        return np.sqrt(np.sum(x * np.conjugate(x) if np.iscomplexobj(x) else x * x, axis=axis, keepdims=keepdims))
    if p == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if p == 0:
        raise TypeError("ord=0 counts")
    return np.power(np.sum(np.power(size, float(p)), axis=axis, keepdims=keepdims), 1.0 / p)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:  # noqa: A002
    i, j = axes
    if ord in (None, "fro"):
        return np.sqrt(np.sum(x * x, axis=axes, keepdims=keepdims))
    if ord in (1, -1, np.inf, -np.inf) and not keepdims:
        over, rest = (i, j) if ord in (1, -1) else (j, i)
        sums = np.sum(np.abs(x), axis=over, keepdims=True)
        return np.squeeze((np.max if ord > 0 else np.min)(sums, axis=rest, keepdims=True), axis=axes)
    if ord in (2, -2, "nuc") and not keepdims and np.ndim(x) == 2:
        s = np.linalg.svdvals(x)
        return np.sum(s) if ord == "nuc" else np.max(s) if ord == 2 else np.min(s)
    raise TypeError(f"ord={ord!r}")


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


def lstsq_solution(A: Any, b: Any) -> Any:
    """A+ b."""
    return np.matmul(np.linalg.pinv(A), b)


def of_qr(A: Any, both: Any, *_: Any) -> Any:
    """dQ = Q Om, dR = (S - Om) R with S = Q' dA R^-1, Om skew from its lower triangle (A square or tall)."""
    Q, R = both
    Qt, Ri = transposed(Q), np.linalg.inv(R)

    def parts(T: Array) -> tuple[Array, Array]:
        B = T @ Ri
        S = Qt @ B
        Om = np.tril(S, -1)
        Om = Om - transposed(Om)
        return Q @ Om + B - Q @ S, (S - Om) @ R

    return parts, Qt, Ri


def of_q(A: Any, both: Any, Q: Array) -> Any:
    """The first part."""
    parts, Qt, Ri = of_qr(A, both)

    def back(U: Array) -> Any:
        M = Qt @ U
        S = np.tril(M - transposed(M), -1)
        return (Q @ (S - M) + U) @ transposed(Ri)

    return (lambda T: parts(T)[0]), back


def of_r(A: Any, both: Any, R: Array) -> Any:
    """The second part."""
    parts, _Qt, Ri = of_qr(A, both)
    Q = both[0]

    return (lambda T: parts(T)[1]), (lambda U: _r_back(Q, np.triu(U) @ transposed(R), Ri))


def _r_back(Q: Array, W: Array, Ri: Array) -> Any:
    """The adjoint of S -> S - Om(S), then of S = Q' dA R^-1."""
    return Q @ (W - np.tril(W - transposed(W), -1)) @ transposed(Ri)


def formula(function: Any, text: str, *factors: Any, kink: Any = None, check: Any = None) -> Rule:
    """A row for a function of matrices."""
    return Formula(function=function, formula=text, structure="linear map", factors=factors, kink=kink, check=check)


def upper(*args: Any, **kwargs: Any) -> str:
    """Why cholesky or eigh is refused: the upper triangle was asked for."""
    asked = kwargs.get("upper", False) or kwargs.get("UPLO", "L") != "L" or len(args) > 1
    return "of the upper triangle" if asked else ""


LOGABSDET = formula(np.linalg.slogdet, "X^-T", of_logabsdet)

ROWS: list[Rule] = [
    formula(np.linalg.inv, "-X^-1 (x) X^-T", of_inv),
    formula(np.linalg.det, "det X X^-T", of_det),
    formula(np.linalg.solve, "-A^-1 (x) y', A^-1", of_solve_matrix, of_solve_right),
    formula(np.linalg.cholesky, "L Phi(L^-1 dS L^-T)", of_cholesky, check=upper),
    formula(np.linalg.eigvalsh, "v_i v_i'", of_eigenvalues, kink=repeated, check=upper),
    formula(np.linalg.svdvals, "u_i v_i'", of_singular_values, kink=repeated),
    formula(np.linalg.pinv, "constant rank", of_pinv),
    Part(function=np.linalg.slogdet, formula="0, X^-T", structure="zero, row", parts=(None, LOGABSDET)),
    Part(
        function=np.linalg.eigh,
        formula="v_i v_i', (w_i I - S)^+ dS v_i",
        structure="row per value, linear map",
        parts=(
            formula(np.linalg.eigh, "v_i v_i'", of_eigh_values, kink=lambda A, both, y: repeated(A, both[0])),
            formula(np.linalg.eigh, "(w_i I - S)^+ dS v_i", of_eigh_vectors),
        ),
    ),
    Part(
        function=np.linalg.qr,
        formula="Q Om, (S - Om) R",
        structure="linear map",
        parts=(formula(np.linalg.qr, "Q Om", of_q), formula(np.linalg.qr, "(S - Om) R", of_r)),
    ),
    composite(np.linalg.norm, "x'/norm(x), ...", norm),
    composite(np.linalg.matrix_power, "sum X^i (x) X'^(k-1-i)", matrix_power),
    composite(np.linalg.multi_dot, "one Kronecker product each", multi_dot),
]
