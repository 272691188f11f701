"""Voices: the lists that various clients ask for, previews, and voices that users save."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.api.answers.streams import warning_headers
from app.api.errors import documented
from app.api.incoming.forms import SOUND, file_field, form_body, is_json, read_form, read_json, text_field
from app.api.incoming.sources import decoded
from app.api.model_names import KOKORO
from app.api.models import OWNER, ModelVoice, require_model
from app.api.refusals import MissingParameter, NotTrueOrFalse, UnknownGender, VoiceNotFromPrompt
from app.api.schemas import MAX_WORD_CHARS, MODEL_ID, VoiceWord, Word
from app.api.service import Service, ServiceDep
from app.byte_ranges import whole_or_part
from app.connected import while_connected
from app.engine.engine import EditXEngine
from app.engine.library.voices import (
    MAX_DESCRIPTION_CHARS,
    MAX_LOCALE_CHARS,
    MAX_NAME_CHARS,
    MAX_TRANSCRIPT_CHARS,
    VoiceInfo,
)
from app.engine.sound.encoding import MEDIA, UNTAGGED, ResponseFormat, encode_whole

router = APIRouter(tags=["voices"])

PREVIEW_FORMAT = ResponseFormat("wav")

_GENDER_CHARS = 16
_FLAG_CHARS = 8
_FORM = form_body(
    {
        "name": text_field(MAX_NAME_CHARS, "What it is called; speech names it so.") | {"example": "Ada"},
        "audio_sample": file_field("A recording of the voice, 4 to 30 seconds of clear speech."),
        "ref_text": text_field(MAX_TRANSCRIPT_CHARS, "What is said in it; left out, it is transcribed."),
        "language": text_field(MAX_LOCALE_CHARS, "Language of the recording, such as en-US."),
        "gender": {"type": "string", "enum": ["female", "male"], "description": "Of the speaker."},
        "speaker_description": text_field(MAX_DESCRIPTION_CHARS, "Who speaks, and how."),
        "is_shared": {
            "type": "boolean",
            "description": "Whether everybody sees it. Otherwise the key, or the session of the page's cookie, that "
            "saves it sees it alone; saved without either it is shared.",
        },
        "consent": text_field(
            MAX_WORD_CHARS,
            "The id of a consent of the library, kept with the voice. OpenAI's clients always send one: what is no id "
            "of a consent is told in `x-warning`, and refused under `--require-consent`.",
        ),
    },
    required=("name", "audio_sample"),
)
_PREVIEW: dict[str, Any] = {"description": "The clip, or the part asked for.", "content": SOUND}


class DialectVoice(BaseModel):
    """A voice as GET /v1/voices has always listed it."""

    id: str
    description: str
    prompt_audio: str
    prompt_text: str
    locale: str
    gender: str


class AudioVoice(BaseModel):
    """A voice in OpenAI's words, with what else is known about it."""

    object: Literal["audio.voice"] = "audio.voice"
    id: str
    name: str
    created_at: int
    type: Literal["audio_sample"] = "audio_sample"
    language: str
    gender: str
    description: str
    source: Literal["builtin", "custom", "alias"]
    is_shared: bool
    preview_url: str


class VoiceName(BaseModel):
    """As much of a voice as is told without an API key."""

    id: str
    name: str


class VoicesOfModel(BaseModel):
    """The voices of one model, as LocalAI groups them."""

    model: str
    voices: list[ModelVoice]


class VoiceList(BaseModel):
    """All voices; `voices` and `data` are the same list under the names different clients look for.

    Who names a model finds its voices in `data` as LocalAI groups them.
    """

    object: Literal["list"] = "list"
    voices: list[AudioVoice | VoiceName] | list[str]
    data: list[AudioVoice | VoiceName] | list[VoicesOfModel]


class SpeachesVoice(BaseModel):
    """A voice as Speaches lists it."""

    object: Literal["voice"] = "voice"
    id: str
    voice_id: str
    name: str
    model_id: str
    language: str
    gender: str
    created: int
    owned_by: str
    sample_rate: int


class DeletedVoice(BaseModel):
    """What deleting a voice answers."""

    object: Literal["audio.voice.deleted"] = "audio.voice.deleted"
    id: str
    deleted: Literal[True] = True


@router.get("/voices", responses=documented())
async def list_dialect_voices(request: Request, service: ServiceDep) -> list[DialectVoice]:
    """List the voices as a bare array, with their transcripts."""
    voices = await service.engine.files.run(service.engine.voices.all, service.reader(request))
    return [
        DialectVoice(
            id=voice.id,
            description=voice.description,
            prompt_audio=_preview_url(voice.id),
            prompt_text=voice.transcript,
            locale=voice.locale,
            gender=voice.gender,
        )
        for voice in voices
    ]


@router.get("/audio/voices", responses=documented(400, 404))
async def list_voices(
    request: Request,
    service: ServiceDep,
    legacy: Annotated[bool, Query(description="Names only, for clients of older servers.")] = False,
    model: Annotated[Word, Query(description="A speech model; of `kokoro`, its names of voices, too.")] = "",
) -> VoiceList:
    """List the voices and the aliases of presets. Without an API key, where one is needed: ids and names only."""
    voices = await _voices_of(model, request, service)
    shown: list[AudioVoice | VoiceName] = list(voices)
    if not request.state.is_authorized:
        shown = [VoiceName(id=voice.id, name=voice.name) for voice in voices]
    grouped = [VoicesOfModel(model=model, voices=[_plain(voice) for voice in voices])]
    has_groups = bool(model) and request.state.is_authorized
    return VoiceList(voices=[voice.id for voice in voices] if legacy else shown, data=grouped if has_groups else shown)


@router.get("/audio/speech/voices", responses=documented(400, 404))
async def list_speech_voices(
    request: Request, service: ServiceDep, model_id: Annotated[Word, Query(description="A speech model.")] = ""
) -> list[SpeachesVoice]:
    """List the voices as a bare array, as Speaches has done and clients still ask."""
    model = model_id or MODEL_ID
    return [
        SpeachesVoice(
            id=voice.id,
            voice_id=voice.id,
            name=voice.name,
            model_id=model,
            language=voice.language,
            gender=voice.gender,
            created=voice.created_at,
            owned_by=OWNER,
            sample_rate=service.engine.sample_rate,
        )
        for voice in await _voices_of(model, request, service)
    ]


@router.get("/audio/voices/{voice_id}", responses=documented(404))
async def retrieve_voice(request: Request, voice_id: VoiceWord, service: ServiceDep) -> AudioVoice:
    """Describe one voice, by id, name or alias."""
    reader = service.reader(request)
    return _described(await service.engine.files.run(service.engine.voices.info, voice_id, "voice_id", reader))


@router.head("/audio/voices/{voice_id}/preview", include_in_schema=False)
@router.get(
    "/audio/voices/{voice_id}/preview",
    response_class=Response,
    responses={200: _PREVIEW, 206: _PREVIEW, 416: {"description": "No such part."}, **documented(400, 404)},
)
async def preview_voice(
    request: Request,
    voice_id: VoiceWord,
    service: ServiceDep,
    response_format: Annotated[ResponseFormat, Query(description="The format of the file.")] = PREVIEW_FORMAT,
) -> Response:
    """The reference clip of a voice, whole or in parts (`Range`)."""
    target = MEDIA[response_format]
    voice = await service.engine.files.run(service.engine.voices.find, voice_id, "voice_id", service.reader(request))
    tags = service.tags(voice.id) if voice.id in service.engine.voices.presets else UNTAGGED
    data = await service.engine.media.run(encode_whole, target, voice.reference, None, tags)
    return whole_or_part(data, target.mime, request.headers)


@router.post("/audio/voices", responses=documented(400, 409, 413, 415, 504, 507), openapi_extra=_FORM)
async def create_voice(request: Request, response: Response, service: ServiceDep) -> AudioVoice:
    """Save a voice from a recording; `x-warning` says what makes it poor."""
    if is_json(request):
        _refuse_prompt(await read_json(request, service))
    form = await read_form(request, service)
    _refuse_prompt({name: form.text(name) for name in ("type", "prompt")})
    name = form.text("name")  # the library says how long it may be
    if not name:
        raise MissingParameter(param="name")
    known = {
        "transcript": form.text("ref_text", MAX_TRANSCRIPT_CHARS) or "",
        "locale": form.text("language", MAX_LOCALE_CHARS) or "",
        "gender": _gender(form.text("gender", _GENDER_CHARS)),
        "description": form.text("speaker_description", MAX_DESCRIPTION_CHARS) or "",
        "consent": form.text("consent", MAX_WORD_CHARS) or "",
    }
    is_shared = _is_true(form.text("is_shared", _FLAG_CHARS))
    sample = form.required_file("audio_sample")
    control = service.new_control(request)

    async def created() -> VoiceInfo:
        audio = await decoded(sample, "audio_sample", service, control)
        owner = service.reader(request)
        return await service.engine.create_voice(name, audio, control, **known, owner=owner, is_shared=is_shared)

    with service.place(control):
        voice = _described(await while_connected(request.receive, control, created()))
    response.raw_headers.extend(warning_headers(control))
    return voice


@router.delete("/audio/voices/{voice_id}", responses=documented(400, 403, 404, 507))
async def delete_voice(request: Request, voice_id: VoiceWord, service: ServiceDep) -> DeletedVoice:
    """Delete a saved voice for good. Only its owner can: the key or the session that it was saved with. One that nobody
    owns is deleted by a key of `--api-key`; where no keys are asked for, by anyone.
    """
    keeps_house = service.access.keeps_house(request.state.key)
    delete = partial(service.engine.voices.delete, voice_id, service.reader(request), keeps_house=keeps_house)
    deleted = await service.engine.files.run(delete)
    return DeletedVoice(id=deleted.id)


def _is_true(value: str | None) -> bool:
    word = (value or "").lower()
    if word not in ("", "true", "false"):
        raise NotTrueOrFalse(param="is_shared")
    return word == "true"


def _refuse_prompt(fields: Any) -> None:
    """Raise UnsupportedParameter for a voice that is only described: OpenAI's clients send it as type `prompt`."""
    if isinstance(fields, dict) and (fields.get("prompt") or fields.get("type") == "prompt"):
        raise VoiceNotFromPrompt


async def _voices_of(model: str, request: Request, service: Service) -> list[AudioVoice]:
    """The voices that a request sees; with a model's name those that its requests may name. Raises UnknownModel."""
    is_kokoro = bool(model) and (await require_model(model, "speech", service)).id == KOKORO
    return await service.engine.files.run(_all_voices, service.engine, is_kokoro, service.reader(request))


def _all_voices(engine: EditXEngine, with_kokoro: bool, reader: str) -> list[AudioVoice]:
    library = engine.voices
    voices = {voice.id: voice for voice in library.all(reader)}
    names = {**(library.kokoro if with_kokoro else {}), **library.aliases}
    aliases = [
        _described(voices[target]).model_copy(update={"id": alias, "name": alias, "source": "alias"})
        for alias, target in names.items()
    ]
    return [*map(_described, voices.values()), *aliases]


def _described(voice: VoiceInfo) -> AudioVoice:
    return AudioVoice(
        id=voice.id,
        name=voice.name,
        created_at=voice.created_at,
        language=voice.locale,
        gender=voice.gender,
        description=voice.description,
        source=voice.source,
        is_shared=voice.is_shared,
        preview_url=_preview_url(voice.id),
    )


def _plain(voice: AudioVoice) -> ModelVoice:
    """As a client of LocalAI reads it, which sends the `name` back."""
    return ModelVoice(id=voice.id, name=voice.id, language=voice.language, gender=voice.gender)


def _preview_url(voice_id: str) -> str:
    return f"/v1/audio/voices/{voice_id}/preview"


def _gender(value: str | None) -> str:
    if value and value.lower() not in ("female", "male"):
        raise UnknownGender
    return (value or "").lower()
