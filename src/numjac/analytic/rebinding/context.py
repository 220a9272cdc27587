# SPDX-License-Identifier: BSD-3-Clause
"""On which tape the copy of f writes that runs now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

import numjac._tape as _tape

__all__ = ["current", "recording", "settled", "tape_among"]

_CURRENT: ContextVar[Any] = ContextVar("numjac tape", default=None)


@contextmanager
def recording(tape: Any) -> Iterator[None]:
    """Arrays that a copy of f makes belong to this tape; of the thread, and of the task."""
    token = _CURRENT.set(tape)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Any:
    """The tape; None if there is none, or if its call of f is over."""
    tape = _CURRENT.get()
    return tape if tape is not None and tape.alive else None


def tape_among(values: Iterable[Any]) -> Any:
    """The tape of the first tracer among some values; None if there is none."""
    return next((v.tape for v in values if isinstance(v, (_tape.Scalar, _tape.Array))), None)


def settled(a: Any) -> Any:
    """The plain values of what no element stands for, read-only; what is traced stays as it is."""
    if isinstance(a, _tape.Array):
        if (a.elements_of() >= 0).any():
            return a
        value = np.array(a.plainly)
        value.flags.writeable = False  # what f would write into is the buffer
        return value
    if isinstance(a, (list, tuple)) and _tape.traced(a):
        return type(a)([settled(part) for part in a])
    return a
