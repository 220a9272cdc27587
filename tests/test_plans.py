"""One object for all solvers of SciPy: they converge as with exact derivatives, and evaluations are shared."""

import pickle
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opaque import opaque

import numjac as nj
from numjac.errors import OptionError
from numjac.memo import Memo

integrate = pytest.importorskip("scipy.integrate")
optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")


class Counted:
    """f, and how often it was called."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)


def rosenbrock(x):
    return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x[:-1]])


def rosenbrock_jacobian(x):
    n = x.size
    J, i = np.zeros((2 * (n - 1), n)), np.arange(n - 1)
    J[i, i], J[i, i + 1], J[n - 1 + i, i] = -20 * x[:-1], 10.0, -1.0
    return J


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def slope(x):
    g = np.zeros_like(x)
    g[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def bend(x):
    H, i = np.zeros((x.size, x.size)), np.arange(x.size - 1)
    H[i, i] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    H[i + 1, i + 1] += 200
    H[i, i + 1] = H[i + 1, i] = -400 * x[:-1]
    return H


START = np.array([-1.2, 1.0, -0.5, 0.8])


def proofs(times):
    """Evaluations that prove so many traces at most: at the first, second, fourth, ... time, by up to six each."""
    return 6 * (times.bit_length() + 1) + 1


# ------------------------------------------------------------------------------------------------------- least squares


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    exact = optimize.least_squares(rosenbrock, START, rosenbrock_jacobian, method=method)
    f = Counted(rosenbrock)
    p = nj.plan(f)
    found = optimize.least_squares(p.fun, START, p.jac, method=method)
    np.testing.assert_allclose(found.x, exact.x, rtol=1e-12)
    assert (found.nfev, found.njev) == (exact.nfev, exact.njev)
    assert f.calls <= found.nfev + found.njev + proofs(found.njev)  # each point once, and each Jacobian one trace


def test_least_squares_shares_evaluations():
    f = Counted(opaque(rosenbrock))
    p = nj.plan(f, method="forward")
    found = optimize.least_squares(p.fun, START, p.jac)
    assert f.calls == found.nfev + 4 * found.njev + 1  # no f(x) for a Jacobian; one call more settles the first point


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_least_squares_takes_sparse_matrices_and_operators(method):
    x = np.linspace(-1, 1, 40)
    exact = optimize.least_squares(rosenbrock, x, rosenbrock_jacobian, method=method)
    p = nj.plan(rosenbrock, sparsity="detect")
    assert sparse.issparse(p.jac(x))
    assert isinstance(p.jac_dense(x), np.ndarray)
    for jac in (p.jac, p.linear_operator):
        found = optimize.least_squares(p.fun, x, jac, method=method, tr_solver="lsmr", xtol=1e-12, ftol=1e-12)
        np.testing.assert_allclose(found.x, exact.x, rtol=1e-6)


def test_sparse_jacobians_are_refused_where_they_would_fail_without_a_word():
    p = nj.plan(lambda x: x**3 - 1, sparsity="detect")
    x = np.full(5, 2.0)
    for solve in (
        lambda: optimize.root(p.fun, x, jac=p.jac),
        lambda: optimize.root(p.fun, x, jac=p.jac, method="lm"),
        lambda: optimize.fsolve(p.fun, x, fprime=p.jac),
    ):
        with pytest.raises(
            OptionError, match=r"can not use a sparse Jacobian, least_squares \(trf, dogbox\).* jac_dense"
        ):
            solve()
    np.testing.assert_allclose(optimize.root(p.fun, x, jac=p.jac_dense).x, 1, rtol=1e-9)
    ivp = nj.plan(lambda t, y: -1e4 * (y - np.cos(t)), sparsity="detect").for_solve_ivp()
    with pytest.raises(OptionError, match=r"solve_ivp \(LSODA\)"):
        integrate.solve_ivp(ivp.fun, (0, 10), x, method="LSODA", jac=ivp.jac)


# ------------------------------------------------------------------------------------------------------------ equations


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_roots(method):
    def f(x):
        return np.array([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])

    g = Counted(f)
    p = nj.plan(g)
    found = optimize.root(p.fun, [0, 0], jac=p.jac, method=method)  # the first x is of integers

    def slopes(x):
        d = 1.5 * (x[0] - x[1]) ** 2
        return np.array([[1 + d, -d], [-d, 1 + d]])

    exact = optimize.root(f, [0.0, 0.0], jac=slopes, method=method)
    np.testing.assert_allclose(found.x, exact.x, rtol=1e-7)
    assert g.calls <= 2 * exact.nfev + proofs(exact.nfev)
    np.testing.assert_allclose(optimize.fsolve(p.fun, [0, 0], fprime=p.jac), exact.x, rtol=1e-7)


def skew(x):
    """Its Jacobian is not symmetric."""
    return np.array([x[0] + 2 * x[1] - 2, x[0] ** 2 + 4 * x[1] ** 2 - 5 + np.exp(x[2]), x[2] + 0.3 * x[0] * x[1]])


def test_rows_of_a_jacobian_are_outputs():
    """SciPy takes a transposed one without a word, and goes astray or takes longer; a check finds it out."""
    x, p = np.array([1.0, 2.0, 0.5]), nj.plan(skew)

    def transposed(x):
        return p.jac(x).T

    right, wrong = optimize.root(skew, x, jac=p.jac), optimize.root(skew, x, jac=transposed)
    np.testing.assert_allclose(right.x, [0, 1, 0], atol=1e-9)
    assert wrong.success
    assert right.nfev < wrong.nfev
    np.testing.assert_allclose(optimize.least_squares(skew, x, p.jac).x, [0, 1, 0], atol=1e-7)
    assert optimize.least_squares(skew, x, transposed).cost > 1
    assert nj.check_jacobian(skew, p.jac, x)
    assert nj.check_jacobian(skew, transposed, x).finding.kind == "transpose"


def test_a_solver_that_wants_derivatives_down_the_columns_has_a_layout():
    x = np.array([1.0, 2.0, 0.5])
    across = optimize.fsolve(skew, x, fprime=nj.Jacobian(skew), full_output=True)
    down = optimize.fsolve(skew, x, fprime=nj.Jacobian(skew, layout="denominator"), col_deriv=True, full_output=True)
    np.testing.assert_array_equal(across[0], down[0])
    assert across[1]["nfev"] == down[1]["nfev"]


def test_curve_fit():
    def model(t, a, b, c):
        return a * np.exp(-b * t) + c

    t = np.linspace(0, 4, 30)
    data = model(t, 2.5, 1.3, 0.5) + 0.01 * np.sin(37 * t)
    plain, cov = optimize.curve_fit(model, t, data, p0=[1.0, 1.0, 0.0], xtol=1e-12)
    p = nj.plan(model).for_curve_fit()
    assert p.jac(t, 1.0, 1.0, 0.0).shape == (30, 3)
    for method in ("lm", "trf", "dogbox"):
        found, spread = optimize.curve_fit(p.fun, t, data, p0=[1.0, 1.0, 0.0], jac=p.jac, method=method)
        np.testing.assert_allclose(found, plain, rtol=1e-6)
        np.testing.assert_allclose(spread, cov, rtol=1e-4)


# --------------------------------------------------------------------------------------------------------- minimization


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP", "trust-constr"])
def test_minimize_by_gradients(method):
    exact = optimize.minimize(valley, START, jac=slope, method=method)
    f = Counted(valley)
    p = nj.plan(f)
    found = optimize.minimize(p.fun, START, jac=p.grad, method=method)
    assert found.success == exact.success
    assert found.fun <= max(2 * exact.fun, 1e-8)
    assert found.nfev <= 1.2 * exact.nfev + 5  # where rounding leads is another way, as long
    assert f.calls <= 2 * found.nfev + proofs(found.nfev)  # a point: its value, and a trace
    both = optimize.minimize(p.fun_and_jac, START, jac=True, method=method)
    np.testing.assert_allclose(both.x, found.x, rtol=1e-6)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg", "trust-constr"])
def test_minimize_by_hessians(method):

    def bowl(x):  # its Hessian is positive everywhere, as dogleg wants it
        return np.sum(np.cosh(x - 1)) + np.sum((x[1:] - x[:-1]) ** 2)

    def down(x):
        return np.sinh(x - 1) + 2 * np.concatenate([[0], np.diff(x)]) - 2 * np.concatenate([np.diff(x), [0]])

    def curved(x):
        return np.diag(np.cosh(x - 1)) + 2 * np.array([[1, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 1]])

    start = START
    exact = optimize.minimize(bowl, start, jac=down, hess=curved, method=method)
    p = nj.plan(bowl)
    found = optimize.minimize(p.fun, start, jac=p.grad, hess=p.hess, method=method)
    assert found.success
    np.testing.assert_allclose(found.x, exact.x, rtol=1e-4)
    assert found.nfev <= exact.nfev + 3
    if method in ("Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"):
        found = optimize.minimize(p.fun, start, jac=p.grad, hessp=p.hessp, method=method)
        np.testing.assert_allclose(found.x, exact.x, rtol=1e-4)


def test_minimize_takes_sparse_hessians_and_constraints():
    x = np.linspace(0.5, 1.5, 12)
    p = nj.plan(valley, hess_sparsity="detect")
    assert sparse.issparse(p.hess(x))
    found = optimize.minimize(p.fun, x, jac=p.grad, hess=p.hess, method="Newton-CG", options={"xtol": 1e-10})
    np.testing.assert_allclose(found.x, 1, rtol=1e-6)
    c = nj.plan(lambda x: x[1:] ** 2 + x[:-1], sparsity="detect")
    constraint = optimize.NonlinearConstraint(c.fun, -np.inf, 1.8, jac=c.jac)
    found = optimize.minimize(p.fun, x, jac=p.grad, hess=p.hess, method="trust-constr", constraints=constraint)
    assert found.success
    assert (c.fun(found.x) < 1.8 + 1e-9).all()


def test_a_row_for_a_gradient_is_refused():
    p = nj.plan(lambda x: np.array([valley(x)]))
    with pytest.raises(OptionError, match=r"wants a gradient of one axis.* use grad"):
        optimize.minimize(lambda x: p.fun(x)[0], START, jac=p.jac, method="BFGS")
    assert p.jac(START).shape == (1, 4)
    assert optimize.minimize(lambda x: p.fun(x)[0], START, jac=p.grad, method="BFGS").success


# ----------------------------------------------------------------------------------------------- differential equations


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_stiff_equations(method):
    def robertson(t, y):
        return np.array(
            [-0.04 * y[0] + 1e4 * y[1] * y[2], 0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2, 3e7 * y[1] ** 2]
        )

    def exact(t, y):
        return np.array(
            [[-0.04, 1e4 * y[2], 1e4 * y[1]], [0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1]], [0, 6e7 * y[1], 0]]
        )

    options = {"method": method, "rtol": 1e-8, "atol": 1e-10}
    p = nj.plan(robertson).for_solve_ivp()
    found = integrate.solve_ivp(p.fun, (0, 40), [1, 0, 0], jac=p.jac, **options)
    known = integrate.solve_ivp(robertson, (0, 40), [1, 0, 0], jac=exact, **options)
    np.testing.assert_allclose(found.y[:, -1], known.y[:, -1], rtol=1e-7)
    assert (found.nfev, found.njev) == (known.nfev, known.njev)


def test_stiff_equations_with_sparse_jacobians():
    def heat(t, u):
        return np.concatenate([[0.0], u[2:] - 2 * u[1:-1] + u[:-2], [0.0]]) * 400 - u**3

    p = nj.plan(heat, sparsity="detect").for_solve_ivp()
    u = np.sin(np.linspace(0, np.pi, 50))
    found = integrate.solve_ivp(p.fun, (0, 0.1), u, method="BDF", jac=p.jac, rtol=1e-8, atol=1e-10)
    known = integrate.solve_ivp(heat, (0, 0.1), u, method="BDF", rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.y[:, -1], known.y[:, -1], rtol=1e-6, atol=1e-12)


def test_boundary_values():
    def f(x, y):
        return np.stack([y[1], -np.exp(y[0])])

    p = nj.plan(f).for_solve_bvp()
    x, y = np.linspace(0, 1, 7), np.zeros((2, 7))
    expected = np.zeros((2, 2, 7))
    expected[0, 1], expected[1, 0] = 1, -1
    np.testing.assert_array_equal(p.fun_jac(x, y), expected)
    found = integrate.solve_bvp(p.fun, lambda a, b: np.array([a[0], b[0]]), x, y, fun_jac=p.fun_jac)
    known = integrate.solve_bvp(f, lambda a, b: np.array([a[0], b[0]]), x, y)
    assert found.success
    np.testing.assert_allclose(found.sol(x), known.sol(x), atol=1e-6)


# ------------------------------------------------------------------------------------------------------------- the memo


def test_either_order_serves_the_other():
    f = Counted(opaque(rosenbrock))
    p = nj.plan(f, method="forward")
    p.fun(START)
    assert f.calls == 2  # the first point is looked at twice, to see whether f is deterministic
    p.jac(START)
    assert f.calls == 2 + 4
    p.jac(START), p.fun(START)
    assert f.calls == 6
    p.jac(START + 1)  # f(x) is a by-product
    p.fun(START + 1)
    assert f.calls == 6 + 5
    for k in (2, 3):
        p.fun(START + k)
    p.fun(START)  # three points are remembered
    assert f.calls == 11 + 3


def test_nothing_that_is_handed_out_or_in_is_kept():
    p = nj.plan(rosenbrock)
    x = START.copy()
    for name in ("fun", "jac"):
        first = getattr(p, name)(x)
        expected = first.copy()
        first[:] = np.nan
        np.testing.assert_array_equal(getattr(p, name)(x), expected)
    x[:] = 5.0  # as solvers do
    np.testing.assert_array_equal(p.fun(START), rosenbrock(START))
    np.testing.assert_array_equal(p.fun(x), rosenbrock(x))
    s = nj.plan(rosenbrock, sparsity="detect")
    s.jac(START).data[:] = 0
    np.testing.assert_array_equal(s.jac(START).toarray(), p.jac(START))
    buffer = np.empty(4)

    def careless(x):
        buffer[:] = x**2
        return buffer

    kept = nj.plan(careless)
    a = kept.fun(START)
    kept.fun(2 * START)
    np.testing.assert_array_equal(a, START**2)
    np.testing.assert_array_equal(kept.fun(START), START**2)


def test_a_function_that_is_not_deterministic_is_not_remembered():
    random = np.random.default_rng(0)
    p = nj.plan(opaque(lambda x: x + random.normal(size=x.size)), method="central")
    assert (p.fun(START) != p.fun(START)).all()
    assert "no memo" in repr(p)
    off = nj.plan(Counted(rosenbrock), memo=False)
    off.fun(START), off.fun(START)
    assert off.f.calls == 2


def test_arguments_are_part_of_the_point():
    f = Counted(lambda x, a, b: np.asarray(a) * x + np.sum(b))
    p = nj.plan(f)
    assert p.fun(2.0, 3.0, 1.0) == 7.0
    assert p.fun(2.0, 4.0, 1.0) == 9.0
    assert p.jac(2.0, 3.0, 1.0) == 3.0
    data = np.array([1.0, 2.0])
    np.testing.assert_array_equal(p.fun(2.0, data, 0.0), [2, 4])
    data[:] = 5.0
    np.testing.assert_array_equal(p.fun(2.0, data, 0.0), [10, 10])

    class Opaque(float):
        pass

    calls = f.calls
    p.fun(2.0, Opaque(3.0), [1.0])  # a list may change
    p.fun(2.0, Opaque(3.0), [1.0])
    assert f.calls == calls + 2


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.integers(0, 9)), max_size=40))
def test_a_memo_is_a_dictionary_of_the_last_points(script):
    memo, points = Memo(3), []
    truth = {}
    for key, name, value in script:
        known = truth.get(key, {}).get(name)
        assert memo.get(key, name) == known
        memo.put(key, name, value)
        points = [p for p in points if p != key] + [key]
        truth.setdefault(key, {})[name] = value
        for old in points[:-3]:
            truth.pop(old, None)
        points = points[-3:]


def test_many_threads_and_pickles():
    p = nj.plan(valley)
    points = [START + 0.01 * k for k in range(8)]
    expected = [(valley(x), slope(x)) for x in points]
    wrong = []

    def work(k):
        for _ in range(30):
            for x, (value, g) in zip(points[k:] + points[:k], expected[k:] + expected[:k], strict=True):
                if p.fun(x) != value or not np.allclose(p.grad(x), g, rtol=1e-12):
                    wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    again = pickle.loads(pickle.dumps(p))
    np.testing.assert_allclose(again.grad(START), slope(START), rtol=1e-12)
    assert again.memo is not None


def test_options_that_make_no_sense():
    with pytest.raises(OptionError, match="full_output"):
        nj.plan(valley, full_output=True)
    p = nj.plan(valley, method="central", abs_step=1e-4)  # of first derivatives; second ones choose their own
    np.testing.assert_allclose(p.hess(START), bend(START), rtol=1e-9)
    np.testing.assert_allclose(p.hessp(START, [1.0, 0, 0, 0]), bend(START)[0], rtol=1e-9, atol=1e-9)
    given_ = nj.plan(valley, gradient=slope)
    np.testing.assert_allclose(given_.hess(START), bend(START), rtol=1e-9)


# ------------------------------------------------------------------------------------------- what once was wrong in it


def test_planned_arguments_that_are_written_to_are_other_arguments():
    data, more = np.array([1.0, 2.0]), {"shift": np.zeros(2)}
    p = nj.plan(lambda x, a, shift: a * x + shift, args=(data,), kwargs=more)
    x = np.array([3.0, 4.0])
    np.testing.assert_array_equal(p.fun(x), [3, 8])
    np.testing.assert_array_equal(p.jac(x), np.diag([1.0, 2.0]))
    data[:] = 5.0
    np.testing.assert_array_equal(p.fun(x), [15, 20])
    np.testing.assert_array_equal(p.jac(x), np.diag([5.0, 5.0]))
    more["shift"][:] = 1.0
    np.testing.assert_array_equal(p.fun(x), [16, 21])


def test_large_arguments_are_told_apart_by_their_digests():
    data = np.zeros(10**5)
    p = nj.plan(lambda x, a: a[-1] * x, args=(data,))
    assert p.fun(2.0) == 0
    data[-1] = 3.0
    assert p.fun(2.0) == 6


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_buffer_of_any_rank_is_copied(shape):
    buffer = np.empty(shape)

    def careless(x):
        buffer[...] = np.sum(x) ** 2
        return buffer

    p = nj.plan(careless)
    first = p.fun(START)
    expected = np.array(first)
    p.fun(2 * START)
    np.testing.assert_array_equal(first, expected)
    np.testing.assert_array_equal(p.fun(START), expected)


def test_the_program_of_the_user_may_make_a_sparse_jacobian_dense():
    p = nj.plan(lambda x: x**3 - 1, sparsity="detect")
    found = optimize.root(p.fun, np.full(5, 2.0), jac=lambda x: p.jac(x).toarray())
    np.testing.assert_allclose(found.x, 1, rtol=1e-9)


@pytest.mark.parametrize("method", ["trust-exact", "trust-ncg", "trust-krylov", "dogleg"])
def test_sparse_hessians_are_refused_where_they_would_fail_without_a_word(method):
    p = nj.plan(valley, hess_sparsity="detect")
    with pytest.raises(OptionError, match=r"can not use a sparse Hessian, Newton-CG and trust-constr can"):
        optimize.minimize(p.fun, START, jac=p.grad, hess=p.hess, method=method)


def test_sparse_jacobians_of_constraints_are_refused_by_slsqp():
    p = nj.plan(lambda x: x**2 - 1, sparsity="detect")
    constraint = {"type": "eq", "fun": p.fun, "jac": p.jac}
    with pytest.raises(OptionError, match=r"minimize \(SLSQP\) can not use a sparse Jacobian"):
        optimize.minimize(np.sum, START, method="SLSQP", constraints=[constraint])


def test_adapters_keep_planned_arguments():
    p = nj.plan(lambda t, y, rate, power: -rate * y**power, args=(3.0,), kwargs={"power": 2}).for_solve_ivp()
    y = np.array([1.0, 2.0])
    np.testing.assert_array_equal(p.fun(0.5, y), [-3, -12])
    np.testing.assert_allclose(p.jac(0.5, y), np.diag([-6.0, -12.0]), rtol=1e-12)
    np.testing.assert_allclose(p.jac(0.5, y, 1.0), np.diag([-2.0, -4.0]), rtol=1e-12)
    b = nj.plan(lambda x, y, rate: np.stack([rate * y[1], -y[0]]), args=(3.0,)).for_solve_bvp()
    x, y = np.linspace(0, 1, 4), np.ones((2, 4))
    np.testing.assert_array_equal(b.fun(x, y), [[3] * 4, [-1] * 4])
    np.testing.assert_array_equal(b.fun_jac(x, y)[0, 1], [3] * 4)
    with pytest.raises(OptionError, match="use kwargs"):
        nj.plan(lambda t, a, b: a * t + b, args=(1.0,)).for_curve_fit()
    fit = nj.plan(lambda t, a, power: a * t**power, kwargs={"power": 2}).for_curve_fit()
    np.testing.assert_array_equal(fit.jac(np.array([1.0, 2.0]), 5.0), [[1], [4]])


def test_adapters_have_dense_jacobians_too():
    ivp = nj.plan(lambda t, y: -1e4 * (y - np.cos(t)), sparsity="detect").for_solve_ivp()
    found = integrate.solve_ivp(ivp.fun, (0, 1), np.full(3, 2.0), method="LSODA", jac=ivp.jac_dense)
    assert found.success
    fit = nj.plan(lambda t, a, b: a * t + b, sparsity="detect").for_curve_fit()
    assert isinstance(fit.jac_dense(np.arange(3.0), 1.0, 2.0), np.ndarray)


def test_a_vectorized_function_has_its_axis_of_points():
    def f(X):
        assert X.ndim == 2
        return np.stack([X[0] * X[1], X[1] ** 2])

    p = nj.plan(f, vectorized=True)
    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(p.fun(x), [6, 9])
    np.testing.assert_allclose(p.jac(x), [[3, 2], [0, 6]], rtol=1e-8)
    np.testing.assert_allclose(optimize.root(p.fun, x, jac=p.jac).x[1] ** 2, 0, atol=1e-6)


def test_a_function_whose_values_change_is_not_remembered_by_its_jacobian_alone():
    random = np.random.default_rng(0)
    p = nj.plan(opaque(lambda x: x * random.normal()), method="central")
    assert (p.jac(START) != p.jac(START)).any()
    assert p.memo is None


def test_boundary_values_with_parameters():
    """Mathieu's equation, whose first eigenvalue for q = 5 is -5.80004602 (Abramowitz, Stegun, table 20.1)."""

    def f(x, y, p):
        return np.stack([y[1], -(p[0] - 10 * np.cos(2 * x)) * y[0]])

    def ends(a, b, p):
        return np.array([a[1], b[1], a[0] - 1])

    p = nj.plan(f).for_solve_bvp()
    x = np.linspace(0, np.pi, 30)
    y = np.stack([np.cos(x) ** 0, 0 * x])
    by_y, by_p = p.fun_jac(x, y, np.array([-6.0]))
    assert by_y.shape == (2, 2, 30)
    np.testing.assert_allclose(by_p, np.stack([0 * x, -y[0]])[:, np.newaxis], rtol=1e-12)
    found = integrate.solve_bvp(p.fun, ends, x, y, p=[-6.0], fun_jac=p.fun_jac, tol=1e-6)
    known = integrate.solve_bvp(f, ends, x, y, p=[-6.0], tol=1e-6)
    assert found.success
    np.testing.assert_allclose(found.p, known.p, rtol=1e-6)
    np.testing.assert_allclose(found.p, -5.80004602, rtol=1e-5)
    with pytest.raises(OptionError, match="complex"):
        p.fun_jac(x, y + 0j, np.array([-6.0]))


def test_all_parts_of_a_plan_have_the_same_workers():
    with nj.plan(valley, workers=2, method="central") as p:
        engines = {one.function.spread.engine for one in (p.columns, p._gradient, p._curved, p._bent)}
        assert len(engines) == 1
        np.testing.assert_allclose(p.grad(START), slope(START), rtol=1e-6)
        (engine,) = engines
        assert engine.pool is not None
    assert engine.pool is None


@pytest.mark.parametrize("workers", [np.int64(2), -1, "auto", None])
def test_threads_are_counted_as_workers_are(workers):
    from numjac.native.threads import workers_of

    assert workers_of(workers) is None or workers_of(workers) >= 1


@pytest.mark.parametrize("workers", [0, True, "2", 1.5, -2, int])
def test_what_is_no_number_of_threads_is_refused(workers):
    from numjac.native.threads import workers_of

    with pytest.raises(OptionError, match="number of threads"):
        workers_of(workers)


def test_a_choice_of_columns_is_for_what_has_columns():
    p = nj.plan(valley, wrt=[0, 2])
    np.testing.assert_allclose(p.grad(START), slope(START)[[0, 2]], rtol=1e-12)
    for ask in (p.hess, lambda x: p.hessp(x, x), p.linear_operator):
        with pytest.raises(OptionError, match="wrt: it chooses columns"):
            ask(START)
