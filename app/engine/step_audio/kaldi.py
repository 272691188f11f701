"""Kaldi's log mel energies of 25 ms frames at 16 kHz, which the linguistic encoder and the speaker model both read.

Source: Kaldi's `compute-fbank-feats`, as torchaudio has it. No energy column; each reader has its own window, scale of
the samples, and dither.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

RATE_HZ = 16_000
FRAME, HOP = 400, 160  # samples of a frame, and from one to the next
N_FFT = 512
LOWEST_HZ = 20.0
LOWEST_ENERGY = 2.0**-23  # single precision's epsilon: the floor of the logarithm
PRE_EMPHASIS = 0.97


def log_energies(frames: Tensor, window: Tensor, n_mels: int) -> Tensor:
    """Natural-log energies `[n, n_mels]`, float32, of frames `[n, FRAME]` under a window `[FRAME]`.

    In double precision: weak bins beside strong ones lose three digits in single.
    """
    frames = frames.double()
    frames = frames - frames.mean(dim=1, keepdim=True)
    before = torch.cat((frames[:, :1], frames[:, :-1]), dim=1)
    power = torch.fft.rfft((frames - PRE_EMPHASIS * before) * window, n=N_FFT).abs().square()
    energies: Tensor = power @ mel_filters(n_mels)
    return energies.clamp(min=LOWEST_ENERGY).log().float()


@lru_cache(maxsize=4)
def mel_filters(n_mels: int) -> Tensor:
    """Triangles on Kaldi's mel scale, 20 Hz to 8 kHz, `[N_FFT // 2 + 1, n_mels]`; the topmost bin is not used."""
    lowest, highest = _mel(LOWEST_HZ), _mel(RATE_HZ / 2)
    spacing = (highest - lowest) / (n_mels + 1)
    left = lowest + torch.arange(n_mels, dtype=torch.float64) * spacing
    bins_hz = torch.arange(N_FFT // 2, dtype=torch.float64).unsqueeze(1) * (RATE_HZ / N_FFT)
    bins = 1127.0 * (1.0 + bins_hz / 700.0).log()
    rise = (bins - left) / spacing
    fall = (left + 2 * spacing - bins) / spacing
    return F.pad(torch.minimum(rise, fall).clamp(min=0.0), (0, 0, 0, 1))


def _mel(hz: float) -> float:
    return 1127.0 * math.log(1.0 + hz / 700.0)
