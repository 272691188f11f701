"""What requests look like on the wire. The engine's tables give the ranges and choices; nothing is listed twice.

Every text has a limit, looked at before anything else is. Where a setting gives it, the field names the setting in
`x-limit`: `translate.py` keeps to it, and `openapi.py` puts the number into the document.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Annotated, Any, Literal, get_args

import orjson
from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

from app.api.errors import FieldFault
from app.api.refusals import NoVoice, NullCharacter, TooManyEntries, ValueTooLong, WrongKey
from app.engine.content.checks import RANGES, Check
from app.engine.content.word_edits import MAX_EDITS
from app.engine.edits import CATALOGUE, INTENSITY_RANGE, ITERATIONS_RANGE
from app.engine.options import MAX_SEED, SPEED_RANGE
from app.engine.pronunciations import MAX_ENTRIES, MAX_SAID_CHARS
from app.engine.pronunciations import MAX_WORD_CHARS as MAX_PRONOUNCED_CHARS
from app.engine.requests import Removable, WordEdit
from app.engine.sound.decoding import RATE_RANGE_HZ
from app.engine.sound.encoding import ResponseFormat
from app.model_variants import Variant

MODEL_ID = "step-audio-editx"
MAX_INSTRUCTIONS_CHARS = 4096  # OpenAI's limit
MAX_WORD_CHARS = 128  # of what is looked up in a table: models, voices, tasks, tags, ids
MAX_URL_CHARS = 8192
MAX_PROMPT_CHARS = 8192  # Whisper reads the last 224 tokens, so what clients send along in good faith is shorter
LIMIT_BY_SETTING = "x-limit"
METADATA_LIMITS = (16, 64, 512)  # entries, characters of a key and of a value, as in OpenAI's metadata objects
_METADATA_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _without_null(text: str) -> str:
    if "\0" in text:
        raise FieldFault(NullCharacter())
    return text


def _voice_id(value: Any) -> Any:
    """OpenAI's second form of a voice: `{"id": "voice_..."}`."""
    if not isinstance(value, dict):
        return value
    if "id" not in value:
        raise FieldFault(NoVoice())
    return value["id"]


def _known_metadata(metadata: Any) -> Any:
    """Of what is given; values that are no texts as JSON."""
    if not isinstance(metadata, dict):
        return metadata
    return {k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in metadata.items() if v is not None}


def _checked_metadata(metadata: dict[str, str]) -> dict[str, str]:
    max_entries, max_key_chars, max_value_chars = METADATA_LIMITS
    if len(metadata) > max_entries:
        raise FieldFault(TooManyEntries(max_entries))
    for key, value in metadata.items():
        if len(key) > max_key_chars or not _METADATA_KEY.fullmatch(key):
            raise FieldFault(WrongKey(max_key_chars))
        if len(value) > max_value_chars:
            raise FieldFault(ValueTooLong(max_value_chars))
    return metadata


Text = Annotated[str, AfterValidator(_without_null)]  # a field of this type names the setting that is its limit
Word = Annotated[str, Field(max_length=MAX_WORD_CHARS), AfterValidator(_without_null)]
ConsentId = Annotated[str, Path(max_length=MAX_WORD_CHARS, description="The id of a consent.")]
VoiceWord = Annotated[
    str, Path(max_length=MAX_WORD_CHARS, description="The id, name or alias of a voice.", examples=["alloy"])
]
ModelWord = Annotated[str, Path(max_length=MAX_WORD_CHARS, description="The name of a model.", examples=["tts-1"])]
Url = Annotated[str, Field(max_length=MAX_URL_CHARS), AfterValidator(_without_null)]
Instructions = Annotated[str, Field(max_length=MAX_INSTRUCTIONS_CHARS), AfterValidator(_without_null)]
Prompt = Annotated[str, Field(max_length=MAX_PROMPT_CHARS), AfterValidator(_without_null)]
_WORD_SCHEMA = {"type": "string", "maxLength": MAX_WORD_CHARS}
_VOICE_ID_SCHEMA = _WORD_SCHEMA | {"description": "The id of a voice."}
VoiceName = Annotated[
    Word,
    BeforeValidator(_voice_id),
    WithJsonSchema(
        {"anyOf": [_WORD_SCHEMA, {"type": "object", "properties": {"id": _VOICE_ID_SCHEMA}, "required": ["id"]}]}
    ),
]
_METADATA_SCHEMA = {
    "type": "object",
    "maxProperties": METADATA_LIMITS[0],
    "propertyNames": {"maxLength": METADATA_LIMITS[1], "pattern": f"^{_METADATA_KEY.pattern}$"},
    "additionalProperties": {"type": "string", "maxLength": METADATA_LIMITS[2]},
}
Metadata = Annotated[
    dict[str, str],
    BeforeValidator(_known_metadata),
    AfterValidator(_checked_metadata),
    WithJsonSchema(_METADATA_SCHEMA),
]


def limited_by(setting: str) -> dict[str, JsonValue]:
    """The `json_schema_extra` of a text whose limit is a setting, or follows from it."""
    return {LIMIT_BY_SETTING: setting}


class Document(BaseModel):
    """A body of stock clients: null and empty text mean left out, and they send many fields of their own.

    Unknown fields stay in `model_extra`, to be told of.
    """

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_left_out(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if not cls._is_left_out(name, value)}

    @classmethod
    def _is_left_out(cls, name: str, value: Any) -> bool:
        """An empty `input` says something: that there is no text."""
        return value is None or (value == "" and name != "input")


_Pronounced = Annotated[
    dict[str, str],
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MAX_ENTRIES,
            "propertyNames": {"minLength": 1, "maxLength": MAX_PRONOUNCED_CHARS},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": MAX_SAID_CHARS},
        }
    ),
]
Pronunciations = Annotated[
    _Pronounced | None,
    Field(
        description="How words are said: each word, whole and with its case, to a respelling (`win`), phonemes between"
        " slashes (`/wˈɪn/`; the embedded engine only) or pinyin with tones (`chong2 qing4`).",
        examples=[{"Nguyen": "win", "重庆": "chong2 qing4"}],
    ),
]


class WordChange(Document):
    """One change of words, which are named by their ids."""

    op: Literal["replace", "insert", "delete"] = Field(description="`insert` goes before `word`.")
    word: int = Field(ge=0, description="The id of a word: they count from 0.")
    to: int | None = Field(default=None, ge=0, description="The id of the last word, where there are several.")
    text: Text = Field(default="", json_schema_extra=limited_by("max_input_chars"), description="The new words.")

    def word_edit(self) -> WordEdit:
        """The same for the engine."""
        return WordEdit(self.op, self.word, self.to, self.text)


_CHECKS_MEAN = {
    "max_word_error": "Share of words that may be heard otherwise: numbers as they are read, Mandarin by its pinyin.",
    "min_similarity": "Least likeness of the voice with that of the reference, or of the input: a cosine.",
    "max_silence_s": "Seconds of the longest silence that may be in it.",
    "retries": "How often it is made again, with other seeds.",
}
CHECK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        field.name: {
            "type": "integer" if field.name == "retries" else "number",
            "minimum": RANGES[field.name][0],
            "maximum": RANGES[field.name][1],
            "default": field.default,
            "description": _CHECKS_MEAN[field.name],
        }
        for field in fields(Check)
    },
}
CheckFields = Annotated[
    Any,
    WithJsonSchema(CHECK_SCHEMA),
    Field(
        description="What the result must keep to; what misses is made again with other seeds, as often as `retries`"
        " says, and the best is kept. `x-check-verdict` and the last event tell of it.",
        examples=[{"max_word_error": 0.15, "min_similarity": 0.65, "max_silence_s": 2, "retries": 2}],
    ),
]


class StepAudio(Document):
    """What OpenAI's contract has no words for: whose voice, which edit, how strong."""

    mode: Word = Field(
        default="clone",
        description=f"One of {', '.join(CATALOGUE)}. Case, '-', '_' and spaces do not count.",
        examples=["clone"],
    )
    model_variant: Variant | None = Field(
        default=None, description="The variant of the model to use; `x-model-variant` says which one answered."
    )
    intensity: float = Field(
        default=1.0, ge=INTENSITY_RANGE[0], le=INTENSITY_RANGE[1], description="How strong; 1.0 is standard."
    )
    n_edit_iter: int = Field(
        default=1, ge=ITERATIONS_RANGE[0], le=ITERATIONS_RANGE[1], description="How often the edit is repeated."
    )
    edit_info: Word | None = Field(
        default=None, description="The tag of the edit, such as `happy`; GET /v1/tags lists them."
    )
    prompt_text: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_input_chars"),
        description="What is said in the prompt audio; left out, it is transcribed where needed.",
    )
    prompt_audio_base64: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_upload_bytes"),
        description="The voice to speak in: a file, as base64.",
    )
    prompt_audio_url: Url | None = Field(default=None, description="The voice to speak in: the address of a file.")
    input_audio_base64: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_upload_bytes"),
        description="The recording to edit: a file, as base64.",
    )
    input_audio_url: Url | None = Field(default=None, description="The recording to edit: the address of a file.")
    audio_text: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_transcript_chars"),
        description="What is said in the input audio; left out, it is transcribed where needed.",
    )
    pronunciations: Pronunciations = None
    check: CheckFields = None
    timestamps: bool = Field(
        default=False, description="With `stream_format` sse: tell in `speech.audio.words` events when what is said."
    )
    progress: bool = Field(
        default=False,
        description="With `stream_format` sse, unless `stream` is false: answer once the request is in, and tell in "
        "`speech.audio.progress` events where it waits and how far it is.",
    )
    edits: list[WordChange] | None = Field(
        default=None,
        max_length=MAX_EDITS,
        description="Of `rewrite`, instead of `input`: words of the input audio by their ids.",
    )
    remove: list[Removable] | None = Field(
        default=None,
        min_length=1,
        max_length=len(get_args(Removable)),
        description="Of `fillers`: what it takes out; left out, all of it.",
    )


class SpeechRequest(Document):
    """OpenAI's speech request, with `step_audio` for cloning and editing."""

    model: Word | None = Field(
        default=None,
        description="Required, save where `step_audio` is given; GET /v1/models lists them.",
        examples=[MODEL_ID],
    )
    input: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_input_chars"),
        description="The text to speak; `[pause 0.5s]` in it is a pause."
        " With input audio only `paralinguistic` reads it, as the new text with sound tags, and `rewrite`, as what"
        " is to be said.",
        examples=["The quick brown fox jumps over the lazy dog."],
    )
    voice: VoiceName | None = Field(
        default=None, description="A voice by id, name or alias. Not needed with prompt audio or input audio."
    )
    instructions: Instructions | None = Field(
        default=None,
        description="How to speak, in words. What names an emotion, style or speed of the catalogue is applied.",
    )
    response_format: ResponseFormat | None = Field(
        default=None, description="Left out: mp3, or wav where `step_audio` is given."
    )
    speed: float = Field(default=1.0, ge=SPEED_RANGE[0], le=SPEED_RANGE[1], description="Speed at the same pitch.")
    stream_format: Literal["audio", "sse"] = Field(
        default="audio", description="`audio`: the bytes of the file as they are made. `sse`: the same in events."
    )
    stream: bool | None = Field(
        default=None,
        description="False: answer when all is made, with true sizes in the file and its length. Else answers stream.",
    )
    sample_rate: int | None = Field(
        default=None,
        ge=RATE_RANGE_HZ[0],
        le=RATE_RANGE_HZ[1],
        description="Hz. A format that lacks the rate takes its next higher one.",
    )
    seed: int | None = Field(
        default=None, ge=0, le=MAX_SEED, description="Equal seeds give equal sound; `x-seed` says the one used."
    )
    metadata: Metadata | None = Field(
        default=None, description="Returned as `x-metadata-<key>` headers, the first that fit into 1,024 bytes."
    )
    step_audio: StepAudio | None = Field(
        default=None, description="What OpenAI's contract has no words for: cloning from a recording, and edits."
    )
