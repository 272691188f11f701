"""English words to phonemes: lexicon, inflection, context, capitals, names."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.english.lexicons import own_words
from app.engine.embedded.text.english.pronunciation import english_phonemes
from app.engine.embedded.voice.kokoro import vocabulary


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("Hello world, this is a test.", "həlˈO wˈɜɹld, ðɪs ɪz ɐ tˈɛst."),
        ("the apple, the pear", "ði ˈæpᵊl, ðə pˈɛɹ"),
        ("to eat, to buy", "tʊ ˈit, tə bˈI"),
        ("café naïve", "kæfˈA nɑˈiv"),
        ("“Well” (he said)…", "“wˈɛl” (hi sˈɛd)…"),
    ],
)
def test_words_come_from_the_lexicon_and_heed_their_neighbours(text: str, phonemes: str) -> None:
    assert english_phonemes(text) == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("googled", "ɡˈuɡᵊld"),
        ("googles", "ɡˈuɡᵊlz"),
        ("texting", "tˈɛkstɪŋ"),
        ("blogging", "blˈɑɡɪŋ"),
        ("boss's", "bˈɔsᵻz"),
        ("timestretch", "tˈImstɹˌɛʧ"),
        ("T-shirt, re-enter, e-mail", "tˈiʃˌɜɹt, ɹiˈɛntəɹ, ˈimˌAl"),
        ("McDonald's and Neil's", "məkdˈɑnəldz ænd nˈilz"),
    ],
)
def test_inflections_and_compounds_of_known_words(text: str, phonemes: str) -> None:
    assert english_phonemes(text) == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("FBI", "ˌɛfbˌiˈI"),
        ("GPUs", "ʤˌipˌijˈuz"),
        ("NASA", "nˈæsə"),
        ("U·S· army", "jˌuˈɛs ˈɑɹmi"),
        ("HTML", "ˌAʧtˌiˌɛmˈɛl"),
        ("STOP IT NOW PLEASE", "stˈɑp ɪt nˈW plˈiz"),
        ("YouTube", "jˈutˌub"),
        ("OpenAI's", "ˈOpᵊn ˌAˈIz"),
    ],
)
def test_capitals_are_spelled_or_said_as_readers_do(text: str, phonemes: str) -> None:
    assert english_phonemes(text) == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("html", "ˌAʧtˌiˌɛmˈɛl"),
        ("mp", "ˌɛmpˈi"),
        ("pdf's", "pˌidˌiˈɛfs"),
        ("usb", "jˌuˌɛsbˈi"),
        ("css", "sˌiˌɛsˈɛs"),
        ("shh", "ʃ"),
        ("mr", "mˈɪstəɹ"),
    ],
)
def test_small_letters_that_make_no_syllable_are_spelled(text: str, phonemes: str) -> None:
    assert english_phonemes(text) == phonemes


@pytest.mark.parametrize(
    ("text", "word", "sound"),
    [
        ("I live in Paris.", 1, "lˈɪv"),
        ("It was live music.", 2, "lˈIv"),
        ("I read it yesterday.", 1, "ɹˈɛd"),
        ("I will read it.", 2, "ɹˈid"),
        ("She has read it.", 2, "ɹˈɛd"),
        ("Please record it.", 1, "ɹəkˈɔɹd"),
        ("This is a record.", 3, "ɹˈɛkəɹd."),
        ("They present the plan.", 1, "pɹizˈɛnt"),
        ("Here is the present.", 3, "pɹˈɛzᵊnt."),
        ("Close the door.", 0, "klˈOz"),
        ("It is close.", 2, "klˈOs."),
        ("I used to run.", 1, "jˈust"),
        ("I used it.", 1, "jˈuzd"),
        ("a lead pipe", 1, "lˈɛd"),
        ("take the lead", 2, "lˈid"),
    ],
)
def test_a_word_with_two_sounds_is_read_by_its_context(text: str, word: int, sound: str) -> None:
    assert english_phonemes(text).split(" ")[word] == sound


def test_own_words_use_symbols_the_model_knows() -> None:
    table = own_words()
    assert len(table) > 100
    assert all(set(phonemes) <= vocabulary().keys() for phonemes in table.values())
