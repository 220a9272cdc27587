"""Derivatives of order 2 to 10: formulas, laws, functions that have none, and everything f may do wrong."""

import warnings
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numjac as nj
from numjac.errors import (
    NonFiniteWarning,
    NotAnalyticError,
    UnresolvedWarning,
)

EPS = np.finfo(float).eps
ORDERS = range(2, 11)


def falling(a, k):
    """a (a - 1) ... (a - k + 1)."""
    return np.prod(a - np.arange(k))


# Functions with a point and their k-th derivative.
KNOWN = {
    "exp": (np.exp, 0.7, lambda k: np.exp(0.7)),
    "exp far out": (np.exp, -30.0, lambda k: np.exp(-30.0)),
    "sin": (np.sin, 2.5, lambda k: np.sin(2.5 + k * np.pi / 2)),
    "sin of zero": (np.sin, 0.0, lambda k: [0, 1, 0, -1][k % 4]),
    "cos, fast": (lambda x: np.cos(3 * x), 0.4, lambda k: 3.0**k * np.cos(1.2 + k * np.pi / 2)),
    "geometric": (lambda x: 1 / (1 - x), 0.25, lambda k: factorial(k) / 0.75 ** (k + 1)),
    "reciprocal": (lambda x: 1 / x, -3.0, lambda k: (-1) ** k * factorial(k) / (-3.0) ** (k + 1)),
    "log": (np.log, 1.7, lambda k: (-1) ** (k - 1) * factorial(k - 1) / 1.7**k),
    "log1p": (np.log1p, 0.5, lambda k: (-1) ** (k - 1) * factorial(k - 1) / 1.5**k),
    "sqrt": (np.sqrt, 2.0, lambda k: falling(0.5, k) * 2.0 ** (0.5 - k)),
    "power": (lambda x: x**-2.5, 3.0, lambda k: falling(-2.5, k) * 3.0 ** (-2.5 - k)),
    "sum": (lambda x: np.exp(2 * x) + np.cos(3 * x), 0.0, lambda k: 2.0**k + 3.0**k * np.cos(k * np.pi / 2)),
    "two poles": (lambda x: 1 / (1 + x * x), 2.0, lambda k: factorial(k) * (-1) ** k * ((2 - 1j) ** -(k + 1.0)).imag),
}
METHODS = ["auto", "complex", "adaptive"]

# Relative errors that real tables reach, by order, with a margin of ten or so.
REAL = dict(zip(ORDERS, [1e-10, 1e-9, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1], strict=True))


def differ(f, x, n, **options):
    """A derivative with its report."""
    return nj.derivative(f, x, n=n, full_output=True, **options)


def quiet(f, x, n, **options):
    """The same without a warning."""
    with warnings.catch_warnings(action="ignore"):
        return differ(f, x, n, **options)


# -------------------------------------------------------------------------------------------- what is exact


@pytest.mark.parametrize("k", ORDERS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("f", "x", "exact"), KNOWN.values(), ids=KNOWN)
def test_formulas(f, x, exact, method, k):
    value, report = differ(f, x, k, method=method)
    error, size = abs(value - exact(k)), max(abs(exact(k)), 1e-3 * abs(exact(1)))
    assert error <= report.error + 4 * EPS * size
    assert error <= (REAL[k] if method == "adaptive" else 10.0 ** (k - 14)) * size
    assert report.method == ("adaptive" if method == "adaptive" else "complex")
    assert report.reason == ""
    assert report.order == (24 - k if method == "adaptive" else 32)
    assert report.step > 0
    assert report.value == f(x)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e3, 1e9])
@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_units_of_x(scale, method):
    """f(x / s) at s x: the k-th derivative is s**-k times as large."""
    for f, x, exact in KNOWN.values():
        if x:
            for k in (2, 5):
                value, report = differ(lambda t, f=f: f(t / scale), x * scale, k, method=method)
                size = abs(exact(k)) / scale**k
                error = abs(value - exact(k) / scale**k)
                assert error <= report.error + 1e-14 * size
                assert error <= 100 * REAL[k] * size


def test_a_polynomial_is_exact_and_beyond_its_degree_nothing_is_left():
    p = np.polynomial.Polynomial([0, 0, -3, 0, 0, 0, 0, 1])
    for k in ORDERS:
        value, report = differ(p, 2.0, k)
        assert report.method == "complex"
        assert abs(value - p.deriv(k)(2.0)) <= report.error
        assert abs(value - p.deriv(k)(2.0)) <= (1e-12 * abs(p.deriv(k)(2.0)) if k <= 7 else 1e-9)


def test_a_function_matrix():
    def rotation(t):
        return np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])

    for k in ORDERS:
        for method in ("auto", "adaptive"):
            value, report = differ(rotation, 0.3, k, method=method)
            assert value.shape == report.error.shape == report.flags.shape == (2, 2)
            assert np.shape(report.step) == ()
            error = np.abs(value - rotation(0.3 + k * np.pi / 2))
            assert (error <= report.error + EPS).all()
            assert error.max() <= REAL[k]


def test_outputs_of_very_different_kind_are_each_as_good_as_alone():
    f = lambda t: np.array([1e-8 * np.exp(t), 1e8 / (1.1 - t), t**2, 0 * t + 3.0])  # noqa: E731
    value, report = differ(f, 1.0, 3)
    exact = np.array([1e-8 * np.e, 1e8 * 6 / 0.1**4, 0.0, 0.0])
    assert (np.abs(value - exact) <= report.error + 1e-12 * np.abs(exact)).all()
    assert (report.error[:2] <= 1e-9 * exact[:2]).all()
    np.testing.assert_array_equal(report.flags, [0, 0, 0, nj.Flag.NO_DEPENDENCE])


@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_arrays_are_elementwise(method):
    x = np.array([[1e-9, 1e-3, 1.0], [7.0, 1e3, 1e9]])
    for k in (2, 5):
        value, report = differ(lambda x: x**2.5, x, k, method=method)
        exact = falling(2.5, k) * x ** (2.5 - k)
        assert value.shape == report.error.shape == report.step.shape == report.flags.shape == x.shape
        assert (np.abs(value - exact) <= report.error + 1e-14 * np.abs(exact)).all()
        assert (np.abs(value - exact) <= (1e-11 if method == "auto" else REAL[k]) * np.abs(exact)).all()
    assert nj.derivative(np.exp, np.empty((0, 3)), n=2).shape == (0, 3)


def test_an_entry_has_the_same_derivative_in_any_company():
    x = np.array([0.1, 3.0, 40.0, 1e-5, 0.0])
    f = lambda x: np.sin(x) + 1 / (1 + x)  # noqa: E731
    together, report = differ(f, x, 4)
    for i, a in enumerate(x):
        alone, own = differ(f, float(a), 4)
        assert abs(together[i] - alone) <= report.error[i] + own.error


def test_more_entries_than_a_proof_has_digits_for():
    x = np.linspace(0.5, 3, 5000)
    np.testing.assert_allclose(nj.derivative(np.log, x, n=4), -6 / x**4, rtol=1e-11)


# ----------------------------------------------------------------------------------------- complex x, complex f


@pytest.mark.parametrize("method", METHODS)
def test_complex_x(method):
    z = np.array([1 + 1j, 2j, -0.3, 0.0])
    for k in (2, 5):
        value, report = differ(np.exp, z, k, method=method)
        assert (np.abs(value - np.exp(z)) <= report.error + EPS).all()
        np.testing.assert_allclose(value, np.exp(z), rtol=1e-12 if method != "adaptive" else 1e-7)
        assert report.error.dtype == float
        alone = nj.derivative(np.exp, 1 + 1j, n=k, method=method)
        assert abs(alone - np.exp(1 + 1j)) <= 10 * report.error[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_complex_f_of_a_real_x(method):
    x = np.array([0.0, 0.4, 1.0])
    for k in (2, 5):
        value, report = differ(lambda x: np.exp(2j * x) / (3 + x), x, k, method=method)
        exact = sum(
            factorial(k) / factorial(j) * (2j) ** j * np.exp(2j * x) * (-1) ** (k - j) / (3 + x) ** (k - j + 1)
            for j in range(k + 1)
        )
        assert (np.abs(value - exact) <= report.error + EPS * np.abs(exact)).all()
        np.testing.assert_allclose(value, exact, rtol=1e-12 if method != "adaptive" else 1e-6)


@pytest.mark.parametrize(
    "f",
    [lambda z: np.conj(z) ** 2, lambda z: z * np.conj(z) ** 3, lambda z: z.real**2 + 0j, lambda z: abs(z) ** 4 + 0j],
)
@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_holomorphic_has_no_derivative_by_a_complex_number(f, method):
    with pytest.raises(NotAnalyticError):
        nj.derivative(f, 0.7 + 0.4j, n=2, method=method)


# ------------------------------------------------------------------------------------------------ real tables


@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize(
    ("f", "exact"),
    [
        (lambda x: np.abs(x) ** 2 * np.exp(x), lambda k: (1.44 + 2.4 * k + k * (k - 1)) * np.exp(1.2)),
        (lambda x: np.exp(np.real(x)), lambda k: np.exp(1.2)),
        (lambda x: np.exp(2 * x) if np.iscomplexobj(x) else np.exp(x), lambda k: np.exp(1.2)),
        (lambda x: np.exp(x) + (0.01 * (x - 1.2) ** 2 if np.iscomplexobj(x) else 0.0), lambda k: np.exp(1.2)),
        (np.cbrt, lambda k: falling(1 / 3, k) * 1.2 ** (1 / 3 - k)),
        (lambda x: float(x) ** 4.5, lambda k: falling(4.5, k) * 1.2 ** (4.5 - k)),
    ],
    ids=["abs", "real", "another function", "a term more", "TypeError", "cast"],
)  # fmt: skip
def test_what_is_not_analytic_as_written_is_done_with_real_numbers(f, exact, k):
    value, report = differ(f, 1.2, k)
    assert report.method == "adaptive"
    assert report.reason.startswith("complex: ")
    assert abs(value - exact(k)) <= min(report.error, REAL[k] * abs(exact(k)))
    with pytest.raises((NotAnalyticError, TypeError)):
        nj.derivative(f, 1.2, n=k, method="complex")


@pytest.mark.parametrize("fault", [1.001, -1.0, 0.0])
def test_a_planted_fault_of_the_complex_plane_is_found(fault):
    """exp beside the real axis is `fault` times too large, in what is not seen at x itself."""
    wrong = lambda x: np.exp(x) * (1 + (fault - 1) * (x - 0.5) ** 2) if np.iscomplexobj(x) else np.exp(x)  # noqa: E731
    _, report = differ(wrong, 0.5, 3)
    assert report.method == "adaptive"
    assert "complex-analytic" in report.reason


def test_the_test_of_formulas_can_fail():
    for f, x, exact in KNOWN.values():
        for method in ("auto", "adaptive"):
            value, report = differ(f, x, 3, method=method)
            for fault in (1.001, -1):
                assert abs(fault * value - exact(3)) > report.error or exact(3) == 0


# ------------------------------------------------------------------------------------- where there is nothing


KINKS = {
    "abs": (np.abs, 0.0, 2),
    "abs beside exp": (lambda x: np.exp(x) + np.abs(x - 1), 1.0, 2),
    "abs cubed": (lambda x: np.abs(x) ** 3, 0.0, 3),
    "abs cubed beside x": (lambda x: x + np.abs(x) ** 3, 0.0, 3),
    "sign": (np.sign, 0.0, 2),
    "jump": (lambda x: np.exp(x) + (x > 1), 1.0, 3),
    "sqrt": (np.sqrt, 0.0, 2),
    "power 1.5": (lambda x: x**1.5, 0.0, 2),
    "floor": (np.floor, 1.0, 2),
}


@pytest.mark.parametrize("method", ["auto", "adaptive"])
@pytest.mark.parametrize("noise", [None, 0])
@pytest.mark.parametrize(("f", "x", "k"), KINKS.values(), ids=KINKS)
def test_a_kink_is_unresolved(f, x, k, method, noise):
    with np.errstate(invalid="ignore"), pytest.warns(UnresolvedWarning, match="can not be trusted"):
        value, report = differ(f, x, k, method=method, noise=noise)
    assert report.error == np.inf
    assert np.isnan(value)
    assert report.flags & nj.Flag.UNRESOLVED
    assert not report.flags & nj.Flag.NOT_FINITE
    assert report.nfev <= 700


def test_a_kink_in_an_array_is_that_entry_alone():
    with pytest.warns(UnresolvedWarning, match=r"1 of 3 entries .* x\[1\]"):
        value, report = differ(np.abs, [-2.0, 0.0, 3.0], 2)
    assert (np.abs(value[[0, 2]]) <= report.error[[0, 2]]).all()
    np.testing.assert_array_equal(np.isinf(report.error), [False, True, False])


def test_where_f_is_not_finite():
    with pytest.warns(NonFiniteWarning):
        value, report = differ(lambda x: x * np.nan, 1.0, 2)
    assert np.isnan(value)
    assert report.error == np.inf
    assert report.flags == nj.Flag.NOT_FINITE
    with pytest.warns(NonFiniteWarning, match=r"1 of 2 entries .* x\[0\]"), np.errstate(invalid="ignore"):
        value, report = differ(np.log, [-1.0, 1.0], 2)
    assert np.isnan(value[0])
    assert abs(value[1] + 1) <= 1e-13
    np.testing.assert_array_equal(report.flags, [nj.Flag.NOT_FINITE, 0])
    with pytest.warns(NonFiniteWarning):
        assert np.isnan(nj.derivative(np.exp, np.inf, n=2))
    with pytest.warns(NonFiniteWarning), np.errstate(invalid="ignore"):  # finite at x alone
        _, report = differ(lambda x: np.where(np.real(x) == 1.0, 1.0, np.nan), 1.0, 2)
    assert report.flags & nj.Flag.NOT_FINITE


@pytest.mark.parametrize("distance", [1e-12, 1e-9, 1e-3])
def test_an_edge_of_the_domain_nearby(distance):
    """Samples beyond it are NaN; the radius shrinks until none is."""
    x = 1 + distance
    with np.errstate(invalid="ignore"):
        for k in (2, 3):
            for method in ("auto", "adaptive"):
                value, report = quiet(lambda x: np.log(np.where(np.real(x) > 1, x - 1, np.nan)), x, k, method=method)
                exact = (-1) ** (k - 1) * factorial(k - 1) / (x - 1) ** k
                assert abs(value - exact) <= report.error or np.isinf(report.error)
                assert distance < 1e-6 or abs(value - exact) <= 1e-3 * abs(exact)


@pytest.mark.parametrize("side", [1, -1])
def test_at_an_edge_of_the_domain_one_side_is_enough(side):
    f = lambda x: np.where(side * np.real(x) < 0, np.nan, np.exp(np.real(x)))  # noqa: E731
    value, report = differ(f, 0.0, 3)
    assert abs(value - 1) <= report.error <= 1e-5
    assert report.flags & nj.Flag.ONE_SIDED


def test_an_f_that_never_changes():
    for f in (lambda x: 3.0, lambda x: 0 * x + 3):
        for method in ("auto", "adaptive"):
            value, report = differ(f, 1.0, 2, method=method)
            assert value == 0
            assert report.flags == nj.Flag.NO_DEPENDENCE
            assert 0 < report.error < 1e-10


# ------------------------------------------------------------------------------------------------------- laws

COEFFICIENT = st.integers(-300, 300).map(lambda i: i / 100)


@given(COEFFICIENT, COEFFICIENT, st.integers(2, 10), st.sampled_from(["auto", "adaptive"]))
def test_linear(a, b, k, method):
    """(a f + b g)^(k) = a f^(k) + b g^(k), within the sum of the error bars."""
    f, g = lambda x: np.exp(-x * x), lambda x: 1 / (2 + x)
    left, error = quiet(lambda x: a * f(x) + b * g(x), 0.5, k, method=method)
    one, first = quiet(f, 0.5, k, method=method)
    two, second = quiet(g, 0.5, k, method=method)
    if np.isfinite(left):
        assert abs(left - a * one - b * two) <= error.error + abs(a) * first.error + abs(b) * second.error
    else:
        assert error.error == np.inf


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=7), st.integers(2, 5), st.floats(-2, 2))
def test_a_derivative_of_a_derivative(coefficients, k, x):
    """Of a polynomial p: p^(k) at x, by formula, by order k, and by order 2 of the formula for k - 2."""
    p = np.polynomial.Polynomial(coefficients)
    exact = p.deriv(k)(x)
    value, report = differ(p, x, k)
    again, second = differ(p.deriv(k - 2) if k > 2 else p, x, 2)
    size = sum(abs(c) for c in coefficients) * 3.0**7
    assert abs(value - exact) <= report.error + 1e-13 * size
    assert abs(again - exact) <= second.error + 1e-13 * size


@settings(max_examples=50)
@given(st.integers(-60, 60), st.integers(2, 10), st.sampled_from(["auto", "adaptive"]))
def test_a_power_of_two_moves_the_exponent_only(power, k, method):
    """f(a x) has the k-th derivative a^k f^(k): the radius is 1/a times as large, and every bit stays."""
    a = 2.0**power
    one = nj.derivative(lambda x: np.sin(x) / (2 + x), 0.75, n=k, method=method)
    other = nj.derivative(lambda x: np.sin(a * x) / (2 + a * x), 0.75 / a, n=k, method=method)
    assert other == np.ldexp(one, k * power)


@given(st.floats(0.2, 3), st.integers(2, 6))
def test_products(x, k):
    """Leibniz: (u v)^(k) = sum of binomials times u^(j) v^(k-j)."""
    u, v = np.sin, np.log
    D = lambda f, j: differ(f, x, j)[0] if j else f(x)  # noqa: E731
    terms = [factorial(k) / factorial(j) / factorial(k - j) * D(u, j) * D(v, k - j) for j in range(k + 1)]
    value, report = differ(lambda x: u(x) * v(x), x, k)
    assert abs(value - sum(terms)) <= report.error + 1e-10 * sum(map(abs, terms))


def test_error_bars_cover_and_the_goals_are_met():
    """Thirty functions of one number with derivatives known to 60 digits."""
    problems = pytest.importorskip("problems")
    for k, goal in ((5, 1e-12), (10, 1e-8)):
        errors, held = [], []
        for scalar in problems.SCALARS:
            value, report = differ(scalar.f, scalar.x, k)
            error, exact = abs(value - scalar.exact[k]), abs(scalar.exact[k])
            errors.append(error / exact)
            held.append(error <= report.error + EPS * exact)
            assert report.method == "complex"
        assert np.median(errors) <= goal
        assert np.mean(held) >= 0.99
