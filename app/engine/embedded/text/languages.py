"""What each language of the embedded engine needs, in one table: a new one is one row, its reader and its phonemiser.

Readers and lexicons load when a language is first met (about 0.3 s for English, 1 s for Mandarin).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.engine.embedded.text.scripts import Language
from app.engine.reading import Reading


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """`name` as users know it; `read`: written text to readings; `join`: their words; `phonemes`: of those words."""

    name: str
    read: Callable[[str], Iterator[Reading]]
    join: Callable[[Iterator[Reading]], str]
    phonemes: Callable[[str], str]
    first_words: str  # that load all of it


def _read_english(text: str) -> Iterator[Reading]:
    from app.engine.embedded.text.english.reader import read_english

    return read_english(text)


def _join_english(readings: Iterator[Reading]) -> str:
    from app.engine.embedded.text.english.reader import joined

    return joined(readings)


def english_phonemes(text: str) -> str:
    """Phonemes of spoken English words."""
    from app.engine.embedded.text.english.pronunciation import english_phonemes as phonemes

    return phonemes(text)


def _read_mandarin(text: str) -> Iterator[Reading]:
    from app.engine.chinese import to_simplified
    from app.engine.embedded.text.mandarin.reader import read_mandarin

    return read_mandarin(to_simplified(text))


def _join_mandarin(readings: Iterator[Reading]) -> str:
    return "".join(reading.spoken for reading in readings)


def _mandarin_phonemes(text: str) -> str:
    from app.engine.embedded.text.mandarin.mixed import mixed_phonemes

    return mixed_phonemes(text, english_phonemes)


LANGUAGES: dict[Language, SpokenLanguage] = {
    "en": SpokenLanguage("English", _read_english, _join_english, english_phonemes, "Ready."),
    "zh": SpokenLanguage("Mandarin Chinese", _read_mandarin, _join_mandarin, _mandarin_phonemes, "好。"),
}
