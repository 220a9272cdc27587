"""Second derivatives, and products with a vector from either side."""

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opaque import opaque

import numjac as nj
from numjac.errors import (
    NonFiniteWarning,
    NonSmoothWarning,
    NotAnalyticError,
    OptionError,
    OutputError,
    ShapeError,
    ToleranceWarning,
    UnresolvedWarning,
)

METHODS = ["auto", "complex", "adaptive"]
SLACK = {"auto": 1e-9, "complex": 1e-9, "adaptive": 1e-6}
X = np.array([0.7, -1.3, 0.4])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    g, r = 0 * x, x[1:] - x[:-1] ** 2
    g[1:] += 200 * r
    g[:-1] -= 400 * x[:-1] * r + 2 * (1 - x[:-1])
    return g


def rosenbrock_hessian(x):
    x = np.asarray(x)
    H = np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)
    H[np.arange(len(x) - 1), np.arange(len(x) - 1)] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    H[np.arange(1, len(x)), np.arange(1, len(x))] += 200
    return H


def length(x):
    return np.sqrt(1 + np.sum(x * x))


def length_hessian(x):
    r = length(np.asarray(x))
    return (np.eye(len(x)) - np.outer(x, x) / r**2) / r


def waves(x):
    """Not complex-analytic as written, though smooth."""
    return np.sum(np.abs(np.exp(1j * x.real) + 2) ** 2) * x.real[0]


def waves_hessian(x):
    x = np.asarray(x)
    H = np.diag(-4 * np.cos(x) * x[0])
    H[0] -= 4 * np.sin(x)
    H[:, 0] -= 4 * np.sin(x)
    return H


PROBLEMS = [
    (rosenbrock, rosenbrock_hessian, [-1.2, 1.0, 0.7, -0.3, 1.4]),
    (length, length_hessian, [0.5, -1.5, 2.2, 0.8, -0.6]),
    (lambda x: np.exp(x[0] * x[1]), lambda x: np.exp(x[0] * x[1]) * np.array(
        [[x[1] ** 2, 1 + x[0] * x[1]], [1 + x[0] * x[1], x[0] ** 2]]), [0.6, -0.9]),
    (lambda x: x[0] / x[1], lambda x: np.array([[0, -1 / x[1] ** 2], [-1 / x[1] ** 2, 2 * x[0] / x[1] ** 3]]),
     [0.6, -0.9]),
]  # fmt: skip


def scale_of(H, x):
    """The size of entries that all x, measured by their magnitude, give the same weight."""
    s = np.where(np.asarray(x) == 0, 1.0, np.abs(x))
    return np.max(np.abs(H) * np.outer(s, s)) / np.outer(s, s)


def symmetric(H):
    return bool((np.swapaxes(H, -1, -2) == H).all())


def polar(x):
    return np.array([x[0] * np.sin(x[1]), x[0] * np.cos(x[1])])


def polar_hessian(x):
    s, c = np.sin(x[1]), np.cos(x[1])
    return np.array([[[0, c], [c, -x[0] * s]], [[0, -s], [-s, -x[0] * c]]])


# ------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("f", "exact", "x"), PROBLEMS)
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_exact_hessians_at_all_scales(f, exact, x, method, unit):
    x = np.array(x) * unit
    H, report = nj.hessian(lambda x: f(x / unit), x, method=method, full_output=True)
    truth = exact(x / unit) / unit**2
    assert symmetric(H)
    assert H.shape == truth.shape == report.error.shape == report.flags.shape
    assert (np.abs(H - truth) <= SLACK[method] * scale_of(truth, x)).all()
    assert (np.abs(H - truth) <= report.error + 1e-15 * np.abs(truth)).mean() >= 0.96


@pytest.mark.parametrize(("method", "most", "slack"), [("complex", 60, 2e-12), ("adaptive", 121, 2e-11)])
@pytest.mark.parametrize(("f", "exact", "x"), PROBLEMS[:2])
def test_five_variables_cost_what_is_promised(f, exact, x, method, most, slack, counted):
    g = counted(f)
    H, report = nj.hessian(g, x, method=method, full_output=True)
    assert report.nfev == g.calls <= most
    assert np.median(np.abs(H - exact(x)) / scale_of(exact(x), x)) <= slack
    assert len({x.tobytes() for x in g.points}) == g.calls, "no point is evaluated twice"


def test_minima_where_all_slopes_vanish():
    x = np.ones(4)
    for method in METHODS:
        H, report = nj.hessian(rosenbrock, x, method=method, full_output=True)
        np.testing.assert_allclose(H, rosenbrock_hessian(x), rtol=1e-6, atol=1e-6)
        assert (np.abs(H - rosenbrock_hessian(x)) <= report.error).all()
        assert np.isfinite(report.error).all()


@pytest.mark.parametrize("method", METHODS)
def test_constants_and_straight_lines(method):
    a = np.array([0.3, -1.7, 2.9])
    H, report = nj.hessian(lambda x: 7.0 + 0 * x[0], X, method=method, full_output=True)
    assert (H == 0).all()
    assert np.isfinite(report.error).all()
    H, report = nj.hessian(lambda x: a @ x, X, method=method, full_output=True)
    assert (np.abs(H) <= report.error).all()
    assert (np.abs(H) <= 1e-9).all()


@pytest.mark.parametrize("method", METHODS)
def test_vectors_matrices_and_scalars(method):
    close = {"rtol": 1e-6, "atol": 1e-7}
    H = nj.hessian(polar, [1.3, 0.6], method=method)
    assert H.shape == (2, 2, 2)
    assert symmetric(H)
    np.testing.assert_allclose(H, polar_hessian([1.3, 0.6]), **close)
    M = np.array([[1.0, 2.0, 0.5], [0.3, -0.7, 1.1]])
    H = nj.hessian(lambda M: np.sum(M[0] * M[1] ** 2), M, method=method)
    assert H.shape == (2, 3, 2, 3)
    assert (H.transpose(2, 3, 0, 1) == H).all()
    exact = np.zeros((2, 3, 2, 3))
    for k in range(3):
        exact[1, k, 1, k] = 2 * M[0, k]
        exact[0, k, 1, k] = exact[1, k, 0, k] = 2 * M[1, k]
    np.testing.assert_allclose(H, exact, **close)
    h = nj.hessian(np.sin, 0.7, method=method)
    assert np.ndim(h) == 0
    np.testing.assert_allclose(h, -np.sin(0.7), **close)
    h = nj.hessian(lambda t: np.array([[np.sin(t), t**3]]), 0.7, method=method)
    np.testing.assert_allclose(h, [[-np.sin(0.7), 4.2]], **close)
    assert nj.hessian(lambda x: np.float64(3.0), np.zeros(0), method="adaptive").shape == (0, 0)


@pytest.mark.parametrize("method", METHODS)
def test_wrt_selects_rows_and_columns(method):
    x = np.array([-1.2, 1.0, 0.7, -0.3])
    exact = rosenbrock_hessian(x)
    for wrt in ([2, 0], [1, 1], [3], np.array([True, False, True, True]), [-1, 1, -1]):
        which = np.flatnonzero(wrt) if np.asarray(wrt).dtype == bool else np.array(wrt)
        H, report = nj.hessian(rosenbrock, x, method=method, wrt=wrt, full_output=True)
        np.testing.assert_allclose(H, exact[np.ix_(which, which)], rtol=1e-6, atol=1e-6)
        assert symmetric(H)
        assert report.step.shape == which.shape
    P = nj.hvp(rosenbrock, x, X[[0, 1, 2, 0]], method=method, wrt=[3, 0])
    np.testing.assert_allclose(P, (exact @ X[[0, 1, 2, 0]])[[3, 0]], rtol=1e-6)


def test_float32_stays_float32():
    x = np.array([0.5, -1.5], np.float32)
    for method in METHODS:
        H, report = nj.hessian(lambda x: x[0] ** 3 * x[1], x, method=method, full_output=True)
        assert H.dtype == np.float32
        assert (np.abs(H - [[-4.5, 0.75], [0.75, 0]]) <= report.error + 1e-6).all()
        assert np.abs(H - [[-4.5, 0.75], [0.75, 0]]).max() < 0.3


def test_complex_functions_and_points():
    H = nj.hessian(lambda x: np.exp(1j * x[0]) * x[1], [0.3, 2.0])
    e = np.exp(0.3j)
    np.testing.assert_allclose(H, [[-2 * e, 1j * e], [1j * e, 0]], atol=1e-8)
    z = np.array([0.3 + 1j, 2.0 - 0.5j])
    H, report = nj.hessian(lambda z: z[0] ** 3 * z[1], z, full_output=True)
    np.testing.assert_allclose(H, [[6 * z[0] * z[1], 3 * z[0] ** 2], [3 * z[0] ** 2, 0]], atol=1e-7)
    assert report.method == "adaptive"
    with pytest.raises(NotAnalyticError, match="opposite"):
        nj.hessian(lambda z: abs(z[0]) ** 2 * z[1], z)


# ------------------------------------------------------------------------------------------------- proof


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (waves, "slope"),
        (lambda x: np.linalg.norm(x) ** 3, "slope"),
        (lambda x: np.vdot(x, x) * x[0], "slope"),
        (lambda x: float(x[0]) ** 2 * x[1], "slope|TypeError"),
        (lambda x: np.conj(x[0]) * x[1] ** 2, "slope"),
        (lambda x: x.real[0] * x[1] ** 3, "slope"),
        (lambda x: x.astype(float) @ x.astype(float), "real|float64"),
        (lambda x: np.abs(x * x).sum(), "float64"),
    ],
)
def test_what_is_not_analytic_falls_back_with_a_reason(f, why):
    f = opaque(f)
    H, report = nj.hessian(f, [0.7, 1.3, 0.4], full_output=True)
    assert report.method == "adaptive"
    assert "; complex: " in report.reason
    np.testing.assert_allclose(H, nj.hessian(f, [0.7, 1.3, 0.4], method="adaptive"), rtol=1e-10)
    if "slope" in why:
        with pytest.raises((NotAnalyticError, TypeError)):
            nj.hessian(f, [0.7, 1.3, 0.4], method="complex")
    P, report = nj.hvp(f, [0.7, 1.3, 0.4], [1.0, -2.0, 0.5], full_output=True)
    assert report.method == "adaptive"
    np.testing.assert_allclose(P, H @ [1.0, -2.0, 0.5], rtol=1e-6, atol=1e-6)


def test_a_real_part_that_moves_is_refused():
    report = nj.hessian(opaque(lambda x: np.sum(x**2) + (1e-3 if np.iscomplexobj(x) else 0)), X, full_output=True)[1]
    assert "Re f(x + ih) differs" in report.reason


def test_a_bend_that_only_complex_numbers_have_is_refused():
    """Its slopes are right at x, and nothing but the real bend tells."""

    def planted(x):
        extra = np.sum((x.real - X) ** 2) * 1j * np.sum(x.imag) if np.iscomplexobj(x) else 0
        return np.sum(np.sin(x)) * x[0] + 0.01 * extra

    _, report = nj.hessian(opaque(planted), X, full_output=True)
    assert report.method == "complex"  # of second order at x, so it is no part of the Hessian

    def planted_first(x):
        extra = np.sum((x.real - X) * x.imag) * 1j if np.iscomplexobj(x) else 0
        return np.sum(np.sin(x)) * x[0] + 0.01 * extra

    H, report = nj.hessian(opaque(planted_first), X, full_output=True)
    assert report.method == "adaptive"
    assert "bend" in report.reason
    np.testing.assert_allclose(H, nj.hessian(planted_first, X, method="adaptive"))


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_no_false_alarms(seed):
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(3, 4)), rng.normal(size=3)
    x = rng.normal(size=4) * 10.0 ** rng.uniform(-3, 3, 4)
    s = np.abs(x)
    f = opaque(lambda x: np.sum(np.exp(np.sin(A @ (x / s) + b)) * b))
    report = nj.hessian(f, x, full_output=True)[1]
    assert report.method == "complex", report.reason


# ---------------------------------------------------------------------------------------------- products


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_quadratic_forms(method, seed):
    rng = np.random.default_rng(seed)
    A, x, v = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
    f = lambda x: x @ A @ x  # noqa: E731
    size = np.max(np.abs(A)) * np.max(np.abs(x)) ** 2 / np.min(np.abs(x)) ** 2
    H, report = nj.hessian(f, x, method=method, full_output=True)
    assert symmetric(H)
    assert (np.abs(H - (A + A.T)) <= 10 * report.error).all()
    np.testing.assert_allclose(H, A + A.T, rtol=0, atol=1e-7 * size)
    np.testing.assert_allclose(nj.hvp(f, x, v, method=method), (A + A.T) @ v, rtol=0, atol=1e-7 * size * 4)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_products_are_those_of_the_matrices(seed):
    rng = np.random.default_rng(seed)
    A, x, v, u = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4), rng.normal(size=3)
    f = lambda x: np.sin(A @ x) * x[0]  # noqa: E731
    np.testing.assert_allclose(nj.hvp(f, x, v), nj.hessian(f, x) @ v, atol=1e-7 * (1 + np.abs(v).max()))
    np.testing.assert_allclose(nj.vjp(f, x, u), u @ nj.jacobian(f, x), atol=1e-12)
    for method in ("central", "adaptive"):
        np.testing.assert_allclose(nj.vjp(f, x, u, method=method), u @ nj.jacobian(f, x), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_products_with_vectors_of_mixed_magnitude(method):
    x = np.array([1e-6, 2.0, 3e5])
    f = lambda x: np.exp(x[0] * 1e6) * np.sin(x[1]) + np.cos(x[1]) * np.sqrt(x[2])  # noqa: E731
    H = nj.hessian(f, x)
    for v in ([1.0, 1.0, 1.0], [1e-6, 1.0, 1e5], [0.0, 0.0, 1e-9], [1e-12, 0.0, 0.0], [1e-12, 3.0, 0.0]):
        P, report = nj.hvp(f, x, v, method=method, full_output=True)
        assert (np.abs(P - H @ v) <= 2 * report.error + 1e-9 * (np.abs(H) @ np.abs(v))).all(), v
        assert (report.error <= 1e-4 * (np.abs(H) @ np.abs(v)).max() / (np.abs(x) / np.abs(x).min())[::-1].min()).any()


@pytest.mark.parametrize("method", METHODS)
def test_products_cost_a_row(method, counted):
    g, n = counted(length), 6
    x, v = np.linspace(0.5, 2, n), np.linspace(-1, 1, n)
    P, report = nj.hvp(g, x, v, method=method, full_output=True)
    np.testing.assert_allclose(P, length_hessian(x) @ v, atol=1e-8)
    assert (np.abs(P - length_hessian(x) @ v) <= report.error).all()
    assert report.nfev == g.calls <= (12 * n + 7 if method == "adaptive" else 4 * n + 6)


def test_products_with_nothing(counted):
    g = counted(length)
    P, report = nj.hvp(g, X, [0.0, 0.0, 0.0], full_output=True)
    assert P.tolist() == report.error.tolist() == [0, 0, 0]
    assert g.calls == 1
    assert nj.vjp(polar, [1.0, 2.0], [0.0, 0.0]).tolist() == [0, 0]


def test_products_from_the_left_take_every_method():
    u = np.array([[1.0, -2.0], [0.5, 3.0]])
    f = lambda X: np.array([[X[0, 0] * X[1, 1], np.sin(X[0, 1])], [X[1, 0] ** 2, X[0, 0]]])  # noqa: E731
    x = np.array([[0.3, 0.7], [1.1, -0.4]])
    exact = np.array(
        [[u[0, 0] * x[1, 1] + u[1, 1], u[0, 1] * np.cos(x[0, 1])], [u[1, 0] * 2 * x[1, 0], u[0, 0] * x[0, 0]]]
    )
    for method in ("auto", "complex", "adaptive", "central", "forward", "backward"):
        product = nj.vjp(f, x, u, method=method)
        assert product.shape == x.shape
        np.testing.assert_allclose(product, exact, atol=1e-5)
    many = lambda X: np.stack([np.stack([X[0, 0] * X[1, 1], np.sin(X[0, 1])]), np.stack([X[1, 0] ** 2, X[0, 0]])])  # noqa: E731
    np.testing.assert_allclose(nj.vjp(many, x, u, vectorized=True), exact)
    np.testing.assert_allclose(nj.vjp(f, x, u, f0=f(x), wrt=[3, 0]), exact.ravel()[[3, 0]])
    np.testing.assert_allclose(nj.vjp(f, x, 1j * u), 1j * exact, atol=1e-9)
    assert nj.vjp(np.sin, 0.5, 2.0) == 2 * np.cos(0.5)
    narrow = nj.vjp(lambda x: x * x, np.float32([1, 2]), [1.0, 3.0])
    assert narrow.dtype == np.float32
    assert narrow.tolist() == [2, 12]


# ------------------------------------------------------------------------------------------ a given gradient


@pytest.mark.parametrize("method", ["auto", "complex", "adaptive", "central", "forward"])
def test_a_gradient_that_is_given(method, counted):
    f, g, x = counted(rosenbrock), counted(rosenbrock_gradient), np.array([-1.2, 1.0, 0.7, -0.3, 1.4])
    H, report = nj.hessian(f, x, gradient=g, method=method, full_output=True)
    assert symmetric(H)
    np.testing.assert_allclose(H, rosenbrock_hessian(x), atol=1e-2 if method == "forward" else 1e-5)
    assert report.nfev == f.calls + g.calls
    assert f.calls == 1
    assert report.value == rosenbrock(x)
    if method != "forward":
        assert (np.abs(H - rosenbrock_hessian(x)) <= report.error + 1e-12).all()
    v = np.array([1.0, 2.0, -1.0, 0.5, 0.0])
    P = nj.hvp(f, x, v, gradient=rosenbrock_gradient, method=method)
    np.testing.assert_allclose(P, rosenbrock_hessian(x) @ v, atol=1e-2 if method == "forward" else 1e-5)


def test_a_gradient_of_a_vector_and_its_entries():
    x = np.array([1.3, 0.6])
    jacobian = lambda x: np.array([[np.sin(x[1]), x[0] * np.cos(x[1])], [np.cos(x[1]), -x[0] * np.sin(x[1])]])  # noqa: E731
    np.testing.assert_allclose(nj.hessian(polar, x, gradient=jacobian), polar_hessian(x), atol=1e-12)
    np.testing.assert_allclose(nj.hessian(polar, x, gradient=jacobian, wrt=[1]), polar_hessian(x)[:, 1:, 1:])
    v = [1.0, -2.0]
    np.testing.assert_allclose(nj.hvp(polar, x, v, gradient=jacobian), polar_hessian(x) @ v)
    np.testing.assert_allclose(nj.hvp(polar, x, v, gradient=jacobian, wrt=[1]), (polar_hessian(x) @ v)[:, 1:])
    with pytest.raises(ShapeError, match="gradient returned shape"):
        nj.hessian(polar, x, gradient=lambda x: x)
    assert nj.hessian(np.sin, 0.3, gradient=np.cos) == -np.sin(0.3)


def test_asymmetry_is_an_error():
    wrong = lambda x: np.array([2 * x[0] + x[1], 3 * x[0]])  # noqa: E731
    H, report = nj.hessian(lambda x: x[0] ** 2 + 2 * x[0] * x[1], [1.0, 2.0], gradient=wrong, full_output=True)
    assert symmetric(H)
    np.testing.assert_allclose(H, [[2, 2], [2, 0]])
    assert report.error[0, 1] >= 1


# ----------------------------------------------------------------------------------------------- options


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("x", [[0.0, 1.0, 0.5], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1e-9, 1 - 1e-9, 0.3]])
def test_bounds_are_kept(method, x, counted):
    exact = lambda x: np.exp(x[0] * x[1] - x[2]) * (np.outer(w := np.array([x[1], x[0], -1.0]), w)) + np.exp(  # noqa: E731
        x[0] * x[1] - x[2]) * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])  # fmt: skip
    g = counted(lambda x: np.exp(x[0] * x[1] - x[2]))
    H, report = nj.hessian(g, x, method=method, bounds=(0, 1), full_output=True)
    P = nj.hvp(g, x, [1.0, -2.0, 0.5], method=method, bounds=(0, 1))
    inside = np.array(g.points).real
    assert inside.min() >= 0
    assert inside.max() <= 1
    assert symmetric(H)
    assert (np.abs(H - exact(np.array(x))) <= report.error).all()
    if x[0] != 1e-9:  # whose magnitude says nothing of the function
        np.testing.assert_allclose(H, exact(np.array(x)), atol=1e-6)
        np.testing.assert_allclose(P, exact(np.array(x)) @ [1.0, -2.0, 0.5], atol=1e-6)


def test_an_entry_without_room():
    with pytest.warns(NonFiniteWarning, match="leave it no room"):
        H, report = nj.hessian(length, X, bounds=([-2, -1.3, -2], [2, -1.3, 2]), full_output=True)
    assert report.method == "adaptive"
    assert np.isnan(H[1]).all()
    assert np.isinf(report.error[1]).all()
    np.testing.assert_allclose(H[::2, ::2], length_hessian(X)[::2, ::2], atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_vectorized_functions_give_the_same(method):
    calls = []

    @opaque
    def f(x):
        calls.append(x.shape[1:])
        return x[0] * x[1] * x[1] + x[2] * x[2] / (x[0] * x[0] + x[1])

    x = np.array([0.4, 1.2, -0.8])
    one, report = nj.hessian(f, x, method=method, full_output=True)
    alone = len(calls)
    calls.clear()
    many, report_of_many = nj.hessian(f, x, method=method, vectorized=True, full_output=True)
    assert (one == many).all()
    assert (report.error == report_of_many.error).all()
    assert report_of_many.nfev == len(calls) < alone / 2, "and nobody has called it with a tracer"
    v = [1.0, 0.5, -2.0]
    assert (nj.hvp(f, x, v, method=method) == nj.hvp(f, x, v, method=method, vectorized=True)).all()


def test_gradients_may_be_vectorized_too():
    f, g = (lambda x: np.sum(x**3, axis=0)), (lambda x: 3 * x**2)
    np.testing.assert_allclose(nj.hessian(f, X, gradient=g, vectorized=True), np.diag(6 * X))


def test_arguments_reach_f_and_the_gradient():
    f = lambda x, a, b=0: a * np.sum(x**3) + b * x[0] * x[1]  # noqa: E731
    g = lambda x, a, b=0: a * 3 * x**2 + b * np.array([x[1], x[0], 0])  # noqa: E731
    exact = 2 * np.diag(6 * X)
    exact[[0, 1], [1, 0]] = 5
    for gradient in (None, g):
        H = nj.hessian(f, X, gradient=gradient, args=(2,), kwargs={"b": 5})
        np.testing.assert_allclose(H, exact, atol=1e-9)
        np.testing.assert_allclose(nj.Hessian(f, gradient=gradient)(X, 2, b=5), exact, atol=1e-9)


def test_a_planned_object():
    planned = nj.Hessian(rosenbrock)
    assert repr(planned) == "Hessian(rosenbrock, analytic else complex of order 4 else adaptive of order 6)"
    for x in ([1.0, 2.0], [0.3, -0.7, 1.1]):
        np.testing.assert_allclose(pickle.loads(pickle.dumps(planned))(x), rosenbrock_hessian(x), atol=1e-8)
    value, H = planned.with_value([1.0, 2.0])
    assert value == 100
    assert H.shape == (2, 2)
    g = opaque(lambda x: np.linalg.norm(x) ** 3)
    planned = nj.Hessian(g, full_output=True)
    first, second = planned(X)[1], planned(X + 0.1)[1]
    assert "found at another x" in second.reason
    assert second.nfev < first.nfev, "what was refused is not tried again"


def test_options_of_the_real_way():
    x = [0.0, 2e-8]
    f = lambda x: np.sin(1e8 * x[0]) * np.exp(1e8 * x[1])  # noqa: E731
    exact = 1e16 * np.array([[0, np.exp(2)], [np.exp(2), 0]])
    H, report = nj.hessian(f, x, method="adaptive", x_scale=1e-8, full_output=True)
    np.testing.assert_allclose(H, exact, atol=1e-7 * exact.max())
    assert (np.abs(H - exact) <= report.error).all()
    quiet = nj.hessian(length, X, method="adaptive", noise=0, full_output=True)[1]
    assert quiet.nfev == 1 + 6 * 6
    loose = nj.hessian(length, X, method="adaptive", noise=0, rtol=1e-2, full_output=True)[1]
    assert loose.nfev < quiet.nfev
    with pytest.warns(ToleranceWarning):
        nj.hessian(length, X, method="adaptive", rtol=1e-15)
    fine, report = nj.hessian(length, X, method="adaptive", order=8, full_output=True)
    np.testing.assert_allclose(fine, length_hessian(X), atol=1e-9)
    assert report.order == 8
    known = nj.hessian(length, X, f0=length(X), full_output=True)[1]
    assert known.nfev == nj.hessian(length, X, full_output=True)[1].nfev - 1


def test_noise_is_seen_and_covered():
    def f(x):
        if np.iscomplexobj(x):
            raise TypeError("real numbers only")
        rough = np.sin(1e12 * x[0] + 3e11 * x[1]) * 1e-9
        return np.exp(x[0]) * np.sin(x[1]) + rough

    x = np.array([0.7, 1.1])
    e, s, c = np.exp(0.7), np.sin(1.1), np.cos(1.1)
    H, report = nj.hessian(f, x, full_output=True)
    assert "TypeError" in report.reason
    assert (np.abs(H - [[e * s, e * c], [e * c, -e * s]]) <= report.error).all()
    assert report.error.max() < 0.1
    assert (report.flags & nj.Flag.NOISY).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"method": "central"}, "need gradient="),
        ({"method": "forward"}, "need gradient="),
        ({"method": "magic"}, "expected one of"),
        ({"abs_step": 1e-3}, "gradient="),
        ({"rel_step": 1e-3}, "gradient="),
        ({"layout": "denominator"}, "layout"),
        ({"gradient": 3}, "gradient"),
        ({"order": 3}, "even order"),
        ({"wrt": [7]}, "wrt"),
    ],
)
def test_options_that_make_no_sense(options, match):
    with pytest.raises(OptionError, match=match):
        nj.hessian(length, X, **options)
    with pytest.raises(OptionError, match=match):
        nj.hvp(length, X, X, **options)


def test_vectors_that_make_no_sense():
    for v, match in [([1.0], "shape"), (1j * X, "complex"), ([np.nan, 0, 0], "finite")]:
        with pytest.raises(OptionError, match=match):
            nj.hvp(length, X, v)
    for u in (1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0]]):
        with pytest.raises(ShapeError, match="u has shape"):
            nj.vjp(polar, [1.0, 2.0], u)
    with pytest.raises(OptionError, match="layout"):
        nj.vjp(polar, [1.0, 2.0], [1.0, 2.0], layout="vec")
    with pytest.raises(OptionError, match="called"):
        nj.vjp(3, [1.0], [1.0])


# ------------------------------------------------------------------------------------------ f misbehaves


def reusing():
    buffers = {}

    def f(x):
        y = buffers.setdefault(x.dtype, np.empty(1, x.dtype))
        y[0] = x[0] ** 2 * x[1]
        return y

    return f


def writing_into_its_argument():
    def f(x):
        y = x[0] ** 2 * x[1]
        x[...] = 17
        return y

    return f


def remembering_its_argument():
    seen = []

    def f(x):
        seen.append((x, x.tolist()))
        then, as_it_was = seen[0]
        return x[0] ** 2 * x[1] + np.sum(then - as_it_was)

    return f


@pytest.mark.parametrize("mischief", [reusing, writing_into_its_argument, remembering_its_argument])
@pytest.mark.parametrize("method", METHODS)
def test_memory_is_private(mischief, method):
    x = np.array([0.7, -1.3])
    H = np.reshape(nj.hessian(mischief(), x, method=method), (2, 2))
    np.testing.assert_allclose(H, [[-2.6, 1.4], [1.4, 0]], atol=1e-7)
    assert x.tolist() == [0.7, -1.3]
    P = nj.hvp(mischief(), x, [1.0, 1.0], method=method)
    np.testing.assert_allclose(np.ravel(P), [-1.2, 1.4], atol=1e-7)
    u = np.ones(np.shape(mischief()(x.copy())))
    np.testing.assert_allclose(nj.vjp(mischief(), x, u), [2 * 0.7 * -1.3, 0.49])


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_says_where(method):
    def f(x):
        if x.real[1] != X[1]:
            raise ZeroDivisionError("broken")
        return np.sum(x**2)

    with pytest.raises(ZeroDivisionError) as caught:
        nj.hessian(f, X, method=method)
    assert any("numjac: f was called" in note for note in caught.value.__notes__)


def test_outputs_that_are_no_numbers_or_change_their_shape():
    with pytest.raises(OutputError):
        nj.hessian(lambda x: None, X)
    with pytest.raises(ShapeError):
        nj.hessian(lambda x: x if x[0] == X[0] else x[:1], X, method="adaptive")


def test_functions_that_are_nowhere_finite():
    with pytest.warns(NonFiniteWarning):
        H, report = nj.hessian(lambda x: x[0] * np.nan, X, full_output=True)
    assert np.isnan(H).all()
    assert np.isinf(report.error).all()
    with pytest.warns(NonFiniteWarning):
        H, report = nj.hessian(lambda x: np.array([x @ x, np.nan]), X, full_output=True)
    np.testing.assert_allclose(H[0], 2 * np.eye(3), atol=1e-9)
    assert np.isnan(H[1]).all()


def test_points_that_are_not_finite():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        H = nj.hessian(lambda x: x[0] ** 2 + np.exp(-x[1]), [1.0, np.inf])
    assert any(issubclass(w.category, NonFiniteWarning) for w in caught)
    assert np.isnan(H[1]).all()
    np.testing.assert_allclose(H[0, 0], 2, atol=1e-7)


@pytest.mark.parametrize("method", ["auto", "adaptive"])
def test_kinks_are_named(method):
    with pytest.warns(NonSmoothWarning, match="do not exist"):
        H, report = nj.hessian(lambda x: np.abs(x[0] - 1) + x[1] ** 2 * x[2], [1.0, 2.0, 3.0], method=method,
                               full_output=True)  # fmt: skip
    assert np.isinf(report.error[0]).all()
    assert (report.flags[0] & nj.Flag.KINK).all()
    np.testing.assert_allclose(H[1:, 1:], [[6, 4], [4, 0]], atol=1e-7)
    assert np.isfinite(report.error[1:, 1:]).all()
    assert [(kink.output, kink.column) for kink in report.kinks] == [(0, 0)]
    np.testing.assert_allclose([report.kinks[0].left, report.kinks[0].right], [-1, 1], atol=1e-6)


def test_jumps_are_named():
    with pytest.warns(NonSmoothWarning, match="jump"):
        H, report = nj.hessian(lambda x: np.floor(x.real[0]) + x.real[1] ** 2, [2.0, 3.0], full_output=True)
    assert np.isnan(H[0]).all()
    assert np.isinf(report.error[0]).all()


def test_what_can_not_be_trusted_is_not():
    def f(x):
        return float(np.sin(1e13 * x.real @ [1.0, 2.0]))

    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        H, report = nj.hessian(f, [1.3, 0.7], full_output=True)
    truth = -1e26 * np.sin(1e13 * 2.7) * np.outer([1, 2], [1, 2])
    assert (np.isinf(report.error) | (np.abs(H - truth) <= report.error) | (report.error >= 1)).all()
    assert issubclass(UnresolvedWarning, nj.NumjacWarning)
