# SPDX-License-Identifier: BSD-3-Clause
"""Functions as others call them, turned into functions of what they are differentiated by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numjac.operators import Caller

__all__ = ["Behind", "Listed", "Turned"]


@dataclass(frozen=True)
class Turned:
    """f(t, y) as a function of y."""

    f: Caller

    def __call__(self, y: Any, t: Any, *args: Any, **kwargs: Any) -> Any:
        """f, with y first."""
        return self.f(t, y, *args, **kwargs)

    def rebound_by(self, copy: Callable[[Caller], Caller]) -> Turned:
        """The same function of a copy of f."""
        return replace(self, f=copy(self.f))


@dataclass(frozen=True)
class Behind:
    """f(x, y, p) as a function of p."""

    f: Caller

    def __call__(self, p: Any, x: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        """f, with p first."""
        return self.f(x, y, p, *args, **kwargs)

    def rebound_by(self, copy: Callable[[Caller], Caller]) -> Behind:
        """The same function of a copy of f."""
        return replace(self, f=copy(self.f))


@dataclass(frozen=True)
class Listed:
    """f(xdata, *params) as a function of the list of its parameters."""

    f: Caller

    def __call__(self, params: Any, xdata: Any, **kwargs: Any) -> Any:
        """f, with its parameters one by one."""
        return self.f(xdata, *params, **kwargs)

    def rebound_by(self, copy: Callable[[Caller], Caller]) -> Listed:
        """The same function of a copy of f."""
        return replace(self, f=copy(self.f))
