# SPDX-License-Identifier: BSD-3-Clause
"""The command line: ``python -m numjac demo`` and ``python -m numjac info``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numjac.demo as demo
from numjac.config import __version__, show_config


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program; that of the process if missing.

    Returns
    -------
    int
        The exit status, 0.
    """
    parser = argparse.ArgumentParser(prog="python -m numjac", description="The Jacobian of anything you can call.")
    parser.add_argument("--version", action="version", version=f"numjac {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="a Jacobian by every method, and a fit to certified data")
    commands.add_parser("info", help="version, compiler, threads, packages found")
    command = parser.parse_args(arguments).command
    print("\n".join(demo.report()) if command == "demo" else repr(show_config()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
