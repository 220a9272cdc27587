# SPDX-License-Identifier: BSD-3-Clause
"""Functions that move entries: the local Jacobian is made of rows of the identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules.rule import Rule
from numjac.result import Array

__all__ = ["Move", "args_picked", "moved"]


Node = _tape.Node


@dataclass(frozen=True, kw_only=True)
class Move(Rule):
    """Entries move, or are copied: what a function does to the numbers of elements is what it does to entries."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Views stay views of the same memory, all else is a gather."""
        args, kwargs = self.bound(tape, args, kwargs)
        if "out" in kwargs or any(map(_tape.traced, args[1:])):
            tape.lose(f"{self.name} with out, or to traced places")
        if isinstance(args[0], _tape.Array):
            base = args[0].plainly
            value = self.function(base, *args[1:], **kwargs)
            if isinstance(value, (list, tuple)):
                return type(value)(args[0].viewed(part) for part in value)
            if isinstance(value, np.ndarray) and value.base is not None and args[0].shares(value):
                return args[0].viewed(value)
            ids = self.function(args[0].elements_of(), *args[1:], **kwargs)
        else:
            base, elements = _tape.lifted(tape, args[0])
            value = self.function(base, *args[1:], **kwargs)
            ids = self.function(np.broadcast_to(elements, np.shape(base)), *args[1:], **kwargs)
        return moved(tape, ids, value)


def moved(tape: Any, ids: Any, value: Any) -> Any:
    """Elements at new places; those that are not from anywhere are constants."""
    if isinstance(value, np.ndarray):
        return args_picked(tape, np.asarray(ids, np.intp), value)
    return tape.tracer(value, int(ids)) if ids >= 0 else value


def args_picked(tape: Any, ids: Array, value: Array) -> Any:
    """An array of its own, of given elements."""
    value = np.array(value)
    first = tape.gather(ids, value)
    return tape.constant(value) if first < 0 else tape.tracer(value, first)
