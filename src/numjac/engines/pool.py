# SPDX-License-Identifier: BSD-3-Clause
"""Processes of our own: they know f from their start, leave interrupts to the caller, and do not outlive it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import weakref
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any

from numjac.engines.parcel import keep
from numjac.errors import WorkerError

__all__ = ["Pool"]

# Pools of a parent: a forked child must not let go of them, for that would be told to the parent's processes.
_inherited: list[Any] = []


class Pool:
    """
    A pool of processes.

    Parameters
    ----------
    count : int
        How many.
    token : str
        What f is known by.
    data : bytes
        f, pickled.

    Raises
    ------
    WorkerError
        This process may not have processes of its own.
    """

    def __init__(self, count: int, token: str, data: bytes) -> None:
        if multiprocessing.current_process().daemon:
            raise WorkerError(
                f"workers={count}: a daemonic process may not have processes of its own; use threads, or an executor"
            )
        self.home, self.token = os.getpid(), token
        self.executor = ProcessPoolExecutor(count, initializer=_begin, initargs=(token, data))
        # A worker that has workers of its own would wait for them at its end, and they for work. This has to be done
        # before the queues are closed, which have the priority 10.
        Finalize(self, _shut, (weakref.ref(self.executor),), exitpriority=20)

    @property
    def ours(self) -> bool:
        """Whether it is of this process, and not what a forked child has inherited."""
        return self.home == os.getpid()

    def submit(self, work: Any, task: Any) -> Future[Any]:
        """A task on its way."""
        return self.executor.submit(work, task)

    def close(self, patient: bool = False) -> None:
        """Begin nothing more; wait for what was begun, if there is time for that."""
        if self.ours:
            self.executor.shutdown(wait=patient, cancel_futures=True)
        else:
            _inherited.append(self.executor)

    def kill(self) -> None:
        """End all processes, whatever they do: an interrupt does not wait for f."""
        for process in list((self.executor._processes or {}).values()):
            process.terminate()
        self.close(patient=True)


def _shut(executor: weakref.ref[ProcessPoolExecutor]) -> None:
    """End the workers of a process that ends."""
    if (found := executor()) is not None:
        found.shutdown(cancel_futures=True)


def _begin(token: str, data: bytes) -> None:
    """
    What a worker does first.

    A terminal sends Ctrl-C to all processes, and the caller sees to its workers. Programs that f starts are interrupted
    as ever: only what is ignored is inherited.
    """
    signal.signal(signal.SIGINT, lambda *_: None)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    keep(token, data)


def _end_with(sentinel: int) -> None:
    """End when the caller has ended, however that was."""
    wait([sentinel])
    os._exit(1)
