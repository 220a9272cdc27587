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

def decompress(slope: FloatArray, source: IntArray) -> FloatArray: ...
def stray(
    row: Array, column: Array, entries: FloatArray, w: FloatArray, slope: FloatArray, slack: FloatArray, part: float
) -> bool: ...
def repeated(start: IntArray, index: Array, size: int) -> bool: ...

class Groups:
    address: int
    columns: IntArray
    sizes: tuple[int, int, int, int]
    def __init__(
        self, n: int, m: int, first: IntArray, entry: IntArray, start: IntArray, row: Array, column: Array
    ) -> None: ...
    def __len__(self) -> int: ...
    def move(self, g: int, q: int, down: bool, stencil: FloatArray, nodes: FloatArray, x: FloatArray) -> None: ...
    def slopes(
        self,
        g: int,
        q: int,
        stencil: FloatArray,
        nodes: FloatArray,
        upper: FloatArray,
        lower: FloatArray,
        slope: FloatArray,
    ) -> int: ...
    def where(self, g: int) -> str: ...

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
    def compressed(self, groups: Groups, stencil: FloatArray, nodes: FloatArray, slope: FloatArray) -> int: ...
