# SPDX-License-Identifier: BSD-3-Clause
# Tapes: what was done to x, as nodes and as runs of records.

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
