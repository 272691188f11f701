"""POST /v1/audio/speech and its multipart twin: text to speech, voice cloning, and edits of recordings."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.answers import sse
from app.api.answers.streams import NO_BUFFERING, JobResponse, Lookahead, ascii_header
from app.api.errors import documented
from app.api.incoming.forms import SOUND, file_field, form_body, json_body, read_form, read_json
from app.api.incoming.sources import load
from app.api.models import require_model
from app.api.refusals import MissingParameter
from app.api.schemas import MODEL_ID, SpeechRequest
from app.api.service import Service, ServiceDep
from app.api.translate import PlannedSpeech, Uploads, plan
from app.connected import while_connected
from app.engine.errors import EngineError, NoSound
from app.engine.job import JobControl
from app.engine.requests import CloneRequest
from app.engine.scheduling import BoundedExecutor
from app.engine.sound.audio import Audio, joined
from app.engine.sound.encoding import MEDIA, FileTags, Format, StreamEncoder, encode_whole

router = APIRouter(tags=["speech"])

WHOLE_WITHIN_S = 0.05  # the first piece waits so long in all for the others: short answers then have a length

EXAMPLE = {"model": MODEL_ID, "input": "The quick brown fox jumps over the lazy dog.", "voice": "alloy"}
MAX_METADATA_BYTES = 1024  # of headers in all
ANSWER_HEADERS = {
    "x-seed": "The seed that gives this sound again.",
    "x-backend": "The backend that answered.",
    "x-model-variant": "The variant of the model that answered.",
    "x-stepaudio-model": "The model as the request names it.",
    "x-warning": "What should be known about the result, where there is something.",
    "x-audio-seconds": "Of an answer that came whole: the length of the sound.",
    "x-finish-reason": "Of an answer that came whole: how the sound ended. `end`: by itself; `length`: at the longest"
    " it may be; `degenerate`: where the model began to repeat itself. Events say it in the last one.",
}
_AUDIO = {
    "description": "The audio file, as it is made; or events that carry it, with `stream_format` sse.",
    "content": SOUND | {sse.MIME: {"schema": {"type": "string"}}},
    "headers": {
        name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in ANSWER_HEADERS.items()
    },
}
_RESPONSES: dict[int | str, dict[str, Any]] = {200: _AUDIO, **documented(400, 404, 413, 415, 504)}
_FORM = form_body(
    {
        "payload": {
            "type": "string",
            "description": "The JSON document that POST /v1/audio/speech takes.",
            "example": orjson.dumps({"input": EXAMPLE["input"], "voice": EXAMPLE["voice"]}).decode(),
        },
        "prompt_audio_file": file_field("The voice to speak in."),
        "input_audio_file": file_field("The recording to edit."),
    },
    required=("payload",),
)


@router.post(
    "/audio/speech", response_class=Response, responses=_RESPONSES, openapi_extra=json_body(SpeechRequest, EXAMPLE)
)
async def create_speech(request: Request, service: ServiceDep) -> Response:
    """Speak a text in a voice, or edit a recording."""
    body = SpeechRequest.model_validate(await read_json(request, service, service.document_bytes))
    return await _answer(body, Uploads(), request, service)


@router.post("/audio/speech/upload", response_class=Response, responses=_RESPONSES, openapi_extra=_FORM)
async def create_speech_from_files(request: Request, service: ServiceDep) -> Response:
    """The same, with the audio as uploaded files."""
    form = await read_form(request, service, service.document_bytes, service.document_bytes)
    document = form.document("payload")
    if isinstance(document, dict) and document.get("step_audio") is None:
        document["step_audio"] = {}  # this route speaks that dialect by itself
    body = SpeechRequest.model_validate(document)
    uploads = Uploads(form.file("prompt_audio_file"), form.file("input_audio_file"))
    return await _answer(body, uploads, request, service)


async def _answer(body: SpeechRequest, uploads: Uploads, request: Request, service: Service) -> Response:
    if body.model is None and body.step_audio is None:
        raise MissingParameter(param="model")
    await require_model(body.model or MODEL_ID, "speech", service)
    control = service.new_control(request)
    speech_plan = plan(body, uploads, service.settings.max_input_chars, control)
    headers = _headers(speech_plan, service)
    source = speech_plan.recording or speech_plan.prompt
    with service.place(control):
        clip = await while_connected(request.receive, control, load(source, service, control)) if source else None
        wanted = speech_plan.request(clip, control)
        engine = service.engine
        chunks = engine.clone(wanted, control) if isinstance(wanted, CloneRequest) else engine.edit(wanted, control)
        tags = service.tags(speech_plan.seed, body.input, body.voice)
        return SpeechResponse(chunks, speech_plan, headers, tags, control, engine.media)


def _headers(speech_plan: PlannedSpeech, service: Service) -> dict[str, str]:
    body = speech_plan.body
    engine = service.engine
    return {
        **NO_BUFFERING,
        "x-stepaudio-model": ascii_header(body.model or MODEL_ID),
        "x-backend": engine.backend_name,
        "x-model-variant": engine.variant_for(speech_plan.variant, "step_audio.model_variant"),
        "x-seed": str(speech_plan.seed),
        **_metadata_headers(body.metadata or {}),
    }


def _metadata_headers(metadata: Mapping[str, str]) -> dict[str, str]:
    """The first of them that fit: clients and proxies refuse answers whose headers are long."""
    headers: dict[str, str] = {}
    room = MAX_METADATA_BYTES
    for key, value in metadata.items():
        name, text = f"x-metadata-{key}", ascii_header(value)
        room -= len(name) + len(text)
        if room < 0:
            break
        headers[name] = text
    return headers


class SpeechResponse(JobResponse):
    """The sound of one job, encoded piece by piece; with its length where all of it is there at once."""

    def __init__(
        self,
        chunks: AsyncGenerator[Audio, None],
        speech_plan: PlannedSpeech,
        headers: dict[str, str],
        tags: FileTags,
        control: JobControl,
        media: BoundedExecutor,
    ) -> None:
        super().__init__(control)
        self._media = media
        body = speech_plan.body
        default = "wav" if body.step_audio is not None else "mp3"
        self._target: Format = MEDIA[body.response_format or default]
        self._is_sse = body.stream_format == "sse"
        self._plan = speech_plan
        self._given_headers = headers
        self._tags = tags
        self._ahead = Lookahead(chunks)
        self._encoder: StreamEncoder | None = None
        self._encoding = JobControl()  # of a whole file: the job is over by then, and its control stopped
        self._audio_s = 0.0

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: waits for the first sound."""
        ready, is_all = await self._ready()
        headers = self._given_headers | self._content_headers()
        self._audio_s = sum(chunk.duration_s for chunk in ready)
        asked_rate = self._plan.body.sample_rate
        if is_all:
            headers["x-audio-seconds"] = f"{self._audio_s:.3f}"
            headers["x-finish-reason"] = self._control.finish_reason
            data = await self._media.run_admitted(
                encode_whole, self._target, joined(ready), asked_rate, self._tags, self._encoding
            )
            return headers, self._wrapped(data) + self._done(), True
        self._encoder = await self._media.run_admitted(
            StreamEncoder, self._target, ready[0].sample_rate, asked_rate, self._tags
        )
        data = await self._media.run_admitted(self._encoder.encode, joined(ready))
        return headers, self._wrapped(data), False

    async def rest(self) -> AsyncIterator[bytes]:
        """As JobResponse: the further pieces."""
        assert self._encoder is not None
        while (chunk := await self._ahead.next()) is not None:
            self._audio_s += chunk.duration_s
            yield self._wrapped(await self._media.run_admitted(self._encoder.encode, chunk))
        yield self._wrapped(await self._media.run_admitted(self._encoder.finish)) + self._done()

    def last_words(self, error: EngineError) -> bytes | None:
        """As JobResponse: events can tell of the failure, a file cannot."""
        return sse.failure("speech.audio", error) if self._is_sse else None

    async def close(self) -> None:
        """Stop the job, and what is encoded of it."""
        self._encoding.cancel()
        await self._ahead.close()

    async def _ready(self) -> tuple[list[Audio], bool]:
        """The pieces that are there, and whether they are all; all of them where no stream is wanted."""
        is_whole_wanted = self._plan.body.stream is False
        ready, is_all = await self._ahead.ready(math.inf if is_whole_wanted else WHOLE_WITHIN_S)
        if not ready:
            raise NoSound
        return ready, is_all

    def _content_headers(self) -> dict[str, str]:
        if self._is_sse:
            return {"Content-Type": sse.MIME}
        name = f"speech.{self._target.name}"
        return {"Content-Type": self._target.mime, "Content-Disposition": f"attachment; filename={name}"}

    def _wrapped(self, data: bytes) -> bytes:
        return sse.audio_delta(data) if data and self._is_sse else data

    def _done(self) -> bytes:
        if not self._is_sse:
            return b""
        return sse.audio_done(len(self._plan.body.input or ""), self._audio_s, self._control.finish_reason)
