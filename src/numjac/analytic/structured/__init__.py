# SPDX-License-Identifier: BSD-3-Clause
"""Structured matrices: the local Jacobians of identities."""

from numjac.analytic.structured.diagonals import Diagonal, Scaled, Select, Zero, times
from numjac.analytic.structured.matrix import NOTHING, Structured
from numjac.analytic.structured.products import Dense, Kronecker, LinearMap, Product, Sum, dense
from numjac.analytic.structured.selections import Gather, Reduce, Replicate, Scatter, commutation

__all__ = [
    "NOTHING",
    "Dense",
    "Diagonal",
    "Gather",
    "Kronecker",
    "LinearMap",
    "Product",
    "Reduce",
    "Replicate",
    "Scaled",
    "Scatter",
    "Select",
    "Structured",
    "Sum",
    "Zero",
    "commutation",
    "dense",
    "times",
]
