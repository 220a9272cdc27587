"""Sparse Jacobians: those of columns that are sampled one by one, in as many evaluations as there are colours."""

import pickle
import sys
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given
from hypothesis import strategies as st
from opaque import opaque

import numjac as nj
from numjac.errors import NonFiniteWarning, OptionError, PatternError, PatternWarning

N = 24
BAND = nj.sparse.banded(N, 1, 2)  # four colours
X = np.linspace(1.0, 2.0, N)
METHODS = ("complex", "adaptive", "central", "forward", "backward")


def band(x):
    """Row i depends on x[i - 1], ..., x[i + 2]; operations that every tracer knows."""
    y = x**2
    y[1:] = y[1:] + 3 * np.sin(x[:-1])
    y[:-1] = y[:-1] + x[1:] * x[:-1]
    y[:-2] = y[:-2] * np.exp(x[2:] / 4)
    return y


def many(X):
    """The same for points side by side."""
    return np.stack([band(np.array(x)) for x in X.T], axis=1)


def counted(f):
    def g(x, *args, **kwargs):
        g.calls += 1
        return f(x, *args, **kwargs)

    g.calls = 0
    return g


def dense_of(J):
    return J.toarray() if sparse.issparse(J) else J


def same_bits(J, D):
    """Stored entries have the bits of the dense result, which is 0 elsewhere."""
    np.testing.assert_array_equal(dense_of(J), D)


# --------------------------------------------------------------------------------------------------- the same numbers


FIXED = [(method, order) for method in ("central", "forward", "backward") for order in (1, 2, 3, 4, 6)]


@pytest.mark.parametrize(("method", "order"), [by for by in FIXED if by[0] != "central" or by[1] % 2 == 0])
def test_entries_have_the_bits_of_columns(method, order):
    f = counted(opaque(band))
    J = nj.jacobian(f, X, method=method, order=order, sparsity=BAND)
    same_bits(J, nj.jacobian(band, X, method=method, order=order))
    assert type(J) is sparse.csr_array
    assert J.nnz == BAND.nnz
    assert f.calls == 1 + 4 * order + (1 if order == 1 else 2)  # f(x), four colours, the proof


@pytest.mark.parametrize("method", METHODS)
def test_reports_are_those_of_columns(method):
    D, dense = nj.jacobian(band, X, method=method, full_output=True)
    J, report = nj.jacobian(
        opaque(band) if method != "complex" else band, X, method=method, sparsity=BAND, full_output=True
    )
    same_bits(J, D)
    there = BAND.toarray()
    np.testing.assert_array_equal(report.error.toarray()[there], dense.error[there])
    np.testing.assert_array_equal(report.flags.toarray()[there], dense.flags[there])
    np.testing.assert_array_equal(report.step, dense.step)
    np.testing.assert_array_equal(report.noise, dense.noise)
    assert (report.method, report.order) == (dense.method, dense.order)
    assert report.nfev < dense.nfev
    assert f"{BAND.nnz} " in repr(report)


def test_auto_is_exact_where_f_can_be_traced():
    exact = nj.jacobian(band, X)
    J, report = nj.jacobian(band, X, sparsity=BAND, full_output=True)
    same_bits(J, exact)
    assert report.method == "analytic"
    assert (abs(J.toarray() - exact) <= report.error.toarray()).all()


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_functions_of_many_points(method):
    D = nj.jacobian(many, X, method=method, vectorized=True)
    f = counted(many)
    J = nj.jacobian(f, X, method=method, vectorized=True, sparsity=BAND)
    same_bits(J, D)
    assert f.calls <= 8


def test_compiled_functions_share_out_colours():
    numba = pytest.importorskip("numba")

    @numba.njit
    def g(x):
        y = np.empty_like(x)
        for i in range(x.size):
            y[i] = x[i] ** 2
            if i:
                y[i] += 3 * np.sin(x[i - 1])
        return y

    f, pattern = nj.compiled(g), nj.sparse.banded(N, 1, 0)
    for method in ("auto", *METHODS):
        D = nj.jacobian(f, X, method=method)
        for workers in (None, 1, 2):
            same_bits(nj.jacobian(f, X, method=method, sparsity=pattern, workers=workers), D)


def test_complex_numbers():
    f = opaque(lambda z: z**2 * (1 + 2j) + np.concatenate([[0], z[:-1]]) * 1j)
    pattern = nj.sparse.banded(N, 1, 0)
    for x, methods in ((X, ("adaptive", "central", "forward")), (X + 0.5j, ("adaptive", "central"))):
        for method in methods:
            same_bits(nj.jacobian(f, x, method=method, sparsity=pattern), nj.jacobian(f, x, method=method))
    exact = nj.jacobian(lambda x: np.exp(1j * x), X, sparsity="detect")
    np.testing.assert_allclose(exact.diagonal(), 1j * np.exp(1j * X), rtol=1e-15)


def test_numbers_with_few_bits():
    x = X.astype(np.float32)
    f = opaque(lambda x: band(x))
    for method in ("central", "forward", "adaptive"):
        J = nj.jacobian(f, x, method=method, sparsity=BAND)
        assert J.dtype == np.float32
        same_bits(J, nj.jacobian(f, x, method=method))


@pytest.mark.parametrize("wrt", [[5, 3, 5, N - 1], np.arange(N) % 3 == 0, [], [-1]])
@pytest.mark.parametrize("method", ["auto", "central", "complex"])
def test_some_columns(method, wrt):
    f = band if method != "central" else opaque(band)
    J = nj.jacobian(f, X, method=method, sparsity=BAND, wrt=wrt)
    same_bits(J, nj.jacobian(band, X, method=method, wrt=wrt))
    assert J.shape == (N, np.arange(N)[wrt].size)


@pytest.mark.parametrize("method", ["adaptive", "central", "forward"])
def test_bounds_are_kept_and_steps_stay_those_of_each_column(method):
    low = np.where(np.arange(N) % 3 == 0, X, -np.inf)
    high = np.where(np.arange(N) % 3 == 1, X, np.inf)
    high[2] = low[2] = X[2]  # no room at all

    def f(x):
        assert (x >= low).all()
        assert (x <= high).all()
        return band(x)

    with pytest.warns(NonFiniteWarning, match=r"no room"):
        D, dense = nj.jacobian(opaque(f), X, method=method, bounds=(low, high), full_output=True)
    with pytest.warns(NonFiniteWarning, match=r"of output 0 by x\[2\]: its bounds leave it no room"):
        J, report = nj.jacobian(opaque(f), X, method=method, bounds=(low, high), sparsity=BAND, full_output=True)
    there = BAND.toarray()
    np.testing.assert_array_equal(J.toarray()[there], D[there])
    np.testing.assert_array_equal(report.flags.toarray()[there], dense.flags[there])
    with pytest.warns(NonFiniteWarning):  # nobody asks for errors
        K = nj.jacobian(opaque(f), X, method=method, bounds=(low, high), sparsity=BAND)
    np.testing.assert_array_equal(K.toarray(), J.toarray())


def test_columns_of_one_colour_have_steps_of_their_own():
    """Of magnitudes 1e-9 and 1e9 side by side; a common step would be worth nothing for one of them."""
    x = np.where(np.arange(N) % 2 == 0, 1e-9, 1e9) * X
    scale = np.abs(x)
    f = opaque(lambda x: np.sin(x / scale) * 10.0 ** np.arange(-N / 2, N / 2))
    for method in ("adaptive", "central"):
        J = nj.jacobian(f, x, method=method, sparsity=nj.sparse.banded(N, 0, 0))
        np.testing.assert_allclose(
            J.diagonal(), np.cos(x / scale) / scale * 10.0 ** np.arange(-N / 2, N / 2), rtol=1e-8
        )
    np.testing.assert_array_equal(
        nj.jacobian(f, x, method="central", abs_step=scale * 1e-4, sparsity=nj.sparse.banded(N, 0, 0)).toarray(),
        nj.jacobian(f, x, method="central", abs_step=scale * 1e-4),
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS))
def test_any_pattern(seed, method):
    """f that depends on just what a random pattern says; entries that are stored beside that are 0."""
    random = np.random.default_rng(seed)
    m, n = random.integers(1, 12, 2)
    P = random.random((m, n)) < random.choice([0.1, 0.3, 0.8])
    A = np.where(P, random.normal(size=(m, n)), 0.0)
    x = random.uniform(0.5, 2, n)

    def f(x):
        return np.array([np.sum(A[i, P[i]] * x[P[i]] ** 2) + 1 for i in range(m)])

    extra = P | (random.random((m, n)) < 0.1)
    J = nj.jacobian(f, x, method=method, sparsity=extra)
    assert J.nnz == extra.sum()
    D = nj.jacobian(f, x, method=method)
    np.testing.assert_array_equal(J.toarray()[P], D[P])
    assert not J.toarray()[~P].any()


# ---------------------------------------------------------------------------------------------------- shapes, formats


def test_shapes():
    x = X.reshape(4, 6)
    f = opaque(lambda x: band(x.reshape(-1)).reshape(6, 4))
    J = nj.jacobian(f, x, method="central", sparsity=BAND)
    same_bits(J, nj.jacobian(band, X, method="central"))
    assert nj.jacobian(opaque(np.sum), X, method="central", sparsity=np.ones((1, N))).shape == (1, N)
    assert nj.jacobian(opaque(lambda x: x * 2.0), 3.0, method="central", sparsity=[[1]]).toarray() == [[2.0]]


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_nothing_to_differentiate(method):
    assert nj.jacobian(lambda x: x[:0], X, method=method, sparsity=np.zeros((0, N))).shape == (0, N)
    assert nj.jacobian(lambda x: np.ones(3), np.zeros(0), method=method, sparsity=np.zeros((3, 0))).shape == (3, 0)
    J = nj.jacobian(lambda x: np.ones(3) + 0 * x[:3], X, method=method, sparsity=np.zeros((3, N)))
    assert (J.shape, J.nnz) == ((3, N), 0)


def test_the_order_of_entries_is_that_of_the_user():
    row, column = np.array([2, 0, 1, 0]), np.array([1, 2, 0, 0])
    f = opaque(lambda x: np.array([x[0] * x[2], x[0] ** 2, np.sin(x[1])]))
    x = np.array([1.0, 2.0, 3.0])
    values = nj.jacobian(f, x, method="central")[row, column]
    J = nj.jacobian(f, x, method="central", sparsity=(row, column), format="coo")
    np.testing.assert_array_equal(J.data, values)
    np.testing.assert_array_equal(J.coords, [row, column])
    csr = nj.jacobian(f, x, method="central", sparsity=(row, column))
    np.testing.assert_array_equal(csr.indices, [2, 0, 0, 1])  # in a row, as they were named
    csc = nj.jacobian(f, x, method="central", sparsity=(row, column), format="csc")
    assert isinstance(csc, sparse.csc_array)
    np.testing.assert_array_equal(csc.toarray(), csr.toarray())
    with pytest.raises(OptionError, match="format='dense': expected one of 'csr', 'csc', 'coo'"):
        nj.Jacobian(f, sparsity=BAND, format="dense")


def test_zeros_stay():
    """A derivative that is 0 here may be another elsewhere: the pattern is the same at all points."""
    P = nj.jacobian(lambda x: x**2 * np.cos(0 * x), np.zeros(3), sparsity=nj.sparse.banded(3, 1, 1))
    assert (P.nnz, P.count_nonzero()) == (7, 0)
    stored = sparse.csr_array((np.zeros(3), ([0, 1, 2], [0, 1, 2])))
    assert nj.jacobian(opaque(np.square), [1.0, 2.0, 3.0], sparsity=stored).nnz == 3


def test_without_scipy(monkeypatch):
    D = nj.jacobian(band, X, method="central", sparsity=BAND)
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    for method in ("central", "auto"):
        data, indices, indptr = nj.jacobian(band, X, method=method, sparsity=BAND)
        np.testing.assert_allclose(data, D.data, rtol=1e-8)
        np.testing.assert_array_equal(indices, D.indices)
        np.testing.assert_array_equal(indptr, D.indptr)
    (data, indices, indptr), report = nj.jacobian(band, X, sparsity="detect", full_output=True)
    assert data.size == BAND.nnz
    assert "entries: " in repr(report)
    plan = nj.Jacobian(band, sparsity="detect")
    assert plan(X)[0].size == plan(X)[0].size == plan(X)[0].size == BAND.nnz
    _, places = nj.jacobian(band, X, sparsity=BAND, format="coo")
    np.testing.assert_array_equal(places, (BAND.row, BAND.column))
    with pytest.raises(OptionError, match=r"numjac\[sparse\]"):
        nj.linear_operator(band, X)


def test_results_are_fresh():
    plan = nj.Jacobian(opaque(band), method="central", sparsity=BAND)
    first = plan(X)
    expected = first.toarray()
    first.data[:], first.indices[:], first.indptr[:] = 0, 0, 0
    np.testing.assert_array_equal(plan(X).toarray(), expected)
    given = sparse.csr_array(BAND.toarray())
    plan = nj.Jacobian(opaque(band), method="central", sparsity=given)
    given.indices[:] = 0
    np.testing.assert_array_equal(plan(X).toarray(), expected)


def test_value_and_jacobian():
    f = counted(opaque(band))
    y, J = nj.value_and_jacobian(f, X, method="forward", sparsity=BAND)
    np.testing.assert_array_equal(y, band(X))
    same_bits(J, nj.jacobian(band, X, method="forward"))
    assert f.calls == 1 + 4 + 1
    calls = f.calls
    nj.jacobian(f, X, f0=y, method="forward", sparsity=BAND)
    assert f.calls == calls + 4 + 1


# ---------------------------------------------------------------------------------------------------- planned objects


def test_a_planned_object_keeps_what_it_found():
    plan = nj.Jacobian(opaque(band), method="central", sparsity=BAND)
    expected = [nj.jacobian(band, x, method="central") for x in (X, X + 1, 2 * X)]
    for x, D in zip((X, X + 1, 2 * X), expected, strict=True):
        same_bits(plan(x), D)
    (layout,) = plan.columns.plans.values()
    again = pickle.loads(pickle.dumps(plan))
    same_bits(again(X), expected[0])
    (kept,) = again.columns.plans.values()
    assert repr(kept.coloring) == repr(layout.coloring) == f"{N} columns in 4 colours, bound 4, natural"
    results = [None] * 8

    def work(k):
        results[k] = plan(X).toarray()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, expected[0])


def test_a_planned_object_knows_many_sizes():
    plan = nj.Jacobian(opaque(lambda x: x**2), method="central", sparsity="detect")
    for n in (3, 5, 3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PatternWarning)
            np.testing.assert_allclose(plan(np.arange(1.0, n + 1)).diagonal(), 2 * np.arange(1.0, n + 1), rtol=1e-9)


# ----------------------------------------------------------------------------------------------- f is not to be trusted


def test_f_may_use_its_memory_again_and_write_into_x():
    buffer = np.empty(N)

    def careless(x):
        buffer[:] = band(x)
        x[:] = np.nan
        return buffer

    for method in ("adaptive", "central", "forward"):
        same_bits(nj.jacobian(opaque(careless), X, method=method, sparsity=BAND), nj.jacobian(band, X, method=method))


def test_errors_of_f_name_the_columns():
    def f(x):
        if x[5] != X[5] and x[4] == X[4]:  # of another colour; the proof moves both
            raise ArithmeticError("not there")
        return band(x)

    for method in ("central", "adaptive"):
        with pytest.raises(ArithmeticError) as caught:
            nj.jacobian(opaque(f), X, method=method, noise=0, sparsity=BAND)
        assert "moved at once" in caught.value.__notes__[0]
    with pytest.raises(nj.errors.ShapeError, match=r"moved at once"):
        nj.jacobian(opaque(lambda x: band(x)[: N - (x[0] != X[0])]), X, method="central", sparsity=BAND)


def test_what_is_not_finite_is_nan_and_told():
    f = opaque(lambda x: np.where(np.arange(N) == 3, np.nan, band(x)))
    for method in ("central", "adaptive", "forward"):
        with pytest.warns(NonFiniteWarning, match=r"4 of \d+ entries are NaN; the first is the derivative of output 3"):
            J = nj.jacobian(f, X, method=method, sparsity=BAND)
        assert np.isnan(J.toarray()).sum() == 4
    edge = opaque(lambda x: np.sqrt(x))
    x = np.array([0.0, 1.0, 4.0])
    with pytest.warns(NonFiniteWarning), np.errstate(invalid="ignore"):
        J = nj.jacobian(edge, x, method="central", abs_step=1e-3, sparsity=nj.sparse.banded(3, 0, 0))
    assert np.isnan(J.toarray()).sum() == 1


# ----------------------------------------------------------------------------------------------- what a pattern lacks


@pytest.mark.parametrize("method", ["auto", *METHODS])
@pytest.mark.parametrize("lost", [[0], [5, 40], [17, 18, 19], [BAND.nnz - 1]])
def test_a_missing_entry_is_named(method, lost):
    kept = np.setdiff1d(np.arange(BAND.nnz), lost)
    f = band if method in ("auto", "complex") else opaque(band)
    with pytest.raises(PatternError) as caught:
        nj.jacobian(f, X, method=method, sparsity=(BAND.row[kept], BAND.column[kept]))
    error = caught.value
    assert error.missing.tolist() == sorted([int(BAND.row[k]), int(BAND.column[k])] for k in lost)
    assert set(BAND.row[lost].tolist()) <= set(error.rows.tolist())
    assert error.pattern == BAND
    assert f"({BAND.row[lost[0]]}, {BAND.column[lost[0]]})" in str(error)
    same_bits(nj.jacobian(f, X, method=method, sparsity=error.pattern), nj.jacobian(f, X, method=method))


@pytest.mark.parametrize("noise", [0, 1e-13])
@pytest.mark.parametrize("method", ["adaptive", "central"])
def test_a_missing_entry_is_named_where_the_noise_is_told(method, noise):
    with pytest.raises(PatternError) as caught:
        nj.jacobian(opaque(band), X, method=method, noise=noise, sparsity=nj.sparse.banded(N, 1, 1))
    assert caught.value.pattern == BAND


@pytest.mark.parametrize("method", ["auto", "adaptive", "central", "forward"])
def test_a_diagonal_for_a_band_is_no_pattern(method):
    """The scene of notes/field.md: others return numbers that are wrong, without a word."""
    f = band if method == "auto" else opaque(band)
    with pytest.raises(PatternError) as caught:
        nj.jacobian(f, X, method=method, sparsity=np.eye(N))
    assert caught.value.pattern == BAND


def test_a_missing_entry_of_some_columns():
    with pytest.raises(PatternError) as caught:
        nj.jacobian(opaque(band), X, method="central", sparsity=nj.sparse.banded(N, 0, 2), wrt=[3, 7, 3])
    assert caught.value.missing.tolist() == [[4, 3], [8, 7]]
    nj.jacobian(opaque(band), X, method="central", sparsity=caught.value.pattern, wrt=[3, 7, 3])


@given(st.integers(0, 2**32 - 1), st.sampled_from(["central", "forward", "adaptive"]))
def test_no_entry_of_any_size_is_lost(seed, method):
    """Rows and columns of very different scales; an entry counts if it is more than a thousandth of its row."""
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 40))
    P = random.random((n, n)) < 0.2
    P[np.arange(n), random.integers(0, n, n)] = True
    x = 10.0 ** random.uniform(-9, 9, n)
    A = np.where(P, random.uniform(0.5, 2, (n, n)) * random.choice([-1, 1], (n, n)), 0) / x
    A *= 10.0 ** random.uniform(-9, 9, (n, 1))
    f = opaque(lambda x: A @ x)
    nj.jacobian(f, x, method=method, sparsity=P)
    i, j = np.argwhere(P)[random.integers(P.sum())]
    bad = P.copy()
    bad[i, j] = False
    with pytest.raises(PatternError) as caught:
        nj.jacobian(f, x, method=method, sparsity=bad)
    assert caught.value.missing.tolist() == [[i, j]]
    np.testing.assert_array_equal(caught.value.pattern.toarray(), P)


@pytest.mark.parametrize("level", [1e-12, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("method", ["forward", "central", "adaptive"])
def test_noise_is_no_missing_entry(method, level):
    random = np.random.default_rng(0)
    shaking = opaque(lambda x: band(x) * (1 + level * random.normal(size=N)))
    hashed = opaque(lambda x: band(x) * (1 + level * np.sin(1e15 * np.sum(x) + np.arange(N))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in (shaking, hashed) * 5:
            for noise in (None, level * 10):
                nj.jacobian(f, X, method=method, noise=noise, sparsity=BAND)


def test_no_alarm_where_f_is_sharp_or_steps_are_long():
    kinked = opaque(lambda x: np.abs(x - X) + x)
    jumping = opaque(lambda x: np.floor(x * 1e3) + x)
    wavy = opaque(lambda x: np.sin(1e5 * x))
    diagonal = nj.sparse.banded(N, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for f in (kinked, jumping, wavy):
            for method, step in (("adaptive", {}), ("central", {}), ("forward", {}), ("central", {"rel_step": 0.1}),
                                 ("forward", {"abs_step": 0.5})):  # fmt: skip
                nj.jacobian(f, X, sparsity=diagonal, method=method, **step)


# -------------------------------------------------------------------------------------------- patterns that are found


def test_a_pattern_is_found_by_a_trace():
    for method in ("auto", "central", "adaptive", "complex"):
        J, report = nj.jacobian(band, X, method=method, sparsity="detect", full_output=True)
        assert J.nnz == BAND.nnz
        same_bits(J, nj.jacobian(band, X, method=method))
        assert report.nfev.by_kind["traced"] == 1


@pytest.mark.parametrize("method", ["adaptive", "central"])
def test_a_pattern_is_found_by_probing_and_that_is_told(method):
    f = opaque(counted(band))
    plan = nj.Jacobian(f, method=method, sparsity="detect", full_output=True)
    with pytest.warns(PatternWarning, match=r"found by probing \(NaN in each entry of x; each entry of x moved at 2 "):
        J, report = plan(X)
    assert J.nnz == BAND.nnz
    same_bits(J, nj.jacobian(band, X, method=method))
    assert report.nfev.by_kind["real"] == f.f.calls >= 3 * N + 3
    assert "by probing" in report.reason
    before = f.f.calls
    plan(X + 1)  # no warning, no probing
    assert f.f.calls - before < N


def test_probing_sees_what_one_way_alone_does_not():
    def deaf(x):
        """NaN is asked for in the first output, raises nothing; the second is flat at x, and the third a product."""
        return np.array([np.nan_to_num(x[0]), x[1] ** 2, x[2] * x[3], x[4]])

    x = np.array([1.0, 0.0, 0.0, 2.0, 1.0])
    with pytest.warns(PatternWarning):
        J = nj.jacobian(opaque(deaf), x, method="central", sparsity="detect")
    assert sorted(zip(*map(np.ndarray.tolist, J.tocoo().coords), strict=True)) == [
        (0, 0),
        (1, 1),
        (2, 2),
        (2, 3),
        (3, 4),
    ]

    def touchy(x):
        if np.isnan(x).any():
            raise ValueError("no numbers")
        return band(x)

    with pytest.warns(PatternWarning, match="f raises for NaN"):
        assert nj.jacobian(opaque(touchy), X, method="central", sparsity="detect").nnz == BAND.nnz
    with pytest.warns(PatternWarning, match=r"probing \(each entry"):  # NaN lies within no bounds
        nj.jacobian(opaque(touchy), X, method="central", sparsity="detect", bounds=(0.5, 3.0))


def test_a_pattern_that_was_found_is_completed_where_f_branches():
    def f(x):
        return np.array([x[0] * x[1] if x[0] > 1 else x[0], x[1]])

    plan = nj.Jacobian(opaque(f), method="central", sparsity="detect")
    with pytest.warns(PatternWarning):
        assert plan([0.2, 2.0]).nnz == 2
    np.testing.assert_allclose(plan([3.0, 2.0]).toarray(), [[2, 3], [0, 1]], rtol=1e-9)
    np.testing.assert_allclose(plan([0.2, 2.0]).toarray(), [[1, 0], [0, 1]], rtol=1e-9)


def test_large_and_sparse():
    """A million entries of x; a matrix of all would have eight terabytes."""
    n = 1_000_000
    pattern = nj.sparse.banded(n, 1, 1)
    x = np.linspace(1, 2, n)

    def f(x):
        y = 2 * x + x**3
        y[1:] -= x[:-1]
        y[:-1] -= x[1:]
        return y

    J = nj.jacobian(opaque(f), x, method="forward", sparsity=pattern)
    np.testing.assert_allclose(J.diagonal(), 2 + 3 * x**2, rtol=1e-6)
    np.testing.assert_allclose(J.diagonal(1), -1, rtol=1e-6)
    arrow = nj.jacobian(lambda x: np.concatenate([[np.sum(x**2)], x[1:] * x[0]]), x[:100_000], sparsity="detect")
    assert arrow.nnz == 299_998
