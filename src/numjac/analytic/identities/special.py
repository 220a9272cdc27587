# SPDX-License-Identifier: BSD-3-Clause
"""
Identities of the ufuncs of scipy.special, known by their names: SciPy is imported only where f has done so before.

The formulas are those of the NIST Handbook of Mathematical Functions (Olver et al. 2010), by section.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from numjac.analytic.identities.unknown import measured
from numjac.analytic.rules import Elementwise, Rule

__all__ = ["FORMULAS", "rule_of"]

ROOT_PI = np.sqrt(np.pi)


def sc() -> Any:
    """The module scipy.special."""
    import scipy.special  # type: ignore[import-untyped]

    return scipy.special


def density(x: Any) -> Any:
    """The normal density."""
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


# Name: formula, section, and the slope by each operand.
FORMULAS: dict[str, tuple[str, str, tuple[Any, ...]]] = {
    "erf": ("2/sqrt(pi) exp(-x^2)", "7.2", (lambda x, y: 2 / ROOT_PI * np.exp(-(x**2)),)),
    "erfc": ("-2/sqrt(pi) exp(-x^2)", "7.2", (lambda x, y: -2 / ROOT_PI * np.exp(-(x**2)),)),
    "erfcx": ("2 x y - 2/sqrt(pi)", "7.2", (lambda x, y: 2 * x * y - 2 / ROOT_PI,)),
    "erfi": ("2/sqrt(pi) exp(x^2)", "7.2", (lambda x, y: 2 / ROOT_PI * np.exp(x**2),)),
    "wofz": ("2i/sqrt(pi) - 2 z y", "7.10", (lambda z, y: 2j / ROOT_PI - 2 * z * y,)),
    "erfinv": ("sqrt(pi)/2 exp(y^2)", "7.17", (lambda x, y: ROOT_PI / 2 * np.exp(y**2),)),
    "erfcinv": ("-sqrt(pi)/2 exp(y^2)", "7.17", (lambda x, y: -ROOT_PI / 2 * np.exp(y**2),)),
    "dawsn": ("1 - 2 x y", "7.5", (lambda x, y: 1 - 2 * x * y,)),
    "ndtr": ("normal density", "7.2", (lambda x, y: density(x),)),
    "ndtri": ("1/density(y)", "7.17", (lambda x, y: 1 / density(y),)),
    "log_ndtr": ("density(x)/ndtr(x)", "7.2", (lambda x, y: np.exp(-(x**2) / 2 - y) / np.sqrt(2 * np.pi),)),
    "expit": ("y (1 - y)", "4.2", (lambda x, y: y * sc().expit(-x),)),
    "log_expit": ("expit(-x)", "4.2", (lambda x, y: sc().expit(-x),)),
    "logit": ("1/(x (1 - x))", "4.2", (lambda x, y: 1 / (x * (1 - x)),)),
    "exprel": ("(exp x - y)/x", "4.2", (lambda x, y: _exprel_slope(x, y),)),
    "cosm1": ("-sin x", "4.20", (lambda x, y: -np.sin(x),)),
    "gamma": ("y psi(x)", "5.2", (lambda x, y: y * sc().psi(x),)),
    "gammaln": ("psi(x)", "5.2", (lambda x, y: sc().psi(x),)),
    "loggamma": ("psi(x)", "5.2", (lambda x, y: sc().psi(x),)),
    "rgamma": ("-y psi(x)", "5.2", (lambda x, y: -y * sc().psi(x),)),
    "psi": ("psi'(x)", "5.15", (lambda x, y: sc().polygamma(1, x),)),
    "digamma": ("psi'(x)", "5.15", (lambda x, y: sc().polygamma(1, x),)),
    "zeta": ("-x zeta(x + 1, q) by q", "25.11", (None, lambda x, q, y: -x * sc().zeta(x + 1, q))),
    "beta": ("y (psi(a) - psi(a + b)), ...", "5.12",
             (lambda a, b, y: y * (sc().psi(a) - sc().psi(a + b)),
              lambda a, b, y: y * (sc().psi(b) - sc().psi(a + b)))),
    "betaln": ("psi(a) - psi(a + b), ...", "5.12",
               (lambda a, b, y: sc().psi(a) - sc().psi(a + b), lambda a, b, y: sc().psi(b) - sc().psi(a + b))),
    "gammainc": ("exp(-x) x^(a-1)/gamma(a) by x", "8.8",
                 (None, lambda a, x, y: np.exp((a - 1) * np.log(x) - x - sc().gammaln(a)))),
    "gammaincc": ("-exp(-x) x^(a-1)/gamma(a) by x", "8.8",
                  (None, lambda a, x, y: -np.exp((a - 1) * np.log(x) - x - sc().gammaln(a)))),
    "betainc": ("x^(a-1) (1-x)^(b-1)/beta(a, b) by x", "8.17",
                (None, None,
                 lambda a, b, x, y: np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - sc().betaln(a, b)))),
    "expi": ("exp(x)/x", "6.2", (lambda x, y: np.exp(x) / x,)),
    "exp1": ("-exp(-x)/x", "6.2", (lambda x, y: -np.exp(-x) / x,)),
    "j0": ("-j1", "10.6", (lambda x, y: -sc().j1(x),)),
    "j1": ("j0 - j1/x", "10.6", (lambda x, y: (sc().j0(x) - sc().jv(2, x)) / 2,)),
    "y0": ("-y1", "10.6", (lambda x, y: -sc().y1(x),)),
    "y1": ("y0 - y1/x", "10.6", (lambda x, y: sc().y0(x) - y / x,)),
    "i0": ("i1", "10.29", (lambda x, y: sc().i1(x),)),
    "i1": ("(i0 + i2)/2", "10.29", (lambda x, y: (sc().i0(x) + sc().iv(2, x)) / 2,)),
    "i0e": ("i1e - sign(x) y", "10.29", (lambda x, y: sc().i1e(x) - np.sign(x) * y,)),
    "i1e": ("(i0e + i2e)/2 - sign(x) y", "10.29", (lambda x, y: (sc().i0e(x) + sc().ive(2, x)) / 2 - np.sign(x) * y,)),
    "k0": ("-k1", "10.29", (lambda x, y: -sc().k1(x),)),
    "k1": ("-k0 - k1/x", "10.29", (lambda x, y: -sc().k0(x) - y / x,)),
    "jv": ("(J_(v-1) - J_(v+1))/2 by x", "10.6", (None, lambda v, x, y: (sc().jv(v - 1, x) - sc().jv(v + 1, x)) / 2)),
    "yv": ("(Y_(v-1) - Y_(v+1))/2 by x", "10.6", (None, lambda v, x, y: (sc().yv(v - 1, x) - sc().yv(v + 1, x)) / 2)),
    "iv": ("(I_(v-1) + I_(v+1))/2 by x", "10.29", (None, lambda v, x, y: (sc().iv(v - 1, x) + sc().iv(v + 1, x)) / 2)),
    "kv": ("-(K_(v-1) + K_(v+1))/2 by x", "10.29",
           (None, lambda v, x, y: -(sc().kv(v - 1, x) + sc().kv(v + 1, x)) / 2)),
    "ellipk": ("(E/(1 - m) - K)/(2 m)", "19.4", (lambda m, y: (sc().ellipe(m) / (1 - m) - y) / (2 * m),)),
    "ellipe": ("(E - K)/(2 m)", "19.4", (lambda m, y: (y - sc().ellipk(m)) / (2 * m),)),
    "spence": ("ln x/(1 - x)", "25.12", (lambda x, y: np.log(x) / (1 - x),)),
    "xlogy": ("ln y, x/y", "4.2", (lambda a, b, y: np.log(b), lambda a, b, y: a / b)),
    "xlog1py": ("ln(1 + y), x/(1 + y)", "4.2", (lambda a, b, y: np.log1p(b), lambda a, b, y: a / (1 + b))),
    "entr": ("-ln x - 1", "4.2", (lambda x, y: -np.log(x) - 1,)),
    "rel_entr": ("ln(a/b) + 1, -a/b", "4.2", (lambda a, b, y: np.log(a / b) + 1, lambda a, b, y: -a / b)),
    "kl_div": ("ln(a/b), 1 - a/b", "4.2", (lambda a, b, y: np.log(a / b), lambda a, b, y: 1 - a / b)),
    "pseudo_huber": ("by r: r/sqrt(1 + (r/d)^2)", "4.2", (None, lambda d, r, y: r / np.sqrt(1 + (r / d) ** 2))),
    "boxcox": ("x^(l-1), by l", "4.2", (lambda x, k, y: x ** (k - 1), lambda x, k, y: (x**k * np.log(x) - y) / k)),
    "hyp1f1": ("a/b F(a+1; b+1; x) by x", "13.3",
               (None, None, lambda a, b, x, y: a / b * sc().hyp1f1(a + 1, b + 1, x))),
    "hyp2f1": ("a b/c F(a+1, b+1; c+1; x) by x", "15.5",
               (None, None, None, lambda a, b, c, x, y: a * b / c * sc().hyp2f1(a + 1, b + 1, c + 1, x))),
    "hyp0f1": ("F(; b+1; x)/b by x", "16.3", (None, lambda b, x, y: sc().hyp0f1(b + 1, x) / b)),
}  # fmt: skip


def _exprel_slope(x: Any, y: Any) -> Any:
    """(exp(x) - exprel(x))/x; near 0 its series, where the difference has no digits."""
    near = np.abs(x) < 1e-2
    series = 0.5 + x / 3 + x**2 / 8 + x**3 / 30 + x**4 / 144 + x**5 / 840
    return np.where(near, series, (np.exp(x) - y) / np.where(near, 1.0, x))


@cache
def rule_of(ufunc: Any) -> Rule | None:
    """The rule of a ufunc of SciPy, by its name, always the same; by an operand without a formula it is differenced."""
    row = FORMULAS.get(ufunc.__name__)
    if row is None or getattr(np, ufunc.__name__, None) is ufunc or ufunc.nin != len(row[2]):
        return None
    formula, section, slopes = row
    source = f"NIST Handbook, section {section}"
    if None in slopes:
        return measured(ufunc, slopes, formula, source)
    return Elementwise(function=ufunc, formula=formula, structure="diagonal", source=source, slopes=slopes)
