"""Places in a text find their times through recognised words, through unlike words, and without any."""

from __future__ import annotations

import itertools

import pytest

from app.engine.content.words import TimedWord
from app.engine.hearing.alignment import boundary_times, cuts_at_times, is_like, same_words, tokens_of


def words(*rows: tuple[str, float, float]) -> list[TimedWord]:
    return [TimedWord(text, start_s, end_s, 1.0) for text, start_s, end_s in rows]


RIVER = words((" We", 0.5, 0.7), (" walked", 0.7, 1.1), (" to", 1.3, 1.4), (" the", 1.4, 1.5), (" river.", 1.5, 2.0))


def time_at(text: str, position: int, heard: list[TimedWord], span_s: tuple[float, float] = (0.4, 2.1)) -> float:
    return boundary_times(text, [position], heard, *span_s)[0]


def test_tokens_are_words_and_single_characters_of_scripts_without_spaces() -> None:
    text = "Don't say 你好, friend42!"
    assert [t.text for t in tokens_of(text)] == ["don't", "say", "你", "好", "friend42"]
    assert all(text[t.start : t.end].casefold() == t.text for t in tokens_of(text))


def test_a_place_between_words_is_the_middle_of_their_gap() -> None:
    text = "We walked to the river."
    assert time_at(text, text.index("to"), RIVER) == pytest.approx(1.2)


def test_places_at_the_ends_are_the_ends_of_the_speech() -> None:
    text = "We walked to the river."
    assert boundary_times(text, [0, len(text)], RIVER, 0.4, 2.1) == [0.4, 2.1]


def test_a_place_inside_a_word_moves_to_its_nearer_end() -> None:
    text = "We walked to the river."
    assert time_at(text, text.index("ed"), RIVER) == pytest.approx(1.2)
    assert time_at(text, text.index("alked"), RIVER) == pytest.approx(0.7)


def test_a_misheard_word_still_marks_its_place() -> None:
    heard = words(
        (" We", 0.5, 0.7), (" worked", 0.7, 1.1), (" two", 1.3, 1.4), (" the", 1.4, 1.5), (" river", 1.5, 2.0)
    )
    text = "We walked to the river."
    assert time_at(text, text.index("to"), heard) == pytest.approx(1.2)


def test_unheard_words_are_spread_between_their_neighbours() -> None:
    heard = words((" We", 0.5, 0.7), (" river.", 1.5, 2.0))
    text = "We walked to the river."
    assert 0.7 < time_at(text, text.index("to"), heard) < time_at(text, text.index("the"), heard) < 1.5


def test_words_of_the_recogniser_that_are_not_in_the_text_do_not_shift_it() -> None:
    heard = [*words((" Well", 0.1, 0.3), (" hmm", 0.3, 0.45)), *RIVER]
    text = "We walked to the river."
    assert time_at(text, text.index("to"), heard, (0.1, 2.1)) == pytest.approx(1.2)


def test_without_words_time_runs_in_proportion_to_the_text() -> None:
    text = "aaaa bbbb cccc dddd"
    times = boundary_times(text, [0, 5, 10, 15, 19], [], 1.0, 3.0)
    assert times == pytest.approx([1.0, 1.5, 2.0, 2.5, 3.0])


def test_mandarin_matches_by_sound_whatever_the_script() -> None:
    heard = words(("我們", 0.0, 0.4), ("去", 0.4, 0.6), ("合邊", 0.9, 1.3), ("散步", 1.3, 1.8))
    text = "我们去河边散步。"
    assert time_at(text, text.index("河"), heard, (0.0, 1.8)) == pytest.approx(0.75)


def test_mixed_text_is_matched_across_scripts() -> None:
    heard = words(("我", 0.0, 0.2), ("用", 0.2, 0.4), (" Python", 0.5, 1.0), ("写", 1.2, 1.4), ("代码", 1.4, 1.8))
    text = "我用Python写代码"
    assert time_at(text, text.index("写"), heard, (0.0, 1.8)) == pytest.approx(1.1)


def test_times_never_run_backwards() -> None:
    heard = words((" river", 0.5, 0.7), (" the", 0.7, 0.9), (" We", 1.3, 1.4), (" walked", 1.5, 2.0))
    text = "We walked to the river."
    times = boundary_times(text, range(len(text) + 1), heard, 0.4, 2.1)
    assert times == sorted(times)


def test_text_without_words_is_placed_at_the_end() -> None:
    assert time_at("...", 0, RIVER) == 2.1


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Hello, World!", "hello world", True),
        ("我们去河边。", "我們去河邊", True),
        ("Hello world", "Hello there", False),
        ("One two three", "One two", False),
    ],
)
def test_same_words_ignores_case_punctuation_and_script(a: str, b: str, same: bool) -> None:
    assert same_words(a, b) is same


@pytest.mark.parametrize(
    ("times_s", "pieces"),
    [
        ([1.0], ["one two", "three four"]),
        ([1.2], ["one two", "three four"]),  # the cut need not be in the middle of the pause
        ([0.4, 1.4], ["one", "two three", "four"]),
        ([1.9], ["one two three four", ""]),
    ],
)
def test_a_text_is_cut_where_its_sound_is(times_s: list[float], pieces: list[str]) -> None:
    heard = [
        TimedWord("one", 0.0, 0.4, 1.0),
        TimedWord("two", 0.4, 0.9, 1.0),
        TimedWord("3", 1.25, 1.4, 1.0),
        TimedWord("four", 1.4, 1.8, 1.0),
    ]
    text = "one two three four"
    cuts = [0, *cuts_at_times(text, times_s, heard, 0.0, 1.8), len(text)]
    assert [text[a:b].strip() for a, b in itertools.pairwise(cuts)] == pieces


def test_a_text_without_words_is_cut_at_its_end() -> None:
    assert cuts_at_times("...", [1.0, 2.0], [], 0.0, 3.0) == [3, 3]


@pytest.mark.parametrize(
    ("text", "heard", "is_so"),
    [
        ("Good morning, how are you?", "good morning how were you", True),
        ("Good morning, how are you?", "The ferry leaves the harbor at noon.", False),
        ("Good morning.", "Good morning, and the ferry leaves the harbor at noon, as it always does.", False),
        ("歡迎來到北京", "欢迎来到北京。", True),
        ("今天天气很好", "明天我们去看电影", False),
    ],
)
def test_a_transcript_is_like_what_is_heard_though_words_are_misheard(text: str, heard: str, is_so: bool):
    assert is_like(text, heard) == is_so
