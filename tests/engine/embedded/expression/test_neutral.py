"""`remove` leads toward a neutral reading, whichever side the clip comes from."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.edits import Edit
from app.engine.embedded.expression.expression import express
from app.engine.embedded.expression.neutral import traits_towards
from app.engine.facts.warnings import ClipWhispered
from app.engine.job import JobControl
from app.engine.sound.audio import Audio
from app.engine.sound.pitch import track
from tests.acoustics import level_spread_db

TEXT = "Please leave the parcel beside the green"


@pytest.fixture(scope="module")
def clip(load_clip) -> Audio:
    return load_clip("ref_en_gb_male").slice_s(0.2, 2.7)


@pytest.mark.parametrize("task", ["emotion", pytest.param("style", marks=pytest.mark.slow)])
def test_melody_and_dynamics_are_evened_and_the_pitch_mean_stays(clip: Audio, task: str) -> None:
    results = [express(clip, Edit(task, "remove", i), 1, JobControl()) for i in (0.5, 1.0, 2.0)]
    spreads = [track(audio).spread_semitones for audio in (clip, *results)]
    dynamics = [level_spread_db(audio, clip) for audio in (clip, *results)]
    assert spreads == sorted(spreads, reverse=True)
    assert dynamics == sorted(dynamics, reverse=True)
    assert track(results[1]).median_hz == pytest.approx(track(clip).median_hz, rel=0.05)


def test_an_emotion_put_on_is_partly_taken_off_again(clip: Audio) -> None:
    excited = express(clip, Edit("emotion", "excited"), 1, JobControl())
    removed = express(excited, Edit("emotion", "remove"), 1, JobControl(), TEXT)
    plain = track(clip)
    assert abs(track(removed).spread_semitones - plain.spread_semitones) < abs(
        track(excited).spread_semitones - plain.spread_semitones
    )


@pytest.mark.parametrize(("rate", "is_slower"), [(1.4, True), (0.6, False)])
def test_with_a_transcript_the_rate_moves_toward_the_languages_norm(clip: Audio, rate: float, is_slower: bool) -> None:
    from app.engine.sound.timestretch import stretched

    odd = stretched(clip, rate)
    traits = traits_towards(odd, track(odd), TEXT, 1.0, "emotion")
    assert (traits.rate < 1) == is_slower
    assert traits_towards(odd, track(odd), None, 1.0, "emotion").rate == 1.0


def test_a_bright_clip_is_made_duller_and_a_dull_one_brighter() -> None:
    noise = np.random.default_rng(0).standard_normal(24000)
    dull = np.cumsum(np.cumsum(noise) * 0.1) * 0.01
    for samples, sign in ((noise * 0.1, -1), (dull - dull.mean(), 1)):
        audio = Audio((samples / np.abs(samples).max() * 0.5).astype(np.float32), 24000)
        assert np.sign(traits_towards(audio, track(audio), None, 1.0, "emotion").tilt) == sign


def test_a_whispered_clip_gets_a_warning_instead_of_a_false_voice(clip: Audio) -> None:
    control = JobControl()
    whisper = express(clip.slice_s(0, 2), Edit("style", "whisper"), 1, JobControl())
    result = express(whisper, Edit("style", "remove"), 1, control)
    assert track(result).voiced_share < 0.1
    assert ClipWhispered() in control.warnings


def test_a_voiced_clip_gets_no_warning(clip: Audio) -> None:
    control = JobControl()
    express(clip.slice_s(0, 1), Edit("style", "remove"), 1, control)
    assert control.warnings == []
