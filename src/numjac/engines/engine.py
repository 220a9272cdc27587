# SPDX-License-Identifier: BSD-3-Clause
"""
One interface to all that can spread work: one function over a short list of tasks, results in their order.

No engine is a dependency: each is known by the verbs that it has. Tasks are blocks that are cut here, so that an engine
that cuts once more has nothing to cut.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from numjac.engines.parcel import INLINE, Parcel, Unsent, dumped
from numjac.engines.pool import Pool
from numjac.engines.worker import Outcome, Task, work
from numjac.errors import OptionError, WorkerError
from numjac.numeric.functions import Function

__all__ = ["Engine", "engine_of"]

# Blocks for each worker, at least, and their length in seconds, at most, so that none waits long for another; workers
# of an engine that does not tell, and as many as anybody may ask for.
BLOCKS, LONG, UNKNOWN, MOST = 2, 0.5, 4, 1024

# Functions and arguments that an engine remembers to have sent.
REMEMBERED = 8

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
    if workers is None or isinstance(workers, Engine):
        return workers
    if isinstance(workers, str) and workers == "auto":
        return Engine(processors(), auto=True) if processors() > 1 else None
    if (hasattr(workers, "submit") or callable(workers)) and (workers is map or not isinstance(workers, type)):
        return Engine(workers)
    count = _number(workers)
    return Engine(count) if count > 1 else None


def _number(workers: Any) -> int:
    try:
        if isinstance(workers, (bool, str, type)):
            raise TypeError
        count = int(workers.__index__())
    except (AttributeError, TypeError):
        raise OptionError(f"workers={workers!r}: expected {EXPECTED}") from None
    count = processors() if count == -1 else count
    if count < 1:
        raise OptionError(f"workers={workers!r}: expected {EXPECTED}")
    if count > MOST:
        raise OptionError(f"workers={workers!r}: expected at most {MOST} processes")
    return count


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Engine:
    """
    Who evaluates. May be called from several threads.

    Parameters
    ----------
    workers : object
        Processes of a pool of our own, which is made when it is first needed and kept open; or the engine of the user.
    auto : bool
        Only where it pays.
    """

    def __init__(self, workers: Any, auto: bool = False) -> None:
        self.workers, self.auto = workers, auto
        self._fresh()

    def _fresh(self) -> None:
        """As it is before anything was sent, in this process."""
        self.home, self.lock = os.getpid(), threading.Lock()
        self.pool: Pool | None = None
        self.parcels: list[tuple[tuple[Any, ...], Parcel]] = []

    def __repr__(self) -> str:
        return f"{self.workers!r}"

    def __getstate__(self) -> Any:
        """A pool of our own is made anew where it is needed; that of the user has to be picklable itself."""
        return self.workers, self.auto

    def __setstate__(self, state: tuple[Any, bool]) -> None:
        self.workers, self.auto = state
        self._fresh()

    def close(self) -> None:
        """Wait for what was begun, and end the processes of our own, if there are any; the next call makes new ones."""
        pool = self.pool
        self._fresh()
        if pool is not None:
            pool.close(patient=True)

    # ---------------------------------------------------------------------------------------------------- what it is

    def pays(self, count: int, seconds: float) -> bool:
        """Whether so many evaluations, of which each takes so long, are worth it."""
        if not self.auto:
            return True
        enough = count * seconds > (PAYS if self.pool is None else PAYS_OPEN)
        return enough and not multiprocessing.current_process().daemon  # which may have no processes

    @property
    def inside(self) -> bool:
        """Whether it is known to evaluate in this process."""
        return self.workers is map or isinstance(self.workers, ThreadPoolExecutor)

    @property
    def abroad(self) -> bool:
        """Whether its workers may not know the program of the caller."""
        return not isinstance(self.workers, (int, ProcessPoolExecutor))

    @property
    def clustered(self) -> bool:
        """Whether it is a dask client."""
        return all(hasattr(self.workers, verb) for verb in ("submit", "gather", "scatter", "nthreads"))

    @property
    def size(self) -> int:
        """How many workers there are, as far as it tells."""
        if isinstance(self.workers, int):
            return self.workers
        for name in ("_max_workers", "num_workers"):
            if isinstance(count := getattr(self.workers, name, None), int) and count > 0:
                return count
        if self.clustered and getattr(self.workers, "status", "running") == "running":
            return max(1, int(sum(self.workers.nthreads().values())))
        return UNKNOWN

    def blocks(self, count: int, seconds: float) -> list[slice]:
        """So many points in contiguous blocks, if each takes so long."""
        parts = max(1, min(count, max(BLOCKS * self.size, int(count * seconds / LONG))))
        ends = [count * k // parts for k in range(parts + 1)]
        return [slice(a, b) for a, b in pairwise(ends) if a < b]

    # ------------------------------------------------------------------------------------------- the function, and all

    def parcels_of(self, function: Function) -> tuple[Parcel, Parcel]:
        """A function and its arguments on their way; both were sent once if they are the same objects as before."""
        if self.home != os.getpid():  # a forked child: the pool and the lock are those of its parent
            if self.pool is not None:
                self.pool.close()
            self._fresh()
        bare = Function(function.f, (), {}, function.vectorized)
        more = (function.args, function.kwargs)
        with self.lock:
            first = self._parcel((function.f, function.vectorized), bare)
            return first, self._parcel((*function.args, *function.kwargs, *function.kwargs.values()), more)

    def _parcel(self, same: tuple[Any, ...], value: Any) -> Parcel:
        """What was sent of the same objects; else it is sent."""
        for objects, parcel in self.parcels:
            if len(objects) == len(same) and all(a is b for a, b in zip(objects, same, strict=True)):
                return parcel
        parcel = self._sent(value)
        self.parcels = [*self.parcels[1 - REMEMBERED :], (same, parcel)]
        return parcel

    def _sent(self, value: Any) -> Parcel:
        """An object as it travels: with each task if it is small, else by the network of dask, or by a file."""
        if self.inside:
            return Parcel(value)
        try:
            data = dumped(value, self.abroad)
        except OptionError as error:
            if isinstance(self.workers, int):
                raise
            return Parcel(value, Unsent(str(error)))  # some engines that nobody knows stay in this process
        if isinstance(self.workers, int) and self.pool is None:
            return self._open(value, data)
        if self.clustered and len(data) > INLINE:
            parcel = Parcel(value)
            parcel.told = self.workers.scatter(data, broadcast=True, hash=False)
            return parcel
        return Parcel(value, data)

    def _open(self, value: Any, data: bytes) -> Parcel:
        """A pool whose workers know the function from the start."""
        parcel = Parcel(value)
        self.pool = Pool(self.workers, parcel.token, data)
        weakref.finalize(self, self.pool.close)
        return parcel

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
        executor = self.pool if isinstance(self.workers, int) else self.workers
        results = self._submitted(executor, tasks, where) if hasattr(executor, "submit") else self._mapped(tasks, where)
        nothing = object()
        for number in range(len(tasks)):
            found = next(results, nothing)
            if not isinstance(found, Outcome) or found.number != number:
                what = "nothing" if found is nothing else _described(found)
                raise WorkerError(f"workers={self!r} returned {what} where task {number} of {len(tasks)} was expected")
            yield found
        if next(results, nothing) is not nothing:
            raise WorkerError(f"workers={self!r} returned more than the {len(tasks)} results that were asked for")

    def _mapped(self, tasks: Sequence[Task], where: Callable[[int], str]) -> Iterator[Any]:
        """By a function like map, which may be lazy."""
        done = 0
        try:
            results = self.workers(work, tasks)
            if not hasattr(results, "__iter__"):
                raise WorkerError(f"workers={self!r} returned {results!r}, expected the results of {len(tasks)} tasks")
            for found in results:
                done += 1
                yield found
        except Exception as error:
            self._tell(error, where(done))
            raise

    def _submitted(self, executor: Any, tasks: Sequence[Task], where: Callable[[int], str]) -> Iterator[Any]:
        """By futures, read in order; what is left is cancelled, whatever happens."""
        more, options = self._dask(tasks) if self.clustered else ((), {})
        futures: list[Any] = []
        done = 0
        try:
            for task in tasks:
                future = executor.submit(work, task, *more, **options)
                if not hasattr(future, "result"):
                    raise WorkerError(f"workers={self!r} returned {future!r} for a task, expected a future")
                futures.append(future)
            for future in futures:
                found = future.result()
                done += 1
                yield found
        except Exception as error:
            self._tell(error, where(done))
            raise
        except KeyboardInterrupt:
            if isinstance(executor, Pool):
                executor.kill()
                self._fresh()
            raise
        finally:
            for future in futures:
                future.cancel()

    def _dask(self, tasks: Sequence[Task]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What a dask client is told besides: large parcels that it spreads; not to keep results of equal calls."""
        parcels = (tasks[0].function, tasks[0].arguments)
        large = {parcel.token: parcel.told for parcel in parcels if hasattr(parcel.told, "result")}
        return ((large,) if large else ()), {"pure": False}

    def _tell(self, error: Exception, out: str) -> None:
        """Say in our words that an engine is closed or has lost a worker. Errors of f come as plain data."""
        text = str(error)
        closed = any(sign in text for sign in ("after shutdown", "Pool not running", "closed"))
        if _broken(error) or (closed and isinstance(error, (RuntimeError, ValueError))):
            self.close()
            what = f"lost a worker {out}" if _broken(error) else "is closed"
            raise WorkerError(f"workers={self!r} {what}: {error}") from error
        if isinstance(error, CancelledError):
            raise WorkerError(f"workers={self!r} cancelled what was asked for, {out}") from error


def _described(found: Any) -> str:
    return f"task {found.number}" if isinstance(found, Outcome) else f"{type(found).__name__} {found!r}"


def _broken(error: BaseException) -> bool:
    """Whether an engine has told that a worker died; loky and dask have exceptions of their own."""
    name = type(error).__name__
    return isinstance(error, BrokenExecutor) or any(word in name for word in ("Terminated", "Broken", "KilledWorker"))
