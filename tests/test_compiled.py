"""Compiled functions: from every source, on any number of threads, to the same bits as one by one."""

import contextlib
import ctypes
import math
import pickle
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from native_library import DOUBLE, Settings, built, library

import numjac as nj
from numjac.errors import (
    NonFiniteWarning,
    NotAnalyticError,
    OptionError,
    ShapeError,
    SignatureError,
    StatusError,
)
from numjac.native.signatures import signature_of
from numjac.native.sources import found
from numjac.native.threads import threads_for

N = 37
X = np.linspace(0.3, 2.1, N)
WORKERS = (1, 2, 4, 7)


def python(x):
    """What functions.c computes, in Python."""
    y = np.zeros(x.shape, x.dtype)
    y[:-1] = np.sin(x[:-1]) * x[1:]
    return y


def exact(x=X):
    """Its Jacobian."""
    J = np.zeros((x.size, x.size))
    i = np.arange(x.size - 1)
    J[i, i], J[i, i + 1] = np.cos(x[:-1]) * x[1:], np.sin(x[:-1])
    return J


# ------------------------------------------------------------------------------------------------------ sources


def of_address(lib):
    return nj.compiled(
        ctypes.cast(lib.full, ctypes.c_void_p).value, m=N,
        complex_function=ctypes.cast(lib.full_complex, ctypes.c_void_p).value,
    )  # fmt: skip


def of_ctypes(lib):
    return nj.compiled(lib.full, m=N, complex_function=lib.full_complex)


def of_ctypes_that_returns_nothing(lib):
    return nj.compiled(lib.mute, m=N)


def of_ctypes_without_sizes(lib):
    return nj.compiled(lib.brief, m=N, data=Settings(N, N), complex_function=lib.brief_complex)


def of_an_untyped_function(lib):
    again = ctypes.CDLL(str(built()))
    text = "int (size_t, const double *, size_t, double *, void *)"
    return nj.compiled(again.full, m=N, signature=text)


def of_cffi(lib):
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    ffi.cdef("int full(size_t n, const double *x, size_t m, double *y, void *data);")
    ffi.cdef("int full_complex(size_t n, const double _Complex *x, size_t m, double _Complex *y, void *data);")
    opened = ffi.dlopen(str(built()))
    return nj.compiled(opened.full, m=N, complex_function=opened.full_complex)


def of_a_callback_of_cffi(lib):
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()

    @ffi.callback("int(size_t, double *, size_t, double *, void *)")
    def called(n, x, m, y, data):
        for i in range(m):
            y[i] = math.sin(x[i]) * x[i + 1] if i + 1 < n else 0.0
        return 0

    return nj.compiled(called, m=N)


def of_a_callback_of_ctypes(lib):
    @ctypes.CFUNCTYPE(ctypes.c_int, DOUBLE, DOUBLE, ctypes.c_void_p)
    def called(x, y, data):
        for i in range(N):
            y[i] = math.sin(x[i]) * x[i + 1] if i + 1 < N else 0.0
        return 0

    return nj.compiled(called, m=N)


def of_a_low_level_callable(lib):
    scipy = pytest.importorskip("scipy")
    settings = Settings(N, N)
    given = ctypes.cast(ctypes.pointer(settings), ctypes.c_void_p)
    real, of_complex = (scipy.LowLevelCallable(function, given) for function in (lib.brief, lib.brief_complex))
    made = nj.compiled(real, m=N, complex_function=of_complex)
    made.kept = settings
    return made


def of_a_capsule(lib):
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    names = [
        b"int (size_t, %s const *, size_t, %s *, void *)" % (kind, kind) for kind in (b"double", b"double complex")
    ]
    real, of_complex = (
        new(ctypes.cast(function, ctypes.c_void_p), name, None)
        for function, name in zip((lib.full, lib.full_complex), names, strict=True)
    )
    made = nj.compiled(real, m=N, complex_function=of_complex)
    made.kept = names
    return made


def of_a_cfunc(lib):
    numba = pytest.importorskip("numba")

    def called(n, x, m, y, data):
        for i in range(m):
            y[i] = np.sin(x[i]) * x[i + 1] if i + 1 < n else 0.0
        return 0

    def typed(number):
        pointer = numba.types.CPointer(number)
        return numba.cfunc(numba.int32(numba.uintp, pointer, numba.uintp, pointer, numba.types.voidptr))(called)

    return nj.compiled(typed(numba.float64), m=N, complex_function=typed(numba.complex128))


def of_njit(lib):
    return nj.compiled(pytest.importorskip("numba").njit(python))


def of_njit_that_writes(lib):
    @pytest.importorskip("numba").njit
    def called(x, y):
        for i in range(x.size):
            y[i] = np.sin(x[i]) * x[i + 1] if i + 1 < x.size else 0.0

    return nj.compiled(called, m=N)


SOURCES = [of_address, of_ctypes, of_ctypes_that_returns_nothing, of_ctypes_without_sizes, of_an_untyped_function,
           of_cffi, of_a_callback_of_cffi, of_a_callback_of_ctypes, of_a_low_level_callable, of_a_capsule, of_a_cfunc,
           of_njit, of_njit_that_writes]  # fmt: skip
METHODS = ("complex", "forward", "backward", "central", "adaptive")


@pytest.fixture(scope="module", params=SOURCES, ids=lambda source: source.__name__)
def f(request):
    return request.param(library())


def test_it_is_called_from_python(f):
    np.testing.assert_allclose(f(X), python(X), rtol=1e-15)
    assert f(list(X)).dtype == np.float64


@pytest.mark.parametrize("method", METHODS)
def test_columns_are_right_and_the_same_on_any_number_of_threads(f, method):
    if method == "complex" and not f.raises:
        with pytest.raises(NotAnalyticError, match="complex_function"):
            nj.jacobian(f, X, method=method)
        return
    order = {"forward": 3, "backward": 3, "central": 6}.get(method)
    alone = [nj.jacobian(f, X, method=method, order=order, workers=w, full_output=True) for w in WORKERS]
    J, report = alone[0]
    for other, told in alone[1:]:
        assert other.tobytes() == J.tobytes(), "bit for bit"
        assert told.nfev.by_kind == report.nfev.by_kind
    assert (np.abs(J - exact()) <= report.error + 1e-13).all()
    np.testing.assert_allclose(J, exact(), atol=1e-7)


def test_the_automatic_way(f):
    J, report = nj.jacobian(f, X, full_output=True)
    assert report.method == ("complex" if f.raises else "adaptive")
    np.testing.assert_allclose(J, exact(), atol=1e-10)


def test_everything_else_that_can_be_asked(f):
    v = np.cos(np.arange(N))
    np.testing.assert_allclose(nj.jvp(f, X, v), exact() @ v, atol=1e-9)
    np.testing.assert_allclose(nj.vjp(f, X, v), exact().T @ v, atol=1e-9)
    np.testing.assert_allclose(nj.jacobian(f, X, wrt=[3, -1]), exact()[:, [3, -1]], atol=1e-10)
    bounded = nj.jacobian(f, X, method="central", order=4, bounds=(X, X + 1))
    np.testing.assert_allclose(bounded, exact(), atol=1e-7)
    value, J = nj.value_and_jacobian(f, X, method="central")
    np.testing.assert_allclose(value, python(X), rtol=1e-15)
    assert J.tobytes() == nj.Jacobian(f, method="central", workers=3)(X).tobytes()
    known = nj.jacobian(f, X, method="central", f0=python(X), full_output=True)[1]
    assert known.nfev.by_kind["real"] == 2 * N


def test_hessians():
    numba = pytest.importorskip("numba")
    g = lambda x: x[0] ** 3 * x[1] + np.sin(x[2]) * x[0]  # noqa: E731
    x = np.array([0.7, -1.3, 2.1])
    expected = nj.hessian(g, x)
    jitted = nj.compiled(numba.njit(g))
    for method in ("complex", "adaptive", "auto"):
        bits = {nj.hessian(jitted, x, method=method, workers=w).tobytes() for w in WORKERS}
        assert len(bits) == 1
        np.testing.assert_allclose(nj.hessian(jitted, x, method=method), expected, atol=1e-6)
    v = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(nj.hvp(jitted, x, v), expected @ v, atol=1e-6)


SHAPES = {
    "a scalar of a vector": (lambda x: x[0] * x[1], np.array([0.5, 2.0])),
    "a scalar of a scalar": (lambda x: x**3, 1.7),
    "a tuple": (lambda x: (x[0], x[1] ** 2), np.array([0.5, 2.0])),
    "a matrix of a matrix": (lambda x: x @ x, np.array([[0.5, 2.0], [1.0, 3.0]])),
    "strided": (lambda x: x.T[::2] * 2.0, np.arange(12.0).reshape(3, 4)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_functions_of_numba(name):
    numba = pytest.importorskip("numba")
    g, x = SHAPES[name]
    f = nj.compiled(numba.njit(g))
    with warnings.catch_warnings(action="ignore"):  # numba has an opinion of strides
        J = nj.jacobian(f, x)
    assert np.shape(J) == np.shape(g(x)) + np.shape(x)
    np.testing.assert_allclose(J, nj.jacobian(g, x), atol=1e-9)


def test_an_output_of_several_axes():
    lib = library()
    f = nj.compiled(lib.full, m=(2, 3), n=6)
    x = X[:6].reshape(3, 2)
    assert f(x).shape == (2, 3)
    np.testing.assert_allclose(nj.jacobian(f, x).reshape(6, 6), exact(X[:6]), atol=1e-9)


# -------------------------------------------------------------------------------------------------- what goes wrong


def test_the_lowest_column_that_fails_is_named_every_time():
    lib, x = library(), np.linspace(1, 1.0001, 300)
    data = Settings(300, 300, 2.0)
    f = nj.compiled(lib.stopping, m=300, data=data)
    step = np.full(300, 1e-3)
    step[17::3] = 1.5
    for _ in range(200):
        with pytest.raises(StatusError, match=r"status 57 .*in column 17, with x\[17\] moved by 1.5") as raised:
            nj.jacobian(f, x, method="forward", abs_step=step, workers=4)
        assert raised.value.status == 57
    with pytest.raises(StatusError, match="at the point x itself"):
        nj.jacobian(f, x + 2, method="forward")


def test_an_output_that_is_not_written_is_nan():
    f = nj.compiled(library().lazy, m=N)
    for method, workers in (("central", 1), ("central", 3), ("adaptive", 2), ("forward", 2)):
        with pytest.warns(NonFiniteWarning):
            J = nj.jacobian(f, X, method=method, workers=workers)
        assert np.isnan(J[-1]).all()
        np.testing.assert_allclose(J[:-1], exact()[:-1], atol=1e-6)
    assert np.isnan(f(X)[-1])


def test_an_exception_inside_a_function_of_numba_is_a_status():
    numba = pytest.importorskip("numba")

    @numba.njit
    def g(x):
        if x[0] > 2:
            raise ValueError("too large")
        return x * 1.0

    f = nj.compiled(g)
    np.testing.assert_allclose(nj.jacobian(f, [1.0, 1.0]), np.eye(2))
    with pytest.raises(StatusError, match=r"g raised an exception .*in column 0"):
        nj.jacobian(f, [1.9, 1.0], method="forward", abs_step=0.5)


def test_an_exception_inside_a_callback_of_python_shows_as_nan_or_as_a_status(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)

    @ctypes.CFUNCTYPE(ctypes.c_int, DOUBLE, DOUBLE, ctypes.c_void_p)
    def called(x, y, data):
        raise ValueError("inside")

    with contextlib.suppress(StatusError):  # ctypes returns whatever is there
        assert np.isnan(nj.compiled(called, m=2)([1.0, 2.0])).all()
    assert "inside" in str(seen[0].exc_value)


def test_an_exception_inside_a_cfunc_is_printed_and_shows(monkeypatch):
    numba = pytest.importorskip("numba")
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)

    @numba.cfunc("int32(CPointer(float64), CPointer(float64), voidptr)")
    def called(x, y, data):
        if x[0] > 0:
            raise ValueError("inside")
        return 0

    with contextlib.suppress(StatusError):
        assert np.isnan(nj.compiled(called, m=2)([1.0, 2.0])).all()
    assert "inside" in str(seen[0].exc_value)


def test_numbers_of_outputs_that_change_are_told():
    numba = pytest.importorskip("numba")
    f = nj.compiled(numba.njit(lambda x: x[x > 0.5]))
    with pytest.raises(StatusError, match="another number of outputs"):
        nj.jacobian(f, [0.4, 1.0], method="forward", abs_step=0.3)


WRONG = [
    ("double f(double)", "double"),
    ("int (float *, float *, void *)", "float"),
    ("int (int, double *, int, double *, void *)", "int, double"),
    ("int (double *)", "double"),
    ("(float32*, float32*, none*) -> int32", "float32"),
    ("int (double *, double _Complex *, void *)", "one kind"),
    ("int", "int"),
]


@pytest.mark.parametrize(("text", "part"), WRONG)
def test_other_signatures_are_refused_with_both_texts(text, part):
    with pytest.raises(SignatureError, match=r"expected int f\(\[size_t n,\] const double \*x") as raised:
        signature_of(text)
    assert repr(text) in str(raised.value)
    with pytest.raises(SignatureError):
        nj.compiled(12345, m=1, signature=text)


RIGHT = {
    "int (size_t, double const *, size_t, double *, void *)": (7, False),
    "int f(size_t n, const double *x, size_t m, double *y, void *data)": (7, False),
    "int(*)(size_t, double *, size_t, double *, void *)": (7, False),
    "void (*name)(const double x[], double y[])": (0, False),
    "int (double *, double *, void *)": (6, False),
    "int (double *, double *, long *)": (6, False),
    "(float64*, float64*, void*) -> int32": (6, False),
    "(uint64, complex128*, uint64, complex128*, none*) -> int32": (7, True),
    "(uint64, complex128*, uint64, complex128*) -> none": (1, True),
    "void (unsigned long, const double _Complex *, unsigned long, double _Complex *)": (1, True),
    "(void*, void*) -> void": (0, None),
}


@pytest.mark.parametrize("text", RIGHT)
def test_signatures_are_read_in_the_words_of_all(text):
    found = signature_of(text)
    assert (found.has, found.of_complex) == RIGHT[text]


def test_what_is_no_compiled_function_is_refused():
    lib = library()
    for wrong in ("a string", None, 3.5, True, python, object()):
        with pytest.raises(OptionError, match="no compiled function"):
            nj.compiled(wrong, m=1)
    with pytest.raises(OptionError, match="PyDLL"):
        nj.compiled(ctypes.pythonapi.Py_IsInitialized, m=1)
    with pytest.raises(OptionError, match="m= is missing"):
        nj.compiled(lib.full)
    for m in (-1, 2.5, (2, -1), True, (2, "a")):
        with pytest.raises((OptionError, TypeError)):
            nj.compiled(lib.full, m=m)
    with pytest.raises(ValueError, match="address 0"):
        nj.compiled(0, m=1)
    with pytest.raises(SignatureError, match="was given"):
        nj.compiled(lib.full, m=1, signature="int (double *, double *, void *)")
    with pytest.raises(OptionError, match="data="):
        nj.compiled(lib.full, m=1, data="text")


def test_options_that_make_no_sense_are_refused():
    f = nj.compiled(library().full, m=N)
    for options, match in (({"args": (1,)}, "args"), ({"vectorized": True}, "vectorized"), ({"workers": 0}, "workers"),
                           ({"workers": 2.0}, "workers"), ({"method": "analytic"}, "traced"),
                           ({"sparsity": "guess"}, "sparsity")):  # fmt: skip
        with pytest.raises(OptionError, match=match):
            nj.Jacobian(f, **options)
    with pytest.raises(OptionError, match="workers"):
        nj.Jacobian(python, workers=0)
    for more in ({"args": (3,)}, {"kwargs": {"k": 3}}):
        with pytest.raises(OptionError, match="no further arguments"):
            nj.Jacobian(f, method="central")(X, *more.get("args", ()), **more.get("kwargs", {}))
    with pytest.raises(ShapeError, match="expected n=5"):
        nj.jacobian(nj.compiled(library().full, m=5, n=5), X)
    with pytest.raises(ShapeError, match="f0"):
        nj.jacobian(f, X, f0=np.zeros(3))


def test_complex_points_are_differentiated_as_holomorphic():
    f = of_ctypes(library())
    z = X[:] + 0.3j
    J = nj.jacobian(f, z)
    i = np.arange(N - 1)
    np.testing.assert_allclose(J[i, i], np.cos(z[:-1]) * z[1:], atol=1e-9)


def test_float32_points_are_raised():
    f = of_ctypes(library())
    np.testing.assert_allclose(
        nj.jacobian(f, X.astype(np.float32)), exact(X.astype(np.float32).astype(float)), atol=1e-4
    )


# ------------------------------------------------------------------------------------------------------- manners


def test_threads_are_left_alone_where_there_is_little_to_do(monkeypatch):
    monkeypatch.setattr("numjac.native.threads.default_threads", lambda: 8)
    monkeypatch.setattr("numjac.native.threads.busy", lambda: 0)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr("numjac.native.threads.lately.when", -1.0)
    assert threads_for(None, 100, 1e-5) == 1, "threads that sleep have to be woken"
    monkeypatch.setattr("numjac.native.threads.lately.when", time.perf_counter())
    assert threads_for(None, 100, 1e-5) == 8, "one of many"
    assert threads_for(None, 100, 1e-7) == 1
    monkeypatch.setattr("numjac.native.threads.lately.when", -1.0)
    assert threads_for(None, 100, 1e-3) == 8
    assert threads_for(None, 3, 1.0) == 3
    monkeypatch.setattr("numjac.native.threads.busy", lambda: 6)
    assert threads_for(None, 100, 1e-3) == 2
    monkeypatch.setattr("numjac.native.threads.busy", lambda: 20)
    assert threads_for(None, 100, 1e-3) == 1
    assert threads_for(5, 100, 1e-9) == 5
    assert threads_for(5, 3, 1e-9) == 3


def test_the_first_call_is_timed_whichever_it_is(monkeypatch):
    """f(x), a column where f(x) was given, a complex one: the rest is shared out by what that took."""
    asked = []

    def crew(workers, calls, seconds):
        asked.append((calls, seconds))
        return 3

    monkeypatch.setattr("numjac.native.threads.threads_for", crew)
    f = of_ctypes(library())
    J = nj.jacobian(f, X, method="central", f0=python(X))
    assert J.tobytes() == nj.jacobian(f, X, method="central", workers=1).tobytes()
    assert any(calls == 2 * N - 2 and 0 < seconds < 1e-2 for calls, seconds in asked)
    asked.clear()
    np.testing.assert_allclose(nj.jacobian(f, X, method="complex"), exact(), rtol=1e-14, atol=1e-300)
    assert any(calls == N - 1 and 0 < seconds < 1e-2 for calls, seconds in asked)


def test_threads_of_ours_that_still_spin_are_no_others(monkeypatch, tmp_path):
    from numjac.native import threads

    monkeypatch.setattr(threads.Path, "read_text", lambda self: "0.1 0.1 0.1 4/200 1234")
    monkeypatch.setattr(threads.lately, "when", -1.0)
    assert threads.busy() == 3
    threads.Crew(None).rested(3)
    assert threads.busy() == 1
    monkeypatch.setattr(threads.Path, "read_text", lambda self: "nonsense")
    assert threads.busy() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_is_heard_within_a_fifth_of_a_second(workers):
    lib = library()
    seconds = ctypes.c_double(2e-3)
    f = nj.compiled(lib.slow, m=500, data=seconds)
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    heard = None

    def handler(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handler)
    try:
        nj.Jacobian(f, method="forward", workers=workers)  # nothing to be compiled below
        timer.start()
        begun = time.perf_counter()
        with pytest.raises(KeyboardInterrupt):
            nj.jacobian(f, np.ones(500) * 1.5, method="central", order=4, workers=workers)
        heard = time.perf_counter() - begun - 0.3
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    assert heard < 0.2


def test_planned_objects_are_called_from_many_threads():
    from concurrent.futures import ThreadPoolExecutor

    planned = nj.Jacobian(of_ctypes(library()), workers=2)
    points = [X + k / 10 for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        for x, J in zip(points, pool.map(planned, points), strict=True):
            np.testing.assert_allclose(J, exact(x), atol=1e-11)


def test_a_compiled_function_inside_a_function_of_python():
    g = of_ctypes(library())
    J = nj.jacobian(lambda x: g(x) * 2, X, method="adaptive")
    np.testing.assert_allclose(J, 2 * exact(), atol=1e-9)


def test_the_data_is_kept_alive():
    lib = library()
    f = nj.compiled(lib.brief, m=N, data=np.array([N, N, 0, 0], np.uint64))
    for _ in range(20):
        np.zeros(10_000)
    np.testing.assert_allclose(f(X), python(X))


def test_it_prints_itself():
    assert repr(of_ctypes(library())) == "<compiled full>"
    assert repr(nj.Jacobian(of_ctypes(library()), method="central")) == "Jacobian(full, central of order 2)"


def test_what_has_an_address_is_not_pickled():
    for f in (of_address(library()), of_ctypes(library())):
        with pytest.raises(TypeError, match="address in this process"):
            pickle.dumps(f)


def test_functions_of_numba_are_pickled():
    numba = pytest.importorskip("numba")
    planned = nj.Jacobian(nj.compiled(numba.njit(python)), method="central")
    before = planned(X)
    assert pickle.loads(pickle.dumps(planned))(X).tobytes() == before.tobytes()


def test_the_address_of_what_is_found():
    lib = library()
    assert found(lib.full).address == ctypes.cast(lib.full, ctypes.c_void_p).value
    assert "double*" in found(lib.full).text
