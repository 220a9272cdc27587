# SPDX-License-Identifier: BSD-3-Clause
# Traces that were verified, again.

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
            return (found, value) if finite(found[0] if isinstance(found, tuple) else found.data) else None
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
