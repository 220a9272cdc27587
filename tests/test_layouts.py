"""Layouts are permutations: there and back again, for every shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numjac.errors import OptionError
from numjac.layouts import LAYOUTS, check_layout, convert

SMALL = hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)
NAMES = st.sampled_from(sorted(LAYOUTS))


@given(SMALL, SMALL, NAMES, NAMES)
def test_every_layout_and_back(f_shape, x_shape, frm, to):
    T = np.arange(float(np.prod(f_shape + x_shape))).reshape(f_shape + x_shape)
    J = convert(T, f_shape, x_shape, "numerator", frm)
    there = convert(J, f_shape, x_shape, frm, to)
    np.testing.assert_array_equal(there, convert(T, f_shape, x_shape, "numerator", to))
    np.testing.assert_array_equal(convert(there, f_shape, x_shape, to, "numerator"), T)
    assert sorted(there.ravel()) == sorted(T.ravel())


@given(hnp.array_shapes(min_dims=3, max_side=2), SMALL)
def test_the_first_two_layouts_take_any_number_of_axes(f_shape, x_shape):
    T = np.arange(float(np.prod(f_shape + x_shape))).reshape(f_shape + x_shape)
    D = convert(T, f_shape, x_shape, "numerator", "denominator")
    assert D.shape == x_shape + f_shape
    np.testing.assert_array_equal(convert(D, f_shape, x_shape, "denominator", "numerator"), T)


def test_the_vec_layout_of_a_product_is_kronecker():
    """d vec(AXB) / d vec X = B' (x) A."""
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 3)), rng.normal(size=(4, 2))
    T = np.einsum("ik,lj->ijkl", A, B)
    np.testing.assert_allclose(convert(T, (2, 2), (3, 4), "numerator", "vec"), np.kron(B.T, A))


def test_numbers_are_not_touched():
    T = np.arange(6.0).reshape(2, 3)
    assert np.shares_memory(convert(T, (2,), (3,), "numerator", "denominator"), T)
    assert T.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ((2, 3), (3,), (2,), "numerator", "vec"),
            r"J has shape \(2, 3\), expected \(3, 2\): numerator layout",
        ),
        (((6, 1), (2,), (3,), "vec", "numerator"), r"expected \(2, 3\): vec layout"),
        (((2, 3), (2,), (3,), "rows", "vec"), "layout='rows': expected one of 'numerator'"),
        (((2, 3), (2,), (3,), "numerator", None), "layout=None"),
        (
            ((1, 1, 1, 3), (1, 1, 1), (3,), "numerator", "block"),
            r"f has shape \(1, 1, 1\): this layout is for",
        ),
    ],
)
def test_what_does_not_fit_is_told(arguments, message):
    shape, *rest = arguments
    with pytest.raises(OptionError, match=message):
        convert(np.zeros(shape), *rest)


def test_names_are_checked():
    assert check_layout("block") == "block"


@given(SMALL, SMALL, NAMES, NAMES)
def test_sparse_ones_go_where_dense_ones_go(f_shape, x_shape, frm, to):
    """A sparse matrix takes axes together: those of f and those of x, in the order of memory."""
    sparse = pytest.importorskip("scipy.sparse")
    m, n = int(np.prod(f_shape)), int(np.prod(x_shape))
    T = np.arange(float(m * n)).reshape(f_shape + x_shape) * (np.arange(m * n).reshape(f_shape + x_shape) % 3 > 0)

    def matrix(name):
        J = np.asarray(convert(T, f_shape, x_shape, "numerator", name))
        return J.reshape((m, n) if name == "numerator" else (n, m) if name == "denominator" else J.shape)

    found = convert(sparse.csr_array(matrix(frm)), f_shape, x_shape, frm, to)
    assert sparse.issparse(found)
    np.testing.assert_array_equal(found.toarray(), matrix(to))


def test_sparse_ones_of_another_shape_are_refused_and_none_is_made_dense():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(OptionError, match="expected"):
        convert(sparse.csr_array(np.eye(3)), (2,), (3,), "numerator", "vec")
    n = 10**5  # dense it would take 80 GB
    J = sparse.diags_array(np.arange(1.0, n + 1)).tocsr()
    for to in LAYOUTS:
        there = convert(J, (n,), (n,), "numerator", to)
        assert there.nnz == n
        assert (convert(there, (n,), (n,), to, "numerator") != J).nnz == 0
    with pytest.raises(OptionError, match="for scalars, vectors and matrices"):
        convert(sparse.csr_array(np.ones((8, 2))), (2, 2, 2), (2,), "numerator", "vec")
    turned = convert(sparse.csr_array(np.ones((8, 2))), (2, 2, 2), (2,), "numerator", "denominator")
    assert turned.shape == (2, 8)
