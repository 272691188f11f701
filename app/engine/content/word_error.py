"""How many words of a text were heard otherwise: numbers as they are read, homophones alike, Mandarin by its pinyin.

Both texts are read as the embedded engine reads them aloud, so that "1984" is "nineteen eighty-four" however it is
written; two words are the same if their letters are, or their sounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.engine.chinese import HAN_CHAR
from app.engine.dictionaries.chinese_readings import readings_of
from app.engine.embedded.text.phonemes import read_spans
from app.engine.hearing.alignment import tokens_of
from app.engine.lexicon import NO_WORDS, Lexicon

_STRESS = re.compile("[ˈˌ]")
_UNREAD = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")  # kana and Hangul, which are not read here


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word, or a syllable of Mandarin: its letters, and its sound as far as it is known."""

    letters: str
    sound: str


def spoken_words(text: str, lexicon: Lexicon = NO_WORDS) -> list[Spoken]:
    """The words of a text as they are said."""
    if _UNREAD.search(text):
        return [Spoken(token.text, token.text) for token in tokens_of(text)]
    return [
        spoken
        for span in read_spans(text, lexicon)
        for word in span.words
        if not word.is_mark
        for spoken in _parts(word.text, word.phonemes)
    ]


def word_error(
    wanted: Sequence[Spoken], heard: Sequence[Spoken], *, may_have_more: bool = False, is_part: bool = False
) -> float | None:
    """Edits per wanted word that turn one into the other; None where no words are wanted.

    `may_have_more`: words beside the wanted ones do not count, as laughs and sighs are heard as some. `is_part`: what
    is heard before and behind all wanted words does not.
    """
    if not wanted:
        return None
    more = 0 if may_have_more else 1
    rows = [[0 if is_part else more * j for j in range(len(heard) + 1)]]
    for i in range(1, len(wanted) + 1):
        row = [i]
        for j in range(1, len(heard) + 1):
            cost = min(rows[i - 1][j] + 1, row[j - 1] + more)
            cost = min(cost, rows[i - 1][j - 1] + (not _alike(wanted[i - 1 : i], heard[j - 1 : j])))
            if i > 1 and _alike(wanted[i - 2 : i], heard[j - 1 : j]):  # "light house"
                cost = min(cost, rows[i - 2][j - 1])
            if j > 1 and _alike(wanted[i - 1 : i], heard[j - 2 : j]):
                cost = min(cost, rows[i - 1][j - 2])
            row.append(cost)
        rows.append(row)
    return (min(rows[-1]) if is_part else rows[-1][-1]) / len(wanted)


def _parts(text: str, phonemes: str) -> Iterator[Spoken]:
    if HAN_CHAR.search(text):
        for char, reading in zip(text, readings_of(text), strict=False):
            yield Spoken(char, reading.rstrip("012345") or char)
    else:
        letters = "".join(filter(str.isalnum, text.casefold()))
        yield Spoken(letters, _STRESS.sub("", phonemes) or letters)


def _alike(some: Sequence[Spoken], others: Sequence[Spoken]) -> bool:
    """Whether words in a row say the same."""
    if "".join(word.letters for word in some) == "".join(word.letters for word in others):
        return True
    return "".join(word.sound for word in some) == "".join(word.sound for word in others)
