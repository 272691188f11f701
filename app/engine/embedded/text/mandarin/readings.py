"""Which reading a Chinese character has in its place: a table of places where it has another than its usual one.

`app/assets/embedded/mandarin_readings.tsv` says for each character with several readings how it is read as a word of
its own, and the phrases (with classes of characters in them) where it is read otherwise. The longest that fits decides,
unless it cuts through the words of the sentence: in 这种树 stands 这种, so there is no 种树.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from app.engine.dictionaries.chinese_cutting import frequency
from app.engine.embedded.text.word_lists import words

NUMERALS = "零一二三四五六七八九十百千万亿两几半多"
TITLES = words(
    "先生 女士 小姐 太太 夫人 老师 教授 医生 大夫 护士 博士 律师 法官 警官 记者 主任 经理 总监 总裁 总理 总统 董事 "
    "老板 师傅 师父 同学 同志 院长 校长 所长 处长 科长 局长 部长 省长 市长 县长 镇长 书记 主席 主编 导演 教练 队长 "
    "队员 班长 阿姨 叔叔 奶奶 爷爷 大爷 大妈 大哥 大姐 姑娘 公子 将军 司令 秘书 助理"
)
PAUSE = "$"  # before and behind a run of characters
_GROUP = re.compile(r"\|(?=[a-z]+[1-5]: )")
_PART = re.compile(r"(\[[^\]]*\]|.)(\?)?")
_UNLESS = re.compile(r"\(\?!(.*)\)$")

Chars = frozenset[str] | None  # one of them; None: any


@dataclass(frozen=True, slots=True)
class _Place:
    """`reading` holds where `before` and `after` stand around the character, and `unless` does not follow."""

    reading: str
    before: tuple[Chars, ...]
    after: tuple[Chars, ...]
    unless: re.Pattern[str] | None

    def fits(self, text: str, at: int) -> bool:
        """Whether `text[at]` stands here."""
        begin, end = at - len(self.before), at + 1 + len(self.after)
        around = itertools.chain(
            zip(self.before, range(begin, at), strict=True), zip(self.after, range(at + 1, end), strict=True)
        )
        if not all(_char(text, i) in chars if chars else 0 <= i < len(text) for chars, i in around):
            return False
        return not (self.unless and self.unless.match(text, end))


@dataclass(slots=True)
class _Character:
    """`alone`: its reading as a word of its own, "" where the dictionary decides; its places by what touches it."""

    alone: str
    by_after: dict[str, list[_Place]] = field(default_factory=dict)
    by_before: dict[str, list[_Place]] = field(default_factory=dict)
    by_neither: list[_Place] = field(default_factory=list)

    def add(self, place: _Place) -> None:
        """Note the place under each character that may touch this one."""
        touching, index = (place.after, self.by_after) if place.after else (place.before[::-1], self.by_before)
        if not touching or touching[0] is None:
            self.by_neither.append(place)
            return
        for char in touching[0]:
            index.setdefault(char, []).append(place)

    def fitting(self, text: str, at: int) -> list[_Place]:
        """The places that fit around `text[at]`, the longest first."""
        near = itertools.chain(
            self.by_after.get(_char(text, at + 1), ()), self.by_before.get(_char(text, at - 1), ()), self.by_neither
        )
        return sorted((place for place in near if place.fits(text, at)), key=_width, reverse=True)


def reading_at(text: str, at: int, extents: list[tuple[int, int]]) -> str | None:
    """The reading ("zhang3") that the phrases around `text[at]` settle; None where none of them fits.

    `extents`: for each character of the text, where its word begins and ends.
    """
    character = _table().get(text[at])
    for place in character.fitting(text, at) if character else ():
        if not _cuts_words(text, at, place, extents):
            return place.reading
    return None


def reading_alone(char: str) -> str | None:
    """The reading of a character that is a word of its own; None where the dictionary decides."""
    character = _table().get(char)
    return (character.alone or None) if character else None


def _char(text: str, at: int) -> str:
    return text[at] if 0 <= at < len(text) else PAUSE


def _width(place: _Place) -> int:
    return len(place.before) + len(place.after)


def _cuts_words(text: str, at: int, place: _Place, extents: list[tuple[int, int]]) -> bool:
    """Whether the phrase takes a part of a word: of the character's own; or of another, where it is a word itself."""
    begin, end = max(0, at - len(place.before)), min(len(text), at + 1 + len(place.after))
    if _overlaps(extents[at], begin, end) and frequency(text[slice(*extents[at])]):
        return True
    cut = {extents[i] for i in (begin, end - 1) if _overlaps(extents[i], begin, end)}
    return any(frequency(text[slice(*word)]) for word in cut) and frequency(text[begin:end]) > 0


def _overlaps(word: tuple[int, int], begin: int, end: int) -> bool:
    """Whether the word and the phrase share characters, and each has some of its own."""
    is_inside = begin <= word[0] and word[1] <= end
    holds = word[0] <= begin and end <= word[1]
    return not (is_inside or holds)


@cache
def _table() -> dict[str, _Character]:
    rows = (files("app") / "assets" / "embedded" / "mandarin_readings.tsv").read_text("utf-8").splitlines()
    table = {}
    for char, alone, rest in (row.split("\t") for row in rows if not row.startswith("#")):
        table[char] = _Character("" if alone == "-" else alone)
        for group in _GROUP.split(rest):
            reading, _, phrases = group.partition(": ")
            for place in itertools.chain.from_iterable(_places(char, phrase, reading) for phrase in phrases.split()):
                table[char].add(place)
    return table


def _places(char: str, phrase: str, reading: str) -> Iterator[_Place]:
    """What a phrase of the table stands for: one place, or one for each title, and for each part that may be absent."""
    unless = _UNLESS.search(phrase)
    phrase = phrase[: unless.start()] if unless else phrase
    at = phrase.index("_") if "_" in phrase else phrase.index(char)
    before, after = phrase[:at], phrase[at:].removeprefix("_")[1:]
    pattern = re.compile(unless[1]) if unless else None
    for written in (after.replace("T", title) for title in TITLES) if "T" in after else [after]:
        for left, right in itertools.product(_variants(before), _variants(written)):
            yield _Place(reading, left, right, pattern)


def _variants(part: str) -> Iterator[tuple[Chars, ...]]:
    """The characters one after the other, with and without those that may be absent."""
    choices: list[tuple[tuple[Chars, ...], ...]] = []
    for written, optional in _PART.findall(part):
        inside = written.strip("[]").replace("N", NUMERALS)
        one: tuple[Chars, ...] = (None if written == "." else frozenset(inside),)
        choices.append((one, ()) if optional else (one,))
    for chosen in itertools.product(*choices):
        yield tuple(itertools.chain.from_iterable(chosen))
