"""The analytic way: what the tracer keeps, what it refuses, and what is believed."""

import copy
import pickle

import corpus
import numpy as np
import pytest
from test_corpus import assert_agrees

import numjac as nj
from numjac.analytic.tracing import trace
from numjac.errors import NotElementwiseError, OptionError, ShapeError, TraceError

X = np.array([0.7, -1.3, 2.1])


def analytic(f, x=X, **options):
    return nj.jacobian(f, x, method="analytic", full_output=True, **options)


# ------------------------------------------------------------------------------------------ public functions


def traced(piece):
    try:
        return nj.jacobian(piece.f, piece.x, method="analytic", full_output=True)
    except nj.NumjacError:
        return None


@pytest.mark.filterwarnings("ignore")
def test_public_functions_are_traced_and_never_silently_wrong():
    """Of the pieces that need NumPy alone; whatever is traced is right."""
    pieces = [piece for piece in corpus.pieces() if not piece.name.startswith("from_")]
    found = {piece.name: traced(piece) for piece in pieces}
    for piece in pieces:
        if found[piece.name] is not None:
            J, report = found[piece.name]
            assert_agrees(J, piece, own=report.error)
    attempts = [result[1].trace.attempt for result in found.values() if result is not None]
    assert len(attempts) / len(pieces) >= 0.98
    assert attempts.count("A") / len(pieces) >= 0.75


# ------------------------------------------------------------------------------------------------- structure

A = np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 4.0]])

STRUCTURES = {
    "B4, an operation with a constant": (lambda x: np.exp(x) * [1, 2, 3], "diagonal"),
    "B5, x + c": (lambda x: x + np.array([1.0, 2.0, 3.0]), "identity"),
    "B6, c o x": (lambda x: np.array([1.0, 2.0, 3.0]) * x, "diagonal"),
    "B6, c x": (lambda x: 3 * x, "scaled identity"),
    "a permutation": (lambda x: x[::-1], "permutation"),
    "a selection": (lambda x: x[1:], "selection"),
    "differences": (np.diff, "sparse, up to 2 entries a row"),
    "a constant": (lambda x: np.ones(2), "zero"),
    "B10, A x": (lambda x: A @ x, "dense"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_report_names_the_structure(name):
    f, structure = STRUCTURES[name]
    assert analytic(f)[1].structure == structure


def test_b10_no_product_is_spent_on_a_matrix():
    """The Jacobian has the bits of A, which a product with the identity could not promise; and it is a copy."""
    J, _ = analytic(lambda x: A @ x)
    assert J.tobytes("C") == A.tobytes("C")
    J[...] = 7
    assert A[0, 0] == 1


def test_sparse_results_are_those_of_scipy():
    f = lambda x: np.concatenate([np.diff(x) ** 2, x[:1] * x[2:]])  # noqa: E731
    x = np.linspace(1, 2, 3)
    J, report = nj.jacobian(f, x, sparsity="detect", full_output=True)
    np.testing.assert_array_equal(J.toarray(), analytic(f, x)[0])
    assert (J.shape, J.nnz, report.method) == ((3, 3), 6, "analytic")
    np.testing.assert_array_equal(nj.jacobian(f, x, sparsity="detect", wrt=[2, 0]).toarray(), J.toarray()[:, [2, 0]])
    H = nj.hessian(lambda x: np.sum(np.diff(x) ** 4), x, sparsity="detect")
    np.testing.assert_allclose(H.toarray(), nj.hessian(lambda x: np.sum(np.diff(x) ** 4), x), rtol=1e-14)
    assert (abs(H - H.T)).nnz == 0
    with pytest.raises(OptionError, match="sparsity"):
        nj.Jacobian(f, sparsity="guess")


# ------------------------------------------------------------------------------------------- buffers and views


def filled(x):
    y = x * 2
    view = y[1:]
    view[0] = x[0] ** 2
    y[0] += view[1]
    return y


def shifted(x):
    f = (3 - 2 * x) * x + 1
    f[1:] -= x[:-1]
    f[:-1] -= 2 * x[1:]
    return f


def masked(x):
    q = 1 / (1 + x * x)
    q[x < 0] = 0
    q /= q.sum()
    return q


def sorted_in_place(x):
    y = x.copy()
    y.sort()
    y.T[...] *= 3
    return y


def reused(x):
    work = x * 1.0
    first = work * x
    work[:] = 0
    return first + work


def overwritten(x):
    x *= 2
    x[0] = x[1] * x[2]
    return x


def transposed_block(x):
    M = np.stack([x, x * x, np.sin(x)])
    M.T[0] = x
    M[1:, 1:] *= M[:-1, :-1]
    return M


BUFFERS = [filled, shifted, masked, reused, overwritten, transposed_block]


@pytest.mark.parametrize("f", BUFFERS, ids=lambda f: f.__name__)
def test_buffers_are_written_to_as_numpy_has_them(f):
    J, report = analytic(f)
    exact, judged = nj.jacobian(f, X, method="adaptive", order=8, full_output=True)
    assert (np.abs(J - exact) <= judged.error + report.error).all()
    assert X.tolist() == [0.7, -1.3, 2.1]


def test_what_is_sorted_in_place_is_a_permutation():
    np.testing.assert_array_equal(analytic(sorted_in_place)[0], 3 * np.eye(3)[[1, 0, 2]])


# ------------------------------------------------------------------------------------------------- what is lost

LOST = {
    "float": lambda x: np.array([float(x[0])]),
    "int": lambda x: x * int(x[2]),
    "index": lambda x: np.arange(9)[x[2].__index__() if type(x) is not np.ndarray else 2] * x,
    "round": lambda x: round(x[0], 3) * x,
    "math": lambda x: np.array([__import__("math").sin(x[0])]),
    "str": lambda x: float(str(x[0])) * x,
    "format": lambda x: float(f"{x[0]:.17g}") * x,
    "repr": lambda x: len(repr(x)) * x,
    "hash": lambda x: {x[0]: x[1]}[x[0]] * x,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "astype": lambda x: x.astype(np.float32),
    "tobytes": lambda x: np.frombuffer(x.tobytes()),
    "view": lambda x: x.view(np.int64).view(float),
    "strides": lambda x: np.lib.stride_tricks.as_strided(x, (2, 2), x.strides * 2),
    "as_strided": lambda x: np.lib.stride_tricks.as_strided(x, (2, 2), (8, 8)),
    "complex": lambda x: complex(x[0]).real * x,
}


@pytest.mark.parametrize("name", LOST)
def test_what_leaves_the_trace_is_refused_with_the_line(name):
    with pytest.raises(TraceError, match=r"takes a number out of the trace, in <lambda> at .*test_analytic\.py:\d+"):
        analytic(LOST[name], rebind=False)


def test_a_refusal_is_remembered_though_f_catches_it():
    def f(x):
        try:
            return np.array([float(x[0]) ** 2])
        except TypeError:
            return np.array([0.0 * x[0]])

    with pytest.raises(TraceError, match=r"float\(\.\.\.\)"):
        analytic(f, rebind=False)
    np.testing.assert_allclose(nj.jacobian(f, X), [[1.4, 0, 0]], atol=1e-9)


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (np.abs, [0.0, 1.0], "kink"),
        (lambda x: np.maximum(x, x[::-1]), [1.0, 1.0], "kink"),
        (np.sort, [1.0, 1.0], "tie"),
        (lambda x: x if x[0] < 1 else x * x, [1.0, 2.0], "tie"),
        (np.floor, [1.0, 2.5], "kink"),
    ],
)
def test_ties_and_kinks_are_handed_over(f, x, why):
    with pytest.raises(TraceError, match=why):
        analytic(f, x)


def test_dead_tracers_are_plain_numbers():
    kept = []

    def f(x):
        if not isinstance(x, np.ndarray):
            kept[:] = [x, x[0], x * 2]
        return x * x

    analytic(f)
    array, number, double = kept
    assert float(number) == X[0] == number
    assert hash(number) == hash(float(X[0]))
    assert np.asarray(array).tolist() == X.tolist()
    assert np.asarray(number).dtype == float
    assert (double + 1).tolist() == (2 * X + 1).tolist()
    assert np.sin(number) == np.sin(X[0])
    assert pickle.loads(pickle.dumps(array)).tolist() == X.tolist()
    assert copy.deepcopy(number) == X[0]
    assert str(number) == str(X[0])


# --------------------------------------------------------------------------------------------------- the guards


def test_a_wrong_trace_is_found_by_the_direction():
    def f(x):
        return x * (1.0 if isinstance(x, np.ndarray) else 1.0 + 0 * x[0]) + hidden(x)

    def hidden(x):
        return np.sin(X) if not isinstance(x, np.ndarray) and np.shape(x) else np.sin(x)

    with pytest.raises(nj.NumjacError, match="the trace is wrong"):
        analytic(f)
    np.testing.assert_allclose(nj.jacobian(f, X), np.diag(1 + np.cos(X)), atol=1e-9)


def test_a_planned_object_verifies_at_calls_far_apart(counted):
    f = counted(lambda x: np.array([x[0] * x[1], np.sin(x[2])]))
    planned, calls = nj.Jacobian(f), []
    for _ in range(17):
        before = f.calls
        J = planned(X)
        calls.append(f.calls - before)
        np.testing.assert_array_equal(J, [[X[1], X[0], 0], [0, 0, np.cos(X[2])]])
    long = [k for k, n in enumerate(calls) if n > 1]
    assert long[0] == 0
    assert set(long[1:]) <= {1, 2, 3, 4, 7, 8, 15, 16}
    assert len(long) <= 8
    assert calls[5] == 1, "a trace alone"


def test_another_branch_is_another_trace(counted):
    f = counted(lambda x: np.array([x[0] ** 2 if x[0] > 0 else -x[0]]))
    planned = nj.Jacobian(f)
    for _ in range(5):
        planned(np.array([2.0]))
    before = f.calls
    np.testing.assert_array_equal(planned(np.array([-2.0])), [[-1]])
    assert f.calls - before > 1, "it was verified"


def test_a_closure_that_changes_is_seen():
    state = [2.0]
    planned = nj.Jacobian(lambda x: state[0] * x)
    for factor in (2.0, 3.0, 4.0, 5.0, 6.0):
        state[0] = factor
        np.testing.assert_array_equal(planned(X), factor * np.eye(3))


def test_nan_of_a_branch_that_is_not_taken():
    def f(x):
        with np.errstate(invalid="ignore"):
            return np.where(x > 0, np.sqrt(x), 0 * x)

    with np.errstate(invalid="ignore"):
        J, _ = analytic(f)
    np.testing.assert_allclose(J, np.diag(np.where(X > 0, 0.5 / np.sqrt(np.abs(X)), 0)))


def test_elementwise_derivatives_are_held_to_it():
    np.testing.assert_array_equal(nj.derivative(np.square, X, method="analytic"), 2 * X)
    with pytest.raises(NotElementwiseError, match="use jacobian"):
        nj.derivative(lambda x: x + x[::-1], X, method="analytic")


def test_what_is_not_traced_says_so():
    for f, x, why in [(np.exp, X + 1j, "complex128"), (np.exp, np.float32(X), "float32"), (np.exp, [np.inf], "finite")]:
        with pytest.raises(TraceError, match=why):
            analytic(f, x)
    with pytest.raises(TraceError, match="vectorized"):
        analytic(np.exp, X, vectorized=True)
    for options in ({"order": 2}, {"abs_step": 0.1}):
        with pytest.raises(OptionError, match="analytic derivative"):
            analytic(np.exp, X, **options)


# ---------------------------------------------------------------------------------------------- foundations


def matrix(t):
    return np.array([[np.cos(t), t**2], [np.exp(t), 1 / t]])


def other(t):
    return np.array([[t, 1.0], [np.sin(t), t**3]])


def test_a2_to_a5_function_matrices():
    t, d = 0.8, lambda f: nj.derivative(f, 0.8, method="analytic")
    np.testing.assert_allclose(d(lambda t: matrix(t) + other(t)), d(matrix) + d(other), rtol=1e-15)
    k, dk = np.exp(-t), -np.exp(-t)
    np.testing.assert_allclose(d(lambda t: np.exp(-t) * matrix(t)), dk * matrix(t) + k * d(matrix), rtol=1e-14)
    product = d(matrix) @ other(t) + matrix(t) @ d(other)
    np.testing.assert_allclose(nj.derivative(lambda t: matrix(t) @ other(t), t), product, rtol=1e-14)
    inner = nj.derivative(matrix, np.sin(0.8), method="analytic")
    np.testing.assert_allclose(d(lambda t: matrix(np.sin(t))), np.cos(t) * inner, rtol=1e-14)


def test_a10_and_b11_sums():
    f, g = (lambda X: X @ X.T), (lambda X: np.outer(X[0], X[1]))
    M = np.arange(1.0, 10).reshape(3, 3)
    both = analytic(lambda X: f(X) + g(X), M, layout="block")[0]
    np.testing.assert_array_equal(both, analytic(f, M, layout="block")[0] + analytic(g, M, layout="block")[0])


def test_b1_to_b3_and_b7_to_b9_rules_for_vectors():
    u, v = (lambda x: np.sin(x) * x[0]), (lambda x: A.T @ (A @ x))
    Ju, Jv = analytic(u)[0], analytic(v)[0]
    np.testing.assert_allclose(analytic(lambda x: u(v(x)))[0], analytic(u, v(X))[0] @ Jv, rtol=1e-13)
    total = np.diag(v(X)) @ Ju + np.diag(u(X)) @ Jv
    np.testing.assert_allclose(analytic(lambda x: u(x) * v(x))[0], total, rtol=1e-13)
    row = v(X) @ Ju + u(X) @ Jv
    np.testing.assert_allclose(analytic(lambda x: u(x) @ v(x))[0], row, rtol=1e-13)
    np.testing.assert_array_equal(analytic(lambda x: x @ x)[0], 2 * X)
    w = np.array([0.1, 0.2, -0.3])
    np.testing.assert_allclose(nj.jvp(u, X, w, method="analytic"), Ju @ w, rtol=1e-14)
    np.testing.assert_allclose(nj.vjp(u, X, w, method="analytic"), w @ Ju, rtol=1e-14)


def test_c3_the_table():
    d = lambda f: nj.derivative(f, 1.3, method="analytic")  # noqa: E731
    assert d(lambda x: 5.0) == 0
    assert d(lambda x: x**7) == pytest.approx(7 * 1.3**6, rel=1e-15)
    assert d(lambda x: 3.0**x) == pytest.approx(3**1.3 * np.log(3), rel=1e-15)
    assert d(np.log) == 1 / 1.3
    assert d(np.sin) == np.cos(1.3)


def test_c9_and_c10_linear_forms_in_both_layouts():
    a = np.array([1.0, -2.0, 3.0])
    for f in (lambda x: a @ x, lambda x: x @ a):
        np.testing.assert_array_equal(analytic(f)[0], a)
        np.testing.assert_array_equal(analytic(f, layout="denominator")[0].ravel(), a)
    np.testing.assert_array_equal(analytic(lambda x: A @ x)[0], A)
    np.testing.assert_array_equal(analytic(lambda x: A @ x, layout="denominator")[0], A.T)


# --------------------------------------------------------------------------------------------- second order

SCALAR = {
    "rosenbrock": lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    "in a loop": lambda x: sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(2)),
    "numbers": lambda x: np.sin(x[0]) * np.exp(x[1]) / x[2] + np.arctan2(x[0], x[1]) * np.hypot(x[2], x[0]) ** 1.5,
    "a quadratic form": lambda x: x @ (A.T @ A) @ x,
    "a norm and a product": lambda x: np.linalg.norm(x) * np.prod(x),
    "matrices": lambda x: np.linalg.slogdet(np.outer(x, x) + np.eye(3))[1] / np.linalg.inv(np.diag(x) + 4)[0, 0],
    "einsum": lambda x: np.einsum("ij,j,i->", np.outer(x, x), x, np.cos(x)),
    "softplus": lambda x: np.sum(np.logaddexp(0, -(A @ x))),
    "in buffers": lambda x: np.sum(shifted(x * 1.0) ** 3),
}  # fmt: skip


@pytest.mark.parametrize("name", SCALAR)
def test_hessians_are_exact_and_symmetric(name):
    f = SCALAR[name]
    H, report = nj.hessian(f, X, method="analytic", full_output=True)
    reference, judged = nj.hessian(f, X, method="adaptive", order=8, full_output=True)
    assert (H == H.T).all()
    assert report.nfev.by_kind == {"real": 3, "complex": 0, "traced": 1}
    assert (np.abs(H - reference) <= judged.error + report.error).all()
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(nj.hvp(f, X, v, method="analytic"), H @ v, rtol=1e-11, atol=1e-12 * np.abs(H).max())


def test_hessians_of_several_outputs():
    H = nj.hessian(lambda x: np.array([x[0] * x[1], x[2] ** 3]), X, method="analytic")
    exact = np.zeros((2, 3, 3))
    exact[0, 0, 1] = exact[0, 1, 0] = 1
    exact[1, 2, 2] = 6 * X[2]
    np.testing.assert_allclose(H, exact, rtol=1e-15)


def test_where_an_identity_does_not_bend_the_exact_gradient_is_differenced():
    f = lambda x: np.sum(np.i0(x) * x[::-1])  # noqa: E731
    H, report = nj.hessian(f, X, full_output=True)
    D, judged = nj.hessian(f, X, method="adaptive", order=8, full_output=True)
    assert (report.method, report.order, report.trace) == ("gradient", 4, None)
    assert "no second derivatives" in report.reason
    assert report.nfev.by_kind["complex"] == 0
    assert report.nfev.by_kind["traced"] >= report.nfev.by_kind["real"] - 1 > 3
    assert (H == H.T).all()
    assert (np.abs(H - D) <= judged.error + report.error).all()
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(nj.hvp(f, X, v), H @ v, rtol=1e-8)
    np.testing.assert_allclose(nj.hessian(f, X, wrt=[2, 0]), H[[2, 0]][:, [2, 0]], rtol=1e-9)
    with pytest.raises(TraceError, match="no second derivatives"):
        nj.hessian(f, X, method="analytic")


# ------------------------------------------------------------------------------------------------- extension


def test_a_primitive_is_not_looked_into():
    calls = []

    def inside(t):
        calls.append(type(t))
        return float(t) ** 3

    cube = nj.primitive(inside, jacobian=lambda t: 3 * t**2)
    np.testing.assert_array_equal(nj.gradient(lambda x: cube(x[0]) * x[1], [2.0, 5.0], method="analytic"), [60, 8])
    assert calls == [float] * 0 + [np.float64] * len(calls)
    assert cube(2.0) == 8
    assert repr(cube) == "<primitive inside>"


def test_a_primitive_of_arrays_and_of_two_arguments():
    g = nj.primitive(lambda A, b: A @ b, jacobian=lambda A, b: (np.einsum("ij,k->ijk", np.eye(2), b), A))
    f = lambda x: g(x[:4].reshape(2, 2), x[4:])  # noqa: E731
    x = np.arange(1.0, 7)
    np.testing.assert_array_equal(analytic(f, x)[0], analytic(lambda x: x[:4].reshape(2, 2) @ x[4:], x)[0])


def test_a_jacobian_of_the_wrong_shape_is_told():
    g = nj.primitive(lambda x: x[:2], jacobian=lambda x: np.eye(3))
    with pytest.raises((ShapeError, TraceError), match=r"shape \(3, 3\).*expected shape \(2, 3\)"):
        analytic(lambda x: g(x))
    with pytest.raises(OptionError, match="jacobian is 3"):
        nj.primitive(np.sin, jacobian=3)


def test_a_wrong_primitive_is_found():
    g = nj.primitive(lambda x: x**2, jacobian=lambda x: 2.001 * np.diag(x))
    with pytest.raises(nj.NumjacError, match="the trace is wrong"):
        analytic(lambda x: g(x) + 1)


def test_the_error_of_a_blackbox_is_carried_through():
    noisy = nj.blackbox(lambda x: np.array([float(x[0]) ** 2 * (1 + 1e-9 * np.sin(1e9 * float(x[0])))]), noise=1e-9)
    J, report = analytic(lambda x: np.exp(noisy(x)) * 100)
    exact = 100 * np.exp(X[0] ** 2) * 2 * X[0]
    assert report.error[0, 0] > 1e-9
    assert abs(J[0, 0] - exact) <= 2 * report.error[0, 0] + 1e-5


def test_the_table_of_identities_prints_itself():
    rows = list(nj.identities)
    assert len(rows) == len(nj.identities) >= 150
    assert all(row.name and row.formula and row.structure for row in rows)
    assert len(repr(nj.identities).splitlines()) == len(rows)


def test_traces_of_threads_do_not_meet():
    from concurrent.futures import ThreadPoolExecutor

    f = lambda x: np.array([x[0] * x[1], np.sin(x[2]) * x[0]])  # noqa: E731
    planned = nj.Jacobian(f)

    def one(k):
        x = X + k
        np.testing.assert_array_equal(planned(x), [[x[1], x[0], 0], [np.sin(x[2]), 0, x[0] * np.cos(x[2])]])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(200)))


def test_numbers_of_a_call_that_is_over_are_constants():
    kept = []

    def f(x):
        y = x * x
        if kept:
            old, number = kept[-1]
            y = y + (old - X * X) + (old * x - old * x) + number * x[0] - x[0] * number + np.stack([number, x[1], x[2]])
        kept.append((y, x[0]))
        return y

    trace(f, X, False)
    found = trace(f, X, False)
    exact = np.diag(2 * X + [0, 1, 1])
    np.testing.assert_allclose(found.graph().backward(np.eye(3)), exact, atol=1e-14)


def test_a_derivative_inside_f_is_refused_or_right():
    inner = lambda x, scale: nj.gradient(lambda y: np.sum(scale * y**3) / 3, x)  # noqa: E731
    for method in ("auto", "analytic"):
        f = lambda x: inner(np.array([1.0, 2.0, 3.0]), x[0]) + x  # noqa: E731
        try:
            J = nj.jacobian(f, X, method=method)
        except nj.NumjacError:
            continue
        np.testing.assert_allclose(J, np.array([[1.0, 0, 0], [4, 0, 0], [9, 0, 0]]) + np.eye(3), rtol=1e-8, atol=1e-8)


def test_the_trace_counts_its_operations():
    tape = trace(lambda x: np.array([x[0] * x[1], np.sin(x[2])]), X, False).tape
    assert tape.count == 2
    assert not tape.alive
