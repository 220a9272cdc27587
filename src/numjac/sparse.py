# SPDX-License-Identifier: BSD-3-Clause
"""Sparse results: SciPy's containers, made where one is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.second import Hessian
from numjac.analytic.tangents import Rows, Tangent
from numjac.errors import OptionError

__all__ = ["containers", "csr_of", "csr_of_hessian", "is_sparse", "lower_factor"]


def containers() -> Any:
    """The module scipy.sparse."""
    try:
        import scipy.sparse  # type: ignore[import-untyped]
    except ImportError as error:
        raise OptionError("sparsity: a sparse result needs SciPy (pip install 'numjac[sparse]')") from error
    return scipy.sparse


def csr_of(t: Tangent) -> Any:
    """
    A tangent by rows.

    Parameters
    ----------
    t : Tangent
        Legs, whose zeros stay, for they may be none elsewhere; or a dense matrix, whose zeros go.

    Returns
    -------
    scipy.sparse.csr_array
    """
    if isinstance(t, Rows):
        return containers().csr_array(t.T.T)
    if any(np.iscomplexobj(w) for _, w in t.legs):
        raise OptionError("sparsity: a complex Jacobian is not kept sparse")
    return containers().csr_array(_tape.sparse(t.size, t.n, list(t.legs)), shape=(t.size, t.n))


def csr_of_hessian(H: Hessian) -> Any:
    """A Hessian by rows, symmetric bit for bit."""
    found = H.coordinates
    if found is None:
        return containers().csr_array(H.dense())
    i, j, value = found
    upper = i <= j  # both triangles are made of the same sums
    half = containers().coo_array((value[upper], (i[upper], j[upper])), shape=(H.n, H.n)).tocsr()
    lower = containers().coo_array((value[upper & (i < j)], (j[upper & (i < j)], i[upper & (i < j)])), shape=(H.n, H.n))
    return half + lower.tocsr()


def is_sparse(J: Any) -> bool:
    """Whether a result is one of SciPy's containers."""
    return not isinstance(J, np.ndarray) and hasattr(J, "tocsr")


def lower_factor(matrix: Any, shift: float) -> Any:
    """
    A sparse factor S with S S' = matrix + shift I; None if there is none: an eigenvalue lies below -shift.

    Pivots stay on the diagonal, so L U is L D L', and D has the signs of the eigenvalues: Sylvester's law of inertia.

    Parameters
    ----------
    matrix : sparse array
        Symmetric.
    shift : float
        How far below zero an eigenvalue may be.
    """
    import scipy.sparse.linalg  # type: ignore[import-untyped]

    n = matrix.shape[0]
    if n == 0:
        return matrix
    shifted = (matrix + shift * containers().eye_array(n)).tocsc()
    options = {"SymmetricMode": True}
    try:
        lu = scipy.sparse.linalg.splu(shifted, "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    except RuntimeError:  # a pivot that is exactly 0
        return None
    pivots = lu.U.diagonal()
    if (pivots <= 0).any() or (lu.perm_r != lu.perm_c).any():
        return None
    return (containers().csr_array(lu.L)[lu.perm_r] * np.sqrt(pivots)).tocsr()
