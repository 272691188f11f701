"""POST /v1/audio/transcriptions: what is said in a recording, in OpenAI's five formats or as events."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, Literal

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from app.api import sse
from app.api.errors import documented
from app.api.forms import Form, file_field, form_body, inlined, read_form
from app.api.model_names import TRANSCRIPTION_ALIASES
from app.api.models import require_model, whisper_of
from app.api.refusals import (
    FormatNotStreamed,
    GranularitiesUnused,
    MissingParameter,
    TranslationNotOffered,
    UnsupportedParameter,
)
from app.api.schemas import Document, Text
from app.api.service import ServiceDep
from app.api.sources import decoded
from app.api.streams import NO_BUFFERING, JobResponse, Lookahead, while_connected
from app.engine.errors import EngineError
from app.engine.hearing.languages import language_name
from app.engine.job import JobControl
from app.engine.requests import Segment, TranscribeRequest, Transcript
from app.engine.sound.audio import Audio

router = APIRouter(tags=["transcriptions"])

# Fields of OpenAI's contract that would change the result if this service had what they ask for.
UNSUPPORTED = ("include", "known_speaker_names", "known_speaker_references", "keywords", "languages")
NO_LANGUAGE = "unknown"  # verbose_json needs a name even where nothing is said

Granularity = Literal["word", "segment"]


class TranscriptionForm(Document):
    """The text fields of the form."""

    model: Text = Field(description="GET /v1/models lists them.", examples=[TRANSCRIPTION_ALIASES[0]])
    language: Text | None = Field(default=None, description="ISO-639-1 code; left out, it is detected.")
    prompt: Text | None = Field(default=None, description="Words to expect, or the text before.")
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    temperature: float = Field(default=0.0, ge=0, le=1)
    timestamp_granularities: list[Granularity] | None = Field(
        default=None, description="With `verbose_json` only; segments if left out."
    )
    stream: bool = Field(default=False, description="Send events as segments are found; for `json` and `text` only.")


_FIELDS = inlined(TranscriptionForm)["properties"]
_FORM = form_body({"file": file_field("The recording."), **_FIELDS}, required=("file", "model"))
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
    form = await read_form(request, service)
    data = await form.required_file("file")
    fields = await _fields(form)
    await require_model(fields.model, "transcription", service)
    control = service.new_control()
    with service.place(control):
        audio = await while_connected(request.receive, control, decoded(data, "file", service, control))
    wanted = TranscribeRequest(audio, fields.language, fields.prompt, fields.temperature, whisper_of(fields.model))
    segments = service.engine.transcribe(wanted, control)
    kind = TranscriptEvents if fields.stream else TranscriptResponse
    return kind(segments, fields, audio, control)


@router.post("/audio/translations", include_in_schema=False)
async def create_translation() -> None:
    """Not offered; said in words, as stock clients have a method for it."""
    raise TranslationNotOffered


async def _fields(form: Form) -> TranscriptionForm:
    for name in UNSUPPORTED:
        if any(form.texts(name)):
            raise UnsupportedParameter(param=name)
    names = [name for name in TranscriptionForm.model_fields if name != "timestamp_granularities"]
    values: dict[str, Any] = {name: await form.text(name) for name in names}
    values["timestamp_granularities"] = form.texts("timestamp_granularities")
    if not values["model"]:
        raise MissingParameter(param="model")
    fields = TranscriptionForm.model_validate({name: value for name, value in values.items() if value})
    if fields.timestamp_granularities and fields.response_format != "verbose_json":
        raise GranularitiesUnused
    if fields.stream and fields.response_format not in ("json", "text"):
        raise FormatNotStreamed(fields.response_format)
    return fields


class TranscriptResponse(JobResponse):
    """The whole transcript in one of the formats."""

    def __init__(
        self, segments: AsyncGenerator[Segment, None], fields: TranscriptionForm, audio: Audio, control: JobControl
    ) -> None:
        super().__init__(control)
        self._ahead = Lookahead(segments)
        self._fields = fields
        self._duration_s = audio.duration_s

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: all of it."""
        found: list[Segment] = []
        while (segment := await self._ahead.next()) is not None:
            found.append(segment)
        language = found[0].language if found else self._fields.language or ""
        transcript = Transcript(language, self._duration_s, tuple(found))
        mime, write = FORMATS[self._fields.response_format]
        return {"Content-Type": mime}, write(transcript, self._fields).encode("utf-8", "replace"), True

    async def close(self) -> None:
        """Stop the job."""
        await self._ahead.close()


class TranscriptEvents(TranscriptResponse):
    """The transcript as events, one per segment."""

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: waits for the first segment."""
        segment = await self._ahead.next()
        self._text = segment.text.lstrip() if segment else ""
        head = _delta(self._text) if segment else b""
        return {**NO_BUFFERING, "Content-Type": sse.MIME}, head, False

    async def rest(self) -> AsyncIterator[bytes]:
        """As JobResponse: the further segments, and the whole text."""
        while (segment := await self._ahead.next()) is not None:
            self._text += segment.text
            yield _delta(segment.text)
        yield sse.event({"type": "transcript.text.done", "text": self._text.strip(), "usage": _usage(self._duration_s)})

    def last_words(self, error: EngineError) -> bytes | None:
        """As JobResponse."""
        return sse.failure("transcript.text", error)


def _delta(text: str) -> bytes:
    return sse.event({"type": "transcript.text.delta", "delta": text})


def _usage(duration_s: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(duration_s)}


def _json(transcript: Transcript, _fields: TranscriptionForm) -> str:
    return orjson.dumps({"text": transcript.text, "usage": _usage(transcript.duration_s)}).decode()


def _text(transcript: Transcript, _fields: TranscriptionForm) -> str:
    return transcript.text + "\n"


def _srt(transcript: Transcript, _fields: TranscriptionForm) -> str:
    return "".join(
        f"{n}\n{_clock(s.start_s, ',')} --> {_clock(s.end_s, ',')}\n{_line(s)}\n\n"
        for n, s in enumerate(transcript.segments, 1)
    )


def _vtt(transcript: Transcript, _fields: TranscriptionForm) -> str:
    cues = (f"{_clock(s.start_s, '.')} --> {_clock(s.end_s, '.')}\n{_line(s)}\n\n" for s in transcript.segments)
    return "WEBVTT\n\n" + "".join(cues)


def _verbose_json(transcript: Transcript, fields: TranscriptionForm) -> str:
    granularities = fields.timestamp_granularities or ["segment"]
    answer: dict[str, Any] = {
        "task": "transcribe",
        "language": language_name(transcript.language) if transcript.language else NO_LANGUAGE,
        "duration": round(transcript.duration_s, 3),
        "text": transcript.text,
        "usage": _usage(transcript.duration_s),
    }
    if "segment" in granularities:
        answer["segments"] = [_segment(s) for s in transcript.segments]
    if "word" in granularities:
        answer["words"] = [{"word": w.text.strip(), "start": w.start_s, "end": w.end_s} for w in transcript.words]
    return orjson.dumps(answer).decode()


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.id,
        "seek": segment.seek,
        "start": segment.start_s,
        "end": segment.end_s,
        "text": segment.text,
        "tokens": list(segment.tokens),
        "temperature": segment.temperature,
        "avg_logprob": segment.avg_logprob,
        "compression_ratio": segment.compression_ratio,
        "no_speech_prob": segment.no_speech_prob,
    }


def _line(segment: Segment) -> str:
    """A cue's text: an arrow or an empty line in it would end the cue."""
    return " ".join(segment.text.split()).replace("-->", "->")


def _clock(time_s: float, point: str) -> str:
    total_ms = round(time_s * 1000)
    minutes, ms = divmod(total_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"


FORMATS: Mapping[str, tuple[str, Callable[[Transcript, TranscriptionForm], str]]] = {
    "json": ("application/json", _json),
    "text": ("text/plain; charset=utf-8", _text),
    "srt": ("text/plain; charset=utf-8", _srt),
    "vtt": ("text/vtt; charset=utf-8", _vtt),
    "verbose_json": ("application/json", _verbose_json),
}
