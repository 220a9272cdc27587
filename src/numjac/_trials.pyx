# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3, freethreading_compatible=True, cdivision=True, boundscheck=False, wraparound=False
"""
The door to trials.c: adaptive differences along many lines at once.

The memory of the core is held here, samples are put into their places, and each line is told to decide; nothing is
computed.
"""

cimport cython
cimport numpy as cnp
from libc.math cimport NAN
from libc.stdlib cimport free, malloc

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
        Float64 [lines or 1, m]: f at the point, and bounds of its errors; one row serves all lines.
    blind : ndarray
        Bool [lines or 1, m]: nothing is known of how f rounds its argument.
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

    Attributes
    ----------
    V, E : ndarray
        Float64 [lines, m]: derivatives and their errors, as they are known now.
    flags : ndarray
        Uint16 [lines, m].
    samples : ndarray
        Float64 [lines, steps, 2, m], above and below; NaN where nothing was sampled.
    """

    cdef numjac_trial *trial
    cdef Py_ssize_t lines, m
    cdef double unit
    cdef readonly cnp.ndarray V, E, flags, samples
    cdef double[:, ::1] value, noise
    cdef unsigned char[:, ::1] blind

    def __cinit__(self, double[::1] x, *args, **kwargs):
        self.lines = x.shape[0]
        self.trial = <numjac_trial *> malloc((x.shape[0] + 1) * sizeof(numjac_trial))
        if self.trial == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.trial)

    def __init__(self, double[::1] x, double[::1] size, double[::1] low, double[::1] high, value, noise, blind,
                 double eps, double unit, double first, double rtol, int pairs, int target,
                 bint frugal=False, bint calm=False):
        cdef Py_ssize_t c
        self.m, self.unit = value.shape[1], unit
        for array in (value, noise, blind):
            if array.shape[1] != self.m or array.shape[0] not in (1, self.lines):
                raise TypeError(f"value, noise and blind: found {array.shape}, expected (1 or {self.lines}, {self.m})")
        self.value, self.noise, self.blind = value, noise, blind.view(np.uint8)
        if not x.shape[0] == size.shape[0] == low.shape[0] == high.shape[0] == self.lines:
            raise TypeError(f"size, low, high: expected {self.lines} elements as in x")
        if not 1 <= pairs <= NUMJAC_LEVELS // 2 or target not in (1, 2):
            raise TypeError(f"pairs {pairs}, target {target}: expected 1 to {NUMJAC_LEVELS // 2}, and 1 or 2")
        self.V, self.E = np.full((self.lines, self.m), np.nan), np.full((self.lines, self.m), np.inf)
        self.flags = np.zeros((self.lines, self.m), np.uint16)
        self.samples = np.full((self.lines, pairs, 2, self.m), np.nan)
        for c in range(self.lines):
            self.trial[c].x, self.trial[c].size = x[c], size[c]
            self.trial[c].low, self.trial[c].high = low[c], high[c]
            self.trial[c].eps, self.trial[c].first, self.trial[c].rtol = eps, first, rtol
            self.trial[c].pairs, self.trial[c].target = pairs, target
            self.trial[c].frugal, self.trial[c].calm = frugal, calm
            numjac_trial_begin(&self.trial[c])

    def waiting(self):
        """Lines that want samples: their numbers, steps, and sides (1 above, 2 below, 3 both)."""
        cdef Py_ssize_t c
        cdef list which = [c for c in range(self.lines) if self.trial[c].next != 0]
        steps = np.array([self.trial[c].next for c in which], np.float64)
        return np.array(which, np.intp), steps, np.array([self.trial[c].sides for c in which], np.intp)

    def put(self, Py_ssize_t[::1] which, int side, const double[:, ::1] Y):
        """Samples Y [which, m] of some lines that wait for this side."""
        cdef Py_ssize_t k, c, i, level, most = 0
        cdef double[:, :, :, ::1] samples
        if side not in (UP, DOWN):
            raise TypeError(f"side {side}, expected {UP} or {DOWN}")
        if Y.shape[0] != which.shape[0] or Y.shape[1] != self.m:
            raise TypeError(f"samples of shape {(Y.shape[0], Y.shape[1])}, expected {(which.shape[0], self.m)}")
        for k in range(which.shape[0]):
            most = max(most, self.trial[self.sampled(which[k])].count + 1)
        self.reserve(most)
        samples = self.samples
        for k in range(which.shape[0]):
            c, level = which[k], self.trial[which[k]].count
            for i in range(self.m):
                samples[c, level, side - 1, i] = Y[k, i]

    def decide(self, Py_ssize_t[::1] which):
        """
        Each of these lines takes its samples into account, and says where it is to be sampled next.

        No line may be named twice; one that was not sampled counts as not finite.
        """
        cdef Py_ssize_t k, c
        cdef double[:, ::1] V = self.V, E = self.E
        cdef unsigned short[:, ::1] flags = self.flags
        cdef double[:, :, :, ::1] samples
        cdef numjac_outputs f
        cdef numjac_desk *desk
        cdef Py_ssize_t most = 0
        if len(set(which)) < which.shape[0]:
            raise TypeError("a line was named twice")
        for c in which:
            most = max(most, self.trial[self.sampled(c)].count + 1)
        self.reserve(most)
        samples = self.samples
        if self.m == 0:
            for c in range(self.lines):
                self.trial[c].next = 0
            return
        desk = <numjac_desk *> malloc(sizeof(numjac_desk))
        if desk == NULL:
            raise MemoryError
        f.m, f.unit = self.m, self.unit
        with nogil:
            for k in range(which.shape[0]):
                c = which[k]
                f.value = &self.value[c if self.value.shape[0] > 1 else 0, 0]
                f.noise = &self.noise[c if self.noise.shape[0] > 1 else 0, 0]
                f.blind = &self.blind[c if self.blind.shape[0] > 1 else 0, 0]
                numjac_trial_next(&self.trial[c], &f, &samples[c, 0, 0, 0], &V[c, 0], &E[c, 0], &flags[c, 0], desk)
        free(desk)

    def steps(self):
        """For each line the smallest step, 0 if there is none; and whether it is one-sided (1, -1)."""
        cdef Py_ssize_t c
        taken = np.zeros(self.lines)
        sides = np.zeros(self.lines, np.intp)
        for c in range(self.lines):
            h = [self.trial[c].h[k] for k in range(self.trial[c].count)]
            taken[c] = min(h, default=0.0)
            sides[c] = {0: 0, UP: 1, DOWN: -1}[self.trial[c].onesided]
        return taken, sides

    def table(self, Py_ssize_t line):
        """The steps of a line, in the order in which they were taken."""
        self.checked(line)
        return np.array([self.trial[line].h[k] for k in range(self.trial[line].count)], np.float64)

    cdef Py_ssize_t checked(self, Py_ssize_t line) except -1:
        if not 0 <= line < self.lines:
            raise TypeError(f"line {line}, expected 0 to {self.lines - 1}")
        return line

    cdef Py_ssize_t sampled(self, Py_ssize_t line) except -1:
        if self.trial[self.checked(line)].next == 0:
            raise TypeError(f"line {line} is finished")
        return line

    cdef reserve(self, Py_ssize_t steps):
        """Room for so many steps; a line whose steps have all been taken never asks for more."""
        cdef Py_ssize_t have = self.samples.shape[1]
        if steps > have:
            more = np.full((self.lines, max(steps, min(2 * have, NUMJAC_LEVELS)) - have, 2, self.m), np.nan)
            self.samples = np.concatenate([self.samples, more], axis=1)
