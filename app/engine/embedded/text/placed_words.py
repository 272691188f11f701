"""Where the words of a written text stand among its phonemes: what is said for them is followed from one to the other.

A text becomes readings, readings become spoken words, those become phonemes. Each step is known at its borders: between
them the way is taken to be even, letter by letter. So "1984" lasts from the first sound of "nineteen" to the last of
"four", and of two written words that are read as one thing each has its share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

import numpy as np

from app.engine.content.written_words import word_spans
from app.engine.embedded.text.phonemes import phonemes_of, read_spans
from app.engine.embedded.text.punctuation import KEPT
from app.engine.lexicon import NO_WORDS, Lexicon
from app.engine.reading import ReadSpan

Knots = tuple[list[float], list[float]]
_NUDGE = 1e-6  # of a letter: which side of a border is meant, where a step puts something in


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word as it is written, and its phonemes: from the place `begin` to `end` in them, which need not be whole."""

    text: str
    begin: float
    end: float

    def behind(self, n_phonemes: int) -> PlacedWord:
        """The word with so many phonemes before its own."""
        return PlacedWord(self.text, n_phonemes + self.begin, n_phonemes + self.end)


def placed_phonemes(text: str, lexicon: Lexicon = NO_WORDS) -> tuple[str, list[PlacedWord] | None]:
    """The phonemes of a text, and where its words stand among them, if that can be told."""
    spans = read_spans(text, lexicon)
    phonemes = phonemes_of(spans)
    return phonemes, placed_words(text, spans, phonemes)


def placed_words(text: str, spans: Sequence[ReadSpan], phonemes: str) -> list[PlacedWord] | None:
    """The words of a text that is read in these spans, whose phonemes joined are `phonemes`.

    None where the phonemes are not those of the spans; none where nothing is said.
    """
    spoken = [word for span in spans for word in span.words]
    sounding = [n for n, symbol in enumerate(phonemes) if symbol not in KEPT]
    n_sounds = [sum(symbol not in KEPT for symbol in word.phonemes) for word in spoken]
    if sum(n_sounds) != len(sounding):
        return None
    if not sounding:
        return []
    readings = [reading for span in spans for reading in span.readings]
    written, said = [_letters(r.written) for r in readings], [_letters(r.spoken) for r in readings]
    words = [_letters(word.text) for word in spoken]
    steps = [
        _alike(_letters(text), "".join(written)),
        (_borders(map(len, written)), _borders(map(len, said))),
        _alike("".join(said), "".join(words)),
        (_borders(map(len, words)), _borders(n_sounds)),
    ]
    n_letters = list(accumulate((char.isalnum() for char in text), initial=0))
    placed = []
    for begin, end in word_spans(text):
        first = _followed(n_letters[begin] + _NUDGE, steps)
        last = max(first, _followed(n_letters[end] - _NUDGE, steps))
        n, m = min(int(first), len(sounding) - 1), min(int(last), len(sounding) - 1)
        placed.append(PlacedWord(text[begin:end], _rounded(sounding[n] + first - n), _rounded(sounding[m] + last - m)))
    return placed


def _letters(text: str) -> str:
    return "".join(char.lower()[:1] for char in text if char.isalnum())


def _borders(lengths: Iterable[int]) -> list[float]:
    return [float(border) for border in accumulate(lengths, initial=0)]


def _alike(a: str, b: str) -> Knots:
    """Places of `a` and those of `b` that they stand at: letters that are alike go together, others in proportion."""
    if a == b:
        return [0.0, float(len(a))], [0.0, float(len(b))]
    knots = [(0, 0)]
    for i, j, n in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        knots += [(i, j), (i + n, j + n)]
    return [float(i) for i, _ in knots], [float(j) for _, j in knots]  # the last block is empty and stands at the ends


def _followed(place: float, steps: Sequence[Knots]) -> float:
    for xs, ys in steps:
        place = float(np.interp(place, xs, ys))
    return place


def _rounded(place: float) -> float:
    """Without what nudging left."""
    return round(place, 3)
