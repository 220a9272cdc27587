"""The rows of the tutorials that the library grew from; each test quotes its row."""

import numpy as np
import pytest
import reference

import numjac as nj
from numjac.layouts import LAYOUTS

EXACT = {"rtol": 1e-14, "atol": 1e-14}


def test_A1_the_derivative_of_a_function_matrix_is_the_matrix_of_derivatives():
    def A(x):
        return np.array([[x**2, np.sin(x), 1 + 0 * x], [np.exp(x), 1 / x, x]])

    x = 0.7
    exact = [[2 * x, np.cos(x), 0], [np.exp(x), -1 / x**2, 1]]
    for method, tolerance in [("auto", 1e-14), ("complex", 1e-14), ("central", 1e-8), ("forward", 1e-5)]:
        np.testing.assert_allclose(nj.derivative(A, x, method=method), exact, rtol=tolerance, atol=tolerance)


def test_A7_the_gradient_of_the_sum_of_squares_is_twice_x():
    x = [[1, 2, 3], [2, 3, 4]]
    np.testing.assert_allclose(nj.gradient(lambda x: np.sum(x * x), x), [[2, 4, 6], [4, 6, 8]], **EXACT)


def test_A8_block_k_l_is_the_derivative_by_b_kl():
    B = np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 2.0]])

    def A(B):
        return B @ B.T @ np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

    T = nj.jacobian(A, B)
    expected = reference.block_jacobian(lambda k, l: T[:, :, k, l], 2, 3, 2, 3)
    np.testing.assert_allclose(nj.jacobian(A, B, layout="block"), expected, **EXACT)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 1)])
def test_A9_by_the_definition_it_is_the_commutation_matrix(shape):
    """DA/DA' and DA'/DA are not E, as one tutorial says, but commutation matrices; DA/DA is vec(I) vec(I)'."""
    p, q = shape
    A = np.arange(1.0, 1 + p * q).reshape(shape)
    by_its_transpose = nj.jacobian(lambda B: B.T, A.T, layout="block")  # A as a function of A'
    np.testing.assert_allclose(by_its_transpose, reference.commutation(q, p), **EXACT)
    np.testing.assert_allclose(nj.jacobian(lambda A: A.T, A, layout="block"), reference.commutation(p, q), **EXACT)
    by_itself = nj.jacobian(lambda A: A + 0, A, layout="block")
    np.testing.assert_allclose(by_itself, np.outer(np.eye(p).ravel("F"), np.eye(q).ravel("F")), **EXACT)


def test_B1_a_small_change_is_the_jacobian_times_the_change():
    f = lambda x: np.array([x[0] * x[1], np.exp(x[1]), x[2] - x[0] ** 2])  # noqa: E731
    x, dx = np.array([0.5, -1.0, 2.0]), np.array([1e-5, -2e-5, 3e-5])
    J = nj.jacobian(f, x)
    assert J.shape == (3, 3)
    np.testing.assert_allclose(f(x + dx) - f(x), J @ dx, atol=1e-9)
    np.testing.assert_allclose(nj.jvp(f, x, dx), J @ dx, rtol=1e-12)


def test_C1_the_limit_made_visible():
    f = lambda x: 3 * x**2 - 4 * x  # noqa: E731
    shown = [f"{nj.derivative(f, 1.0, method='forward', abs_step=0.1**k):.5f}" for k in range(1, 6)]
    assert shown == ["2.30000", "2.03000", "2.00300", "2.00030", "2.00003"]


def test_C2_the_limit_itself():
    f = lambda x: 3 * x**2 - 4 * x  # noqa: E731
    assert nj.derivative(f, 1.0) == 2.0
    assert nj.derivative(f, 1.0, method="central") == pytest.approx(2.0, rel=1e-9)


SCALAR, VECTOR, MATRIX = (), (3,), (2, 3)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("x_shape", [SCALAR, VECTOR, MATRIX], ids=["scalar", "vector", "matrix"])
@pytest.mark.parametrize("f_shape", [SCALAR, (2,), (4, 2)], ids=["scalar", "vector", "matrix"])
@pytest.mark.parametrize("method", ["auto", "central"])
def test_C5_all_nine_combinations_in_every_layout(f_shape, x_shape, layout, method):
    rng = np.random.default_rng(3)
    T = rng.normal(size=f_shape + x_shape)
    x = rng.normal(size=x_shape)
    f = lambda x: np.tensordot(T, x, np.ndim(x))  # noqa: E731
    J = nj.jacobian(f, x, layout=layout, method=method)
    (m, n), (p, q) = (*f_shape, 1, 1)[:2], (*x_shape, 1, 1)[:2]
    four = T.reshape(m, n, p, q)
    expected = {
        "numerator": T,
        "denominator": np.moveaxis(T, range(len(f_shape)), range(len(x_shape), T.ndim)),
        "block": reference.block_jacobian(lambda k, l: four[:, :, k, l], m, n, p, q),
        "vec": np.array([[four[i, j, k, l] for l in range(q) for k in range(p)] for j in range(n) for i in range(m)]),
    }[layout]
    assert J.shape == expected.shape
    np.testing.assert_allclose(J, expected, rtol=1e-8, atol=1e-9)


def test_C6_a_gradient_by_hand():
    x = np.array([2.0, 3.0, 5.0])
    f = lambda x: x[0] ** 2 + x[0] * x[1] + x[1] * x[2]  # noqa: E731
    np.testing.assert_allclose(nj.gradient(f, x), [2 * x[0] + x[1], x[0] + x[2], x[1]], **EXACT)


def test_C7_numerator_and_denominator_layout_are_transposes():
    f = lambda x: np.array([x[0] * x[1], x[2] ** 2])  # noqa: E731
    wide = nj.jacobian(f, [1.0, 2.0, 3.0])
    tall = nj.jacobian(f, [1.0, 2.0, 3.0], layout="denominator")
    assert (wide.shape, tall.shape) == ((2, 3), (3, 2))
    np.testing.assert_array_equal(tall, wide.T)


def test_C8_a_row_in_one_layout_a_column_in_the_other():
    f = lambda x: np.array([x[0] ** 2 + x[1] ** 2])  # noqa: E731
    np.testing.assert_allclose(nj.jacobian(f, [1.0, 2.0]), [[2.0, 4.0]], **EXACT)
    np.testing.assert_allclose(nj.jacobian(f, [1.0, 2.0], layout="denominator"), [[2.0], [4.0]], **EXACT)
