# SPDX-License-Identifier: BSD-3-Clause
"""
The kinds of identities: how a row of the table becomes a structured matrix.

A rule knows how to write an operation down, and afterwards, for each operand that is traced, the local Jacobian. It
knows no tape but what it is handed, and the value is always computed by the function that was called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.structured import (
    NOTHING,
    Diagonal,
    Gather,
    LinearMap,
    Product,
    Reduce,
    Replicate,
    Scaled,
    Select,
    Structured,
    Sum,
    Zero,
)
from numjac.result import Array, Shape

__all__ = ["Elementwise", "Flat", "Formula", "Linear", "Move", "Part", "Query", "Reduction", "Rule", "Slope"]

Node = _tape.Node
Function = Callable[..., Any]

# Constants up to this size are copied, so that f may write into them afterwards; larger ones are watched.
COPIED = 2**16


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    One identity.

    Parameters
    ----------
    function : callable
        The NumPy function.
    formula : str
        Its derivative, as the table of identities prints it.
    structure : str
        What the local Jacobian is.
    source : str
        Where the formula is from.
    """

    function: Function
    formula: str = ""
    structure: str = ""
    source: str = ""

    real = False  # it does not hold for complex numbers

    @property
    def name(self) -> str:
        """The name of the function."""
        return getattr(self.function, "__name__", repr(self.function))

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call the function with plain values and write that down; what comes out, traced."""
        args, kwargs = self.bound(tape, args, kwargs)
        plain, parents = operands(tape, args)
        if self.real and any(np.iscomplexobj(a) for a in plain):
            tape.lose(f"{self.name} of complex numbers")
        value = self.function(*plain, **kwargs)
        if not parents:
            return tape.constant(value) if isinstance(value, np.ndarray) else value
        return self.noted(tape, plain, kwargs, parents, value)

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Write down one operation."""
        return tape.note(self, plain, kwargs, parents, value)

    def bound(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Arguments with all that is traced among the positional ones."""
        kwargs = spoken(kwargs)
        if any(_tape.traced(value) for value in kwargs.values()):
            try:
                call = signature(self.function).bind(*args, **kwargs)
            except (TypeError, ValueError):
                tape.lose(f"{self.name} with traced keywords {sorted(kwargs)}")
            args, kwargs = call.args, call.kwargs
            if any(_tape.traced(value) for value in kwargs.values()):
                tape.lose(f"{self.name} with traced keywords {sorted(kwargs)}")
        return args, kwargs

    def locals(self, node: Any) -> list[Structured]:
        """The local Jacobian by each traced operand, in the order of ``node.parents``."""
        raise NotImplementedError

    def uncertainty(self, node: Any) -> list[Array | None]:
        """The errors of the entries of each local Jacobian, as a matrix; None if it is exact."""
        return [None] * len(node.parents)

    def bends(self, node: Any) -> bool:
        """Whether the local Jacobian depends on operands that are traced."""
        return True

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """
        Cotangents of an operand, as a function of the operands that can be traced itself.

        Parameters
        ----------
        node : Node
            The operation.
        operands : list
            All arguments of the function, some of them traced.
        position : int
            Which of them.
        U : ndarray
            Cotangents of the result, of its shape.
        """
        raise NotImplementedError(f"second derivatives of {self.name}")


def spoken(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Keywords without those that say nothing: no output, the number format that there is."""
    silent = {name for name, value in kwargs.items() if value is np._NoValue or (name == "out" and value is None)}
    if "dtype" in kwargs and (kwargs["dtype"] is None or kwargs["dtype"] in (float, np.float64, "float64", "d", "f8")):
        silent.add("dtype")
    return {name: value for name, value in kwargs.items() if name not in silent}


def fits(function: Function, *args: Any, **kwargs: Any) -> bool:
    """Whether a function can be called so."""
    try:
        signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return False
    return True


def operands(tape: Any, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[tuple[int, int], ...]]:
    """Arguments as plain values, and which of them are traced as which elements."""
    plain: list[Any] = []
    parents = []
    for position, arg in enumerate(args):
        value, first = _tape.origin(tape, arg)
        if first >= 0:
            parents.append((position, first))
        elif isinstance(value, np.ndarray) and value is arg and value.size <= COPIED:
            value = _tape.snapshot(value)
        plain.append(value)
    return tuple(plain), tuple(parents)


def arrayed(a: Any) -> Any:
    """A list, as an array."""
    if not isinstance(a, (list, tuple)):
        return a
    return np.stack(a) if _tape.traced(a) else np.asarray(a)


def mark(*operands: Any, kink: bool = False) -> None:
    """Tell that another answer may be right beside x, or that a slope jumps there."""
    for a in operands:
        if isinstance(a, (_tape.Array, _tape.Scalar)):
            a.tape.kinked |= kink
            a.tape.tied |= not kink


def untraced(a: Any) -> Any:
    """The plain values of what may be traced."""
    if isinstance(a, (_tape.Array, _tape.Scalar)):
        return np.array(a.plainly)[()]
    if not _tape.traced(a):
        return a
    parts = [untraced(part) for part in (a.flat if isinstance(a, np.ndarray) else a)]
    return np.reshape(parts, np.shape(a)) if isinstance(a, np.ndarray) else np.array(parts)


def shape_of(a: Any) -> Shape:
    """The shape of an operand or of a result."""
    if isinstance(a, np.ndarray):
        shape: Shape = a.shape
        return shape
    return () if isinstance(a, (float, int)) else np.shape(a)


def flat(w: Any, shape: Shape) -> Array:
    """Weights of every entry, one behind the other."""
    return w.reshape(-1) if w.shape == shape else np.broadcast_to(w, shape).reshape(-1)


Slope = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Elementwise(Rule):
    """
    y = f(a, b, ...) entry by entry, operands broadcast.

    Parameters
    ----------
    slopes : tuple of callable
        For each operand ``slope(*operands, y)``: the derivative; a number, an array, or booleans for a branch.
    kink : callable, optional
        ``kink(*operands, y)``: where the derivative jumps.
    """

    slopes: tuple[Slope, ...]
    kink: Callable[..., Any] | None = None

    @property
    def real(self) -> bool:  # type: ignore[override]
        """What has kinks knows an order, which complex numbers have not."""
        return self.kink is not None

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Numbers become records, arrays a node."""
        if kwargs:
            return _with_keywords(self, tape, args, dict(kwargs))
        args = tuple(np.asarray(a) if isinstance(a, (list, tuple)) and not _tape.traced(a) else a for a in args)
        if tape.second or not all(isinstance(a, (_tape.Scalar, float, int)) for a in args):
            return Rule.record(self, tape, args, kwargs)
        plain = [a.plainly if isinstance(a, _tape.Scalar) else a for a in args]
        y = self.function(*plain)
        if type(y) is not np.float64:
            return Rule.record(self, tape, args, kwargs)
        self.watch(tape, plain, y)
        with np.errstate(all="ignore"):
            pairs = [
                (a.id, float(self.slopes[i](*map(np.float64, plain), y)))
                for i, a in enumerate(args)
                if isinstance(a, _tape.Scalar)
            ]
        return tape.records(y, pairs)

    def bends(self, node: Any) -> bool:
        """A sum does not, nor does a product with a constant."""
        positions = [position for position, _ in node.parents]
        if self.function is np.multiply or (self.function is np.divide and positions == [0]):
            return len(positions) > 1
        return not all(type(self.slopes[k](*node.args, node.value)) in (float, int) for k in positions)

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """Weights, summed over copies."""
        w = self.slopes[position](*operands, self.function(*operands))
        if isinstance(w, np.ndarray) and w.dtype == bool:
            w = w.astype(float)
        return unspread(U * w, shape_of(node.args[position]))

    def watch(self, tape: Any, plain: Any, y: Any) -> None:
        """See whether there is a kink."""
        if self.kink is not None and np.any(self.kink(*plain, y)):
            tape.kinked = True

    def noted(self, tape: Any, plain: tuple[Any, ...], kwargs: Any, parents: Any, value: Any) -> Any:
        """Look for kinks first."""
        self.watch(tape, plain, value)
        return Rule.noted(self, tape, plain, kwargs, parents, value)

    def locals(self, node: Any) -> list[Structured]:
        """Diagonals."""
        y_shape, value = shape_of(node.value), node.value
        return [self._local(node, position, y_shape, value) for position, _ in node.parents]

    def _local(self, node: Any, position: int, y_shape: Shape, value: Any) -> Structured:
        w, x_shape = self.slopes[position](*node.args, value), shape_of(node.args[position])
        if type(w) is np.ndarray and w.shape == x_shape == y_shape and w.dtype == np.float64:
            return Diagonal(w.reshape(-1))
        if type(w) in (float, int):
            after: Structured = Scaled(node.size, float(w))
        elif isinstance(w, np.ndarray) and w.dtype == bool:
            after = Select(flat(w, y_shape))
        elif np.ndim(w) == 0:
            after = Scaled(node.size, complex(w) if np.iscomplexobj(w) else float(w))
        else:
            after = Diagonal(flat(w, y_shape))
        if x_shape == y_shape:
            return after
        before = Replicate(x_shape, y_shape)
        return before if isinstance(after, Scaled) and after.by == 1 else Product(after, before)


def unspread(U: Any, shape: Shape) -> Any:
    """The sum over all that broadcasting has copied."""
    extra = len(np.shape(U)) - len(shape)
    axes = tuple(range(extra)) + tuple(
        axis + extra for axis, (n, m) in enumerate(zip(shape, np.shape(U)[extra:], strict=True)) if n == 1 < m
    )
    return np.reshape(np.sum(U, axis=axes), shape) if axes else U


def _with_keywords(rule: Elementwise, tape: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An elementwise function with ``out`` or ``where``."""
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    if set(kwargs) - {"dtype", "casting"} or np.dtype(kwargs.get("dtype") or float) != np.float64:
        tape.lose(f"{rule.name} with {sorted(kwargs)}")
    y = rule.record(tape, args, {})
    if isinstance(out, tuple):
        (out,) = out
    if out is None:
        if where is not True:
            tape.lose(f"{rule.name} with where and without out")
        return y
    if not isinstance(out, _tape.Array):
        tape.lose(f"{rule.name} with out into a plain array")
    if where is True:
        out[...] = y
    else:
        mask = np.broadcast_to(where, out.shape)
        full = np.broadcast_to(y, out.shape)
        out[mask] = full[mask]
    return out


@dataclass(frozen=True, kw_only=True)
class Flat(Elementwise):
    """A function whose derivative is zero wherever it has one: rounding, signs."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The value is a constant."""
        if kwargs := spoken(kwargs):
            return _with_keywords(self, tape, args, dict(kwargs))
        plain, _ = operands(tape, args)
        if any(np.iscomplexobj(a) for a in plain):
            tape.lose(f"{self.name} of complex numbers")
        y = self.function(*plain)
        self.watch(tape, plain, y)
        return tape.constant(y) if isinstance(y, np.ndarray) else y


@dataclass(frozen=True, kw_only=True)
class Query(Rule):
    """
    What is asked of values and is no number that depends on them smoothly: comparisons, argmax, isnan.

    Parameters
    ----------
    tie : callable, optional
        ``tie(*args, y)``: whether the answer may be another one beside x.
    """

    tie: Callable[..., Any] | None = None

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The answer, plain."""
        args, kwargs = self.bound(tape, args, kwargs)
        if "out" in kwargs:
            tape.lose(f"{self.name} with out")
        plain, _ = operands(tape, args)
        y = self.function(*plain, **kwargs)
        if self.tie is not None and np.any(self.tie(*plain, y)):
            tape.tied = True
        tape.mix(digest(y))
        return y


def digest(y: Any) -> int:
    """A number that tells answers apart."""
    return hash(tuple(map(digest, y))) if isinstance(y, tuple) else hash(np.asarray(y).tobytes())


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


@dataclass(frozen=True, kw_only=True)
class Reduction(Rule):
    """
    A sum over axes with weights that may depend on x.

    Parameters
    ----------
    weights : callable
        ``weights(x, y, axes, **others)`` with y and the weights broadcast to x.
    kink : callable, optional
        ``kink(x, y, axes)``, y broadcast to x.
    others : tuple of str
        Keywords of the function that the weights know.
    holomorphic : bool
        It holds for complex numbers too.
    join : tuple of callable, float, optional
        The function of two numbers that it repeats, and what changes nothing; for ``initial`` and ``where``.
    """

    weights: Callable[..., Any]
    kink: Callable[..., Any] | None = None
    others: tuple[str, ...] = ()
    holomorphic: bool = False
    join: tuple[Any, float] | None = None

    @cached_property
    def folds(self) -> bool:
        """Whether it is a method of a ufunc, which goes along the first axis if nothing is said."""
        return isinstance(getattr(self.function, "__self__", None), np.ufunc)

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Keywords that say nothing are dropped; those that would need another rule are refused."""
        if len(args) == 1 and not kwargs and isinstance(args[0], _tape.Array) and self.kink is None:
            value, first = _tape.origin(tape, args[0])
            y = self.function(value)
            if first >= 0 and value.dtype == np.float64 and not (self.folds and value.ndim > 1):
                tall = np.asarray(y).reshape((1,) * value.ndim)
                return tape.note(self, (value, tall, tuple(range(value.ndim)), {}), {}, ((0, first),), y)
        call = spoken(dict(zip(_names(self.function, len(args)), args, strict=False)) | dict(kwargs))
        x = next(call.pop(name) for name in ("a", "x", "array") if name in call)
        if self.join is not None and ("where" in call or "initial" in call):
            return self._joined(tape, x, call)
        kept = {"axis": call.pop("axis", 0 if self.folds else None), "keepdims": bool(call.pop("keepdims", False))}
        others = {name: call.pop(name) for name in self.others if name in call}
        if call.pop("where", True) is not True or call:
            tape.lose(f"{self.name} with {sorted(call) or 'where'}")
        value, first = _tape.origin(tape, x)
        options = {k: v for k, v in (kept | others).items() if v is not None and v is not False}
        if self.folds:
            options["axis"] = kept["axis"]
        y = self.function(value, **options)
        if first < 0:
            return y
        if np.iscomplexobj(value) and not self.holomorphic:
            tape.lose(f"{self.name} of complex numbers")
        shape = shape_of(value)
        axes = axes_of(kept["axis"], len(shape))
        tall = np.asarray(y).reshape([1 if i in axes else s for i, s in enumerate(shape)])
        if self.kink is not None and np.any(self.kink(value, tall, axes)):
            tape.kinked = True
        return tape.note(self, (value, tall, axes, others), {}, ((0, first),), y)

    def bends(self, node: Any) -> bool:
        """A sum or a mean does not."""
        x, tall, axes, others = node.args
        return type(self.weights(x, tall, axes, **others)) is not float

    def _joined(self, tape: Any, x: Any, call: dict[str, Any]) -> Any:
        """With ``where`` or ``initial``: what is left out counts as nothing, and what is there at first comes last."""
        assert self.join is not None
        function, nothing = self.join
        initial, where = call.pop("initial", nothing), call.pop("where", True)
        if where is not True:
            x = np.where(where, x, nothing)
        tape.looped = True
        y = self.record(tape, (x,), call)
        return y if type(initial) is float and initial == nothing else function(y, initial)

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """Weights of x and of the result."""
        x, (_, tall, axes, others) = operands[0], node.args
        y = np.reshape(self.function(x, axis=axes, **others), tall.shape)
        return np.reshape(U, tall.shape) * self.weights(x, y, axes, **others) * np.ones(shape_of(node.args[0]))

    def locals(self, node: Any) -> list[Structured]:
        """One row of weights for each result."""
        x, tall, axes, others = node.args
        w = self.weights(x, tall, axes, **others)
        return [Reduce(w, shape_of(x), axes)]


def _names(function: Function, count: int) -> list[str]:
    """What the positional arguments of a reduction are called."""
    return ["a", "axis"] if count <= 2 else list(signature(function).parameters)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as sorted numbers that are not negative; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(int(a) % ndim for a in axes))


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


def nowhere(shape: tuple[int, int]) -> Structured:
    """No dependence."""
    return Zero(shape)


def gather(index: Array, n: int) -> Structured:
    """Rows of an identity; negative ones are empty."""
    return Gather(np.where(index < 0, NOTHING, index).astype(np.intp), n)


def total(*terms: Structured) -> Structured:
    """The sum of matrices."""
    return terms[0] if len(terms) == 1 else Sum(terms)
