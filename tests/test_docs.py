"""The examples of docs/ run as they are written, where their tools are installed; and those of examples/."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

import numjac as nj

ROOT = Path(__file__).parent.parent
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE = Path(sys.executable).parent
TIMEOUT = 120


def environment():
    """As a user would have it: the tools of this Python first, and what a compiler has to be told."""
    include = f"-I{sysconfig.get_path('include')} -I{nj.get_include()}"
    path = f"{HERE}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"CC": COMPILER or "cc", "PYTHON_INCLUDES": include, "PATH": path}


def tool(name):
    return shutil.which(name, path=environment()["PATH"])


def sections(page):
    """The sections of a page with their blocks: (kind, file name, text)."""
    parts = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: BLOCK.findall(part) for part in parts}


PAGES = {
    (page.name, title): blocks
    for page in sorted((ROOT / "docs").glob("*.md"))
    for title, blocks in sections(page).items()
    if any(kind == "python" for kind, *_ in blocks)
}
MODULES = ("numba", "cffi", "scipy")


def missing(blocks):
    """What is not installed of what a section needs."""
    code = "\n".join(text for kind, _, text in blocks if kind == "python")
    for module in MODULES:
        if re.search(rf"^import {module}$", code, re.MULTILINE):
            pytest.importorskip(module)
    commands = "\n".join(text for kind, _, text in blocks if kind == "sh")
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


@pytest.mark.parametrize("key", PAGES, ids=" - ".join)
def test_a_section_runs_as_it_is_written(key, tmp_path):
    blocks = PAGES[key]
    missing(blocks)
    for kind, name, text in blocks:
        if name:
            (tmp_path / name).write_text(text)
        elif kind == "sh":
            run(["sh", "-e", "-c", text], tmp_path)
    program = "\n".join(text for kind, _, text in blocks if kind == "python")
    run([sys.executable, "-W", "error", "-c", program], tmp_path)


def test_the_page_has_an_example_for_each_source():
    titles = {title for page, title in PAGES if page == "compiled.md"}
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


def test_the_example_of_the_brusselator_compares_three_ways(tmp_path):
    pytest.importorskip("scipy")
    if not (ROOT / "examples" / "brusselator.py").is_file():
        pytest.skip("the examples are not here")
    told = run([sys.executable, "-W", "error", str(ROOT / "examples" / "brusselator.py"), "6"], tmp_path)
    calls = {line[2:26].strip(): int(line.split(" evaluations")[0].split()[-1]) for line in told.splitlines()[1:]}
    assert list(calls) == ["numjac", "SciPy with the pattern", "SciPy without"]
    assert calls["numjac"] < calls["SciPy with the pattern"] < calls["SciPy without"]


def test_the_page_of_mathematics_is_what_the_table_says():
    if not hasattr(np, "matvec"):
        pytest.skip("an older NumPy has fewer functions")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "mathematics.py"), "--check"], timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, "run tools/mathematics.py"
