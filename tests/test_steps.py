"""Steps and bounds: where f is sampled, and where it must not be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numjac as nj
from numjac.errors import OptionError, PointError, StepError
from numjac.formats import EPS
from numjac.numeric.points import as_point
from numjac.numeric.stencils import METHODS
from numjac.numeric.steps import Wishes, like_x, magnitude, precision_of, sample


def steps_of(x, method="forward", **options):
    _, report = nj.jacobian(lambda x: np.asarray(x) * 1.0, x, method=method, full_output=True, **options)
    return report.step


def test_a_step_is_in_proportion_to_its_own_x():
    step = steps_of([1e-9, 1.0, -1e9])
    np.testing.assert_allclose(step / step[1], [1e-9, 1.0, 1e9], rtol=1e-6)


def test_at_zero_the_scale_is_one_unless_it_is_given():
    assert steps_of([0.0, 1.0])[0] == pytest.approx(steps_of([0.0, 1.0])[1])
    assert steps_of([0.0], x_scale=1e-6)[0] == pytest.approx(1e-6 * steps_of([0.0])[0])
    step = steps_of([1.0, 1.0], x_scale=[0.1, 10.0])
    assert step[1] == pytest.approx(10 * step[0]), "the scale counts where x is smaller"


def test_given_steps_are_taken_as_they_are():
    assert steps_of([1.0, 2.0], abs_step=0.25).tolist() == [0.25, 0.25]
    assert steps_of([1.0, 2.0], abs_step=[0.25, -0.5]).tolist() == [0.25, -0.5]
    assert steps_of([1.0, -2.0], rel_step=0.25).tolist() == [0.25, 0.5]
    assert steps_of([0.0, 2.0], rel_step=0.25, x_scale=8.0).tolist() == [2.0, 0.5]
    assert steps_of([0.0], rel_step=0.25).tolist() == [0.25]
    assert steps_of([[1.0, 2.0]], abs_step=[[0.5, 0.25]]).tolist() == [[0.5, 0.25]]
    assert steps_of(1.0, abs_step=0.5) == 0.5


@pytest.mark.parametrize(("method", "side"), [("forward", 1), ("backward", -1)])
def test_the_sign_of_a_step_is_the_side(method, side, counted):
    for sign in (1, -1):
        f = counted(lambda x: x * x)
        nj.jacobian(f, 1.0, method=method, abs_step=sign * 0.5)
        assert f.points[1] == 1.0 + side * sign * 0.5


def test_the_limit_of_the_tutorial():
    f = lambda x: 3 * x**2 - 4 * x  # noqa: E731
    quotients = [f"{nj.derivative(f, 1.0, method='forward', abs_step=10.0**-k):.5f}" for k in range(1, 6)]
    assert quotients == ["2.30000", "2.03000", "2.00300", "2.00030", "2.00003"]


def test_a_step_is_exact_in_floating_point(counted):
    f = counted(np.sin)
    nj.jacobian(f, 0.3, method="central")
    assert f.points[1] - 0.3 == 0.3 - f.points[2]


@pytest.mark.parametrize("x", [1e-300, 1e-12, 1.0, 1e12, 1e300, -1e300])
@pytest.mark.parametrize("method", ["forward", "central", "complex"])
def test_x_of_every_size(x, method):
    f = lambda t: t / x * 3 + (t / x) ** 2  # noqa: E731
    assert nj.derivative(f, x, method=method) * x == pytest.approx(5, rel=1e-6)


@pytest.mark.parametrize("x", [5e-324, 1e-310, 0.0])
def test_a_subnormal_x_is_like_zero(x):
    assert nj.derivative(np.sin, x, method="central") == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("x", [np.finfo(float).max, -np.finfo(float).max])
@pytest.mark.parametrize("method", ["forward", "backward", "central"])
def test_the_end_of_the_number_range_is_a_bound(x, method, counted):
    f = counted(lambda t: t * 1e-300)
    slope = nj.derivative(f, x, method=method)
    assert slope == pytest.approx(1e-300, rel=1e-6)
    assert np.isfinite(f.points).all()
    assert nj.derivative(lambda t: t * 1e-300, [x, 1.0], method=method)[0] == pytest.approx(1e-300, rel=1e-6)
    J = nj.jacobian(lambda t: t * 1e-300, [x, 1.0], method=method)
    np.testing.assert_allclose(J, 1e-300 * np.eye(2), rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"abs_step": 1e-30}, r"too small.*x\[0\]"),
        ({"abs_step": 0.0}, r"step of x\[0\] is 0.0"),
        ({"abs_step": [1.0, np.nan]}, r"step of x\[1\] is nan"),
        ({"rel_step": np.inf}, r"step of x\[0\] is inf"),
    ],
)
@pytest.mark.parametrize("method", ["forward", "central"])
def test_steps_that_x_can_not_take(options, message, method):
    with pytest.raises(StepError, match=message):
        nj.jacobian(np.sin, [1.0, 2.0], method=method, **options)


def test_a_step_too_small_for_float32():
    with pytest.raises(StepError, match=r"too small to change x\[0\] = 1.5"):
        nj.jacobian(np.sin, np.float32([1.5]), method="central", abs_step=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"abs_step": [1.0, 2.0, 3.0]},
            r"abs_step has shape \(3,\), expected a scalar or the shape of x, \(2,\)",
        ),
        ({"abs_step": "big"}, "abs_step='big': expected real numbers"),
        ({"abs_step": 0.1, "rel_step": 0.1}, "both given"),
        ({"x_scale": -1.0}, "expected positive finite"),
        ({"x_scale": [1.0, np.nan]}, "expected positive finite"),
        ({"bounds": 3}, "expected a pair"),
        ({"bounds": (0, 1, 2)}, "expected a pair"),
        ({"bounds": (4.0, 0.0)}, r"bounds of x\[0\]: found \[4.0, 0.0\]"),
        ({"bounds": (np.nan, 3.0)}, r"found \[nan, 3.0\]"),
        ({"bounds": ([0.0], 3.0)}, r"bounds has shape \(1,\)"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(OptionError, match=message):
        nj.jacobian(np.sin, [1.0, 2.0], method="forward", **options)


def test_x_outside_its_bounds():
    with pytest.raises(PointError, match=r"x\[1\] = 2.0 lies outside its bounds \[0.0, 1.5\]"):
        nj.jacobian(np.sin, [1.0, 2.0], bounds=(0.0, 1.5), method="forward")


def test_a_complex_x_has_no_bounds():
    with pytest.raises(OptionError, match="can not be bounded"):
        nj.jacobian(np.sin, [1.0 + 1j], bounds=(0.0, 1.5))


BOXES = [
    (0.3, np.inf),
    (-np.inf, 0.3),
    (0.3, 0.5),
    (0.3 - 1e-7, 0.3 + 1e-7),
    (0.2999, 0.3001),
    (-1.0, 0.3 + 1e-12),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize(
    ("method", "order"),
    [
        ("forward", 1),
        ("forward", 3),
        ("backward", 2),
        ("central", 2),
        ("central", 4),
        ("central", 8),
        ("auto", None),
    ],
)
@pytest.mark.parametrize("vectorized", [False, True])
def test_f_is_never_evaluated_outside(box, method, order, vectorized, counted):
    f = counted(lambda x: np.exp(x) * np.abs(1.0))
    x = np.array([0.3, 7.0])
    bounds = np.array([[box[0], 0.0], [box[1], 100.0]])
    J, report = nj.jacobian(f, x, method=method, order=order, bounds=bounds, full_output=True, vectorized=vectorized)
    for point in f.points:
        point = point.real.reshape(2, -1)
        assert (point >= bounds[0][:, None]).all()
        assert (point <= bounds[1][:, None]).all()
    tolerance = {"forward": 1e-5, "backward": 1e-5}.get(method, 1e-6)
    width = min(box[1] - box[0], 1.0)
    assert J[0, 0] == pytest.approx(np.exp(0.3), rel=max(tolerance, 1e-14 / width))
    assert J[1, 1] == pytest.approx(np.exp(7.0), rel=1e-5)
    assert (report.flags[:, 1] == 0).all()


@pytest.mark.parametrize(("method", "order"), [("central", 2), ("central", 4), ("central", 6), ("forward", 2)])
def test_onesided_at_the_same_order(method, order):
    """Halving the step divides the error by 2^order, at a bound as elsewhere."""

    def error(h):
        J = nj.derivative(np.exp, 1.0, method=method, order=order, abs_step=h, bounds=(-np.inf, 1.0))
        return abs(J - np.e)

    assert np.log2(error(0.1) / error(0.05)) == pytest.approx(order, abs=0.6)


def test_flags_tell_what_bounds_did():
    def flags(low, high, method="central"):
        return nj.derivative(np.exp, 1.0, method=method, bounds=(low, high), full_output=True)[1].flags

    assert flags(-9.0, 9.0) == nj.Flag.OK
    assert flags(-9.0, 1.0) == flags(1.0, 9.0) == nj.Flag.ONE_SIDED
    assert flags(-9.0, 1.0, "forward") == nj.Flag.ONE_SIDED
    assert flags(1.0, 9.0, "forward") == nj.Flag.OK
    assert flags(1 - 1e-9, 1 + 1e-9) == nj.Flag.SHRUNK
    assert flags(1 - 1e-9, 1.0) == nj.Flag.SHRUNK | nj.Flag.ONE_SIDED


@pytest.mark.parametrize("method", ["forward", "central"])
def test_no_room_at_all(method):
    with pytest.warns(nj.errors.NonFiniteWarning, match=r"2 of 4 entries.*x\[1\]: its bounds leave it no room"):
        J, report = nj.jacobian(np.exp, [0.0, 1.0], bounds=([-1.0, 1.0], [1.0, 1.0]), method=method, full_output=True)
    np.testing.assert_allclose(J[:, 0], [1, 0], atol=1e-6)
    assert np.isnan(J[:, 1]).all()
    assert report.flags[:, 1].tolist() == [nj.Flag.NO_ROOM] * 2


@pytest.mark.parametrize("box", [(1.0, 1.0), (1.0 - 1e-13, 1.0 + 1e-13)])
def test_a_fixed_x_can_not_be_proved(box):
    with pytest.raises(nj.errors.NotAnalyticError, match="no room to move, so nothing proves"):
        nj.derivative(np.exp, 1.0, bounds=box, method="complex")
    assert nj.derivative(np.exp, 0.5, bounds=(0.5 - 1e-6, 0.5 + 1e-6), method="complex") == np.exp(0.5)


def test_bounds_of_scipy_are_understood():
    class Bounds:
        lb, ub = 0.0, [1.0, 2.0]

    report = nj.jacobian(np.exp, [1.0, 1.0], bounds=Bounds(), method="central", full_output=True)[1]
    assert (report.flags == [nj.Flag.ONE_SIDED, nj.Flag.OK]).all()


@given(
    st.floats(-1e3, 1e3),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["forward", "backward", "central"]),
    st.integers(1, 4),
)
def test_nodes_stay_inside_whatever_the_box(x, below, above, method, order):
    low, high = x - below, x + above
    stencils = METHODS[method].of_order(2 * order if method == "central" else order)
    wishes = Wishes(bounds=(low, high))
    sampling = sample(as_point([x]), stencils, None, EPS, wishes)
    for group in sampling.groups:
        assert (group.nodes >= low).all()
        assert (group.nodes <= high).all()
        assert (group.nodes[..., 0] != group.nodes[..., 1]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("operator", [nj.jacobian, nj.jvp, nj.derivative])
def test_short_numbers_stay_inside_too(dtype, operator, counted):
    rng = np.random.default_rng(1)
    for _ in range(50):
        x = dtype(rng.uniform(0.2, 2, 2))
        low, high = x - rng.uniform(0.01, 0.2, 2), x + rng.uniform(0.01, 0.2, 2)
        f = counted(lambda x: x * 1)
        more = (x,) if operator is nj.jvp else ()
        operator(f, x, *more, bounds=(low, high), method="central", order=4)
        assert all((point.astype(float) >= low).all() and (point.astype(float) <= high).all() for point in f.points)


def test_columns_do_not_depend_on_their_neighbours():
    """A bounded entry takes another stencil; the others keep every bit."""
    f = lambda x: np.sin(x) * x.sum()  # noqa: E731
    free = nj.jacobian(f, [0.1, 0.2, 0.3], method="central", order=4)
    bound = nj.jacobian(f, [0.1, 0.2, 0.3], method="central", order=4, bounds=([0.1, -9, -9], 9))
    np.testing.assert_array_equal(free[:, 1:], bound[:, 1:])
    assert (free[:, 0] != bound[:, 0]).any()


def test_a_step_for_complex_x_is_measured_by_its_absolute_value():
    assert magnitude(as_point([3 + 4j]), Wishes()).tolist() == [5.0]


def test_options_shaped_like_x():
    assert like_x(2.0, (2, 2), "abs_step").tolist() == [2.0] * 4
    assert like_x([[1, 2], [3, 4]], (2, 2), "abs_step").tolist() == [1, 2, 3, 4]


def test_the_coarser_number_format_counts():
    f4, f8, i8 = map(np.dtype, ["f4", "f8", "i8"])
    assert precision_of(f8, f8) == precision_of(f8, i8) == np.finfo(float).eps
    assert precision_of(f4, f8) == precision_of(f8, f4) == np.finfo(np.float32).eps
