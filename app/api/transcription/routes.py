"""POST /v1/audio/transcriptions and /v1/audio/translations: what is said in a recording, in OpenAI's formats."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.answers import sse
from app.api.answers.streams import NO_BUFFERING, JobResponse, Lookahead
from app.api.errors import documented
from app.api.incoming.forms import file_field, form_body, inlined
from app.api.incoming.sources import load
from app.api.models import require_model, whisper_of
from app.api.service import Service, ServiceDep
from app.api.transcription.fields import FILE, TranscriptionFields, TranslationFields, read_request
from app.api.transcription.formats import DIARIZED, FORMATS, diarized_segment, usage
from app.connected import while_connected
from app.engine.errors import EngineError
from app.engine.executors import BoundedExecutor
from app.engine.hearing.languages import main_language
from app.engine.hearing.transcribers import RATE_HZ as HEARD_HZ
from app.engine.job import JobControl
from app.engine.requests import Segment, Transcript
from app.engine.sound.audio import Audio

router = APIRouter(tags=["transcriptions"])

_FIELDS = inlined(TranscriptionFields)["properties"]
_FORM = form_body({FILE: file_field("The recording."), **_FIELDS}, required=(FILE, "model"))
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The transcript.",
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["text"]}},
            "text/plain": {"schema": {"type": "string"}},
            "text/vtt": {"schema": {"type": "string"}},
            sse.MIME: {"schema": {"type": "string"}},
        },
    },
    **documented(400, 404, 413, 415, 504),
}


@router.post("/audio/transcriptions", response_class=Response, responses=_RESPONSES, openapi_extra=_FORM)
async def create_transcription(request: Request, service: ServiceDep) -> Response:
    """Write down what is said in a recording."""
    return await _answer(request, service, TranscriptionFields)


@router.post("/audio/translations", response_class=Response, responses=_RESPONSES, openapi_extra=_FORM)
async def create_translation(request: Request, service: ServiceDep) -> Response:
    """Write down in English what is said in a recording in another language."""
    return await _answer(request, service, TranslationFields)


async def _answer(request: Request, service: Service, fields_of: type[TranscriptionFields]) -> Response:
    control = service.new_control(request)
    source, fields = await read_request(request, service, control, fields_of)
    model = await require_model(fields.model, "transcription", service)
    with service.place(control):
        # At no higher rate than is heard: a long clip stays in memory until its end.
        audio = await while_connected(request.receive, control, load(source, service, control, HEARD_HZ))
    segments = service.engine.transcribe(fields.request(audio, whisper_of(model)), control)
    kind = TranscriptEvents if fields.is_streamed else TranscriptResponse
    return kind(segments, fields, audio, control, service.engine.media)


class TranscriptResponse(JobResponse):
    """The whole transcript in one of the formats."""

    def __init__(
        self,
        segments: AsyncGenerator[Segment, None],
        fields: TranscriptionFields,
        audio: Audio,
        control: JobControl,
        media: BoundedExecutor,
    ) -> None:
        super().__init__(control)
        self._media = media
        self._ahead = Lookahead(segments)
        self._fields = fields
        self._duration_s = audio.duration_s

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: all of it."""
        found: list[Segment] = []
        while (segment := await self._ahead.next()) is not None:
            found.append(segment)
        language = main_language(found) or self._fields.asked_language or ""
        transcript = Transcript(language, self._duration_s, tuple(found))
        mime, write = FORMATS[self._fields.response_format]
        text = await self._media.run_admitted(write, transcript, self._fields)
        return {"Content-Type": mime}, text.encode("utf-8", "replace"), True

    async def close(self) -> None:
        """Stop the job."""
        await self._ahead.close()


class TranscriptEvents(TranscriptResponse):
    """The transcript as events, one per segment."""

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: waits for the first segment."""
        segment = await self._ahead.next()
        self._text = segment.text.lstrip() if segment else ""
        head = self._told(segment, self._text) if segment else b""
        return {**NO_BUFFERING, "Content-Type": sse.MIME}, head, False

    async def rest(self) -> AsyncIterator[bytes]:
        """As JobResponse: the further segments, and the whole text."""
        while (segment := await self._ahead.next()) is not None:
            self._text += segment.text
            yield self._told(segment, segment.text)
        yield sse.event({"type": "transcript.text.done", "text": self._text.strip(), "usage": usage(self._duration_s)})

    def _told(self, segment: Segment, text: str) -> bytes:
        whole = sse.event(diarized_segment(segment)) if self._fields.response_format == DIARIZED else b""
        return sse.event({"type": "transcript.text.delta", "delta": text}) + whole

    def last_words(self, error: EngineError) -> bytes | None:
        """As JobResponse."""
        return sse.failure("transcript.text", error)
