# SPDX-License-Identifier: BSD-3-Clause
"""What a derivative without a report still has to say: its warnings, which name entries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from numjac.errors import NonFiniteWarning, NonSmoothWarning, ToleranceWarning, UnresolvedWarning, warn
from numjac.numeric.differences import Estimate
from numjac.result import Array, Flag

__all__ = ["tell", "told_nonfinite"]

Variable = Callable[[int], str]


def tell(estimate: Estimate, variable: Variable, rtol: float | None) -> None:
    """
    Warn of what is wrong with an estimate.

    Parameters
    ----------
    estimate : Estimate
        The derivatives, with their flags.
    variable : callable
        What a column is the derivative by, in words.
    rtol : float, optional
        The relative error that was asked for.
    """
    if not estimate.nonfinite and estimate.flags is None and not rtol:
        return
    flags = estimate.entry_flags()
    missing = np.isnan(estimate.J) & (flags & (Flag.JUMP | Flag.UNRESOLVED) == 0)
    if missing.any():
        warn(told_nonfinite(missing, flags, variable, estimate.place(missing)), NonFiniteWarning)
    sharp = (flags & (Flag.KINK | Flag.JUMP)) != 0
    if sharp.any():
        warn(_told_sharp(estimate, sharp, variable), NonSmoothWarning)
    open_ = (flags & Flag.UNRESOLVED) != 0
    if open_.any():
        why = "no steps were found at which f has a slope that can be trusted; its error is inf"
        warn(_told(open_, estimate.place(open_), variable, "can not be trusted", why), UnresolvedWarning)
    if rtol and estimate.error is not None:
        with np.errstate(invalid="ignore"):
            short = ~(estimate.error <= rtol * np.abs(estimate.J)) & (flags & ~Flag.ONE_SIDED == 0)
        if short.any():
            warn(_told_short(estimate, short, variable, rtol), ToleranceWarning)


def _told(which: Array, place: tuple[int, int], variable: Variable, what: str, why: str) -> str:
    return (
        f"{which.sum()} of {which.size} entries {what}; the first is the derivative of output {place[0]} by "
        f"{variable(place[1])}: {why}"
    )


def told_nonfinite(
    missing: Array, flags: Array | None, variable: Variable, place: tuple[int, int] | None = None
) -> str:
    """Which entries are NaN, and why."""
    first = tuple(np.argwhere(missing)[0])
    no_room = flags is not None and flags[first] & Flag.NO_ROOM
    return _told(
        missing,
        place or (int(first[0]), int(first[-1])),
        variable,
        "are NaN",
        "its bounds leave it no room to move" if no_room else "f is not finite there",
    )


def _told_sharp(estimate: Estimate, sharp: Array, variable: Variable) -> str:
    place = estimate.place(sharp)
    for kink in estimate.kinks:
        if (kink.output, kink.column)[-sharp.ndim :][0] == place[0] and kink.column in (place[1], 0):
            why = f"f has a kink, with slopes {kink.left:.6g}, {kink.right:.6g}"
            return _told(sharp, place, variable, "do not exist", why)
    flags = estimate.entry_flags()[tuple(np.argwhere(sharp)[0])]
    why = "f has a kink" if flags & Flag.KINK else "f jumps at x"
    return _told(sharp, place, variable, "do not exist", why)


def _told_short(estimate: Estimate, short: Array, variable: Variable, rtol: float) -> str:
    first = tuple(np.argwhere(short)[0])
    assert estimate.error is not None
    with np.errstate(divide="ignore"):
        reached = float(estimate.error[first] / np.abs(estimate.J[first]))
    what = f"are not known to rtol={rtol:.3g}"
    return _told(short, estimate.place(short), variable, what, f"{reached:.3g} was reached")
