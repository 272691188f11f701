"""What two texts say differently, in whole words.

Texts are compared by what is said for them: case, punctuation, and digits against words make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.engine.chinese import HAN_CHAR, to_simplified
from app.engine.content.written_words import word_spans
from app.engine.hearing.alignment import tokens_of
from app.engine.reading import Reading

LEAST_BETWEEN = 2  # words between two changes, or both are made as one
_CORE = re.compile(r"[$€£¥#@&+]?\w(?:.*\w)?[%°+]?", re.DOTALL)  # of a word: without the marks around it


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its characters `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Change:
    """The words `first` up to `last` of the present text become `text`: `""` deletes, `first == last` inserts.

    `after` are the places of the new words among those of the target text.
    """

    first: int
    last: int
    text: str
    after: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A spoken unit of a text, which stands for its characters `start` to `end`."""

    key: str
    start: int
    end: int


def words_of(text: str) -> tuple[Word, ...]:
    """The words, in order, without the marks around them. Loads jieba where there is Chinese."""
    found = ((begin, end, _CORE.search(text[begin:end])) for begin, end in word_spans(text))
    return tuple(
        Word(core[0], begin + core.start(), begin + core.end()) if core else Word(text[begin:end], begin, end)
        for begin, end, core in found
    )


def changes_between(present: str, target: str) -> list[Change]:
    """What has to be said differently so that the target is said, in whole words; nothing where both say the same."""
    old, new = _Text.of(present), _Text.of(target)
    matcher = SequenceMatcher(None, old.keys, new.keys, autojunk=False)
    spans: list[list[int]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        # Chinese with another character may be cut elsewhere: up to a border of words that both have.
        while not (old.has_border(i1) and new.has_border(j1)):
            i1, j1 = i1 - 1, j1 - 1
        while not (old.has_border(i2) and new.has_border(j2)):
            i2, j2 = i2 + 1, j2 + 1
        if spans and i1 <= spans[-1][1]:
            spans[-1] = [min(spans[-1][0], i1), max(spans[-1][1], i2), min(spans[-1][2], j1), max(spans[-1][3], j2)]
        else:
            spans.append([i1, i2, j1, j2])
    return [
        Change(
            old.words_before(i1),
            old.words_before(i2),
            new.between(j1, j2),
            (new.words_before(j1), new.words_before(j2)),
        )
        for i1, i2, j1, j2 in spans
    ]


def joined_changes(changes: Sequence[Change], target: str) -> tuple[Change, ...]:
    """The changes of a text, those that stand so close that no joint fits between them as one."""
    spans = word_spans(target)
    joined: list[Change] = []
    for change in changes:
        if joined and change.first - joined[-1].last < LEAST_BETWEEN:
            before = joined.pop()
            after = (before.after[0], change.after[1])
            text = target[spans[after[0]][0] : spans[after[1] - 1][1]].strip()
            change = Change(before.first, change.last, text, after)
        joined.append(change)
    return tuple(joined)


def said(text: str) -> list[str]:
    """What is said for a text, in units that are compared."""
    return [unit.key for unit in _units(text)]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in words, and in what is said for it."""

    text: str
    words: tuple[Word, ...]
    units: list[_Unit]

    @classmethod
    def of(cls, text: str) -> _Text:
        return cls(text, words_of(text), _units(text))

    @property
    def keys(self) -> list[str]:
        return [unit.key for unit in self.units]

    def has_border(self, n: int) -> bool:
        """Whether a word begins with the n-th unit, or all units are before it."""
        if n <= 0 or n >= len(self.units):
            return True
        start = self.units[n].start
        return start != self.units[n - 1].start and any(word.start == start for word in self.words)

    def words_before(self, n: int) -> int:
        """How many words begin before the n-th unit."""
        return sum(word.start < self.units[n].start for word in self.words) if n < len(self.units) else len(self.words)

    def between(self, first: int, last: int) -> str:
        """The words of these units, with what stands between them."""
        a, b = self.words_before(first), self.words_before(last)
        return self.text[self.words[a].start : self.words[b - 1].end] if a < b else ""


def _units(text: str) -> list[_Unit]:
    """The spoken units: for "20 km" both "twenty" and "kilometres" stand for the characters that they are read from."""
    units: list[_Unit] = []
    for reading, at in _readings(text):
        is_plain = reading.written == reading.spoken
        spoken = reading.spoken if is_plain else reading.spoken.replace("·", "")  # which stands between spelt letters
        for token in tokens_of(spoken):
            span = (at + token.start, at + token.end) if is_plain else (at, at + len(reading.written))
            units.append(_Unit(_key(token.text), *span))
    return units


def _key(token: str) -> str:
    return to_simplified(token) if HAN_CHAR.match(token) else token.replace("’", "'")


def _readings(text: str) -> Iterator[tuple[Reading, int]]:
    """How each stretch of the text is read, and where it begins: numbers and the like as words."""
    from app.engine.embedded.text.languages import LANGUAGES
    from app.engine.embedded.text.scripts import language_spans

    at = 0
    for span in language_spans(text):
        for reading in LANGUAGES[span.language].read(span.text):
            yield reading, at
            at += len(reading.written)
