"""How tests listen: decode what was sent, compare words, measure pitch and level."""

from __future__ import annotations

import io
import re
import wave

import jiwer
import numpy as np
import soundfile
from pypinyin import lazy_pinyin

from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.sound.pitch import track

LIMITS = DecodeLimits(max_bytes=2**27, max_s=600, max_decoded_bytes=2**30)


def heard(data: bytes) -> Audio:
    """The sound in a file of any format."""
    return decode(data, LIMITS, "answer")


def wav_bytes(audio: Audio) -> bytes:
    """A WAV file of the sound, as a user would upload it."""
    out = io.BytesIO()
    soundfile.write(out, audio.samples, audio.sample_rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


def wav_length_s(data: bytes) -> float:
    """Duration by the header that Python's own reader sees."""
    with wave.open(io.BytesIO(data)) as file:
        return file.getnframes() / file.getframerate()


def word_error(said: str, written: str) -> float:
    """Word error rate without regard to case and punctuation."""
    return float(jiwer.wer(_plain(said), _plain(written) or "-"))


def pinyin_error(said: str, written: str) -> float:
    """Error rate of toneless pinyin syllables: homophones and traditional characters are no errors."""
    return float(jiwer.wer(_syllables(said), _syllables(written) or "-"))


def median_hz(audio: Audio) -> float:
    """Median pitch; 0 without voice."""
    return float(track(audio).median_hz or 0.0)


def semitones(a_hz: float, b_hz: float) -> float:
    """From b to a."""
    return float(12 * np.log2(a_hz / b_hz))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())


def _syllables(text: str) -> str:
    return " ".join(lazy_pinyin(re.sub(r"[^\w]", "", text)))
