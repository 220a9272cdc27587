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


# What rows B and C call x, u and v; every matrix and vector in them is one of these.
M, V = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 4.0]]), np.array([0.7, -1.3, 2.1])
U = lambda x: np.array([x[0] * x[1], np.sin(x[1]), x[2] ** 2])  # noqa: E731
W = lambda x: np.array([x[0] + x[2], np.exp(x[0]), x[1]])  # noqa: E731


def function_matrices():
    A = lambda t: np.array([[t**2, np.sin(t)], [np.exp(t), 1 / t]])  # noqa: E731
    B = lambda t: np.array([[t, 1.0], [np.cos(t), t**3]])  # noqa: E731
    return A, B, nj.derivative(A, 0.7), nj.derivative(B, 0.7)


def test_A2_the_derivative_of_a_sum():
    A, B, dA, dB = function_matrices()
    np.testing.assert_allclose(nj.derivative(lambda t: A(t) + B(t), 0.7), dA + dB, **EXACT)


def test_A3_a_scalar_function_times_a_matrix():
    A, _, dA, _ = function_matrices()
    np.testing.assert_allclose(nj.derivative(lambda t: t**3 * A(t), 0.7), 3 * 0.49 * A(0.7) + 0.343 * dA, **EXACT)


def test_A4_a_product_keeps_its_order():
    A, B, dA, dB = function_matrices()
    expected = dA @ B(0.7) + A(0.7) @ dB
    np.testing.assert_allclose(nj.derivative(lambda t: A(t) @ B(t), 0.7), expected, **EXACT)
    assert np.abs(B(0.7) @ dA + dB @ A(0.7) - expected).max() > 0.1


def test_A5_the_chain_rule_of_a_function_matrix():
    A, *_ = function_matrices()
    f = lambda t: t**2 + 0.3  # noqa: E731
    np.testing.assert_allclose(nj.derivative(lambda t: A(f(t)), 0.7), 1.4 * nj.derivative(A, f(0.7)), **EXACT)


@pytest.mark.parametrize("k", range(1, 11))
def test_A6_the_kth_derivative_of_a_function_matrix(k):
    A = lambda t: np.array([[np.exp(2 * t), np.sin(t)], [t**12, np.cosh(t)]])  # noqa: E731
    falling = np.prod(np.arange(12, 12 - k, -1.0))
    exact = [
        [2.0**k * np.exp(1.4), np.sin(0.7 + k * np.pi / 2)],
        [falling * 0.7 ** (12 - k), (np.cosh, np.sinh)[k % 2](0.7)],
    ]
    found, report = nj.derivative(A, 0.7, n=k, full_output=True)
    assert (np.abs(found - exact) <= report.error + 1e-13 * np.abs(exact)).all()
    np.testing.assert_allclose(found, exact, rtol=1e-6)


def test_A10_the_derivative_of_a_sum_by_a_matrix():
    C = np.array([[0.5, 2.0], [1.0, -1.0]])
    parts = [nj.jacobian(f, C, layout="block") for f in (lambda C: C @ C, lambda C: C.T * 3)]
    np.testing.assert_allclose(nj.jacobian(lambda C: C @ C + C.T * 3, C, layout="block"), sum(parts), **EXACT)


def test_B2_the_chain_rule_is_a_matrix_product():
    outer = nj.jacobian(W, U(V)) @ nj.jacobian(U, V)
    np.testing.assert_allclose(nj.jacobian(lambda x: W(U(x)), V), outer, **EXACT)


def test_B3_the_total_differential():
    y = lambda u, v: np.array([u @ v, u[0] * v[1]])  # noqa: E731
    by_u, by_v = nj.jacobian(lambda u: y(u, W(V)), U(V)), nj.jacobian(lambda v: y(U(V), v), W(V))
    expected = by_u @ nj.jacobian(U, V) + by_v @ nj.jacobian(W, V)
    np.testing.assert_allclose(nj.jacobian(lambda x: y(U(x), W(x)), V), expected, **EXACT)


SHOWN = {
    "B4": (lambda x: np.exp(x) * [1, 2, 3], np.diag(np.exp(V) * [1, 2, 3]), "diagonal"),
    "B5": (lambda x: x + np.array([1.0, 2.0, 3.0]), np.eye(3), "identity"),
    "B6": (lambda x: np.array([1.0, 2.0, 3.0]) * x, np.diag([1.0, 2.0, 3.0]), "diagonal"),
    "B6, a scalar": (lambda x: 3 * x, 3 * np.eye(3), "scaled identity"),
    "B7": (lambda x: U(x) * W(x), None, ""),
    "B8": (lambda x: U(x) @ W(x), None, ""),
    "B9": (lambda x: x @ x, 2 * V, ""),
    "B10": (lambda x: M @ x, M, "dense"),
    "B11": (lambda x: U(x) + W(x), None, ""),
}


@pytest.mark.parametrize("row", SHOWN)
def test_B4_to_B11_what_a_trace_shows(row):
    f, exact, structure = SHOWN[row]
    du, dw = nj.jacobian(U, V), nj.jacobian(W, V)
    by_rule = {
        "B7": np.diag(W(V)) @ du + np.diag(U(V)) @ dw, "B8": W(V) @ du + U(V) @ dw, "B11": du + dw,
    }  # fmt: skip
    J, report = nj.jacobian(f, V, full_output=True)
    np.testing.assert_allclose(J, by_rule[row] if exact is None else exact, **EXACT)
    assert report.structure == structure or not structure
    if row == "B10":
        assert J.tobytes("C") == M.tobytes("C"), "the array itself: no product was spent on it"


def test_C3_the_table():
    table = {
        "0": (lambda x: 5.0 + 0 * x, 0.0), "n x^(n-1)": (lambda x: x**5, 5 * 0.7**4),
        "a^x ln a": (lambda x: 3.0**x, 3**0.7 * np.log(3)), "1/x": (np.log, 1 / 0.7), "cos x": (np.sin, np.cos(0.7)),
    }  # fmt: skip
    for f, exact in table.values():
        assert nj.derivative(f, 0.7) == pytest.approx(exact, rel=1e-14, abs=1e-300)


def test_C4_sum_product_and_chain_rule_for_scalars():
    f, g, x = np.sin, lambda x: x**3, 0.7
    df, dg = np.cos(x), 3 * x**2
    for h, exact in ((lambda x: f(x) + g(x), df + dg), (lambda x: f(x) * g(x), df * g(x) + f(x) * dg),
                     (lambda x: f(g(x)), np.cos(g(x)) * dg)):  # fmt: skip
        assert nj.derivative(h, x) == pytest.approx(exact, rel=1e-14)


def test_C9_a_vector_times_x():
    a = np.array([1.0, -2.0, 3.0])
    for f in (lambda x: a @ x, lambda x: x @ a):
        column = nj.jacobian(lambda x, f=f: np.array([f(x)]), V, layout="denominator")
        np.testing.assert_array_equal(column, a[:, np.newaxis])
        np.testing.assert_array_equal(nj.jacobian(lambda x, f=f: np.array([f(x)]), V), a[np.newaxis])


def test_C10_a_matrix_times_x():
    np.testing.assert_array_equal(nj.jacobian(lambda x: M @ x, V), M)
    np.testing.assert_array_equal(nj.jacobian(lambda x: M @ x, V, layout="denominator"), M.T)


def test_every_row_has_a_test_that_carries_its_name():
    rows = {f"{letter}{k}" for letter, last in (("A", 10), ("B", 11), ("C", 10)) for k in range(1, last + 1)}
    named = {name.split("_")[1] for name in globals() if name.startswith("test_")}
    shown = {row.split(",")[0] for row in SHOWN}
    assert rows <= named | shown


def test_C1_the_limit_made_visible():
    f = lambda x: 3 * x**2 - 4 * x  # noqa: E731
    shown = [f"{nj.derivative(f, 1.0, method='forward', abs_step=0.1**k):.5f}" for k in range(1, 6)]
    assert shown == ["2.30000", "2.03000", "2.00300", "2.00030", "2.00003"]
    study = repr(nj.step_study(f, 1.0, method="forward", start=0.1, factor=0.1, rows=5)).split()
    assert [word for word in study if word in shown] == shown


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
