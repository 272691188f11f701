"""A pronunciation dictionary: words, and how each is said instead of as it would be read.

Words are found whole and with their case, the longest first. Scripts carry the dictionary; `pronunciations.py` checks
what people write into one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.engine.chinese import HAN, HAN_CHAR

_LETTER = rf"[^\W_{HAN}]"  # or a digit; between Chinese characters there is no end of a word to see
_NO_WORD_BEFORE = rf"(?<!{_LETTER})"
_NO_WORD_BEHIND = rf"(?!['’](?!s\b){_LETTER}|{_LETTER})"  # "Nguyen's" has the word, "don't" has no "don"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """`said` for `word`: other letters to read, symbols of the embedded engine, or syllables of pinyin with tones."""

    word: str
    said: str
    kind: Literal["respelling", "phonemes", "pinyin"]

    @property
    def written(self) -> str:
        """`said` as people write it into a dictionary."""
        return f"/{self.said}/" if self.kind == "phonemes" else self.said


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Pronunciations, each word once."""

    entries: tuple[Pronunciation, ...] = ()

    def over(self, other: Lexicon) -> Lexicon:
        """Both together; where a word stands in both, this one says it."""
        if not (self.entries and other.entries):
            return self if self.entries else other
        merged = {entry.word: entry for entry in (*other.entries, *self.entries)}
        return Lexicon(tuple(merged.values()))

    def found(
        self, text: str, spelling: Callable[[str], str] = lambda word: word
    ) -> Iterator[tuple[int, int, Pronunciation]]:
        """Where the words stand in the text: start, end, entry. `spelling` writes a word as the text does."""
        here = {spelled: entry for entry in self.entries if (spelled := spelling(entry.word)) and spelled in text}
        if here:
            for match in _pattern(tuple(here)).finditer(text):
                yield match.start(), match.end(), here[match[0]]

    def readable(self, text: str) -> str:
        """The text with a word that anybody reads in the place of each that is given in sounds."""
        return _replaced(text, self.found(text), lambda entry: entry.said if entry.kind == "respelling" else "a")


NO_WORDS = Lexicon()


def written_out(text: str, lexicon: Lexicon) -> tuple[str, list[tuple[int, int]]]:
    """The text with respellings and typed pinyin in the place of words; and where words ended, with the shift there."""
    shifts, shift = [], 0
    found = list(lexicon.found(text))
    for begin, end, entry in found:
        shift += len(as_typed(entry)) - (end - begin)
        shifts.append((end, shift))
    return _replaced(text, iter(found), as_typed), shifts


def as_typed(entry: Pronunciation) -> str:
    """What is typed for the word: its respelling, or its pinyin in one ("chong2qing4")."""
    return entry.said.replace(" ", "") if entry.kind == "pinyin" else entry.said


def _replaced(text: str, found: Iterator[tuple[int, int, Pronunciation]], said: Callable[[Pronunciation], str]) -> str:
    parts, at = [], 0
    for begin, end, entry in found:
        parts += [text[at:begin], said(entry)]
        at = end
    return "".join([*parts, text[at:]])


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_whole, sorted(words, key=len, reverse=True))))


def _whole(word: str) -> str:
    before = _NO_WORD_BEFORE if _needs_end(word[0]) else ""
    return before + re.escape(word) + (_NO_WORD_BEHIND if _needs_end(word[-1]) else "")


def _needs_end(c: str) -> bool:
    return c.isalnum() and not HAN_CHAR.match(c)
