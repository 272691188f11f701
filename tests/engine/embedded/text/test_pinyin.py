"""Toned pinyin: the table of syllables and what is typed."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.mandarin import pinyin
from app.engine.embedded.text.phonemes import to_phonemes


@pytest.mark.parametrize(
    ("syllable", "sound"),
    [("guo4", "kwo↘"), ("lv4", "ly↘"), ("zhi1", "ꭧɨ→"), ("xue2", "ɕɥe↗"), ("er5", "ɚ"), ("wen3", "wə↓n"), ("r5", "ɚ")],
)
def test_syllables_sound_as_the_model_was_taught(syllable: str, sound: str) -> None:
    assert pinyin.sound(syllable) == sound


@pytest.mark.parametrize(
    ("syllable", "sound"),
    [("wan2", "wa↗ɚ"), ("dian3", "tjɛ↓ɚ"), ("guo1", "kwo→ɚ"), ("hai2", "xa↗ɚ"), ("huang2", "xwa↗ŋɚ")],
)
def test_erhua_takes_the_coda_away(syllable: str, sound: str) -> None:
    assert pinyin.with_er(syllable) == sound


def test_runs_are_cut_into_syllables() -> None:
    assert pinyin.syllables_of("guo4Guo4lü3nu:0") == ["guo4", "guo4", "lv3", "nv5"]


def test_only_whole_toned_words_count_as_pinyin() -> None:
    assert pinyin.TYPED_RUN.findall("guo4guo1儿 mp3 GPT4 zhong4 covid19 hao33 a4b") == ["guo4guo1", "zhong4"]


@pytest.mark.parametrize("typed", ["a\u01314", "a\u01304", "\u017fi4", "\u212aai3"])
def test_letters_that_only_fold_to_ascii_are_no_pinyin(typed: str) -> None:
    assert all(run.isascii() for run in pinyin.TYPED_RUN.findall(f"他{typed}了"))
    assert to_phonemes(f"他{typed}了")
