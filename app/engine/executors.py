"""How all work runs that is no job: single calls that touch the disk, or shape sound for transport.

- A call waits in one queue of fixed length; when that is full, `run` raises QueueFull at once.
- A step of a job that was let in already (`run_admitted`: decoding its clip, encoding its next piece) is never refused
  and goes first. Each job has one at a time, so there are about as many as the scheduler has places.
- A caller who leaves takes its waiting call out of the queue; one under way ends by itself, unheard.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

from app.engine.errors import NotReady, QueueFull
from app.engine.facts.reasons import ShuttingDown

T = TypeVar("T")
P = ParamSpec("P")
WORKER_NICENESS = 10
CALL_RETRY_S = 1.0  # Retry-After of a full executor: its calls are short


@dataclass(slots=True, eq=False, repr=False)  # deque.remove writes out what it does not find: a clip of megabytes
class _Call:
    work: Callable[[], Any]
    outcome: Future[Any] = field(default_factory=Future)


class BoundedExecutor:
    """Runs single calls on at most `threads` threads, the first come first; at most `max_waiting` wait for a thread.

    Steps of admitted jobs go before all other calls, among themselves the first come first too. Calls see the context
    variables of their caller. Threads are started as they are needed.
    """

    def __init__(self, name: str, *, threads: int, max_waiting: int) -> None:
        self._name = name
        self._max_threads = threads
        self._max_waiting = max_waiting
        self._admitted: deque[_Call] = deque()  # waiting steps of jobs that hold a place
        self._waiting: deque[_Call] = deque()  # all other waiting calls
        self._running: set[_Call] = set()
        self._n_threads = 0
        self._changed = threading.Condition()
        self._is_closed = False

    @property
    def n_waiting(self) -> int:
        """Calls that no thread has taken up."""
        with self._changed:
            return len(self._admitted) + len(self._waiting)

    async def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn` returns or raises. Raises QueueFull, NotReady (shutting down)."""
        return await self._outcome(partial(fn, *args, **kwargs), is_admitted=False)

    async def run_admitted(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for a step of a job that holds a place in the scheduler: goes first, and is never refused."""
        return await self._outcome(partial(fn, *args, **kwargs), is_admitted=True)

    async def close(self, wait_s: float) -> None:
        """Refuse new calls, drop those that wait, and wait at most `wait_s` seconds for those under way."""
        with self._changed:
            self._is_closed = True
            dropped, running = [*self._admitted, *self._waiting], list(self._running)
            self._admitted.clear()
            self._waiting.clear()
            self._changed.notify_all()
        for call in dropped:
            if call.outcome.set_running_or_notify_cancel():
                call.outcome.set_exception(NotReady(ShuttingDown()))
        if running:
            await asyncio.wait([asyncio.wrap_future(call.outcome) for call in running], timeout=wait_s)

    async def _outcome(self, fn: Callable[[], T], is_admitted: bool) -> T:
        call = _Call(partial(contextvars.copy_context().run, fn))
        self._add(call, is_admitted)
        try:
            outcome: T = await asyncio.wrap_future(call.outcome)
            return outcome
        finally:
            self._forget(call)

    def _add(self, call: _Call, is_admitted: bool) -> None:
        with self._changed:
            if self._is_closed:
                raise NotReady(ShuttingDown())
            if is_admitted:
                self._admitted.append(call)
            elif len(self._waiting) < self._max_waiting:
                self._waiting.append(call)
            else:
                raise QueueFull(self._max_waiting, CALL_RETRY_S)
            n_idle = self._n_threads - len(self._running)
            if n_idle < len(self._admitted) + len(self._waiting) and self._n_threads < self._max_threads:
                self._n_threads += 1
                name = f"editx-{self._name}-{self._n_threads}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            self._changed.notify()

    def _forget(self, call: _Call) -> None:
        with self._changed:
            for waiting in (self._admitted, self._waiting):
                with contextlib.suppress(ValueError):  # a thread has it, or had it
                    waiting.remove(call)

    def _work(self) -> None:
        step_back()
        while (call := self._next()) is not None:
            self._complete(call)
            del call  # or this thread would keep its clip until the next call

    def _next(self) -> _Call | None:
        with self._changed:
            while not self._admitted and not self._waiting:
                if self._is_closed:
                    return None
                self._changed.wait()
            call = (self._admitted or self._waiting).popleft()
            self._running.add(call)
            return call

    def _complete(self, call: _Call) -> None:
        try:
            if not call.outcome.set_running_or_notify_cancel():
                return
            try:
                value = call.work()
            except BaseException as error:  # noqa: BLE001 - it travels to the caller, who raises it
                call.outcome.set_exception(error)
            else:
                call.outcome.set_result(value)
        finally:
            with self._changed:
                self._running.discard(call)
            del call  # an error keeps this frame, which would keep the error: its clip would stay until a collection


def in_own_thread(name: str, fn: Callable[[], T]) -> Future[T]:
    """What `fn` returns or raises, run from now on in a thread that lets the event loop go before it."""
    outcome: Future[T] = Future()

    def work() -> None:
        step_back()
        try:
            value = fn()
        except BaseException as error:  # noqa: BLE001 - it travels to the caller, who raises it
            outcome.set_exception(error)
        else:
            outcome.set_result(value)

    outcome.set_running_or_notify_cancel()  # from here on, who waits for it may leave, but not cancel it
    threading.Thread(target=work, name=f"editx-{name}", daemon=True).start()
    return outcome


def step_back() -> None:
    """Let the event loop go before this thread."""
    with contextlib.suppress(OSError, AttributeError):  # not on every system; only politeness is lost
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), WORKER_NICENESS)
