"""Which language a stretch of text is read in, and what is refused."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.scripts import check_speakable, language_spans
from app.engine.errors import EmptyText, UnspeakableText
from app.engine.script import parse_script
from app.wording.english import english


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("안녕하세요", "Korean"),
        ("今日は天気がいいです", "Japanese"),
        ("привет мир", "Cyrillic"),
        ("مرحبا بالعالم", "Arabic"),
        ("สวัสดี", "Thai"),
        ("नमस्ते", "Devanagari"),
        ("שלום", "Hebrew"),
        ("Γειά σου", "Greek"),
        ("[Cantonese] 你好", "Cantonese"),
        ("[Sichuanese]吃了没", "Sichuanese"),
        ("[japanese]你好", "Japanese"),
        ("【韩语】你好", "Korean"),
    ],
)
def test_other_languages_are_refused_with_the_list_of_what_is_spoken(text: str, name: str) -> None:
    with pytest.raises(UnspeakableText) as refusal:
        check_speakable(parse_script(text), "input")
    assert name in english(refusal.value)
    assert "English and Mandarin Chinese" in english(refusal.value)
    assert refusal.value.param == "input"


@pytest.mark.parametrize("text", ["...", "！？。", "🎉🎉", "$ % &", "\u200b*"])
def test_text_of_signs_alone_is_refused(text: str) -> None:
    with pytest.raises(UnspeakableText):
        check_speakable(parse_script(text), "input")


def test_white_space_is_empty_text() -> None:
    with pytest.raises(EmptyText):
        check_speakable(parse_script(" \n"), "input")


@pytest.mark.parametrize(
    "text",
    ["café naïve Müller", "π", "the letter π is Greek, он said", "😀 hi", "123", "ni3 hao3", "[English] hi", "东京"],
)
def test_stray_letters_and_marked_latin_are_accepted(text: str) -> None:
    check_speakable(parse_script(text), "input")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("我用iPhone 15写代码", [("zh", "我用"), ("en", "iPhone"), ("zh", " 15写代码")]),
        ("张伟 bought 3 apples.", [("zh", "张伟"), ("en", " bought 3 apples.")]),
        ("买了3台iPad", [("zh", "买了3台"), ("en", "iPad")]),
        ("The price is 100 元 now", [("en", "The price is "), ("zh", "100元"), ("en", " now")]),
        ("我想guo4guo4", [("zh", "我想guo4guo4")]),
        ("use mp3 and guo4", [("en", "use mp3 and guo4")]),
        ("ni3 hao3", [("zh", "ni3 hao3")]),
        ("3GB", [("en", "3GB")]),
        ("3GB内存", [("zh", "3GB内存")]),
        ("on the 2nd 我们", [("en", "on the 2nd "), ("zh", "我们")]),
    ],
)
def test_digits_follow_their_neighbours(text: str, spans: list[tuple[str, str]]) -> None:
    assert [(span.language, span.text) for span in language_spans(clean(text))] == spans
