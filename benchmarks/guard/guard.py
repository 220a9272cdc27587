# SPDX-License-Identifier: BSD-3-Clause
"""
Whether numjac has become slower, told by counting instructions: the same on a busy machine and on an idle one.

Callgrind counts what the hot paths take, in driver.c and driver.py. Counts depend on the processor's vectors, the
compiler, the C library, Python and NumPy, so figures.json keeps them by these. A scenario belongs here if several runs
agree to within a hundredth; its spread is measured whenever figures are stored, and kept beside them.

`make bench-guard` builds what this needs, and runs it by the Python of an environment of its own:

    python guard.py FOLDER [--update]    FOLDER has c/guard and c/libguarded.so, and takes what callgrind writes

callgrind_annotate shows where the instructions of a scenario went, for each file that it tells of.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
FIGURES = HERE / "figures.json"

# How far a count may be from the stored one; how far counts may be apart; how often is counted what is stored.
TOLERANCE, REPEATABLE, RUNS = 0.05, 0.01, 3

Counts = Mapping[str, float]


class Verdict(NamedTuple):
    """A scenario, the stored count and the one found, None where there is none, and what is to be said of them."""

    name: str
    stored: float | None
    now: float | None
    word: str = ""

    @property
    def failed(self) -> bool:
        """More instructions than there may be, or nobody knows how many."""
        return self.word in ("MORE", "GONE")

    def __str__(self) -> str:
        numbers = ("" if count is None else f"{count:,.0f}" for count in (self.stored, self.now))
        ratio = f"{self.now / self.stored:.3f}" if self.stored and self.now is not None else ""
        return _row(self.name, *numbers, ratio, self.word)


def _row(name: str, stored: str, now: str, ratio: str, word: str) -> str:
    return f"{name:<48}{stored:>14}{now:>14}{ratio:>8}  {word}".rstrip()


def compare(stored: Counts, now: Counts) -> list[Verdict]:
    """All scenarios in the order in which they are counted, then those that were not."""
    return [
        Verdict(name, stored.get(name), now.get(name), _word(stored.get(name), now.get(name))) for name in now | stored
    ]


def _word(stored: float | None, now: float | None) -> str:
    if now is None:
        return "GONE"
    if stored is None:
        return "new"
    return "MORE" if now > stored * (1 + TOLERANCE) else "fewer" if now < stored * (1 - TOLERANCE) else ""


def told(verdicts: Sequence[Verdict]) -> str:
    """The table, and sentences about what needs attention."""
    of = {word: [v.name for v in verdicts if v.word == word] for word in ("MORE", "GONE", "fewer", "new")}
    sentences = {
        "MORE": f"more than {TOLERANCE:.0%} above what is stored, failed:",
        "GONE": "stored, but not counted any more, failed:",
        "fewer": f"more than {TOLERANCE:.0%} below, better; make bench-guard UPDATE=1 stores it:",
        "new": "not stored; make bench-guard UPDATE=1 does it:",
    }
    notes = [f"{sentences[word]} {'; '.join(names)}" for word, names in of.items() if names]
    return "\n".join([_row("instructions a call", "stored", "now", "ratio", ""), *map(str, verdicts), *notes])


# ------------------------------------------------------------------------------------------------------ counting


def counts(text: str) -> Iterator[tuple[str, float]]:
    """Scenario and instructions a call of one output of callgrind; nothing of the part that ends a process."""
    label = re.search(r"^desc: Trigger: Client Request: (.+) \* (\d+)$", text, re.MULTILINE)
    totals = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
    if label and totals:
        yield label[1], int(totals[1]) / int(label[2])


def count(out: Path, command: Sequence[str | Path], shift: int = 0) -> dict[str, float]:
    """
    Runs a driver under callgrind, which writes a file for each portion of a scenario; the least of them counts.

    The environment is the same everywhere; more of it shifts what Python has in memory, as a change of numjac does.
    """
    for old in out.parent.glob(f"{out.name}.*"):
        old.unlink()
    fixed = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    more = {f"MORE_{k}": "to be kept in mind" for k in range(7 * shift)}
    callgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
    subprocess.run([*callgrind, *command], env=fixed | more, check=True)
    least: dict[str, float] = {}
    for part in sorted(out.parent.glob(f"{out.name}.*"), key=lambda part: int(part.suffix[1:])):
        for name, found in counts(part.read_text()):
            least[name] = min(found, least.get(name, found))
    return least


def count_all(folder: Path, shift: int = 0) -> dict[str, float]:
    """Both drivers."""
    python = [sys.executable, HERE / "driver.py", folder / "c" / "libguarded.so"]
    return count(folder / "c.callgrind", [folder / "c" / "guard"]) | count(folder / "python.callgrind", python, shift)


def build() -> str:
    """What counts depend on."""
    import numpy as np

    import numjac._core as _core

    vectors = " AVX2" if " avx2 " in Path("/proc/cpuinfo").read_text() else ""
    python = f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})"
    built, kind = _core.build(), "abi3" if ".abi3." in _core.__file__ else "one Python"
    numjac = f"numjac {kind}, {built['compiler']}, {built['parallel']}"
    return "; ".join(
        [platform.machine() + vectors, " ".join(platform.libc_ver()), python, f"NumPy {np.__version__}", numjac]
    )


# ------------------------------------------------------------------------------------------------------- storing


def settled(runs: Sequence[Counts]) -> tuple[dict[str, dict[str, float]], list[str]]:
    """The median of several runs with its spread, to be stored; and what is too restless for that."""
    found = {name: [run[name] for run in runs] for name in runs[0]}
    figures = {
        name: {"instructions": round(median(all_of)), "spread": round((max(all_of) - min(all_of)) / median(all_of), 6)}
        for name, all_of in found.items()
    }
    return figures, [name for name, figure in figures.items() if figure["spread"] > REPEATABLE]


def update(key: str, folder: Path) -> int:
    """Stores the figures of this build, unless one of them is none."""
    figures, restless = settled([count_all(folder, shift) for shift in range(RUNS)])
    for name, figure in figures.items():
        print(f"{name:<48}{figure['instructions']:>14,}   spread {figure['spread']:.4%}")
    if restless:
        print(f"nothing is stored: {RUNS} runs differ by more than {REPEATABLE:.0%}: {'; '.join(restless)}")
        return 1
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    FIGURES.write_text(json.dumps(known | {key: figures}, indent=2) + "\n")
    print(f"stored for {key}")
    return 0


def check(key: str, folder: Path) -> int:
    """Compares with the figures of this build, and says so if there are none."""
    now = count_all(folder)
    (folder / "figures.json").write_text(json.dumps({key: now}, indent=2) + "\n")
    stored = json.loads(FIGURES.read_text()).get(key)
    if stored is None:
        print(told([Verdict(name, None, found) for name, found in now.items()]))
        print(f"there is nothing to compare with: no figures are stored for {key}")
        return 0
    verdicts = compare({name: figure["instructions"] for name, figure in stored.items()}, now)
    print(told(verdicts))
    return int(any(verdict.failed for verdict in verdicts))


def main() -> int:
    """Exit status 1 if something is slower."""
    parser = argparse.ArgumentParser(description="count instructions, and compare them with what is stored")
    parser.add_argument("folder", type=Path, help="what `make bench-guard` has built, and where callgrind writes")
    parser.add_argument("--update", action="store_true", help="store the figures instead")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        parser.error("missing: valgrind (Debian: valgrind)")
    return (update if options.update else check)(build(), options.folder.resolve())


if __name__ == "__main__":
    sys.exit(main())
