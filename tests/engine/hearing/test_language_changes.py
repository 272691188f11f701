"""Where a recording goes over into another language, and where one only seems to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from app.engine.hearing.language_changes import Part, languages_of, parts_of, phrases
from app.engine.hearing.languages import main_language, one_language
from app.engine.hearing.transcriber import TranscriberOptions
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio
from tests.fakes import segment

EN, ZH = {"en": 0.99, "zh": 0.002}, {"zh": 0.99, "en": 0.002}
SEEMS_ZH, CLEARLY_NOT_EN = {"zh": 0.8, "en": 0.16}, {"ja": 0.85, "en": 0.01}


class Looker:
    """A Whisper that knows the language of a sound by its loudness: loud is Mandarin."""

    n_looks = 0

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """As Transcriber."""
        raise NotImplementedError

    def language_probs(self, sound: Audio, control: JobControl) -> Mapping[str, float]:
        """As Transcriber."""
        del control
        self.n_looks += 1
        return ZH if np.abs(sound.samples).max() > 0.5 else EN


def spoken(*lengths_s: float, pause_s: float = 0.5) -> list[tuple[float, float]]:
    ends_s = np.cumsum([length_s + pause_s for length_s in lengths_s]) - pause_s
    return [(float(end_s - length_s), float(end_s)) for length_s, end_s in zip(lengths_s, ends_s, strict=True)]


def test_short_phrases_are_looked_at_together_unless_a_pause_is_between_them():
    assert phrases([(0.0, 0.6), (0.75, 1.4), (1.55, 3.0), (3.9, 4.2)]) == [(0.0, 1.4), (1.55, 3.0), (3.9, 4.2)]
    assert phrases([]) == []


@pytest.mark.parametrize(
    ("lengths_s", "looks", "before", "languages"),
    [
        ((2.0, 2.0), (EN, ZH), None, ["en", "zh"]),
        ((2.0, 2.0, 2.0), (EN, ZH, EN), None, ["en", "zh", "en"]),
        ((2.0, 2.0), (EN, EN), None, [None, None]),  # Whisper finds the one language by itself
        ((2.0, 0.4, 2.0), (EN, ZH, EN), None, [None] * 3),  # a word of another language
        ((2.0, 0.6), (EN, ZH), None, [None] * 2),
        ((2.0, 3.0), (EN, SEEMS_ZH), None, [None] * 2),  # a look that is not sure
        ((2.0, 3.0, 2.0), (EN, CLEARLY_NOT_EN, ZH), None, ["en", "zh", "zh"]),
        ((2.0, 2.0), (ZH, ZH), "en", ["zh", "zh"]),
        ((0.5,), (ZH,), "en", ["en"]),
        ((2.0,), (SEEMS_ZH,), "en", ["en"]),
        ((2.0, 2.0), ({"fr": 0.99}, {"es": 0.95}), "en", ["fr", "es"]),
        ((), (), "en", []),
    ],
)
def test_a_change_of_language_wants_enough_speech_that_is_surely_in_it(
    lengths_s: tuple[float, ...],
    looks: tuple[Mapping[str, float], ...],
    before: str | None,
    languages: list[str | None],
):
    assert languages_of(spoken(*lengths_s), looks, before) == languages


def test_a_window_is_cut_in_the_pauses_where_the_language_changes():
    samples = np.full(9 * 16000, 0.1, np.float32)
    samples[3 * 16000 : 6 * 16000] = 0.9
    window = Audio(samples, 16000)
    phrases_of_it = [(0.2, 1.8), (3.2, 5.8), (6.2, 7.4), (7.6, 8.8)]
    parts = list(parts_of(Looker(), window, phrases_of_it, None, JobControl()))
    assert [part.language for part in parts] == ["en", "zh", "en"]
    assert [part.start_s for part in parts] == pytest.approx([0.0, 2.7, 6.0])
    assert [part.sound.duration_s for part in parts] == pytest.approx([2.3, 3.3, 3.0])  # no more of a long pause


def test_a_single_phrase_is_looked_at_only_where_a_language_was_heard_before():
    window, looker = Audio(np.full(32000, 0.1, np.float32), 16000), Looker()
    assert list(parts_of(looker, window, [(0.2, 1.8)], None, JobControl())) == [Part(0.0, window, None)]
    assert looker.n_looks == 0
    (part,) = parts_of(looker, window, [(0.2, 1.8)], "zh", JobControl())
    assert (part.language, looker.n_looks) == ("en", 1)


def test_a_transcript_has_the_language_of_most_of_its_speech():
    english, mandarin = segment(0, 0.0, 2.0, "a"), replace(segment(1, 2.0, 7.0, "b"), language="zh")
    assert main_language([english, mandarin]) == "zh"
    assert main_language([]) == ""
    assert [one_language(found) for found in ([english], [english, mandarin], [])] == ["en", None, None]
