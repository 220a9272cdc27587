"""Graph colouring: kernels against their twins, predicates, published counts, and patterns at the edge."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
import reference_coloring as slow
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from patterns import (
    arrow,
    brusselator,
    compressed,
    cross,
    cube,
    listed,
    permuted,
    scattered,
    sides,
    tridiagonal,
)
from scipy.optimize._numdiff import group_columns
from small_patterns import patterns

from numjac import _colors
from numjac.errors import OptionError
from numjac.numeric.coloring import ORDERS, Coloring, color_columns, color_symmetric

# ------------------------------------------------------------------------------------------------- kernels and twins


@given(st.lists(st.integers(0, 5)), st.integers(6, 8))
def test_a_bucket_has_the_places_of_its_key_in_order(keys, size):
    start, order = _colors.bucket(np.array(keys, np.int32), size)
    assert [order[a:b].tolist() for a, b in pairwise(start)] == slow.bucket(keys, size)


@given(patterns())
def test_the_other_side_has_the_same_entries(pattern):
    columns, rows, _ = pattern
    start, index, source = _colors.transpose(*compressed(columns), len(rows))
    assert listed((start, index)) == slow.transpose(columns, len(rows)) == [sorted(row) for row in rows]
    owner = np.repeat(np.arange(len(columns)), [len(c) for c in columns])
    assert np.array_equal(owner[source], index)


@given(patterns())
def test_first_fit_is_the_textbooks(pattern):
    columns, rows, order = pattern
    natural = _colors.first_fit(*compressed(columns), len(rows))
    assert natural.tolist() == slow.first_fit(columns, rows, range(len(columns)))
    colors = _colors.first_fit(*compressed(columns), len(rows), order)
    assert colors.tolist() == slow.first_fit(columns, rows, order.tolist())
    assert slow.is_orthogonal(rows, colors)


@pytest.mark.parametrize(("m", "n", "k"), [(40, 300, 120), (3, 400, 200), (300, 150, 40), (2, 130, 300)])
def test_first_fit_is_the_textbooks_beyond_64_colours(m, n, k):
    """Several passes, with a row that all that wait share, and without one."""
    by_columns, by_rows = sides(scattered(m, n, k))
    order = np.random.default_rng(1).permutation(n).astype(np.int32)
    colors = _colors.first_fit(*by_columns, m, order)
    assert colors.tolist() == slow.first_fit(listed(by_columns), listed(by_rows), order.tolist())
    assert colors.max() > 64


def test_a_row_of_all_that_wait_but_one_does_not_give_each_its_own():
    """In the second pass 37 columns wait; one of them is not in the row of the others, and a lower colour is free."""
    columns = [[0, 1]] * 80 + [[0]] * 20 + [[1]]
    assert _colors.first_fit(*compressed(columns), 2).tolist() == [*range(100), 80]


@pytest.mark.parametrize("name", ["largest_first", "smallest_last", "incidence_degree", "rounds_last", "breadth_first"])
@given(patterns())
def test_orders_are_those_of_their_twins(name, pattern):
    columns, rows, _ = pattern
    order = getattr(_colors, name)(compressed(columns), compressed(rows))
    assert order.tolist() == getattr(slow, name)(columns, rows)


@pytest.mark.parametrize("name", ["largest_first", "smallest_last", "incidence_degree"])
@given(patterns(symmetric=True))
def test_orders_of_a_symmetric_pattern_are_those_of_their_twins(name, pattern):
    lists, _, _ = pattern
    assert getattr(_colors, name)(compressed(lists)).tolist() == getattr(slow, name)(lists)


@pytest.mark.parametrize("A", [cross(6, 7), cube(5, 5), scattered(40, 60, 4), scattered(60, 40, 4)])
def test_larger_orders_are_those_of_their_twins(A):
    by_columns, by_rows = sides(A)
    columns, rows = listed(by_columns), listed(by_rows)
    for name in ("largest_first", "smallest_last", "incidence_degree", "rounds_last", "breadth_first"):
        assert getattr(_colors, name)(by_columns, by_rows).tolist() == getattr(slow, name)(columns, rows)


@settings(deadline=None)
@given(patterns(symmetric=True))
def test_star_is_greedy(pattern):
    lists, _, order = pattern
    colors = _colors.star(*compressed(lists), order)
    assert colors.tolist() == slow.star(lists, order.tolist())
    assert slow.is_star(lists, dict(enumerate(colors)))
    assert _colors.star(*compressed(lists)).tolist() == slow.star(lists, range(len(lists)))


@pytest.mark.parametrize("A", [permuted(cross(6, 6)), cube(4, 4), arrow(30, 2, 2) + arrow(30, 2, 2).T])
def test_larger_star_colourings_are_greedy(A):
    _, by_rows = sides(A)
    lists = listed(by_rows)
    assert _colors.star(*by_rows).tolist() == slow.star(lists, range(len(lists)))


@settings(deadline=None)
@given(patterns(symmetric=True), st.integers(1, 4))
def test_a_star_colouring_tells_all_entries_and_nothing_else_does(pattern, count):
    lists, _, order = pattern
    colors = np.random.default_rng(order.sum()).integers(0, count, len(lists))
    assert slow.is_star(lists, dict(enumerate(colors))) == slow.is_told(lists, colors)


# ------------------------------------------------------------------------------------------------------ planted faults


def test_two_columns_of_a_row_made_equal_are_noticed():
    by_columns, by_rows = sides(cross(9, 9))
    rows, colors = listed(by_rows), color_columns(by_columns, by_rows).colors
    assert slow.is_orthogonal(rows, colors)
    for i in (0, 40, 80):
        faulty = colors.copy()
        faulty[rows[i][0]] = faulty[rows[i][-1]]
        assert not slow.is_orthogonal(rows, faulty)


def test_a_star_broken_is_noticed():
    """A path on four vertices in two colours, and neighbours of one."""
    path = [[1], [0, 2], [1, 3], [2]]
    for broken in ([0, 1, 0, 1], [0, 0, 1, 2]):
        assert not slow.is_star(path, dict(enumerate(broken)))
        assert not slow.is_told(path, broken)
    assert slow.is_star(path, dict(enumerate([0, 1, 0, 2])))


# ----------------------------------------------------------------------------------------------------- known counts

# natural, largest-first, smallest-last, incidence-degree; then what all orders are to reach.
COUNTS = {
    "tridiagonal": (tridiagonal(2000), (3, 3, 3, 3), 3),
    "5-point": (cross(50, 50), (7, 7, 7, 7), 5),
    "9-point": (cube(50, 50), (9, 9, 12, 12), 9),
    "7-point": (cross(14, 14, 14), (12, 12, 11, 12), 12),
    "27-point": (cube(12, 12, 12), (27, 27, 35, 35), 27),
    "arrow": (arrow(1000), (1000, 1000, 1000, 1000), 1000),
}
PERMUTED = {
    "5-point": (cross(50, 50), 6),
    "9-point": (cube(50, 50), 12),
    "7-point": (cross(14, 14, 14), 12),
    "random 3": (scattered(2000, 2000, 3), 5),
    "random 8": (scattered(2000, 2000, 8), 20),
    "random 3000": (scattered(3000, 1000, 4), 15),
}
# The fewest colours, and whether columns do it as well.
STARS = {
    "tridiagonal": (tridiagonal(2000), 3, "column"),
    "5-point": (cross(50, 50), 5, "column"),
    "5-point permuted": (permuted(cross(50, 50)), 6, "column"),
    "9-point": (cube(50, 50), 9, "column"),
    "9-point permuted": (permuted(cube(50, 50)), 11, "star"),
    "7-point": (cross(14, 14, 14), 11, "column"),
    "7-point permuted": (permuted(cross(14, 14, 14)), 11, "star"),
    "27-point": (cube(12, 12, 12), 27, "column"),
    "arrow": (arrow(1000, 1, 0) + arrow(1000, 1, 0).T, 2, "star"),
    "diagonal": (sparse.eye_array(100), 1, "column"),
}


@pytest.mark.parametrize("name", COUNTS)
def test_each_order_is_as_good_as_published(name):
    A, published, wanted = COUNTS[name]
    both = sides(A)
    counts = [color_columns(*both, [order]).count for order in ORDERS]
    assert all(found <= count for found, count in zip(counts, published, strict=True)), counts
    best = color_columns(*both)
    assert best.count == min(counts) <= wanted
    assert slow.is_orthogonal(listed(both[1]), best.colors)


@pytest.mark.parametrize("name", PERMUTED)
def test_of_all_orders_one_does_where_numbers_are_random(name):
    A, wanted = PERMUTED[name]
    both = sides(permuted(A) if A.shape[0] == A.shape[1] else A)
    best = color_columns(*both)
    assert best.count <= wanted
    assert slow.is_orthogonal(listed(both[1]), best.colors)


@pytest.mark.parametrize("name", STARS)
def test_symmetric_patterns_take_as_few_as_published(name):
    A, wanted, kind = STARS[name]
    _, by_rows = sides(A)
    best = color_symmetric(by_rows)
    assert (best.count, best.kind) <= (wanted, kind)
    assert slow.is_told(listed(by_rows), best.colors)


@pytest.mark.parametrize("A", [tridiagonal(10**4), cross(100, 100), brusselator(70), scattered(10**4, 10**4, 5)])
def test_never_more_colours_than_scipy(A):
    both = sides(A)
    best = color_columns(*both)
    assert best.count <= group_columns(sparse.csr_array(A != 0).astype(int)).max() + 1
    assert slow.is_orthogonal(listed(both[1]), best.colors)


# ------------------------------------------------------------------------------------------- what a colouring is told


def test_a_colouring_shows_itself():
    assert repr(color_columns(*sides(cross(128, 128)), ["natural"])) == "16384 columns in 7 colours, bound 5, natural"
    assert repr(color_columns(*sides(sparse.eye_array(3)))) == "3 columns in 1 colour, bound 1, natural"
    assert repr(color_columns(*sides(np.ones((2, 1))))) == "1 column in 1 colour, bound 1, natural"
    star = "1000 columns in 2 colours, bound 2, natural, star"
    assert repr(color_symmetric(sides(STARS["arrow"][0])[1])) == star


@given(patterns())
def test_groups_are_the_columns_of_each_colour(pattern):
    columns, rows, _ = pattern
    coloring = color_columns(compressed(columns), compressed(rows))
    first, members = coloring.groups()
    groups = [members[a:b].tolist() for a, b in pairwise(first)]
    assert groups == [np.flatnonzero(coloring.colors == c).tolist() for c in range(coloring.count)]
    assert coloring.count >= coloring.bound == max(map(len, rows), default=0)
    assert slow.is_orthogonal(rows, coloring.colors)


def test_a_colouring_can_be_pickled():
    found = color_columns(*sides(cross(5, 5)))
    again = pickle.loads(pickle.dumps(found))
    assert (repr(again), again.colors.tolist()) == (repr(found), found.colors.tolist())


def test_the_first_of_equals_is_kept_and_none_is_tried_below_the_bound(monkeypatch):
    both = sides(cross(20, 20))
    assert color_columns(*both, ["largest-first", "natural"]).order == "largest-first"
    assert color_columns(*both).count == 5  # smallest-last; what is after it is not tried
    monkeypatch.setattr(_colors, "incidence_degree", None)
    assert color_columns(*both).order == "smallest-last"


def test_large_patterns_are_ordered_by_stand_ins(monkeypatch):
    both = sides(scattered(300, 300, 4))
    for limit in ("_PAIRS", "_NEAR"):
        monkeypatch.setattr(f"numjac.numeric.coloring.{limit}", 10)
    monkeypatch.setattr(_colors, "smallest_last", None)
    monkeypatch.setattr(_colors, "incidence_degree", None)
    assert slow.is_orthogonal(listed(both[1]), color_columns(*both).colors)


@pytest.mark.parametrize("orders", [["natural", "random"], "random", ["random"]])
def test_an_unknown_order_is_refused(orders):
    for color in (
        lambda: color_columns(*sides(cross(3, 3)), orders),
        lambda: color_symmetric(sides(cross(3, 3))[0], orders),
    ):
        with pytest.raises(OptionError, match=r"orders: found 'random', expected some of 'natural', 'largest-first'"):
            color()
    with pytest.raises(OptionError, match="orders: found none"):
        color_columns(*sides(cross(3, 3)), [])


# ------------------------------------------------------------------------------------------------------- at the edge


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 3), (3, 0), (3, 3), (1, 1)])
def test_nothing_takes_no_colour(m, n):
    columns, rows = compressed([[]] * n), compressed([[]] * m)
    found = color_columns(columns, rows)
    assert (found.count, found.bound, found.colors.tolist()) == (0, 0, [0] * n)
    assert [a.tolist() for a in found.groups()] == [[0], []]
    if m == n:
        assert color_symmetric(columns).count == 0


def test_rows_and_columns_without_entries():
    columns, rows = compressed([[], [1], [1], [], [3]]), compressed([[], [1, 2], [], [4]])
    found = color_columns(columns, rows)
    assert found.colors.tolist() == [0, 0, 1, 0, 0]
    assert (found.count, found.bound) == (2, 2)


def test_a_row_of_all_columns_gives_each_its_own():
    """But for one without entries; and the order does not matter."""
    n = 10**5
    columns = np.concatenate([[0], np.arange(n)]).astype(np.intp), np.zeros(n - 1, np.int32)
    rows = np.array([0, n - 1], np.intp), np.arange(1, n, dtype=np.int32)
    found = color_columns(columns, rows)
    assert found.colors.tolist() == [0, *range(n - 1)]
    assert repr(found) == f"{n} columns in {n - 1} colours, bound {n - 1}, natural"
    order = np.arange(n, dtype=np.int32)[::-1].copy()
    assert _colors.first_fit(*columns, 1, order).tolist() == [0, *range(n - 2, -1, -1)]


def test_the_tip_of_a_large_arrow_is_looked_at_in_few_steps():
    n = 10**5
    tip, others = np.arange(n, dtype=np.int32), np.arange(1, n)
    index = np.concatenate([tip, np.stack([0 * others, others], axis=1).ravel()]).astype(np.int32)
    lists = np.concatenate([[0, n], n + 2 * others]).astype(np.intp), index
    found = color_symmetric(lists)
    assert repr(found) == f"{n} columns in 2 colours, bound 2, natural, star"


def test_more_rows_than_can_be_numbered_are_refused():
    """How sizes are computed is tested in C, beyond 32 bits."""
    with pytest.raises(OverflowError, match="too large to be addressed"):
        _colors.bucket(np.zeros(0, np.int32), 2**31 - 1)
    with pytest.raises(OverflowError, match="too large to be addressed"):
        _colors.first_fit(*compressed([[]]), 2**31 - 1)


START, INDEX = compressed([[0, 1], [1]])


@pytest.mark.parametrize(
    ("start", "index", "complaint"),
    [
        (START.astype(np.int32), INDEX, "start: found array.*expected a contiguous array of int64"),
        (START, INDEX.astype(np.int64), "index: found array.*expected a contiguous array of int32"),
        (START, np.zeros((3, 1), np.int32), "index: found"),
        (START, np.zeros(6, np.int32)[::2], "index: found"),
        (START.tolist(), INDEX, "start: found"),
        (START[:0], INDEX, "start: found no element"),
        (START + 1, INDEX, "outside its array"),
        (START, INDEX[:2], "outside its array"),
        (np.array([0, 4, 3], np.intp), INDEX, "outside its array"),
        (START, np.array([0, 2, 1], np.int32), "outside its array"),
        (START, np.array([0, -1, 1], np.int32), "outside its array"),
    ],
)
def test_what_is_no_pattern_is_refused(start, index, complaint):
    good = START, INDEX
    calls = [
        lambda: _colors.first_fit(start, index, 2),
        lambda: _colors.transpose(start, index, 2),
        lambda: _colors.star(start, index),
        lambda: _colors.largest_first((start, index)),
        lambda: _colors.smallest_last(good, (start, index)),
        lambda: _colors.rounds_last((start, index), good),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=complaint):
            call()


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(TypeError, match="not symmetric"):
        _colors.star(START, INDEX)
    for order in ([0, 0], [0, 2], [-1, 0]):
        for color in (
            lambda o: _colors.first_fit(START, INDEX, 2, o),
            lambda o: _colors.star(*compressed([[1], [0]]), o),
        ):
            with pytest.raises(TypeError, match="outside its array"):
                color(np.array(order, np.int32))
    with pytest.raises(TypeError, match="order: found 1 elements, expected 2"):
        _colors.first_fit(START, INDEX, 2, np.zeros(1, np.int32))
    with pytest.raises(TypeError, match="found 3 entries by columns, and 2 by rows"):
        _colors.smallest_last((START, INDEX), compressed([[0], [1]]))
    with pytest.raises(TypeError, match="outside its array"):
        _colors.bucket(np.array([3], np.int32), 3)
    with pytest.raises(TypeError):
        _colors.breadth_first((START, INDEX), None)


def test_sides_that_are_not_of_one_matrix_do_no_harm():
    """Every order is one, whatever it is worth."""
    random = np.random.default_rng(0)
    for _ in range(50):
        columns = compressed([random.choice(6, 2, replace=False).tolist() for _ in range(6)])
        rows = compressed([random.choice(6, 2, replace=False).tolist() for _ in range(6)])
        for name in ("largest_first", "smallest_last", "incidence_degree", "rounds_last", "breadth_first"):
            assert sorted(getattr(_colors, name)(columns, rows)) == list(range(6))
        for name in ("largest_first", "smallest_last", "incidence_degree"):
            assert sorted(getattr(_colors, name)(columns)) == list(range(6))


def test_read_only_arrays_will_do():
    for array in (START, INDEX):
        array.flags.writeable = False
    assert _colors.first_fit(START, INDEX, 2).tolist() == [0, 1]
    assert isinstance(color_columns((START, INDEX), compressed([[0], [0, 1]])), Coloring)
