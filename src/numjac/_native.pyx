# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True
"""
The door to C for functions that are compiled themselves.

They are called without the GIL, on many threads; the calling thread takes it now and then to see whether there is a
signal (Ctrl-C). Arrays are checked, codes become exceptions; nothing is computed here.
"""

cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_IsValid
from libc.math cimport INFINITY, fabs, isfinite
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from numjac.numjac cimport *

from time import perf_counter

import numpy as np

import numjac._core as _core
from numjac.errors import ShapeError, StatusError, StepError

cnp.import_array()

SIZES, DATA, STATUS = NUMJAC_SIZES, NUMJAC_DATA, NUMJAC_STATUS

# Work of which the crew hears, in seconds.
cdef double WORTH = 1e-4


def capsule(object made):
    """The address in a PyCapsule, its name, and its context."""
    cdef const char *name = PyCapsule_GetName(made)
    if not PyCapsule_IsValid(made, name):
        raise ValueError("not a valid capsule")
    return (<uintptr_t> PyCapsule_GetPointer(made, name), "" if name == NULL else name.decode(),
            <uintptr_t> PyCapsule_GetContext(made))


def release_threads():
    """Let go of all threads, so that a fork is safe."""
    with nogil:
        numjac_release_threads()


@cython.final
cdef class Pointer:
    """
    A compiled function.

    Parameters
    ----------
    address, data : int
        Where it is, and what it is handed.
    has : int
        What its signature has: SIZES, DATA, STATUS, or-ed.
    of_complex : bool
        Its numbers are complex.
    owner : object
        What has to live as long as it is called.
    """

    cdef numjac_foreign foreign
    cdef numjac_function function
    cdef readonly bint of_complex
    cdef object owner

    def __init__(self, uintptr_t address, int has, bint of_complex, uintptr_t data, owner):
        self.foreign.function = <void (*)() noexcept> address
        self.foreign.data = <void *> data
        self.foreign.parts = 2 if of_complex else 1
        self.of_complex, self.owner = of_complex, owner
        if numjac_adapt(&self.foreign, has, &self.function):
            raise ValueError("no function at address 0" if not address else f"no such signature: {has}")


cdef int poll(void *context) noexcept nogil:
    """Whether there was a signal whose handler has raised something."""
    with gil:
        try:
            PyErr_CheckSignals()
        except BaseException as raised:
            (<Native> context).raised = raised
            return 1
    return 0


cdef cnp.ndarray doubles_of(cnp.ndarray array, int typenum, Py_ssize_t size, str name):
    if (cnp.PyArray_TYPE(array) != typenum or cnp.PyArray_SIZE(array) != size
            or not cnp.PyArray_ISCARRAY_RO(array)):
        raise TypeError(f"{name}: found {array.dtype} of shape {(<object> array).shape}, expected {size} contiguous "
                        f"elements of type number {typenum}")
    return array


cdef bint finite(cnp.ndarray value):
    """Whether all of an array of doubles are finite."""
    cdef const double *element = <const double *> cnp.PyArray_DATA(value)
    cdef Py_ssize_t i
    for i in range(cnp.PyArray_SIZE(value)):
        if not isfinite(element[i]):
            return False
    return True


@cython.final
cdef class Native:
    """
    A compiled function at one point, with the verbs of an evaluator.

    Parameters
    ----------
    pointer : Pointer
        The function; of complex numbers if the point is complex.
    shape : tuple of int
        The shape of f(x).
    point : ndarray
        The point, float64 or complex128, contiguous; private to this object.
    threads : Crew
        ``threads(calls, seconds)``: how many threads so many calls are worth, of which each takes so long; and
        ``threads.rested(count)`` hears of it when they have worked.
    where : callable
        ``where(point, entry, at)``: the place of an evaluation in words, for messages.
    reasons : dict
        What some status means, in words.
    real : ndarray, optional
        Take the complex step instead: ``point`` is complex, ``real`` is f at its real part.

    Attributes
    ----------
    value, dtype, calls, drift
        As of every evaluator.
    """

    cdef Pointer pointer
    cdef tuple shape
    cdef object threads, where
    cdef dict reasons           # what a status means
    cdef object raised          # what a signal handler has raised
    cdef readonly cnp.ndarray point
    cdef readonly cnp.ndarray value
    cdef readonly object dtype
    cdef readonly Py_ssize_t calls
    cdef readonly double drift, seconds
    cdef bint imaginary
    cdef Py_ssize_t n, m        # in doubles

    def __init__(self, Pointer pointer, tuple shape, cnp.ndarray point, threads, where, dict reasons, real=None):
        cdef Py_ssize_t parts = 2 if cnp.PyArray_TYPE(point) == cnp.NPY_CDOUBLE else 1
        if cnp.PyArray_TYPE(point) != (cnp.NPY_CDOUBLE if pointer.of_complex else cnp.NPY_DOUBLE):
            raise TypeError(f"point: found {point.dtype}, expected complex numbers: {pointer.of_complex}")
        self.pointer, self.shape, self.threads, self.where, self.point = pointer, shape, threads, where, point
        self.n = parts * cnp.PyArray_SIZE(point)
        self.m = parts
        for axis in shape:
            self.m *= axis
        self.reasons, self.imaginary = reasons, real is not None
        self.value = real
        self.dtype = np.dtype(np.complex128 if pointer.of_complex else np.float64)

    cpdef evaluate(self):
        """f at the point itself: sets ``value``, and how long one call takes."""
        cdef cnp.ndarray y = np.empty(self.shape, self.dtype)
        cdef double begun = perf_counter()
        self.run(1, <const double *> cnp.PyArray_DATA(self.point), <double *> cnp.PyArray_DATA(y), None, 0)
        self.seconds = perf_counter() - begun
        self.value = y

    def know(self, y):
        """Take y for f(x): it is copied."""
        found = np.array(y, self.dtype, order="C")
        if (<object> found).shape != self.shape:
            raise ShapeError(f"f0 has shape {(<object> found).shape}, expected {self.shape}")
        self.value = found

    def at(self, cnp.ndarray x):
        """f at another point, given like the point itself; a private copy."""
        return self.many(x.reshape(1, -1), None)[0].reshape(self.shape)

    def many(self, cnp.ndarray X, where):
        """f at the points in the rows of X, flattened, in rows; ``where(row)`` is the place of a point in words."""
        cdef Py_ssize_t count = cnp.PyArray_DIM(X, 0)
        cdef int typenum = cnp.PyArray_TYPE(self.point)
        doubles_of(X, typenum, count * cnp.PyArray_SIZE(self.point), "X")
        cdef cnp.ndarray Y = np.empty((count, self.m // (2 if typenum == cnp.NPY_CDOUBLE else 1)), self.dtype)
        cdef const double *x = <const double *> cnp.PyArray_DATA(X)
        cdef double *y = <double *> cnp.PyArray_DATA(Y)
        cdef Py_ssize_t first = 1 if count > 1 and self.seconds == 0 else 0
        cdef double begun = perf_counter()
        if first: # one alone tells how long one takes
            self.run(1, x, y, where, 0)
            self.seconds = perf_counter() - begun
        self.run(count - first, x + first * self.n, y + first * self.m, where, first)
        if self.imaginary:
            self.watch(Y)
        return Y

    cdef run(self, size_t count, const double *X, double *Y, where, Py_ssize_t first):
        """f at many points, the first of which has this number."""
        cdef numjac_function function = self.here()
        cdef numjac_team team = self.team(count)
        cdef numjac_outcome *outcome = <numjac_outcome *> malloc(team.threads * sizeof(numjac_outcome))
        cdef int status
        if outcome == NULL:
            raise MemoryError
        try:
            with nogil:
                status = numjac_points(&function, count, X, &team, Y, outcome)
            self.calls += count
            if team.threads > 1 or count * self.seconds > WORTH:
                self.threads.rested(team.threads)
            if status:
                self.stop(status, outcome[0].code,
                          "at the point x itself" if where is None else where(first + outcome[0].column))
        finally:
            free(outcome)

    def columns(self, cnp.ndarray stencil, cnp.ndarray nodes, entry, slot, cnp.ndarray J):
        """Fill the columns of J that the table names; the number of entries that were not finite."""
        if not self.imaginary:
            return self.fill(stencil, nodes, entry, slot, self.value, J)
        cdef cnp.ndarray both = np.empty(((<object> J).shape), np.complex128, order="F")
        cdef cnp.ndarray level = self.value.astype(np.complex128)
        self.fill(stencil, nodes, entry, slot, level, both)
        written = slice(None) if slot is None else slot
        J[:, written] = both.imag[:, written] + 0.0 # no negative zero: it would only look odd
        h = np.abs(nodes[:, 0, 0])
        gap = np.abs(both.real[:, written] * h)
        self.keep(gap[np.isfinite(self.value).reshape(-1)])
        return np.isnan(J[:, written]).sum()

    def swept(self, cnp.ndarray stencil, double step):
        """All columns with steps in proportion to x: J, f(x), and the number of entries that were not finite."""
        cdef cnp.ndarray h = _core.steps(self.point, None, step)
        cdef cnp.ndarray J = _core.matrix(self.value, cnp.PyArray_SIZE(h))
        nonfinite = self.fill(stencil, _core.nodes(self.point, h, None, stencil), None, None, self.value, J)
        if not finite(self.value): # no slope where f has no value
            J[~np.isfinite(self.value).reshape(-1)] = np.nan
            nonfinite = np.isnan(J).sum()
        return J, self.value, nonfinite

    cdef Py_ssize_t fill(self, cnp.ndarray stencil, cnp.ndarray nodes, entry, slot, cnp.ndarray value,
                         cnp.ndarray J) except -1:
        """The columns of J, whose numbers are those of f."""
        cdef bint of_complex = self.pointer.of_complex
        cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0), count = cnp.PyArray_DIM(nodes, 0), nonfinite
        cdef double begun
        if self.seconds == 0 and count > 1: # one alone tells how long one takes
            entry, slot = (np.arange(count) if wanted is None else wanted for wanted in (entry, slot))
            begun = perf_counter()
            nonfinite = self.fill(stencil, nodes[:1], entry[:1], slot[:1], value, J)
            self.seconds = (perf_counter() - begun) / quotients
            return nonfinite + self.fill(stencil, nodes[1:], entry[1:], slot[1:], value, J)
        if of_complex: # the entry that moves is the real or the imaginary part of a complex number
            entry = 2 * (np.arange(count) if entry is None else entry) + self.imaginary
        cdef numjac_table table
        doubles_of(stencil, cnp.NPY_DOUBLE, 3 * quotients, "stencil")
        doubles_of(nodes, cnp.NPY_DOUBLE, 2 * count * quotients, "nodes")
        table.quotients, table.count = quotients, count
        table.stencil = <numjac_quotient *> cnp.PyArray_DATA(stencil)
        table.nodes = <numjac_pair *> cnp.PyArray_DATA(nodes)
        table.entry = table.slot = NULL
        if entry is not None:
            table.entry = <ptrdiff_t *> cnp.PyArray_DATA(doubles_of(entry, cnp.NPY_INTP, count, "entry"))
        if slot is not None:
            table.slot = <ptrdiff_t *> cnp.PyArray_DATA(doubles_of(slot, cnp.NPY_INTP, count, "slot"))
        if (cnp.PyArray_DIM(J, 0) * (2 if of_complex else 1) != self.m or not cnp.PyArray_ISFARRAY(J)
                or cnp.PyArray_TYPE(J) != cnp.PyArray_TYPE(value)):
            raise TypeError(f"J: found {J.dtype} of shape {(<object> J).shape}, expected columns like f(x)")
        cdef numjac_function function = self.here()
        function.value = <const double *> cnp.PyArray_DATA(value)
        cdef size_t calls = count * numjac_samples(table.quotients, table.stencil), size = 0
        cdef numjac_team team = self.team(calls)
        if team.threads > <size_t> count:
            team.threads = max(1, count)
        if numjac_columns_work(function.n, function.m, team.threads, &size):
            raise MemoryError
        cdef double *work = <double *> malloc((size + 1) * sizeof(double))
        cdef numjac_outcome *outcome = <numjac_outcome *> malloc(team.threads * sizeof(numjac_outcome))
        cdef double *columns = <double *> cnp.PyArray_DATA(J)
        cdef size_t width = cnp.PyArray_DIM(J, 1)
        cdef int status
        try:
            if work == NULL or outcome == NULL:
                raise MemoryError
            with nogil:
                status = numjac_columns(&function, &table, &team, work, width, columns, outcome)
            self.calls += calls
            if team.threads > 1 or calls * self.seconds > WORTH:
                self.threads.rested(team.threads)
            if status:
                column = outcome[0].column if status != NUMJAC_INTERRUPTED else 0
                column = column if table.entry == NULL else table.entry[column]
                self.stop(status, outcome[0].code,
                          self.where(self.point, column // (2 if of_complex else 1), outcome[0].at))
            return outcome[0].nonfinite
        finally:
            free(work)
            free(outcome)

    def compressed(self, groups, cnp.ndarray stencil, cnp.ndarray nodes, cnp.ndarray slope):
        """Fill the slopes of groups of columns; the number of those that were not finite."""
        cdef cnp.ndarray value = self.value.astype(np.complex128) if self.imaginary else self.value
        cdef cnp.ndarray parts = np.empty(groups.sizes[3]) if self.imaginary else slope
        cdef Py_ssize_t nonfinite = self.fill_groups(groups, stencil, nodes, value, parts)
        if not self.imaginary:
            return nonfinite
        # Real and imaginary parts of a stored entry lie side by side.
        slope[:] = parts[1::2] + 0.0 # no negative zero: it would only look odd
        self.keep(np.abs(parts[::2] * nodes[groups.columns[::2], 0, 0]))
        return np.isnan(slope).sum()

    cdef Py_ssize_t fill_groups(self, groups, cnp.ndarray stencil, cnp.ndarray nodes, cnp.ndarray value,
                                cnp.ndarray slope) except -1:
        if type(groups) is not _core.Groups or groups.sizes[:2] != (self.n, self.m):
            raise TypeError(f"groups {groups!r}, expected some of {self.n} and {self.m} doubles")
        cdef uintptr_t address = groups.address
        cdef numjac_groups table = (<const numjac_groups *> address)[0]
        cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0)
        doubles_of(stencil, cnp.NPY_DOUBLE, 3 * quotients, "stencil")
        doubles_of(nodes, cnp.NPY_DOUBLE, 2 * quotients * groups.sizes[2], "nodes")
        doubles_of(slope, cnp.NPY_DOUBLE, groups.sizes[3], "slope")
        table.quotients = quotients
        table.stencil = <numjac_quotient *> cnp.PyArray_DATA(stencil)
        table.nodes = <numjac_pair *> cnp.PyArray_DATA(nodes)
        cdef numjac_function function = self.here()
        function.value = <const double *> cnp.PyArray_DATA(value)
        cdef size_t calls = table.groups * numjac_samples(table.quotients, table.stencil), size = 0
        cdef numjac_team team = self.team(calls)
        if team.threads > table.groups:
            team.threads = max(1, table.groups)
        if numjac_columns_work(function.n, function.m, team.threads, &size):
            raise MemoryError
        cdef double *work = <double *> malloc((size + 1) * sizeof(double))
        cdef numjac_outcome *outcome = <numjac_outcome *> malloc(team.threads * sizeof(numjac_outcome))
        cdef double *slopes = <double *> cnp.PyArray_DATA(slope)
        cdef int status
        try:
            if work == NULL or outcome == NULL:
                raise MemoryError
            with nogil:
                status = numjac_compressed(&function, &table, &team, work, slopes, outcome)
            self.calls += calls
            if team.threads > 1 or calls * self.seconds > WORTH:
                self.threads.rested(team.threads)
            if status:
                self.stop(status, outcome[0].code,
                          groups.where(outcome[0].column if status != NUMJAC_INTERRUPTED else 0))
            return outcome[0].nonfinite
        finally:
            free(work)
            free(outcome)

    cdef numjac_function here(self):
        """The function as the core knows it, at the point."""
        cdef numjac_function function = self.pointer.function
        function.n, function.m = self.n, self.m
        function.x = <const double *> cnp.PyArray_DATA(self.point)
        function.value = NULL
        return function

    cdef numjac_team team(self, size_t calls):
        """Who works off so many calls."""
        cdef numjac_team team
        team.threads = 1 if calls < 2 else self.threads(calls, self.seconds)
        team.poll, team.context = poll, <void *> self
        return team

    cdef stop(self, int status, int code, str place):
        """What became of a call that did not end well, as an exception."""
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised
        if status == NUMJAC_STOPPED:
            meaning = f": {self.reasons[code]}" if code in self.reasons else ""
            error = StatusError(f"f returned the status {code}{meaning} (f was called {place})")
            error.status = code
            raise error
        raise RuntimeError(numjac_message(status).decode())

    cdef watch(self, cnp.ndarray Y):
        """Keep how far the real parts of a complex step went from f(x)."""
        flat = self.value.reshape(-1)
        there = np.isfinite(flat)
        self.keep(np.abs(Y.real[:, there] - flat[there]))

    cdef keep(self, gap):
        cdef double most = np.max(np.where(np.isnan(gap), np.inf, gap), initial=0.0)
        self.drift = max(self.drift, most)
