"""SharedLoad: one value that takes long to make, shared by all jobs that wait for it, none of which it holds up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from app.engine.job import JobControl

T = TypeVar("T")
POLL_S = 0.2


class SharedLoad(Generic[T]):
    """A value made once, when first asked for, in a thread of its own. A failure goes to every job that waits.

    Safe to use from several threads. Making may download for minutes; it goes on when the job that began it is stopped.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._value: Future[T] | None = None
        self._lock = threading.Lock()

    def get(self, control: JobControl) -> T:
        """The value. Raises what making it raises; Cancelled, DeadlineExceeded."""
        with self._lock:
            if self._value is None:
                self._value = Future()
                threading.Thread(target=self._run, args=(self._value,), daemon=True, name="loading").start()
            value = self._value
        while not value.done():
            control.checkpoint()
            wait([value], timeout=POLL_S)
        control.checkpoint()
        return value.result()  # only now: a load that failed by a TimeoutError is not one that takes long

    def forget(self, value: T) -> None:
        """Make it anew next time, if it is still this one."""
        with self._lock:
            if self._value is not None and self._value.done() and self._value.result() is value:
                self._value = None

    def _run(self, value: Future[T]) -> None:
        try:
            value.set_result(self._make())
        except Exception as failure:  # noqa: BLE001 - handed to every job that waits
            with self._lock:
                self._value = None  # the next job tries again
            value.set_exception(failure)
