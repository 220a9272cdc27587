"""
The callback adaptor: f is a black box that must not be trusted.

Each misbehaviour is first shown to fool the naive adaptor: a test that the naive one passes would prove nothing.
"""

import signal
import threading
import time
import traceback
from decimal import Decimal
from fractions import Fraction

import naive
import numpy as np
import pytest
from opaque import opaque

import numjac as nj
from numjac.errors import NotAnalyticError, OutputError, ShapeError
from numjac.numeric.functions import Batch, Function
from numjac.numeric.outputs import as_numbers
from numjac.numeric.points import as_point
from numjac.numeric.recall import evaluations

X = [1.0, 2.0, 3.0]
EXACT = np.diag([2.0, 4.0, 6.0])
METHODS = ["auto", "complex", "central", "forward", "backward"]
REAL = ["central", "forward", "backward"]


def close(J, exact=EXACT):
    return np.shape(J) == np.shape(exact) and np.allclose(J, exact, rtol=0, atol=1e-4)


def fooled(f, exact=EXACT):
    """Whether the naive adaptor is wrong about f, or breaks."""
    try:
        with np.errstate(all="ignore"):
            return not close(naive.jacobian(f, np.array(X)), exact)
    except Exception:
        return True


# ------------------------------------------------------------------------------------------ what f does to memory


def reusing():
    buffer = {float: np.empty(3), complex: np.empty(3, complex)}

    def f(x):
        y = buffer[complex if np.iscomplexobj(x) else float]
        np.multiply(x, x, out=y)
        return y

    return f


def returning_its_argument():
    def f(x):
        x *= x
        return x

    return f


def returning_a_view():
    def f(x):
        np.multiply(x, x, out=x)
        return x[:]

    return f


def writing_into_its_argument():
    def f(x):
        y = x * x
        x[...] = 17
        return y

    return f


def remembering_its_argument():
    seen = []

    def f(x):
        seen.append((x, x.tolist()))
        then, as_it_was = seen[0]
        return x * x + (then - as_it_was)

    return f


def returning_its_argument_as_it_is():
    return lambda x: x


MISCHIEF = [
    reusing,
    returning_its_argument,
    returning_a_view,
    writing_into_its_argument,
    remembering_its_argument,
]


@pytest.mark.parametrize("mischief", MISCHIEF)
@pytest.mark.parametrize("method", METHODS)
def test_memory_is_private(mischief, method):
    assert fooled(mischief())
    x = np.array(X)
    assert close(nj.jacobian(mischief(), x, method=method))
    assert x.tolist() == X, "the caller's x is never written to"


@pytest.mark.parametrize("method", METHODS)
def test_an_identity_that_returns_its_argument(method):
    assert fooled(returning_its_argument_as_it_is(), np.eye(3))
    assert close(nj.jacobian(lambda x: x, X, method=method), np.eye(3))


@pytest.mark.parametrize("method", REAL)
def test_an_argument_that_is_read_later_is_as_it_was(method):
    def keeping(seen):
        return lambda x: seen.append(x) or x * x

    theirs = []
    naive.jacobian(keeping(theirs), np.array(X))
    assert all(x is theirs[0] for x in theirs), "the naive adaptor hands out one array again and again"
    ours = []
    nj.jacobian(keeping(ours), X, method=method)
    assert len({id(x) for x in ours}) == len(ours)
    assert ours[0].tolist() == X
    assert all(np.count_nonzero(x != X) == 1 for x in ours[1:])


@pytest.mark.parametrize("method", ["forward", "central"])
def test_batches_are_private_too(method):
    buffers = {}

    def f(x):
        y = buffers.setdefault(x.shape, np.empty(x.shape))
        np.multiply(x, x, out=y)
        x[...] = np.nan
        return y

    assert close(nj.jacobian(f, X, method=method, vectorized=True))


def test_nothing_returned_shares_memory_with_f():
    kept = np.array([1.0, 4.0, 9.0])
    value, J, report = nj.value_and_jacobian(lambda x: kept, X, full_output=True)
    for array in (value, J, report.value):
        assert not np.shares_memory(array, kept)
    value[...] = J[...] = 0
    assert kept.tolist() == [1.0, 4.0, 9.0]


# -------------------------------------------------------------------------------------------------- what f returns

RETURNS = {
    "list": (lambda x: [x[0] ** 2, x[1] ** 2, x[2] ** 2], EXACT),
    "tuple": (lambda x: tuple(v * v for v in x), EXACT),
    "Python float": (lambda x: float(x[0] * x[1]), [2.0, 1.0, 0.0]),
    "NumPy scalar": (lambda x: x[0] * x[1], [2.0, 1.0, 0.0]),
    "0-d array": (lambda x: np.array(x[0] * x[1]), [2.0, 1.0, 0.0]),
    "2-d array": (lambda x: np.outer(x[:2], x[:2]), [[[2, 0, 0], [2, 1, 0]], [[2, 1, 0], [0, 4, 0]]]),
    "Fortran order": (
        lambda x: np.asfortranarray(np.outer(x[:2], x[1:])),
        [[[2, 1, 0], [3, 0, 1]], [[0, 4, 0], [0, 3, 2]]],
    ),
    "reversed view": (lambda x: (x * x)[::-1], EXACT[::-1]),
    "big-endian": (lambda x: (x * x).astype(">f8"), EXACT),
    "longdouble": (lambda x: (x * x).astype(np.longdouble), EXACT),
    "float32": (lambda x: (x * x).astype(np.float32), EXACT),
    "float16": (lambda x: (x * x).astype(np.float16), EXACT),
    "int": (lambda x: np.array([3, 4]), np.zeros((2, 3))),
    "Python int": (lambda x: 3, np.zeros(3)),
    "bool": (lambda x: x > 0, np.zeros((3, 3))),
    "object": (lambda x: np.array([v * v for v in x.tolist()], dtype=object), EXACT),
    "Fraction": (lambda x: [Fraction(float(v)) ** 2 for v in x], EXACT),
    "Decimal": (lambda x: [Decimal(float(v)) ** 2 for v in x], EXACT),
    "matrix": (lambda x: np.asmatrix(x * x) if False else np.array([x * x]), EXACT[np.newaxis]),
    "masked array without a mask": (lambda x: np.ma.array(x * x), EXACT),
    "empty": (lambda x: np.empty(0), np.empty((0, 3))),
    "complex": (lambda x: x * x + 1j * x, EXACT + 1j * np.eye(3)),
    "now float, now int": (lambda x: [1, 2.0] if x[0] == 1 else [float(x[0]), 2], [[1, 0, 0], [0, 0, 0]]),
}
COARSE = {"float32": 2e-2, "float16": 1.5}


@pytest.mark.parametrize("method", ["auto", *REAL])
@pytest.mark.parametrize("kind", RETURNS)
def test_what_f_may_return(kind, method):
    f, exact = RETURNS[kind]
    J = nj.jacobian(f, X, method=method)
    assert J.shape == np.shape(exact)
    assert J.dtype == (complex if kind == "complex" else float)
    np.testing.assert_allclose(J, exact, rtol=0, atol=COARSE.get(kind, 1e-5))


def test_float32_is_seen_and_the_step_grows():
    assert fooled(lambda x: (x * x).astype(np.float32)), "a step for double precision drowns in float32"
    _, report = nj.jacobian(lambda x: (x * x).astype(np.float32), X, method="forward", full_output=True)
    np.testing.assert_allclose(report.noise, np.finfo(np.float32).eps / 2 * np.square(X))
    assert (report.step > 1e-5).all()


REFUSED = {
    "None": (lambda x: None, "f returned None"),
    "text": (lambda x: "one", "of dtype <U3"),
    "list of text": (lambda x: ["1", "2"], "expected numbers"),
    "objects of text": (lambda x: np.array(["1", 2.0], dtype=object), "found '1'"),
    "None inside": (lambda x: [1.0, None], "found None"),
    "ragged list": (lambda x: [[1.0, 2.0], [3.0]], "makes no array of numbers"),
    "dict": (lambda x: {"y": 1.0}, "found an object of type dict"),
    "generator": (lambda x: (v for v in x), "generator"),
    "function": (lambda x: np.sin, "ufunc"),
    "dates": (lambda x: np.array(["2020-01-01"], "M8[D]"), "datetime64"),
    "structured": (lambda x: np.zeros(2, "f8,f8"), "expected numbers"),
}


@pytest.mark.parametrize("method", ["auto", "forward"])
@pytest.mark.parametrize("kind", REFUSED)
def test_what_f_may_not_return(kind, method):
    f, message = REFUSED[kind]
    with pytest.raises(OutputError, match=message) as caught:
        nj.jacobian(f, X, method=method)
    assert isinstance(caught.value, TypeError)
    assert "at the point x itself" in str(caught.value)


def test_a_masked_entry_is_no_number():
    f = lambda x: np.ma.array(x * x, mask=[False, True, False])  # noqa: E731
    with pytest.warns(nj.errors.NonFiniteWarning, match="3 of 9 entries are NaN"):
        J = nj.jacobian(f, X, method="forward")
    assert np.isnan(J[1]).all()
    assert close(J[[0, 2]], EXACT[[0, 2]])


# --------------------------------------------------------------------------------------- what f does now and then


def changing(when, then):
    """x * x at the point, something else once x[1] has moved."""
    return lambda x: then(x) if x[1] != 2.0 and when else x * x


CHANGES = {
    "longer": (lambda x: np.ones(4), "shape (4,), expected (3,)"),
    "shorter": (lambda x: np.ones(2), "shape (2,), expected (3,)"),
    "scalar": (lambda x: 1.0, "shape (), expected (3,)"),
    "column": (lambda x: (x * x)[:, np.newaxis], "shape (3, 1), expected (3,)"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("method", REAL)
def test_another_shape_is_refused_where_it_appears(change, method):
    then, message = CHANGES[change]
    f = changing(True, then)
    assert fooled(f)
    with pytest.raises(ShapeError) as caught:
        nj.jacobian(f, X, method=method)
    assert message in str(caught.value)
    assert "in column 1, with x[1] moved by" in str(caught.value)


def test_a_sudden_complex_number_is_refused():
    with pytest.raises(ShapeError, match=r"complex128, expected real numbers as at x.*column 1"):
        nj.jacobian(changing(True, lambda x: x * 1j), X, method="forward")


def test_a_sudden_real_number_is_a_complex_one():
    f = lambda x: x * x + (0j if x[1] == 2.0 else 0)  # noqa: E731
    assert close(nj.jacobian(f, X, method="forward").real)


@pytest.mark.parametrize("method", REAL)
def test_an_exception_passes_through_with_a_note(method):
    class MyError(Exception):
        pass

    original = MyError("mine", 7)

    def f(x):
        if x[2] != 3.0:
            raise original
        return x * x

    with pytest.raises(MyError) as caught:
        nj.jacobian(f, X, method=method)
    assert caught.value is original
    assert caught.value.args == ("mine", 7)
    assert caught.value.__cause__ is None
    assert [note for note in caught.value.__notes__ if "in column 2, with x[2] moved by" in note]
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "f"


def test_an_exception_at_the_point_says_so():
    def f(x):
        raise KeyError("gone")

    with pytest.raises(KeyError) as caught:
        nj.jacobian(f, X)
    assert caught.value.__notes__ == ["numjac: f was called at the point x itself"]


def test_an_exception_in_a_batch_names_its_columns():
    def f(X):
        if X.shape[-1] > 1:
            raise ZeroDivisionError
        return X * X

    with pytest.raises(ZeroDivisionError) as caught:
        nj.jacobian(f, X, method="forward", vectorized=True)
    assert caught.value.__notes__ == ["numjac: f was called with the columns 0 to 2 at once"]


def test_an_exception_for_a_complex_argument_passes_when_that_was_asked_for():
    def f(x):
        if np.iscomplexobj(x):
            raise ValueError("real numbers, please")
        return x * x

    with pytest.raises(ValueError, match="real numbers, please") as caught:
        nj.jacobian(f, X, method="complex")
    assert "x[0] = 1.0 + 6.78e-21i" in caught.value.__notes__[0]
    J, report = nj.jacobian(opaque(f), X, full_output=True)
    assert close(J)
    assert report.method == "adaptive"
    assert report.reason.endswith("; complex: ValueError: real numbers, please")


@pytest.mark.parametrize("method", REAL)
def test_nan_and_inf_stay_in_their_entries(method):
    def f(x):
        with np.errstate(all="ignore"):
            return np.array([x[0] ** 2, np.nan if x[1] != 2.0 else 4.0, np.inf if x[2] != 3.0 else 9.0])

    with pytest.warns(
        nj.errors.NonFiniteWarning, match=r"2 of 9 entries are NaN.*output 1 by x\[1\].*not finite"
    ) as caught:
        J, report = nj.jacobian(f, X, method=method, full_output=True)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert np.isnan(J[1, 1])
    assert np.isnan(J[2, 2])
    assert np.isfinite(J).sum() == 7
    assert np.isinf(report.error[np.isnan(J)]).all()
    assert ((report.flags & nj.Flag.NOT_FINITE != 0) == np.isnan(J)).all()
    with pytest.warns(nj.errors.NonFiniteWarning):
        np.testing.assert_array_equal(nj.jacobian(f, X, method=method), J)


# ------------------------------------------------------------------------------------------- who calls f, and when


@pytest.mark.parametrize("method", METHODS)
def test_f_may_call_numjac(method):
    inner = nj.Gradient(lambda x: x[0] ** 2 * x[1], method="central", order=4)

    def outer(x):
        return inner(x.real) if method in REAL else np.array([2 * x[0] * x[1], x[0] ** 2])

    np.testing.assert_allclose(nj.jacobian(outer, [1.0, 2.0], method=method), [[4, 2], [2, 0]], atol=1e-3)


def test_one_planned_object_may_call_itself():
    planned = {}

    def f(x):
        return x * planned["J"](x[:1])[0, 0] if x.size > 1 else x**2

    planned["J"] = nj.Jacobian(f, method="central", order=6)
    exact = [[8.0, 0.0], [2 * 3.0, 4.0]]
    np.testing.assert_allclose(planned["J"]([2.0, 3.0]), exact, atol=1e-6)


@pytest.mark.parametrize("method", ["central", "auto"])
def test_one_planned_object_in_many_threads(method):
    J = nj.Jacobian(lambda x: np.array([time.sleep(1e-5), x[0] * x[1], x[1] ** 2])[1:].astype(x.dtype), method=method)
    points = [np.array([1.0 + k, 2.0 - k]) for k in range(8)]
    alone = [J(x) for x in points]
    found = {}

    def work(k):
        found[k] = [J(points[k]) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((alone[k] == J).all() for k in range(8) for J in found[k])


def delay_of_ctrl_c(f, x, vectorized):
    """How long a Jacobian goes on after a signal."""

    def handler(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    try:
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            nj.jacobian(f, x, method="forward", wrt=np.arange(10_000), vectorized=vectorized)
        return time.perf_counter() - start - 0.1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("vectorized", [False, True])
def test_ctrl_c_ends_within_a_tenth_of_a_second(vectorized):
    x = np.ones(20_000 if vectorized else 200_000)
    f = (lambda X: np.sin(X).sum(axis=0)) if vectorized else np.add.reduce
    assert min(delay_of_ctrl_c(f, x, vectorized) for _ in range(3)) < 0.1


# ---------------------------------------------------------------------------------------------- arguments, batches


def test_arguments_are_passed_on():
    def f(x, a, *, b):
        return a * x**b

    expected = np.diag([2 * 3 * v**2 for v in X])
    np.testing.assert_allclose(nj.jacobian(f, X, args=(2.0,), kwargs={"b": 3}), expected)
    J = nj.Jacobian(f, args=(2.0,), kwargs={"b": 1})
    np.testing.assert_allclose(J(X, b=3), expected)
    np.testing.assert_allclose(J(X, 1.0), np.eye(3))
    np.testing.assert_allclose(nj.jacobian(lambda x, a: a * x, X, args=5.0), 5 * np.eye(3))


@pytest.mark.parametrize("x", [2.0, [1.0, 2.0], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])
@pytest.mark.parametrize("method", ["auto", "central", "forward"])
def test_batches_agree_with_single_calls_to_the_bit(x, method):
    f = opaque(lambda x: np.stack([np.sin(x) * x, x**3]))
    one, many = (nj.jacobian(f, x, method=method, vectorized=v, full_output=True) for v in (False, True))
    if method == "auto":  # complex functions of NumPy differ in the last bit between scalars and arrays
        np.testing.assert_allclose(one[0], many[0], rtol=1e-15)
    else:
        np.testing.assert_array_equal(one[0], many[0])
        np.testing.assert_array_equal(one[1].error, many[1].error)
    assert many[1].nfev.points - one[1].nfev.points + one[1].nfev.by_kind["traced"] in (0, 1, 2, 4), (
        "points evaluated apart to see whether f mixes them"
    )


def test_batches_of_complex_results():
    f = lambda x: x**2 * (1 + 2j)  # noqa: E731
    np.testing.assert_allclose(nj.jacobian(f, X, vectorized=True), EXACT * (1 + 2j), atol=1e-9)
    np.testing.assert_allclose(
        nj.jacobian(lambda z: z**2, np.array(X) + 1j, vectorized=True),
        np.diag(2 * (np.array(X) + 1j)),
        atol=1e-9,
    )


def test_a_batch_is_called_in_blocks_of_a_megabyte(counted):
    f = counted(lambda X: X[:3] * 2)
    nj.jacobian(f, np.ones(3000), method="forward", vectorized=True)
    assert max(x.nbytes for x in f.points) <= 2**20
    assert sum(x.shape[-1] for x in f.points) == 3003
    small = counted(np.sin)
    nj.jacobian(small, np.ones(100), method="forward", vectorized=True)
    assert [x.shape for x in small.points] == [(100, 1), (100, 100), (100, 2)]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda X: X.sum(), r"vectorized f returned shape \(\) for 1 points"),
        (lambda X: X.sum(axis=1), r"returned shape \(3,\) for 1 points, expected \(..., 1\)"),
        (lambda X: X[: 2 if X.shape[1] > 1 else 3], r"shape \(2,\) for each point, expected \(3,\)"),
        (lambda X: X[:, :1], r"returned shape \(3, 1\) for 3 points"),
    ],
)
def test_a_batch_of_the_wrong_shape(f, message):
    with pytest.raises(ShapeError, match=message):
        nj.jacobian(f, X, method="forward", vectorized=True)


MIXES = {
    "norm": lambda X: X / np.linalg.norm(X),
    "mean": lambda X: X - X.mean(),
    "running sum": lambda X: np.cumsum(X, axis=-1) + X,
    "last point": lambda X: X + 1e-3 * X[..., -1:] ** 2,
}


@pytest.mark.parametrize("name", MIXES)
@pytest.mark.parametrize("method", ["auto", "central", "forward"])
def test_a_batch_that_mixes_its_points_is_refused(name, method):
    with pytest.raises(ShapeError, match=r"a vectorized f mixes its points: output \[\d\] of point \d"):
        nj.jacobian(MIXES[name], X, method=method, vectorized=True)


@pytest.mark.parametrize("n", [3, 40])
def test_a_batch_that_rounds_differently_is_not_refused(n):
    """Products of matrices of another width may differ in the last bits, and cancellation makes these visible."""
    rng = np.random.default_rng(n)
    A, x = rng.normal(size=(n, n)), rng.normal(size=n)
    b = A @ x
    J = nj.jacobian(lambda X: A @ X - b[:, None] * (1 + 1e-13), x, method="forward", vectorized=True)
    np.testing.assert_allclose(J, A, atol=1e-3)
    x = rng.uniform(1, 2, 300 * n)
    assert nj.gradient(lambda X: np.sin(X).sum(axis=0), x, method="forward", vectorized=True).shape == x.shape


def test_f0_in_a_finer_format_than_f_returns_is_refused():
    f = lambda x: np.sin(x).astype(np.float32)  # noqa: E731
    f0 = f(np.array(X))
    for vectorized in (False, True):
        with pytest.raises(
            ShapeError, match=r"f returned float32, expected numbers as fine as at x \(or in f0\), float64"
        ):
            nj.jacobian(f, X, method="forward", f0=f0.tolist(), vectorized=vectorized)
        assert close(nj.jacobian(f, X, method="central", f0=f0, vectorized=vectorized), np.diag(np.cos(X)))


def test_an_error_of_numjac_inside_f_is_an_error_of_f():
    def f(x):
        return nj.jacobian(np.sin, [1.0], wrt=[7], method="forward")

    with pytest.raises(nj.errors.OptionError) as caught:
        nj.jacobian(f, X, method="forward")
    assert str(caught.value) == "wrt holds 7, expected indices from -1 to 0"
    assert caught.value.__notes__ == ["numjac: f was called at the point x itself"]


@pytest.mark.parametrize("operator", [nj.jvp, nj.derivative])
@pytest.mark.parametrize("vectorized", [False, True])
def test_other_operators_note_the_place_too(operator, vectorized):
    def f(x):
        if x.flat[0] != X[0]:
            raise KeyError("k")
        return x * x

    with pytest.raises(KeyError) as caught:
        operator(f, X, *((X,) if operator is nj.jvp else ()), method="forward", vectorized=vectorized)
    assert caught.value.__notes__ == ["numjac: f was called beside the point x, with several entries moved"]


def test_batches_elsewhere_are_copied():
    buffer = {}

    def f(X):
        return np.multiply(X, X, out=buffer.setdefault(X.shape, np.empty(X.shape)))

    np.testing.assert_allclose(nj.derivative(f, X, method="central", vectorized=True), np.diag(EXACT), rtol=1e-8)
    np.testing.assert_allclose(nj.jvp(f, X, [1.0, 0, 0], method="central", vectorized=True), [2, 0, 0], atol=1e-8)


def test_a_batch_that_turns_complex_or_real():
    with pytest.raises(ShapeError, match="complex128, expected real"):
        nj.jacobian(lambda X: X * (1j if X.shape[1] > 1 else 1), X, method="forward", vectorized=True)
    with pytest.raises(NotAnalyticError, match="float64 for a complex argument"):
        nj.jacobian(np.abs, X, method="complex", vectorized=True)


def test_the_evaluator_elsewhere():
    point = as_point(X)
    for vectorized in (False, True):
        evaluator = Function(np.square, vectorized=vectorized).at(point)
        assert evaluator.at(np.array([3.0, 4.0, 5.0])).tolist() == [9.0, 16.0, 25.0]
        assert evaluations(evaluator) == 2
    assert isinstance(evaluator, Batch)


def test_as_numbers_keeps_what_is_an_array_of_numbers():
    y = np.arange(3.0)
    assert as_numbers(y) is y
    assert as_numbers([True, False]).dtype == bool
    assert as_numbers([Fraction(1, 2), 1j * 0.5]).dtype == complex
