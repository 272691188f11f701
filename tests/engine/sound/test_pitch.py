"""The pitch tracker against vowels whose pitch is known, and on real speech."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, silence
from app.engine.sound.pitch import Pitch, track
from tests.acoustics import vowel


@pytest.mark.parametrize("f0_hz", [70, 110, 180, 260, 400, 600])
@pytest.mark.parametrize("sample_rate", [16000, 24000, 44100])
def test_the_pitch_of_a_steady_vowel_is_found_within_a_tenth_of_a_semitone(f0_hz: int, sample_rate: int) -> None:
    pitch = track(vowel(f0_hz, 0.6, sample_rate))
    assert pitch.voiced_share > 0.9
    inner = pitch.f0_hz[10:-10]
    assert np.max(np.abs(12 * np.log2(inner[inner > 0] / f0_hz))) < 0.1


def test_a_gliding_vowel_is_followed() -> None:
    glide_hz = 120 * 2 ** np.linspace(0, 1, 36000)
    f0_hz = track(vowel(glide_hz, 1.5)).f0_hz[20:-20]
    true_hz = np.interp((np.arange(len(f0_hz)) + 20) * 0.005, np.arange(36000) / 24000, glide_hz)
    assert np.all(f0_hz > 0)
    assert np.max(np.abs(12 * np.log2(f0_hz / true_hz))) < 0.15


def test_noise_at_ten_db_and_a_low_level_do_not_move_the_pitch() -> None:
    clean = vowel(150, 1.0)
    noise = np.random.default_rng(3).standard_normal(len(clean.samples)) * np.std(clean.samples) * 10 ** (-10 / 20)
    for gain in (1.0, 0.001):
        pitch = track(Audio(((clean.samples + noise) * gain).astype(np.float32), clean.sample_rate))
        assert pitch.voiced_share > 0.9
        assert abs(12 * np.log2(pitch.median_hz / 150)) < 0.1


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.03, 0.5])
def test_silence_and_crumbs_have_no_pitch(seconds: float) -> None:
    pitch = track(silence(seconds, 24000))
    assert (pitch.median_hz, pitch.spread_semitones, pitch.voiced_share) == (0.0, 0.0, 0.0)


def test_noise_has_hardly_any_voice() -> None:
    noise = np.random.default_rng(1).standard_normal(48000) * 0.1
    assert track(Audio(noise.astype(np.float32), 24000)).voiced_share < 0.05


@pytest.mark.parametrize(
    ("name", "median_hz"),  # by DIO and StoneMask with the same two passes
    [("ref_en_female", 190.6), ("ref_en_gb_male", 135.5), ("ref_zh_female", 225.0), ("ref_zh_male", 156.0)],
)
def test_real_voices_have_the_pitch_another_tracker_finds(load_clip, name: str, median_hz: float) -> None:
    assert abs(12 * np.log2(track(load_clip(name)).median_hz / median_hz)) < 0.7


def test_real_speech_has_no_octave_jumps(load_clip) -> None:
    f0_hz = track(load_clip("ref_zh_female")).f0_hz
    both = (f0_hz[1:] > 0) & (f0_hz[:-1] > 0)
    steps = np.abs(12 * np.log2(f0_hz[1:][both] / f0_hz[:-1][both]))
    assert np.mean(steps > 6) < 0.005


def test_gaps_are_filled_in_straight_lines() -> None:
    assert Pitch(np.array([0.0, 100, 0, 400, 0])).filled_hz() == pytest.approx([100, 100, 200, 400, 400])


def test_a_cancelled_job_stops() -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        track(vowel(120, 0.2), control=control)
