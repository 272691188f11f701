"""The equaliser: gives speech the long-term spectrum of another voice, smoothly and without moving its phases.

Spectra and gains live on one grid of frequencies, a sixth of an octave apart, so that they can be stored and compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import Audio, rms_db

Decibels = NDArray[np.float64]

GRID_HZ = 62.5 * 2 ** (np.arange(46) / 6)  # 62.5 Hz to 11.3 kHz
STRENGTH = 0.7  # share of the difference that is made up for: the rest is what was said, not who said it
LIMIT_DB = 9.0

_WINDOW = 1024
_HOP = 256
_SMOOTHING_OCTAVES = 0.25  # to either side
_QUIETEST_DB = 30.0  # frames further below the loudest are not speech
_ALIGNED = (GRID_HZ >= 150) & (GRID_HZ <= 5500)  # the band over which two spectra are brought to equal level
_NYQUIST_SHARE = 0.45  # of the sampling rate: above, the clip's own anti-aliasing filter shows
_CLIFF_DB = 18.0  # so far below the other voice all the way up: the recording has no band there
_CLIFF_FROM_HZ = 2000.0
_BEYOND_LIMIT_DB = 4.0


def long_term_spectrum(audio: Audio) -> Decibels:
    """Mean spectrum of the clip's speech in dB, half-octave smoothed, on GRID_HZ; the level is arbitrary.

    At 24 kHz, whatever the clip's rate: what its own rate cannot hold shows as a fall far below speech.
    """
    samples = audio.resampled(24_000).samples.astype(np.float64)
    padded = np.pad(samples, (0, max(0, _WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1)) ** 2
    loudness_db = 10 * np.log10(power.sum(axis=1) + 1e-12)
    mean_power = power[loudness_db > loudness_db.max() - _QUIETEST_DB].mean(axis=0)
    return _on_grid(10 * np.log10(mean_power + 1e-12))


def correction_db(reference: Decibels, own: Decibels, reference_rate: int) -> Decibels:
    """Gains in dB on GRID_HZ that bring a voice's spectrum towards the reference's. Both from `long_term_spectrum`.

    Above the band the reference was recorded in, its spectrum says nothing: there the voice keeps its own, shifted by
    the mean of the last octave that is known, so that a telephone recording does not dull the result.
    """
    difference = reference - own
    difference = difference - difference[_ALIGNED].mean()
    known = _band_hz(difference, reference_rate) >= GRID_HZ
    top_octave = np.flatnonzero(known)[-6:]
    gains = np.clip(STRENGTH * difference, -LIMIT_DB, LIMIT_DB)
    beyond = float(np.clip(gains[top_octave].mean(), -_BEYOND_LIMIT_DB, _BEYOND_LIMIT_DB))
    octaves_beyond = np.log2(GRID_HZ / GRID_HZ[top_octave[-1]])
    fade = np.clip(2 * octaves_beyond, 0, 1)  # over half an octave
    corrected: Decibels = np.where(known, gains, (1 - fade) * gains[top_octave[-1]] + fade * beyond)
    return corrected


def equalised(audio: Audio, gains_db: Decibels) -> Audio:
    """The clip under the gains of GRID_HZ, at its old RMS level; zero phase, same length."""
    shaped = shaped_by(audio, gains_db)
    return shaped if shaped is audio else shaped.scaled(rms_db(audio.samples) - rms_db(shaped.samples))


def shaped_by(audio: Audio, gains_db: Decibels) -> Audio:
    """The same at the level that comes of it, which is one for all stretches of a passage."""
    if not len(audio.samples) or not np.any(gains_db):
        return audio
    bins_hz = np.fft.rfftfreq(_WINDOW, 1 / audio.sample_rate)
    bin_gains_db = np.interp(np.log2(np.maximum(bins_hz, 1.0)), np.log2(GRID_HZ), gains_db)
    response = np.fft.irfft(10 ** (bin_gains_db / 20))
    kernel = np.roll(response, _WINDOW // 2) * np.hanning(_WINDOW + 1)[:_WINDOW]
    n_needed = len(audio.samples) + _WINDOW
    n_bins = 2 ** (n_needed - 1).bit_length()
    filtered = np.fft.irfft(np.fft.rfft(audio.samples, n_bins) * np.fft.rfft(kernel.astype(np.float32), n_bins))
    return Audio(filtered[_WINDOW // 2 :][: len(audio.samples)].astype(np.float32), audio.sample_rate)


def _band_hz(difference: Decibels, reference_rate: int) -> float:
    """Where the reference's band ends: below its Nyquist frequency, or at a cliff it never climbs again."""
    nyquist_hz = _NYQUIST_SHARE * reference_rate
    alive = (difference > -_CLIFF_DB) | (GRID_HZ < _CLIFF_FROM_HZ)
    last_alive_hz = float(GRID_HZ[np.flatnonzero(alive)[-1]])
    if last_alive_hz >= min(nyquist_hz, float(GRID_HZ[-1])):
        return nyquist_hz
    return last_alive_hz * 2**-0.5  # smoothing smears the edge of the cliff over half an octave


def _on_grid(spectrum_db: NDArray[np.float64]) -> Decibels:
    """Means over half an octave around each frequency of the grid, from bins of a 24 kHz spectrum."""
    hz_per_bin = 24_000 / _WINDOW
    integral = np.concatenate(([0.0], np.cumsum(spectrum_db)))
    edges = np.arange(len(integral)) - 0.5

    def integral_at(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(hz / hz_per_bin, edges, integral)

    low, high = GRID_HZ * 2**-_SMOOTHING_OCTAVES, GRID_HZ * 2**_SMOOTHING_OCTAVES
    width = np.minimum(high / hz_per_bin, edges[-1]) - low / hz_per_bin
    means: Decibels = (integral_at(high) - integral_at(low)) / width
    return means
