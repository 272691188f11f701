"""Speak the sentences of the reading tables, and compare what Whisper hears with what is to be said.

Run: python -m tools.listen [N], or make listen EVERY=N: every N-th sentence, all of them without a number (half an hour
of two quiet cores). It prints each sentence with the errors heard in it and writes docs/listening.md. Sounds are
compared, as Whisper writes numbers in digits and chooses among homophones: phonemes of English, toneless pinyin of
Mandarin. Whisper errs too: a high figure is a sentence to listen to, not a proof.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jiwer
from pypinyin import lazy_pinyin

from app.engine.chinese import HAN_CHAR, to_simplified
from app.engine.embedded.text import to_phonemes
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.mandarin.reader import read_mandarin
from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import TranscribeRequest
from app.engine.sound.audio import joined, silence
from app.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "listening.md"
TABLES = PROJECT / "tests" / "data" / "reading"
VOICES = {"en": "af_heart", "zh": "zf_xiaoxiao"}
FILES = {"en": ["english.tsv"], "zh": ["mandarin.tsv", "mandarin_pinyin.tsv"]}
PAUSE_S = 0.3
WORTH_A_LOOK = 0.1  # of the sounds wrong


@dataclass(frozen=True, slots=True)
class Sentence:
    """As it is written, and as it is said: in words, or in toned pinyin."""

    written: str
    said: str


class Listener:
    """Speaks with a stock voice and hears with Whisper base."""

    def __init__(self, kokoro: Kokoro, parts: Parts) -> None:
        self._kokoro = kokoro
        self._voices = StockVoices()
        self._transcribers = Transcribers.from_settings(Settings(offline=True), parts)

    def heard(self, written: Sequence[str], language: str) -> str:
        """What is understood of these sentences, spoken one after the other."""
        pieces = []
        for text in written:
            phonemes = to_phonemes(text)
            style = self._voices.style(VOICES[language], len(phonemes))
            audio = self._kokoro.render(self._kokoro.plan(phonemes, style), style)
            pieces += [audio, silence(PAUSE_S, audio.sample_rate)]
        segments = self._transcribers.transcribe(TranscribeRequest(joined(pieces), language), JobControl())
        return "".join(segment.text for segment in segments).strip()


def table(language: str) -> list[Sentence]:
    """The sentences of a language's tables."""
    lines = [line for name in FILES[language] for line in (TABLES / name).read_text("utf-8").splitlines()]
    rows = (line.replace("\\n", "\n").split("\t") for line in lines if not line.startswith("#"))
    return [Sentence(written, said) for written, said in rows]


def sound_error(said: str, heard: str, language: str) -> float:
    """The share of sounds that differ: of phonemes in English, of toneless syllables in Mandarin."""
    if language == "en":
        return float(jiwer.cer(_phonemes(said), _phonemes(heard) or "-"))
    return float(jiwer.wer(_syllables(said), _syllables(heard) or "-"))


def _phonemes(text: str) -> str:
    return re.sub(r"[^\w]|[ˈˌ]", "", to_phonemes(text))


def _syllables(text: str) -> str:
    if not HAN_CHAR.search(text):  # pinyin, with Latin words
        return re.sub(r"\d+", "", text).replace("yao", "yi").lower()
    readings = read_mandarin(to_simplified(clean(text)))
    spoken = "".join(reading.spoken for reading in readings).replace("幺", "一")
    return " ".join(lazy_pinyin(re.sub(r"[^\w]", "", spoken)))


@dataclass(frozen=True, slots=True)
class Result:
    """What was heard of a sentence, and the share of its sounds that were heard otherwise."""

    sentence: Sentence
    heard: str
    error: float


def _results(listener: Listener, language: str, every: int) -> Iterator[Result]:
    for sentence in table(language)[::every]:
        heard = listener.heard([sentence.written], language)
        result = Result(sentence, heard, sound_error(sentence.said, heard, language))
        print(f"{result.error:5.2f}  {sentence.said!r}" + (f"  heard {heard!r}" if result.error else ""), flush=True)
        yield result


def page(results: dict[str, list[Result]], every: int) -> str:
    """docs/listening.md."""
    rows, worth = [], []
    for language, heard in results.items():
        suspects = [result for result in heard if result.error > WORTH_A_LOOK]
        mean = sum(result.error for result in heard) / len(heard)
        rows.append(f"| {language} | {len(table(language))} | {len(heard)} | {mean:.3f} | {len(suspects)} |")
        for result in sorted(suspects, key=lambda result: result.error, reverse=True):
            cells = (result.sentence.written, result.heard, f"{result.error:.2f}")
            worth.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return PAGE_TEXT.format(every=every, rows="\n".join(rows), worth="\n".join(worth))


def _cell(text: str) -> str:
    """Text that stays in its cell of a table in Markdown."""
    return "`" + re.sub(r"\s+", " ", text).replace("`", "'").replace("|", "\\|") + "`"


PAGE_TEXT = """# What Whisper hears of the reading tables

Sentences of `tests/data/reading`, spoken by the embedded engine with a stock voice and heard by Whisper base:
`make listen EVERY={every}` took one sentence of {every} and wrote this page. An error is the share of sounds heard
otherwise than they are to be said (phonemes of English, toneless pinyin of Mandarin). Whisper errs too, most of all on
letters, symbols and words of one syllable: the phonemes of every sentence are compared in the quick suite.

| language | sentences | heard | sounds wrong | over a tenth wrong |
|---|---|---|---|---|
{rows}

Those with more than a tenth of their sounds wrong, the worst first:

| written | heard | wrong |
|---|---|---|
{worth}
"""


def main(every: int) -> None:
    """Listen to every `every`-th sentence of the tables, and write what was heard."""
    parts = Parts(Settings().models_dir / "embedded", offline=True)
    listener = Listener(Kokoro(parts, threads=2), parts)
    results = {language: list(_results(listener, language, every)) for language in FILES}
    PAGE.write_text(page(results, every), "utf-8")
    print(PAGE.read_text("utf-8"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
