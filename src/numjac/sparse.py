# SPDX-License-Identifier: BSD-3-Clause
"""Sparse results: SciPy's containers, made where one is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.second import Hessian
from numjac.analytic.tangents import Rows, Tangent
from numjac.errors import OptionError

__all__ = ["csr_of", "csr_of_hessian", "is_sparse"]


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
