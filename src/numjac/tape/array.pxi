# SPDX-License-Identifier: BSD-3-Clause
# Arrays: values, and the number of the element in each place.

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
