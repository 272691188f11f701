"""The signal path of DeepFilterNet3: its spectrum, its features, and how gains and filters are applied.

All spectra are complex64 `[n_frames, 481]`: 48 kHz, frames of 960 samples every 480, Vorbis window, scaled by 1/960 as
in the network's training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import Samples

Spectrum = NDArray[np.complex64]
Floats = NDArray[np.float32]

RATE_HZ = 48000
HOP = 480
FRAME = 2 * HOP
BINS = HOP + 1
BANDS = 32
DF_BINS = 96  # bins that get a filter of their own
DF_ORDER = 5
LOOKAHEAD = 2  # frames the network and its filters look ahead
MIN_BAND_BINS = 2

DECAY = 0.99  # of the running means: one second at 100 frames a second
BAND_RANGE_DB = 40.0
FIRST_BAND_MEANS_DB = np.linspace(-60, -90, BANDS)  # what the running means begin with, as in training
FIRST_BIN_MEANS = np.linspace(0.001, 0.0001, DF_BINS)
SMALLEST_MEAN = 1e-20  # minutes of digital silence would bring it to zero

WINDOW: Floats = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME) ** 2).astype(np.float32)


def analysed(samples: Samples) -> Spectrum:
    """Spectrum of samples at 48 kHz; frame n covers samples 480 n to 480 n + 960."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    return (np.fft.rfft(frames * WINDOW, axis=1) / FRAME).astype(np.complex64)


def synthesised(spectrum: Spectrum) -> Samples:
    """Samples of a spectrum by overlap-add, `480 (n_frames - 1)`: the half frames at the ends are left out.

    The Vorbis window's squares sum to one at half overlap, so an untouched spectrum gives its samples back.
    """
    frames = (np.fft.irfft(spectrum * FRAME, FRAME, axis=1) * WINDOW).astype(np.float32)
    return (frames[:-1, HOP:] + frames[1:, :HOP]).reshape(-1)


def _band_widths() -> list[int]:
    """Bins of each band: equal steps on the ERB scale (Glasberg and Moore), at least two bins each."""
    scale = 24.7 * 9.265  # Hz
    top = 9.265 * np.log1p(RATE_HZ / 2 / scale)
    edges_hz = scale * np.expm1(np.arange(1, BANDS + 1) * top / BANDS / 9.265)
    widths: list[int] = []
    previous, owed = 0, 0
    for edge in np.round(edges_hz / (RATE_HZ / FRAME)).astype(int):
        width = int(edge) - previous - owed
        owed = max(0, MIN_BAND_BINS - width)
        widths.append(max(width, MIN_BAND_BINS))
        previous = int(edge)
    widths[-1] += BINS - sum(widths)
    return widths


BAND_WIDTHS = _band_widths()
_BAND_STARTS = np.cumsum([0, *BAND_WIDTHS[:-1]])


@dataclass(frozen=True, slots=True)
class Features:
    """What the network reads. `bands`: `[n_frames, 32]`; `bins`: real and imaginary, `[2, n_frames, 96]`."""

    bands: Floats
    bins: Floats


class Normaliser:
    """Makes features of consecutive stretches of one clip; remembers the running means between them."""

    def __init__(self) -> None:
        self._band_means_db = FIRST_BAND_MEANS_DB.copy()
        self._bin_means = FIRST_BIN_MEANS.copy()

    def features(self, spectrum: Spectrum) -> Features:
        """Band levels less their running mean, and bins by the root of theirs."""
        mean_powers = np.add.reduceat(np.abs(spectrum) ** 2, _BAND_STARTS, axis=1) / BAND_WIDTHS
        levels_db = 10 * np.log10(mean_powers + 1e-10)
        means_db = self.running_means(levels_db, self._band_means_db)
        low = spectrum[:, :DF_BINS]
        means = self.running_means(np.abs(low), self._bin_means)
        scaled = low / np.sqrt(np.maximum(means, SMALLEST_MEAN))
        return Features(
            ((levels_db - means_db) / BAND_RANGE_DB).astype(np.float32),
            np.stack((scaled.real, scaled.imag)).astype(np.float32),
        )

    @staticmethod
    def running_means(values: NDArray[np.floating], mean: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each column of `[n, k]`, up to each row; `mean` `[k]` is what it was before, and is brought forward."""
        means = np.empty(values.shape)
        for row, value in enumerate(values):
            mean += (1 - DECAY) * (value - mean)
            means[row] = mean
        return means


def band_gains(spectrum: Spectrum, gains: Floats) -> Spectrum:
    """The spectrum with each band scaled; `gains` `[n_frames, 32]`."""
    return spectrum * np.repeat(gains, BAND_WIDTHS, axis=1)


def deep_filtered(spectrum: Spectrum, filters: Floats) -> Spectrum:
    """The lowest 96 bins, each frame a sum over itself, two frames before and two after.

    `filters` `[n_frames, 96, 10]`: real and imaginary of the five taps, earliest first. The two frames at each end
    that lack neighbours take silence for them.
    """
    taps = np.ascontiguousarray(filters).view(np.complex64)  # [n_frames, 96, 5]
    past = DF_ORDER - 1 - LOOKAHEAD
    padded = np.pad(spectrum[:, :DF_BINS], ((past, LOOKAHEAD), (0, 0)))
    n_frames = len(spectrum)
    filtered = sum(padded[k : k + n_frames] * taps[:, :, k] for k in range(DF_ORDER))
    return np.asarray(filtered, np.complex64)


def post_filtered(enhanced: Spectrum, noisy: Spectrum, strength: float) -> Spectrum:
    """The enhanced spectrum with what was strongly damped damped a little more. Source: Valin et al., 2020.

    `strength` 0 changes nothing; 0.02 is mild.
    """
    gains = np.clip(np.abs(enhanced) / (np.abs(noisy) + 1e-12), 1e-6, 1.0)
    warped = np.maximum(gains * np.sin(np.pi / 2 * gains), 1e-12)
    factors = (1 + strength) / (1 + strength * (gains / warped) ** 2)
    return enhanced * factors.astype(np.float32)
