"""Listening: recordings that nobody has written down are heard by Whisper, while somebody looks at their session.

One recording of a session after the other, the chosen voice first. What nobody wants any more, because the recording is
deleted or no tab of the session is open, is given up within LOOK_S.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable

from app import logs
from app.engine.errors import Cancelled, EngineError, QueueFull
from app.engine.job import JobControl
from app.studio.session import Session
from app.studio.studio import Studio
from app.studio.takes import Take, TakeTree
from app.ui.messages import Mistake

logger = logging.getLogger(__name__)

LOOK_S = 1.0  # how often it is asked whether the recording is still wanted
MAX_KNOWN = 1000  # recordings that were listened to, of all sessions


class Listening:
    """What Whisper listens to for the page. For the event loop only."""

    def __init__(self, studio: Studio, is_there: Callable[[str], bool]) -> None:
        """`is_there` says whether a tab of the session of an id is open."""
        self._studio = studio
        self._is_there = is_there
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by session
        self._heard: OrderedDict[str, Exception | None] = OrderedDict()  # recordings, and what went wrong

    def look(self, session: Session, tree: TakeTree, control: Callable[[], JobControl], *, is_ready: bool) -> None:
        """Begin to listen where there is something to write down and nobody listens yet."""
        if is_ready and session.id not in self._tasks and self._next(tree) is not None:
            task = asyncio.create_task(self._listen(session, control))
            self._tasks[session.id] = task
            task.add_done_callback(lambda _: self._tasks.pop(session.id, None))

    def waits(self, take: Take) -> bool:
        """Whether Whisper is to write the recording down, now or soon."""
        return take.step is None and take.has_sound and not take.transcript and take.id not in self._heard

    def failure(self, take: Take) -> Exception | None:
        """Why a recording was not written down."""
        return self._heard.get(take.id)

    def _next(self, tree: TakeTree) -> Take | None:
        recordings = [take for _, take in tree.rows() if self.waits(take)]
        voice = tree.voice
        return voice if voice in recordings else next(iter(recordings), None)

    async def _listen(self, session: Session, control: Callable[[], JobControl]) -> None:
        logs.name_request("page")
        while self._is_there(session.id):
            take = self._next(await self._studio.tree(session))
            if take is None:
                return
            try:
                await self._write_down(session, take, control())
                self._note(take, None)
            except Cancelled:
                continue  # a recording that was deleted may come back
            except QueueFull as full:
                await asyncio.sleep(min(LOOK_S, full.retry_after_s))
            except EngineError as error:
                self._note(take, error)
            except Exception:
                logger.exception("a recording could not be listened to")
                self._note(take, Mistake("error_internal"))

    async def _write_down(self, session: Session, take: Take, control: JobControl) -> None:
        """Raises NobodySpeaks, what the engine raises, and Cancelled where nobody wants it any more."""
        sound = await self._studio.sound(session, take.id)
        await self._studio.engine.examine_reference(sound, control, "recording")  # Whisper invents words for silence
        hearing = asyncio.create_task(self._studio.listen(session, take.id, control))
        try:
            while not (await asyncio.wait({hearing}, timeout=LOOK_S))[0]:
                tree = await self._studio.tree(session)
                if not self._is_there(session.id) or take.id not in {there.id for _, there in tree.rows()}:
                    control.cancel()
            await hearing
        finally:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError, EngineError):
                await hearing

    def _note(self, take: Take, error: Exception | None) -> None:
        self._heard[take.id] = error
        while len(self._heard) > MAX_KNOWN:
            self._heard.popitem(last=False)
