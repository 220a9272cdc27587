# SPDX-License-Identifier: BSD-3-Clause
"""Identities of sequences: differences, running sums, convolutions, interpolation, Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Linear, Rule, arrayed, mark, untraced
from numjac.result import Array, Shape

__all__ = ["ROWS"]


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Sums along the anti-diagonals of all products."""
    n, k = np.size(a), np.size(v)
    if n < k:
        a, v, n, k = v, a, k, n
    i, j = np.arange(n + k - 1)[:, np.newaxis], np.arange(k)
    at = i - j
    padded = np.concatenate([np.ravel(a), np.zeros(1)])
    full = np.matmul(padded[np.where((at >= 0) & (at < n), at, n)], np.ravel(v))
    if mode == "full":
        return full
    if mode == "same":
        return full[(k - 1) // 2 : (k - 1) // 2 + n]
    return full[k - 1 : n]


def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """The same with the second one turned around."""
    return convolve(a, np.flip(v), mode)


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Neighbours subtracted; there may be others in front and behind."""
    m = np.moveaxis(a, axis, -1)
    ends = [
        None if end is None else np.broadcast_to(end, (*np.shape(m)[:-1], 1)) if np.ndim(end) == 0
        else np.moveaxis(end, axis, -1)
        for end in (prepend, append)
    ]  # fmt: skip
    parts = [part for part in (ends[0], m, ends[1]) if part is not None]
    m = np.concatenate(parts, axis=-1) if len(parts) > 1 else m
    for _ in range(n):
        m = m[..., 1:] - m[..., :-1]
    return np.moveaxis(m, -1, axis)


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The same of all entries in a row, between others."""
    parts = [np.ravel(end) for end in (to_begin, diff(np.ravel(ary)), to_end) if end is not None]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Central differences inside, one-sided ones of the same or of one order less at the ends."""
    axes = range(np.ndim(f)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    steps = spacing if len(spacing) == len(axes) else (spacing[0] if spacing else 1.0,) * len(axes)
    found = [_slope_along(f, h, ax, edge_order) for h, ax in zip(steps, axes, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope_along(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    m = np.moveaxis(f, axis, -1)
    d = m[..., 1:] - m[..., :-1]
    if np.ndim(h) == 0:
        ends, left, right = d / h, h, h
        inside = (m[..., 2:] - m[..., :-2]) / (2.0 * h)
    else:
        w = diff(h)
        ends, left, right = d / w, w[:-1], w[1:]
        inside = (left * ends[..., 1:] + right * ends[..., :-1]) / (left + right)
    first, last = ends[..., :1], ends[..., -1:]
    if edge_order == 2:  # the parabola through three points
        bend = (ends[..., 1:] - ends[..., :-1]) / (left + right)
        ratio = (left, right) if np.ndim(h) == 0 else (left[:1], right[-1:])
        first, last = first - ratio[0] * bend[..., :1], last + ratio[1] * bend[..., -1:]
    return np.moveaxis(np.concatenate([first, inside, last], axis=-1), -1, axis)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Means of neighbours times the distance."""
    m = np.moveaxis(y, axis, -1)
    if x is not None and np.ndim(x) > 1:
        x = np.moveaxis(x, axis, -1)
    width = dx if x is None else diff(x)
    return np.sum(width * (m[..., 1:] + m[..., :-1]) / 2.0, axis=-1)


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """Straight lines between knots; outside the last ones, or what is told."""
    x, xp, fp = (arrayed(a) for a in (x, xp, fp))
    if period is not None:
        x, xp = np.remainder(x, abs(period)), np.remainder(xp, abs(period))
        order, left, right = np.argsort(xp), None, None
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - abs(period), xp, xp[:1] + abs(period)])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, np.size(xp) - 2)
    a, b = np.take(xp, low), np.take(xp, low + 1)
    fa, fb = np.take(fp, low), np.take(fp, low + 1)
    inside = fa + (fb - fa) / (b - a) * (x - a)
    below, above = (fp[0] if left is None else left), (fp[-1] if right is None else right)
    return np.where(x < xp[0], below + 0.0 * x, np.where(x > xp[-1], above + 0.0 * x, inside))


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Whole periods added; where a step is half a period it is not known how many."""
    plain = untraced(p)
    steps = np.remainder(np.diff(plain, axis=axis), period)
    if np.any(np.abs(steps - period / 2) <= 1e-12 * period):
        mark(p)
    return p + (np.unwrap(plain, discont, axis, period=period) - plain)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, axis: int = 0) -> Any:
    """A weighed mean of both ends."""
    parts = max(1, num - 1 if endpoint else num)
    start, stop = start * 1.0 if np.ndim(start) == 0 else start, stop * 1.0 if np.ndim(stop) == 0 else stop
    span = np.subtract(stop, start)
    t = np.reshape(np.arange(num) / parts, (-1, *(1,) * np.ndim(span)))
    y = np.moveaxis(start + t * span, 0, axis)
    return (y, span / parts) if retstep else y


def logspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, axis: int = 0) -> Any:
    """Powers of a base."""
    if np.ndim(base):
        raise TypeError("several bases")
    return np.power(base, linspace(start, stop, num, endpoint, axis=axis))


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """Equal ratios."""
    ratio = np.divide(stop, start)
    t = np.reshape(np.arange(num) / max(1, num - 1 if endpoint else num), (-1, *(1,) * np.ndim(ratio)))
    return np.moveaxis(start * np.power(ratio, t), 0, axis)


def cumprod(a: Any, axis: Any = None) -> Any:
    """One factor after the other."""
    if axis is None:
        a, axis = np.ravel(a), 0
    m = np.moveaxis(a, axis, 0)
    parts = [m[0]]
    for k in range(1, np.shape(m)[0]):
        parts.append(parts[-1] * m[k])
    return np.moveaxis(np.stack(parts), 0, axis)


def cumulative(total: Any, nothing: float) -> Any:
    """Running sums and products as the array API has them."""

    def accumulate(x: Any, axis: Any = None, include_initial: bool = False) -> Any:
        axis = 0 if axis is None else axis
        y = total(x, axis=axis)
        if not include_initial:
            return y
        shape = [1 if k == axis % np.ndim(x) else n for k, n in enumerate(np.shape(x))]
        return np.concatenate([np.full(shape, nothing), y], axis=axis)

    return accumulate


def no_nan(total: Any, nothing: float) -> Any:
    """The same of the entries that are numbers."""
    return lambda a, axis=None: total(np.where(np.isnan(a), nothing, a), axis=axis)


def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The numbers, and constants where there are none."""
    plain = np.asarray(untraced(x))
    there = np.isfinite(plain)
    other = np.nan_to_num(np.where(there, 0.0, plain), nan=nan, posinf=posinf, neginf=neginf)
    return np.where(there, x, other)


def _axis(axis: Any) -> Any:
    return axis if axis < 0 else axis + 1


def _cumsum(T: Array, axis: Any = None) -> Any:
    if axis is None:
        T, axis = T.reshape(len(T), -1), -1
    return np.cumsum(T, axis=_axis(axis))


def _cumsum_back(U: Array, x_shape: Shape, axis: Any = None) -> Any:
    if axis is None:
        axis = -1
    return np.flip(np.cumsum(np.flip(U, _axis(axis)), axis=_axis(axis)), _axis(axis)).reshape(len(U), *x_shape)


def fourier(function: Any) -> Rule:
    """A row for a discrete Fourier transform, whose matrix is symmetric."""

    def forth(T: Array, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
        return np.asarray(function(T, n, _axis(axis), norm))

    def adjoint(U: Array, x_shape: Shape, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
        V, length = np.moveaxis(function(U, None, _axis(axis), norm), _axis(axis), -1), x_shape[axis]
        if length > V.shape[-1]:  # what was cut off
            V = np.concatenate([V, np.zeros((*V.shape[:-1], length - V.shape[-1]))], axis=-1)
        return np.moveaxis(V[..., :length], -1, _axis(axis))

    return Linear(function=function, formula="DFT matrix", structure="linear map", forth=forth, adjoint=adjoint)


ROWS: list[Rule] = [
    composite(np.convolve, "Toeplitz(v), Toeplitz(a)", convolve),
    composite(np.correlate, "Toeplitz", correlate),
    composite(np.diff, "bidiagonal", diff),
    composite(np.ediff1d, "bidiagonal", ediff1d),
    composite(np.gradient, "tridiagonal", gradient),
    composite(np.trapezoid, "weights", trapezoid),
    composite(np.interp, "hat weights", interp),
    composite(np.unwrap, "I", unwrap),
    composite(np.linspace, "1 - t, t", linspace),
    composite(np.logspace, "y ln b (1 - t), y ln b t", logspace),
    composite(np.geomspace, "y (1 - t)/a, y t/b", geomspace),
    composite(np.cumprod, "y_i/x_j, lower triangle", cumprod),
    composite(np.multiply.accumulate, "y_i/x_j, lower triangle", lambda a, axis=0: cumprod(a, axis)),
    composite(np.nancumsum, "triangle of ones", no_nan(np.cumsum, 0.0)),
    composite(np.nancumprod, "y_i/x_j, lower triangle", no_nan(np.cumprod, 1.0)),
    *(composite(getattr(np, name), "triangle", cumulative(total, nothing)) for name, total, nothing in
      (("cumulative_sum", np.cumsum, 0.0), ("cumulative_prod", np.cumprod, 1.0)) if hasattr(np, name)),
    composite(np.real_if_close, "1", lambda a, tol=100: a),
    composite(np.nan_to_num, "1 where finite", nan_to_num),
    composite(np.array_equiv, "0", lambda a, b: bool(np.all(np.equal(a, b)))),
    Linear(function=np.cumsum, formula="triangle of ones", structure="linear map", forth=_cumsum, adjoint=_cumsum_back),
    Linear(function=np.add.accumulate, formula="triangle of ones", structure="linear map",
           forth=lambda T, axis=0: _cumsum(T, axis), adjoint=lambda U, s, axis=0: _cumsum_back(U, s, axis)),
    *(fourier(f) for f in (np.fft.fft, np.fft.ifft)),
]  # fmt: skip
