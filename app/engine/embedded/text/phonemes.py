"""From written text to the symbols the speech model reads."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.marks import MARK
from app.engine.embedded.text.pronounced import Pronounced
from app.engine.embedded.text.scripts import language_spans
from app.engine.lexicon import NO_WORDS, Lexicon
from app.engine.reading import ReadSpan


def to_phonemes(text: str, lexicon: Lexicon = NO_WORDS) -> str:
    """Symbols of Kokoro's vocabulary for mixed English and Mandarin text; empty if nothing in it can be spoken."""
    return phonemes_of(read_spans(text, lexicon))


def phonemes_of(spans: Iterable[ReadSpan]) -> str:
    """The symbols of a text that is read in these spans."""
    return _tidy(" ".join(span.phonemes for span in spans))


def read_spans(text: str, lexicon: Lexicon = NO_WORDS) -> list[ReadSpan]:
    """How the text is read: spans of one language, each with its readings, its phonemes and its words."""
    spans = []
    pronounced = Pronounced(MARK.sub("", clean(text)), lexicon, to_phonemes)
    for span in language_spans(pronounced.text):
        language = LANGUAGES[span.language]
        readings = tuple(language.read(span.text))
        spoken = language.join(iter(readings))
        words = language.words(pronounced.typed(spoken) if span.language == "zh" else spoken)
        phonemes = pronounced.voiced(language.phonemes(words))
        shown = tuple(pronounced.shown(readings))
        spans.append(ReadSpan(span.language, shown, phonemes, tuple(map(pronounced.said, words))))
    return spans


def _tidy(phonemes: str) -> str:
    """One space between words, none before a mark, no mark twice, none at the start."""
    phonemes = re.sub(r"\s+", " ", phonemes)
    phonemes = re.sub(r" (?=[;:,.!?…)”])|(?<=[(“]) ", "", phonemes)
    phonemes = re.sub(r"—(?: ?—)+", "—", phonemes)
    phonemes = re.sub(r"([;:,.!?…])(?:[;:,.](?=[ ;:,.!?…]|$))+", r"\1", phonemes)
    return phonemes.strip().lstrip(";:,.!?…) ").strip()
