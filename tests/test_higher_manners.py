"""Derivatives of order 2 to 10: options, planned objects, what an evaluation is spent on, and an f that misbehaves."""

import pickle
import warnings
from math import factorial

import numpy as np
import pytest

import numjac as nj
from numjac.errors import (
    NonFiniteWarning,
    NotElementwiseError,
    OptionError,
    PointError,
    ShapeError,
    ToleranceWarning,
    UnprovenError,
    UnresolvedWarning,
)

METHODS = ["auto", "complex", "adaptive"]


def differ(f, x, n, **options):
    """A derivative with its report."""
    return nj.derivative(f, x, n=n, full_output=True, **options)


def quiet(f, x, n, **options):
    """The same without a warning."""
    with warnings.catch_warnings(action="ignore"):
        return differ(f, x, n, **options)


# ------------------------------------------------------------------------------------------------ the options


@pytest.mark.parametrize(
    "box", [(1.0, np.inf), (-np.inf, 1.0), (0.999, 1.5), (1 - 1e-6, 1 + 1e-6), (0.9, 1.0), (1.0, 1.0 + 1e-9)]
)
@pytest.mark.parametrize("f", [np.exp, lambda x: np.abs(x) ** 3, lambda x: np.array([np.sin(x), x**2])])
@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_f_is_never_evaluated_outside(box, f, method, counted):
    f = counted(f)
    for k in (2, 5):
        quiet(f, 1.0, k, method=method, bounds=box)
        quiet(f, np.float32(1.0), k, method=method, bounds=box)
    real = np.real(f.points)
    assert (real >= box[0]).all()
    assert (real <= box[1]).all()


def test_bounds_turn_tables_to_one_side(counted):
    value, report = differ(np.exp, 1.0, 3, bounds=(1.0, 2.0))
    assert abs(value - np.e) <= report.error <= 1e-6
    assert (report.method, report.flags) == ("adaptive", nj.Flag.ONE_SIDED)
    assert "no room" in report.reason
    with pytest.raises(UnprovenError, match="x has no room"):
        nj.derivative(np.exp, 1.0, n=3, bounds=(1.0, 2.0), method="complex")
    value, report = differ(np.exp, [1.0, 1.5], 3, bounds=(1.0, 2.0))
    assert (np.abs(value - np.exp([1.0, 1.5])) <= report.error).all()
    _, report = differ(np.exp, 1.0, 2, bounds=(0.999, 1.001))
    assert report.flags == nj.Flag.SHRUNK
    assert report.step <= 0.001 * (1 + 1e-9)
    f = counted(np.exp)
    with pytest.warns(NonFiniteWarning, match="no room to move"):
        value, report = differ(f, 1.0, 2, bounds=(1.0, 1.0))
    assert report.flags == nj.Flag.NO_ROOM
    assert f.calls == 1
    with pytest.raises(PointError):
        nj.derivative(np.exp, 3.0, n=2, bounds=(1.0, 2.0))


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1e4, 1e8])
def test_a_hidden_scale_is_found_and_a_told_one_saves_rounds(scale):
    f = lambda x: np.sin(x / scale + 1)  # noqa: E731
    for method in ("auto", "adaptive"):
        value, report = differ(f, 0.0, 3, method=method)
        exact = -np.cos(1.0) / scale**3
        assert abs(value - exact) <= report.error
        if scale < 1 or method == "auto":  # what hardly changes over 1 drowns in the rounding of real tables
            assert abs(value - exact) <= 1e-7 * abs(exact)
        told, cheaper = differ(f, 0.0, 3, method=method, x_scale=scale)
        assert abs(told - exact) <= 1e-7 * abs(exact)
        assert cheaper.nfev <= report.nfev


@pytest.mark.parametrize("level", [1e-12, 1e-8, 1e-4])
@pytest.mark.parametrize("told", [True, False])
def test_noise_is_in_the_bound(level, told):
    """60 trials of each: at most two miss by chance."""
    missed = wide = quietly = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        f = lambda x, rng=rng: np.exp(np.real(x)) + level * rng.normal()  # noqa: E731
        k = 2 + seed % 3
        value, report = quiet(f, 0.7, k, method="adaptive", noise=level if told else None)
        missed += not (abs(value - np.exp(0.7)) <= report.error or report.error == np.inf)
        wide += not report.error <= 100 * level * factorial(k) * 4**k
        assert not told or report.noise == level
        quietly += not report.flags & nj.Flag.NOISY
    assert missed <= 2
    assert wide <= 10
    assert quietly <= 2


def test_noise_of_float32_is_noticed():
    f = lambda x: np.float64(np.exp(np.float32(np.real(x))))  # noqa: E731
    value, report = differ(f, 0.7, 2)
    assert abs(value - np.exp(0.7)) <= report.error <= 0.1
    assert report.flags & nj.Flag.NOISY


@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_short_numbers(method):
    value, report = differ(np.exp, np.float32(0.7), 2, method=method)
    assert value.dtype == np.float32
    assert abs(value - np.exp(0.7)) <= report.error <= 1e-2
    value, report = differ(np.exp, np.array([0.7, 1.2], np.float32), 2, method=method)
    assert value.dtype == np.float32
    assert (np.abs(value - np.exp([0.7, 1.2])) <= report.error).all()


@pytest.mark.parametrize("f", [np.exp, lambda x: np.abs(x) ** 3], ids=["complex", "real"])
@pytest.mark.parametrize("x", [0.7, np.array([0.7, -1.2, 3.0])], ids=["scalar", "array"])
def test_vectorized(f, x, counted):
    """All points of a round in one call, and the same numbers."""
    for k in (2, 5):
        many, report = differ(g := counted(f), x, k, vectorized=True)
        one, single = differ(f, x, k)
        np.testing.assert_allclose(many, one, rtol=0, atol=np.max(single.error))
        assert report.nfev == g.calls < 12
        assert report.nfev.points == sum(p.shape[-1] for p in g.points)


def test_the_rest_of_the_options():
    f = lambda x, a, b=0.0: a * np.exp(x) + b * np.abs(x)  # noqa: E731
    assert abs(nj.derivative(f, 1.0, n=2, args=(3,)) - 3 * np.e) < 1e-12
    assert abs(nj.derivative(f, 1.0, n=2, args=3, kwargs={"b": 1.0}) - 3 * np.e) < 1e-9
    assert abs(nj.Derivative(f, n=3, args=(3,))(1.0, 5) - 5 * np.e) < 1e-10
    value, D = nj.Derivative(np.exp, n=2).with_value(1.0)
    assert value == np.exp(1.0)
    assert abs(D - np.e) < 1e-13
    with pytest.warns(ToleranceWarning):
        nj.derivative(np.exp, 1.0, n=10, method="adaptive", rtol=1e-15)
    nj.derivative(np.exp, 1.0, n=2, rtol=1e-8)
    assert abs(nj.derivative(lambda x: x**4, 3, n=2) - 108) < 1e-11
    assert np.shape(nj.derivative(np.exp, np.array(1.0), n=2)) == ()
    assert differ(np.exp, 1.0, 2, method="cs")[1].method == "complex"


@pytest.mark.parametrize("n", [0, -1, 11, 2.0, "2", None, True, np.array([2])])
def test_an_order_that_there_is_not(n):
    with pytest.raises(OptionError, match="n="):
        nj.derivative(np.exp, 1.0, n=n)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "central"}, "'auto', 'complex', 'adaptive'"),
        ({"method": "3-point"}, "'auto', 'complex', 'adaptive'"),
        ({"method": 3}, "'auto', 'complex', 'adaptive'"),
        ({"order": 4}, "order=4"),
        ({"method": "adaptive", "order": 8}, "order=8"),
        ({"abs_step": 1e-3}, "abs_step"),
        ({"rel_step": 1e-3}, "rel_step"),
        ({"wrt": [0]}, "wrt"),
    ],
)
def test_options_of_the_first_derivative_only(options, message):
    with pytest.raises(OptionError, match=message):
        nj.Derivative(np.exp, n=2, **options)


def test_the_first_derivative_is_as_it_was():
    assert repr(nj.Derivative(np.exp, n=1)) == repr(nj.Derivative(np.exp))
    assert nj.derivative(np.exp, 1.0, n=1) == nj.derivative(np.exp, 1.0)


# -------------------------------------------------------------------------------------------- planned objects


def test_planned():
    D = nj.Derivative(np.exp, n=np.int64(4), full_output=True)
    assert repr(D) == "Derivative(exp, n=4, complex of order 32 else adaptive of order 20)"
    assert repr(pickle.loads(pickle.dumps(D))) == repr(D)
    for x in (0.3, np.array([0.3, 2.0])):
        np.testing.assert_allclose(D(x)[0], np.exp(x), rtol=1e-12)


def test_a_refusal_is_remembered_if_it_is_one_of_f(counted):
    f = counted(lambda x: np.exp(np.real(x)))
    D = nj.Derivative(f, n=2, full_output=True)
    assert D(1.0)[1].nfev.by_kind["complex"] == 1
    report = D(2.0)[1]
    assert report.nfev.by_kind["complex"] == 0
    assert "found at another x" in report.reason
    D = nj.Derivative(np.sqrt, n=2, full_output=True, bounds=(0, np.inf))
    with pytest.warns(UnresolvedWarning):
        assert D(0.0)[1].method == "adaptive"
    assert D(1.0)[1].method == "complex"


# ------------------------------------------------------------------------------------------------ evaluations


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("x", [0.7, 0.0, np.array([0.7, -1.2])], ids=str)
def test_evaluations_are_counted_and_none_is_wasted(method, x, counted):
    for f in (np.sin, lambda x: 1 / (3 + x), lambda x: np.exp(np.real(x))):
        for k in (2, 5):
            if method == "complex" and f not in (np.sin,):
                continue
            _, report = differ(g := counted(f), x, k, method=method)
            assert report.nfev == g.calls == sum(report.nfev.by_kind.values())
            assert report.nfev.by_kind["complex"] == sum(np.iscomplexobj(p) for p in g.points)
            places = {np.asarray(p, complex).tobytes() for p in g.points}
            assert len(places) == g.calls
            known, report = differ(h := counted(f), x, k, method=method, f0=f(x))
            assert report.nfev == h.calls == g.calls - 1
            np.testing.assert_array_equal(known, nj.derivative(f, x, n=k, method=method))


def test_evaluations_of_a_function_that_is_as_long_as_x():
    """f(x), two values for the check, and a circle or two."""
    assert differ(np.log, 3.0, 5)[1].nfev == 19
    assert differ(np.log, 3.0, 2)[1].nfev <= 35
    assert differ(np.cbrt, 3.0, 5)[1].nfev <= 1 + 1 + 6 + 24


# --------------------------------------------------------------------------------------------- f misbehaves


@pytest.mark.parametrize("x", [0.7, np.array([0.7, -1.2, 3.0])], ids=["scalar", "array"])
@pytest.mark.parametrize("analytic", [True, False])
def test_buffers_and_arguments_are_private(x, analytic):
    buffers, kept = {}, []
    g = np.exp if analytic else lambda x: np.abs(x) ** 3

    def f(x):
        y = g(x)
        buffer = buffers.setdefault(np.result_type(y), np.empty(np.shape(y), np.result_type(y)))
        buffer[...] = y
        kept.append(x)
        if np.ndim(x):
            x[...] = np.nan
        return buffer

    x0 = np.copy(x)
    np.testing.assert_array_equal(nj.derivative(f, x, n=3), nj.derivative(g, x, n=3))
    np.testing.assert_array_equal(x, x0)


def test_a_change_of_shape_is_told_with_its_place():
    f = lambda x: np.exp(x) if abs(x - 1) < 0.1 else np.array([1.0, 2.0])  # noqa: E731
    with pytest.raises(ShapeError, match=r"f was called with x = "):
        nj.derivative(f, 1.0, n=3, method="adaptive")
    with pytest.raises(ShapeError, match="expected the same shape"):
        nj.derivative(np.sum, [1.0, 2.0], n=2)


def test_an_exception_of_f_passes_through_with_a_note():
    def f(x):
        if np.real(x) > 1.0001:
            raise KeyError("beyond")
        return np.exp(x)

    for x in (1.0, [1.0, 0.5]):
        for method in ("auto", "complex", "adaptive"):
            with pytest.raises(KeyError) as caught:
                nj.derivative(lambda x: f(np.max(x.real)) + x, x, n=2, method=method)
            assert any("numjac: f was called" in note for note in caught.value.__notes__)


@pytest.mark.parametrize(
    "f", [lambda x: x * x.sum(), lambda x: np.cumsum(x**3), lambda x: np.cumsum(np.abs(x) ** 3), lambda x: x[::-1] ** 2]
)
@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_an_array_f_that_is_not_elementwise(f, method):
    with pytest.raises(NotElementwiseError):
        nj.derivative(f, [1.0, 2.0, 3.0], n=2, method=method)


def test_f_that_differentiates_itself():
    """f'' of f = g'' for g = exp(2 x): 16 exp(2 x)."""
    f = lambda x: nj.derivative(lambda t: np.exp(2 * t), x, n=2)  # noqa: E731
    assert abs(nj.derivative(f, 0.3, n=2) - 16 * np.exp(0.6)) < 1e-9
