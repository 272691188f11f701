"""What the pictures of a sound show, against sounds whose spectrum and pitch are known."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.sound.analysis import MAX_FRAMES, RANGE_DB, SPECTRUM_RATE_HZ, outline, pitch_curve, spectrogram
from app.engine.sound.audio import Audio, joined, silence
from tests.fakes import tone


@pytest.mark.parametrize(("pitch_hz", "rate"), [(220.0, 16_000), (1000.0, 24_000), (3000.0, 44_100)])
def test_a_sine_is_one_line_at_its_frequency(pitch_hz: float, rate: int):
    shown = spectrogram(tone(1.0, rate, pitch_hz))
    middle = shown.levels_db[:, 5:-5]
    line_hz = np.argmax(middle, axis=0) * shown.bin_hz
    assert np.all(np.abs(line_hz - pitch_hz) <= shown.bin_hz / 2 + 1)
    assert middle.max() == pytest.approx(0.0, abs=0.1)
    far = np.abs(np.arange(len(middle)) * shown.bin_hz - pitch_hz) > 200
    assert middle[far].max() < -50


def test_a_voiced_sound_has_its_pitch_and_silence_has_none():
    times_s = np.arange(16_000) / 16_000
    buzz = sum(np.sin(2 * np.pi * 150 * k * times_s) / k for k in range(1, 10)) * 0.2
    shown = pitch_curve(joined([Audio(buzz.astype(np.float32), 16_000), silence(0.5, 16_000)]))
    times_of_points = np.arange(len(shown.f0_hz)) * shown.hop_s
    assert shown.f0_hz[(times_of_points > 0.1) & (times_of_points < 0.9)] == pytest.approx(150, rel=0.02)
    assert not np.any(shown.f0_hz[times_of_points > 1.1])
    assert len(shown.f0_hz) * shown.hop_s == pytest.approx(1.5, abs=0.02)


def test_a_sound_stands_where_it_is_in_time():
    shown = spectrogram(joined([silence(0.5, 24_000), tone(0.1), silence(0.4, 24_000)]))
    loud = np.flatnonzero(shown.levels_db.max(axis=0) > -20) * shown.hop_s
    assert loud.min() == pytest.approx(0.5, abs=0.03)
    assert loud.max() == pytest.approx(0.6, abs=0.03)
    assert shown.levels_db.shape[1] * shown.hop_s == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("n_samples", [256_100, 257_900, 520_003])
def test_a_long_sound_has_no_more_frames_than_a_screen_has_columns(n_samples: int):
    shown = spectrogram(Audio(np.zeros(n_samples, np.float32), SPECTRUM_RATE_HZ))
    n_frames = shown.levels_db.shape[1]
    assert 0.9 * MAX_FRAMES < n_frames <= MAX_FRAMES
    assert n_frames * shown.hop_s == pytest.approx(n_samples / SPECTRUM_RATE_HZ, rel=0.01)


def test_silence_is_dark_and_without_pitch():
    assert np.all(spectrogram(silence(0.5, 24_000)).levels_db == -RANGE_DB)
    assert not np.any(pitch_curve(silence(0.5, 24_000)).f0_hz)


def test_the_softest_is_not_drawn_softer_than_the_range():
    assert spectrogram(tone(0.5)).levels_db.min() == -RANGE_DB


def test_the_shortest_clip_has_its_pictures():
    shown = spectrogram(tone(0.1))
    assert shown.levels_db.shape == (257, 13)
    assert np.isfinite(shown.levels_db).all()
    assert len(pitch_curve(tone(0.1)).f0_hz) > 0


def test_loudness_does_not_matter():
    loud, soft = spectrogram(tone(0.5, level=0.9)), spectrogram(tone(0.5, level=0.01))
    assert np.abs(loud.levels_db - soft.levels_db).max() < 1.5


def test_the_outline_shows_where_the_sound_is():
    loud, quiet = tone(0.5, level=0.8), tone(0.5, level=0.1)
    both = type(loud)(np.concatenate([loud.samples, quiet.samples]), loud.sample_rate)
    points = outline(both, 10)
    assert points[:5] == pytest.approx([0.8] * 5, abs=0.02)
    assert points[5:] == pytest.approx([0.1] * 5, abs=0.02)
    assert outline(type(loud)(loud.samples[:0], 24_000), 4) == (0, 0, 0, 0)
