"""x: anything made of numbers, and nothing else."""

from decimal import Decimal

import numpy as np
import pytest
from opaque import opaque

import numjac as nj
from numjac.errors import PointError
from numjac.numeric.points import as_point, name_of

SQUARES = np.diag([2.0, 4.0, 6.0])
BASE = np.array([1.0, 2.0, 3.0])

ONE_TO_THREE = {
    "list": [1, 2, 3],
    "tuple": (1.0, 2.0, 3.0),
    "array": BASE,
    "int": np.array([1, 2, 3]),
    "uint8": np.array([1, 2, 3], np.uint8),
    "strided": np.array([1.0, 9, 2, 9, 3])[::2],
    "reversed": BASE[::-1].copy()[::-1],
    "big-endian": BASE.astype(">f8"),
    "unaligned": np.frombuffer(b"\0" + BASE.tobytes(), np.uint8)[1:].view(float),
    "longdouble": BASE.astype(np.longdouble),
    "objects": np.array([1, 2.0, Decimal(3)], dtype=object),
    "masked array without a mask": np.ma.array(BASE),
    "column of a matrix": np.array([[1.0, 0], [2, 0], [3, 0]])[:, 0],
}


@pytest.mark.parametrize("method", ["auto", "central", "forward"])
@pytest.mark.parametrize("kind", ONE_TO_THREE)
def test_one_to_three(kind, method):
    x = ONE_TO_THREE[kind]
    seen = []
    J = nj.jacobian(opaque(lambda x: seen.append(x) or x * x), x, method=method)
    assert J.shape == (3, 3)
    assert J.dtype == float
    np.testing.assert_allclose(J, SQUARES, atol=1e-6)
    assert all(type(point) is np.ndarray and point.dtype.itemsize >= 8 for point in seen)
    assert all(point.flags.c_contiguous and point.flags.writeable and point.dtype.isnative for point in seen)


def test_read_only_x():
    x = BASE.copy()
    x.flags.writeable = False
    seen = []
    nj.jacobian(lambda x: seen.append(x.flags.writeable) or x, x, method="forward")
    assert all(seen), "f may write into what it is given"


@pytest.mark.parametrize("order", ["C", "F"])
def test_matrices_are_numbered_row_by_row(order):
    X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], order=order)
    T = nj.jacobian(lambda X: X**2, X, method="central")
    assert T.shape == (2, 3, 2, 3)
    np.testing.assert_allclose(np.einsum("ijij->ij", T), 2 * X, rtol=1e-8)
    assert np.count_nonzero(T) == 6


@pytest.mark.parametrize("x", [3.0, 3, np.float64(3), np.int8(3), True + 2, np.array(3.0), np.array(3)])
@pytest.mark.parametrize("method", ["auto", "central", "forward"])
def test_scalars(x, method):
    seen = []
    slope = nj.jacobian(opaque(lambda x: seen.append(x) or x * x), x, method=method)
    assert isinstance(slope, np.float64)
    assert slope == pytest.approx(6, abs=1e-6)
    wanted = np.ndarray if isinstance(x, np.ndarray) else (np.float64, np.complex128)
    assert all(isinstance(point, wanted) and np.shape(point) == () for point in seen)


def test_booleans():
    np.testing.assert_allclose(
        nj.jacobian(lambda x: x * x, [True, False], method="central"), np.diag([2.0, 0.0]), atol=1e-9
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-4), (np.float16, 0.2)])
@pytest.mark.parametrize("method", ["central", "forward", "auto"])
def test_short_numbers(dtype, tolerance, method):
    x = np.array([1.5, 2.5], dtype)
    seen = []
    J, report = nj.jacobian(lambda x: seen.append(x.dtype) or x * x, x, method=method, full_output=True)
    assert {d for d in seen if d.kind == "f"} == {np.dtype(dtype)}
    assert J.dtype == (np.float32 if dtype is np.float32 else float)
    assert report.error.dtype == J.dtype
    np.testing.assert_allclose(J, np.diag([3, 5]), atol=tolerance * (30 if method == "forward" else 1))
    assert np.all(report.noise >= np.finfo(dtype).eps / 2 * np.abs(report.value))


def test_the_result_is_short_only_if_both_are():
    assert nj.jacobian(lambda x: x.astype(float) ** 2, np.float32([1.5]), method="central").dtype == float
    assert nj.jacobian(lambda x: x.astype(np.float32), [1.5], method="central").dtype == float
    assert nj.gradient(lambda x: x @ x, np.float32([1.5, 2.0]), method="central").dtype == np.float32
    assert isinstance(nj.jacobian(lambda x: x * x, np.float32(1.5), method="central"), np.float32)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_x_is_differentiated_as_holomorphic(dtype):
    z = np.array([1 + 2j, -0.5j], dtype)
    J = nj.jacobian(lambda z: np.array([z[0] * z[1], z[1] ** 3]), z)
    exact = [[z[1], z[0]], [0, 3 * z[1] ** 2]]
    np.testing.assert_allclose(J, exact, atol=1e-3 if dtype is np.complex64 else 1e-10)
    assert J.dtype == np.complex128


def test_complex_scalars():
    z = 1.0 + 1j
    assert nj.derivative(np.sin, z) == pytest.approx(np.cos(z), rel=1e-10)
    assert nj.jacobian(lambda z: 3.0, [z]).dtype == complex
    assert nj.derivative(np.sin, z, rel_step=1e-4, method="central") == pytest.approx(np.cos(z), rel=1e-7)


@pytest.mark.parametrize("f", [np.conj, np.abs, np.real, lambda z: z.imag * 1j, lambda z: z + 1e-3 * np.conj(z)])
def test_a_function_that_is_not_holomorphic_is_refused(f):
    with pytest.raises(nj.errors.NotAnalyticError, match="not complex-analytic"):
        nj.jacobian(f, [1 + 2j, -0.5j])


@pytest.mark.parametrize("x", [np.empty(0), np.empty((0, 3)), []])
@pytest.mark.parametrize("method", ["auto", "complex", "central", "forward"])
@pytest.mark.parametrize("vectorized", [False, True])
def test_empty_x(x, method, vectorized):
    f = (lambda X: np.zeros((2, X.shape[-1]))) if vectorized else (lambda x: np.zeros(2, x.dtype))
    J = nj.jacobian(f, x, method=method, vectorized=vectorized)
    assert J.shape == (2, *np.shape(x))


@pytest.mark.parametrize(("bad", "bounds"), [(np.nan, None), (np.inf, None), (-np.inf, None), (np.nan, (-5.0, 5.0))])
@pytest.mark.parametrize("method", ["auto", "central", "forward", "backward"])
def test_a_point_that_is_not_finite_spoils_its_own_column_only(bad, bounds, method):
    options = {} if bounds is None else {"bounds": bounds}
    with pytest.warns(nj.errors.NonFiniteWarning, match=r"x\[1\]"):
        J = nj.jacobian(
            lambda x: np.array([x[0] ** 2, np.arctan(x[1]), x[2]]), [1.0, bad, 3.0], method=method, **options
        )
    assert np.isnan(J[1, 1])
    np.testing.assert_allclose(J[:, 0], [2, 0 * J[1, 0], 0], atol=1e-6)
    np.testing.assert_allclose(J[[0, 2], 2], [0, 1], atol=1e-6)


def test_an_elementwise_derivative_keeps_nan_in_its_element():
    with pytest.warns(nj.errors.NonFiniteWarning, match=r"1 of 3 entries.*x\[1\]"):
        slopes = nj.derivative(np.sin, [0.0, np.nan, 1.0], method="central")
    np.testing.assert_allclose(slopes, [1.0, np.nan, np.cos(1.0)], atol=1e-9)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (None, "found None"),
        ("1.0", "dtype <U3"),
        (["a", "b"], "expected numbers"),
        ([[1.0, 2.0], [3.0]], "not an array of numbers"),
        ([1.0, None], "found None"),
        (np.array(["1.0", 2], dtype=object), "found '1.0'"),
        ({"a": 1}, "type dict"),
        (np.datetime64("2020-01-01"), "datetime64"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "masked in 1 of 2"),
        (object(), "type object"),
    ],
)
def test_what_x_may_not_be(x, message):
    with pytest.raises(PointError, match=message) as caught:
        nj.jacobian(lambda x: x, x)
    assert isinstance(caught.value, ValueError)


def test_the_point_is_a_private_copy():
    x = np.array([1.0, 2.0])
    point = as_point(x)
    assert not np.shares_memory(point.array, x)
    assert not np.shares_memory(as_point(np.float32([1.0])).array, x)
    x[0] = 7
    assert point.array[0] == 1


def test_names_of_entries():
    assert name_of(4, (2, 3)) == "x[1, 1]"
    assert name_of(4, (7,)) == "x[4]"
    assert name_of(0, ()) == "x"
