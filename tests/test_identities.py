"""
The walk over the table of identities: every row, in both directions, against differences; and faults to be found.

Differences of order 8 of an analytic function are good to about 1e-11 of its largest slope, and their bars say so;
exact derivatives to a few roundings. So a fault of a thousandth in a slope shows by a factor of ten million.
"""

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from identity_cases import CASES, QUESTIONS, M, S, V
from usages import REFUSED, USES

import numjac as nj
from numjac.analytic.identities import RULES, TABLE
from numjac.analytic.identities.assembly import Refused
from numjac.analytic.identities.complexes import RealLinear
from numjac.analytic.rules import Elementwise, Formula, Linear, Reduction
from numjac.analytic.tangents import rows
from numjac.analytic.tracing import SMOOTH, LostError, trace


def name_of(function):
    owner = getattr(function, "__self__", None)
    return f"{owner.__name__}.{function.__name__}" if isinstance(owner, np.ufunc) else function.__name__


ALL = [
    pytest.param(call, x, id=f"{name_of(function)}-{k}")
    for cases in (CASES, QUESTIONS)
    for function, several in cases.items()
    for k, (call, x) in enumerate(several)
]


def both_directions(f, x):
    """The Jacobian forward and backward; the latter is None where numbers are complex."""
    x = np.asarray(x, float)
    found = trace(f, x, x.ndim == 0)
    assert not found.tape.kinked
    assert not found.tape.tied
    graph = found.graph()
    ahead = rows(graph.forward()).T
    back = None if graph.complex else graph.backward(np.eye(graph.ids.size))
    return found, ahead, back


def reference(f, x):
    """Differences, within five per cent of x: kinks farther off are nobody's business."""
    room = 0.05 * np.abs(x)
    with warnings.catch_warnings(action="ignore"):
        J, report = nj.jacobian(f, x, method="adaptive", order=8, bounds=(x - room, x + room), full_output=True)
    return J.reshape(-1, np.size(x)), np.asarray(report.error).reshape(J.size // max(1, np.size(x)), np.size(x))


def agrees(J, D, error):
    """Within the bars of the differences, three times, and 1e-9 of the largest slope."""
    size = max(1.0, np.max(np.abs(D), initial=0))
    bars = np.where(np.isfinite(error), error, 1e-4 * size)
    return bool((np.abs(J - D) <= 3 * bars + 1e-9 * size).all())


def test_every_row_has_a_case():
    known = set(CASES) | set(QUESTIONS)
    refused = [rule.function for rule in TABLE if isinstance(rule, Refused)]
    assert [name_of(rule.function) for rule in TABLE if rule.function not in known] == [*map(name_of, refused)]


def test_what_has_no_derivative_is_refused():
    for function in (np.nextafter, np.spacing):
        with pytest.raises(LostError, match=f"{function.__name__}, which has no derivative"):
            trace(lambda x, f=function: f(*[x] * f.nin), V, False)


def test_every_function_stands_in_the_table_once():
    functions = [rule.function for rule in TABLE]
    assert [name_of(f) for f in {*functions} if functions.count(f) > 1] == []


# What NumPy 2.0 does not have, or asks for: it wants the exponent of ``array ** x`` as an index.
UNKNOWN = {"clip min max kw", "vecmat complex", "pow-2"} if not hasattr(np, "vecmat") else set()
# What NumPy 2.5 does not have any more: the product of vectors in the plane.
UNKNOWN |= {"cross 2d"} if np.lib.NumpyVersion(np.__version__) >= "2.5.0" else set()


@pytest.fixture(autouse=True)
def numpy_has_it(request):
    """Leave out what this NumPy can not do."""
    name = getattr(request.node, "callspec", None)
    if name is not None and name.id in UNKNOWN:
        pytest.skip(f"not with NumPy {np.__version__}")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("f", "x"), ALL)
def test_the_walk(f, x):
    x = np.asarray(x, float)
    found, ahead, back = both_directions(f, x)
    value = np.asarray(f(x.copy() if x.ndim else x[()]))
    np.testing.assert_allclose(found.value, value, rtol=1e-12, atol=1e-12 * np.max(np.abs(value), initial=0))
    assert found.value.shape == value.shape
    if not found.tape.looped:
        np.testing.assert_array_equal(found.value, value, "bit for bit, if no loop over objects ran")
    if back is not None:
        size = max(1.0, np.max(np.abs(ahead), initial=0))
        assert np.max(np.abs(ahead - back), initial=0) <= 1e-12 * size, "the directions are adjoint"
    if value.size:
        assert agrees(ahead, *reference(f, x))


SCALARS = [
    f
    for f in CASES
    if isinstance(f, np.ufunc)
    and f.signature is None
    and f.nin <= 2
    and f.nout == 1
    and f not in (np.ldexp, np.heaviside)
]


@pytest.mark.parametrize("f", SCALARS, ids=name_of)
def test_scalar_records_say_what_array_nodes_say(f):
    a, b = (1.4, 1.7) if f is np.arccosh else (0.37, 0.61)
    if f.nin == 1:
        one, many = (lambda x: [f(x[0]), f(x[1])]), f
    else:
        one, many = (
            (lambda x: [f(x[0], x[1]), f(x[0], 0.7), f(0.7, x[1])]),
            (lambda x: f(np.stack([x[0], x[0], x[0] * 0 + 0.7]), np.stack([x[1], x[1] * 0 + 0.7, x[1]]))),
        )
    x = np.array([a, b])
    np.testing.assert_allclose(both_directions(one, x)[1], both_directions(many, x)[1], rtol=1e-14, atol=1e-15)


# --------------------------------------------------------------------------------------------- planted faults


def spoiled(rule, factor):
    """The rule with each of its parts wrong by a factor, one at a time."""
    if isinstance(rule, Elementwise):
        for k, slope in enumerate(rule.slopes):
            wrong = (lambda s: lambda *a: factor * s(*a))(slope)
            yield k, dataclasses.replace(rule, slopes=(*rule.slopes[:k], wrong, *rule.slopes[k + 1 :]))
    elif isinstance(rule, Reduction):
        yield 0, dataclasses.replace(rule, weights=lambda *a, **o: factor * np.asarray(rule.weights(*a, **o), float))
    elif isinstance(rule, Formula):
        for k, made in enumerate(rule.factors):
            yield (
                k,
                dataclasses.replace(rule, factors=(*rule.factors[:k], _wrong(made, factor), *rule.factors[k + 1 :])),
            )
    elif isinstance(rule, Linear):
        back = None if rule.adjoint is None else (lambda *a, **o: factor * rule.adjoint(*a, **o))
        yield 0, dataclasses.replace(rule, forth=lambda *a, **o: factor * rule.forth(*a, **o), adjoint=back)


def _wrong(made, factor):
    def pair(*a, **o):
        forth, back = made(*a, **o)
        return (lambda T: factor * forth(T)), (lambda U: factor * back(U))

    return pair


FAULTS = [
    pytest.param(rule, k, wrong, factor, id=f"{name_of(rule.function)}-{k}-{factor}")
    for rule in TABLE
    if isinstance(rule, (Elementwise, Reduction, Formula, Linear)) and rule.function in CASES
    for factor in (-1, 1.001)
    for k, wrong in spoiled(rule, factor)
]
# Slopes that are zero, or never asked for: the condition of where, the exponent of ldexp, steps.
SLOPELESS = {
    (np.where, 0),
    (np.ldexp, 1),
    (np.heaviside, 0),
    (np.heaviside, 1),
    (np.copysign, 1),
    (np.real, 0),
    (np.imag, 0),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("rule", "k", "wrong", "factor"), FAULTS)
def test_a_planted_fault_is_caught(monkeypatch, rule, k, wrong, factor):
    if (rule.function, k) in SLOPELESS or not hasattr(rule, "name"):
        return
    if type(rule).__name__ in ("Flat", "Where") or (isinstance(rule, RealLinear) and rule.function is np.angle):
        return
    monkeypatch.setitem(RULES, rule.function, wrong)
    if rule.function in SMOOTH:
        monkeypatch.setitem(SMOOTH, rule.function, wrong)
    caught = False
    for f, x in CASES[rule.function]:
        x = np.asarray(x, float)
        if not np.size(f(x.copy() if x.ndim else x[()])):
            continue
        caught = caught or not agrees(both_directions(f, x)[1], *reference(f, x))
        if caught:
            break
    assert caught


# ---------------------------------------------------------------------------------------------- unknown ufuncs


def test_a_generalised_ufunc_is_differenced_by_its_core_dimensions():
    """Those behind NumPy's linear algebra have no row; matrices in stacks that broadcast, several operands."""
    from numpy.linalg import _umath_linalg as lapack

    stack = np.stack([S, S @ S])
    for f in (
        lambda x: lapack.det(np.stack([x, x * x])),
        lambda x: lapack.inv(x)[0],
        lambda x: lapack.solve1(stack, x[0]),
        lambda x: lapack.solve(x, x[:, :2] ** 2),
    ):
        J, report = nj.jacobian(f, S, method="analytic", full_output=True)
        D, judged = nj.jacobian(f, S, method="adaptive", order=8, full_output=True)
        assert (np.abs(J - D) <= 3 * judged.error + report.error + 1e-9 * np.abs(D).max()).all()
        assert 0 < report.error.max() < 1e-7 * np.abs(D).max(), "the error of the differences is told"
    pattern = nj.jacobian(lambda x: lapack.det(x.reshape(2, 2, 2)), np.arange(8.0) ** 2 + 1, sparsity="detect")
    assert pattern.nnz == 8, "blocks stay blocks"


def test_a_ufunc_of_several_results():
    special = pytest.importorskip("scipy.special")
    J, report = nj.jacobian(lambda x: np.stack(special.fresnel(x)), V, method="analytic", full_output=True)
    exact = np.stack([np.diag(np.sin(np.pi * V**2 / 2)), np.diag(np.cos(np.pi * V**2 / 2))])
    assert (np.abs(J - exact) <= report.error).all()


def test_a_ufunc_of_python_numbers_is_traced_number_by_number():
    J, report = nj.jacobian(np.frompyfunc(lambda t: t * t, 1, 1), V, method="analytic", full_output=True)
    np.testing.assert_array_equal(J, np.diag(2 * V))
    assert report.trace.attempt == "A"


# ----------------------------------------------------------------------------------------------- unusual uses


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", USES)
def test_unusual_uses_are_right_or_refused(name):
    f, x = USES[name]
    try:
        J = nj.jacobian(f, x, method="analytic")
    except nj.errors.TraceError:
        assert name in REFUSED
        return
    D, report = nj.jacobian(f, x, method="adaptive", full_output=True)
    assert agrees(J.reshape(-1, np.size(x)), D.reshape(-1, np.size(x)), report.error.reshape(-1, np.size(x)))


# ------------------------------------------------------------------------------- what is relied upon in NumPy


class TestBehavioursOfNumpy:
    """Promises that NumPy does not make, each named; a new NumPy that breaks one breaks its test."""

    @staticmethod
    def traced_number():
        kept = []
        trace(lambda x: kept.append((x, x[0], np.array([x[0], x[1]]), np.asarray(x))) or x[0], V, False)
        return kept[0]

    def test_an_object_without_array_is_kept_whole_in_an_object_array(self):
        _, number, made, degraded = self.traced_number()
        assert made.dtype == object
        assert degraded.dtype == object
        assert all(type(part) is type(number) for part in (*made, *degraded))

    def test_array_is_looked_up_on_the_instance(self):
        array, number, *_ = self.traced_number()
        assert np.asarray(array).dtype == float, "dead tracers have it"
        with pytest.raises(nj.errors.TraceError):
            nj.jacobian(lambda x: np.asarray(x, float), V, method="analytic", rebind=False)
        assert np.asarray(number).dtype == float

    def test_methods_of_ufuncs_are_equal_and_hash_alike(self):
        assert np.add.reduce == np.add.reduce
        assert hash(np.add.reduce) == hash(np.add.reduce)
        assert np.add.reduce != np.multiply.reduce

    def test_object_loops_call_the_method_of_that_name(self):
        seen = []

        class Number:
            def sin(self):
                seen.append("sin")
                return 0.0

        np.sin(np.array([Number()], dtype=object))
        assert seen == ["sin"]

    def test_strides_of_indices_are_those_of_values(self):
        base = np.asfortranarray(M)
        ids = np.empty_like(base, dtype=np.intp)
        assert ids.strides == base.strides

    def test_a_priority_makes_ndarray_give_way(self):
        found = both_directions(lambda x: np.ones(4) * x + np.float64(2) * x[0], V)[1]
        np.testing.assert_array_equal(found, np.eye(4) + 2 * np.eye(4)[:1])


# ------------------------------------------------------------------------------------------------------- laws

POINTS = st.lists(st.floats(0.2, 3.0), min_size=3, max_size=3).map(np.array)
FUNCTIONS = st.sampled_from(
    [np.sin, np.exp, lambda x: x**2, lambda x: np.outer(x, x)[0], lambda x: x[::-1] * x.sum(), np.cumsum,
     lambda x: np.linalg.solve(np.diag(x) + 1, x), lambda x: np.array([x[0] * x[1], x[2] ** 2, np.log(x[0])])]
)  # fmt: skip


def jac(f, x):
    return nj.jacobian(f, x, method="analytic")


@settings(max_examples=40)
@given(POINTS, FUNCTIONS, FUNCTIONS, st.floats(-3, 3), st.floats(-3, 3))
def test_linearity(x, f, g, a, b):
    together = jac(lambda x: a * np.stack(list(f(x))) + b * np.stack(list(g(x))), x)
    np.testing.assert_allclose(together, a * jac(f, x) + b * jac(g, x), rtol=1e-12, atol=1e-10)


@settings(max_examples=40)
@given(POINTS, FUNCTIONS, FUNCTIONS)
def test_product_rule(x, f, g):
    both = jac(lambda x: np.stack(list(f(x))) * np.stack(list(g(x))), x)
    fx, gx = (np.asarray(h(x), float)[:, np.newaxis] for h in (f, g))
    np.testing.assert_allclose(both, gx * jac(f, x) + fx * jac(g, x), rtol=1e-11, atol=1e-9)


@settings(max_examples=40)
@given(POINTS, FUNCTIONS, FUNCTIONS)
def test_chain_rule(x, f, g):
    inner = np.asarray(f(x), float)
    if not (np.isfinite(inner).all() and (inner > 0.05).all() and (inner < 20).all()):
        return
    whole = jac(lambda x: g(np.stack(list(f(x)))), x)
    np.testing.assert_allclose(whole, jac(g, inner) @ jac(f, x), rtol=1e-10, atol=1e-8)


@settings(max_examples=40)
@given(POINTS, FUNCTIONS, POINTS, POINTS)
def test_the_directions_are_adjoint(x, f, u, v):
    forward = nj.jvp(f, x, u, method="analytic")
    backward = nj.vjp(f, x, v, method="analytic")
    assert v @ forward == pytest.approx(backward @ u, rel=1e-11, abs=1e-10)


# ------------------------------------------------------------------------------------------------ lost edges


def test_a_lost_edge_is_found_by_the_direction():
    """One operand of one operation is cut off, as by an escape that nobody saw; columns that change by 1e-3 count."""
    from corpus import shelf

    from numjac.numeric.functions import Function
    from numjac.numeric.points import as_point
    from numjac.numeric.proof import Claim, contradiction, random_direction
    from numjac.numeric.steps import Wishes

    rng, cut, missed = np.random.default_rng(5), 0, []
    for piece in [*shelf("landscapes"), *shelf("optimization"), *shelf("statistics")]:
        try:
            found = trace(piece.f, np.asarray(piece.x, float), np.ndim(piece.x) == 0)
        except Exception:
            continue
        graph = found.graph()
        nodes = [k for k, node in enumerate(graph.nodes) if node.rule is not None and node.parents]
        if not nodes or found.tape.kinked or found.tape.tied:
            continue
        J = rows(graph.forward()).T
        for k in rng.choice(nodes, min(3, len(nodes)), replace=False):
            wrong = found.graph()
            parts = wrong.locals(int(k))
            parts[0] = type("Cut", (), {"shape": parts[0].shape, "nnz": 0, "forward": _zeros(parts[0], 0),
                                        "backward": _zeros(parts[0], 1)})()  # fmt: skip
            lost = rows(wrong.forward()).T
            size = np.max(np.abs(J), axis=1, keepdims=True)
            if not (np.abs(lost - J) > 1e-3 * size).any():
                continue
            cut += 1
            point = as_point(piece.x)
            evaluator = Function(piece.f).at(point)
            v = random_direction(point, None, Wishes())
            claim = Claim(v, lost @ v, np.abs(lost) @ np.abs(v))
            if not contradiction(evaluator, point, claim, 2.0**-52, Wishes()):
                missed.append(piece.name)
    assert cut >= 150
    assert len(missed) <= 0.01 * cut, missed


def _zeros(A, side):
    return lambda self, T: np.zeros((len(T), A.shape[side]))


# ----------------------------------------------------------------------------------------------- second order

# Identities that do not know how they bend, or cotangents of complex numbers: their Hessians are differences of the
# exact gradient. Those that have kinks close by have no reference.
BENT_OTHERWISE = {"i0", "det"}
CLOSE = {"fabs", "absolute", "remainder", "fmod", "sort", "array_equal", "array_equiv"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("f", "x"), [p for p in ALL if p.values[1] is not None and np.size(p.values[1])])
def test_second_order(request, f, x):
    """Hessians of a weighed sum against differences of the exact gradient, or as such."""
    x = np.asarray(x, float)
    value = np.asarray(f(x.copy() if x.ndim else x[()]))
    weights = np.cos(np.arange(value.size)).reshape(value.shape)
    name = request.node.callspec.id.rsplit("-", 1)[0]

    def g(x):
        return np.sum(f(x) * weights)

    H, report = nj.hessian(g, x, full_output=True)
    complex_inside = trace(f, x, x.ndim == 0).graph().complex
    if name != "nanprod":  # where zero times the slope of x * nan is taken for what it is
        otherwise = complex_inside or name in BENT_OTHERWISE
        assert report.method in (("analytic", "gradient") if otherwise else ("analytic",))
    try:
        D, judged = nj.hessian(g, x, gradient=nj.Gradient(g, method="analytic"), method="adaptive", full_output=True)
    except nj.NumjacError:
        assert name in CLOSE
        return
    size = max(1.0, np.max(np.abs(D), initial=0.0))
    bars = np.where(np.isfinite(judged.error), judged.error, 1e-4 * size)
    assert (np.abs(H - D) <= 3 * bars + report.error + 1e-8 * size).all()
