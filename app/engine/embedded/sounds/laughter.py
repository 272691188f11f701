"""Laughs of three kinds, built burst by burst: breath that swells into a short vowel and ebbs with it.

Laughter spoken by the model in one go ("hahaha") is heard as a word; short bursts apart from each other are heard as
laughter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.sounds.colour import low_passed
from app.engine.embedded.sounds.interjector import Interjector
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples, frame_levels_db, rms_db
from app.engine.sound.noise import Spectrum, shaped_noise
from app.engine.sound.pitch import track
from app.engine.sound.psola import resynthesised

STEADY_DB = 10.0


@dataclass(frozen=True, slots=True)
class Laugh:
    """A kind of laugh. Pitches in semitones from the speaker's median, levels in dB from that of speech.

    `more_bursts` come with each unit of intensity. Each burst takes `slowing` of the first one's time longer than the
    one before, and falls by `fall_st`. `lips_hz`: closed lips let no more through than lies below.
    """

    phonemes: str
    fewest: int
    more_bursts: float
    bursts_per_s: float
    puff_s: float
    vowel_s: float
    first_st: float
    last_st: float
    first_db: float
    last_db: float
    puff_db: float = -9.0
    slowing: float = 0.06
    fall_st: float = 2.0
    lips_hz: float = 0.0

    def n_bursts(self, intensity: float) -> int:
        """Bursts of a laugh of that intensity, 0.1 to 3."""
        return round(self.fewest + self.more_bursts * intensity)


LAUGH = Laugh("hˈɑː", 3, 2.0, 4.8, 0.075, 0.14, 5.0, -1.5, -1.0, -10.0)
GIGGLE = Laugh("hˈi", 4, 2.0, 6.8, 0.045, 0.09, 9.0, 5.0, -3.0, -9.0, puff_db=-12.0, slowing=0.02, fall_st=1.0)
CHUCKLE = Laugh("hˈʌ", 2, 1.0, 5.4, 0.05, 0.12, -1.0, -4.0, -8.0, -13.0, puff_db=-14.0, lips_hz=700.0)


def laugh(
    kind: Laugh,
    voice: Interjector,
    breath: Spectrum,
    intensity: float,
    level_db: float,
    rng: np.random.Generator,
    control: JobControl,
) -> Audio:
    """One laugh; `level_db` is that of speech, from which the bursts take theirs."""
    n, rate = kind.n_bursts(intensity), voice.sample_rate
    starts_s = _burst_starts_s(kind, n, rng)
    puff_n = round(kind.puff_s * rate)
    out = np.zeros(round((starts_s[-1] + kind.puff_s + kind.vowel_s) * rate) + 1, np.float32)
    steps_st = np.linspace(kind.first_st, kind.last_st, n) * np.sqrt(intensity)
    vowels = _vowels(kind, voice, steps_st, rng, control)
    for k, (start_s, vowel) in enumerate(zip(starts_s, vowels, strict=True)):
        burst_db = level_db + np.interp(k, (0, n - 1), (kind.first_db, kind.last_db))
        start = round(start_s * rate)
        puff = shaped_noise(breath, puff_n + len(vowel), rate, burst_db + kind.puff_db, rng).samples
        out[start : start + len(puff)] += puff * swell(len(puff), 0.35)
        voiced = vowel * 10 ** ((burst_db - rms_db(vowel)) / 20)
        out[start + puff_n : start + puff_n + len(voiced)] += voiced.astype(np.float32)
    if kind.lips_hz:
        behind_lips = low_passed(out, rate, kind.lips_hz)
        out = behind_lips * np.float32(10 ** ((rms_db(out) - rms_db(behind_lips)) / 20))
    return Audio(out, rate)


def _burst_starts_s(kind: Laugh, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """When each burst starts: slowing down, with a hundredth of a second of unevenness."""
    steps = (1 + kind.slowing * np.arange(n - 1)) / kind.bursts_per_s + rng.normal(0.0, 0.01, n - 1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def _vowels(
    kind: Laugh, voice: Interjector, steps_st: NDArray[np.float64], rng: np.random.Generator, control: JobControl
) -> list[Samples]:
    """A short vowel for each pitch, in semitones from the speaker's median: slices of one spoken vowel, moved by PSOLA.

    One long or repeated vowel spoken by the model falls into syllables of its own; one of ordinary length does not.
    """
    centre_st = float(np.mean(steps_st))
    spoken = steady_part(voice.speak(kind.phonemes, lambda place: np.full(len(place), centre_st), 1.0, control))
    vowels = []
    for step_st in steps_st:
        control.checkpoint()
        start_s = rng.uniform(0.0, max(0.0, spoken.duration_s - kind.vowel_s))
        slice_ = spoken.slice_s(start_s, start_s + kind.vowel_s)
        pitch = track(slice_)
        fall_st = np.linspace(kind.fall_st / 2, -kind.fall_st / 2, len(pitch.f0_hz))
        moved = resynthesised(slice_, pitch, 2 ** ((step_st - centre_st + fall_st) / 12), 1.0)
        vowels.append(moved.samples * swell(len(moved.samples), 0.3))
    return vowels


def steady_part(audio: Audio) -> Audio:
    """The stretch around the loudest frame of a vowel that stays within STEADY_DB of it."""
    levels = frame_levels_db(audio)
    peak = int(np.argmax(levels))
    quiet = np.flatnonzero(levels < levels[peak] - STEADY_DB)
    first = max((q + 1 for q in quiet if q < peak), default=0)
    last = min((q for q in quiet if q > peak), default=len(levels))
    return audio.slice_s(first * 0.01 + 0.01, last * 0.01 + 0.01)


def swell(n: int, peak_at: float) -> Samples:
    """A smooth rise to 1 at `peak_at` (share of the length) and a soft fall: an abrupt one is heard as "up"."""
    place = np.interp((np.arange(n) + 0.5) / n, (0.0, peak_at, 1.0), (0.0, 0.5, 1.0))
    return np.asarray(np.sin(np.pi * place) ** np.where(place < 0.5, 0.8, 1.6), np.float32)
