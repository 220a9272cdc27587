# SPDX-License-Identifier: BSD-3-Clause
"""
The tree of exceptions and warnings.

::

    Exception
    └── NumjacError               everything that numjac raises by itself
        ├── OptionError           (ValueError) an option is unknown, malformed, or at odds with another
        │   └── SignatureError        a compiled function has another signature than can be called
        ├── PointError            (ValueError) x is nothing to differentiate at
        ├── StepError             (ValueError) a step that x can not take
        ├── OutputError           (TypeError)  what f returned is not made of numbers
        ├── ShapeError            (ValueError) f returned another shape or kind than it should
        ├── StatusError           (RuntimeError) a compiled f returned a status that is not 0
        ├── NotAnalyticError      (ArithmeticError) f is not complex-analytic where that is needed
        │   ├── ContradictionError    for real arguments show another derivative
        │   └── UnprovenError         or can not show any at this x
        ├── TraceError            (ArithmeticError) f can not be differentiated by its identities
        ├── WorkerError           (RuntimeError) a worker died, or an engine lost or mixed up results
        ├── NotElementwiseError   (ValueError) f mixes the entries of x where it must not
        └── PatternError          (ValueError) a pattern lacks entries in which f depends on x
    UserWarning
    └── NumjacWarning             everything that numjac warns of
        ├── NonFiniteWarning      entries of a derivative are NaN because f was not finite
        ├── NonSmoothWarning      f has a kink or a jump at x
        ├── UnresolvedWarning     no steps were found at which entries can be trusted
        ├── ToleranceWarning      an error that was asked for can not be reached
        ├── LinearityWarning      f bends too much for uncertainties to be propagated to first order
        └── PatternWarning        a pattern was found by probing, which may miss entries

An exception of ``f`` itself is never wrapped: it passes through as it is, with a note saying at which point of
which column it was raised.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.exceptions import ComplexWarning

__all__ = [
    "ContradictionError",
    "LinearityWarning",
    "NonFiniteWarning",
    "NonSmoothWarning",
    "NotAnalyticError",
    "NotElementwiseError",
    "NumjacError",
    "NumjacWarning",
    "OptionError",
    "OutputError",
    "PatternError",
    "PatternWarning",
    "PointError",
    "ShapeError",
    "SignatureError",
    "StatusError",
    "StepError",
    "ToleranceWarning",
    "TraceError",
    "UnprovenError",
    "UnresolvedWarning",
    "WorkerError",
]


class NumjacError(Exception):
    """Everything that numjac raises by itself."""


class OptionError(NumjacError, ValueError):
    """An option is unknown, malformed, or at odds with another."""


class SignatureError(OptionError):
    """A compiled function has another signature than can be called."""


class PointError(NumjacError, ValueError):
    """x is nothing to differentiate at: not made of numbers, or outside its bounds."""


class StepError(NumjacError, ValueError):
    """
    A step that x can not take: too small to change it, or leading out of the range of numbers.

    Attributes
    ----------
    overflow : bool
        It is the latter.
    """

    overflow = False


class OutputError(NumjacError, TypeError):
    """What f returned is not made of numbers."""


class ShapeError(NumjacError, ValueError):
    """f returned another shape or kind of number than it should."""


class StatusError(NumjacError, RuntimeError):
    """
    A compiled f returned a status that is not 0.

    Attributes
    ----------
    status : int
        What it returned, at the lowest column at which it did so.
    """

    status = 0


class NotAnalyticError(NumjacError, ArithmeticError):
    """f is not complex-analytic, as written, where a complex step or a complex x needs it to be."""


class ContradictionError(NotAnalyticError):
    """A derivative found by complex arguments is not the one that real ones show."""


class UnprovenError(NotAnalyticError):
    """At this x, nothing can prove a derivative that was found by complex arguments."""


class TraceError(NumjacError, ArithmeticError):
    """
    f can not be differentiated by its identities; the message says why, and at which line of f.

    Attributes
    ----------
    lasting : bool
        It would be so at other x too.
    sharp : bool
        It is because of a kink at x, or of a comparison that is a tie there.
    """

    def __init__(self, message: str, *, lasting: bool = True, sharp: bool = False) -> None:
        super().__init__(message)
        self.lasting, self.sharp = lasting, sharp


class NotElementwiseError(NumjacError, ValueError):
    """f mixes the entries of x, where its derivative entry by entry was asked for."""


class WorkerError(NumjacError, RuntimeError):
    """A worker died, or an engine lost or mixed up results, or could not be told the function."""


class PatternError(NumjacError, ValueError):
    """
    A pattern lacks entries in which f depends on x.

    Attributes
    ----------
    rows : ndarray of intp
        The rows that are not what their entries say.
    missing : ndarray of intp
        [k, 2] rows and columns of the entries that were found.
    pattern : Pattern
        The one that was given, completed by these: what to pass as ``sparsity=`` next time.
    """

    rows: Any = ()
    missing: Any = ()
    pattern: Any = None


class NumjacWarning(UserWarning):
    """Everything that numjac warns of."""


class NonFiniteWarning(NumjacWarning):
    """Entries of a derivative are NaN because f was not finite."""


class NonSmoothWarning(NumjacWarning):
    """f has a kink or a jump at x: a derivative does not exist."""


class UnresolvedWarning(NumjacWarning):
    """No steps were found at which entries of a derivative can be trusted; their errors are inf."""


class ToleranceWarning(NumjacWarning):
    """An error that was asked for can not be reached."""


class LinearityWarning(NumjacWarning):
    """f bends so much that uncertainties are propagated poorly to first order."""


class PatternWarning(NumjacWarning):
    """A pattern was found by probing, which may miss entries that are zero wherever it looked."""


def locate(error: Exception, where: str, ours: bool) -> None:
    """
    Say where an error happened: in the message of an error of ours, in a note on one that f raised.

    Parameters
    ----------
    error : Exception
        The error; changed in place.
    where : str
        The place, as it completes the sentence "f was called ...".
    ours : bool
        It was raised by numjac because of what f returned, not by f.
    """
    if ours and isinstance(error, NumjacError):
        error.args = (f"{error} (f was called {where})",)
    elif (note := f"numjac: f was called {where}") not in getattr(error, "__notes__", ()):
        error.add_note(note)


def warn(message: str, category: type[NumjacWarning]) -> None:
    """
    Give a warning that points at the user's line, the nearest one outside this package.

    Parameters
    ----------
    message : str
        What was found, and where.
    category : type
        One of the warnings of this module.
    """
    here = str(Path(__file__).parent)
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


_quiet = threading.Lock()
_inside = 0


@contextmanager
def casts_unheard() -> Iterator[None]:
    """
    Keep NumPy from telling the user that an imaginary part was lost, while f is tried with complex numbers.

    The filters of `warnings` belong to the whole process, and ``warnings.catch_warnings`` in two threads can leave them
    changed for good. So one filter is put in by whoever is first inside, and taken out by whoever is last.
    """
    global _inside
    entry = ("ignore", None, ComplexWarning, None, 0)
    with _quiet:
        _inside += 1
        if _inside == 1:
            warnings.filters.insert(0, entry)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        with _quiet:
            _inside -= 1
            if not _inside and entry in warnings.filters:
                warnings.filters.remove(entry)  # type: ignore[attr-defined]
