"""A difference quotient that is watched as h shrinks: what it shows is right, and so is what it says of itself."""

import doctest
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import numjac as nj
import numjac.numeric.convergence
import numjac.study
import numjac.tables


def parabola(x):
    return 3 * x**2 - 4 * x


def table_of(study):
    """The cells of the table in a repr: the names of its columns, and its rows."""
    lines = repr(study).splitlines()
    return lines[1].split(), [line.split() for line in lines[2 : 2 + study.h.size]]


def exactly(name):
    return {
        "exp": (np.exp, 1.0, np.e),
        "sin": (np.sin, 2.0, np.cos(2.0)),
        "sqrt": (np.sqrt, 1e6, 0.5e-3),
        "log": (np.log, 1e-4, 1e4),
        "pole": (lambda x: 1 / (1 + 25 * x**2), 0.3, -50 * 0.3 / (1 + 25 * 0.09) ** 2),
        "at 0": (lambda x: x + x**3, 0.0, 1.0),
    }[name]


FUNCTIONS = ("exp", "sin", "sqrt", "log", "pole", "at 0")
METHODS = [("forward", 1), ("forward", 3), ("backward", 1), ("central", 2), ("central", 6), ("complex", 2)]


def test_the_limit_that_defines_a_derivative():
    study = nj.step_study(parabola, 1.0, method="forward", start=0.1, factor=0.1, rows=5)
    names, rows = table_of(study)
    assert names == ["h", "quotient", "difference", "truncation", "rounding"]
    assert [row[0] for row in rows] == ["1.0e-01", "1.0e-02", "1.0e-03", "1.0e-04", "1.0e-05"]
    assert [row[1] for row in rows] == ["2.30000", "2.03000", "2.00300", "2.00030", "2.00003"]
    assert study.quotient == pytest.approx([2 + 3 * h for h in study.h], abs=1e-9)
    assert study.best == 4
    assert study.best_h == 1e-5
    assert "adaptive: 2.000000000000 +- " in repr(study)
    assert repr(study).endswith("the best h is the smallest one here: the error still falls")


def test_the_columns_are_what_their_names_say():
    study = nj.step_study(np.exp, 0.5, method="forward", rows=6)
    assert np.isnan(study.difference[0])
    assert np.array_equal(study.difference[1:], np.diff(study.quotient))
    assert np.array_equal(study.estimate, study.truncation + study.rounding)
    assert np.array_equal(study.h, 0.05 / 10.0 ** np.arange(6))
    assert study.true_error is None


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_estimates_are_near_the_true_error(name, method, order):
    """Not above it by far, where the truncation rules, and not below it by far anywhere."""
    f, x, exact = exactly(name)
    study = nj.step_study(f, x, method=method, order=order, exact=exact, factor=0.25, rows=24)
    # f and the exact value are rounded themselves.
    slack = 4 * np.finfo(float).eps * abs(exact)
    later = slice(3, None)  # the first steps may be longer than where the law of the order begins
    assert np.all(study.true_error[later] <= 3 * study.estimate[later] + slack)
    resolved = study.truncation > 100 * study.rounding
    assert np.all(study.truncation[later][resolved[later]] <= 3 * study.true_error[later][resolved[later]])


@pytest.mark.parametrize(("method", "order"), METHODS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_best_row_is_hardly_worse_than_the_truly_best(name, method, order):
    f, x, exact = exactly(name)
    study = nj.step_study(f, x, method=method, order=order, exact=exact, factor=0.25, rows=24)
    # Where rounding happens to vanish the error may be 0: compare with what rounding leaves on the average.
    best = study.true_error[study.best]
    assert best <= 3 * study.estimate[study.best] + 4 * np.finfo(float).eps * abs(exact)
    around = [np.median(study.true_error[k : k + 3]) for k in range(study.h.size - 2)]
    assert best <= 10 * min(around) + 3 * study.rounding[study.best]


def test_the_branches_have_the_slopes_of_their_orders():
    study = nj.step_study(np.sin, 1.0, order=4, start=0.2, factor=0.5, rows=20)
    assert study.truncation[1:6] / study.truncation[:5] == pytest.approx(2.0**-4, rel=0.1)
    assert study.rounding[-5:] / study.rounding[-6:-1] == pytest.approx(2.0, rel=0.01)


def test_the_branches_have_the_heights_of_their_formulas():
    study = nj.step_study(lambda x: 3 * x**2, 1.0, method="forward", factor=0.3, rows=12)
    assert study.truncation == pytest.approx(3 * study.h, rel=0.01)  # half of the second derivative, times h
    eps = np.finfo(float).eps
    study = nj.step_study(np.exp, 0.0, rows=8)
    least = eps / study.h + eps  # A = 1, f = f' = 1
    assert np.all(study.rounding >= 0.99 * least)
    assert np.all(study.rounding <= 4 * least)  # the noise that is seen may be a little more than half a unit


def test_adaptive_differences_stand_beside_it():
    study = nj.step_study(np.sin, 1.0)
    value, report = nj.derivative(np.sin, 1.0, method="adaptive", full_output=True)
    assert (study.value, study.error, study.step) == (value, report.error, report.step)
    J, report = nj.jacobian(np.sin, [1.0, 2.0], method="adaptive", full_output=True)
    study = nj.step_study(np.sin, [1.0, 2.0], entry=(1, 1))
    assert study.value == pytest.approx(J[1, 1], abs=report.error[1, 1])


def test_a_noisy_function_has_its_best_step_where_the_noise_allows():
    def noisy(x):
        return np.float64(np.float32(np.sin(x)))

    study = nj.step_study(noisy, 1.0, exact=np.cos(1.0), factor=0.5, rows=30)
    assert study.best_h > 1e-3  # (3 e)^(1/3) of single precision, not of double
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]
    assert re.search(r"  0\.54\d{2,3}  .*<- best", repr(study))  # and no digit more than are known


def test_the_worst_entry_is_shown():
    def f(x):
        return np.array([x[0], np.sin(1e3 * x[1]), x[0] * x[1]])

    study = nj.step_study(f, [1.0, 2.0])
    assert study.entry == (1, 1)
    assert study.worst_of == 6
    assert "entry (1, 1) (the worst of 6)" in repr(study)
    assert "x[1] = 2.0" in repr(study)


def test_an_entry_that_does_not_depend_on_x_is_not_the_worst():
    study = nj.step_study(lambda x: np.array([1e9, np.exp(x[0])]), [1.0])
    assert study.entry == (1, 0)


@pytest.mark.parametrize("entry", [(1, 0, 1), 5, -3, np.int64(5), [1, 0, 1], (-1, 0, -1)])
def test_an_entry_may_be_chosen(entry):
    def f(x):
        return np.outer(x, x)

    study = nj.step_study(f, [3.0, 5.0], entry=entry, exact=3.0)
    assert study.entry == (1, 0, 1)
    assert study.worst_of == 1
    assert study.quotient[study.best] == pytest.approx(3.0, rel=1e-9)
    assert "worst" not in repr(study)


def test_exact_may_be_the_whole_derivative():
    x = np.array([3.0, 5.0])
    study = nj.step_study(np.square, x, exact=np.diag(2 * x), entry=3)
    assert study.exact == 10.0
    assert study.true_error[study.best] < 1e-10
    assert table_of(study)[0][-1] == "error"


def test_a_direction():
    def f(x):
        return np.array([x[0] * x[1], np.sin(x[0])])

    x, v = np.array([0.5, 2.0]), np.array([1.0, -2.0])
    exact = np.array([x[1] - 2 * x[0], np.cos(0.5)])
    for method in ("central", "complex"):
        for i in (0, 1):
            study = nj.step_study(f, x, direction=v, entry=i, exact=exact, method=method, factor=0.25, rows=20)
            assert study.entry == (i,)
            assert study.value == pytest.approx(exact[i], abs=study.error)
            assert np.all(study.true_error[3:] <= 3 * study.estimate[3:] + 1e-15)
    assert "x + h v" in repr(study)


def test_the_rounding_of_x_along_a_direction_is_told():
    study = nj.step_study(lambda x: x[1] - x[0], [1e10, 1.0], direction=[0.0, 1.0], exact=1.0)
    assert study.best is not None
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]
    study = nj.step_study(lambda x: x[0] * 1.0, [1e10, 1.0], direction=[1.0, 1.0], start=1.0, rows=16, exact=1.0)
    assert np.all((study.true_error <= 3 * study.estimate)[~study.still])


@pytest.mark.parametrize(("name", "ours"), [("2-point", "forward"), ("3-point", "central"), ("cs", "complex")])
def test_names_of_scipy(name, ours):
    assert nj.step_study(np.sin, 1.0, method=name).method == ours


@pytest.mark.parametrize("options", [{}, {"entry": (0, 1)}, {"method": "complex"}, {"direction": [1.0, 1.0]}])
def test_evaluations_are_counted(options, counted):
    f = counted(lambda x: x * x[::-1])
    study = nj.step_study(f, [1.0, 2.0], rows=5, **options)
    assert study.nfev == f.calls


def test_only_the_chosen_column_is_sampled(counted):
    f = counted(np.square)
    nj.step_study(f, np.ones(50), entry=(3, 3), rows=5)
    assert f.calls < 5 * 2 + 20


def test_arguments_are_passed_on():
    study = nj.step_study(lambda x, a, b=1: a * x**b, 2.0, args=(3.0,), kwargs={"b": 2})
    assert study.quotient[study.best] == pytest.approx(12.0)
    assert study.value == pytest.approx(12.0)


def test_numbers_of_any_size_are_readable():
    rows = table_of(nj.step_study(lambda x: 1e20 * np.sin(x), 1.0, rows=8))[1]
    assert all(re.fullmatch(r"5\.\d{8,12}e\+19", row[1]) for row in rows)
    rows = table_of(nj.step_study(lambda x: 1e-20 * np.sin(x), 1.0, rows=8))[1]
    assert all(re.fullmatch(r"5\.\d{8,12}e-21", row[1]) for row in rows)


def test_a_study_is_pickled():
    study = nj.step_study(np.sin, [1.0, 2.0])
    assert repr(pickle.loads(pickle.dumps(study))) == repr(study)


# ------------------------------------------------------------------------------------------ hostile


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 0}, "rows=0: expected a positive integer"),
        ({"rows": -1}, "rows=-1"),
        ({"rows": True}, "rows=True"),
        ({"rows": 2.0}, "rows=2.0"),
        ({"factor": 1.0}, "factor=1.0: expected a number between 0 and 1"),
        ({"factor": 2}, "factor=2"),
        ({"factor": 0}, "factor=0"),
        ({"factor": -0.1}, "factor=-0.1"),
        ({"factor": np.nan}, "factor=nan"),
        ({"factor": "0.1"}, "factor='0.1'"),
        ({"start": 0.0}, "start=0.0: expected positive finite numbers"),
        ({"start": -1.0}, "start=-1.0"),
        ({"start": np.nan}, "start=nan"),
        ({"start": np.inf}, "start=inf"),
        ({"start": [1.0, 2.0, 3.0]}, "start has shape"),
        ({"start": "big"}, "start='big'"),
        ({"method": "auto"}, "method='auto': expected one of"),
        ({"method": "adaptive"}, "method='adaptive'"),
        ({"method": ["central"]}, "method="),
        ({"order": 3}, "order=3"),
        ({"order": 0}, "order=0"),
        ({"method": "complex", "order": 4}, "order=4"),
        ({"entry": 4}, "entry=4 is out of range"),
        ({"entry": -5}, "entry=-5 is out of range"),
        ({"entry": (0, 2)}, "out of range for a derivative of shape"),
        ({"entry": (0,)}, "entry="),
        ({"entry": (0, 0, 0)}, "entry="),
        ({"entry": 1.0}, "entry=1.0"),
        ({"entry": "a"}, "entry='a'"),
        ({"entry": True}, "entry=True"),
        ({"exact": 1.0}, "exact has shape"),
        ({"exact": [1.0, 2.0]}, "exact has shape"),
        ({"direction": [0.0, 0.0]}, "direction is zero"),
        ({"direction": [1.0]}, "shape"),
        ({"direction": [1.0, np.inf]}, "finite"),
        ({"direction": [1.0, 1.0], "start": [1.0, 1.0]}, "start has shape"),
        ({"kwargs": 3}, "kwargs"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(nj.errors.OptionError, match=re.escape(message)):
        nj.step_study(np.square, [1.0, 2.0], **options)


def test_a_function_that_can_not_be_called():
    with pytest.raises(nj.errors.OptionError, match="can be called"):
        nj.step_study(3.0, 1.0)


@pytest.mark.parametrize("x", [np.inf, np.nan, [1.0, np.nan], "a", None])
def test_a_point_that_is_none(x):
    with pytest.raises(nj.errors.PointError):
        nj.step_study(np.square, x)


@pytest.mark.parametrize(("f", "x"), [(np.square, []), (lambda x: [], 1.0)])
def test_nothing_to_study(f, x):
    with pytest.raises(nj.errors.ShapeError, match="no entry to study"):
        nj.step_study(f, x)


def test_what_f_returns_that_is_no_number():
    with pytest.raises(nj.errors.OutputError):
        nj.step_study(lambda x: "one", 1.0)


def test_an_exception_of_f_passes_through():
    def f(x):
        if x != 1.0:
            raise KeyError("no such place")
        return x

    with pytest.raises(KeyError, match="no such place") as caught:
        nj.step_study(f, 1.0)
    assert "numjac: f was called" in caught.value.__notes__[0]


def test_an_f_that_changes_its_shape():
    with pytest.raises(nj.errors.ShapeError):
        nj.step_study(lambda x: np.ones(2 if x == 1 else 3), 1.0)


def test_x_is_not_written_to_and_buffers_are_copied():
    buffer, x = np.zeros(2), np.array([1.0, 2.0])

    def f(y):
        np.square(y, out=buffer)
        y[:] = np.nan
        return buffer

    study = nj.step_study(f, x, entry=0)
    assert study.quotient[study.best] == pytest.approx(2.0)
    assert np.array_equal(x, [1.0, 2.0])


def test_f_that_returns_lists():
    study = nj.step_study(lambda x: [[x[0] * x[1], 1], [x[0], x[1] ** 3]], [1.0, 2.0], entry=(1, 1, 1))
    assert study.quotient[study.best] == pytest.approx(12.0)
    assert study.value == pytest.approx(12.0)


def test_at_zero():
    study = nj.step_study(np.sin, 0.0, exact=1.0)
    assert study.h[0] == 0.1
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]


@pytest.mark.parametrize("c", [0.0, 3.0])
def test_a_constant(c):
    study = nj.step_study(lambda x: c, 0.0)
    assert np.all(study.quotient == 0)
    assert study.best == 0
    assert "<- best" in repr(study)


def test_steps_that_are_lost_in_the_rounding_of_x():
    study = nj.step_study(np.sqrt, 1e9, start=10.0, exact=0.5 / np.sqrt(1e9))
    assert study.still.any()
    assert np.isnan(study.quotient[study.still]).all()
    assert np.isfinite(study.quotient[~study.still]).all()
    assert study.h[study.still].max() < np.spacing(1e9)
    assert re.search(r"1\.0e-10 +- +x does not move", repr(study))
    assert study.best == 0


def test_steps_smaller_than_any_number():
    study = nj.step_study(np.square, 1.0, factor=1e-200, rows=4)
    assert study.h[-1] == 0
    assert study.still[1:].all()
    assert study.best is None
    assert "no error could be estimated" in repr(study)


def test_steps_beyond_the_range_of_numbers():
    study = nj.step_study(lambda x: x * 1e-300, 1e307, start=1e308, rows=6)
    assert np.isnan(study.quotient[0])
    assert study.quotient[1:] == pytest.approx(1e-300)


def test_one_row_tells_nothing_of_its_error():
    study = nj.step_study(np.square, 1.0, rows=1)
    assert study.best is None
    assert study.best_h is None
    assert study.quotient[0] == pytest.approx(2.0)


def test_where_f_is_nan_everywhere():
    with pytest.warns(nj.errors.NonFiniteWarning):
        study = nj.step_study(lambda x: np.nan * x, 1.0, rows=3)
    assert np.isnan(study.quotient).all()
    assert study.best is None
    assert study.error == np.inf


def test_where_f_is_nan_at_the_point_only():
    with pytest.warns(nj.errors.NumjacWarning):
        study = nj.step_study(lambda x: np.where(x == 1.0, np.nan, x), 1.0, rows=3)
    assert study.best is None  # a function has no slope where it has no value


def test_where_f_is_nan_beyond_some_step():
    study = nj.step_study(lambda x: np.log(x) if x > 0 else np.nan, 0.05, start=0.1, exact=20.0)
    assert np.isnan(study.quotient[0])
    assert np.isnan(study.estimate[0])
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]
    assert table_of(study)[1][0][1] == "-"


def test_an_entry_that_is_nan_is_the_worst():
    with pytest.warns(nj.errors.NonFiniteWarning):
        study = nj.step_study(lambda x: np.array([x, np.nan * x]), 1.0, rows=4)
    assert study.entry == (1,)


def test_a_complex_function():
    exact = 1j * np.exp(1j)
    study = nj.step_study(lambda x: np.exp(1j * x), 1.0, exact=exact)
    assert study.quotient.dtype == complex
    assert study.estimate.dtype == float
    assert study.true_error[study.best] <= 3 * study.estimate[study.best] < 1e-9
    assert "-0.8414709848" in repr(study)
    assert "0.5403023058" in repr(study)


def test_a_complex_point():
    study = nj.step_study(lambda z: z**3, 1 + 1j, exact=6j)
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]


@pytest.mark.parametrize(("f", "x"), [(lambda x: np.exp(1j * x), 1.0), (np.square, 1j), (lambda x: float(x.real), 1.0)])
def test_no_complex_step_from_there(f, x):
    with pytest.raises(nj.errors.NotAnalyticError):
        nj.step_study(f, x, method="complex")


def test_a_complex_step_that_sees_nothing_is_contradicted():
    study = nj.step_study(lambda x: x * np.conj(x), 1.0, method="complex")
    assert np.all(study.quotient == 0)
    assert study.value == pytest.approx(2.0)
    assert "differ by more than their errors" in repr(study)


def test_a_kink_is_told():
    with pytest.warns(nj.errors.NonSmoothWarning):
        study = nj.step_study(abs, 0.0, method="forward", rows=4)
    assert np.all(study.quotient == 1)
    assert study.error == np.inf
    assert "no derivative that can be trusted" in repr(study)


def test_single_precision():
    study = nj.step_study(np.sin, np.float32(1.0), exact=np.cos(1.0), factor=0.25, rows=16)
    assert study.best_h > 1e-3
    assert study.still.any()
    moved = ~study.still
    assert np.all(study.true_error[moved] <= 3 * study.estimate[moved])


def test_warnings_are_of_the_entry_that_is_shown():
    study = nj.step_study(lambda x: np.array([abs(x), np.exp(x)]), 0.0, entry=1)
    assert study.value == pytest.approx(1.0)


def test_a_compiled_function():
    numba = pytest.importorskip("numba")

    @numba.njit
    def g(x):
        return np.array([x[0] * x[1], np.sin(x[1])])

    study = nj.step_study(nj.compiled(g, m=2, n=2), [1.0, 2.0], entry=(1, 1), exact=np.cos(2.0))
    assert study.true_error[study.best] <= 3 * study.estimate[study.best]


@pytest.mark.parametrize("module", [numjac.study, numjac.tables, numjac.numeric.convergence], ids=lambda m: m.__name__)
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def test_no_picture_is_needed():
    program = "import numjac as nj, sys; nj.step_study(abs, 1.0); nj.plot; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
