"""Single calls wait in a queue that ends, and leave it with their caller."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar

import pytest

from app.engine.errors import NotReady, QueueFull
from app.engine.executors import BoundedExecutor, in_own_thread
from tests.waiting import Held


@pytest.fixture
async def executor() -> AsyncIterator[BoundedExecutor]:
    made = BoundedExecutor("test", threads=1, max_waiting=2)
    yield made
    await made.close(wait_s=5)


async def test_a_call_answers_what_its_function_returns_from_a_thread_of_that_name(executor: BoundedExecutor):
    def described(a: int, *, b: int) -> tuple[int, str]:
        return a + b, threading.current_thread().name

    assert await executor.run(described, 1, b=2) == (3, "editx-test-1")


async def test_an_error_of_a_call_is_raised_where_it_is_awaited(executor: BoundedExecutor):
    with pytest.raises(ZeroDivisionError):
        await executor.run(divmod, 1, 0)
    assert await executor.run(divmod, 1, 1) == (1, 0), "the thread lives on"


async def test_a_call_sees_the_context_of_its_caller(executor: BoundedExecutor):
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("the caller's")
    assert await executor.run(variable.get) == "the caller's"


async def test_a_full_executor_refuses_at_once_but_takes_steps_of_admitted_jobs_first(executor: BoundedExecutor):
    held, order = Held(), []
    calls = [asyncio.create_task(executor.run(held))]
    await held.has_begun.wait()
    calls += [asyncio.create_task(executor.run(order.append, n)) for n in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull) as refusal:
        await executor.run(order.append, 3)
    assert refusal.value.retry_after_s >= 1
    calls += [asyncio.create_task(executor.run_admitted(order.append, n)) for n in (-2, -1, 0)]
    await asyncio.sleep(0)
    held.let_go()
    await asyncio.gather(*calls)
    assert order == [-2, -1, 0, 1, 2], "each kind in the order in which its calls came"


async def test_a_call_is_forgotten_without_its_clip_being_written_out(executor: BoundedExecutor):
    class Clip:
        def __repr__(self) -> str:
            raise AssertionError("megabytes")

    clip = Clip()
    assert await executor.run(lambda x: x, clip) is clip


async def test_a_caller_who_leaves_takes_the_waiting_call_along(executor: BoundedExecutor):
    held, ran = Held(), []
    first = asyncio.create_task(executor.run(held))
    await held.has_begun.wait()
    second = asyncio.create_task(executor.run(ran.append, 1))
    await asyncio.sleep(0)
    assert executor.n_waiting == 1
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert executor.n_waiting == 0
    held.let_go()
    assert await first == "held"
    assert ran == []


async def test_a_closed_executor_ends_what_waits_lets_run_what_runs_and_refuses_new_calls():
    executor = BoundedExecutor("test", threads=1, max_waiting=2)
    held = Held()
    running = asyncio.create_task(executor.run(held))
    await held.has_begun.wait()
    waiting = asyncio.create_task(executor.run(int))
    await asyncio.sleep(0)
    closing = asyncio.create_task(executor.close(wait_s=10))
    with pytest.raises(NotReady):
        await waiting
    held.let_go()
    await closing
    assert await running == "held"
    with pytest.raises(NotReady):
        await executor.run(int)


async def test_work_in_a_thread_of_its_own_answers_what_it_returns_or_raises():
    assert await asyncio.wrap_future(in_own_thread("alone", lambda: threading.current_thread().name)) == "editx-alone"
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(in_own_thread("alone", lambda: 1 // 0))


async def test_work_in_a_thread_of_its_own_goes_on_when_nobody_waits_for_it_any_more():
    go = threading.Event()
    outcome = in_own_thread("alone", lambda: go.wait(5))
    waiting = asyncio.ensure_future(asyncio.wrap_future(outcome))
    await asyncio.sleep(0)
    waiting.cancel()
    go.set()
    assert outcome.result(5) is True
