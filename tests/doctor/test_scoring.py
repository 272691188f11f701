"""The word error rate, against jiwer's and by hand."""

from __future__ import annotations

import jiwer
import pytest

from app.doctor.findings import Level
from app.doctor.scoring import units, word_error
from app.doctor.trial import score_finding

SAID = "the train to the coast leaves at nine"


@pytest.mark.parametrize(
    "heard", [SAID, "the train to coast leaves at nine", "a train to the the coast leave at nine", "nine", "x " * 20]
)
def test_it_is_the_usual_word_error_rate(heard: str) -> None:
    assert word_error(SAID, heard) == pytest.approx(jiwer.wer(SAID, heard.strip()))


def test_case_and_punctuation_do_not_count() -> None:
    assert word_error("It’s nine, isn't it?", "it's nine isn't it") == 0.0


def test_chinese_counts_by_character() -> None:
    assert units("我们 go 吧。") == ["我", "们", "go", "吧"]
    assert word_error("今天天气很好", "今天天汽好") == pytest.approx(2 / 6)


def test_nothing_heard_is_all_wrong() -> None:
    assert word_error(SAID, "") == 1.0


@pytest.mark.parametrize(
    ("heard", "level"),
    [
        (SAID, Level.PASS),
        ("the train to the coast sleeves at", Level.WARN),
        ("Mmm. Mmm.", Level.FAIL),
        ("", Level.FAIL),
    ],
)
def test_a_transcript_has_its_level(heard: str, level: Level) -> None:
    found = score_finding("clone", SAID, heard, "1.00 s of computing per second of sound")
    assert found.level is level
    assert level is Level.PASS or SAID in found.seen
