"""Attempt C: a copy of f whose globals know tracers; what it keeps, what it leaves alone, and what it refuses."""

import cmath
import functools
import math
import pickle
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from math import cos as cosine
from math import hypot

import numpy as np
import pytest
from numpy import array as make_array
from numpy import zeros as nothing

import numjac as nj
from numjac.analytic.rebinding.copies import CannotRebindError, rebound
from numjac.analytic.tangents import matrix
from numjac.analytic.tracing import LostError, trace
from numjac.errors import TraceError

X = np.array([0.7, -1.3, 2.1])
WIDTH = 3.0


def by_copy(f, x=X):
    """The Jacobian by attempt C, and the value; whether or not f can be traced as it is."""
    found = trace(f, x, False, attempt="C")
    J = matrix(found.graph().jacobian()[0])
    return J.reshape(found.value.shape + x.shape), found


def differences(f, x=X):
    return nj.jacobian(f, x, method="central", order=6)


# --------------------------------------------------------------------------------------------- creation


def filled_zeros(x):
    out = np.zeros(3)
    for i in range(3):
        out[i] = x[i] * x[0]
    return out


def filled_dtype(x):
    out = np.empty((2, 2), dtype=float)
    out[0, 0], out[0, 1], out[1, 0], out[1, 1] = x[0], 1.0, x[1] * x[2], 2
    return out @ out


def filled_like(x):
    out = np.zeros_like(x)
    out[1:] = x[:-1] * x[1:]
    out[0] = 1
    return out


def filled_full(x):
    out = np.full(3, 2.0)
    out[1] = x[1] ** 2
    return out + np.full(3, x[0])


def filled_eye(x):
    M = np.eye(3)
    M[0, 2] = x[0]
    M[1, 1] = x[1]
    return M @ x


def from_names(x):
    out = nothing(2)
    out[0] = cosine(x[0])
    return out + make_array([x[1], hypot(x[1], x[2])])


def as_floats(x):
    y = np.asarray(x, dtype=float)
    z = np.array(x, float, copy=True, ndmin=2)
    return y * z[0]


def of_float64(x):
    return np.float64(x[0]) * np.asarray(x, np.float64)


def nested_lists(x):
    R = np.array([[math.cos(x[0]), -math.sin(x[0])], [math.sin(x[0]), math.cos(x[0])]])
    return R @ np.array([x[1], x[2]])


def from_iterator(x):
    return np.fromiter((math.exp(a) for a in x), float) * np.fromiter((a for a in x), float, 3)


def at_least(x):
    return np.atleast_2d(np.asarray(x, float)).T * np.atleast_1d(math.sin(x[0]))


def in_linspace(x):
    t = np.linspace(0, 1, 4)
    t[0] = x[0]
    return t * x[1]


def lists_of_lists(x):
    return np.dot([math.sin(x[0]), x[1]], [[1.0, x[2]], [2.0, 3.0]])


def norm_of_list(x):
    return np.linalg.norm([math.sin(x[0]), x[1], 2.0])


def vectorized(x):
    g = np.vectorize(lambda a: math.sin(a) if a > 0 else a * a)
    return g(x)


def constants_used(x):
    w = np.ones(3)
    w[1] = 0.5
    k = np.arange(3)
    return w[k] * x * float(w[1]) * int(w[0]) * math.exp(x[0])


CREATION = [filled_zeros, filled_dtype, filled_like, filled_full, filled_eye, from_names, as_floats, of_float64,
            nested_lists, from_iterator, at_least, in_linspace, lists_of_lists, norm_of_list, vectorized,
            constants_used]  # fmt: skip

# ------------------------------------------------------------------------------------------------- math

MATH = {
    name: functools.partial(lambda f, x: np.array([f(x[0] / 3) * f(x[2] / 4)]), getattr(math, name))
    for name in ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh", "exp", "exp2",
                 "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "fabs", "radians", "degrees", "erf", "erfc",
                 "gamma", "lgamma"]
    if hasattr(math, name)
} | {
    "acosh": lambda x: math.acosh(x[2]) * x[0],
    "atan2": lambda x: math.atan2(x[0], x[1]),
    "pow": lambda x: math.pow(x[0], x[2]),
    "hypot": lambda x: math.hypot(x[0], x[1], x[2]) + math.hypot(x[0], x[1]) + math.hypot(x[1]),
    "dist": lambda x: math.dist([x[0], x[1]], [x[2], 1.0]),
    "prod": lambda x: math.prod([x[0], 2.0, x[1], x[2]]),
    "fsum": lambda x: math.fsum([x[0], 1e16, x[1] * x[2], -1e16]),
    "log of a base": lambda x: math.log(x[0], 3.0) + math.log(x[2], x[0] + 2),
    "copysign": lambda x: math.copysign(x[0], x[1]),
    "fmod": lambda x: math.fmod(x[2], x[0] + 0.1),
    "remainder": lambda x: math.remainder(x[2], x[0] + 0.1),
    "floor": lambda x: math.floor(x[2]) * x[0] + math.ceil(x[0]) * x[1] + math.trunc(x[1]) * math.sin(x[2]),
    "isnan": lambda x: math.exp(x[0]) if math.isfinite(x[1]) and not math.isnan(x[0]) else 0.0,
    "isclose": lambda x: math.exp(x[0]) if not math.isclose(x[0], x[1], rel_tol=1e-3) else 0.0,
    "modf": lambda x: math.modf(x[2])[0] * x[0] + math.modf(x[2])[1],
    "ldexp": lambda x: math.ldexp(x[0], 3) * x[1],
}  # fmt: skip

# -------------------------------------------------------------------------------------- built-in functions


def kinds(x):
    y = float(x[0]) * x
    if isinstance(x, np.ndarray) and isinstance(x[0], float) and isinstance(x[0], (int, np.floating)):
        y = y * 2
    return y if not isinstance(x, (list, str)) else None


def mapped(x):
    a, b, c = map(float, x)
    return [a * b, max(a, b) + min(b, c), sum([a, b, c]), abs(b), sorted([c, a])[0], len([a])]


def kind_in_table(x):
    return float(x[0]) * {float: 2.0, np.ndarray: 3.0}[type(x)] * np.ones(2)


def complex_parts(x):
    z = complex(x[0], x[1]) * complex(x[2])
    return np.real(z) * np.imag(z)


def union(x):
    return float(x[0]) ** 2 if isinstance(2.0, int | float) and isinstance(x[0], int | float) else 0.0


def phasor(x):
    z = cmath.exp(complex(x[0], x[1])) * cmath.sqrt(x[2])
    return [z.real, z.imag]


KINDS = [kinds, phasor, mapped, complex_parts, kind_in_table, union]

# -------------------------------------------------------------------------------------------------- copies


def helper(a):
    return math.sin(a) * WIDTH


def calls_helper(x):
    return [helper(a) for a in x]


def even(n, a):
    return math.exp(a) if n == 0 else odd(n - 1, a)


def odd(n, a):
    return math.log(a) if n == 0 else even(n - 1, a) * a


def mutual(x):
    return [even(4, x[0]), odd(3, x[0])]


def power(a, n, scale=float, *, root=math.sqrt):
    return scale(a) ** n * root(a)


def with_defaults(x, f=helper):
    return [f(x[0]), power(x[2], 2)]


def decorated(wrapped):
    @functools.wraps(wrapped)
    def wrapper(*args):
        return wrapped(*args)

    return wrapper


@decorated
def behind(x):
    return math.sin(x[0]) * x


def closing():
    scale, inner = 2.0, lambda a: math.exp(a) * scale
    return lambda x: [inner(x[0]), (lambda b: math.cos(b))(x[1])]


def recursive_closure():
    def down(n, a):
        return float(a) if n == 0 else down(n - 1, a) * math.sin(a)

    return lambda x: down(3, x[0])


def local_imports(x):
    import math as m
    from math import sin

    import numpy as numeric

    out = numeric.zeros(2)
    out[0], out[1] = m.cos(x[0]), sin(x[1])
    return out


def generated(x):
    def parts():
        for a in x:
            yield math.sin(a)

    return list(parts())


class Model:
    """A model of the user."""

    scale = 2.0

    def __init__(self, offset):
        self.offset = offset
        self.calls = 0
        self.work = None
        self.link = helper

    @property
    def doubled(self):
        return float(self.offset) * 2

    @staticmethod
    def shape(a):
        return math.tanh(a)

    def term(self, a):
        return math.exp(a) * self.scale

    def __call__(self, x):
        self.calls += 1
        out = np.zeros(2)
        out[0] = self.term(x[0]) + self.offset
        out[1] = self.shape(x[1]) * self.doubled + self.link(x[2])
        self.work = out
        return out

    def residual(self, x):
        return self(x) * 2

    def __matmul__(self, x):
        return math.sin(x[0]) * self.offset


MODEL = Model(1.5)


def calls_model(x):
    return [MODEL.term(x[0]), MODEL @ x]


TOOLS = types.ModuleType("tools_of_the_user")
exec("import math\ndef wave(a):\n    return math.sin(a) * rate\nrate = 2.0", vars(TOOLS))


def calls_module(x):
    return [TOOLS.wave(a) * TOOLS.rate for a in x]


COPIES = {
    "a helper": calls_helper,
    "functions that call each other": mutual,
    "defaults": with_defaults,
    "a decorated function": behind,
    "a closure": closing(),
    "a closure that calls itself": recursive_closure(),
    "a partial": functools.partial(lambda k, x: [math.sin(a) * k for a in x], 2.0),
    "a partial of a helper": functools.partial(lambda g, x: [g(a) for a in x], helper),
    "local imports": local_imports,
    "a generator": generated,
    "a method": Model(2.5).residual,
    "a callable object": Model(2.5),
    "a global object": calls_model,
    "a module": calls_module,
}


ALL = {f.__name__: f for f in CREATION + KINDS} | {f"math.{k}": f for k, f in MATH.items()} | COPIES


@pytest.mark.parametrize("name", ALL)
def test_the_copy_is_traced_exactly(name):
    f = ALL[name]
    J, found = by_copy(f)
    np.testing.assert_array_equal(found.value, np.asarray(f(X.copy()), float))
    expected = differences(f)
    np.testing.assert_allclose(J, expected, rtol=1e-8, atol=1e-9 * max(1, np.abs(expected).max()))


BENT = ["math.sin", "math.erf", "math.pow", "math.log of a base", "math.hypot", "math.prod", "math.floor", "math.dist",
        "filled_zeros", "filled_dtype", "a callable object"]  # fmt: skip


@pytest.mark.parametrize("name", BENT)
def test_second_derivatives_too(name):
    f = ALL[name]
    H = nj.hessian(f, X, method="analytic")
    np.testing.assert_allclose(H, nj.hessian(f, X, method="adaptive"), rtol=1e-6, atol=1e-6)


# --------------------------------------------------------------------------------------------------- SciPy

special = pytest.importorskip("scipy.special")
linalg = pytest.importorskip("scipy.linalg")
stats = pytest.importorskip("scipy.stats")

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])


def triangle(x):
    L = np.eye(3)
    L[1, 0], L[2, 1] = x[0], x[1]
    return L


SCIPY = {
    "logsumexp": lambda x: special.logsumexp(x) * math.exp(x[0]),
    "logsumexp along an axis": lambda x: special.logsumexp(np.outer(x, x), axis=0, b=2.0),
    "softmax": lambda x: special.softmax(x) * float(x[0]),
    "log_softmax": lambda x: special.log_softmax(x),
    "cho_solve": lambda x: linalg.cho_solve(linalg.cho_factor(A + np.diag(x**2), lower=True), x),
    "cho_solve of the other": lambda x: linalg.cho_solve(linalg.cho_factor(A + np.diag(x**2)), x),
    "cholesky": lambda x: linalg.cholesky(A + np.diag(x**2)),
    "solve_triangular": lambda x: linalg.solve_triangular(triangle(x), x, lower=True),
    "solve_triangular, transposed": lambda x: linalg.solve_triangular(triangle(x), x, lower=True, trans="T"),
    "solve": lambda x: linalg.solve(A + np.diag(x), x),
    "inv": lambda x: linalg.inv(A + np.diag(x)),
    "det": lambda x: linalg.det(A + np.diag(x)),
    "norm": lambda x: linalg.norm(A @ x),
    "pdf": lambda x: stats.norm.pdf(x, 0.3, 2.0),
    "logpdf": lambda x: stats.norm.logpdf(x, scale=2.0),
    "cdf": lambda x: stats.norm.cdf(x) * math.sin(x[0]),
    "frozen": lambda x: stats.norm(x[0], 2.0).logpdf(x),
    "logcdf": lambda x: stats.norm.logcdf(x),
    "quantiles": lambda x: stats.norm.ppf(special.expit(x)),
    "gamma": lambda x: stats.gamma.logpdf([0.5, 1.5], x[0] ** 2, scale=x[1] ** 2 + 1),
    "beta": lambda x: stats.beta.cdf(special.expit(x), 2.0, 3.0),
    "Student, of all entries one kind": lambda x: stats.t(3).logpdf(x) + stats.t.logpdf(0.3, x[0] ** 2, x[1]),
    "skew normal, by cases": lambda x: stats.skewnorm.logpdf(x, [0.0, 1.0, 2.0]),
    "Poisson": lambda x: stats.poisson.logpmf([1, 4], x[:2] ** 2),
    "binomial": lambda x: stats.binom(7, special.expit(x[0])).pmf(3),
    "expm": lambda x: linalg.expm(np.outer(x, x[::-1])),
    "expm of a large matrix": lambda x: linalg.expm(9 * np.sin(np.outer(x, x[::-1]))) / 1e5,
    "toeplitz": lambda x: linalg.toeplitz(x, x**2),
    "circulant": lambda x: linalg.circulant(x),
    "hankel": lambda x: linalg.hankel(x, x**2),
    "block_diag": lambda x: linalg.block_diag(x, A[:1], np.outer(x, x)),
    "solve_banded": lambda x: linalg.solve_banded((1, 1), np.stack([x, x**2 + 4, x]), x),
}


def test_beyond_the_support_a_distribution_is_not_traced():
    for f in (lambda x: stats.expon.logpdf(x[1], x[0]), lambda x: stats.norm.ppf(x + 2)):
        with pytest.raises(LostError, match="outside the support"):
            trace(f, X, False, attempt="C")


@pytest.mark.parametrize("name", SCIPY)
def test_functions_that_scipy_has_in_python(name):
    J, _ = by_copy(SCIPY[name])
    np.testing.assert_allclose(J, differences(SCIPY[name]), rtol=1e-7, atol=1e-9)


# ------------------------------------------------------------------------------------------ nothing is changed


def test_the_globals_of_the_user_stay_what_they_are():
    names = {name: id(value) for name, value in globals().items()}
    inside = {k: {n: id(v) for n, v in vars(m).items()} for k, m in (("np", np), ("math", math), ("tools", TOOLS))}
    for f in ALL.values():
        by_copy(f)
    assert names == {name: id(value) for name, value in globals().items()}
    for key, module in (("np", np), ("math", math), ("tools", TOOLS)):
        assert inside[key] == {n: id(v) for n, v in vars(module).items()}


def test_attributes_are_written_to_the_object_and_outlive_the_trace_as_values():
    model = Model(2.5)
    by_copy(model)
    assert model.calls == 1
    assert type(model) is Model
    model(X)
    assert type(model.work) is np.ndarray


def test_what_a_traced_call_leaves_on_an_object_is_plain():
    model = Model(2.5)
    trace(model, X, False, attempt="C")
    assert type(model.work) is np.ndarray
    np.testing.assert_array_equal(model.work, Model(2.5)(X))


def test_a_variable_of_a_function_around_f_is_counted_up():
    count = 0

    def f(x):
        nonlocal count
        count += 1
        return math.sin(x[0])

    trace(f, X, False, attempt="C")
    assert count == 1


def test_globals_are_looked_up_when_f_is_called():
    J = nj.Jacobian(calls_helper, method="analytic")
    first = J(X)
    globals()["WIDTH"] = 6.0
    try:
        np.testing.assert_allclose(J(X), 2 * first, rtol=1e-15)
    finally:
        globals()["WIDTH"] = 3.0


def test_variables_around_f_are_looked_up_when_f_is_called():
    sine = functools.partial(lambda k, a: k * math.sin(a), 1.0)

    def f(x):
        return sine(x[0])

    J = nj.Jacobian(f, method="analytic")
    first = J(X)

    sine = functools.partial(lambda k, a: k * math.sin(a), 2.0)
    np.testing.assert_allclose(J(X), 2 * first, rtol=1e-15)


def test_eight_threads():
    planned = nj.Jacobian(filled_dtype, method="analytic")
    points = [X + k / 100 for k in range(64)]
    expected = [nj.jacobian(filled_dtype, x, method="analytic") for x in points]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            for J, known in zip(pool.map(planned, points), expected, strict=True):
                np.testing.assert_array_equal(J, known)
    finally:
        sys.setswitchinterval(before)


def test_planned_objects_can_be_pickled():
    planned = nj.Jacobian(calls_helper, method="analytic")
    J = planned(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(planned))(X), J)


def is_tracer(a):
    return not isinstance(a, np.ndarray)


def test_what_worked_is_remembered():
    calls = []

    def f(x):
        calls.append(x)
        return [math.sin(a) for a in x]

    planned = nj.Jacobian(f, method="analytic")
    counts = []
    for _ in range(3):
        planned(X)
        counts.append(sum(map(is_tracer, calls)))
    assert counts == [2, 4, 5]  # f and its copy; the copy, which is due to be verified, so again; the copy


def test_traced_calls_are_counted_and_the_copy_can_be_switched_off():
    _, report = nj.jacobian(calls_helper, X, method="analytic", full_output=True)
    assert report.trace.attempt == "C"
    assert report.nfev.by_kind["traced"] == 2
    with pytest.raises(TraceError, match="float"):
        nj.jacobian(calls_helper, X, method="analytic", rebind=False)
    _, report = nj.jacobian(calls_helper, X, rebind=False, full_output=True)
    assert report.method != "analytic"


def test_products_with_a_vector_are_traced_too():
    u = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(nj.vjp(calls_helper, X, u, method="analytic"), u @ differences(calls_helper), rtol=1e-9)


# ---------------------------------------------------------------------------------------------- refusals

COUNT = 0


def writes_global(x):
    global COUNT
    COUNT += 1
    return math.sin(x[0])


def deletes_global(x):
    global COUNT

    def inner():
        global COUNT
        del COUNT

    return math.sin(x[0])


class Derived(Model):
    def term(self, a):
        return super().term(a) * 2


def integer(x):
    return np.zeros(3) + int(x[0]) * x


def hashed(x):
    return {x[0]: math.sin(x[1])}[x[0]]


@functools.lru_cache
def cached(a):
    return math.sin(a)


def integers(x):
    out = np.zeros(3, dtype=int)
    out[0] = x[0]
    return out


def memoised(x):
    return cached(x[0])


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (writes_global, "COUNT"),
        (deletes_global, "COUNT"),
        (Derived(1.0).term, "super|class"),
        (np.linalg.LinAlgError, "Python"),
        (X.dot, "Python"),
    ],
)
def test_what_can_not_be_copied_is_refused(f, why):
    with pytest.raises(CannotRebindError, match=why):
        rebound(f)


@pytest.mark.parametrize(
    ("f", "why"), [(integer, "int"), (hashed, "hash"), (integers, "float|int"), (memoised, "hash")]
)
def test_what_leaves_the_trace_is_refused(f, why):
    with pytest.raises(TraceError, match=why):
        nj.jacobian(f, X, method="analytic")


def test_reasons_of_both_attempts_are_told():
    with pytest.raises(TraceError, match=r"(?s)float.*COUNT"):
        nj.jacobian(writes_global, X, method="analytic")


@pytest.mark.parametrize("f", [lambda x: math.floor(x[0]) * math.sin(x[1]), lambda x: math.fabs(x[0]) + math.sin(x[1])])
def test_kinks_are_seen(f):
    with pytest.raises(TraceError, match="kink"):
        nj.jacobian(f, np.array([0.0, 1.0]), method="analytic")
