"""The checker: every fault that people make is planted and named; what is right raises no alarm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numjac as nj
from numjac.errors import OptionError
from numjac.faults import Claim, diagnose, named
from numjac.halving import columns_at_fault

# ------------------------------------------------------------------------------------------------- scenarios

RNG = np.random.default_rng(20)
A5, A53 = RNG.normal(size=(5, 5)), RNG.normal(size=(5, 3))


def point(n, seed):
    return np.random.default_rng(seed).uniform(0.4, 1.6, n)


# Functions with full Jacobians whose rows and columns are all different, square and not, of several sizes.
FUNCTIONS = {
    "waves": lambda x, m, n: np.sin(np.outer(np.arange(1, m + 1), np.ones(n)) @ x) + np.arange(1, m + 1) * np.prod(x),
    "powers": lambda x, m, n: np.stack([np.sum(x ** (i + 2) * np.arange(1, n + 1)) for i in range(m)]),
    "exponentials": lambda x, m, n: np.exp(np.cos(np.arange(1.0, m * n + 1)).reshape(m, n) @ x),
    "rationals": lambda x, m, n: np.stack([np.sum(np.arange(1, n + 1) / (x + i + 1)) for i in range(m)]) * np.sum(x),
    "mixed": lambda x, m, n: np.cos(np.arange(2.0, m * n + 2)).reshape(m, n) @ (x**2) + np.arange(m) * np.log(x).sum(),
    "norms": lambda x, m, n: np.stack([np.linalg.norm(x * np.arange(1, n + 1) + i) * (i + 1) for i in range(m)]),
}
DENSE = {
    f"{name} {m}x{n}": (lambda x, f=f, m=m, n=n: f(x, m, n), point(n, k))
    for k, (m, n) in enumerate([(4, 4), (6, 6), (3, 5), (7, 4), (5, 3)])
    for name, f in FUNCTIONS.items()
}
SQUARE = {name: case for name, case in DENSE.items() if name.endswith(("4x4", "6x6"))}


def sign(J, rng):
    return -J


def factor(J, rng):
    return J * rng.choice([2, 0.5, 1 / 3, np.pi / 180, 180 / np.pi, 1 / J.shape[1], J.shape[0], 100, 2 * np.pi])


def transpose(J, rng):
    return J.T


def swapped_rows(J, rng):
    i, j = rng.choice(len(J), 2, replace=False)
    J[[i, j]] = J[[j, i]]
    return J


def swapped_columns(J, rng):
    return swapped_rows(J.T.copy(), rng).T


def shifted_rows(J, rng):
    return np.roll(J, rng.integers(1, len(J) - 1) if len(J) > 3 else 1, axis=0)


def shifted_columns(J, rng):
    return np.roll(J, 1, axis=1)


def lost_row(J, rng):
    return np.vstack([np.zeros(J.shape[1]), J[:-1]])


def chain_of_columns(J, rng):
    return J * rng.uniform(0.3, 0.9, J.shape[1])


def chain_of_rows(J, rng):
    return J * rng.uniform(1.1, 1.9, (len(J), 1))


def chain_of_one_column(J, rng):
    J[:, rng.integers(J.shape[1])] *= 0.7354
    return J


def sign_of_a_row(J, rng):
    J[rng.integers(len(J))] *= -1
    return J


def missing_entry(J, rng):
    J[rng.integers(len(J)), rng.integers(J.shape[1])] = 0
    return J


def zero_column(J, rng):
    J[:, rng.integers(J.shape[1])] = 0
    return J


def one_entry(J, rng):
    J[rng.integers(len(J)), rng.integers(J.shape[1])] *= 1.37
    return J


def not_finite(J, rng):
    J[rng.integers(len(J)), rng.integers(J.shape[1])] = np.nan
    return J


FAULTS = {
    sign: "sign", factor: "factor", transpose: "transpose", swapped_rows: "swapped rows",
    swapped_columns: "swapped columns", shifted_rows: "shifted rows", shifted_columns: "shifted columns",
    lost_row: "shifted rows", chain_of_columns: "chain factor", chain_of_rows: "chain factor",
    chain_of_one_column: "chain factor", sign_of_a_row: "sign", missing_entry: "missing entry",
    zero_column: "zero column", one_entry: "one entry", not_finite: "not finite",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_named(fault):
    """In thirty scenarios; all are found, and at least 95 in 100 are called what they are."""
    cases = (SQUARE if fault is transpose else DENSE).items()
    called = []
    for k, (name, (f, x)) in enumerate(cases):
        wrong = lambda x, f=f, k=k: fault(nj.jacobian(f, x).copy(), np.random.default_rng(k))  # noqa: E731
        report = nj.check_jacobian(f, wrong, x)
        assert not report, f"{fault.__name__} was not found in {name}"
        called.append(report.finding.kind == FAULTS[fault])
    assert len(called) >= 12
    assert np.mean(called) >= 0.95


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DENSE)
def test_what_is_right_raises_no_alarm(name):
    f, x = DENSE[name]
    for method in ("auto", "adaptive", "central"):
        jac = lambda x, method=method: nj.jacobian(f, x, method=method)  # noqa: E731
        report = nj.check_jacobian(f, jac, x)
        assert report, str(report)
        assert report.error <= 1
        assert report.points == 4


@settings(max_examples=300)
@given(st.integers(0, 10**9))
def test_no_false_alarm_in_random_quadratic_forms(seed):
    """With the scripts of other seeds, ten thousand were tried: none was accused."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 6, 2)
    T = rng.normal(size=(m, n, n)) * 10.0 ** rng.integers(-6, 6, (m, 1, 1))
    x = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4)
    f = lambda x: np.einsum("ijk,j,k->i", T, x, x)  # noqa: E731
    assert nj.check_jacobian(f, lambda x: np.einsum("ijk,k->ij", T + T.transpose(0, 2, 1), x), x, points=1)


# --------------------------------------------------------------------------------------------- other findings


def test_wrong_only_elsewhere():
    f = lambda x: np.array([x[0] ** 3, x[1]])  # noqa: E731
    report = nj.check_jacobian(f, lambda x: [[3 * 0.49, 0], [0, 1]], [0.7, 2.0])
    assert report.finding.kind == "elsewhere"
    assert "right at x, but not at" in str(report)


def test_a_function_that_is_none():
    rng = np.random.default_rng(0)
    report = nj.check_jacobian(lambda x: x + rng.normal(size=2), np.eye(2), [1.0, 2.0])
    assert report.finding.kind == "not deterministic"
    assert report.method == "itself"


def test_noise_raises_the_tolerance_and_is_told():
    rng = np.random.default_rng(0)

    def noisy(x):
        return np.array([float(x[0]) ** 2, float(x[0]) * float(x[1])]) * (1 + 1e-9 * rng.normal(size=2))

    report = nj.check_jacobian(noisy, lambda x: [[2 * x[0], 0], [x[1], x[0]]], [1.0, 2.0], rtol=1e-6)
    assert report
    assert "noisy" in str(report)
    assert "raised" in str(report)
    assert not nj.check_jacobian(noisy, lambda x: [[2 * x[0], 0], [x[1], -x[0]]], [1.0, 2.0])


@pytest.mark.filterwarnings("ignore")
def test_a_kink_is_told_and_left_out():
    f = lambda x: np.array([abs(x[0]), x[1] ** 2])  # noqa: E731
    report = nj.check_jacobian(f, lambda x: [[np.sign(x[0]), 0], [0, 2 * x[1]]], [0.0, 2.0], points=0)
    assert report
    assert "not differentiable here" in str(report)


def test_shapes():
    f = lambda x: np.array([x[0] * x[1], x[1] * x[2]])  # noqa: E731
    x = [1.0, 2.0, 3.0]
    right = np.array([[2.0, 1, 0], [0, 3, 2]])
    for J in (right, right.tolist(), right[np.newaxis], right.reshape(2, 1, 3)):
        assert nj.check_jacobian(f, J, x)
    turned = nj.check_jacobian(f, right.T, x)
    assert turned.finding.kind == "transpose"
    assert "the shape is (3, 2), expected (2, 3)" in turned.finding.message
    assert nj.check_jacobian(f, right[:, :2], x).finding.kind == "shape"
    assert nj.check_jacobian(lambda x: x @ x, [[2.0, 4.0]], [1.0, 2.0]), "a row for a scalar"
    assert nj.check_jacobian(np.sin, np.cos(1.0), 1.0)
    with pytest.raises(OptionError, match="made of"):
        nj.check_jacobian(f, np.full((2, 3), "a"), x)


def test_sparse_and_operators():
    scipy = pytest.importorskip("scipy")
    sparse, linalg = pytest.importorskip("scipy.sparse"), pytest.importorskip("scipy.sparse.linalg")
    assert scipy
    f = lambda x: np.diff(x) ** 2  # noqa: E731
    x = np.arange(6.0) ** 1.5 + 1

    def J(x):
        d = 2 * np.diff(x)
        return sparse.diags_array([-d, d], offsets=[0, 1], shape=(5, 6)).tocsr()

    assert nj.check_jacobian(f, J, x)
    assert nj.check_jacobian(f, lambda x: linalg.aslinearoperator(J(x)), x)

    def incomplete(x):
        found = J(x).tolil()
        found[2, 3] = 0
        return found.tocsr()

    report = nj.check_jacobian(f, incomplete, x)
    assert (report.finding.kind, report.worst[0][:2]) == ("missing entry", (2, 3))
    extra = J(x).tolil()
    extra[4, 0] = 1.0
    assert nj.check_jacobian(f, extra, x).finding.kind == "extra entry"


@pytest.mark.parametrize("as_operator", [False, True])
def test_the_fast_way_finds_columns_by_halving(as_operator):
    f = lambda x: np.cumsum(x**2)[::7]  # noqa: E731
    n = 700
    x = np.linspace(1, 2, n)
    right = lambda x: np.tril(np.ones((n, n)))[::7] * (2 * x)  # noqa: E731
    asked = []

    def wrong(x):
        J = right(x)
        J[:, 123] *= -1
        J[40, 17] += 3
        asked.append(1)
        if as_operator:
            return pytest.importorskip("scipy.sparse.linalg").aslinearoperator(J)
        return J

    assert nj.check_jacobian(f, right, x, fast=True)
    report = nj.check_jacobian(f, wrong, x, fast=True)
    assert not report
    assert "2 of 700 columns are wrong: 17, 123" in str(report)
    assert (40, 17) in [entry[:2] for entry in report.worst] or report.worst[0][1] == 123
    assert len(asked) < 10
    one = lambda x: right(x) * np.where(np.arange(n) == 300, -1, 1)  # noqa: E731
    assert nj.check_jacobian(f, one, x, fast=True).finding.kind == "sign"


@pytest.mark.parametrize(
    ("spoil", "kind", "told"),
    [
        (lambda J: J[:, [*range(50), 52, 51, 50, *range(53, 80)]], "swapped columns", "columns 50 and 52 are swapped"),
        (lambda J: J * np.where(np.arange(80) == 61, np.pi / 180, 1), "factor", "column 61 is pi/180 times what"),
        (lambda J: J * np.where(np.isin(np.arange(80), [7, 61]), 0, 1), "zero column", "columns 7, 61 are zero"),
        (lambda J: J + 1e-2 * np.eye(30, 80, 44), "entries", "30 of 80 columns are wrong: 44, 45"),
        (lambda J: _with(J, (3, 70), 0.0), "missing entry", "entry [3, 70] is missing"),
        (lambda J: _with(J, (3, 70), 5.0), "one entry", "entry [3, 70] is wrong: 5, expected"),
        (lambda J: _with(J, (3, 70), np.nan), "not finite", "the first is [3, 70]"),
        (
            lambda J: _with(J, ([3, 4], [70, 70]), [8.0, 9.0]),
            "entries",
            "2 of 2400 entries are wrong, all in column 70",
        ),
        (lambda J: -J, "sign", "at least 32 of 80 columns are wrong: 0, 1, 2, 3, 4, ...; the sign of columns 0, 1"),
        (lambda J: J.T, "transpose", "the shape is (80, 30), expected (30, 80): it is that of the transpose"),
        (lambda J: J[1:], "shape", "the shape is (29, 80), expected (30, 80)"),
    ],
)
def test_the_fast_way_calls_columns_by_their_numbers_in_the_whole(spoil, kind, told):
    A = np.random.default_rng(5).normal(size=(30, 80))
    report = nj.check_jacobian(lambda x: A @ x, spoil(A), np.ones(80), fast=True)
    assert report.finding.kind == kind
    assert told in report.finding.message


def _with(J, place, value):
    J = J.copy()
    J[place] = value
    return J


@pytest.mark.parametrize("fast", [False, True])
def test_a_claim_that_is_no_numbers_is_refused(fast):
    with pytest.raises(nj.errors.OptionError, match="expected numbers"):
        nj.check_jacobian(np.sin, [["a", "b"], ["c", "d"]], [1.0, 2.0], fast=fast)


def test_the_fast_way_leaves_kinks_out_and_says_so():
    f = lambda x: np.array([abs(x[0]), x[1] ** 2 + x[0]])  # noqa: E731
    J = lambda x: np.array([[np.sign(x[0]), 0], [1, 2 * x[1]]])  # noqa: E731
    report = nj.check_jacobian(f, J, [0.0, 1.0], fast=True)  # a warning of the jvp would be an error here
    assert report
    assert "not differentiable here: output 0" in str(report)
    report = nj.check_jacobian(f, lambda x: J(x) * [[1, 1], [1, 2]], [0.0, 1.0], fast=True)
    assert "entry [1, 1] is wrong" in report.finding.message


def test_halving_takes_as_few_directions_as_it_can():
    for n in (1, 2, 100, 5000):
        for where in ([0], [n - 1], [n // 2], sorted({0, n // 3, n - 1})):
            calls = []
            row = np.zeros(n)
            row[where] = 1.0
            found = columns_at_fault(lambda v, row=row, calls=calls: calls.append(1) or bool(row @ v), n, 0)
            assert found.tolist() == sorted(set(where))
            assert len(calls) <= 2 + 2 * len(where) * np.ceil(np.log2(n + 1))
    assert columns_at_fault(lambda v: False, 10, 0).size == 0


def test_gradients_and_hessians():
    f = lambda x: x[0] ** 2 * x[1] + np.sin(x[1])  # noqa: E731
    grad = lambda x: np.array([2 * x[0] * x[1], x[0] ** 2 + np.cos(x[1])])  # noqa: E731
    hess = lambda x: np.array([[2 * x[1], 2 * x[0]], [2 * x[0], -np.sin(x[1])]])  # noqa: E731
    x = [1.2, 0.7]
    assert nj.check_gradient(f, grad, x)
    assert nj.check_hessian(f, hess, x)
    assert nj.check_gradient(f, lambda x: -grad(x), x).finding.kind == "sign"
    assert nj.check_hessian(f, lambda x: hess(x) / 2, x).finding.message == "it is 1/2 times the Jacobian"
    nj.assert_gradient(f, grad, x)
    nj.assert_hessian(f, hess, x)
    nj.assert_jacobian(f, grad, x)
    for check, wrong in ((nj.assert_gradient, grad), (nj.assert_hessian, hess), (nj.assert_jacobian, grad)):
        with pytest.raises(AssertionError, match="minus the Jacobian") as raised:
            check(f, lambda x, wrong=wrong: -wrong(x), x)
        assert raised.value.report.finding.kind == "sign"
    with pytest.raises(nj.errors.ShapeError):
        nj.check_gradient(lambda x: x, grad, x)
    with pytest.raises(nj.errors.ShapeError):
        nj.check_hessian(lambda x: x, hess, x)


def test_arguments_reach_both():
    f = lambda x, a, b=0: a * x**2 + b  # noqa: E731
    jac = lambda x, a, b=0: np.diag(2 * a * x)  # noqa: E731
    assert nj.check_jacobian(f, jac, [1.0, 2.0], args=(3.0,), kwargs={"b": 1})


def test_neither_is_written_to_and_exceptions_pass():
    def writes(x):
        x[...] = 0
        return np.eye(2)

    x = np.array([1.0, 2.0])
    assert nj.check_jacobian(lambda x: x * 1.0, writes, x)
    np.testing.assert_array_equal(x, [1, 2])

    def raises(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        nj.check_jacobian(lambda x: x * 1.0, raises, x)
    for options in ({"points": -1}, {"rtol": 0}, {"rtol": -1.0}):
        with pytest.raises(OptionError):
            nj.check_jacobian(lambda x: x * 1.0, np.eye(2), x, **options)


def test_points_stay_within_bounds():
    seen = []

    def f(x):
        seen.append(np.array(x, float))
        return np.sqrt(x)

    jac = lambda x: np.diag(0.5 / np.sqrt(x))  # noqa: E731
    box = type("Box", (), {"lb": 0.0, "ub": np.ones(2)})()
    for bounds in ((0, 1), ([0, 0], [1, 1]), box):
        assert nj.check_jacobian(f, jac, [1e-3, 1.0], bounds=bounds, method="adaptive")
    assert all((place >= 0).all() and (place <= 1).all() for place in seen)


def test_the_report_says_the_finding_first():
    report = nj.check_jacobian(lambda x: A53 @ x, A53 * np.array([1, -1, 1]), [1.0, 2.0, 3.0])
    lines = repr(report).splitlines()
    assert lines[0] == "the sign of column 1 is wrong"
    assert lines[1].split() == ["row", "column", "yours", "true", "ratio"]
    assert all(line.split()[1] == "1" and line.split()[-1] == "-1" for line in lines[2:7])
    assert lines[-1] == "checked at 1 point, against analytic derivatives"
    assert "\x1b" not in repr(report)


def test_colour_is_for_terminals(monkeypatch):
    report = nj.check_jacobian(np.sin, 7.0, 1.0)
    assert "\x1b" not in str(report)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert str(report).startswith("\x1b[31m")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in str(report)


def test_factors_are_called_by_their_names():
    assert [named(v, 4, 7) for v in (2, -0.5, 1 / 7, 4.0, np.pi / 180, 0.123456789)] == [
        "2", "-1/2", "1/n", "4", "pi/180", "0.123457"]  # fmt: skip


def test_several_faults_at_once_are_counted():
    true = np.arange(1.0, 26).reshape(5, 5)
    yours = true.copy()
    yours[[0, 1, 4], [1, 3, 2]] += [1.0, -2.0, 5.0]
    finding = diagnose(Claim(yours, true, np.full((5, 5), 1e-9)))
    assert finding.kind == "entries"
    assert finding.message.startswith("3 of 25 entries are wrong")
