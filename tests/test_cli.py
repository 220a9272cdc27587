"""The command line, as it is typed: what it prints, and what it returns."""

import json
import subprocess
import sys

import numpy as np
import pytest

import numjac as nj
from numjac.cli import function_of, main, plain, point_of
from numjac.errors import OptionError

MODEL = """
import numpy as np

def residual(x):
    return np.array([x[0] * x[1], np.sin(x[1])])

def right(x):
    return [[x[1], x[0]], [0, np.cos(x[1])]]

def wrong(x):
    return [[x[1], x[0]], [0, -np.cos(x[1])]]

def fails(x):
    raise ZeroDivisionError("on\\npurpose")

class Plant:
    @staticmethod
    def yields(x):
        return x**2
"""


@pytest.fixture
def model(tmp_path, monkeypatch):
    (tmp_path / "a_model.py").write_text(MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    yield "a_model"
    sys.modules.pop("a_model", None)


def typed(capsys, *words):
    status = main(words)
    out, err = capsys.readouterr()
    return status, out, err


def test_a_jacobian_is_printed_with_its_report(model, capsys):
    status, out, err = typed(capsys, "jacobian", f"{model}:residual", "--at", "2,3")
    assert (status, err) == (0, "")
    assert out.startswith("[[ 3.       ,  2.       ],\n")
    assert "method: analytic" in out


@pytest.mark.parametrize("method", ["auto", "central", "adaptive", "complex"])
def test_json_has_the_same_numbers(model, capsys, method):
    status, out, _ = typed(capsys, "jacobian", f"{model}:residual", "--at", "2,3", "--method", method, "--json")
    found = json.loads(out)
    assert status == 0
    np.testing.assert_allclose(found["jacobian"], [[3, 2], [0, np.cos(3)]], atol=1e-8)
    np.testing.assert_allclose(found["value"], [6, np.sin(3)])
    assert found["nfev"] >= 3
    assert np.shape(found["error"]) == (2, 2)


def test_points_in_all_ways_of_writing(model, capsys):
    assert point_of("2") == 2.0
    np.testing.assert_array_equal(point_of("2,"), [2.0])
    np.testing.assert_array_equal(point_of("-1,2e3, 3"), [-1, 2000, 3])
    np.testing.assert_array_equal(point_of("[[1,2],[3,4]]"), [[1, 2], [3, 4]])
    assert point_of("1+2j,0").dtype == complex
    for wrong in ("", "a", "1,b", "[1,2", ","):
        with pytest.raises(OptionError, match="--at"):
            point_of(wrong)
    assert typed(capsys, "jacobian", f"{model}:Plant.yields", "--at", "[[1,2],[3,4]]", "--layout", "vec")[0] == 0


def test_a_check_tells_and_its_status_says_so(model, capsys):
    status, out, _ = typed(capsys, "check", f"{model}:residual", f"{model}:right", "--at", "2,3")
    assert (status, out.splitlines()[0]) == (0, "the Jacobian is right")
    status, out, _ = typed(capsys, "check", f"{model}:residual", f"{model}:wrong", "--at", "2,3")
    assert status == 1
    assert out.startswith("entry [1, 1] is wrong")
    status, out, _ = typed(capsys, "check", f"{model}:residual", f"{model}:wrong", "--at", "2,3", "--json")
    assert status == 1
    found = json.loads(out)
    assert (found["right"], found["kind"], found["worst"][0][:2]) == (False, "one entry", [1, 1])


def test_a_study_as_a_table_as_json_and_as_a_picture(model, capsys, tmp_path):
    words = ("study", f"{model}:Plant.yields", "--at", "1", "--method", "forward", "--start", "0.1", "--rows", "5")
    status, out, _ = typed(capsys, *words)
    assert status == 0
    assert [f"{2 + 10.0**-k:.5f}" in out for k in range(1, 6)] == [True] * 5
    found = json.loads(typed(capsys, *words, "--json", "--exact", "2", "--factor", "0.1")[1])
    np.testing.assert_allclose(found["quotient"], 2 + 10.0 ** -np.arange(1, 6), rtol=1e-9)
    pytest.importorskip("matplotlib").use("Agg")
    assert typed(capsys, *words, "--plot", str(tmp_path / "v.png"))[0] == 0
    assert (tmp_path / "v.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_of_identities(capsys):
    status, out, _ = typed(capsys, "identities", "solve")
    assert status == 0
    assert out.startswith("linalg.solve")
    status, out, _ = typed(capsys, "identities", "--json")
    rows = json.loads(out)
    assert len(rows) == len(nj.identities)
    assert set(rows[0]) == {"name", "formula", "structure", "source"}


def test_info(capsys):
    assert typed(capsys, "info")[1].rstrip("\n") == repr(nj.show_config())
    assert json.loads(typed(capsys, "info", "--json")[1])["version"] == nj.__version__


WRONG = [
    ("jacobian", "residual", "--at", "2,3"),
    ("jacobian", "no_such_module:f", "--at", "1"),
    ("jacobian", "{model}:no_such_function", "--at", "1"),
    ("jacobian", "{model}:np", "--at", "1"),
    ("jacobian", "{model}:residual", "--at", "one"),
    ("jacobian", "{model}:residual", "--at", "1,2", "--method", "guess"),
    ("jacobian", "{model}:fails", "--at", "1,2"),
    ("check", "{model}:residual", "{model}:fails", "--at", "1,2"),
    ("check", "{model}:residual", "{model}:right", "--at", "1,2", "--points", "-1"),
    ("identities", "no_such_name"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_errors_are_told_in_one_line(model, capsys, words):
    status, out, err = typed(capsys, *(word.format(model=model) for word in words))
    assert (status, out) == (2, "")
    assert err.startswith("numjac: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("words", [(), ("dance",), ("jacobian",), ("jacobian", "a:b"), ("check", "a:b", "--at", "1")])
def test_what_is_not_understood_ends_with_the_usage(capsys, words):
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 2
    assert "usage: python -m numjac" in capsys.readouterr().err


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    out = capsys.readouterr().out
    assert "examples:" in out
    for line in out.splitlines():
        if line.startswith("  python -m numjac") and "mymodel" not in line:
            assert main(line.split()[3:]) == 0


def test_it_runs_as_a_module_from_the_folder_of_the_model(tmp_path):
    (tmp_path / "here.py").write_text(MODEL)
    command = [sys.executable, "-m", "numjac", "check", "here:residual", "here:wrong", "--at", "2,3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert "entry [1, 1] is wrong" in done.stdout


def test_json_has_no_number_that_is_none():
    assert plain([np.nan, np.inf, 1.5, np.array([1 + 2j]), np.int64(3), None, "a"]) == [
        None, None, 1.5, [[1.0, 2.0]], 3, None, "a"]  # fmt: skip


def test_functions_are_found_by_their_names():
    assert function_of("numpy:linalg.norm") is np.linalg.norm
    for wrong in ("numpy", "numpy:", ":f", "numpy:pi"):
        with pytest.raises(OptionError, match="expected"):
            function_of(wrong)
