"""POST /v1/audio/speech/reading: how a text will be read, so that people find out why a word sounds wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.api.errors import documented
from app.api.incoming.forms import json_body, read_json
from app.api.schemas import Document, Pronunciations, Text, limited_by
from app.api.service import ServiceDep
from app.engine.errors import EmptyText
from app.engine.pronunciations import checked_lexicon
from app.engine.script import parse_script

router = APIRouter(tags=["speech"])
EXAMPLE = {"input": "GPT-4.5 costs $5/month."}


class ReadingOptions(Document):
    """What the reading of a text depends on."""

    pronunciations: Pronunciations = None


class ReadingRequest(Document):
    """The text to read."""

    input: Text | None = Field(
        default=None,
        json_schema_extra=limited_by("max_input_chars"),
        description="The text, as POST /v1/audio/speech takes it.",
        examples=["GPT-4.5 costs $5/month."],
    )

    step_audio: ReadingOptions | None = Field(default=None, description="How words are said, as in speech.")


class ReadStretch(BaseModel):
    """A stretch as written, what is said for it, and the rule that read it: `word`, `money`, `lexicon` ..."""

    written: str
    spoken: str
    kind: str


class ReadWord(BaseModel):
    """A word that is said, and its phonemes in its place: with the tones and weak forms that its neighbours give it."""

    word: str
    phonemes: str


class ReadPart(BaseModel):
    """Text of one language (empty where a model reads the letters itself), with its words and the phonemes of all."""

    language: str
    readings: list[ReadStretch]
    words: list[ReadWord]
    phonemes: str


class TextReading(BaseModel):
    """How a text is read, in the order of the text."""

    object: Literal["speech.reading"] = "speech.reading"
    backend: str
    parts: list[ReadPart]


@router.post(
    "/audio/speech/reading", responses=documented(400, 413, 429, 503), openapi_extra=json_body(ReadingRequest, EXAMPLE)
)
async def read_text(request: Request, service: ServiceDep) -> TextReading:
    """Show how a text will be read: its words and spans, what is said for each, and the phonemes."""
    body = ReadingRequest.model_validate(await read_json(request, service, service.document_bytes))
    if not body.input:
        raise EmptyText(param="input")
    options = body.step_audio or ReadingOptions()
    lexicon = checked_lexicon(options.pronunciations or {}, "step_audio.pronunciations")
    spans = await service.engine.read(replace(parse_script(body.input), lexicon=lexicon), "input")
    parts = [
        ReadPart(
            language=span.language,
            readings=[ReadStretch(written=r.written, spoken=r.spoken, kind=r.kind) for r in span.readings],
            words=[ReadWord(word=word.text, phonemes=word.phonemes) for word in span.words if not word.is_mark],
            phonemes=span.phonemes,
        )
        for span in spans
    ]
    return TextReading(backend=service.engine.backend_name, parts=parts)
