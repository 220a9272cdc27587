"""What holds of the adaptive core whatever f does."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trials import EPS, SIMPLE, Case, agree, begun, core, coverage, one, random_case

from numjac._trials import DOWN, UP

NOT_FINITE, UNRESOLVED, KINK, JUMP = 1, 32, 64, 128

NUMBERS = st.floats(width=64) | st.sampled_from([0.0, -0.0, 5e-324, 1e308, -1e308, math.inf, -math.inf, math.nan, 1.0])


@settings(max_examples=60)
@given(
    st.integers(1, 3).flatmap(lambda m: st.lists(st.lists(NUMBERS, min_size=m, max_size=m), min_size=1, max_size=8)),
    st.sampled_from([0.0, 1.0, -3.7, 1e-300, 1e300, 5e-324, 1.7e308, -1.7e308]),
    st.tuples(*[st.sampled_from([0.0, 1e-12, 0.02, 1.0, 1e3])] * 2),
    st.integers(1, 8),
    st.sampled_from([1, 2]),
    st.sampled_from([0.0, 1e-6]),
)
def test_whatever_f_returns_a_line_ends_and_stays_in_its_room(values, x, room, pairs, target, rtol):
    size = abs(x) if abs(x) >= 2.0**-1022 else 1.0
    room = [min(size * part, math.nextafter(math.inf, 0) - size) for part in room]
    f = iter(values * 40)
    case = Case(lambda t: next(f), x, size, *room, rtol=rtol, pairs=pairs, target=target)
    found = agree(case)
    assert len(found.h) <= 16
    for h, sides in zip(found.h, found.sides, strict=True):
        assert 0 < h <= (room[0] if sides & DOWN else math.inf)
        assert h <= (room[1] if sides & UP else math.inf)
        assert len(set(found.h)) == len(found.h)
    for V, E, flags in zip(found.V, found.E, found.flags, strict=True):
        assert (E >= 0).all()
        assert not np.isinf(V).any()
        assert np.isinf(E[np.array(flags) & (NOT_FINITE | UNRESOLVED | KINK | JUMP) != 0]).all()


# ------------------------------------------------------------------------------------------------ any order, any step


@pytest.mark.parametrize("m", [1, 9])
def test_lines_do_not_know_of_each_other(m):
    cases = []
    for seed in range(30):
        case = random_case(seed % 14, m)  # those without jitter, whose samples depend on the order
        case.eps, case.first, case.rtol, case.pairs, case.target = EPS[np.float64], 1e-2, 0.0, 3, 1
        case.frugal = case.calm = False
        cases.append(case)
    alone = [one(case).bits() for case in cases]
    order = np.random.default_rng(3).permutation(len(cases))
    assert [run.bits() for run in core(cases)] == alone
    assert [run.bits() for run in core([cases[k] for k in order])] == [alone[k] for k in order]


@pytest.mark.parametrize("kind", EPS)
@pytest.mark.parametrize("target", [1, 2])
def test_a_step_is_exact_in_the_format_of_x(kind, target):
    """Both nodes are numbers of that format, so that f sees the very step; beyond x it is a power of two."""
    rng = np.random.default_rng(7)
    for _ in range(60):
        x = float(kind(rng.choice([-1, 1]) * rng.uniform(0.5, 2.0) * 2.0 ** rng.integers(-3, 6)))
        low, high = (float(kind(abs(x) * part)) for part in rng.choice([0.0, 0.01, 10.0], 2))
        run = one(Case(lambda t: np.sin(3 * t), x, abs(x), low, high, EPS[kind], 0.1, pairs=4, target=target))
        for h, sides in zip(run.h, run.sides, strict=True):
            if h > abs(x):
                assert math.frexp(h)[0] == 0.5
            elif sides & UP:
                assert kind(x + h) == x + h
                assert Fraction(x + h) - Fraction(x) == Fraction(h)
            if h <= abs(x) and sides & DOWN:
                assert kind(x - h) == x - h
                assert Fraction(x) - Fraction(x - h) == Fraction(h)


def test_no_step_is_beyond_a_bound_that_is_no_multiple_of_the_grid():
    """One spacing inward from a rounded step may be outside on the other side, where two grids meet."""
    for x in (1 - 2.0**-53, 1.0, -1.0, math.nextafter(2, 0)):
        for part in (0.4, 0.7, 1.3, 2.6):
            run = one(Case(np.sin, x, 1.0, part * 2.0**-52, part * 2.0**-52))
            assert all(h <= part * 2.0**-52 for h in run.h)


def test_the_end_of_the_number_range_is_stepped_from_inward():
    most = np.finfo(float).max
    for x, low, high in ((most, 1e307, 0.0), (-most, 0.0, 1e307)):
        run = one(Case(lambda t: t / 1e300, x, most, low, high))
        assert run.h
        assert np.isfinite(run.h).all()
        assert abs(run.V[-1][0] - 1e-300) <= run.E[-1][0] <= 1e-312


@pytest.mark.parametrize("x", [1e-300, 1e-200, 1e-100, 1e100, 1e200, 1e300])
@pytest.mark.parametrize("target", [1, 2])
def test_steps_whose_squares_leave_the_range_of_numbers(x, target):
    """Derivatives of c t/x + c (t/x)^2 at x, with c such that the second one, 2c/x^2, is a number."""
    c = 10.0 ** (math.log10(x) * (1 if abs(math.log10(x)) > 150 else 0))
    run = agree(Case(lambda t: c * (t / x) + c * (t / x) ** 2, x, x, 0.5 * x, 0.5 * x, target=target))
    expected = 3 * (c / x) if target == 1 else 2 * (c / x) / x
    assert run.flags[-1] == [0]
    assert abs(run.V[-1][0] - expected) <= run.E[-1][0] <= 1e-4 * expected


# ------------------------------------------------------------------------------------------------------------ honesty


def check_polynomials(run):
    """With k pairs a polynomial of degree 2k has no truncation: what is left is the noise of its samples."""
    rng = np.random.default_rng(11)
    for pairs in (1, 2, 3, 4):
        for _ in range(10):
            c = np.polynomial.Polynomial(rng.uniform(-1, 1, 2 * pairs + 1))
            case = Case(c, x=0.75, size=0.75, low=0.7, high=0.7, pairs=pairs, first=0.03)
            error = abs(run(case).V[-1][0] - c.deriv()(0.75))
            assert error <= 300 * 2.0**-52 / 0.03, "five roundings of |f| < 9 over h, weights below 6"


def test_polynomials_are_found_to_rounding():
    check_polynomials(one)


@pytest.mark.parametrize("pairs", [1, 2, 3, 4])
def test_the_error_covers(pairs):
    """The goal is 99 of 100 on functions of all kinds; these are tame, and the slopes of NumPy are right to an ulp."""

    def cases(f):
        return [Case(f, x, x, 0.9 * x, 0.9 * x, pairs=pairs) for x in np.random.default_rng(5).uniform(0.2, 3.0, 25)]

    held, tightness = coverage(one, SIMPLE, cases)
    assert held >= (0.98 if pairs > 1 else 0.93), "two spreads of 250 draws are 0.01; one pair has no second opinion"
    assert tightness < 60, "a bound that is always infinite would cover, too"


# ----------------------------------------------------------------------------------------------------------- the door


def test_the_door_refuses_what_c_does_not_expect():
    case = Case(lambda t: [np.sin(t), t])
    trials, zero = begun([case]), np.array([0])
    for which, side, Y, message in [
        (np.array([1]), UP, np.zeros((1, 2)), "line 1, expected 0 to 0"),
        (np.array([-1]), UP, np.zeros((1, 2)), "line -1"),
        (zero, 3, np.zeros((1, 2)), "side 3"),
        (zero, 0, np.zeros((1, 2)), "side 0"),
        (zero, UP, np.zeros((1, 3)), "samples of shape"),
    ]:
        with pytest.raises(TypeError, match=message):
            trials.put(which, side, Y)
    with pytest.raises(TypeError, match="twice"):
        trials.decide(np.array([0, 0]))
    with pytest.raises(TypeError, match="line 7"):
        trials.decide(np.array([7]))
    with pytest.raises(TypeError, match="expected 1 elements"):
        trials.__init__(*[np.ones(9)] * 4, *[np.ones((1, 2))] * 2, np.ones((1, 2), bool), 1.0, 1.0, 1.0, 0.0, 1, 1)


def test_a_line_that_is_finished_takes_no_more():
    trials, which = begun([Case(np.sin)]), np.array([0])
    for _ in range(16):  # nothing was put: what was not sampled counts as not finite
        if trials.waiting()[0].size:
            trials.decide(which)
    assert not trials.waiting()[0].size
    with pytest.raises(TypeError, match="finished"):
        trials.decide(which)
    with pytest.raises(TypeError, match="finished"):
        trials.put(which, UP, np.zeros((1, 1)))
