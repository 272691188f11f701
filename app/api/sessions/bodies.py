"""What is sent to make a take: a recording, or steps from a parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from fastapi import Request
from pydantic import Field, WithJsonSchema

from app.api.incoming.forms import file_field, inlined, is_json, read_form, read_json
from app.api.incoming.sources import Source, chosen
from app.api.refusals import MissingParameter, OnlyOneOf
from app.api.schemas import LIMIT_BY_SETTING, Document, Text, Url, VoiceName, Word, limited_by
from app.api.service import Service
from app.api.sessions.steps import STEP_SCHEMA
from app.engine.errors import TextTooLong
from app.engine.options import MAX_SEED
from app.engine.sound.decoding import RATE_RANGE_HZ
from app.engine.sound.encoding import ResponseFormat
from app.studio.recipes import MAX_RECIPE_CHARS, MAX_STEPS
from app.studio.takes import MAX_NAME_CHARS

MAX_VARIANTS = 8

Steps = Annotated[
    list[Any],
    WithJsonSchema({"type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": STEP_SCHEMA}),
]
STEPS_MEAN = "What is done, one on the other; it makes one take, or none if a step cannot be done."


class Recording(Document):
    """A sound that is brought along."""

    input_audio_base64: Text | None = Field(
        default=None, json_schema_extra=limited_by("max_upload_bytes"), description="The recording: a file, as base64."
    )
    input_audio_url: Url | None = Field(default=None, description="The recording: the address of a file.")
    voice: VoiceName | None = Field(default=None, description="The clip of a voice, by id, name or alias.")
    audio_text: Text | None = Field(
        default=None, json_schema_extra=limited_by("max_transcript_chars"), description="What is said in the recording."
    )

    def source(self, upload: bytes | None) -> Source | None:
        """The recording, where one is given by file, text or address. Raises ConflictingParameters."""
        return chosen("input_audio", self.input_audio_base64, self.input_audio_url, upload, prefix="")

    def check(self, max_chars: int) -> None:
        """Raise TextTooLong."""
        if self.audio_text and len(self.audio_text) > max_chars:
            raise TextTooLong(max_chars, len(self.audio_text), param="audio_text")


class Wanted(Document):
    """How the sound is to be answered with."""

    response_format: ResponseFormat = Field(default=ResponseFormat("wav"), description="The format of the sound.")
    sample_rate: int | None = Field(
        default=None, ge=RATE_RANGE_HZ[0], le=RATE_RANGE_HZ[1], description="Hz. Left out: that of the sound."
    )


class Timed(Document):
    """Whether events tell of words."""

    timestamps: bool = Field(
        default=False, description="With `stream_format` sse: tell in `speech.audio.words` events when what is said."
    )


class TakeRequest(Recording, Wanted, Timed):
    """A take to make: a recording, or steps from a parent."""

    parent: Word | None = Field(default=None, description="The take to begin from; left out, the current one.")
    steps: Steps | None = Field(default=None, description=STEPS_MEAN)
    n: int = Field(default=1, ge=1, le=MAX_VARIANTS, description="How many variants, each with seeds of its own.")
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="For steps that name none.")
    name: str = Field(default="", max_length=MAX_NAME_CHARS, description="What the take is to be called.")
    stream_format: Literal["audio", "sse"] | None = Field(
        default=None, description="Answer with the sound while it is made; the take is kept all the same."
    )


class ReplayRequest(Recording):
    """A recipe to play on a take, or on another recording."""

    recipe: dict[str, Any] | str | None = Field(
        default=None,
        description="As GET .../recipe answers it.",
        json_schema_extra={"maxLength": MAX_RECIPE_CHARS},
    )
    parent: Word | None = Field(default=None, description="The take to play it on; left out, the current one.")
    name: str = Field(default="", max_length=MAX_NAME_CHARS, description="What the take is to be called.")


class TakeChange(Document):
    """What is to be different about a take; what is left out stays."""

    name: str | None = Field(default=None, max_length=MAX_NAME_CHARS, description="What it is called.")
    starred: bool | None = Field(default=None, description="Whether it is marked.")
    transcript: Text | None = Field(
        default=None, json_schema_extra=limited_by("max_transcript_chars"), description="What is said in it."
    )

    @classmethod
    def _is_left_out(cls, name: str, value: Any) -> bool:
        del name
        return value is None  # an empty text says something: there is none


class EditsRequest(Recording, Wanted, Timed):
    """A chain of steps on a recording, in one call."""

    steps: Steps | None = Field(default=None, description=STEPS_MEAN)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED, description="For steps that name none.")
    stream_format: Literal["audio", "sse"] = Field(
        default="audio", description="`audio`: the bytes of the file as they are made. `sse`: the same in events."
    )
    stream: bool | None = Field(default=None, description="False: answer when all is made.")


@dataclass(frozen=True, slots=True)
class Sent:
    """A JSON document, and the file beside it."""

    document: Any
    upload: bytes | None


def json_or_form(model: type[Recording], example: dict[str, Any]) -> dict[str, Any]:
    """For the OpenAPI document: a body that `read_sent` reads."""
    payload = {
        "type": "string",
        LIMIT_BY_SETTING: "max_upload_bytes",
        "description": "The same JSON document, as text.",
        "example": orjson.dumps(example).decode(),
    }
    form = {"type": "object", "properties": {"payload": payload, "input_audio_file": file_field("The recording.")}}
    content = {
        "application/json": {"schema": inlined(model), "example": example},
        "multipart/form-data": {"schema": form},
    }
    return {"requestBody": {"required": True, "content": content}}


async def read_sent(request: Request, service: Service) -> Sent:
    """The body: JSON, or a form of `payload` and `input_audio_file`. Raises as the readers of bodies."""
    if is_json(request):
        return Sent(await read_json(request, service, service.document_bytes), None)
    form = await read_form(request, service, service.document_bytes, service.document_bytes)
    document = form.document("payload") if "payload" in form.names else {}
    return Sent(document, form.file("input_audio_file"))


def require_one(body: Recording, source: Source | None, steps: list[Any] | None, steps_name: str) -> None:
    """Raise unless there is a recording, or steps."""
    recordings = [source.param] if source else []
    recordings += ["voice"] if body.voice else []
    given = [*recordings, *([steps_name] if steps is not None else [])]
    if not given:
        raise MissingParameter(param=steps_name)
    if len(given) > 1:
        raise OnlyOneOf(tuple(given), param=given[1])
