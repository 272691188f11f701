"""What counts as heard right: numbers as they are read, homophones, Mandarin by its sound."""

from __future__ import annotations

import pytest

from app.engine.content.word_error import spoken_words, word_error


@pytest.mark.parametrize(
    ("wanted", "heard", "error"),
    [
        ("In 1984 they paid $3.", "in nineteen eighty four they paid three dollars", 0.0),
        ("The lighthouse is there.", "the light house is their", 0.0),
        ("Catherine met Marc, Dr. Smith.", "Katherine met Mark, doctor Smith", 0.0),
        ("One two three four.", "one two four", 0.25),
        ("One two.", "one or two", 0.5),
        ("Hello.", "", 1.0),
        ("我有200元，他去重庆。", "我有两百元他去虫庆", 1 / 9),  # 二百 and 两百 are two ways to say it
        ("他第2次来。", "他第二次来", 0.0),
        ("用iPhone拍照。", "用 iphone 拍照", 0.0),
        ("こんにちは", "こんにちわ", 0.2),
    ],
)
def test_words_that_sound_alike_are_the_same(wanted: str, heard: str, error: float) -> None:
    assert word_error(spoken_words(wanted), spoken_words(heard)) == pytest.approx(error)


def test_words_heard_in_laughs_do_not_count() -> None:
    wanted, heard = spoken_words("That is funny."), spoken_words("that is ha ha ha funny")
    assert word_error(wanted, heard) == pytest.approx(1.0)
    assert word_error(wanted, heard, may_have_more=True) == 0.0


def test_a_text_without_words_has_no_error() -> None:
    assert word_error(spoken_words("..."), spoken_words("hello")) is None
