"""The compact lists say what jieba and pypinyin say."""

from __future__ import annotations

import random

import pytest

from app.engine.dictionaries.chinese_readings import UNKNOWN, is_phrase, numbered, readings_of
from app.engine.dictionaries.chinese_words import chinese_words


def test_a_word_has_its_count_the_beginning_of_one_none_and_all_else_is_absent() -> None:
    words = chinese_words()
    assert words["中国"] > 1000
    assert words.get("龠") == 5  # near the end of the list
    assert "吉林工业大" in words
    assert words["吉林工业大"] == 0
    assert "国中中" not in words
    assert words.get("国中中", 7) == 7


def test_readings_come_from_the_longest_phrase_else_of_each_character() -> None:
    assert readings_of("银行") == ("yin2", "hang2")
    assert readings_of("行") == ("xing2",)
    assert readings_of("绿色的") == ("lv4", "se4", "de5")
    assert readings_of("\U0003ffff") == (UNKNOWN,)
    assert is_phrase("银行")
    assert not is_phrase("行银")


@pytest.mark.parametrize(
    ("marked", "expected"), [("zhōng", "zhong1"), ("lǜ", "lv4"), ("ér", "er2"), ("de", "de5"), ("ńg", "ng2")]
)
def test_tones_become_numbers(marked: str, expected: str) -> None:
    assert numbered(marked) == expected


@pytest.mark.slow
def test_all_counts_are_those_of_jieba_and_readings_those_of_pypinyin() -> None:
    import jieba
    from pypinyin import Style, pinyin
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    counts, total = jieba.Tokenizer.gen_pfdict(jieba.get_module_res("dict.txt"))
    words = chinese_words()
    assert total == words.n_counted
    assert [word for word, count in counts.items() if words.get(word) != count] == []

    def by_pypinyin(word: str) -> tuple[str, ...]:
        return tuple(first for first, *_ in pinyin(word, style=Style.TONE3, neutral_tone_with_five=True))

    known = [*map(chr, PINYIN_DICT), *PHRASES_DICT, *(word for word, count in counts.items() if count)]
    asked = [word for word in random.Random(1).sample(known, 8000) if all("㐀" <= char <= "鿿" for char in word)]
    assert [word for word in asked if readings_of(word) != by_pypinyin(word)] == []
