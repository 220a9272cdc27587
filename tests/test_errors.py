"""The tree of exceptions, as drawn."""

import warnings

import pytest

import numjac as nj
from numjac import errors

BASES = {
    "OptionError": ValueError, "PointError": ValueError, "StepError": ValueError, "OutputError": TypeError,
    "SignatureError": ValueError, "StatusError": RuntimeError,
    "ShapeError": ValueError, "NotAnalyticError": ArithmeticError, "NotElementwiseError": ValueError,
    "ContradictionError": ArithmeticError, "UnprovenError": ArithmeticError, "TraceError": ArithmeticError,
    "PatternError": ValueError, "WorkerError": RuntimeError,
}  # fmt: skip
WARNINGS = [
    "LinearityWarning", "NonFiniteWarning", "NonSmoothWarning", "PatternWarning", "ToleranceWarning",
    "UnresolvedWarning",
]  # fmt: skip


@pytest.mark.parametrize("name", BASES)
def test_every_error_is_ours_and_of_a_kind_that_callers_know(name):
    error = getattr(errors, name)
    assert issubclass(error, nj.NumjacError)
    assert issubclass(error, BASES[name])
    assert f"── {name}" in errors.__doc__


def test_the_tree_is_complete():
    ours = [value for value in vars(errors).values() if getattr(value, "__module__", "") == "numjac.errors"]
    found = {value.__name__ for value in ours if isinstance(value, type) and issubclass(value, Exception)}
    assert found == {*BASES, *WARNINGS, "NumjacError", "NumjacWarning"} == set(errors.__all__)


def test_a_place_goes_into_our_messages_and_beside_those_of_others():
    ours, theirs = errors.StepError("too small"), KeyError("k")
    errors.locate(ours, "at noon", True)
    errors.locate(theirs, "at noon", False)
    errors.locate(theirs, "at noon", False)
    assert str(ours) == "too small (f was called at noon)"
    assert theirs.args == ("k",)
    assert theirs.__notes__ == ["numjac: f was called at noon"]


def test_warnings_point_at_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nj.derivative(lambda x: float("nan"), 1.0, method="forward")
        nj.Jacobian(lambda x: x * float("nan"), method="forward")([1.0])
    assert [w.filename for w in caught] == [__file__] * 2
    assert all(issubclass(w.category, nj.NumjacWarning) for w in caught)
