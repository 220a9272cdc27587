"""Uncertainty to first order: exact where f is linear, against closed forms elsewhere, and told where it is poor."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numjac as nj
from numjac.errors import LinearityWarning, OptionError

RNG = np.random.default_rng(3)
A = RNG.normal(size=(3, 4))
X = np.array([1.0, -2.0, 0.5, 3.0])
ROOT = RNG.normal(size=(4, 4))
COV = ROOT @ ROOT.T


def test_of_a_linear_function_it_is_exact():
    y, cov = nj.propagate(lambda x: A @ x + 1, X, COV)
    np.testing.assert_array_equal(y, A @ X + 1)
    np.testing.assert_allclose(cov, A @ COV @ A.T, rtol=1e-13)
    assert (cov == cov.T).all()


def test_variances_are_a_diagonal():
    variances = np.array([0.1, 0.2, 0.0, 0.4])
    np.testing.assert_allclose(
        nj.propagate(lambda x: A @ x, X, variances)[1],
        nj.propagate(lambda x: A @ x, X, np.diag(variances))[1],
        rtol=1e-14,
    )


def test_a_scalar_has_a_variance():
    y, variance = nj.propagate(lambda x: x @ x, [3.0, 4.0], [0.01, 0.04])
    assert (float(y), np.ndim(variance)) == (25.0, 0)
    assert float(variance) == pytest.approx(36 * 0.01 + 64 * 0.04)
    assert float(nj.propagate(np.sqrt, 4.0, 0.16)[1]) == pytest.approx(0.01)


def test_the_resistance_of_two_in_parallel():
    """Closed form: dR = (R/R1)^2 dR1, (R/R2)^2 dR2."""
    R = lambda r: r[0] * r[1] / (r[0] + r[1])  # noqa: E731
    y, variance = nj.propagate(R, [100.0, 220.0], [1.0, 4.84])
    expected = (y / 100) ** 4 * 1.0 + (y / 220) ** 4 * 4.84
    assert float(variance) == pytest.approx(float(expected), rel=1e-12)


def test_against_samples():
    f = lambda x: np.array([np.exp(x[0]) * x[1], x[0] ** 2 + x[1]])  # noqa: E731
    x, cov = np.array([0.3, 2.0]), np.array([[1e-4, 3e-5], [3e-5, 4e-4]])
    samples = np.array([f(s) for s in np.random.default_rng(0).multivariate_normal(x, cov, 40_000)])
    np.testing.assert_allclose(nj.propagate(f, x, cov)[1], np.cov(samples.T), rtol=0.03)


def test_shapes_are_flattened():
    x = np.arange(6.0).reshape(2, 3) + 1
    y, cov = nj.propagate(lambda x: x.T * 2, x, np.arange(1.0, 7) / 1e3)
    assert y.shape == (3, 2)
    np.testing.assert_allclose(np.diag(cov), 4e-3 * np.array([1, 4, 2, 5, 3, 6]))


def test_several_independent_arguments():
    f = lambda a, b, c: a @ b + c  # noqa: E731
    a, b, c = np.array([1.0, 2.0]), np.array([3.0, -1.0]), 5.0
    y, variance = nj.propagate(f, (a, b, c), (0.01 * np.eye(2), [0.02, 0.03], 0.5))
    assert float(y) == 6.0
    assert float(variance) == pytest.approx(0.01 * 10 + 0.02 * 1 + 0.03 * 4 + 0.5)
    *_, reports = nj.propagate(f, (a, b, c), (0.01 * np.eye(2), [0.02, 0.03], 0.5), full_output=True)
    assert [report.method for report in reports] == ["analytic"] * 3


def test_sparse_stays_sparse():
    sparse = pytest.importorskip("scipy.sparse")
    n = 20_000  # a dense matrix would take 3.2 GB
    x = np.linspace(1, 2, n)
    _, cov = nj.propagate(lambda x: np.diff(x) ** 2, x, np.full(n, 1e-14), sparsity="detect")
    assert sparse.issparse(cov)
    d = np.diff(x)
    np.testing.assert_allclose(cov.diagonal(), 8 * d**2 * 1e-14, rtol=1e-9)
    given = sparse.diags_array(np.full(n, 1e-14)).tocsr()
    _, same = nj.propagate(lambda x: np.diff(x) ** 2, x[:50], given[:50, :50], sparsity="detect")
    np.testing.assert_allclose(same.toarray(), cov[:49, :49].toarray(), rtol=1e-9, atol=1e-30)


def test_where_first_order_is_poor_it_says_so():
    f = lambda x: np.array([x[0], x[0] ** 2 - 1.0])  # noqa: E731
    with pytest.warns(LinearityWarning, match=r"poor for 1 of 2 outputs.*output 1 by 0.25, .* is 0\b"):
        nj.propagate(f, [0.0], [0.25])
    with warnings.catch_warnings(action="error"):
        nj.propagate(f, [10.0], [0.25])
        nj.propagate(lambda x: A @ x, X, COV)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_the_mean_of_a_quadratic_form_moves_by_half_the_trace(seed, n):
    """Known: E[x'Hx/2] - f = tr(H cov) / 2; told beyond a tenth of the deviation, and else not."""
    rng = np.random.default_rng(seed)
    H, root = rng.normal(size=(n, n)), rng.normal(size=(n, n))
    H, cov = H + H.T, root @ root.T
    g = rng.normal(size=n)
    shift, deviation = np.trace(H @ cov) / 2, np.sqrt(g @ cov @ g)
    if n > 8 or not abs(shift) / (0.1 * deviation) > 1.01 or abs(shift) < 1e-6:
        return
    with pytest.warns(LinearityWarning):
        nj.propagate(lambda x: g @ x + x @ H @ x / 2, np.zeros(n), cov)


WRONG = [
    (np.eye(3), "shape"), (np.ones(5), "shape"), ([[1.0, 2, 0, 0]] * 4, "symmetric"), ([-1.0, 1, 1, 1], "variance -1"),
    ([np.nan, 1, 1, 1], "finite"), (np.full((4, 4), 1.0) - 2 * np.eye(4) * 0 + np.diag([0, 0, 0, -0.5]), "eigenvalue"),
    (1j * np.eye(4), "real numbers"), ("abcd", "real numbers"), ((np.eye(4), np.eye(4)), "one covariance for each"),
]  # fmt: skip


@pytest.mark.parametrize(("cov", "match"), WRONG)
def test_what_is_no_covariance_is_refused(cov, match):
    with pytest.raises(OptionError, match=match):
        nj.propagate(lambda x: A @ x, X, cov)


def test_other_refusals():
    with pytest.raises(OptionError, match="complex"):
        nj.propagate(lambda x: x * 1j, X, COV)
    with pytest.raises(OptionError, match="empty"):
        nj.propagate(lambda: 1.0, (), ())
    with pytest.raises(OptionError, match="method"):
        nj.propagate(lambda x: A @ x, X, COV, method="guess")


def test_neither_x_nor_cov_is_written_to():
    x, cov = X.copy(), COV.copy()

    def writes(x):
        y = A @ x
        x[...] = 0
        return y

    nj.propagate(writes, x, cov, method="central")
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(cov, COV)


def test_options_of_f_reach_it_everywhere():
    y, variance = nj.propagate(lambda x, k, p=1: k * x**p, 2.0, 0.01, args=(3.0,), kwargs={"p": 2})
    assert (float(y), float(variance)) == (12.0, pytest.approx(1.44))
    _, cov = nj.propagate(lambda x: np.tensordot(A, x, 1), X, COV, vectorized=True)
    np.testing.assert_allclose(cov, A @ COV @ A.T, rtol=1e-9)
    for options in ({"layout": "denominator"}, {"wrt": [0]}):
        with pytest.raises(OptionError, match="the variance 0"):
            nj.propagate(lambda x: A @ x, X, COV, **options)


def test_a_buffer_that_f_reuses_does_not_hide_that_it_bends():
    buffer = np.zeros(1)

    def f(x):
        buffer[0] = x[0] ** 3 + x[0] ** 2 + x[0]
        return buffer

    with pytest.warns(LinearityWarning, match=r"output 0 by 1, .* is 1\b"):
        nj.propagate(f, [0.0], [1.0], method="central")


def test_bounds_are_never_left():
    seen = []

    def f(x):
        seen.append(float(x[0]))
        return np.sqrt(x)

    with warnings.catch_warnings(action="ignore"):
        nj.propagate(f, [1.0], [4.0], bounds=(0.0, np.inf), method="central")
        nj.propagate(f, [0.5], [4.0], bounds=(0.5, 0.75), method="forward")
    assert min(seen) >= 0


def test_an_f_that_raises_or_has_no_value_nearby_is_told_and_not_in_the_way():
    import math

    with pytest.warns(LinearityWarning, match="ValueError"):
        _, variance = nj.propagate(math.log, 0.5, 1.0)
    assert float(variance) == pytest.approx(4.0)
    with pytest.warns(LinearityWarning, match="not finite a standard deviation away"):
        nj.propagate(np.log, 0.5, 1.0)


def test_arguments_are_judged_together_and_no_evaluation_is_wasted_or_uncounted():
    calls = []

    def f(a, b):
        calls.append(1)
        return a + b**2

    with warnings.catch_warnings(action="error"):  # b alone would be poor
        *_, reports = nj.propagate(f, [5.0, 0.0], (0.09, 1e-4), full_output=True)
    assert sum(report.nfev for report in reports) == len(calls)


def test_sparse_covariances_are_checked_factored_and_kept():
    sparse = pytest.importorskip("scipy.sparse")
    for wrong, match in (([[1.0, 2], [2, 1]], "negative eigenvalue"), ([[1j, 0], [0, 1]], "real numbers"),
                         ([[0.0, 1], [1, 1]], "variance 0 at 0")):  # fmt: skip
        with pytest.raises(OptionError, match=match):
            nj.propagate(lambda x: x, [5.0, 3.0], sparse.csr_array(wrong))
    n = 50_000  # dense it would take 20 GB
    cov = sparse.diags_array([np.full(n, 2.0), np.full(n - 1, -0.9), np.full(n - 1, -0.9)], offsets=[0, 1, -1])
    _, spread = nj.propagate(np.diff, np.ones(n), cov, sparsity="detect")
    assert sparse.issparse(spread)
    assert (spread != spread.T).nnz == 0
    np.testing.assert_allclose(spread.diagonal(), 2 + 2 + 1.8)
    assert np.ndim(nj.propagate(lambda x: x @ x, [5.0, 3.0], [0.01, 0.04], sparsity="detect")[1]) == 0


def test_units_do_not_matter():
    scale = np.array([1e-12, 1e9, 1.0, 1e3])
    with warnings.catch_warnings(action="error"):
        _, cov = nj.propagate(lambda x: A @ (x / scale), X * scale, COV * np.outer(scale, scale))
    np.testing.assert_allclose(cov, A @ COV @ A.T, rtol=1e-9)
    with pytest.raises(OptionError, match="symmetric"):
        nj.propagate(lambda x: x, [1.0, 1.0], [[1e20, 0.5], [0.1, 1.0e-20]])


def test_a_product_of_numbers_near_zero_is_not_linear():
    """Neither factor bends it, both together do: to first order the variance is 0, in truth 1e-4."""
    with pytest.warns(LinearityWarning, match="second-order terms alone give output 0 a standard deviation of 0.01"):
        _, spread = nj.propagate(lambda x: x[0] * x[1], np.zeros(2), np.array([0.01, 0.01]))
    assert spread == 0.0
    with pytest.warns(LinearityWarning, match="second-order terms alone"):  # of many factors, by random directions
        nj.propagate(lambda x: np.sum(x[::2] * x[1::2]), np.zeros(60), np.full(60, 0.01))
    nj.propagate(lambda x: x[0] * x[1], np.array([1.0, 1.0]), np.array([0.01, 0.01]))  # 0.5 % of the variance
