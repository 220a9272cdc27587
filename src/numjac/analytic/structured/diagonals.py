# SPDX-License-Identifier: BSD-3-Clause
"""Matrices that multiply entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

import numjac._tape as _tape
from numjac.result import Array

__all__ = ["Diagonal", "Scaled", "Select", "Zero", "times"]


@dataclass(slots=True)
class Zero:
    """Nothing depends on anything."""

    shape: tuple[int, int]
    nnz = 0

    def forward(self, T: Array) -> Array:
        """Zeros."""
        return np.zeros((len(T), self.shape[0]), T.dtype)

    def backward(self, U: Array) -> Array:
        """Zeros."""
        return np.zeros((len(U), self.shape[1]), U.dtype)


@dataclass(slots=True)
class Scaled:
    """The identity [n, n] times a number."""

    n: int
    by: complex = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.n, self.n

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return self.n

    def forward(self, T: Array) -> Array:
        """Times the number; the identity itself hands on what it is given."""
        return T if self.by == 1.0 else self.by * T

    backward = forward


@dataclass(slots=True)
class Diagonal:
    """D(w): an elementwise function."""

    w: Array

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.w.size, self.w.size

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return int(self.w.size)

    def forward(self, T: Array) -> Array:
        """Entry by entry."""
        product: Array = times(T, self.w)
        return product

    backward = forward


@dataclass(slots=True)
class Select:
    """A diagonal of zeros and ones, where a zero takes nothing, not even from NaN: the branches of ``where``."""

    mask: npt.NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int]:
        """It is square."""
        return self.mask.size, self.mask.size

    @property
    def nnz(self) -> int:
        """One entry a row."""
        return int(self.mask.size)

    def forward(self, T: Array) -> Array:
        """What is selected."""
        return np.where(self.mask, T, 0)

    backward = forward


def _finite(w: Any) -> bool:
    """Whether weights are finite."""
    if type(w) is float:
        return isfinite(w)
    if isinstance(w, np.ndarray) and w.dtype == np.float64 and w.flags.c_contiguous:
        return bool(_tape.finite(w))
    return bool(np.isfinite(w).all())


def times(T: Any, w: Any) -> Any:
    """T w, where nothing times infinity or NaN is nothing: a branch that is not taken may have any slope."""
    if type(w) is float and w == 1.0:
        return T
    product = T * w
    return product if _finite(product) else np.where((T == 0) | (w == 0), 0.0, product)
