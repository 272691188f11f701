"""Words of a pronunciation dictionary sound as it says, and what stands around them as before."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.phonemes import read_spans, to_phonemes
from app.engine.embedded.text.speakable import check_speakable
from app.engine.pronunciations import checked_lexicon
from app.engine.script import Script

LEXICON = checked_lexicon(
    {
        "Zyxqv": "win", "GIF": "/dʒˈɪf/", "Aoide": "eye oh", "重庆": "zhong4 qing1", "行": "hang4", "差": "cha1",
        "Zyx Qv": "two words", "안녕": "annyeong", "Q5": "the five", "São": "sow",
    },
    "step_audio.pronunciations",
)  # fmt: skip


def said(text: str) -> str:
    return to_phonemes(text, LEXICON)


@pytest.mark.parametrize(
    ("written", "twin"),
    [
        ("Ask Zyxqv today.", "Ask win today."),
        ("Zyxqv's house", "win's house"),
        ("The *Zyxqv* house", "The win house"),
        ("The Aoide and a Zyxqv went to Aoide, to Zyxqv.", "The eye oh and a win went to eye oh, to win."),
        ("Zyx Qv meets Zyxqv", "two words meets win"),
        ("Q5 is here", "the five is here"),
        ("São is here", "sow is here"),
        ("$5 for Zyxqv, 3:05 at Zyxqv.", "$5 for win, 3:05 at win."),
        ("안녕 is a greeting", "annyeong is a greeting"),
    ],
)
def test_a_respelled_word_sounds_as_its_respelling(written: str, twin: str) -> None:
    assert said(written) == to_phonemes(twin)


def test_phonemes_are_said_as_given_and_take_an_ending() -> None:
    assert said("A GIF.") == "ɐ ʤˈɪf."
    assert said("The GIF's colours").startswith("ðə ʤˈɪfs ")
    assert said("a gif") == to_phonemes("a gif")


def test_pinyin_takes_part_in_the_changes_of_tone() -> None:
    assert said("我在重庆。") == to_phonemes("我在") + " ꭧʊ↘ŋʨʰi→ŋ."
    assert said("他不行。").startswith(to_phonemes("他不去")[:-4])  # 不 rises before a fourth tone
    assert said("We saw 重庆 there.") == "wˌi sˈɔ ꭧʊ↘ŋʨʰi→ŋ ðˈɛɹ."


def test_the_reading_shows_the_words_of_the_dictionary() -> None:
    text = "他叫Zyxqv，在重庆。A GIF!"
    shown = [(r.written, r.spoken) for span in read_spans(text, LEXICON) for r in span.readings if r.kind == "lexicon"]
    assert shown == [("Zyxqv", "win"), ("重庆", "zhong4 qing1"), ("GIF", "/ʤˈɪf/")]
    assert "".join(r.written for span in read_spans(text, LEXICON) for r in span.readings) == text


def test_a_word_that_nobody_reads_may_be_given() -> None:
    check_speakable(Script("안녕", lexicon=LEXICON), "input")


def test_private_characters_of_a_text_are_no_words() -> None:
    assert said("a\ue000b \uf000 Zyxqv") == said("ab Zyxqv")
