"""No adversary gets a wrong derivative past: it is right within its bar, or an error, a warning, an infinite bar."""

import warnings

import adversarial
import numpy as np
import pytest

import numjac as nj

# Beside the error bar: what a part of an output may hide from a proof (README), and float32 inside.
SLACK = 1e-6


def outcome(planned, x):
    """What a planned object says: the result, or None where it raised; and whether it warned."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            found = planned(x)
        except Exception:
            return None, True
    return found, any(issubclass(w.category, nj.NumjacWarning) for w in heard)


def check(row, found, x):
    J, report = found
    if row.exact is None:
        return
    exact = np.asarray(row.exact(x), float)
    assert J.shape == exact.shape
    slack = (1e-3 if "single" in row.name else SLACK) * np.max(np.abs(exact), initial=0)
    wrong = ~(np.abs(J - exact) <= report.error + slack)
    assert not wrong.any(), f"{row}: {J} is not {exact}, by {report.method}"


@pytest.mark.parametrize("method", ["auto", "analytic"])
@pytest.mark.parametrize("row", adversarial.ROWS, ids=str)
def test_no_adversary_is_silently_wrong(row, method):
    planned = nj.Jacobian(row.make(), method=method, full_output=True)
    for shift in (0.0, 0.0, 0.03, 0.0):
        x = row.x + (shift if row.exact is not None else 0.0)
        before = x.copy()
        found, told = outcome(planned, x)
        assert (x == before).all(), "the caller's x is not written to"
        if found is not None:
            check(row, found, x)
            if row.exact is None and not told:
                J, report = found
                doubtful = np.isinf(report.error).any() or np.isnan(J).any() or report.flags.any()
                assert doubtful or method == "auto" or row.name in TRUE_ANYWAY, (
                    "nothing says that there is no derivative"
                )


# Functions whose branch at x is a function in its own right, or whose noise shows only from call to call.
TRUE_ANYWAY = {"membership", "the_shape_depends_on_x", "random", "every_second_call_is_another"}


@pytest.mark.parametrize("row", [row for row in adversarial.ROWS if row.exact is not None], ids=str)
def test_planned_objects_without_a_report_say_the_same(row):
    """The quick way of a planned object, call after call."""
    planned = nj.Jacobian(row.make())
    for k in range(6):
        x = row.x + 0.01 * k
        J, told = outcome(planned, x)
        if J is not None and not told:
            exact = np.asarray(row.exact(x), float)
            slack = 1e-2 if "single" in row.name else 1e-5
            np.testing.assert_allclose(J, exact, atol=slack * max(1.0, np.max(np.abs(exact))))


def test_there_are_many():
    assert len(adversarial.ROWS) >= 90
    assert len({row.name for row in adversarial.ROWS}) == len(adversarial.ROWS)


@pytest.mark.filterwarnings("ignore")
def test_most_are_right_at_the_first_try():
    right = 0
    for row in adversarial.ROWS:
        if row.exact is not None:
            found, _ = outcome(nj.Jacobian(row.make(), full_output=True), row.x)
            right += found is not None
    assert right >= 0.95 * sum(row.exact is not None for row in adversarial.ROWS)
