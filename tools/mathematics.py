#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# ruff: noqa: E501  # a table
"""
Writes docs/explanation/mathematics.md.

The statements that numjac is built on, numbered, each with a line that shows it, and the table of identities as it is
in the code.

    python tools/mathematics.py             write it
    python tools/mathematics.py --check     exit 1 if it would change
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numjac as nj

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "mathematics.md"

HEAD = """\
# The mathematics

Written by `tools/mathematics.py`; a test compares. Each statement has a number, under which a test has it too
(`tests/test_foundations.py`), and a line that shows it. Layouts are explained in [layouts.md](layouts.md).
"""

SETUP = """\
import numpy as np
import numjac as nj

close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
"""

# Title, set-up, and rows: number, statement, what shows it.
SECTIONS: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "A. Function matrices A(x), x a number",
        "A = lambda x: np.array([[x**2, np.sin(x)], [np.exp(x), 1 / x]])\n"
        "B = lambda x: np.array([[x, 1.0], [np.cos(x), x**3]])\n"
        "d, x, C = nj.derivative, 0.7, np.array([[0.5, 2.0], [1.0, -1.0]])\n"
        "block = lambda f, X: nj.jacobian(f, X, layout='block')\n",
        (
            ("A1", "the derivative of a function matrix is the matrix of derivatives",
             "close(d(A, x), [[2 * x, np.cos(x)], [np.exp(x), -1 / x**2]])"),
            ("A2", "(A + B)' = A' + B'", "close(d(lambda x: A(x) + B(x), x), d(A, x) + d(B, x))"),
            ("A3", "(k A)' = k' A + k A', k a function", "close(d(lambda x: x**3 * A(x), x), 3 * x**2 * A(x) + x**3 * d(A, x))"),
            ("A4", "(A B)' = A' B + A B', in this order",
             "close(d(lambda x: A(x) @ B(x), x), d(A, x) @ B(x) + A(x) @ d(B, x))"),
            ("A5", "dA(f(t))/dt = f'(t) A'(f(t))", "close(d(lambda t: A(np.exp(t)), x), np.exp(x) * d(A, np.exp(x)))"),
            ("A6", "the k-th derivative is the derivative of the one before",
             "close(d(A, x, n=2), [[2, -np.sin(x)], [np.exp(x), 2 / x**3]])"),
            ("A7", "the gradient of sum(x o x) is 2 x",
             "close(nj.gradient(lambda X: np.sum(X * X), [[1, 2, 3], [2, 3, 4]]), [[2, 4, 6], [4, 6, 8]])"),
            ("A8", "block (k, l) of DA/DB is the derivative of A by b_kl",
             "close(block(lambda X: X @ X, C)[:2, 2:], nj.jacobian(lambda X: X @ X, C)[:, :, 0, 1])"),
            ("A9", "DA'/DA is the commutation matrix, DA/DA is vec(I) vec(I)'; neither is the unit matrix",
             "close(block(np.transpose, C), np.eye(4)[[0, 2, 1, 3]]);"
             " close(block(lambda X: X + 0, C), np.outer(np.eye(2), np.eye(2)))"),
            ("A10", "D(A + B)/DC = DA/DC + DB/DC",
             "close(block(lambda X: X @ X + X.T, C), block(lambda X: X @ X, C) + block(np.transpose, C))"),
        ),
    ),
    (
        "B. Vectors, numerator layout",
        "u = lambda x: np.array([x[0] * x[1], np.sin(x[1]), x[2] ** 2])\n"
        "v = lambda x: np.array([x[0] + x[2], np.exp(x[0]), x[1]])\n"
        "M, c, x = np.array([[1.0, 2, -1], [0.5, 3, 4]]), np.array([1.0, 2, 3]), np.array([0.7, -1.3, 2.1])\n"
        "D = lambda f: nj.jacobian(f, x)\n"
        "shape = lambda f: nj.jacobian(f, x, full_output=True)[1].structure\n",
        (
            ("B1", "f: R^n to R^m has an m x n Jacobian, and df = J dx to first order",
             "np.testing.assert_allclose(u(x + 1e-6) - u(x), D(u) @ np.full(3, 1e-6), rtol=1e-4)"),
            ("B2", "dy/dx = (dy/du) (du/dx)", "close(D(lambda x: v(u(x))), nj.jacobian(v, u(x)) @ D(u))"),
            ("B3", "dy(u, v)/dx = (dy/du) (du/dx) + (dy/dv) (dv/dx)",
             "close(D(lambda x: u(x) * v(x)), nj.jacobian(lambda a: a * v(x), u(x)) @ D(u)"
             " + nj.jacobian(lambda b: u(x) * b, v(x)) @ D(v))"),
            ("B4", "an elementwise operation has a diagonal Jacobian", "assert shape(lambda x: np.exp(x) * c) == 'diagonal'"),
            ("B5", "d(x + c)/dx = I", "assert shape(lambda x: x + c) == 'identity'"),
            ("B6", "d(c o x)/dx = diag(c)", "close(D(lambda x: c * x), np.diag(c)); assert shape(lambda x: 3 * x) == 'scaled identity'"),
            ("B7", "d(u o v)/dx = diag(v) du/dx + diag(u) dv/dx",
             "close(D(lambda x: u(x) * v(x)), np.diag(v(x)) @ D(u) + np.diag(u(x)) @ D(v))"),
            ("B8", "d(u . v)/dx = v' du/dx + u' dv/dx", "close(D(lambda x: u(x) @ v(x)), v(x) @ D(u) + u(x) @ D(v))"),
            ("B9", "d(x'x)/dx = 2 x'", "close(D(lambda x: x @ x), 2 * x)"),
            ("B10", "d(A x)/dx = A, bit for bit", "assert D(lambda x: M @ x).tobytes('C') == M.tobytes()"),
            ("B11", "d(u + v)/dx = du/dx + dv/dx", "close(D(lambda x: u(x) + v(x)), D(u) + D(v))"),
        ),
    ),
    (
        "C. Limits, rules, layouts",
        "f, d = lambda x: 3 * x**2 - 4 * x, nj.derivative\n"
        "M, a, x = np.array([[1.0, 2, -1], [0.5, 3, 4]]), np.array([1.0, -2, 3]), np.array([0.7, -1.3, 2.1])\n",
        (
            ("C1", "the limit made visible: 2.3, 2.03, 2.003, ...",
             "close([d(f, 1.0, method='forward', abs_step=0.1**k) for k in (1, 2, 3)], [2.3, 2.03, 2.003])"),
            ("C2", "the limit itself is 2", "close(d(f, 1.0), 2)"),
            ("C3", "constants, powers, exponentials, logarithms, sines",
             "close([d(lambda x: x**5, 0.7), d(lambda x: 3.0**x, 0.7), d(np.log, 0.7), d(np.sin, 0.7)],"
             " [5 * 0.7**4, 3**0.7 * np.log(3), 1 / 0.7, np.cos(0.7)])"),
            ("C4", "sum, product and chain rule", "close(d(lambda x: np.sin(x**3) * x, 0.7), np.cos(0.343) * 3 * 0.49 * 0.7 + np.sin(0.343))"),
            ("C5", "all nine combinations of scalar, vector and matrix, in every layout",
             "assert nj.jacobian(lambda X: X @ X, np.eye(2), layout='vec').shape == (4, 4)"),
            ("C6", "x1^2 + x1 x2 + x2 x3 has the gradient (2 x1 + x2, x1 + x3, x2)",
             "close(nj.gradient(lambda x: x[0] ** 2 + x[0] * x[1] + x[1] * x[2], x), [2 * x[0] + x[1], x[0] + x[2], x[1]])"),
            ("C7", "numerator and denominator layout are transposes",
             "close(nj.jacobian(lambda x: M @ x, x, layout='denominator'), nj.jacobian(lambda x: M @ x, x).T)"),
            ("C8", "a row in one layout, a column in the other",
             "assert nj.jacobian(lambda x: np.array([x @ x]), x, layout='denominator').shape == (3, 1)"),
            ("C9", "d(a'x)/dx is a' in the numerator layout", "close(nj.jacobian(lambda x: np.array([a @ x]), x), [a])"),
            ("C10", "d(A x)/dx is A' in the denominator layout",
             "close(nj.jacobian(lambda x: M @ x, x, layout='denominator'), M.T)"),
        ),
    ),
)  # fmt: skip


def section(title: str, setup: str, rows: tuple[tuple[str, str, str], ...]) -> str:
    """A table of statements, and a program that shows them."""
    table = "\n".join(f"| {number} | {statement} |" for number, statement, _ in rows)
    program = "\n".join(f"{line}  # {number}" for number, _, line in rows)
    return f"## {title}\n\n| | statement |\n| --- | --- |\n{table}\n\n```python\n{SETUP}{setup}{program}\n```\n"


def identities() -> str:
    """The table of the code."""
    rows = [
        f"| `{row.name}` | {_cell(row.formula)} | {_cell(row.structure)} | {_cell(row.source)} |"
        for row in nj.identities
    ]
    head = "| function | its derivative | structure | source |\n| --- | --- | --- | --- |\n"
    return (
        f"## The identities\n\n{len(rows)} functions of NumPy are known, and the methods of all ufuncs; "
        "a ufunc that is not, is differenced by its elements or by its core dimensions.\n\n"
        + head
        + "\n".join(rows)
        + "\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(*part) for part in SECTIONS), identities()])


def main() -> int:
    """Write it, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if the page would change")
    if parser.parse_args().check:
        return int(PAGE.read_text() != page())
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
