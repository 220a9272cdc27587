# SPDX-License-Identifier: BSD-3-Clause
"""Code that can not run with other globals, found by looking at it."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

__all__ = ["obstacle", "stores"]

WRITES = {dis.opmap["STORE_GLOBAL"]: "writes", dis.opmap["DELETE_GLOBAL"]: "deletes"}
BUILDS_CLASS = dis.opmap["LOAD_BUILD_CLASS"]
LOOKS = frozenset({"super", "globals", "exec", "eval", "locals", "vars"})


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code and all that is nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def obstacle(code: CodeType) -> str:
    """Why code can not run with other globals; empty if it can."""
    if "__class__" in code.co_freevars:
        return "uses super()"
    for part in codes(code):
        operations = set(part.co_code[::2])
        for operation in WRITES.keys() & operations:
            name = next(i.argval for i in dis.get_instructions(part) if i.opcode == operation)
            return f"{WRITES[operation]} the global {name}"
        if BUILDS_CLASS in operations:
            return "defines a class"
        for name in LOOKS.intersection(part.co_names):
            if any(i.argval == name and i.opname in ("LOAD_GLOBAL", "LOAD_NAME") for i in dis.get_instructions(part)):
                return f"uses {name}()"
    return ""


def stores(code: CodeType, name: str) -> bool:
    """Whether code assigns to a variable of a function around it."""
    return any(
        i.argval == name and i.opname in ("STORE_DEREF", "DELETE_DEREF")
        for part in codes(code)
        for i in dis.get_instructions(part)
    )
