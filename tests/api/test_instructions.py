"""Instructions in words become edits of the catalogue, or nothing."""

from __future__ import annotations

import pytest

from app.api.instructions import TASKS, heed
from app.engine.edits import CATALOGUE


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("Speak in a whisper.", ["whisper"]),
        ("用开心的语气说", ["happy"]),
        ("请用耳语、悲伤的语气", ["whisper", "sad"]),
        ("Speak in a cheerful and positive tone.", ["happy"]),
        ("Talk ANGRILY and very fast!", ["angry", "more faster"]),
        ("act coy, please", ["act_coy"]),
        ("Read like a news anchor, slowly", ["news", "slower"]),
        ("用happy的语气", ["happy"]),
        ("Don't whisper.", []),
        ("not too sad, but warm", ["warm"]),
        ("不要太伤心", []),
        ("remove", []),
        ("A breathtaking shadow", []),
        ("", []),
    ],
)
def test_what_is_named_is_heeded(words: str, tags: list[str]):
    assert [edit.tag for edit in heed(words).edits] == tags


def test_a_second_emotion_is_left_out_and_named():
    heeded = heed("Sound happy and excited, in a cheerful way.")
    assert [edit.tag for edit in heeded.edits] == ["happy"]
    assert heeded.left_out == ("excited",)


def test_every_synonym_names_its_tag_and_no_other():
    tags = [tag for task in TASKS for tag in CATALOGUE[task].tags.values()]
    synonyms = [(tag.name, synonym) for tag in tags for synonym in tag.synonyms]
    assert len(synonyms) > 150
    for name, synonym in synonyms:
        assert [edit.tag for edit in heed(synonym).edits] == [name]


@pytest.mark.parametrize("task", ["emotion", "style", "speed"])
def test_every_tag_answers_to_its_own_name_and_label(task: str):
    for tag in CATALOGUE[task].tags.values():
        if tag.name != "remove":
            assert heed(f"be {tag.name.replace('_', ' ')}").edits[0].tag == tag.name
            assert heed(f"请{tag.label_zh}").edits[0].tag == tag.name
