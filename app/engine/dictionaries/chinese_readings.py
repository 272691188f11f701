"""How Chinese characters are read, alone and in phrases: pypinyin's lists, without the sets it makes of them.

pypinyin takes 55 MB when it is imported. What is done here with its lists is what its `pinyin` does with them.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache

from app.engine.dictionaries.package_data import package_file
from app.engine.dictionaries.packed import PackedStrings

UNKNOWN = ""
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}  # macron, acute, caron, grave
_NEUTRAL = "5"


@lru_cache(maxsize=8192)
def readings_of(word: str) -> tuple[str, ...]:
    """The reading of each character ("zhong1", "lv4", neutral ones with 5), or `UNKNOWN`: by phrases, else alone."""
    readings: list[str] = []
    while len(readings) < len(word):
        readings += _first_phrase(word[len(readings) :])
    return tuple(readings)


def is_phrase(word: str) -> bool:
    """Whether the list has readings for the word as a whole."""
    return word in _phrases()


def _first_phrase(text: str) -> list[str]:
    """Readings of the longest phrase that the text begins with, or of its first character."""
    for end in range(min(len(text), _phrases_and_longest()[1]), 1, -1):
        if (found := _phrases().get(text[:end])) is not None:
            return [numbered(reading) for reading in found.split()]
    first = _characters().get(text[0], "").partition(",")[0]
    return [numbered(first) if first else UNKNOWN]


def numbered(reading: str) -> str:
    """A reading with its tone as a number: "zhōng" -> "zhong1", "lǜ" -> "lv4", "de" -> "de5"."""
    plain, tone = "", _NEUTRAL
    for letter in unicodedata.normalize("NFD", reading):
        if letter in _TONES:
            tone = _TONES[letter]
        else:
            plain += letter
    return unicodedata.normalize("NFC", plain).replace("ü", "v") + tone


def _phrases() -> PackedStrings:
    return _phrases_and_longest()[0]


@cache
def _phrases_and_longest() -> tuple[PackedStrings, int]:
    listed: dict[str, list[list[str]]] = json.loads(package_file("pypinyin", "phrases_dict.json").read_bytes())
    packed = PackedStrings((phrase, " ".join([first for first, *_ in way])) for phrase, way in listed.items())
    return packed, max(map(len, listed))


@cache
def _characters() -> PackedStrings:
    listed: dict[str, str] = json.loads(package_file("pypinyin", "pinyin_dict.json").read_bytes())
    return PackedStrings((chr(int(code)), readings) for code, readings in listed.items())
