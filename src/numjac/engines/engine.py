# SPDX-License-Identifier: BSD-3-Clause
"""
One interface to all that can spread work: one function over a short list of tasks, results in their order.

No engine is a dependency: each is known by the verbs that it has. Tasks are blocks that are cut here, so that an engine
that cuts once more has nothing to cut.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from numjac.engines.worker import Outcome, Task, begin, work
from numjac.errors import OptionError, WorkerError
from numjac.numeric.functions import Function

__all__ = ["Engine", "engine_of"]

# Blocks for each worker, at least, and their length in seconds, at most, so that none waits long for another, and an
# interrupt for none; workers of an engine that does not tell.
BLOCKS, LONG, UNKNOWN = 2, 0.5, 4

# A function of more bytes than this does not travel with every block, but by a file.
INLINE = 2**20

# Work of f in seconds below which the processes of a pool do not pay (benchmarks/bench_engines.py): one that has to be
# started, and one that is open.
PAYS, PAYS_OPEN = 0.1, 0.005

EXPECTED = "a positive integer, -1 for all processors, 'auto', an executor, a dask client, or a function like map"


def engine_of(workers: Any) -> Engine | None:
    """
    The engine that an option `workers` stands for; None if there is nothing to spread.

    Raises
    ------
    OptionError
        It stands for none.
    """
    if workers is None:
        return None
    if isinstance(workers, str) and workers == "auto":
        return Engine(processors(), auto=True) if processors() > 1 else None
    if hasattr(workers, "submit") or callable(workers):
        return Engine(workers)
    try:
        if isinstance(workers, (bool, str)):
            raise TypeError
        count = workers.__index__()
    except (AttributeError, TypeError):
        raise OptionError(f"workers={workers!r}: expected {EXPECTED}") from None
    if count == -1:
        count = processors()
    if count < 1:
        raise OptionError(f"workers={workers!r}: expected {EXPECTED}")
    return Engine(count) if count > 1 else None


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Engine:
    """
    Who evaluates.

    Parameters
    ----------
    workers : object
        Processes of a pool of our own, which is made when it is first needed and kept open; or the engine of the user.
    auto : bool
        Only where it pays.
    """

    def __init__(self, workers: Any, auto: bool = False) -> None:
        self.workers, self.auto = workers, auto
        self.pool: ProcessPoolExecutor | None = None
        self.payloads: dict[int, tuple[Any, str, Any]] = {}
        self.learnt = ""

    def __repr__(self) -> str:
        return f"{self.workers!r}"

    def __getstate__(self) -> Any:
        """A pool of our own is made anew where it is needed; that of the user has to be picklable itself."""
        return self.workers, self.auto

    def __setstate__(self, state: tuple[Any, bool]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # pools and payloads stay where they are

    def pays(self, count: int, seconds: float) -> bool:
        """Whether so many evaluations, of which each takes so long, are worth it."""
        return not self.auto or count * seconds > (PAYS if self.pool is None else PAYS_OPEN)

    @property
    def size(self) -> int:
        """How many workers there are, as far as it tells."""
        if isinstance(self.workers, int):
            return self.workers
        for name in ("_max_workers", "num_workers"):
            if isinstance(count := getattr(self.workers, name, None), int) and count > 0:
                return count
        return max(1, int(sum(self.workers.nthreads().values()))) if self.clustered else UNKNOWN

    @property
    def clustered(self) -> bool:
        """Whether it is a dask client."""
        return all(hasattr(self.workers, verb) for verb in ("submit", "gather", "scatter", "nthreads"))

    def blocks(self, count: int, seconds: float) -> list[slice]:
        """So many points in contiguous blocks, if each takes so long."""
        parts = max(1, min(count, max(BLOCKS * self.size, int(count * seconds / LONG))))
        ends = [count * k // parts for k in range(parts + 1)]
        return [slice(a, b) for a, b in pairwise(ends) if a < b]

    # -------------------------------------------------------------------------------------------------- the function

    def payload(self, function: Function) -> tuple[str, bytes | str | None]:
        """The token of a function, and what a task says of it: bytes, a file, or nothing where that is not needed."""
        known = self.payloads.get(id(function))
        if known is None or known[0] is not function:
            data = _dumped(replace(function, spread=None))
            token = uuid4().hex
            if isinstance(self.workers, int):
                self._open(token, data)
            self.payloads.clear()
            self.payloads[id(function)] = known = (function, token, self._carried(data))
        told = known[2]
        return known[1], told if known[1] != self.learnt and isinstance(told, (bytes, str)) else None

    def _carried(self, data: bytes) -> Any:
        """A small function goes with each task; a large one by the network of dask, or by a file."""
        if len(data) <= INLINE:
            return data
        return self.workers.scatter(data, broadcast=True, hash=False) if self.clustered else _in_file(self, data)

    def _open(self, token: str, data: bytes) -> None:
        """A pool whose workers know the function from the start."""
        if self.pool is None:
            self.pool = ProcessPoolExecutor(self.workers, initializer=begin, initargs=(token, data))
            weakref.finalize(self, self.pool.shutdown, wait=False, cancel_futures=True)
            self.learnt = token

    # ------------------------------------------------------------------------------------------------------- the work

    def run(self, tasks: Sequence[Task], where: Callable[[int], str]) -> Iterator[Outcome]:
        """
        Do tasks.

        Parameters
        ----------
        tasks : sequence of Task
            Numbered from 0.
        where : callable
            ``where(number)``: what a task is, in words.

        Yields
        ------
        Outcome
            Of each task, in their order. Those that are not asked for any more are cancelled.

        Raises
        ------
        WorkerError
            A worker died, or an engine lost or mixed up results.
        """
        sent = [(os.getpid(), task) for task in tasks]
        results = (self._submitted if self._executor is not None else self._mapped)(sent, where)
        for number in range(len(tasks)):
            found = next(results, None)
            if not isinstance(found, Outcome) or found.number != number:
                what = "nothing" if found is None else f"task {getattr(found, 'number', found)!r}"
                raise WorkerError(f"workers={self!r} returned {what} where task {number} of {len(tasks)} was expected")
            yield found
        if next(results, None) is not None:
            raise WorkerError(f"workers={self!r} returned more than the {len(tasks)} results that were asked for")

    @property
    def _executor(self) -> Any:
        """What has futures, if anything has."""
        if isinstance(self.workers, int):
            return self.pool
        return self.workers if hasattr(self.workers, "submit") else None

    def _mapped(self, sent: Iterable[tuple[int, Task]], where: Callable[[int], str]) -> Iterator[Any]:
        """By a function like map, which may be lazy."""
        done = 0
        try:
            for found in self.workers(work, sent):
                done += 1
                yield found
        except Exception as error:
            self._tell(error, where(done))
            raise

    def _submitted(self, sent: Sequence[tuple[int, Task]], where: Callable[[int], str]) -> Iterator[Any]:
        """By futures, read in order; what is left is cancelled, whatever happens."""
        more, options = self._dask() if self.clustered else ((), {})
        futures: list[Any] = []
        done = 0
        try:
            futures += [self._executor.submit(work, one, *more, **options) for one in sent]
            for future in futures:
                found = future.result()
                done += 1
                yield found
        except Exception as error:
            self._tell(error, where(done))
            raise
        finally:
            for future in futures:
                future.cancel()

    def _dask(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a dask client is told besides: a large function that it spreads; not to keep results of equal calls."""
        scattered = next((told for _, _, told in self.payloads.values() if not isinstance(told, bytes)), None)
        return (() if scattered is None else (scattered,)), {"pure": False}

    def _tell(self, error: Exception, out: str) -> None:
        """Say in our words that an engine is closed or has lost a worker. Errors of f come as plain data."""
        closed = isinstance(error, RuntimeError) and "after shutdown" in str(error)
        if closed or _broken(error):
            self.pool = None
            what = "is closed" if closed else f"lost a worker {out}"
            raise WorkerError(f"workers={self!r} {what}: {error}") from error


def _broken(error: BaseException) -> bool:
    """Whether an engine has told that a worker died; loky and dask have exceptions of their own."""
    name = type(error).__name__
    return isinstance(error, BrokenExecutor) or any(word in name for word in ("Terminated", "Broken", "KilledWorker"))


def _dumped(function: Any) -> bytes:
    """A function as bytes: by pickle, else by cloudpickle if it is there."""
    try:
        return pickle.dumps(function, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        try:
            import cloudpickle  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            raise OptionError(
                f"workers: f can not be sent to another process ({error}); define it at the top of a module, or "
                "install cloudpickle"
            ) from error
        data: bytes = cloudpickle.dumps(function)
        return data


def _in_file(owner: Engine, data: bytes) -> str:
    """The name of a file that lives as long as the engine."""
    handle, name = tempfile.mkstemp(prefix="numjac-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    weakref.finalize(owner, Path(name).unlink, missing_ok=True)
    return name
