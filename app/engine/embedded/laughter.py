"""Laughter, built burst by burst: a puff of breath, then a short voiced vowel, again and again, slowing and sinking.

Laughter spoken by the model in one go ("hahaha") is heard as a word; short bursts apart from each other are heard as
laughter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.audio import Audio, Samples, frame_levels_db, rms_db
from app.engine.embedded.breath import Spectrum, shaped_noise
from app.engine.embedded.interjector import Interjector
from app.engine.job import JobControl

FEWEST_BURSTS, MOST_BURSTS = 3, 9
VOWEL, VOWEL_RATE = "hˈɑː", 0.5
PUFF_S, VOWEL_S = 0.075, 0.14
BURSTS_PER_S, SLOWING = 4.8, 0.06  # each burst takes 6 % of the first one's time longer than the one before
FIRST_ST, LAST_ST = 5.0, -1.5  # semitones from the speaker's median
FIRST_DB, LAST_DB = -1.0, -10.0
PUFF_DB = -9.0


def n_bursts(intensity: float) -> int:
    """Bursts of a laugh of that intensity."""
    return int(np.clip(round(3 + 2 * intensity), FEWEST_BURSTS, MOST_BURSTS))


def laugh(
    voice: Interjector,
    breath: Spectrum,
    intensity: float,
    level_db: float,
    rng: np.random.Generator,
    control: JobControl,
) -> Audio:
    """One laugh; `level_db` is that of speech, from which the bursts take theirs."""
    n, rate = n_bursts(intensity), voice.sample_rate
    starts_s = _burst_starts_s(n, rng)
    puff_n = round(PUFF_S * rate)
    out = np.zeros(round((starts_s[-1] + PUFF_S + VOWEL_S) * rate) + 1, np.float32)
    vowels = _vowels(voice, n, np.sqrt(intensity), control)
    for k, (start_s, vowel) in enumerate(zip(starts_s, vowels, strict=True)):
        burst_db = level_db + np.interp(k, (0, n - 1), (FIRST_DB, LAST_DB))
        start = round(start_s * rate)
        puff = shaped_noise(breath, puff_n + len(vowel) // 3, rate, burst_db + PUFF_DB, rng).samples
        out[start : start + len(puff)] += puff * _swell(len(puff), 0.5)
        voiced = vowel * 10 ** ((burst_db - rms_db(vowel)) / 20)
        out[start + puff_n : start + puff_n + len(voiced)] += voiced.astype(np.float32)
    return Audio(out, rate)


def _burst_starts_s(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """When each burst starts: slowing down, with a hundredth of a second of unevenness."""
    steps = (1 + SLOWING * np.arange(n - 1)) / BURSTS_PER_S + rng.normal(0.0, 0.01, n - 1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _vowels(voice: Interjector, n: int, excursion: float, control: JobControl) -> list[Samples]:
    """`n` short vowels from one long one, whose pitch goes down a step for each; each with its own rise and fall."""
    steps = np.linspace(FIRST_ST, LAST_ST, n) * excursion

    def contour(place: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(steps[np.clip((place * n).astype(int), 0, n - 1)], np.float64)

    long = _sounding(voice.speak(VOWEL, contour, VOWEL_RATE, control))
    length = round(VOWEL_S * voice.sample_rate)
    centres = (np.arange(n) + 0.5) / n * len(long)
    starts = np.clip(centres - length / 2, 0, max(0, len(long) - length)).astype(int)
    return [_shaped(long[start : start + length]) for start in starts]


def _sounding(audio: Audio) -> Samples:
    """The steady part of a spoken vowel: what is within 12 dB of its loudest."""
    loud = np.flatnonzero(frame_levels_db(audio) > frame_levels_db(audio).max() - 12.0)
    return audio.slice_s(loud[0] * 0.01, loud[-1] * 0.01 + 0.02).samples


def _shaped(vowel: Samples) -> Samples:
    return vowel * _swell(len(vowel), 0.3)


def _swell(n: int, peak_at: float) -> Samples:
    """A smooth rise to 1 at `peak_at` (share of the length) and fall."""
    place = np.interp((np.arange(n) + 0.5) / n, (0.0, peak_at, 1.0), (0.0, 0.5, 1.0))
    return np.asarray(np.sin(np.pi * place) ** 0.8, np.float32)
