"""Mandarin in which Latin words are left: units, names, letters."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.mandarin.pronunciation import mandarin_words
from app.engine.reading import SpokenWord

# Runs of Latin words; everything else is Mandarin's.
_LATIN_RUN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ][A-Za-zÀ-ÖØ-öø-ɏ'·]*(?:[\s-]+[A-Za-zÀ-ÖØ-öø-ɏ][A-Za-zÀ-ÖØ-öø-ɏ'·]*)*")


def mixed_words(text: str, latin_words: Callable[[str], list[SpokenWord]]) -> list[SpokenWord]:
    """The words and marks of normalised Mandarin; Latin words, which are no toned pinyin, by `latin_words`."""
    typed = {at for run in pinyin.TYPED_RUN.finditer(text) for at in range(*run.span())}
    spoken: list[SpokenWord] = []
    begin = 0
    for run in _LATIN_RUN.finditer(text):
        if run.start() in typed:
            continue
        spoken += [*mandarin_words(text[begin : run.start()]), *latin_words(run[0])]
        begin = run.end()
    return [*spoken, *mandarin_words(text[begin:])]
