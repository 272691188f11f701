"""Which reading a Chinese character has in its place: a table of places where it has another than its usual one.

`app/assets/embedded/mandarin_readings.tsv` says for each character with several readings how it is read as a word of
its own, and the phrases (with classes of characters in them) where it is read otherwise. The longest that fits decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

NUMERALS = "零一二三四五六七八九十百千万亿两几半多"
_GROUP = re.compile(r"\|(?=[a-z]+[1-5]: )")
_CLASS_OR_N = re.compile(r"\[[^\]]*\]|N")
_WIDTH = re.compile(r"\[[^\]]*\]|\(\?[^)]*\)|\?")


@dataclass(frozen=True, slots=True)
class Character:
    """`alone`: its reading as a word of its own, "" where the dictionary decides; `places` and their readings."""

    alone: str
    places: re.Pattern[str]
    readings: tuple[str, ...]


def reading_at(text: str, at: int) -> str | None:
    """The reading ("zhang3") that the phrases around `text[at]` settle; None where none of them fits."""
    character = _table().get(text[at])
    found = character.places.match(text, at) if character else None
    return character.readings[found.lastindex - 1] if character and found and found.lastindex else None


def reading_alone(char: str) -> str | None:
    """The reading of a character that is a word of its own; None where the dictionary decides."""
    character = _table().get(char)
    return (character.alone or None) if character else None


@cache
def _table() -> dict[str, Character]:
    rows = (files("app") / "assets" / "embedded" / "mandarin_readings.tsv").read_text("utf-8").splitlines()
    return dict(_character(*row.split("\t")) for row in rows if not row.startswith("#"))


def _character(char: str, alone: str, rest: str) -> tuple[str, Character]:
    places: list[tuple[int, str, str]] = []
    for group in _GROUP.split(rest):
        reading, _, phrases = group.partition(": ")
        places += [(*_place(char, phrase), reading) for phrase in phrases.split()]
    places.sort(key=lambda place: -place[0])
    pattern = re.compile("|".join(place[1] for place in places))
    return char, Character("" if alone == "-" else alone, pattern, tuple(place[2] for place in places))


def _place(char: str, phrase: str) -> tuple[int, str]:
    """A phrase as how many characters it takes, and a pattern that fits the character in it."""
    at = phrase.index("_") if "_" in phrase else phrase.index(char)
    before, after = phrase[:at], phrase[at:].removeprefix("_")[1:]
    width = len(_WIDTH.sub(lambda part: "" if part[0][0] in "(?" else "x", before + after))
    before, after = (_CLASS_OR_N.sub(_numerals, part) for part in (before, after))
    return width, (f"(?<={before})" if before else "") + f"({char})" + (f"(?={after})" if after else "")


def _numerals(found: re.Match[str]) -> str:
    return found[0].replace("N", NUMERALS) if found[0] != "N" else f"[{NUMERALS}]"
