# SPDX-License-Identifier: BSD-3-Clause
"""
Identities of complex numbers that depend on a real x: what is linear over the reals only.

Tangents are complex arrays, pushed forward; cotangents do not exist for these, and the chain rule knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import numjac._tape as _tape
from numjac.analytic.rules import Elementwise, Linear, Rule, shape_of
from numjac.analytic.structured import LinearMap, Structured

__all__ = ["ROWS"]


@dataclass(frozen=True, kw_only=True)
class RealLinear(Elementwise):
    """
    An elementwise function with a rule of its own for complex operands.

    Parameters
    ----------
    pushed : callable
        ``pushed(T, z, y)``: the tangent of the result from that of z.
    """

    pushed: Callable[..., Any]
    real = False

    def locals(self, node: Any) -> list[Structured]:
        """The diagonal of a real operand; of a complex one a map that is linear over the reals."""
        z, y = node.args[0], node.value
        if not np.iscomplexobj(z):
            return Elementwise.locals(self, node)
        shape = shape_of(z)

        def forth(T: Any) -> Any:
            return np.asarray(self.pushed(T.reshape(len(T), *shape), z, y)).reshape(len(T), -1)

        return [LinearMap((node.size, int(np.size(z))), forth, None)]

    def pullback(self, node: Any, operands: list[Any], position: int, U: Any) -> Any:
        """Of real operands."""
        if np.iscomplexobj(node.args[0]):
            raise NotImplementedError(f"second derivatives of {self.name} of complex numbers")
        return Elementwise.pullback(self, node, operands, position, U)


@dataclass(frozen=True, kw_only=True)
class Component(RealLinear):
    """The real or the imaginary part: of a real operand itself, or zero."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Nothing is to be written down for real numbers."""
        (z,) = args
        if not np.iscomplexobj(_tape.lifted(tape, z)[0]):
            return z if self.function is np.real else np.zeros(np.shape(z))
        return Rule.record(self, tape, args, kwargs)


class Angle(RealLinear):
    """The angle of a complex number, in radians."""

    def record(self, tape: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Degrees are radians that were multiplied."""
        z, *rest = args
        degrees = kwargs.get("deg", rest[0] if rest else False)
        y = RealLinear.record(self, tape, (z,), {})
        if not degrees:
            return y
        tape.looped = True
        return np.multiply(y, 180 / np.pi)


def real_linear(function: Any, formula: str, slope: Any, pushed: Any, kink: Any = None) -> Rule:
    """A row for an elementwise function."""
    return RealLinear(
        function=function, formula=formula, structure="diagonal", slopes=(slope,), pushed=pushed, kink=kink
    )


def component(function: Any, formula: str, pushed: Any) -> Rule:
    """A row for a part of a number."""
    return Component(
        function=function, formula=formula, structure="real part", slopes=(lambda x, y: 1.0,), pushed=pushed
    )


def transform(function: Any) -> Rule:
    """A row for a Fourier transform that only goes forward, because its numbers are complex."""

    def forth(T: Any, *args: Any, out: None = None, **kwargs: Any) -> Any:
        names = ("s", "axes", "norm") if function.__name__.endswith(("2", "n")) else ("n", "axis", "norm")
        call = dict(zip(names, args, strict=False)) | kwargs
        if "axis" in names:
            axis = call.get("axis", -1)
            call["axis"] = axis if axis < 0 else axis + 1
        elif call.get("axes") is None:
            call["axes"] = tuple(range(1, T.ndim)) if function.__name__.endswith("n") else (-2, -1)
        else:
            call["axes"] = tuple(axis if axis < 0 else axis + 1 for axis in call["axes"])
        return function(T, **call)

    return Linear(function=function, formula="DFT matrix", structure="linear map", forth=forth, adjoint=None)


def zero(z: Any, y: Any) -> Any:
    """Where z is zero."""
    return z == 0


ROWS: list[Rule] = [
    real_linear(np.absolute, "sign x; Re(z* dz)/|z|", lambda x, y: np.sign(x),
                lambda T, z, y: np.real(np.conj(z) * T) / y, zero),
    real_linear(np.conjugate, "1; dz*", lambda x, y: 1.0, lambda T, z, y: np.conj(T)),
    Angle(function=np.angle, formula="0; Im(z* dz)/|z|^2", structure="diagonal", slopes=(lambda x, y: 0.0,),
          pushed=lambda T, z, y: np.imag(np.conj(z) * T) / np.abs(z) ** 2, kink=zero),
    component(np.real, "Re dz", lambda T, z, y: np.real(T)),
    component(np.imag, "Im dz", lambda T, z, y: np.imag(T)),
    *map(transform, [np.fft.rfft, np.fft.irfft, np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2,
                     np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn, np.fft.hfft, np.fft.ihfft]),
]  # fmt: skip
