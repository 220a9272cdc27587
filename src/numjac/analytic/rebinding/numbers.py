# SPDX-License-Identifier: BSD-3-Clause
"""`math` and the built-in functions of numbers, which keep a number on the tape and compute what the real ones do."""

from __future__ import annotations

import builtins
import cmath
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities import RULES
from numjac.analytic.identities.special import FORMULAS
from numjac.analytic.identities.unknown import measured
from numjac.analytic.rules import Elementwise

__all__ = ["BUILTINS", "CMATH", "MATH", "as_float"]

# The functions of math that are ufuncs under another name, or the same.
LIKE_NUMPY = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "sqrt": np.sqrt, "cbrt": np.cbrt, "fabs": np.absolute, "degrees": np.degrees, "radians": np.radians,
    "pow": np.power, "atan2": np.arctan2, "copysign": np.copysign, "fmod": np.fmod,
}  # fmt: skip


def number_of(a: Any) -> Any:
    """A traced number, of an array with one entry too; anything else as it is."""
    return a.reshape(-1)[0] if isinstance(a, _tape.Array) and a.size == 1 else a


def recorded(function: Callable[..., Any], rule: Any, *args: Any) -> Any:
    """The value of a function of math, with the slopes of a rule."""
    args = tuple(map(number_of, args))
    traced = [a for a in args if isinstance(a, _tape.Scalar)]
    if not traced or not traced[0].tape.alive:
        return function(*args)
    tape, plain = traced[0].tape, tuple(np.float64(a.plainly) if isinstance(a, _tape.Scalar) else a for a in args)
    y = np.float64(function(*plain))
    rule.watch(tape, plain, y)
    if tape.second:
        parents = tuple((k, a.id) for k, a in enumerate(args) if isinstance(a, _tape.Scalar))
        return tape.note(rule, plain, {}, parents, y)
    with np.errstate(all="ignore"):
        pairs = [(a.id, float(rule.slopes[k](*plain, y))) for k, a in enumerate(args) if isinstance(a, _tape.Scalar)]
    return tape.records(y, pairs)


def logarithm(x: Any, base: Any = None) -> Any:
    """The natural logarithm, or that of a base."""
    rule = RULES[np.log]
    return recorded(math.log, rule, x) if base is None else recorded(math.log, rule, x) / recorded(math.log, rule, base)


def hypotenuse(*sides: Any) -> Any:
    """The length of a vector."""
    if len(sides) == 2:
        return recorded(math.hypot, RULES[np.hypot], *sides)
    return recorded(math.sqrt, RULES[np.sqrt], sum(s * s for s in sides))


def distance(p: Any, q: Any) -> Any:
    """The length of a difference."""
    return hypotenuse(*(a - b for a, b in zip(p, q, strict=True)))


def product(numbers: Any, *, start: Any = 1) -> Any:
    """One factor after the other."""
    for number in numbers:
        start = start * number
    return start


def precise_sum(numbers: Any) -> Any:
    """A sum without rounding: its value is that of math, each slope is one."""
    terms = [number_of(number) for number in numbers]
    traced = [term for term in terms if isinstance(term, _tape.Scalar)]
    if not traced:
        return math.fsum(terms)
    tape = traced[0].tape
    if tape.second:
        return sum(terms)
    y = math.fsum(term.plainly if isinstance(term, _tape.Scalar) else term for term in terms)
    return tape.records(y, [(term.id, 1.0) for term in traced])


def plain_of(a: Any) -> Any:
    """The value of a number that is only asked about."""
    a = number_of(a)
    return a.plainly if isinstance(a, _tape.Scalar) else a


def asked(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A question about numbers, whose answer is no number that depends on them."""
    return function(*map(plain_of, args), **{name: plain_of(value) for name, value in kwargs.items()})


class Module:
    """A module, some of whose names are others here."""

    def __init__(self, module: Any, names: dict[str, Any]) -> None:
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def __repr__(self) -> str:
        return repr(self._module)


def complex_function(ufunc: Any, function: Callable[..., Any], z: Any) -> Any:
    """A function of cmath: of what is traced the ufunc, whose last bit may be another one."""
    z = number_of(z)
    if not isinstance(z, (_tape.Scalar, _tape.Array)):
        return function(z)
    z.tape.looped = True
    return ufunc(z * (1 + 0j))  # type: ignore[operator]


CMATH = Module(
    cmath,
    {
        name: partial(complex_function, LIKE_NUMPY[name], getattr(cmath, name))
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
                     "exp", "log10", "sqrt")
    }
    | {"log": partial(complex_function, np.log, cmath.log), "phase": partial(complex_function, np.angle, cmath.phase)},
)  # fmt: skip


def _special(name: str) -> Any:
    """The rule of a special function of math; where its slope needs SciPy, math's own function is differenced."""
    function = getattr(math, name)
    slopes = FORMULAS[name][2] if name in ("erf", "erfc") else (None,)
    if slopes[0] is None:
        return measured(np.vectorize(function, otypes=[float]), (None,))
    return Elementwise(function=function, formula=FORMULAS[name][0], structure="diagonal", slopes=slopes)


MATH = Module(
    math,
    {
        name: partial(recorded, getattr(math, name), RULES[ufunc])
        for name, ufunc in LIKE_NUMPY.items()
        if hasattr(math, name)
    }
    | {name: partial(recorded, getattr(math, name), _special(name)) for name in ("erf", "erfc", "gamma", "lgamma")}
    | {"log": logarithm, "hypot": hypotenuse, "dist": distance, "prod": product, "fsum": precise_sum}
    | {name: partial(asked, getattr(math, name)) for name in ("isnan", "isinf", "isfinite", "isclose")},
)


def as_float(x: Any = 0.0) -> Any:
    """A float, or the traced number itself."""
    if isinstance(x, _tape.Scalar) and x.tape.alive:
        return x
    if isinstance(x, _tape.Array) and x.tape.alive:
        return x.reshape(-1)[0] if x.size == 1 else builtins.float(x)
    return builtins.float(x)


def as_complex(real: Any = 0.0, imag: Any = 0.0) -> Any:
    """A complex number, of traced parts too."""
    if isinstance(real, (_tape.Scalar, _tape.Array)) or isinstance(imag, (_tape.Scalar, _tape.Array)):
        return real + 1j * imag
    return builtins.complex(real, imag) if not isinstance(real, str) else builtins.complex(real)


def is_instance(a: Any, kinds: Any) -> bool:
    """What an object is, a tracer what it stands for."""
    if isinstance(a, _tape.Scalar):
        return issubclass(np.float64, _kinds(kinds))
    if isinstance(a, _tape.Array):
        return issubclass(np.ndarray, _kinds(kinds))
    return builtins.isinstance(a, _kinds(kinds))


def _kinds(kinds: Any) -> Any:
    """Classes, those that are others here as they really are."""
    if builtins.isinstance(kinds, tuple):
        return tuple(_kinds(kind) for kind in kinds)
    return {as_float: float, as_complex: complex}.get(kinds, kinds) if callable(kinds) and _hashable(kinds) else kinds


def _hashable(a: Any) -> bool:
    return getattr(type(a), "__hash__", None) is not None


BUILTINS: dict[str, Any] = {"float": as_float, "complex": as_complex, "isinstance": is_instance}
