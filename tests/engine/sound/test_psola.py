"""Pitch and time by PSOLA: exact on vowels, transparent where nothing changes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.sound.pitch import Pitch, track
from app.engine.sound.psola import pitch_marks, resynthesised
from tests.acoustics import f0_change_st, local_jitter, vowel
from tests.work import n_calls


def shifted(audio: Audio, semitones: float, rate: float = 1.0) -> Audio:
    pitch = track(audio)
    return resynthesised(audio, pitch, np.full(len(pitch.f0_hz), 2 ** (semitones / 12)), rate)


def test_nothing_changed_is_the_same_clip_bit_for_bit(load_clip) -> None:
    clip = load_clip("ref_en_male")
    assert np.array_equal(shifted(clip, 0).samples, clip.samples)


@pytest.mark.parametrize("semitones", [-3, 3, 6])
@pytest.mark.parametrize("f0_hz", [90, 150, 260])
def test_a_vowel_is_shifted_by_what_was_asked(semitones: float, f0_hz: float) -> None:
    result = track(shifted(vowel(f0_hz, 0.8), semitones))
    assert 12 * np.log2(result.median_hz / f0_hz) == pytest.approx(semitones, abs=0.1)


@pytest.mark.parametrize("semitones", [-3, 3])
@pytest.mark.parametrize("name", ["ref_en_female", "ref_en_male"])
def test_speech_is_shifted_by_what_was_asked(load_clip, name: str, semitones: float) -> None:
    clip = load_clip(name).slice_s(0.2, 2.2)
    result = shifted(clip, semitones)
    assert len(result.samples) == len(clip.samples)
    assert float(np.nanmedian(f0_change_st(result, clip))) == pytest.approx(semitones, abs=0.3)


@pytest.mark.parametrize("rate", [0.65, 0.8, 1.25, 1.5])
@pytest.mark.slow
def test_time_changes_without_pitch(rate: float) -> None:
    result = shifted(vowel(140, 1.0), 0, rate)
    assert len(result.samples) == round(24000 / rate)
    assert 12 * np.log2(track(result).median_hz / 140) == pytest.approx(0, abs=0.1)


def test_marks_are_one_period_apart_and_sit_on_the_waves_energy() -> None:
    clip = vowel(125, 0.6)
    marks = pitch_marks(clip, track(clip))
    inner = marks.at[3:-3]
    assert np.diff(inner) == pytest.approx(24000 / 125, abs=0.5)
    power = np.convolve(clip.samples.astype(float) ** 2, np.full(48, 1 / 48), mode="same")
    assert np.mean(power[np.round(inner).astype(int)]) > 1.5 * np.mean(power)


@pytest.mark.slow
def test_jitter_rises_with_every_step_on_a_vowel() -> None:
    clip = vowel(130, 1.5)
    pitch = track(clip)
    ones = np.ones(len(pitch.f0_hz))
    heard = [
        local_jitter(resynthesised(clip, pitch, ones, 1.0, jitter, np.random.default_rng(5)))
        for jitter in (0.0, 0.0075, 0.015, 0.03)
    ]
    assert heard == sorted(heard)
    assert heard[0] < 0.002
    # the difference of two independent periods, each off by 3 %: mean absolute value 2 / sqrt(pi) * 0.03
    assert heard[3] == pytest.approx(0.034, rel=0.35)


def test_the_same_seed_gives_the_same_jitter() -> None:
    clip = vowel(130, 0.5)
    pitch = track(clip)
    ones = np.ones(len(pitch.f0_hz))
    one, same, other = (
        resynthesised(clip, pitch, ones, 1.0, 0.02, np.random.default_rng(seed)).samples for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_clip_without_voice_is_only_stretched() -> None:
    noise = Audio((np.random.default_rng(0).standard_normal(12000) * 0.1).astype(np.float32), 24000)
    result = resynthesised(noise, Pitch(np.zeros(101)), np.ones(101), 0.8)
    assert len(result.samples) == 15000


@pytest.mark.slow
def test_work_and_memory_grow_in_line_with_length(load_clip) -> None:
    clip = load_clip("ref_en_female")

    def cost(audio: Audio) -> tuple[int, int]:
        """Calls made, and bytes at the peak."""
        pitch = track(audio)
        ratio = np.full(len(pitch.f0_hz), 1.1)
        tracemalloc.start()
        try:
            calls = n_calls(lambda: resynthesised(audio, pitch, ratio, 1.0))
        finally:
            peak_bytes = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return calls, peak_bytes

    once, four_times = cost(clip), cost(Audio(np.tile(clip.samples, 4), clip.sample_rate))
    assert all(longer < 5 * short for longer, short in zip(four_times, once, strict=True))


def test_a_cancelled_job_stops() -> None:
    clip = vowel(120, 0.3)
    control = JobControl()
    control.cancel()
    pitch = track(clip)
    with pytest.raises(Cancelled):
        resynthesised(clip, pitch, np.ones(len(pitch.f0_hz)), 1.0, control=control)
