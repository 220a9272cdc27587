"""Each example of the gallery is run as a user would, with warnings as errors; it asserts what it tells."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GALLERY = Path(__file__).parent.parent / "examples" / "gallery"
EXAMPLES = sorted(GALLERY.glob("plot_*.py"))
SECONDS = 20  # each is to be short; the bound for one is wider, for machines that are busy

pytestmark = [
    pytest.mark.skipif(not GALLERY.is_dir(), reason="the examples are not here"),
    pytest.mark.filterwarnings("default"),
]


def run(example, folder):
    """The program in a process and a folder of its own; its pictures are drawn, and shown to nobody."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("scipy")
    environment = os.environ | {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "MPLCONFIGDIR": str(folder)}
    command = [sys.executable, "-W", "error", "-W", "ignore:FigureCanvasAgg is non-interactive", str(example)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=6 * SECONDS, check=False
    )


def test_there_are_eight():
    assert len(EXAMPLES) == 8


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem.removeprefix("plot_"))
def test_an_example_runs(example, tmp_path):
    done = run(example, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem.removeprefix("plot_"))
def test_an_example_says_what_it_shows_and_proves_it(example):
    text = example.read_text()
    title, rule = text.split("\n")[1:3] if text.startswith('"""\n') else text.removeprefix('"""').split("\n")[:2]
    assert len(title) == len(rule)
    assert set(rule) == {"="}
    assert "\n# %%\n" in text
    assert "assert " in text
    assert "plt.show()" in text


def test_an_example_that_fails_is_told(tmp_path):
    wrong = tmp_path / "plot_wrong.py"
    wrong.write_text("import warnings\nwarnings.warn('not good')\n")
    done = run(wrong, tmp_path)
    assert done.returncode != 0
    assert "not good" in done.stderr
