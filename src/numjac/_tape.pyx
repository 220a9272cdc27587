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


@cython.final
cdef class Node:
    """
    One operation on arrays, or a run of records.

    Attributes
    ----------
    rule : object
        What knows its derivative; None for a run of records, and for a gather of elements.
    args, kwargs : tuple, dict
        The plain values that the function was called with; of a gather, the elements.
    parents : tuple
        Pairs (position, first element), one for each operand that is traced.
    value : ndarray or scalar
        What came out.
    first, size : int
        Its elements.
    record : int
        Of a run: its first record; otherwise -1.
    """

    cdef readonly object rule, args, kwargs, value
    cdef readonly tuple parents
    cdef readonly Py_ssize_t first, record
    cdef public Py_ssize_t size


@cython.final
cdef class Tape:
    """
    What happened to x during one call of f.

    Parameters
    ----------
    codes : dict
        Ufuncs to their codes in the table of slopes.
    smooth : dict
        Elementwise ufuncs without kinks to their rules.
    apply : callable
        ``apply(tape, function, args, kwargs)``: what a function does to tracers.
    methods : dict
        Names of array methods to functions of the array.
    second : bool
        Write down second derivatives too.
    """

    cdef numjac_record *record
    cdef double *bend # of each record the second derivatives, if they are wanted
    cdef Py_ssize_t room
    cdef readonly bint second
    cdef readonly Py_ssize_t count, next, taken
    cdef readonly list nodes
    cdef readonly dict codes, smooth, methods
    cdef readonly object apply
    cdef Node run
    cdef public bint alive, tied, kinked, looped, imaginary
    cdef public str reason
    cdef public object where
    cdef readonly uint64_t signature # of what was done, to what, and of the branches that were taken

    def __init__(self, dict codes, dict smooth, apply, dict methods, bint second=False):
        self.second = second
        self.codes, self.smooth, self.apply, self.methods = codes, smooth, apply, methods
        self.nodes = []
        self.alive = True
        self.reason = ""

    def __dealloc__(self):
        free(self.record)
        free(self.bend)

    cpdef mix(self, Py_ssize_t what):
        """Make something part of the signature (the hash of Fowler, Noll and Vo)."""
        self.signature = (self.signature ^ <uint64_t> what) * <uint64_t> 1099511628211

    cdef numjac_record *append(self) except NULL:
        """Room for one more record, whose element is the next one."""
        cdef numjac_record *more
        cdef double *bends
        cdef int i
        cdef Node run
        if self.run is None:
            run = Node.__new__(Node)
            run.first, run.record = self.next, self.count
            self.run = run
            self.nodes.append(run)
        if self.count == self.room:
            if self.count >= RECORDS:
                self.lose(f"more than {RECORDS} operations on scalars")
            self.room = 2 * self.room + 64
            more = <numjac_record *> realloc(self.record, self.room * sizeof(numjac_record))
            if more == NULL:
                raise MemoryError
            self.record = more
            if self.second:
                bends = <double *> realloc(self.bend, 3 * self.room * sizeof(double))
                if bends == NULL:
                    raise MemoryError
                self.bend = bends
        if self.second:
            for i in range(3):
                self.bend[3 * self.count + i] = 0
        self.run.size += 1
        self.count += 1
        self.next += 1
        return self.record + self.count - 1

    cdef Scalar emit(self, double value, ptrdiff_t a, double by_a, ptrdiff_t b, double by_b):
        cdef numjac_record *here = self.append()
        here.first, here.by_first, here.second, here.by_second = a, by_a, b, by_b
        self.mix(a)
        self.mix(b)
        return scalar(self, self.next - 1, value)

    cdef void bent(self, double aa, double ab, double bb):
        """The second derivatives of the last record."""
        cdef double *here = self.bend + 3 * (self.count - 1)
        here[0], here[1], here[2] = aa, ab, bb

    def run_bends(self, Node run):
        """The second derivatives of a run: by the first operand twice, by both, by the second twice."""
        cdef cnp.npy_intp *shape = [run.size, 3]
        cdef cnp.ndarray bends = cnp.PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, False)
        memcpy(cnp.PyArray_DATA(bends), self.bend + 3 * run.record, 3 * run.size * sizeof(double))
        return bends

    cpdef Py_ssize_t take(self, Py_ssize_t size) except -1:
        """The first of so many new elements in a row."""
        cdef Py_ssize_t first = self.next
        if size > ELEMENTS - first:
            self.lose(f"more than {ELEMENTS} numbers on one tape")
        self.run = None
        self.next += size
        return first

    def note(self, rule, args, kwargs, tuple parents, value):
        """Write down an operation on arrays; what came out, as a tracer."""
        cdef Node node = Node.__new__(Node)
        node.rule, node.args, node.kwargs, node.parents = rule, args, kwargs, parents
        node.record = -1
        if isinstance(value, cnp.ndarray):
            value = own(value)
            node.size = cnp.PyArray_SIZE(value)
            self.imaginary |= cnp.PyArray_TYPE(<cnp.ndarray> value) == cnp.NPY_CDOUBLE
        else:
            node.size = 1
            self.imaginary |= isinstance(value, complex)
        node.value = value
        node.first = self.take(node.size)
        self.nodes.append(node)
        self.mix(<Py_ssize_t> <void *> rule)
        self.mix(node.size)
        for position, first in parents:
            self.mix(first)
        return self.tracer(value, node.first)

    def tracer(self, value, Py_ssize_t first):
        """A traced value: an array, or a number."""
        if isinstance(value, float):
            return scalar(self, first, value)
        if not isinstance(value, cnp.ndarray):
            value = np.asarray(value)
        cdef Store s = store(self, value, first)
        s.held = True # by the node that it came out of
        return array(self, s, value)

    def records(self, double value, list pairs):
        """A scalar with its partial derivatives: pairs (element, partial), at least one."""
        cdef Scalar s = self.emit(value, pairs[0][0], pairs[0][1], -1, 0.0)
        for element, partial in pairs[1:]:
            s = self.emit(value, s.id, 1.0, element, partial)
        return s

    def constant(self, value):
        """An array that f may write traced numbers into; plain if it has no room for them."""
        cdef Store s
        if (<object> value).dtype.kind not in "fc":
            return np.array(value)
        s = store(self, np.array(value), -1)
        s.ids = np.full_like(s.base, -1, dtype=np.intp, subok=False)
        s.version = 1
        return array(self, s, s.base)

    cpdef Py_ssize_t gather(self, cnp.ndarray ids, value) except -2:
        """The first of elements in a row with these numbers: -1 for constants, or a new node that copies them."""
        cdef Py_ssize_t size = cnp.PyArray_SIZE(ids), i, first
        cdef const cnp.npy_intp *id
        cdef Node node
        cdef bint row = True, constant = True
        ids = np.ascontiguousarray(ids)
        id = <const cnp.npy_intp *> cnp.PyArray_DATA(ids)
        if not size:
            return -1
        first = id[0]
        row = first >= 0
        for i in range(size):
            row &= id[i] == first + i
            constant &= id[i] < 0
        if constant:
            return -1
        if row:
            return first
        node = Node.__new__(Node)
        node.args, node.parents, node.value, node.record = ids.copy(), (), value, -1 # f may write on
        node.size = size
        node.first = self.take(size)
        self.nodes.append(node)
        return node.first

    def lose(self, str reason):
        """Keep why a number left the trace, and where in the code of f; the first time counts."""
        if not self.reason:
            self.reason, self.where = reason, user_line()
        raise Escape(f"{reason} takes a number out of the trace")

    def entries(self, Py_ssize_t count):
        """So many entries are taken out one by one."""
        self.taken += count
        if self.taken > ENTRIES:
            self.lose(f"taking more than {ENTRIES} numbers out of arrays")

    def run_records(self, Node run):
        """The records of a run: two elements and two partial derivatives of each, in arrays."""
        cdef Py_ssize_t r
        cdef cnp.npy_intp *shape = [run.size, 2]
        cdef cnp.ndarray parents = cnp.PyArray_EMPTY(2, shape, cnp.NPY_INTP, False)
        cdef cnp.ndarray partials = cnp.PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, False)
        cdef cnp.npy_intp *p = <cnp.npy_intp *> cnp.PyArray_DATA(parents)
        cdef double *d = <double *> cnp.PyArray_DATA(partials)
        for r in range(run.size):
            p[2 * r], p[2 * r + 1] = self.record[run.record + r].first, self.record[run.record + r].second
            d[2 * r], d[2 * r + 1] = self.record[run.record + r].by_first, self.record[run.record + r].by_second
        return parents, partials

    def sweep(self, Py_ssize_t n, cnp.ndarray ids, bint forward):
        """
        The Jacobian [m, n] of some elements by the first n, where all of the tape is one run of records.

        Parameters
        ----------
        n : int
            The number of inputs.
        ids : ndarray of intp
            The m elements; -1 is a constant.
        forward : bool
            The direction.
        """
        cdef Py_ssize_t m = cnp.PyArray_SIZE(ids), total = n + self.count, i, j, k = n if forward else m
        cdef const cnp.npy_intp *id = <const cnp.npy_intp *> cnp.PyArray_DATA(ids)
        cdef cnp.npy_intp *shape = [m, n]
        cdef cnp.npy_intp length = total * k
        cdef cnp.ndarray work = cnp.PyArray_ZEROS(1, &length, cnp.NPY_DOUBLE, False)
        cdef cnp.ndarray J = cnp.PyArray_ZEROS(2, shape, cnp.NPY_DOUBLE, True)
        cdef double *w = <double *> cnp.PyArray_DATA(work)
        cdef double *to = <double *> cnp.PyArray_DATA(J)
        cdef int status
        if forward:
            for j in range(n):
                w[j * n + j] = 1
            status = numjac_records_forward(n, self.count, self.record, k, w)
            for i in range(m):
                for j in range(n):
                    to[j * m + i] = w[id[i] * n + j] if id[i] >= 0 else 0
        else:
            for i in range(m):
                if id[i] >= 0:
                    w[id[i] * m + i] = 1
            status = numjac_records_backward(n, self.count, self.record, k, w)
            for j in range(n):
                for i in range(m):
                    to[j * m + i] = w[j * m + i]
        if status:
            raise RuntimeError(numjac_message(status).decode())
        return J


def sweep_records(cnp.ndarray parents, cnp.ndarray partials, cnp.ndarray T, bint forward):
    """
    Tangents or cotangents of a run whose elements are numbered anew: T [inputs + count, k], changed in place.

    Parameters
    ----------
    parents : ndarray of intp
        [count, 2], -1 for none.
    partials : ndarray
        [count, 2].
    T : ndarray
        Float64, C-contiguous.
    forward : bool
        The direction.
    """
    cdef Py_ssize_t count = cnp.PyArray_DIM(parents, 0), k = cnp.PyArray_DIM(T, 1), r
    cdef Py_ssize_t inputs = cnp.PyArray_DIM(T, 0) - count
    cdef const cnp.npy_intp *p = <const cnp.npy_intp *> cnp.PyArray_DATA(parents)
    cdef const double *d = <const double *> cnp.PyArray_DATA(partials)
    cdef numjac_record *record
    cdef int status
    if not (cnp.PyArray_ISCARRAY(T) and cnp.PyArray_TYPE(T) == cnp.NPY_DOUBLE and inputs >= 0):
        raise TypeError("T: expected contiguous doubles")
    record = <numjac_record *> realloc(NULL, max(1, count) * sizeof(numjac_record))
    if record == NULL:
        raise MemoryError
    for r in range(count):
        record[r].first, record[r].second = p[2 * r], p[2 * r + 1]
        record[r].by_first, record[r].by_second = d[2 * r], d[2 * r + 1]
    if forward:
        status = numjac_records_forward(inputs, count, record, k, <double *> cnp.PyArray_DATA(T))
    else:
        status = numjac_records_backward(inputs, count, record, k, <double *> cnp.PyArray_DATA(T))
    free(record)
    if status:
        raise RuntimeError(numjac_message(status).decode())


cdef int fine(int status) except -1:
    if status:
        raise RuntimeError(numjac_message(status).decode())
    return 0


def gather(cnp.ndarray T, cnp.ndarray index):
    """Entries of the rows of T [k, size] in a new array [k, count]; index of intp, -1 for zeros."""
    if cnp.PyArray_TYPE(T) != cnp.NPY_DOUBLE:
        found = T[:, index]
        found[:, np.asarray(index) < 0] = 0
        return found
    T = np.ascontiguousarray(T)
    index = np.ascontiguousarray(index, np.intp)
    cdef cnp.npy_intp *shape = [cnp.PyArray_DIM(T, 0), cnp.PyArray_SIZE(index)]
    cdef cnp.ndarray to = cnp.PyArray_EMPTY(2, shape, cnp.NPY_DOUBLE, False)
    fine(numjac_gather(shape[0], cnp.PyArray_DIM(T, 1), <const double *> cnp.PyArray_DATA(T), shape[1],
                       <const ptrdiff_t *> cnp.PyArray_DATA(index), <double *> cnp.PyArray_DATA(to)))
    return to


def scatter(cnp.ndarray index, cnp.ndarray U, cnp.ndarray to):
    """Add the entries of the rows of U [k, count] to those of `to` [k, size], in place; -1 goes nowhere."""
    if cnp.PyArray_TYPE(U) != cnp.NPY_DOUBLE or cnp.PyArray_TYPE(to) != cnp.NPY_DOUBLE:
        some = np.asarray(index) >= 0
        np.add.at(to, (slice(None), index[some]), U[:, some])
        return
    U = np.ascontiguousarray(U)
    index = np.ascontiguousarray(index, np.intp)
    if (not cnp.PyArray_ISCARRAY(to) or cnp.PyArray_DIM(to, 0) != cnp.PyArray_DIM(U, 0)
            or cnp.PyArray_DIM(U, 1) != cnp.PyArray_SIZE(index)):
        raise TypeError("scatter: expected contiguous rows, as many as there are seeds")
    fine(numjac_scatter(cnp.PyArray_DIM(U, 0), cnp.PyArray_SIZE(index), <const ptrdiff_t *> cnp.PyArray_DATA(index),
                        <const double *> cnp.PyArray_DATA(U), cnp.PyArray_DIM(to, 1),
                        <double *> cnp.PyArray_DATA(to)))


def same(cnp.ndarray a, cnp.ndarray b):
    """Whether two lists of numbers are the same."""
    a, b = np.ascontiguousarray(a, np.intp), np.ascontiguousarray(b, np.intp)
    cdef Py_ssize_t size = cnp.PyArray_NBYTES(a)
    return size == cnp.PyArray_NBYTES(b) and (
        size == 0 or memcmp(cnp.PyArray_DATA(a), cnp.PyArray_DATA(b), size) == 0)


def descend(graph, list nodes, list starts, Py_ssize_t n, dict found, set own):
    """
    Hand cotangents on from the last node to x.

    Parameters
    ----------
    graph : Graph
        ``graph.locals(k)`` are the local Jacobians of a node, ``graph.hand_on(k, node, found)`` does what is not
        multiplied by them; so does ``graph.scatter(ids, U, found)`` for elements that are not those of one node.
    nodes, starts : list
        The nodes and their first elements.
    n : int
        The number of elements of x.
    found : dict
        Cotangents [k, size] by the number of the node, -1 for x; changed in place.
    own : set
        Numbers of those that may be added to in place; changed too.
    """
    cdef Py_ssize_t k, i, first, low, high, middle, start, size, width
    cdef Node node
    cdef object U, V, A, total
    cdef list factors
    for k in range(len(nodes) - 1, -1, -1):
        if k not in found:
            continue
        node = nodes[k]
        if node.rule is None:
            graph.hand_on(k, node, found)
            continue
        U = found.pop(k)
        factors = graph.locals(k)
        for i in range(len(node.parents)):
            first = node.parents[i][1]
            V = factors[i].backward(U)
            low, high = 0, len(starts)
            while low < high: # the last node that starts no later
                middle = (low + high) // 2
                if <Py_ssize_t> starts[middle] <= first:
                    low = middle + 1
                else:
                    high = middle
            low -= 1
            start = 0 if low < 0 else starts[low]
            size = n if low < 0 else (<Node> nodes[low]).size
            width = cnp.PyArray_DIM(<cnp.ndarray?> V, 1)
            if first == start and width == size:
                total = found.get(low)
                if total is None:
                    found[low] = V
                elif low in own:
                    total += V
                else:
                    found[low] = total + V
                    own.add(low)
            elif first + width <= start + size:
                total = found.get(low)
                if total is None or low not in own:
                    total = np.zeros((len(V), size), V.dtype) if total is None else total.copy()
                    found[low] = total
                    own.add(low)
                total[:, first - start : first - start + width] += V
            else:
                graph.scatter(np.arange(first, first + width), V, found)


def in_a_row(cnp.ndarray ids):
    """Whether numbers follow each other."""
    cdef const cnp.npy_intp *id = <const cnp.npy_intp *> cnp.PyArray_DATA(ids)
    cdef Py_ssize_t i
    for i in range(1, cnp.PyArray_SIZE(ids)):
        if id[i] != id[0] + i:
            return False
    return True


def sparse(Py_ssize_t rows, Py_ssize_t columns, list legs):
    """
    A sum of legs as a sparse matrix by rows.

    Parameters
    ----------
    rows, columns : int
        Its shape.
    legs : list of (ndarray, float or ndarray)
        Columns of intp [rows], -1 for none; and weights, float64.

    Returns
    -------
    tuple
        Values, columns, and where each row starts, as SciPy has them.
    """
    cdef Py_ssize_t count = len(legs), l
    cdef cnp.npy_intp length = rows + 1, room = rows * count
    cdef cnp.ndarray start = cnp.PyArray_EMPTY(1, &length, cnp.NPY_INTP, False)
    cdef cnp.ndarray column = cnp.PyArray_EMPTY(1, &room, cnp.NPY_INTP, False)
    cdef cnp.ndarray value = cnp.PyArray_EMPTY(1, &room, cnp.NPY_DOUBLE, False)
    cdef numjac_leg *leg = <numjac_leg *> realloc(NULL, max(1, count) * sizeof(numjac_leg))
    cdef list kept = []
    if leg == NULL:
        raise MemoryError
    try:
        for l in range(count):
            index, w = np.ascontiguousarray(legs[l][0], np.intp), legs[l][1]
            if cnp.PyArray_SIZE(<cnp.ndarray> index) != rows:
                raise TypeError("sparse: expected a column for each row")
            leg[l].index, leg[l].weight, leg[l].scale = <const ptrdiff_t *> cnp.PyArray_DATA(<cnp.ndarray> index), NULL, 0
            if isinstance(w, cnp.ndarray):
                w = np.ascontiguousarray(w, np.float64)
                if cnp.PyArray_SIZE(<cnp.ndarray> w) != rows:
                    raise TypeError("sparse: expected a weight for each row")
                leg[l].weight = <const double *> cnp.PyArray_DATA(<cnp.ndarray> w)
            else:
                leg[l].scale = w
            kept.append((index, w))
        fine(numjac_legs(rows, columns, count, leg, <ptrdiff_t *> cnp.PyArray_DATA(start),
                         <ptrdiff_t *> cnp.PyArray_DATA(column), <double *> cnp.PyArray_DATA(value)))
    finally:
        free(leg)
    return value[: start[rows]], column[: start[rows]], start


def slope(int code, double x, double y):
    """The derivative of an elementary function by its code."""
    return numjac_slope(code, x, y)


def slopes(int code, double a, double b, double y):
    """The same for two arguments."""
    cdef double by_a = 0, by_b = 0
    numjac_slopes(code, a, b, y, &by_a, &by_b)
    return by_a, by_b


cdef object user_line():
    """File, line and function of the nearest code outside NumPy and this package."""
    frame = sys._getframe(0)
    while frame is not None:
        name = frame.f_globals.get("__name__", "") or ""
        if name.split(".")[0] not in ("numjac", "numpy", "functools", "types"):
            return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back
    return None


cdef cnp.ndarray own(cnp.ndarray value):
    """An array whose memory is its own and has no gaps."""
    if cnp.PyArray_BASE(value) != NULL or not (cnp.PyArray_IS_C_CONTIGUOUS(value) or cnp.PyArray_IS_F_CONTIGUOUS(value)):
        return np.array(value, order="C", subok=False)
    return value


# ------------------------------------------------------------------------------------------------ scalars

cdef Scalar scalar(Tape tape, Py_ssize_t id, double value):
    cdef Scalar s = Scalar.__new__(Scalar)
    s.tape, s.id, s.value = tape, id, value
    return s


cdef bint foreign(Tape tape, Tape other) except -1:
    """Whether a tracer is of another call: a constant to this one if that is over, refused if it is not."""
    if other is tape:
        return False
    if other.alive:
        other.reason = other.reason or "a derivative inside that of f"
        tape.lose("a number of another trace")
    return True


cdef bint number(object o, double *value) except -1:
    """Whether an object is a plain real number, and which."""
    if PyFloat_Check(o):
        value[0] = PyFloat_AsDouble(o)
        return True
    if PyLong_Check(o):
        value[0] = PyLong_AsDouble(o)
        return True
    if isinstance(o, (np.integer, np.bool_, np.floating)):
        value[0] = float(o)
        return True
    return False


cdef object binary(int code, object ufunc, object left, object right):
    """left op right where one of them is a Scalar."""
    cdef double a = 0, b = 0, y, by_a = 0, by_b = 0, aa = 0, ab = 0, bb = 0
    cdef Py_ssize_t first = -1, second = -1
    cdef Tape tape = None
    cdef Scalar result
    if type(left) is Scalar:
        a, first, tape = (<Scalar> left).value, (<Scalar> left).id, (<Scalar> left).tape
    elif not number(left, &a):
        return beyond(ufunc, left, right)
    if type(right) is Scalar:
        b, second = (<Scalar> right).value, (<Scalar> right).id
        if tape is None or not tape.alive:
            first, tape = -1, (<Scalar> right).tape
        elif foreign(tape, (<Scalar> right).tape):
            second = -1
    elif not number(right, &b):
        return beyond(ufunc, left, right)
    if not tape.alive:
        return ufunc(np.float64(a), np.float64(b))
    if code == NUMJAC_ADD:
        y = a + b
    elif code == NUMJAC_SUBTRACT:
        y = a - b
    elif code == NUMJAC_MULTIPLY:
        y = a * b
    elif code == NUMJAC_DIVIDE:
        y = a / b
    else:
        y = pow(a, b)
    numjac_slopes(code, a, b, y, &by_a, &by_b)
    result = tape.emit(y, first, by_a, second, by_b)
    if tape.second:
        numjac_bends(code, a, b, y, &aa, &ab, &bb)
        tape.bent(aa if first >= 0 else 0, ab if first >= 0 and second >= 0 else 0, bb if second >= 0 else 0)
    return result


cdef object beyond(object ufunc, object left, object right):
    """The same with an operand that is no real number: an array comes by its own method, complex numbers by the rule."""
    cdef Tape tape = (<Scalar> left).tape if type(left) is Scalar else (<Scalar> right).tape
    other = right if type(left) is Scalar else left
    if isinstance(other, complex) and tape.alive:
        return tape.apply(tape, ufunc, (left, right), {})
    return NotImplemented


@cython.final
cdef class Scalar:
    """A number that is traced; stands for a float64 that NumPy would return."""

    __array_priority__ = 1000.0

    cdef readonly Tape tape
    cdef readonly Py_ssize_t id
    cdef double value
    cdef dict __dict__ # where NumPy finds __array__, and only when the tape is dead: see `bury`

    def __add__(self, other):
        return binary(NUMJAC_ADD, np.add, self, other)

    def __radd__(self, other):
        return binary(NUMJAC_ADD, np.add, other, self)

    def __sub__(self, other):
        return binary(NUMJAC_SUBTRACT, np.subtract, self, other)

    def __rsub__(self, other):
        return binary(NUMJAC_SUBTRACT, np.subtract, other, self)

    def __mul__(self, other):
        return binary(NUMJAC_MULTIPLY, np.multiply, self, other)

    def __rmul__(self, other):
        return binary(NUMJAC_MULTIPLY, np.multiply, other, self)

    def __truediv__(self, other):
        return binary(NUMJAC_DIVIDE, np.divide, self, other)

    def __rtruediv__(self, other):
        return binary(NUMJAC_DIVIDE, np.divide, other, self)

    def __pow__(self, other, modulus):
        return NotImplemented if modulus is not None else binary(NUMJAC_POWER, np.power, self, other)

    def __rpow__(self, other, modulus):
        return binary(NUMJAC_POWER, np.power, other, self)

    def __mod__(self, other):
        return self.tape.apply(self.tape, np.remainder, (self, other), {})

    def __rmod__(self, other):
        return self.tape.apply(self.tape, np.remainder, (other, self), {})

    def __floordiv__(self, other):
        return self.tape.apply(self.tape, np.floor_divide, (self, other), {})

    def __rfloordiv__(self, other):
        return self.tape.apply(self.tape, np.floor_divide, (other, self), {})

    def __divmod__(self, other):
        return self // other, self % other

    def __neg__(self):
        return self.tape.emit(-self.value, self.id, -1.0, -1, 0.0) if self.tape.alive else -self.value

    def __pos__(self):
        return self

    def __abs__(self):
        if not self.tape.alive:
            return abs(self.value)
        if self.value == 0:
            self.tape.kinked = True
        return self.tape.emit(fabs(self.value), self.id, (self.value > 0) - (self.value < 0), -1, 0.0)

    # Comparisons are plain: a derivative is local. Equality says that it may be another one beside x.

    cdef object compare(self, object other, int how):
        cdef double b = 0
        if type(other) is Scalar:
            b = (<Scalar> other).value
        elif not number(other, &b):
            return NotImplemented
        if self.value == b and self is not other:
            self.tape.tied = True
        self.tape.mix(self.value < b)
        if how == 0:
            return self.value < b
        if how == 1:
            return self.value <= b
        if how == 2:
            return self.value == b
        if how == 3:
            return self.value != b
        if how == 4:
            return self.value > b
        return self.value >= b

    def __lt__(self, other):
        return self.compare(other, 0)

    def __le__(self, other):
        return self.compare(other, 1)

    def __eq__(self, other):
        return self.compare(other, 2)

    def __ne__(self, other):
        return self.compare(other, 3)

    def __gt__(self, other):
        return self.compare(other, 4)

    def __ge__(self, other):
        return self.compare(other, 5)

    def __bool__(self):
        if self.value == 0:
            self.tape.tied = True
        return self.value != 0

    # What would leave the trace.

    cdef object plain(self, str what):
        if self.tape.alive:
            self.tape.lose(what)
        return np.float64(self.value)

    def __float__(self):
        self.plain("float(...)")
        return self.value

    def __int__(self):
        return int(self.plain("int(...)"))

    def __index__(self):
        self.plain("use as an index")
        raise TypeError("a float can not be interpreted as an integer")

    def __complex__(self):
        return complex(self.plain("complex(...)"))

    def __round__(self, digits=None):
        return round(self.plain("round(...)"), digits) if digits is not None else round(self.plain("round(...)"))

    def __trunc__(self):
        return int(self.plain("trunc(...)"))

    def __floor__(self):
        return int(np.floor(self.plain("floor(...)")))

    def __ceil__(self):
        return int(np.ceil(self.plain("ceil(...)")))

    def __hash__(self):
        return hash(self.plain("hash(...)"))

    def __str__(self):
        return str(self.plain("str(...)"))

    def __repr__(self):
        return repr(self.plain("repr(...)"))

    def __format__(self, spec):
        return format(self.plain("format(...)"), spec)

    def __reduce__(self):
        return self.plain("pickling").__reduce__()

    def __reduce_ex__(self, protocol):
        return self.plain("pickling").__reduce_ex__(protocol)

    def __copy__(self):
        return self if self.tape.alive else np.float64(self.value)

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        cdef Scalar s
        cdef double y
        cdef int code
        if len(inputs) == 1 and method == "__call__" and not kwargs and self.tape.alive:
            code = self.tape.codes.get(ufunc, 0)
            if code:
                y = ufunc(self.value)
                if self.value == 0 and code == NUMJAC_ABSOLUTE:
                    self.tape.kinked = True
                s = self.tape.emit(y, self.id, numjac_slope(code, self.value, y), -1, 0.0)
                if self.tape.second:
                    self.tape.bent(numjac_bend(code, self.value, y), 0, 0)
                return s
        return applied(self.tape, ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return applied(self.tape, func, "__call__", args, kwargs)

    @property
    def real(self):
        return self if self.tape.alive else np.float64(self.value)

    @property
    def imag(self):
        return np.float64(0.0)

    @property
    def T(self):
        return self.real

    def conjugate(self):
        return self.real

    def conj(self):
        return self.real

    def item(self):
        return self if self.tape.alive else self.value

    def copy(self):
        return self.real

    # A loop over objects calls methods of this name.

    cdef object one(self, ufunc):
        self.tape.looped = True
        return self.__array_ufunc__(ufunc, "__call__", self)

    cdef object two(self, ufunc, other):
        self.tape.looped = True
        return self.__array_ufunc__(ufunc, "__call__", self, other)

    def sin(self):
        return self.one(np.sin)

    def cos(self):
        return self.one(np.cos)

    def tan(self):
        return self.one(np.tan)

    def arcsin(self):
        return self.one(np.arcsin)

    def arccos(self):
        return self.one(np.arccos)

    def arctan(self):
        return self.one(np.arctan)

    def sinh(self):
        return self.one(np.sinh)

    def cosh(self):
        return self.one(np.cosh)

    def tanh(self):
        return self.one(np.tanh)

    def arcsinh(self):
        return self.one(np.arcsinh)

    def arccosh(self):
        return self.one(np.arccosh)

    def arctanh(self):
        return self.one(np.arctanh)

    def exp(self):
        return self.one(np.exp)

    def exp2(self):
        return self.one(np.exp2)

    def expm1(self):
        return self.one(np.expm1)

    def log(self):
        return self.one(np.log)

    def log2(self):
        return self.one(np.log2)

    def log10(self):
        return self.one(np.log10)

    def log1p(self):
        return self.one(np.log1p)

    def sqrt(self):
        return self.one(np.sqrt)

    def cbrt(self):
        return self.one(np.cbrt)

    def square(self):
        return self.one(np.square)

    def reciprocal(self):
        return self.one(np.reciprocal)

    def fabs(self):
        return self.one(np.fabs)

    def deg2rad(self):
        return self.one(np.deg2rad)

    def rad2deg(self):
        return self.one(np.rad2deg)

    def radians(self):
        return self.one(np.radians)

    def degrees(self):
        return self.one(np.degrees)

    def sign(self):
        return self.one(np.sign)

    def floor(self):
        return self.one(np.floor)

    def ceil(self):
        return self.one(np.ceil)

    def rint(self):
        return self.one(np.rint)

    def trunc(self):
        return self.one(np.trunc)

    def arctan2(self, other):
        return self.two(np.arctan2, other)

    def hypot(self, other):
        return self.two(np.hypot, other)

    def logaddexp(self, other):
        return self.two(np.logaddexp, other)

    def fmod(self, other):
        return self.two(np.fmod, other)

    def copysign(self, other):
        return self.two(np.copysign, other)

    @property
    def plainly(self):
        """The value, for rules."""
        return self.value


numbers.Real.register(Scalar)


# ------------------------------------------------------------------------------------------------- arrays

@cython.final
cdef class Store:
    """Memory that arrays share: the values, and the number of the element in each place once that is needed."""

    cdef Tape tape
    cdef cnp.ndarray base, ids
    cdef Py_ssize_t first
    cdef Py_ssize_t version  # how often it was written to
    cdef Py_ssize_t memory   # how often it moved
    cdef bint held           # nodes hold values in this memory

    cdef cnp.ndarray elements(self):
        """The number of the element in each place."""
        if self.ids is None:
            self.ids = np.empty_like(self.base, dtype=np.intp, subok=False)
            self.ids[...] = np.arange(self.first, self.first + self.base.size).reshape((<object> self.base).shape)
        return self.ids

    cdef void write(self):
        """Make ready to be written to: what nodes hold stays as it is."""
        self.elements()
        if self.held:
            self.base = self.base.copy(order="K")
            self.memory += 1
            self.held = False
        self.version += 1


cdef Store store(Tape tape, cnp.ndarray base, Py_ssize_t first):
    cdef Store s = Store.__new__(Store)
    s.tape, s.base, s.first = tape, base, first
    return s


cdef Array array(Tape tape, Store store, cnp.ndarray value):
    cdef Array a = Array.__new__(Array)
    a.tape, a.store, a._value = tape, store, value
    a.offset = <char *> cnp.PyArray_DATA(value) - <char *> cnp.PyArray_DATA(store.base)
    a.memory = store.memory
    a.version = -1
    if value is store.base and store.version == 0:
        a.version, a._first = 0, store.first
    return a


cdef bint basic(object key) except -1:
    """Whether indexing with a key makes a view."""
    if isinstance(key, tuple):
        for part in <tuple> key:
            if not basic(part):
                return False
        return True
    if key is None or key is Ellipsis or isinstance(key, (slice, np.integer)):
        return True
    return isinstance(key, int) and not isinstance(key, bool)


cdef object untraced(Tape tape, object key):
    """A key without tracers: what is traced in it would be an index."""
    if isinstance(key, Array):
        tape.lose("use as an index")
    return key


@cython.final
cdef class Array:
    """An array that is traced; stands for an ndarray."""

    __array_priority__ = 1000.0

    cdef readonly Tape tape
    cdef Store store
    cdef cnp.ndarray _value
    cdef Py_ssize_t offset, memory, version, _first

    cdef cnp.ndarray now(self):
        """The values."""
        if self.memory != self.store.memory:
            self._value = np.ndarray((<object> self._value).shape, self._value.dtype, self.store.base, self.offset,
                                     (<object> self._value).strides)
            self.memory = self.store.memory
        return self._value

    cdef cnp.ndarray elements(self):
        """The number of the element in each place, in memory that is shared like the values."""
        cdef cnp.ndarray ids = self.store.elements()
        cdef Py_ssize_t width = self.store.base.itemsize
        if self._value is self.store.base:
            return ids
        value = <object> self._value
        strides = tuple([step // width * 8 for step in value.strides])
        return np.ndarray(value.shape, np.intp, ids, self.offset // width * 8, strides)

    def operand(self):
        """The values, never to change again, and the first of the elements that they are; -1 for constants."""
        cdef cnp.ndarray value = self.now()
        if self.version == self.store.version:
            if self.store.version:
                return snapshot(value), self._first
            self.store.held = True
            return value, self._first
        if self.store.version:
            value = snapshot(value)
        else:
            self.store.held = True
        self._first = self.tape.gather(self.elements(), value)
        self.version = self.store.version
        return value, self._first

    def elements_of(self):
        """The number of the element in each place, a copy."""
        return self.elements().copy()

    @property
    def plainly(self):
        """The values, for rules."""
        return self.now()

    def viewed(self, cnp.ndarray value):
        """A view, given by its values."""
        return array(self.tape, self.store, value)

    def shares(self, cnp.ndarray value):
        """Whether values lie in the memory of this array."""
        cdef char *start = <char *> cnp.PyArray_DATA(self.store.base)
        cdef char *at = <char *> cnp.PyArray_DATA(value)
        return (value.dtype == self._value.dtype and value.size
                and start <= at < start + cnp.PyArray_NBYTES(self.store.base))

    def __getitem__(self, key):
        cdef cnp.ndarray value = self.now()
        cdef Py_ssize_t i
        if PyLong_Check(key) and cnp.PyArray_NDIM(value) == 1 and cnp.PyArray_TYPE(value) == cnp.NPY_DOUBLE:
            i = key
            if i < 0:
                i += cnp.PyArray_DIM(value, 0)
            if 0 <= i < cnp.PyArray_DIM(value, 0):
                return self.entry(value, i)
        if isinstance(key, Scalar):
            self.tape.lose("use as an index")
        if isinstance(key, tuple):
            key = tuple([untraced(self.tape, part) for part in key])
        key = untraced(self.tape, key)
        part = value[key]
        if not isinstance(part, cnp.ndarray):
            element = self.elements()[key]
            return part if element < 0 else self.tape.tracer(part, element)
        if not self.tape.alive:
            return part
        if basic(key):
            return array(self.tape, self.store, part)
        return self.picked(self.elements()[key], part)

    cdef object entry(self, cnp.ndarray value, Py_ssize_t i):
        cdef double number = (<double *> (<char *> cnp.PyArray_DATA(value) + i * cnp.PyArray_STRIDE(value, 0)))[0]
        cdef Py_ssize_t element
        cdef Store s = self.store
        if not self.tape.alive:
            return np.float64(number)
        self.tape.taken += 1
        if s.version == 0 and s.ids is None and self._value is s.base:
            element = s.first + i
        else:
            element = self.elements()[i]
        return np.float64(number) if element < 0 else scalar(self.tape, element, number)

    def picked(self, ids, value):
        """A copy of some elements: an array of its own."""
        value = own(value)
        first = self.tape.gather(ids, value)
        if first < 0:
            return self.tape.constant(value)
        return array(self.tape, store(self.tape, value, first), value)

    def __setitem__(self, key, item):
        cdef Store s = self.store
        if not self.tape.alive:
            self.now()[key] = np.asarray(item)
            return
        if isinstance(key, tuple):
            key = tuple([untraced(self.tape, part) for part in key])
        key = untraced(self.tape, key)
        value, ids = lifted(self.tape, item)
        kind = self._value.dtype.kind
        if kind not in "fc" and not (isinstance(ids, int) and ids < 0):
            self.tape.lose(f"assignment into an array of {self._value.dtype}")
        s.write()
        self.now()[key] = value
        self.elements()[key] = ids

    def __len__(self):
        return len(self.now())

    def __iter__(self):
        cdef Py_ssize_t i
        if self._value.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        if self.tape.alive:
            self.tape.entries(self._value.size)
            if sys._getframe(0).f_code.co_name == "as_strided":
                self.tape.lose("as_strided")
        return iter([self[i] for i in range(len(self))])

    def __contains__(self, item):
        return bool((self == item).any())

    def __bool__(self):
        value = self.now()
        if value.size == 1 and not value.any():
            self.tape.tied = True
        return bool(value)

    cdef object two(self, ufunc, left, right):
        rule = self.tape.smooth.get(ufunc)
        if rule is not None and self.tape.alive:
            found = smoothly(self.tape, rule, ufunc, left, right)
            if found is not None:
                return found
        return applied(self.tape, ufunc, "__call__", (left, right), {})

    def __add__(self, other):
        return self.two(np.add, self, other)

    def __radd__(self, other):
        return self.two(np.add, other, self)

    def __sub__(self, other):
        return self.two(np.subtract, self, other)

    def __rsub__(self, other):
        return self.two(np.subtract, other, self)

    def __mul__(self, other):
        return self.two(np.multiply, self, other)

    def __rmul__(self, other):
        return self.two(np.multiply, other, self)

    def __truediv__(self, other):
        return self.two(np.divide, self, other)

    def __rtruediv__(self, other):
        return self.two(np.divide, other, self)

    def __pow__(self, other, modulus):
        return self.two(operator.pow, self, other)

    def __rpow__(self, other, modulus):
        return self.two(operator.pow, other, self)

    def __mod__(self, other):
        return self.two(np.remainder, self, other)

    def __rmod__(self, other):
        return self.two(np.remainder, other, self)

    def __floordiv__(self, other):
        return self.two(np.floor_divide, self, other)

    def __rfloordiv__(self, other):
        return self.two(np.floor_divide, other, self)

    def __divmod__(self, other):
        return self.two(np.divmod, self, other)

    def __rdivmod__(self, other):
        return self.two(np.divmod, other, self)

    def __matmul__(self, other):
        return self.two(np.matmul, self, other)

    def __rmatmul__(self, other):
        return self.two(np.matmul, other, self)

    def __neg__(self):
        return self.__array_ufunc__(np.negative, "__call__", self)

    def __pos__(self):
        return applied(self.tape, np.positive, "__call__", (self,), {})

    def __abs__(self):
        return applied(self.tape, np.absolute, "__call__", (self,), {})

    def __iadd__(self, other):
        self[...] = self + other
        return self

    def __isub__(self, other):
        self[...] = self - other
        return self

    def __imul__(self, other):
        self[...] = self * other
        return self

    def __itruediv__(self, other):
        self[...] = self / other
        return self

    def __ipow__(self, other):
        self[...] = self ** other
        return self

    def __lt__(self, other):
        return self.two(np.less, self, other)

    def __le__(self, other):
        return self.two(np.less_equal, self, other)

    def __eq__(self, other):
        return self.two(np.equal, self, other)

    def __ne__(self, other):
        return self.two(np.not_equal, self, other)

    def __gt__(self, other):
        return self.two(np.greater, self, other)

    def __ge__(self, other):
        return self.two(np.greater_equal, self, other)

    cdef object plain(self, str what):
        if self.tape.alive:
            self.tape.lose(what)
        return self.now()

    def __float__(self):
        return float(self.plain("float(...)"))

    def __int__(self):
        return int(self.plain("int(...)"))

    def __index__(self):
        return operator.index(self.plain("use as an index"))

    def __complex__(self):
        return complex(self.plain("complex(...)"))

    def __round__(self, digits=None):
        return applied(self.tape, np.round, "__call__", (self, digits or 0), {})

    def __hash__(self):
        self.plain("hash(...)")
        raise TypeError("unhashable type: 'numpy.ndarray'")

    def __str__(self):
        return str(self.plain("str(...)"))

    def __repr__(self):
        return repr(self.plain("repr(...)"))

    def __format__(self, spec):
        return format(self.plain("format(...)"), spec)

    def __reduce__(self):
        return self.plain("pickling").__reduce__()

    def __reduce_ex__(self, protocol):
        return self.plain("pickling").__reduce_ex__(protocol)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "__call__" and not kwargs and self.tape.alive:
            rule = self.tape.smooth.get(ufunc)
            if rule is not None:
                found = smoothly(self.tape, rule, ufunc, inputs[0], inputs[1] if len(inputs) == 2 else None)
                if found is not None:
                    return found
        return applied(self.tape, ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return applied(self.tape, func, "__call__", args, kwargs)

    # What an array knows of itself without its numbers.

    @property
    def shape(self):
        return (<object> self._value).shape

    @shape.setter
    def shape(self, shape):
        value = self.now().view()
        value.shape = shape
        self._value = value
        self.version = -1

    @property
    def ndim(self):
        return self._value.ndim

    @property
    def size(self):
        return self._value.size

    @property
    def dtype(self):
        return self._value.dtype

    @property
    def nbytes(self):
        return self._value.nbytes

    @property
    def itemsize(self):
        return self._value.itemsize

    @property
    def device(self):
        return "cpu"

    @property
    def strides(self):
        """Refused: whoever asks for them is about to read memory, which here is that of other objects."""
        return (<object> self.plain(".strides")).strides

    @property
    def flags(self):
        return self.now().view().flags

    def __getattr__(self, str name):
        if not self.tape.alive:
            return getattr(self.now(), name)
        if name[0] == "_":
            raise AttributeError(name)
        if name in self.tape.methods:
            return self.tape.methods[name](self)
        if not hasattr(np.ndarray, name):
            raise AttributeError(f"a traced array has no attribute {name!r}")
        self.tape.lose(f".{name}")


cdef object small(object a):
    """A constant operand that f can not write into any more; None if it is no plain number or array of numbers."""
    if type(a) is float or type(a) is int or type(a) is np.float64:
        return a
    if type(a) is np.ndarray and a.dtype is FLOAT64 and a.size <= COPIED:
        return a.copy()
    return None


cdef object smoothly(Tape tape, object rule, object ufunc, object left, object right):
    """An elementwise function without kinks of one or two operands; None if they are of another kind."""
    cdef Py_ssize_t first = -1, second = -1
    cdef tuple args, parents
    if type(left) is Array or type(left) is Scalar:
        left, first = origin(tape, left)
    else:
        left = small(left)
        if left is None:
            return None
    if right is None:
        if first < 0:
            return None
        value = ufunc(left)
        return tape.note(rule, (left,), NOTHING, ((0, first),), value)
    if type(right) is Array or type(right) is Scalar:
        right, second = origin(tape, right)
    else:
        right = small(right)
        if right is None:
            return None
    if first < 0 and second < 0:
        return None
    value = ufunc(left, right)
    args = (left, right)
    if first >= 0 and second >= 0:
        parents = ((0, first), (1, second))
    elif first >= 0:
        parents = ((0, first),)
    else:
        parents = ((1, second),)
    return tape.note(rule, args, NOTHING, parents, value)


cdef object applied(Tape tape, function, str method, inputs, kwargs):
    """A function of tracers, or of the plain values that they became."""
    if not tape.alive:
        other = living(inputs)
        if other is not None: # an operand of a call that goes on, behind one of a call that is over
            return applied(other, function, method, inputs, kwargs)
        if method != "__call__":
            function = getattr(function, method)
        return function(*[revived(a) for a in inputs], **{k: revived(a) for k, a in kwargs.items()})
    if method != "__call__":
        return tape.apply(tape, getattr(function, method), inputs, kwargs)
    return tape.apply(tape, function, inputs, kwargs)


cdef Tape living(object a):
    """The tape of a call that goes on, of something in nested lists; None if there is none."""
    cdef Tape found
    if isinstance(a, Scalar):
        found = (<Scalar> a).tape
    elif isinstance(a, Array):
        found = (<Array> a).tape
    elif isinstance(a, (list, tuple)):
        for part in a:
            found = living(part)
            if found is not None:
                return found
        return None
    else:
        return None
    return found if found.alive else None


cdef object revived(object a):
    """What a dead tracer stands for."""
    if isinstance(a, Scalar):
        return np.float64((<Scalar> a).value)
    if isinstance(a, Array):
        return (<Array> a).now()
    if isinstance(a, (list, tuple)):
        return type(a)([revived(part) for part in a])
    return a


def traced(object a):
    """Whether an object is a tracer, or an array or a list that holds one."""
    if isinstance(a, (Scalar, Array)):
        return True
    if isinstance(a, (list, tuple)):
        for part in a:
            if traced(part):
                return True
        return False
    if isinstance(a, cnp.ndarray) and (<cnp.ndarray> a).dtype.kind == "O":
        for part in (<object> a).flat:
            if isinstance(part, (Scalar, Array)):
                return True
    return False


cpdef cnp.ndarray snapshot(cnp.ndarray a):
    """A copy that lies in memory as `a` does: NumPy sums in the order of memory, and the bits depend on that order."""
    cdef Py_ssize_t lowest = 0, span = cnp.PyArray_ITEMSIZE(a), k, reach
    if a.flags.forc or not a.size or a.dtype.hasobject:
        return a.copy(order="K")
    for k in range(a.ndim):
        reach = (a.shape[k] - 1) * a.strides[k]
        lowest += min(reach, 0)
        span += abs(reach)
    if span > SCATTERED * a.nbytes:
        return a.copy(order="K")
    kept = np.ndarray(np.shape(a), a.dtype, np.empty(span, np.uint8), -lowest, (<object> a).strides)
    kept[...] = a
    return kept


def lifted(Tape tape, object a):
    """
    The plain values of anything, and the elements that they are.

    Returns
    -------
    tuple
        The values, and the number of each element in an array of their shape; or -1 if all are constants.
    """
    cdef Py_ssize_t first
    if isinstance(a, Scalar):
        return np.float64((<Scalar> a).value), -1 if foreign(tape, (<Scalar> a).tape) else (<Scalar> a).id
    if isinstance(a, Array):
        value = (<Array> a).now()
        return snapshot(value), -1 if foreign(tape, (<Array> a).tape) else (<Array> a).elements_of()
    if isinstance(a, (list, tuple)) and traced(a):
        parts = [lifted(tape, part) for part in a]
        value = np.array([part[0] for part in parts])
        return value, np.array([np.broadcast_to(part[1], np.shape(part[0])) for part in parts])
    if isinstance(a, cnp.ndarray) and (<cnp.ndarray> a).dtype.kind == "O" and traced(a):
        tape.looped = True
        values = np.empty(a.shape)
        ids = np.full(a.shape, -1, np.intp)
        flat, numbers, where = a.reshape(-1), values.reshape(-1), ids.reshape(-1)
        for i in range(flat.size):
            part = flat[i]
            if isinstance(part, Scalar):
                numbers[i] = (<Scalar> part).value
                where[i] = -1 if foreign(tape, (<Scalar> part).tape) else (<Scalar> part).id
            elif isinstance(part, Array):
                if (<Array> part).size != 1 or (<Array> part).dtype.kind == "c":
                    tape.lose("an array of arrays")
                numbers[i] = (<Array> part).now().item()
                where[i] = -1 if foreign(tape, (<Array> part).tape) else (<Array> part).elements_of().item()
            else:
                numbers[i] = part
        return values, ids
    return a, -1


def harvest(Tape tape, object y):
    """
    What f returned: plain numbers, and the element in each place of them, flat; -1 for constants.

    Numbers of any kind that are not traced are returned as they are.
    """
    cdef cnp.ndarray value, ids, objects
    cdef cnp.npy_intp size
    cdef cnp.npy_intp *id
    cdef double *number_at
    cdef Py_ssize_t i
    cdef object part
    cdef bint plain = True
    if isinstance(y, (list, tuple)):
        size = len(y)
    elif isinstance(y, cnp.ndarray) and cnp.PyArray_TYPE(<cnp.ndarray> y) == cnp.NPY_OBJECT:
        if cnp.PyArray_NDIM(<cnp.ndarray> y) != 1:
            return _harvested(tape, y)
        size = cnp.PyArray_DIM(<cnp.ndarray> y, 0)
        y = y.tolist()
    else:
        return _harvested(tape, y)
    value, ids = cnp.PyArray_EMPTY(1, &size, cnp.NPY_DOUBLE, False), cnp.PyArray_EMPTY(1, &size, cnp.NPY_INTP, False)
    number_at, id = <double *> cnp.PyArray_DATA(value), <cnp.npy_intp *> cnp.PyArray_DATA(ids)
    for i, part in enumerate(y):
        if type(part) is Scalar:
            number_at[i], id[i] = (<Scalar> part).value, -1 if foreign(tape, (<Scalar> part).tape) else (<Scalar> part).id
        elif number(part, number_at + i):
            id[i] = -1
        else:
            plain = False
            break
    return (value, ids) if plain else _harvested(tape, y)


cdef object _harvested(Tape tape, object y):
    value, ids = lifted(tape, y)
    value = np.asarray(value)
    if isinstance(ids, int):
        return value, np.full(value.size, ids, np.intp)
    return value, np.ascontiguousarray(np.broadcast_to(ids, value.shape), np.intp).reshape(-1)


cdef bury(Tape tape):
    """
    Make plain numbers of the scalars that f has kept.

    NumPy asks each object that goes into an array for its ``__array__``; one that says no, by a property that raises,
    takes longer than the operation that made it. So it is given to those that are left after the call, who are few. They
    are looked for only if something still holds the tape, for that takes milliseconds.
    """
    for kept in gc.get_referrers(tape):
        if type(kept) is Scalar:
            kept.__array__ = np.asarray((<Scalar> kept).value).__array__


def call(Tape tape, f, tuple args, dict kwargs, cnp.ndarray x, bint scalar_x):
    """Call f on a tracer of x; what it returned as `harvest` has it. The tape is dead afterwards."""
    cdef Py_ssize_t references = sys.getrefcount(tape)
    cdef object given
    tape.mix(cnp.PyArray_SIZE(x))
    tape.take(cnp.PyArray_SIZE(x))
    given = scalar(tape, 0, x) if scalar_x else array(tape, store(tape, x, 0), x)
    cdef cnp.ndarray ids
    cdef Py_ssize_t i
    try:
        value, ids = harvest(tape, f(given, *args, **kwargs) if args or kwargs else f(given))
        for i in range(cnp.PyArray_SIZE(ids)):
            tape.mix((<cnp.npy_intp *> cnp.PyArray_DATA(ids))[i])
        return value, ids
    finally:
        tape.alive = False
        given = None
        if sys.getrefcount(tape) > references:
            bury(tape)


@cython.final
cdef class Quick:
    """
    What a planned Jacobian does where nothing is new: a trace like one that was verified before is believed.

    Parameters
    ----------
    f : callable
        Called as ``f(x, *args, **kwargs)``.
    args, kwargs : tuple, dict
        Further arguments.
    codes, smooth, apply, methods : dict, dict, callable, dict
        As of a `Tape`.
    finish : callable
        ``finish(tape, n, ids, plan)``: the Jacobian [m, n] where arrays occur, and a plan for tapes of this signature;
        None where there is none.
    sparse : bool
        That is one of SciPy's matrices by rows, always.
    """

    cdef readonly object f, apply, finish
    cdef tuple args
    cdef dict kwargs, codes, smooth, methods
    cdef readonly bint sparse
    cdef dict plans # what `finish` found out for a signature
    cdef readonly dict known # signatures, and how often each was met

    def __init__(self, f, tuple args, dict kwargs, dict codes, dict smooth, apply, dict methods,
                 finish, bint sparse=False):
        self.sparse = sparse
        self.f, self.args, self.kwargs = f, args, kwargs
        self.codes, self.smooth, self.apply, self.methods, self.finish = codes, smooth, apply, methods, finish
        self.known, self.plans = {}, {}

    def due(self, signature):
        """Count a trace; whether it has to be verified: at its first, second, fourth, eighth, ... time."""
        count = self.known.get(signature, 0) + 1
        self.known[signature] = count
        return count & (count - 1) == 0

    def forget(self, signature):
        """A trace that was not verified after all."""
        self.known.pop(signature, None)

    def __call__(self, x):
        """The Jacobian and f(x); None if there is something to look at."""
        cdef Tape tape
        cdef cnp.ndarray ids, J
        cdef Py_ssize_t n
        if not isinstance(x, cnp.ndarray) or not self.known:
            return None
        if cnp.PyArray_TYPE(<cnp.ndarray> x) != cnp.NPY_DOUBLE or not cnp.PyArray_ISCARRAY_RO(<cnp.ndarray> x):
            return None
        x = (<object> x).copy()
        n = cnp.PyArray_SIZE(<cnp.ndarray> x)
        tape = Tape(self.codes, self.smooth, self.apply, self.methods)
        try:
            value, ids = call(tape, self.f, self.args, self.kwargs, x, False)
        except Exception:
            return None
        if tape.reason or tape.kinked or tape.tied or not self.usual(tape, value):
            return None
        if self.sparse:
            found, plan = self.finish(tape, n, ids, self.plans.get(tape.signature))
            self.plans[tape.signature] = plan
            return (found, value) if finite(found.data) else None
        if not tape.nodes or (len(tape.nodes) == 1 and tape.count):
            J = tape.sweep(n, ids, n <= cnp.PyArray_SIZE(ids))
        else:
            J, plan = self.finish(tape, n, ids, self.plans.get(tape.signature))
            self.plans[tape.signature] = plan
        return (J, value) if finite(J) else None

    cdef bint usual(self, Tape tape, object value) except -1:
        """Whether the trace was verified before, is not due again, and gave finite doubles."""
        if not isinstance(value, cnp.ndarray) or cnp.PyArray_TYPE(<cnp.ndarray> value) != cnp.NPY_DOUBLE:
            return False
        if tape.signature not in self.known or not cnp.PyArray_ISCARRAY_RO(<cnp.ndarray> value):
            return False
        count = self.known[tape.signature]
        if (count + 1) & count == 0:
            return False
        self.known[tape.signature] = count + 1
        return finite(value)


def finite(cnp.ndarray a):
    """Whether all of an array of doubles without gaps is finite."""
    cdef const double *at = <const double *> cnp.PyArray_DATA(a)
    cdef Py_ssize_t i
    for i in range(cnp.PyArray_SIZE(a)):
        if not isfinite(at[i]):
            return False
    return True


def origin(Tape tape, object a):
    """The plain value of an operand, and the first of its elements in a row; -1 for constants."""
    if type(a) is Scalar:
        return np.float64((<Scalar> a).value), -1 if foreign(tape, (<Scalar> a).tape) else (<Scalar> a).id
    if type(a) is Array:
        if foreign(tape, (<Array> a).tape):
            return (<Array> a).now(), -1
        return (<Array> a).operand()
    value, ids = lifted(tape, a)
    if isinstance(ids, int):
        return value, -1
    return value, tape.gather(ids, value)
