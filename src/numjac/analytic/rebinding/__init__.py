# SPDX-License-Identifier: BSD-3-Clause
"""
Attempt C: a copy of f whose globals know tracers.

Code that makes an array and fills it, or takes the sine of ``math``, hands its numbers to C, where a trace ends. The
copy runs the same code in another world: NumPy, math, ``float`` and ``isinstance`` are stand-ins that know tracers, and
what is written in Python is copied in turn, when it is reached. Nothing that f can see is patched, so that any number
of threads may do so at a time.
"""

from __future__ import annotations

from numjac.analytic.rebinding.context import recording
from numjac.analytic.rebinding.copies import CannotRebindError, Rebound, rebound

__all__ = ["CannotRebindError", "Rebound", "rebound", "recording"]
