# The door to C as mypy sees it; the words are in _core.pyx.
from collections.abc import Callable
from typing import Any

import numpy as np

from numjac.result import Array, FloatArray, IntArray, Shape

def steps(x: FloatArray, scale: FloatArray | None, relative: float) -> FloatArray: ...
def nodes(x: FloatArray, h: FloatArray, entry: IntArray | None, stencil: FloatArray) -> FloatArray: ...
def matrix(value: Array, width: int) -> Array: ...
def samples(stencil: FloatArray) -> int: ...
def fill(
    x: FloatArray, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, first: int, last: int
) -> FloatArray: ...
def combine(
    value: FloatArray,
    stencil: FloatArray,
    nodes: FloatArray,
    slot: IntArray | None,
    first: int,
    last: int,
    Y: FloatArray,
    J: FloatArray,
) -> int: ...
def plain(
    f: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    x: object,
    convert: Callable[[object], Array],
    where: Callable[[Array, int, float], str],
    accept: Callable[[Shape, Shape], None],
    stencil: FloatArray,
    step: float,
    coarser: Callable[[np.dtype[Any]], float],
) -> tuple[Array, Array, int] | None: ...
def aside(row: int) -> str: ...
def build() -> dict[str, Any]: ...

class Callback:
    value: Array
    dtype: np.dtype[Any]
    calls: int
    drift: float
    def __init__(
        self,
        f: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
        point: Array,
        scalar: bool,
        convert: Callable[[object], Array],
        where: Callable[[Array, int, float], str],
        real: FloatArray | None = None,
    ) -> None: ...
    def know(self, y: Array) -> None: ...
    def evaluate(self) -> None: ...
    def at(self, x: Array) -> Array: ...
    def many(self, X: Array, where: Callable[[int], str]) -> Array: ...
    def columns(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, slot: IntArray | None, J: Array
    ) -> int: ...
