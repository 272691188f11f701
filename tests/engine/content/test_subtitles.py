"""Captions keep to the limits of their kind and end where a reader expects it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from app.engine.content.subtitles import COLUMNS, LONGEST_S, MAX_LINES, WIDE_COLUMNS, captions, segments_of, sentences
from app.engine.content.words import TimedWord, Words, text_of
from app.engine.content.written_words import word_spans

ENGLISH = (
    "When the tide goes out, the whole bay turns into a wide field of sand; people walk out with buckets, looking for"
    " clams. Nobody is in a hurry. They come back by noon, tired, muddy and happy, and cook what they found."
)
MANDARIN = "退潮以后，整个海湾变成了一大片沙滩，人们提着水桶走出去找蛤蜊。没有人着急。中午他们回来，都很高兴。"


def said(text: str, word_s: float = 0.3, start_s: float = 0.0) -> Words:
    """The text at an even pace."""
    return tuple(
        TimedWord(text[begin:end], start_s + n * word_s, start_s + (n + 1) * word_s)
        for n, (begin, end) in enumerate(word_spans(text))
    )


@pytest.mark.parametrize(("text", "columns"), [(ENGLISH, COLUMNS), (MANDARIN, WIDE_COLUMNS)])
@pytest.mark.parametrize("word_s", [0.15, 0.3, 0.9])
def test_captions_keep_to_lines_columns_and_seconds(text: str, columns: int, word_s: float) -> None:
    found = captions(said(text, word_s))
    assert all(len(caption.lines) <= MAX_LINES for caption in found)
    assert all(len(line) <= columns for caption in found for line in caption.lines)
    assert all(0 < caption.end_s - caption.start_s <= LONGEST_S for caption in found)
    assert all(before.end_s <= after.start_s for before, after in pairwise(found))
    assert "".join("".join(caption.lines) for caption in found).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", [ENGLISH, MANDARIN])
def test_captions_and_lines_end_with_clauses(text: str) -> None:
    found = captions(said(text))
    assert all(caption.lines[-1][-1] in ",.;，。" for caption in found)


def test_captions_last_a_second_where_there_is_time() -> None:
    words = said("Yes.") + said(" No.", start_s=5.0)
    assert [(caption.start_s, caption.end_s) for caption in captions(words)] == [(0.0, 1.0), (5.0, 6.0)]


def test_short_sentences_in_a_row_share_a_caption() -> None:
    (caption,) = captions(said("No. Not now. Go.", 0.2))
    assert caption.lines == ("No. Not now. Go.",)


def test_a_long_pause_ends_a_caption() -> None:
    words = said("We waited") + said(" for hours.", start_s=4.0)
    assert [caption.lines for caption in captions(words)] == [("We waited",), ("for hours.",)]


def test_a_word_that_is_longer_than_a_line_stands_alone() -> None:
    words = said(f"See {'x' * 60} there.")
    assert [caption.lines for caption in captions(words)] == [("See",), ("x" * 60,), ("there.",)]


def test_nothing_said_makes_no_caption() -> None:
    assert captions(()) == []


def test_any_words_fit() -> None:
    rng = random.Random(3)
    for _ in range(20):
        text = " ".join("x" * rng.randint(1, 20) + rng.choice(["", "", ",", "."]) for _ in range(40))
        found = captions(said(text, rng.uniform(0.05, 1.5)))
        assert all(len(line) <= COLUMNS for caption in found for line in caption.lines)
        assert all(caption.end_s - caption.start_s <= LONGEST_S + 1e-9 for caption in found)


def test_sentences_are_the_segments_of_a_transcript() -> None:
    assert [text_of(sentence) for sentence in sentences(said("He said “Go.” Then 3.5 left!"))] == [
        "He said “Go.”",
        "Then 3.5 left!",
    ]
    first, second = segments_of(said("One two. Three."))
    assert (first.text, first.end_s, second.text, second.start_s) == ("One two.", 0.6, " Three.", 0.6)
