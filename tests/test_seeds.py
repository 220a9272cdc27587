"""Traces that are dense in between: sparse Jacobians by few products, or block by block."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numjac as nj
import numjac.seeds as seeds
from numjac.analytic.chain import Graph
from numjac.errors import PatternError

N = 150  # so many that tangents are no legs, and columns go through in three blocks
X = np.arange(1.0, N + 1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Whatever is dense is large."""
    monkeypatch.setattr(seeds, "DENSE", 10)


@pytest.fixture
def products(monkeypatch):
    """How many seeds went forward and backward."""
    seen = []
    for name in ("forward", "gradient"):
        monkeypatch.setattr(Graph, name, spied(getattr(Graph, name), name, seen))
    return seen


def spied(method, name, seen):
    def call(graph, *arguments):
        if arguments:
            seen.append((name, len(arguments[0].T if name == "forward" else arguments[0])))
        return method(graph, *arguments)

    return call


def through(x):
    """x itself, by way of sums of all entries before each; at whole numbers nothing is rounded."""
    c = np.cumsum(x)
    return np.concatenate([c[:1], np.diff(c)])


def arrow(x):
    y = through(x)
    return np.concatenate([[np.sum(y**2)], y[1:] * y[0]])


def arrowhead(x=X):
    J = np.diag(np.full(x.size, x[0]))
    J[0], J[1:, 0] = 2 * x, x[1:]
    return J


ARROW = arrowhead() != 0


def test_patterns_that_are_not_known_are_found_in_blocks(products):
    J = nj.jacobian(arrow, X, sparsity="detect")
    assert products == [("forward", 64), ("forward", 64), ("forward", N - 128)]
    np.testing.assert_array_equal(J.toarray(), arrowhead())
    assert J.nnz == ARROW.sum()
    products.clear()
    J = nj.jacobian(lambda x: arrow(x)[:3], X, sparsity="detect")  # three rows: backward
    assert products == [("gradient", 3)]
    np.testing.assert_array_equal(J.toarray(), arrowhead()[:3])


def test_an_arrow_takes_three_products_at_every_point(products):
    """Two by columns, one by rows, and one that proves them; the third point on goes another way than the first."""
    plan = nj.Jacobian(arrow, sparsity=ARROW)
    for x in (X, X + 1, X / 2, X, X + 3):
        products.clear()
        np.testing.assert_array_equal(plan(x).toarray(), arrowhead(x))
        assert products == [("gradient", 1), ("forward", 2), ("forward", 1)]
    again = pickle.loads(pickle.dumps(plan))
    np.testing.assert_array_equal(again(X).toarray(), arrowhead())


def test_some_columns():
    wrt = [3, 0, 3, N - 1]
    for sparsity in (ARROW, "detect"):
        J = nj.jacobian(arrow, X, sparsity=sparsity, wrt=wrt)
        np.testing.assert_array_equal(J.toarray(), arrowhead()[:, wrt])


def test_complex_functions_have_no_backward(products):
    def turning(x):
        return arrow(x) * np.exp(1j * x[1])

    expected = nj.jacobian(turning, X)
    for sparsity in (expected != 0, "detect"):
        products.clear()
        J = nj.jacobian(turning, X, sparsity=sparsity)
        assert {name for name, _ in products} == {"forward"}
        assert J.dtype == np.complex128
        np.testing.assert_allclose(J.toarray(), expected, rtol=1e-14)


def test_rows_that_are_constants():
    def partly(x):
        y = through(x)
        return np.concatenate([[3.0, 4.0], y[:3], [7.0], y[5:9] ** 2])

    expected = np.zeros((10, N))
    expected[[2, 3, 4], [0, 1, 2]] = 1
    expected[np.arange(6, 10), np.arange(5, 9)] = 2 * X[5:9]
    for sparsity in (expected != 0, "detect", np.ones((10, N))):
        np.testing.assert_allclose(nj.jacobian(partly, X, sparsity=sparsity).toarray(), expected, rtol=1e-12)


@pytest.mark.parametrize("given", [True, False])
def test_nothing(given):
    cases = [
        (lambda x: through(x)[:0], X),
        (lambda x: np.ones(3), X),
        (lambda x: np.ones(3), X[:0]),
        (np.cumsum, X[:0]),
        (lambda x: through(x) * 0, X),
    ]
    for f, x in cases:
        m = f(x).size
        plan = nj.Jacobian(f, sparsity=np.zeros((m, x.size)) if given else "detect")
        for _ in range(4):
            J = plan(x)
            assert (J.shape, J.nnz, J.dtype) == ((m, x.size), 0, np.float64)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_any_pattern(seed):
    """What one colour adds up is told apart again, entries that are zero and repeated rows among them."""
    random = np.random.default_rng(seed)
    m = int(random.integers(1, 40))
    P = random.random((m, N)) < random.choice([0.005, 0.02, 0.1])
    P[random.integers(0, m)] |= random.random() < 0.5
    A = np.where(P, random.integers(-3, 4, (m, N)), 0)

    def f(x):
        return A @ through(x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "SEEDS", int(random.integers(1, 70)))
        plan = nj.Jacobian(f, sparsity=P)
        for _ in range(3):
            J = plan(X)
            assert J.nnz == P.sum()
            np.testing.assert_array_equal(J.toarray(), A)
        found = nj.jacobian(f, X, sparsity="detect")
        np.testing.assert_array_equal(found.toarray(), A)
        if A.any():
            i, j = np.argwhere(A)[random.integers(np.count_nonzero(A))]
            P[i, j] = False
            with pytest.raises(PatternError) as caught:
                nj.jacobian(f, X, sparsity=P)
            assert caught.value.missing.tolist() == [[i, j]]


@pytest.mark.parametrize("lost", [(5, 5), (0, 7), (9, 0)])
@pytest.mark.parametrize("method", ["auto", "analytic"])
def test_a_missing_entry_is_named(method, lost):
    bad = ARROW.copy()
    bad[lost] = False
    with pytest.raises(PatternError) as caught:
        nj.jacobian(arrow, X, sparsity=bad, method=method)
    assert caught.value.missing.tolist() == [list(lost)]
    np.testing.assert_array_equal(caught.value.pattern.toarray(), ARROW)


def test_an_entry_that_is_zero_at_first_is_missed_later():
    """The trace is the same, and proved long since; its entries are not."""

    def f(x):
        y = through(x)
        return y + np.concatenate([y[1:], [0.0]]) * (x[0] - 1)

    plan = nj.Jacobian(f, sparsity=np.eye(N) + np.eye(N)[:, [0]] @ np.ones((1, N)) + np.ones((N, 1)) @ np.eye(N)[[0]])
    flat = np.concatenate([[1.0], X[1:]])
    for _ in range(5):
        plan(flat)
    for _ in range(2):
        with pytest.raises(PatternError) as caught:
            plan(X + 1)
        assert caught.value.missing[:, 0].tolist() == list(range(1, N - 1))
        assert caught.value.missing[:, 1].tolist() == list(range(2, N))
    plan(flat)


def test_rounding_in_between_is_no_missing_entry():
    """There and back through a matrix that is not sparse leaves 1e-16 everywhere; the pattern is right all the same."""
    A = np.random.default_rng(0).normal(size=(N, N)) + 20 * np.eye(N)
    B = np.linalg.inv(A)
    plan = nj.Jacobian(lambda x: (B @ (A @ x)) ** 2, sparsity=np.eye(N))
    for _ in range(5):
        J = plan(X)
        assert J.nnz == N
        np.testing.assert_allclose(J.diagonal(), 2 * X, rtol=1e-13)


@pytest.mark.parametrize("dense", [True, False])
def test_the_places_of_another_branch_are_its_own(dense):
    """A planned object whose trace changes between points: entries are put where that trace has them."""

    def f(x):
        y = through(x) if dense else 1 * x
        return y[::-1] * x[0] if x[0] > 1.5 else y * x[1]

    both = np.eye(N) + np.eye(N)[::-1]
    both[:, :2] = 1
    for sparsity in (both, "detect"):
        plan = nj.Jacobian(f, sparsity=sparsity)
        for shift in (0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1):
            x, expected = X + shift, np.zeros((N, N))
            i = np.arange(N)
            if shift:
                expected[i, N - 1 - i] = x[0]
                expected[:, 0] += x[::-1]
            else:
                expected[i, i] = x[1]
                expected[:, 1] += x
            J = plan(x)
            np.testing.assert_array_equal(J.toarray(), expected)
            assert J.nnz == (both.sum() if sparsity is both else np.count_nonzero(expected))
