"""Rewriting over engines of tones: which words are spoken, what is left alone, what is told and refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.backend import TextLimits
from app.engine.content.changes import words_of
from app.engine.content.rewrite import Rewriter
from app.engine.content.seams import FADE_S
from app.engine.content.words import TimedWord
from app.engine.content.written_words import word_spans
from app.engine.errors import NobodySpeaks, NothingChanges, OtherTranscript, UnknownWord
from app.engine.facts.warnings import HeardUncertainly, NewWordsUnclear
from app.engine.job import JobControl
from app.engine.requests import CloneJob, RewriteRequest, Segment, TranscribeRequest, WordEdit
from app.engine.sound.audio import Audio, as_integers, rms_db
from app.engine.sound.pitch import track

RATE = 16_000
WORD_S, GAP_S = 0.24, 0.08
TEXT = "one two three four five six"


def spoken(text: str, hz: float = 150.0, level: float = 0.2) -> Audio:
    """A hum for each word, between gaps of faint noise."""
    n_word, n_gap = round(WORD_S * RATE), round(GAP_S * RATE)
    noise = np.random.default_rng(1)
    hum = level * np.sin(2 * np.pi * hz * np.arange(n_word) / RATE) * np.hanning(n_word) ** 0.2
    parts = [1e-4 * noise.standard_normal(n_gap)]
    for _ in words_of(text):
        parts += [hum, 1e-4 * noise.standard_normal(n_gap)]
    samples = (as_integers(np.concatenate(parts).astype(np.float32), 16) / 32768).astype(np.float32)
    starts = [GAP_S + n * (WORD_S + GAP_S) for n in range(len(words_of(text)))]
    spans = zip(word_spans(text), starts, strict=True)
    return Audio(samples, RATE, tuple(TimedWord(text[a:b], at_s, at_s + WORD_S) for (a, b), at_s in spans))


RECORDING = replace(spoken(TEXT), words=None)


class Hums:
    """A backend that hums, and a Whisper that hears what was hummed, and in a recording what it is told."""

    text_limits = TextLimits(200, 50)

    def __init__(self, heard: str = TEXT, probability: float = 0.9, mishears: int = 0, hz: float = 150.0) -> None:
        self.jobs: list[CloneJob] = []
        self._heard, self._probability, self._mishears, self._hz = heard, probability, mishears, hz

    def check_text(self, *_: Any) -> None:
        """All can be hummed."""

    def clone(self, job: CloneJob, _: JobControl) -> Iterator[Audio]:
        self.jobs.append(job)
        yield spoken(job.script.text, self._hz, 0.05)

    def transcribe(self, _request: TranscribeRequest, _control: JobControl) -> Iterator[Segment]:
        text = self._heard
        if self.jobs:
            text = "something else" if len(self.jobs) <= self._mishears else self.jobs[-1].script.text
        words = tuple(replace(word, probability=self._probability) for word in spoken(text).words or ())
        if words:
            yield Segment(0, 0, 0.0, words[-1].end_s, text, (), 0.0, 0.0, 1.0, 0.0, words, "en")


def rewritten(hums: Hums, text: str = "", **options: Any) -> tuple[Audio, JobControl]:
    control = JobControl()
    rewriter = Rewriter(hums, SimpleNamespace(transcribe=hums.transcribe))  # type: ignore[arg-type]
    (result,) = rewriter.rewrite(RewriteRequest(RECORDING, text, **options), control)
    return result, control


def assert_rest_is_left_alone(result: Audio, control: JobControl) -> None:
    assert control.stretches
    recording, old, new = spoken(TEXT).samples, 0, 0
    for stretch in control.stretches:
        a, b = round(stretch.old.start * RATE), round(stretch.new.start * RATE)
        assert np.array_equal(result.samples[new:b], recording[old:a])
        old, new = round(stretch.old.end * RATE), round(stretch.new.end * RATE)
    assert np.array_equal(result.samples[new:], recording[old:])


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("one two seven four five six", []),
        ("one two four five six", []),
        ("one two three four five six seven", []),
        ("one nine three four eight six", []),
        ("", [WordEdit("replace", 2, text="seven"), WordEdit("delete", 5)]),
    ],
)
def test_only_what_changes_is_made_anew_and_the_words_are_retimed(text: str, edits: list[WordEdit]):
    result, control = rewritten(Hums(), text, edits=tuple(edits))
    assert_rest_is_left_alone(result, control)
    assert result.words is not None
    assert "".join(word.text for word in result.words) == (text or "one two seven four five")
    assert all(a.end_s <= b.start_s + 0.02 for a, b in pairwise(result.words))
    assert all(rms_db(result.slice_s(word.start_s + 0.05, word.end_s - 0.05).samples) > -30 for word in result.words)


def test_a_stretch_is_as_long_as_its_words_and_as_loud_as_its_neighbours():
    result, control = rewritten(Hums(), "one two seven four five six")
    (stretch,) = control.stretches or ()
    assert stretch.old.end - stretch.old.start <= WORD_S + 2 * GAP_S + 0.02
    new, old = result.slice_s(stretch.new.start, stretch.new.end), result.slice_s(0.0, stretch.new.start)
    assert max(abs(new.samples)) == pytest.approx(max(abs(old.samples)), rel=0.12)


def test_new_words_take_the_pitch_of_those_around_them():
    result, control = rewritten(Hums(hz=180.0), "one two seven four five six")
    (stretch,) = control.stretches or ()
    assert track(result.slice_s(stretch.new.start, stretch.new.end)).median_hz == pytest.approx(150.0, rel=0.03)


def test_words_are_spoken_with_their_neighbours_in_the_voice_of_the_recording():
    hums = Hums()
    rewritten(hums, "one two seven four five six", transcript=TEXT, seed=3)
    (job,) = hums.jobs
    assert (job.script.text, job.seed, job.voice.transcript) == ("one two seven four five six", 3, TEXT)
    assert np.array_equal(job.voice.reference.samples, spoken(TEXT).samples)


def test_a_deletion_has_nothing_in_it_that_was_spoken_anew():
    result, control = rewritten(Hums(), "one two four five six")
    (stretch,) = control.stretches or ()
    assert stretch.new.end - stretch.new.start == pytest.approx(FADE_S, abs=0.001)
    assert len(RECORDING.samples) - len(result.samples) == pytest.approx((WORD_S + GAP_S) * RATE, abs=0.02 * RATE)


def test_a_deletion_beside_which_a_word_is_lost_is_spoken_with_its_neighbours():
    hums = Hums(mishears=1)
    _, control = rewritten(hums, "one two four five six")
    (stretch,) = control.stretches or ()
    assert stretch.new.end - stretch.new.start > WORD_S
    assert [job.seed for job in hums.jobs] == [0, 1]
    assert control.warnings == []


def test_a_recording_that_knows_its_words_is_not_listened_to():
    hums = Hums(heard="")
    (result,) = Rewriter(hums, SimpleNamespace(transcribe=hums.transcribe)).rewrite(  # type: ignore[arg-type]
        RewriteRequest(spoken(TEXT), edits=(WordEdit("delete", 1),)), JobControl()
    )
    assert [word.text.strip() for word in result.words or ()] == ["one", "three", "four", "five", "six"]


def test_words_that_are_not_heard_are_spoken_again_and_told_of():
    hums = Hums(mishears=1)
    assert rewritten(hums, "one two seven four five six")[1].warnings == []
    assert [job.seed for job in hums.jobs] == [0, 1]
    assert rewritten(Hums(mishears=9), "one two seven four five six")[1].warnings == [NewWordsUnclear(("seven",))]


def test_words_heard_uncertainly_beside_a_change_are_told_of():
    warnings = rewritten(Hums(probability=0.3), "one two seven four five six")[1].warnings
    assert warnings == [HeardUncertainly(("two", "three", "four"))]


def test_what_cannot_be_is_refused():
    with pytest.raises(NothingChanges):
        rewritten(Hums(), "One, two, three, four, five, 6.")
    with pytest.raises(UnknownWord):
        rewritten(Hums(), edits=(WordEdit("delete", 17),))
    with pytest.raises(NobodySpeaks):
        rewritten(Hums(heard=""), "one")
    with pytest.raises(OtherTranscript):
        rewritten(Hums(), "We speak about something good", transcript="We speak about something else")


def test_changes_beside_each_other_never_share_a_sample():
    """Each has its own fades, however far its seams reach."""
    result, control = rewritten(Hums(mishears=1), "nine two three eight five six")
    assert_rest_is_left_alone(result, control)
    stretches = control.stretches or ()
    assert len(stretches) == 2
    for stretch in stretches:
        assert stretch.new.end - stretch.new.start > WORD_S / 2
    assert stretches[0].old.end <= stretches[1].old.start
