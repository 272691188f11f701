"""What is wrong with a text to be spoken."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import InvalidRequest


@dataclass(eq=False)
class EmptyText(InvalidRequest):
    """No text, or only white space."""

    code = "empty_text"

    param: str | None = field(default="input", kw_only=True)


@dataclass(eq=False)
class TextTooLong(InvalidRequest):
    """More characters than the service takes in one request."""

    code = "text_too_long"

    limit: int
    length: int
    param: str | None = field(default="input", kw_only=True)


class UnspeakableText(InvalidRequest):
    """The text holds nothing that can be spoken, or a language the backend does not speak."""

    code = "unsupported_language"


@dataclass(eq=False)
class NothingToSpeak(UnspeakableText):
    """No letter or digit that any voice can read."""


@dataclass(eq=False)
class ForeignLanguage(UnspeakableText):
    """A language tag of a language that the backend does not speak."""

    language: str
    spoken: tuple[str, ...]


@dataclass(eq=False)
class ForeignScript(UnspeakableText):
    """Letters of a script that the backend does not read."""

    script: str
    spoken: tuple[str, ...]


@dataclass(eq=False)
class PausesTooLong(InvalidRequest):
    """The pauses that a text asks for last longer, together, than the service makes."""

    code = "pauses_too_long"

    limit_s: float
    length_s: float


@dataclass(eq=False)
class TooManySounds(InvalidRequest):
    """A request asks for more sounds than the service makes for one."""

    code = "too_many_sounds"

    limit: int
    n_sounds: int


@dataclass(eq=False)
class TextAndClipTooLong(InvalidRequest):
    """Text and recording together are more tokens than the model takes."""

    n_tokens: int


@dataclass(eq=False)
class ReservedSymbols(InvalidRequest):
    """Symbols in the text that are the model's own."""


@dataclass(eq=False)
class TooManyPhonemes(InvalidRequest):
    """More phonemes than one synthesis takes."""

    n_phonemes: int
    limit: int
