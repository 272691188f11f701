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
    """`name` as users know it, `tag` as a text may ask for it; `read`: written text to readings; `join`: their words;
    `phonemes`: of those words.

    `readers`: how the locales of the timbres begin that are understood in it. Plain reading has a deviation of log-F0
    of `spread_semitones`, and `syllables_per_s`.
    """

    name: str
    tag: str
    read: Callable[[str], Iterator[Reading]]
    join: Callable[[Iterator[Reading]], str]
    phonemes: Callable[[str], str]
    first_words: str  # that load all of it
    readers: tuple[str, ...]
    spread_semitones: float
    syllables_per_s: float


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
    "en": SpokenLanguage(
        name="English",
        tag="English",
        read=_read_english,
        join=_join_english,
        phonemes=english_phonemes,
        first_words="Ready.",
        readers=("en",),  # read by timbres of other languages it is less clear
        spread_semitones=2.8,
        syllables_per_s=4.5,
    ),
    "zh": SpokenLanguage(
        name="Mandarin Chinese",
        tag="Mandarin",
        read=_read_mandarin,
        join=_join_mandarin,
        phonemes=_mandarin_phonemes,
        first_words="好。",
        readers=("",),  # English timbres read it and are understood
        spread_semitones=3.4,  # tones need more
        syllables_per_s=4.8,
    ),
}
