# SPDX-License-Identifier: BSD-3-Clause
# Walks over a tape in C: records, gathers, the chain rule backward, rows of sparse matrices.

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
