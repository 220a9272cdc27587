"""Adaptive differences as a user meets them: exact functions, hostile ones, and what the error bars promise."""

import warnings
from itertools import pairwise

import numpy as np
import problems
import pytest
import scenarios
import trees
from hypothesis import given
from hypothesis import strategies as st
from opaque import opaque
from scenarios import SCENARIOS

import numjac as nj
from numjac.errors import NonFiniteWarning, NonSmoothWarning, OptionError, ToleranceWarning, UnresolvedWarning
from numjac.result import Flag

# A first derivative by levels at optimal steps has an error near eps**(p / (p + 1)) (p the order); a factor of 100 is
# for functions whose scale is not that of x.
ACCURACY = {2: 1e-8, 4: 3e-11, 6: 3e-12, 8: 1e-12}


@pytest.fixture(autouse=True)
def quiet():
    """What f meets beyond the edge of its domain is its own affair."""
    with np.errstate(all="ignore"):
        yield


def adaptive(f, x, **options):
    return nj.jacobian(f, x, method="adaptive", full_output=True, **options)


@pytest.mark.parametrize("order", ACCURACY)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_scenarios(scenario, order):
    J, report = adaptive(scenario.f, scenario.x, order=order)
    assert scenarios.error(J, scenario.jacobian) < ACCURACY[order]
    assert np.all(np.abs(J - scenario.jacobian) <= report.error)
    assert (report.method, report.order) == ("adaptive", order)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.vectorized], ids=str)
@pytest.mark.parametrize("order", [4, 8])
def test_a_vectorized_function_gives_the_same_bits(scenario, order, counted):
    f = counted(scenario.f)
    J, report = adaptive(f, scenario.x, order=order, vectorized=True)
    alone, other = adaptive(scenario.f, scenario.x, order=order)
    # NumPy itself may round sums and powers of many points differently, which moves a step by one candidate.
    np.testing.assert_allclose(J, alone, rtol=0, atol=np.max(report.error + other.error))
    assert f.calls == report.nfev


def test_one_round_is_one_call(counted):
    f = counted(lambda x: np.exp(x) * np.abs(1.0))
    adaptive(f, np.linspace(1, 2, 50), vectorized=True)
    # f(x), the line, and two rounds; mixing is looked for once, with one call more
    assert f.calls <= 1 + 1 + 1 + 2


@pytest.mark.parametrize("order", [4, 8])
def test_four_evaluations_a_column_and_seven_more(order, counted):
    f = counted(lambda x: np.exp(np.sin(x)) * x.sum())
    x = np.linspace(0.5, 1.5, 12)
    _, report = adaptive(f, x, order=order)
    assert f.calls == report.nfev <= order * x.size + 7


def test_told_noise_needs_no_line(counted):
    f = counted(np.exp)
    adaptive(f, [1.0, 2.0], noise=0)
    assert f.calls == 1 + 2 * 4
    f = counted(np.exp)
    _, report = adaptive(f, [1.0, 2.0], noise=1e-6)
    assert f.calls <= 1 + 2 * 4 + 2 * 10
    np.testing.assert_allclose(report.noise, 1e-6)


def test_f0_is_not_evaluated_again(counted):
    f = counted(np.exp)
    J, report = adaptive(f, [1.0, 2.0], f0=np.exp([1.0, 2.0]))
    assert f.calls == report.nfev == 6 + 8
    np.testing.assert_allclose(np.diag(J), np.exp([1.0, 2.0]), rtol=1e-11)


def test_no_place_is_visited_twice():
    """The proof of a complex step and the line that shows the noise share a point."""
    seen = []

    def f(x):
        seen.append(np.array(x).tobytes())
        return np.abs(x) * x

    _, report = nj.jacobian(opaque(f), [1.0, -2.0, 3.0], full_output=True)
    assert report.method == "adaptive"
    assert report.nfev.by_kind["traced"] == 2, "as it is, and with other globals"
    assert len(seen) == len(set(seen)) == report.nfev - 2


# -------------------------------------------------------------------------------------- error bars


@pytest.mark.parametrize("order", [4, 6, 8])
def test_error_bars_hold_on_trees(order):
    errors, bars = [], []
    for problem in trees.scalar_trees(815, 150):
        slope, report = nj.derivative(problem.f, problem.x, method="adaptive", order=order, full_output=True)
        errors.append(float(abs(slope - problem.exact)))
        bars.append(report.error)
    covered = np.mean(np.array(errors) <= bars)
    assert covered >= 0.97  # 99 % of all; of 150 two or three more may miss by chance


def test_an_error_bar_can_miss():
    """What the test above would say of bars a thousand times as narrow."""
    misses = 0
    for problem in trees.scalar_trees(815, 60):
        slope, report = nj.derivative(problem.f, problem.x, method="adaptive", full_output=True)
        misses += abs(slope - problem.exact) > report.error / 1000
    assert misses > 6


@pytest.mark.parametrize("noise", [1e-12, 1e-8, 1e-4])
def test_noise_is_seen_and_allowed_for(noise):
    covered = found = cases = 0
    for problem in problems.near_smooth(5, 5):
        f = problems.noisy(problem.f, noise, 11)
        with warnings.catch_warnings(action="ignore"):
            slope, report = nj.derivative(f, problem.x, method="adaptive", full_output=True)
        cases += 1
        covered += bool(np.all(np.abs(slope - problem.exact) <= report.error))
        found += 0.2 < report.noise / (noise * abs(float(problem.f(problem.x)))) < 5
    assert covered >= 0.93 * cases
    assert found >= 0.8 * cases


def test_float32_inside_is_just_noise():
    f = problems.single_inside(np.sin)
    slope, report = nj.derivative(f, 1.1, method="adaptive", full_output=True)
    assert abs(slope - np.cos(1.1)) <= report.error < 1e-4
    assert report.flags & Flag.NOISY


def test_an_entry_of_another_size_has_its_own_bar():
    J, report = adaptive(lambda x: np.array([1e12 * np.exp(x[0]), 1e-12 * np.sin(x[0])]), [0.7])
    exact = np.array([[1e12 * np.exp(0.7)], [1e-12 * np.cos(0.7)]])
    np.testing.assert_allclose(J, exact, rtol=1e-10)
    assert np.all(report.error < 1e-9 * np.abs(exact))


# ---------------------------------------------------------------------------------- edges and scales


@pytest.mark.parametrize("order", [4, 6, 8])
@pytest.mark.parametrize("case", problems.DOMAIN, ids=str)
def test_domain(case, order):
    slope, report = nj.derivative(case.f, case.x, method="adaptive", order=order, full_output=True)
    assert case.errors(slope).max() < 1e-8
    assert np.abs(slope - case.exact) <= report.error


@pytest.mark.parametrize("case", [*problems.misscaled(), *problems.hidden_scale()], ids=str)
def test_a_hidden_scale_is_found_or_told(case):
    with warnings.catch_warnings(action="ignore"):
        slope, report = nj.derivative(case.f, case.x, method="adaptive", full_output=True)
    # twice the bar: one case in a hundred may be beyond the bar itself
    assert np.isinf(report.error) or abs(slope - case.exact) <= 2 * report.error


@pytest.mark.parametrize("x", [1e-300, 1e-150, 1e-9, 1.0, 1e9, 1e150, 1e300])
def test_any_magnitude(x):
    if 1e-150 <= x <= 1e150:  # beyond, the derivative itself is no number of float64
        slope, report = nj.derivative(lambda t: np.sin(t / x) / x, x, method="adaptive", full_output=True)
        assert abs(slope - np.cos(1.0) / x / x) <= report.error < 1e-9 / x / x
    ratio = nj.derivative(lambda t: np.exp(t / x), x, method="adaptive") * x
    assert ratio == pytest.approx(np.e, rel=1e-10)


def test_typical_x_helps_at_zero():
    wide, report = nj.derivative(lambda x: np.sin(1e10 * x), 0.0, method="adaptive", x_scale=1e-10, full_output=True)
    assert wide == pytest.approx(1e10, rel=1e-10)
    assert report.error < 1


@pytest.mark.parametrize(("low", "high"), [(1.0, np.inf), (-np.inf, 1.0), (1.0 - 1e-9, 2.0), (0.999, 1.001)])
def test_bounds(low, high):
    places = []

    def f(x):
        places.append(float(x))
        return np.exp(x) * np.abs(1.0)

    slope, report = nj.derivative(f, 1.0, method="adaptive", bounds=(low, high), full_output=True)
    assert min(places) >= low
    assert max(places) <= high
    assert abs(slope - np.e) <= report.error < 1e-8
    assert bool(report.flags & Flag.ONE_SIDED) == (min(1 - low, high - 1) < 1e-8)


def test_a_box_without_room():
    with pytest.warns(NonFiniteWarning, match="no room"):
        slope, report = nj.derivative(np.exp, 1.0, method="adaptive", bounds=(1.0, 1.0), full_output=True)
    assert np.isnan(slope)
    assert report.flags == Flag.NO_ROOM
    assert report.error == np.inf


def test_a_function_that_ends_at_x_is_differentiated_to_one_side():
    slope, report = nj.derivative(lambda x: np.where(x < 2, np.nan, x**3), 2.0, method="adaptive", full_output=True)
    assert abs(slope - 12) <= report.error < 1e-6  # a third of the levels goes into the search for an edge
    assert report.flags == Flag.ONE_SIDED


# --------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("case", problems.KINKS, ids=str)
def test_kinks_are_named_with_both_slopes(case):
    with pytest.warns(NonSmoothWarning, match="a kink, with slopes"):
        slope, report = nj.derivative(case.f, case.x, method="adaptive", full_output=True)
    assert report.flags == Flag.KINK
    assert report.error == np.inf
    (kink,) = report.kinks
    assert slope == pytest.approx((kink.left + kink.right) / 2, abs=1e-4)
    np.testing.assert_allclose([kink.left, kink.right], (case.left, case.right), atol=1e-6)


@pytest.mark.parametrize("case", problems.JUMPS, ids=str)
def test_jumps_are_named(case):
    with pytest.warns(NonSmoothWarning, match="jumps at x"):
        slope, report = nj.derivative(case.f, case.x, method="adaptive", full_output=True)
    assert report.flags & Flag.JUMP
    assert np.isnan(slope)
    assert report.error == np.inf


def test_a_kink_in_one_entry_leaves_the_others():
    with pytest.warns(
        NonSmoothWarning, match=r"1 of 4 entries do not exist; the first is the derivative of output 1 by x\[0\]"
    ):
        J, report = adaptive(lambda x: np.array([np.sin(x[0]) * x[1], np.abs(x[0] - 1) + x[1]]), [1.0, 2.0])
    np.testing.assert_allclose(J[0], [2 * np.cos(1.0), np.sin(1.0)], rtol=1e-10)
    assert np.isinf(report.error).tolist() == [[False, False], [True, False]]
    assert report.kinks[0].output == 1


def test_nan_beside_x_is_no_number_that_looks_good():
    with pytest.warns(NonFiniteWarning):
        slope, report = nj.derivative(lambda x: np.where(x == 1.5, x, np.nan), 1.5, method="adaptive", full_output=True)
    assert np.isnan(slope)
    assert report.error == np.inf
    assert report.flags & Flag.NOT_FINITE
    assert report.nfev < 60


def test_one_output_that_is_nan_spoils_no_other():
    with pytest.warns(NonFiniteWarning, match="output 1"):
        J, report = adaptive(lambda x: np.array([np.exp(x[0]), np.nan, x[0] ** 2 if x[0] == 1 else np.nan]), [1.0])
    np.testing.assert_allclose(J[0, 0], np.e, rtol=1e-6)
    assert np.isnan(J[1:]).all()
    assert np.isinf(report.error[1:]).all()


def test_a_constant_says_that_no_dependence_was_seen():
    J, report = adaptive(lambda x: np.array([3.0, 1e30 + x[0]]), [1.0])
    assert not J.any()
    assert np.all(report.flags == Flag.NO_DEPENDENCE)
    assert report.error[1, 0] > 1  # x[0] may well be hidden under 1e30
    assert report.error[0, 0] < 1e-11


def test_an_exception_names_the_point():
    def f(x):
        if x[1] > 2:
            raise KeyError("beyond")
        return x * x

    with pytest.raises(KeyError) as caught:
        adaptive(f, [1.0, 2.0], noise=0)
    assert any("column 1, with x[1] moved by" in note for note in caught.value.__notes__)


def test_chaos_is_unresolved_and_bounded(counted):
    generator = np.random.default_rng(4)
    f = counted(lambda x: generator.standard_normal(x.size))
    with pytest.warns(UnresolvedWarning, match="can not be trusted"):
        _, report = adaptive(f, [1.0, 2.0, 3.0])
    assert np.isinf(report.error).all()
    assert f.calls <= 3 * 2 * 2 * 16 + 30  # 16 levels of two evaluations, twice


def test_a_narrow_wave_is_not_believed():
    """At 1e-3 it is sampled at random, as it were: nothing but another step length shows it."""
    with warnings.catch_warnings(action="ignore"):
        slope, report = nj.derivative(lambda x: np.sin(1e8 * x), 0.0, method="adaptive", full_output=True)
    assert report.error == np.inf or abs(slope - 1e8) <= report.error


@pytest.mark.parametrize("rtol", [1e-3, 1e-6])
def test_rtol_stops_early(rtol, counted):
    many, few = counted(np.exp), counted(np.exp)
    adaptive(many, [1.0, 2.0], order=8)
    J, _ = adaptive(few, [1.0, 2.0], order=8, rtol=rtol)
    assert few.calls < many.calls
    assert np.all(np.abs(np.diag(J) - np.exp([1.0, 2.0])) <= rtol * np.exp([1.0, 2.0]))


def test_an_rtol_out_of_reach_is_told_and_not_looped_on(counted):
    f = counted(np.exp)
    with pytest.warns(ToleranceWarning, match="are not known to rtol=1e-16"):
        adaptive(f, [1.0], rtol=1e-16)
    assert f.calls <= 4 + 7 + 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 3}, "even order"),
        ({"order": 18}, "even order from 2 to 16"),
        ({"order": 0}, "even order"),
        ({"order": 4.0}, "even order"),
        ({"abs_step": 1e-3}, "adaptive differences choose their own"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"noise": "much"}, "noise='much'"),
        ({"rtol": np.nan}, "rtol=nan"),
    ],
)
def test_options(options, message):
    with pytest.raises(OptionError, match=message):
        nj.Jacobian(np.exp, method="adaptive", **options)


# -------------------------------------------------------------------------------- other operators


def test_a_direction():
    x, v = np.array([1.0, 2.0, -3.0]), np.array([0.5, -1.0, 2.0])
    product, report = nj.jvp(lambda x: np.abs(x) ** 3, x, v, method="adaptive", full_output=True)
    exact = 3 * x * np.abs(x) * v
    assert np.all(np.abs(product - exact) <= report.error)
    np.testing.assert_allclose(product, exact, rtol=1e-10)


def test_entries_far_apart_in_one_direction():
    x, v = np.array([1e-9, 1e9]), np.array([1.0, 1.0])
    product = nj.jvp(lambda x: np.array([np.sin(1e9 * x[0]), np.sin(1e-9 * x[1])]), x, v, method="adaptive")
    np.testing.assert_allclose(product, [1e9 * np.cos(1), 1e-9 * np.cos(1)], rtol=1e-9)


def test_entry_by_entry(counted):
    f = counted(lambda x: np.sin(x) / x)
    x = np.geomspace(1e-3, 1e3, 40).reshape(8, 5)
    slopes, report = nj.derivative(f, x, method="adaptive", full_output=True)
    exact = np.cos(x) / x - np.sin(x) / x**2
    assert np.mean(np.abs(slopes - exact) <= report.error) > 0.97
    assert slopes.shape == report.error.shape == x.shape
    assert f.calls == report.nfev


def test_complex_values_and_complex_points():
    J, report = adaptive(lambda x: np.exp(1j * x), [0.3, 1.4])
    exact = np.diag(1j * np.exp(1j * np.array([0.3, 1.4])))
    assert np.all(np.abs(J - exact) <= report.error)
    slope = nj.derivative(np.sin, 0.3 + 0.4j, method="adaptive")
    assert slope == pytest.approx(np.cos(0.3 + 0.4j), rel=1e-10)


def test_columns_do_not_depend_on_each_other():
    """Bit for bit: all columns at once, some of them, in another order."""
    x = np.array([0.3, 1e-7, 2e5, 0.0, -4.0])

    def f(x):
        return np.array([np.sin(x[0]) * x[1], np.exp(x[2] * 1e-6) + x[3], np.abs(x[4]) * x[4]])

    whole = nj.jacobian(f, x, method="adaptive", noise=0, x_scale=1.0)
    for wrt in ([0, 1, 2, 3, 4], [4, 2, 0], [3], [1, 1]):
        np.testing.assert_array_equal(
            nj.jacobian(f, x, method="adaptive", noise=0, x_scale=1.0, wrt=wrt), whole[:, wrt]
        )


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=5),
    st.floats(0.1, 10).map(lambda size: float(size)),
)
def test_polynomials_up_to_the_order_are_exact(coefficients, x):
    """Up to rounding: that of f, which is at most n^2 u sum |c| x^k, over the step."""
    p = np.polynomial.Polynomial(coefficients)
    slope, report = nj.derivative(p, x, method="adaptive", noise=0, full_output=True)
    size = np.polynomial.Polynomial(np.abs(coefficients))
    assert abs(slope - p.deriv()(x)) <= report.error + 1e-300
    assert abs(slope - p.deriv()(x)) <= 1e-9 * (size(x) / x + size.deriv()(x)) + 1e-300


def test_planned_objects_remember_a_refusal():
    f = opaque(lambda x: np.abs(x) * x)
    J = nj.Jacobian(f, full_output=True)
    first, second = J([1.0, 2.0])[1], J([1.5, 2.5])[1]
    assert first.nfev.by_kind["complex"] > 0
    assert first.nfev.by_kind["traced"] == 2
    assert second.nfev.by_kind["complex"] == second.nfev.by_kind["traced"] == 0
    assert second.reason == "; ".join(f"{part} (found at another x)" for part in first.reason.split("; "))


def test_more_levels_are_more_accurate():
    errors = [abs(nj.derivative(np.sin, 1.0, method="adaptive", order=p) - np.cos(1.0)) for p in (2, 4, 8)]
    assert all(b < a for a, b in pairwise(errors))


def test_sizes_near_the_end_of_the_range_do_not_overflow():
    """Noise is told beside the size of the values, and a multiple of 1e308 is no number."""
    with np.errstate(all="raise"):
        assert nj.derivative(lambda x: x, 1e308, method="adaptive") == pytest.approx(1, rel=1e-12)
