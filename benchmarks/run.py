# SPDX-License-Identifier: BSD-3-Clause
"""
Runs every benchmark, each in a process of its own, and writes RESULTS.md: questions, tables, machine, versions, date.

`bench_rivals.py` and `bench_hessian.py` write their tables as Markdown; what the other files print is taken over as it
is, and they take no part in a quick run, which writes below build/bench. ``--readme`` runs nothing: it carries the
tables of RESULTS.md over to the same markers in README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from report import carried_over, marked, pipes

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS, README = HERE / "RESULTS.md", ROOT / "README.md"
CARRIED = ("accuracy", "speed", "made")

TABLES = ("rivals", "hessian")
PRINTED = ("overhead", "accuracy", "analytic", "colouring", "sparse", "brusselator", "threads", "engines", "scale",
           "planner", "check")  # fmt: skip
PACKAGES = ("numjac", "numpy", "scipy", "statsmodels", "numdifftools", "jacobi", "autograd", "jax", "casadi", "numba",
            "matplotlib")  # fmt: skip


# ------------------------------------------------------------------------------------------- where, with what, when


def processor() -> str:
    """The model, and the number of cores; nothing by which a machine could be told from another of its kind."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def commit() -> str:
    """The commit that is checked out, and whether the library differs from it."""
    try:
        name = git("rev-parse", "--short", "HEAD")
        return f"{name}{', with changes' if git('status', '--porcelain', 'src', 'csrc') else ''}"
    except (OSError, subprocess.CalledProcessError):
        return "not known"


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def made(word: str) -> str:
    """When and with what, in a sentence."""
    with_ = f"numjac {installed('numjac')}, NumPy {installed('numpy')}, Python {platform.python_version()}"
    return f"Made by `{word}` on {datetime.now(UTC):%Y-%m-%d}, with {with_}, {processor()}."


def preamble(quick: bool, only: list[str] | None) -> str:
    """What has to be known of a run."""
    word = "make bench-quick" if quick else "make bench"
    word = f"python benchmarks/run.py --only {' '.join(only)}" if only else word
    facts = [("date", f"{datetime.now(UTC):%Y-%m-%d}"), ("commit", commit()), ("machine", processor()),
             ("load when begun", f"{os.getloadavg()[0]:.1f}"), ("Python", platform.python_version()),
             *((package, installed(package)) for package in PACKAGES)]  # fmt: skip
    return "\n\n".join(
        [
            "# Results",
            marked("made", made(word)),
            "Ratios are of times taken in turns in one process; other jobs on the machine show "
            "in the absolute numbers alone. `README.md` says how to read the tables.",
            pipes(["with", ""], facts),
        ]
    )


# ------------------------------------------------------------------------------------------------------ sections


def sections(chosen: Iterable[str], quick: bool, figures: Path) -> Iterator[tuple[str, int]]:
    """The section of each benchmark, and how its program ended; one that fails is shown as such."""
    for name in chosen:
        file = HERE / f"bench_{name}.py"
        if file.exists():
            print(f"\n==== {file.name}", flush=True)
            yield written(file, quick, figures) if name in TABLES else printed(file)


def written(file: Path, quick: bool, figures: Path) -> tuple[str, int]:
    """A section that the benchmark writes itself."""
    page = ROOT / "build" / "bench" / f"{file.stem}.md"
    page.unlink(missing_ok=True)
    words = ["--markdown", str(page), "--figures", str(figures), *(["--quick"] if quick else [])]
    code = subprocess.run([sys.executable, str(file), *words], env=environment(), check=False).returncode
    return (page.read_text() if page.exists() else failed(file, code)), code


def printed(file: Path) -> tuple[str, int]:
    """What the benchmark prints, below its question."""
    done = subprocess.run(
        [sys.executable, str(file)], env=environment(), stdout=subprocess.PIPE, text=True, check=False
    )
    print(done.stdout, flush=True)
    if done.returncode:
        return failed(file, done.returncode), done.returncode
    return f"## {question(file)}\n\n```text\n{done.stdout.strip()}\n```\n", 0


def failed(file: Path, code: int) -> str:
    return f"## {question(file)}\n\n{file.name} failed with status {code}.\n"


def question(file: Path) -> str:
    """The first sentence of its description."""
    description = file.read_text().split('"""')[1].strip()
    return " ".join(description.partition("\n\n")[0].split())


def environment() -> dict[str, str]:
    """One thread for the linear algebra of NumPy: idle ones would spin beside what is measured."""
    return os.environ | {"OPENBLAS_NUM_THREADS": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the comparison with rivals alone, on fewer problems")
    parser.add_argument("--only", nargs="+", choices=TABLES + PRINTED, metavar="NAME", help=", ".join(TABLES + PRINTED))
    parser.add_argument("--readme", action="store_true", help="carry the tables of RESULTS.md over to README.md")
    options = parser.parse_args()
    if options.readme:
        README.write_text(carried_over(CARRIED, RESULTS.read_text(), README.read_text()))
        return
    page = ROOT / "build" / "bench" / "RESULTS.md" if options.quick else RESULTS
    (ROOT / "build" / "bench").mkdir(parents=True, exist_ok=True)
    head = preamble(options.quick, options.only)
    chosen = options.only or (TABLES if options.quick else TABLES + PRINTED)
    found = list(sections(chosen, options.quick, page.parent / "figures"))
    page.write_text("\n\n".join([head, *(text.strip() for text, _ in found)]) + "\n")
    print(f"\nwritten: {page.relative_to(ROOT)}")
    sys.exit(max((abs(code) for _, code in found), default=0))


if __name__ == "__main__":
    main()
