"""Stencils: weights, constants, and what they say of themselves."""

import re
from fractions import Fraction

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from numjac.errors import OptionError
from numjac.numeric.stencils import MAX_ORDER, METHODS, central, imaginary, onesided

FAMILIES = [central(p) for p in range(2, 21, 2)] + [onesided(p, side) for p in range(1, 13) for side in (1, -1)]


@pytest.mark.parametrize("stencil", FAMILIES, ids=repr)
def test_weights_solve_the_moment_equations(stencil):
    ours = reference.weights_of_samples(stencil)
    offsets = sorted({*stencil.upper, *stencil.lower, 0})
    theirs = dict(zip(offsets, reference.weights_by_moments(offsets), strict=True))
    assert ours == {offset: weight for offset, weight in theirs.items() if weight}


@pytest.mark.parametrize("stencil", FAMILIES, ids=repr)
def test_polynomials_are_exact_up_to_the_order_and_not_beyond(stencil):
    assert stencil.moment(1) == sum(stencil.weights) == 1
    assert all(stencil.moment(power) == 0 for power in range(2, stencil.order + 1))
    assert stencil.moment(stencil.order + 1) != 0


def test_weights_of_the_textbook():
    assert central(2).weights == (1,)
    assert central(4).weights == (Fraction(4, 3), Fraction(-1, 3))
    assert central(6).weights == (Fraction(3, 2), Fraction(-3, 5), Fraction(1, 10))
    assert reference.weights_of_samples(onesided(2)) == {0: Fraction(-3, 2), 1: 2, 2: Fraction(-1, 2)}


@pytest.mark.parametrize("stencil", FAMILIES, ids=repr)
def test_the_embedded_stencil_has_one_quotient_less(stencil):
    less = central(stencil.order - 2) if stencil.lower[0] and stencil.order > 2 else None
    if not stencil.lower[0] and stencil.order > 1:
        less = onesided(stencil.order - 1)
    assert stencil.embedded == (less.weights if less else ())


def test_evaluations_and_reach():
    assert central(6).evaluations == onesided(6).evaluations == 6
    assert central(6).reach == (-3, 3)
    assert onesided(3, -1).reach == (-3, 0)
    assert imaginary().evaluations == 1


@given(st.sampled_from(FAMILIES), st.sampled_from([2.2e-16, 1.2e-7, 1e-3]))
def test_the_step_balances_truncation_and_rounding(stencil, precision):
    def error(h):
        return stencil.truncation * (h / 0.3) ** stencil.order / 0.3 + stencil.amplification * precision / h

    best = stencil.relative_step(precision)
    assert error(best) <= min(error(1.01 * best), error(best / 1.01))


def test_the_table_is_read_only():
    with pytest.raises(ValueError, match="read-only"):
        central(4).table[0, 0] = 1


@pytest.mark.parametrize("order", [0, -2, 3, 2.0, "2", MAX_ORDER + 2])
def test_central_orders_are_even(order):
    with pytest.raises(OptionError, match="even positive order"):
        central(order)


@pytest.mark.parametrize("order", [0, -1, 1.5, None, MAX_ORDER + 1])
def test_onesided_orders_are_positive(order):
    with pytest.raises(OptionError, match="positive order"):
        onesided(order)


def test_the_complex_step_has_no_order_to_choose():
    assert METHODS["complex"].of_order(2) == (imaginary(),)
    with pytest.raises(OptionError, match="complex step has order 2"):
        METHODS["complex"].of_order(4)


@pytest.mark.parametrize(
    ("stencil", "text"),
    [
        (central(2), "[f(x + h) - f(x - h)] / 2h + O(h^2)"),
        (onesided(1), "[f(x + h) - f(x)] / h + O(h^1)"),
        (onesided(1, -1), "[f(x - h) - f(x)] / (-h) + O(h^1)"),
        (onesided(2), "2 [f(x + h) - f(x)] / h - [f(x + 2h) - f(x)] / 2h + O(h^2)"),
        (imaginary(), "Im f(x + ih) / h + O(h^2)"),
    ],
)
def test_a_stencil_shows_itself(stencil, text):
    assert repr(stencil) == text


def test_what_a_stencil_shows_is_what_it_does():
    for stencil in FAMILIES:
        code = repr(stencil).partition(" + O(")[0].replace("[", "(").replace("]", ")")
        code = re.sub(r"(\d+)h", r"(\1 * h)", code)
        code = re.sub(r"(\d) \(", r"\1 * (", code)
        value = eval(code, {"f": np.exp, "x": 0.25, "h": 1e-2})
        assert value == pytest.approx(np.exp(0.25), rel=0.01)
