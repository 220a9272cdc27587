"""Patterns of sparse matrices: grids, arrows, entries at random; as the kernels want them and as lists."""

from itertools import pairwise

import numpy as np
import scipy.sparse as sparse


def compressed(lists):
    """A pattern as the kernels want it."""
    start = np.cumsum([0, *map(len, lists)], dtype=np.intp)
    return start, np.array([k for entries in lists for k in entries], np.int32)


def listed(pair):
    """And back."""
    start, index = pair
    return [index[a:b].tolist() for a, b in pairwise(start)]


def sides(A):
    """A matrix of SciPy by columns and by rows."""
    csc, csr = sparse.csc_array(A), sparse.csr_array(A)
    return tuple((a.indptr.astype(np.intp), a.indices.astype(np.int32)) for a in (csc, csr))


def tridiagonal(n):
    return sparse.diags_array([np.ones(n - 1), np.ones(n), np.ones(n - 1)], offsets=[-1, 0, 1])


def cross(*sizes):
    """Each point of a grid and its next ones along the axes: 5 points in the plane, 7 in space."""
    A = sparse.csr_array((1, 1))
    for n in sizes:
        A = sparse.kronsum(A, tridiagonal(n))
    return A != 0


def cube(*sizes):
    """Each point of a grid and all around it: 9 points in the plane, 27 in space."""
    A = sparse.csr_array(np.ones((1, 1)))
    for n in sizes:
        A = sparse.kron(A, tridiagonal(n))
    return A


def permuted(A):
    p = np.random.default_rng(0).permutation(A.shape[0])
    return sparse.csr_array(A)[p][:, p]


def scattered(m, n, k, seed=0):
    """k entries in a row, or fewer where one is met twice."""
    column = np.random.default_rng(seed).integers(0, n, m * k)
    return sparse.coo_array((np.ones(m * k), (np.repeat(np.arange(m), k), column)), shape=(m, n)).tocsr()


def brusselator(k):
    """Two kinds on a grid, with a cross each and the other kind at the same point."""
    return sparse.kron(cross(k, k), np.eye(2)) + sparse.kron(sparse.eye_array(k * k), np.ones((2, 2)))


def arrow(n, rows=1, columns=1):
    A = sparse.eye_array(n).tolil()
    A[:rows] = 1
    A[:, n - columns :] = 1
    return A


def power_law(n):
    """Counts of rows with a long tail."""
    random = np.random.default_rng(0)
    count = np.minimum(3 * random.random(n) ** -0.5, n / 3).astype(int)
    column = random.integers(0, n, count.sum())
    return sparse.coo_array((np.ones(len(column)), (np.repeat(np.arange(n), count), column)), shape=(n, n)).tocsr()
