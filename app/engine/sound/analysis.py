"""What pictures of a sound show: its outline, its spectrogram and its pitch."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio

SPECTRUM_RATE_HZ = 16_000  # speech has little above 8 kHz
WINDOW, HOP = 512, 128  # samples at that rate: 32 ms, 8 ms
MAX_FRAMES = 1200  # about what a screen shows; a longer sound gets a longer hop
RANGE_DB = 70.0
N_OUTLINE_POINTS = 160


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """`levels_db` `[n_bins, n_frames]`, 0 dB at the loudest point, at least -RANGE_DB; frames are `hop_s` apart, bins
    `bin_hz`.
    """

    levels_db: NDArray[np.float32]
    hop_s: float
    bin_hz: float


@dataclass(frozen=True, slots=True)
class PitchCurve:
    """`f0_hz` `[n_points]`, 0 where there is no voice; points are `hop_s` apart."""

    f0_hz: NDArray[np.float64]
    hop_s: float


def spectrogram(audio: Audio) -> Spectrogram:
    """Level over time and frequency, with a Hann window."""
    samples = np.pad(audio.resampled(SPECTRUM_RATE_HZ).samples, WINDOW // 2)
    hop = max(HOP, -(-len(samples) // MAX_FRAMES))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
    levels = 10 * np.log10(power / max(float(power.max()), 1e-12) + 1e-12)
    levels_db = np.maximum(levels, -RANGE_DB).T.astype(np.float32)
    return Spectrogram(levels_db, hop / SPECTRUM_RATE_HZ, SPECTRUM_RATE_HZ / WINDOW)


def pitch_curve(audio: Audio, control: JobControl | None = None) -> PitchCurve:
    """The pitch over time, as `app/engine/sound/pitch.py` tracks it; at most MAX_FRAMES points."""
    from app.engine.sound.pitch import track

    pitch = track(audio, control=control)
    n_each = -(-len(pitch.f0_hz) // MAX_FRAMES)
    return PitchCurve(_medians(np.asarray(pitch.f0_hz, dtype=np.float64), n_each), pitch.hop_s * n_each)


def _medians(f0_hz: NDArray[np.float64], n_each: int) -> NDArray[np.float64]:
    """The median of the voiced ones of each `n_each` points; 0 where less than half have a voice."""
    if n_each == 1:
        return f0_hz
    groups = np.pad(f0_hz, (0, -len(f0_hz) % n_each)).reshape(-1, n_each)
    is_voiced = np.count_nonzero(groups, axis=1) * 2 >= n_each
    medians = np.zeros(len(groups))
    medians[is_voiced] = [np.median(group[group > 0]) for group in groups[is_voiced]]
    return medians


def outline(audio: Audio, n_points: int = N_OUTLINE_POINTS) -> tuple[float, ...]:
    """The loudest sample of each of `n_points` equal parts, 0 to 1, for drawing."""
    if not len(audio.samples):
        return (0.0,) * n_points
    bounds = np.linspace(0, len(audio.samples), n_points + 1).astype(int)
    parts = (np.abs(audio.samples[a : max(b, a + 1)]) for a, b in itertools.pairwise(bounds))
    return tuple(round(float(part.max(initial=0.0)), 3) for part in parts)
