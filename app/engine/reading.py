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
class SpokenWord:
    """A word that is said, or a mark of punctuation, and its phonemes in its place."""

    text: str
    phonemes: str

    @property
    def is_mark(self) -> bool:
        """Whether it is punctuation, which only makes pauses."""
        return not any(map(str.isalnum, self.text))


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """Text of one language ("en", "zh"; "" where a model reads letters itself); its words have phonemes, if it has."""

    language: str
    readings: tuple[Reading, ...]
    phonemes: str
    words: tuple[SpokenWord, ...] = ()
