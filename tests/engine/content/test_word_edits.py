"""Edits of words by their places: what a transcript reads then, and what is refused."""

from __future__ import annotations

import pytest

from app.engine.content.changes import words_of
from app.engine.content.word_edits import context_of, edited, plan_of
from app.engine.errors import (
    EditsOverlap,
    EmptyText,
    EngineError,
    NothingChanges,
    TextOrEdits,
    TooMuchNew,
    UnknownWord,
)
from app.engine.requests import WordEdit

TEXT = "I really like the red car, you know."


@pytest.mark.parametrize(
    ("edits", "reads"),
    [
        ([WordEdit("replace", 4, text="blue")], "I really like the blue car, you know."),
        ([WordEdit("replace", 3, 4, "a blue")], "I really like a blue car, you know."),
        ([WordEdit("insert", 0, text="Well")], "Well I really like the red car, you know."),
        ([WordEdit("insert", 8, text="now")], "I really like the red car, you know now."),
        ([WordEdit("delete", 1, 2)], "I the red car, you know."),
        ([WordEdit("delete", 0), WordEdit("replace", 4, text="old")], "really like the old car, you know."),
    ],
)
def test_words_are_named_by_their_places(edits: list[WordEdit], reads: str):
    assert edited(TEXT, edits) == reads


def test_mandarin_has_a_place_for_each_word():
    assert [word.text for word in words_of("我觉得这个计划可行。")] == ["我", "觉得", "这个", "计划", "可行"]
    edits = [WordEdit("replace", 3, text="方案"), WordEdit("insert", 4, text="应该")]
    assert edited("我觉得这个计划可行。", edits) == "我觉得这个方案应该可行。"


@pytest.mark.parametrize(
    ("text", "edits", "kind", "param"),
    [
        ("", [], EmptyText, "text"),
        ("...", [], EmptyText, "text"),
        (TEXT.upper(), [], NothingChanges, "text"),
        ("", [WordEdit("replace", 4, text="RED")], NothingChanges, "edits"),
        ("You and we all drive some red car, you know.", [], TooMuchNew, "text"),
        ("", [WordEdit("delete", 8)], UnknownWord, "edits"),
        ("", [WordEdit("insert", 9, text="now")], UnknownWord, "edits"),
        ("", [WordEdit("delete", 3, 1)], UnknownWord, "edits[0]"),
        ("", [WordEdit("replace", 3, text=" ")], EmptyText, "edits[0].text"),
        ("", [WordEdit("delete", 1, 3), WordEdit("replace", 3, text="a")], EditsOverlap, "edits"),
        ("", [WordEdit("delete", 0, 7)], EmptyText, "edits"),
        ("Another text.", [WordEdit("delete", 0)], TextOrEdits, "edits"),
    ],
)
def test_what_is_no_change_of_words_is_refused(text: str, edits: list[WordEdit], kind: type[EngineError], param: str):
    with pytest.raises(kind) as refusal:
        plan_of(TEXT, text, edits)
    assert refusal.value.param == param


def test_half_of_the_words_may_be_new():
    assert len(plan_of("one two three four", "one six three five", []).changes) == 2


def test_a_change_is_spoken_with_the_words_around_it_in_its_sentence():
    text = "He came. I really like the red car. So it is."
    assert context_of(text, words_of(text), 6, 7, 2) == (4, 8)
    assert context_of(text, words_of(text), 6, 7, 9) == (2, 8)
