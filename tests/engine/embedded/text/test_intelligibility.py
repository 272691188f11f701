"""What the speech model says from our phonemes is understood by Whisper base.

Measured once on eight plain English and five plain Mandarin sentences, two voices each: word error 0.022 (one spelling,
"rainforest"), pinyin error 0.013 (a digit for a word). Here a few sentences, the last of each list hard to read aloud,
hold the bar. Numbers are compared as words, since Whisper writes them in digits.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.engine.chinese import to_simplified
from app.engine.embedded.text import to_phonemes
from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.english.reader import normalise_english
from app.engine.embedded.text.mandarin.reader import read_mandarin
from app.engine.embedded.voice.kokoro import Kokoro
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import TranscribeRequest
from app.engine.sound.audio import Audio, joined, silence
from app.settings import Settings
from tests.listening import pinyin_error, word_error

ENGLISH = [
    "Please remember to close the window before you leave the office.",
    "He read the whole book yesterday and could not stop talking about it.",
    "NASA paid Dr. Smith $1,249.50 on 11/22/2026 for 3 GPUs.",
]
MANDARIN = [
    "今天天气很好，我们一起去公园散步吧。",
    "这家餐厅的菜很好吃，价格也不贵。",
    "会议在2026年11月22日下午3点半开始，一共35人。",
]
MAX_ERROR = 0.06

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def said_and_heard(kokoro: Kokoro, parts: Parts) -> Callable[[list[str], str, str], str]:
    """Speak sentences in a stock voice and write down what is understood."""
    transcribers = Transcribers.from_settings(Settings(offline=True), parts)
    voices = StockVoices()

    def speak(sentence: str, voice: str) -> Audio:
        phonemes = to_phonemes(sentence)
        style = voices.style(voice, len(phonemes))
        return kokoro.render(kokoro.plan(phonemes, style), style)

    def understood(sentences: list[str], voice: str, language: str) -> str:
        spoken = [speak(sentence, voice) for sentence in sentences]
        clip = joined([piece for audio in spoken for piece in (audio, silence(0.3, audio.sample_rate))])
        segments = transcribers.transcribe(TranscribeRequest(clip, language), JobControl())
        return "".join(segment.text for segment in segments)

    return understood


def test_english_is_understood(said_and_heard: Callable[[list[str], str, str], str]) -> None:
    said, heard = " ".join(ENGLISH), said_and_heard(ENGLISH, "af_heart", "en")
    assert word_error(normalise_english(clean(said)), normalise_english(clean(heard))) <= MAX_ERROR, heard


def test_mandarin_is_understood(said_and_heard: Callable[[list[str], str, str], str]) -> None:
    said, heard = "".join(MANDARIN), said_and_heard(MANDARIN, "zf_xiaoxiao", "zh")
    readings = [read_mandarin(to_simplified(clean(text))) for text in (said, heard)]
    as_words = ["".join(reading.spoken for reading in read) for read in readings]
    assert pinyin_error(as_words[0], as_words[1]) <= MAX_ERROR, heard
