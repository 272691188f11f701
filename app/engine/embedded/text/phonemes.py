"""From written text to the symbols the speech model reads."""

from __future__ import annotations

import re

from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.scripts import language_spans
from app.engine.reading import ReadSpan


def to_phonemes(text: str) -> str:
    """Symbols of Kokoro's vocabulary for mixed English and Mandarin text; empty if nothing in it can be spoken."""
    return _tidy(" ".join(span.phonemes for span in read_spans(text)))


def read_spans(text: str) -> list[ReadSpan]:
    """How the text is read: spans of one language, each with its readings and its phonemes."""
    spans = []
    for span in language_spans(clean(text)):
        language = LANGUAGES[span.language]
        readings = tuple(language.read(span.text))
        spans.append(ReadSpan(span.language, readings, language.phonemes(language.join(iter(readings)))))
    return spans


def _tidy(phonemes: str) -> str:
    """One space between words, none before a mark, no mark twice, none at the start."""
    phonemes = re.sub(r"\s+", " ", phonemes)
    phonemes = re.sub(r" (?=[;:,.!?…)”])|(?<=[(“]) ", "", phonemes)
    phonemes = re.sub(r"—(?: ?—)+", "—", phonemes)
    phonemes = re.sub(r"([;:,.!?…])(?:[;:,.](?=[ ;:,.!?…]|$))+", r"\1", phonemes)
    return phonemes.strip().lstrip(";:,.!?…) ").strip()
