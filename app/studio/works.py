"""Works: takes under way. Each is made by a task of its own, whoever asked for it, and found by the id of its take.

A take that was queued is made, come what may: its lease, a file beside its session, says which process makes it, and
one whose process was killed is taken up by another process, or by the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import ParamSpec

from app.engine.engine import EditXEngine
from app.engine.errors import EngineError, NotReady, ParentFailed, TooManyUnfinished, UnknownTake
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, joined
from app.files import Lease
from app.studio.failures import Failure
from app.studio.making import RETRY_S, Begin, Played, Spoken, play, with_place, words_after
from app.studio.session import Ending, Session
from app.studio.takes import Step, Take

logger = logging.getLogger(__name__)

P = ParamSpec("P")
MAX_UNFINISHED = 20  # takes of one session that wait or are being made


@dataclass(slots=True, eq=False)
class Work:
    """One take under way. `control` is that of the step being made; None while it waits for its parent or a place."""

    session: Session
    take: Take
    lease: Lease
    begin: Begin
    control: JobControl | None = None
    task: asyncio.Task[None] | None = None
    pieces: list[Audio] = field(default_factory=list)  # of the last step: what can be heard so far
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        """Whether the take is made, or never will be."""
        return self.task is not None and self.task.done()

    def put(self, piece: Audio) -> None:
        """There is more to hear."""
        self.pieces.append(piece)
        self.tell()

    async def sound(self) -> AsyncGenerator[Audio, None]:
        """All pieces, while they are made. Ends when the work does, however that ends."""
        n_heard = 0
        while True:
            for piece in self.pieces[n_heard:]:
                n_heard += 1
                yield piece
            if self.is_over and n_heard == len(self.pieces):
                return
            if n_heard == len(self.pieces):
                await self._news.wait()

    async def end(self, within_s: float | None = None) -> bool:
        """Wait until the take is made, or never will be; whether that came in time."""
        assert self.task is not None
        done, _ = await asyncio.wait({self.task}, timeout=within_s)
        return bool(done)

    def tell(self) -> None:
        """Wake whoever waits for news."""
        news, self._news = self._news, asyncio.Event()
        news.set()


class Works:
    """All takes that this process makes. Its methods are for the event loop."""

    def __init__(self, engine: EditXEngine) -> None:
        self._engine = engine
        self._works: dict[str, Work] = {}

    def of(self, take_id: str) -> Work | None:
        """The work that makes a take; None where this process does not make it, or not any more."""
        return self._works.get(take_id)

    def all_of(self, session: Session) -> list[Work]:
        """The works of one session."""
        return [work for work in self._works.values() if work.session is session]

    async def queue(
        self,
        session: Session,
        parent: Take,
        plans: Sequence[tuple[Step, ...]],
        begin: Begin,
        *,
        name: str = "",
        expected: int | None = None,
    ) -> list[Work]:
        """Put a take into the session for each plan, and begin to make them.

        One whose parent can be heard has its place in the queue at once, or none is made. Raises QueueFull, NotReady,
        and as `Session.queue`.
        """
        if len(self.all_of(session)) + len(plans) > MAX_UNFINISHED:
            raise TooManyUnfinished(MAX_UNFINISHED, RETRY_S)
        controls: list[JobControl] = []
        try:
            for _ in plans if parent.has_sound else ():
                controls.append(begin())
                self._engine.reserve(controls[-1])
            queued = await self._engine.files.run(session.queue, plans, parent.id, name, expected)
        except BaseException:
            for control in controls:
                control.cancel()
            raise
        works = [Work(session, take, lease, begin) for take, lease in queued]
        for work, first in zip_longest(works, controls):
            work.control = first
            self._start(work)
        return works

    def resume(self, session: Session, take: Take, lease: Lease, begin: Begin) -> None:
        """Make a take whose process was killed."""
        logger.info("a take is taken up again session=%s take=%s", session.id, take.id)
        self._start(Work(session, take, lease, begin))

    async def cut_short(self, work: Work) -> None:
        """Stop it, and keep what could be heard. Raises StorageFailed."""
        await self._stop(work)
        if not work.pieces:
            await self._end(work, work.session.fail, work.take.id, None)
            return
        ending = Ending(finish_reason="cut_short", state="cancelled")
        words = words_after(work.take.steps[-1], "")
        await self._end(work, work.session.complete, work.take.id, joined(work.pieces), words, "", ending)

    async def drop(self, work: Work) -> None:
        """Stop it, and keep nothing. Raises StorageFailed."""
        await self._stop(work)
        await self._end(work, work.session.fail, work.take.id, None)

    async def close(self) -> None:
        """Leave all takes, as they are, to the next start."""
        for work in list(self._works.values()):
            await self._stop(work)

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _start(self, work: Work) -> None:
        self._works[work.take.id] = work
        work.task = asyncio.create_task(self._make(work))
        work.task.add_done_callback(lambda _: work.tell())

    async def _stop(self, work: Work) -> None:
        assert work.task is not None
        if work.control is not None:
            work.control.cancel()
        work.task.cancel()
        await asyncio.wait({work.task})

    async def _end(self, work: Work, keep: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Keep how the work ended, unless its take has ended or gone meanwhile. Raises StorageFailed, SessionTooNew."""
        with contextlib.suppress(UnknownTake):
            await self._engine.media.run_admitted(keep, *args, **kwargs)
        await self._engine.files.run_admitted(work.lease.end)

    async def _make(self, work: Work) -> None:
        take_id, fail = work.take.id, work.session.fail
        try:
            try:
                await self._made(work)
            except NotReady:
                return  # the service stops: the next start makes it
            except UnknownTake:
                pass  # it was taken back, and then something else was done: nobody can see it any more
            except EngineError as error:
                logger.info("a take was not made session=%s take=%s: %s", work.session.id, take_id, error)
                await self._end(work, fail, take_id, Failure.of(error))
            except Exception:
                logger.exception("a take was not made")
                await self._end(work, fail, take_id, Failure.of(EngineError()))
            await self._engine.files.run_admitted(work.lease.end)
        except (EngineError, OSError) as fault:
            logger.error("the end of a take could not be kept: %s", fault)
        finally:
            work.lease.release()
            del self._works[take_id]

    async def _made(self, work: Work) -> None:
        """Make the take and keep it. Raises what the engine raises, UnknownTake, StorageFailed."""
        engine, session = self._engine, work.session
        source = await self._source(work)
        work.control = work.control or await with_place(engine, work.begin)

        def begin() -> JobControl:
            work.control = work.begin()
            return work.control

        async with aclosing(play(engine, source, work.take.steps, work.control, begin)) as items:
            async for item in items:
                if isinstance(item, Played):
                    made = item.spoken
                    await engine.media.run_admitted(
                        session.complete, work.take.id, made.audio, made.transcript, made.language, item.ending
                    )
                else:
                    work.put(item)

    async def _source(self, work: Work) -> Spoken:
        """What the take is made from, once it is there. Raises ParentFailed, UnknownTake."""
        parent_id = work.take.parent_id or ""
        while True:
            parent = (await self._engine.files.run_admitted(work.session.tree)).anywhere(parent_id)
            if parent is None:
                raise UnknownTake
            if parent.has_sound:
                break
            if parent.state != "queued":
                raise ParentFailed
            making = self.of(parent_id)
            await (making.end() if making is not None else asyncio.sleep(RETRY_S))  # another process may make it
        audio = await self._engine.media.run_admitted(work.session.audio, parent_id)
        return Spoken(audio, parent.transcript, parent.language)
