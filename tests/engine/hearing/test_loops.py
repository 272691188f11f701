"""What becomes of text that repeats itself: kept where the sound bears it out, dropped where it is a loop."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from app.engine.facts.warnings import SpeechRepeats
from app.engine.hearing.loops import MAX_COMPRESSION, believed
from app.engine.hearing.transcriber import TranscriberOptions, compression_ratio
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio, silence
from tests.fakes import segment

OPTIONS = TranscriberOptions(None, None, 0.0)
WINDOW = silence(12.0, 16000)
FOUR = " Testing, testing, one two three." * 4


@dataclass
class Reader:
    """A Whisper that reads the whole window as one text, and each short piece as the next of others."""

    whole: list[str]
    pieces: list[str]
    logprob: float = -0.3
    n_read: int = field(default=0)

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """As Transcriber."""
        del options, control
        texts = self.whole if window is WINDOW else [self.pieces[self.n_read % len(self.pieces)]]
        self.n_read += window is not WINDOW
        for n, text in enumerate(texts):
            if not text:
                continue
            found = segment(n, float(n), window.duration_s, text)
            yield replace(found, compression_ratio=compression_ratio(text), avg_logprob=self.logprob)


def read(reader: Reader) -> tuple[list[str], list[object]]:
    control = JobControl()
    found = list(believed(reader, WINDOW, OPTIONS, control))
    for before, after in itertools.pairwise(found):
        assert before.start_s < after.start_s
    return [s.text for s in found], list(control.warnings)


def test_speech_that_repeats_itself_is_kept_with_a_warning():
    assert compression_ratio(FOUR.strip()) > MAX_COMPRESSION
    assert read(Reader([FOUR], [" Testing testing one two three."])) == ([FOUR], [SpeechRepeats()])
    assert read(Reader([FOUR], [" Testing testing, one 2 three."]))[0] == [FOUR]


def test_sentences_that_are_said_again_and_again_are_all_kept():
    """Whisper writes a segment for each: what stands behind the second is no less said."""
    said = " One two three, testing the microphone."

    class OnePerSentence(Reader):
        def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
            """As Transcriber; the ratio is that of all of a reading."""
            del options, control
            n_said = round(window.duration_s / 3)
            for n in range(max(1, n_said)):
                yield replace(segment(n, 3.0 * n, 3.0 * n + 2.5, said), compression_ratio=3.0 if n_said > 1 else 1.0)

    assert read(OnePerSentence([], [])) == ([said] * 4, [SpeechRepeats()])


def test_a_loop_that_is_longer_than_its_speech_gives_way_to_the_pieces():
    texts, warnings = read(Reader([FOUR * 5], [" Testing, testing.", "", " One two three."]))
    assert texts[:2] == [" Testing, testing.", " One two three."]
    assert FOUR * 5 not in texts
    assert warnings == [SpeechRepeats()]


@pytest.mark.parametrize("pieces", [[""], [" Thank you."], [FOUR * 2], [" Subtitles by nobody at all."]])
def test_a_loop_on_noise_is_dropped(pieces: list[str]):
    assert read(Reader([FOUR], pieces)) == ([], [])


def test_pieces_that_are_unsure_bear_nothing_out():
    assert read(Reader([FOUR], [" Testing, testing."], logprob=-1.2)) == ([], [])


def test_a_piece_that_still_loops_is_read_in_shorter_ones():
    class LoopsFor2s(Reader):
        def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
            """As Transcriber."""
            texts = [" No" * 40] if window.duration_s > 1.5 else [" No, no."]
            yield from Reader(texts, texts).transcribe(window, options, control)

    texts, warnings = read(LoopsFor2s([], []))
    assert set(texts) == {" No, no."}
    assert warnings == [SpeechRepeats()]


def test_what_stands_before_a_loop_stays():
    assert read(Reader([" Hello there.", FOUR], [""]))[0] == [" Hello there."]
    assert read(Reader([" Hello there.", " Bye."], [""]))[0] == [" Hello there.", " Bye."]
