# SPDX-License-Identifier: BSD-3-Clause
"""The kinds of identities."""

from numjac.analytic.rules.elementwise import Elementwise, Flat, Slope, unspread
from numjac.analytic.rules.linear import Formula, Linear, Part, as_structured, parted, same
from numjac.analytic.rules.moving import Move, args_picked, moved
from numjac.analytic.rules.reduction import Reduction, axes_of
from numjac.analytic.rules.rule import (
    COPIED,
    Query,
    Rule,
    arrayed,
    digest,
    fits,
    flat,
    mark,
    operands,
    shape_of,
    spoken,
    total,
    untraced,
)

__all__ = [
    "COPIED",
    "Elementwise",
    "Flat",
    "Formula",
    "Linear",
    "Move",
    "Part",
    "Query",
    "Reduction",
    "Rule",
    "Slope",
    "args_picked",
    "arrayed",
    "as_structured",
    "axes_of",
    "digest",
    "fits",
    "flat",
    "mark",
    "moved",
    "operands",
    "parted",
    "same",
    "shape_of",
    "spoken",
    "total",
    "unspread",
    "untraced",
]
