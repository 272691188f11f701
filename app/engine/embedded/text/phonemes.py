"""From written text to the symbols the speech model reads."""

from __future__ import annotations

import re

from app.engine.chinese import to_simplified
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.scripts import language_spans

# What both normalisers leave: runs of English words, and everything else, which is Mandarin's.
_ENGLISH_RUN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'·]*(?:[\s-]+[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'·]*)*")


def to_phonemes(text: str) -> str:
    """Symbols of Kokoro's vocabulary for mixed English and Mandarin text; empty if nothing in it can be spoken.

    Lexicons and grammars load when a language is first met (about 0.3 s for English, 1 s for Mandarin).
    """
    from app.engine.embedded.text.english.reader import normalise_english
    from app.engine.embedded.text.mandarin.reader import normalise_mandarin

    spoken = []
    for span in language_spans(clean(text)):
        if span.language == "en":
            spoken.append(_english(normalise_english(span.text)))
        else:
            spoken.append(_mixed(normalise_mandarin(to_simplified(span.text))))
    return _tidy(" ".join(spoken))


def _english(text: str) -> str:
    from app.engine.embedded.text.english.pronunciation import english_phonemes

    return english_phonemes(text)


def _mixed(text: str) -> str:
    """Mandarin in which Latin words may be left: units, names, letters."""
    from app.engine.embedded.text.mandarin.pronunciation import mandarin_phonemes

    typed = [run.span() for run in pinyin.TYPED_RUN.finditer(text)]
    spoken: list[str] = []
    begin = 0
    for run in _ENGLISH_RUN.finditer(text):
        if any(start <= run.start() < end for start, end in typed):
            continue
        spoken += [mandarin_phonemes(text[begin : run.start()]), _english(run[0])]
        begin = run.end()
    return " ".join([*spoken, mandarin_phonemes(text[begin:])])


def _tidy(phonemes: str) -> str:
    """One space between words, none before a mark, no mark twice, none at the start."""
    phonemes = re.sub(r"\s+", " ", phonemes)
    phonemes = re.sub(r" (?=[;:,.!?…)”])|(?<=[(“]) ", "", phonemes)
    phonemes = re.sub(r"—(?: ?—)+", "—", phonemes)
    phonemes = re.sub(r"([;:,.!?…])(?:[;:,.](?=[ ;:,.!?…]|$))+", r"\1", phonemes)
    return phonemes.strip().lstrip(";:,.!?…) ").strip()
