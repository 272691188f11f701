"""The prompt's log-mel spectrogram as the flow knows it. Every configuration has its own filters."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import MelConfig

MAGNITUDE_EPS = 1e-9
LOG_FLOOR = 1e-5
# Slaney's mel scale: linear below 1 kHz, logarithmic above.
LINEAR_STEP_HZ = 200.0 / 3
BREAK_HZ = 1000.0
LOG_STEP = math.log(6.4) / 27


def least_samples(config: MelConfig) -> int:
    """The shortest clip that has a spectrogram: its edges are reflected."""
    return (config.n_fft - config.hop_size) // 2 + 1


def log_mel(wave: Tensor, config: MelConfig) -> Tensor:
    """Samples (1, n) at the configuration's rate to natural-log mel magnitudes (1, frames, bins)."""
    edge = (config.n_fft - config.hop_size) // 2
    padded = F.pad(wave, (edge, edge), mode="reflect")
    window = torch.hann_window(config.win_size, dtype=wave.dtype)
    spectrum = torch.stft(
        padded, config.n_fft, config.hop_size, config.win_size, window, center=False, return_complex=True
    )
    magnitude = (spectrum.real.square() + spectrum.imag.square() + MAGNITUDE_EPS).sqrt()
    return (_filters(config).to(wave.dtype) @ magnitude).clamp(min=LOG_FLOOR).log().transpose(1, 2)


@lru_cache(maxsize=8)
def _filters(config: MelConfig) -> Tensor:
    """Triangles of equal area on Slaney's mel scale, (bins, n_fft / 2 + 1)."""
    bins_hz = np.linspace(0, config.sampling_rate / 2, config.n_fft // 2 + 1)
    edges = np.linspace(_mel_of(config.fmin), _mel_of(config.fmax), config.num_mels + 2)
    edges_hz = np.array([_hz_of(mel) for mel in edges])
    rise = (bins_hz - edges_hz[:-2, None]) / (edges_hz[1:-1] - edges_hz[:-2])[:, None]
    fall = (edges_hz[2:, None] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return torch.from_numpy(triangles.astype(np.float32))


def _mel_of(hz: float) -> float:
    if hz < BREAK_HZ:
        return hz / LINEAR_STEP_HZ
    return BREAK_HZ / LINEAR_STEP_HZ + math.log(hz / BREAK_HZ) / LOG_STEP


def _hz_of(mel: float) -> float:
    mel_break = BREAK_HZ / LINEAR_STEP_HZ
    return mel * LINEAR_STEP_HZ if mel < mel_break else BREAK_HZ * math.exp(LOG_STEP * (mel - mel_break))
