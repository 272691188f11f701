"""Speed at the same pitch: WSOLA, for both backends.

Output frames are laid half a window apart; each is taken from near its place in the input, where it continues the frame
before it best. Source: W. Verhelst, M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA)", 1993.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.errors import OutOfRange
from app.engine.job import JobControl
from app.engine.sound.audio import Audio

Floats = NDArray[np.float64]

RATE_RANGE = (0.25, 4.0)

_WINDOW_S = 0.035  # two periods of a low voice
_FAST_WINDOW_S, _FAST_ABOVE = 0.025, 2.0  # at 2.5 Whisper lost 19 % of the words with the long window, none with this
_SEARCH_S = 0.012  # to each side: one period of a low voice
_CENTRE_COST = 0.01
_LEAST_ENERGY = 1e-10
_FRAMES_PER_CHECK = 100


def stretched(audio: Audio, rate: float, control: JobControl | None = None) -> Audio:
    """The clip `rate` times as fast (above 1: shorter) at its own pitch; `round(n / rate)` samples exactly.

    Raises OutOfRange outside 0.25 to 4.
    """
    low, high = RATE_RANGE
    if not low <= rate <= high:
        raise OutOfRange(low, high, rate, param="speed")
    if rate == 1.0 or not len(audio.samples):
        return audio
    window_s = _FAST_WINDOW_S if rate > _FAST_ABOVE else _WINDOW_S
    hop = max(1, round(audio.sample_rate * window_s / 2))
    search = round(audio.sample_rate * _SEARCH_S)
    n_in, n_out = len(audio.samples), round(len(audio.samples) / rate)
    n_frames = n_out // hop + 2

    # Frame k is two hops long and centred on output sample k * hop; `margin` keeps every read inside the padded input.
    margin = 2 * hop + search
    padded = np.pad(audio.samples.astype(np.float64), (margin, margin + 2 * hop))
    wanted = np.minimum(np.round(np.arange(n_frames) * hop * rate).astype(int), n_in) - hop + margin
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)) ** 2
    output = np.zeros((n_frames + 1) * hop)
    start = int(wanted[0])
    for k in range(n_frames):
        if control is not None and k % _FRAMES_PER_CHECK == 0:
            control.checkpoint()
        if k > 0:
            continuation = padded[start + hop : start + 3 * hop]
            start = _most_alike(padded, continuation, int(wanted[k]), search)
        output[k * hop : (k + 2) * hop] += window * padded[start : start + 2 * hop]
    return Audio(output[hop : hop + n_out].astype(np.float32), audio.sample_rate).with_time_of(audio)


def _most_alike(padded: Floats, pattern: Floats, place: int, search: int) -> int:
    """The start within `place` +- `search` whose samples correlate best with `pattern` (normalised)."""
    region = padded[place - search : place + search + len(pattern)]
    size = 1 << (len(region) + len(pattern) - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(region, size) * np.conj(np.fft.rfft(pattern, size)), size)[: 2 * search + 1]
    energy = np.concatenate(([0.0], np.cumsum(region**2)))
    energy = energy[len(pattern) : len(pattern) + 2 * search + 1] - energy[: 2 * search + 1]
    likeness = product / np.sqrt(np.maximum(energy * np.dot(pattern, pattern), _LEAST_ENERGY))
    return place - search + int(np.argmax(likeness - _CENTRE_COST * _distance(search)))


def _distance(search: int) -> Floats:
    """0 in the middle of the search range, 1 at its ends: silence should not wander."""
    return np.abs(np.arange(-search, search + 1)) / search
