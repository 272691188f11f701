"""Emotion and style on real speech: each trait is heard in order, each tag moves the right way, words stay."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from app.engine.edits import CATALOGUE, Edit
from app.engine.embedded.expression.expression import express, with_traits
from app.engine.embedded.expression.prosody import Traits, traits_of
from app.engine.errors import Cancelled
from app.engine.facts.warnings import PitchUnchanged
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.requests import TranscribeRequest
from app.engine.sound.audio import Audio, loudness_lufs, rms_db
from app.engine.sound.pitch import track
from app.settings import Settings
from tests.acoustics import (
    brightness_db,
    f0_change_st,
    final_rise_st,
    formant_shift,
    harmonicity,
    level_spread_db,
    local_jitter,
    vibrato_st,
    vowel,
)
from tests.listening import pinyin_error, word_error

Measure = Callable[[Audio, Audio], float]

# One figure a trait, of the edited clip and the original; it must rise with the trait.
MEASURES: dict[str, Measure] = {
    "pitch": lambda audio, original: float(np.nanmedian(f0_change_st(audio, original))),
    "range": lambda audio, _: track(audio).spread_semitones,
    "rate": lambda audio, _: -audio.duration_s,
    "gain": lambda audio, _: rms_db(audio.samples),
    "contrast": level_spread_db,
    "tilt": lambda audio, _: brightness_db(audio),
    "breath": lambda audio, _: -harmonicity(audio),
    "jitter": lambda audio, _: local_jitter(audio),
    "vibrato": vibrato_st,
    "formant": formant_shift,
    "final": final_rise_st,
}
STEPS = [("pitch", 2.0), ("rate", 1.15), ("tilt", -1.0), ("breath", 0.3)]
MORE_STEPS = [
    *[("range", 0.7), ("gain", -3.0), ("contrast", 1.25), ("jitter", 1.5), ("vibrato", 25.0), ("formant", 1.08)],
    *[("final", 2.0), ("pitch", -2.0), ("range", 1.4), ("rate", 0.87), ("gain", 3.0), ("contrast", 0.8)],
    *[("tilt", 1.0), ("formant", 0.93), ("final", -1.5)],
]


@pytest.fixture(scope="module")
def clip(load_clip) -> Audio:
    """Some seconds of an English man."""
    return load_clip("ref_en_gb_male").slice_s(0.2, 2.7)


@pytest.fixture(scope="module")
def hear(parts: Parts) -> Callable[[Audio, str], str]:
    """What Whisper hears."""
    transcribers = Transcribers.from_settings(Settings(offline=True), parts)

    def heard(audio: Audio, language: str) -> str:
        return "".join(s.text for s in transcribers.transcribe(TranscribeRequest(audio, language), JobControl()))

    return heard


@pytest.mark.parametrize(
    ("trait", "value"), [*STEPS, *(pytest.param(*step, marks=pytest.mark.slow) for step in MORE_STEPS)]
)
def test_each_trait_alone_is_heard_more_with_each_step_of_intensity(clip: Audio, trait: str, value: float) -> None:
    clip = clip.slice_s(0, 2.0)
    pitch, measure = track(clip), MEASURES[trait]
    heard = [measure(clip, clip)]
    for intensity in (0.5, 1.0, 2.0):
        traits = Traits(**{trait: value}).scaled(intensity)
        heard.append(measure(with_traits(clip, pitch, traits, np.random.default_rng(1), JobControl()), clip))
    is_rising = value > getattr(Traits(), trait)
    assert all(a < b if is_rising else a > b for a, b in pairwise(heard)), heard


def leading_trait(traits: Traits) -> str:
    """The trait that is furthest from neutral, on scales of about equal weight."""
    weights = {
        "pitch": abs(traits.pitch) / 2,
        "range": abs(math.log(traits.range)) / 0.35,
        "rate": abs(math.log(traits.rate)) / 0.12,
        "gain": abs(traits.gain) / 2,
        "tilt": abs(traits.tilt) / 1.2,
    }
    return max(weights, key=weights.__getitem__)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "tag"),
    [(t, tag) for t in ("emotion", "style") for tag in CATALOGUE[t].tags if tag not in ("remove", "whisper")],
)
def test_each_tag_moves_its_leading_trait_the_right_way_and_further_at_two(clip: Audio, task: str, tag: str) -> None:
    trait = leading_trait(traits_of(task, tag, 1.0))
    measure, part = MEASURES[trait], clip.slice_s(0, 2.5)
    neutral, one, two = (
        measure(part, part),
        *(measure(express(part, Edit(task, tag, i), 1, JobControl()), part) for i in (1.0, 2.0)),
    )
    if getattr(traits_of(task, tag, 1.0), trait) > getattr(Traits(), trait):
        assert neutral < one < two
    else:
        assert neutral > one > two


def test_a_whisper_has_no_voice_and_half_a_whisper_has_some(clip: Audio) -> None:
    part = clip.slice_s(0, 2)
    half, whole = (express(part, Edit("style", "whisper", i), 1, JobControl()) for i in (0.5, 1.0))
    assert track(whole).voiced_share < 0.05
    assert track(half).voiced_share > 0.2
    louder = loudness_lufs(express(part, Edit("style", "whisper", 1.5), 1, JobControl()))
    assert louder < loudness_lufs(whole) - 3


@pytest.mark.parametrize("sample_rate", [16000, 24000, 44100, 48000])
def test_the_clip_keeps_its_sample_rate_and_stays_below_full_scale(clip: Audio, sample_rate: int) -> None:
    part = clip.slice_s(0.5, 1.5).resampled(sample_rate)
    result = express(part, Edit("style", "shout", 3.0), 1, JobControl())
    assert result.sample_rate == sample_rate
    assert result.samples.dtype == np.float32
    assert np.abs(result.samples).max() < 0.99
    assert rms_db(result.samples) > rms_db(part.samples)


def test_iterations_are_one_edit_of_intensity_times_iterations(clip: Audio) -> None:
    part = clip.slice_s(0, 1)
    thrice = express(part, Edit("emotion", "sad", 0.5, 3), 7, JobControl())
    once = express(part, Edit("emotion", "sad", 1.5), 7, JobControl())
    assert np.array_equal(thrice.samples, once.samples)


def test_a_seed_makes_the_edit_repeatable(clip: Audio) -> None:
    part = clip.slice_s(0, 1)
    same_a, same_b, other = (express(part, Edit("emotion", "fear"), seed, JobControl()).samples for seed in (1, 1, 2))
    assert np.array_equal(same_a, same_b)
    assert not np.array_equal(same_a, other)


def test_a_very_small_intensity_hardly_changes_the_clip(clip: Audio) -> None:
    part = clip.slice_s(0, 1)
    result = with_traits(part, track(part), Traits(tilt=0.8).scaled(1e-3), np.random.default_rng(0), JobControl())
    assert result.samples == pytest.approx(part.samples, abs=1e-3)


def test_a_clip_without_voice_keeps_its_pitch_with_a_warning_and_still_changes_rate() -> None:
    noise = Audio((np.random.default_rng(0).standard_normal(24000) * 0.1).astype(np.float32), 24000)
    control = JobControl()
    result = express(noise, Edit("emotion", "excited"), 1, control)
    assert len(result.samples) == round(24000 / 1.14)
    assert PitchUnchanged() in control.warnings


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.45])
@pytest.mark.parametrize(("task", "tag"), [("emotion", "fear"), ("style", "whisper"), ("emotion", "remove")])
def test_crumbs_of_sound_are_edited_too(seconds: float, task: str, tag: str) -> None:
    result = express(vowel(150, seconds), Edit(task, tag, 2.0), 1, JobControl(), "a")
    assert len(result.samples) > 0
    assert np.all(np.isfinite(result.samples))


def test_a_cancelled_job_stops(clip: Audio) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        express(clip, Edit("emotion", "happy"), 1, control)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "task", "tag"),
    [
        ("ref_en_female", "emotion", "excited"),
        ("ref_en_female", "style", "whisper"),
        ("ref_en_gb_male", "style", "child"),
        ("ref_en_gb_male", "emotion", "depressed"),
        ("ref_zh_male", "style", "exaggerated"),
        ("ref_zh_female", "style", "murmur"),
    ],
)
def test_the_words_are_still_understood(load_clip, clip_facts, hear, name: str, task: str, tag: str) -> None:
    facts = clip_facts[name]
    error = pinyin_error if facts["language"] == "zh" else word_error
    result = express(load_clip(name), Edit(task, tag), 1, JobControl())
    assert error(facts["text"], hear(result, facts["language"])) <= 0.15
