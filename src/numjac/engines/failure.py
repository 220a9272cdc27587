# SPDX-License-Identifier: BSD-3-Clause
"""
Exceptions as plain data.

No exception of f crosses from a worker to the caller as an exception: pools break, or hang, on those that can not be
pickled. In one process it stays what it is.
"""

from __future__ import annotations

import importlib
import pickle
import traceback
from dataclasses import dataclass
from typing import Any

from numjac.errors import NumjacError, WorkerError

__all__ = ["PLACE", "Failure", "failure_of", "raised"]

# What a worker says of the place of an evaluation; the caller knows it better.
PLACE = "by a worker"


@dataclass(frozen=True, slots=True)
class Failure:
    """
    An exception as plain data.

    Parameters
    ----------
    row : int
        The point at which it was raised; -1 if f was not yet called.
    ours : bool
        It is about what f returned, and was not raised by f.
    pickled : bytes or None
        The exception, if it comes back from that as it was.
    module, name : str
        Its class.
    args : tuple
        Its arguments, as far as they can be pickled.
    state : dict
        Its attributes, likewise.
    told : str
        Its traceback.
    notes : tuple of str
        What was noted on it.
    here : BaseException or None
        The exception itself; it does not leave its process.
    """

    row: int
    ours: bool
    pickled: bytes | None
    module: str
    name: str
    args: tuple[Any, ...]
    state: dict[str, Any]
    told: str
    notes: tuple[str, ...]
    here: BaseException | None

    def __reduce__(self) -> tuple[Any, ...]:
        """Without the exception."""
        return Failure, tuple(None if name == "here" else getattr(self, name) for name in self.__slots__)


def failure_of(error: BaseException, row: int) -> Failure:
    """
    An exception as plain data.

    Parameters
    ----------
    error : BaseException
        What was raised; its place is taken out of it.
    row : int
        Where.
    """
    place = f" (f was called {PLACE})"
    ours = isinstance(error, NumjacError) and any(place in a for a in error.args if isinstance(a, str))
    if ours:
        error.args = tuple(a.replace(place, "") if isinstance(a, str) else a for a in error.args)
    notes = tuple(note for note in getattr(error, "__notes__", ()) if PLACE not in note)
    if notes or hasattr(error, "__notes__"):
        error.__notes__ = list(notes)
    kind = type(error)
    args = tuple(a if _survives(a) else _shown(a) for a in error.args)
    state = {name: a for name, a in vars(error).items() if name != "__notes__" and _survives(a)}
    told = _told(error)
    return Failure(row, ours, _pickled(error), kind.__module__, kind.__qualname__, args, state, told, notes, error)


def _told(error: BaseException) -> str:
    """Its traceback; f may have made an exception that can not even be shown."""
    try:
        return "".join(traceback.format_exception(error))
    except Exception:
        return f"{type(error).__qualname__}, which can not be shown"


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__qualname__}>"


def _survives(value: Any) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        return False
    return True


def _pickled(error: BaseException) -> bytes | None:
    """The bytes of an exception; None if it does not come back from them as it was."""
    try:
        data = pickle.dumps(error)
        again = pickle.loads(data)
        same = type(again) is type(error) and repr(again.args) == repr(error.args)
    except BaseException:  # a constructor may raise anything
        return None
    return data if same else None


def raised(failure: Failure) -> BaseException:
    """
    The exception of f, in its own process or made again.

    Its class is looked up then, and its arguments are put in without asking its constructor, which may want others.

    Parameters
    ----------
    failure : Failure
        What came back.
    """
    if failure.here is not None:
        return failure.here
    error = _again(failure)
    error.__notes__ = list(failure.notes)
    return error


def _again(failure: Failure) -> BaseException:
    try:
        if failure.pickled is not None:
            error: BaseException = pickle.loads(failure.pickled)
            return error
        kind: Any = importlib.import_module(failure.module)
        for name in failure.name.split("."):
            kind = getattr(kind, name)
        error = _bare(kind, failure.args)
        error.args = failure.args
        vars(error).update(failure.state)
        return error
    except Exception:
        return WorkerError(f"f raised {failure.name}{failure.args}")


def _bare(kind: Any, args: tuple[Any, ...]) -> Any:
    """An exception that was not constructed: by the nearest class of Python, for that of the user may want more."""
    builtin = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    return builtin.__new__(kind, *args)
