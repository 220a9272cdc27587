"""The main job, as a user runs it."""

import subprocess
import sys
import time

import numpy as np
import pytest

import numjac as nj
from numjac import __main__, demo


def test_the_fit_reaches_the_certified_values_from_both_starts():
    for start in (demo.START, np.array([250.0, 5e-4])):
        b, J, _ = demo.levenberg_marquardt(demo.residuals, start)
        np.testing.assert_allclose(b, demo.CERTIFIED, rtol=1e-9)
        r = demo.residuals(b)
        assert r @ r == pytest.approx(demo.CERTIFIED_SUM, rel=1e-9)
        deviations = np.sqrt(np.diag(np.linalg.inv(J.T @ J)) * (r @ r) / 12)
        np.testing.assert_allclose(deviations, demo.CERTIFIED_DEVIATIONS, rtol=1e-9)


def test_the_exact_jacobian_is_exact():
    J = nj.jacobian(demo.residuals, demo.START, method="complex")
    np.testing.assert_allclose(J, demo.exact_jacobian(demo.START), rtol=1e-14)


def test_the_demo_runs_in_two_seconds_and_lines_up():
    start = time.perf_counter()
    run = subprocess.run([sys.executable, "-m", "numjac", "demo"], capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 2
    assert run.stderr == ""
    table = [line for line in run.stdout.splitlines() if line.startswith("  ")]
    rows = [
        line.split()
        for line in table
        if line.split()[0] in {"forward", "backward", "central", "complex", "analytic", "auto"}
    ]
    assert [(row[0], int(row[2])) for row in rows] == [
        ("forward", 3), ("backward", 3), ("forward", 5), ("central", 5), ("central", 9), ("central", 13),
        ("central", 17), ("complex", 5), ("analytic", 4), ("auto", 4),
    ]  # fmt: skip
    assert float(rows[-1][3]) < 1e-14
    digits = [float(line.split()[-1]) for line in table if line.strip().startswith(("b1", "b2"))]
    assert len(digits) == 2
    assert min(digits) >= 9


def test_info(capsys):
    assert __main__.main(["info"]) == 0
    assert capsys.readouterr().out == repr(nj.show_config()) + "\n"


@pytest.mark.parametrize("arguments", [[], ["unknown"]])
def test_an_unknown_command_is_told(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        __main__.main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m numjac" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        __main__.main(["--version"])
    assert capsys.readouterr().out == f"numjac {nj.__version__}\n"


def test_agreement_in_digits():
    assert demo.agreement(1.0, 1.0) == 11
    assert demo.agreement(1.001, 1.0) == pytest.approx(3)
