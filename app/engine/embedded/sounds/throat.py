"""Sounds of throat and nose: a cough, a throat that is cleared, a snort. Noise in bursts, and a little rough voice."""

from __future__ import annotations

import numpy as np

from app.engine.embedded.sounds.colour import fluttering, low_passed, tilted
from app.engine.embedded.sounds.interjector import Interjector
from app.engine.embedded.sounds.laughter import steady_part, swell
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples, rms_db
from app.engine.sound.noise import Spectrum, shaped_noise

VOWEL = "hˈʌ"

COUGH_STARTS_S, COUGH_STEP_DB = (0.0, 0.34), -3.0
COUGH_S, COUGH_ATTACK_S, COUGH_DECAY_S = 0.3, 0.006, 0.07
COUGH_DB, COUGH_VOICE_DB, COUGH_TILT_DB = -1.0, -8.0, 2.0
COUGH_ST = (3.0, -4.0)

CLEARING_S = (0.2, 0.42)  # a rough push, and a longer one behind closed lips
CLEARING_GAP_S = 0.05
CLEARING_DB, CLEARING_AIR_DB, CLEARING_ST = -7.0, -4.0, -7.0
CLEARING_BEATS_PER_S, CLEARING_LIPS_HZ = 42.0, 800.0

SNORT_S, SNORT_DB, SNORT_TILT_DB, SNORT_NOSE_HZ = 0.4, -6.0, -3.0, 1800.0
SNORT_BEATS_PER_S = 27.0  # of the soft palate


def cough(
    voice: Interjector, breath: Spectrum, level_db: float, rng: np.random.Generator, control: JobControl
) -> Audio:
    """Two coughs: the throat bursts open, and what is left of the breath takes some voice along."""
    rate = voice.sample_rate
    n = round(COUGH_S * rate)
    vowel = _gliding(voice, COUGH_ST, COUGH_S, control)
    time_s = np.arange(n) / rate
    burst = np.minimum(time_s / COUGH_ATTACK_S, 1.0) * np.exp(-time_s / COUGH_DECAY_S)
    out = np.zeros(round(COUGH_STARTS_S[-1] * rate) + n, np.float32)
    for k, start_s in enumerate(COUGH_STARTS_S):
        cough_db = level_db + COUGH_DB + k * COUGH_STEP_DB
        start = round(start_s * rate)
        air = shaped_noise(tilted(breath, COUGH_TILT_DB), n, rate, cough_db + 6.0, rng).samples  # before its decay
        out[start : start + n] += air * burst.astype(np.float32)
        voiced = _at_level(vowel * swell(len(vowel), 0.25), cough_db + COUGH_VOICE_DB)
        out[start : start + len(voiced)] += voiced
    return Audio(out, rate)


def clears_throat(
    voice: Interjector, breath: Spectrum, level_db: float, rng: np.random.Generator, control: JobControl
) -> Audio:
    """A rough push of low voice and air, then a longer one behind closed lips."""
    rate = voice.sample_rate
    pushes: list[Samples] = []
    for seconds in CLEARING_S:
        vowel = _gliding(voice, (CLEARING_ST, CLEARING_ST - 2.0), seconds, control)
        air = shaped_noise(breath, len(vowel), rate, CLEARING_AIR_DB, rng).samples
        rough = fluttering(_at_level(vowel, 0.0) + air, rate, CLEARING_BEATS_PER_S, 0.9, rng)
        pushes += [_at_level(rough, level_db + CLEARING_DB) * swell(len(rough), 0.3)]
    gap = np.zeros(round(CLEARING_GAP_S * rate), np.float32)
    closed = low_passed(pushes[1], rate, CLEARING_LIPS_HZ)
    return Audio(np.concatenate((low_passed(pushes[0], rate, 2 * CLEARING_LIPS_HZ), gap, closed)), rate)


def snort(
    voice: Interjector, breath: Spectrum, level_db: float, rng: np.random.Generator, control: JobControl
) -> Audio:
    """One puff through the nose, in which the soft palate flutters; no voice."""
    control.checkpoint()
    sample_rate = voice.sample_rate
    air = shaped_noise(tilted(breath, SNORT_TILT_DB), round(SNORT_S * sample_rate), sample_rate, 0.0, rng).samples
    through_nose = low_passed(fluttering(air, sample_rate, SNORT_BEATS_PER_S, 0.95, rng), sample_rate, SNORT_NOSE_HZ)
    return Audio(_at_level(through_nose, level_db + SNORT_DB) * swell(len(air), 0.2), sample_rate)


def _gliding(voice: Interjector, knots_st: tuple[float, float], seconds: float, control: JobControl) -> Samples:
    """The steady part of a vowel on a gliding pitch, so long; back and forth where it is shorter."""
    spoken = voice.speak(VOWEL, lambda place: np.interp(place, (0.0, 1.0), knots_st), 0.7, control)
    steady = steady_part(spoken).slice_s(0.0, seconds).samples
    return np.pad(steady, (0, round(seconds * voice.sample_rate) - len(steady)), "symmetric")


def _at_level(samples: Samples, level_db: float) -> Samples:
    return np.asarray(samples * 10 ** ((level_db - rms_db(samples)) / 20), np.float32)
