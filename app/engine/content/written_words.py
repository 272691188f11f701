"""Where the words of a written text stand: between spaces, and of Chinese as jieba cuts them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import accumulate, pairwise

from app.engine.chinese import HAN, WIDE
from app.engine.content.words import Words
from app.engine.dictionaries.chinese_cutting import words_of

LONGEST_RUN = 250  # characters cut into words at once: jieba's time for unknown ones is quadratic in their number
_JOINTS = "—–…，。！？；：、·“”「」『』《》〈〉【】（）()"  # between two words even where no space is
_OPENING = "([{<“‘「『《〈【（¿¡\"'"
_CORE = re.compile(
    rf"(?P<han>[{HAN}]{{1,{LONGEST_RUN}}})|(?P<wide>[{WIDE}])"
    rf"|(?P<latin>(?:[^\s{WIDE}{re.escape(_JOINTS)}])*[^\W_{WIDE}](?:[^\s{WIDE}{re.escape(_JOINTS)}])*)"
)


def is_wide(char: str) -> bool:
    """Whether a character is set as wide as high, and without spaces between words."""
    return unicodedata.east_asian_width(char) in "WF"


def spaced(words: Words, before: str) -> Words:
    """Words that follow on a text, with a space between where its script has spaces."""
    if not words or not before or before[-1].isspace() or words[0].text[:1].isspace():
        return words
    if is_wide(before[-1]) or is_wide(words[0].text[0]):
        return words
    return (replace(words[0], text=f" {words[0].text}"), *words[1:])


def word_spans(text: str) -> list[tuple[int, int]]:
    """Begin and end of each word of a text, which they cover without gaps; none where it has no letters or digits.

    A word has the white space and the opening marks before it, and the marks behind it.
    """
    cores = [span for match in _CORE.finditer(text) for span in _cut(match)]
    if not cores:
        return []
    begins = [0, *(_border(text, end, begin) for (_, end), (begin, _) in pairwise(cores)), len(text)]
    return list(pairwise(begins))


def _cut(match: re.Match[str]) -> list[tuple[int, int]]:
    if match.lastgroup != "han":
        return [match.span()]
    ends = accumulate(map(len, words_of(match[0])), initial=match.start())
    return list(pairwise(ends))


def _border(text: str, end: int, begin: int) -> int:
    """Where between two words the second begins: at the last space, else before the marks that open it."""
    between = text[end:begin]
    if space := re.search(r"\s+\S*$", between):
        return end + space.start()
    return end + len(between.rstrip(_OPENING))
