"""Speed at the same pitch: exact length, same pitch, no lost beginning or end."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.errors import Cancelled, OutOfRange
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, rms_db, silence
from app.engine.sound.pitch import track
from app.engine.sound.timestretch import stretched
from tests.acoustics import vowel
from tests.wording import refused


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.65, 0.8, 0.99, 1.01, 1.25, 1.5, 2.0, 4.0])
def test_the_length_is_exact_to_a_sample(rate: float) -> None:
    for n in (1, 100, 999, 24000):
        noise = Audio((np.random.default_rng(0).standard_normal(n) * 0.1).astype(np.float32), 24000)
        assert len(stretched(noise, rate).samples) == round(n / rate)


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.8, 1.25, 2.0, 4.0])
@pytest.mark.parametrize("f0_hz", [80, 140, 300])
def test_pitch_stays(rate: float, f0_hz: float) -> None:
    result = track(stretched(vowel(f0_hz, 0.6), rate))
    assert 12 * np.log2(result.median_hz / f0_hz) == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("rate", [0.8, 1.25, *(pytest.param(rate, marks=pytest.mark.slow) for rate in (0.65, 1.5))])
def test_the_melody_of_speech_stays(load_clip, rate: float) -> None:
    clip = load_clip("ref_en_gb_male").slice_s(0.2, 2.2)
    before, after = track(clip).f0_hz, track(stretched(clip, rate)).f0_hz
    at = np.minimum(np.round(np.arange(len(after)) * rate).astype(int), len(before) - 1)
    both = (after > 0) & (before[at] > 0)
    assert abs(np.median(12 * np.log2(after[both] / before[at][both]))) < 0.3


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_level_stays_at_the_beginning_and_at_the_end(rate: float) -> None:
    result = stretched(vowel(120, 1.0), rate)
    reference = rms_db(vowel(120, 1.0).samples)
    for part in (result.samples[:2400], result.samples[-2400:], result.samples):
        assert rms_db(part) == pytest.approx(reference, abs=1.5)


def test_a_click_stays_single_when_slowed() -> None:
    samples = np.zeros(24000, np.float32)
    samples[12000] = 0.9
    result = stretched(Audio(samples, 24000), 0.8).samples
    assert 14500 < int(np.argmax(np.abs(result))) < 15500
    assert np.count_nonzero(np.abs(result) > 0.3) <= 2


def test_rate_one_and_empty_sound_are_left_alone() -> None:
    clip = vowel(120, 0.1)
    assert stretched(clip, 1.0) is clip
    assert len(stretched(silence(0, 24000), 2.0).samples) == 0


@pytest.mark.parametrize("rate", [0.2, 4.1, float("nan")])
def test_a_rate_out_of_range_is_refused(rate: float) -> None:
    with refused(OutOfRange, match="speed"):
        stretched(vowel(120, 0.1), rate)


def test_a_cancelled_job_stops() -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        stretched(vowel(120, 0.2), 1.2, control)
