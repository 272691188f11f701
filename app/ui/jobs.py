"""Jobs of the page: they run steps and tell, a few times a second, how far they are."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from itertools import count
from typing import Any, TypeVar

from app import logs
from app.engine.job import JobControl, Progress
from app.engine.sound.audio import Audio
from app.studio.making import Begin, expected_s
from app.studio.session import Session
from app.studio.studio import Made
from app.studio.takes import Step, Take
from app.ui.desk import Desk
from app.ui.live import LiveSound
from app.ui.markup import alert, say
from app.ui.words import WORDS, Word, task_key

T = TypeVar("T")
Chain = tuple[Session, Take, Sequence[tuple[Step, ...]]]  # the steps of each take, which is made from the one before
Told = tuple[dict[str, Any], dict[str, Any] | None]  # the progress, and what the player plays meanwhile

NO_FIELDS: Mapping[str, str] = {}
TICK_S = 0.3
FIRST_GUESS = {"clone": 1.0}  # compute seconds per second of sound, before any job has ended
FIRST_GUESS_OF_EDITS = 0.2
LEARNING = 0.3


class Jobs:
    """Runs plans. It learns how fast this machine is, for the time left."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rates: dict[str, float] = {}
        self._numbers = count(1)

    async def run(
        self, planned: Callable[[], Awaitable[Chain]], fields: Mapping[str, str] = NO_FIELDS
    ) -> AsyncIterator[Told]:
        """Make the takes of a plan. Failures are told as progress. Closing it stops the job.

        `fields` are the elements where what is wrong with a parameter is told.
        All that is told carries the job's number: the page leaves out what still comes of one that it has cancelled.
        """
        logs.name_request("page")
        number = next(self._numbers)
        async with aclosing(self._told(planned, fields)) as updates:
            async for progress, playing in updates:
                yield progress | {"job": number}, playing

    async def _told(
        self, planned: Callable[[], Awaitable[Chain]], fields: Mapping[str, str]
    ) -> AsyncGenerator[Told, None]:
        began = time.monotonic()
        duration_s = 0.0
        try:
            plan = await planned()
            yield _working(say("step_preparing"), 0.0), None
            while not await self._desk.ready():
                yield _working(say("state_loading"), 0.0), None
            async with aclosing(self._make(plan)) as updates:
                async for update in updates:
                    if isinstance(update, Take):
                        duration_s = update.duration_s
                    else:
                        yield update
        except Exception as error:  # noqa: BLE001 - told to the user; bugs are logged there
            param = (getattr(error, "param", None) or "").rpartition(".")[2]
            told = {"state": "error", "html": alert(self._desk.told(error))}
            yield told | ({"field": fields[param]} if param in fields else {}), None
            return
        took = f"{time.monotonic() - began:.1f}"
        yield {"state": "done", "html": say("state_done", s=f"{duration_s:.1f}", took=took)}, None

    async def _make(self, plan: Chain) -> AsyncGenerator[Told | Take, None]:
        """What is told of each step, and each take that was made."""
        session, source, plans = plan
        begun: list[_Running] = []

        def begin(steps: tuple[Step, ...], parent: Take) -> Begin:
            expected = sum(self._rate_of(step) * expected_s(step, parent) for step in steps)
            begun.append(_Running(self._desk, session, steps[-1], expected))
            return begun[-1].begin

        try:
            async with aclosing(_ticking(self._desk.studio.run(session, source, plans, begin))) as items:
                async for item in items:
                    if not begun:  # the chain is looked through before its first job
                        yield _working(say("step_preparing"), 0.0), None
                        continue
                    running = begun[-1]
                    if isinstance(item, Made):
                        await running.end()
                        self._learn(running.step.task, item.take)
                        yield item.take
                    else:
                        progress, playing = await running.told(item)
                        yield _nth(progress, len(begun) - 1, len(plans)), playing
        finally:
            for running in begun[-1:]:
                running.stop()

    def _rate_of(self, step: Step) -> float:
        return self._rates.get(step.task, FIRST_GUESS.get(step.task, FIRST_GUESS_OF_EDITS))

    def _learn(self, task: str, take: Take) -> None:
        if take.real_time_factor is not None:
            old = self._rates.get(task, take.real_time_factor)
            self._rates[task] = old + LEARNING * (take.real_time_factor - old)


class _Running:
    """One step under way, and what is told of it; `expected_s` of computing is a guess."""

    def __init__(self, desk: Desk, session: Session, step: Step, expected_s: float) -> None:
        self.step = step
        self._desk, self._session = desk, session
        self._control: JobControl | None = None
        # An edit is heard when it is whole: the clip itself is heard already.
        self._sound: LiveSound | None = None
        if step.task == "clone":
            self._name, self._sound = desk.live.open(desk.engine.media)
        self._engine = desk.engine
        self._expected_s = max(0.5, expected_s)
        self._seen = Progress(0.0, "preparing")
        self._began: float | None = None

    def begin(self) -> JobControl:
        """The control of the next job that makes the take. Raises AllowanceSpent."""
        self._control = self._desk.control(self._session, self._look)
        return self._control

    async def told(self, piece: Audio | None) -> Told:
        """Where the step is now that this piece came, or None for a while."""
        if piece is None and self._began is None and not self._has_begun():
            position = self._engine.queue_position(self._control) if self._control is not None else 0
            return _working(say("state_queued", position=position) if position else say("step_preparing"), 0.0), None
        self._began = self._began or time.monotonic()
        elapsed_s = time.monotonic() - self._began
        share = max(self._seen.share, min(0.95, elapsed_s / self._expected_s))
        left_s = elapsed_s * (1 - share) / share if self._seen.share else self._expected_s - elapsed_s
        progress = _working(_step_words(self._seen.step, share, left_s), share)
        if piece is None or self._sound is None:
            return progress, None
        await self._sound.put(piece)
        return progress, {"live": f"./page/live/{self._name}.mp3"}

    async def end(self) -> None:
        """The step has made its take."""
        if self._sound is not None:
            await self._sound.end()

    def stop(self) -> None:
        """Nothing more will come; a sound that is not whole is given up."""
        if self._sound is not None and not self._sound.is_over:
            self._sound.drop()

    def _has_begun(self) -> bool:
        return self._control is not None and self._engine.has_begun(self._control)

    def _look(self, progress: Progress) -> None:
        self._seen = progress


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
