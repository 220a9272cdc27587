# SPDX-License-Identifier: BSD-3-Clause
"""
Adaptive differences: along each line the steps follow from what the ones before have shown.

The lines come in a family that samples f on many of them together. The decisions are made in the core, line by line, so
they depend neither on how many lines are under way nor on their order. What is found is a table with a row for each
line; or a flat one, line after line, if each has outputs of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

import numjac._trials as _trials
from numjac.errors import OptionError
from numjac.numeric.differences import Estimate
from numjac.numeric.families import Family, Ragged, begins, entries_on
from numjac.numeric.noise import Roughness
from numjac.result import Array, Flag, FlagArray, FloatArray, IntArray, Kink

__all__ = ["Adaptive", "check_order", "differentiate"]

# The first step in units of the magnitude of x, by the number of levels on a line: near the best one of a function
# whose Taylor series reaches as far as x. More levels allow longer steps.
# Second derivatives need longer ones, for the noise of f is divided by their square.
FIRST_STEP = {
    1: (1e-5, 1e-3, 1e-3, 3e-3, 3e-3, 1e-2, 1e-2, 1e-2),
    2: (3e-3, 4e-3, 3e-2, 4e-2, 5e-2, 6e-2, 8e-2, 8e-2),
}
LONGEST, LOUD = 0.3, 1e-15

# Samples that are held at a time, in doubles: a line is forgotten when it is finished.
HELD = 2**21


@dataclass(frozen=True, slots=True)
class Adaptive:
    """
    How far to go.

    Parameters
    ----------
    order : int
        Even, 2 to 16: twice the number of levels on each line, which is four evaluations a column for order 4.
    roughness : Roughness
        The noise of f.
    unit : float
        The unit roundoff of f.
    rtol : float
        The relative error that is good enough; 0 for the best that can be had.
    target : {1, 2}
        First or second derivatives.
    shorter : float
        All lines are taken to be so much shorter than x: f varies over less.
    frugal : bool
        No level beyond those wanted is taken, however much it promises.
    calm : bool
        An output that does not move is believed, and no other scale is looked for at which it does.
    """

    order: int
    roughness: Roughness
    unit: float
    rtol: float = 0.0
    target: int = 1
    shorter: float = 1.0
    frugal: bool = False
    calm: bool = False

    @property
    def pairs(self) -> int:
        """Levels on each line."""
        return self.order // 2

    @property
    def first(self) -> float:
        """The first step in units of the magnitude: a noisy f needs longer ones."""
        level = max(self.unit, self.roughness.relative)
        noisy = level ** (1 / (self.order + self.target)) if level > LOUD else 0.0
        return float(max(FIRST_STEP[self.target][self.pairs - 1], min(LONGEST, noisy)) * self.shorter)

    def shortened(self, part: float) -> Adaptive:
        """The same with lines that are so much shorter."""
        return replace(self, shorter=self.shorter * part)


def check_order(order: object) -> int:
    """An order that adaptive differences can have; an OptionError if it is not."""
    if not isinstance(order, (int, np.integer)) or isinstance(order, bool) or order % 2 or not 2 <= order <= 16:
        raise OptionError(
            f"order={order!r}: adaptive differences have an even order from 2 to {2 * len(FIRST_STEP[1])}"
        )
    return int(order)


def differentiate(family: Family, plan: Adaptive, eps: float, of_complex: bool = False) -> Estimate:
    """
    The derivatives along all lines of a family.

    Parameters
    ----------
    family : Family
        Where to sample.
    plan : Adaptive
        How far to go.
    eps : float
        The spacing at 1 of the number format of x.
    of_complex : bool
        The doubles that the family samples are complex numbers.

    Returns
    -------
    Estimate
        J has a column for each line and a row for each output, or is flat if lines have outputs of their own; its error
        holds for 99 in 100 entries.
    """
    lines, start = family.x.size, family.start if isinstance(family, Ragged) else None
    shape = family.value.shape if start is not None else (lines, family.value.shape[1])
    V, E, flags = np.full(shape, np.nan), np.full(shape, np.inf), np.zeros(shape, np.uint16)
    step, kinks = np.zeros(lines), list[Kink]()
    for block in family.blocks(HELD // (2 * plan.pairs)):
        rows = block if start is None else entries_on(start, block)
        trials = _run(family, block, _begun(family, plan, eps, block, rows))
        V[rows], E[rows] = trials.V, trials.E
        step[block], flags[rows] = _told(family, plan, block, trials)
        kinks += _kinks(family, block, rows, trials)
    kinks.sort(key=lambda kink: kink.column)
    if of_complex:
        V, E = V.view(np.complex128), np.hypot(E[..., ::2], E[..., 1::2])
        flags = flags[..., ::2] | flags[..., 1::2]
        kinks = [replace(kink, output=kink.output // 2) for kink in kinks]
    return Estimate(V.T, step, int(np.isnan(V).sum()), E.T, flags.T, kinks=kinks)


def _begun(family: Family, plan: Adaptive, eps: float, lines: IntArray, rows: IntArray) -> _trials.Trials:
    """Some lines, whose rows in the tables these are, before the first step."""
    value, noise, blind = _known(family, plan.roughness, rows)
    return _trials.Trials(
        family.x[lines],
        family.size[lines],
        family.low[lines],
        family.high[lines],
        value,
        noise,
        blind,
        eps,
        plan.unit,
        plan.first,
        plan.rtol,
        plan.pairs,
        plan.target,
        plan.frugal,
        plan.calm,
        begins(family.start, lines) if isinstance(family, Ragged) else None,
    )


def _known(family: Family, rough: Roughness, rows: IntArray) -> list[Array]:
    """f at x, its noise, and where it is blind, in some rows; in one for all where that is the same."""
    if isinstance(family, Ragged):
        outputs = family.outputs[rows]
        return [family.value[rows], rough.noise.reshape(-1)[outputs], rough.blind.reshape(-1)[outputs]]
    tables: list[Array] = [family.value, rough.noise, rough.blind]
    tables = [table.reshape(family.value.shape) for table in tables]
    return [np.ascontiguousarray(table if len(table) == 1 else table[rows]) for table in tables]


def _run(family: Family, lines: IntArray, trials: _trials.Trials) -> _trials.Trials:
    """Some lines, from the first step to the last."""
    x, outputs = family.x[lines], np.diff(trials.start)
    while True:
        which, step, sides = trials.waiting()
        if not which.size:
            return trials
        up, down = (np.flatnonzero(sides & side) for side in (_trials.UP, _trials.DOWN))
        at = np.concatenate([x[which[up]] + step[up], x[which[down]] - step[down]])
        Y = family.sample(lines[np.concatenate([which[up], which[down]])], at).reshape(-1)
        above = outputs[which[up]].sum()
        trials.put(which[up], _trials.UP, Y[:above])
        trials.put(which[down], _trials.DOWN, Y[above:])
        trials.decide(which)


def _told(family: Family, plan: Adaptive, lines: IntArray, trials: _trials.Trials) -> tuple[FloatArray, FlagArray]:
    """The steps of the lines, and the flags of their outputs with those of whole lines."""
    step, sides = trials.steps()
    room = np.maximum(family.low[lines], family.high[lines])
    finite = np.isfinite(family.x[lines])
    with np.errstate(invalid="ignore"):
        cramped = (np.minimum(family.low[lines], family.high[lines]) < plan.first * family.size[lines]) & (sides == 0)
    line_flags = Flag.ONE_SIDED * (sides != 0) + Flag.SHRUNK * (cramped & (room > 0) & finite)
    line_flags = np.where(finite & (step == 0), Flag.NO_ROOM, line_flags).astype(np.uint16)
    return step, trials.flags | np.repeat(line_flags, np.diff(trials.start)).reshape(trials.flags.shape)


def _kinks(family: Family, lines: IntArray, rows: IntArray, trials: _trials.Trials) -> list[Kink]:
    """The slopes to both sides of each kink, from the smallest step of its line."""
    kinks = []
    for entry in np.flatnonzero(trials.flags & Flag.KINK):
        c = int(np.searchsorted(trials.start, entry, "right")) - 1
        i = int(entry - trials.start[c])
        steps = trials.table(c)
        k = int(np.argmin(steps))
        below, value, above = trials.around(c, k, i)
        output = int(family.outputs[rows[entry]]) if isinstance(family, Ragged) else i
        kinks.append(Kink(output, int(lines[c]), float((value - below) / steps[k]), float((above - value) / steps[k])))
    return kinks
