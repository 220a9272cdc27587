"""Functions that other processes import, and an exception that pickle does not bring back."""

import os
import time
from pathlib import Path

import numpy as np

N = 24
X = np.linspace(1.0, 2.0, N)
MATRIX = np.sin(np.arange(300.0**2)).reshape(300, 300) + 30 * np.eye(300)


class TwoNumbersError(Exception):
    """Its constructor wants two arguments, and hands one on."""

    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")
        self.a, self.b = a, b


def smooth(x):
    """Not to be traced."""
    x = np.frombuffer(np.array(x, float).tobytes())
    return np.sin(x) * np.sum(x) + np.arange(N)


def many(X):
    return np.stack([smooth(x) for x in X.T], axis=1)


def analytic(x):
    return np.exp(x) * np.cumsum(x)


def band(x):
    x = np.frombuffer(np.array(x, float).tobytes()).copy()
    x[1:] += x[:-1] ** 2
    return x


def picky(x):
    if x[5] != X[5]:
        raise TwoNumbersError(3, x.size)
    return smooth(x)


def picky_band(x):
    if x[5] != X[5]:
        raise TwoNumbersError(3, x.size)
    return band(x)


def deadly(x):
    if x[5] != X[5]:
        os._exit(3)
    return smooth(x)


def reshaped(x):
    return smooth(x)[: N - (x[7] != X[7])]


class DeadlyOnce:
    """Kills the first process that evaluates it away from x, and leaves a file."""

    def __init__(self, file):
        self.file = Path(file)

    def __call__(self, x):
        if x[5] != X[5] and not self.file.exists():
            self.file.touch()
            os._exit(3)
        return smooth(x)


class Heavy:
    """A function of sixteen megabytes."""

    def __init__(self):
        self.data = np.arange(2.0**21)

    def __call__(self, x, shift=0.0):
        return smooth(x) + self.data[:N] + shift * x


class Elsewhere:
    """Another shape in another process than the one that made it."""

    def __init__(self):
        self.home = os.getpid()

    def __call__(self, x):
        return smooth(x)[: N - (os.getpid() != self.home)]


def opaque(x):
    """No number, and nothing that can be pickled, in one column."""
    return smooth(x) if x[9] == X[9] else lambda: x


def slow(x):
    time.sleep(0.1)
    return smooth(x)


class Marking:
    """Takes its time, and leaves a file for each process that evaluates it."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def __call__(self, x):
        (self.folder / str(os.getpid())).touch()
        return slow(x)


def who(x):
    """Its value tells the process; at x itself too, so it is no function."""
    return np.full(N, float(os.getpid()))
