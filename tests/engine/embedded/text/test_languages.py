"""The table of languages: what the rest of the embedded engine takes from a row is there in each."""

from __future__ import annotations

from typing import get_args

import pytest

from app.engine.embedded.text.languages import LANGUAGES
from app.engine.embedded.text.scripts import Language, document_language
from app.engine.embedded.voice.stock_voices import StockVoices
from app.engine.script import parse_script


def test_every_language_that_scripts_tell_apart_has_a_row():
    assert set(LANGUAGES) == set(get_args(Language))


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_text_may_ask_for_a_language_by_its_tag(code: Language):
    assert parse_script(f"[{LANGUAGES[code].tag}] ...").language == LANGUAGES[code].tag


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_words_are_in_the_language(code: Language):
    assert document_language(LANGUAGES[code].first_words) == code


@pytest.mark.parametrize("code", LANGUAGES)
def test_both_sexes_have_timbres_that_read_it_and_voices_whose_own_it_is(code: Language):
    voices = StockVoices()
    infos = [voices.info(name) for name in voices.names]
    for beginnings in (LANGUAGES[code].readers, (code,)):
        assert {info.gender for info in infos if info.locale.startswith(beginnings)} == {"female", "male"}
