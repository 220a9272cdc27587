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


def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:  # noqa: A002
    """Of all entries, or along an axis."""
    if axis is None and keepdims:
        raise TypeError("keepdims")
    return norm(np.ravel(x) if axis is None else x, ord, axis, keepdims)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:  # noqa: A002
    """Of the last two axes."""
    return norm(x, ord, (-2, -1), keepdims)


def _vector_norm(x: Any, p: Any, axis: int, keepdims: bool) -> Any:
    size = np.abs(x)
    if p == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if p == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if p == 2:
        return np.sqrt(
            np.sum(np.real(x * np.conjugate(x)) if np.iscomplexobj(x) else x * x, axis=axis, keepdims=keepdims)
        )
    if p == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if p == 0:
        raise TypeError("ord=0 counts")
    return np.power(np.sum(np.power(size, float(p)), axis=axis, keepdims=keepdims), 1.0 / p)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:  # noqa: A002
    i, j = axes
    if ord in (None, "fro"):
        squares = np.real(x * np.conjugate(x)) if np.iscomplexobj(x) else x * x
        return np.sqrt(np.sum(squares, axis=axes, keepdims=keepdims))
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


def _cond(x: Any, p: Any) -> Any:
    """The largest singular value over the smallest, or a norm times that of the inverse."""
    if p is None or p == 2:
        s = np.linalg.svdvals(x)
        return np.max(s) / np.min(s)
    return norm(x, p) * norm(np.linalg.inv(x), p)


def multi_dot(arrays: Any) -> Any:
    """From the left."""
    product = arrays[0]
    for A in arrays[1:]:
        product = np.matmul(product, A)
    return product


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


def by_columns(forth: Any, shape: tuple[int, ...]) -> Any:
    """A differential with the adjoint of the matrix that it is."""
    n = int(np.prod(shape, dtype=np.intp))

    def back(U: Any) -> Any:
        J = np.asarray(forth(np.eye(n).reshape(n, *shape))).reshape(n, -1)
        return (U.reshape(len(U), -1) @ J.T).reshape(len(U), *shape)

    return forth, back


def svd_parts(A: Any, both: Any) -> Any:
    """dU, ds, dV' of a thin decomposition with distinct singular values (Townsend 2016)."""
    U, s, Vt = both
    V, Ut = transposed(Vt), transposed(U)
    gap = s[..., np.newaxis, :] ** 2 - s[..., :, np.newaxis] ** 2
    F = np.where(np.eye(s.shape[-1]) == 1, 0.0, 1 / np.where(gap == 0, np.inf, gap))
    left, right = np.eye(A.shape[-2]) - U @ Ut, np.eye(A.shape[-1]) - V @ Vt
    S = s[..., np.newaxis, :]

    def forth(T: Any) -> Any:
        P = Ut @ T @ V
        Pt = transposed(P)
        dU = U @ (F * (P * S + transposed(S) * Pt)) + left @ T @ V / S
        dV = V @ (F * (transposed(S) * P + Pt * S)) + right @ transposed(T) @ U / S
        return dU, np.diagonal(P, axis1=-2, axis2=-1), transposed(dV)

    return forth


def of_svd(part: int) -> Any:
    """One of the three."""
    return lambda A, both, y, **kwargs: by_columns(lambda T: svd_parts(A, both)(T)[part], A.shape)


class Svd(Part):
    """Singular values alone, or with their vectors."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """By what is asked for; square matrices and thin decompositions have vectors."""
        call = dict(zip(("a", "full_matrices", "compute_uv", "hermitian"), args, strict=False)) | dict(kwargs)
        A = call["a"]
        if call.get("hermitian"):
            tape.lose("svd of a Hermitian matrix")
        if not call.get("compute_uv", True):
            return np.linalg.svdvals(A)
        m, n = np.shape(A)[-2:]
        if call.get("full_matrices", True) and m != n:
            tape.lose("svd with full_matrices of a matrix that is not square")
        return Part.record(self, tape, (A,), {"full_matrices": False})


class Qr(Part):
    """A thin decomposition of a square or tall matrix."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Both factors, or the second one."""
        call = dict(zip(("a", "mode"), args, strict=False)) | dict(kwargs)
        A, mode = call["a"], call.get("mode", "reduced")
        m, n = np.shape(A)[-2:]
        if m < n or not (mode in ("reduced", "r") or (mode == "complete" and m == n)):
            tape.lose(f"qr with mode={mode!r} of a matrix {m} by {n}")
        Q, R = Part.record(self, tape, (A,), {})
        return R if mode == "r" else (Q, R)


def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution by the pseudo-inverse; residuals of a full rank."""
    A, B = (x if not hasattr(x, "plainly") else x.plainly for x in (a, b))
    _, residuals, rank, s = np.linalg.lstsq(np.asarray(A, float), np.asarray(B, float), rcond)
    x = np.matmul(np.linalg.pinv(a), b)
    if np.size(residuals):
        gap = b - np.matmul(a, x)
        residuals = np.atleast_1d(np.sum(gap * gap, axis=0))
    return x, residuals, rank, s


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
    Qr(
        function=np.linalg.qr,
        formula="Q Om, (S - Om) R",
        structure="linear map",
        parts=(formula(np.linalg.qr, "Q Om", of_q), formula(np.linalg.qr, "(S - Om) R", of_r)),
    ),
    Svd(
        function=np.linalg.svd,
        formula="U (F o (P S + S P')), u_i v_i', V (F o (S P + P' S))",
        structure="linear map, row per value, linear map",
        source="J. Townsend, Differentiating the singular value decomposition (2016)",
        parts=tuple(
            formula(np.linalg.svd, "u_i v_i'", of_svd(k), kink=lambda A, both, y: repeated(A, both[1]))
            for k in range(3)
        ),
    ),
    composite(np.linalg.lstsq, "A+, ...", lstsq),
    composite(np.linalg.cond, "from singular values", lambda x, p=None: _cond(x, p)),
    composite(np.linalg.trace, "r(I)'", lambda x, offset=0: np.trace(x, offset, -2, -1)),
    composite(np.linalg.diagonal, "selection", lambda x, offset=0: np.diagonal(x, offset, -2, -1)),
    composite(np.linalg.outer, "I (x) b, a (x) I", lambda a, b: np.outer(a, b)),
    composite(np.linalg.matmul, "A (x) I, I (x) B'", np.matmul),
    composite(np.linalg.matrix_transpose, "K", np.matrix_transpose),
    composite(np.linalg.tensordot, "sum over the other operand", lambda a, b, axes=2: np.tensordot(a, b, axes)),
    composite(np.linalg.vector_norm, "x'/norm(x), ...", vector_norm),
    composite(np.linalg.matrix_norm, "X/norm(X), ...", matrix_norm),
    composite(np.linalg.norm, "x'/norm(x), ...", norm),
    composite(np.linalg.matrix_power, "sum X^i (x) X'^(k-1-i)", matrix_power),
    composite(np.linalg.multi_dot, "one Kronecker product each", multi_dot),
]
