"""Preprocessing: normalising, and trimming as librosa does."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from app.engine.errors import BadAudio
from app.engine.sound.audio import Audio
from app.engine.step_audio.tokenizer import preprocessed
from app.engine.step_audio.tokenizer.preprocessing import loud_span, normalised, trimmed
from app.engine.step_audio.waves import resampled
from tests.engine.step_audio.tokenizer.golden import voice
from tests.wording import refused


@pytest.mark.parametrize(("peak", "wanted"), [(0.5, 0.999), (2.0, 0.999), (0.01, 0.999), (0.001, 0.0999), (0.0, 0.0)])
def test_quiet_clips_are_raised_no_further_than_by_40_db(peak: float, wanted: float) -> None:
    samples = np.array([0.0, peak, -peak / 2], np.float32)
    assert normalised(samples).max() == pytest.approx(wanted, rel=1e-6)


@pytest.mark.slow  # importing librosa takes seconds
@pytest.mark.parametrize("name", ["ref_en_female", "ref_en_male", "ref_zh_female", "ref_zh_male"])
def test_the_loud_span_of_real_speech_is_librosas(name: str, load_clip: Callable[[str], Audio]) -> None:
    import librosa

    clip = load_clip(name)
    samples = normalised(resampled(clip.samples, clip.sample_rate, 16_000))
    rng = np.random.default_rng(1)
    for cut in [0, *rng.integers(1, len(samples) // 2, size=8)]:
        part = samples[cut : len(samples) - cut // 2]
        _, span = librosa.effects.trim(part, top_db=20, frame_length=512, hop_length=128)
        assert loud_span(part) == tuple(span)


@pytest.mark.slow
@pytest.mark.parametrize("n", [0, 1, 127, 128, 255, 256, 257, 511, 512, 513, 4096])
def test_the_loud_span_of_clips_of_a_few_frames_is_librosas(n: int) -> None:
    import librosa

    samples = np.random.default_rng(n).standard_normal(n).astype(np.float32) ** 5
    _, span = librosa.effects.trim(samples, top_db=20, frame_length=512, hop_length=128) if n else (None, (0, 0))
    assert loud_span(samples) == tuple(span)


def test_trimming_keeps_50_ms_before_and_220_ms_after_what_is_loud() -> None:
    samples = np.zeros(32_000, np.float32)
    samples[10_000:20_000] = 1.0
    samples[9_100], samples[23_000] = 0.01, 0.02  # within what is kept, but not loud
    start, end = loud_span(samples)
    kept = trimmed(samples)
    assert len(kept) == 240 * math.ceil((end - start) / 240) + 800 + 3520
    np.testing.assert_array_equal(kept, samples[start - 800 : start - 800 + len(kept)])


def test_trimming_a_clip_that_is_loud_to_its_ends_adds_silence() -> None:
    kept = trimmed(np.ones(2_400, np.float32))
    assert len(kept) == 2_400 + 4_320
    assert np.flatnonzero(kept).tolist() == list(range(800, 3_200))


def test_an_empty_clip_becomes_a_short_silence() -> None:
    wave = preprocessed(Audio(np.zeros(0, np.float32), 24_000))
    assert len(wave.samples) == 4_320
    assert not wave.samples.any()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_samples_that_are_no_numbers_are_the_callers_fault(bad: float) -> None:
    with refused(BadAudio, match="not numbers"):
        preprocessed(Audio(np.array([0.0, bad], np.float32), 16_000))


def test_the_same_sound_has_the_same_hash_and_another_has_another() -> None:
    clip = Audio(voice(1, 24_000, 0.5), 24_000)
    louder = Audio(clip.samples * np.float32(0.5), 24_000)
    assert preprocessed(clip).content_hash == preprocessed(Audio(clip.samples.copy(), 24_000)).content_hash
    assert preprocessed(clip).content_hash == preprocessed(louder).content_hash, "loudness is normalised away"
    assert preprocessed(clip).content_hash != preprocessed(Audio(voice(2, 24_000, 0.5), 24_000)).content_hash
