"""The examples of docs/ run as they are written, where their tools are installed; and those of examples/."""

import functools
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
import pages
import pytest

import numjac as nj
from numjac.options import PlanOptions

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
HERE = Path(sys.executable).parent
TIMEOUT = 120

needs_docs = pytest.mark.skipif(not DOCS.is_dir(), reason="the pages are not here")

# Made when the site is built, from the docstrings and from examples/gallery, which have tests of their own.
GENERATED = ("gallery", "generated")


def environment():
    """As a user would have it: the tools of this Python first, and what a compiler has to be told."""
    include = f"-I{sysconfig.get_path('include')} -I{nj.get_include()}"
    path = f"{HERE}{os.pathsep}{os.environ.get('PATH', '')}"
    told = {"CC": COMPILER or "cc", "PYTHON_INCLUDES": include, "PATH": path, "MPLBACKEND": "Agg"}
    return os.environ | told


def tool(name):
    return shutil.which(name, path=environment()["PATH"])


def name_of(page):
    return page.relative_to(DOCS).as_posix()


SOURCES = [page for page in sorted(DOCS.rglob("*.md")) if not set(page.relative_to(DOCS).parts) & set(GENERATED)]
PAGES = {
    (name_of(page), title): blocks
    for page in SOURCES
    for title, blocks in pages.sections(page).items()
    if pages.programs(blocks) or any(block.kind == "sh" for block in blocks)
}

# What a section may import beside NumPy and numjac.
MODULES = re.compile(
    r"^(?:>>> )?\s*(?:import|from) (autograd|cffi|cython|dask|distributed|jacobi|joblib|loky|matplotlib|mpi4py|mpmath"
    r"|numba|numdifftools|scipy|sklearn|statsmodels|threadpoolctl)\b",
    re.MULTILINE,
)


def code_of(blocks):
    return "\n".join(block.text for block in blocks if block.kind == "python")


def missing(blocks):
    """What is not installed of what a section needs."""
    for module in MODULES.findall(code_of(blocks)):
        pytest.importorskip(module)
    commands = "\n".join(block.text for block in blocks if block.kind == "sh")
    if "$CC" in commands and COMPILER is None:
        pytest.skip("no C compiler")
    for name in ("cython", "gfortran"):
        if re.search(rf"^{name} ", commands, re.MULTILINE) and tool(name) is None:
            pytest.skip(f"{name} is not installed")


def run(command, where, **options):
    done = subprocess.run(
        command, cwd=where, env=environment(), timeout=TIMEOUT, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alone(blocks):
    """Whether a section takes a process of its own: for its files, for others that import it, or for what it loads."""
    files = any(block.file or block.kind == "sh" for block in blocks)
    return files or re.search(r"__main__|^import numba", code_of(blocks), re.MULTILINE) is not None


def told(page, titles, where):
    """What went wrong in sections of a page, by title, in a process of their own."""
    lines = run([sys.executable, "-W", "error", pages.__file__, str(page), *titles], where).splitlines()
    return json.loads(lines[-1])  # behind what processes of their own may have printed


@functools.cache
def shared(name):
    """The same of the sections that share a process; those that lack a module fail unread."""
    titles = [title for page, title in PAGES if page == name and not alone(PAGES[page, title])]
    with tempfile.TemporaryDirectory() as where:
        return told(DOCS / name, titles, where)


@pytest.mark.parametrize("key", PAGES, ids=" - ".join)
def test_a_section_runs_as_it_is_written(key, tmp_path):
    (name, title), blocks = key, PAGES[key]
    missing(blocks)
    for block in blocks:
        if block.file:
            (tmp_path / block.file).write_text(block.text)
        elif block.kind == "sh":
            run(["sh", "-e", "-c", block.text], tmp_path)
    wrong = told(DOCS / name, [title], tmp_path) if alone(blocks) else shared(name)
    assert not wrong[title], wrong[title]


def test_the_sections_of_a_page_can_fail(tmp_path):
    """A doctest, a block and a warning that go wrong are told, those beside them are not."""
    page = tmp_path / "page.md"
    warns = "import warnings\nwarnings.warn('')"
    texts = {"right": ">>> 1 + 1\n2", "wrong": ">>> 1 + 1\n3", "raises": "1 / 0", "warns": warns}
    page.write_text("# Page\n" + "".join(f"## {title}\n```python\n{text}\n```\n" for title, text in texts.items()))
    wrong = told(page, texts, tmp_path)
    assert [title for title in texts if not wrong[title]] == ["right"]
    assert "Expected:\n    3\nGot:\n    2" in wrong["wrong"]
    assert 'page.md", line 14' in wrong["raises"]


@needs_docs
def test_every_public_name_is_in_the_reference():
    text = "\n".join(page.read_text() for page in SOURCES if name_of(page).startswith("reference/"))
    names = set(re.findall(r"^ +(?:numjac\.)?(\w+)$", text, re.MULTILINE))
    names |= set(re.findall(r"automodule:: numjac\.(\w+)$", text, re.MULTILINE))
    assert not set(nj.__all__) - names


@needs_docs
def test_every_option_is_in_the_table_of_options():
    rows = re.findall(r"^\| (`.*?) \|", (DOCS / "reference" / "options.md").read_text(), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == {*PlanOptions.__annotations__, "f0"}


@needs_docs
@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_of_the_front_pages_lead_somewhere(page):
    """Those between the pages of docs/ are looked at by Sphinx."""
    links = re.findall(r"\]\((?!\w+:)([^)#]+)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []


@needs_docs
def test_the_page_has_an_example_for_each_source():
    titles = {title for page, title in PAGES if page == "howto/compiled.md"}
    assert {"numba", "Cython", "C, by ctypes", "C, by cffi", "Fortran", "scipy.LowLevelCallable"} <= titles


def test_the_example_in_c_links_the_core(tmp_path):
    cmake = tool("cmake")
    if cmake is None or COMPILER is None:
        pytest.skip("no CMake, or no C compiler")
    if not (ROOT / "examples" / "c").is_dir():
        pytest.skip("the examples are not here")
    generator = ["-G", "Ninja"] if tool("ninja") else []
    run([cmake, "-S", str(ROOT / "examples" / "c"), "-B", str(tmp_path), *generator], tmp_path)
    run([cmake, "--build", str(tmp_path)], tmp_path)
    assert run([str(tmp_path / "jacobian")], tmp_path) == "  0   1\n-15   0\n"


def test_the_example_in_cython_is_written_against_the_header(tmp_path):
    if tool("cython") is None or COMPILER is None:
        pytest.skip("no Cython, or no C compiler")
    source = ROOT / "examples" / "cython" / "oscillator.pyx"
    shutil.copy(source, tmp_path)
    commands = "cython oscillator.pyx\n$CC -shared -fPIC -O2 $PYTHON_INCLUDES oscillator.c -o oscillator.so"
    run(["sh", "-e", "-c", commands], tmp_path)
    program = (ROOT / "examples" / "cython" / "use.py").read_text()
    run([sys.executable, "-c", program], tmp_path)


def test_the_page_of_mathematics_is_what_the_table_says():
    if not hasattr(np, "matvec"):
        pytest.skip("an older NumPy has fewer functions")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "mathematics.py"), "--check"], timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, "run tools/mathematics.py"


MIGRATION = DOCS / "howto" / "migration.md"
CALLS = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", MIGRATION.read_text(), re.MULTILINE) if MIGRATION.exists() else []
RIVAL = re.compile(r"^(?:scipy\.\w+(?:\._numdiff)?|statsmodels\.tools\.numdiff|\w+)(?=\.)")


@pytest.mark.parametrize(("old", "new"), CALLS, ids=[old for old, _ in CALLS])
@pytest.mark.filterwarnings("ignore")  # those of other packages, about their own insides
def test_a_line_of_the_page_of_migration_is_right(old, new):
    module = RIVAL.match(old)[0]
    names = {"np": np, "nj": nj}
    exec(re.search(r"```python\n(.*?)```", MIGRATION.read_text(), re.DOTALL)[1], names)
    pytest.importorskip(module)
    names[module.split(".")[0]] = importlib.import_module(module.split(".")[0])
    found, expected = eval(old, names), eval(new, names)
    pairs = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    for one, other in pairs:
        np.testing.assert_allclose(np.squeeze(one), np.squeeze(other), rtol=1e-5, atol=1e-6)


@needs_docs
def test_every_rival_has_its_lines():
    assert len(CALLS) >= 20
    assert {RIVAL.match(old)[0].split(".")[0] for old, _ in CALLS} == {
        "scipy", "numdifftools", "jacobi", "autograd", "statsmodels"
    }  # fmt: skip
