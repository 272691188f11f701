"""Words of a recording: the transcript's where it is what was heard, at the times at which it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.engine.content.aligning import aligned, heard_words, realigned
from app.engine.content.words import TimedWord, Words
from app.engine.content.written_words import spaced
from app.engine.hearing.alignment import MATCHED_TOGETHER, token_times
from app.engine.hearing.word_onsets import EARLY_S, at_onsets
from app.engine.requests import Segment
from app.engine.sound.audio import Audio

RATE = 16000


def segment(text: str, *rows: tuple[str, float, float]) -> Segment:
    words = tuple(TimedWord(word, start_s, end_s, 0.9) for word, start_s, end_s in rows)
    return Segment(0, 0, rows[0][1], rows[-1][2], text, (), 0.0, 0.0, 1.0, 0.0, words, "en")


HEARD = (
    segment(" We walk to the", ("We", 0.5, 0.7), ("walk", 0.7, 1.1), ("to", 1.3, 1.4), ("the", 1.4, 1.5)),
    segment(" river.", ("river.", 1.5, 2.0)),
)


def rows(words: Words) -> list[tuple[str, float, float]]:
    return [(word.text, round(word.start_s, 2), round(word.end_s, 2)) for word in words]


def test_a_transcript_is_timed_by_what_was_heard() -> None:
    words = aligned(HEARD, "We walked to the River!")
    assert rows(words)[:2] == [("We", 0.5, 0.7), (" walked", 0.7, 1.1)]
    assert rows(words)[-1] == (" River!", 1.5, 2.0)


def test_a_word_that_was_not_heard_lies_between_its_neighbours_and_is_not_sure() -> None:
    words = aligned(HEARD, "We walked down to the river.")
    down = words[2]
    assert 0.7 <= down.start_s <= down.end_s <= 1.3
    assert (down.probability, words[1].probability) == (0.0, 0.9)


@pytest.mark.parametrize("transcript", ["", "Something else that nobody ever said in here."])
def test_without_a_transcript_that_fits_the_words_are_those_heard(transcript: str) -> None:
    assert [word.text for word in aligned(HEARD, transcript)] == ["We", " walk", " to", " the", " river."]


def test_words_begin_and_end_as_they_were_heard_not_as_their_segment() -> None:
    heard = replace(HEARD[0], start_s=0.0, end_s=9.0)
    assert rows(heard_words((heard,)))[0] == ("We", 0.5, 0.7)
    assert rows(heard_words((heard,)))[-1] == (" the", 1.4, 1.5)
    assert rows(heard_words((replace(heard, words=()),)))[0][1] == 0.0


def test_silence_has_no_words() -> None:
    assert aligned((), "We walked.") == ()
    assert heard_words(()) == ()


def test_a_corrected_transcript_keeps_the_times() -> None:
    words = realigned(aligned(HEARD), "We walked to a river.")
    assert rows(words)[1] == (" walked", 0.7, 1.1)
    assert realigned(aligned(HEARD), "Nothing of the kind at all, my friend.") == aligned(HEARD)


def test_mandarin_words_share_the_times_of_their_characters() -> None:
    heard = (segment("我们去重庆。", ("我", 0.1, 0.2), ("们", 0.2, 0.4), ("去", 0.4, 0.6), ("重庆。", 0.6, 1.0)),)
    assert rows(aligned(heard, "我們去重慶！")) == [("我們", 0.1, 0.4), ("去", 0.4, 0.6), ("重慶！", 0.6, 1.0)]


def test_long_recordings_are_matched_in_stretches() -> None:
    rng = np.random.default_rng(1)
    text = [f"word{n}" for n in rng.integers(0, 200, 3 * MATCHED_TOGETHER)]
    heard = [TimedWord(word, n * 0.3, n * 0.3 + 0.2, 1.0) for n, word in enumerate(text) if n % 7]
    times = token_times(" ".join(text), heard, 0.0, 300.0)
    assert all(times[n][0] == pytest.approx(n * 0.3) for n in range(len(text)) if n % 7)


def test_words_after_another_text_have_a_space_where_their_script_has() -> None:
    hello, ni_hao = (TimedWord("Hello.", 0, 1),), (TimedWord("你好。", 0, 1),)
    assert spaced(hello, "One.")[0].text == " Hello."
    assert spaced(ni_hao, "好。")[0].text == "你好。"
    assert spaced(hello, "")[0].text == "Hello."


def test_words_begin_where_they_are_heard_and_leave_pauses_out() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 3 * RATE).astype(np.float32)
    samples[: RATE // 2] *= 0.001  # silence up to 0.5 s, and from 1.2 to 1.8 s
    samples[int(1.2 * RATE) : int(1.8 * RATE)] *= 0.001
    heard = (TimedWord("One", 0.3, 0.8), TimedWord("two", 0.8, 1.3), TimedWord("three", 1.3, 2.6))
    one, two, three = at_onsets(heard, Audio(samples, RATE))
    assert one.start_s == pytest.approx(0.5, abs=0.01)
    assert (one.end_s, two.start_s) == pytest.approx((0.8 + EARLY_S, 0.8 + EARLY_S))
    assert (two.end_s, three.start_s) == pytest.approx((1.2, 1.8), abs=0.02)
