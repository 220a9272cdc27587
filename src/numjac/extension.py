# SPDX-License-Identifier: BSD-3-Clause
"""What users add to the identities: rules of their own, parts to be differenced; and the table to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from numjac.analytic.identities import TABLE
from numjac.analytic.primitives import Primitive
from numjac.planned import Jacobian
from numjac.result import Array, FloatArray

__all__ = ["Identities", "Identity", "blackbox", "identities", "primitive"]


def primitive(g: Callable[..., Any], *, jacobian: Callable[..., Any]) -> Primitive:
    """
    A function with a derivative of its own, which a trace does not look into.

    Parameters
    ----------
    g : callable
        ``g(*args, **kwargs)``: numbers and arrays to a number or an array.
    jacobian : callable
        ``jacobian(*args, **kwargs)``: the derivative of g by its first argument, of shape ``g.shape + arg.shape``; or
        a tuple with one for each argument, None for those that never depend on x.

    Returns
    -------
    callable
        Called like g; may be used as a decorator through `functools.partial`.

    Raises
    ------
    OptionError
        g or jacobian can not be called.
    ShapeError
        When it is traced: jacobian returned another shape.

    See Also
    --------
    blackbox : Where no derivative is known.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> def table(t):                      # what no trace can see through
    ...     return float(t) ** 3
    >>> cube = nj.primitive(table, jacobian=lambda t: 3 * t**2)
    >>> nj.gradient(lambda x: cube(x[0]) * x[1], [2.0, 5.0])
    array([60.,  8.])
    """
    return Primitive(g, jacobian)


def blackbox(g: Callable[..., Any], **options: Any) -> Primitive:
    """
    A part of a function that is differentiated numerically, while all around it stays exact.

    Parameters
    ----------
    g : callable
        ``g(*args, **kwargs)``: numbers and arrays to a number or an array.
    **options
        Of `Jacobian`, for example ``method="adaptive"`` (default), `order`, `noise`, `bounds`.

    Returns
    -------
    callable
        Called like g. Its error bars become part of those of the whole derivative.

    Raises
    ------
    OptionError
        g can not be called, or an option is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> simulate = nj.blackbox(lambda p: np.array([float(p[0]) ** 2, float(p[1])]))
    >>> J, report = nj.jacobian(lambda x: np.exp(simulate(x)), [1.0, 0.0], full_output=True)
    >>> J.round(8)
    array([[5.43656366, 0.        ],
           [0.        , 1.        ]])
    >>> report.method, bool(report.error.max() < 1e-8)
    ('analytic', True)
    """
    options = {"method": "adaptive"} | options | {"full_output": True}
    Jacobian(g, **options)  # an unknown option is told at once

    def jacobian(position: int, *args: Any, **kwargs: Any) -> tuple[Array, FloatArray]:
        def by_one(x: Any) -> Any:
            return g(*args[:position], x, *args[position + 1 :], **kwargs)

        J, report = Jacobian(by_one, **options)(args[position])
        return J, report.error

    return Primitive(g, jacobian, judged=True)


@dataclass(frozen=True)
class Identity:
    """One row of the table: a function, its derivative, the structure of that, and a source."""

    name: str
    formula: str
    structure: str
    source: str


class Identities:
    """The table of identities: iterable, and prints itself."""

    def __iter__(self) -> Iterator[Identity]:
        for rule in TABLE:
            yield Identity(_name(rule.function), rule.formula, rule.structure, rule.source)

    def __len__(self) -> int:
        return len(TABLE)

    def __repr__(self) -> str:
        rows = [(row.name, row.formula, row.structure) for row in self]
        widths = [max(len(row[k]) for row in rows) for k in range(2)]
        return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows)


def _name(function: Any) -> str:
    """A function as a user writes it."""
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return f"{function.__self__.__name__}.{function.__name__}"
    module = str(getattr(function, "__module__", "") or "")
    inner = module.removeprefix("numpy.") if module in ("numpy.linalg", "numpy.fft") else ""
    return f"{inner}.{function.__name__}".lstrip(".")


identities = Identities()
