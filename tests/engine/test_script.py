"""A text is parsed once: words, sounds, the language asked for, and what looks like a tag but is none."""

from __future__ import annotations

import re
from functools import reduce

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine.script import LANGUAGES, Pause, Script, Slip, Sound, parse_script, without_sound_tags


def test_sounds_are_found_at_their_places_in_the_plain_text():
    script = parse_script("Great[laughter], the weather is so nice today[Surprise-ah].")
    assert script.text == "Great, the weather is so nice today."
    assert script.sounds == (Sound("laugh", 5), Sound("Surprise-ah", 35))
    assert script.near_misses == ()


@pytest.mark.parametrize(
    "words",
    ["later", "sign", "12", "the book", "x", "music playing", "Later on", "sigma", "couch", "short", "clear", "tough"],
)
def test_words_in_brackets_that_are_no_tag_are_text_and_noted(words: str):
    script = parse_script(f"See [{words}] here")
    assert (script.text, script.sounds, script.near_misses) == (f"See [{words}] here", (), ())
    assert script.no_sounds == (() if words in ("12", "x") else (words,))


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("Laugther", "laugh"),
        ("laughs", "laugh"),
        ("laughing", "laugh"),
        ("haha", "laugh"),
        ("sighs", "sigh"),
        ("breaths", "breath"),
        ("clearing throat", "clears throat"),
        ("couhg", "cough"),
        ("um", "uhm"),
        ("surprise oh!", "Surprise-oh"),
    ],
)
def test_a_near_miss_is_noted_with_the_tag_meant_and_loses_its_brackets(written: str, tag: str):
    script = parse_script(f"ha [{written}] ha")
    assert script == Script(f"ha {written} ha", near_misses=(Slip(written, tag),))


@pytest.mark.parametrize("words", ["[later] [sign] [laughs] [Laugther] [MUSIC]", "so [he] said"])
def test_words_in_brackets_of_a_transcript_stay_as_they_are(words: str):
    assert without_sound_tags(words) == words


@pytest.mark.parametrize(
    ("written", "text", "position"),
    [
        ("Well [Sigh] let us go.", "Well let us go.", 5),
        ("Well[Sigh] go.", "Well go.", 4),
        ("Well. [Sigh]", "Well. ", 6),
    ],
)
def test_a_tag_in_mid_sentence_leaves_one_space(written: str, text: str, position: int):
    assert parse_script(written) == Script(text, (Sound("sigh", position),))
    assert without_sound_tags(written) == text


def test_a_transcript_loses_the_tags_of_sounds():
    assert without_sound_tags("Well[Sigh], fine [laughter].") == "Well, fine ."


@pytest.mark.parametrize(("language", "name"), [(key, name) for key, names in LANGUAGES.items() for name in names])
def test_a_language_tag_at_the_start_is_no_text(language: str, name: str):
    assert parse_script(f" [{name.upper()}] 你好[Sigh]") == Script(" 你好", (Sound("sigh", 3),), language)
    assert parse_script(f"【{name}】你好") == Script("你好", (), language)
    assert parse_script(f"你好 [{name}]").language == ""


def test_the_length_counts_the_tags_as_well():
    assert parse_script("Well[Sigh], fine.").n_chars == len("Well[Sigh], fine.")


def test_a_script_without_words_and_sounds_is_empty():
    assert parse_script(" \n").is_empty
    assert not parse_script("[Sigh]").is_empty


def test_cutting_gives_each_part_its_sounds_and_places_them_anew():
    first, second = parse_script("One[Sigh] two [Uhm]three[Laughter]").cut([8])
    assert first == Script("One two", (Sound("sigh", 3),))
    assert second == Script("three", (Sound("uhm", 0), Sound("laugh", 5)))


PARTS = st.lists(st.one_of(st.text(alphabet="ab 你好,.", max_size=8), st.sampled_from(["[Sigh]", "[Uhm]"])), max_size=8)


@example([" ", "[Sigh]", " "])
@given(PARTS)
def test_taking_sounds_out_loses_nothing_but_one_of_two_spaces_around_them(parts: list[str]):
    written = "".join(parts)
    script = parse_script(written)
    between = re.split(r"\[\w+\]", written)
    assert script.text == reduce(lambda text, more: text + more[text.endswith(" ") and more.startswith(" ") :], between)
    assert len(script.sounds) == sum(p.startswith("[") for p in parts)
    assert all(0 <= s.position <= len(script.text) for s in script.sounds)


@given(PARTS, st.lists(st.integers(0, 64), max_size=4))
def test_cutting_loses_no_sound_and_nothing_but_white_space(parts: list[str], places: list[int]):
    script = parse_script("".join(parts))
    pieces = script.cut(sorted(min(place, len(script.text)) for place in places))
    assert [sound.tag for piece in pieces for sound in piece.sounds] == [sound.tag for sound in script.sounds]
    assert "".join("".join(piece.text for piece in pieces).split()) == "".join(script.text.split())


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("Wait [pause 0.5s] here.", 0.5), ("Wait [Pause 300 ms] here.", 0.3), ("Wait [pause 2s] here.", 2)],
)
def test_a_pause_has_its_place_and_no_words(written: str, seconds: float) -> None:
    script = parse_script(written)
    assert script.text == "Wait here."
    assert script.pauses == (Pause(5, seconds),)


@pytest.mark.parametrize("written", ["[pause]", "[pause soon]", "[pause s]"])
def test_other_words_in_brackets_are_no_pause(written: str) -> None:
    assert not parse_script(written).pauses


def test_the_words_of_a_transcript_have_no_pauses() -> None:
    assert without_sound_tags("One [pause 1s] two [note]") == "One two [note]"
