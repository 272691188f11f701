"""Recordings at other rates and at the trained level."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.engine.sound.audio import Audio, Samples
from app.engine.step_audio.waves import peak_limited, resampled
from tests.engine.step_audio.tokenizer.golden import voice


def resampled_densely(samples: Samples, rate: int) -> Samples:
    """The formula of the original's kernel, tap by tap for each phase, without leaving any out."""
    common = math.gcd(rate, 16_000)
    step, n_phases = rate // common, 16_000 // common
    band = 0.99 * min(step, n_phases)
    width = math.ceil(6 * step / band)
    taps = np.arange(-width, width + step)
    t = np.clip((taps / step - np.arange(n_phases)[:, None] / n_phases) * band, -6, 6)
    kernel = band / step * np.sinc(t) * np.cos(np.pi * t / 12) ** 2
    padded = np.pad(samples.astype(np.float64), (width, width + step))
    n_frames = math.ceil(len(samples) / step)
    frames = [kernel @ padded[n * step : n * step + len(taps)] for n in range(n_frames)]
    return np.concatenate(frames)[: math.ceil(n_phases * len(samples) / step)].astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_000, 15_750, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])
def test_resampling_is_the_originals_formula(rate: int) -> None:
    samples = voice(rate, rate, 0.11)
    np.testing.assert_allclose(resampled(samples, rate, 16_000), resampled_densely(samples, rate), rtol=0, atol=2e-6)


@pytest.mark.parametrize("rate", [8_000, 11_025, 47_999, 192_000])
def test_a_tone_stays_the_same_tone_at_any_rate(rate: int) -> None:
    def tone(at: int, n: int) -> Samples:
        return np.sin(2 * np.pi * 1000 * np.arange(n) / at).astype(np.float32)

    got = resampled(tone(rate, rate), rate, 16_000)
    assert len(got) == 16_000
    np.testing.assert_allclose(got[200:-200], tone(16_000, 16_000)[200:-200], rtol=0, atol=0.01)


def test_long_clips_are_resampled_in_blocks_without_seams() -> None:
    samples = voice(5, 24_000, 13.0)
    whole, late = (resampled(part, 24_000, 16_000) for part in (samples, samples[240_000 - 2_400 :]))
    np.testing.assert_allclose(whole[160_000:], late[1_600:], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("peak", "wanted"), [(1.4, 0.6), (0.61, 0.6), (0.6, 0.6), (0.3, 0.3), (0.0, 0.0)])
def test_only_loud_recordings_are_brought_down(peak: float, wanted: float) -> None:
    samples = np.array([0.0, peak / 2, -peak], np.float32)
    once = peak_limited(Audio(samples, 24_000))
    assert np.abs(once.samples).max() == pytest.approx(wanted)
    assert peak_limited(once) is once


def test_an_empty_recording_has_no_level() -> None:
    assert not len(peak_limited(Audio(np.zeros(0, np.float32), 24_000)).samples)
