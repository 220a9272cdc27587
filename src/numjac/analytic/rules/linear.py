# SPDX-License-Identifier: BSD-3-Clause
"""Functions whose local Jacobian is told by two maps, one of tangents and one of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules.rule import Rule, fits, operands, shape_of
from numjac.analytic.structured import LinearMap, Structured
from numjac.result import Array, Shape

__all__ = ["Formula", "Linear", "Part", "as_structured", "parted", "same"]


Node = _tape.Node


@dataclass(frozen=True, kw_only=True)
class Linear(Rule):
    """
    A linear function of its first argument.

    Parameters
    ----------
    adjoint : callable
        ``adjoint(U, x_shape, *args, **kwargs)``: cotangents [k, *y.shape] to [k, *x.shape], not conjugated; None where
        complex numbers are mapped linearly over the reals only.
    forth : callable
        ``forth(T, *args, **kwargs)``: the function of tangents [k, *x.shape].
    """

    adjoint: Callable[..., Any] | None
    forth: Callable[..., Any]

    def bends(self, node: Any) -> bool:
        """A linear function does not."""
        return False

    def locals(self, node: Any) -> list[Structured]:
        """The function itself."""
        x_shape, y_shape = shape_of(node.args[0]), shape_of(node.value)
        rest, kwargs = node.args[1:], node.kwargs

        def forth(T: Array) -> Array:
            return np.asarray(self.forth(T.reshape(len(T), *x_shape), *rest, **kwargs)).reshape(len(T), -1)

        def back(U: Array) -> Array:
            assert self.adjoint is not None
            return np.asarray(self.adjoint(U.reshape(len(U), *y_shape), x_shape, *rest, **kwargs)).reshape(len(U), -1)

        size = int(np.prod(x_shape, dtype=np.intp))
        shape = (int(np.prod(y_shape, dtype=np.intp)), size)
        return [LinearMap(shape, forth, None if self.adjoint is None else back)]

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Only the first argument may be traced, and what else is said has to be known to the map."""
        if any(position for position, _ in parents):
            tape.lose(f"{self.name} of a traced second argument")
        if "out" in kwargs or not fits(self.forth, *plain, **kwargs):
            tape.lose(f"{self.name} with {sorted(kwargs) or plain[1:]}")
        return Rule.noted(self, tape, plain, kwargs, parents, value)


@dataclass(frozen=True, kw_only=True)
class Formula(Rule):
    """
    A function with its differential.

    Parameters
    ----------
    factors : tuple of callable
        For each operand ``factor(*args, y, **kwargs)``: the structured matrix, or a pair of functions (forward of
        tangents [k, *operand.shape], backward of cotangents [k, *y.shape]).
    check : callable, optional
        ``check(*args, y, **kwargs)``: a reason not to take it; empty if there is none.
    kink : callable, optional
        ``kink(*args, y)``: whether there is one.
    part : int, optional
        Which of several results it is of; ``args`` end with all of them then.
    options : tuple of str
        What else the function may be told, which the factors know by name; anything else is refused.
    holomorphic : bool
        It holds for complex numbers too.
    """

    factors: tuple[Callable[..., Any], ...]
    check: Callable[..., str] | None = None
    kink: Callable[..., Any] | None = None
    part: int | None = None
    options: tuple[str, ...] = ()
    holomorphic: bool = False

    @property
    def real(self) -> bool:  # type: ignore[override]
        """Transposes are not conjugated here."""
        return not self.holomorphic

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """The adjoint at operands and a result that are traced."""
        if self.part is not None:
            operands = operands[:-1]
        y = self.function(*operands, **node.kwargs)
        results = (y,) if self.part is None else (y, y[self.part])
        factor = self.factors[position](*operands, *results, **node.kwargs)
        if not isinstance(factor, tuple):
            raise NotImplementedError(f"second derivatives of {self.name}")
        return np.reshape(factor[1](np.asarray(U)[np.newaxis]), shape_of(node.args[position]))

    def bound(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Operands by position, options by name."""
        return parted(self, len(self.factors), self.options, tape, args, kwargs)

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Refuse what the formula does not hold for, and look for kinks."""
        if self.check is not None and (why := self.check(*plain, value, **kwargs)):
            tape.lose(f"{self.name} {why}")
        if self.kink is not None and np.any(self.kink(*plain, value)):
            tape.kinked = True
        return Rule.noted(self, tape, plain, kwargs, parents, value)

    def locals(self, node: Any) -> list[Structured]:
        """The factors of those that are traced."""
        return [
            as_structured(self.factors[position](*node.args, node.value, **node.kwargs),
                          shape_of(node.args[position]), shape_of(node.value))
            for position, _ in node.parents
        ]  # fmt: skip


def parted(
    rule: Rule, count: int, options: tuple[str, ...], tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The first operands by position, what else is said by name; a name that is not among the options is refused."""
    args, kwargs = Rule.bound(rule, tape, args, kwargs)
    given = signature(rule.function).bind(*args, **kwargs).arguments
    found = list(given.values())[:count]
    defaults = {name: parameter.default for name, parameter in signature(rule.function).parameters.items()}
    rest = {name: value for name, value in list(given.items())[count:] if not same(value, defaults[name])}
    if len(found) < count or set(rest) - set(options) or any(map(_tape.traced, rest.values())):
        tape.lose(f"{rule.name} with {sorted(rest)}")
    return tuple(found), rest


def same(value: Any, default: Any) -> bool:
    """Whether an option says what is so without it."""
    return value is default or (type(value) is type(default) and bool(value == default))


def as_structured(factor: Any, x_shape: Shape, y_shape: Shape) -> Structured:
    """A pair of functions on shaped arrays as a structured matrix."""
    if not isinstance(factor, tuple):
        return factor  # type: ignore[no-any-return]
    forth, back = factor
    m, n = (int(np.prod(shape, dtype=np.intp)) for shape in (y_shape, x_shape))
    return LinearMap(
        (m, n),
        lambda T: np.asarray(forth(T.reshape(len(T), *x_shape))).reshape(len(T), m),
        lambda U: np.asarray(back(U.reshape(len(U), *y_shape))).reshape(len(U), n),
    )


@dataclass(frozen=True, kw_only=True)
class Part(Rule):
    """
    One of the results of a function with several: each is written down by a rule of its own.

    Parameters
    ----------
    parts : tuple of Rule
        One for each result; None for one that has no derivative.
    operands : int
        How many there are.
    options : tuple of str
        As of `Formula`.
    """

    parts: tuple[Any, ...] = field(default=())
    operands: int = 1
    options: tuple[str, ...] = ()
    real = True

    def __post_init__(self) -> None:
        numbered = (None if part is None else replace(part, part=k) for k, part in enumerate(self.parts))
        object.__setattr__(self, "parts", tuple(numbered))

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the function once."""
        args, kwargs = parted(self, self.operands, self.options, tape, args, kwargs)
        plain, parents = operands(tape, args)
        if any(np.iscomplexobj(a) for a in plain):
            tape.lose(f"{self.name} of complex numbers")
        values = self.function(*plain, **kwargs)
        if not parents:
            return values
        results = [
            value if part is None else part.noted(tape, (*plain, values), kwargs, parents, value)
            for part, value in zip(self.parts, values, strict=True)
        ]
        return type(values)(*results) if hasattr(values, "_fields") else tuple(results)
