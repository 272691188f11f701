"""Recognising speech that does not end: loops of codes, and lengths that no text needs."""

from __future__ import annotations

import math
from collections import Counter, deque

from app.engine.chinese import WIDE_CHAR
from app.engine.step_audio.codes import CODES_PER_S

WINDOW = 300  # ids looked back on: 7.2 s
FEWEST_PAIRS = 75  # different pairs of neighbours in it; speech has 200 and more, even when half of it is a pause

# Seconds that slow speech takes, about two and a half times the usual.
WIDE_CHAR_S = 0.6  # a syllable of Chinese, Japanese or Korean script
DIGIT_S = 0.9  # read as a word
LETTER_S = 0.18
MARK_S = 0.6  # punctuation, as a pause
SOUND_S = 4.0  # laughter, a sigh
SPARE_S = 4.0  # what even a word may take


class LoopDetector:
    """Hears when the same few ids come again and again."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[int, int]] = deque()
        self._counts: Counter[tuple[int, int]] = Counter()
        self._last: int | None = None

    def is_looping(self, token: int) -> bool:
        """Take the next id; true when each pair of neighbours in the window was there four times on average."""
        if self._last is not None:
            pair = (self._last, token)
            self._pairs.append(pair)
            self._counts[pair] += 1
        self._last = token
        if len(self._pairs) > WINDOW:
            old = self._pairs.popleft()
            self._counts[old] -= 1
            if not self._counts[old]:
                del self._counts[old]
        return len(self._pairs) == WINDOW and len(self._counts) <= FEWEST_PAIRS


def most_codes_for(text: str, n_sounds: int = 0) -> int:
    """The most audio codes that speech of this text, without tags, and so many sounds in it can reasonably need."""
    seconds = SPARE_S + SOUND_S * n_sounds + sum(_longest_s(char) for char in text)
    return math.ceil(seconds * CODES_PER_S)


def _longest_s(char: str) -> float:
    if WIDE_CHAR.match(char):
        return WIDE_CHAR_S
    if char.isdigit():
        return DIGIT_S
    if char.isalpha():
        return LETTER_S
    return 0.0 if char.isspace() else MARK_S
