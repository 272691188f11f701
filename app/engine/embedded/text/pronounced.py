"""Words whose pronunciation is given: each stands in the text as one private character until its sound is put in.

So no rule of reading touches it, and what stands around is read as around any other word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.engine.chinese import HAN_CHAR
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.english.endings import with_s
from app.engine.embedded.text.english.pronunciation import VOWELS
from app.engine.embedded.text.marks import FIRST_HAN, FIRST_LATIN, MARK, MARKED
from app.engine.lexicon import Lexicon, Pronunciation, as_typed
from app.engine.reading import Reading, SpokenWord

_cleaned = lru_cache(maxsize=4096)(clean)  # a word as it stands in clean text


@dataclass(frozen=True, slots=True)
class _Said:
    written: str
    entry: Pronunciation
    phonemes: str


class Pronounced:
    """`text` is clean text with its words of a lexicon as private characters."""

    def __init__(self, written: str, lexicon: Lexicon, to_phonemes: Callable[[str], str]) -> None:
        """`to_phonemes` reads a respelling."""
        self._said: dict[str, _Said] = {}
        marks: dict[str, str] = {}
        parts, at = [], 0
        for begin, end, entry in lexicon.found(written, _cleaned):
            word = written[begin:end]
            if word not in marks:
                phonemes = _phonemes(entry, to_phonemes)
                marks[word] = self._mark(word, phonemes)
                self._said[marks[word]] = _Said(word, entry, phonemes)
            parts += [written[at:begin], marks[word]]
            at = end
        self.text = "".join([*parts, written[at:]])

    def _mark(self, word: str, phonemes: str) -> str:
        """A character not yet taken; its place says the word's script and, of Latin ones, whether a vowel begins it."""
        n = len(self._said)
        if HAN_CHAR.search(word):
            return chr(FIRST_HAN + n)
        return chr(FIRST_LATIN + 2 * n + (phonemes.lstrip("ˈˌ")[:1] in VOWELS))

    def shown(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """Readings with the words as they were written, those of the lexicon apart."""
        for reading in readings:
            if not self._said or not MARK.search(reading.written):
                yield reading
                continue
            if reading.written != reading.spoken:
                yield Reading(self._written(reading.written), self._spoken(reading.spoken), reading.kind)
                continue
            for part in filter(None, re.split(f"({MARKED.pattern})", reading.written)):
                kind = "lexicon" if MARK.match(part) else reading.kind
                yield Reading(self._written(part), self._spoken(part), kind)

    def typed(self, spoken: str) -> str:
        """Mandarin words with pinyin for those that have it, so that tones change with their neighbours."""
        return MARK.sub(lambda mark: self._typed(mark[0]), spoken) if self._said else spoken

    def voiced(self, phonemes: str) -> str:
        """The phonemes with those of the words of the lexicon."""
        return MARKED.sub(self._sound, phonemes) if self._said else phonemes

    def said(self, word: SpokenWord) -> SpokenWord:
        """The word as it was written, with its phonemes."""
        if not self._said or not MARK.search(word.text):
            return word
        return SpokenWord(self._written(word.text), self.voiced(word.phonemes))

    def _sound(self, found: re.Match[str]) -> str:
        sound = self._said[found[0][0]].phonemes
        return with_s(sound) if len(found[0]) > 1 and sound else sound

    def _typed(self, mark: str) -> str:
        entry = self._said[mark].entry
        return f" {as_typed(entry)} " if entry.kind == "pinyin" else mark

    def _written(self, text: str) -> str:
        return MARK.sub(lambda mark: self._said[mark[0]].written, text)

    def _spoken(self, text: str) -> str:
        return MARK.sub(lambda mark: self._said[mark[0]].entry.written, text)


def _phonemes(entry: Pronunciation, to_phonemes: Callable[[str], str]) -> str:
    if entry.kind == "phonemes":
        return entry.said
    if entry.kind == "pinyin":
        from app.engine.embedded.text.mandarin.pronunciation import mandarin_phonemes

        return mandarin_phonemes(as_typed(entry))
    return to_phonemes(entry.said).rstrip(" ;:,.!?…")
