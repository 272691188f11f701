"""When a place in a text is spoken: the text is matched to recognised words with times.

Tokens are words, and single characters of scripts that are written without spaces. The recogniser's words and the
text are matched by edit distance; Han characters count as equal when they sound equal (toneless pinyin), because the
recogniser mixes simplified, traditional and homophones. Where nothing matches, time runs in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.engine.chinese import HAN_CHAR, WIDE, WIDE_CHAR, to_simplified
from app.engine.content.words import TimedWord
from app.engine.dictionaries.chinese_readings import readings_of

_TOKEN = re.compile(rf"[{WIDE}]|[^\W_{WIDE}]+(?:['’][^\W_{WIDE}]+)*")
SYLLABLE_WEIGHT = 2.5  # a character that is a syllable takes as long as this many Latin letters
DIGIT_WEIGHT = 4.0
GAP_COST = 0.7  # two gaps cost more than one substitution: unlike words in the same place still belong together

MATCHED_TOGETHER = 300  # tokens: time and memory grow with their square

LIKE_ENOUGH = 0.5  # edit distance below which two texts count as the same words
MAX_COMPARED, MAX_UNLIKENESS = 400, 0.5  # tokens of a transcript, and the edit distance for each of the longer one

_Heard = tuple[str, float, float, float]  # a recognised token: text, begin and end in seconds, probability


@dataclass(frozen=True, slots=True)
class Token:
    """A spoken unit of a text: characters `start` to `end` of it."""

    text: str
    start: int
    end: int

    @property
    def weight(self) -> float:
        """Its share of speaking time, in Latin letters."""
        if self.text.isdigit():
            return DIGIT_WEIGHT * len(self.text)
        return SYLLABLE_WEIGHT if WIDE_CHAR.match(self.text) else float(len(self.text))


def tokens_of(text: str) -> list[Token]:
    """The spoken units of a text, in order."""
    return [Token(m.group().casefold(), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def boundary_times(
    text: str, positions: Sequence[int], words: Sequence[TimedWord], speech_start_s: float, speech_end_s: float
) -> list[float]:
    """The time in seconds at which each character position of `text` is reached, within the spoken stretch.

    A position before the first token gives `speech_start_s`, one after the last `speech_end_s`; any other the middle
    of the gap between its neighbours. A position inside a word moves to the word's nearer end.
    """
    tokens = tokens_of(text)
    if not tokens:
        return [speech_end_s for _ in positions]
    heard = [w for w in _timed_tokens(words) if w[2] > speech_start_s and w[1] < speech_end_s]
    ends, starts = _anchored(tokens, heard, speech_start_s, speech_end_s)
    middles = [(t.start + t.end) / 2 for t in tokens]
    boundaries = [int(np.searchsorted(middles, position)) for position in positions]
    return [float((ends[k] + starts[k]) / 2) for k in boundaries]


def cuts_at_times(
    text: str, times_s: Sequence[float], words: Sequence[TimedWord], speech_start_s: float, speech_end_s: float
) -> list[int]:
    """The positions at which `text` is cut, each at the start of a word, when its sound is cut at ascending times.

    A word goes where its middle lies. Without recognised words, time runs in proportion to the text.
    """
    edges = [*(token.start for token in tokens_of(text)), len(text)]
    edges_s = np.array(boundary_times(text, edges, words, speech_start_s, speech_end_s))
    middles_s = (edges_s[:-1] + edges_s[1:]) / 2
    return [edges[k] for k in np.searchsorted(middles_s, times_s)]


def token_times(
    text: str, words: Sequence[TimedWord], speech_start_s: float, speech_end_s: float
) -> list[tuple[float, float, float]]:
    """Begin and end in seconds of each token of `text`, and how sure it is that it was heard: 0 where it was not."""
    tokens = tokens_of(text)
    if not tokens:
        return []
    heard = _timed_tokens(words)
    ends, starts = _anchored(tokens, heard, speech_start_s, speech_end_s)
    match = _matched_in_line([t.text for t in tokens], [h[0] for h in heard])
    sure = {k: heard[h][3] for k, h in match.items()}
    return [
        (float(start), max(float(start), float(end)), sure.get(k, 0.0))
        for k, (start, end) in enumerate(zip(starts[:-1], ends[1:], strict=True))
    ]


def same_words(a: str, b: str) -> bool:
    """True when two texts are read alike: case, punctuation and homophones do not count."""
    return bool(_edit_costs([t.text for t in tokens_of(a)], [t.text for t in tokens_of(b)])[-1, -1] < LIKE_ENOUGH)


def is_like(text: str, heard: str) -> bool:
    """Whether a text may be what is said in a recording, though who transcribed it misheard words. Takes CPU time."""
    a, b = ([token.text for token in tokens_of(to_simplified(words))][:MAX_COMPARED] for words in (text, heard))
    return bool(_edit_costs(a, b)[-1, -1] <= MAX_UNLIKENESS * max(len(a), len(b)))


def _anchored(
    tokens: list[Token], heard: list[_Heard], speech_start_s: float, speech_end_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each of the `n_tokens + 1` boundaries: when what is before it ends, and when what is after it starts.

    Known from matched neighbours; between them by the weights of the tokens.
    """
    place = np.concatenate(([0.0], np.cumsum([t.weight for t in tokens])))
    match = _matched_in_line([t.text for t in tokens], [h[0] for h in heard])
    end_at = {k + 1: heard[h][2] for k, h in match.items()}
    start_at = {k: heard[h][1] for k, h in match.items()}
    knots = [(place[0], speech_start_s)]
    for k in range(len(place)):
        knots += [(place[k], t) for t in (end_at.get(k), start_at.get(k)) if t is not None]
    knots.append((place[-1], speech_end_s))
    x, y = np.array(knots).T
    y = np.maximum.accumulate(y)
    between = np.interp(place, x, y)
    ends = np.array([end_at.get(k, start_at.get(k, between[k])) for k in range(len(place))])
    starts = np.array([start_at.get(k, end_at.get(k, between[k])) for k in range(len(place))])
    ends[0] = starts[0] = speech_start_s
    ends[-1] = starts[-1] = speech_end_s
    return ends, starts


def _timed_tokens(words: Sequence[TimedWord]) -> list[_Heard]:
    """Recognised words cut into tokens; a word of several characters shares its time evenly among them."""
    timed = []
    for word in words:
        parts = tokens_of(word.text)
        times = np.linspace(word.start_s, word.end_s, len(parts) + 1)
        spans = zip(parts, times, times[1:], strict=False)
        timed += [(part.text, float(a), float(b), word.probability) for part, a, b in spans]
    return timed


def _matched_in_line(text: list[str], heard: list[str]) -> dict[int, int]:
    """As `_matched`; of long recordings in stretches of what was heard, each beside as much text as fits it."""
    match: dict[int, int] = {}
    at = 0
    for first in range(0, len(heard), MATCHED_TOGETHER):
        stretch = heard[first : first + MATCHED_TOGETHER]
        rest = text[at:]
        if first + len(stretch) < len(heard):
            rest = rest[: 2 * MATCHED_TOGETHER]
            rest = rest[: int(np.argmin(_edit_costs(rest, stretch)[:, -1]))]
        match |= {at + k: first + h for k, h in _matched(rest, stretch).items()}
        at += len(rest)
    return match


def _matched(text: list[str], heard: list[str]) -> dict[int, int]:
    """Which heard token stands for which token of the text, in order, at the least edit distance."""
    cost = _edit_costs(text, heard)
    match, i, j = {}, len(text), len(heard)
    while i and j:
        if cost[i, j] == cost[i - 1, j - 1] + _unlikeness(text[i - 1], heard[j - 1]):
            i, j = i - 1, j - 1
            match[i] = j
        elif cost[i, j] == cost[i - 1, j] + GAP_COST:
            i -= 1
        else:
            j -= 1
    return match


def _edit_costs(a: list[str], b: list[str]) -> NDArray[np.float64]:
    """Edit distances `[n_a + 1, n_b + 1]` between all beginnings of the two."""
    cost = np.zeros((len(a) + 1, len(b) + 1))
    cost[:, 0], cost[0, :] = GAP_COST * np.arange(len(a) + 1), GAP_COST * np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            gap = min(cost[i - 1, j], cost[i, j - 1]) + GAP_COST
            cost[i, j] = min(cost[i - 1, j - 1] + _unlikeness(a[i - 1], b[j - 1]), gap)
    return cost


@lru_cache(maxsize=65536)
def _unlikeness(a: str, b: str) -> float:
    """0 for tokens that sound alike, 1 for tokens with nothing in common."""
    if a == b:
        return 0.0
    if HAN_CHAR.match(a) and HAN_CHAR.match(b):
        return 0.1 if _syllable(a) == _syllable(b) else 1.0
    if a[0] != b[0] and a[-1] != b[-1]:
        return 1.0  # spares the slow comparison for most pairs
    return 1.0 - SequenceMatcher(None, a, b).ratio()


@lru_cache(maxsize=4096)
def _syllable(character: str) -> str:
    return readings_of(character)[0][:-1] or character
