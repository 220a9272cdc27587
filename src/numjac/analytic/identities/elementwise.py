# SPDX-License-Identifier: BSD-3-Clause
"""Identities of elementwise functions: the local Jacobian is the diagonal of f'."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from numjac.analytic.rules import Elementwise, Flat, Query, Rule

__all__ = ["ROWS"]

Slope = Callable[..., Any]
LN2, LN10 = np.log(2.0), np.log(10.0)


def unary(function: Any, formula: str, slope: Slope, kink: Slope | None = None) -> Rule:
    """A row for f(x)."""
    return Elementwise(function=function, formula=formula, structure="diagonal", slopes=(slope,), kink=kink)


def binary(function: Any, formula: str, by_a: Slope, by_b: Slope, kink: Slope | None = None) -> Rule:
    """A row for f(a, b)."""
    return Elementwise(
        function=function, formula=formula, structure="diagonal, diagonal", slopes=(by_a, by_b), kink=kink
    )


def flat(function: Any, formula: str, kink: Slope) -> Rule:
    """A row for what is constant piece by piece."""
    return Flat(function=function, formula=formula, structure="zero", slopes=(), kink=kink)


def query(function: Any, tie: Slope | None = None) -> Rule:
    """A row for what is asked of values."""
    return Query(function=function, formula="0", structure="zero", tie=tie)


def power_by_base(a: Any, b: Any, y: Any) -> Any:
    """The slope b a^(b-1); a power 0 does not depend on its base."""
    if isinstance(b, (int, float)):
        return 2.0 * a if b == 2 else 0.0 if b == 0 else 1.0 if b == 1 else b * np.power(a, b - 1.0)
    return np.where(b == 0, 0.0, b * np.power(a, np.where(b == 0, 1.0, b - 1.0)))


def power_by_exponent(a: Any, b: Any, y: Any) -> Any:
    """The slope y ln a; a base 0 does not feel a positive power."""
    return np.where((a == 0) & (np.real(b) > 0), 0.0, y * np.log(a))


def softmax_weight(a: Any, b: Any, y: Any) -> Any:
    """The share of a in logaddexp; where both are equal, or infinite, a half."""
    return np.where(a == b, 0.5, np.exp(a - y))


def sinc_slope(x: Any, y: Any) -> Any:
    """The slope (cos(pi x) - sinc x) / x; near 0 its series, where the difference would have no digits left."""
    t = np.pi * x
    series = -np.pi * t / 3 * (1 - t**2 / 10 * (1 - t**2 / 28 * (1 - t**2 / 54)))
    return np.where(np.abs(t) < 0.1, series, (np.cos(t) - y) / np.where(x == 0, 1.0, x))


def is_integer(*operands: Any) -> Any:
    """Where the first operand is a whole number."""
    return operands[0] == np.floor(operands[0])


def is_half(x: Any, y: Any) -> Any:
    """Where x lies in the middle of two whole numbers."""
    return np.abs(x - np.trunc(x)) == 0.5


def equal(a: Any, b: Any, y: Any) -> Any:
    """Where two operands meet."""
    return a == b


def zero(x: Any, *_: Any) -> Any:
    """Where the first operand is zero."""
    return x == 0


def half_way(x: Any, *rest: Any) -> Any:
    """Where x lies in the middle of two numbers with so many decimals."""
    t = x if len(rest) == 1 else x * 10.0 ** rest[0]
    return is_half(t, None)


def jumps(a: Any, b: Any, y: Any) -> Any:
    """Where a is a multiple of b, but for rounding, which is where a remainder jumps."""
    near = 4 * np.finfo(float).eps * np.maximum(np.abs(a), np.abs(b))
    return np.minimum(np.abs(y), np.abs(np.abs(y) - np.abs(b))) <= near


def steps(a: Any, b: Any, y: Any) -> Any:
    """The same of a quotient that is rounded down."""
    return jumps(a, b, np.remainder(a, b))


class Rounded(Flat):
    """Rounding to decimals."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Decimals by position."""
        kwargs = dict(kwargs)
        decimals = kwargs.pop("decimals", None)
        return Flat.record(self, tape, args if decimals is None else (*args, decimals), kwargs)


ROWS: list[Rule] = [
    unary(np.positive, "1", lambda x, y: 1.0),
    unary(np.negative, "-1", lambda x, y: -1.0),
    unary(np.fabs, "sign x", lambda x, y: np.sign(x), zero),
    unary(np.square, "2 x", lambda x, y: 2 * x),
    unary(np.reciprocal, "-1/x^2", lambda x, y: -y * y),
    unary(np.sqrt, "1/(2 sqrt x)", lambda x, y: 0.5 / y),
    unary(np.cbrt, "1/(3 cbrt(x)^2)", lambda x, y: 1 / (3 * y * y)),
    unary(np.exp, "exp x", lambda x, y: y),
    unary(np.exp2, "ln 2 2^x", lambda x, y: LN2 * y),
    unary(np.expm1, "exp x", lambda x, y: np.exp(x)),
    unary(np.log, "1/x", lambda x, y: 1 / x),
    unary(np.log2, "1/(x ln 2)", lambda x, y: 1 / (LN2 * x)),
    unary(np.log10, "1/(x ln 10)", lambda x, y: 1 / (LN10 * x)),
    unary(np.log1p, "1/(1 + x)", lambda x, y: 1 / (1 + x)),
    unary(np.sin, "cos x", lambda x, y: np.cos(x)),
    unary(np.cos, "-sin x", lambda x, y: -np.sin(x)),
    unary(np.tan, "1 + tan(x)^2", lambda x, y: 1 + y * y),
    unary(np.arcsin, "1/sqrt(1 - x^2)", lambda x, y: 1 / np.sqrt((1 - x) * (1 + x))),
    unary(np.arccos, "-1/sqrt(1 - x^2)", lambda x, y: -1 / np.sqrt((1 - x) * (1 + x))),
    unary(np.arctan, "1/(1 + x^2)", lambda x, y: 1 / (1 + x * x)),
    unary(np.sinh, "cosh x", lambda x, y: np.cosh(x)),
    unary(np.cosh, "sinh x", lambda x, y: np.sinh(x)),
    unary(np.tanh, "1/cosh(x)^2", lambda x, y: 1 / np.cosh(x) ** 2),
    unary(np.arcsinh, "1/sqrt(x^2 + 1)", lambda x, y: 1 / np.sqrt(x * x + 1)),
    unary(np.arccosh, "1/sqrt(x^2 - 1)", lambda x, y: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))),
    unary(np.arctanh, "1/(1 - x^2)", lambda x, y: 1 / ((1 - x) * (1 + x))),
    unary(np.deg2rad, "pi/180", lambda x, y: np.pi / 180),
    unary(np.radians, "pi/180", lambda x, y: np.pi / 180),
    unary(np.rad2deg, "180/pi", lambda x, y: 180 / np.pi),
    unary(np.degrees, "180/pi", lambda x, y: 180 / np.pi),
    unary(np.sinc, "(cos(pi x) - sinc x)/x", sinc_slope),
    binary(np.add, "1, 1", lambda a, b, y: 1.0, lambda a, b, y: 1.0),
    binary(np.subtract, "1, -1", lambda a, b, y: 1.0, lambda a, b, y: -1.0),
    binary(np.multiply, "b, a", lambda a, b, y: b, lambda a, b, y: a),
    binary(np.divide, "1/b, -a/b^2", lambda a, b, y: 1 / b, lambda a, b, y: -y / b),
    # of arrays, the operator takes another way than the ufunc for some exponents, to other bits
    *(binary(f, "b a^(b-1), y ln a", power_by_base, power_by_exponent) for f in (np.power, operator.pow)),
    binary(np.float_power, "b a^(b-1), y ln a", power_by_base, power_by_exponent),
    binary(np.hypot, "a/y, b/y", lambda a, b, y: a / y, lambda a, b, y: b / y),
    binary(
        np.arctan2,
        "b/(a^2 + b^2), -a/(a^2 + b^2)",
        lambda a, b, y: b / np.hypot(a, b) / np.hypot(a, b),
        lambda a, b, y: -a / np.hypot(a, b) / np.hypot(a, b),
    ),
    binary(np.maximum, "a >= b, b > a", lambda a, b, y: a >= b, lambda a, b, y: b > a, equal),
    binary(np.minimum, "a <= b, b < a", lambda a, b, y: a <= b, lambda a, b, y: b < a, equal),
    binary(np.fmax, "a >= b, b > a", lambda a, b, y: (a >= b) | np.isnan(b), lambda a, b, y: (b > a) | np.isnan(a),
           equal),
    binary(np.fmin, "a <= b, b < a", lambda a, b, y: (a <= b) | np.isnan(b), lambda a, b, y: (b < a) | np.isnan(a),
           equal),
    binary(np.remainder, "1, -floor(a/b)", lambda a, b, y: 1.0, lambda a, b, y: -np.floor_divide(a, b), jumps),
    binary(np.fmod, "1, -trunc(a/b)", lambda a, b, y: 1.0, lambda a, b, y: -np.rint((a - y) / b), jumps),
    binary(np.copysign, "sign(a) sign(b), 0", lambda a, b, y: np.sign(a) * np.copysign(1.0, b),
           lambda a, b, y: 0.0, lambda a, b, y: (a == 0) | (b == 0)),
    binary(
        np.logaddexp, "exp(a - y), exp(b - y)", softmax_weight, lambda a, b, y: softmax_weight(b, a, y)
    ),
    binary(
        np.logaddexp2,
        "2^(a - y), 2^(b - y)",
        lambda a, b, y: softmax_weight(a * LN2, b * LN2, y * LN2),
        lambda a, b, y: softmax_weight(b * LN2, a * LN2, y * LN2),
    ),
    binary(np.heaviside, "0, a == 0", lambda a, b, y: 0.0, lambda a, b, y: a == 0, zero),
    binary(np.ldexp, "2^b", lambda a, b, y: np.ldexp(1.0, b), lambda a, b, y: np.nan),
    flat(np.sign, "0", zero),
    flat(np.floor, "0", is_integer),
    flat(np.ceil, "0", is_integer),
    flat(np.trunc, "0", is_integer),
    flat(np.fix, "0", is_integer),
    flat(np.rint, "0", is_half),
    *(Rounded(function=f, formula="0", structure="zero", slopes=(), kink=half_way) for f in (np.round, np.around)),
    flat(np.floor_divide, "0, 0", steps),
    query(np.less, equal),
    query(np.less_equal, equal),
    query(np.equal, equal),
    query(np.not_equal, equal),
    query(np.greater, equal),
    query(np.greater_equal, equal),
    query(np.isfinite),
    query(np.isnan),
    query(np.isinf),
    query(np.signbit, zero),
    query(np.logical_not, zero),
    query(np.logical_and, lambda a, b, y: (a == 0) | (b == 0)),
    query(np.logical_or, lambda a, b, y: (a == 0) | (b == 0)),
    query(np.logical_xor, lambda a, b, y: (a == 0) | (b == 0)),
    query(np.isposinf),
    query(np.isneginf),
]  # fmt: skip
