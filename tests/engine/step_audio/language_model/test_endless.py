"""Loops are told from speech, and lengths are bounded by the text."""

from __future__ import annotations

import random

import pytest

from app.engine.step_audio.codes import CODES_PER_S
from app.engine.step_audio.language_model.endless import WINDOW, LoopDetector, most_codes_for


def first_alarm(ids: list[int]) -> int | None:
    detector = LoopDetector()
    return next((n for n, token in enumerate(ids) if detector.is_looping(token)), None)


@pytest.mark.parametrize("period", [1, 2, 5, 40, 75])
def test_a_cycle_is_recognised_once_the_window_is_full(period: int):
    assert first_alarm([n % period for n in range(1000)]) == WINDOW


def test_a_cycle_after_speech_is_recognised_within_the_window():
    speech = random.Random(0).choices(range(5000), k=500)
    alarm = first_alarm(speech + [1, 2, 3, 4, 5] * 200)
    assert alarm is not None
    assert 500 < alarm < 500 + WINDOW


def test_speech_with_a_pause_of_three_seconds_is_no_loop():
    random_codes = random.Random(1)
    speech = random_codes.choices(range(5000), k=600)
    pause = random_codes.choices(range(6), k=round(3 * CODES_PER_S))
    assert first_alarm(speech + pause + speech) is None


@pytest.mark.parametrize(
    ("text", "usual_s"),
    [
        ("Hi.", 0.5),
        ("The quick brown fox can't believe it's 2025 already.", 3.5),
        ("我也想过过过儿过过的生活，今天天气怎么样？", 4.5),
        ("Great[Laughter], the weather is so nice today[Surprise-ah].", 5.5),
    ],
)
def test_the_limit_leaves_room_but_not_without_end(text: str, usual_s: float):
    limit_s = most_codes_for(text) / CODES_PER_S
    assert 1.8 * usual_s < limit_s < 4 * usual_s + 5


def test_longer_text_may_take_longer():
    assert most_codes_for("a word more") > most_codes_for("a word") > most_codes_for("") > 0
