"""Subtitles: words in captions of two lines at most, as they are laid out for reading.

Where captions end is chosen for the whole text at once, by dynamic programming over the words: best at the end of a
sentence or before a pause, else of a clause. Limits of length are those of broadcasters' guidelines for adults (42
columns a line, 1 to 7 s, for Chinese 18 characters a line; in words of Netflix's Timed Text Style Guide).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.engine.content.words import TimedWord, text_of
from app.engine.content.written_words import is_wide
from app.engine.hearing.transcriber import compression_ratio
from app.engine.requests import Segment

MAX_LINES = 2
COLUMNS, WIDE_COLUMNS = 42, 18  # of a line: letters, and characters that are as wide as high
SHORTEST_S, LONGEST_S = 1.0, 7.0
PAUSE_S = 0.6  # between words: a caption does not stay over it
_SENTENCE_ENDS, _CLAUSE_ENDS = ".!?…。！？", ",;:—–，；：、"
_CLOSING = "\"'”’」』》〉)）]】"
# Of ending a caption: at a sentence or before a pause, at a clause, within one; of each caption; of a short one.
_AT_CLAUSE, _WITHIN_CLAUSE, _EACH, _TOO_SHORT = 1.0, 4.0, 1.5, 3.0
_IMPOSSIBLE = 1e6


@dataclass(frozen=True, slots=True)
class Caption:
    """Lines that stand together from one time to another, in seconds."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def captions(words: Sequence[TimedWord]) -> list[Caption]:
    """The words as captions, in order; they do not overlap. A word longer than a line has a line of its own."""
    groups = _grouped(words)
    starts = [group[0].start_s for group in groups] + [math.inf]
    return [
        Caption(group[0].start_s, _end_s(group, after_s), tuple(_lines(group)))
        for group, after_s in zip(groups, starts[1:], strict=True)
    ]


def sentences(words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    """The words sentence by sentence."""
    found: list[list[TimedWord]] = []
    for n, word in enumerate(words):
        if n == 0 or _ends(words[n - 1]) == _SENTENCE_ENDS:
            found.append([])
        found[-1].append(word)
    return found


def segments_of(words: Sequence[TimedWord]) -> tuple[Segment, ...]:
    """Words as a transcript has them, a segment for each sentence."""
    return tuple(_segment(n, said) for n, said in enumerate(sentences(words)))


def _segment(n: int, said: Sequence[TimedWord]) -> Segment:
    mean = sum(word.probability for word in said) / len(said)
    text = "".join(word.text for word in said)
    return Segment(
        id=n,
        seek=0,
        start_s=round(said[0].start_s, 3),
        end_s=round(said[-1].end_s, 3),
        text=text,
        tokens=(),
        temperature=0.0,
        avg_logprob=math.log(max(mean, 1e-3)),
        compression_ratio=compression_ratio(text),
        no_speech_prob=0.0,
        words=tuple(replace(word, start_s=round(word.start_s, 3), end_s=round(word.end_s, 3)) for word in said),
    )


def _grouped(words: Sequence[TimedWord]) -> list[Sequence[TimedWord]]:
    """The words of each caption: the cheapest way through all places at which one may end."""
    n = len(words)
    cost = [0.0] + [math.inf] * n  # of the best captions of the first k words
    begun = [0] * (n + 1)
    for end in range(1, n + 1):
        after = words[end] if end < n else None
        for first in range(end - 1, -1, -1):
            group = words[first:end]
            is_one = end - first == 1
            if not is_one and (not _fits(group) or group[-1].end_s - group[0].start_s > LONGEST_S):
                break
            total = cost[first] + _cost(group, after)
            if total < cost[end]:
                cost[end], begun[end] = total, first
    groups: list[Sequence[TimedWord]] = []
    while n:
        groups.append(words[begun[n] : n])
        n = begun[n]
    return groups[::-1]


def _cost(group: Sequence[TimedWord], after: TimedWord | None) -> float:
    pauses = sum(later.start_s - earlier.end_s > PAUSE_S for earlier, later in pairwise(group))
    cost = _EACH + _WITHIN_CLAUSE * pauses
    if after is not None and after.start_s - group[-1].end_s <= PAUSE_S:
        ends = _ends(group[-1])
        cost += 0.0 if ends == _SENTENCE_ENDS else _AT_CLAUSE if ends else _WITHIN_CLAUSE
    if (after.start_s if after else math.inf) - group[0].start_s < SHORTEST_S:
        cost += _TOO_SHORT
    return cost


def _ends(word: TimedWord) -> str:
    """The marks, of sentences or of clauses, that one at the end of the word belongs to; "" where there is none."""
    last = word.text.rstrip().rstrip(_CLOSING)[-1:]
    return next((marks for marks in (_SENTENCE_ENDS, _CLAUSE_ENDS) if last and last in marks), "")


def _end_s(group: Sequence[TimedWord], after_s: float) -> float:
    """A caption stays for its shortest time, if the next one does not come before."""
    start_s = group[0].start_s
    end_s = max(group[-1].end_s, start_s + SHORTEST_S)
    return min(end_s, start_s + LONGEST_S, after_s)


def _fits(group: Sequence[TimedWord]) -> bool:
    return _width(text_of(group)) <= 1 or any(_unevenness(group, n) < _IMPOSSIBLE for n in range(1, len(group)))


def _lines(group: Sequence[TimedWord]) -> list[str]:
    """One line where it is enough, else two, cut at a clause and near the middle."""
    text = text_of(group)
    if _width(text) <= 1 or len(group) == 1:
        return [text]
    cut = min(range(1, len(group)), key=lambda n: _unevenness(group, n))
    return [text_of(group[:cut]), text_of(group[cut:])]


def _unevenness(group: Sequence[TimedWord], cut: int) -> float:
    """How bad it is to begin the second line with this word."""
    above, below = _width(text_of(group[:cut])), _width(text_of(group[cut:]))
    if max(above, below) > 1:
        return _IMPOSSIBLE
    return abs(above - below) - (0.5 if _ends(group[cut - 1]) else 0.0)


def _width(text: str) -> float:
    """Of a text, as a share of the longest line."""
    n_wide = sum(map(is_wide, text))
    return n_wide / WIDE_COLUMNS + (len(text) - n_wide) / COLUMNS
