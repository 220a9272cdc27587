"""Derivatives from real samples: exact values, laws, short intervals, and functions that have none."""

from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_contours import KNOWN

from numjac.numeric.chebyshev import POINTS, chebyshev
from numjac.numeric.series import MOST

EPS = np.finfo(float).eps
HIGHEST = 10


def derivatives(f, x, highest=HIGHEST, **options):
    """The derivatives of an elementwise f, each entry of x a line."""
    x = np.atleast_1d(np.asarray(x, float))
    with np.errstate(all="ignore"):
        value = np.asarray(f(x), float)[:, np.newaxis]
    options = {"grain": EPS / 2 * np.abs(x)} | options
    size = np.where(x == 0, 1.0, np.abs(x))
    return chebyshev(lambda t: np.asarray(f(x + t))[..., np.newaxis], value, size, highest, EPS, **options)


def errors(f, x, exact, orders=range(1, HIGHEST + 1), **options):
    """The relative error and bound of every order, each with the interval chosen for it."""
    pairs = []
    for k in orders:
        found = derivatives(f, x, k, **options)
        D, bound = found.derivatives[-1, 0, 0], found.bounds[-1, 0, 0]
        error = abs(D - exact(k))
        assert not np.isfinite(bound) or error <= bound + 4 * EPS * abs(exact(k))  # the exact value is rounded, too
        pairs.append((error / abs(exact(k)), bound / abs(exact(k))))
    return pairs


@pytest.mark.parametrize(("f", "x", "exact"), KNOWN.values(), ids=KNOWN)
def test_formulas(f, x, exact):
    """Each order costs about the ratio of the number of coefficients and the distance of what is singular; exp at -30
    has most of its rounding at the upper end of the interval."""
    for k, (error, bound) in enumerate(errors(f, x, exact), 1):
        assert error <= 1e-13 * 40**k
        assert bound <= 1e-11 * 40**k


def test_the_median_of_what_was_promised():
    """The table of the design: 1e-12 at k = 2, 6e-11, 2e-9, and 8e-7 at k = 6."""
    goals = {2: 1e-12, 3: 6e-11, 4: 2e-9, 6: 8e-7}
    table = [errors(f, x, exact, goals) for f, x, exact in KNOWN.values()]
    median = np.median([[error for error, _ in row] for row in table], axis=0)
    assert (median <= list(goals.values())).all()


def test_a_polynomial_is_exact_and_beyond_its_degree_nothing_is_left():
    p = np.polynomial.Polynomial([0, 0, -3, 0, 0, 0, 0, 1])
    for k in range(1, HIGHEST + 1):
        found, exact = derivatives(p, 2.0, k), p.deriv(k)(2.0)
        error = abs(found.derivatives[-1, 0, 0] - exact)
        assert error <= found.bounds[-1, 0, 0]
        assert error <= 1e-10 * abs(exact) + (1e-9 if k > 7 else 0)  # the interval grows where nothing more is seen


def test_evaluations():
    rounds = [derivatives(f, x, k).rounds for f, x, _ in KNOWN.values() for k in range(1, 11)]
    assert np.mean(rounds) * POINTS <= 48
    assert max(rounds) <= MOST


@pytest.mark.parametrize("scale", [1e-300, 1e-100, 1e-8, 1.0, 1e8, 1e100, 1e300])
@pytest.mark.parametrize("height", [1e-300, 1.0, 1e300])
def test_units_of_x_and_f_do_not_matter(scale, height):
    """Where a derivative leaves the range of numbers nothing is claimed; else not a digit is lost."""
    with np.errstate(over="ignore", under="ignore"):
        for k in range(1, 7):
            found = derivatives(lambda x: height * np.exp(x / scale), 0.75 * scale, k)
            exact = np.exp(0.75) * height
            for _ in range(k):
                exact = exact / scale
            D, bound = found.derivatives[-1, 0, 0], found.bounds[-1, 0, 0]
            if 1e-290 < abs(exact) < 1e290:
                assert abs(D - exact) <= bound <= 1e-4 * exact
            else:
                assert not np.isfinite(bound) or abs(D - exact) <= bound + 1e-12 * exact


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 10))
def test_linear(a, b, k):
    """(a f + b g)^(k) = a f^(k) + b g^(k), each side with its own interval, within the sum of the bounds."""
    f, g = lambda x: np.exp(-x * x), lambda x: 1 / (2 + x)
    left = derivatives(lambda x: a * f(x) + b * g(x), 0.5, k)
    one, two = derivatives(f, 0.5, k), derivatives(g, 0.5, k)
    gap = left.derivatives[-1] - (a * one.derivatives[-1] + b * two.derivatives[-1])
    assert np.abs(gap) <= left.bounds[-1] + abs(a) * one.bounds[-1] + abs(b) * two.bounds[-1]


@given(st.integers(-90, 90), st.integers(1, 10))
def test_a_power_of_two_moves_the_exponent_only(power, k):
    a = 2.0**power
    one = derivatives(lambda x: np.sin(x) / (2 + x), 0.75, k)
    other = derivatives(lambda x: np.sin(a * x) / (2 + a * x), 0.75 / a, k)
    np.testing.assert_array_equal(other.derivatives[-1], np.ldexp(one.derivatives[-1], k * power))


@given(st.floats(0, 3), st.floats(1e-2, 3), st.integers(1, 6))
def test_no_sample_lies_outside_the_room(low, high, k):
    seen = []

    def sample(t):
        seen.extend([t.min(), t.max()])
        return np.exp(t)[..., np.newaxis]

    found = chebyshev(sample, np.ones((1, 1)), np.ones(1), k, EPS, low=low, high=high)
    assert -low <= min(seen)
    assert max(seen) <= high
    assert abs(found.derivatives[-1, 0, 0] - 1) <= found.bounds[-1, 0, 0]


@pytest.mark.parametrize(("low", "high"), [(0, np.inf), (np.inf, 0), (0.01, np.inf), (0.3, np.inf), (0.1, 0.2)])
@pytest.mark.parametrize("name", ["exp", "geometric", "log1p", "sqrt", "power"])
def test_one_side(low, high, name):
    """At the end of an interval each order costs the square of the number of coefficients, about 300."""
    f, x, exact = KNOWN[name]
    for k, (error, _) in enumerate(errors(f, x, exact, range(1, 5), low=low * x, high=high * x), 1):
        assert error <= 1e-14 * 1000**k


def test_an_end_of_the_domain():
    """sqrt(x - 1) at 1 + 1e-3 is NaN below 1: the interval shrinks until it is inside."""
    x = 1 + 2.0**-10
    found = derivatives(lambda x: np.sqrt(np.where(x >= 1, x, np.nan) - 1), x, 2)
    exact = -0.25 * 2.0**15
    assert abs(found.derivatives[-1, 0, 0] - exact) <= found.bounds[-1, 0, 0] <= 1e-5 * abs(exact)


@pytest.mark.parametrize("f", [lambda x: x * np.nan, lambda x: np.where(x == 0.5, 1.0, np.nan)])
def test_nan_everywhere_is_nothing(f):
    found = derivatives(f, 0.5)
    assert np.isnan(found.derivatives).all()
    assert np.isinf(found.bounds).all()
    assert found.rounds <= MOST


def test_no_room_is_nothing():
    found = derivatives(np.exp, [0.5, 0.7], 2, low=np.array([0.0, 1.0]), high=np.array([0.0, 1.0]))
    assert np.isinf(found.bounds[:, 0]).all()
    np.testing.assert_allclose(found.derivatives[:, 1, 0], np.exp(0.7), rtol=1e-10)


def test_outputs_of_very_different_size_have_bounds_of_their_own():
    sizes = np.array([1e-250, 1e-8, 1.0, 1e20, 1e250])
    found = chebyshev(lambda t: np.exp(t)[..., np.newaxis] * sizes, sizes[np.newaxis], np.ones(1), 3, EPS)
    error = np.abs(found.derivatives[-1, 0] / sizes - 1)
    assert (error <= found.bounds[-1, 0] / sizes).all()
    assert (found.bounds[-1, 0] / sizes <= 1e-8).all()


@pytest.mark.parametrize("power", [1, 3])
@pytest.mark.parametrize("k", [1, 2, 3, 5, 10])
def test_a_kink_has_no_derivative(power, k):
    """|x - 1|^power at 1: where the derivative does not exist, nothing is claimed that is smaller than itself."""
    if k < power:
        return
    found = derivatives(lambda x: np.abs(x - 1) ** power, 1.0, k)
    assert not found.bounds[-1, 0, 0] < abs(found.derivatives[-1, 0, 0])


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_jump_has_no_derivative(k):
    assert np.isinf(derivatives(lambda x: np.sign(x - 1), 1.0, k).bounds[-1]).all()


def test_what_is_smooth_between_kinks_is_found():
    """|x| at 1 under an offset that hides nearly all digits: the interval must not grow beyond the kink."""
    found = derivatives(lambda x: 1e6 + np.abs(x), 1.0, 1)
    assert abs(found.derivatives[0, 0, 0] - 1) <= found.bounds[0, 0, 0] <= 1e-6


@pytest.mark.parametrize("noise", [1e-12, 1e-8, 1e-4])
def test_noise_that_is_told_is_in_the_bound(noise):
    """Four deviations, 198 trials."""
    rng, missed = np.random.default_rng(1), 0
    for k in (1, 2, 4):
        for _ in range(66):
            found = derivatives(lambda x: np.exp(x) + noise * rng.normal(size=x.shape), 0.0, k, noise=noise)
            missed += abs(found.derivatives[-1, 0, 0] - 1) > found.bounds[-1, 0, 0]
    assert missed <= 2


def test_noise_is_a_matter_of_each_output():
    rng, noise = np.random.default_rng(2), np.array([0.0, 1e-6])
    sample = lambda t: np.exp(t)[..., np.newaxis] + noise * rng.normal(size=(*t.shape, 2))  # noqa: E731
    found = chebyshev(sample, np.ones((1, 2)), np.ones(1), 2, EPS, noise=noise)
    assert (np.abs(found.derivatives[-1, 0] - 1) <= found.bounds[-1, 0]).all()
    assert found.bounds[-1, 0, 0] < 1e-9 < 1e-6 < found.bounds[-1, 0, 1]


def test_a_planted_fault_is_seen():
    """The tests above can fail: a thousandth more, or another sign, is far outside every bound."""
    for f, x, exact in KNOWN.values():
        found = derivatives(f, x, 3)
        for fault in (1.001, -1):
            assert abs(found.derivatives[-1, 0, 0] * fault - exact(3)) > found.bounds[-1, 0, 0]


def test_the_factorials_of_a_geometric_series():
    """All orders of one call: those below the highest come along, with bounds of their own."""
    found = derivatives(lambda x: 1 / (1 - x), 0.25, 6)
    exact = np.array([factorial(k) / 0.75 ** (k + 1) for k in range(1, 7)])
    assert (np.abs(found.derivatives[:, 0, 0] - exact) <= found.bounds[:, 0, 0]).all()
