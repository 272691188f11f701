"""Sounds go where their tags stand, and the recording around them stays as it was."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.content.words import TimedWord
from app.engine.embedded.sounds.insertion import (
    FADE_S,
    GAP_S,
    insert_at,
    insert_sounds,
    speech_span_s,
    warn_of_other_words,
)
from app.engine.errors import Cancelled
from app.engine.facts.warnings import OtherWords
from app.engine.job import JobControl
from app.engine.script import Script, Sound, parse_script
from app.engine.sound.audio import Audio, frame_levels_db, rms_db

RATE = 16000
SOUND_S = 0.3


def tone(seconds: float, hz: float, level: float, rate: int = RATE) -> Audio:
    time_s = np.arange(round(seconds * rate)) / rate
    return Audio((level * np.sin(2 * np.pi * hz * time_s)).astype(np.float32), rate)


@pytest.fixture
def recording() -> Audio:
    """Noise floor of -70 dB; "words" of 300 Hz at 0.3-0.7, 0.8-1.2 and 1.25-1.7 s of two seconds."""
    samples = np.random.default_rng(5).normal(0, 10 ** (-70 / 20), 2 * RATE).astype(np.float32)
    for start_s, end_s in ((0.3, 0.7), (0.8, 1.2), (1.25, 1.7)):
        samples[round(start_s * RATE) : round(end_s * RATE)] += tone(end_s - start_s, 300, 0.2).samples
    return Audio(samples, RATE)


WORDS = [TimedWord(" one", 0.3, 0.7, 1.0), TimedWord(" two", 0.8, 1.2, 1.0), TimedWord(" three", 1.25, 1.7, 1.0)]


def inserted(recording: Audio, *times_s: float, sound: Audio | None = None) -> Audio:
    sound = sound or tone(SOUND_S, 2000, 0.2)
    return insert_at(recording, [(t, sound) for t in times_s], np.random.default_rng(0), JobControl())


def sound_spans_s(result: Audio) -> list[tuple[float, float]]:
    """Where 2 kHz sounds."""
    n = RATE // 100
    frames = result.samples[: len(result.samples) // n * n].reshape(-1, n)
    bins = np.abs(np.fft.rfft(frames, axis=1))
    on = np.pad((bins[:, 20] > 3 * bins[:, 3]) & (bins[:, 20] > 1.0), 1)
    edges = np.flatnonzero(np.diff(on.astype(int)))
    return [(a / 100, b / 100) for a, b in edges.reshape(-1, 2)]


def test_span_is_from_the_first_to_the_last_word(recording: Audio) -> None:
    assert speech_span_s(recording) == pytest.approx((0.3, 1.7), abs=0.02)


@pytest.mark.parametrize("asked_s", [0.68, 0.75, 0.83])
def test_a_cut_moves_to_the_quiet_moment_near_it(recording: Audio, asked_s: float) -> None:
    ((start_s, end_s),) = sound_spans_s(inserted(recording, asked_s))
    assert 0.7 < start_s - GAP_S < 0.81
    assert end_s - start_s == pytest.approx(SOUND_S, abs=0.02)


def test_everything_but_the_fades_at_the_cut_stays_bit_for_bit(recording: Audio) -> None:
    result = inserted(recording, 0.75)
    fade = round(FADE_S * RATE)
    agree = np.cumprod(result.samples[: len(recording.samples)] == recording.samples).sum()
    tail = len(recording.samples) - agree - 2 * fade
    assert 0.7 - FADE_S <= agree / RATE <= 0.8
    assert np.array_equal(result.samples[-tail:], recording.samples[-tail:])


def test_length_grows_by_the_sound_and_its_two_gaps(recording: Audio) -> None:
    grown_s = inserted(recording, 0.75).duration_s - recording.duration_s
    assert grown_s == pytest.approx(SOUND_S + 2 * GAP_S, abs=0.015)


def test_a_sound_at_the_start_comes_before_the_first_word(recording: Audio) -> None:
    result = inserted(recording, 0.3)
    ((_, end_s),) = sound_spans_s(result)
    assert speech_span_s(result.slice_s(end_s, result.duration_s))[0] >= GAP_S - 0.02
    assert rms_db(result.slice_s(end_s + GAP_S, end_s + 2.2).samples) == pytest.approx(rms_db(recording.samples), abs=1)


def test_a_sound_at_the_end_comes_after_the_last_word(recording: Audio) -> None:
    ((start_s, _),) = sound_spans_s(inserted(recording, 1.7))
    assert 1.7 + GAP_S - 0.02 <= start_s <= 1.7 + GAP_S + 0.15


def test_a_clip_without_any_lead_in_takes_a_sound_before_it(recording: Audio) -> None:
    tight = recording.slice_s(0.3, 1.7)
    before, after = inserted(tight, 0.0), inserted(tight, 1.4)
    assert np.array_equal(before.samples[-RATE:], tight.samples[-RATE:])
    assert np.array_equal(after.samples[:RATE], tight.samples[:RATE])


def test_the_gap_holds_the_recordings_own_background(recording: Audio) -> None:
    result = inserted(recording, 0.75)
    ((start_s, _),) = sound_spans_s(result)
    assert rms_db(result.slice_s(start_s - 0.07, start_s - 0.02).samples) == pytest.approx(-70, abs=3)


def test_no_click_at_the_joints(recording: Audio) -> None:
    result = inserted(recording, 0.45, 0.95)
    steepest = np.abs(np.diff(tone(SOUND_S, 2000, 0.2).samples)).max()
    assert np.abs(np.diff(result.samples)).max() <= 1.05 * steepest


def test_several_sounds_keep_their_order_and_adjacent_ones_share_a_place(recording: Audio) -> None:
    result = inserted(recording, 1.22, 0.75, 0.75)
    spans = sound_spans_s(result)
    assert len(spans) == 3
    assert spans[1][0] - spans[0][1] == pytest.approx(GAP_S, abs=0.03)
    assert spans[2][0] - spans[1][1] > 0.4


def test_a_sound_of_another_rate_is_fitted_to_the_recording(recording: Audio) -> None:
    result = inserted(recording, 0.75, sound=tone(SOUND_S, 2000, 0.2, rate=24000))
    assert result.sample_rate == RATE
    ((start_s, end_s),) = sound_spans_s(result)
    assert end_s - start_s == pytest.approx(SOUND_S, abs=0.02)


def test_nothing_to_insert_changes_nothing(recording: Audio) -> None:
    assert inserted(recording) is recording


def test_sounds_are_placed_by_the_text(recording: Audio) -> None:
    made = []

    def make(sound: Sound) -> Audio:
        made.append(sound.tag)
        return tone(SOUND_S, 2000, 0.2)

    script = Script("one two three", (Sound("sigh", 4), Sound("laugh", 13)))
    result = insert_sounds(recording, script, WORDS, make, np.random.default_rng(0), JobControl())
    assert made == ["sigh", "laugh"]
    (first, second) = sound_spans_s(result)
    assert first[0] == pytest.approx(0.75 + GAP_S, abs=0.06)
    assert second[0] > 1.7 + SOUND_S + 2 * GAP_S


def test_a_cancelled_job_inserts_nothing(recording: Audio) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        insert_at(recording, [(0.75, tone(SOUND_S, 2000, 0.2))], np.random.default_rng(0), control)


def test_silence_around_sound_survives_a_clip_of_digital_silence() -> None:
    clip = Audio(np.concatenate((np.zeros(8000), tone(0.5, 300, 0.2).samples, np.zeros(8000))).astype(np.float32), RATE)
    result = inserted(clip, 0.5)
    assert np.isfinite(result.samples).all()
    assert frame_levels_db(result).min() == -120


@pytest.mark.parametrize(
    ("text", "transcript", "n_warnings"),
    [
        ("Well [Sigh]let us go.[laughter]", "Well, let us go", 0),
        ("Let us stay. [Sigh]", "Let us go.", 1),
        ("Let us stay. [Sigh]", None, 0),
    ],
)
def test_other_words_bring_a_warning(text: str, transcript: str | None, n_warnings: int) -> None:
    control = JobControl()
    warn_of_other_words(parse_script(text), transcript, control)
    assert len(control.warnings) == n_warnings
    assert all(warning == OtherWords() for warning in control.warnings)
