"""The sound of breath: noise under a speaker's own long-term spectrum."""

from __future__ import annotations

import numpy as np

from app.engine.sound.audio import Audio, frame_levels_db
from app.engine.sound.noise import Spectrum, frame_powers, shaped_noise, smoothed

SPEECH_RANGE_DB = 30.0  # frames this far below the loud ones still count as speech
LOUD_PERCENTILE = 95.0

BREATH_CUT_HZ, BREATH_CUT_DB = 250.0, -18.0  # breath has no chest resonance
BREATH_LIFT_DB_PER_OCTAVE, BREATH_LIFT_TO_HZ = 2.0, 6000.0  # turbulence is brighter than voice


def speech_level_db(audio: Audio) -> float:
    """RMS level of the frames that hold speech: the level by which sounds are set."""
    levels = frame_levels_db(audio)
    spoken = levels[levels > np.percentile(levels, LOUD_PERCENTILE) - SPEECH_RANGE_DB]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10))))


def speech_spectrum(audio: Audio) -> Spectrum:
    """The speaker's long-term spectrum, from the frames that hold speech."""
    powers, levels = frame_powers(audio)
    spoken = levels > np.percentile(levels, LOUD_PERCENTILE) - SPEECH_RANGE_DB
    return smoothed(powers[spoken].mean(axis=0), audio.sample_rate)


def breath_spectrum(speech: Spectrum) -> Spectrum:
    """The speaker's spectrum as breath has it: no chest, brighter above."""
    f = speech.frequency_hz
    lift = BREATH_LIFT_DB_PER_OCTAVE * np.log2(np.clip(f, BREATH_CUT_HZ, BREATH_LIFT_TO_HZ) / BREATH_CUT_HZ)
    return Spectrum(f, speech.level_db + lift + np.where(f < BREATH_CUT_HZ, BREATH_CUT_DB, 0.0))


def puff(
    spectrum: Spectrum, seconds: float, rise_share: float, sample_rate: int, level_db: float, rng: np.random.Generator
) -> Audio:
    """Noise that swells over a share of its time and ebbs over the rest; `level_db` is before the swell."""
    noise = shaped_noise(spectrum, round(seconds * sample_rate), sample_rate, level_db, rng)
    place = (np.arange(len(noise.samples)) + 0.5) / max(1, len(noise.samples))
    knots, values = (0.0, rise_share, 1.0), (0.0, 1.0, 0.0)
    swell = np.sin(0.5 * np.pi * np.interp(place, knots, values)) ** 2
    return Audio((noise.samples * swell).astype(np.float32), sample_rate)
