"""Which texts are refused, and which words in others are passed over."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.speakable import check_speakable, foreign_words
from app.engine.errors import EmptyText, NothingToSpeak, UnspeakableText
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
def test_text_of_signs_alone_is_nothing_to_speak(text: str) -> None:
    with pytest.raises(NothingToSpeak):
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
    ("text", "word"),
    [
        ("I met Дмитрий yesterday.", "Дмитрий"),
        ("Hello Дмитрий", "Дмитрий"),
        ("The word नमस्ते means hello.", "नमस्ते"),
        ("He said مرحبا to me.", "مرحبا"),
        ("Tell สวัสดีครับ to them now, please.", "สวัสดีครับ"),
        ("我爱Москва。", "Москва"),
        ("The sign says ありがとう in big letters.", "ありがとう"),
    ],
)
def test_one_foreign_word_in_a_readable_text_is_passed_over(text: str, word: str) -> None:
    check_speakable(parse_script(text), "input")
    assert foreign_words(text) == [word]


@pytest.mark.parametrize("text", ["Я", "он сказал yes", "Hi, Александрович!", "東京タワーに行きました", "日本語です"])
def test_a_text_that_is_mostly_foreign_is_refused(text: str) -> None:
    with pytest.raises(UnspeakableText) as refusal:
        check_speakable(parse_script(text), "input")
    assert refusal.value.code == "unsupported_language"
