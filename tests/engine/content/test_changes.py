"""What two texts say differently: whole words, and nothing that is only written otherwise."""

from __future__ import annotations

import pytest

from app.engine.content.changes import changes_between, joined_changes, words_of


def told(present: str, target: str) -> list[tuple[list[str], str]]:
    """The words that go, and what comes for them."""
    words = [word.text for word in words_of(present)]
    return [(words[change.first : change.last], change.text) for change in changes_between(present, target)]


@pytest.mark.parametrize(
    ("present", "target"),
    [
        ("I paid $20 for it, Dr. Smith.", "i paid twenty dollars for it doctor smith"),
        ("It’s a well-known fact!", "it's a well known fact"),
        ("我在2023年花了一百块钱。", "我在二零二三年花了100块钱"),
        ("這個計劃，可行。", "这个计划可行"),
        ("It begins at 3:30 pm.", "It begins at three thirty PM."),
    ],
)
def test_case_punctuation_and_digits_against_words_are_no_change(present: str, target: str):
    assert changes_between(present, target) == []


@pytest.mark.parametrize(
    ("present", "target", "changes"),
    [
        ("I like the red car.", "I like the blue car.", [(["red"], "blue")]),
        ("I like the car.", "I like the very fast car.", [([], "very fast")]),
        ("I like the very fast car.", "I like the car.", [(["very", "fast"], "")]),
        ("Hello there.", "Well, hello there, my friend.", [([], "Well"), ([], "my friend")]),
        ("I paid $20 for it.", "I paid $30 for it.", [(["$20"], "$30")]),
        ("我觉得这个计划可行。", "我觉得这个方案可行。", [(["计划"], "方案")]),
        ("研究生命起源", "研究生会起源", [(["研究", "生命"], "研究生会")]),
        ("a b c d e", "a x c y e", [(["b"], "x"), (["d"], "y")]),
    ],
)
def test_what_changes_is_told_in_whole_words(present: str, target: str, changes: list[tuple[list[str], str]]):
    assert told(present, target) == changes


@pytest.mark.parametrize(
    ("target", "texts"),
    [
        ("one nine three four five eight", ["nine", "eight"]),
        ("one nine three eight five six", ["nine three eight"]),
        ("one three eight five six", ["three eight"]),
        ("one nine three four eight six", ["nine", "eight"]),
    ],
)
def test_changes_that_stand_close_are_one(target: str, texts: list[str]):
    changes = joined_changes(changes_between("one two three four five six", target), target)
    assert [change.text for change in changes] == texts
    assert target.split()[slice(*changes[0].after)] == texts[0].split()
