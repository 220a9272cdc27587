# SPDX-License-Identifier: BSD-3-Clause
"""
The modules math and cmath for tracers: slopes are those of the table of identities.

Values of math are its own, bit for bit.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities import RULES
from numjac.analytic.rebinding.context import tape_among
from numjac.analytic.rebinding.standins import entry
from numjac.analytic.rules import Elementwise

__all__ = ["CMATH", "MATH", "OF_COMPLEX", "REPLACED", "digamma"]

Function = Callable[..., Any]

# Names in math, and the functions of NumPy whose slopes they have.
TWINS: dict[str, Any] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "sqrt": np.sqrt, "cbrt": np.cbrt, "fabs": np.fabs, "radians": np.radians, "degrees": np.degrees,
    "atan2": np.arctan2, "pow": np.power, "copysign": np.copysign, "fmod": np.fmod,
}  # fmt: skip

# Coefficients B_2k / (2 k) of the asymptotic series of the digamma function (NIST Handbook, 5.11.2).
BERNOULLI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def digamma(x: float) -> float:
    """The slope of ln |gamma|: by reflection and recurrence (NIST Handbook, 5.5) to where the series holds."""
    if x <= 0 and x == math.floor(x):
        return math.nan
    if x < 0.5:
        return digamma(1 - x) - math.pi / math.tan(math.pi * x)
    shift = 0.0
    while x < 10:
        shift, x = shift + 1 / x, x + 1
    t = 1 / x**2
    series = sum(c * t ** (k + 1) for k, c in enumerate(BERNOULLI))
    return math.log(x) - 0.5 / x - series - shift


def plain(x: Any) -> Any:
    """The number behind a tracer."""
    x = entry(x)
    return x.plainly if isinstance(x, _tape.Scalar) else x


def mathematical(function: Function, rule: Elementwise) -> Function:
    """A function of math with the slopes of a rule, for one operand or several."""

    def of(*args: Any) -> Any:
        args = tuple(map(entry, args))
        tape = tape_among(args)
        if tape is None or not tape.alive:
            return function(*args)
        given = tuple(map(plain, args))
        y = function(*given)
        operands = tuple(map(np.float64, given))
        rule.watch(tape, operands, np.float64(y))
        if tape.second:  # the slopes bend, too: that is known of nodes
            parents = tuple((k, a.id) for k, a in enumerate(args) if isinstance(a, _tape.Scalar))
            return tape.note(rule, operands, {}, parents, np.float64(y))
        with np.errstate(all="ignore"):
            slopes = [
                (a.id, float(rule.slopes[k](*operands, np.float64(y))))
                for k, a in enumerate(args)
                if isinstance(a, _tape.Scalar)
            ]
        return tape.records(y, slopes)

    return of


def own(function: Function, slope: Callable[[Any, Any], Any]) -> Function:
    """The same where NumPy has no such function."""
    rule = Elementwise(function=lambda x: of(x), structure="diagonal", slopes=(slope,))
    of = mathematical(function, rule)
    return of


def rounded(function: Function) -> Function:
    """A function that is constant piece by piece, from whole number to whole number."""

    def of(x: Any) -> Any:
        tape = tape_among([entry(x)])
        y = function(plain(x)) if tape is not None and tape.alive else function(x)
        if tape is not None and tape.alive:
            tape.kinked |= plain(x) == y
            tape.mix(int(y))
        return y

    return of


def asked(function: Function) -> Function:
    """A question whose answer does not depend smoothly on numbers."""

    def of(*args: Any, **kwargs: Any) -> Any:
        tape = tape_among(map(entry, args))
        answer = function(*map(plain, args), **kwargs) if tape is not None else function(*args, **kwargs)
        if tape is not None and tape.alive:
            tape.mix(int(answer))
        return answer

    return of


def several(function: Function, args: Sequence[Any], slopes: Function, formula: Function, kink: bool = False) -> Any:
    """
    A function of many numbers.

    Parameters
    ----------
    function : callable
        The value, of a list.
    args : sequence
        Some of them tracers.
    slopes : callable
        The derivative by each of a list, given that and the value.
    formula : callable
        The same function in words of NumPy, for second derivatives.
    kink : bool
        There is one where the value is zero.
    """
    args = list(map(entry, args))
    tape = tape_among(args)
    if tape is None or not tape.alive:
        return function(args)
    given = list(map(plain, args))
    y = function(given)
    tape.kinked |= kink and y == 0
    if tape.second:
        tape.looped = True  # it may round otherwise
        return formula(args)
    pairs = [(a.id, float(w)) for a, w in zip(args, slopes(given, y), strict=True) if isinstance(a, _tape.Scalar)]
    return tape.records(float(y), pairs)


def fsum(seq: Iterable[Any], /) -> Any:
    """The sum, rounded once."""
    return several(math.fsum, list(seq), lambda given, y: [1.0] * len(given), sum)


def prod(iterable: Iterable[Any], /, *, start: Any = 1) -> Any:
    """The product."""

    def others(given: list[Any], y: float) -> list[Any]:
        return [math.prod(given[:k] + given[k + 1 :]) for k in range(len(given))]

    def formula(args: list[Any]) -> Any:
        y = args[0]
        for factor in args[1:]:
            y = y * factor
        return y

    return several(lambda given: math.prod(given[1:], start=given[0]), [start, *iterable], others, formula)


def hypot(*coordinates: Any) -> Any:
    """The length of a vector."""

    def slopes(given: list[Any], y: float) -> list[float]:
        return [c / y if y else 0.0 for c in given]

    return several(lambda given: math.hypot(*given), coordinates, slopes, _length, kink=True)


def _length(args: list[Any]) -> Any:
    return np.sqrt(sum(c * c for c in args))


def dist(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    """The distance of two points."""
    a, b = list(p), list(q)
    n = len(a)

    def slopes(given: list[Any], y: float) -> list[float]:
        d = [(u - v) / y if y else 0.0 for u, v in zip(given[:n], given[n:], strict=True)]
        return d + [-w for w in d]

    def formula(args: list[Any]) -> Any:
        return _length([u - v for u, v in zip(args[:n], args[n:], strict=True)])

    return several(lambda given: math.dist(given[:n], given[n:]), a + b, slopes, formula, kink=True)


def sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    """The scalar product."""
    a, b = list(p), list(q)
    n = len(a)
    value: Any = getattr(math, "sumprod", None)
    return several(
        lambda given: value(given[:n], given[n:]),
        a + b,
        lambda given, y: given[n:] + given[:n],
        lambda args: sum(u * v for u, v in zip(args[:n], args[n:], strict=True)),
    )


def log(x: Any, base: Any = math.e, /) -> Any:
    """The logarithm to any base."""
    if base is math.e:
        return LN(x)

    def slopes(given: list[Any], y: float) -> list[float]:
        return [1 / (given[0] * math.log(given[1])), -y / (given[1] * math.log(given[1]))]

    return several(lambda given: math.log(*given), [x, base], slopes, lambda args: np.log(args[0]) / np.log(args[1]))


def fma(x: Any, y: Any, z: Any, /) -> Any:
    """A product and a sum, rounded once."""
    value: Any = getattr(math, "fma", None)
    return several(
        lambda given: value(*given),
        [x, y, z],
        lambda given, _: [given[1], given[0], 1.0],
        lambda args: args[0] * args[1] + args[2],
    )


def modf(x: Any, /) -> Any:
    """The fraction and the whole part."""
    tape = tape_among([entry(x)])
    if tape is None or not tape.alive:
        return math.modf(x)
    fraction, whole = math.modf(plain(x))
    tape.kinked |= fraction == 0
    return entry(x) - whole, whole


def remainder(x: Any, y: Any, /) -> Any:
    """What is left of x where the nearest multiple of y is taken away."""
    tape = tape_among([entry(x), entry(y)])
    if tape is None or not tape.alive:
        return math.remainder(x, y)
    a, b = plain(x), plain(y)
    r = math.remainder(a, b)
    tape.kinked |= abs(r) == abs(b) / 2
    return several(lambda given: math.remainder(*given), [x, y], lambda given, _: [1.0, (r - a) / b],
                   lambda args: args[0] - round((a - r) / b) * args[1])  # fmt: skip


def ldexp(x: Any, i: int, /) -> Any:
    """A multiple by a power of two."""
    return several(lambda given: math.ldexp(given[0], i), [x], lambda *_: [2.0**i], lambda args: args[0] * 2.0**i)


ROOT_PI = math.sqrt(math.pi)
LN = mathematical(math.log, RULES[np.log])  # type: ignore[arg-type]

REPLACED: dict[str, Function] = {
    **{name: mathematical(getattr(math, name), RULES[twin]) for name, twin in TWINS.items() if hasattr(math, name)},  # type: ignore[arg-type]
    **{name: rounded(getattr(math, name)) for name in ("floor", "ceil", "trunc")},
    **{name: asked(getattr(math, name)) for name in ("isnan", "isinf", "isfinite", "isclose")},
    "erf": own(math.erf, lambda x, y: 2 / ROOT_PI * np.exp(-x * x)),
    "erfc": own(math.erfc, lambda x, y: -2 / ROOT_PI * np.exp(-x * x)),
    "gamma": own(math.gamma, lambda x, y: y * digamma(float(x))),
    "lgamma": own(math.lgamma, lambda x, y: digamma(float(x))),
    "log": log, "fsum": fsum, "prod": prod, "hypot": hypot, "dist": dist, "modf": modf, "remainder": remainder,
    "ldexp": ldexp,
    **{name: function for name, function in (("sumprod", sumprod), ("fma", fma)) if hasattr(math, name)},
}  # fmt: skip


def complicated(function: Function, ufunc: Any) -> Function:
    """A function of cmath by the ufunc, which may round otherwise."""

    def of(z: Any, /) -> Any:
        z = entry(z)
        if not isinstance(z, (_tape.Scalar, _tape.Array)) or not z.tape.alive:
            return function(z)
        z.tape.looped = True
        return ufunc(np.add(z, 0j))  # type: ignore[arg-type]

    return of


OF_COMPLEX: dict[str, Function] = {
    name: complicated(getattr(cmath, name), TWINS.get(name, np.log))
    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp",
                 "log", "log10", "sqrt")
} | {"phase": complicated(cmath.phase, np.angle)}  # fmt: skip


def _standing(module: ModuleType, names: dict[str, Function]) -> ModuleType:
    found = ModuleType(module.__name__, module.__doc__)
    vars(found).update(vars(module) | names)
    return found


# What stands for the modules.
MATH, CMATH = _standing(math, REPLACED), _standing(cmath, OF_COMPLEX)
