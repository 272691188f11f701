"""Results are made again until one passes; the best is kept, and a check that cannot be run is never passed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.engine.content.checking import (
    Checking,
    Wanted,
    checked_edit,
    checked_speech,
    longest_silence_s,
    warn_of_other_transcript,
)
from app.engine.content.checks import Check
from app.engine.edits import make_edit
from app.engine.errors import Cancelled, PartMissing, SilentResult
from app.engine.facts.fact import Plain
from app.engine.facts.warnings import CheckNotRun, TranscriptUnlike
from app.engine.job import JobControl
from app.engine.requests import CloneJob, EditJob, Segment, TranscribeRequest, Voice
from app.engine.script import Script
from app.engine.sound.audio import Audio
from app.engine.steps import NothingYet

RATE = 8000
TEXT = "One two three four."


def sound(seed: int, duration_s: float = 1.2) -> Audio:
    """A sound that says which seed made it, by its first sample."""
    samples = np.random.default_rng(seed).normal(0, 0.1, round(duration_s * RATE)).astype(np.float32)
    samples[0] = seed / 1e8
    return Audio(samples, RATE)


class Listener:
    """Hears of each sound what is said for it, in their order; every voice is alike."""

    def __init__(self, *heard: str | None) -> None:
        self.heard = list(heard)

    def transcribe(self, request: TranscribeRequest, control: JobControl) -> Iterator[Segment]:
        del request, control
        text = self.heard.pop(0)
        if text is None:
            raise PartMissing(Plain("missing"))
        yield Segment(0, 0, 0.0, 1.0, text, (), 0.0, 0.0, 1.0, 0.0)

    def embedding(self, audio: Audio, control: JobControl) -> np.ndarray:
        del audio, control
        return np.array([1.0])


def checking(*heard: str | None, retries: int = 2) -> tuple[Checking, JobControl]:
    control = JobControl()
    return Checking(Check(retries=retries), Listener(*heard), control), control


def wanted(_: Audio) -> Wanted:
    return Wanted(TEXT, sound(0), 1.2)


def test_the_first_that_passes_is_kept() -> None:
    checks, control = checking("one", TEXT)
    made: list[int] = []

    def make(seed: int) -> Audio:
        made.append(seed)
        return sound(seed)

    kept = checks.best(make, wanted, 5)
    (scores,) = control.checked
    assert kept is not None
    assert kept.samples[0] == np.float32(made[1] / 1e8)
    assert (scores.tries, scores.seeds, scores.verdict, scores.word_error) == (2, (made[1],), "passed", 0.0)


def test_the_best_of_tries_that_all_miss_is_kept() -> None:
    checks, control = checking("one", "one two three", "one two")
    kept = checks.best(sound, wanted, 5)
    (scores,) = control.checked
    assert kept is not None
    assert (scores.tries, scores.word_error, scores.verdict, scores.misses) == (3, 0.25, "missed", ("word_error",))
    assert kept.samples[0] == np.float32(scores.seeds[0] / 1e8)


def test_a_check_that_cannot_be_run_says_so_is_not_passed_and_not_repeated() -> None:
    checks, control = checking(None)
    checks.best(sound, wanted, 5)
    (scores,) = control.checked
    assert (scores.verdict, scores.not_run, scores.tries, scores.word_error) == ("missed", ("word_error",), 1, None)
    assert control.warnings == [CheckNotRun("word_error")]


def test_how_the_kept_try_ended_is_how_the_job_did() -> None:
    checks, control = checking(TEXT, TEXT)
    reasons = iter(("degenerate", "end"))

    def make(seed: int) -> Audio:
        control.finished(next(reasons))
        return sound(seed)

    checks.best(make, wanted, 1)
    assert (control.checked[0].verdict, control.finish_reason) == ("passed", "end")


def test_a_further_try_that_fails_is_none_and_the_first_that_fails_is_told() -> None:
    checks, control = checking("one")

    def once(seed: int) -> Audio:
        if seed != 1:
            raise SilentResult
        return sound(seed)

    assert checks.best(once, wanted, 1) is not None
    assert (control.checked[0].tries, control.checked[0].verdict) == (1, "missed")
    with pytest.raises(SilentResult):
        checking()[0].best(once, wanted, 2)


def test_a_job_that_is_stopped_is_not_tried_again() -> None:
    checks, control = checking("one")

    def make(seed: int) -> Audio:
        control.cancel()
        return sound(seed)

    with pytest.raises(Cancelled):
        checks.best(make, wanted, 1)


def test_a_piece_of_speech_takes_other_seeds_for_itself_and_what_it_shares() -> None:
    checks, control = checking("one", TEXT)
    jobs: list[CloneJob] = []

    def speak(job: CloneJob) -> Iterator[Audio]:
        jobs.append(job)
        yield sound(job.seed)

    job = CloneJob(Script(TEXT), Voice("", "", sound(0), ""), 1.0, seed=12, seed_of_all=10)
    assert len(list(checked_speech(checks, speak, job, 1.0))) == 1
    assert [made.seed - made.seed_of_all for made in jobs] == [2, 2]
    assert control.checked[0].seeds == (jobs[1].seed_of_all,)


def test_pauses_of_long_work_are_no_part_of_what_is_checked() -> None:
    checks, _ = checking(TEXT)
    job = CloneJob(Script(TEXT), Voice("", "", sound(0), ""), 1.0, seed=12, seed_of_all=10)

    def speak(job: CloneJob) -> Iterator[Audio]:
        yield NothingYet(np.zeros(0, np.float32), 1)
        yield sound(job.seed_of_all)

    (spoken,) = checked_speech(checks, speak, job, 1.0)
    assert spoken.sample_rate == RATE


def test_silence_is_measured_at_the_ends_too() -> None:
    quiet = Audio(np.concatenate((sound(1).samples, np.zeros(RATE, np.float32))), RATE)
    assert longest_silence_s(quiet) == pytest.approx(1.0, abs=0.03)
    assert longest_silence_s(sound(1)) == 0.0


def test_a_transcript_of_other_words_is_told_of() -> None:
    control = JobControl()
    warn_of_other_transcript("One two three.", "one two tree", control)
    warn_of_other_transcript("", "one two tree", control)
    assert control.warnings == []
    warn_of_other_transcript("One two three.", "something else again here", control)
    assert control.warnings == [TranscriptUnlike("something else again here")]


def test_an_edit_is_not_blamed_for_the_silence_of_its_input() -> None:
    checks, control = checking(TEXT, TEXT, retries=0)
    gap = Audio(np.concatenate((sound(1).samples, np.zeros(3 * RATE, np.float32), sound(2).samples)), RATE)
    for is_edit in (True, False):
        checks.best(lambda _: gap, lambda _, is_edit=is_edit: Wanted(TEXT, gap, 0.0, is_edit=is_edit), 1)
    assert [scores.misses for scores in control.checked] == [(), ("silence",)]


def test_silence_in_a_long_recording_is_edited_without_a_check() -> None:
    checks, control = checking()
    quiet = Audio(np.zeros(RATE, np.float32), RATE)
    job = EditJob(make_edit("vad"), quiet, None, None, 1)
    assert checked_edit(checks, lambda job: job.audio, job) is quiet
    assert control.checked == []
