"""Sentences that are hard to read aloud sound as their spelled-out twins do: a table for each language."""

from __future__ import annotations

import re

import pytest

from app.engine.embedded.text import to_phonemes
from app.engine.embedded.text.english.pronunciation import english_phonemes
from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.mandarin.pronunciation import LONGEST_RUN, PIECE
from app.engine.embedded.text.phonemes import read_spans
from app.settings import PROJECT
from tests.work import n_calls

DATA = PROJECT / "tests" / "data" / "reading"
MOST_GROWTH = 2.3  # of the work in twice the text
MOST_CALLS_A_CHAR = 300


def table(name: str) -> list[tuple[str, str]]:
    rows = (DATA / name).read_text("utf-8").splitlines()
    pairs = (row.split("\t") for row in rows if not row.startswith("#"))
    return [(written.replace("\\n", "\n"), said) for written, said in pairs]


def plain(phonemes: str) -> str:
    """Without stress, marks and spaces, which the twins need not share."""
    return re.sub(r"[^\w→↗↘↓ʰᵊᵻ]|[ˈˌ]", "", phonemes)


@pytest.mark.parametrize("name", ["english.tsv", "mandarin.tsv"])
def test_text_sounds_as_it_is_said(name: str) -> None:
    wrong = [row for row in table(name) if plain(to_phonemes(row[0])) != plain(to_phonemes(row[1]))]
    assert not wrong


def pattern_of(pinyin_line: str) -> str:
    """A regular expression of the sounds of toned syllables, each with any of its tones, and of Latin words."""
    parts = []
    for part in pinyin_line.split():
        syllable = re.fullmatch(r"([a-z]+?)(r?)([1-5]+)", part)
        if not syllable or syllable[1] + syllable[2] == "er":
            sounds = [pinyin.sound(part)] if part.startswith("er") else [plain(english_phonemes(part))]
        else:
            sound = pinyin.with_er if syllable[2] else pinyin.sound
            sounds = [sound(syllable[1] + tone) for tone in syllable[3]]
        parts.append(f"(?:{'|'.join(map(re.escape, sounds))})")
    return "".join(parts)


def test_mandarin_is_said_with_the_right_tones() -> None:
    rows = table("mandarin_pinyin.tsv")
    wrong = [row for row in rows if not re.fullmatch(pattern_of(row[1]), plain(to_phonemes(row[0])))]
    assert not wrong


@pytest.mark.parametrize(("sentence", "phonemes"), table("settled.tsv"))
def test_settled_readings_stay(sentence: str, phonemes: str) -> None:
    assert to_phonemes(sentence) == phonemes


def test_characters_with_several_readings_are_read_by_their_places() -> None:
    wrong = []
    for sentence, reading in table("mandarin_readings.tsv"):
        tones = "32" if reading[-1] == "3" else reading[-1]  # a third tone rises before another
        if not any(pinyin.sound(reading[:-1] + tone) in to_phonemes(sentence) for tone in tones):
            wrong.append((sentence, reading))
    assert not wrong


PARTS = ["12 ", "他长大了还钱一不得了，", "a我", "½", "e\u0301\u0323", "zyxqv ", "IT WAS ", "a. "]
MORE_PARTS = [
    *["1234567890", "一", "不", "好", "2个1长", "½我", "π", "A", "ly", "U.", "$1", "5%", "50%-", "a.b", "(", "guo4 "],
    *["㎡", "㋿", "I "],
]


@pytest.mark.parametrize("part", [*PARTS, *(pytest.param(part, marks=pytest.mark.slow) for part in MORE_PARTS)])
def test_twice_as_much_of_any_text_takes_twice_the_work(part: str) -> None:
    text = "他" * part.isdigit() + part * 1000
    n_chars = 300  # longer than the longest stretch that is read at once
    to_phonemes(text[: 2 * n_chars])  # loads the lexicons, and fills the memories of words
    once, twice = (n_calls(lambda n=n: to_phonemes(text[: n * n_chars])) for n in (1, 2))
    assert twice < MOST_GROWTH * once
    assert once < MOST_CALLS_A_CHAR * n_chars


@pytest.mark.parametrize("sign", ["½", "$1", "a^2", "5%=", "π", "㎡"])
def test_a_row_of_signs_is_read_in_parts_of_bounded_length(sign: str) -> None:
    (span,) = read_spans(sign * 600)
    assert max(len(reading.written) for reading in span.readings) <= 250


def test_characters_are_cut_into_words_in_runs_of_bounded_length() -> None:
    assert max(len(run[0]) for run in PIECE.finditer("令和" * 2000)) == LONGEST_RUN


@pytest.mark.parametrize(
    ("written", "said"),
    [("½½", "one half one half"), ("2½½", "two and a half one half"), ("½cup of milk", "one half cup of milk"),
     ("a ½-inch bolt", "a one half inch bolt"), ("¼a", "one quarter A")],
)  # fmt: skip
def test_a_fraction_in_one_sign_stands_apart_from_what_follows(written: str, said: str) -> None:
    assert plain(to_phonemes(written)) == plain(to_phonemes(said))
