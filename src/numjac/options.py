# SPDX-License-Identifier: BSD-3-Clause
"""The options common to all operators: their types, their meaning in words, and their checks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, TypedDict, TypeVar

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError
from numjac.result import IntArray

__all__ = ["PlanOptions", "documented", "entries_of", "number_of", "pair_of"]


class PlanOptions(TypedDict, total=False):
    """What a planned object is told once."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] | None
    method: str
    order: int | None
    abs_step: npt.ArrayLike | None
    rel_step: npt.ArrayLike | None
    x_scale: npt.ArrayLike | None
    bounds: Any
    noise: float | None
    rtol: float | None
    wrt: npt.ArrayLike | None
    sparsity: Any
    format: str
    rebind: bool
    workers: Any
    vectorized: bool
    layout: str
    full_output: bool


UNBOUNDED = (-np.inf, np.inf)

# What an option is where it is not given; the signatures of functions show it.
DEFAULTS: dict[str, Any] = {
    "args": (),
    "kwargs": None,
    "method": "auto",
    "order": None,
    "abs_step": None,
    "rel_step": None,
    "x_scale": None,
    "bounds": UNBOUNDED,
    "noise": None,
    "rtol": None,
    "wrt": None,
    "sparsity": None,
    "format": "csr",
    "rebind": True,
    "workers": None,
    "vectorized": False,
    "layout": "numerator",
    "full_output": False,
}

OPTIONS = """\
args : tuple, default ()
    Further positional arguments of f.
kwargs : dict, optional
    Further keyword arguments of f.
method : {"auto", "analytic", "complex", "adaptive", "central", "forward", "backward"}, default "auto"
    ``"auto"`` traces f: called once on an array that writes down the NumPy operations done to it, f is differentiated
    by their identities, exactly. If that is not possible, or can not be proved by a difference of f, it takes the
    complex step if f proves to be complex-analytic as written, else adaptive differences. ``"analytic"`` raises a
    `TraceError` instead, which names the line of f at which the trace was lost. SciPy's
    ``"cs"``, ``"3-point"`` and ``"2-point"`` are understood.
order : int, optional
    Order of accuracy: of adaptive differences even, from 2 to 16, by default 4, which takes four evaluations a column
    (8 is accurate); of central ones even, from 2 (default); of one-sided ones from 1 (default).
abs_step, rel_step : array_like, optional
    The step, in units of x or of abs(x); a scalar or shaped like x, taken as given. Its sign turns a one-sided method
    around. Where x is 0 a relative step is in units of `x_scale`, or of 1.
x_scale : array_like, optional
    Typical magnitude of x where x itself is smaller, above all at 0; a scalar or shaped like x.
bounds : pair of array_like, default (-inf, inf)
    Lower and upper bounds of x, each a scalar or shaped like x, or an object with attributes ``lb`` and ``ub``. f is
    never evaluated outside: differences turn one-sided at the same order.
noise : float, optional
    Standard deviation of the errors of f, absolute; 0 says that there is but rounding. Adaptive differences estimate it
    by six evaluations if it is not given.
rtol : float, optional
    Relative error that is good enough: adaptive differences stop as soon as their error bars are below it, and warn if
    that can not be reached.
wrt : array_like, optional
    Indices into the flattened x, or a boolean mask shaped like x: the entries to differentiate by, in this order.
sparsity : None, "detect" or pattern, default None
    Where entries may differ from zero: a SciPy sparse array of any format (its stored zeros count), a dense array of
    0 and 1, a pair of index arrays, or one of `numjac.sparse`. The result is a sparse matrix ``(f.size, x.size)`` with
    just these entries, or the Hessian of a scalar f; columns that share no row are sampled at once. ``"detect"``
    finds the pattern by a trace of f, as it holds for the branches that f takes at x; of an f that can not be traced by
    probing, two or three evaluations for each entry of x, with a `PatternWarning`; it is kept for the points to come.
    One random direction proves at each point that nothing is missing, else a `PatternError` tells which entries are.
format : {"csr", "csc", "coo"}, default "csr"
    The container of a sparse result, of SciPy; without SciPy ``(data, indices, indptr)``, or ``(data, (row, column))``.
rebind : bool, default True
    Where a trace of f is lost, try one of a copy of f in which ``math``, ``float``, ``np.zeros``, ... know tracers.
    Nothing is changed for anybody else; f is called once more.
workers : int, "auto", executor, dask client or map-like callable, optional
    Of a compiled f: the threads on which it is called, see `compiled`. If it is not given: as many as OpenMP, the
    processors that this process may use and those that are free allow, where there is enough work; 1 in a forked
    process and in a worker of a pool of processes. Of a Python function: so many processes of a pool, which ends with
    the call, or with ``close()`` of a planned object (-1: one for each processor; ``"auto"``: that, where f takes long
    enough), any ``concurrent.futures.Executor``, a dask ``Client``, or a function called as ``workers(g, tasks)`` like
    ``map``. f is sent once to each. It pays from about a millisecond a call. The result does not depend on workers by a
    bit.
vectorized : bool, default False
    f takes ``x.shape + (k,)`` and returns ``f.shape + (k,)``: k points in one call.
layout : {"numerator", "denominator", "block", "vec"}, default "numerator"
    How the entries are laid out; see `numjac.layouts`.
f0 : array_like, optional
    f(x), if it is known; it is not evaluated then.
full_output : bool, default False
    Return a `Report` too: value, error of every entry, method, evaluations, steps, flags."""

_Documented = TypeVar("_Documented", bound=Callable[..., Any])


def documented(operator: _Documented) -> _Documented:
    """
    Complete an operator: the options in its docstring, and in the signature of a function that takes ``**options``.

    Parameters
    ----------
    operator : callable
        A function or a class with a line ``{options}`` in its docstring.

    Returns
    -------
    callable
        The same object.
    """
    left_out = () if inspect.isfunction(operator) else ("f0",)
    operator.__doc__ = _with_options(operator.__doc__ or "", left_out)
    if inspect.isfunction(operator):
        signature = inspect.signature(operator)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        names = [name for name in PlanOptions.__annotations__ if name not in signature.parameters]
        options = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS[name]) for name in names]
        operator.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
    return operator


def _with_options(doc: str, left_out: tuple[str, ...]) -> str:
    """A docstring with the line ``{options}`` replaced by the description of the options."""
    entries = [entry for entry in re.split(r"\n(?=\w)", OPTIONS) if not entry.startswith(left_out)]
    return inspect.cleandoc(doc).replace("{options}", "\n".join(entries))


def number_of(option: float | None, name: str) -> float | None:
    """An option that is a finite number, not negative, or not given."""
    if option is None:
        return None
    try:
        number = float(option)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{name}={option!r}: expected a number") from error
    if not (number >= 0 and np.isfinite(number)):
        raise OptionError(f"{name}={option!r}: expected a finite number, not negative")
    return number


def pair_of(bounds: Any) -> tuple[npt.ArrayLike, npt.ArrayLike] | None:
    """Lower and upper bounds as a pair; None if there are none."""
    if bounds is UNBOUNDED:
        return None
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return bounds.lb, bounds.ub
    try:
        low, high = bounds
    except (TypeError, ValueError) as error:
        raise OptionError(f"bounds={bounds!r}: expected a pair, lower and upper") from error
    if isinstance(low, float) and isinstance(high, float) and low == -np.inf and high == np.inf:
        return None
    return low, high


def entries_of(wrt: npt.ArrayLike, shape: tuple[int, ...]) -> IntArray:
    """
    The entries of a flattened x that `wrt` selects.

    Parameters
    ----------
    wrt : array_like
        A boolean mask of this shape, or indices, counted from the end if negative.
    shape : tuple of int
        The shape of x.

    Returns
    -------
    ndarray of intp
        In the order given.

    Raises
    ------
    OptionError
        A mask of another shape, an index out of range, or neither booleans nor integers.
    """
    selected = np.asarray(wrt)
    if selected.dtype.kind == "b":
        if selected.shape != shape:
            raise OptionError(f"wrt is a mask of shape {selected.shape}, expected the shape of x, {shape}")
        return np.flatnonzero(selected)
    if selected.size and selected.dtype.kind not in "iu":
        raise OptionError(f"wrt has dtype {selected.dtype}, expected indices or a boolean mask")
    size = int(np.prod(shape, dtype=np.intp))
    entries = np.atleast_1d(selected).ravel()
    wrong = entries[(entries < -size) | (entries >= size)]
    if wrong.size:
        raise OptionError(f"wrt holds {wrong[0]}, expected indices from {-size} to {size - 1}")
    entries = entries.astype(np.intp)
    return np.where(entries < 0, entries + size, entries)
