# SPDX-License-Identifier: BSD-3-Clause
"""The command line: derivatives of functions that are named ``MODULE:FUNCTION``, and what is known of them."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import numjac.api as api
import numjac.demo as demo
from numjac.check import check_jacobian
from numjac.config import __version__, show_config
from numjac.errors import NumjacWarning, OptionError
from numjac.extension import identities
from numjac.layouts import LAYOUTS
from numjac.study import step_study

__all__ = ["main"]

EXAMPLES = """\
examples:
  python -m numjac jacobian numpy:sin --at 0,1
  python -m numjac jacobian mymodel:residual --at 1.5,2 --method adaptive --json
  python -m numjac check mymodel:residual mymodel:jacobian --at 1.5,2     (exit status 1 on a fault)
  python -m numjac study numpy:sin --at 1 --method forward --start 0.1 --rows 8
  python -m numjac identities solve
"""


def function_of(name: str) -> Callable[..., Any]:
    """The object behind ``MODULE:FUNCTION``; dots reach into classes and objects."""
    module, colon, path = name.partition(":")
    if not colon or not module or not path:
        raise OptionError(f"{name!r}: expected MODULE:FUNCTION")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise OptionError(f"{name!r} is {type(found).__name__}, expected a function")
    return found  # type: ignore[no-any-return]


def point_of(text: str) -> Any:
    """A point: ``2`` is a scalar, ``2,`` and ``1,2`` are vectors, ``[[1,2],[3,4]]`` is anything."""
    try:
        if text.lstrip().startswith("["):
            return np.array(json.loads(text), float)
        numbers = [complex(part) if "j" in part else float(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise OptionError(f"--at {text!r}: expected numbers, with commas between them ({error})") from None
    if not numbers:
        raise OptionError(f"--at {text!r}: expected numbers, with commas between them")
    return np.array(numbers) if "," in text else numbers[0]


def plain(value: Any) -> Any:
    """Anything as JSON has it: complex numbers as pairs, null for what is not finite."""
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value


def told(as_json: bool, fields: dict[str, Any], text: str) -> str:
    """One or the other."""
    return json.dumps({name: plain(value) for name, value in fields.items()}) if as_json else text


def run_demo(told_: argparse.Namespace) -> tuple[str, int]:
    """The main job."""
    return "\n".join(demo.report()), 0


def run_info(told_: argparse.Namespace) -> tuple[str, int]:
    """What this numjac is."""
    config = show_config()
    return told(told_.json, vars(config), repr(config)), 0


def run_jacobian(told_: argparse.Namespace) -> tuple[str, int]:
    """A Jacobian, and how good it is."""
    options = {"method": told_.method, "order": told_.order, "layout": told_.layout}
    J, report = api.jacobian(function_of(told_.function), point_of(told_.at), full_output=True, **options)
    fields = {
        "jacobian": J, "value": report.value, "error": report.error, "method": report.method, "order": report.order,
        "nfev": int(report.nfev), "reason": report.reason,
    }  # fmt: skip
    return told(told_.json, fields, f"{np.array2string(np.asarray(J), separator=', ')}\n{report}"), 0


def run_check(told_: argparse.Namespace) -> tuple[str, int]:
    """Whether a Jacobian is right; 1 if it is not."""
    f, jac = function_of(told_.function), function_of(told_.jacobian)
    report = check_jacobian(f, jac, point_of(told_.at), points=told_.points, rtol=told_.rtol, method=told_.method)
    fields = {
        "right": bool(report), "kind": report.finding and report.finding.kind,
        "message": report.finding and report.finding.message, "worst": report.worst, "points": report.points,
        "notes": report.notes, "method": report.method,
    }  # fmt: skip
    return told(told_.json, fields, str(report)), int(not report)


def run_study(told_: argparse.Namespace) -> tuple[str, int]:
    """A difference quotient as h shrinks."""
    options = {
        name: getattr(told_, name) for name in ("start", "factor", "rows", "exact") if getattr(told_, name) is not None
    }
    study = step_study(
        function_of(told_.function), point_of(told_.at), method=told_.method, order=told_.order, **options
    )
    if told_.plot:
        study.plot().figure.savefig(told_.plot)
    fields = {
        "h": study.h, "quotient": study.quotient, "difference": study.difference, "truncation": study.truncation,
        "rounding": study.rounding, "best": study.best, "value": study.value, "error": study.error, "step": study.step,
    }  # fmt: skip
    return told(told_.json, fields, repr(study)), 0


def run_identities(told_: argparse.Namespace) -> tuple[str, int]:
    """The table of identities, or the rows of one name."""
    rows = [row for row in identities if told_.name in (None, row.name, row.name.rpartition(".")[2])]
    if not rows:
        raise OptionError(f"{told_.name!r} has no identity; its derivative is differenced where it is elementwise")
    if told_.json:
        return json.dumps([{k: getattr(row, k) for k in ("name", "formula", "structure", "source")} for row in rows]), 0
    width = max(len(row.name) for row in rows)
    return "\n".join(f"{row.name:<{width}}  {row.formula}  [{row.structure}]" for row in rows), 0


def parser() -> argparse.ArgumentParser:
    """What may be said."""
    top = argparse.ArgumentParser(
        prog="python -m numjac",
        description="The Jacobian of anything you can call.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"numjac {__version__}")
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], tuple[str, int]], what: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=what, description=what)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    command("demo", run_demo, "a Jacobian by every method, and a fit to certified data")
    command("info", run_info, "version, compiler, threads, packages found")
    jacobian = command("jacobian", run_jacobian, "the Jacobian of a function at a point")
    jacobian.add_argument("--layout", default="numerator", choices=sorted(LAYOUTS))
    _at(jacobian)
    _at(command("check", run_check, "say what is wrong with a Jacobian; exit status 1 if something is"), check=True)
    study = command("study", run_study, "a difference quotient as h shrinks, and the best step")
    _at(study, method="central")
    for name, kind, what in (
        ("start", float, "the first step"), ("factor", float, "by which each step is shorter (0.1)"),
        ("rows", int, "how many steps (12)"), ("exact", float, "the derivative, if it is known"),
    ):  # fmt: skip
        study.add_argument(f"--{name}", type=kind, help=what)
    study.add_argument("--plot", metavar="FILE", help="draw the V-shaped curve; needs numjac[plot]")
    found = command("identities", run_identities, "the table of identities: name, formula, structure")
    found.add_argument("name", nargs="?", help="the name of a function, e.g. solve")
    return top


def _at(command: argparse.ArgumentParser, *, check: bool = False, method: str = "auto") -> None:
    """A function, a point, and how to differentiate."""
    command.add_argument("function", metavar="MODULE:FUNCTION")
    if check:
        command.add_argument("jacobian", metavar="MODULE:JACOBIAN")
        command.add_argument("--points", type=int, default=3, help="points nearby to be checked too (3)")
        command.add_argument("--rtol", type=float, default=1e-6, help="what is tolerated, relative (1e-6)")
    else:
        command.add_argument("--order", type=int, help="order of accuracy")
    command.add_argument("--at", required=True, metavar="X", help="the point: 2 or 1,2,3 or [[1,2],[3,4]]")
    command.add_argument("--method", default=method, help="auto, analytic, complex, adaptive, central, ...")


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
        The exit status: 0; 1 if a check has found a fault; 2 for an error, which is told in one line.
    """
    found = parser().parse_args(arguments)
    if str(Path.cwd()) not in sys.path and "" not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumjacWarning)  # the report says the same
            text, status = found.run(found)
    except Exception as error:  # of the function too: whoever wants more calls it from Python
        print(f"numjac: {type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(text)
    return int(status)
