# SPDX-License-Identifier: BSD-3-Clause
"""
What workers have to know besides the points: f, and its further arguments. Each is sent once and kept there.

Within a process nothing is sent: the object itself is taken, with its locks, its files and whatever it counts.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any
from uuid import uuid4

from numjac.errors import OptionError, WorkerError

__all__ = ["Parcel", "Unsent", "dumped", "keep", "opened"]

# What is of more bytes does not travel with every block, but by a file; objects that a worker remembers besides what it
# has learnt at its start.
INLINE, KEPT = 2**20, 4


class Unsent:
    """
    What is told instead of an object that can not be sent.

    Parameters
    ----------
    why : str
        The reason.
    """

    def __init__(self, why: str) -> None:
        self.why = why


class Parcel:
    """
    An object on its way to workers.

    Parameters
    ----------
    here : object
        The object, for those who live in this process.
    told : bytes, str, Unsent or None
        The pickled object, the name of a file with it, why there is none; None if the worker knows it otherwise.

    Attributes
    ----------
    token : str
        What it is known by.
    """

    def __init__(self, here: Any, told: bytes | Unsent | None = None) -> None:
        self.here: tuple[Any] | None = (here,)
        self.token = uuid4().hex
        self.told: Any = told
        if isinstance(told, bytes) and len(told) > INLINE:
            self.told = _in_file(self, told)

    def __getstate__(self) -> tuple[str, Any]:
        """What leaves the process."""
        return self.token, self.told if isinstance(self.told, (bytes, str, Unsent)) else None

    def __setstate__(self, state: tuple[str, Any]) -> None:
        self.token, self.told = state
        self.here = None


_learnt: dict[str, Any] = {}
_kept: OrderedDict[str, Any] = OrderedDict()


def keep(token: str, data: bytes) -> None:
    """
    Learn an object for good, as a worker of our own does at its start.

    Parameters
    ----------
    token : str
        What it is known by.
    data : bytes
        The pickled object. What stands against loading it is told where it is asked for: a pool would break of it.
    """
    _learnt[token] = _unpacked(data)


def opened(parcel: Parcel, brought: dict[str, bytes]) -> Any:
    """
    The object of a parcel, in whatever process.

    Parameters
    ----------
    parcel : Parcel
        What arrived.
    brought : dict
        What the engine itself has brought, by its token.

    Raises
    ------
    WorkerError, OptionError
        It did not arrive, or can not be loaded.
    """
    if parcel.here is not None:
        return parcel.here[0]
    if parcel.token not in _learnt and parcel.token not in _kept:
        _kept[parcel.token] = _loaded(brought.get(parcel.token, parcel.told))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    found = _learnt[parcel.token] if parcel.token in _learnt else _kept[parcel.token]
    if isinstance(found, Unsent):
        raise WorkerError(found.why)
    return found


def _loaded(told: Any) -> Any:
    if isinstance(told, Unsent):
        raise OptionError(told.why)
    if told is None:
        raise WorkerError("a worker was not told the function")
    return _unpacked(told)


def _unpacked(told: bytes | str) -> Any:
    """An object from its bytes or from its file; or what stands against that."""
    try:
        return pickle.loads(Path(told).read_bytes() if isinstance(told, str) else told)
    except Exception as error:
        return Unsent(f"a worker can not load f: {type(error).__name__}: {error}")


def dumped(value: Any, abroad: bool) -> bytes:
    """
    An object as bytes: by pickle, else by cloudpickle if it is there.

    Parameters
    ----------
    value : object
        The object.
    abroad : bool
        Workers may not know the program of the caller: what is defined there is sent whole, if cloudpickle is there.

    Raises
    ------
    OptionError
        It can not be sent.
    """
    data, why = _pickled(value)
    if data is not None and not (abroad and b"__main__" in data):
        return data
    try:
        import cloudpickle  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        if data is not None:
            return data
        advice = "define it at the top of a module, or install cloudpickle"
        raise OptionError(f"workers: f can not be sent to another process ({why}); {advice}") from why
    try:
        whole: bytes = cloudpickle.dumps(value)
    except Exception as error:
        if data is not None:
            return data
        advice = "it holds what has to stay where it is; threads take it as it is"
        raise OptionError(f"workers: f can not be sent to another process ({error}); {advice}") from error
    return whole


def _pickled(value: Any) -> tuple[bytes | None, Exception | None]:
    try:
        return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL), None
    except Exception as error:
        return None, error


def _in_file(owner: Parcel, data: bytes) -> str:
    """The name of a file that lives as long as the parcel does in this process."""
    handle, name = tempfile.mkstemp(prefix="numjac-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    weakref.finalize(owner, _removed, name, os.getpid())
    return name


def _removed(name: str, home: int) -> None:
    if os.getpid() == home:  # a forked child has a copy of the parcel, and no right to its file
        Path(name).unlink(missing_ok=True)
