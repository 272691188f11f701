"""The equaliser moves the long-term spectrum towards the reference's, and leaves length, level and phase alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from app.engine.embedded.voice.equaliser import GRID_HZ, LIMIT_DB, correction_db, equalised, long_term_spectrum
from app.engine.sound.audio import Audio, rms_db

RATE = 24_000


def noise(seed: int = 0) -> Audio:
    """Three seconds of noise that falls 6 dB an octave, roughly as speech does."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(3 * RATE))
    spectrum /= np.maximum(np.fft.rfftfreq(3 * RATE, 1 / RATE), 100)
    samples = np.fft.irfft(spectrum)
    return Audio((0.1 * samples / samples.std()).astype(np.float32), RATE)


def low_passed(audio: Audio, hz: float) -> Audio:
    sos = butter(8, hz, fs=audio.sample_rate, output="sos")
    return Audio(sosfiltfilt(sos, audio.samples).astype(np.float32), audio.sample_rate)


def test_gains_appear_in_the_spectrum() -> None:
    gains = 6 * np.sin(np.arange(len(GRID_HZ)) / 5)
    before = noise()
    after = equalised(before, gains)
    change = long_term_spectrum(after) - long_term_spectrum(before)
    inner = slice(6, -3)
    level_shift = np.mean(change[inner] - gains[inner])
    assert np.abs(change - gains - level_shift)[inner].max() < 1.2


def test_length_level_and_phase_stay() -> None:
    before = noise()
    after = equalised(before, np.linspace(-6, 6, len(GRID_HZ)))
    assert len(after.samples) == len(before.samples)
    assert rms_db(after.samples) == pytest.approx(rms_db(before.samples), abs=0.05)
    lags = np.correlate(after.samples[:4000], before.samples[100:3900], "valid")
    assert int(lags.argmax()) == 100


def test_flat_gains_change_nothing() -> None:
    before = noise()
    assert np.abs(equalised(before, np.full(len(GRID_HZ), 3.0)).samples - before.samples).max() < 1e-4


def test_correction_goes_towards_the_reference_within_its_limits() -> None:
    own = long_term_spectrum(noise())
    wished = np.linspace(-30, 30, len(GRID_HZ))
    gains = correction_db(own + wished, own, 48_000)
    assert (np.diff(gains) >= -1e-9).all()
    assert gains[0] == -LIMIT_DB
    assert gains.max() == LIMIT_DB


def test_difference_of_level_alone_asks_for_no_correction() -> None:
    own = long_term_spectrum(noise())
    assert np.abs(correction_db(own - 25, own, 48_000)).max() < 1e-9


@pytest.mark.parametrize("band_hz", [3400.0, 7000.0])
def test_a_narrow_recording_does_not_dull_the_voice(band_hz: float) -> None:
    own = noise(1)
    gains = correction_db(long_term_spectrum(low_passed(noise(2), band_hz)), long_term_spectrum(own), 48_000)
    assert np.abs(gains[band_hz * 1.3 < GRID_HZ]).max() < 4


def test_a_16_khz_reference_does_not_dull_the_top() -> None:
    gains = correction_db(long_term_spectrum(noise(2).resampled(16_000)), long_term_spectrum(noise(1)), 16_000)
    assert np.abs(gains[GRID_HZ > 7200]).max() < 2
