"""Laughter, built burst by burst: breath that swells into a short vowel and ebbs with it, slowing and sinking.

Laughter spoken by the model in one go ("hahaha") is heard as a word; short bursts apart from each other are heard as
laughter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.expression.psola import resynthesised
from app.engine.embedded.sounds.breath import Spectrum, shaped_noise
from app.engine.embedded.sounds.interjector import Interjector
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples, frame_levels_db, rms_db
from app.engine.sound.pitch import track

FEWEST_BURSTS, MOST_BURSTS = 3, 9
VOWEL = "hˈɑː"
PUFF_S, VOWEL_S = 0.075, 0.14
BURSTS_PER_S, SLOWING = 4.8, 0.06  # each burst takes 6 % of the first one's time longer than the one before
FIRST_ST, LAST_ST = 5.0, -1.5  # semitones from the speaker's median
BURST_FALL_ST = 2.0  # within a burst
FIRST_DB, LAST_DB = -1.0, -10.0
PUFF_DB = -9.0
STEADY_DB = 10.0


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
    steps_st = np.linspace(FIRST_ST, LAST_ST, n) * np.sqrt(intensity)
    vowels = _vowels(voice, steps_st, rng, control)
    for k, (start_s, vowel) in enumerate(zip(starts_s, vowels, strict=True)):
        burst_db = level_db + np.interp(k, (0, n - 1), (FIRST_DB, LAST_DB))
        start = round(start_s * rate)
        puff = shaped_noise(breath, puff_n + len(vowel), rate, burst_db + PUFF_DB, rng).samples
        out[start : start + len(puff)] += puff * _swell(len(puff), 0.35)
        voiced = vowel * 10 ** ((burst_db - rms_db(vowel)) / 20)
        out[start + puff_n : start + puff_n + len(voiced)] += voiced.astype(np.float32)
    return Audio(out, rate)


def _burst_starts_s(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """When each burst starts: slowing down, with a hundredth of a second of unevenness."""
    steps = (1 + SLOWING * np.arange(n - 1)) / BURSTS_PER_S + rng.normal(0.0, 0.01, n - 1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _vowels(
    voice: Interjector, steps_st: NDArray[np.float64], rng: np.random.Generator, control: JobControl
) -> list[Samples]:
    """A short vowel for each pitch, in semitones from the speaker's median: slices of one spoken vowel, moved by PSOLA.

    One long or repeated vowel spoken by the model falls into syllables of its own; one of ordinary length does not.
    """
    centre_st = float(np.mean(steps_st))
    spoken = _steady_part(voice.speak(VOWEL, lambda place: np.full(len(place), centre_st), 1.0, control))
    vowels = []
    for step_st in steps_st:
        control.checkpoint()
        start_s = rng.uniform(0.0, max(0.0, spoken.duration_s - VOWEL_S))
        slice_ = spoken.slice_s(start_s, start_s + VOWEL_S)
        pitch = track(slice_)
        fall_st = np.linspace(BURST_FALL_ST / 2, -BURST_FALL_ST / 2, len(pitch.f0_hz))
        moved = resynthesised(slice_, pitch, 2 ** ((step_st - centre_st + fall_st) / 12), 1.0)
        vowels.append(moved.samples * _swell(len(moved.samples), 0.3))
    return vowels


def _steady_part(audio: Audio) -> Audio:
    """The stretch around the loudest frame of a vowel that stays within STEADY_DB of it."""
    levels = frame_levels_db(audio)
    peak = int(np.argmax(levels))
    quiet = np.flatnonzero(levels < levels[peak] - STEADY_DB)
    first = max((q + 1 for q in quiet if q < peak), default=0)
    last = min((q for q in quiet if q > peak), default=len(levels))
    return audio.slice_s(first * 0.01 + 0.01, last * 0.01 + 0.01)


def _swell(n: int, peak_at: float) -> Samples:
    """A smooth rise to 1 at `peak_at` (share of the length) and a soft fall: an abrupt one is heard as "up"."""
    place = np.interp((np.arange(n) + 0.5) / n, (0.0, peak_at, 1.0), (0.0, 0.5, 1.0))
    return np.asarray(np.sin(np.pi * place) ** np.where(place < 0.5, 0.8, 1.6), np.float32)
