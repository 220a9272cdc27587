"""The Jacobian as a linear operator: its products are those of the matrix."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opaque import opaque
from scipy.sparse.linalg import LinearOperator, gmres, lsmr

import numjac as nj
from numjac.errors import OptionError, TraceError

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.random.default_rng(0).normal(size=(6, 4))

# Products by a trace are sums of six terms; those by adaptive differences were off by 1e-12 and less.
ROUNDED, DIFFERENCED = 1e-14, 1e-10


def f(x):
    """Of shape (2, 3) both, and not square in its parts."""
    return np.stack([x[0] * x[1], np.sin(x[0]) + x[1, 0]])


def wave(x):
    return np.exp(1j * x) * x[0]


def dense(function, x):
    J = nj.jacobian(function, x)
    return J.reshape(-1, np.size(x))


# ---------------------------------------------------------------------------------------------------------- by a trace


def test_products_are_those_of_the_matrix():
    L, J = nj.linear_operator(f, X), dense(f, X)
    assert isinstance(L, LinearOperator)
    assert (L.shape, L.dtype) == ((6, 6), np.float64)
    np.testing.assert_allclose(L @ np.eye(6), J, rtol=0, atol=0)
    np.testing.assert_allclose(L.matmat(V), J @ V, rtol=0, atol=ROUNDED)
    np.testing.assert_allclose(L.rmatmat(V), J.T @ V, rtol=0, atol=ROUNDED * 10)
    for v in V.T:
        np.testing.assert_allclose(L.matvec(v), J @ v, rtol=0, atol=ROUNDED)
        np.testing.assert_allclose(L.rmatvec(v), J.T @ v, rtol=0, atol=ROUNDED * 10)
        np.testing.assert_allclose(L.H @ v, L.T @ v, rtol=0, atol=0)
    assert (L @ V[:, :1]).shape == (6, 1)
    np.testing.assert_array_equal(L @ np.arange(6), J @ np.arange(6.0))
    assert not (L @ np.zeros(6)).any()
    assert not L.rmatvec(np.zeros(6)).any()
    assert (L @ np.zeros((6, 0))).shape == (L.rmatmat(np.zeros((6, 0)))).shape == (6, 0)
    with pytest.raises(ValueError, match=r"[Dd]imension"):
        L @ np.ones(5)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_adjoint_law(seed, imaginary):
    """<u, J v> = <J' u, v>, to the rounding of some dozen terms of size 10."""
    random = np.random.default_rng(seed)
    m, n = random.integers(1, 9, 2)
    A, x = random.normal(size=(m, n)), random.normal(size=n)

    def function(x):
        return np.sin(A @ x) * np.sum(x**2) * (1 + 2j if imaginary else 1)

    L = nj.linear_operator(function, x)
    assert (L.shape, L.dtype) == ((m, n), np.complex128 if imaginary else np.float64)
    u, v = random.normal(size=m), random.normal(size=n)
    if imaginary:
        u, v = u + 1j * random.normal(size=m), v + 1j * random.normal(size=n)
    assert abs(np.vdot(u, L @ v) - np.vdot(L.rmatvec(u), v)) <= 1e-11 * (1 + abs(np.vdot(u, L @ v)))
    np.testing.assert_allclose(L @ v, dense(function, x) @ v, rtol=0, atol=1e-12)


def test_vectors_may_be_complex_where_the_matrix_is_real():
    """The imaginary part of a vector was lost, with no more than a warning of NumPy."""
    L, J = nj.linear_operator(f, X), dense(f, X)
    W = V + 1j * V[::-1]
    np.testing.assert_allclose(L @ W, J @ W, rtol=0, atol=ROUNDED * 10)
    np.testing.assert_allclose(L.rmatmat(W), J.T @ W, rtol=0, atol=ROUNDED * 10)
    np.testing.assert_allclose(L.T @ W, J.T @ W, rtol=0, atol=ROUNDED * 10)
    np.testing.assert_allclose(nj.linear_operator(opaque(f), X) @ W, J @ W, rtol=0, atol=DIFFERENCED)


def test_complex_functions():
    for n in (3, 150):  # columns go through in blocks of 64
        x = np.linspace(1, 2, n)
        L, J = nj.linear_operator(wave, x), dense(wave, x)
        u = np.linspace(-1, 1, n) * (1 + 2j)
        assert L.dtype == np.complex128
        np.testing.assert_allclose(L @ u, J @ u, rtol=1e-13)
        np.testing.assert_allclose(L @ x, J @ x, rtol=1e-13)
        np.testing.assert_allclose(L.rmatvec(u), J.conj().T @ u, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(L.rmatmat(np.eye(n)), J.conj().T, rtol=1e-13)
        np.testing.assert_allclose(L.T @ u, J.T @ u, rtol=1e-12, atol=1e-12)
    L = nj.linear_operator(opaque(wave), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(L @ np.ones(3), dense(wave, [1.0, 2.0, 3.0]) @ np.ones(3), rtol=DIFFERENCED)


def test_complex_points():
    z = np.array([1 + 1j, 2.0])
    for function in (np.square, opaque(np.square)):
        L = nj.linear_operator(function, z)
        assert L.dtype == np.complex128
        np.testing.assert_allclose(L @ np.array([1j, 2.0]), 2 * z * [1j, 2.0], rtol=DIFFERENCED)
        np.testing.assert_allclose(L @ np.ones(2), 2 * z, rtol=DIFFERENCED)


def test_scalars_and_nothing():
    L = nj.linear_operator(np.sin, 1.0)
    assert L.shape == (1, 1)
    np.testing.assert_allclose((L @ [2.0], L.rmatvec([2.0])), [[2 * np.cos(1.0)]] * 2, rtol=1e-15)
    L = nj.linear_operator(lambda x: x @ x, [1.0, 2.0])
    np.testing.assert_array_equal(L @ np.ones(2), [6.0])
    np.testing.assert_array_equal(L.rmatvec([2.0]), [4.0, 8.0])
    flat = ((lambda x: np.ones(3), np.zeros(0)), (lambda x: x[:0], np.ones(2)), (lambda x: np.ones(3), [1.0]))
    for function, x in flat:
        L = nj.linear_operator(function, x)
        m, n = L.shape
        np.testing.assert_array_equal(L @ np.ones(n), np.zeros(m))
        np.testing.assert_array_equal(L.rmatvec(np.ones(m)), np.zeros(n))


def test_solvers_take_it():
    def bent(x):
        return x**3 + 0.1 * np.roll(x, 1)

    x, b = np.arange(1.0, 7.0), np.linspace(1, 2, 6)
    solution = np.linalg.solve(dense(bent, x), b)
    L = nj.linear_operator(bent, x)
    np.testing.assert_allclose(lsmr(L, b, atol=1e-14, btol=1e-14)[0], solution, rtol=1e-9)  # its tolerance, times 36
    for function in (bent, opaque(bent)):
        found, info = gmres(nj.linear_operator(function, x), b, rtol=1e-12)
        assert info == 0
        np.testing.assert_allclose(found, solution, rtol=1e-10)
    whole = opaque(lambda x: bent(x) * 1j)
    found, info = gmres(nj.linear_operator(whole, x), b * 1j, rtol=1e-9)  # differences are no better than 1e-12
    assert info == 0
    np.testing.assert_allclose(found, solution, rtol=1e-7)


def test_one_trace_for_all_products(counted):
    function = counted(f)
    L = nj.linear_operator(function, X)
    made = function.calls
    L @ V
    L.rmatmat(V)
    assert function.calls == made <= 5


# ---------------------------------------------------------------------------------------------------- without a trace


@pytest.mark.parametrize("options", [{}, {"method": "central"}, {"method": "adaptive"}, {"method": "forward"}])
def test_without_a_trace_there_are_products_with_the_matrix_alone(options):
    tolerance = {"central": 1e-8, "forward": 1e-5}.get(options.get("method"), DIFFERENCED)
    function = f if options else opaque(f)
    L, J = nj.linear_operator(function, X, **options), dense(f, X)
    np.testing.assert_allclose(L @ V, J @ V, rtol=0, atol=tolerance)
    np.testing.assert_allclose(L @ V[:, 0], J @ V[:, 0], rtol=0, atol=tolerance)
    assert not (L @ np.zeros(6)).any()
    assert (L @ np.zeros((6, 0))).shape == (6, 0)
    for back in (lambda: L.rmatvec(np.ones(6)), lambda: L.rmatmat(V), lambda: L.T @ np.ones(6), lambda: L.H @ V):
        with pytest.raises(TraceError, match=r"transpose need a trace of f: .*; use a sparse or a dense Jacobian"):
            back()


def test_analytic_or_nothing():
    with pytest.raises(TraceError, match="out of the trace"):
        nj.linear_operator(opaque(f), X, method="analytic")


def test_a_trace_that_is_wrong_is_not_believed():
    x = np.array([1.0, 2.0, 3.0])

    def hidden(y):
        """At x, and there alone, a tracer is told the right value."""
        return y**2 if type(y) is np.ndarray else y + (x**2 - x)

    L = nj.linear_operator(hidden, x)
    np.testing.assert_allclose(L @ np.ones(3), 2 * x, rtol=DIFFERENCED)
    with pytest.raises(TraceError, match="the trace is wrong: along a direction, output 0"):
        L.rmatvec(np.ones(3))
    with pytest.raises(TraceError, match="the trace is wrong: along a direction, output 0"):
        nj.linear_operator(hidden, x, method="analytic")


def test_float32():
    x = np.array([1.0, 2.0], np.float32)
    L = nj.linear_operator(np.square, x)
    np.testing.assert_allclose(L @ np.ones(2), [2.0, 4.0], rtol=1e-5)


@pytest.mark.parametrize("function", [f, opaque(f)])
def test_the_point_and_the_value_are_those_of_the_beginning(function):
    x, J = X.copy(), dense(f, X)
    y = f(x)
    L = nj.linear_operator(function, x, f0=y)
    x[:], y[:] = 0, 7
    np.testing.assert_allclose(L @ V, J @ V, rtol=0, atol=DIFFERENCED)


def test_results_are_fresh():
    L = nj.linear_operator(lambda x: 2 * x, np.ones(3))
    v = np.ones(3)
    for product in (L.matvec, L.rmatvec):
        product(v)[:] = 7
        np.testing.assert_array_equal(product(v), [2.0, 2.0, 2.0])
    identity = nj.linear_operator(lambda x: x, np.ones(3))
    for product in (identity.matvec, identity.rmatvec):
        product(v)[:] = 7
        np.testing.assert_array_equal(v, 1)


def test_arguments():
    for function in (lambda x, a, b: a * x**b, opaque(lambda x, a, b: a * x**b)):
        L = nj.linear_operator(function, [1.0, 2.0], args=(3.0,), kwargs={"b": 2})
        np.testing.assert_allclose(L @ np.ones(2), [6.0, 12.0], rtol=DIFFERENCED)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"wrt": [0]}, "wrt: a linear operator is not made of entries"),
        ({"wrt": np.array([0, 1])}, "wrt: a linear operator"),
        ({"wrt": []}, "wrt: a linear operator"),
        ({"sparsity": "detect"}, "sparsity: a linear operator"),
        ({"sparsity": np.eye(6)}, "sparsity: a linear operator"),
        ({"full_output": True}, "full_output: a linear operator"),
        ({"layout": "vec"}, "layout='vec'"),
        ({"method": "guess"}, "method='guess'"),
    ],
)
def test_options_of_matrices_are_refused(options, told):
    with pytest.raises(OptionError, match=told):
        nj.linear_operator(f, X, **options)


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(OptionError, match=r"numjac\[sparse\]"):
        nj.linear_operator(f, X)
