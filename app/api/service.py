"""What every route needs: the engine, the limits, the fetcher. Built once, found on the app."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from app import logs
from app.access.access import Access
from app.access.allowance import new_control
from app.access.keys import Key
from app.api.incoming.fetch import Fetcher
from app.api.kept_jobs import KeptJobs
from app.api.metrics import Metrics
from app.bodies import BodyRoom
from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.options import most_transcript_chars
from app.engine.sound.decoding import DecodeLimits
from app.engine.sound.encoding import FileTags
from app.logs import SCOPE_KEY
from app.settings import Settings
from app.studio.making import Begin
from app.studio.session import Session
from app.studio.studio import Studio

FIELDS_BYTES = 1024 * 1024  # for all that is not audio in a body
BODIES_IN_SUM = 4  # of the largest size: more that are under way at the same time are refused


@dataclass(frozen=True, slots=True)
class CharLimits:
    """The most characters of a text to be spoken, and of what is said in a recording."""

    text: int
    transcript: int


@dataclass(frozen=True, slots=True)
class Service:
    """The engine behind the routes, and what its settings allow a request."""

    engine: EditXEngine
    studio: Studio
    settings: Settings
    fetcher: Fetcher
    decode_limits: DecodeLimits
    bodies: BodyRoom
    access: Access
    metrics: Metrics
    kept_jobs: KeptJobs

    @classmethod
    def of(cls, studio: Studio, settings: Settings) -> Service:
        """The service of these settings."""
        fetcher = Fetcher(
            is_on=settings.allow_urls,
            allowed_hosts=settings.url_allowed_hosts,
            timeout_s=settings.url_timeout_s,
            max_bytes=settings.max_upload_bytes,
        )
        bodies = BodyRoom(BODIES_IN_SUM * (_in_base64(settings.max_upload_bytes) + FIELDS_BYTES))
        access, metrics = Access.from_settings(settings), Metrics(studio.engine)
        limits = DecodeLimits.from_settings(settings)
        return cls(studio.engine, studio, settings, fetcher, limits, bodies, access, metrics, KeptJobs())

    @property
    def file_body_bytes(self) -> int:
        """The most bytes of a form with one file."""
        return self.settings.max_upload_bytes + FIELDS_BYTES

    @property
    def max_transcript_chars(self) -> int:
        """The most characters of what is said in one recording."""
        return most_transcript_chars(self.settings.max_input_chars, self.settings.max_audio_s)

    @property
    def char_limits(self) -> CharLimits:
        """How long texts may be."""
        return CharLimits(self.settings.max_input_chars, self.max_transcript_chars)

    @property
    def document_bytes(self) -> int:
        """The most bytes of a JSON document with one file in base64."""
        return _in_base64(self.settings.max_upload_bytes) + FIELDS_BYTES

    def caller(self, request: HTTPConnection) -> str:
        """Who asks, for all that is shared out among callers: by the key where one is needed, else by the address."""
        key: Key | None = request.state.key
        if key is not None:
            return f"key {key.name}"
        return f"address {request.client.host}" if request.client else ""

    def reader(self, request: HTTPConnection) -> str:
        """Whose saved voices a request may name: its key's, else those of the session of its cookie."""
        key: Key | None = request.state.key
        session_id = request.scope.get(logs.OWNER_KEY, "")
        return f"key {key.name}" if key is not None else f"session {session_id}" if session_id else ""

    def new_control(self, request: HTTPConnection) -> JobControl:
        """The control of a job that starts now. Raises AllowanceSpent."""
        key: Key | None = request.state.key
        return new_control(self.access, key, limit_s=self.settings.job_timeout_s, caller=self.caller(request))

    def keep(self, request: HTTPConnection, control: JobControl) -> None:
        """Let the caller ask about the job of a request by the request's id."""
        self.kept_jobs.add(request.scope.get(SCOPE_KEY, ""), self.caller(request), control)

    def begin_of(self, request: HTTPConnection) -> Begin:
        """What begins further jobs of a request, also after it was answered."""
        key: Key | None = request.state.key
        return partial(new_control, self.access, key, limit_s=self.settings.job_timeout_s, caller=self.caller(request))

    def resumed(self, session: Session) -> JobControl:
        """The control of a job of a session whose process was killed. Raises AllowanceSpent."""
        key = self.access.keys.named(session.owner)
        limit_s = self.settings.job_timeout_s
        return new_control(self.access, key, limit_s=limit_s, caller=f"session {session.id}")

    def tags(self, *what: object) -> FileTags:
        """What the file of an answer says of itself; equal for equal `what`, such as seed and text."""
        digest = hashlib.blake2b(repr(what).encode("utf-8", "replace"), digest_size=4).digest()
        serial = int.from_bytes(digest) >> 1
        return FileTags.of_speech(self.settings.mark, serial)

    @contextmanager
    def place(self, control: JobControl) -> Iterator[None]:
        """Holds a place in the queue for the job, before a clip is read; an error inside gives it back.

        Raises QueueFull, NotReady at once.
        """
        try:
            self.engine.reserve(control)
            yield
        except BaseException:
            control.cancel()
            raise


def _in_base64(n_bytes: int) -> int:
    return -(-n_bytes // 3) * 4


async def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service_of)]
