"""Which characters are Chinese is said in one place; traditional ones become simplified ones, by their words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from app.engine.chinese import HAN_CHAR, WIDE_CHAR, to_simplified

APP = Path(app.__file__).parent
BORDER_OF_HAN = re.compile(r"(?i:\\u(?:4e00|9fa5|9fff|3400))|一-[\u9fa5-\u9fff]")


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


@pytest.mark.parametrize("char", ["中", "〇", "㐀", "𠀀", "豈"])
def test_han_characters_are_chinese_and_wide(char: str):
    assert HAN_CHAR.fullmatch(char)
    assert WIDE_CHAR.fullmatch(char)


@pytest.mark.parametrize("char", ["か", "カ", "한"])
def test_kana_and_hangul_are_wide_but_not_chinese(char: str):
    assert WIDE_CHAR.fullmatch(char)
    assert not HAN_CHAR.match(char)


def test_no_other_file_says_which_characters_are_chinese():
    saying = {str(file.relative_to(APP)) for file in APP.rglob("*.py") if BORDER_OF_HAN.search(file.read_text())}
    assert saying == {"engine/chinese.py"}
