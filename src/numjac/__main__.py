# SPDX-License-Identifier: BSD-3-Clause
"""``python -m numjac``: see `numjac.cli`."""

from __future__ import annotations

from numjac.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    raise SystemExit(main())
