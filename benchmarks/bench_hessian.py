# SPDX-License-Identifier: BSD-3-Clause
"""
What a Hessian costs, and how wrong it is, by numjac and by every rival that is installed.

The scalar functions of five numbers that the tests have, with exact second derivatives. Everybody prepares what can be
prepared, and is timed in turns with the others; error and time of a row are those of the same call.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np
from contest import MANY, ONE, QUICK, Budget, contest, many_problems, one_problem
from estimators import AUTO, hessians
from report import Item, Table, parser, program
from score import Case

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import problems
from exact import entry_size


def case_of(p: problems.Problem) -> Case:
    x, H = np.asarray(p.x, float), p.exact
    return Case(p.f, x, H, entry_size(H, np.abs(x)))


def tables(options: argparse.Namespace) -> Iterator[Item]:
    """The summary, and one table for each function."""
    ways, missing = hessians()
    budget = QUICK if options.quick else Budget()
    rows = {str(p.name): contest(case_of(p), ways, budget) for p in problems.HESSIANS}
    yield Table(f"All {len(rows)} functions", MANY, many_problems(rows.values(), AUTO), missing)
    for name, row in rows.items():
        yield Table(name, ONE, one_problem(row, AUTO), folded=True)


if __name__ == "__main__":
    program(tables, parser(__doc__))
