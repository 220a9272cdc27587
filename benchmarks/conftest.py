# SPDX-License-Identifier: BSD-3-Clause
"""Where do the benchmarks find what they share? Beside themselves: under pytest, too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
