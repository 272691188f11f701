"""Unknown words are pronounced, never refused, and never spelled."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.english.letter_to_sound import VOWELS, letter_to_sound


@pytest.mark.parametrize(
    ("word", "plain_sound"),
    [("blorping", "blɔɹpɪŋ"), ("snarfed", "snɑɹft"), ("trelm", "tɹɛlm"), ("vimbo", "vɪmbO"), ("gribbles", "ɡɹɪbᵊlz")],
)
def test_made_up_words_sound_as_they_are_spelled(word: str, plain_sound: str) -> None:
    assert letter_to_sound(word).replace("ˈ", "").replace("ˌ", "") == plain_sound


@pytest.mark.parametrize(
    "word", ["Krzyzewski", "Nguyen", "Reykjavik", "Xiaomi", "Szczecin", "Qatar", "aaaaaa", "zzz", "x"]
)
def test_every_word_has_one_primary_stress_at_most(word: str) -> None:
    sound = letter_to_sound(word)
    assert sound.count("ˈ") <= 1
    assert all(sound[i + 1] in VOWELS for i, symbol in enumerate(sound) if symbol == "ˈ")


def test_word_without_letters_is_silent() -> None:
    assert letter_to_sound("--") == ""
