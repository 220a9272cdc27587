"""Sparse Hessians: by a trace, from a gradient, from values; and patterns that lack pairs."""

import pickle
import sys

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from opaque import opaque

import numjac as nj
from numjac.errors import OptionError, PatternError, PatternWarning, ShapeError

N = 8
X = np.linspace(1.0, 2.0, N)


def f(x):
    """A chain of neighbours, and one entry that is coupled with all."""
    return np.sum(x[1:] ** 2 * np.sin(x[:-1])) + x[0] * np.sum(x**3)


def g(x):
    y = 3 * x[0] * x**2
    y[0] += np.sum(x**3)
    y[1:] += 2 * x[1:] * np.sin(x[:-1])
    y[:-1] += x[1:] ** 2 * np.cos(x[:-1])
    return y


def exact(x=X):
    """The second derivatives, by hand."""
    H = np.diag(6 * x[0] * x)
    H[0] += 3 * x**2
    H[:, 0] += 3 * x**2
    i = np.arange(1, x.size)
    H[i, i] += 2 * np.sin(x[:-1])
    H[i - 1, i - 1] -= x[1:] ** 2 * np.sin(x[:-1])
    H[i, i - 1] += 2 * x[1:] * np.cos(x[:-1])
    H[i - 1, i] += 2 * x[1:] * np.cos(x[:-1])
    return H


P = nj.sparse.banded(N, 1, 1).union(np.r_[np.zeros(N, int), np.arange(N)], np.r_[np.arange(N), np.zeros(N, int)])

# What to pass, and how far an entry may be off: rounding, or what differences of that order leave. The largest entry
# is 26; errors are what was seen, times ten.
WAYS = {
    "trace": ({}, 1e-13),
    "analytic": ({"method": "analytic"}, 1e-13),
    "values": ({"method": "adaptive"}, 1e-8),
    "auto of a gradient": ({"gradient": g}, 1e-13),
    "analytic of a gradient": ({"gradient": g, "method": "analytic"}, 1e-13),
    "complex of a gradient": ({"gradient": g, "method": "complex"}, 1e-13),
    "adaptive of a gradient": ({"gradient": opaque(g), "method": "adaptive"}, 1e-10),
    "central of a gradient": ({"gradient": opaque(g), "method": "central"}, 1e-7),
    "forward of a gradient": ({"gradient": opaque(g), "method": "forward"}, 1e-5),
}
BY = pytest.mark.parametrize("way", WAYS)


def of(way):
    """A function that the way needs, or may not see through; the options; the tolerance."""
    options, tolerance = WAYS[way]
    return (opaque(f) if "gradient" in options or way == "values" else f), options, tolerance


# --------------------------------------------------------------------------------------------------- the same numbers


@BY
def test_it_is_the_dense_hessian_symmetric_bit_for_bit(way):
    function, options, tolerance = of(way)
    H, report = nj.hessian(function, X, sparsity=P, full_output=True, **options)
    assert type(H) is sparse.csr_array
    assert (H.nnz, H.dtype) == (P.nnz, np.float64)
    A = H.toarray()
    np.testing.assert_array_equal(A, A.T)
    np.testing.assert_allclose(A, exact(), rtol=0, atol=tolerance)
    np.testing.assert_allclose(A, nj.hessian(function, X, **options), rtol=0, atol=2 * tolerance)
    assert (abs(A - exact()) <= report.error.toarray()).all()
    if "gradient" in options or way == "values":  # a trace errs by a part of the largest entry of each row
        np.testing.assert_array_equal(report.error.toarray(), report.error.toarray().T)
    assert (report.flags.toarray() == 0).all()
    assert report.step.shape == (N,)


@BY
@pytest.mark.parametrize("wrt", [[3, 0, 3, 1], [], np.arange(N) % 2 == 0, [-1], [N - 1, 0]])
def test_some_rows_and_columns(way, wrt):
    function, options, tolerance = of(way)
    H, report = nj.hessian(function, X, sparsity=P, wrt=wrt, full_output=True, **options)
    k = np.arange(N)[wrt]
    A, D = H.toarray(), exact()[np.ix_(k, k)]
    assert A.shape == (k.size, k.size)
    assert H.nnz == P.toarray()[np.ix_(k, k)].sum()
    np.testing.assert_array_equal(A, A.T)
    np.testing.assert_allclose(A, D, rtol=0, atol=tolerance)
    assert (abs(A - D) <= report.error.toarray()).all()


@BY
def test_pairs_that_are_stored_beside_are_zero(way):
    function, options, tolerance = of(way)
    H = nj.hessian(function, X, sparsity=np.ones((N, N)), **options)
    assert H.nnz == N * N
    np.testing.assert_allclose(H.toarray(), exact(), rtol=0, atol=tolerance)


@BY
def test_formats_and_shapes(way):
    function, options, tolerance = of(way)
    expected = nj.hessian(function, X, sparsity=P, **options).toarray()
    for name in ("csr", "csc", "coo"):
        H = nj.hessian(function, X, sparsity=P, format=name, **options)
        assert type(H) is getattr(sparse, f"{name}_array")
        np.testing.assert_array_equal(H.toarray(), expected)
    if "gradient" in options:
        inner = options["gradient"]
        wide = type(inner)(lambda x: g(x.reshape(-1)).reshape(2, -1)) if isinstance(inner, type(opaque(g))) else None
        options = options | {"gradient": wide or (lambda x: g(x.reshape(-1)).reshape(2, -1))}
    H = nj.hessian(lambda x: f(x.reshape(-1)), X.reshape(2, -1), sparsity=P, **options)
    np.testing.assert_allclose(H.toarray(), expected, rtol=0, atol=2 * tolerance)


def test_scalars_and_nothing():
    for options in ({}, {"method": "adaptive"}, {"gradient": np.cos}):
        H = nj.hessian(np.sin, 1.0, sparsity=[[1]], **options)
        np.testing.assert_allclose(H.toarray(), [[-np.sin(1.0)]], rtol=1e-11)  # what differences leave
    for options in ({}, {"method": "adaptive"}, {"gradient": lambda x: 1.0 * x}):
        H = nj.hessian(lambda x: np.sum(x), np.zeros(0), sparsity=np.zeros((0, 0)), **options)
        assert (H.shape, H.nnz, H.dtype) == ((0, 0), 0, np.float64)


@pytest.mark.parametrize("options", [{}, {"method": "adaptive"}, {"gradient": lambda x: np.ones(3)}])
def test_what_does_not_bend_has_a_hessian_of_floats(options):
    H = nj.hessian(lambda x: np.sum(x), [1.0, 2.0, 3.0], sparsity=np.zeros((3, 3)), **options)
    assert (H.shape, H.nnz, H.dtype) == ((3, 3), 0, np.float64)
    if "method" not in options:
        assert nj.hessian(lambda x: np.sum(x), [1.0, 2.0, 3.0], sparsity="detect", **options).dtype == np.float64


def test_other_numbers():
    narrow = opaque(lambda x: np.sum(x**3))
    x = np.array([1.0, 2.0, 3.0], np.float32)
    for options in ({}, {"gradient": opaque(lambda x: 3 * x**2)}):
        H = nj.hessian(narrow, x, sparsity=np.eye(3), **options)
        assert H.dtype == np.float32
        np.testing.assert_allclose(H.diagonal(), 6 * x, rtol=1e-3)  # a third of the digits of float32, and some more
    z = np.array([1.0, 2.0]) + 1j
    H = nj.hessian(opaque(lambda z: np.sum(z**3)), z, sparsity=np.eye(2), gradient=opaque(lambda z: 3 * z**2))
    np.testing.assert_allclose(H.diagonal(), 6 * z, rtol=1e-9)
    H = nj.hessian(lambda x: 1j * np.sum(x**3), [1.0, 2.0], sparsity=np.eye(2))
    np.testing.assert_allclose(H.diagonal(), [6j, 12j], rtol=1e-9)


def test_without_scipy(monkeypatch):
    D = nj.hessian(f, X, sparsity=P)
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    data, indices, indptr = nj.hessian(f, X, sparsity=P)
    np.testing.assert_array_equal(data, D.data)
    np.testing.assert_array_equal(indices, D.indices)
    np.testing.assert_array_equal(indptr, D.indptr)


# -------------------------------------------------------------------------------------------------------- few calls


def test_an_arrow_takes_two_colours(counted):
    n = 300
    x = np.linspace(1, 2, n)
    arrow = np.eye(n)
    arrow[0] = arrow[:, 0] = 1

    def slope(x):
        y = 2 * x * x[0]
        y[0] = np.sum(x**2) + 2 * x[0] ** 2
        return y

    H = np.diag(np.full(n, 2 * x[0]))
    H[0] = H[:, 0] = 2 * x
    H[0, 0] = 6 * x[0]
    assert nj.sparse.coloring(arrow, symmetric=True).count == 2
    assert nj.sparse.coloring(arrow).count == n
    # The gradient at x, two colours, and what proves that no pair is missing.
    for method, calls, tolerance in (("forward", 4, 1e-4), ("central", 7, 1e-6), ("complex", 5, 1e-12)):
        gradient = counted(slope)
        found = nj.hessian(opaque(lambda x: x[0] * np.sum(x**2)), x, gradient=gradient, sparsity=arrow, method=method)
        assert gradient.calls <= calls
        np.testing.assert_allclose(found.toarray(), H, rtol=0, atol=tolerance)


def test_values_are_taken_of_the_pairs_that_are_named_alone(counted):
    n = 60
    function = counted(opaque(lambda x: np.sum(x[1:] ** 2 * x[:-1])))
    H = nj.hessian(function, np.linspace(1, 2, n), sparsity=nj.sparse.banded(n, 1, 1), method="adaptive")
    assert H.nnz == 3 * n - 2
    assert function.calls <= 6 * (2 * n - 1) + 10  # six for each entry of one triangle, and what shows the noise


# -------------------------------------------------------------------------------------------- patterns that are found


def test_a_pattern_is_found():
    for options in ({}, {"gradient": g}, {"gradient": g, "method": "central"}, {"gradient": g, "method": "adaptive"}):
        H = nj.hessian(f, X, sparsity="detect", **options)
        assert H.nnz == P.nnz
        np.testing.assert_array_equal((H - H.T).toarray(), 0)
        np.testing.assert_allclose(H.toarray(), exact(), rtol=0, atol=1e-7)
    with pytest.warns(PatternWarning):
        H = nj.hessian(f, X, sparsity="detect", gradient=opaque(g))
    assert H.nnz == P.nnz
    for options in ({"method": "adaptive"}, {}):
        with pytest.raises(OptionError, match=r"needs a trace of f or gradient=; give the pattern"):
            nj.hessian(opaque(f), X, sparsity="detect", **options)


def test_a_pattern_that_was_found_follows_the_branches_of_f():
    def branched(x):
        return x[0] * x[1] ** 2 if x[0] > 1 else x[0] ** 2 + x[1] ** 2

    def slope(x):
        return np.array([x[1] ** 2, 2 * x[0] * x[1]]) if x[0] > 1 else np.array([2 * x[0], 2 * x[1]])

    expected = [([0.5, 1.0], [[2, 0], [0, 2]]), ([2.0, 1.0], [[0, 2], [2, 4]]), ([0.5, 1.0], [[2, 0], [0, 2]])]
    for plan in (nj.Hessian(branched, sparsity="detect"), nj.Hessian(branched, sparsity="detect", gradient=slope)):
        for x, H in expected * 2:
            np.testing.assert_array_equal(plan(x).toarray(), H)
    plan = nj.Hessian(branched, sparsity="detect", gradient=opaque(slope), method="central")
    for k, (x, H) in enumerate(expected * 2):
        if k == 0:
            with pytest.warns(PatternWarning):
                found = plan(x)
        else:
            found = plan(x)
        np.testing.assert_allclose(found.toarray(), H, rtol=0, atol=1e-8)


# ---------------------------------------------------------------------------------------------------- planned objects


@BY
def test_planned_objects_at_many_points(way):
    function, options, tolerance = of(way)
    plan = nj.Hessian(function, sparsity=P, **options)
    for x in (X, X + 0.25, X / 2, X):
        H = plan(x)
        np.testing.assert_array_equal((H - H.T).toarray(), 0)
        np.testing.assert_allclose(H.toarray(), exact(x), rtol=0, atol=2 * tolerance)
        H.data[:], H.indices[:] = 0, 0  # which is nobody else's
    assert repr(plan).startswith("Hessian(")


def test_pickles():
    for options in ({}, {"gradient": g}, {"gradient": g, "method": "central"}, {"method": "adaptive"}):
        plan = nj.Hessian(f, sparsity=P, **options)
        for again in (pickle.loads(pickle.dumps(plan)), plan, pickle.loads(pickle.dumps(plan))):
            np.testing.assert_array_equal(again(X).toarray(), plan(X).toarray())


# ----------------------------------------------------------------------------------------------- what a pattern lacks


def sum_of(S):
    """A function that bends in the pairs of a symmetric matrix, and its gradient."""
    i, j = np.nonzero(np.triu(S))
    c, k = np.linspace(1, 2, i.size), np.arange(i.size)

    def function(x):
        return np.sum(c * np.sin(x[i] + x[j] / 2))

    def slope(x):
        A = np.zeros((x.size, i.size))
        A[i, k] += 1
        A[j, k] += 0.5
        return A @ (c * np.cos(x[i] + x[j] / 2))

    return function, slope


LACKING = [
    {},
    {"method": "adaptive"},
    *({"gradient": True, "method": m} for m in ("auto", "analytic", "complex", "adaptive", "central", "forward")),
]


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from(LACKING), st.sampled_from([None, 0]))
def test_any_pair_that_is_missing_is_named(seed, options, noise):
    random = np.random.default_rng(seed)
    n = int(random.integers(2, 10))
    S = random.random((n, n)) < random.choice([0.1, 0.3, 0.6])
    S |= S.T | np.eye(n, dtype=bool)
    x = random.uniform(0.3, 1, n)
    function, slope = sum_of(S)
    D = nj.hessian(function, x)
    if "gradient" in options:
        shut = options["method"] in ("adaptive", "central", "forward")
        options = options | {"gradient": opaque(slope) if shut else slope}
    if options:
        function = opaque(function)
    good = nj.hessian(function, x, sparsity=S, noise=noise, **options)
    np.testing.assert_allclose(good.toarray(), D, rtol=0, atol=1e-5)  # of forward differences; entries are 2 or so
    i, j = np.argwhere(S)[random.integers(S.sum())]
    bad = S.copy()
    bad[i, j] = bad[j, i] = False
    with pytest.raises(PatternError) as caught:
        nj.hessian(function, x, sparsity=bad, noise=noise, **options)
    assert list(map(tuple, caught.value.missing)) == sorted({(i, j), (j, i)})
    assert f"({min(i, j)}, {max(i, j)})" in str(caught.value)
    assert caught.value.pattern.symmetric
    np.testing.assert_array_equal(caught.value.pattern.toarray(), S)


def test_a_missing_pair_is_no_matter_of_error_bars():
    """The columns of one colour have steps of their own, and what mixes them up looks as if it had no slope at all."""
    S = np.eye(5, dtype=bool)
    S[0, 3] = S[3, 0] = True
    function, slope = sum_of(S)
    for seed in range(10):
        x = np.random.default_rng(seed).uniform(0.3, 1, 5)
        hessian = nj.Hessian(opaque(function), gradient=opaque(slope), sparsity=np.eye(5), method="adaptive")
        for plan in (hessian, nj.Jacobian(opaque(slope), sparsity=np.eye(5), method="adaptive")):
            with pytest.raises(PatternError) as caught:
                plan(x)
            assert caught.value.missing.tolist() == [[0, 3], [3, 0]]


@BY
def test_a_pair_that_is_missing_among_those_that_are_wanted(way):
    function, options, _ = of(way)
    kept = (P.row != 4) | (P.column != 3)
    kept &= (P.row != 3) | (P.column != 4)
    bad = (P.row[kept], P.column[kept])
    for wrt in ([4, 3, 4, 0], [4], None):
        if way == "values" and wrt == [4]:
            continue  # where nothing but x[4] is moved, and no pair of two seen
        with pytest.raises(PatternError) as caught:
            nj.hessian(function, X, sparsity=bad, wrt=wrt, **options)
        assert caught.value.missing.tolist() == [[3, 4], [4, 3]]
        assert caught.value.pattern == P
        nj.hessian(function, X, sparsity=caught.value.pattern, wrt=wrt, **options)


# ------------------------------------------------------------------------------------------------------ what is refused


@BY
def test_patterns_that_are_not_symmetric_or_of_another_shape_are_refused(way):
    function, options, _ = of(way)
    with pytest.raises(OptionError, match=r"a Hessian is symmetric, found \(1, 0\) without \(0, 1\)"):
        nj.hessian(function, X, sparsity=np.tri(N), **options)
    more = P.toarray()
    more[0, 7] = False
    with pytest.raises(OptionError, match=r"a Hessian is symmetric, found \(7, 0\) without \(0, 7\)"):
        nj.hessian(function, X, sparsity=more, **options)
    for wrong in (np.ones((N, N + 1)), np.ones((N + 1, N + 1))):
        with pytest.raises(OptionError, match=r"expected \(8, 8\), the sizes of f\(x\) and x"):
            nj.hessian(function, X, sparsity=wrong, **options)


def test_more_than_one_output_is_refused():
    for options in ({}, {"method": "adaptive"}):
        for function in (lambda x: x**2, lambda x: np.ones((0, 2)) * x[0]):
            with pytest.raises(OptionError, match="a sparse Hessian is one of a scalar f"):
                nj.hessian(function, X, sparsity=P, **options)
    with pytest.raises(ShapeError, match=r"gradient returned shape \(8,\), expected \(8, 8\)"):
        nj.hessian(lambda x: x**2, X, sparsity=P, gradient=g)
    with pytest.raises(OptionError):
        nj.hessian(lambda x: x**2, X, sparsity=P, gradient=lambda x: np.diag(2 * x))


def test_other_methods_are_refused():
    with pytest.raises(OptionError, match="a sparse Hessian from values of f has 'analytic' and 'adaptive'"):
        nj.Hessian(f, sparsity=P, method="complex")
    with pytest.raises(OptionError, match="format='lil'"):
        nj.Hessian(f, sparsity=P, format="lil")
