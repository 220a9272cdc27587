"""
A corpus of ordinary NumPy functions, as scientists write them: nothing in them was written for numjac.

The formulas are from the literature, named as ``source``; the code is ours, in the styles that are met in the wild.
Every function is smooth at its point. What comes from a package that is not installed is left out.
"""

import importlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

import numjac as nj

SUBJECTS = ("optimization", "landscapes", "engineering", "residuals", "dynamics", "fields", "statistics", "models")
SUBJECTS += ("geometry", "numerics")
PACKAGES = {"scipy": "from_scipy", "lmfit": "from_lmfit", "statsmodels": "from_statsmodels"}
PACKAGES |= {"iminuit": "from_iminuit", "numdifftools": "from_numdifftools"}


@dataclass(frozen=True)
class Piece:
    """A function and a point; ``source`` says where its formula is from."""

    name: str
    f: Callable[[np.ndarray], object]
    x: np.ndarray
    source: str

    def __str__(self) -> str:
        return self.name


class Shelf:
    """The pieces of one module, in the order in which they are written; as a decorator it leaves f as it is."""

    def __init__(self, module):
        self.subject = module.rpartition(".")[2]
        self.pieces = []

    def __call__(self, x, source):
        return lambda f: self.add(f.__name__, f, x, source)

    def add(self, name, f, x, source):
        self.pieces.append(Piece(f"{self.subject}.{name}", f, np.array(x, float), source))
        return f


def shelf(subject: str) -> list[Piece] | None:
    """The pieces of one module; None if a package that it needs is not installed."""
    try:
        with warnings.catch_warnings(action="ignore"):  # what a package of others warns of at import is its own affair
            return importlib.import_module(f"{__name__}.{subject}").piece.pieces
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in PACKAGES:
            return None
        raise


def pieces() -> Iterator[Piece]:
    """All pieces that can run here."""
    for subject in (*SUBJECTS, *PACKAGES.values()):
        yield from shelf(subject) or ()


def missing() -> tuple[str, ...]:
    """The packages whose functions are left out, because they are not installed."""
    return tuple(package for package, subject in PACKAGES.items() if shelf(subject) is None)


def reference(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """
    The Jacobian of a piece by adaptive differences, and by how much it may be wrong, entry by entry.

    They look far for an entry that does not respond at all, and would meet kinks there: hence the bounds.
    """
    x = piece.x
    reach = 0.05 * np.where(x == 0, 1, np.abs(x))
    J, report = nj.jacobian(piece.f, x, bounds=(x - reach, x + reach), method="adaptive", order=8, full_output=True)
    return np.asarray(J), np.asarray(report.error)
