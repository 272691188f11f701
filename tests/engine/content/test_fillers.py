"""Fillers: what goes, what stays because it may be meant, and what is told. Whisper hears what it is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.engine.content.fillers import Fillers
from app.engine.content.words import TimedWord
from app.engine.facts.warnings import FillersLeft, NothingToRemove
from app.engine.job import JobControl
from app.engine.requests import FillersRequest, Segment, TranscribeRequest
from app.engine.sound.audio import Audio, as_integers

RATE = 16_000
WORD_S, GAP_S = 0.3, 0.1


def recording(pauses_s: Sequence[float], seed: int = 1) -> Audio:
    """A buzz of changing pitch and colour for each word, with a pause before each and one behind the last."""
    rng = np.random.default_rng(seed)
    n = round(WORD_S * RATE)
    parts: list[Any] = []
    for pause_s in pauses_s:
        parts.append(3e-4 * rng.standard_normal(round(pause_s * RATE)))
        phase = 2 * np.pi * np.cumsum(np.linspace(100, 180, n)) / RATE
        word = np.sin(phase) * np.linspace(1, 0.2, n) + np.sin(9 * phase) * np.linspace(0.1, 1, n)
        parts.append(0.15 * word * np.hanning(n) ** 0.2)
    samples = np.concatenate([*parts, 3e-4 * rng.standard_normal(round(GAP_S * RATE))]).astype(np.float32)
    return Audio((as_integers(samples, 16) / 32768).astype(np.float32), RATE)


class Hearing:
    """Writes `verbatim` down of the recording where it is asked for fillers, `plain` else, and `after` of a result."""

    def __init__(self, audio: Audio, verbatim: str, plain: str, after: str, pauses_s: Sequence[float]) -> None:
        self._audio, self._texts, self._pauses_s = audio, (verbatim, plain, after), pauses_s

    def transcribe(self, request: TranscribeRequest, _control: JobControl) -> Iterator[Segment]:
        verbatim, plain, after = self._texts
        is_whole = request.audio is self._audio
        text = (verbatim if request.prompt else plain) if is_whole else after
        words, at_s, rest = [], 0.0, text.split()
        for word, pause_s in zip(verbatim.split() if is_whole else text.split(), self._pauses_s, strict=False):
            at_s += pause_s
            if rest[:1] == [word]:
                words.append(TimedWord(f" {rest.pop(0)}", at_s, at_s + WORD_S, 0.9))
            at_s += WORD_S
        yield Segment(0, 0, 0.0, at_s, f" {text}", (), 0.0, 0.0, 1.0, 0.0, tuple(words), "en")


def cleaned(
    verbatim: str, after: str, pauses_s: Sequence[float] | None = None, plain: str = "", **options: Any
) -> tuple[Audio, Audio, JobControl]:
    """The recording, and what becomes of it."""
    pauses_s = pauses_s or [GAP_S] * len(verbatim.split())
    audio, control = recording(pauses_s), JobControl()
    hearing = Hearing(audio, verbatim, plain or after, after, pauses_s)
    fillers = Fillers(SimpleNamespace(transcribe=hearing.transcribe))  # type: ignore[arg-type]
    (result,) = fillers.remove(FillersRequest(audio, **options), control)
    return audio, result, control


@pytest.mark.parametrize(
    ("verbatim", "after"),
    [
        ("one um, two three", "one two three"),
        ("um one two three", "one two three"),
        ("one two three uh", "one two three"),
        ("I I think so", "I think so"),
        ("to the to the station", "to the station"),
        ("to the, um, to the station", "to the station"),
    ],
)
def test_fillers_and_repeats_go_and_all_else_stays_as_it_is(verbatim: str, after: str):
    audio, result, control = cleaned(verbatim, after)
    (stretch,) = control.stretches or ()
    assert "".join(word.text for word in result.words or ()).split() == after.split()
    assert control.warnings == []
    n_gone = len(verbatim.split()) - len(after.split())
    assert audio.duration_s - result.duration_s == pytest.approx(n_gone * (WORD_S + GAP_S), abs=0.12)
    a, b = round(stretch.old.start * RATE), round(stretch.old.end * RATE)
    assert np.array_equal(result.samples[:a], audio.samples[:a])
    assert np.array_equal(result.samples[round(stretch.new.end * RATE) :], audio.samples[b:])


@pytest.mark.parametrize("words", ["very very good", "no no please", "that that man"])
def test_what_may_be_meant_is_left_and_told_of(words: str):
    audio, result, control = cleaned(words, words)
    assert np.array_equal(result.samples, audio.samples)
    assert control.warnings == [FillersLeft((words.split()[0],)), NothingToRemove()]


def test_a_cut_beside_which_a_word_is_lost_is_not_made():
    audio, result, control = cleaned("one um two three", "one three", plain="one two three")
    assert np.array_equal(result.samples, audio.samples)
    assert control.warnings == [FillersLeft(("um",)), NothingToRemove()]


def test_a_word_that_was_heard_only_when_fillers_were_asked_for_is_not_lost():
    audio, result, control = cleaned("one um two three", "one three", plain="one three")
    assert len(result.samples) < len(audio.samples)
    assert control.warnings == []


def test_wide_digits_are_no_words_and_belong_to_the_filler_before_them():
    audio, result, control = cleaned("one um ０ two three ４", "one two three")
    assert "".join(word.text for word in result.words or ()).split() == ["one", "two", "three"]
    assert audio.duration_s - result.duration_s == pytest.approx(2 * (WORD_S + GAP_S), abs=0.15)
    assert control.warnings == []


@pytest.mark.parametrize(("after", "n_gone"), [("one two three", 1), ("one three", 0)])
def test_what_stands_alone_and_hums_goes_if_its_word_is_still_heard(after: str, n_gone: int):
    """Whisper lets a word begin at the hum before it; where the word is the sound, it is not heard any more."""
    _, result, control = cleaned("one two three", after, (GAP_S, 0.4, 0.4), plain="one two three")
    assert len(control.stretches or ()) == n_gone
    assert "".join(word.text for word in result.words or ()).split() == ["one", "two", "three"]


def test_what_only_reads_otherwise_is_not_lost():
    _, result, control = cleaned("one um too three", "one to three")
    assert control.warnings == []
    assert "".join(word.text for word in result.words or ()).split() == ["one", "too", "three"]


def test_long_pauses_are_shortened():
    audio, result, control = cleaned("one two three", "one two three", (GAP_S, 1.6, 0.4), remove=("pauses",))
    assert audio.duration_s - result.duration_s == pytest.approx(1.6 - 0.45, abs=0.05)
    assert len(control.stretches or ()) == 1


@pytest.mark.parametrize(("kind", "n_gone"), [("fillers", 1), ("repeats", 1), ("pauses", 0)])
def test_only_what_is_wanted_goes(kind: str, n_gone: int):
    _, result, control = cleaned("one um to to three", "one to to three", remove=(kind,))
    assert len(control.stretches or ()) == n_gone
    assert len(result.words or ()) == 5 - n_gone


def test_nothing_found_is_the_same_sound_and_a_warning():
    audio, result, control = cleaned("one two three", "one two three")
    assert np.array_equal(result.samples, audio.samples)
    assert control.stretches == ()
    assert control.warnings == [NothingToRemove()]


def test_a_hum_between_pauses_that_nobody_wrote_down_goes():
    audio = recording((GAP_S,) * 4)
    n = round(WORD_S * RATE)
    at = round((2 * GAP_S + WORD_S) * RATE)
    hum = np.sin(2 * np.pi * 120 * np.arange(n) / RATE) + 0.5 * np.sin(2 * np.pi * 240 * np.arange(n) / RATE)
    audio.samples[at : at + n] = 0.15 * hum * np.hanning(n) ** 0.1
    words = tuple(TimedWord(f" {k}", k * 0.4 + GAP_S, k * 0.4 + 0.4, 0.9) for k in (0, 2, 3))
    segment = Segment(0, 0, 0.0, 1.6, " 0 2 3", (), 0.0, 0.0, 1.0, 0.0, words, "en")
    control = JobControl()
    fillers = Fillers(SimpleNamespace(transcribe=lambda *_: [segment]))  # type: ignore[arg-type]
    (result,) = fillers.remove(FillersRequest(audio), control)
    assert audio.duration_s - result.duration_s == pytest.approx(WORD_S + GAP_S, abs=0.15)
    assert [word.text.strip() for word in result.words or ()] == ["0", "2", "3"]
