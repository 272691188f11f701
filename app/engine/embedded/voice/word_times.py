"""The times of words and phonemes, from the durations that the speech model gives its symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.engine.content.words import TimedPhoneme, TimedWord, Words
from app.engine.embedded.text.placed_words import PlacedWord
from app.engine.embedded.text.punctuation import KEPT

# The model's durations run behind its sound: by 40 to 45 ms in English, 55 in Mandarin (loudness that the phonemes let
# expect, against that of the sound, 16 passages in four voices).
LAG_S = 0.045
_STRESS = frozenset("ˈˌ")  # before the sound that bears it
_MODIFIERS = frozenset("ːʰʲ→↗↘↓")  # behind the sound that is longer, breathed, or ends a syllable of this tone


def timed(words: Sequence[PlacedWord], phonemes: str, times_s: NDArray[np.float64]) -> Words:
    """The words with their times: `times_s` `[n, 2]` has begin and end of each phoneme, pauses and marks among them."""
    times_s = np.maximum(0.0, times_s - LAG_S)
    edges_s = np.append(times_s[:, 0], times_s[-1, 1])

    def at(place: float) -> float:
        return float(np.interp(place, np.arange(len(edges_s)), edges_s))

    return tuple(
        TimedWord(word.text, at(word.begin), at(word.end), phonemes=tuple(_sounds(word, phonemes, times_s)))
        for word in words
    )


def _sounds(word: PlacedWord, phonemes: str, times_s: NDArray[np.float64]) -> Iterator[TimedPhoneme]:
    """The phonemes that begin in the word: a stress goes with the sound behind, a length or tone with that before."""
    symbol, start_s, end_s = "", 0.0, 0.0
    for n in range(int(np.ceil(word.begin)), int(np.ceil(word.end))):
        if phonemes[n] in KEPT:
            continue
        goes_with = phonemes[n] in _MODIFIERS or (symbol and symbol[-1] in _STRESS)
        if symbol and not goes_with:
            yield TimedPhoneme(symbol, start_s, end_s)
            symbol = ""
        start_s = start_s if symbol else float(times_s[n, 0])
        symbol, end_s = symbol + phonemes[n], float(times_s[n, 1])
    if symbol:
        yield TimedPhoneme(symbol, start_s, end_s)
