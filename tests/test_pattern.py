"""Patterns: what the user may give, and those that are made."""

import pickle
from itertools import pairwise, product

import numpy as np
import pytest
import scipy.linalg as linalg
import scipy.sparse as sparse
from hypothesis import given
from hypothesis import strategies as st

import numjac as nj
from numjac.errors import OptionError
from numjac.numeric.pattern import MOST, Pattern, as_pattern

FORMATS = ("csr", "csc", "coo", "lil", "dok")


@st.composite
def drawings(draw):
    """A random matrix of booleans."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random.random(random.integers(0, 9, 2)) < draw(st.sampled_from([0.1, 0.4, 1.0])), random


def of(P):
    return as_pattern(P, P.shape)


# ------------------------------------------------------------------------------------------------------------ forms


@given(drawings())
def test_all_forms_say_the_same(drawn):
    P, random = drawn
    row, column = np.nonzero(P)
    order = random.permutation(row.size)
    row, column = row[order], column[order]
    forms = [P, P.astype(int), P * np.pi, (row, column), (row.astype(np.int64), column.astype(np.uint8))]
    if 0 not in P.shape:  # SciPy has no formats of nothing
        zeros = sparse.coo_array((np.zeros(row.size), (row, column)), shape=P.shape)
        whole = sparse.coo_array(P * 1.0)
        forms += [whole.asformat(name) for name in FORMATS] + [sparse.coo_matrix(P * 1.0).asformat("csr")]
        forms += [zeros, zeros.tocsr(), zeros.tocsc()]
        for name in ("dia", "bsr"):  # which store whole diagonals, and whole blocks
            stored = whole.asformat(name)
            found = as_pattern(stored, P.shape)
            assert found.nnz == stored.nnz
            assert (found.toarray() >= P).all()
    for form in forms:
        found = as_pattern(form, P.shape)
        np.testing.assert_array_equal(found.toarray(), P)
        assert found == of(P)
        assert found.row.dtype == found.column.dtype == np.int32


@given(drawings())
def test_lists_hold_the_entries(drawn):
    P, random = drawn
    row, column = np.nonzero(P)
    order = random.permutation(row.size)
    found = as_pattern((row[order], column[order]), P.shape)
    for (start, index), places, side in (
        (found.by_rows, found.row_order, 0),
        (found.by_columns, found.column_order, 1),
    ):
        places = np.arange(found.nnz) if places is None else places
        major, minor = (found.row, found.column) if side == 0 else (found.column, found.row)
        np.testing.assert_array_equal(index, minor[places])
        np.testing.assert_array_equal(np.repeat(np.arange(P.shape[side]), np.diff(start)), major[places])
        assert all((np.diff(places[a:b]) > 0).all() for a, b in pairwise(start))  # in their order
    wanted = random.integers(0, P.shape[1], 5) if P.shape[1] else np.zeros(0, int)
    some, place = found.columns(wanted)
    np.testing.assert_array_equal(some.toarray(), P[:, wanted])
    np.testing.assert_array_equal(found.row[place], some.row)
    np.testing.assert_array_equal(found.T.toarray(), P.T)
    at = found.find(*np.indices(P.shape).reshape(2, -1))
    np.testing.assert_array_equal((at >= 0).reshape(P.shape), P)
    np.testing.assert_array_equal(found.find(found.row, found.column), np.arange(found.nnz))
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal((again.row, again.column), (found.row, found.column))


@given(drawings())
def test_more_entries_come_behind(drawn):
    P, random = drawn
    found = of(P)
    Q = P | (random.random(P.shape) < 0.3)
    row, column = (np.tile(part, 2) for part in np.nonzero(Q))
    both = found.union(row, column)
    np.testing.assert_array_equal(both.toarray(), Q)
    assert both.nnz == Q.sum()
    np.testing.assert_array_equal(both.row[: found.nnz], found.row)


def test_repeated_entries_count_once():
    pair = ([0, 1, 0, 0], [1, 0, 1, 0])
    found = as_pattern(pair, (2, 2))
    np.testing.assert_array_equal((found.row, found.column), ([0, 1, 0], [1, 0, 0]))
    untidy = sparse.csr_array((np.ones(3), [1, 1, 0], [0, 3, 3]), shape=(2, 2))
    np.testing.assert_array_equal(as_pattern(untidy, (2, 2)).toarray(), [[True, True], [False, False]])


def test_arrays_of_the_user_are_neither_kept_nor_written_to():
    row, column = np.array([0, 1]), np.array([1, 0], np.int32)
    found = as_pattern((row, column), (2, 2))
    row[:], column[:] = 0, 0
    np.testing.assert_array_equal(found.toarray(), [[False, True], [True, False]])
    A = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    found = as_pattern(A, (2, 2))
    A.indices[:] = 0
    np.testing.assert_array_equal(found.toarray(), [[False, True], [True, False]])
    for frozen in (row, column):
        frozen.flags.writeable = False
    as_pattern((row, column), (2, 2))


def corrupt(**parts):
    A = sparse.csr_array(np.eye(3))
    for name, value in parts.items():
        setattr(A, name, np.array(value, np.int32))
    return A


def elsewhere(name="csr", **parts):
    """A container whose parts were put there afterwards."""
    A = sparse.eye_array(3).asformat(name) if name != "bsr" else sparse.bsr_array(np.eye(3), blocksize=(1, 1))
    for part, value in parts.items():
        setattr(A, part, value)
    return A


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\), expected \(3, 3\)"),
        (sparse.eye_array(4), r"shape \(4, 4\), expected \(3, 3\)"),
        (([0, 3], [0, 0]), "a row is 3, expected 0 to 2"),
        (([0, -1], [0, 0]), "a row is -1, expected 0 to 2"),
        (([0, 1], [0, 7]), "a column is 7, expected 0 to 2"),
        (([0, 1], [0]), "2 rows and 1 columns"),
        (([0.0], [1.0]), "rows have dtype float64, expected integers"),
        (np.ones(3), "a dense matrix of 0 and 1"),
        (np.ones((3, 3, 3)), "a dense matrix of 0 and 1"),
        ("full", "expected None, 'detect' or a pattern"),
        (object(), "a dense matrix of 0 and 1"),
        ([["a"]], "a dense matrix of 0 and 1"),
        (3, "a dense matrix of 0 and 1"),
        (sparse.coo_array(np.ones(3)), "1 axes, expected a matrix"),
        (sparse.coo_array(np.ones((3, 3, 3))), "3 axes, expected a matrix"),
        (([2**32], [0]), "a row is 4294967296, expected 0 to 2"),
        ((np.array([2**63], np.uint64), [0]), "a row is 9223372036854775808, expected 0 to 2"),
        (([True], [False]), "rows have dtype bool, expected integers"),
        (elsewhere(indices=np.array([0, 1, 2**32])), "an index is 4294967296, expected 0 to 2"),
        (elsewhere(indices=np.array([0, 0.5, 2])), "indices have dtype float64, expected integers"),
        (elsewhere("coo", coords=(np.array([0, 5, 1]), np.arange(3))), "an index is 5, expected 0 to 2"),
        (elsewhere("coo", coords=(np.arange(3), np.array([0, -1, 1]))), "an index is -1, expected 0 to 2"),
        (elsewhere("bsr", indices=np.array([0, 1, 7], np.int32)), "SciPy finds in it that axis 1 index 7 exceeds"),
        (corrupt(indices=[0, 1, 9]), "an index is 9, expected 0 to 2"),
        (corrupt(indices=[0, 1, -2]), "an index is -2, expected 0 to 2"),
        (corrupt(indptr=[0, 2, 1, 3]), "indptr does not count upward"),
        (corrupt(indptr=[1, 2, 3, 3]), "indptr does not count upward"),
        (corrupt(indptr=[0, 1, 2, 9]), "indptr does not count upward"),
        (corrupt(indptr=[0, 1, 3]), "indptr does not count upward"),
    ],
)
def test_what_is_no_pattern_is_refused(form, told):
    with pytest.raises(OptionError, match=told):
        nj.jacobian(lambda x: x, np.ones(3), sparsity=form, method="central")


def test_patterns_made_by_hand_are_looked_at():
    def made(row, column, shape=(3, 3), kind=np.int32):
        return Pattern(shape, np.array(row, kind), np.array(column, kind))

    for wrong, told in (
        (made([0, 3], [0, 0]), "an index is 3, expected 0 to 2"),
        (made([0, -1], [0, 0]), "an index is -1, expected 0 to 2"),
        (made([0, 1], [0]), "expected lists of one length"),
        (made([[0]], [[0]]), "expected lists of one length"),
        (made([0.0], [1.0], kind=float), "an index has dtype float64"),
    ):
        with pytest.raises(OptionError, match=told):
            nj.jacobian(lambda x: x, np.ones(3), sparsity=wrong, method="central")
    twice = made([0, 0, 1, 2], [0, 0, 1, 2], kind=np.int64)
    assert nj.jacobian(lambda x: x, np.ones(3), sparsity=twice, method="central").nnz == 3
    band = nj.sparse.banded(3, 0, 0)
    plan = nj.Jacobian(lambda x: 2 * x, sparsity=band, method="central")
    band.row[:] = 0
    np.testing.assert_array_equal(plan(np.ones(3)).toarray(), 2 * np.eye(3))


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (
            sparse.dia_array((np.zeros((2, 3)), [-1, 1]), shape=(3, 5)),
            [[0, 1, 0, 0, 0], [1, 0, 1, 0, 0], [0, 1, 0, 0, 0]],
        ),
        (sparse.dia_array((np.ones((1, 7)), [0]), shape=(2, 3)), [[1, 0, 0], [0, 1, 0]]),
        (sparse.bsr_array((np.zeros((1, 2, 2)), [1], [0, 1, 1]), shape=(4, 4)), [[0, 0, 1, 1]] * 2 + [[0] * 4] * 2),
        (sparse.lil_matrix(np.eye(2)), np.eye(2)),
        (sparse.dok_matrix(np.eye(2)), np.eye(2)),
        (sparse.csc_matrix(np.eye(2)), np.eye(2)),
        (sparse.dia_matrix(np.eye(2)), np.eye(2)),
        (sparse.coo_array((np.zeros(4), ([1, 0, 1, 0], [1, 1, 1, 0])), shape=(2, 2)), [[1, 1], [0, 1]]),
        (elsewhere(indices=np.array([2, 1, 0]), indptr=np.array([0, 1, 2, 3])), np.eye(3)[::-1]),
    ],
)
def test_stored_zeros_count_in_all_formats_and_duplicates_once(stored, expected):
    before = stored.copy()
    found = as_pattern(stored, stored.shape)
    np.testing.assert_array_equal(found.toarray(), expected)
    assert found.nnz == np.count_nonzero(expected)
    np.testing.assert_array_equal(stored.toarray(), before.toarray())
    assert stored.nnz == before.nnz


@pytest.mark.parametrize("name", ["csr", "csc", "coo", "dense", "pair", "Pattern"])
def test_what_the_user_changes_afterwards_changes_nothing(name):
    """Of a planned object that has not been called yet."""
    if name == "dense":
        given = changed = np.eye(3)
    elif name == "pair":
        given = changed = (np.arange(3), np.arange(3))
    elif name == "Pattern":
        inner = np.arange(3)
        given, changed = as_pattern((inner, inner), (3, 3)), inner
    else:
        given = sparse.eye_array(3).asformat(name)
        changed = given.indices if name != "coo" else given.coords
    plan = nj.Jacobian(lambda x: x**2, sparsity=given, method="central")
    for part in changed if isinstance(changed, tuple) else (changed,):
        part[:] = 0
    np.testing.assert_allclose(plan(np.ones(3)).toarray(), 2 * np.eye(3), rtol=1e-9)


def test_lists_of_two_lists():
    """The two rows of a matrix, if it is one of two rows and as many columns; else indices. A tuple is always these."""
    for form, shape, expected in (
        ([[1, 0], [0, 1]], (2, 2), [[1, 0], [0, 1]]),
        (([1, 0], [0, 1]), (2, 2), [[0, 1], [1, 0]]),
        ([[1, 0, 1], [0, 1, 1]], (2, 3), [[1, 0, 1], [0, 1, 1]]),
        ([[1, 0], [0, 1]], (2, 3), [[0, 1, 0], [1, 0, 0]]),
        (([], []), (1, 2), [[0, 0]]),
        ([[1, 0]], (1, 2), [[1, 0]]),
    ):
        np.testing.assert_array_equal(as_pattern(form, shape).toarray(), expected)


def test_a_pattern_of_nothing():
    for shape in ((0, 0), (0, 3), (3, 0)):
        none = as_pattern(np.zeros(shape), shape)
        assert none.nnz == none.T.nnz == none.union(np.zeros(0, int), np.zeros(0, int)).nnz == 0
        assert none.symmetric == (shape == (0, 0))
        assert none.find(np.zeros(0, int), np.zeros(0, int)).size == 0
        sums = none.sums(np.zeros(0))
        assert (sums.dtype, sums.tolist()) == (np.float64, [0.0] * shape[0])
        assert none.times(np.zeros(0, complex), np.zeros(shape[1])).dtype == np.complex128


def test_sizes_beyond_32_bits_are_refused_before_anything_is_made():
    for shape in ((MOST, 3), (3, MOST)):
        with pytest.raises(OptionError, match="more than 2147483646 rows or columns"):
            as_pattern(([0], [0]), shape)
    wide = Pattern((3, MOST - 1), np.array([2], np.int32), np.array([MOST - 2], np.int32))
    assert wide.keys().tolist() == [2 * (MOST - 1) + MOST - 2]  # beyond 2**31 without a wrap
    for call in (
        lambda: nj.sparse.banded(MOST),
        lambda: nj.sparse.stencil2d(2**16, 2**16),
        lambda: nj.sparse.stencil3d(2**31, 2**31, 2**31),
        lambda: nj.sparse.stencil2d(2, 2, fields=2**30),
        lambda: nj.sparse.block_diagonal([MOST]),
        lambda: nj.sparse.block_diagonal([(0, 2**32), (0, 2**63)]),
    ):
        with pytest.raises(OptionError, match="more than 2147483646 rows or columns"):
            call()
    assert nj.sparse.banded(3, 2**40, 2**40).nnz == 9
    corners = Pattern((MOST - 1, MOST - 1), np.array([MOST - 2, 0], np.int32), np.array([0, MOST - 2], np.int32))
    assert corners.symmetric
    assert corners == corners.T
    assert wide.find(np.array([2, 1]), np.array([MOST - 2, MOST - 2])).tolist() == [0, -1]


def test_patterns_show_themselves():
    assert repr(nj.sparse.banded(3, 0, 1)) == "<pattern of shape (3, 3) with 5 entries>"
    assert nj.sparse.banded(3, 1, 0) == nj.sparse.banded(3, 0, 1).T
    assert nj.sparse.banded(3, 1, 0) != nj.sparse.banded(3, 0, 1)
    assert nj.sparse.banded(3, 1, 0) != 3
    assert nj.sparse.banded(3, 1, 1).symmetric
    assert not nj.sparse.banded(3, 1, 0).symmetric
    with pytest.raises(TypeError):
        hash(nj.sparse.banded(3, 1, 0))


# ----------------------------------------------------------------------------------------------------------- makers


@pytest.mark.parametrize(("n", "l", "u"), [(0, 1, 1), (1, 0, 0), (1, 3, 2), (5, 0, 0), (5, 1, 2), (5, 9, 9), (4, 0, 3)])
def test_bands(n, l, u):
    i, j = np.indices((n, n))
    np.testing.assert_array_equal(nj.sparse.banded(n, l, u).toarray(), (i - j <= l) & (j - i <= u))


def test_blocks():
    def expected(blocks):
        return linalg.block_diag(*(np.ones(b, bool) for b in blocks))

    np.testing.assert_array_equal(nj.sparse.block_diagonal([2, 1, 3]).toarray(), expected([(2, 2), (1, 1), (3, 3)]))
    np.testing.assert_array_equal(nj.sparse.block_diagonal([(2, 3), (1, 2)]).toarray(), expected([(2, 3), (1, 2)]))
    assert nj.sparse.block_diagonal([(2, 0), (0, 3), 1]).toarray().tolist() == [[False] * 4] * 2 + [
        [False] * 3 + [True]
    ]
    assert nj.sparse.block_diagonal([]).shape == (0, 0)


def neighbours(shape, most, fields, periodic):
    """Each pair of points looked at by itself."""
    place = np.array(list(product(*map(range, shape))), int).reshape(-1, len(shape))
    apart = np.abs(place[:, np.newaxis] - place)
    if periodic:
        apart = np.minimum(apart, np.array(shape) - apart)
    near = (apart.max(axis=2) <= 1) & (apart.sum(axis=2) <= most)
    both = np.eye(fields)[:, np.newaxis, :, np.newaxis] * near[:, np.newaxis] + np.eye(len(place))[:, np.newaxis]
    return both.reshape(fields * len(place), fields * len(place)) > 0


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("fields", [1, 2, 3])
@pytest.mark.parametrize("shape", [(4, 5), (1, 4), (2, 3), (3, 3), (0, 3), (1, 1)])
@pytest.mark.parametrize(("points", "most"), [(5, 1), (9, 2)])
def test_stencils_in_the_plane(points, most, shape, fields, periodic):
    found = nj.sparse.stencil2d(*shape, points=points, fields=fields, periodic=periodic)
    np.testing.assert_array_equal(found.toarray(), neighbours(shape, most, fields, periodic))


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("fields", [1, 2])
@pytest.mark.parametrize("shape", [(3, 4, 2), (1, 1, 3), (3, 3, 3), (0, 2, 2), (1, 1, 1)])
@pytest.mark.parametrize(("points", "most"), [(7, 1), (27, 3)])
def test_stencils_in_space(points, most, shape, fields, periodic):
    found = nj.sparse.stencil3d(*shape, points=points, fields=fields, periodic=periodic)
    np.testing.assert_array_equal(found.toarray(), neighbours(shape, most, fields, periodic))
    assert found.nnz == found.toarray().sum()
    assert found.symmetric


@pytest.mark.parametrize(
    "call",
    [
        lambda: nj.sparse.banded(-1, 0, 0),
        lambda: nj.sparse.banded(3, 1.5, 0),
        lambda: nj.sparse.banded(3, True, 0),
        lambda: nj.sparse.stencil2d(3, 3, points=7),
        lambda: nj.sparse.stencil3d(3, 3, 3, points=9),
        lambda: nj.sparse.stencil2d(3, -3),
        lambda: nj.sparse.stencil2d(3, 3, fields=-1),
        lambda: nj.sparse.block_diagonal([2, -1]),
        lambda: nj.sparse.block_diagonal([(1, 2, 3)]),
        lambda: nj.sparse.block_diagonal([(1,)]),
        lambda: nj.sparse.block_diagonal(["ab"]),
        lambda: nj.sparse.block_diagonal(3),
        lambda: nj.sparse.stencil2d(3, 3, points=[5]),
        lambda: nj.sparse.stencil2d(3.0, 3),
        lambda: nj.sparse.coloring(([0, 1], [1, 0])),
        lambda: nj.sparse.coloring([[0, 1], [1]]),
        lambda: nj.sparse.coloring(([0, 1], [1, 0]), 3),
        lambda: nj.sparse.coloring("detect"),
        lambda: nj.sparse.coloring(np.ones(3)),
        lambda: nj.sparse.coloring(np.ones((2, 3)), symmetric=True),
        lambda: nj.sparse.coloring(np.tri(3), symmetric=True),
        lambda: nj.sparse.coloring(np.eye(3), orders=("random",)),
    ],
)
def test_makers_refuse_what_they_can_not_make(call):
    with pytest.raises(OptionError):
        call()


def test_grids_of_equal_sides_need_one_number():
    assert nj.sparse.stencil2d(4) == nj.sparse.stencil2d(4, 4)
    assert nj.sparse.stencil3d(3) == nj.sparse.stencil3d(3, 3) == nj.sparse.stencil3d(3, 3, 3)


def test_colours_of_any_form():
    band = sparse.diags_array([np.ones(9), np.ones(10), np.ones(9)], offsets=[-1, 0, 1])
    for form in (band, band.toarray(), nj.sparse.banded(10, 1, 1)):
        assert repr(nj.sparse.coloring(form)) == "10 columns in 3 colours, bound 3, natural"
    assert nj.sparse.coloring(([0, 1], [1, 0]), (2, 2)).count == 1
    assert nj.sparse.coloring(band, symmetric=True).count <= 3
