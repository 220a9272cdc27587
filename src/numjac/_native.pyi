from collections.abc import Callable
from typing import Any

import numpy as np

from numjac._core import Groups
from numjac.result import Array, FloatArray, IntArray

SIZES: int
DATA: int
STATUS: int

def capsule(made: object) -> tuple[int, str, int]: ...
def release_threads() -> None: ...

class Pointer:
    of_complex: bool
    def __init__(self, address: int, has: int, of_complex: bool, data: int, owner: object) -> None: ...

class Native:
    value: Array
    dtype: np.dtype[Any]
    calls: int
    drift: float
    seconds: float
    point: Array
    def __init__(
        self,
        pointer: Pointer,
        shape: tuple[int, ...],
        point: Array,
        threads: Any,
        where: Callable[..., str],
        reasons: dict[int, str],
        real: FloatArray | None = None,
    ) -> None: ...
    def evaluate(self) -> None: ...
    def know(self, y: Array) -> None: ...
    def at(self, x: Array) -> Array: ...
    def many(self, X: Array, where: Callable[[int], str]) -> Array: ...
    def swept(self, stencil: FloatArray, step: float) -> tuple[Array, Array, int]: ...
    def columns(
        self, stencil: FloatArray, nodes: FloatArray, entry: IntArray | None, slot: IntArray | None, J: Array
    ) -> int: ...
    def compressed(self, groups: Groups, stencil: FloatArray, nodes: FloatArray, slope: FloatArray) -> int: ...
