"""Jobs take turns, stop at once, and never hold a place they do not use."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import aclosing
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine import scheduling
from app.engine.errors import Cancelled, DeadlineExceeded, NotReady, QueueFull, ShareTaken, TooMuchQueued
from app.engine.job import JobControl
from app.engine.queueing import turns
from app.engine.queueing.estimates import Work
from app.engine.scheduling import MAX_UNREAD_BYTES, Scheduler
from app.engine.sound.audio import Audio
from tests.waiting import Held, until


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler(workers=1, max_jobs=3)
    yield made
    made.close(wait_s=5)


def counting(n: int) -> Iterator[int]:
    yield from range(n)


async def collected(scheduler: Scheduler, n: int) -> list[int]:
    return [x async for x in scheduler.run(lambda: counting(n), JobControl())]


async def drain(scheduler: Scheduler, steps: Callable[[], Iterator[Any]], control: JobControl | None = None) -> None:
    async for _ in scheduler.run(steps, control or JobControl()):
        pass


async def submitted(*jobs: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
    """The jobs under way: each has taken its place."""
    tasks = [asyncio.create_task(job) for job in jobs]
    await asyncio.sleep(0)  # each runs up to where it waits for results
    return tasks


async def test_a_job_yields_its_results_in_order(scheduler: Scheduler):
    assert await collected(scheduler, 5) == [0, 1, 2, 3, 4]


async def test_an_error_reaches_the_reader_after_the_results_before_it(scheduler: Scheduler):
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    stream = scheduler.run(failing, JobControl())
    assert await anext(stream) == 1
    with pytest.raises(ValueError, match="broken"):
        await anext(stream)
    assert scheduler.n_running == 0


async def test_a_short_job_does_not_wait_for_a_long_one(scheduler: Scheduler):
    held, order = Held(), list[str]()

    def steps(name: str, n: int) -> Iterator[str]:
        for _ in range(n):
            order.append(name)
            yield name

    jobs = await submitted(
        drain(scheduler, held.steps),
        drain(scheduler, lambda: steps("long", 20)),
        drain(scheduler, lambda: steps("short", 2)),
    )
    held.let_go()
    await asyncio.gather(*jobs)
    assert order[:4] == ["long", "short", "long", "short"]


async def test_a_full_queue_is_refused_with_a_time_to_come_back(scheduler: Scheduler):
    held = Held()
    jobs = await submitted(*(drain(scheduler, held.steps) for _ in range(3)))
    with pytest.raises(QueueFull) as refusal:
        await collected(scheduler, 1)
    assert refusal.value.retry_after_s >= 1
    held.let_go()
    await asyncio.gather(*jobs)
    assert await collected(scheduler, 1) == [0], "the places are free again"


@pytest.mark.slow
async def test_who_is_refused_is_told_when_a_place_is_free():
    scheduler = Scheduler(workers=2, max_jobs=6)

    def steps() -> Iterator[Audio]:
        for _ in range(8):
            time.sleep(0.05)
            yield Audio(np.zeros(12_000, np.float32), 24_000)  # half a second of sound in 0.05 s, as far as it is known

    def job() -> Coroutine[Any, Any, None]:
        control = JobControl(caller=str(len(controls)))
        controls.append(control)
        scheduler.reserve(control)
        scheduler.expect(control, Work("clone", 4.0))
        return drain(scheduler, steps, control)

    controls: list[JobControl] = []
    await asyncio.gather(job(), job())  # the cost is learned
    jobs = await submitted(*(job() for _ in range(6)))
    began = time.monotonic()
    with pytest.raises(QueueFull) as refusal:
        scheduler.reserve(JobControl(caller="late"))
    await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    took_s = time.monotonic() - began
    assert max(1.0, took_s / 2) <= refusal.value.retry_after_s <= max(1.0, 2 * took_s)
    await asyncio.gather(*jobs)
    scheduler.close(wait_s=5)


async def test_who_is_let_in_is_told_its_place_and_when_it_begins(scheduler: Scheduler):
    held, controls = Held(), [JobControl() for _ in range(3)]
    jobs = await submitted(drain(scheduler, held.steps, controls[0]))
    await until(lambda: scheduler.n_running == 1, "the first to begin")
    jobs += await submitted(*(drain(scheduler, lambda: counting(1), control) for control in controls[1:]))
    places = [control.queueing.position for control in controls if control.queueing]
    assert places == [0, 1, 2]
    assert [scheduler.queueing(control) for control in controls] == [None, *(c.queueing for c in controls[1:])]
    first, second = (control.queueing.eta_s for control in controls[1:] if control.queueing)
    assert 0 < first < second
    held.let_go()
    await asyncio.gather(*jobs)


async def test_sound_is_bounded_in_sum_but_one_job_may_have_more():
    scheduler = Scheduler(workers=1, max_jobs=9, max_audio_s=100)
    controls = [JobControl() for _ in range(3)]
    for control in controls:
        scheduler.reserve(control)
    scheduler.expect(controls[0], Work("edit", 400))
    with pytest.raises(TooMuchQueued) as refusal:
        scheduler.expect(controls[1], Work("edit", 1))
    assert (refusal.value.limit, refusal.value.code) == (100, "queue_full")
    controls[1].goes_on = True
    scheduler.expect(controls[1], Work("edit", 1))  # a chain that was let in goes on
    controls[1].goes_on = False
    controls[0].cancel()
    scheduler.expect(controls[1], Work("edit", 60))
    scheduler.expect(controls[2], Work("edit", 40))
    scheduler.close(wait_s=5)


async def test_a_reserved_place_counts_until_its_job_has_run(scheduler: Scheduler):
    controls = [JobControl() for _ in range(3)]
    for control in controls:
        scheduler.reserve(control)
    assert scheduler.n_waiting == 3
    with pytest.raises(QueueFull):
        scheduler.reserve(JobControl())
    with pytest.raises(QueueFull):
        await collected(scheduler, 1)
    assert [x async for x in scheduler.run(lambda: counting(2), controls[0])] == [0, 1]
    assert scheduler.n_waiting == 2
    assert await collected(scheduler, 1) == [0]


async def test_a_reserved_place_of_a_stopped_job_is_free(scheduler: Scheduler):
    controls = [JobControl() for _ in range(2)]
    for control in [*controls, JobControl(deadline_s=0.0)]:
        scheduler.reserve(control)
    controls[0].cancel()
    for control in (JobControl(), JobControl()):
        scheduler.reserve(control)
    with pytest.raises(QueueFull):
        scheduler.reserve(JobControl())
    with pytest.raises(Cancelled):
        await anext(scheduler.run(lambda: counting(1), controls[0]))


async def test_leaving_the_stream_stops_the_work_and_closes_its_generator(scheduler: Scheduler):
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    async with aclosing(scheduler.run(endless, JobControl())) as stream:
        async for _ in stream:
            break
    assert await asyncio.to_thread(closed.wait, 5)
    assert scheduler.n_running == 0


async def test_a_native_call_under_way_is_aborted_by_cancel(scheduler: Scheduler):
    held, control = Held(), JobControl()

    def native() -> Iterator[str]:
        with control.aborting(held.let_go):
            held()
        control.checkpoint()
        yield "never"

    (job,) = await submitted(drain(scheduler, native, control))
    await held.has_begun.wait()
    control.cancel()
    with pytest.raises(Cancelled):
        await job


async def test_a_waiting_job_ends_at_once_when_cancelled(scheduler: Scheduler):
    held, control = Held(), JobControl()
    first, second = await submitted(drain(scheduler, held.steps), drain(scheduler, lambda: counting(3), control))
    await held.has_begun.wait()
    assert (scheduler.n_running, scheduler.n_waiting) == (1, 1)
    control.cancel()
    with pytest.raises(Cancelled):
        await second
    assert (scheduler.n_running, scheduler.n_waiting) == (1, 0)
    held.let_go()
    await first


async def test_a_job_past_its_deadline_fails_even_while_it_waits(scheduler: Scheduler):
    held = Held()
    (first,) = await submitted(drain(scheduler, held.steps))
    with pytest.raises(DeadlineExceeded):
        await drain(scheduler, lambda: counting(3), JobControl(deadline_s=0.05))
    held.let_go()
    await first


async def test_times_are_complete_when_a_result_and_the_end_are_handed_out(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
):
    control, now_s, handed_out = JobControl(), 0.0, list[float]()
    monkeypatch.setattr("app.engine.scheduling.time", SimpleNamespace(monotonic=lambda: now_s))
    loop = asyncio.get_running_loop()
    hand_out = loop.call_soon_threadsafe

    def watched(*args: Any) -> Any:
        handed_out.append(control.times.compute_s)
        return hand_out(*args)

    def steps() -> Iterator[int]:
        nonlocal now_s
        for n in range(2):
            now_s += 1
            yield n
        now_s += 1

    monkeypatch.setattr(loop, "call_soon_threadsafe", watched)
    assert [x async for x in scheduler.run(steps, control)] == [0, 1]
    assert handed_out == [1, 2, 3]


async def test_the_time_a_job_waited_is_that_before_its_first_step(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
):
    held, now_s, control = Held(), 100.0, JobControl()
    monkeypatch.setattr("app.engine.scheduling.time", SimpleNamespace(monotonic=lambda: now_s))
    jobs = await submitted(drain(scheduler, held.steps), drain(scheduler, lambda: counting(2), control))
    await held.has_begun.wait()
    now_s += 7
    held.let_go()
    await asyncio.gather(*jobs)
    assert control.times.queued_s == 7


async def test_steps_see_the_context_of_who_asked_for_the_job(scheduler: Scheduler):
    variable: ContextVar[str] = ContextVar("variable", default="nobody")
    closed_by: list[str] = []

    def steps() -> Iterator[str]:
        try:
            while True:
                yield variable.get()
        finally:
            closed_by.append(variable.get())

    variable.set("one")
    stream = scheduler.run(steps, JobControl())
    assert await anext(stream) == "one"
    variable.set("two")
    assert await anext(stream) == "one"
    await stream.aclose()
    await asyncio.to_thread(scheduler.close, 5.0)
    assert closed_by == ["one"]


async def test_after_close_new_jobs_are_refused_and_running_ones_stop():
    scheduler, control, started = Scheduler(workers=1, max_jobs=2), JobControl(), threading.Event()

    def endless() -> Iterator[int]:
        started.set()
        while True:
            control.checkpoint()
            yield 1

    (job,) = await submitted(drain(scheduler, endless, control))
    await asyncio.to_thread(started.wait, 5)
    await asyncio.to_thread(scheduler.close, 5.0)
    with pytest.raises(NotReady):
        await job
    with pytest.raises(NotReady):
        await collected(scheduler, 1)


# ---- callers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result counts alike, however long this machine takes over it."""
    monkeypatch.setattr(turns, "SLICE_S", 3600.0)


@pytest.mark.usefixtures("long_slices")
async def test_callers_take_turns_however_many_jobs_one_has(scheduler: Scheduler):
    held, order = Held(), list[str]()

    def noted(name: str) -> Iterator[str]:
        for _ in range(2):
            order.append(name)
            yield name

    def job(name: str, caller: str) -> Coroutine[Any, Any, None]:
        return drain(scheduler, lambda: noted(name), JobControl(caller=caller))

    blocking = asyncio.create_task(drain(scheduler, held.steps))
    await held.has_begun.wait()
    tasks = await submitted(job("a1", "a"), job("b", "b"))
    held.let_go()
    await asyncio.gather(blocking, *tasks)
    assert order == ["a1", "b", "a1", "b"]


@pytest.mark.usefixtures("long_slices")
async def test_turns_go_round_callers_and_then_round_the_jobs_of_each():
    scheduler, held, order = Scheduler(workers=1, max_jobs=12), Held(), list[str]()

    def noted(name: str) -> Iterator[str]:
        for _ in range(2):
            order.append(name)
            yield name

    blocking = asyncio.create_task(drain(scheduler, held.steps))
    await held.has_begun.wait()
    names = [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")]
    tasks = await submitted(*(drain(scheduler, lambda n=n: noted(n), JobControl(caller=c)) for n, c in names))
    held.let_go()
    await asyncio.gather(blocking, *tasks)
    scheduler.close(wait_s=5)
    assert order == ["a1", "b1", "a2", "b1", "a3", "a1", "a2", "a3"]


def served(ready: turns.Turns[scheduling._Job], seconds: dict[str, float], n: int) -> str:
    """The callers of the next results, each of whose jobs goes on and takes so long a result."""
    callers = ""
    for _ in range(n):
        job = ready.next()
        callers += job.control.caller
        ready.note_used(job.control.caller, seconds[job.control.caller])
        ready.add(job)
    return callers


def job_of(caller: str) -> scheduling._Job:
    return scheduling._Job(iter(()), JobControl(caller=caller), lambda _: None, lambda: None, 0.0)


def test_who_has_used_least_of_the_workers_time_comes_first():
    ready, slice_s = turns.Turns[scheduling._Job](), turns.SLICE_S
    for caller in "llp":
        ready.add(job_of(caller))
    assert served(ready, {"l": 4 * slice_s, "p": slice_s}, 7) == "lpppplp"


def test_time_that_was_not_used_is_not_saved_up():
    ready, slice_s = turns.Turns[scheduling._Job](), turns.SLICE_S
    ready.add(job_of("a"))
    served(ready, {"a": slice_s}, 20)
    ready.add(job_of("b"))
    assert served(ready, {"a": slice_s, "b": slice_s}, 4) == "abab"
    taken = ready.next()
    ready.leave(taken.control.caller)
    other = {"a": "b", "b": "a"}[taken.control.caller]
    served(ready, {other: slice_s}, 20)
    ready.add(taken)
    assert sorted(served(ready, {"a": slice_s, "b": slice_s}, 6)) == ["a"] * 3 + ["b"] * 3


def test_one_caller_takes_a_share_of_the_places_and_leaves_one_for_who_comes_next():
    scheduler = Scheduler(workers=1, max_jobs=12)

    def reserved(caller: str) -> int:
        n = 0
        try:
            while True:
                scheduler.reserve(JobControl(caller=caller))
                n += 1
        except ShareTaken:
            return n

    assert [reserved(caller) for caller in ("a", "b")] == [6, 4]
    scheduler.reserve(JobControl(caller="c"))
    scheduler.close(wait_s=5)


async def test_a_job_that_gave_its_last_result_leaves_without_another_turn(scheduler: Scheduler):
    held, other, control = Held(), Held(), JobControl()

    def last() -> Iterator[str]:
        control.give_last()
        yield "last"

    blocking = asyncio.create_task(drain(scheduler, held.steps))
    await held.has_begun.wait()
    first, second = await submitted(drain(scheduler, last, control), drain(scheduler, other.steps))
    held.let_go()
    await first  # though the other's step has not ended
    assert not second.done()
    other.let_go()
    await asyncio.gather(blocking, second)


# ---- slow readers ---------------------------------------------------------------------------------------------------


class Pieces:
    """Steps that give pieces of sound as large as half of what may wait unread, and count them."""

    def __init__(self, n: int) -> None:
        self.n, self.n_made = n, 0

    def __call__(self) -> Iterator[Audio]:
        for _ in range(self.n):
            self.n_made += 1
            yield Audio(np.zeros(MAX_UNREAD_BYTES // 8, np.float32), 24000)


async def test_a_job_pauses_until_its_results_are_read(scheduler: Scheduler):
    pieces = Pieces(9)
    async with aclosing(scheduler.run(pieces, JobControl())) as results:
        await anext(results)
        await collected(scheduler, 1)  # the worker does other things meanwhile
        assert pieces.n_made <= 4
        assert scheduler.n_running == 1
        assert len([piece async for piece in results]) == 8
    assert pieces.n_made == 9


async def test_a_job_whose_results_nobody_reads_is_given_up(scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scheduling, "UNREAD_S", 0.01)
    pieces = Pieces(9)
    async with aclosing(scheduler.run(pieces, JobControl())) as results:
        await anext(results)
        await until(lambda: scheduler.n_running == 0, "the end of the job")
        assert pieces.n_made < 9
        with pytest.raises(Cancelled):
            async for _ in results:
                pass


async def test_a_paused_job_ends_at_once_when_it_is_stopped(scheduler: Scheduler):
    control = JobControl()
    results = scheduler.run(Pieces(9), control)
    await anext(results)
    await collected(scheduler, 1)
    control.cancel()
    assert scheduler.n_running == 0
    await results.aclose()


# ---- lent workers --------------------------------------------------------------------------------------------------


async def test_a_job_that_waits_lends_its_worker_and_goes_on_before_others(scheduler: Scheduler):
    arrived, order = threading.Event(), list[str]()
    control = JobControl()

    def waiting() -> Iterator[int]:
        with control.waiting():
            arrived.wait(5)
        order.append("waiting")
        yield 1

    def busy(name: str) -> Iterator[int]:
        order.append(name)
        arrived.set()
        yield 1

    await asyncio.gather(
        drain(scheduler, waiting, control),
        drain(scheduler, lambda: busy("first")),
        drain(scheduler, lambda: busy("second")),
    )
    assert order[0] == "first"
    assert sorted(order) == ["first", "second", "waiting"]
    assert control.times.compute_s > 0


async def test_no_more_jobs_compute_than_there_are_workers_however_many_wait(scheduler: Scheduler):
    n_computing, most, lock = 0, 0, threading.Lock()

    def job(control: JobControl) -> Iterator[int]:
        nonlocal n_computing, most
        for n in range(20):
            with control.waiting():
                threading.Event().wait(0.001)
            with lock:
                n_computing += 1
                most = max(most, n_computing)
            threading.Event().wait(0.001)
            with lock:
                n_computing -= 1
            yield n

    controls = [JobControl() for _ in range(3)]
    await asyncio.gather(*(drain(scheduler, lambda c=control: job(c), control) for control in controls))  # type: ignore[misc]
    assert most == 1
    await until(lambda: len(scheduler._threads) <= 2, "threads that nobody needs to end")


async def test_a_job_that_waits_ends_without_a_worker_when_it_is_cancelled(scheduler: Scheduler):
    control, is_waiting, release = JobControl(), threading.Event(), threading.Event()

    def waiting() -> Iterator[int]:
        with control.waiting():
            is_waiting.set()
            while not control.is_stopped:
                threading.Event().wait(0.005)
        control.checkpoint()
        yield 1

    def long() -> Iterator[int]:
        release.wait(5)
        yield 1

    first = asyncio.create_task(drain(scheduler, waiting, control))
    await asyncio.to_thread(is_waiting.wait, 5)
    second = asyncio.create_task(drain(scheduler, long))
    control.cancel()
    with pytest.raises(Cancelled):
        await asyncio.wait_for(first, 2)
    release.set()
    await second


async def test_what_others_compute_for_a_job_is_its_cost_but_not_its_workers_time(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
):
    used: list[float] = []
    monkeypatch.setattr(scheduler._ready, "note_used", lambda _, seconds: used.append(seconds))
    control = JobControl()

    def steps() -> Iterator[int]:
        with control.waiting():
            threading.Event().wait(0.2)
        yield 1

    await drain(scheduler, steps, control)
    assert control.times.compute_s >= 0.2
    assert sum(used) < 0.15
