# SPDX-License-Identifier: BSD-3-Clause
"""
Identities of products: linear in each operand.

Matrix products are Kronecker products with an identity; all others are written as an Einstein sum, whose factor by one
operand is the sum over the other ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_letters
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules import Rule, as_structured, operands, shape_of, spoken
from numjac.analytic.structured import Dense, Kronecker, Reduce, Structured
from numjac.result import Array, Shape

__all__ = ["ROWS"]


@dataclass(frozen=True, kw_only=True)
class MatrixProduct(Rule):
    """A B: A (x) I and I (x) B'."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Matrices and vectors; stacks of them and more axes are Einstein sums."""
        if not kwargs and all(type(a) in (np.ndarray, _tape.Array) and 0 < a.ndim <= 2 for a in args):
            plain, parents = operands(tape, args)
            return tape.note(self, plain, {}, parents, self.function(*plain))
        out = kwargs.get("out")
        if set(kwargs) - {"out"}:
            tape.lose(f"{self.name} with {sorted(kwargs)}")
        plain, parents = operands(tape, tuple(np.asarray(a) if isinstance(a, (list, tuple)) and not _tape.traced(a)
                                              else a for a in args))  # fmt: skip
        ndims = [np.ndim(a) for a in plain]
        if 0 in ndims and self.function is np.dot:
            return np.multiply(*args)
        if max(ndims) > 2:
            y = einstein(tape, self.function, _letters(self.function, *ndims), args)
        else:
            value = self.function(*plain)
            y = tape.note(self, plain, {}, parents, value) if parents else value
        if out is None:
            return y
        out = out[0] if isinstance(out, tuple) else out
        if not isinstance(out, _tape.Array):
            tape.lose(f"{self.name} with out into a plain array")
        out[...] = y
        return out

    def locals(self, node: Any) -> list[Structured]:
        """A vector on the right is a column, one on the left a row; of a vector the factor is the matrix itself."""
        return [self._local(node.args, position) for position, _ in node.parents]

    def bends(self, node: Any) -> bool:
        """A product with a constant does not."""
        return len(node.parents) > 1

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """U B' or A' U; a vector is a row on the left, a column on the right."""
        other, p, q = operands[1 - position], *(np.ndim(a) for a in node.args)
        if p == q == 1:
            return U * other
        if position == 0:
            return (
                np.matmul(U, np.transpose(other))
                if q == 2 and p == 2
                else (np.matmul(other, U) if p == 1 else np.expand_dims(U, 1) * np.expand_dims(other, 0))
            )
        return np.matmul(np.transpose(other), U) if p == 2 else np.expand_dims(other, 1) * np.expand_dims(U, 0)

    def _local(self, pair: tuple[Array, Array], position: int) -> Structured:
        a, b = pair
        if a.ndim == b.ndim == 1:
            return Reduce(pair[1 - position], (a.size,), (0,))
        if position == 0:
            if a.ndim == 1:
                return Dense(b.T)
            return Kronecker(None, b.reshape(len(b), -1), (a.shape[0], a.shape[1]))
        if b.ndim == 1:
            return Dense(a)
        return Kronecker(a.reshape(-1, a.shape[-1]), None, (b.shape[0], b.shape[1]))


def _letters(function: Any, p: int, q: int) -> str:
    """The Einstein sum that dot or matmul is, for operands with so many axes."""
    if function is np.dot:
        left, right = ascii_letters[:p], ascii_letters[p : p + q]
        inner = max(0, q - 2)
        right = right[:inner] + left[-1] + right[inner + 1 :]
        return f"{left},{right}->{left[:-1]}{right.replace(left[-1], '')}"
    left = "z" if p == 1 else "...yz"
    right = "z" if q == 1 else "...zx"
    return f"{left},{right}->{'...' if max(p, q) > 2 else ''}{'y' if p > 1 else ''}{'x' if q > 1 else ''}"


@dataclass(frozen=True, kw_only=True)
class Einstein(Rule):
    """A sum of products, by its subscripts."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Subscripts first."""
        if set(kwargs) - {"optimize"}:
            tape.lose(f"einsum with {sorted(kwargs)}")
        if not isinstance(args[0], str):
            args = by_letters(args)
        subscripts, arrays = without_diagonals(args[0], args[1:])
        tape.looped |= subscripts != args[0]
        return einstein(tape, lambda *a: np.einsum(subscripts, *a, **kwargs), subscripts, arrays)

    def bends(self, node: Any) -> bool:
        """A product with constants does not."""
        return len(node.parents) > 1

    def pullback(self, node: Any, operands: list[Any], position: int, U: Array) -> Any:
        """The sum over the other operands and the cotangents."""
        left, _, right = node.args[0].partition("->")
        parts, shapes = left.split(","), [np.shape(a) for a in node.args[1:]]
        names = [p for k, p in enumerate(parts) if k != position - 1]
        others = [a for k, a in enumerate(operands[1:]) if k != position - 1]
        mine = parts[position - 1]
        sizes = {c: n for part, shape in zip(parts, shapes, strict=True) for c, n in zip(part, shape, strict=True)}
        alone = "".join(c for c in mine if c not in set(right).union(*names))
        ones = [np.ones([sizes[c] for c in alone])] if alone else []
        if any(
            n != sizes[c] for part, shape in zip(parts, shapes, strict=True) for c, n in zip(part, shape, strict=True)
        ):
            raise NotImplementedError("second derivatives of an Einstein sum that broadcasts")
        spec = f"{','.join([*names, *([alone] if alone else []), right])}->{mine}"
        return np.einsum(spec, *others, *ones, U)

    def locals(self, node: Any) -> list[Structured]:
        """The sum over the other operands."""
        subscripts, *values = node.args
        return [sum_over_others(subscripts, values, position - 1, shape_of(node.value)) for position, _ in node.parents]


def by_letters(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arrays and lists of numbers of their axes, as subscripts and arrays."""

    def spelled(axes: Any) -> str:
        return "".join("..." if axis is Ellipsis else ascii_letters[axis] for axis in axes)

    pairs = len(args) // 2
    left = ",".join(spelled(axes) for axes in args[1 : 2 * pairs : 2])
    return f"{left}->{spelled(args[-1])}" if len(args) % 2 else left, *args[: 2 * pairs : 2]


def without_diagonals(subscripts: str, arrays: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The same sum where no letter occurs twice in an operand: the diagonal is taken first."""
    parts = subscripts.replace(" ", "").partition("->")[0].split(",")
    if "." in subscripts or all(len(set(part)) == len(part) for part in parts):
        return subscripts, arrays
    letters, _, right = spelled_out(subscripts, [np.ndim(a) for a in arrays]).partition("->")
    names, found = letters.split(","), list(arrays)
    for k, name in enumerate(names):
        while len(set(name)) < len(name):
            twice = next(c for c in name if name.count(c) > 1)
            i, j = [at for at, c in enumerate(name) if c == twice][:2]
            found[k] = np.diagonal(found[k], 0, i, j)
            name = name[:i] + name[i + 1 : j] + name[j + 1 :] + twice
        names[k] = name
    return f"{','.join(names)}->{right}", tuple(found)


def einstein(tape: Any, function: Any, subscripts: str, args: tuple[Any, ...]) -> Any:
    """Write down a sum of products whose value another function has computed."""
    plain, parents = operands(tape, args)
    value = function(*plain)
    if not parents:
        return value
    spelled = spelled_out(subscripts, [np.ndim(a) for a in plain])
    if any(len(set(part)) < len(part) for part in spelled.split("->")[0].split(",")):
        tape.lose(f"an Einstein sum with a diagonal, {subscripts!r}")
    shifted = tuple((position + 1, first) for position, first in parents)
    return tape.note(EINSTEIN, (spelled, *map(np.asarray, plain)), {}, shifted, value)


def spelled_out(subscripts: str, ndims: list[int]) -> str:
    """Subscripts with a result, and with letters for the dots."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    parts = left.split(",")
    free = [c for c in ascii_letters if c not in subscripts]
    dots = max((n - len(p) + 3 for p, n in zip(parts, ndims, strict=True) if "..." in p), default=0)
    ellipsis = "".join(free[:dots])
    if not arrow:
        letters = "".join(parts).replace(".", "")
        right = ("..." if dots else "") + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    filled = [
        p.replace("...", ellipsis[dots - (n - len(p) + 3) :] if "..." in p else "")
        for p, n in zip(parts, ndims, strict=True)
    ]
    return f"{','.join(filled)}->{right.replace('...', ellipsis)}"


def sum_over_others(subscripts: str, values: list[Array], position: int, y_shape: Shape) -> Structured:
    """The factor of a sum of products by one operand."""
    left, _, right = subscripts.partition("->")
    parts = left.split(",")
    seed = next(c for c in ascii_letters if c not in subscripts)
    sizes: dict[str, int] = {}
    for part, value in zip(parts, values, strict=True):
        for letter, length in zip(part, value.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), length)
    mine, x_shape = parts[position], values[position].shape
    rest = [(p, v) for k, (p, v) in enumerate(zip(parts, values, strict=True)) if k != position]
    names, arrays = [p for p, _ in rest], [v for _, v in rest]

    def forth(T: Array) -> Any:
        return np.einsum(f"{','.join([*names, seed + mine])}->{seed}{right}", *arrays, T, optimize=True)

    def back(U: Array) -> Any:
        known = set(right).union(*names)
        alone = "".join(c for c in mine if c not in known)
        ones = [np.ones([sizes[c] for c in alone])] if alone else []
        spec = f"{','.join([*names, *([alone] if alone else []), seed + right])}->{seed}{mine}"
        full = np.einsum(spec, *arrays, *ones, U, optimize=True)
        stretched = tuple(k + 1 for k, (c, n) in enumerate(zip(mine, x_shape, strict=True)) if n < sizes[c])
        return full.sum(axis=stretched, keepdims=True) if stretched else full

    return as_structured((forth, back), x_shape, y_shape)


def composite(function: Any, formula: str, code: Any) -> Rule:
    """A row for what is a formula of others."""
    return Composite(function=function, formula=formula, structure="by its parts", code=code)


@dataclass(frozen=True, kw_only=True)
class Composite(Rule):
    """A formula of other identities; its value may differ from that of the function by rounding."""

    code: Any

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the formula on tracers."""
        tape.looped = True
        kwargs = spoken(kwargs)
        try:
            return self.code(*args, **kwargs)
        except _tape.Escape:
            raise
        except TypeError as error:
            return tape.lose(f"{self.name}: {error}")


def inner(a: Any, b: Any) -> Any:
    """Sum over the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    p, q = ascii_letters[: np.ndim(a) - 1], ascii_letters[26 : 25 + np.ndim(b)]
    return np.einsum(f"{p}z,{q}z->{p}{q}", a, b)


def outer(a: Any, b: Any) -> Any:
    """All products."""
    return np.expand_dims(np.ravel(a), 1) * np.expand_dims(np.ravel(b), 0)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum over pairs of axes."""
    p, q = np.ndim(a), np.ndim(b)
    if isinstance(axes, (int, np.integer)):
        of_a, of_b = list(range(p - axes, p)), list(range(axes))
    else:
        of_a, of_b = (list(x) if isinstance(x, (list, tuple)) else [x] for x in axes)
    of_a, of_b = [x % p for x in of_a], [x % q for x in of_b]
    left, right = list(ascii_letters[:p]), list(ascii_letters[p : p + q])
    for i, j in zip(of_a, of_b, strict=True):
        right[j] = left[i]
    kept = [left[i] for i in range(p) if i not in of_a] + [right[j] for j in range(q) if j not in of_b]
    return np.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", a, b)


def kron(a: Any, b: Any) -> Any:
    """Blocks a_ij B, for as many axes as both have."""
    n = max(np.ndim(a), np.ndim(b))
    a = np.reshape(a, (1,) * (n - np.ndim(a)) + np.shape(a))
    b = np.reshape(b, (1,) * (n - np.ndim(b)) + np.shape(b))
    s, t = np.shape(a), np.shape(b)
    a = np.reshape(a, [k for size in s for k in (size, 1)])
    b = np.reshape(b, [k for size in t for k in (1, size)])
    return np.reshape(a * b, [i * j for i, j in zip(s, t, strict=True)])


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """Three products of pairs."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise TypeError("expected vectors of three")
    a0, a1, a2, b0, b1, b2 = (v[..., k] for v in (a, b) for k in range(3))
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=axisc)


def vdot(a: Any, b: Any) -> Any:
    """A scalar product; the first one conjugated."""
    return np.matmul(np.ravel(np.conjugate(a)), np.ravel(b))


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal."""
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """Scalar products along an axis; the first one conjugated."""
    return np.einsum("...i,...i->...", np.moveaxis(np.conjugate(a), axis, -1), np.moveaxis(b, axis, -1))


def matvec(A: Any, v: Any) -> Any:
    """Matrices times vectors."""
    return np.einsum("...ij,...j->...i", A, v)


def vecmat(v: Any, A: Any) -> Any:
    """Vectors, conjugated, times matrices."""
    return np.einsum("...i,...ij->...j", np.conjugate(v), A)


EINSTEIN = Einstein(function=np.einsum, formula="sum over the other operands", structure="multilinear")

ROWS: list[Rule] = [
    MatrixProduct(function=np.matmul, formula="A (x) I, I (x) B'", structure="Kronecker"),
    MatrixProduct(function=np.dot, formula="A (x) I, I (x) B'", structure="Kronecker"),
    EINSTEIN,
    composite(np.inner, "b, a over the last axes", inner),
    composite(np.outer, "I (x) b, a (x) I", outer),
    composite(np.tensordot, "sum over the other operand", tensordot),
    composite(np.vdot, "b', a'", vdot),
    composite(np.vecdot, "b', a' along an axis", vecdot),
    composite(np.linalg.vecdot, "b', a' along an axis", vecdot),
    *(composite(getattr(np, name), "A, I (x) v'", code) for name, code in (("matvec", matvec), ("vecmat", vecmat))
      if hasattr(np, name)),
    composite(np.kron, "permuted r(A) (x) I", kron),
    composite(np.cross, "-[b]x, [a]x", cross),
    composite(np.linalg.cross, "-[b]x, [a]x", cross),
    composite(np.trace, "r(I)'", trace),
]  # fmt: skip
