"""The port of transcription: one Whisper, what it is given, and the limits that all of them keep."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio

EMBEDDED_MODEL = "base"
# Names the openai-whisper package downloads; kept here because importing it loads torch.
OPENAI_MODELS = (
    *("tiny", "tiny.en", "base.en", "small", "small.en", "medium", "medium.en"),
    *("large", "large-v1", "large-v2", "large-v3", "large-v3-turbo", "turbo"),
)

MAX_COMPRESSION = 2.4  # text that shrinks more than this by zlib repeats itself (the Whisper paper, section 4.5)

MARGIN_S = 0.5  # kept around speech, so that soft beginnings and ends are heard
BEAM_SIZE = 5
FALLBACK_TEMPERATURE = 0.4  # tried when the beam search loops or is very unsure of itself
TOKENS_PER_S = 12  # quick Mandarin takes 10
SPARE_TOKENS = 20  # timestamps and punctuation of a short window
MAX_TOKENS = 220  # half of Whisper's context; the other half is for the prompt

# Whisper mixes both Chinese scripts; an opening in the simplified one settles it.
OPENINGS = {"zh": "以下是普通话的句子。"}


@dataclass(frozen=True, slots=True)
class TranscriberOptions:
    """How a window is transcribed: its `language` (None: detect it), the words before it, and `temperature` 0 to 1.

    `task` "translate" writes English.
    """

    language: str | None
    prompt: str | None
    temperature: float
    task: Literal["transcribe", "translate"] = "transcribe"

    @property
    def temperatures(self) -> tuple[float, ...]:
        """The one asked for; from 0, a second try at a higher one where the first goes wrong."""
        return (self.temperature,) if self.temperature > 0 else (0.0, FALLBACK_TEMPERATURE)

    def prompt_for(self, language: str) -> str | None:
        """The caller's prompt, else the opening that suits the language."""
        return self.prompt or (OPENINGS.get(language) if self.task == "transcribe" else None)


def max_tokens(duration_s: float) -> int:
    """The most tokens that so much speech can have: a decoding that loops ends there."""
    return min(MAX_TOKENS, SPARE_TOKENS + round(TOKENS_PER_S * duration_s))


class Transcriber(Protocol):
    """One Whisper."""

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """Yield what is said in at most 30 s of sound at 16 kHz; times count from the window's start.

        Raises PartMissing, Cancelled, DeadlineExceeded.
        """

    def language_probs(self, sound: Audio, control: JobControl) -> Mapping[str, float]:
        """How likely each language (ISO-639-1) is in at most 28 s of sound at 16 kHz; what is behind is not heard.

        Raises PartMissing, Cancelled, DeadlineExceeded.
        """


def compression_ratio(text: str) -> float:
    """How many times smaller zlib makes the text."""
    packed = text.encode()
    return len(packed) / len(zlib.compress(packed))
