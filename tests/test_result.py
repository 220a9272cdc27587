"""What a report says, and how."""

import pickle

import numpy as np
import pytest
from opaque import opaque

import numjac as nj
from numjac.result import Evaluations, Flag


def test_a_report_shows_itself():
    _, report = nj.jacobian(
        opaque(lambda x: np.abs(x) * x[0]), [1.0, -2.0], bounds=(-9.0, [1.0, 9.0]), full_output=True
    )
    lines = dict(line.strip().split(": ", 1) for line in repr(report).splitlines())
    assert lines["method"] == "adaptive, order 4"
    assert "; complex: f is not complex-analytic" in lines["reason"]
    assert lines["nfev"].endswith(" real, 4 complex, 2 traced)")  # the second two with a longer step
    assert lines["noise"] == "1.1e-16 ... 2.2e-16"
    assert lines["entries"] == "1 ok, 2 one-sided, 1 no-dependence"
    assert " ... " in lines["step"]


def test_a_report_of_one_number():
    _, report = nj.derivative(np.exp, 1.0, method="forward", abs_step=0.5, full_output=True)
    assert repr(report) == (
        "  method: forward, order 1\n    nfev: 2 (2 real)\n    step: 5.0e-01\n   error: not estimated\n"
        "   noise: 3.0e-16\n entries: 1 ok"
    )
    assert isinstance(report.step, float)
    assert isinstance(report.error, float)
    assert report.value == np.e


@pytest.mark.parametrize("layout", ["numerator", "denominator", "block", "vec"])
def test_a_report_is_shaped_like_its_derivative(layout):
    J, report = nj.jacobian(lambda X: X @ X, np.eye(2) + 1, layout=layout, full_output=True)
    assert report.error.shape == report.flags.shape == J.shape
    assert report.step.shape == (2, 2)
    assert (
        np.abs(J - nj.jacobian(lambda X: X @ X, np.eye(2) + 1, layout=layout, method="central", order=4)) < 1e-9
    ).all()


def test_a_report_shares_nothing():
    J, report = nj.jacobian(np.square, [1.0, 2.0], method="central", order=4, full_output=True)
    before = report.error.copy()
    J[...] = 7
    report.value[...] = 7
    np.testing.assert_array_equal(report.error, before)


def test_counts_of_flags():
    _, report = nj.derivative(np.exp, [0.0, 1.0, 0.5], bounds=(0.0, 1.0), method="central", full_output=True)
    assert report.counts() == {"ok": 1, "one-sided": 2}


def test_evaluations_are_a_number_with_a_memory():
    total = Evaluations(real=3, points=10) + Evaluations(complex=2)
    assert total == 5
    assert total.by_kind == {"real": 3, "complex": 2, "traced": 0}
    assert repr(total + Evaluations(traced=1)) == "6 (3 real, 2 complex, 1 traced; 13 points)"
    assert total.points == 12
    assert repr(total) == str(total) == "5 (3 real, 2 complex; 12 points)"
    assert Evaluations() + 2 == 2
    assert repr(Evaluations()) == "0 (none)"
    twin = pickle.loads(pickle.dumps(total))
    assert (twin, twin.by_kind, twin.points) == (total, total.by_kind, 12)


def test_flags_combine():
    assert Flag(6) == Flag.ONE_SIDED | Flag.SHRUNK
    assert not Flag.OK
