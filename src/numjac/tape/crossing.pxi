# SPDX-License-Identifier: BSD-3-Clause
# What crosses the border of a trace: operands on their way in, results on their way out.

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
