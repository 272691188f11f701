"""Whole texts: any text gives symbols the speech model knows, in the right languages."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.engine.embedded.text import to_phonemes
from app.engine.embedded.text.word_lists import word_list
from app.engine.embedded.voice.kokoro import vocabulary

TOKENS = word_list(
    "Hello world 你好 今天 guo4guo1儿 3.5 $12 2026-11-22 14:30 GPT-4 é Zyxqv iPhone 15 U.S. 20°C 10kg https://a.b/c "
    "# ** ( ） “ — … ， 。 ! ? ' - / π 😀 1/2 v2.1 50% 〇 儿 一 不"
)
MIXED = st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join)


@given(st.one_of(MIXED, st.text(max_size=60)))
@settings(max_examples=50, deadline=None)
@example("儿")
@example("一不")
@example("..'s")
@example("x' 'y -- 9999999999999999999999")
@example("1:2:3/4.5.6-7")
def test_any_text_gives_known_symbols_only(text: str) -> None:
    assert set(to_phonemes(text)) <= vocabulary().keys()


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("我也想guo4guo4guo1儿", "wo↗ je↗ ɕja↓ŋ kwo↘kwo↘kwo→ɚ"),
        ("nü3 ren2", "ny↓ ɻə↗n"),
        ("Hello，你好 world。", "həlˈO, ni↗xau↓ wˈɜɹld."),
        ("我用GPT-4写代码。", "wo↓jʊ↘ŋ ʤˌipˌitˈi sɨ↘ɕje↓ tai↘ma↓."),
        ("Chapter 3: 5 km", "ʧˈæptəɹ θɹˈi: fˈIv kəlˈɑməɾəɹz"),
        ("", ""),
        ("🎉", ""),
    ],
)
def test_mixed_text_is_read_run_by_run(text: str, phonemes: str) -> None:
    assert to_phonemes(text) == phonemes
