"""What each language of the embedded engine needs, in one table: a new one is one row, its reader and its phonemiser.

Readers and lexicons load when a language is first met (about 0.3 s for English, 1 s for Mandarin).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.engine.embedded.text.scripts import Language
from app.engine.reading import Reading, SpokenWord


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """`name` as users know it, `tag` as a text may ask for it; `read`: written text to readings; `join`: what is said
    for them; `words`: of that, with their sounds; `phonemes`: of those words.

    `readers`: how the locales of the timbres begin that are understood in it. Plain reading has a deviation of log-F0
    of `spread_semitones`, and `syllables_per_s`.
    """

    name: str
    tag: str
    read: Callable[[str], Iterator[Reading]]
    join: Callable[[Iterator[Reading]], str]
    words: Callable[[str], list[SpokenWord]]
    phonemes: Callable[[list[SpokenWord]], str]
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


def _english_words(text: str) -> list[SpokenWord]:
    from app.engine.embedded.text.english.pronunciation import english_words

    return english_words(text)


def _english_phonemes(words: list[SpokenWord]) -> str:
    from app.engine.embedded.text.english.pronunciation import joined_phonemes

    return joined_phonemes(words)


def _read_mandarin(text: str) -> Iterator[Reading]:
    from app.engine.chinese import to_simplified
    from app.engine.embedded.text.mandarin.reader import read_mandarin

    return read_mandarin(to_simplified(text))


def _join_mandarin(readings: Iterator[Reading]) -> str:
    return "".join(reading.spoken for reading in readings)


def _mandarin_words(text: str) -> list[SpokenWord]:
    from app.engine.embedded.text.mandarin.mixed import mixed_words

    return mixed_words(text, _english_words)


def _mandarin_phonemes(words: list[SpokenWord]) -> str:
    from app.engine.embedded.text.mandarin.pronunciation import joined_phonemes

    return joined_phonemes(words)


LANGUAGES: dict[Language, SpokenLanguage] = {
    "en": SpokenLanguage(
        name="English",
        tag="English",
        read=_read_english,
        join=_join_english,
        words=_english_words,
        phonemes=_english_phonemes,
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
        words=_mandarin_words,
        phonemes=_mandarin_phonemes,
        first_words="好。",
        readers=("",),  # English timbres read it and are understood
        spread_semitones=3.4,  # tones need more
        syllables_per_s=4.8,
    ),
}
