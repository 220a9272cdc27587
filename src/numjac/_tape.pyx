# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True, boundscheck=False, wraparound=False
"""
The tracer: what f is called on, so that the operations done to x are written down.

A tape belongs to one call of f. Every number that depends on x is an *element* and has a number of its own: an array
takes as many in a row as it has entries, a scalar takes one, and -1 is a constant. Operations on scalars are records in
C, with their partial derivatives; operations on arrays are nodes, which name a rule, its operands and the elements that
those are. The tape knows no derivative: rules do, and a table of slopes in C.

An array that is written to carries the number of the element in each of its places. Views share that memory as they
share the values, so that aliasing is NumPy's own.

What would take a number out of the trace (float, int, str, hash, a buffer, ...) is refused, and the tape keeps the
reason even if f catches the exception. After the call the tape is dead, and what f kept are plain values.
"""

cimport cython
cimport numpy as cnp
from libc.math cimport fabs, isfinite, pow
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy

from numjac.numjac cimport *

import gc
import numbers
import operator
import sys

import numpy as np

cnp.import_array()

cdef extern from "Python.h":
    bint PyFloat_Check(object)
    double PyFloat_AsDouble(object) except? -1.0
    bint PyLong_Check(object)
    double PyLong_AsDouble(object) except? -1.0

# Entries that may be taken out of arrays one by one, and elements of a tape.
FLOAT64 = np.dtype(np.float64)
NOTHING = {}

# Constants up to this size are copied, so that f may write into them afterwards.
COPIED = 2**16
# A copy of entries that lie farther apart than this many times their size is packed.
SCATTERED = 16
ENTRIES = 200_000
ELEMENTS = 2**31
RECORDS = 10_000_000


class Escape(TypeError):
    """A number was about to leave the trace; the kind of error that NumPy's own conversions fail with."""


include "tape/tape.pxi"
include "tape/sweeps.pxi"
include "tape/scalar.pxi"
include "tape/array.pxi"
include "tape/crossing.pxi"
include "tape/quick.pxi"
