"""The catalogue holds every task and tag verbatim, and names are forgiven case, hyphens and spaces."""

from __future__ import annotations

import pytest

from app.engine.edits import CATALOGUE, find_tag, find_task, make_edit
from app.engine.errors import InvalidRequest, OutOfRange, UnknownTag, UnknownTask
from tests.wording import refused

EMOTIONS = (
    "happy, angry, sad, humour, confusion, disgusted, empathy, embarrass, fear, surprised, excited, depressed, "
    "coldness, admiration, remove"
)
STYLES = (
    "serious, arrogant, child, older, girl, pure, sister, sweet, ethereal, whisper, gentle, recite, generous, act_coy, "
    "warm, shy, comfort, authority, chat, radio, soulful, story, vivid, program, news, advertising, roar, murmur, "
    "shout, deeply, loudly, remove, exaggerated"
)
SOUNDS = (
    "sigh, inhale, laugh, chuckle, exhale, clears throat, snort, giggle, cough, breath, uhm, Confirmation-en, "
    "Surprise-oh, Surprise-ah, Surprise-wa, Surprise-yo, Dissatisfaction-hnn, Question-ei, Question-ah, Question-en, "
    "Question-yi, Question-oh"
)
FIRST_SOUNDS = (
    "Breathing, Laughter, Surprise-oh, Confirmation-en, Uhm, Surprise-ah, Surprise-wa, Sigh, Question-ei, "
    "Dissatisfaction-hnn"
)
ALL_TAGS = [(task.name, tag) for task in CATALOGUE.values() for tag in task.tags]


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("emotion", EMOTIONS),
        ("style", STYLES),
        ("paralinguistic", SOUNDS),
        ("speed", "faster, slower, more faster, more slower"),
        ("denoise", ""),
        ("vad", ""),
        ("clone", ""),
        ("rewrite", ""),
        ("fillers", ""),
    ],
)
def test_the_catalogue_is_verbatim_and_complete(task: str, names: str):
    assert list(CATALOGUE[task].tags) == [name for name in names.split(", ") if name]


def test_everything_is_described_in_both_languages():
    for thing in [*CATALOGUE.values(), *(tag for task in CATALOGUE.values() for tag in task.tags.values())]:
        assert thing.description.endswith(".")
        assert thing.label_zh
        assert not thing.label_zh.isascii()
        assert thing.description_zh.endswith("。")


@pytest.mark.parametrize(("task", "tag"), ALL_TAGS)
def test_every_tag_is_found_however_it_is_written(task: str, tag: str):
    for written in (tag, tag.upper(), tag.replace("_", "-"), tag.replace("-", " "), f"[{tag}]", f" {tag} "):
        assert find_tag(find_task(task), written) == tag


def test_sounds_are_found_by_both_spellings_of_the_weights():
    sounds = CATALOGUE["paralinguistic"]
    assert {tag.first_spelling for tag in sounds.tags.values()} - {None} == set(FIRST_SOUNDS.split(", "))
    for written, tag in (("Laughter", "laugh"), ("breathing", "breath"), ("SIGH", "sigh"), ("Uhm", "uhm")):
        assert find_tag(sounds, written) == tag
    for tag in sounds.tags.values():
        assert find_tag(sounds, tag.first_spelling or tag.name) == tag.name


def test_a_wrong_tag_names_the_closest_ones():
    with refused(UnknownTag, match="'happy'"):
        find_tag(CATALOGUE["emotion"], "hapy", "edit_info")
    with refused(UnknownTag, match="whisper"):
        find_tag(CATALOGUE["style"], "wispering")
    with refused(UnknownTag, match="happy, angry, sad"):
        find_tag(CATALOGUE["emotion"], "zzzz")


def test_a_wrong_task_names_the_closest_ones():
    with refused(UnknownTask, match="'emotion'"):
        find_task("emotoin")


def test_a_task_without_tags_refuses_one_and_a_task_with_tags_needs_one():
    with refused(UnknownTag, match="takes no tag"):
        make_edit("denoise", "strong")
    with refused(UnknownTag, match="needs a tag"):
        make_edit("emotion")


@pytest.mark.parametrize("intensity", [0.09, 3.01, -1, float("nan"), float("inf")])
def test_intensity_outside_its_range_is_refused(intensity: float):
    with pytest.raises(OutOfRange) as error:
        make_edit("emotion", "happy", intensity)
    assert error.value.param == "intensity"


@pytest.mark.parametrize("n", [0, 5])
def test_iterations_outside_their_range_are_refused_under_the_callers_name(n: int):
    with pytest.raises(OutOfRange) as error:
        make_edit("emotion", "happy", 1.0, n, iterations_param="n_edit_iter")
    assert error.value.param == "n_edit_iter"


def test_clone_is_not_an_edit():
    with pytest.raises(InvalidRequest):
        make_edit("clone")
