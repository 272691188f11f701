"""Shaped noise: steady noise under a spectrum, and the tone of the room behind a recording's speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import FLOOR_DB, Audio, rms_db

SMOOTHING_OCTAVES = 0.5  # wide enough that the harmonics of the voice vanish
LOWEST_HZ = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A smooth long-term spectrum: `level_db` at `frequency_hz`, both `[n_bands]`; only its shape counts."""

    frequency_hz: NDArray[np.float64]
    level_db: NDArray[np.float64]

    def at(self, frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Level in dB at each frequency, held beyond the ends."""
        octaves = np.log2(np.maximum(frequency_hz, LOWEST_HZ))
        return np.interp(octaves, np.log2(self.frequency_hz), self.level_db)


def room_tone(audio: Audio, seconds: float, rng: np.random.Generator) -> Audio:
    """`seconds` of the clip's own background, so that what is inserted does not fall into a hole of digital silence.

    Spectrum and level are those of the quietest twentieth of the frames; digital silence stays digital silence.
    """
    powers, levels = frame_powers(audio)
    quiet = levels <= np.percentile(levels, 5.0)
    n = round(seconds * audio.sample_rate)
    level_db = float(10 * np.log10(np.mean(10 ** (levels[quiet] / 10))))
    if level_db < FLOOR_DB + 20:
        return Audio(np.zeros(n, np.float32), audio.sample_rate)
    return shaped_noise(smoothed(powers[quiet].mean(axis=0), audio.sample_rate), n, audio.sample_rate, level_db, rng)


def shaped_noise(
    spectrum: Spectrum, n_samples: int, sample_rate: int, level_db: float, rng: np.random.Generator
) -> Audio:
    """Steady noise under a spectrum, at an RMS level of `level_db`."""
    if n_samples == 0:
        return Audio(np.zeros(0, np.float32), sample_rate)
    white = np.fft.rfft(rng.standard_normal(n_samples))
    gain = 10 ** (spectrum.at(np.asarray(np.fft.rfftfreq(n_samples, 1 / sample_rate), np.float64)) / 20)
    noise = np.fft.irfft(white * gain, n_samples).astype(np.float32)
    return Audio(noise, sample_rate).scaled(level_db - rms_db(noise))


def frame_powers(audio: Audio, frame_s: float = 0.04) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power spectra `[n_frames, n_bins]` of half-overlapping Hann frames, and their levels in dB `[n_frames]`."""
    n = round(frame_s * audio.sample_rate)
    padded = np.pad(audio.samples, (0, max(0, n - len(audio.samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n)[:: n // 2]
    powers = np.abs(np.fft.rfft(frames * np.hanning(n), axis=1)) ** 2
    levels = 10 * np.log10(np.mean(frames.astype(np.float64) ** 2, axis=1) + 10 ** (FLOOR_DB / 10))
    return powers, levels


def smoothed(power: NDArray[np.float64], sample_rate: int) -> Spectrum:
    """Means over half-octave bands, six a band. Above 0.45 of the rate lies only the anti-alias filter: left out."""
    centres = LOWEST_HZ * 2 ** np.arange(0, np.log2(0.45 * sample_rate / LOWEST_HZ), SMOOTHING_OCTAVES / 6)
    edge = 2 ** (SMOOTHING_OCTAVES / 2)
    bin_hz = sample_rate / 2 / (len(power) - 1)
    total = np.concatenate(([0.0], np.cumsum(power)))
    low = np.floor(centres / edge / bin_hz).astype(int)
    high = np.minimum(np.ceil(centres * edge / bin_hz).astype(int) + 1, len(power))
    mean = (total[high] - total[low]) / (high - low)
    return Spectrum(centres, 10 * np.log10(mean + 1e-12))
