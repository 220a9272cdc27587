"""Colours from both sides: few products, and every entry alone in the sum that it is read from."""

import pickle

import numpy as np
import pytest
import reference_coloring as slow
import scipy.sparse as sparse
from hypothesis import given
from patterns import arrow, compressed, cross, listed, power_law, scattered, sides, tridiagonal
from small_patterns import patterns

from numjac.numeric.coloring import color_columns
from numjac.numeric.peeling import peel

PEELED = {
    "arrow": (arrow(1000), 3),
    "2 dense rows, 2 dense columns": (arrow(1000, 2, 2), 5),
    "3 dense rows": (tridiagonal(1000) + arrow(1000, 3, 0), 6),
    "3 dense columns": (tridiagonal(1000) + arrow(1000, 0, 3), 6),
    "a dense column": (arrow(1000, 0, 1), 2),
    "power law": (power_law(300), 20),
    "5-point": (cross(20, 20), 5),
    "random": (scattered(200, 200, 3), 7),
    "tall": (scattered(900, 30, 3), 30),
    "wide": (scattered(30, 900, 3), 5),
    "dense": (np.ones((3, 50)), 3),
}


@pytest.mark.parametrize("name", PEELED)
def test_peeling_takes_few_products_and_tells_all_entries(name):
    A, wanted = PEELED[name]
    both = sides(A)
    found = peel(*both)
    assert found.count <= min(wanted, color_columns(*both).count)
    assert slow.is_read(listed(both[1]), found)
    assert (len(found.columns) == 0) if found.peeled == "rows" else (len(found.rows) == 0)
    assert found.row_coloring.kind == "row"


@given(patterns())
def test_peeling_tells_all_entries(pattern):
    columns, rows, _ = pattern
    found = peel(compressed(columns), compressed(rows))
    assert slow.is_read(rows, found)
    for coloring in (found.column_coloring, found.row_coloring):
        assert len(coloring.groups()[0]) == coloring.count + 1
        assert coloring.colors.max(initial=-1) == coloring.count - 1


def test_an_entry_read_from_the_wrong_side_is_noticed():
    _, by_rows = both = sides(arrow(30))
    found = peel(*both)
    assert slow.is_read(listed(by_rows), found)
    object.__setattr__(found, "rows", np.array([7], np.int32))
    assert not slow.is_read(listed(by_rows), found)


def test_peeling_shows_itself_and_can_be_pickled():
    found = peel(*sides(arrow(1000)))
    assert repr(found) == "1000 columns in 3 colours: 2 by columns, 1 by rows"
    assert repr(peel(*sides(np.ones((2, 1))))) == "1 column in 1 colour: 1 by columns, 0 by rows"
    again = pickle.loads(pickle.dumps(found))
    assert (repr(again), again.rows.tolist()) == (repr(found), found.rows.tolist())


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 3), (3, 0), (3, 3)])
def test_nothing_takes_no_product(m, n):
    found = peel(compressed([[]] * n), compressed([[]] * m))
    assert (found.count, found.row_coloring.colors.tolist()) == (0, [-1] * m)
    assert found.column_coloring.colors.tolist() == [-1] * n


def test_columns_alone_are_kept_where_nothing_takes_fewer_colours():
    for A in (tridiagonal(50), cross(9, 9), np.ones((4, 4)), sparse.eye_array(5), scattered(50, 50, 3)):
        found = peel(*sides(A))
        assert (found.peeled, len(found.rows), found.row_coloring.count) == ("rows", 0, 0)


def test_a_row_that_is_half_full_is_not_coloured_by_columns():
    """That alone would take seconds."""
    n = 4 * 10**5
    A = sparse.eye_array(n, format="csr") + sparse.csr_array((np.ones(n // 2), ([1] * (n // 2), range(n // 2))), (n, n))
    assert repr(peel(*sides(A))) == f"{n} columns in 2 colours: 1 by columns, 1 by rows"
