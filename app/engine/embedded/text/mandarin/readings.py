"""Which reading a Chinese character has in its place: a table of places where it has another than its usual one.

`app/assets/embedded/mandarin_readings.tsv` says for each character with several readings how it is read as a word of
its own, and the phrases (with classes of characters in them) where it is read otherwise. The longest that fits decides,
unless it cuts through the words of the sentence: in 这种树 stands 这种, so there is no 种树.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from app.engine.embedded.text.mandarin.cutting import frequency

NUMERALS = "零一二三四五六七八九十百千万亿两几半多"
TITLES = (
    "先生|女士|小姐|太太|夫人|老师|教授|医生|大夫|护士|博士|律师|法官|警官|记者|主任|经理|总监|总裁|总理|总统|董事"
    "|老板|师傅|师父|同学|同志|院长|校长|所长|处长|科长|局长|部长|省长|市长|县长|镇长|书记|主席|主编|导演|教练|队长"
    "|队员|班长|阿姨|叔叔|奶奶|爷爷|大爷|大妈|大哥|大姐|姑娘|公子|将军|司令|秘书|助理"
)
_GROUP = re.compile(r"\|(?=[a-z]+[1-5]: )")
_CLASS_OR_N = re.compile(r"\[[^\]]*\]|N|T")
_WIDTH = re.compile(r"\[[^\]]*\]|\(\?[^)]*\)|\?")


@dataclass(frozen=True, slots=True)
class _Place:
    """`reading` holds where `pattern` fits, which takes `n_before` and `n_after` characters around the one it reads."""

    reading: str
    pattern: str
    n_before: int
    n_after: int

    @property
    def width(self) -> int:
        return self.n_before + self.n_after


@dataclass(frozen=True)
class Character:
    """`alone`: its reading as a word of its own, "" where the dictionary decides; `places`, the longest first."""

    alone: str
    places: tuple[_Place, ...]

    @cached_property
    def _all(self) -> re.Pattern[str]:
        return re.compile("|".join(place.pattern for place in self.places))

    @cached_property
    def _each(self) -> list[re.Pattern[str]]:
        return [re.compile(place.pattern) for place in self.places]

    def fitting(self, text: str, at: int) -> Iterator[_Place]:
        """The places that fit around `text[at]`, the longest first."""
        found = self._all.match(text, at)
        if not found or not found.lastindex:
            return
        first = found.lastindex - 1
        yield self.places[first]
        for place, pattern in zip(self.places[first + 1 :], self._each[first + 1 :], strict=True):
            if pattern.match(text, at):
                yield place


def reading_at(text: str, at: int, words: list[tuple[int, int]]) -> str | None:
    """The reading ("zhang3") that the phrases around `text[at]` settle; None where none of them fits.

    `words`: for each character of the text, where its word begins and ends.
    """
    character = _table().get(text[at])
    for place in character.fitting(text, at) if character else ():
        if not _cuts_words(text, at, place, words):
            return place.reading
    return None


def reading_alone(char: str) -> str | None:
    """The reading of a character that is a word of its own; None where the dictionary decides."""
    character = _table().get(char)
    return (character.alone or None) if character else None


def _cuts_words(text: str, at: int, place: _Place, words: list[tuple[int, int]]) -> bool:
    """Whether the phrase takes a part of a word: of the character's own; or of another, where it is a word itself."""
    begin, end = at - place.n_before, min(at + 1 + place.n_after, len(text))
    if _overlaps(words[at], begin, end) and frequency(text[slice(*words[at])]):
        return True
    cut = {words[i] for i in (begin, end - 1) if _overlaps(words[i], begin, end)}
    return any(frequency(text[slice(*word)]) for word in cut) and frequency(text[begin:end]) > 0


def _overlaps(word: tuple[int, int], begin: int, end: int) -> bool:
    """Whether the word and the phrase share characters, and each has some of its own."""
    is_inside = begin <= word[0] and word[1] <= end
    holds = word[0] <= begin and end <= word[1]
    return not (is_inside or holds)


@cache
def _table() -> dict[str, Character]:
    rows = (files("app") / "assets" / "embedded" / "mandarin_readings.tsv").read_text("utf-8").splitlines()
    return dict(_character(*row.split("\t")) for row in rows if not row.startswith("#"))


def _character(char: str, alone: str, rest: str) -> tuple[str, Character]:
    places: list[_Place] = []
    for group in _GROUP.split(rest):
        reading, _, phrases = group.partition(": ")
        places += [_place(char, phrase, reading) for phrase in phrases.split()]
    places.sort(key=lambda place: -place.width)
    return char, Character("" if alone == "-" else alone, tuple(places))


def _place(char: str, phrase: str, reading: str) -> _Place:
    at = phrase.index("_") if "_" in phrase else phrase.index(char)
    before, after = phrase[:at], phrase[at:].removeprefix("_")[1:]
    n_before, n_after = (len(_WIDTH.sub(_one, part)) for part in (before, after))
    before, after = (_CLASS_OR_N.sub(_spelled, part) for part in (before, after))
    pattern = (f"(?<={before})" if before else "") + f"({char})" + (f"(?={after})" if after else "")
    return _Place(reading, pattern, n_before, n_after)


def _one(part: re.Match[str]) -> str:
    return "" if part[0][0] in "(?" else "x"


def _spelled(found: re.Match[str]) -> str:
    if found[0] == "T":
        return f"(?:{TITLES})"
    return found[0].replace("N", NUMERALS) if found[0] != "N" else f"[{NUMERALS}]"
