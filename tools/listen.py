"""Speak the sentences of the reading tables, and compare what Whisper hears with what is to be said.

Run: python -m tools.listen [how many of each language]
It lists each sentence with the errors heard in it, the worst last. Sounds are compared, as Whisper writes numbers in
digits and chooses among homophones: phonemes of English, toneless pinyin of Mandarin. Whisper errs too: a high figure
is a sentence to listen to, not a proof.
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


def _results(listener: Listener, language: str, most: int) -> Iterator[tuple[float, Sentence, str]]:
    for sentence in table(language)[:most]:
        heard = listener.heard([sentence.written], language)
        yield sound_error(sentence.said, heard, language), sentence, heard


def main(most: int) -> None:
    """Listen to all tables and print what was heard."""
    parts = Parts(Settings().models_dir / "embedded", offline=True)
    listener = Listener(Kokoro(parts, threads=2), parts)
    for language in FILES:
        results = sorted(_results(listener, language, most), key=lambda result: result[0])
        for error, sentence, heard in results:
            print(f"{error:5.2f}  {sentence.said!r}" + (f"  heard {heard!r}" if error else ""))
        n_suspect = sum(error > WORTH_A_LOOK for error, _, _ in results)
        mean = sum(error for error, _, _ in results) / len(results)
        print(f"{language}: {len(results)} sentences, {mean:.3f} of the sounds wrong, {n_suspect} worth a look\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize)
