# SPDX-License-Identifier: BSD-3-Clause
"""
A method is data: a stencil is a weighted mean of difference quotients.

Every finite difference of a first derivative can be written

    f'(x) ~ sum_q w_q [f(x + a_q h) - f(x + b_q h)] / [(a_q - b_q) h],     sum_q w_q = 1,

and the weights follow from the offsets alone. A quotient between mirrored nodes (a = -b = k) errs by a series in
u = (kh)^2, a quotient between a node and the point (a = k, b = 0) by a series in u = kh. The value at u = 0 of the
polynomial through the quotients is the mean with Lagrange's weights

    w_q = prod_{p != q} u_p / (u_p - u_q),

which removes one power of u for each quotient beyond the first: Richardson's extrapolation (Richardson 1911; in this
form Stoer and Bulirsch, *Introduction to Numerical Analysis*, section 3.5). With integer offsets they are the weights
of Fornberg, *Math. Comp.* 51 (1988), table 1 and 3. They are computed in rational numbers and rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import prod

import numpy as np

from numjac.errors import OptionError
from numjac.result import FloatArray

__all__ = ["METHODS", "Method", "Stencil", "central", "imaginary", "onesided"]

# One-sided weights grow like 2^order; beyond this order the rounding of f would swallow half of its digits.
MAX_ORDER = 30

# The balance of truncation and rounding is struck for a function whose Taylor series at x converges up to this
# multiple of |x|. Of elementary functions at 0.03 ... 16 the median error hardly changes between 0.2 and 0.7, the
# worst hundredth grows beyond 0.4: singularities are nearer than the point itself.
TAYLOR_RADIUS = 0.3

# Nothing cancels in a complex step, so h^2 may be far below the unit roundoff; for functions whose imaginary part is
# not exact it may just be so small that it does not show.
COMPLEX_STEP = 1e-20
LONG_COMPLEX_STEP = 1e-8


@dataclass(frozen=True)
class Stencil:
    """
    Offsets and weights of a first derivative.

    Parameters
    ----------
    upper, lower : tuple of int
        Offsets of the two nodes of each quotient, in steps; a lower offset 0 is the point itself, where f is known.
    weights : tuple of Fraction
        The share of each quotient; they sum to 1.
    order : int
        Order of accuracy: the error falls like h**order.
    axis : {"real", "imaginary"}
        Whether x moves along the real axis, or into the complex plane, where the imaginary part of f is differenced.
    step : float
        Of an imaginary axis: the step in units of the magnitude of x.

    Examples
    --------
    >>> central(4)
    4/3 [f(x + h) - f(x - h)] / 2h - 1/3 [f(x + 2h) - f(x - 2h)] / 4h + O(h^4)
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    weights: tuple[Fraction, ...]
    order: int
    axis: str = "real"
    step: float = 0.0

    @cached_property
    def table(self) -> FloatArray:
        """The stencil as the C core reads it, float64 [quotients, 3]: upper, lower, weight."""
        table = np.array([self.upper, self.lower, self.weights], dtype=np.float64).T.copy()
        table.flags.writeable = False
        return table

    @cached_property
    def embedded(self) -> tuple[Fraction, ...]:
        """Weights of the next lower order over the same quotients without the last; empty if there is but one."""
        u = [a * a if b else a for a, b in zip(self.upper, self.lower, strict=True)]
        return _extrapolated(u[:-1])

    def quotient(self, number: int) -> FloatArray:
        """The table of one quotient alone, with weight 1."""
        return np.array([[self.upper[number], self.lower[number], 1.0]])

    @property
    def reach(self) -> tuple[int, int]:
        """The lowest and the highest offset."""
        return min(self.lower + self.upper), max(self.upper + self.lower)

    @property
    def evaluations(self) -> int:
        """Evaluations in one column, f(x) not counted."""
        return len(self.upper) + sum(offset != 0 for offset in self.lower)

    def moment(self, power: int) -> Fraction:
        """What the stencil makes of the monomial t**power at t = 0 with h = 1; 1 for power 1."""
        return sum(
            (
                w * Fraction(a**power - b**power, a - b)
                for a, b, w in zip(self.upper, self.lower, self.weights, strict=True)
            ),
            Fraction(0),
        )

    @property
    def truncation(self) -> float:
        """C in the truncation error C h**p f^(p+1)(x) / (p+1)!, p the order."""
        return abs(float(self.moment(self.order + 1)))

    @property
    def amplification(self) -> float:
        """Rounding errors of relative size e in f become at most this times e |f| / h."""
        terms = zip(self.upper, self.lower, self.weights, strict=True)
        return float(sum(2 * abs(w) / abs(a - b) for a, b, w in terms))

    def relative_step(self, precision: float) -> float:
        """
        The step, in units of the magnitude of x, at which truncation and rounding are in balance.

        Parameters
        ----------
        precision : float
            Relative size of the errors in f: the unit roundoff, or larger for a noisy f.

        Notes
        -----
        The minimum over h of ``C (h/r)**p / r + A e / h`` with the truncation constant C, the amplification A, the
        order p and the radius r of the Taylor series (Gill, Murray, Saunders, Wright, *SIAM J. Sci. Stat. Comput.*
        4 (1983), equation 2.5, for p = 1).
        """
        step = self._steps.get(precision)
        return self._steps.setdefault(precision, self._balance(precision)) if step is None else step

    def _balance(self, precision: float) -> float:
        if self.axis == "imaginary":
            return self.step
        p = self.order
        return TAYLOR_RADIUS * float((self.amplification * precision / (p * self.truncation)) ** (1 / (p + 1)))

    @cached_property
    def _steps(self) -> dict[float, float]:
        return {}

    def __repr__(self) -> str:
        if self.axis == "imaginary":
            return f"Im f(x + ih) / h + O(h^{self.order})"
        return " ".join([*_signed(self.terms()), f"+ O(h^{self.order})"])

    def terms(self) -> list[tuple[Fraction, str]]:
        """The weights with their quotients written out."""
        quotients = zip(self.upper, self.lower, strict=True)
        texts = [f"[f({_node(a)}) - f({_node(b)})] / {_times_h(a - b)}" for a, b in quotients]
        return list(zip(self.weights, texts, strict=True))


def _times_h(k: int) -> str:
    return {1: "h", -1: "(-h)"}.get(k, f"{k}h" if k > 0 else f"({k}h)")


def _node(k: int) -> str:
    if k == 0:
        return "x"
    return f"x {'+' if k > 0 else '-'} {_times_h(abs(k))}"


def _signed(terms: list[tuple[Fraction, str]]) -> list[str]:
    """Terms of a sum with their signs: the first bare, the others with a space."""
    parts: list[str] = []
    for weight, text in terms:
        sign = "-" if weight < 0 else "+" if parts else ""
        factor = "" if abs(weight) == 1 else f"{abs(weight)} "
        parts.append(f"{sign} {factor}{text}".strip() if parts else f"{sign}{factor}{text}")
    return parts


def _extrapolated(u: list[int]) -> tuple[Fraction, ...]:
    """Lagrange's weights at zero for the abscissae u."""
    return tuple(Fraction(prod(v for v in u if v != w), prod(v - w for v in u if v != w)) for w in u)


def _check_order(order: int, divisor: int, family: str) -> None:
    if (
        not isinstance(order, (int, np.integer))
        or isinstance(order, bool)
        or order < 1
        or order > MAX_ORDER
        or order % divisor
    ):
        even = "an even" if divisor == 2 else "a"
        raise OptionError(f"order={order!r}: {family} differences have {even} positive order up to {MAX_ORDER}")


@lru_cache
def central(order: int) -> Stencil:
    """
    Symmetric differences: quotients over x - kh, x + kh for k = 1 ... order/2.

    Parameters
    ----------
    order : int
        Even, 2 to 30; also the number of evaluations in a column.

    Raises
    ------
    OptionError
        The order is odd or out of range.

    Examples
    --------
    >>> central(2)
    [f(x + h) - f(x - h)] / 2h + O(h^2)
    """
    _check_order(order, 2, "central")
    offsets = range(1, order // 2 + 1)
    return Stencil(tuple(offsets), tuple(-k for k in offsets), _extrapolated([k * k for k in offsets]), order)


@lru_cache
def onesided(order: int, side: int = 1) -> Stencil:
    """
    One-sided differences: quotients over x, x + kh for k = 1 ... order.

    Parameters
    ----------
    order : int
        1 to 30; also the number of evaluations in a column beside f(x).
    side : {1, -1}
        Sample above x or below it.

    Raises
    ------
    OptionError
        The order is out of range.

    Examples
    --------
    >>> onesided(2)
    2 [f(x + h) - f(x)] / h - [f(x + 2h) - f(x)] / 2h + O(h^2)
    >>> onesided(1, -1)
    [f(x - h) - f(x)] / (-h) + O(h^1)
    """
    _check_order(order, 1, "one-sided")
    offsets = range(1, order + 1)
    return Stencil(tuple(side * k for k in offsets), (0,) * order, _extrapolated(list(offsets)), order)


@lru_cache
def imaginary(step: float = COMPLEX_STEP) -> Stencil:
    """
    The complex step, the quotient of Im f(x + ith) between t = 1 and t = 0, where it vanishes.

    No difference of nearly equal numbers is taken, so h may be as small as 1e-20 |x| and the truncation, of order h^2,
    never shows (Squire and Trapp, *SIAM Review* 40 (1998), equation 2.3). Some special functions return imaginary
    parts with an error as large as the rounding of the real ones: for those there is a longer step.

    Examples
    --------
    >>> imaginary()
    Im f(x + ih) / h + O(h^2)
    """
    return Stencil((1,), (0,), (Fraction(1),), 2, "imaginary", step)


@dataclass(frozen=True)
class Method:
    """
    A name for a family of stencils.

    Parameters
    ----------
    name : str
        What the user calls it.
    stencils : callable
        ``stencils(order)``: the stencil of that order, and behind it those to take where bounds forbid it.
    order : int
        The default order.
    """

    name: str
    stencils: Callable[[int], tuple[Stencil, ...]]
    order: int

    def of_order(self, order: int | None) -> tuple[Stencil, ...]:
        """The stencils of an order, or of the default one."""
        return self.stencils(self.order if order is None else order)


def _complex(order: int) -> tuple[Stencil]:
    if order != imaginary().order:
        raise OptionError(f"order={order!r}: the complex step has order 2 and no truncation that could be seen")
    return (imaginary(),)


METHODS = {
    "central": Method("central", lambda p: (central(p), onesided(p), onesided(p, -1)), 2),
    "forward": Method("forward", lambda p: (onesided(p), onesided(p, -1)), 1),
    "backward": Method("backward", lambda p: (onesided(p, -1), onesided(p)), 1),
    "complex": Method("complex", _complex, 2),
}
