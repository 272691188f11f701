"""Traditional characters become simplified ones, by the words they stand in."""

from __future__ import annotations

import pytest

from app.engine.chinese import to_simplified


@pytest.mark.parametrize(
    ("written", "simplified"),
    [
        ("後來臺灣的頭髮", "后来台湾的头发"),
        ("皇后說話乾淨", "皇后说话干净"),
        ("已经是简体。", "已经是简体。"),
        ("2024年 iPhone 15", "2024年 iPhone 15"),
    ],
)
def test_words_change_and_all_else_stays(written: str, simplified: str):
    assert to_simplified(written) == simplified
