"""A reference is measured as it is heard; one that cannot be used is refused by name, a poor one carries a warning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.engine.embedded.voice.reference import MeasuredReference, measure
from app.engine.errors import AudioTooShort, Cancelled, SilentAudio
from app.engine.facts.warnings import ReferenceWhispered
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, silence
from app.wording.english import english


@pytest.fixture(scope="module")
def encoder() -> SpeakerEncoder:
    return SpeakerEncoder()


@pytest.fixture(scope="module")
def clip(load_clip: Callable[[str], Audio]) -> Audio:
    return load_clip("ref_en_male")


def measured(clip: Audio, encoder: SpeakerEncoder) -> MeasuredReference:
    return measure(clip, encoder, JobControl(), "prompt_audio")


def test_a_good_clip_has_pitch_and_no_warning(clip: Audio, encoder: SpeakerEncoder) -> None:
    found = measured(clip, encoder)
    assert 80 < found.f0_median_hz < 160
    assert 1 < found.f0_spread_semitones < 6
    assert found.warnings == ()


def test_silence_is_refused_by_name(encoder: SpeakerEncoder) -> None:
    with pytest.raises(SilentAudio) as caught:
        measured(silence(5, 24_000), encoder)
    assert caught.value.param == "prompt_audio"


def test_less_than_a_second_of_speech_is_refused_by_name(clip: Audio, encoder: SpeakerEncoder) -> None:
    word = clip.slice_s(0.3, 0.9)
    padded = Audio(np.pad(word.samples, 5 * word.sample_rate), word.sample_rate)
    with pytest.raises(AudioTooShort) as caught:
        measured(padded, encoder)
    assert caught.value.param == "prompt_audio"
    assert "1 s" in english(caught.value)


def test_a_whispered_reference_has_no_pitch_and_a_warning(clip: Audio, encoder: SpeakerEncoder) -> None:
    rng = np.random.default_rng(0)
    envelope = np.abs(clip.samples)
    envelope = np.convolve(envelope, np.hanning(600) / 300, "same")
    whispered = Audio((envelope * rng.standard_normal(len(envelope))).astype(np.float32), clip.sample_rate)
    found = measured(whispered, encoder)
    assert found.f0_median_hz == 0
    assert ReferenceWhispered() in found.warnings


def test_a_cancelled_job_is_not_measured(clip: Audio, encoder: SpeakerEncoder) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        measure(clip, encoder, control, "reference")
