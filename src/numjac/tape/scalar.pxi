# SPDX-License-Identifier: BSD-3-Clause
# Scalars: numbers that write records.

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
