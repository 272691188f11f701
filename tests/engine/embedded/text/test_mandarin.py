"""Readings and changes of tone."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.mandarin.pronunciation import mandarin_phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("你好", "ni↗xau↓"),
        ("我很好", "wo↗ xə↗n xau↓"),
        ("雨伞", "y↗sa↓n"),
        ("不是", "pu↗ʂɨ↘"),
        ("不好", "pu↘xau↓"),
        ("一天", "i↘tʰjɛ→n"),
        ("一个", "i↗kɤ"),
        ("第一", "ti↘i→"),
        ("统一", "tʰʊ↓ŋi→"),
        ("看一看", "kʰa↘nikʰa↘n"),
        ("一点儿", "i↘tjɛ↓ɚ"),
        ("女儿", "ny↓ɚ↗"),
        ("慢慢地走", "ma↘nma↘n tɤ ʦou↓"),
        ("我得走了", "wo↗ tei↗ ʦou↓ lɤ"),
        ("两只猫", "lja↓ŋꭧɨ→ mau→"),
        ("朋友们，你好！", "pʰə↗ŋjoumən, ni↗xau↓!"),
    ],
)
def test_tones_change_as_in_speech(text: str, phonemes: str) -> None:
    assert mandarin_phonemes(text) == phonemes


def test_typed_tones_are_kept_as_typed() -> None:
    assert mandarin_phonemes("我也想guo4guo4guo1儿guo4guo4的生活") == (
        "wo↗ je↗ ɕja↓ŋ kwo↘kwo↘kwo→ɚ kwo↘kwo↘ tɤ ʂə→ŋxwo↗"
    )
