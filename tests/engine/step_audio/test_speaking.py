"""From a prompt to sound: what happens where the language model has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from app.engine.errors import NoAnswer
from app.engine.options import MAX_SEED
from app.engine.sound.audio import Audio
from app.engine.step_audio import speaking
from tests.fakes import tone


def spoken(monkeypatch: pytest.MonkeyPatch, seed: int, n_empty: int) -> tuple[list[int], list[Audio]]:
    """The seeds that are tried, and what is heard, where the first `n_empty` answers are empty."""
    tried: list[int] = []

    def answer(_model: Any, _decoder: Any, _prompt: Any, _voice: Any, seed: int, _control: Any) -> Iterator[Audio]:
        tried.append(seed)
        if len(tried) <= n_empty:
            raise NoAnswer
        yield tone(0.1)

    monkeypatch.setattr(speaking, "_answer", answer)
    nothing = cast(Any, None)
    heard: list[Audio] = []
    try:
        heard += speaking.speak(nothing, nothing, nothing, nothing, seed, nothing)
    except NoAnswer:
        assert n_empty == len(tried)
    return tried, heard


def test_the_next_seeds_are_tried_where_the_answer_is_empty(monkeypatch: pytest.MonkeyPatch):
    assert spoken(monkeypatch, 7, n_empty=0)[0] == [7]
    tried, heard = spoken(monkeypatch, MAX_SEED, n_empty=2)
    assert tried == [MAX_SEED, 0, 1]
    assert len(heard) == 1


def test_after_two_more_it_is_told(monkeypatch: pytest.MonkeyPatch):
    assert spoken(monkeypatch, 7, n_empty=3) == ([7, 8, 9], [])
