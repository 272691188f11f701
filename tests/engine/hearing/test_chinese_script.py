"""Traditional characters where they are asked for or written, simplified ones otherwise."""

from __future__ import annotations

import pytest

from app.engine.hearing.chinese_script import script_asked, written
from tests.fakes import segment


@pytest.mark.parametrize(
    ("language", "prompt", "script"),
    [
        ("", None, "simplified"),
        ("zh", None, "simplified"),
        ("zh-CN", "請寫繁體字", "simplified"),
        ("zh-TW", None, "taiwan"),
        ("zh_hk", None, "hong kong"),
        ("yue", None, "hong kong"),
        ("zh-Hant", None, "standard"),
        ("zh-Hant-TW", "写简体字", "taiwan"),
        ("zh", "請寫繁體字", "standard"),
        ("zh", "写简体字", None),
        ("zh", "Names: Ada, Lin", "simplified"),
    ],
)
def test_the_script_is_that_of_the_locale_else_of_the_prompt(language: str, prompt: str | None, script: str | None):
    assert script_asked(language, prompt) == script


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("simplified", "图书馆里面有一台电脑"),
        ("standard", "圖書館裏面有一臺電腦"),
        ("taiwan", "圖書館裡面有一臺電腦"),
        ("hong kong", "圖書館裏面有一台電腦"),
        (None, "圖书館里面有一台电脑"),
    ],
)
def test_a_segment_and_its_words_are_written_so(script, text: str):
    from dataclasses import replace

    mixed = replace(segment(0, 0.0, 1.0, "圖书館里面有一台电脑"), language="zh")
    assert (written(mixed, script).text, written(mixed, script).words[0].text) == (text, text)
    english = segment(0, 0.0, 1.0, "电脑")
    assert written(english, script) is english
