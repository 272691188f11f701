"""What both judges of speech doubt is left out; what one of them is sure of stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.engine.hearing.doubts import DoubtingTranscriber, is_echo
from app.engine.hearing.transcriber import TranscriberOptions
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio, silence
from tests.fakes import segment

WINDOW = silence(3.0, 16000)
OPTIONS = TranscriberOptions(None, None, 0.0)
SURE, BRIEF, UNSURE = [0.3, 0.99, 0.99, 1.0, 0.99], [0.1, 1.0, 1.0, 0.4, 0.2], [0.9, 0.97, 0.97, 0.97, 0.97]


class Reader:
    """A Whisper that reads " You" with these probabilities that nobody speaks."""

    def __init__(self, no_speech_probs: list[float]) -> None:
        self._probs = no_speech_probs

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """As Transcriber."""
        del window, options, control
        for n, prob in enumerate(self._probs):
            yield replace(segment(n, 0.0, 1.0, " You"), no_speech_prob=prob)


@pytest.mark.parametrize(
    ("whispers", "detectors", "n_kept"),
    [([0.8], UNSURE, 0), ([0.8], BRIEF, 0), ([0.8], SURE, 1), ([0.2], UNSURE, 1), ([0.2, 0.9, 0.9], UNSURE, 1)],
)
def test_a_segment_is_left_out_where_both_doubt_it(whispers: list[float], detectors: list[float], n_kept: int):
    n_asked = 0

    def probs(window: Audio, control: JobControl) -> np.ndarray:
        nonlocal n_asked
        del control
        assert window is WINDOW
        n_asked += 1
        return np.array(detectors, np.float32)

    kept = list(DoubtingTranscriber(Reader(whispers), probs).transcribe(WINDOW, OPTIONS, JobControl()))
    assert len(kept) == n_kept
    assert n_asked == (max(whispers) > 0.6)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("以下是普通话的句子。", True),
        (" 以下是普通話的句子 以下是普通話的句子。", True),
        ("以下係廣東話嘅句子", True),
        ("这是普通话的句子。", False),
        ("以下是普通话的句子，请跟我读。", False),
        ("。", False),
    ],
)
def test_an_opening_that_is_repeated_was_not_heard(text: str, is_one: bool):
    assert is_echo(text) == is_one


class OfTwoLanguages:
    """A Whisper that is told Mandarin by its window, and answers with our opening where English begins."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, str | None]] = []

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """As Transcriber."""
        del control
        self.asked.append((window.duration_s, options.language))
        if window.duration_s == WINDOW.duration_s:
            yield segment(0, 0.0, 1.0, "你好。")
            yield segment(1, 1.0, 2.0, "以下是普通话的句子。")
            yield segment(2, 2.0, 3.0, "以下是普通话的句子。")
        else:
            yield segment(0, 0.5, 1.5, " Hello.")
            yield segment(1, 1.5, 2.0, "以下是普通话的句子。")


@pytest.mark.parametrize(
    ("detectors", "heard", "asked"),
    [
        (SURE, [(0.0, "你好。"), (1.5, " Hello.")], [(3.0, "zh"), (2.0, None)]),
        (UNSURE, [(0.0, "你好。")], [(3.0, "zh")]),
    ],
)
def test_who_speaks_where_an_opening_came_is_heard_again_in_a_language_of_their_own(
    detectors: list[float], heard: list[tuple[float, str]], asked: list[tuple[float, str | None]]
):
    reader = OfTwoLanguages()
    doubting = DoubtingTranscriber(reader, lambda *_: np.array(detectors, np.float32))
    options = TranscriberOptions("zh", None, 0.0)
    found = list(doubting.transcribe(WINDOW, options, JobControl()))
    assert [(one.start_s, one.text) for one in found] == heard
    assert reader.asked == asked
