"""
Structured matrices against their twins, dense matrices that are written down entry by entry.

All entries are small integers, so that every product is exact and equality means equality.
"""

import numpy as np
import pytest

from numjac.analytic import structured as s

GENERATOR = np.random.default_rng(7)


def integers(*shape):
    return GENERATOR.integers(-4, 5, shape).astype(float)


def selection(index, n):
    """The matrix whose row i has its one in column index[i]."""
    return np.array([[float(i == j) for j in range(n)] for i in index]).reshape(len(index), n)


def columns_of(function, x_shape):
    """The matrix of a linear function, column by column from unit arrays."""
    n = int(np.prod(x_shape, dtype=int))
    units = np.eye(n).reshape(n, *x_shape)
    return np.stack([np.ravel(function(unit)) for unit in units], axis=1)


A, B, W = integers(3, 4), integers(5, 2), integers(2, 3, 4)
TAKEN, EMPTY = np.array([4, 0, -1, 4, 2]), np.array([], np.intp)

# A name, the structured matrix, its twin, and the entries that may differ from zero.
ROWS = [
    ("zero", s.Zero((2, 3)), np.zeros((2, 3)), 0),
    ("identity", s.Scaled(4), np.eye(4), 4),
    ("scaled identity", s.Scaled(3, -2.0), -2 * np.eye(3), 3),
    ("diagonal", s.Diagonal(np.array([1.0, -3.0, 2.0])), np.diag([1.0, -3.0, 2.0]), 3),
    ("gather", s.Gather(TAKEN, 5), selection(TAKEN, 5), 4),
    ("gather nothing", s.Gather(EMPTY, 3), np.zeros((0, 3)), 0),
    ("scatter", s.Scatter(TAKEN, 6), selection(TAKEN, 6).T, 4),
    ("commutation", s.commutation(2, 3), columns_of(np.transpose, (2, 3)), 6),
    ("sum over axes", s.Reduce(np.array(1.0), (2, 3, 4), (0, 2)), columns_of(lambda x: x.sum((0, 2)), (2, 3, 4)), 24),
    ("weighed sum", s.Reduce(W, (2, 3, 4), (1,)), columns_of(lambda x: (W * x).sum(1), (2, 3, 4)), 24),
    ("dot", s.Reduce(A, (3, 4), (0, 1)), A.reshape(1, -1), 12),
    ("replicate", s.Replicate((3, 1), (2, 3, 4)), columns_of(lambda x: x + np.zeros((2, 3, 4)), (3, 1)), 24),
    ("replicate a scalar", s.Replicate((), (2, 3)), np.ones((6, 1)), 6),
    ("kronecker", s.Kronecker(A, B, (4, 5)), np.kron(A, B.T), 120),
    ("kronecker left", s.Kronecker(A, None, (4, 5)), np.kron(A, np.eye(5)), 60),
    ("kronecker right", s.Kronecker(None, B, (4, 5)), np.kron(np.eye(4), B.T), 40),
    (
        "linear map",
        s.LinearMap((4, 4), lambda T: np.cumsum(T, axis=1), lambda U: np.cumsum(U[:, ::-1], axis=1)[:, ::-1]),
        np.tril(np.ones((4, 4))),
        16,
    ),
    ("dense", s.Dense(A), A, 12),
    (
        "diff",
        s.Sum((s.Gather(np.arange(1, 4), 4), s.Dense(-selection(range(3), 4)))),
        columns_of(np.diff, (4,)),
        15,
    ),
]
NAMES = [name for name, *_ in ROWS]


@pytest.mark.parametrize(("name", "A", "twin", "nnz"), ROWS, ids=NAMES)
def test_both_products_are_those_of_the_twin(name, A, twin, nnz):
    assert A.shape == twin.shape
    assert A.nnz == nnz >= np.count_nonzero(twin)
    for k in (0, 1, 3):
        T, U = integers(k, A.shape[1]), integers(k, A.shape[0])
        np.testing.assert_array_equal(A.forward(T), T @ twin.T)
        np.testing.assert_array_equal(A.backward(U), U @ twin)


@pytest.mark.parametrize(("name", "A", "twin", "nnz"), ROWS, ids=NAMES)
def test_dense_is_the_twin_and_nothing_is_written_to(name, A, twin, nnz):
    np.testing.assert_array_equal(s.dense(A), twin)
    T, U = integers(2, A.shape[1]), integers(2, A.shape[0])
    T.flags.writeable = U.flags.writeable = False
    A.forward(T), A.backward(U)


@pytest.mark.parametrize(("name", "A", "twin", "nnz"), ROWS, ids=NAMES)
def test_the_directions_are_adjoint_for_complex_seeds_too(name, A, twin, nnz):
    T = integers(1, A.shape[1]) + 1j * integers(1, A.shape[1])
    U = integers(1, A.shape[0]) + 1j * integers(1, A.shape[0])
    np.testing.assert_array_equal(U @ A.forward(T).T, A.backward(U) @ T.T)


def test_an_identity_hands_on_what_it_is_given():
    T = integers(2, 4)
    assert s.Scaled(4).forward(T) is T
    assert s.Scaled(4).backward(T) is T
