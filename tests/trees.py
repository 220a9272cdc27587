"""
Functions that nobody chose: random expression trees of depth 2 to 5, as problems with exact derivatives.

A tree is its formula in NumPy, which is what a failing case prints. It works elementwise on real and complex arrays.
Seven in ten are stretched: ``t`` in the formula is ``x / c`` with c = 10**U(-10, 10), and x grows with c. Case number i
of a seed is the same however many are asked for.
"""

import ast
from collections.abc import Iterator

import numpy as np
from exact import Problem, taylor

UNARY = (
    "np.sin({})", "np.cos({})", "np.exp({})", "np.log({})", "np.sqrt({})", "np.tanh({})", "np.arctan({})",
    "np.log1p({})", "np.expm1({})", "1 / ({})", "({}) ** 2", "({}) ** 3", "np.cosh({})",
    "np.sinh({})", "np.arcsinh({})",
)  # fmt: skip
BINARY = ("({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / ({})")
POWERS = (-2, -1.5, -1, -0.5, 0.7, 1.5, 2.5, 4)

# A function is taken if its derivative can be seen at all, if it does not change over less than a thousandth of x, and
# if its own rounding does not swamp it.
FAINTEST, SHORTEST, ROUGHEST = 1e-8, 1e3, 1e-10


def formula(rng: np.random.Generator, depth: int, leaves: list[str]) -> str:
    """A tree of some depth; every part of it that is not a second operand depends on a leaf."""
    if depth == 0:
        return rng.choice(leaves)
    first, kind = formula(rng, depth - 1, leaves), rng.random()
    if kind < 0.55:
        return rng.choice(UNARY).format(first)
    if kind < 0.65:
        return f"({first}) ** {rng.choice(POWERS):g}"
    second = f"{rng.uniform(0.2, 3):.3f}" if rng.random() < 0.4 else formula(rng, rng.integers(depth), leaves)
    return rng.choice(BINARY).format(first, second)


def tree(rng: np.random.Generator, leaves: list[str]) -> str:
    """A formula of depth 2 to 5, without the brackets that it does not need."""
    return ast.unparse(ast.parse(formula(rng, int(rng.integers(2, 6)), leaves)))


def compiled(text: str, c: object):
    """The function of x with t = x / c; an unstretched one is not divided."""
    inner = eval(f"lambda t: {text}", {"np": np})
    return inner if np.all(np.equal(c, 1)) else lambda x: inner(x / c)


def stretch(rng: np.random.Generator, n: int | None) -> tuple[object, object]:
    """A point, and the c that it is stretched by: a scalar, or n of each."""
    c = np.where(rng.random() < 0.7, 10.0 ** rng.uniform(-10, 10, n), np.ones(n or ()))
    x = rng.choice([-1.0, 1.0], n) * 10.0 ** rng.uniform(-1, 1, n) * c
    return (x, c) if n else (float(x), float(c))


def tame(f: object, x: float) -> bool:
    """Whether f is fit to be differentiated at x: no overflow on the way, and within the limits above."""
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            found = float(f(np.float64(x)))
        c = taylor(f, x, x, 4)
        value, slope, *rest = np.abs(c).astype(float)
    except (ArithmeticError, ValueError, TypeError):
        return False
    whole = max(value, slope)
    sound = abs(found - float(c[0])) <= ROUGHEST * value and FAINTEST * value < slope < 1e300
    return sound and all(term <= whole * SHORTEST ** (k + 2) for k, term in enumerate(rest))


def scalar_trees(seed: int, count: int, start: int = 0) -> Iterator[Problem]:
    """Functions of one number."""
    for i in range(start, start + count):
        rng = np.random.default_rng([seed, i])
        while True:
            text, (x, c) = tree(rng, ["t"]), stretch(rng, None)
            f = compiled(text, c)
            if tame(f, x):
                break
        yield Problem(f"{text}, t = x / {c!r}", f, x)


def vector_trees(seed: int, count: int, n: int = 4, m: int = 3) -> Iterator[Problem]:
    """Functions from R^n to R^m: m trees over n leaves that share their c; the points may be the last axis."""
    for i in range(count):
        rng = np.random.default_rng([seed, n, m, i])
        x, c = stretch(rng, n)
        rows = [_row(rng, x, c) for _ in range(m)]
        yield Problem("; ".join(rows), _stacked(rows, c), x)


def _row(rng: np.random.Generator, x: np.ndarray, c: np.ndarray) -> str:
    """A tree that is tame along every entry of x it depends on."""
    while True:
        text = tree(rng, [f"t[{j}]" for j in range(x.size)])
        used = [j for j in range(x.size) if f"t[{j}]" in text]
        if all(tame(_along(text, x, c, j), float(x[j])) for j in used):
            return text


def _along(text: str, x: np.ndarray, c: np.ndarray, j: int):
    inner = eval(f"lambda t: {text}", {"np": np})
    return lambda a: inner([a / c[k] if k == j else x[k] / c[k] for k in range(x.size)])


def _stacked(rows: list[str], c: np.ndarray):
    inner = eval(f"lambda t: np.stack([{', '.join(rows)}])", {"np": np})
    return lambda x: inner((x.T / c).T)
