"""Words of a text stand at the phonemes that are said for them."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from app.engine.embedded.text.placed_words import PlacedWord, placed_phonemes
from app.engine.embedded.voice.word_times import LAG_S, timed


def said(text: str) -> dict[str, str]:
    phonemes, words = placed_phonemes(text)
    assert words is not None
    return {word.text.strip(): phonemes[int(word.begin) : ceil(word.end)] for word in words}


@pytest.mark.parametrize(
    ("text", "word", "phonemes"),
    [
        ("Hello, “world” — fine.", "“world” —", "wˈɜɹld"),
        ("It was in 1984 then.", "1984", "nˌIntˈin ˈAɾi fˈɔɹ"),
        ("We met OpenAI’s team.", "team.", "tˈim"),
        ("Dr. Smith lives at Baker St.", "Dr.", "dˈɑktəɹ"),
        ("**Fine** 😀 day & night", "night", "nˈIt"),
        ("我们去重庆，好吗？", "重庆，", "ꭧʰʊ↗ŋʨʰi↘ŋ"),
        ("他們買 iPhone 很貴", "iPhone", "ˈI fˈOn"),
    ],
)
def test_a_written_word_has_the_sounds_that_are_said_for_it(text: str, word: str, phonemes: str) -> None:
    assert said(text)[word] == phonemes


def test_words_stand_in_order_and_do_not_overlap() -> None:
    _, words = placed_phonemes("On 3 May 2024 they paid $3.5 million to NASA, etc. 我们 100元。")
    assert words is not None
    places = [place for word in words for place in (word.begin, word.end)]
    assert places == sorted(places)


def test_a_text_without_words_has_none() -> None:
    assert placed_phonemes("...")[1] == []


def test_times_come_from_the_durations_and_marks_go_with_their_sounds() -> None:
    times_s = LAG_S + np.array([[0.0, 0.1], [0.1, 0.2], [0.2, 0.4], [0.4, 0.5], [0.5, 0.7]])
    (one, two) = timed([PlacedWord("a", 0, 3), PlacedWord(" b", 4, 4.5)], "tˈi b", times_s)
    assert (one.start_s, one.end_s) == (0.0, pytest.approx(0.4))
    assert [phoneme.symbol for phoneme in one.phonemes] == ["t", "ˈi"]
    assert one.phonemes[1].start_s == pytest.approx(0.1)
    assert (two.start_s, two.end_s) == (pytest.approx(0.5), pytest.approx(0.6))
