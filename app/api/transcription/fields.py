"""The fields of transcriptions and translations, from a form or from JSON, and what has no effect."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Request
from pydantic import Field

from app.api.incoming.forms import Form, is_json, read_form, read_json
from app.api.incoming.multipart import MAX_PARTS
from app.api.incoming.sources import Source
from app.api.model_names import TRANSCRIPTION_ALIASES
from app.api.refusals import MissingBase64, MissingParameter
from app.api.schemas import Document, Prompt, Word
from app.api.service import Service
from app.api.unknown_fields import at_home, warn_of_unknown
from app.engine.facts.warnings import OneSpeaker, ParamUnused
from app.engine.hearing.languages import is_to_be_detected
from app.engine.job import JobControl
from app.engine.requests import TranscribeRequest
from app.engine.sound.audio import Audio

Granularity = Literal["word", "segment"]
FILE, INPUT_AUDIO = "file", "input_audio"  # where the recording stands in a form, and in JSON
LISTS = frozenset(
    {"languages", "keywords", "include", "timestamp_granularities", "known_speaker_names", "known_speaker_references"}
)
NO_VALUES = frozenset({"null", "undefined"})  # what JavaScript writes into a form for fields that are not set
# Fields of OpenAI's contract that ask for what this service does not have.
WITHOUT_EFFECT = ("include", "known_speaker_names", "known_speaker_references")


class TranscriptionFields(Document):
    """What may stand beside the recording."""

    model: Word = Field(description="GET /v1/models lists them.", examples=[TRANSCRIPTION_ALIASES[0]])
    language: Word | None = Field(
        default=None,
        description="ISO-639-1 code, locale or English name; left out or `auto`, it is detected. `zh-TW`, `zh-HK`,"
        " `zh-Hant` and `yue` write traditional characters.",
        examples=["en"],
    )
    languages: list[Word] | None = Field(default=None, max_length=MAX_PARTS, description="One is taken as `language`.")
    prompt: Prompt | None = Field(default=None, description="Words to expect, or the text before; its end counts.")
    keywords: list[Word] | None = Field(
        default=None, max_length=MAX_PARTS, description="Words to expect; they go before the prompt."
    )
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = Field(
        default="json", description="The form of the answer. `diarized_json` gives all to one speaker."
    )
    temperature: float = Field(
        default=0.0, ge=0, le=1, description="0 takes the likeliest words; higher values draw among the likely."
    )
    timestamp_granularities: list[Granularity] | None = Field(
        default=None, max_length=MAX_PARTS, description="With `verbose_json` only; segments if left out."
    )
    stream: bool = Field(
        default=False, description="Send events as segments are found; for `json`, `text` and `diarized_json` only."
    )
    chunking_strategy: Any = Field(
        default=None, description="Accepted for OpenAI's clients; recordings are always cut where nobody speaks."
    )
    include: Any = Field(default=None, description="Accepted for OpenAI's clients, without effect.")
    known_speaker_names: Any = Field(
        default=None, description="Accepted for OpenAI's clients, without effect: speakers are not told apart."
    )
    known_speaker_references: Any = Field(
        default=None, description="Accepted for OpenAI's clients, without effect: speakers are not told apart."
    )

    @property
    def task(self) -> Literal["transcribe", "translate"]:
        """What Whisper is to do."""
        return "transcribe"

    @property
    def asked_language(self) -> str | None:
        """The one language asked for; None to detect it."""
        asked = self.language or (self.languages[0] if self.languages and len(self.languages) == 1 else None)
        return None if asked is None or is_to_be_detected(asked) else asked

    @property
    def is_streamed(self) -> bool:
        """Whether the answer is events."""
        return self.stream and self.response_format in ("json", "text", "diarized_json")

    def request(self, audio: Audio, whisper: str | None) -> TranscribeRequest:
        """What the engine is asked; `whisper` is the one to use, None leaves the choice."""
        opening = ", ".join(self.keywords or ())
        prompt = f"{opening}. {self.prompt}" if opening and self.prompt else opening or self.prompt
        translates = self.task == "translate"
        return TranscribeRequest(audio, self.asked_language, prompt, self.temperature, whisper, translates)

    def warn(self, control: JobControl) -> None:
        """Tell of the fields that have no effect."""
        unused = {
            "languages": bool(self.languages) and (bool(self.language) or len(self.languages or ()) > 1),
            "timestamp_granularities": bool(self.timestamp_granularities) and self.response_format != "verbose_json",
            "stream": self.stream and not self.is_streamed,
            "chunking_strategy": self.chunking_strategy not in (None, "auto"),
            **{name: bool(getattr(self, name)) for name in WITHOUT_EFFECT},
        }
        for param, is_unused in unused.items():
            if is_unused:
                control.warn(ParamUnused(param))
        if self.response_format == "diarized_json":
            control.warn(OneSpeaker())
        warn_of_unknown(self.model_extra or {}, at_home(type(self).model_fields), control)


class TranslationFields(TranscriptionFields):
    """The same, of a translation into English: `language` is the one that is spoken."""

    @property
    def task(self) -> Literal["transcribe", "translate"]:
        """What Whisper is to do."""
        return "translate"


async def read_request(
    request: Request, service: Service, control: JobControl, kind: type[TranscriptionFields]
) -> tuple[Source, TranscriptionFields]:
    """The recording, not yet decoded, and the fields of a form or a JSON body. Raises InvalidRequest and its family."""
    if is_json(request):
        source, values = _from_json(await read_json(request, service, service.document_bytes))
    else:
        form = await read_form(request, service)
        source, values = Source(FILE, upload=form.required_file(FILE)), _from_form(form)
    if not values.get("model"):
        raise MissingParameter(param="model")
    fields = kind.model_validate(values)
    fields.warn(control)
    return source, fields


def _from_form(form: Form) -> dict[str, Any]:
    names = [name for name in form.names if name != FILE]
    return {name: _values(form.texts(name)) if name in LISTS else _said(form.text(name)) for name in names}


def _said(text: str | None) -> str | None:
    return None if text in NO_VALUES else text


def _values(texts: list[str]) -> list[str]:
    """The values of a list, each in a part of its own, or all in one: as JSON, or with commas between them."""
    values = (value.strip(" \"'[]") for text in texts for value in text.split(","))
    return [value for value in values if value and value not in NO_VALUES]


def _from_json(document: Any) -> tuple[Source, dict[str, Any]]:
    """OpenRouter's shape, which Open WebUI can send: `input_audio` with `data`, the file as base64."""
    fields = document if isinstance(document, dict) else {}
    recording = fields.get(INPUT_AUDIO)
    data = recording.get("data") if isinstance(recording, dict) else None
    if not isinstance(data, str) or not data:
        raise MissingBase64(param=f"{INPUT_AUDIO}.data")
    return Source(f"{INPUT_AUDIO}.data", base64=data), {k: v for k, v in fields.items() if k != INPUT_AUDIO}
