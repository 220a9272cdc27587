"""The operators on every scenario: values, shapes, counts, options."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
import scenarios
from opaque import opaque
from scenarios import SCENARIOS, rosenbrock

import numjac as nj
from numjac.errors import NotAnalyticError, NotElementwiseError, OptionError, ShapeError

# What a method reaches on these scenarios: truncation and rounding at the balanced step, and a margin of ten or so.
ACCURACY = {("forward", 1): 1e-5, ("backward", 1): 1e-5, ("forward", 2): 1e-7, ("forward", 4): 1e-9,
            ("central", 2): 1e-8, ("central", 4): 1e-10, ("central", 6): 1e-11, ("central", 10): 1e-11}  # fmt: skip
EXACT = 1e-14  # complex step: a few roundings


def pick(*names):
    return [s for s in SCENARIOS if s.name in names]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize(("method", "order"), ACCURACY)
def test_differences(scenario, method, order):
    J, report = nj.jacobian(scenario.f, scenario.x, method=method, order=order, full_output=True)
    assert J.shape == scenario.jacobian.shape
    assert scenarios.error(J, scenario.jacobian) < ACCURACY[method, order]
    assert (report.method, report.order) == (method, order)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.analytic], ids=str)
@pytest.mark.parametrize("method", ["complex", "auto"])
@pytest.mark.parametrize("vectorized", [False, True])
def test_complex_steps(scenario, method, vectorized):
    if vectorized and not (scenario.vectorized and np.ndim(scenario.x)):
        return
    f = opaque(scenario.f) if method == "auto" and not vectorized else scenario.f
    J, report = nj.jacobian(f, scenario.x, method=method, vectorized=vectorized, full_output=True)
    assert scenarios.error(J, scenario.jacobian) < EXACT
    assert report.method == "complex"
    assert "complex" not in report.reason


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if not s.analytic], ids=str)
def test_auto_falls_back_and_says_why(scenario):
    J, report = nj.jacobian(opaque(scenario.f), scenario.x, full_output=True)
    assert scenarios.error(J, scenario.jacobian) < ACCURACY["central", 4]
    assert (report.method, report.order) == ("adaptive", 4)
    assert report.reason.startswith("analytic: .tobytes takes a number out of the trace, in __call__ at ")
    assert "; complex: " in report.reason
    with pytest.raises((NotAnalyticError, TypeError)):
        nj.jacobian(scenario.f, scenario.x, method="complex")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize("method", ["forward", "central", "complex", "auto"])
def test_evaluations_are_counted(scenario, method, counted):
    if method == "complex" and not scenario.analytic:
        return
    f = counted(scenario.f)
    _, report = nj.jacobian(f, scenario.x, method=method, full_output=True)
    assert report.nfev == f.calls == sum(report.nfev.by_kind.values())
    assert report.nfev.by_kind["complex"] == sum(np.iscomplexobj(x) for x in f.points)
    n = np.size(scenario.x)
    if method == "forward":
        assert f.calls == n + 1
    if method == "central":
        assert f.calls == 2 * n + 1
    if method == "complex":
        assert f.calls == n + 3, "f(x) and the two real evaluations of the proof"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("central", 2), ("central", 6), ("forward", 3)])
def test_a_report_changes_no_bit(scenario, method, order):
    """The plain lane, the general way, and the one that judges errors take the same samples in the same order."""
    x = np.array(scenario.x, float)
    lane = nj.Jacobian(scenario.f, method=method, order=order)(x)
    general = nj.Jacobian(scenario.f, method=method, order=order)(x, f0=scenario.f(x))
    judged, _ = nj.jacobian(scenario.f, x, method=method, order=order, full_output=True)
    np.testing.assert_array_equal(lane, general)
    np.testing.assert_array_equal(lane, judged)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
@pytest.mark.parametrize(("method", "order"), [("central", 4), ("central", 6), ("forward", 3), ("auto", None)])
def test_errors_are_bounds(scenario, method, order):
    J, report = nj.jacobian(scenario.f, scenario.x, method=method, order=order, full_output=True)
    assert report.error.shape == J.shape
    assert (np.abs(J - scenario.jacobian) <= report.error).all()


@pytest.mark.parametrize(("method", "order"), [("forward", 3), ("central", 4), ("complex", None)])
def test_errors_of_random_functions_are_bounds(method, order):
    """At least 99 of 100 hold, and not because they are wide."""
    rng = np.random.default_rng(5)
    held, tight = [], []
    for _ in range(100):
        A, b = rng.normal(size=(2, 3)), rng.normal(size=2)
        f = lambda x, A=A, b=b: np.sin(A @ x) * np.exp(b * x[0]) + (A @ x) ** 3  # noqa: E731
        x = rng.normal(size=3)
        exact = np.stack([f(x + 1e-30j * e).imag / 1e-30 for e in np.eye(3)], axis=1)
        J, report = nj.jacobian(f, x, method=method, order=order, full_output=True)
        held.append(np.abs(J - exact) <= report.error)
        tight.append(report.error / np.abs(J))
    assert np.mean(held) >= 0.99
    assert np.median(tight) < 1e-5


def test_the_lane_takes_the_step_of_the_coarser_format():
    f = lambda x: np.sin(x).astype(np.float32)  # noqa: E731
    x = np.array([1.0, 2.0])
    for method in ("forward", "central"):
        lane, general = nj.Jacobian(f, method=method), nj.Jacobian(f, method=method, full_output=True)
        np.testing.assert_array_equal(lane(x), general(x)[0])
        np.testing.assert_allclose(lane(x), np.diag(np.cos(x)), atol=3e-3)


def test_a_single_quotient_does_not_judge_itself():
    for method in ("forward", "backward", "central"):
        assert np.isinf(nj.derivative(np.sin, 1.0, method=method, full_output=True)[1].error)


def test_f0_is_not_evaluated_again(counted):
    f = counted(rosenbrock)
    x = np.array([1.0, 2.0])
    for method in ("forward", "complex", "auto"):
        with_f0 = nj.jacobian(opaque(f), x, method=method, f0=rosenbrock(x))
        assert not any((np.array(point) == x).all() for point in f.points if not np.iscomplexobj(point))
        np.testing.assert_array_equal(with_f0, nj.jacobian(opaque(rosenbrock), x, method=method))
    value, _ = nj.value_and_jacobian(f, x, f0=[7.0, 8.0], method="central")
    assert value.tolist() == [7, 8]
    with pytest.raises(ShapeError, match=r"shape \(2,\), expected \(3,\)"):
        nj.jacobian(f, x, f0=[1.0, 2.0, 3.0], method="forward")
    with pytest.raises(nj.errors.OutputError, match="found None"):
        nj.jacobian(f, x, f0=[None])


@pytest.mark.parametrize(
    "wrt", [[1], [3, 0], [-1, 0], [2, 2], [], 1, [False, True, False, True], np.array([1], np.uint8)]
)
@pytest.mark.parametrize("method", ["forward", "central", "auto"])
@pytest.mark.parametrize("vectorized", [False, True])
def test_wrt(wrt, method, vectorized):
    x = np.array([-1.2, 1.0, 0.7, 2.0])
    whole = nj.jacobian(rosenbrock, x, method=method, vectorized=vectorized)
    some, report = nj.jacobian(rosenbrock, x, method=method, wrt=wrt, vectorized=vectorized, full_output=True)
    columns = np.arange(4)[np.asarray(wrt, bool if np.asarray(wrt).dtype == bool else int)]
    np.testing.assert_array_equal(some, whole[:, np.atleast_1d(columns)])
    assert report.step.shape == report.flags.shape[1:] == np.atleast_1d(columns).shape
    assert nj.gradient(np.prod, x, wrt=wrt, method=method).shape == np.atleast_1d(columns).shape


def test_wrt_of_a_matrix(counted):
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    f = counted(lambda X: X**2)
    J = nj.jacobian(f, X, wrt=np.array([[True, False], [False, True]]), method="forward")
    assert J.shape == (2, 2, 2)
    assert f.calls == 3
    np.testing.assert_allclose(J[..., 1], [[0, 0], [0, 8]], atol=1e-6)


@pytest.mark.parametrize(
    ("wrt", "message"),
    [([2], r"wrt holds 2, expected indices from -2 to 1"), ([-3], "holds -3"), ([0.5], "dtype float64"),
     ([True], r"mask of shape \(1,\), expected the shape of x, \(2,\)"), ("x", "dtype <U1")],
)  # fmt: skip
def test_wrt_that_does_not_fit(wrt, message):
    with pytest.raises(OptionError, match=message):
        nj.jacobian(np.sin, [1.0, 2.0], wrt=wrt, method="forward")


def test_dense_results_are_fresh_and_column_by_column():
    J = nj.jacobian(rosenbrock, [1.0, 2.0, 3.0], method="forward")
    assert J.flags.f_contiguous
    assert J.flags.owndata
    assert J.flags.writeable
    again = nj.Jacobian(rosenbrock, method="forward")
    assert not np.shares_memory(again([1.0, 2.0]), again([1.0, 2.0]))


# ------------------------------------------------------------------------------------------------ other operators


def test_gradient_wants_a_scalar():
    for method in ("forward", "auto"):
        with pytest.raises(ShapeError, match=r"f returned shape \(2,\), expected a scalar; use jacobian"):
            nj.gradient(np.sin, np.array([1.0, 2.0]), method=method)
    np.testing.assert_allclose(nj.gradient(lambda x: [x @ x], [1.0, 2.0]), [2, 4])


@pytest.mark.parametrize("operator", [nj.value_and_gradient, nj.value_and_jacobian])
def test_values_come_along(operator, counted):
    f = counted(lambda x: x @ x)
    value, slope, report = operator(f, [3.0, 4.0], full_output=True, method="central")
    assert (value, report.value) == (25.0, 25.0)
    np.testing.assert_allclose(slope, [6, 8], rtol=1e-9)
    assert f.calls == report.nfev == 5
    assert len(operator(f, [3.0, 4.0])) == 2


def test_a_value_keeps_its_number_format():
    assert nj.value_and_jacobian(lambda x: np.float32([1.5]), [1.0], method="forward")[0].dtype == np.float32
    assert nj.value_and_jacobian(lambda x: 3, [1.0], method="forward")[0] == 3


@pytest.mark.parametrize(
    ("method", "tolerance"), [("auto", 1e-15), ("complex", 1e-15), ("central", 1e-8), ("forward", 1e-5)]
)
@pytest.mark.parametrize("vectorized", [False, True])
def test_elementwise_derivatives(method, tolerance, vectorized, counted):
    x = np.array([[0.1, 0.2, 0.0], [1e-9, 7.0, -3.0]])
    f = counted(np.sin)
    slopes, report = nj.derivative(f, x, method=method, full_output=True, vectorized=vectorized)
    np.testing.assert_allclose(slopes, np.cos(x), rtol=tolerance)
    assert report.nfev == f.calls
    assert report.step.shape == report.error.shape == x.shape


@pytest.mark.parametrize("method", ["central", "forward"])
def test_infinite_values_raise_no_warning_but_ours(method):
    def f(x):
        with np.errstate(all="ignore"):
            return np.where(x.real > 1, np.inf, x) if x.dtype.kind == "f" else x + np.inf

    for operator, more in ((nj.derivative, ()), (nj.jacobian, ()), (nj.jvp, ([1.0, 1.0],))):
        with pytest.warns(nj.errors.NonFiniteWarning) as caught:
            operator(f, [1.0, 0.5], *more, method=method, full_output=True)
        assert {w.category for w in caught} == {nj.errors.NonFiniteWarning}


def test_a_function_that_varies_over_less_than_a_step_is_no_contradiction():
    for operator in (nj.derivative, nj.gradient):
        slope, report = operator(opaque(np.sin), 2e9, full_output=True)
        assert report.method == "complex"
        assert slope == np.cos(2e9)


def test_elementwise_evaluations_do_not_grow_with_x(counted):
    f = counted(np.exp)
    nj.derivative(f, np.linspace(0, 1, 50), method="central", order=4)
    assert f.calls == 1 + 4 + 3, "f(x), four nodes, the three digits of an index below 5^3"
    big = counted(np.exp)
    nj.derivative(big, np.linspace(0, 1, 50_000), method="forward")
    assert big.calls == 1 + 1 + 4


@pytest.mark.parametrize("f", [lambda x: x - x.mean(), lambda x: x[::-1], np.cumsum, lambda x: x * x.sum()])
@pytest.mark.parametrize("method", ["auto", "complex", "central", "forward"])
def test_a_function_that_mixes_is_not_elementwise(f, method):
    with pytest.raises(NotElementwiseError, match="use jacobian"):
        nj.derivative(f, [1.0, 2.0, 4.0], method=method)


@pytest.mark.parametrize("box", [(0.0, 1.0), (0.0, 5.0), (-1.0, 1.0), (-1.0, 1 + 1e-9)])
@pytest.mark.parametrize(("method", "order"), [("central", 2), ("central", 4), ("forward", 3)])
def test_elementwise_within_bounds(box, method, order, counted):
    f = counted(np.exp)
    x = np.array([0.0, 0.5, 1.0])
    slopes = nj.derivative(f, x, method=method, order=order, bounds=box)
    np.testing.assert_allclose(slopes, np.exp(x), rtol=1e-6)
    assert all((point >= box[0]).all() and (point <= box[1]).all() for point in f.points)


def test_derivative_of_another_shape():
    with pytest.raises(ShapeError, match="use jacobian for a matrix"):
        nj.derivative(np.sum, [1.0, 2.0])
    with pytest.raises(OptionError, match="n=0"):
        nj.derivative(np.sin, 1.0, n=0)
    with pytest.raises(OptionError, match="no columns to choose"):
        nj.derivative(np.sin, 1.0, wrt=[0])
    with pytest.raises(OptionError, match="has no layout"):
        nj.derivative(np.sin, [1.0], layout="vec")


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if np.ndim(s.x)], ids=str)
@pytest.mark.parametrize("method", ["auto", "central", "forward"])
def test_jvp_is_the_jacobian_times_a_vector(scenario, method, counted):
    f = counted(scenario.f)
    x = np.asarray(scenario.x, float)
    v = np.linspace(-1, 2, x.size).reshape(x.shape) * np.abs(x)
    product, report = nj.jvp(f, x, v, method=method, full_output=True)
    exact = np.tensordot(scenario.jacobian, v, x.ndim)
    assert product.shape == exact.shape
    tolerance = 1e-14 if report.method == "complex" else {"auto": 1e-10, "central": 1e-8, "forward": 1e-5}[method]
    np.testing.assert_allclose(product, exact, rtol=tolerance, atol=tolerance * np.abs(exact).max())
    assert f.calls == report.nfev <= (20 if method == "auto" else 10)


@pytest.mark.parametrize("method", ["central", "forward", "backward", "auto"])
@pytest.mark.parametrize("x", [np.finfo(float).max, -np.finfo(float).max, np.float32(3.4e38), np.float16(65000)])
def test_jvp_at_the_end_of_the_number_range(x, method):
    with np.errstate(all="ignore"):
        slope = nj.jvp(lambda t: t * 2**-10, x, 1.0, method=method)
    assert slope == pytest.approx(2**-10, rel=2e-2 if isinstance(x, np.float16) else 1e-2)


def test_a_step_error_of_f_is_not_taken_for_ours():
    def f(x):
        if x[0] != 1:
            error = nj.errors.StepError("of f")
            error.overflow = True
            raise error
        return x

    with pytest.raises(nj.errors.StepError, match="of f"):
        nj.Jacobian(f, method="forward")(np.array([1.0, 2.0]))
    with pytest.raises(OptionError, match=r"order=.2.: expected"):
        nj.Jacobian(np.sin, order=[2])


def test_jvp_along_nothing(counted):
    f = counted(np.sin)
    assert nj.jvp(f, [1.0, 2.0], [0.0, 0.0], method="forward").tolist() == [0, 0]
    assert f.calls == 1


def test_jvp_within_bounds(counted):
    f = counted(np.exp)
    with pytest.warns(nj.errors.NonFiniteWarning, match="t along v: its bounds leave it no room"):
        slope, report = nj.jvp(f, [0.0, 1.0], [1.0, 1.0], bounds=(0.0, 1.0), method="central", full_output=True)
    assert np.isnan(slope).all()
    assert f.calls == 1
    assert report.flags.tolist() == [nj.Flag.NO_ROOM] * 2


def test_jvp_turns_onesided_at_a_bound(counted):
    f = counted(np.exp)
    slope, report = nj.jvp(f, [0.0, 0.5], [1.0, 1.0], bounds=(0.0, 1.0), method="central", order=4, full_output=True)
    np.testing.assert_allclose(slope, np.exp([0.0, 0.5]), rtol=1e-9)
    assert (report.flags == nj.Flag.ONE_SIDED).all()
    assert all((x >= 0).all() for x in f.points)


def test_jvp_stays_inside_to_the_last_bit(counted):
    rng = np.random.default_rng(2)
    for _ in range(100):
        x, v = rng.uniform(1, 2, (2, 3))
        low, high = x - rng.choice([0, 1e-15, 1e-5, 1], 3), x + rng.uniform(0.1, 1, 3) * 1e-5
        f = counted(np.exp)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nj.NumjacWarning)
            nj.jvp(f, x, v, bounds=(low, high), method="central", order=6)
        assert all((point >= low).all() and (point <= high).all() for point in f.points)


def test_jvp_moves_no_entry_further_than_its_own_column_would(counted):
    f = counted(np.exp)
    _, report = nj.jvp(f, [1.0, 4.0], [1.0, 1.0], abs_step=[1e-3, 1e-2], method="central", full_output=True)
    assert report.step == 1e-3
    assert max(np.abs(point - [1.0, 4.0]).max() for point in f.points) < 1.1e-3


@pytest.mark.parametrize(
    ("v", "options", "message"),
    [
        ([1.0], {}, r"v has shape \(1,\)"),
        ([1j, 0], {}, "v is complex"),
        ([np.nan, 0.0], {}, "v is not finite"),
        ([1.0, 1.0], {"wrt": [0]}, "no columns"),
    ],
)
def test_jvp_options_that_do_not_fit(v, options, message):
    with pytest.raises(OptionError, match=message):
        nj.jvp(np.sin, [1.0, 2.0], v, **options)


def test_jvp_of_scales_far_apart():
    f = lambda x: np.stack([x[1], np.abs(x[0]), x[0] * x[2]])  # noqa: E731
    for method in ("central", "forward", "auto"):
        J, report = nj.jvp(f, [1.0, 1e10, 1e-8], [1.0, 1.0, 1e-8], method=method, full_output=True)
        np.testing.assert_allclose(J, [1, 1, 2e-8], rtol=1e-6)
    assert report.error.shape == (3,)


@pytest.mark.parametrize("method", ["central", "forward", "auto"])
def test_jvp_that_moves_an_infinite_entry(method):
    with pytest.warns(nj.errors.NonFiniteWarning):
        assert np.isnan(nj.jvp(np.arctan, [np.inf, 1.0], [1.0, 1.0], method=method)).all()
    np.testing.assert_allclose(nj.jvp(np.arctan, [np.inf, 1.0], [0.0, 1.0], method=method), [0, 0.5], rtol=1e-6)


def test_jvp_of_complex_x():
    z = np.array([1 + 2j, 3j])
    v = np.array([1j, 2 + 1j])
    np.testing.assert_allclose(nj.jvp(np.square, z, v), 2 * z * v, rtol=1e-9)


@pytest.mark.parametrize("method", ["auto", "central", "forward"])
@pytest.mark.parametrize("vectorized", [False, True])
def test_no_slope_where_f_has_no_value(method, vectorized):
    def f(x):
        with np.errstate(all="ignore"):
            return np.where(x == 1, np.inf, x**2)

    x = np.array([1.0, 2.0])
    for operator in (nj.jacobian, nj.derivative):
        with pytest.warns(nj.errors.NonFiniteWarning):
            J = operator(f, x, method=method, vectorized=vectorized)
        assert np.isnan(J[0]).all()
        assert J.flat[-1] == pytest.approx(4, rel=1e-6)
    with pytest.warns(nj.errors.NonFiniteWarning):
        assert np.isnan(nj.jvp(f, x, x, method=method, vectorized=vectorized)[0])


@pytest.mark.parametrize("layout", ["numerator", "denominator", "block", "vec"])
def test_every_matrix_is_column_by_column(layout):
    for f in (np.sum, lambda x: x[0], lambda x: x):
        for x in (np.ones((3, 2)), np.ones(3)):
            J = nj.jacobian(f, x, layout=layout, method="forward")
            assert J.ndim != 2 or J.flags.f_contiguous


# ---------------------------------------------------------------------------------------------- planned objects

PLANNED = [
    nj.Jacobian(rosenbrock),
    nj.Gradient(np.prod, method="central", order=4),
    nj.Derivative(np.square, bounds=(0, 9)),
]


@pytest.mark.parametrize("planned", PLANNED, ids=repr)
def test_planned_objects_are_reusable_and_picklable(planned):
    x = np.array([1.0, 2.0, 3.0])
    for twin in (planned, pickle.loads(pickle.dumps(planned)), copy.deepcopy(planned)):
        np.testing.assert_array_equal(twin(x), planned(x))
        np.testing.assert_array_equal(twin(2 * x), planned(2 * x))
        assert repr(twin) == repr(planned)


def test_planned_objects_show_themselves():
    assert [repr(planned) for planned in PLANNED] == [
        "Jacobian(rosenbrock, analytic else complex of order 2 else adaptive of order 4)",
        "Gradient(prod, central of order 4)",
        "Derivative(square, analytic else complex of order 2 else adaptive of order 4)",
    ]


def test_planned_objects_agree_with_functions():
    x = [0.5, 1.5]
    for options in ({}, {"method": "forward"}, {"order": 6}, {"layout": "denominator"}, {"wrt": [1]}):
        np.testing.assert_array_equal(nj.Jacobian(rosenbrock, **options)(x), nj.jacobian(rosenbrock, x, **options))
        value, J = nj.Jacobian(rosenbrock, **options).with_value(x)
        np.testing.assert_array_equal(value, rosenbrock(np.array(x)))
        np.testing.assert_array_equal(J, nj.jacobian(rosenbrock, x, **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "newton"}, "method='newton': expected one of 'auto', 'analytic', 'adaptive', 'central'"),
        ({"method": None}, "method=None"),
        ({"method": ["central"]}, "method="),
        ({"order": 3}, "order=3: adaptive differences have an even"),
        ({"method": "complex", "order": 4}, "the complex step has order 2"),
        ({"layout": "column"}, "layout='column': expected one of 'numerator'"),
        ({"layout": ["vec"]}, "layout="),
    ],
)
def test_unknown_options(options, message):
    with pytest.raises(OptionError, match=message):
        nj.Jacobian(np.sin, **options)


def test_misspelt_options_are_refused_by_name():
    with pytest.raises(TypeError, match="metod"):
        nj.jacobian(np.sin, 1.0, metod="central")
    with pytest.raises(OptionError, match="f is 3, expected something that can be called"):
        nj.jacobian(3, 1.0)


@pytest.mark.parametrize(("scipy", "ours"), [("cs", "complex"), ("3-point", "central"), ("2-point", "forward")])
def test_names_of_scipy(scipy, ours):
    assert nj.derivative(np.sin, 1.0, method=scipy, full_output=True)[1].method == ours


def test_a_given_step_is_meant_for_differences():
    _, report = nj.derivative(np.exp, 1.0, abs_step=0.1, full_output=True)
    assert (report.method, report.step) == ("central", 0.1)
    assert nj.derivative(np.exp, 1.0, rel_step=0.1, method="complex", full_output=True)[1].step == 0.1


@pytest.mark.parametrize("operator", [nj.jacobian, nj.gradient, nj.derivative, nj.jvp, nj.value_and_jacobian,
                                      nj.value_and_gradient, nj.Jacobian, nj.Gradient, nj.Derivative])  # fmt: skip
def test_signatures_and_docstrings_name_every_option(operator):
    planned = set(inspect.signature(nj.Jacobian).parameters) - {"f"}
    own = set(inspect.signature(operator).parameters)
    if not inspect.isclass(operator):
        assert planned | {"f", "x", "f0"} <= own
    documented = {name.strip() for line in operator.__doc__.splitlines() if " : " in line and not line.startswith(" ")
                  for name in line.partition(" : ")[0].split(",")}  # fmt: skip
    assert planned <= documented
    assert "{options}" not in operator.__doc__
