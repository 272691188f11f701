"""What is wrong with a pronunciation dictionary. Each names the word."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors.families import InvalidRequest
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class BadPronunciation(InvalidRequest):
    """An entry that cannot be used."""

    code = "invalid_pronunciation"

    word: str


@dataclass(eq=False)
class PronunciationEmpty(BadPronunciation):
    """No letter in the word, or nothing to say for it."""


@dataclass(eq=False)
class PronunciationTooLong(BadPronunciation):
    """A word, or what is said for it, of more characters than an entry takes."""

    max_word_chars: int
    max_said_chars: int


@dataclass(eq=False)
class UnknownPhonemes(BadPronunciation):
    """Symbols that the speech model does not have."""

    symbols: tuple[str, ...]


@dataclass(eq=False)
class UnknownPinyin(BadPronunciation):
    """What looks like pinyin is no syllable of Mandarin."""

    syllable: str


@dataclass(eq=False)
class PhonemesUnread(BadPronunciation):
    """Phonemes, with a backend that reads letters."""


@dataclass(eq=False)
class WordTwice(BadPronunciation):
    """A word that stands in the file before."""


@dataclass(eq=False)
class TooManyPronunciations(InvalidRequest):
    """More entries than a dictionary takes."""

    limit: int


class NotInLexiconForm(InvalidRequest):
    """A line of a file without an equals sign."""


class LexiconUnread(InvalidRequest):
    """The file cannot be read: it is not there, too large, or no UTF-8."""


@dataclass(eq=False)
class BadLexicon(InvalidRequest):
    """A line of the file that cannot be used, and why."""

    line: int
    reason: Fact
