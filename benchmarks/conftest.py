# SPDX-License-Identifier: BSD-3-Clause
"""How pytest finds the benchmarks, which are not named like tests, and what they share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Take every bench_*.py of a directory; one that is named on the command line is taken anyway."""
    if not file_path.match("bench_*.py") or parent.session.isinitpath(file_path):
        return None
    return pytest.Module.from_parent(parent, path=file_path)
