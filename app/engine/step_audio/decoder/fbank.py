"""Kaldi filterbank features, as the speaker model was trained with them: 16 kHz, 80 bins, no dither, no energy.

Source: Kaldi's `compute-fbank-feats` with a Povey window; the signal stays in [-1, 1].
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

RATE_HZ = 16_000
FRAME, HOP = 400, 160  # samples: 25 ms every 10 ms
N_FFT = 512
N_BINS = 80
LOW_HZ, HIGH_HZ = 20.0, 8000.0
PRE_EMPHASIS = 0.97
POVEY_POWER = 0.85
LOG_FLOOR = 1.1920929e-07  # float32's epsilon


def fbank(wave: Tensor) -> Tensor:
    """Samples (1, n), n >= FRAME, at RATE_HZ to natural-log energies (frames, N_BINS); whole frames only."""
    frames = wave[0].unfold(0, FRAME, HOP)
    frames = frames - frames.mean(dim=1, keepdim=True)
    previous = torch.cat((frames[:, :1], frames[:, :-1]), dim=1)
    frames = (frames - PRE_EMPHASIS * previous) * _window()
    spectrum = torch.fft.rfft(F.pad(frames, (0, N_FFT - FRAME)))
    power = spectrum.real.square() + spectrum.imag.square()
    return torch.log(F.linear(power, _filters()).clamp(min=LOG_FLOOR))


@cache
def _window() -> Tensor:
    return torch.hann_window(FRAME, periodic=False, dtype=torch.float64).pow(POVEY_POWER).float()


@cache
def _filters() -> Tensor:
    """Triangles on Kaldi's mel scale, (N_BINS, N_FFT / 2 + 1); the Nyquist bin has no weight."""

    def mel_of(hz: Tensor) -> Tensor:
        return 1127.0 * torch.log(1 + hz / 700.0)

    limits = mel_of(torch.tensor([LOW_HZ, HIGH_HZ], dtype=torch.float64))
    edges = torch.linspace(float(limits[0]), float(limits[1]), N_BINS + 2, dtype=torch.float64)
    bins = mel_of(torch.arange(N_FFT // 2, dtype=torch.float64) * RATE_HZ / N_FFT)
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return F.pad(torch.minimum(rise, fall).clamp(min=0), (0, 1)).float()
