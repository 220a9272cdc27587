# SPDX-License-Identifier: BSD-3-Clause
"""
Identities of decompositions: eigenvalues, singular values, QR, least squares; where values meet they have kinks.

As in `matrices`, each formula is a pair of a differential and its adjoint, tangents and cotangents along a first axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.identities.matrices import deficient, formula, of_pinv, one_triangle, symmetric, transposed
from numjac.analytic.rules import Part, Rule
from numjac.result import Array

__all__ = ["ROWS"]


def is_upper(UPLO: str) -> bool:
    """Which triangle eigh reads."""
    return UPLO.upper() == "U"


def of_eigenvalues(A: Any, w: Any, UPLO: Any = "L") -> Any:
    """dw_i = v_i' dA v_i (Magnus and Neudecker 2019, section 9.12)."""
    return of_eigh_values(A, np.linalg.eigh(A, UPLO), w, UPLO)


def of_eigh_values(A: Any, both: Any, w: Any, UPLO: str = "L") -> Any:
    """The same where the vectors are known."""
    V, upper = both[1], is_upper(UPLO)
    return (
        lambda T: np.einsum("...ji,...jk,...ki->...i", V, symmetric(T, upper), V),
        lambda U: one_triangle(np.einsum("...ji,...i,...ki->...jk", V, U, V), upper),
    )


def of_eigh_vectors(A: Any, both: Any, V: Array, UPLO: str = "L") -> Any:
    """dV = V (F o V' dA V), F_ij = 1/(w_j - w_i)."""
    w, Vt, upper = both[0], transposed(V), is_upper(UPLO)
    F = gaps(w)
    return (
        lambda T: V @ (F * (Vt @ symmetric(T, upper) @ V)),
        lambda U: one_triangle(_even(V @ (F * (Vt @ U)) @ Vt), upper),
    )


def gaps(w: Any) -> Any:
    """F_ij = 1/(w_j - w_i), zero on the diagonal."""
    gap = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    return np.where(np.eye(np.shape(w)[-1]) == 1, 0.0, 1 / np.where(gap == 0, np.inf, gap))


def _even(S: Array) -> Any:
    return (S + transposed(S)) / 2


def of_eigvals(A: Any, w: Any) -> Any:
    """The same as of eig."""
    return of_eig_values(A, np.linalg.eig(A), w)


def of_eig_values(A: Any, both: Any, w: Any) -> Any:
    """dw_i = z_i' dA v_i with the left vectors z_i, z_i' v_i = 1 (Magnus and Neudecker 2019, section 9.13)."""
    V = both[1]
    Z = np.linalg.inv(V)
    return (
        lambda T: np.einsum("...ij,...jk,...ki->...i", Z, T, V),
        lambda U: np.einsum("...ij,...i,...ki->...jk", Z, U, V),
    )


def of_eig_vectors(A: Any, both: Any, V: Any) -> Any:
    """dV = V (F o V^-1 dA V), less what would change the lengths, which LAPACK makes one."""
    Z, F = np.linalg.inv(V), gaps(both[0])

    def level(D: Any) -> Any:
        return D - V * np.sum(V * D, axis=-2, keepdims=True)

    return (
        lambda T: level(V @ (F * (Z @ T @ V))),
        lambda U: transposed(Z) @ (F * (transposed(V) @ level(U))) @ transposed(V),
    )


def imaginary(A: Any, both: Any, V: Any) -> str:
    """Why vectors are refused: what makes complex ones unique, a real entry and the length, is not holomorphic."""
    return "with complex vectors" if np.any(np.imag(V)) else ""


def meeting(A: Any, w: Any, *_: Any) -> bool:
    """Whether eigenvalues meet in the plane; there they have no slope."""
    values = w[0] if isinstance(w, tuple) else w
    apart = np.abs(np.expand_dims(values, -1) - np.expand_dims(values, -2))
    apart += np.where(np.eye(np.shape(values)[-1]) == 1, np.inf, 0.0)
    return bool(np.any(apart <= 1e-10 * np.max(np.abs(values), initial=0.0)))


def of_singular_values(A: Any, *_: Any, **__: Any) -> Any:
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


def repeated_or_zero(A: Any, s: Any) -> bool:
    """Whether singular values meet, or are zero, where they have a kink too."""
    return repeated(A, s) or bool(np.any(s <= 1e-14 * np.max(s, axis=-1, keepdims=True, initial=0.0)))


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


def of_lstsq_matrix(A: Any, b: Any, results: Any, x: Any, **_: Any) -> Any:
    """dP b, with the differential of the pseudo-inverse P."""
    vector = np.ndim(b) == 1
    B = np.expand_dims(b, -1) if vector else b
    forth, back = of_pinv(A, np.linalg.pinv(A))
    return (
        lambda T: (forth(T) @ B)[..., 0] if vector else forth(T) @ B,
        lambda U: back((np.expand_dims(U, -1) if vector else U) @ transposed(B)),
    )


def of_lstsq_right(A: Any, b: Any, results: Any, x: Any, **_: Any) -> Any:
    """P db."""
    P = np.linalg.pinv(A)
    return along(P, np.ndim(b) == 1), along(transposed(P), np.ndim(b) == 1)


def along(M: Any, vector: bool) -> Any:
    """The product of a matrix with vectors, or with matrices, along a first axis."""
    return lambda T: T @ transposed(M) if vector else M @ T


def gap(A: Any, b: Any, x: Any) -> Any:
    """What is left over, in columns."""
    r = b - A @ x
    return np.expand_dims(r, -1) if np.ndim(b) == 1 else r


def of_residuals_matrix(A: Any, b: Any, results: Any, y: Any, **_: Any) -> Any:
    """-2 r' dA x for each column; by x the residual is flat."""
    x, r = results[0], gap(A, b, results[0])
    X = np.expand_dims(x, -1) if np.ndim(b) == 1 else x
    return (
        lambda T: -2 * np.einsum("ij,...ik,kj->...j", r, T, X),
        lambda U: -2 * np.einsum("ij,...j,kj->...ik", r, U, X),
    )


def of_residuals_right(A: Any, b: Any, results: Any, y: Any, **_: Any) -> Any:
    """2 r' db for each column."""
    r, vector = gap(A, b, results[0]), np.ndim(b) == 1

    def forth(T: Any) -> Any:
        return 2 * np.sum(r * (np.expand_dims(T, -1) if vector else T), axis=-2)

    def back(U: Any) -> Any:
        V = 2 * r * np.expand_dims(U, -2)
        return V[..., 0] if vector else V

    return forth, back


def low_rank(A: Any, b: Any, results: Any, y: Any, rcond: Any = None) -> str:
    """Why least squares are refused."""
    return deficient(A, y, rcond) or ("of a matrix without full rank" if results[2] < min(np.shape(A)) else "")


def of_lstsq_values(A: Any, b: Any, results: Any, s: Any, **_: Any) -> Any:
    """u_i' dA v_i; the right side does not matter."""
    return of_singular_values(A, s)


def of_nothing(A: Any, b: Any, results: Any, s: Any, **_: Any) -> Any:
    """No singular value depends on the right side."""
    return (
        lambda T: np.zeros(T.shape[: T.ndim - np.ndim(b)] + np.shape(s)),
        lambda U: np.zeros(U.shape[: U.ndim - np.ndim(s)] + np.shape(b)),
    )


ROWS: list[Rule] = [
    formula(np.linalg.eigvalsh, "v_i v_i'", of_eigenvalues, kink=repeated, options=("UPLO",)),
    formula(np.linalg.eigvals, "z_i v_i'", of_eigvals, kink=meeting, holomorphic=True),
    formula(np.linalg.svdvals, "u_i v_i'", of_singular_values, kink=repeated_or_zero),
    Part(
        function=np.linalg.eigh,
        formula="v_i v_i', (w_i I - S)^+ dS v_i",
        structure="row per value, linear map",
        options=("UPLO",),
        parts=(
            formula(np.linalg.eigh, "v_i v_i'", of_eigh_values, kink=lambda A, both, y: repeated(A, both[0])),
            formula(np.linalg.eigh, "(w_i I - S)^+ dS v_i", of_eigh_vectors),
        ),
    ),
    Part(
        function=np.linalg.eig,
        formula="z_i v_i', V (F o (V^-1 dA V)) of length one",
        structure="row per value, linear map",
        parts=(
            formula(np.linalg.eig, "z_i v_i'", of_eig_values, kink=meeting),
            formula(np.linalg.eig, "V (F o (V^-1 dA V)) of length one", of_eig_vectors, check=imaginary),
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
        options=("full_matrices",),
        parts=tuple(
            formula(np.linalg.svd, "u_i v_i'", of_svd(k), kink=lambda A, both, y: repeated_or_zero(A, both[1]))
            for k in range(3)
        ),
    ),
    Part(
        function=np.linalg.lstsq,
        formula="dP b + P db, -2 r' dA x + 2 r' db, 0, u_i v_i'",
        structure="linear map, row per column, zero, row per value",
        source="G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973) 413, equation 4.12",
        operands=2,
        options=("rcond",),
        parts=(
            formula(np.linalg.lstsq, "dP b, P db", of_lstsq_matrix, of_lstsq_right, check=low_rank),
            formula(np.linalg.lstsq, "-2 r' dA x, 2 r' db", of_residuals_matrix, of_residuals_right),
            None,
            formula(np.linalg.lstsq, "u_i v_i', 0", of_lstsq_values, of_nothing),
        ),
    ),
]  # fmt: skip
