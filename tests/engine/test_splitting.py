"""Rules of cutting long text into pieces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.chinese import WIDE_CHAR
from app.engine.lexicon import Lexicon, Pronunciation
from app.engine.script import Script, parse_script
from app.engine.splitting import split_script
from tests.work import n_calls

TAGS = ["[Laughter]", "[Dissatisfaction-hnn]", "[Uhm]"]
WORDS = [
    "Hello",
    "world",
    "Dr.",
    "3.5",
    "e.g.",
    "U.S.",
    "你好",
    "今天天气很好",
    "안녕",
    "こんにちは",
    "é",
    "guo4",
    "😀",
    "https://a.b/c",
]
MARKS = [". ", "! ", "? ", "。", "！", "？", "；", "，", "、", ", ", "; ", "…", "...", " ", "\n", "”", '"', "（", "）"]
TOKENS = st.sampled_from([*WORDS, *MARKS, *TAGS])
TEXTS = st.lists(TOKENS, max_size=60).map("".join)


def load(piece: str, max_chars: int, max_han_chars: int) -> float:
    n_wide = len(WIDE_CHAR.findall(piece))
    return n_wide / max_han_chars + (len(piece) - n_wide) / max_chars


def split_text(text: str, max_chars: int, max_han_chars: int) -> list[str]:
    return [piece.text for piece in split_script(Script(text), max_chars, max_han_chars)]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(TEXTS, st.integers(4, 120), st.integers(2, 40))
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_and_the_order_is_kept(text: str, max_chars: int, max_han_chars: int) -> None:
    assert squeezed("".join(split_text(text, max_chars, max_han_chars))) == squeezed(text)


@given(st.one_of(TEXTS, st.text(max_size=200)), st.integers(40, 120), st.integers(30, 40))
@settings(max_examples=100, deadline=None)
def test_no_piece_is_empty_or_above_the_limit(text: str, max_chars: int, max_han_chars: int) -> None:
    for piece in split_text(text, max_chars, max_han_chars):
        assert piece.strip()
        is_one_sign = not re.search(r"[A-Za-z一-鿿]", piece)  # a letter's accents are never cut off, be they many
        assert load(piece, max_chars, max_han_chars) <= 1.0 + 1e-9 or is_one_sign


@given(TEXTS, st.integers(4, 30), st.integers(2, 10))
@settings(max_examples=100, deadline=None)
def test_every_sound_stays_in_its_place_among_the_words(text: str, max_chars: int, max_han_chars: int) -> None:
    script = parse_script(text)
    pieces = split_script(script, max_chars, max_han_chars)
    assert squeezed("".join(map(written, pieces))) == squeezed(written(script))


def written(script: Script) -> str:
    text = script.text
    for sound in reversed(script.sounds):
        text = f"{text[: sound.position]}[{sound.tag}]{text[sound.position :]}"
    return text


def test_each_piece_has_its_own_sounds_and_the_language_of_all() -> None:
    script = parse_script("[Cantonese] One is here.[Sigh] Two is [Uhm] there. Three [Laughter]")
    first, second, third = split_script(script, 16, 16)
    assert [(s.tag, s.position) for s in first.sounds] == [("sigh", 12)]
    assert [(s.tag, s.position) for s in second.sounds] == [("uhm", 7)]
    assert [(s.tag, s.position) for s in third.sounds] == [("laugh", 5)]
    assert {piece.language for piece in (first, second, third)} == {"Cantonese"}


def test_sounds_alone_are_one_piece() -> None:
    (piece,) = split_script(parse_script(" [Sigh] [Laughter]"), 40, 10)
    assert [sound.tag for sound in piece.sounds] == ["sigh", "laugh"]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "The first sentence is here. The second follows it. The third ends the matter.",
            ["The first sentence is here.", "The second follows it.", "The third ends the matter."],
        ),
        (
            "Dr. Smith paid $3.50 at 5.30. He left for the U.S. in spring.",
            ["Dr. Smith paid $3.50 at 5.30.", "He left for the U.S. in spring."],
        ),
        (
            'He said "Stop at once!" Then J. K. Rowling laughed out loud.',
            ['He said "Stop at once!"', "Then J. K. Rowling laughed out loud."],
        ),
        (
            "See https://a.example/b.c?d=1 for more. It is all there, e.g. prices.",
            ["See https://a.example/b.c?d=1 for more.", "It is all there, e.g. prices."],
        ),
        (
            "Well... maybe it is so in the end. But who can say what is right?",
            ["Well... maybe it is so in the end.", "But who can say what is right?"],
        ),
    ],
)
def test_english_is_cut_at_sentence_ends_only(text: str, pieces: list[str]) -> None:
    assert split_text(text, 40, 10) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("今天天气很好。我们去公园吧！你说呢？", ["今天天气很好。", "我们去公园吧！", "你说呢？"]),
        ("他说：“明天再来。”然后走了。大家都笑了。", ["他说：“明天再来。”", "然后走了。", "大家都笑了。"]),
        ("こんにちは世界。元気ですか？はい。", ["こんにちは世界。", "元気ですか？はい。"]),
        ("안녕하세요 여러분. 반갑습니다. 네.", ["안녕하세요 여러분.", "반갑습니다. 네."]),
    ],
)
def test_eastern_sentence_ends_and_closing_quotes(text: str, pieces: list[str]) -> None:
    assert split_text(text, 100, 9) == pieces


def test_text_within_half_the_limit_stays_whole() -> None:
    assert split_text("One. Two. Three.", 32, 10) == ["One. Two. Three."]


def test_longer_text_within_the_limit_begins_with_one_sentence_for_an_early_first_sound() -> None:
    text = "The rain had stopped. Nobody spoke for a while. Then the clock struck ten."
    assert split_text(text, 100, 40) == [
        "The rain had stopped.",
        "Nobody spoke for a while. Then the clock struck ten.",
    ]
    alone = "A single sentence that is longer than half of the limit stays whole."
    assert split_text(alone, 100, 40) == [alone]
    assert split_text("This first sentence is rather long, as sentences go. Ok.", 100, 40) == [
        "This first sentence is rather long, as sentences go. Ok."
    ]


def test_first_piece_is_one_sentence_and_later_ones_are_filled() -> None:
    text = "It begins here now. " + "Then more comes. " * 8
    pieces = split_text(text, 60, 20)
    assert pieces[0] == "It begins here now."
    assert pieces[1] == "Then more comes. Then more comes. Then more comes."


def test_very_short_first_sentence_takes_its_neighbour_along() -> None:
    text = "Oh! That was a surprise. " + "Nobody had seen it coming at all. " * 3
    assert split_text(text, 80, 20)[0] == "Oh! That was a surprise."


def test_long_sentence_is_cut_at_commas_then_at_spaces() -> None:
    by_commas = split_text("one two three four five, six seven eight nine, ten eleven twelve thirteen", 30, 10)
    assert by_commas == ["one two three four five,", "six seven eight nine,", "ten eleven twelve thirteen"]
    by_spaces = split_text("alpha beta gamma delta epsilon zeta eta theta", 18, 10)
    assert by_spaces == ["alpha beta gamma", "delta epsilon", "zeta eta theta"]


@pytest.mark.parametrize(
    ("word", "text", "pieces"),
    [
        ("San Jose", "We flew to San Jose", ["We flew to", "San Jose"]),
        ("Dr! No", "He saw Dr! No. Then he left.", ["He saw Dr! No.", "Then he left."]),
        (
            "a word longer than the limit",
            "It is a word longer than the limit now",
            ["It is", "a word longer than the limit", "now"],
        ),
        ("北京大学", "他在北京大学", ["他在", "北京大学"]),
    ],
)
def test_a_word_of_the_lexicon_stays_whole(word: str, text: str, pieces: list[str]) -> None:
    lexicon = Lexicon((Pronunciation(word, "said", "respelling"),))
    assert [piece.text for piece in split_script(Script(text, lexicon=lexicon), 15, 4)] == pieces


def test_white_space_alone_gives_nothing() -> None:
    assert split_text(" \n\t ", 10, 10) == []


@pytest.mark.parametrize(
    ("head", "body", "tail"),
    [
        ("x" * 600 + " ", "a. ", ""),
        ("a" * 600, " No.", ""),
        ("", "!", '"' * 90 + "x"),
        ("a", " ", "b"),
        ("e", "\u0301\u0323", ""),
        ("", "a. ", ""),
        ("", "我a", ""),
    ],
    ids=["word-and-dots", "word-and-numbers", "marks", "spaces", "accents", "dots", "scripts"],
)
def test_twice_as_much_of_any_text_takes_twice_the_work_to_split(head: str, body: str, tail: str) -> None:
    once, twice = (n_calls(lambda n=n: split_text(head * n + body * 300 * n + tail, 250, 100)) for n in (1, 2))
    assert twice < 2.3 * once


def test_a_pause_is_a_piece_of_its_own() -> None:
    pieces = split_script(parse_script("[pause 1s] One. [pause 0.5s][pause 2s] Two."), 250, 100)
    assert [(piece.text, [pause.seconds for pause in piece.pauses]) for piece in pieces] == [
        ("", [1.0]), ("One.", []), ("", [0.5]), ("", [2.0]), ("Two.", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "n_pieces"),
    [("He saw John Smith esq. in town today.", 1), ("It was made by Smith Bros. We bought it.", 2)],
)
def test_an_abbreviation_that_is_often_last_ends_a_sentence_only_before_a_capital(text: str, n_pieces: int):
    assert len(split_script(parse_script(text), 40, 40)) == n_pieces
