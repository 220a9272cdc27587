# SPDX-License-Identifier: BSD-3-Clause
"""numjac: the Jacobian of anything you can call."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numjac.errors as errors
    import numjac.layouts as layouts
    import numjac.plot as plot
    import numjac.sparse as sparse
    from numjac.api import (
        derivative,
        gradient,
        hessian,
        hvp,
        jacobian,
        jvp,
        value_and_gradient,
        value_and_jacobian,
        vjp,
    )
    from numjac.check import (
        CheckReport,
        assert_gradient,
        assert_hessian,
        assert_jacobian,
        check_gradient,
        check_hessian,
        check_jacobian,
    )
    from numjac.config import __version__, get_include, show_config
    from numjac.curved import Hessian
    from numjac.errors import NumjacError, NumjacWarning
    from numjac.extension import blackbox, identities, primitive
    from numjac.linear import linear_operator
    from numjac.native.function import Compiled, compiled
    from numjac.planned import Derivative, Gradient, Jacobian
    from numjac.plans import Plan, plan
    from numjac.propagation import propagate
    from numjac.result import Flag, Report
    from numjac.study import StepStudy, step_study

__all__ = [
    "CheckReport",
    "Compiled",
    "Derivative",
    "Flag",
    "Gradient",
    "Hessian",
    "Jacobian",
    "NumjacError",
    "NumjacWarning",
    "Plan",
    "Report",
    "StepStudy",
    "__version__",
    "assert_gradient",
    "assert_hessian",
    "assert_jacobian",
    "blackbox",
    "check_gradient",
    "check_hessian",
    "check_jacobian",
    "compiled",
    "derivative",
    "errors",
    "get_include",
    "gradient",
    "hessian",
    "hvp",
    "identities",
    "jacobian",
    "jvp",
    "layouts",
    "linear_operator",
    "plan",
    "plot",
    "primitive",
    "propagate",
    "show_config",
    "sparse",
    "step_study",
    "value_and_gradient",
    "value_and_jacobian",
    "vjp",
]

# A name is imported when it is first asked for, so that a program which does not differentiate starts as quickly as
# without numjac.
_HOMES = {
    "api": (
        "derivative",
        "gradient",
        "hessian",
        "hvp",
        "jacobian",
        "jvp",
        "value_and_gradient",
        "value_and_jacobian",
        "vjp",
    ),
    "check": (
        "CheckReport",
        "assert_gradient",
        "assert_hessian",
        "assert_jacobian",
        "check_gradient",
        "check_hessian",
        "check_jacobian",
    ),
    "config": ("__version__", "get_include", "show_config"),
    "curved": ("Hessian",),
    "errors": ("NumjacError", "NumjacWarning"),
    "extension": ("blackbox", "identities", "primitive"),
    "linear": ("linear_operator",),
    "native.function": ("Compiled", "compiled"),
    "planned": ("Derivative", "Gradient", "Jacobian"),
    "plans": ("Plan", "plan"),
    "propagation": ("propagate",),
    "result": ("Flag", "Report"),
    "study": ("StepStudy", "step_study"),
}
_MODULES = ("errors", "layouts", "plot", "sparse")
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """A public name, from where it lives."""
    if name in _MODULES:
        return importlib.import_module(f"numjac.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'numjac' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"numjac.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
