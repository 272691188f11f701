"""Jobs of the page: they run steps and tell, a few times a second, how far they are."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from app import logs
from app.engine.job import JobControl, Progress
from app.studio.session import Session
from app.studio.studio import Made, expected_s
from app.studio.takes import Step, Take
from app.ui.desk import Desk
from app.ui.markup import alert, say
from app.ui.words import WORDS, Word, task_key

T = TypeVar("T")
Plan = tuple[Session, Take, Sequence[Step]]
Told = tuple[dict[str, Any], dict[str, Any] | None]  # the progress, and what the player plays meanwhile

TICK_S = 0.3
FIRST_GUESS = {"clone": 1.0}  # compute seconds per second of sound, before any job has ended
FIRST_GUESS_OF_EDITS = 0.2
LEARNING = 0.3


class Jobs:
    """Runs plans. It learns how fast this machine is, for the time left."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rates: dict[str, float] = {}

    async def run(self, planned: Callable[[], Awaitable[Plan]]) -> AsyncIterator[Told]:
        """Make the takes of a plan. Failures are told as progress. Closing it stops the job."""
        began = time.monotonic()
        try:
            session, take, steps = await planned()
            yield _working(say("step_preparing"), 0.0), None
            while not await self._desk.ready():
                yield _working(say("state_loading"), 0.0), None
            for n, step in enumerate(steps):
                made: Take | None = None
                async with aclosing(self._make(session, take, step)) as updates:
                    async for update in updates:
                        if isinstance(update, Take):
                            made = update
                            continue
                        progress, sound = update
                        yield _nth(progress, n, len(steps)), sound
                take = made or take
        except Exception as error:  # noqa: BLE001 - told to the user; bugs are logged there
            yield {"state": "error", "html": alert(self._desk.told(error))}, None
            return
        took = f"{time.monotonic() - began:.1f}"
        yield {"state": "done", "html": say("state_done", s=f"{take.duration_s:.1f}", took=took)}, None

    async def _make(self, session: Session, parent: Take, step: Step) -> AsyncGenerator[Told | Take, None]:
        seen = Progress(0.0, "preparing")

        def look(progress: Progress) -> None:
            nonlocal seen
            seen = progress

        logs.request_id.set(f"page_{uuid.uuid4().hex}")  # Gradio's own task runs this, outside the request that asked
        control = JobControl(deadline_s=self._desk.settings.job_timeout_s, on_progress=look)
        rate = self._rates.get(step.task, FIRST_GUESS.get(step.task, FIRST_GUESS_OF_EDITS))
        total_s = max(0.5, rate * expected_s(step, parent))
        name, sound = self._desk.live.open()
        began: float | None = None
        try:
            async with aclosing(_ticking(self._desk.studio.make(session, parent, step, control))) as items:
                async for item in items:
                    if isinstance(item, Made):
                        self._learn(step.task, item.take)
                        yield item.take
                        return
                    position = self._desk.engine.queue_position(control)
                    if position:
                        yield _working(say("state_queued", position=position), 0.0), None
                        continue
                    began = began or time.monotonic()
                    playing = None
                    if item is not None:
                        await sound.put(item)
                        playing = {"live": f"./page/live/{name}.mp3"} if step.task == "clone" else None
                    elapsed_s = time.monotonic() - began
                    share = max(seen.share, min(0.95, elapsed_s / total_s))
                    left_s = elapsed_s * (1 - share) / share if seen.share else total_s - elapsed_s
                    yield _working(_step_words(seen.step, share, left_s), share), playing
        finally:
            await sound.end()

    def _learn(self, task: str, take: Take) -> None:
        if take.real_time_factor is not None:
            old = self._rates.get(task, take.real_time_factor)
            self._rates[task] = old + LEARNING * (take.real_time_factor - old)


async def _ticking(source: AsyncGenerator[T, None]) -> AsyncGenerator[T | None, None]:
    """The items of the source, and None whenever none came for a tick."""
    waiting: asyncio.Future[T] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({waiting}, timeout=TICK_S)
            if not done:
                yield None
                continue
            try:
                item = waiting.result()
            except StopAsyncIteration:
                return
            finally:
                waiting = None
            yield item
    finally:
        if waiting is not None:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await waiting
        await source.aclose()


def _step_words(step: str, share: float, left_s: float) -> str:
    keys = (f"step_{step}", task_key(step), "step_preparing")
    key = next(key for key in keys if key in WORDS)
    shown = say("state_working", step=Word(key), percent=round(100 * share))
    return f"{shown}, {say('state_left', s=round(left_s))}" if left_s >= 1 else shown


def _working(html: str, share: float) -> dict[str, Any]:
    return {"state": "working", "html": html, "share": round(share, 3)}


def _nth(progress: dict[str, Any], n: int, total: int) -> dict[str, Any]:
    """The same progress as that of one step of several."""
    if total == 1 or progress["state"] != "working":
        return progress
    html = f"{say('step_of', n=n + 1, total=total)}: {progress['html']}"
    return progress | {"html": html, "share": (n + progress["share"]) / total}
