# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3
"""A function in the words of numjac.h: its type is checked by the compiler, and nobody has to spell a signature."""

from numjac.numjac cimport numjac_fn


cdef api int oscillator(size_t n, const double *x, size_t m, double *y, void *data) noexcept nogil:
    y[0] = x[1]
    y[1] = -3 * x[0] - x[0] ** 3
    return 0


cdef numjac_fn checked = oscillator
