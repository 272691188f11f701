"""Where words of a text begin and end: the whole text is theirs, marks and spaces included."""

from __future__ import annotations

import pytest

from app.engine.content.written_words import word_spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, “world” — it's 3.5%.", ["Hello,", " “world” —", " it's", " 3.5%."]),
        ("well-known (really)", ["well-known", " (really)"]),
        ("word—word", ["word—", "word"]),
        ("我们去重庆，好吗？", ["我们", "去", "重庆，", "好", "吗？"]),
        ("说：“你好”吧", ["说：", "“你好”", "吧"]),
        ("用 iPhone 15 拍", ["用", " iPhone", " 15", " 拍"]),
        ("  leading", ["  leading"]),
        ("... !", []),
        ("", []),
    ],
)
def test_words_cover_the_text_with_their_spaces_and_marks(text: str, words: list[str]) -> None:
    assert [text[begin:end] for begin, end in word_spans(text)] == words
