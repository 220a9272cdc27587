# SPDX-License-Identifier: BSD-3-Clause
"""
What all structured matrices have in common.

A matrix A [m, n] acts between flattened arrays (C order). The two directions of the chain rule are the two ways of
multiplying with it: ``forward`` takes tangents, ``backward`` cotangents. Both come in rows, a seed in each, so that a
product with the diagonal needs no reshaping. Nothing is transposed in memory and nothing is conjugated.
"""

from __future__ import annotations

from typing import Protocol

from numjac.result import Array

__all__ = ["NOTHING", "Structured"]


# The row of a gather that takes nothing.
NOTHING = -1


class Structured(Protocol):
    """
    A matrix [m, n] that knows how it is made.

    Attributes
    ----------
    shape : tuple of int
        Rows m and columns n.
    nnz : int
        Multiplications that a product with one vector takes, which is what directions are chosen by.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def nnz(self) -> int:
        """Entries that may differ from zero."""

    def forward(self, T: Array) -> Array:
        """Tangents T [k, n] to A T' [k, m], a seed in each row."""

    def backward(self, U: Array) -> Array:
        """Cotangents U [k, m] to U A [k, n]."""
