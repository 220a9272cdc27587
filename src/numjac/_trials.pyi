"""What the compiled module offers; the meaning of the arrays stands in csrc/numjac.h."""

import numpy as np
import numpy.typing as npt

from numjac.result import FloatArray, IntArray

UP: int
DOWN: int

class Trials:
    V: FloatArray
    E: FloatArray
    flags: npt.NDArray[np.uint16]
    start: IntArray
    def __init__(
        self,
        x: FloatArray,
        size: FloatArray,
        low: FloatArray,
        high: FloatArray,
        value: FloatArray,
        noise: FloatArray,
        blind: npt.NDArray[np.bool_],
        eps: float,
        unit: float,
        first: float,
        rtol: float,
        pairs: int,
        target: int,
        frugal: bool = False,
        calm: bool = False,
        start: IntArray | None = None,
    ) -> None: ...
    def waiting(self) -> tuple[IntArray, FloatArray, IntArray]: ...
    def put(self, which: IntArray, side: int, Y: FloatArray) -> None: ...
    def decide(self, which: IntArray) -> None: ...
    def steps(self) -> tuple[FloatArray, IntArray]: ...
    def table(self, line: int) -> FloatArray: ...
    def around(self, line: int, level: int, output: int) -> tuple[float, float, float]: ...
