"""Filters as a response to each frequency, applied block by block: a long clip takes little more than itself.

scipy.signal has all of them, and takes 64 MiB and 0.7 s to be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]
Response = Callable[[Floats], NDArray[np.floating] | NDArray[np.complexfloating]]  # of frequencies in Hz, `[n_bins]`

BLOCK = 1 << 16  # samples, at least, of one transform


def filtered(samples: Samples, sample_rate: int, response: Response, reach_s: float) -> Floats:
    """The samples under a response, as many of them; around them there is silence.

    `reach_s`: how long before and after a click something of it is heard.
    """
    result = np.empty(len(samples))
    for begin, block in filtered_blocks(samples, sample_rate, response, reach_s):
        result[begin : begin + len(block)] = block
    return result


def filtered_blocks(
    samples: Samples, sample_rate: int, response: Response, reach_s: float
) -> Iterator[tuple[int, Floats]]:
    """The same block by block, each with the number of its first sample."""
    reach = max(1, round(reach_s * sample_rate))
    size = max(BLOCK, 1 << (4 * reach - 1).bit_length())
    step = size - 2 * reach
    gains = response(np.asarray(np.fft.rfftfreq(size, 1 / sample_rate), np.float64))
    for begin in range(0, len(samples), step):
        n_lacking = max(0, reach - begin)  # before the first sample; after the last, the transform adds them itself
        around = np.pad(samples[max(0, begin - reach) : begin - reach + size], (n_lacking, 0))
        block = np.fft.irfft(np.fft.rfft(around, size) * gains, size)
        yield begin, block[reach : reach + min(step, len(samples) - begin)]


def low_pass(sample_rate: int, cut_hz: float) -> Response:
    """Butterworth's of second order, forwards and backwards: nothing moves. 6 dB down at the cut."""

    def response(hz: Floats) -> Floats:
        return np.asarray(1 / (1 + (_warped(hz, sample_rate) / _warped(cut_hz, sample_rate)) ** 4), np.float64)

    return response


def band_pass(sample_rate: int, low_hz: float, high_hz: float) -> Response:
    """Butterworth's of second order at each edge, forwards and backwards: nothing moves. 6 dB down at the edges."""
    low, high = _warped(low_hz, sample_rate), _warped(high_hz, sample_rate)

    def response(hz: Floats) -> Floats:
        place = np.maximum(_warped(hz, sample_rate), 1e-6)
        return np.asarray(1 / (1 + ((place**2 - low * high) / (place * (high - low))) ** 4), np.float64)

    return response


def mean_powers(samples: Samples, sample_rate: int, size: int) -> tuple[Floats, Floats]:
    """Frequencies in Hz and mean powers of half-overlapping Hann frames of `size` samples, each without its mean.

    Source: P. Welch, "The use of fast Fourier transform for the estimation of power spectra", 1967.
    """
    size = min(size, len(samples))
    window = np.hanning(size + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: max(1, size // 2)]
    total = np.zeros(size // 2 + 1)
    for block in np.array_split(frames, -(-len(frames) * size // BLOCK)):
        centred = block - block.mean(axis=1, keepdims=True, dtype=np.float64)
        total += (np.abs(np.fft.rfft(centred * window, axis=1)) ** 2).sum(axis=0)
    return np.asarray(np.fft.rfftfreq(size, 1 / sample_rate), np.float64), total / len(frames)


def _warped(hz: Floats | float, sample_rate: int) -> Floats:
    """Where the bilinear transform of a filter has this frequency."""
    return np.asarray(np.tan(np.pi * np.minimum(hz, 0.4999 * sample_rate) / sample_rate), np.float64)
