# SPDX-License-Identifier: BSD-3-Clause
"""Identities of statistics: means with weights, covariances, order statistics, counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.identities.products import composite
from numjac.analytic.rules import Rule, arrayed, axes_of, mark, untraced
from numjac.analytic.structured import Scatter, Structured

__all__ = ["ROWS"]


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """A mean with weights, which may be those of some axes only."""
    a = arrayed(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full(np.shape(mean), np.size(a) / max(1, np.size(mean)))) if returned else mean
    if np.shape(weights) != np.shape(a):
        axes = axis if isinstance(axis, tuple) else (axis,)
        where = [k % np.ndim(a) for k in axes]
        shape = [np.shape(a)[k] if k in where else 1 for k in range(np.ndim(a))]
        weights = np.reshape(np.transpose(weights, np.argsort(where)), shape)
    total = np.sum(weights * np.ones(np.shape(a)), axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """Products of centred rows."""
    rows = np.atleast_2d(m) if rowvar or np.ndim(m) == 1 else np.transpose(m)
    if y is not None:
        y = np.atleast_2d(y)
        rows = np.concatenate([rows, y if rowvar or np.shape(y)[0] == 1 else np.transpose(y)])
    d = (0 if bias else 1) if ddof is None else ddof
    centred = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(np.matmul(centred, np.transpose(centred)) / (np.shape(rows)[1] - d))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The same over deviations."""
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    s = np.sqrt(np.diagonal(c))
    return c / s[:, np.newaxis] / s[np.newaxis, :]


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def in_rows(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """What is reduced along a last axis, and which axes that was."""
    axes = axes_of(axis, np.ndim(a))
    kept = [k for k in range(np.ndim(a)) if k not in axes]
    shape = tuple(np.shape(a)[k] for k in kept)
    return np.reshape(np.transpose(a, (*kept, *axes)), (*shape, -1)), axes


def median(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The middle of what is sorted."""
    rows, axes = in_rows(a, axis)
    ordered = np.sort(rows, axis=-1)
    n = np.shape(ordered)[-1]
    middle = (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) / 2.0
    return np.expand_dims(middle, axes) if keepdims else middle


# The two entries that a quantile lies between, by its place among them: weight of the upper one.
METHODS: Mapping[str, Any] = {
    "linear": lambda t: t,
    "lower": lambda t: 0.0,
    "higher": lambda t: 1.0 if t else 0.0,
    "midpoint": lambda t: 0.5 if t else 0.0,
}


# What shifts the places of other methods than these.
PLACES: Mapping[str, tuple[float, float]] = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def quantile(a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """Between two entries of what is sorted."""
    if method not in METHODS and method not in PLACES:
        raise TypeError(f"method={method!r}")
    rows, axes = in_rows(a, axis)
    ordered = np.sort(rows, axis=-1)
    weight, place = METHODS.get(method, METHODS["linear"]), PLACES.get(method, (1.0, 1.0))
    found = [_between(ordered, float(share), weight, *place) for share in np.ravel(q)]
    if keepdims:
        found = [np.expand_dims(part, axes) for part in found]
    return found[0] if np.ndim(q) == 0 else np.reshape(np.stack(found), np.shape(q) + np.shape(found[0]))


def _between(ordered: Any, share: float, weight: Any, alpha: float, beta: float) -> Any:
    """At place n q + alpha + q (1 - alpha - beta) - 1 (Hyndman and Fan, Am. Stat. 50 (1996) 361, section 1)."""
    n = np.shape(ordered)[-1]
    at = min(max(n * share + alpha + share * (1 - alpha - beta) - 1, 0.0), n - 1.0)
    low = int(np.floor(at))
    high = min(low + 1, np.shape(ordered)[-1] - 1)
    return ordered[..., low] + weight(at - low) * (ordered[..., high] - ordered[..., low])


def of_numbers(function: Any) -> Any:
    """The same of the entries that are numbers, row by row."""

    def among(a: Any, *args: Any, axis: Any = None, keepdims: bool = False, **kwargs: Any) -> Any:
        rows, axes = in_rows(a, axis)
        there = ~np.isnan(untraced(rows))
        if there.all():
            return function(a, *args, axis=axis, keepdims=keepdims, **kwargs)
        if any(np.ndim(q) for q in args):
            raise TypeError("several quantiles of rows with NaN")
        shape = np.shape(rows)[:-1]
        found = [function(rows[k][there[k]], *args, **kwargs) for k in np.ndindex(*shape)]
        y = np.reshape(np.stack(found), shape)[()]
        return np.expand_dims(y, axes) if keepdims else y

    return among


def by_axis(function: Any) -> Any:
    """A function whose axis may come third, or second, by position."""
    return lambda a, *args, **kwargs: (
        function(a, *args[:-1], axis=args[-1], **kwargs) if args else function(a, **kwargs)
    )


def percent(function: Any) -> Any:
    """The same in percent."""
    return lambda a, q, *args, **kwargs: function(a, np.asarray(q) / 100, *args, **kwargs)


def nan_variance(a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Of the entries that are numbers."""
    there = ~np.isnan(untraced(a))
    count = np.sum(there, axis=axis, keepdims=True)
    mean = np.sum(np.where(there, a, 0.0), axis=axis, keepdims=True) / count
    d = np.where(there, a - mean, 0.0)
    return np.sum(d * d, axis=axis, keepdims=keepdims) / (np.sum(there, axis=axis, keepdims=keepdims) - ddof)


def running(extreme: Any) -> Any:
    """The largest, or smallest, entry so far."""

    def accumulate(a: Any, axis: int = 0) -> Any:
        values = np.moveaxis(untraced(a), axis, 0)
        best = extreme.accumulate(values)
        if np.any(values[1:] == best[:-1]):
            mark(a)
        place = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
        where = np.maximum.accumulate(np.where(values == best, place, 0))
        return np.moveaxis(np.take_along_axis(np.moveaxis(a, axis, 0), where, 0), 0, axis)

    return accumulate


def partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    """Entries in the order that NumPy leaves them in."""
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis)


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, **options: Any
) -> Any:
    """Sorted entries; where two are the same it is not known whether they stay so."""
    values = np.ravel(untraced(ar))
    if options.pop("axis", None) is not None or set(options) - {"equal_nan", "sorted"}:
        raise TypeError(f"{sorted(options)}")
    found = np.unique(values, True, True, True)
    if found[0].size < values.size:
        mark(ar)
    first = np.ravel(ar)[found[1]]
    inverse = np.reshape(found[2], np.shape(ar))
    wishes = (return_index, return_inverse, return_counts)
    asked = [part for part, wish in zip((found[1], inverse, found[3]), wishes, strict=True) if wish]
    return (first, *asked) if asked else first


class Bincount(Rule):
    """Sums of weights by place."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Weights second."""
        call = dict(zip(("x", "weights", "minlength"), args, strict=False)) | dict(kwargs)
        if _tape.traced(call["x"]):
            tape.lose("bincount of traced places")
        w, first = _tape.origin(tape, call["weights"])
        x = np.array(call["x"])
        y = np.bincount(x, w, call.get("minlength", 0))
        return tape.note(self, (x, w), {}, ((1, first),), y) if first >= 0 else y

    def locals(self, node: Any) -> list[Structured]:
        """Each weight goes to its place."""
        return [Scatter(node.args[0].astype(np.intp), node.value.size)]

    def bends(self, node: Any) -> bool:
        """It is linear."""
        return False

    def pullback(self, node: Any, operands: list[Any], position: int, U: Any) -> Any:
        """Each weight has its place's."""
        return U[node.args[0]]


def bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:  # noqa: A002
    """Equal parts of what is between the smallest and the largest entry, or of what is told."""
    if isinstance(bins, str):
        raise TypeError(f"bins={bins!r}")
    if np.ndim(bins):
        return bins
    low, high = (np.min(a), np.max(a)) if range is None else range
    if np.equal(low, high):
        raise TypeError("all entries are the same")
    return np.linspace(low, high, int(bins) + 1)


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:  # noqa: A002
    """Counts are whole numbers, sums of weights and edges are not."""
    edges = bin_edges(a, bins, range)
    values, at = np.ravel(untraced(a)), np.asarray(untraced(edges))
    told = np.ndim(bins) or range is not None
    if np.any(np.isin(values, at if told else at[1:-1])):
        mark(a, edges, *(range or ()))
    if weights is None:
        count: Any = np.histogram(values, at)[0]
    else:
        inside = (values >= at[0]) & (values <= at[-1])
        place = np.minimum(np.searchsorted(at, values[inside], side="right") - 1, at.size - 2)
        count = np.bincount(place, np.ravel(weights)[inside], minlength=at.size - 1)
    return (count / np.diff(edges) / np.sum(count) if density else count), edges


ROWS: list[Rule] = [
    composite(np.average, "w/sum(w), (a - y)/sum(w)", average),
    composite(np.cov, "products of centred data", cov),
    composite(np.corrcoef, "products of standardised data", corrcoef),
    composite(np.ptp, "selection", ptp),
    composite(np.median, "selection", median),
    composite(np.quantile, "selection", quantile),
    composite(np.percentile, "selection", percent(quantile)),
    composite(np.nanmedian, "selection of numbers", by_axis(of_numbers(median))),
    composite(np.nanquantile, "selection of numbers", of_numbers(quantile)),
    composite(np.nanpercentile, "selection of numbers", percent(of_numbers(quantile))),
    composite(np.nanvar, "2 (x - m)/(n - d) of numbers", nan_variance),
    composite(np.nanstd, "(x - m)/((n - d) s) of numbers", lambda *a, **options: np.sqrt(nan_variance(*a, **options))),
    composite(np.maximum.accumulate, "selection", running(np.maximum)),
    composite(np.minimum.accumulate, "selection", running(np.minimum)),
    composite(np.partition, "permutation", partition),
    composite(np.unique, "permutation", unique),
    Bincount(function=np.bincount, formula="columns of I", structure="scatter"),
    composite(np.histogram_bin_edges, "1 - t, t", bin_edges),
    composite(np.histogram, "columns of I; 1 - t, t", histogram),
]
