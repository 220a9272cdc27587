# SPDX-License-Identifier: BSD-3-Clause
"""
Families of lines through x along which f is sampled: its axes, one direction, or all entries of an elementwise f.

A line has a coordinate, its magnitude, and the room that bounds leave below and above. A family samples f on many of
its lines together, in one call where f is vectorized. On each line all outputs of f are looked at; or only those that
depend on it, so that lines which share none can move at once: a sparse Jacobian takes no more memory than its entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from numjac.numeric.functions import Evaluator
from numjac.numeric.lines import line
from numjac.numeric.outputs import as_doubles
from numjac.numeric.points import Point, moved
from numjac.numeric.steps import Wishes, box_of, magnitude
from numjac.result import Array, FloatArray, IntArray

__all__ = [
    "Axes",
    "Family",
    "Ragged",
    "Ray",
    "Together",
    "begins",
    "entries_on",
    "in_parts",
    "parts_of",
    "room_of",
]


# What is held of points at a time, in doubles.
POINTS_HELD = 2**21


class Family(Protocol):
    """
    Lines on which f can be sampled: its coordinates, their magnitude, and the room below and above.

    All lines have all outputs of f, and `value` [lines or 1, m] is f at x; but for those that are `Ragged`.
    """

    __slots__ = ()

    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """f as doubles, in rows: on line ``which[k]`` at the coordinate ``at[k]``; a line may be there twice."""

    def blocks(self, held: int) -> list[IntArray]:
        """All lines, in parts that can be worked on one after the other: of so many outputs, if not of one line."""
        many = max(1, held // max(1, self.value.shape[1]))
        return [np.arange(a, min(a + many, self.x.size)) for a in range(0, self.x.size, many)]


class Ragged(Family):
    """
    Lines that each have a few outputs of f, or none; groups of lines that share none move together.

    All entries are in flat tables, one line after the other: those of line c from ``start[c]`` to ``start[c + 1]``. An
    entry is one of ``outputs[entry]``, and `value` there is f at x. Complex outputs are pairs here, too: two entries.
    """

    __slots__ = ()

    start: IntArray  # [lines + 1]
    outputs: IntArray  # [entries], as is `value`
    group: IntArray  # [lines]

    def blocks(self, held: int) -> list[IntArray]:
        """Whole groups, as many as have so many entries together, if not one alone has more."""
        order = np.argsort(self.group, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(self.group[order])) + 1, order.size)
        entries = begins(self.start, order)
        blocks, begin, last = [], 0, 0
        for end in ends:
            if last > begin and entries[end] - entries[begin] > held:
                blocks.append(order[begin:last])
                begin = last
            last = end
        return [*blocks, order[begin:]] if order.size else []

    def places(self, which: IntArray) -> tuple[IntArray, IntArray]:
        """
        Points at which to sample some lines, as few as there can be if those of a group move together.

        Parameters
        ----------
        which : ndarray
            Lines; one that is here twice is sampled at two points.

        Returns
        -------
        place, group : ndarray
            The number of the point for each of these lines, and the group of each point.
        """
        order = np.argsort(which, kind="stable")
        first = np.flatnonzero(np.diff(which[order], prepend=-1))
        turn = np.empty_like(which)
        turn[order] = np.arange(which.size) - np.repeat(first, np.diff(np.append(first, which.size)))
        turns = int(turn.max(initial=0)) + 1
        points, place = np.unique(self.group[which] * turns + turn, return_inverse=True)
        return place, points // turns


def begins(start: IntArray, which: IntArray) -> IntArray:
    """Where the entries of some lines begin, one line after the other, and where the last ones end."""
    return np.append(0, np.cumsum(start[which + 1] - start[which]))


def entries_on(start: IntArray, which: IntArray) -> IntArray:
    """The entries of some lines, one line after the other."""
    begin = begins(start, which)
    return np.arange(begin[-1]) + np.repeat(start[which] - begin[:-1], np.diff(begin))


def room_of(x: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far coordinates may move down and up; not at all if they are not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        below, above = x - low, high - x
    most = np.finfo(np.float64).max
    still = ~np.isfinite(x)
    below, above = np.clip(below, 0.0, most), np.clip(above, 0.0, most)
    return np.where(still, 0.0, below), np.where(still, 0.0, above)


def parts_of(which: IntArray, held: int) -> list[slice]:
    """Some lines in parts, of so many that what is held of each, in doubles, can be held of all."""
    many = max(1, POINTS_HELD // max(1, held))
    return [slice(first, first + many) for first in range(0, which.size, many)]


def in_parts(
    sample: Callable[[IntArray, FloatArray], FloatArray], which: IntArray, at: FloatArray, held: int
) -> FloatArray:
    """The samples of some lines, at least one, in such parts."""
    return np.concatenate([sample(which[part], at[part]) for part in parts_of(which, held)])


@dataclass(slots=True)
class Axes(Family):
    """The axes through x of some of its entries."""

    point: Point
    evaluator: Evaluator
    entry: IntArray
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray

    @classmethod
    def of(cls, point: Point, evaluator: Evaluator, entry: IntArray, wishes: Wishes) -> Axes:
        """The axes of these entries."""
        x = np.ascontiguousarray(point.flat.real[entry], np.float64)
        low, high = (bound[entry] for bound in box_of(point, wishes))
        value = as_doubles(evaluator.value.reshape(1, -1))
        return cls(point, evaluator, entry, x, magnitude(point, wishes)[entry], *room_of(x, low, high), value)

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """One entry of x moved in each row."""
        return in_parts(self._sampled, which, at, 2 * self.point.flat.size)

    def _sampled(self, which: IntArray, at: FloatArray) -> FloatArray:
        entry = self.entry[which]
        X = np.tile(self.point.flat, (entry.size, 1))
        X.real[np.arange(entry.size), entry] = at

        def where(row: int) -> str:
            return moved(self.point.array, int(entry[row]), float(at[row]))

        return as_doubles(self.evaluator.many(X, where))


@dataclass(slots=True)
class Together(Family):
    """All entries of x, each a line of its own, for an f that is elementwise: they move at once."""

    point: Point
    evaluator: Evaluator
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray
    places: list[Array] = field(default_factory=list)
    samples: list[Array] = field(default_factory=list)

    @classmethod
    def of(cls, point: Point, evaluator: Evaluator, wishes: Wishes) -> Together:
        """The entries of a point."""
        x = np.ascontiguousarray(point.flat.real, np.float64)
        value = as_doubles(evaluator.value.reshape(-1, 1))
        return cls(point, evaluator, x, magnitude(point, wishes), *room_of(x, *box_of(point, wishes)), value)

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """All lines in one evaluation of f; as many as a line is asked for at different places."""
        result = np.empty((which.size, self.value.shape[1]))
        left = np.arange(which.size)
        while left.size:
            _, first = np.unique(which[left], return_index=True)
            now = left[first]
            place = self.point.flat.copy()
            place.real[which[now]] = at[now]
            y = self.evaluator.at(place.reshape(self.point.shape)).reshape(-1)
            self.places.append(place)
            self.samples.append(y)
            result[now] = as_doubles(y.reshape(-1, 1))[which[now]]
            left = np.delete(left, first)
        return result


@dataclass(slots=True)
class Ray(Family):
    """One direction: the coordinate is t in x + t v."""

    point: Point
    evaluator: Evaluator
    v: Array
    wishes: Wishes
    x: FloatArray
    size: FloatArray
    low: FloatArray
    high: FloatArray
    value: FloatArray

    @classmethod
    def of(cls, point: Point, evaluator: Evaluator, v: Array, wishes: Wishes) -> Ray:
        """The line along a vector that is not zero."""
        moving = np.flatnonzero(v)
        size = magnitude(point, wishes)[moving] / np.abs(v[moving])
        low, high = line(point, v, wishes).span
        t = np.zeros(1)
        finite = np.isfinite(point.flat[moving]).all()
        room = room_of(t, low, high) if finite else (t, t)
        value = as_doubles(evaluator.value.reshape(1, -1))
        return cls(point, evaluator, v, wishes, t, np.array([np.min(size)]), *room, value)

    def sample(self, which: IntArray, at: FloatArray) -> FloatArray:
        """f on the line."""
        way = line(self.point, self.v, self.wishes)

        def where(row: int) -> str:
            return f"at x + t v, with t = {at[row]:.6g}"

        return as_doubles(self.evaluator.many(np.stack([way.at(float(t)).reshape(-1) for t in at]), where))
