"""The harness of the benchmarks: who lies is shown as one that lies, and pages have the tables that they claim."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
if not (ROOT / "benchmarks" / "score.py").exists():
    pytest.skip("the benchmarks are not here", allow_module_level=True)
sys.path.append(str(ROOT / "benchmarks"))

from report import Table, between, carried_over, marked, pipes  # noqa: E402
from score import Case, outcome  # noqa: E402

EXACT = np.array([[2.0, 4.0], [0.0, -1.0]])
CASE = Case(lambda x: x, np.ones(2), EXACT, np.maximum(np.abs(EXACT), 1e-3))


def answering(factor, bar):
    """A method whose every entry is wrong by a factor, and has this bar."""
    return lambda f, x: (EXACT * factor, bar)


def raising(f, x):
    raise TypeError("no")


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [
        (answering(1.0, None), "ok"),
        (answering(1.0, 0.0), "ok"),
        (answering(1 + 1e-6, np.abs(EXACT) * 2e-6), "ok"),
        (answering(1 + 1e-6, np.abs(EXACT) * 1e-8), "lies: 1e+02 x its bar"),
        (answering(1 + 1e-6, 0.0), "lies: inf x its bar"),
        (answering(1.01, None), "fails"),
        (answering(-1.0, None), "fails"),
        (answering(np.nan, None), "fails"),
        (answering(np.nan, 1.0), "lies: inf x its bar"),
        (answering(np.nan, np.inf), "fails, and says so"),
        (answering(1.01, 1.0), "fails, and says so"),
        (lambda f, x: (EXACT.T, None), "fails"),
        (raising, "raises TypeError"),
    ],
)
def test_a_planted_fault_is_named(estimate, verdict):
    assert outcome(CASE, estimate).verdict == verdict


def test_one_entry_outside_its_bar_is_enough():
    bar = np.full((2, 2), 1.0)
    bar[0, 1] = 1e-9
    assert outcome(CASE, answering(1 + 1e-6, bar)).verdict.startswith("lies")


def test_evaluations_are_points_and_not_calls():
    assert outcome(CASE, lambda f, x: (f(np.ones((2, 5))) is None or EXACT, None)).points == 5


def test_a_row_that_is_too_short_is_no_table():
    with pytest.raises(ValueError, match="rows of 2 cells"):
        pipes(["", "a"], [["one"]])


def test_tables_are_carried_over_and_nothing_else():
    source = Table("t", ["", "a"], [["new", "1"]], name="speed").markdown()
    page = f"before\n{marked('speed', 'old')}\nafter\n"
    assert (
        carried_over(["speed"], source, page) == f"before\n{marked('speed', pipes(['', 'a'], [['new', '1']]))}\nafter\n"
    )


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="one pair of markers 'speed'"):
        carried_over(["speed"], marked("speed", "new"), "nothing")


# ----------------------------------------------------------------------------------------------- what is committed

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
needs_results = pytest.mark.skipif(not RESULTS.exists(), reason="no benchmark was run")


def grids(page):
    """The tables of a page, as lists of rows."""
    for block in re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        yield [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]


@needs_results
def test_the_results_are_tables_of_as_many_cells_as_their_heads():
    found = list(grids(RESULTS.read_text()))
    assert len(found) > 3
    assert all(len(row) == len(grid[0]) for grid in found for row in grid)


@needs_results
def test_the_results_say_when_and_with_what_and_no_more_of_the_machine():
    page = RESULTS.read_text()
    for what in ("date", "commit", "machine", "numjac", "scipy"):
        assert re.search(rf"^\| {what} \| \S+", page, re.MULTILINE)
    assert not re.search(r"/(home|root|work|tmp|Users)/", page)


@needs_results
def test_the_figures_of_the_results_are_there():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", RESULTS.read_text())
    assert pictures
    assert all((RESULTS.parent / picture).exists() for picture in pictures)


@needs_results
@pytest.mark.parametrize("name", ["accuracy", "speed", "made"])
def test_the_readme_has_the_figures_of_the_results(name):
    readme = (ROOT / "README.md").read_text()
    table = between(name, RESULTS.read_text())
    assert between(name, readme) == table
