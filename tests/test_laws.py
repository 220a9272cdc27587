"""Laws of differentiation, for functions made at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numjac as nj

SEEDS = st.integers(0, 2**32 - 1)
FIXED = ["complex", "central", "forward"]
# What rounding and truncation leave of a law: of the order of the error of each side.
SLACK = {"complex": 1e-12, "central": 1e-6, "forward": 1e-3}


def smooth(seed, n, m):
    """A function from R^n to R^m, smooth and complex-analytic in code."""
    rng = np.random.default_rng(seed)
    A, b, c = rng.normal(size=(m, n)), rng.normal(size=m), rng.normal(size=m)
    return lambda x: np.sin(A @ x + b) + c * (A @ x) ** 2


def matrix_of(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 2, 2))
    return lambda t: np.array([[np.sin(a[0, 0] * t), a[0, 1] * t**2], [np.exp(b[0, 0] * t), b[1, 1] / (3 + t)]])


def near(left, right, method):
    np.testing.assert_allclose(left, right, rtol=SLACK[method], atol=SLACK[method] * (1 + np.max(np.abs(right))))


@given(SEEDS, SEEDS, st.floats(-3, 3), st.sampled_from(FIXED))
def test_sums_and_multiples(one, two, k, method):
    """(f + k g)' = f' + k g': rows A2, A10, B11, C4."""
    f, g, x = smooth(one, 3, 2), smooth(two, 3, 2), np.array([0.3, -0.7, 1.1])
    left = nj.jacobian(lambda x: f(x) + k * g(x), x, method=method)
    near(left, nj.jacobian(f, x, method=method) + k * nj.jacobian(g, x, method=method), method)


@given(SEEDS, SEEDS, st.sampled_from(FIXED))
def test_products(one, two, method):
    """(u v)' = diag(v) u' + diag(u) v': rows B7, C4."""
    u, v, x = smooth(one, 3, 2), smooth(two, 3, 2), np.array([0.3, -0.7, 1.1])
    left = nj.jacobian(lambda x: u(x) * v(x), x, method=method)
    right = v(x)[:, None] * nj.jacobian(u, x, method=method) + u(x)[:, None] * nj.jacobian(v, x, method=method)
    near(left, right, method)


@given(SEEDS, SEEDS, st.floats(0.1, 2), st.sampled_from(FIXED))
def test_function_matrices(one, two, t, method):
    """(A B)' = A' B + A B', order kept; (k A)' = k' A + k A'; A(f(t))' = f' A'(f): rows A3, A4, A5."""
    A, B = matrix_of(one), matrix_of(two)

    def D(f, t):
        return nj.derivative(f, t, method=method)

    near(D(lambda t: A(t) @ B(t), t), D(A, t) @ B(t) + A(t) @ D(B, t), method)
    near(D(lambda t: np.cos(t) * A(t), t), D(np.cos, t) * A(t) + np.cos(t) * D(A, t), method)
    near(D(lambda t: A(np.sin(t)), t), D(np.sin, t) * D(A, np.sin(t)), method)


@given(SEEDS, SEEDS, st.sampled_from(FIXED))
def test_chains(one, two, method):
    """y(u(x))' = y'(u) u'(x), a matrix product: row B2."""
    u, y, x = smooth(one, 3, 4), smooth(two, 4, 2), np.array([0.3, -0.7, 1.1]) / 3
    left = nj.jacobian(lambda x: y(u(x)), x, method=method)
    near(left, nj.jacobian(y, u(x), method=method) @ nj.jacobian(u, x, method=method), method)


@given(SEEDS, st.sampled_from(FIXED))
def test_a_product_with_a_vector_is_linear_in_it(seed, method):
    f, x = smooth(seed, 3, 2), np.array([0.3, -0.7, 1.1])
    u, v = np.random.default_rng(seed).normal(size=(2, 3))
    sum_of_two = nj.jvp(f, x, u, method=method) + nj.jvp(f, x, 2 * v, method=method)
    near(nj.jvp(f, x, u + 2 * v, method=method), sum_of_two, method)


@settings(max_examples=50)
@given(SEEDS, st.integers(-8, 8), st.sampled_from(["central", "forward"]))
def test_units_do_not_matter(seed, k, method):
    """x measured in units of 2^k: every bit of the Jacobian but its exponent stays."""
    f, x, unit = smooth(seed, 3, 2), np.array([0.3, -0.7, 1.1]), 2.0**k
    scaled = nj.jacobian(lambda x: f(x / unit), x * unit, method=method)
    np.testing.assert_array_equal(scaled * unit, nj.jacobian(f, x, method=method))


@given(SEEDS, st.permutations(range(4)), st.sampled_from(["central", "forward", "complex"]))
def test_the_order_of_columns_does_not_matter(seed, order, method):
    f, x = smooth(seed, 4, 3), np.array([0.3, -0.7, 1.1, 0.2])
    whole = nj.jacobian(f, x, method=method)
    np.testing.assert_array_equal(nj.jacobian(f, x, method=method, wrt=order), whole[:, order])


@pytest.mark.parametrize("method", ["forward", "backward", "central"])
@pytest.mark.parametrize("order", [2, 4, 6])
def test_an_output_that_does_not_depend_on_a_column_is_exactly_zero(method, order):
    f = lambda x: np.array([np.sin(x[0]) * 1e9, np.exp(x[1]) / 3, 0.1])  # noqa: E731
    J = nj.jacobian(f, [0.3, 0.7, 5.0], method=method, order=order)
    assert (J[[0, 1, 1, 2, 2, 2], [1, 0, 2, 0, 1, 2]] == 0).all()
    assert (J[:, 2] == 0).all()


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("backward", 1), ("central", 2)])
@given(st.integers(-1000, 1000), st.integers(-1000, 1000).filter(bool))
def test_a_line_with_small_integers_is_exact(method, order, slope, x):
    """The quotient of exact differences by the exact width: no rounding at all for one quotient."""
    assert nj.derivative(lambda t: slope * t, float(x), method=method, order=order, abs_step=2.0**-10) == slope
