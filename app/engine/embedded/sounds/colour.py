"""Colouring short sounds: what closed lips or a nose let through, and the flutter of loose tissue."""

from __future__ import annotations

import numpy as np

from app.engine.sound.audio import Samples
from app.engine.sound.filters import filtered, low_pass
from app.engine.sound.noise import LOWEST_HZ, Spectrum

PIVOT_HZ = 1000.0
_REACH_PERIODS = 4.0  # of the cut, after which a filter of second order has fallen by 150 dB


def tilted(spectrum: Spectrum, db_per_octave: float) -> Spectrum:
    """The spectrum, brighter by so many dB per octave around 1 kHz."""
    octaves = np.log2(np.maximum(spectrum.frequency_hz, LOWEST_HZ) / PIVOT_HZ)
    return Spectrum(spectrum.frequency_hz, spectrum.level_db + db_per_octave * octaves)


def low_passed(samples: Samples, sample_rate: int, cut_hz: float) -> Samples:
    """Without what lies above, by 12 dB per octave forwards and backwards, so that nothing moves."""
    return filtered(samples, sample_rate, low_pass(sample_rate, cut_hz), _REACH_PERIODS / cut_hz).astype(np.float32)


def fluttering(samples: Samples, sample_rate: int, per_s: float, depth: float, rng: np.random.Generator) -> Samples:
    """Beaten in and out about so often a second, unevenly as tissue is; `depth` 0 to 1."""
    time_s = np.arange(len(samples)) / sample_rate
    wander = np.cumsum(rng.normal(0.0, 0.9 / np.sqrt(sample_rate), len(samples)))  # radians
    beat = np.cos(2 * np.pi * per_s * time_s + 6 * wander + rng.uniform(0, 2 * np.pi))
    return np.asarray(samples * (1 - depth * (0.5 + 0.5 * beat)), np.float32)
