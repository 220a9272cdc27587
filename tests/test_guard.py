"""The guard of the speed tells what has become slower, and counts the same twice."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "guard"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="benchmarks are not installed")

# The head and the end of what callgrind 3.19 wrote of one scenario, and of the process that ended.
PART = """\
# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 23128
cmd:  build/guard/c/guard
part: 1


desc: I1 cache: 
desc: D1 cache: 
desc: LL cache: 

desc: Timerange: Basic block 0 - 660002
desc: Trigger: Client Request: C: forward, n = 10 * 1000

positions: line
events: Ir
summary: 0


ob=(3) libc.so.6
fl=(7) memmove-vec-unaligned-erms.S
+1 6000

totals: 4513008
"""  # noqa: W291
ENDED = """\
part: 12

desc: Timerange: Basic block 17620986 - 17620987
desc: Trigger: Program termination

totals: 0
"""


@pytest.fixture(scope="module")
def guard():
    spec = importlib.util.spec_from_file_location("guard", FOLDER / "guard.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def planted(guard, monkeypatch, tmp_path):
    """Runs a check, or an update, of counts that are made up; the exit status, and what was stored."""
    monkeypatch.setattr(guard, "FIGURES", tmp_path / "stored.json")

    def run(what, *counts, stored=None):
        guard.FIGURES.write_text(json.dumps(stored or {}))
        counted = iter(counts)
        monkeypatch.setattr(guard, "count_all", lambda *_: next(counted))
        return what("this build", tmp_path), json.loads(guard.FIGURES.read_text())

    return run


def stored(**counts):
    return {"this build": {name: {"instructions": count, "spread": 0.0} for name, count in counts.items()}}


def test_what_rose_by_6_percent_fails_and_is_named_and_4_percent_do_not(guard, planted, capsys):
    status, _ = planted(guard.check, {"risen": 1060, "alike": 1040}, stored=stored(risen=1000, alike=1000))
    assert status == 1
    assert "failed: risen" in capsys.readouterr().out
    status, _ = planted(guard.check, {"risen": 1040, "alike": 960}, stored=stored(risen=1000, alike=1000))
    assert status == 0
    assert "failed" not in capsys.readouterr().out


def test_what_fell_by_6_percent_is_told_and_does_not_fail(guard, planted, capsys):
    status, _ = planted(guard.check, {"fallen": 940}, stored=stored(fallen=1000))
    assert status == 0
    assert "better; make bench-guard UPDATE=1 stores it: fallen" in capsys.readouterr().out


def test_a_new_scenario_is_told_and_one_that_is_gone_fails(guard, planted, capsys):
    status, _ = planted(guard.check, {"known": 5, "fresh": 7}, stored=stored(known=5))
    assert status == 0
    assert "UPDATE=1 does it: fresh" in capsys.readouterr().out
    status, _ = planted(guard.check, {"known": 5}, stored=stored(known=5, lost=7))
    assert status == 1
    assert "not counted any more, failed: lost" in capsys.readouterr().out


def test_a_build_without_figures_is_recorded_and_told(guard, planted, capsys, tmp_path):
    status, _ = planted(guard.check, {"one": 5}, stored={"another build": {}})
    assert status == 0
    assert "nothing to compare with: no figures are stored for this build" in capsys.readouterr().out
    assert json.loads((tmp_path / "figures.json").read_text()) == {"this build": {"one": 5}}


def test_an_update_stores_medians_and_spreads_and_keeps_other_builds(guard, planted):
    status, kept = planted(guard.update, {"one": 999}, {"one": 1002}, {"one": 1000}, stored={"another build": {}})
    assert status == 0
    assert kept == {"another build": {}, "this build": {"one": {"instructions": 1000, "spread": 0.003}}}


def test_what_is_not_repeatable_is_not_stored(guard, planted, capsys):
    status, kept = planted(guard.update, {"one": 999, "calm": 1}, {"one": 1010, "calm": 1}, {"one": 1000, "calm": 1})
    assert (status, kept) == (1, {})
    assert "differ by more than 1%: one\n" in capsys.readouterr().out


def test_callgrind_is_read(guard):
    assert list(guard.counts(PART)) == [("C: forward, n = 10", 4513.008)]
    assert list(guard.counts(ENDED)) == []


def test_stored_figures_are_repeatable(guard):
    figures = [figure for build in json.loads(guard.FIGURES.read_text()).values() for figure in build.values()]
    assert figures
    assert all(figure["instructions"] > 0 and figure["spread"] <= guard.REPEATABLE for figure in figures)


def test_the_core_is_counted_the_same_twice(guard, tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or shutil.which("valgrind") is None:
        pytest.skip("no C compiler, or no valgrind")
    driver, core = tmp_path / "driver", ROOT / "csrc"
    sources = [FOLDER / "driver.c", *core.glob("*.c")]
    made = subprocess.run([compiler, "-std=c11", f"-I{core}", *sources, "-lm", "-o", driver], stderr=subprocess.PIPE)
    if b"missing: valgrind" in made.stderr:
        pytest.skip("no headers of valgrind")
    made.check_returncode()
    once, again = (guard.count(tmp_path / "out", [driver, "C: central, n = 10"]) for _ in range(2))
    assert once == again
    assert once["C: central, n = 10"] > 1000
