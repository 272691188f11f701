"""Desk: what every panel needs - the studio, the limits, and the session of whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

import gradio as gr
from starlette.requests import HTTPConnection

from app import logs
from app.access.access import Access
from app.access.allowance import new_control
from app.access.keys import Key
from app.access.sessions import COOKIE, SessionCookies
from app.bodies import BodyRoom
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError, NoSession, UnknownSession
from app.engine.job import JobControl, Progress
from app.engine.sound.decoding import DecodeLimits
from app.engine.sound.encoding import FileTags
from app.logs import RecentLines
from app.settings import Settings
from app.studio.session import Session
from app.studio.studio import Studio
from app.studio.takes import Take
from app.ui.listening import Listening
from app.ui.live import LiveSounds
from app.ui.messages import Mistake, told
from app.ui.presence import Presence

# Which key the one who is served signed in with: a handler and the jobs that it starts share a context.
_key: ContextVar[Key | None] = ContextVar("key", default=None)


@dataclass(frozen=True)
class Desk:
    """One for the whole page; it holds nothing of any user."""

    studio: Studio
    settings: Settings
    decode_limits: DecodeLimits  # what a recording may be; shared with the API
    access: Access
    bodies: BodyRoom  # shared with the API, too
    lines: RecentLines = field(default_factory=RecentLines)
    live: LiveSounds = field(default_factory=LiveSounds)
    presence: Presence = field(default_factory=Presence)
    listening: Listening = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "listening", Listening(self.studio, self.presence.is_there))

    @property
    def engine(self) -> EditXEngine:
        """The engine of the studio."""
        return self.studio.engine

    @property
    def tags(self) -> FileTags:
        """What files of speech that was made here say of themselves."""
        return FileTags.of_speech(self.settings.mark)

    @property
    def sessions(self) -> SessionCookies:
        """What gives out and recognises cookies of sessions."""
        return SessionCookies(self.access.signer)

    def session_of(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of these cookies, whose lines in the log are its own from now on; None without one of ours.

        Whether the key that is signed in may open it was judged by the shell (`keeps_open`).
        """
        session_id = self.sessions.public_id(cookies.get(COOKIE, ""))
        if session_id is None:
            return None
        key = self.access.by_cookie(cookies)
        _key.set(key)
        logs.owner.set(session_id)  # Gradio's own tasks run handlers, outside the request that asked
        session = self.studio.store.session(session_id)
        session.opened_by = key.name if key is not None else ""
        return session

    async def opens(self, session_id: str, cookies: Mapping[str, str]) -> bool:
        """Whether the browser that has these cookies may open a session by its id: with keys, its own key's alone."""
        key = self.access.by_cookie(cookies)
        try:
            session = await self.studio.open(session_id, key.name if key is not None else "")
            if session.is_visit_news:
                await self.engine.files.run(session.note_visit)
        except (UnknownSession, NoSession):
            return False
        return True

    def keeps_house(self, request: gr.Request) -> bool:
        """Whether who asks may delete voices that nobody owns."""
        return self.access.keeps_house(self.access.by_cookie(dict(request.cookies)))

    async def keeps_open(self, session_id: str, cookies: Mapping[str, str]) -> bool:
        """Whether a browser's own session is still its own: not once another key signs in, or none."""
        key = self.access.by_cookie(cookies)
        session, name = self.studio.store.session(session_id), key.name if key is not None else ""
        try:
            is_own = await self.studio.is_opened_by(session, name)
            if is_own and session.is_visit_news:
                await self.engine.files.run(session.note_visit)
            return is_own
        except EngineError:  # a disk that takes nothing, a service that stops
            return session.owner in ("", name)

    def is_shut_out(self, connection: HTTPConnection) -> bool:
        """Whether a request for the page shows no key where one is needed, so that nothing of the page answers it."""
        if self.settings.public_page or not self.access.keys.is_needed or "authorization" in connection.headers:
            return False
        return self.access.by_cookie(connection.cookies) is None

    def is_there(self, cookies: Mapping[str, str]) -> bool:
        """Whether the browser that has these cookies is still there; false for one without a session of ours."""
        session_id = self.sessions.public_id(cookies.get(COOKIE, ""))
        return session_id is not None and self.presence.is_there(session_id)

    def session(self, request: gr.Request) -> Session:
        """The session of the request's cookie; touches no file. Raises Mistake without one."""
        session = self.session_of(dict(request.cookies))
        if session is None:
            raise Mistake("error_no_cookie")
        return session

    async def current(self, request: gr.Request) -> tuple[Session, Take]:
        """The session and the take it stands on. Raises Mistake if there is none."""
        session = self.session(request)
        tree = await self.studio.tree(session)
        if tree.audible is None:
            raise Mistake("error_no_take")
        return session, tree.audible

    async def voice(self, request: gr.Request) -> tuple[Session, Take]:
        """The session and the take whose voice clones speak in. Raises Mistake if there is none."""
        session = self.session(request)
        tree = await self.studio.tree(session)
        if tree.voice is None:
            raise Mistake("error_no_voice", "voice")
        return session, tree.voice

    async def ready(self) -> bool:
        """Wait a moment for a loading engine; true once there is nothing to wait for."""
        if not self.engine.is_loading:
            return True
        await asyncio.sleep(0.3)
        return False

    def control(self, session: Session, on_progress: Callable[[Progress], None] | None = None) -> JobControl:
        """The control of a job that starts now. Sessions take turns, or keys. Raises AllowanceSpent."""
        return new_control(
            self.access,
            _key.get(),
            limit_s=self.settings.job_timeout_s,
            caller=f"session {session.id}",
            on_progress=on_progress,
        )

    def told(self, error: BaseException) -> str:
        """A failure in the page's words."""
        return told(error)
