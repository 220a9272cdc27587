# SPDX-License-Identifier: BSD-3-Clause
"""A compiled function as f: called from Python like any other, and by the operators without the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from numjac._native import DATA, SIZES, STATUS, Native, Pointer
from numjac.errors import NotAnalyticError, OptionError, ShapeError, SignatureError
from numjac.formats import FLOAT64
from numjac.native.jitted import RAISED, RESIZED, fills, is_jitted, wrapped
from numjac.native.signatures import Signature, signature_of
from numjac.native.sources import Found, address_of_data, found
from numjac.native.threads import Crew
from numjac.result import Array, FloatArray, Shape

__all__ = ["Compiled", "compiled"]

# How a bare address is called.
CANONICAL = Signature(SIZES | DATA | STATUS, None)

EXACT = (FLOAT64, np.dtype(np.complex128))

REASONS = {RAISED: "g raised an exception", RESIZED: "g returned another number of outputs than at x"}


class Compiled:
    """
    A compiled function; see `compiled`, which makes it.

    Calling it with x returns f(x), a float64 or complex128 array of the shape that f has.
    """

    def __init__(
        self,
        function: Any,
        *,
        m: int | Shape | None = None,
        n: int | None = None,
        data: Any = None,
        complex_function: Any = None,
        signature: str | None = None,
    ) -> None:
        self.jitted = is_jitted(function)
        self.function, self.complex_function = function, complex_function
        self.shape: Shape | None = None if m is None else _shape(m)
        self.n = None if n is None else int(n)
        self.data, self.owner = address_of_data(data)
        self.signature = signature
        self.__name__ = str(getattr(function, "__name__", None) or type(function).__name__)
        self.reasons = REASONS if self.jitted else {}
        self.crews: dict[int | None, Crew] = {}
        self.pointers: dict[tuple[Shape, bool], Pointer] = {}
        self.shapes: dict[Shape, Shape] = {}  # of f(x), for the shapes of x that were seen
        if not self.jitted:
            if self.shape is None:
                raise OptionError("m= is missing: a compiled function does not tell how many outputs it has")
            self._pointer((), False)
            if complex_function is not None:
                self._pointer((), True)
        elif self.shape is None and fills(function):
            raise OptionError("m= is missing: g(x, y) does not tell how many outputs it has")

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"

    def __call__(self, x: npt.ArrayLike) -> Any:
        """f(x)."""
        given = np.asarray(x)
        kind = np.complex128 if given.dtype.kind == "c" else np.float64
        evaluator = self.at(np.array(given, kind, order="C"), 1, _anywhere)
        evaluator.evaluate()
        value: Array = evaluator.value
        return value if value.ndim else value[()]

    def __getstate__(self) -> dict[str, Any]:
        """A function of numba is compiled again where it arrives; an address is worth nothing there."""
        if not self.jitted or self.data:
            raise TypeError(
                f"{self!r} has an address in this process: only functions of numba, without data, are pickled"
            )
        return self.__dict__ | {"pointers": {}, "crews": {}}

    @property
    def raises(self) -> bool:
        """Whether it can be called with complex numbers."""
        return self.complex_function is not None or self.jitted

    def at(
        self,
        point: Array,
        workers: int | None,
        where: Callable[..., str],
        real: FloatArray | None = None,
    ) -> Native:
        """
        The evaluator at a point.

        Parameters
        ----------
        point : ndarray
            Private and contiguous.
        workers : int or None
            Threads.
        where : callable
            The place of an evaluation in words.
        real : ndarray, optional
            f at the real part of a complex point, for the complex step.
        """
        of_complex = point.dtype.kind == "c"
        if self.n is not None and point.size != self.n:
            raise ShapeError(f"x has {point.size} entries, expected n={self.n}")
        if of_complex and not self.raises:
            raise NotAnalyticError("complex_function= was not given, so f can not be called with complex numbers")
        shape = self._shape_at(point)
        exact = point if point.dtype in EXACT else point.astype(np.complex128 if of_complex else np.float64)
        crew = self.crews.get(workers) or self.crews.setdefault(workers, Crew(workers))
        return Native(self._pointer(point.shape, of_complex), shape, exact, crew, where, self.reasons, real)

    def columns(
        self, x: object, workers: int | None, where: Callable[..., str], accept: Callable[..., None],
        stencil: FloatArray, step: float,
    ) -> tuple[Array, Array, int] | None:  # fmt: skip
        """
        A whole Jacobian in one go, where there is nothing but x to choose the nodes by.

        Parameters
        ----------
        x : object
            The point; anything but a plain array of float64 is refused before f is called.
        workers, where
            As of `at`.
        accept : callable
            ``accept(f_shape, x_shape)`` raises if the shape of f(x) is of no use.
        stencil : ndarray
            float64 [quotients, 3].
        step : float
            In units of x.

        Returns
        -------
        tuple or None
            The columns [m, n], f(x), the number of entries that were not finite; None if x was refused.
        """
        if type(x) is not np.ndarray or x.dtype is not FLOAT64 or not x.flags.carray:
            return None
        evaluator = self.at(x.copy(), workers, where)
        evaluator.evaluate()
        accept(evaluator.value.shape, x.shape)
        return evaluator.swept(stencil, step)

    def _shape_at(self, point: Array) -> Shape:
        """The shape of f(x); of a function that returns it, from a call."""
        if self.shape is not None:
            return self.shape
        if point.shape not in self.shapes:
            self.shapes[point.shape] = np.shape(self.function(point.copy() if point.ndim else point[()]))
        return self.shapes[point.shape]

    def _pointer(self, shape: Shape, of_complex: bool) -> Pointer:
        """The function for real or for complex numbers; of numba, for the axes of x."""
        key = ((-1,) if len(shape) == 1 else shape, of_complex) if self.jitted else ((), of_complex)
        if key not in self.pointers:
            if self.jitted:
                known = wrapped(self.function, shape, of_complex)
                text = known.text
            else:
                known = found(self.complex_function if of_complex else self.function)
                text = self._agreed(known)
            how = signature_of(text) if text else CANONICAL
            if how.of_complex is not None and how.of_complex != of_complex and not (of_complex and not self.jitted):
                kind = "complex" if of_complex else "real"
                raise SignatureError(f"the signature is {text!r}, expected pointers to {kind} numbers")
            self.pointers[key] = Pointer(
                known.address, how.has, of_complex, self.data or known.data, (known.owner, self.owner)
            )
        return self.pointers[key]

    def _agreed(self, known: Found) -> str:
        """The text of the signature, of the object or as it was given, which must say the same."""
        told = self.signature or ""
        if told and known.text and signature_of(told).has != signature_of(known.text).has:
            raise SignatureError(f"the signature is {known.text!r}, but signature={told!r} was given")
        return known.text or told


def _anywhere(*place: Any) -> str:
    return "at x"


def _shape(m: int | Shape) -> Shape:
    shape = (m,) if isinstance(m, (int, np.integer)) else tuple(m)
    if any(not isinstance(axis, (int, np.integer)) or isinstance(axis, bool) or axis < 0 for axis in shape):
        raise OptionError(f"m={m!r}: expected the number of outputs, or their shape")
    if prod(map(int, shape)) > 2**48:
        raise OptionError(f"m={m!r}: too many outputs")
    return tuple(map(int, shape))


def compiled(
    function: Any,
    *,
    m: int | Shape | None = None,
    n: int | None = None,
    data: Any = None,
    complex_function: Any = None,
    signature: str | None = None,
) -> Compiled:
    """
    A compiled function as f: its columns are computed without the interpreter, on several threads where that pays.

    Parameters
    ----------
    function : object
        One of

        - a ``numba.njit`` function ``y = g(x)``, or ``g(x, y)`` that writes y;
        - a ``numba.cfunc``, a function of ctypes, a pointer of cffi, a ``scipy.LowLevelCallable``, a PyCapsule such as
          Cython puts into ``__pyx_capi__``; their signatures are read and refused if they are none of those below;
        - an integer: the address of a function, of which nothing can be checked.
    m : int or tuple of int
        The number of outputs, or their shape; ``()`` for a scalar. Only a function ``y = g(x)`` of numba tells by
        itself. **A function that writes more than m outputs writes outside of its array**: nothing can keep it from
        that.
    n : int, optional
        The number of entries of x, if it is to be checked.
    data : None, int, ndarray, or an object of ctypes or cffi
        Handed to the function as its last argument; it is read by all threads at once.
    complex_function : object, optional
        The same function of complex numbers, for the complex step. Of a function of numba it is made by itself.
    signature : str, optional
        The signature in the words of C, where the object does not know it.

    Returns
    -------
    Compiled
        Called from Python like any f, and known to all operators, which take an option ``workers``.

    Raises
    ------
    SignatureError
        The function has a signature that can not be called.
    OptionError
        It is no compiled function, or m is missing.

    Notes
    -----
    Signatures: ``int f(size_t n, const double *x, size_t m, double *y, void *data)``, and the same without the sizes,
    without data, or returning nothing; for ``complex_function`` with complex numbers in place of doubles.

    f is called on several threads at once, so it must not write to anything but y. A status other than 0 stops the
    computation: a `StatusError` names the lowest column at which f returned it. y is filled with NaN before each call,
    so that an output that f does not write shows as NaN. An exception inside a ``numba.cfunc`` or a Python callback of
    ctypes can not be seen: it is printed, and shows as NaN or as a status. Inside a ``numba.njit`` function it is seen.

    A callback of ctypes that is written in Python works, from any thread, but slowly: each call takes the GIL.

    Examples
    --------
    >>> import ctypes
    >>> import numpy as np
    >>> import numjac as nj
    >>> double = ctypes.POINTER(ctypes.c_double)
    >>> @ctypes.CFUNCTYPE(ctypes.c_int, double, double, ctypes.c_void_p)
    ... def product(x, y, data):
    ...     y[0] = x[0] * x[1]
    ...     return 0
    >>> f = nj.compiled(product, m=1)
    >>> nj.jacobian(f, [3.0, 4.0]).round(9)
    array([[4., 3.]])
    """
    return Compiled(function, m=m, n=n, data=data, complex_function=complex_function, signature=signature)
