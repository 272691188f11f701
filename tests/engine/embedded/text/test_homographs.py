"""Words with two sounds are read as the sentence means them."""

from __future__ import annotations

import re

import pytest

from app.engine.embedded.text import to_phonemes
from app.settings import PROJECT

SENTENCES = [
    tuple(line.split("\t"))
    for line in (PROJECT / "tests" / "data" / "reading" / "homographs.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("sentence", "sound"), SENTENCES)
def test_a_word_with_two_sounds_is_read_as_it_is_meant(sentence: str, sound: str) -> None:
    assert sound in re.split(r"[ .,?!]+", to_phonemes(sentence))
