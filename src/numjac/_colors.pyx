# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True, boundscheck=False, wraparound=False
"""
The door to the kernels on patterns: lists.c, coloring.c, orders.c, rounds.c, stars.c.

A pattern is a pair of arrays, ``start`` (intp) and ``index`` (int32): list k is ``index[start[k]:start[k + 1]]``. All
arrays are checked here, work memory is taken and given back, nothing is computed.
"""

cimport numpy as cnp
from libc.stdint cimport int32_t, uint64_t

from numjac.numjac cimport *

import numpy as np

cnp.import_array()

ctypedef int (*size_fn)(size_t a, size_t b, size_t *size) noexcept nogil
ctypedef int (*order_fn)(const numjac_lists *columns, const numjac_lists *rows, uint64_t *work,
                         int32_t *order) noexcept nogil


cdef check(int status):
    if status == NUMJAC_OK:
        return
    message = numjac_message(status).decode()
    raise (OverflowError if status == NUMJAC_TOO_LARGE else TypeError)(message)


cdef cnp.ndarray checked(array, dtype, str name):
    """An array that C can walk through."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1 or not array.flags.c_contiguous:
        raise TypeError(f"{name}: found {array!r:.60}, expected a contiguous array of {np.dtype(dtype)}")
    return array


cdef size_t count_of(start) except? 0:
    """How many lists begin there."""
    cdef cnp.ndarray begin = checked(start, np.intp, "start")
    if begin.shape[0] == 0:
        raise TypeError("start: found no element, expected one more than there are lists")
    return begin.shape[0] - 1


cdef numjac_lists lists_of(start, index, size_t size) except *:
    """What C is told of a pattern; it lives as long as the arrays."""
    cdef numjac_lists lists
    lists.count, lists.size = count_of(start), size
    cdef cnp.ndarray begin = start, entries = checked(index, np.int32, "index")
    lists.start = <const ptrdiff_t *> cnp.PyArray_DATA(begin)
    lists.index = <const int32_t *> cnp.PyArray_DATA(entries)
    check(numjac_check_lists(&lists, entries.shape[0]))
    return lists


cdef const int32_t *order_of(order, size_t count) except? NULL:
    """NULL where there is none."""
    if order is None:
        return NULL
    if checked(order, np.int32, "order").shape[0] != <Py_ssize_t> count:
        raise TypeError(f"order: found {len(order)} elements, expected {count}")
    return <const int32_t *> cnp.PyArray_DATA(order)


cdef cnp.ndarray memory(size_fn measure, size_t a, size_t b):
    """Work memory for a kernel."""
    cdef size_t size
    check(measure(a, b, &size))
    return np.empty(size, np.uint64)


def bucket(keys, size_t size):
    """
    Which entries have which key.

    Parameters
    ----------
    keys : ndarray
        Int32, from 0 to size - 1.
    size : int
        How many keys there may be.

    Returns
    -------
    start : ndarray
        Intp [size + 1].
    order : ndarray
        Intp: those with key k are ``order[start[k]:start[k + 1]]``, in the order in which they came.
    """
    cdef cnp.ndarray key = checked(keys, np.int32, "keys")
    cdef size_t count = key.shape[0]
    if size >= 2**31 - 1:
        check(NUMJAC_TOO_LARGE)
    cdef cnp.ndarray start = np.empty(size + 1, np.intp), order = np.empty(count, np.intp)
    cdef int status
    with nogil:
        status = numjac_bucket(count, <const int32_t *> cnp.PyArray_DATA(key), size,
                               <ptrdiff_t *> cnp.PyArray_DATA(start), <ptrdiff_t *> cnp.PyArray_DATA(order))
    check(status)
    return start, order


def transpose(start, index, size_t size):
    """
    The lists of the other side, each in order.

    Parameters
    ----------
    start, index : ndarray
        A pattern.
    size : int
        What its lists name is from 0 to size - 1.

    Returns
    -------
    start, index : ndarray
        The pattern from the other side: `size` lists.
    source : ndarray
        Intp: the place at which each of their entries stood before.
    """
    cdef numjac_lists lists = lists_of(start, index, size)
    cdef cnp.ndarray begin = np.empty(size + 1, np.intp), entries = np.empty(len(index), np.int32)
    cdef cnp.ndarray source = np.empty(len(index), np.intp)
    cdef int status
    with nogil:
        status = numjac_transpose(&lists, <ptrdiff_t *> cnp.PyArray_DATA(begin), <int32_t *> cnp.PyArray_DATA(entries),
                                  <ptrdiff_t *> cnp.PyArray_DATA(source))
    check(status)
    return begin, entries, source


def first_fit(start, index, size_t rows, order=None):
    """
    Colours for columns: each in turn takes the lowest that no column with a row in common has.

    Parameters
    ----------
    start, index : ndarray
        The rows of each column.
    rows : int
        How many rows there are.
    order : ndarray, optional
        Int32: the turn of the columns; as they are numbered without it.

    Returns
    -------
    ndarray
        Int32, one for each column; 0 for one without entries.
    """
    cdef numjac_lists columns = lists_of(start, index, rows)
    cdef const int32_t *turn = order_of(order, columns.count)
    cdef cnp.ndarray desk = memory(numjac_first_fit_work, rows, columns.count)
    cdef cnp.ndarray color = np.empty(columns.count, np.int32)
    cdef size_t colors
    cdef int status
    with nogil:
        status = numjac_first_fit(&columns, turn, <uint64_t *> cnp.PyArray_DATA(desk),
                                  <int32_t *> cnp.PyArray_DATA(color), &colors)
    check(status)
    return color


cdef cnp.ndarray ordered(order_fn kernel, columns, rows):
    """An order by one of the kernels; without rows, `columns` is a symmetric pattern."""
    cdef numjac_lists by_columns, by_rows
    cdef const numjac_lists *others = NULL
    sides = [columns, columns if rows is None else rows]
    (start, index), (other_start, other_index) = sides
    by_columns = lists_of(start, index, count_of(other_start))
    if rows is not None:
        by_rows = lists_of(other_start, other_index, by_columns.count)
        others = &by_rows
        if len(index) != len(other_index):
            raise TypeError(f"found {len(index)} entries by columns, and {len(other_index)} by rows")
    cdef cnp.ndarray desk = memory(numjac_order_work, by_columns.size, by_columns.count)
    cdef cnp.ndarray order = np.empty(by_columns.count, np.int32)
    cdef int status
    with nogil:
        status = kernel(&by_columns, others, <uint64_t *> cnp.PyArray_DATA(desk), <int32_t *> cnp.PyArray_DATA(order))
    check(status)
    return order


def largest_first(columns, rows=None):
    """
    The columns with the most neighbours first.

    Parameters
    ----------
    columns : tuple
        ``(start, index)``, the rows of each column; the pattern of a symmetric matrix if there are no rows.
    rows : tuple, optional
        The same pattern by rows: columns with a row in common are neighbours.

    Returns
    -------
    ndarray
        Int32, the columns in their order.
    """
    return ordered(numjac_largest_first, columns, rows)


def smallest_last(columns, rows=None):
    """From the back, the column with the fewest neighbours among those that are left; as `largest_first`."""
    return ordered(numjac_smallest_last, columns, rows)


def incidence_degree(columns, rows=None):
    """From the front, the column with the most neighbours that were taken; as `largest_first`."""
    return ordered(numjac_incidence_degree, columns, rows)


def rounds_last(columns, rows):
    """A stand-in for `smallest_last`: all columns at once that have few neighbours."""
    return ordered(numjac_rounds_last, columns, tuple(rows))


def breadth_first(columns, rows):
    """A stand-in for `incidence_degree`: from row to row."""
    return ordered(numjac_breadth_first, columns, tuple(rows))


def star(start, index, order=None):
    """
    Colours for a symmetric matrix: one of (i, j) and (j, i) is alone in its row among those of its column's colour.

    Parameters
    ----------
    start, index : ndarray
        The pattern, the diagonal with it or without.
    order : ndarray, optional
        Int32: the turn of the columns.

    Returns
    -------
    ndarray
        Int32, one for each column.
    """
    cdef numjac_lists lists = lists_of(start, index, count_of(start))
    cdef const int32_t *turn = order_of(order, lists.count)
    cdef cnp.ndarray mirror = np.empty(len(index), np.intp), next_ = np.empty(lists.count, np.intp)
    cdef cnp.ndarray desk = memory(numjac_star_work, lists.count, len(index))
    cdef cnp.ndarray color = np.empty(lists.count, np.int32)
    cdef size_t colors
    cdef int status
    with nogil:
        status = numjac_mirror(&lists, <ptrdiff_t *> cnp.PyArray_DATA(next_), <ptrdiff_t *> cnp.PyArray_DATA(mirror))
    if status == NUMJAC_NO_MIRROR:
        # Perhaps the lists are not in order: those of the other side, which are the same, are.
        start, index, _ = transpose(start, index, lists.count)
        lists = lists_of(start, index, lists.count)
        with nogil:
            status = numjac_mirror(&lists, <ptrdiff_t *> cnp.PyArray_DATA(next_),
                                   <ptrdiff_t *> cnp.PyArray_DATA(mirror))
    check(status)
    with nogil:
        status = numjac_star(&lists, <const ptrdiff_t *> cnp.PyArray_DATA(mirror), turn,
                             <uint64_t *> cnp.PyArray_DATA(desk), <int32_t *> cnp.PyArray_DATA(color), &colors)
    check(status)
    return color
