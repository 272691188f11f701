"""How a text will be read aloud: the shapes in which a backend tells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A stretch of text as written, and what is said for it; `kind` names the rule ("date", "money", "word", ...)."""

    written: str
    spoken: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """Text of one language ("en", "zh"; "" where a model reads letters itself), with its phonemes, if it has any."""

    language: str
    readings: tuple[Reading, ...]
    phonemes: str
