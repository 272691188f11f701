"""One conversation: fields first, then text in pieces; sound and events go back while the text is being written.

Two tasks share it: one reads messages, which wait for nothing, so that a cancellation is heard at once; the other
speaks clause after clause, each a job of its own that takes its turn in the queue like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.api.answers.scores import scores_of, scores_row
from app.api.answers.words import word_rows
from app.api.errors import FINAL, error_content, from_validation, status_of
from app.api.incoming.forms import parse_json
from app.api.incoming.sources import load
from app.api.live.waiting import Waiting
from app.api.models import require_model
from app.api.refusals import InternalError, InvalidJson, PeerIdle, RecordingNotStreamed, UnknownMessage
from app.api.schemas import MODEL_ID, SpeechRequest
from app.api.service import Service
from app.api.translate import Uploads, plan
from app.api.wording import worded
from app.engine.clauses import Clauses
from app.engine.content.words import Words
from app.engine.errors import Cancelled, EngineError
from app.engine.facts.fact import Note
from app.engine.job import JobControl
from app.engine.options import drawn_seed
from app.engine.requests import CloneRequest
from app.engine.sound.audio import Audio, joined
from app.engine.sound.encoding import MEDIA, StreamEncoder

logger = logging.getLogger(__name__)

IDLE_S = 60.0  # a peer that neither writes nor is spoken to is cut
SLOW_S = 10.0  # and one that does not take what it asked for
PAUSE_S = 0.4  # after an ended sentence, it is taken for one
LONG_PAUSE_S = 1.0  # and whatever waits is spoken
# Codes of closing: RFC 6455, section 7.4, and 1013 of its registry
ENDED, NO_MESSAGE, NOT_TAKEN, OUR_FAULT, TRY_LATER = 1000, 1007, 1008, 1011, 1013


class PeerGone(Cancelled):
    """Nobody takes the sound any more."""


class LiveSpeech:
    """The session behind one socket, which is accepted."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket = socket
        self._service = service
        self._clauses = Clauses(service.settings.max_input_chars)
        self._waiting = Waiting(service.settings.max_input_chars)
        self._control: JobControl | None = None
        self._turn = 0  # counts cancellations: what was made before one is not sent after it
        self._clip: Audio | None = None
        self._language = ""  # what a tag asked for holds for the clauses after it
        self._audio_s = 0.0
        self._n_words = 0
        self._warned: set[Note] = set()

    async def run(self) -> None:
        """Serve it to its end, which is told of; the socket is closed then."""
        code = ENDED
        try:
            await self._begin()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._speak())
        except* WebSocketDisconnect:
            logger.info("client left path=%s", self._socket.url.path)
        except* Exception as failures:  # noqa: BLE001 - told to the peer; bugs are logged there
            code = await self._tell_failure(_first(failures))
        finally:
            if self._control is not None:
                self._control.cancel()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code)

    # ---- messages in ----------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        try:
            fields = await self._message(IDLE_S)
        except TimeoutError:
            raise PeerIdle(IDLE_S) from None
        self._body = SpeechRequest.model_validate(fields)
        await require_model(self._body.model or MODEL_ID, "speech", self._service)
        seed = drawn_seed(self._body.seed)
        self._body = self._body.model_copy(update={"seed": seed})
        self._target = MEDIA[self._body.response_format or "mp3"]
        rate = self._service.engine.sample_rate
        tags = self._service.tags(seed, self._body.voice)
        self._encoder = await self._service.engine.media.run(
            StreamEncoder, self._target, rate, self._body.sample_rate, tags
        )
        await self._tell(
            "started",
            response_format=self._target.name,
            sample_rate=self._target.rate_for(rate, self._body.sample_rate),
            seed=seed,
        )
        if self._body.input:
            self._waiting.put(self._clauses.add(self._body.input))

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._message(self._patience_s())
            except TimeoutError:
                self._pause()
                continue
            if message.get("cancel"):
                await self._cancel()
            elif message.get("flush"):
                self._waiting.put([self._clauses.rest()])
            elif message.get("end"):
                self._waiting.put([self._clauses.rest()])
                self._waiting.end()
                return
            elif isinstance(message.get("text"), str):
                self._waiting.put(self._clauses.add(message["text"]))
            else:
                raise UnknownMessage

    def _patience_s(self) -> float:
        if self._clauses.is_empty:
            return IDLE_S
        return PAUSE_S if self._clauses.is_ended else LONG_PAUSE_S

    def _pause(self) -> None:
        """Nothing was written for a while: what waits is spoken; a peer that is done is cut."""
        if not self._clauses.is_empty:
            self._waiting.put([self._clauses.rest()])
        elif self._waiting.is_quiet:
            raise PeerIdle(IDLE_S)

    async def _cancel(self) -> None:
        self._turn += 1
        self._clauses.clear()
        self._waiting.clear()
        if self._control is not None:
            self._control.cancel()
        await self._tell("cancelled")

    async def _message(self, timeout_s: float) -> dict[str, Any]:
        async with asyncio.timeout(timeout_s):
            event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        message = parse_json((event.get("text") or "").encode() or event.get("bytes") or b"")
        if not isinstance(message, dict):
            raise UnknownMessage
        return message

    # ---- sound out ------------------------------------------------------------------------------------------------

    async def _speak(self) -> None:
        while (clause := await self._waiting.get()) is not None:
            turn = self._turn
            try:
                await self._speak_clause(clause, turn)
            except Cancelled:
                if self._turn == turn:
                    raise
        rest = await self._service.engine.media.run(self._encoder.finish)
        await self._send(self._socket.send_bytes(rest), bool(rest))
        await self._tell("done", audio_s=round(self._audio_s, 3))

    async def _speak_clause(self, clause: str, turn: int) -> None:
        control = self._control = self._service.new_control(self._socket)
        body = self._body.model_copy(update={"input": clause})
        planned = plan(body, Uploads(), self._service.char_limits, control, is_timed=True)
        if planned.recording is not None:
            raise RecordingNotStreamed(param=planned.recording.param)
        self._language = planned.script.language or self._language
        planned = replace(planned, script=replace(planned.script, language=self._language))
        with self._service.place(control):
            if planned.prompt is not None and self._clip is None:
                self._clip = await load(planned.prompt, self._service, control)
            wanted = planned.request(self._clip, control, self._service.reader(self._socket))
            assert isinstance(wanted, CloneRequest)
            chunks = self._service.engine.clone(wanted, control)
        start_s = self._audio_s
        pieces: list[Audio] = []
        try:
            async for chunk in chunks:
                data = await self._service.engine.media.run_admitted(self._encoder.encode, chunk)
                if self._turn != turn:
                    return
                self._audio_s += chunk.duration_s
                pieces.append(chunk)
                await self._send(self._socket.send_bytes(data), bool(data))
        finally:
            control.cancel()
            await chunks.aclose()
        for warning in control.warnings:
            if warning not in self._warned:
                self._warned.add(warning)
                await self._tell("warning", message=worded(warning))
        said = await self._words(pieces, planned.transcript) if pieces else ()
        words = None if said is None else word_rows(said, start_s, self._n_words)
        self._n_words += len(words or ())
        scores = scores_of(control)
        await self._tell(
            "words",
            text=clause.strip(),
            start_s=round(start_s, 3),
            end_s=round(self._audio_s, 3),
            words=None if words is None else [row.model_dump() for row in words],
            **({"scores": scores_row(scores).model_dump()} if scores else {}),
        )

    async def _words(self, pieces: list[Audio], transcript: str) -> Words | None:
        """When what is said; None where the engine does not know it and nobody asked for it to be found."""
        audio = joined(pieces)
        if audio.words is not None or not (self._body.step_audio and self._body.step_audio.timestamps):
            return audio.words
        control = self._control = self._service.new_control(self._socket)
        try:
            return await self._service.engine.timed_words(audio, transcript, control)
        finally:
            control.cancel()

    async def _tell(self, kind: str, **fields: Any) -> None:
        await self._send(self._socket.send_text(orjson.dumps({"type": kind, **fields}).decode()))

    async def _send(self, sending: Any, is_wanted: bool = True) -> None:
        """Send, or cut the peer that does not take it. Raises PeerGone."""
        if not is_wanted:
            sending.close()
            return
        try:
            async with asyncio.timeout(SLOW_S):
                await sending
        except (TimeoutError, RuntimeError) as failure:
            raise PeerGone from failure

    async def _tell_failure(self, failure: Exception) -> int:
        """Tell why it ends, where somebody still listens; returns the code of closing."""
        error = _told_as(failure)
        if isinstance(error, InternalError):
            logger.error("socket failed path=%s", self._socket.url.path, exc_info=failure)
        if not isinstance(error, PeerGone):
            with contextlib.suppress(EngineError, WebSocketDisconnect):
                await self._tell("error", **error_content(error))
        return closing_code(error)


def closing_code(error: EngineError) -> int:
    """The code that a socket closes with after this failure, by its HTTP status."""
    if isinstance(error, InvalidJson | UnknownMessage):
        return NO_MESSAGE
    status = status_of(error)
    if status in (429, 503) and not isinstance(error, FINAL):
        return TRY_LATER
    return OUR_FAULT if status >= 500 else NOT_TAKEN


def _told_as(failure: Exception) -> EngineError:
    """The failure as the API tells it; a bug is told without details."""
    if isinstance(failure, ValidationError):
        return from_validation(failure.errors(include_url=False))
    return failure if isinstance(failure, EngineError) else InternalError()


def _first(failures: BaseExceptionGroup[Exception]) -> Exception:
    """A bug, if there is one, else the first failure: groups of tasks come nested."""
    flat: list[Exception] = []
    for failure in failures.exceptions:
        flat.append(_first(failure) if isinstance(failure, BaseExceptionGroup) else failure)
    return next((failure for failure in flat if isinstance(_told_as(failure), InternalError)), flat[0])
