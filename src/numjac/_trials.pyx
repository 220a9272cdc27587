# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True, boundscheck=False, wraparound=False
"""
The door to trials.c: adaptive differences along many lines at once.

The memory of the core is held here, samples are put into their places, and each line is told to decide; nothing is
computed. Lines may have outputs of their own, as many as each likes: all tables are flat, one line after the other.
"""

cimport cython
cimport numpy as cnp
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from numjac.numjac cimport *

import numpy as np

cnp.import_array()

UP, DOWN = 1, 2


@cython.final
cdef class Trials:
    """
    Lines under way.

    Parameters
    ----------
    x, size, low, high : ndarray
        Float64 [lines]: the coordinate of the point on each line, its magnitude, and its room.
    value, noise : ndarray
        Float64 [lines or 1, m]: f at the point, and bounds of its errors; one row serves all lines. [total] if lines
        have outputs of their own.
    blind : ndarray
        Bool, of that shape: nothing is known of how f rounds its argument.
    eps : float
        The spacing at 1 of the number format of x.
    unit : float
        The unit roundoff of f.
    first, rtol : float
        The first step in units of size; the relative error that is good enough, or 0.
    pairs, target : int
        Levels on each line, half the order; and which derivative, 1 or 2.
    frugal : bool
        No level beyond those wanted is taken, however much it promises.
    calm : bool
        Where nothing moves, no other scale is looked for.
    start : ndarray, optional
        Intp [lines + 1]: line c has the outputs from start[c] to start[c + 1] of all, which are start[-1]. None: all
        lines have m.

    Attributes
    ----------
    V, E : ndarray
        Float64 [lines, m] or [total]: derivatives and their errors, as they are known now.
    flags : ndarray
        Uint16, of that shape.
    start : ndarray
        Intp [lines + 1]: where the outputs of each line begin in these tables, if they are flat.
    """

    cdef numjac_trial *trial
    cdef Py_ssize_t lines, decisions
    cdef double unit
    cdef bint shared
    cdef readonly cnp.ndarray V, E, flags, start
    cdef const double[::1] value, noise
    cdef const unsigned char[::1] blind
    # The samples of line c are [room[c]][2][its outputs], from place[c] on; NaN where nothing was sampled.
    cdef double[::1] samples
    cdef Py_ssize_t[::1] place, room
    cdef const Py_ssize_t[::1] begin  # `start` for C
    cdef Py_ssize_t[::1] decided  # in which call of `decide` it was named last

    def __cinit__(self, double[::1] x, *args, **kwargs):
        self.lines = x.shape[0]
        self.trial = <numjac_trial *> malloc((x.shape[0] + 1) * sizeof(numjac_trial))
        if self.trial == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.trial)

    def __init__(self, double[::1] x, double[::1] size, double[::1] low, double[::1] high, value, noise, blind,
                 double eps, double unit, double first, double rtol, int pairs, int target,
                 bint frugal=False, bint calm=False, start=None):
        cdef Py_ssize_t c
        begin = self.rows(value, noise, blind) if start is None else self.parts(start, value, noise, blind)
        if not x.shape[0] == size.shape[0] == low.shape[0] == high.shape[0] == self.lines:
            raise TypeError(f"size, low, high: expected {self.lines} elements as in x")
        if not 1 <= pairs <= NUMJAC_LEVELS // 2 or target not in (1, 2):
            raise TypeError(f"pairs {pairs}, target {target}: expected 1 to {NUMJAC_LEVELS // 2}, and 1 or 2")
        shared = start is None and len(value) == len(noise) == len(blind) == 1
        shape = value.shape if start is not None else (self.lines, value.shape[1])
        if not shared:
            value, noise, blind = np.broadcast_arrays(value, noise, blind)
        self.know(value, noise, blind, shared)
        self.clear(begin, shape, pairs)
        self.unit = unit
        for c in range(self.lines):
            self.trial[c].x, self.trial[c].size = x[c], size[c]
            self.trial[c].low, self.trial[c].high = low[c], high[c]
            self.trial[c].eps, self.trial[c].first, self.trial[c].rtol = eps, first, rtol
            self.trial[c].pairs, self.trial[c].target = pairs, target
            self.trial[c].frugal, self.trial[c].calm = frugal, calm
            numjac_trial_begin(&self.trial[c])
            if self.begin[c] == self.begin[c + 1]:
                self.trial[c].next = 0

    cdef rows(self, value, noise, blind):
        """Where the outputs of each line begin if all have as many."""
        for array in (value, noise, blind):
            if array.shape[1] != value.shape[1] or array.shape[0] not in (1, self.lines):
                expected = f"(1 or {self.lines}, {value.shape[1]})"
                raise TypeError(f"value, noise and blind: found {array.shape}, expected {expected}")
        return np.arange(self.lines + 1, dtype=np.intp) * value.shape[1]

    cdef parts(self, start, value, noise, blind):
        """Where they begin if each has its own."""
        begin = np.array(start)
        known = begin.dtype == np.intp and begin.shape == (self.lines + 1,)
        if not known or begin[0] != 0 or (np.diff(begin) < 0).any():
            raise TypeError(f"start: expected {self.lines + 1} numbers of type intp, from 0 on, that do not fall")
        for array in (value, noise, blind):
            if array.shape != (begin[self.lines],):
                raise TypeError(f"value, noise and blind: found {array.shape}, expected {(int(begin[self.lines]),)}")
        return begin

    cdef know(self, value, noise, blind, bint shared):
        """What is known of f, in one row for all lines or for each."""
        cdef const double[::1] v = value.ravel(), n = noise.ravel()
        cdef const unsigned char[::1] b = blind.ravel().view(np.uint8)
        self.value, self.noise, self.blind, self.shared = v, n, b, shared

    cdef clear(self, begin, shape, int pairs):
        """Tables in which nothing is known, with room for so many steps of each line."""
        begin.flags.writeable = False
        self.start, self.begin = begin, begin
        self.V, self.E, self.flags = np.full(shape, np.nan), np.full(shape, np.inf), np.zeros(shape, np.uint16)
        self.samples = np.full(2 * pairs * begin[self.lines], np.nan)
        self.place, self.room = 2 * pairs * begin[:self.lines], np.full(self.lines, pairs, np.intp)
        self.decided, self.decisions = np.zeros(self.lines, np.intp), 0

    def waiting(self):
        """Lines that want samples: their numbers, steps, and sides (1 above, 2 below, 3 both)."""
        cdef Py_ssize_t c, k = 0, count = 0
        for c in range(self.lines):
            count += self.trial[c].next != 0
        which, steps, sides = np.empty(count, np.intp), np.empty(count), np.empty(count, np.intp)
        cdef Py_ssize_t[::1] number = which, side = sides
        cdef double[::1] step = steps
        for c in range(self.lines):
            if self.trial[c].next != 0:
                number[k], step[k], side[k] = c, self.trial[c].next, self.trial[c].sides
                k += 1
        return which, steps, sides

    def put(self, Py_ssize_t[::1] which, int side, Y):
        """Samples of some lines that wait for this side: a row for each, or flat, one line after the other."""
        cdef Py_ssize_t k, c, m, total = 0, done = 0
        if side not in (UP, DOWN):
            raise TypeError(f"side {side}, expected {UP} or {DOWN}")
        for k in range(which.shape[0]):
            total += self.outputs(self.sampled(which[k]))
        flat = (total,)
        expected = (which.shape[0], self.V.shape[1]) if self.V.ndim == 2 else flat
        if Y.shape != expected and Y.shape != flat:
            raise TypeError(f"samples of shape {Y.shape}, expected {expected}")
        self.reserve(which)
        cdef const double[::1] y = Y.ravel()
        for k in range(which.shape[0]):
            c, m = which[k], self.outputs(which[k])
            memcpy(self.sample(c, self.trial[c].count, side), &y[done], m * sizeof(double))
            done += m

    def decide(self, Py_ssize_t[::1] which):
        """
        Each of these lines takes its samples into account, and says where it is to be sampled next.

        No line may be named twice; one that was not sampled counts as not finite.
        """
        cdef Py_ssize_t k, c, own
        cdef double[::1] V = self.V.reshape(-1), E = self.E.reshape(-1)
        cdef unsigned short[::1] flags = self.flags.reshape(-1)
        cdef numjac_outputs f
        cdef numjac_desk *desk
        self.name(which)
        self.reserve(which)
        desk = <numjac_desk *> malloc(sizeof(numjac_desk))
        if desk == NULL:
            raise MemoryError
        f.unit = self.unit
        with nogil:
            for k in range(which.shape[0]):
                c, own = which[k], self.begin[which[k]]
                f.m = self.outputs(c)
                f.value, f.noise = &self.value[0 if self.shared else own], &self.noise[0 if self.shared else own]
                f.blind = &self.blind[0 if self.shared else own]
                numjac_trial_next(&self.trial[c], &f, self.sample(c, 0, 1), &V[own], &E[own], &flags[own], desk)
        free(desk)

    def steps(self):
        """For each line the smallest step, 0 if there is none; and whether it is one-sided (1, -1)."""
        cdef Py_ssize_t c
        cdef int k
        taken, sides = np.zeros(self.lines), np.zeros(self.lines, np.intp)
        cdef double[::1] least = taken
        cdef Py_ssize_t[::1] side = sides
        for c in range(self.lines):
            for k in range(self.trial[c].count):
                least[c] = self.trial[c].h[k] if k == 0 else min(least[c], self.trial[c].h[k])
            side[c] = (self.trial[c].onesided == 1) - (self.trial[c].onesided == 2)
        return taken, sides

    def table(self, Py_ssize_t line):
        """The steps of a line, in the order in which they were taken."""
        self.checked(line)
        return np.array([self.trial[line].h[k] for k in range(self.trial[line].count)], np.float64)

    def around(self, Py_ssize_t line, int level, Py_ssize_t output):
        """One output of a line below the point, at it, and above, by the step of this level."""
        cdef Py_ssize_t own = self.begin[self.checked(line)] * (not self.shared)
        if not (0 <= level < self.trial[line].count and 0 <= output < self.outputs(line)):
            raise TypeError(f"line {line} has no output {output} at level {level}")
        return self.sample(line, level, 2)[output], self.value[own + output], self.sample(line, level, 1)[output]

    cdef inline Py_ssize_t outputs(self, Py_ssize_t line) noexcept nogil:
        """How many outputs a line has."""
        return self.begin[line + 1] - self.begin[line]

    cdef inline double *sample(self, Py_ssize_t line, int level, int side) noexcept nogil:
        """The outputs of a line, at least one, on a side of a level that there is room for."""
        return &self.samples[self.place[line] + (2 * level + side - 1) * self.outputs(line)]

    cdef Py_ssize_t checked(self, Py_ssize_t line) except -1:
        if not 0 <= line < self.lines:
            raise TypeError(f"line {line}, expected 0 to {self.lines - 1}")
        return line

    cdef Py_ssize_t sampled(self, Py_ssize_t line) except -1:
        if self.trial[self.checked(line)].next == 0:
            raise TypeError(f"line {line} is finished")
        return line

    cdef name(self, Py_ssize_t[::1] which):
        """Lines that are to decide, each once."""
        cdef Py_ssize_t k
        self.decisions += 1
        for k in range(which.shape[0]):
            if self.decided[self.sampled(which[k])] == self.decisions:
                raise TypeError("a line was named twice")
            self.decided[which[k]] = self.decisions

    cdef reserve(self, Py_ssize_t[::1] which):
        """Room for one step more on each of these lines; those that have none move to the end, where they get it."""
        cdef Py_ssize_t k, c, more = 0, held = self.samples.shape[0]
        for k in range(which.shape[0]):
            c = which[k]
            if self.trial[c].count >= self.room[c]:
                more += 2 * wider(self.room[c]) * self.outputs(c)
        if more == 0:
            return
        cdef double[::1] samples = np.full(held + more, np.nan)
        samples[:held] = self.samples
        for k in range(which.shape[0]):
            c = which[k]
            if self.trial[c].count >= self.room[c]:
                memcpy(&samples[held], &samples[self.place[c]], 2 * self.room[c] * self.outputs(c) * sizeof(double))
                self.place[c], self.room[c] = held, wider(self.room[c])
                held += 2 * self.room[c] * self.outputs(c)
        self.samples = samples


cdef inline Py_ssize_t wider(Py_ssize_t room) noexcept nogil:
    """The next room for steps; a line whose steps have all been taken never asks for more."""
    return min(2 * room, NUMJAC_LEVELS)
