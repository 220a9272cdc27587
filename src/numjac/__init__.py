# SPDX-License-Identifier: BSD-3-Clause
"""numjac: the Jacobian of anything you can call."""

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
