"""What pictures of a sound show: its spectrogram and its pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.audio import Audio

SPECTRUM_RATE_HZ = 16_000  # speech has little above 8 kHz
WINDOW, HOP = 512, 128  # samples at that rate: 32 ms, 8 ms
MAX_FRAMES = 2000  # more than a screen has columns; a longer sound gets a longer hop
RANGE_DB = 70.0


@dataclass(frozen=True, slots=True)
class Picture:
    """`levels_db` `[n_bins, n_frames]`, 0 dB at the loudest point, at least -RANGE_DB; frames are `hop_s` apart, bins
    `bin_hz`. `f0_hz` `[n_points]`, 0 where there is no voice, points `f0_hop_s` apart.
    """

    levels_db: NDArray[np.float32]
    hop_s: float
    bin_hz: float
    f0_hz: NDArray[np.float64]
    f0_hop_s: float


def picture(audio: Audio) -> Picture:
    """Analyse the sound. Hann window; the pitch is that of `app/engine/embedded/f0.py`."""
    from app.engine.embedded.f0 import track

    samples = np.pad(audio.resampled(SPECTRUM_RATE_HZ).samples, WINDOW // 2)
    hop = max(HOP, -(-len(samples) // MAX_FRAMES))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1)) ** 2
    levels = 10 * np.log10(power / max(float(power.max()), 1e-12) + 1e-12)
    pitch = track(audio)
    return Picture(
        np.maximum(levels, -RANGE_DB).T.astype(np.float32),
        hop / SPECTRUM_RATE_HZ,
        SPECTRUM_RATE_HZ / WINDOW,
        np.asarray(pitch.f0_hz, dtype=np.float64),
        pitch.hop_s,
    )
