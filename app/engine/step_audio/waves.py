"""What is done to a recording for all its listeners alike: the level the models were trained at, and other rates.

`Audio.resampled` is the better resampler for the ear; this one gives the models the samples they know. Its filter is a
Hann-windowed sinc of six zero crossings a side, whose passband ends at 99 % of the lower Nyquist frequency. Source:
J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.engine.sound.audio import Audio, Samples

PEAK = 0.6  # louder recordings are brought down to this; quieter ones stay
ZERO_CROSSINGS = 6
ROLLOFF = 0.99

_BLOCK = 1 << 16  # output samples resampled at a time, which bounds the working memory


def peak_limited(audio: Audio) -> Audio:
    """The recording with a peak of at most PEAK."""
    peak = np.abs(audio.samples).max(initial=0.0)
    return Audio(audio.samples / peak * np.float32(PEAK), audio.sample_rate) if peak > PEAK else audio


def resampled(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """The samples at another rate, `[ceil(n * rate_out / rate_in)]`; any two rates in Hz will do.

    Equal to torchaudio's `Resample` with its defaults, but only the taps under each phase's window are computed:
    its dense kernel of (phases x taps) grows to gigabytes when the two rates share no large divisor.
    """
    if rate_in == rate_out or not len(samples):
        return samples
    common = math.gcd(rate_in, rate_out)
    step, n_phases = rate_in // common, rate_out // common
    kernel, first_taps, width = _sinc_kernel(step, n_phases)
    n_out = math.ceil(n_phases * len(samples) / step)
    windows = sliding_window_view(np.pad(samples, (width, width + step)), kernel.shape[1])
    out = np.empty(n_out, np.float32)
    for begin in range(0, n_out, _BLOCK):
        frames, phases = np.divmod(np.arange(begin, min(begin + _BLOCK, n_out)), n_phases)
        taps = windows[frames * step + first_taps[phases]]
        out[begin : begin + _BLOCK] = np.einsum("nk,nk->n", taps, kernel[phases])
    return out


@lru_cache(maxsize=8)
def _sinc_kernel(step: int, n_phases: int) -> tuple[Samples, NDArray[np.int64], int]:
    """For `n_phases` output samples every `step` input samples: taps `[n_phases, n_taps]`, where each phase's taps
    begin in the padded input, and how many zeros the input gets in front.
    """
    band = ROLLOFF * min(step, n_phases)
    width = math.ceil(ZERO_CROSSINGS * step / band)
    phase = np.arange(n_phases)
    first_taps = phase * step // n_phases  # `width` samples before the one at or before the phase's own time
    offsets = first_taps[:, None] - width + np.arange(2 * width + 2)
    t = (-phase[:, None] / n_phases + offsets / step) * band
    t = np.clip(t, -ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = np.cos(np.pi * t / ZERO_CROSSINGS / 2) ** 2
    kernel = (np.sinc(t) * window * (band / step)).astype(np.float32)
    return kernel, first_taps, width
