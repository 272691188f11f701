"""How jobs run: with the executors beside it, what knows queues, threads and priorities.

The event loop serves and does nothing else: jobs run in the workers of a `Scheduler`, what touches the disk or shapes
sound for transport in a `BoundedExecutor`. Everything below them is single-threaded.

How jobs run
- A job is an iterator of results. A fixed number of worker threads take jobs that are ready, advance each by one
  result (a sentence, a clip's piece, a transcript segment) and put it back at the end of its caller's. So a short
  request does not wait for a long one to finish, and no job starves.
- Callers share the workers' time: the next result is made for who has had least of it (`queueing/turns.py`);
  equals take turns, and so do the jobs of each. So a caller with one short job waits for no more than the results
  under way, whatever others have sent. Who comes, or comes back, begins with what everybody there has had: time that
  is not used is not saved up.
- A caller takes at most a share of the places, so that there is one for who comes next: half of them alone, a third
  beside another, ...
- A job that has given its last result leaves at once.
- A job occupies one place until its end: from `reserve`, which a door calls before it reads a clip, else from `run`.
  When all places are taken, both raise QueueFull at once. A reserved place whose job is stopped is free.
- The sound of all jobs is bounded in sum, as far as it is estimated; one job alone may have more.
- Who is refused is told when a place will be free, who is let in when its job will begin (`queueing/estimates.py`).
- Results go to the event loop of the submitter: a slow reader never holds a worker. A job with MAX_UNREAD_BYTES of
  results that nobody has taken pauses, out of the queue but in its place, and is stopped when nobody takes one for
  UNREAD_S.
- Every job ends in one of three ways: done, failed, stopped (cancelled, abandoned by its reader, or past its
  deadline). In all three its iterator is closed and its place is free. Stopping also aborts native calls under way
  (`JobControl.aborting`), so an abandoned job costs nothing within a fraction of a second.
- A job that waits for something that others compute for it (`JobControl.waiting`) lends its worker to the next one: it
  keeps its thread and its place, and goes on before jobs that wait for a turn.
- Workers run at a lower priority than the event loop, so that probes and streams stay quick while all cores compute.
  Threads that native libraries start from a worker inherit it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar

from app.engine.errors import NotReady, QueueFull, ShareTaken, TooMuchQueued
from app.engine.executors import step_back
from app.engine.facts.reasons import ShuttingDown
from app.engine.job import JobControl
from app.engine.machine import give_back_memory
from app.engine.queueing.estimates import AT_ONCE, Costs, Left, Queueing, Work, first_end_s
from app.engine.queueing.turns import Turns
from app.engine.sound.audio import Audio

T = TypeVar("T")
P = ParamSpec("P")
MIN_SHARE = 2  # places of one caller, however many others there are: one job that runs and one that waits
RETRY_LIMITS_S = (1.0, 60.0)  # of Retry-After: what clients do not read as never
MAX_UNREAD_BYTES = 512 * 1024  # of sound; a piece that is larger counts when it is there
UNREAD_S = 60.0
LOOK_S = 0.05  # how often a job that waits for a worker to be free again looks whether it is to stop


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


@dataclass(slots=True, eq=False)
class _Job:
    steps: Iterator[Any]
    control: JobControl
    deliver: Callable[[_Result[Any] | _End], None]
    pause: Callable[[], None]  # called when the job waits for its reader
    submitted_at: float
    context: contextvars.Context = field(default_factory=contextvars.copy_context)  # of who submitted it
    is_started: bool = False
    is_paused: bool = False
    lent_s: float = 0.0  # of the result under way: how long its worker did other jobs
    n_unread_bytes: int = 0
    made_s: float = 0.0  # of sound


class _Patience:
    """How long a paused job waits for its reader. For the reader's event loop."""

    def __init__(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        self._job, self._loop = job, loop
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Wait from now on, if the job is paused."""
        self.end()
        if self._job.is_paused:
            self._timer = self._loop.call_later(UNREAD_S, self._give_up)

    def end(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._job.is_paused:
            self._job.control.cancel()


class Scheduler:
    """Runs jobs fairly on `workers` threads, at most `max_jobs` and about `max_audio_s` of sound at a time."""

    def __init__(self, workers: int, max_jobs: int, max_audio_s: float = math.inf) -> None:
        self.max_jobs = max_jobs
        self._max_audio_s = max_audio_s
        self._costs = Costs()
        self._ready = Turns[_Job]()
        self._jobs: set[_Job] = set()
        self._reserved: set[JobControl] = set()
        self._changed = threading.Condition()
        self._is_closed = False
        self._n_workers = workers  # jobs that compute at the same time; threads are more while workers are lent
        self._n_computing = self._n_returning = self._n_idle = 0
        self._threads: set[threading.Thread] = set()
        for _ in range(workers):
            self._add_thread()

    @property
    def n_running(self) -> int:
        """Jobs that have begun."""
        with self._changed:
            return sum(job.is_started for job in self._jobs)

    @property
    def n_waiting(self) -> int:
        """Jobs that have not begun, those with a reserved place included."""
        with self._changed:
            self._drop_stopped()
            return len(self._reserved) + sum(not job.is_started for job in self._jobs)

    def queueing(self, control: JobControl) -> Queueing | None:
        """Where a job waits now; None where it has begun, or only holds a place."""
        with self._changed:
            return self._queueing(control)

    def has_begun(self, control: JobControl) -> bool:
        """Whether the job of this control has begun and is not over."""
        with self._changed:
            return any(job.control is control and job.is_started for job in self._jobs)

    def reserve(self, control: JobControl) -> None:
        """Hold a place for the job of this control until it runs or is stopped. Raises QueueFull, NotReady at once."""
        with self._changed:
            self._admit(control)
            self._reserved.add(control)

    def expect(self, control: JobControl, work: Work) -> None:
        """Note what the job of this control, which has a place, will be.

        Raises TooMuchQueued, but not for a job that goes on with what was let in before.
        """
        with self._changed:
            self._drop_stopped()
            others = [job.control for job in self._jobs] + [other for other in self._reserved if other is not control]
            queued_s = sum(other.work.audio_s for other in others if other.work is not None)
            if queued_s and queued_s + work.audio_s > self._max_audio_s and not control.goes_on:
                raise TooMuchQueued(round(self._max_audio_s), self._retry_after_s())
            control.work = work

    async def run(self, steps: Callable[[], Iterator[T]], control: JobControl) -> AsyncGenerator[T, None]:
        """Yield what `steps()` yields, computed in the workers. Closing this generator stops the job.

        Raises QueueFull, NotReady (shutting down), and whatever the steps raise.
        """
        loop = asyncio.get_running_loop()
        results: asyncio.Queue[_Result[T] | _End] = asyncio.Queue()

        def deliver(item: _Result[T] | _End) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody reads any more
                loop.call_soon_threadsafe(results.put_nowait, item)

        def pause() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(patience.begin)

        job = _Job(steps(), control, deliver, pause, time.monotonic())
        patience = _Patience(job, loop)
        self._submit(job)
        control.on_wait = lambda: self._lending(job)
        remaining_s = control.remaining_s
        timer = None if remaining_s is None else loop.call_later(remaining_s, control.expire)
        try:
            with control.aborting(lambda: self._drop_waiting(job)):
                while True:
                    item = await results.get()
                    if isinstance(item, _Result):
                        self._note_read(job, item.value)
                        patience.begin()
                        yield item.value
                        continue
                    error = item.error
                    del item
                    if error is None:
                        return
                    try:
                        raise error
                    finally:
                        del error  # it keeps this frame, which would keep it
        finally:
            if timer is not None:
                timer.cancel()
            patience.end()
            control.cancel()
            self._drop_waiting(job)

    def close(self, wait_s: float) -> None:
        """Stop all jobs and the workers; wait at most `wait_s` seconds for them."""
        with self._changed:
            self._is_closed = True
            jobs = list(self._jobs)
            threads = list(self._threads)
            self._changed.notify_all()
        for job in jobs:
            job.control.cancel(NotReady(ShuttingDown()))
        ends_at = time.monotonic() + wait_s
        for thread in threads:
            thread.join(max(0.0, ends_at - time.monotonic()))

    def _submit(self, job: _Job) -> None:
        job.control.checkpoint()
        with self._changed:
            self._admit(job.control)
            self._reserved.discard(job.control)
            self._jobs.add(job)
            self._ready.add(job)
            job.control.queueing = self._queueing(job.control)
            self._changed.notify_all()

    def _queueing(self, control: JobControl) -> Queueing | None:
        """The turns before a job are also those of jobs that have begun; our caller holds the lock."""
        n_free, n_waiting = self._n_workers - self._n_computing, 0
        for n, job in enumerate(self._ready.in_order(), 1):
            n_waiting += not job.is_started
            if job.control is control:
                n_turns = max(0, n - n_free)
                is_waiting = n_turns > 0 and not job.is_started
                return Queueing(n_waiting, self._costs.begins_in_s(n_turns, self._n_workers)) if is_waiting else AT_ONCE
        return None

    def _admit(self, control: JobControl) -> None:
        """Raise unless this job has a place or one is free; the caller holds the lock."""
        if self._is_closed:
            raise NotReady(ShuttingDown())
        self._drop_stopped()
        if control in self._reserved:
            return
        taken = [*(job.control.caller for job in self._jobs), *(other.caller for other in self._reserved)]
        n_taken = len(taken)
        share = max(MIN_SHARE, self.max_jobs // (len({*taken, control.caller}) + 1))
        share = min(share, control.max_jobs or share)
        if n_taken >= self.max_jobs:
            raise QueueFull(self.max_jobs, self._retry_after_s())
        if control.caller and taken.count(control.caller) >= share:
            raise ShareTaken(share, self._retry_after_s(control.caller))

    def _retry_after_s(self, caller: str | None = None) -> float:
        """When the first job ends, or the first of one caller; the caller holds the lock."""
        left = [Left(job.control.caller, self._left_s(job)) for job in self._jobs if not job.is_paused]
        left += [Left(control.caller, self._costs.left_s(control.work, 0.0, 0.0)) for control in self._reserved]
        own = left if caller is None else [job for job in left if job.caller == caller]
        low, high = RETRY_LIMITS_S
        return min(high, max(low, first_end_s(left, self._n_workers, own)))

    def _left_s(self, job: _Job) -> float:
        return self._costs.left_s(job.control.work, job.control.times.compute_s, job.made_s)

    def _drop_stopped(self) -> None:
        self._reserved = {control for control in self._reserved if not control.is_stopped}

    def _drop_waiting(self, job: _Job) -> None:
        """End a stopped job that no worker holds; one that a worker holds ends at its next checkpoint."""
        with self._changed:
            if job.is_paused:
                job.is_paused = False
            elif job in self._ready:
                self._ready.remove(job)
            else:
                return
        self._end(job, _stop_reason(job.control))

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"editx-worker-{len(self._threads)}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self) -> None:
        step_back()
        while (job := self._next()) is not None:
            self._advance(job)
            with self._changed:
                self._n_computing -= 1
                self._changed.notify_all()

    def _next(self) -> _Job | None:
        with self._changed:
            self._n_idle += 1
            while not self._ready or (self._are_busy() and not self._is_closed):
                if self._is_closed or self._n_idle > self._n_workers:
                    self._n_idle -= 1
                    self._threads.discard(threading.current_thread())
                    return None
                self._changed.wait()
            self._n_idle -= 1
            self._n_computing += 1
            job = self._ready.next()
            if not job.is_started:
                job.is_started = True
                job.control.times.queued_s = time.monotonic() - job.submitted_at
            return job

    def _are_busy(self) -> bool:
        return self._n_computing + self._n_returning >= self._n_workers

    @contextlib.contextmanager
    def _lending(self, job: _Job) -> Iterator[None]:
        """While inside, the job's worker does other jobs. One that is to stop gets on without one: it only unwinds."""
        began = time.monotonic()
        with self._changed:
            self._n_computing -= 1
            if not self._n_idle:
                self._add_thread()
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._n_returning += 1
                while self._n_computing >= self._n_workers and not (job.control.is_stopped or self._is_closed):
                    self._changed.wait(LOOK_S)
                self._n_returning -= 1
                self._n_computing += 1
            job.lent_s += time.monotonic() - began

    def _advance(self, job: _Job) -> None:
        outcome = self._next_result(job)
        while not isinstance(outcome, _End):
            with self._changed:
                job.n_unread_bytes += _n_bytes(outcome.value)
                job.made_s += outcome.value.duration_s if isinstance(outcome.value, Audio) else 0.0
            job.deliver(outcome)
            if not job.control.gives_last:
                self._requeue(job)
                return
            outcome = self._next_result(job)
        self._end(job, outcome.error)
        del job, outcome  # see `BoundedExecutor._complete` in executors.py
        give_back_memory()  # what was freed in small pieces, which would add up: takes a millisecond

    def _next_result(self, job: _Job) -> _Result[Any] | _End:
        """The next result of a job, with its time added to the job's."""
        began, job.lent_s = time.monotonic(), 0.0
        try:
            job.control.checkpoint()
            return _Result(job.context.run(next, job.steps))
        except StopIteration:
            return _End(None)
        except BaseException as error:  # noqa: BLE001 - it travels to the reader, who raises it
            return _End(error)
        finally:
            took_s = (
                time.monotonic() - began
            )  # what others computed for it belongs to its cost, not to its worker's time
            job.control.times.compute_s += took_s
            with self._changed:
                self._ready.note_used(job.control.caller, took_s - job.lent_s)
                self._costs.note_result(took_s)

    def _requeue(self, job: _Job) -> None:
        with self._changed:
            if not job.control.is_stopped:
                job.is_paused = job.n_unread_bytes >= MAX_UNREAD_BYTES
                if job.is_paused:
                    self._note_pause(job.control.caller)
                    job.pause()
                else:
                    self._ready.add(job)
                    self._changed.notify_all()
                return
        self._end(job, _stop_reason(job.control))

    def _note_pause(self, caller: str) -> None:
        """A job of the caller is paused or over: without another one it saves no time up. Our caller holds the lock."""
        if all(job.is_paused for job in self._jobs if job.control.caller == caller):
            self._ready.leave(caller)

    def _note_read(self, job: _Job, value: object) -> None:
        """Somebody has taken a result: a job that paused for that goes on."""
        with self._changed:
            job.n_unread_bytes -= _n_bytes(value)
            if job.is_paused and job.n_unread_bytes < MAX_UNREAD_BYTES:
                job.is_paused = False
                self._ready.add(job)
                self._changed.notify_all()

    def _end(self, job: _Job, error: BaseException | None) -> None:
        with self._changed:
            if job not in self._jobs:
                return
            self._jobs.discard(job)
            self._note_pause(job.control.caller)
            if error is None:
                self._costs.note_end(job.control.work, job.control.times.compute_s)
        job.control.on_wait = contextlib.nullcontext
        if isinstance(job.steps, Generator):
            job.context.run(job.steps.close)
        deliver, job.deliver = job.deliver, _ignore  # an end that nobody takes would keep the job, and the job the end
        deliver(_End(error))


def _ignore(_: object) -> None:
    """Nobody reads any more."""


def _n_bytes(value: object) -> int:
    """What a result takes while it waits; other results than sound are small."""
    return value.samples.nbytes if isinstance(value, Audio) else 0


def _stop_reason(control: JobControl) -> BaseException | None:
    try:
        control.checkpoint()
    except BaseException as reason:  # noqa: BLE001 - the reason itself is wanted
        return reason
    return None
