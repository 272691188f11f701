"""Recipes: what leads to a take, kept as JSON and read back with care."""

from __future__ import annotations

import json

import pytest

from app.engine.errors import InvalidRequest
from app.studio.recipes import parse_recipe, recipe_of
from app.studio.takes import Step, Take
from tests.wording import refused

STEPS = (
    Step("clone", text='Say "this", 你好.', speed=1.2, seed=5),
    Step("emotion", "happy", 1.5, 2, seed=6),
    Step("vad", seed=0, speed=1.5),
)


def lineage() -> list[Take]:
    made = [(), STEPS[:1], STEPS[1:]]
    return [Take(str(n), n, None, steps, "", "", "", 1.0, 1.0, -20.0, 0.0) for n, steps in enumerate(made)]


def test_a_recipe_gives_its_steps_back():
    assert parse_recipe(recipe_of(lineage())) == STEPS


def test_a_recipe_leaves_standard_values_out():
    rows = json.loads(recipe_of(lineage()))["steps"]
    assert rows[2] == {"task": "vad", "seed": 0, "speed": 1.5}


def test_names_come_back_in_the_spelling_of_the_catalogue():
    steps = parse_recipe('{"steps": [{"task": "Emotion", "tag": "HAPPY"}, {"task": "speed", "tag": "More_Faster"}]}')
    assert [(step.task, step.tag) for step in steps] == [("emotion", "happy"), ("speed", "more faster")]


@pytest.mark.parametrize("step", ['"tag": "sigh"', '"text": "Well [Sigh]."'])
def test_a_sound_is_named_by_the_tag_or_in_the_text(step: str):
    assert len(parse_recipe(f'{{"steps": [{{"task": "paralinguistic", {step}}}]}}')) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "steps"),
        ('{"steps": []}', "1 to 20"),
        ('{"steps": [{"task": "vad"}], "editx_recipe": 2}', "version"),
        ('{"steps": [{"tag": "happy"}]}', "step 1 needs a 'task'"),
        ('{"steps": [{"task": "vad", "colour": 1}]}', "unknown field 'colour'"),
        ('{"steps": [{"task": "vad", "seed": true}]}', "'seed' has the wrong type"),
        ('{"steps": [{"task": "vad", "seed": -1}]}', "seed' must be"),
        ('{"steps": [{"task": "vad", "seed": 4294967296}]}', "seed' must be"),
        ('{"steps": [{"task": "vad", "speed": 9}]}', "speed' must be"),
        ('{"steps": [{"task": "vad", "speed": 1e999}]}', "too large"),
        ('{"steps": [{"task": "speed", "tag": "faster", "iterations": 1' + "0" * 400 + "}]}", "too large"),
        ('{"steps": [{"task": "speed", "tag": "faster", "iterations": 9}]}', "iterations' must be"),
        ('{"steps": [{"task": "vad", "text": "words"}]}', "'text' belongs"),
        ('{"steps": [{"task": "clone"}]}', "text' is empty"),
        ('{"steps": [{"task": "paralinguistic"}]}', "text' holds no sound tag"),
        ('{"steps": [{"task": "paralinguistic", "text": "Well [later]."}]}', "text' holds no sound tag"),
        ('{"steps": [{"task": "clone", "text": " "}]}', "text' is empty"),
        ('{"steps": [{"task": "clone", "text": "Hi.", "speed": 9}]}', "speed' must be"),
        ('{"steps": [{"task": "clone", "text": "Hi.", "intensity": 9}]}', "intensity' must be"),
        ('{"steps": [{"task": "clone", "text": "Hi.", "iterations": 2}]}', "'iterations' belongs"),
        ('{"steps": [{"task": "vad"}, {"task": "emotion", "tag": "hapy"}]}', "happy"),
        ('{"steps": [{"task": "vad"}, {"task": "speed", "tag": "faster", "intensity": 9}]}', r"steps\[2\]\.intensity"),
        ('{"steps": [{"task": "paralinguistic", "tag": "sigh", "text": "Ha [Laughter]."}]}', "step 1: the sounds in"),
        ('{"steps": [{"task": "fly"}]}', "fly"),
        ('{"steps": [{"task": "clone", "tag": "happy"}]}', "takes no tag"),
        ('{"steps": [{"task": "vad", "seed": NaN}]}', "wrong type"),
        ('{"steps": [{"task": "speed", "tag": "faster", "intensity": NaN}]}', "between 0.1 and 3"),
    ],
)
def test_what_is_no_recipe_is_refused_in_words(text: str, said: str):
    with refused(InvalidRequest, match=said):
        parse_recipe(text)
