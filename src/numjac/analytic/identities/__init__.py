# SPDX-License-Identifier: BSD-3-Clause
"""
The table of identities: what is known of functions.

A row is a rule: a function, the formula of its derivative, the structure of its local Jacobian. To add a row is to add
its tests, and its line in the documentation.
"""

from __future__ import annotations

from typing import Any

from numjac.analytic.identities import (
    assembly,
    complexes,
    decompositions,
    elementwise,
    folds,
    matrices,
    moves,
    norms,
    polynomials,
    products,
    reductions,
    signals,
    statistics,
)
from numjac.analytic.rules import Rule

__all__ = ["RULES", "TABLE"]

TABLE: tuple[Rule, ...] = (
    *elementwise.ROWS,
    *complexes.ROWS,
    *moves.ROWS,
    *assembly.ROWS,
    *reductions.ROWS,
    *products.ROWS,
    *matrices.ROWS,
    *decompositions.ROWS,
    *norms.ROWS,
    *signals.ROWS,
    *statistics.ROWS,
    *polynomials.ROWS,
    *folds.ROWS,
)
RULES: dict[Any, Rule] = {rule.function: rule for rule in TABLE}
