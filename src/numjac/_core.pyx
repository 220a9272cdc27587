# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True
"""
The door to C.

Arrays are checked, the core is called, its codes become exceptions; nothing is computed here. What is passed in
comes from numjac itself, so a check that fails is a fault of numjac and is raised as a plain TypeError.
"""

cimport cython
cimport numpy as cnp
from cpython.exc cimport PyErr_CheckSignals
from cpython.ref cimport PyObject
from libc.math cimport INFINITY, fabs, isfinite
from libc.stdint cimport int32_t, uintptr_t
from libc.string cimport memcpy

from numjac.numjac cimport *

import numpy as np

from numjac.errors import NotAnalyticError, ShapeError, StepError, locate
from numjac.formats import FLOAT64, check_format

cnp.import_array()

cdef extern from *:
    """
    #ifndef NUMJAC_COMPILER
    #define NUMJAC_COMPILER "unknown"
    #endif
    """
    const char *NUMJAC_COMPILER

cdef extern from "Python.h":
    object PyObject_CallFunctionObjArgs(object, PyObject *, void *)

cdef extern from "numpy/arrayobject.h":
    bint PyArray_CheckExact(object)
    cnp.ndarray PyArray_EMPTY(int, const cnp.npy_intp *, int, bint) # always an array: no type to be looked at


# ---------------------------------------------------------------------------------------------- arrays

cdef void *data(cnp.ndarray array, int typenum, Py_ssize_t size, str name) except? NULL:
    """The address of an array that has this type, this size, and one element behind the other."""
    if (cnp.PyArray_TYPE(array) != typenum or cnp.PyArray_SIZE(array) != size
            or not cnp.PyArray_ISCARRAY_RO(array)):
        raise TypeError(f"{name}: found {array.dtype} of shape {(<object> array).shape}, expected {size} contiguous "
                        f"elements of type number {typenum}")
    return cnp.PyArray_DATA(array)


cdef double *doubles(cnp.ndarray array, Py_ssize_t size, str name) except? NULL:
    return <double *> data(array, cnp.NPY_DOUBLE, size, name)


cdef const ptrdiff_t *indices(object array, Py_ssize_t size, str name) except? NULL:
    """The address of an array of indices; None is the list 0, 1, 2, ..."""
    return NULL if array is None else <const ptrdiff_t *> data(array, cnp.NPY_INTP, size, name)


@cython.final
cdef class Groups:
    """
    Columns that are sampled together, with what is stored of them; checked once, for good.

    Parameters
    ----------
    n, m : int
        The doubles of x and of f(x).
    first : ndarray of intp
        [groups + 1] where the columns of a group begin.
    entry : ndarray of intp
        [columns] the double of x that a column moves.
    start : ndarray of intp
        [groups + 1] where the stored entries of a group begin.
    row, column : ndarray of int32
        [entries] the double of f(x) that a stored entry is of, and its column.
    """

    cdef numjac_groups table
    cdef size_t n, m
    cdef tuple arrays

    def __init__(self, Py_ssize_t n, Py_ssize_t m, first, entry, start, row, column):
        first, entry, start = (np.array(a, np.intp) for a in (first, entry, start))
        row, column = (np.array(a, np.int32) for a in (row, column))
        self.arrays, self.n, self.m = (first, entry, start, row, column), n, m
        if first.size < 1 or start.size != first.size or entry.size != first[-1] or row.size != start[-1]:
            raise TypeError(f"groups of {first.size}, {start.size}, {entry.size}, {row.size} numbers do not fit")
        self.table.groups = first.size - 1
        self.table.first, self.table.entry = indices(first, first.size, "first"), indices(entry, entry.size, "entry")
        self.table.start = indices(start, start.size, "start")
        self.table.row = <int32_t *> data(row, cnp.NPY_INT32, row.size, "row")
        self.table.column = <int32_t *> data(column, cnp.NPY_INT32, row.size, "column")
        check(numjac_check_groups(n, m, &self.table))

    def __len__(self):
        return self.table.groups

    def __reduce__(self):
        return Groups, (self.n, self.m, *self.arrays)

    @property
    def address(self):
        """Where the table is, for another door to C."""
        return <uintptr_t> &self.table

    @property
    def columns(self):
        """The column of each stored entry."""
        return self.arrays[4]

    @property
    def sizes(self):
        """The doubles of x and f(x), the columns, and the stored entries."""
        return self.n, self.m, self.table.first[self.table.groups], self.table.start[self.table.groups]

    cdef numjac_groups sampled(self, size_t n, size_t m, cnp.ndarray stencil, cnp.ndarray nodes) except *:
        """The groups of a function of these sizes, with their nodes [columns, quotients, 2]."""
        cdef numjac_groups table = self.table
        cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0)
        if n != self.n or m != self.m:
            raise TypeError(f"groups for {self.n} and {self.m} doubles, found {n} and {m}")
        table.quotients = quotients
        table.stencil = <numjac_quotient *> doubles(stencil, 3 * quotients, "stencil")
        table.nodes = <numjac_pair *> doubles(nodes, 2 * table.first[table.groups] * quotients, "nodes")
        return table

    cdef double *room(self, cnp.ndarray slope) except? NULL:
        """The address of the slopes."""
        return doubles(slope, self.table.start[self.table.groups], "slope")

    def move(self, Py_ssize_t g, Py_ssize_t q, bint down, cnp.ndarray stencil, cnp.ndarray nodes, cnp.ndarray x):
        """Move a group in x, float64 [n]."""
        cdef numjac_groups table = self.sampled(self.n, self.m, stencil, nodes)
        self.inside(g, q, table.quotients)
        numjac_move_group(&table, g, q, down, doubles(x, self.n, "x"))

    def slopes(self, Py_ssize_t g, Py_ssize_t q, cnp.ndarray stencil, cnp.ndarray nodes, cnp.ndarray upper,
               cnp.ndarray lower, cnp.ndarray slope):
        """Add what a quotient says, from samples float64 [m]; the number of slopes that became NaN."""
        cdef numjac_groups table = self.sampled(self.n, self.m, stencil, nodes)
        self.inside(g, q, table.quotients)
        return numjac_group_slopes(&table, g, q, doubles(upper, self.m, "upper"), doubles(lower, self.m, "lower"),
                                   self.room(slope))

    cdef int inside(self, Py_ssize_t g, Py_ssize_t q, Py_ssize_t quotients) except -1:
        if not (0 <= g < <Py_ssize_t> self.table.groups and 0 <= q < quotients):
            raise TypeError(f"group {g}, quotient {q}: there are {self.table.groups} and {quotients}")
        return 0

    def where(self, Py_ssize_t g):
        """The place of an evaluation in words."""
        columns = self.arrays[1][self.arrays[0][g]:self.arrays[0][g + 1]]
        listed = ", ".join(map(str, columns[:5]))
        return f"with {columns.size} columns moved at once: {listed}{', ...' if columns.size > 5 else ''}"


def decompress(cnp.ndarray slope, cnp.ndarray source):
    """slope[source], float64."""
    cdef Py_ssize_t count = cnp.PyArray_SIZE(source), size = cnp.PyArray_SIZE(slope)
    cdef cnp.ndarray result = vector(count)
    cdef const double *have = doubles(slope, size, "slope")
    cdef const ptrdiff_t *index = <const ptrdiff_t *> data(source, cnp.NPY_INTP, count, "source")
    cdef double *to = <double *> cnp.PyArray_DATA(result)
    cdef int status
    with nogil:
        status = numjac_decompress(count, index, size, have, to)
    check(status)
    return result


def stray(cnp.ndarray row, cnp.ndarray column, cnp.ndarray entries, cnp.ndarray w, cnp.ndarray slope, cnp.ndarray slack,
          double part):
    """Whether stored entries, times w, miss a slope [m] by more than its slack and this part of their terms."""
    cdef Py_ssize_t m = cnp.PyArray_SIZE(slope), count = cnp.PyArray_SIZE(entries), n = cnp.PyArray_SIZE(w)
    cdef numjac_entries of
    of.count, of.data = count, doubles(entries, count, "entries")
    of.row = <const int32_t *> data(row, cnp.NPY_INT32, count, "row")
    of.column = <const int32_t *> data(column, cnp.NPY_INT32, count, "column")
    cdef const double *v = doubles(w, n, "w")
    cdef const double *s = doubles(slope, m, "slope")
    cdef const double *e = doubles(slack, m, "slack")
    cdef cnp.ndarray room = vector(2 * m)
    cdef double *work = <double *> cnp.PyArray_DATA(room)
    cdef size_t found = 0
    cdef int status
    with nogil:
        status = numjac_stray(m, n, &of, v, s, e, part, work, &found)
    check(status)
    return found < <size_t> m


def repeated(cnp.ndarray start, cnp.ndarray index, Py_ssize_t size):
    """Whether one of the lists index[start[l]:start[l + 1]] holds a number < size twice."""
    cdef Py_ssize_t lists = cnp.PyArray_SIZE(start) - 1
    cdef const ptrdiff_t *begin = indices(start, lists + 1, "start")
    if begin[0] or (np.diff(start) < 0).any():
        raise TypeError("start does not count upward from 0")
    cdef const int32_t *number = <const int32_t *> data(index, cnp.NPY_INT32, begin[lists], "index")
    if begin[lists] and not 0 <= index.min() <= index.max() < size:
        raise TypeError(f"an index lies outside of 0 to {size - 1}")
    cdef cnp.ndarray seen = np.empty(size, np.intp)
    return bool(numjac_repeated(lists, begin, number, size, <ptrdiff_t *> cnp.PyArray_DATA(seen)))


cdef numjac_table table_of(cnp.ndarray stencil, cnp.ndarray nodes, object entry, object slot) except *:
    """stencil [quotients, 3], nodes [count, quotients, 2], entry and slot [count] or None."""
    cdef numjac_table table
    cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0), count = cnp.PyArray_DIM(nodes, 0)
    table.quotients = quotients
    table.stencil = <numjac_quotient *> doubles(stencil, 3 * quotients, "stencil")
    table.count = count
    table.entry = indices(entry, count, "entry")
    table.slot = indices(slot, count, "slot")
    table.nodes = <numjac_pair *> doubles(nodes, 2 * count * quotients, "nodes")
    return table


cdef void *columns_of(cnp.ndarray J, cnp.ndarray value) except? NULL:
    """The address of the columns of J, which have a row for each element of f(x), in its number format."""
    if cnp.PyArray_DIM(J, 0) != cnp.PyArray_SIZE(value) or cnp.PyArray_TYPE(J) != cnp.PyArray_TYPE(value):
        raise TypeError(f"J: found {J.dtype} {(<object> J).shape}, expected {value.dtype}, {value.size} rows")
    if not cnp.PyArray_ISFARRAY(J):
        raise TypeError("J: expected one column behind the other, aligned and writeable")
    return cnp.PyArray_DATA(J)


cpdef cnp.ndarray matrix(cnp.ndarray value, Py_ssize_t width):
    """Room for a Jacobian, column by column: a row for each element of f(x), in its number format."""
    cdef cnp.npy_intp *shape = [cnp.PyArray_SIZE(value), width]
    return PyArray_EMPTY(2, shape, cnp.PyArray_TYPE(value), True)


cdef cnp.ndarray vector(Py_ssize_t size):
    cdef cnp.npy_intp length = size
    return PyArray_EMPTY(1, &length, cnp.NPY_DOUBLE, False)


cdef cnp.ndarray copied(const void *elements, cnp.ndarray like):
    """Elements, one behind the other, in a new array of the shape and type of another."""
    cdef cnp.ndarray copy = PyArray_EMPTY(cnp.PyArray_NDIM(like), cnp.PyArray_DIMS(like), cnp.PyArray_TYPE(like), False)
    memcpy(cnp.PyArray_DATA(copy), elements, cnp.PyArray_NBYTES(copy))
    return copy


cdef bint finite(cnp.ndarray value):
    """Whether all elements of an array of doubles, or pairs of doubles, are finite."""
    cdef const double *element = <const double *> cnp.PyArray_DATA(value)
    cdef Py_ssize_t i
    for i in range(cnp.PyArray_NBYTES(value) // <Py_ssize_t> sizeof(double)):
        if not isfinite(element[i]):
            return False
    return True


def aside(row):
    """The place of an evaluation at which nothing but x is known to be near."""
    return "beside the point x, with several entries moved"


cdef int check(int status) except -1:
    """A status that only a fault of numjac can cause, as an exception."""
    if status:
        raise RuntimeError(numjac_message(status).decode())
    return 0


# ------------------------------------------------------------------------------------- steps and nodes

cpdef cnp.ndarray steps(cnp.ndarray x, scale, double relative):
    """Steps in proportion to x, float64 [n]; scale is None or float64 [n]."""
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x)
    cdef cnp.ndarray h = vector(n)
    cdef const double *typical = NULL if scale is None else doubles(scale, n, "scale")
    numjac_steps(n, doubles(x, n, "x"), typical, relative, doubles(h, n, "h"))
    return h


cpdef cnp.ndarray nodes(cnp.ndarray x, cnp.ndarray h, entry, cnp.ndarray stencil):
    """
    The nodes [count, quotients, 2] of columns with the steps h [count].

    A step that x can not take is a StepError; its attribute ``overflow`` tells which of the two ways it failed.
    """
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x), count = cnp.PyArray_SIZE(h)
    cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0)
    cdef cnp.npy_intp *shape = [count, quotients, 2]
    cdef cnp.ndarray result = PyArray_EMPTY(3, shape, cnp.NPY_DOUBLE, False)
    cdef const ptrdiff_t *list = indices(entry, count, "entry")
    cdef size_t column = 0
    cdef int status = numjac_nodes(
        n, doubles(x, n, "x"), count, list, doubles(h, count, "h"), quotients,
        <numjac_quotient *> doubles(stencil, 3 * quotients, "stencil"),
        <numjac_pair *> doubles(result, 2 * count * quotients, "nodes"), &column)
    if status == NUMJAC_NO_STEP or status == NUMJAC_NO_NUMBER:
        j = column if list == NULL else list[column]
        error = StepError(f"{numjac_message(status).decode()}: step {h[column]:.17g} at x[{j}] = {x.flat[j]:.17g}")
        error.overflow = status == NUMJAC_NO_NUMBER
        raise error
    check(status)
    return result


# ------------------------------------------------------------------------------- a Python function in C

@cython.final
cdef class Callback:
    """
    A Python function as the C core calls it.

    Nothing is taken on trust. Every evaluation is handed a fresh array, so that f may keep it, return it or write
    into it; what f returns is copied at once, so that f may use the same memory again; its shape and kind are
    compared with those of f(x) each time.

    Parameters
    ----------
    f : callable
        Called as ``f(x, *args, **kwargs)``.
    point : ndarray
        The point, C-contiguous, in the shape and dtype that f is given; private to this object.
    scalar : bool
        Give f a NumPy scalar instead of a 0-d array.
    convert : callable
        ``convert(y)``: what f returned as an array of numbers; asked whenever that is not plain.
    where : callable
        ``where(point, entry, at)``: the place of an evaluation in words, for messages.
    real : ndarray, optional
        Take the complex step instead: ``point`` is complex, ``real`` is f at its real part, and the samples are
        the imaginary parts of f.
    """

    cdef object f, convert, where
    cdef tuple args
    cdef dict kwargs
    cdef readonly cnp.ndarray point
    cdef cnp.ndarray x          # the point in doubles
    cdef readonly cnp.ndarray value # f(x), float64 or complex128, C-contiguous, private
    cdef readonly object dtype  # what f(x) came in
    cdef readonly Py_ssize_t calls
    cdef readonly double drift  # complex step: the largest |Re f(x + ih) - f(x)|
    cdef bint scalar, cast, imaginary
    cdef bint direct            # f is handed a fresh array as it is, and nothing else
    cdef bint taking            # f has returned: an error is ours

    def __init__(self, f, tuple args, dict kwargs, cnp.ndarray point, bint scalar, convert, where, real=None):
        cdef int typenum = cnp.PyArray_TYPE(point)
        self.f, self.args, self.kwargs = f, args, kwargs
        self.point, self.scalar, self.convert, self.where = point, scalar, convert, where
        self.cast = typenum != cnp.NPY_DOUBLE and typenum != cnp.NPY_CDOUBLE
        self.x = point.astype(np.complex128 if point.dtype.kind == "c" else np.float64) if self.cast else point
        self.direct = not (self.cast or scalar or args or kwargs)
        self.imaginary = real is not None
        self.value = real

    cpdef evaluate(self):
        """f at the point itself: sets ``value`` and ``dtype``, which the samples are compared with."""
        try:
            y = self.numbers(self.call(<const double *> cnp.PyArray_DATA(self.x)))
        except Exception as error:
            locate(error, "at the point x itself", self.taking)
            raise
        self.know(y)

    cpdef know(self, cnp.ndarray y):
        """Take y for f(x): it is copied."""
        cdef bint of_complex = cnp.PyArray_TYPE(self.x) == cnp.NPY_CDOUBLE
        self.dtype = y.dtype
        if cnp.PyArray_ISCARRAY_RO(y) and cnp.PyArray_TYPE(y) == (cnp.NPY_CDOUBLE if of_complex else cnp.NPY_DOUBLE):
            self.value = copied(cnp.PyArray_DATA(y), y)
        else:
            self.value = np.array(y, np.complex128 if of_complex or y.dtype.kind == "c" else np.float64, order="C")

    def at(self, cnp.ndarray x):
        """f at another point, given like the point itself in float64 or complex128; a private copy."""
        return self.many(x.reshape(1, -1), aside)[0].reshape((<object> self.value).shape)

    def many(self, cnp.ndarray X, where):
        """
        f at other points.

        Parameters
        ----------
        X : ndarray
            One flattened point in each row, in float64 or complex128 like the point itself.
        where : callable
            ``where(row)``: the place of an evaluation in words, for messages.

        Returns
        -------
        ndarray
            What f returned, flattened, in rows.
        """
        cdef Py_ssize_t row = 0, count = cnp.PyArray_DIM(X, 0), n = cnp.PyArray_SIZE(self.x)
        cdef int typenum = cnp.PyArray_TYPE(self.x)
        cdef cnp.npy_intp *shape = [count, cnp.PyArray_SIZE(self.value)]
        cdef Py_ssize_t width = n * (2 if typenum == cnp.NPY_CDOUBLE else 1)
        cdef const double *points = <const double *> data(X, typenum, count * n, "X")
        cdef cnp.ndarray y, Y = PyArray_EMPTY(
            2, shape, cnp.NPY_CDOUBLE if self.imaginary else cnp.PyArray_TYPE(self.value), False)
        cdef char *there = <char *> cnp.PyArray_DATA(Y)
        try:
            for row in range(count):
                y = self.like_value(self.call(points + row * width))
                memcpy(there + row * cnp.PyArray_NBYTES(y), cnp.PyArray_DATA(y), cnp.PyArray_NBYTES(y))
                if self.imaginary:
                    self.watch(cnp.PyArray_SIZE(y), <const double *> cnp.PyArray_DATA(y))
        except Exception as error:
            locate(error, where(row), self.taking)
            raise
        return Y

    cpdef Py_ssize_t columns(self, cnp.ndarray stencil, cnp.ndarray nodes, entry, slot, cnp.ndarray J) except -1:
        """Fill the columns of J that the table names; the number of entries that were not finite."""
        cdef cnp.ndarray value = np.zeros((<object> self.value).shape) if self.imaginary else self.value
        cdef numjac_function function = self.in_c(value)
        cdef Py_ssize_t stride = 2 if cnp.PyArray_TYPE(self.x) == cnp.NPY_CDOUBLE else 1
        if stride == 2: # the entry that moves is the real or the imaginary part of a complex number
            entry = 2 * (np.arange(cnp.PyArray_DIM(nodes, 0)) if entry is None else entry) + self.imaginary
        cdef numjac_table table = table_of(stencil, nodes, entry, slot)
        cdef double *columns = <double *> columns_of(J, value)
        cdef numjac_outcome outcome
        cdef size_t size = 0
        check(numjac_columns_work(function.n, function.m, 1, &size))
        cdef cnp.ndarray work = vector(size)
        cdef int status
        cdef numjac_team team
        team.threads, team.poll = 1, NULL # f looks for signals itself
        try:
            status = numjac_columns_of_python(&function, &table, &team, <double *> cnp.PyArray_DATA(work),
                                    cnp.PyArray_DIM(J, 1), columns, &outcome)
        except Exception as error: # of f: the outcome says where
            column = outcome.column if table.entry == NULL else table.entry[outcome.column]
            locate(error, self.where(self.point, column // stride, outcome.at), self.taking)
            raise
        check(status)
        return outcome.nonfinite

    cpdef Py_ssize_t compressed(self, Groups groups, cnp.ndarray stencil, cnp.ndarray nodes,
                                cnp.ndarray slope) except -1:
        """Fill the slopes of groups of columns; the number of those that were not finite."""
        cdef cnp.ndarray upper, lower, value = np.zeros((<object> self.value).shape) if self.imaginary else self.value
        cdef numjac_function function = self.in_c(value)
        cdef numjac_groups table = groups.sampled(function.n, function.m, stencil, nodes)
        cdef double *room = groups.room(slope)
        cdef Py_ssize_t g, q, nonfinite = 0
        for g in range(<Py_ssize_t> table.groups):
            try:
                for q in range(<Py_ssize_t> table.quotients):
                    upper, lower = self.sampled(&table, g, q, 0), value
                    if table.stencil[q].lower != 0.0:
                        upper = copied(cnp.PyArray_DATA(upper), upper) # f may use the same memory again
                        lower = self.sampled(&table, g, q, 1)
                    nonfinite += numjac_group_slopes(&table, g, q, <const double *> cnp.PyArray_DATA(upper),
                                                     <const double *> cnp.PyArray_DATA(lower), room)
            except Exception as error:
                locate(error, groups.where(g), self.taking)
                raise
        return nonfinite

    cdef cnp.ndarray sampled(self, const numjac_groups *groups, Py_ssize_t g, Py_ssize_t q, int down):
        """What f returns where a group has moved, of a complex step the imaginary parts; it may be memory of f."""
        cdef cnp.ndarray parts, fresh = copied(cnp.PyArray_DATA(self.x), self.x)
        numjac_move_group(groups, g, q, down, <double *> cnp.PyArray_DATA(fresh))
        cdef object returned = self.invoke(fresh)
        if not self.imaginary:
            return self.like_value(returned)
        parts = vector(cnp.PyArray_SIZE(self.value))
        self.take(returned, cnp.PyArray_SIZE(parts), <double *> cnp.PyArray_DATA(parts))
        return parts

    cdef numjac_function in_c(self, cnp.ndarray value):
        """This function as the core knows it: complex numbers are pairs of doubles, `value` is f(x)."""
        cdef numjac_function function
        function.n = cnp.PyArray_SIZE(self.x) * (2 if cnp.PyArray_TYPE(self.x) == cnp.NPY_CDOUBLE else 1)
        function.m = cnp.PyArray_SIZE(value) * (2 if cnp.PyArray_TYPE(value) == cnp.NPY_CDOUBLE else 1)
        function.x = <const double *> cnp.PyArray_DATA(self.x)
        function.value = <const double *> cnp.PyArray_DATA(value)
        function.f = <numjac_fn> sample
        function.data = <void *> self
        return function

    cdef object call(self, const double *x):
        """f(x), in a fresh array."""
        return self.invoke(copied(x, self.x))

    cdef object invoke(self, cnp.ndarray fresh):
        """f of an array that is its own; a signal (Ctrl-C) is seen here even when f is not Python."""
        PyErr_CheckSignals()
        self.calls += 1
        self.taking = False
        if self.direct:
            y = PyObject_CallFunctionObjArgs(self.f, <PyObject *> fresh, NULL)
        else:
            given = fresh.astype(self.point.dtype) if self.cast else fresh
            y = self.f(given[()] if self.scalar else given, *self.args, **self.kwargs)
        self.taking = True
        return y

    cdef cnp.ndarray numbers(self, object y):
        """What f returned, as an array of numbers."""
        if PyArray_CheckExact(y) and (cnp.PyArray_TYPE(y) == cnp.NPY_DOUBLE or cnp.PyArray_TYPE(y) == cnp.NPY_CDOUBLE):
            return y
        return self.convert(y)

    cdef cnp.ndarray like_value(self, object returned):
        """What f returned, one element behind the other, in the shape and kind it had at x."""
        cdef cnp.ndarray y = self.numbers(returned), value = self.value
        cdef int wanted = cnp.NPY_CDOUBLE if self.imaginary else cnp.PyArray_TYPE(value)
        if (cnp.PyArray_NDIM(y) != cnp.PyArray_NDIM(value)
                or not cnp.PyArray_CompareLists(cnp.PyArray_DIMS(y), cnp.PyArray_DIMS(value), cnp.PyArray_NDIM(y))):
            raise ShapeError(f"f returned shape {(<object> y).shape}, expected {(<object> self.value).shape} as at x")
        if cnp.PyArray_TYPE(y) == wanted and cnp.PyArray_ISCARRAY_RO(y):
            return y
        if not self.imaginary:
            check_format(y.dtype, self.dtype)
        if self.imaginary and y.dtype.kind != "c":
            raise NotAnalyticError(f"f returned {y.dtype} for a complex argument, expected complex numbers")
        if wanted == cnp.NPY_DOUBLE and y.dtype.kind == "c":
            raise ShapeError(f"f returned {y.dtype}, expected real numbers as at x")
        return np.array(y, dtype=np.float64 if wanted == cnp.NPY_DOUBLE else np.complex128, order="C")

    cdef int take(self, object returned, size_t m, double *sample) except -1:
        """Copy what f returned into a sample; of a complex step the imaginary parts."""
        cdef cnp.ndarray y = self.like_value(returned)
        cdef const double *parts = <const double *> cnp.PyArray_DATA(y)
        cdef size_t i
        if not self.imaginary:
            memcpy(sample, parts, m * sizeof(double))
            return 0
        for i in range(m):
            sample[i] = parts[2 * i + 1] + 0.0 # no negative zero: it would only look odd
        self.watch(m, parts)
        return 0

    cdef void watch(self, size_t m, const double *parts) noexcept:
        """Keep how far the real parts of a complex step went from f(x)."""
        cdef const double *real = <const double *> cnp.PyArray_DATA(self.value)
        cdef size_t i
        cdef double gap
        for i in range(m):
            gap = fabs(parts[2 * i] - real[i])
            if not gap <= self.drift and isfinite(real[i]):
                self.drift = gap if gap == gap else INFINITY


cdef int sample(size_t n, const double *x, size_t m, double *y, void *data) except -1:
    """The function that the core calls: numjac_fn, with a Callback behind it."""
    cdef Callback self = <Callback> <PyObject *> data
    self.take(self.call(x), m, y)
    return 0


def plain(f, tuple args, dict kwargs, x, convert, where, accept, cnp.ndarray stencil, double step, coarser):
    """
    A whole Jacobian in one go, where there is nothing but x to choose the nodes by.

    The same steps, nodes and columns as by hand, without a Python object for each.

    Parameters
    ----------
    f, args, kwargs, convert, where
        As for `Callback`.
    x : object
        The point; anything but a plain array of float64 is refused before f is called.
    accept : callable
        ``accept(f_shape, x_shape)`` raises if the shape of f(x) is of no use.
    stencil : ndarray
        float64 [quotients, 3].
    step : float
        The step, in units of x, for an f that returns float64.
    coarser : callable
        ``coarser(dtype)``: the same for an f that returns this dtype.

    Returns
    -------
    tuple or None
        The columns [m, n], f(x), the number of entries that were not finite; None if x was refused.
    """
    if not (PyArray_CheckExact(x) and cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE and cnp.PyArray_ISCARRAY_RO(x)):
        return None
    cdef cnp.ndarray point = copied(cnp.PyArray_DATA(<cnp.ndarray> x), x)
    cdef Callback callback = Callback(f, args, kwargs, point, False, convert, where)
    callback.evaluate()
    accept((<object> callback.value).shape, (<object> x).shape)
    cdef cnp.ndarray h = steps(point, None, step if callback.dtype is FLOAT64 else coarser(callback.dtype))
    cdef cnp.ndarray J = matrix(callback.value, cnp.PyArray_SIZE(h))
    nonfinite = callback.columns(stencil, nodes(point, h, None, stencil), None, None, J)
    if not finite(callback.value): # no slope where f has no value
        J[~np.isfinite(callback.value).reshape(-1)] = np.nan
        nonfinite = np.isnan(J).sum()
    return J, callback.value, nonfinite


# -------------------------------------------------------------------------------- many points in one call

def samples(cnp.ndarray stencil):
    """How often f is evaluated in one column."""
    cdef Py_ssize_t quotients = cnp.PyArray_DIM(stencil, 0)
    return numjac_samples(quotients, <numjac_quotient *> doubles(stencil, 3 * quotients, "stencil"))


cdef size_t points_of(const numjac_table *table, Py_ssize_t first, Py_ssize_t last) except? 0:
    """How many points the columns first <= c < last take."""
    if not 0 <= first <= last <= <Py_ssize_t> table.count:
        raise IndexError(f"columns {first} to {last} of {table.count}")
    return <size_t> (last - first) * numjac_samples(table.quotients, table.stencil)


def fill(cnp.ndarray x, cnp.ndarray stencil, cnp.ndarray nodes, entry, Py_ssize_t first, Py_ssize_t last):
    """The points of the columns first <= c < last, float64 [n, points]."""
    cdef numjac_table table = table_of(stencil, nodes, entry, None)
    cdef Py_ssize_t n = cnp.PyArray_SIZE(x)
    cdef cnp.npy_intp *shape = [n, points_of(&table, first, last)]
    cdef cnp.ndarray X = PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, False)
    cdef const double *point = doubles(x, n, "x")
    cdef int status
    with nogil:
        status = numjac_fill(n, point, &table, first, last, <double *> cnp.PyArray_DATA(X))
    check(status)
    return X


def combine(cnp.ndarray value, cnp.ndarray stencil, cnp.ndarray nodes, slot, Py_ssize_t first, Py_ssize_t last,
            cnp.ndarray Y, cnp.ndarray J):
    """Fill columns of J from the samples Y [m, points]; the number of entries that were not finite."""
    cdef numjac_table table = table_of(stencil, nodes, None, slot)
    cdef size_t nonfinite = 0, width = cnp.PyArray_DIM(J, 1)
    cdef Py_ssize_t m = cnp.PyArray_SIZE(value)
    cdef const double *at_point = doubles(value, m, "value")
    cdef const double *samples = doubles(Y, m * points_of(&table, first, last), "Y")
    cdef double *columns = <double *> columns_of(J, value)
    cdef int status
    with nogil:
        status = numjac_combine(m, at_point, &table, first, last, samples, width, columns, &nonfinite)
    check(status)
    return nonfinite


def build():
    """What the core was built with: compiler, threads, their number."""
    return {
        "compiler": NUMJAC_COMPILER.decode(),
        "parallel": numjac_parallel_backend().decode(),
        "threads": numjac_max_threads(),
    }
