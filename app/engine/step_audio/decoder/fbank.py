"""Filter-bank features as the speaker model was trained with them: 80 bins, a Povey window, no dither.

The signal stays in [-1, 1].
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from app.engine.step_audio.kaldi import FRAME, HOP, log_energies

N_BINS = 80
POVEY_POWER = 0.85


def fbank(wave: Tensor) -> Tensor:
    """Samples (1, n), n >= FRAME, at 16 kHz to natural-log energies (frames, N_BINS); whole frames only."""
    return log_energies(wave[0].unfold(0, FRAME, HOP), _window(), N_BINS)


@cache
def _window() -> Tensor:
    return torch.hann_window(FRAME, periodic=False, dtype=torch.float64).pow(POVEY_POWER)
