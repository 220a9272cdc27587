# SPDX-License-Identifier: BSD-3-Clause
"""The ways to a derivative: what the names of methods stand for, in the order in which they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numjac.errors import (
    OptionError,
)
from numjac.numeric.adaptive import check_order
from numjac.numeric.chebyshev import POINTS as INTERVAL_POINTS
from numjac.numeric.contours import POINTS as CIRCLE_POINTS
from numjac.numeric.stencils import METHODS, Stencil
from numjac.numeric.steps import Wishes

__all__ = ["ALIASES", "ANALYTIC", "GRADIENT", "Way", "higher_ways_of", "second_ways", "ways_of"]


# SciPy's names for the same things.
ALIASES = {"2-point": "forward", "3-point": "central", "cs": "complex"}


@dataclass(frozen=True)
class Way:
    """
    The name of a method, its order, and its stencils, the preferred one first.

    Adaptive differences have none, nor do the circles in the complex plane that higher derivatives come from.
    """

    name: str
    order: int
    stencils: tuple[Stencil, ...] = ()
    circular: bool = False
    exact: bool = False

    def __str__(self) -> str:
        return self.name if self.exact else f"{self.name} of order {self.order}"

    @property
    def imaginary(self) -> bool:
        """Whether f is called beside the real axis."""
        return bool(self.stencils) and self.stencils[0].axis == "imaginary"


ANALYTIC = Way("analytic", 0, exact=True)


def ways_of(method: object, order: int | None, wishes: Wishes) -> tuple[Way, ...]:
    """
    The ways that a method stands for, in the order in which they are tried.

    ``"auto"`` is the complex step, else adaptive differences; those alone if an order is asked for. Steps that the user
    gives are meant for central differences.
    """
    name = ALIASES.get(method, method) if isinstance(method, str) else method
    known = ["auto", "analytic", "adaptive", *METHODS]
    if not isinstance(name, str) or name not in known:
        raise OptionError(f"method={method!r}: expected one of {', '.join(map(repr, [*known, *ALIASES]))}")
    if order is not None and not isinstance(order, (int, float, np.integer)):
        raise OptionError(f"order={order!r}: expected a positive integer")
    if name == "analytic" and order is not None:
        raise OptionError(f"order={order!r}: an analytic derivative has no order of accuracy")
    if name == "analytic" and wishes.given:
        raise OptionError("abs_step and rel_step are for differences; an analytic derivative takes no steps")
    if name == "adaptive" and wishes.given:
        raise OptionError("abs_step and rel_step are for fixed steps; adaptive differences choose their own")
    return _ways(name, order, wishes.given)


def higher_ways_of(method: object, order: int | None, wishes: Wishes, n: int) -> tuple[Way, ...]:
    """
    The same for derivatives of order n > 1: ``"auto"`` is circles in the complex plane, else intervals.

    From N points on a circle or an interval that shrinks by t, the error of the n-th derivative shrinks by t**N, or by
    t**(N - n).
    """
    ways = {
        "complex": Way("complex", CIRCLE_POINTS, circular=True),
        "adaptive": Way("adaptive", INTERVAL_POINTS - n),
    }
    name = ALIASES.get(method, method) if isinstance(method, str) else method
    if order is not None:
        raise OptionError(f"order={order!r}: derivatives of order n > 1 choose their own order of accuracy")
    if wishes.given:
        raise OptionError("abs_step and rel_step are for first derivatives; those of order n > 1 choose their own")
    if name == "auto":
        return tuple(ways.values())
    if not isinstance(name, str) or name not in ways:
        raise OptionError(f"method={method!r}: derivatives of order n > 1 have 'auto', {', '.join(map(repr, ways))}")
    return (ways[name],)


@lru_cache(typed=True)
def _ways(name: str, order: int | None, given: bool) -> tuple[Way, ...]:
    if name == "auto" and given:
        return (_fixed("central", 4 if order is None else order),)
    if name in METHODS:
        return (_fixed(name, order),)
    if name == "analytic":
        return (ANALYTIC,)
    adaptive = Way("adaptive", check_order(4 if order is None else order))
    return (adaptive,) if name == "adaptive" or order is not None else (ANALYTIC, _fixed("complex", None), adaptive)


def _fixed(name: str, order: int | None) -> Way:
    stencils = METHODS[name].of_order(order)
    return Way(name, stencils[0].order, stencils)


# Orders of the differences: of slopes that are exact, and of even parts.
ORDERS = {"complex": 4, "adaptive": 6}


NAMES = ("auto", "analytic", *ORDERS)


# Differences of the exact gradient, for traces with identities that do not know how they bend.
GRADIENT = Way("gradient", 4)


def second_ways(method: object, order: int | None, wishes: Wishes) -> tuple[Way, ...]:
    """The ways from values of f to second derivatives that a method stands for, in the order of trial."""
    name = ALIASES.get(method, method) if isinstance(method, str) else method
    if name not in NAMES:
        raise OptionError(
            f"method={method!r}: expected one of {', '.join(map(repr, NAMES))}; fixed differences twice over lose half "
            "of all digits, so they need gradient="
        )
    if name == "analytic" and order is not None:
        raise OptionError(f"order={order!r}: an analytic derivative has no order of accuracy")
    if wishes.given:
        raise OptionError("abs_step and rel_step: second derivatives choose their own steps, unless gradient= is given")
    adaptive = Way("adaptive", check_order(order or ORDERS["adaptive"]))
    raised = Way("complex", check_order(order or ORDERS["complex"]), METHODS["complex"].of_order(None))
    if name == "analytic":
        return (ANALYTIC,)
    if name == "auto":
        return (ANALYTIC, raised, adaptive) if order is None else (adaptive,)
    return (raised,) if name == "complex" else (adaptive,)
