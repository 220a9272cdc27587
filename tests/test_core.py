"""The kernels against their slow twins, bit for bit, and the door against what must not pass it."""

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numjac import _core
from numjac.errors import StepError
from numjac.numeric.outputs import as_numbers
from numjac.numeric.points import moved
from numjac.numeric.stencils import central, onesided

STENCILS = [onesided(1), onesided(1, -1), onesided(3), central(2), central(4), central(8)]
NUMBERS = st.floats(-1e100, 1e100, allow_subnormal=True)
TYPICAL = st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)


def points(elements=TYPICAL, most=6):
    return hnp.arrays(np.float64, st.integers(1, most), elements=elements)


def callback(f, x):
    made = _core.Callback(f, (), {}, x, False, as_numbers, moved)
    made.evaluate()
    return made


def rough(x):
    """Any function will do: one output more than inputs, one of them sometimes not finite."""
    with np.errstate(all="ignore"):
        return np.append(np.sin(3 * x) * x[::-1], np.log(x[0]))


@given(points(NUMBERS), st.floats(-1, 1), st.booleans())
def test_steps(x, relative, scaled):
    scale = np.linspace(0.5, 2.0, x.size) if scaled else None
    np.testing.assert_array_equal(_core.steps(x, scale, relative), reference.steps(x, scale, relative))


def test_steps_of_special_numbers():
    x = np.array([0.0, -0.0, 5e-324, 1e-310, np.nan, np.inf, 1e308])
    np.testing.assert_array_equal(_core.steps(x, None, 0.5), [0.5, 0.5, 0.5, 0.5, np.nan, np.inf, 5e307])


@given(points(), st.floats(1e-6, 1.0), st.sampled_from(STENCILS))
def test_nodes(x, relative, stencil):
    h = relative * np.abs(x)
    found = _core.nodes(x, h, None, stencil.table)
    np.testing.assert_array_equal(found, reference.nodes(x, h, None, stencil.table))


@given(st.floats(1e-300, 1e300), st.sampled_from([1, -1]), st.floats(1e-12, 0.3))
def test_a_step_is_taken_alike_to_both_sides(size, sign, relative):
    x = np.array([sign * size])
    upper, lower = _core.nodes(x, relative * np.abs(x), None, central(2).table)[0, 0]
    assert upper - x[0] == x[0] - lower, "x + h and x - h are exact, for h was made so going outward"


def test_a_step_too_small_is_refused_with_its_entry():
    with pytest.raises(StepError, match=r"too small.* at x\[1\] = 1"):
        _core.nodes(np.array([0.0, 1.0]), np.array([1e-30, 1e-30]), None, central(2).table)


def test_a_step_out_of_range_is_refused():
    with pytest.raises(StepError, match="outside the range") as caught:
        _core.nodes(np.array([1.7e308]), np.array([1e308]), None, central(2).table)
    assert caught.value.overflow


@settings(max_examples=200)
@given(points(), st.sampled_from(STENCILS), st.data())
def test_columns(x, stencil, data):
    entry = data.draw(st.none() | st.lists(st.integers(0, x.size - 1), min_size=1, max_size=5).map(np.array))
    h = 1e-3 * np.abs(x if entry is None else x[entry])
    nodes = _core.nodes(x, h, entry, stencil.table)
    made = callback(rough, x)
    J = _core.matrix(made.value, h.size)
    with np.errstate(all="ignore"):
        bad = made.columns(stencil.table, nodes, entry, None, J)
        expected = reference.columns(rough, x, made.value, stencil.table, nodes, entry)
    np.testing.assert_array_equal(J, expected)
    assert bad == np.isnan(expected).sum()
    assert made.calls == 1 + h.size * stencil.evaluations


@given(points(most=9), st.sampled_from(STENCILS), st.integers(1, 4), st.integers(0, 20))
def test_batches(x, stencil, block, extra):
    h = 1e-3 * np.abs(x)
    nodes = _core.nodes(x, h, None, stencil.table)

    def f(X):
        return np.concatenate([np.sin(X) * X, np.full((extra, *X.shape[1:]), 2.0)])

    value = f(x)
    J = _core.matrix(value, x.size)
    for first in range(0, x.size, block):
        last = min(first + block, x.size)
        X = _core.fill(x, stencil.table, nodes, None, first, last)
        np.testing.assert_array_equal(X, reference.fill(x, stencil.table, nodes, None, first, last))
        assert _core.combine(value, stencil.table, nodes, None, first, last, np.ascontiguousarray(f(X)), J) == 0
    np.testing.assert_array_equal(J, reference.columns(f, x, value, stencil.table, nodes))


def test_slots_leave_other_columns_alone():
    x = np.array([1.0, 2.0, 3.0])
    made = callback(np.square, x)
    J = np.full((3, 4), 7.0, order="F")
    nodes = _core.nodes(x, np.full(2, 1e-3), np.array([0, 2]), central(2).table)
    made.columns(central(2).table, nodes, np.array([0, 2]), np.array([3, 1]), J)
    assert (J[:, [0, 2]] == 7).all()
    np.testing.assert_allclose(J[:, [3, 1]], [[2, 0], [0, 0], [0, 6]], atol=1e-9)


def good():
    x = np.array([1.0, 2.0])
    made = callback(np.square, x)
    return (
        made,
        central(2).table,
        _core.nodes(x, np.full(2, 1e-3), None, central(2).table),
        _core.matrix(made.value, 2),
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t, n, J: (t.astype(np.float32), n, None, None, J),
        lambda t, n, J: (t[:, ::-1], n, None, None, J),
        lambda t, n, J: (t, n[::-1], None, None, J),
        lambda t, n, J: (t, n.astype(">f8"), None, None, J),
        lambda t, n, J: (t, n, np.array([0, 1], np.int32), None, J),
        lambda t, n, J: (t, n, np.array([0]), None, J),
        lambda t, n, J: (t, n, None, np.array([0, 1, 2]), J),
        lambda t, n, J: (t, n, None, None, J.astype(np.float32)),
        lambda t, n, J: (t, n, None, None, np.ascontiguousarray(J)),
        lambda t, n, J: (t, n, None, None, np.empty((3, 2), order="F")),
        lambda t, n, J: (t, n, None, None, J.astype(complex)),
    ],
)
def test_the_door_refuses_arrays_that_are_not_what_c_expects(spoil):
    made, table, nodes, J = good()
    with pytest.raises(TypeError, match=r"found|expected"):
        made.columns(*spoil(table, nodes, J))


@pytest.mark.parametrize("entry", [[0, 2], [-1, 0], [2**62, 0]])
def test_the_core_refuses_indices_outside(entry):
    made, table, nodes, J = good()
    with pytest.raises(RuntimeError, match="index lies outside"):
        made.columns(table, nodes, np.array(entry), None, J)
    with pytest.raises(RuntimeError, match="index lies outside"):
        made.columns(table, nodes, None, np.array(entry), J)


def test_a_read_only_jacobian_is_not_written():
    made, table, nodes, J = good()
    J.flags.writeable = False
    with pytest.raises(TypeError, match="writeable"):
        made.columns(table, nodes, None, None, J)


def test_blocks_stay_inside_the_table():
    _, table, nodes, J = good()
    x = np.array([1.0, 2.0])
    for first, last in [(-1, 1), (0, 3), (2, 1)]:
        with pytest.raises(IndexError, match="of 2"):
            _core.fill(x, table, nodes, None, first, last)
        with pytest.raises(IndexError, match="of 2"):
            _core.combine(x, table, nodes, None, first, last, np.zeros((2, 2)), J)


def test_what_the_core_was_built_with():
    built = _core.build()
    assert built["threads"] >= 1
    assert built["parallel"] == "serial" or built["parallel"].startswith("OpenMP")
    assert built["compiler"]
