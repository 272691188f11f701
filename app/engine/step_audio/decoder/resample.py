"""Windowed-sinc polyphase resampling, sample for sample what the checkpoint's frontends were made with.

Hann window, six zero crossings to each side, roll-off 0.99. `Audio.resampled` is the better resampler for listening;
this one keeps the features as the models know them. Source: J. O. Smith, "Digital Audio Resampling",
https://ccrma.stanford.edu/~jos/resample/.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

ZERO_CROSSINGS = 6
ROLL_OFF = 0.99


def resampled(wave: Tensor, rate_in: int, rate_out: int) -> Tensor:
    """Samples (1, n) at another rate, (1, ceil(n rate_out / rate_in))."""
    if rate_in == rate_out:
        return wave
    common = math.gcd(rate_in, rate_out)
    step_in, step_out = rate_in // common, rate_out // common
    taps, margin = _taps(step_in, step_out)
    padded = F.pad(wave, (margin, margin + step_in)).unsqueeze(1)
    phases = F.conv1d(padded, taps.to(wave.dtype), stride=step_in)  # (1, step_out, groups)
    n_samples = -(-step_out * wave.shape[-1] // step_in)
    return phases.transpose(1, 2).reshape(len(wave), -1)[:, :n_samples]


@lru_cache(maxsize=32)
def _taps(step_in: int, step_out: int) -> tuple[Tensor, int]:
    """The filter of each output phase, (step_out, 1, taps), and the samples it reaches to the left."""
    cutoff = ROLL_OFF * min(step_in, step_out)
    margin = math.ceil(ZERO_CROSSINGS * step_in / cutoff)
    tap = torch.arange(-margin, margin + step_in, dtype=torch.float64) / step_in
    phase = torch.arange(0, -step_out, -1, dtype=torch.float64) / step_out
    time = ((tap + phase.unsqueeze(1)) * cutoff).clamp(-ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = torch.cos(time * math.pi / ZERO_CROSSINGS / 2) ** 2
    taps = torch.sinc(time) * window * (cutoff / step_in)
    return taps.unsqueeze(1), margin
