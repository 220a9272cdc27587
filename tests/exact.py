"""
Exact derivatives of a function as it is written: its own code, run on truncated power series of 60 digits.

NumPy applies a function to an array of objects by calling their method of that name, so a `Series` goes through
``np.exp(x) @ A`` as a number does. Nothing is differenced, and a constant keeps the float64 that the code has.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from math import factorial

import mpmath
import numpy as np

mp = mpmath.mp.clone()
mp.dps = 60


def elementwise(operation: Callable) -> Callable:
    """An operation between two numbers, which leaves arrays to NumPy."""
    return lambda self, other: NotImplemented if isinstance(other, np.ndarray) else operation(self, other)


class Series:
    """The polynomial c_0 + c_1 t + ... + c_d t^d; higher powers of t are dropped."""

    def __init__(self, c):
        self.c = c

    def __repr__(self):
        return f"Series({[float(c) for c in self.c]})"

    def _like(self, other):
        """Another operand as a series of this length; numbers are constants."""
        return other if isinstance(other, Series) else Series([mp.convert(other)] + [mp.zero] * (len(self.c) - 1))

    def _solution(self, first, slope):
        """The r with r_0 given and r' = slope u', where slope is a list that may still grow with r, or be r itself."""
        r = [first]
        slope = r if slope is None else slope
        for k in range(1, len(self.c)):
            r.append(mp.fdot((j * self.c[j], slope[k - j]) for j in range(1, k + 1)) / k)  # noqa: PERF401
        return Series(r)

    def _circular(self, sine, cosine, sign):
        """Sine and cosine, or the hyperbolic ones: s' = c u' and c' = sign s u'."""
        s, c = [sine], [cosine]
        for k in range(1, len(self.c)):
            terms = [(j * self.c[j], k - j) for j in range(1, k + 1)]
            s.append(mp.fsum(u * c[i] for u, i in terms) / k)
            c.append(sign * mp.fsum(u * s[i] for u, i in terms) / k)
        return Series(s), Series(c)

    # ------------------------------------------------------------------------------------------ arithmetic

    @elementwise
    def __add__(self, other):
        return Series([a + b for a, b in zip(self.c, self._like(other).c, strict=True)])

    @elementwise
    def __mul__(self, other):
        if not isinstance(other, Series):
            return Series([a * mp.convert(other) for a in self.c])
        return Series([mp.fdot(zip(self.c[: k + 1], other.c[k::-1], strict=True)) for k in range(len(self.c))])

    @elementwise
    def __truediv__(self, other):
        b, q = self._like(other).c, []
        for k, a in enumerate(self.c):
            q.append((a - mp.fsum(b[k - i] * q[i] for i in range(k))) / b[0])
        return Series(q)

    def __pow__(self, p):
        if p == int(p) and 0 <= p < 20:
            return reduce(operator.mul, [self] * int(p), self._like(1))
        u, p = self.c, mp.convert(p)
        r = [u[0] ** p]
        for k in range(1, len(u)):
            r.append(mp.fsum((p * j - (k - j)) * u[j] * r[k - j] for j in range(1, k + 1)) / (k * u[0]))
        return Series(r)

    def __neg__(self):
        return self * -1

    @elementwise
    def __sub__(self, other):
        return self + -self._like(other)

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self._like(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other):
        return self.c[0] < self._like(other).c[0]

    def __gt__(self, other):
        return self.c[0] > self._like(other).c[0]

    # ------------------------------------------------------------------------- what NumPy calls by these names

    def exp(self):
        return self._solution(mp.exp(self.c[0]), None)

    def expm1(self):
        return Series([mp.expm1(self.c[0]), *self.exp().c[1:]])

    def log(self):
        return self._solution(mp.log(self.c[0]), (1 / self).c)

    def log1p(self):
        return self._solution(mp.log1p(self.c[0]), (1 / (1 + self)).c)

    def sqrt(self):
        return self**0.5

    def sin(self):
        return self._circular(mp.sin(self.c[0]), mp.cos(self.c[0]), -1)[0]

    def cos(self):
        return self._circular(mp.sin(self.c[0]), mp.cos(self.c[0]), -1)[1]

    def tan(self):
        return self.sin() / self.cos()

    def sinh(self):
        return self._circular(mp.sinh(self.c[0]), mp.cosh(self.c[0]), 1)[0]

    def cosh(self):
        return self._circular(mp.sinh(self.c[0]), mp.cosh(self.c[0]), 1)[1]

    def tanh(self):
        return self.sinh() / self.cosh()

    def arctan(self):
        return self._solution(mp.atan(self.c[0]), (1 / (1 + self * self)).c)

    def arcsin(self):
        return self._solution(mp.asin(self.c[0]), ((1 - self * self) ** -0.5).c)

    def arcsinh(self):
        return self._solution(mp.asinh(self.c[0]), ((1 + self * self) ** -0.5).c)

    def arccosh(self):
        return self._solution(mp.acosh(self.c[0]), ((self * self - 1) ** -0.5).c)

    def arctanh(self):
        return self._solution(mp.atanh(self.c[0]), (1 / (1 - self * self)).c)


def taylor(f: Callable, x: object, direction: object, degree: int) -> np.ndarray:
    """The coefficients of f(x + t direction), t = 0, in mpmath's numbers: degree + 1 arrays of the shape of f(x)."""
    x, along = np.asarray(x, float), np.broadcast_to(direction, np.shape(x))
    padding = [mp.zero] * (degree - 1)
    line = [Series([mp.mpf(a), mp.mpf(b), *padding]) for a, b in zip(x.ravel().tolist(), along.flat, strict=True)]
    y = np.asarray(f(np.array(line, object).reshape(x.shape) if x.ndim else line[0]), object)
    rows = [value.c if isinstance(value, Series) else [mp.convert(value)] + [mp.zero] * degree for value in y.flat]
    return np.array(rows, object).T.reshape(degree + 1, *y.shape)


def derivatives(f: Callable, x: float, highest: int) -> np.ndarray:
    """f, f', ... up to the highest derivative at a scalar x, as float64."""
    c = taylor(f, x, 1, highest)
    return np.array([factorial(k) * c[k] for k in range(highest + 1)], object).astype(float)


def jacobian(f: Callable, x: object) -> np.ndarray:
    """The Jacobian, f.shape + x.shape, as float64."""
    units = np.eye(np.size(x)).reshape(-1, *np.shape(x))
    slopes = np.stack([taylor(f, x, unit, 1) for unit in units], axis=-1)[1]
    return slopes.astype(float).reshape(slopes.shape[:-1] + np.shape(x))


def hessian(f: Callable, x: object) -> np.ndarray:
    """The Hessian of a scalar f of a vector, from second derivatives along e_i + e_j, as float64."""
    e = np.eye(np.size(x))
    D = [[2 * taylor(f, x, a + b, 2)[2] for b in e] for a in e]
    H = [[(D[i][j] - (D[i][i] + D[j][j]) / 4) / 2 for j in range(len(e))] for i in range(len(e))]
    return np.array(H, object).astype(float)


def entry_size(J: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Each entry, but no less than 1e-3 of the largest of its row when every x is measured by its scale."""
    J = np.abs(J)
    return np.maximum(J, 1e-3 * (J * scale).max(axis=-1, keepdims=True) / scale)


@dataclass(frozen=True)
class Problem:
    """
    A function and a point, with the exact Jacobian there.

    ``length`` is over what change of x the function changes: abs(x), or 1 at zero, unless it says otherwise.
    """

    name: str
    f: Callable[..., object]
    x: object
    length: object = None

    def __str__(self) -> str:
        return self.name

    @cached_property
    def exact(self) -> np.ndarray:
        return jacobian(self.f, self.x)

    @cached_property
    def scale(self) -> np.ndarray:
        x = np.abs(np.asarray(self.x, float))
        return np.where(x == 0, 1.0, x) if self.length is None else np.broadcast_to(self.length, x.shape)

    @cached_property
    def size(self) -> np.ndarray:
        """What the error of each entry is measured by."""
        if np.ndim(self.x):
            return entry_size(self.exact, self.scale)
        value = np.asarray(taylor(self.f, self.x, 1, 1)[0], float)
        return np.maximum(np.abs(self.exact), 1e-3 * np.abs(value) / self.scale)

    def errors(self, J: object) -> np.ndarray:
        """The relative errors of the entries of J that are not zero; inf where they are not finite."""
        with np.errstate(all="ignore"):
            error = np.abs(np.asarray(J) - self.exact) / self.size
        return np.where(np.isfinite(error), error, np.inf)[self.exact != 0]
