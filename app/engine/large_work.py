"""Work that takes a hundred megabytes for a moment: as much at once as the cores serve, in the order it was asked for.

Two such pieces of work at once take twice the memory, and share the cores that one after the other has to itself.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from app.engine.job import JobControl

LOOK_S = 0.05  # how often who waits looks whether its job was stopped


class Turns:
    """Shares out `n_cores`. Thread-safe; who asked first goes first."""

    def __init__(self, n_cores: int) -> None:
        self._n_cores = n_cores
        self._n_taken = 0
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, threads: int, control: JobControl | None = None) -> Iterator[None]:
        """While work on so many threads is under way; one that wants more than there are cores goes alone.

        Raises Cancelled, DeadlineExceeded while it waits. Nobody may ask for a turn while he has one.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._waiting[0] is not ticket or (self._n_taken and self._n_taken + threads > self._n_cores):
                    self._changed.wait(LOOK_S)
                    if control is not None:
                        control.checkpoint()
                self._n_taken += threads
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._n_taken -= threads
                self._changed.notify_all()


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


LARGE_WORK = Turns(_n_cores())
