"""Sound survives cutting, joining, resampling and limiting."""

from __future__ import annotations

import warnings

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.engine.errors import SilentAudio
from app.engine.sound.audio import (
    PEAK_LIMIT,
    Audio,
    crossfade,
    edge_faded,
    faded_gain,
    frame_levels_db,
    joined,
    loudness_lufs,
    require_sound,
    rms_db,
    silence,
    soft_limited,
    split_at_silences,
    without_silent_ends,
)

RATES = st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000])
SAMPLES = arrays(np.float32, st.integers(1, 4000), elements=st.floats(-1, 1, width=32))


def tone(hz: float, seconds: float, rate: int = 24000, level: float = 0.3) -> Audio:
    t = np.arange(round(seconds * rate)) / rate
    return Audio((level * np.sin(2 * np.pi * hz * t)).astype(np.float32), rate)


def test_only_mono_float32_is_audio():
    with pytest.raises(TypeError):
        Audio(np.zeros(4), 16000)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Audio(np.zeros((2, 4), np.float32), 16000)


@given(SAMPLES, RATES, RATES)
@settings(max_examples=30, deadline=None)
def test_resampling_keeps_the_duration_to_a_sample(samples, rate, new_rate):
    audio = Audio(samples, rate)
    assert abs(len(audio.resampled(new_rate).samples) - len(samples) * new_rate / rate) <= 1.5


def test_resampling_keeps_a_tone():
    there_and_back = tone(440, 1).resampled(16000).resampled(24000)
    middle = slice(2000, -2000)
    assert np.abs(there_and_back.samples[middle] - tone(440, 1).samples[middle]).max() < 1e-3


@given(SAMPLES, SAMPLES, st.floats(0, 0.2))
@settings(max_examples=30, deadline=None)
def test_a_crossfade_never_grows_and_has_the_right_length(left, right, overlap_s):
    out = crossfade(Audio(left, 8000), Audio(right, 8000), overlap_s)
    n = min(round(overlap_s * 8000), len(left), len(right))
    assert len(out.samples) == len(left) + len(right) - n
    assert np.abs(out.samples).max() <= max(np.abs(left).max(), np.abs(right).max()) + 1e-6


def test_clips_of_different_rates_are_not_joined_as_if_they_were_of_one():
    clips = Audio(np.zeros(80, np.float32), 8000), Audio(np.zeros(160, np.float32), 16000)
    with pytest.raises(ValueError, match="8000 and 16000 Hz"):
        joined(clips)
    with pytest.raises(ValueError, match="8000 and 16000 Hz"):
        crossfade(*clips, 0.01)


def test_a_crossfade_of_a_clip_with_itself_is_that_clip():
    clip = tone(100, 0.5)
    out = crossfade(clip, clip, 0.5)
    assert np.allclose(out.samples, clip.samples, atol=1e-6)


@given(arrays(np.float32, st.integers(1, 30000), elements=st.floats(-1, 1, width=32)), st.floats(0.3, 3))
@settings(max_examples=30, deadline=None)
def test_pieces_split_at_silences_join_to_the_clip(samples, max_s):
    pieces = list(split_at_silences(Audio(samples, 4000), max_s))
    assert np.array_equal(joined(pieces).samples, samples)
    assert all(0 < len(p.samples) <= max_s * 4000 + 1 for p in pieces)


def test_a_long_clip_is_cut_in_its_pause():
    clip = joined([tone(200, 4, 8000), silence(0.5, 8000), tone(200, 4, 8000)])
    first, second = split_at_silences(clip, 5.0)
    assert 4.0 < first.duration_s < 4.5
    assert second.duration_s > 3.9


@given(SAMPLES)
@settings(max_examples=30, deadline=None)
def test_the_limiter_keeps_order_sign_and_ceiling(samples):
    loud = samples * 3
    out = soft_limited(loud)
    assert np.abs(out).max() <= PEAK_LIMIT + 1e-6
    assert np.all(np.sign(out) == np.sign(loud))
    order = np.argsort(loud, kind="stable")
    assert np.all(np.diff(out[order]) >= -1e-6)


def test_the_limiter_leaves_quiet_sound_alone():
    clip = tone(300, 0.1, level=0.5)
    assert np.array_equal(soft_limited(clip.samples), clip.samples)


def test_faded_edges_start_and_end_near_zero_and_keep_the_middle():
    clip = Audio(np.ones(2400, np.float32), 24000)
    faded = edge_faded(clip, 0.005)
    assert abs(faded.samples[0]) < 0.01
    assert abs(faded.samples[-1]) < 0.01
    assert np.array_equal(faded.samples[120:-120], clip.samples[120:-120])


def test_silent_ends_are_cut_to_the_margins_asked_for():
    clip = joined([silence(0.5, 24000), tone(200, 1.0), silence(0.8, 24000)])
    out = without_silent_ends(clip, 0.1, 0.3)
    assert out.duration_s == pytest.approx(1.4, abs=0.03)
    assert rms_db(out.samples[2500:25000]) == pytest.approx(rms_db(tone(200, 1.0).samples), abs=0.2)


def test_levels_are_those_of_a_sine():
    clip = tone(440, 1, level=0.5)
    assert rms_db(clip.samples) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.05)
    assert frame_levels_db(clip)[50] == pytest.approx(rms_db(clip.samples), abs=0.5)
    assert rms_db(np.zeros(10, np.float32)) == -120
    assert loudness_lufs(clip.scaled(-6)) == pytest.approx(loudness_lufs(clip) - 6, abs=0.05)


@pytest.mark.parametrize("clip", [silence(1, 16000), silence(0, 16000), tone(200, 1, level=1e-4)])
def test_silence_is_refused_by_the_name_of_its_field(clip: Audio):
    with pytest.raises(SilentAudio) as error:
        require_sound(clip, "prompt_audio")
    assert error.value.param == "prompt_audio"


def test_equal_sound_has_an_equal_hash_and_other_sound_another():
    assert tone(440, 1).content_hash == tone(440, 1).content_hash
    assert tone(440, 1).content_hash != tone(441, 1).content_hash
    assert tone(440, 1, 24000).content_hash != Audio(tone(440, 1).samples, 16000).content_hash


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 24_000, 44_100, 48_000])
def test_loudness_is_that_of_the_standards_meter(rate_hz: int) -> None:
    noise = np.random.default_rng(rate_hz).standard_normal(3 * rate_hz) * 0.1
    noise[rate_hz : 2 * rate_hz] *= 10 ** (-rate_hz % 70 / -20)
    for n_samples in (round(0.41 * rate_hz), round(0.777 * rate_hz), 3 * rate_hz):
        samples = noise[:n_samples].astype(np.float32)
        wanted = pyloudnorm.Meter(rate_hz).integrated_loudness(samples.astype(np.float64))
        assert loudness_lufs(Audio(samples, rate_hz)) == pytest.approx(wanted, abs=1e-4)


def test_loudness_leaves_the_warning_filters_alone_which_threads_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "catch_warnings", None)  # to call it would now raise
    assert loudness_lufs(Audio(np.zeros(24_000, np.float32), 24_000)) == -120.0
    assert loudness_lufs(Audio(np.full(24_000, 0.1, np.float32), 24_000)) > -120.0


def test_a_gain_that_changes_has_no_step() -> None:
    ones = Audio(np.ones(1_000, np.float32), 24_000)
    gains_db = 20 * np.log10(faded_gain(ones, -3.0, 3.0).samples)
    assert (gains_db[0], gains_db[-1]) == pytest.approx((-3.0, 3.0), abs=1e-4)
    assert np.diff(gains_db).max() < 0.01
    assert faded_gain(ones, 0.0, 0.0) is ones
