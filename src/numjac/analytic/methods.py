# SPDX-License-Identifier: BSD-3-Clause
"""What a traced array can be asked: attributes and methods of ndarray as functions of the array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["METHODS"]

Method = Callable[..., Any]


def method(function: Method) -> Method:
    """A method that is a function of the array."""
    return lambda array: lambda *args, **kwargs: function(array, *args, **kwargs)


def reshaped(array: Any, *shape: Any, **kwargs: Any) -> Any:
    """Reshape by one shape or by its lengths."""
    return np.reshape(array, shape[0] if len(shape) == 1 else shape, **kwargs)


def transposed(array: Any, *axes: Any) -> Any:
    """Transpose by one tuple of axes or by axes."""
    return np.transpose(array, axes[0] if len(axes) == 1 else axes or None)


def item(array: Any, *index: Any) -> Any:
    """One entry."""
    where: tuple[Any, ...] = index if len(index) > 1 or not index else np.unravel_index(index[0], array.shape)
    return array[where] if index else array[(0,) * array.ndim]


def as_type(array: Any, dtype: Any, *_: Any, **__: Any) -> Any:
    """A copy, where the numbers stay what they are."""
    if np.dtype(dtype) == array.dtype:
        return np.copy(array)
    if np.dtype(dtype).kind == "c":
        return array * np.ones((), dtype)
    return array.tape.lose(f"astype({np.dtype(dtype)})")


def filled(array: Any, value: Any) -> None:
    """Every entry the same."""
    array[...] = value


def sort_in_place(array: Any, axis: int = -1, **_: Any) -> None:
    """Entries in order, in the same memory."""
    array[...] = np.sort(array, axis=axis)


def lists(array: Any) -> Any:
    """Nested lists of entries."""
    return [part.tolist() if getattr(part, "shape", ()) else part for part in array] if array.ndim else array[()]


def put(array: Any, indices: Any, values: Any) -> None:
    """Entries at places that are counted in a row."""
    array[np.unravel_index(indices, array.shape)] = values


def flattened(array: Any, *order: Any) -> Any:
    """A copy in one row."""
    return np.copy(np.ravel(array, *order))


def real(array: Any) -> Any:
    """The real part."""
    return np.real(array) if array.dtype.kind == "c" else array


METHODS: dict[str, Method] = {
    "T": np.transpose,
    "mT": np.matrix_transpose,
    "real": real,
    "imag": np.imag,
    "flat": lambda array: np.reshape(array, -1),
    "base": lambda array: None,
    **{
        name: method(function)  # type: ignore[arg-type]
        for name, function in {
            "reshape": reshaped, "transpose": transposed, "item": item, "astype": as_type, "fill": filled,
            "sort": sort_in_place, "tolist": lists, "put": put, "sum": np.sum, "mean": np.mean, "prod": np.prod,
            "max": np.max, "min": np.min, "var": np.var, "std": np.std, "dot": np.dot, "ravel": np.ravel,
            "flatten": flattened, "copy": lambda array, *_: np.copy(array),
            "squeeze": np.squeeze, "swapaxes": np.swapaxes, "cumsum": np.cumsum, "cumprod": np.cumprod,
            "clip": lambda array, min=None, max=None: np.clip(array, min, max),  # noqa: A006
            "round": lambda array, decimals=0: np.round(array, decimals), "repeat": np.repeat, "take": np.take,
            "trace": np.trace, "diagonal": np.diagonal, "conj": np.conjugate, "conjugate": np.conjugate,
            "argmax": np.argmax, "argmin": np.argmin, "argsort": np.argsort, "any": np.any, "all": np.all,
            "nonzero": np.nonzero, "searchsorted": np.searchsorted,
            "compress": lambda array, condition, axis=None: np.compress(condition, array, axis),
            "ptp": np.ptp,
        }.items()
    },
}  # fmt: skip
