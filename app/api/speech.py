"""POST /v1/audio/speech and its multipart twin: text to speech, voice cloning, and edits of recordings."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.answers import sse
from app.api.answers.progress import ProgressEvents
from app.api.answers.sound import Delivery, SoundResponse
from app.api.answers.streams import NO_BUFFERING, ascii_header
from app.api.answers.timed_sound import TimedSound, TimedSpeech
from app.api.answers.word_events import Align, WordEvents
from app.api.errors import documented
from app.api.incoming.forms import SOUND, file_field, form_body, json_body, read_form, read_json
from app.api.incoming.sources import load
from app.api.models import require_model
from app.api.refusals import MissingParameter
from app.api.schemas import LIMIT_BY_SETTING, MODEL_ID, SpeechRequest
from app.api.service import Service, ServiceDep
from app.api.translate import PlannedSpeech, Uploads, plan
from app.connected import while_connected
from app.engine.content.words import Words
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, EditRequest, FillersRequest, RewriteRequest
from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA, FileTags
from app.studio.making import with_place

router = APIRouter(tags=["speech"])

EXAMPLE = {"model": MODEL_ID, "input": "The quick brown fox jumps over the lazy dog.", "voice": "alloy"}
MAX_METADATA_BYTES = 1024  # of headers in all
ANSWER_HEADERS = {
    "x-rewrite": "Of `rewrite`, as JSON: the `stretches` that are new, with `start` and `end` of the `old` and the"
    " `new` one in seconds. Every sample outside of them is that of the recording. Events say it in the last one.",
    "x-seed": "The seed that gives this sound again.",
    "x-backend": "The backend that answered.",
    "x-model-variant": "The variant of the model that answered.",
    "x-stepaudio-model": "The model as the request names it.",
    "x-digital-source-type": "`trainedAlgorithmicMedia`, IPTC's word for synthetic sound; not with `--no-mark`. Raw"
    " formats have no other place for it.",
    "x-warning": "What should be known about the result, where there is something.",
    "x-check-word-error": "Of a checked answer that came whole: the share of words heard otherwise.",
    "x-check-similarity": "Of a checked answer that came whole: the likeness of its voice, a cosine.",
    "x-check-tries": "Of a checked answer that came whole: how often it was made; of pieces the most.",
    "x-check-seed": "Of a checked answer that came whole: the seed of what was kept, or those of its pieces.",
    "x-check-verdict": "Of a checked answer that came whole: `passed` or `missed`.",
    "x-queue-position": "The place in the queue when the request was let in; 0: it began at once.",
    "x-queue-eta-s": "The seconds until it was expected to begin then.",
    "x-queue-s": "Of an answer that came whole: the seconds that it waited for a worker.",
    "x-compute-s": "Of an answer that came whole: the seconds that it computed.",
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
            LIMIT_BY_SETTING: "max_upload_bytes",
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


@router.post(
    "/audio/speech/timestamps",
    responses=documented(400, 404, 413, 415, 504),
    response_model=TimedSpeech,
    openapi_extra=json_body(SpeechRequest, EXAMPLE),
)
async def create_timed_speech(request: Request, service: ServiceDep) -> Response:
    """The same, answered whole in JSON: the file as base64, and when each word, sentence and sound is said."""
    body = SpeechRequest.model_validate(await read_json(request, service, service.document_bytes))
    speech = await _begun(body, Uploads(), request, service, is_timed=True)
    return TimedSound(
        speech.chunks,
        speech.delivery,
        speech.headers,
        speech.tags,
        speech.control,
        service.engine.media,
        _aligning(speech.planned, request, service),
    )


async def _answer(body: SpeechRequest, uploads: Uploads, request: Request, service: Service) -> Response:
    speech = await _begun(body, uploads, request, service)
    align = _aligning(speech.planned, request, service)
    events = WordEvents(align) if speech.planned.step.timestamps and speech.delivery.is_sse else None
    tells = speech.planned.step.progress and speech.delivery.is_sse and not speech.delivery.is_whole
    progress = ProgressEvents(speech.control, service.engine.queueing) if tells else None
    return SoundResponse(
        speech.chunks,
        speech.delivery,
        speech.headers,
        speech.tags,
        speech.control,
        service.engine.media,
        word_events=events,
        progress=progress,
    )


@dataclass(frozen=True, slots=True)
class _Speech:
    """A job that is about to begin, and how its sound is wanted."""

    planned: PlannedSpeech
    control: JobControl
    chunks: AsyncGenerator[Audio, None]
    delivery: Delivery
    headers: dict[str, str]
    tags: FileTags


async def _begun(
    body: SpeechRequest, uploads: Uploads, request: Request, service: Service, *, is_timed: bool = False
) -> _Speech:
    """The job of a request. Raises what is wrong with it, and what the engine refuses at once."""
    if body.model is None and body.step_audio is None:
        raise MissingParameter(param="model")
    await require_model(body.model or MODEL_ID, "speech", service)
    control = service.new_control(request)
    planned = plan(body, uploads, service.char_limits, control, is_timed=is_timed)
    headers = _headers(planned, service)
    service.keep(request, control)
    source = planned.recording or planned.prompt
    with service.place(control):
        clip = await while_connected(request.receive, control, load(source, service, control)) if source else None
        chunks = _chunks(planned.request(clip, control, service.reader(request)), service, control)
        tags = service.tags(planned.seed, body.input, body.voice)
        return _Speech(planned, control, chunks, _delivery(body, keeps_rest=planned.changes_words), headers, tags)


def _chunks(
    wanted: CloneRequest | EditRequest | RewriteRequest | FillersRequest, service: Service, control: JobControl
) -> AsyncGenerator[Audio, None]:
    if isinstance(wanted, CloneRequest):
        return service.engine.clone(wanted, control)
    if isinstance(wanted, RewriteRequest):
        return service.engine.rewrite(wanted, control)
    if isinstance(wanted, FillersRequest):
        return service.engine.remove_fillers(wanted, control)
    return service.engine.edit(wanted, control)


def _delivery(body: SpeechRequest, *, keeps_rest: bool) -> Delivery:
    """How the sound is wanted; one that keeps the samples of a recording comes whole, unless in events."""
    default = "wav" if body.step_audio is not None else "mp3"
    return Delivery(
        MEDIA[body.response_format or default],
        body.sample_rate,
        is_sse=body.stream_format == "sse",
        is_whole=body.stream is False or (keeps_rest and body.stream_format == "audio"),
        n_input_chars=len(body.input or ""),
    )


def _aligning(planned: PlannedSpeech, request: Request, service: Service) -> Align:
    """How the words of the result are found where its sound does not know them: by a job of its own."""
    begin = service.begin_of(request)

    async def align(audio: Audio) -> Words:
        control = await with_place(service.engine, begin)
        try:
            return await service.engine.timed_words(audio, planned.transcript, control)
        finally:
            control.cancel()

    return align


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
