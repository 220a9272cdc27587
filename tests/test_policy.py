"""The policy: what proves a complex step, and what refutes it."""

import threading
import warnings

import numpy as np
import pytest
from opaque import opaque

import numjac as nj
from numjac.errors import NotAnalyticError
from numjac.formats import EPS
from numjac.numeric.functions import Function
from numjac.numeric.points import as_point
from numjac.numeric.proof import Claim, contradiction, random_direction
from numjac.numeric.steps import Wishes

X = np.array([0.8, 1.7, 2.2])


def cast(x):
    return np.asarray(x).real.astype(float)


VALID = {
    "exp": lambda x: np.exp(x),
    "rational": lambda x: x / (1 + x**2),
    "power": lambda x: x**2.5,
    "sqrt and log": lambda x: np.sqrt(x) * np.log(x),
    "trigonometry": lambda x: np.sin(x) + np.arctan(x) * np.cosh(x),
    "matrix product": lambda x: np.outer(x, x) @ x,
    "solve": lambda x: np.linalg.solve(np.diag(x) + np.ones((3, 3)), x),
    "determinant": lambda x: np.linalg.det(np.outer(x, x) + np.diag(x)),
    "inverse": lambda x: np.linalg.inv(np.diag(x) + 1),
    "loop": lambda x: [sum(x[: k + 1]) for k in range(3)],
    "branch on the real part": lambda x: x**2 if x[0].real < 1.01 else x,
    "constant": lambda x: np.ones(2) + 0 * x[0],
    "linear": lambda x: x[::-1] * 3,
    "cumulative": lambda x: np.cumprod(x),
    "fft": lambda x: (
        np.fft.fft(x).real if not np.iscomplexobj(x) else np.fft.fft(x.real).real + 1j * np.fft.fft(x.imag).real
    ),
}
INVALID = {
    "abs": lambda x: np.abs(x) + 0j * x if np.iscomplexobj(x) else np.abs(x),
    "abs of real dtype": np.abs,
    "norm": lambda x: np.linalg.norm(x) * np.ones(2, x.dtype),
    "real": lambda x: x.real * x,
    "conj": lambda x: np.conj(x) * x[0],
    "vdot": lambda x: np.vdot(x, x),
    "cast": lambda x: cast(x) + 0 * x,
    "float": lambda x: float(x[0]) * x,
    "sign": lambda x: x * np.sign(x.real) * np.abs(x) / np.abs(x.real) * np.abs(x),
    "maximum of parts": lambda x: np.maximum(x.real, x.imag) + 0 * x,
    "std": lambda x: np.std(x) + 0 * x,
    "hidden small abs": lambda x: x + 1e-3 * np.abs(x),
    "half lost": lambda x: np.array([x[0] ** 2, x[1].real ** 2 + 0 * x[0]]),
    "eigvalsh": lambda x: np.linalg.eigvalsh(np.outer(x, x) + np.diag(x)) + 0 * x,
    "another value": lambda x: x * (1 + (1e-3 if np.iscomplexobj(x) else 0)),
    "raises": lambda x: [complex(v) if False else float(v) for v in x],
    "nan beside the axis": lambda x: x * (np.nan if np.iscomplexobj(x) else 1),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_complex_step_is_accepted(name):
    for k in range(10):
        x = X * (1 + 0.05 * k)
        J, report = nj.jacobian(opaque(VALID[name]), x, full_output=True)
        assert report.method == "complex", report.reason
        reference = nj.jacobian(VALID[name], x, method="central", order=6)
        np.testing.assert_allclose(J, reference, rtol=1e-8, atol=1e-9)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_complex_step_is_refused(name):
    for k in range(10):
        x = X * (1 + 0.05 * k)
        J, report = nj.jacobian(opaque(INVALID[name]), x, full_output=True)
        assert report.method == "adaptive"
        assert "; complex: " in report.reason
        assert report.nfev.by_kind["complex"] >= 1
        np.testing.assert_array_equal(J, nj.jacobian(INVALID[name], x, method="adaptive"))
    with pytest.raises((NotAnalyticError, TypeError)):
        nj.jacobian(INVALID[name], X, method="complex")


@pytest.mark.parametrize("operator", [nj.jvp, nj.derivative])
def test_other_operators_prove_it_too(operator):
    more = (X,) if operator is nj.jvp else ()
    bent = lambda x: np.abs(x) + 0 * x  # noqa: E731
    assert operator(opaque(bent), X, *more, full_output=True)[1].method == "adaptive"
    assert operator(opaque(np.exp), X, *more, full_output=True)[1].method == "complex"
    with pytest.raises(NotAnalyticError):
        operator(bent, X, *more, method="complex")


@pytest.mark.parametrize(
    ("options", "why"), [({"x": X + 1j}, "x is complex already"), ({"f": lambda x: x * 1j}, "f(x) is")]
)
def test_complex_numbers_are_no_complex_step(options, why):
    f, x = options.get("f", np.exp), options.get("x", X)
    assert why in nj.jacobian(opaque(f), x, full_output=True)[1].reason
    with pytest.raises(NotAnalyticError, match="needs a real function of real x"):
        nj.jacobian(f, x, method="complex")


def filling(x):
    """The everyday function that loses imaginary parts: it fills an array of floats."""
    y = np.zeros(3)
    y[:2] = x[:2] ** 2
    y[2] = x[2].real
    return y


def test_nobody_hears_that_f_was_tried_with_complex_numbers():
    exact = np.diag([2 * X[0], 2 * X[1], 1])
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [nj.jacobian(filling, X) for _ in range(20)]) for _ in range(8)]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for thread in threads:
            thread.start()
        np.testing.assert_allclose(nj.jacobian(filling, X), exact, atol=1e-9)
        for thread in threads:
            thread.join()
    assert heard == []
    assert warnings.filters == before
    with pytest.warns(np.exceptions.ComplexWarning):
        filling(X + 1j)


def test_bounds_bind_the_proof_too(counted):
    f = counted(np.exp)
    _, report = nj.jacobian(opaque(f), [0.0, 1.0], bounds=(0.0, 1.0), full_output=True)
    assert report.method == "complex"
    assert all((x.real >= 0).all() and (x.real <= 1).all() for x in f.points)


@pytest.mark.parametrize("fault", [1e-1, 1e-2, 1e-3, 1e-4])
def test_one_wrong_entry_is_seen(fault):
    """The check at work: a true Jacobian passes, the same with one entry off by a factor does not."""
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(50):
        n = int(rng.integers(1, 6))
        A = rng.normal(size=(n, n))
        x = rng.normal(size=n)
        f = lambda x, A=A: np.sin(A @ x)  # noqa: E731
        J = np.cos(A @ x)[:, None] * A
        point = as_point(x)
        evaluator = Function(f).at(point)
        v = random_direction(point, None, Wishes())

        def found(J, evaluator=evaluator, point=point, v=v):
            return contradiction(evaluator, point, Claim(v, J @ v, np.abs(J) @ np.abs(v)), EPS, Wishes())

        assert found(J) == ""
        wrong = J.copy()
        wrong.flat[np.argmax(np.abs(J))] *= 1 + fault
        missed += found(wrong) == ""
    assert missed <= 2


@pytest.mark.parametrize("box", [(-9.0, 9.0), (-9.0, [0.8, 9, 9]), ([0.8, -9, -9], 9), (-9, [0.8, 1.7, 9.0])])
def test_the_proof_is_as_sharp_at_a_bound(box):
    """One-sided, the curvature of a smooth function must not hide a fault."""
    J, report = nj.jacobian(opaque(lambda x: np.abs(x) * x[0]), X, bounds=box, full_output=True)
    assert report.method == "adaptive"
    assert J[0, 0] == pytest.approx(1.6)


@pytest.mark.parametrize("x", [np.float32(0.7), np.float32(-2.9), 1.3, 4.4])
def test_short_numbers_are_proved_with_a_longer_step(x):
    def f(t):
        return np.exp(t).astype(np.complex64 if np.iscomplexobj(t) else np.float32)

    slope, report = nj.derivative(opaque(f), x, full_output=True)
    assert report.method == "complex", report.reason
    assert slope == pytest.approx(np.exp(float(x)), rel=1e-6)


def conj(x):
    """What loses the imaginary part without leaving the complex numbers."""
    return np.conj(x)


HIDDEN = {
    "beside a pinned entry": (lambda x: x[0] + np.abs(x[1]), [1.0, 1.0], ([1, 0], [1, 5]), [np.nan, 1]),
    "on two bounds": (lambda x: x[0] + x[2] + np.abs(x[1]), [0.0, 1.0, 0.0], (0, 5), [1, 1, 1]),
    "beside a large slope": (lambda x: 1e7 * x[0] + x[1] * conj(x[1]), [1.0, 1.0], None, [1e7, 2]),
    "under an offset": (lambda x: 1e10 + x[0] * conj(x[0]), [1.0], None, [2]),
    "under an offset by another": (lambda x: 1e8 * x[1] + x[0] * conj(x[0]), [1.0, 1.0], None, [2, 1e8]),
    "in noise": (lambda x: (1e7 + x[0] * conj(x[0])) - 1e7, [1.0], None, [2]),
    "among fast waves": (lambda x: np.abs(np.sin(1e3 * x[0])) + 0 * x[0], [0.02], None, [1e3 * np.cos(20)]),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_fault_is_found_wherever_it_hides(name):
    f, x, bounds, exact = HIDDEN[name]
    options = {} if bounds is None else {"bounds": bounds}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nj.NumjacWarning)
        J, report = nj.gradient(opaque(f), x, full_output=True, **options)
    assert report.method == "adaptive"
    np.testing.assert_allclose(J, exact, rtol=1e-3)


def test_a_stationary_point_can_be_proved():
    for f in (lambda x: np.sum((x - 1) ** 2), lambda x: np.cos(x[0]) + np.sum(x[1:] ** 2), lambda x: 3.0 + 0 * x[0]):
        x = [0.0, 0.0, 0.0] if f(np.zeros(3)) == 1 else [1.0, 1.0, 1.0]
        J, report = nj.gradient(opaque(f), x, full_output=True)
        assert report.method == "complex", report.reason
        assert (J == 0).all()


def test_the_step_of_a_complex_step_is_part_of_its_error():
    slope, report = nj.derivative(np.exp, 1.0, method="complex", abs_step=0.1, full_output=True)
    assert 1e-3 < abs(slope - np.e) < report.error
    with pytest.raises(NotAnalyticError):
        nj.derivative(lambda x: x * conj(x), 1e-8, method="complex", abs_step=1e-3)


def test_a_direction_is_the_same_in_every_run():
    point = as_point([1.0, -2.0, 0.0])
    v = random_direction(point, None, Wishes())
    np.testing.assert_array_equal(v, random_direction(point, None, Wishes()))
    assert (np.abs(v / [1.0, 2.0, 1.0]) >= 0.5).all()
    assert random_direction(point, np.array([1]), Wishes()).nonzero()[0].tolist() == [1]
