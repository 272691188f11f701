"""Sentences that are hard to read aloud sound as their spelled-out twins do: a table for each language."""

from __future__ import annotations

import re
import time

import pytest

from app.engine.embedded.text import to_phonemes
from app.engine.embedded.text.mandarin import pinyin
from app.settings import PROJECT

DATA = PROJECT / "tests" / "data" / "reading"
MOST_TIMES_PLAIN = 15  # measured: 3 at most; what was quadratic took 50 times and more


def table(name: str) -> list[tuple[str, str]]:
    rows = (DATA / name).read_text("utf-8").splitlines()
    pairs = (row.split("\t") for row in rows if not row.startswith("#"))
    return [(written.replace("\\n", "\n"), said) for written, said in pairs]


def plain(phonemes: str) -> str:
    """Without stress, marks and spaces, which the twins need not share."""
    return re.sub(r"[^\w→↗↘↓ʰᵊᵻ]|[ˈˌ]", "", phonemes)


@pytest.mark.parametrize(("written", "said"), [*table("english.tsv"), *table("mandarin.tsv")])
def test_text_sounds_as_it_is_said(written: str, said: str) -> None:
    assert plain(to_phonemes(written)) == plain(to_phonemes(said))


@pytest.mark.parametrize(("sentence", "phonemes"), table("settled.tsv"))
def test_settled_readings_stay(sentence: str, phonemes: str) -> None:
    assert to_phonemes(sentence) == phonemes


@pytest.mark.parametrize(("sentence", "reading"), table("mandarin_readings.tsv"))
def test_a_character_with_several_readings_is_read_by_its_place(sentence: str, reading: str) -> None:
    tones = "32" if reading[-1] == "3" else reading[-1]  # a third tone rises before another
    assert any(pinyin.sound(reading[:-1] + tone) in to_phonemes(sentence) for tone in tones)


@pytest.mark.parametrize(
    "part",
    ["1234567890", "12 ", "一", "不", "好", "他长大了还钱一不得了，", "2个1长", "a我", "½", "π", "A", "ly", "U.", "$1",
     "50%-", "a.b", "e\u0301\u0323", "(", "zyxqv ", "IT WAS ", "guo4 "],
)  # fmt: skip
def test_any_text_of_4096_characters_costs_about_what_plain_text_does(part: str, plain_cost_s: float) -> None:
    text = ("他" + part * 4096)[:4096] if part.isdigit() else (part * 4096)[:4096]
    assert cost_s(text) < MOST_TIMES_PLAIN * plain_cost_s


def cost_s(text: str) -> float:
    began = time.process_time()
    to_phonemes(text)
    return time.process_time() - began


@pytest.fixture(scope="module")
def plain_cost_s() -> float:
    """Processor time of plain English and Mandarin, with the lexicons loaded."""
    to_phonemes("Ready. 好。")
    plain_text = ("The bridge was repaired before winter, and the boats came back. " * 64)[:4096]
    return cost_s(plain_text) + cost_s(("今天天气很好，我们一起去公园散步吧。" * 256)[:4096])
