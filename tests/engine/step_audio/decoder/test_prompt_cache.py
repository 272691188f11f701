"""What was made once is kept within bounds, and made by one of those who want it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from app.engine.errors import Cancelled
from app.engine.step_audio.decoder.layers import unhindered
from app.engine.step_audio.decoder.prompt_cache import PromptCache


@dataclass(frozen=True)
class Kept:
    n_bytes: int


def test_the_least_used_make_room() -> None:
    cache, made = PromptCache[Kept](max_bytes=25), list[str]()

    def get(key: str) -> Kept:
        def make() -> Kept:
            made.append(key)
            return Kept(10)

        return cache.get_or_make(key, make, unhindered)

    for key in "abacaba":
        get(key)
    assert "".join(made) == "abcb"


def test_what_is_larger_than_the_room_serves_and_is_not_kept() -> None:
    cache = PromptCache[Kept](max_bytes=5)
    first, second = (cache.get_or_make("a", lambda: Kept(10), unhindered) for _ in range(2))
    assert first is not second


def test_ten_who_want_one_make_it_once() -> None:
    cache, made, go = PromptCache[Kept](), list[Kept](), threading.Event()

    def make() -> Kept:
        assert go.wait(10)
        made.append(Kept(1))
        return made[-1]

    found = list[Kept]()
    threads = [
        threading.Thread(target=lambda: found.append(cache.get_or_make("a", make, unhindered))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert all(one is made[0] for one in found)


def test_who_waits_takes_over_when_the_maker_fails() -> None:
    cache, begun, go = PromptCache[Kept](), threading.Event(), threading.Event()

    def failing() -> Kept:
        begun.set()
        assert go.wait(10)
        raise Cancelled

    def fail() -> None:
        with pytest.raises(Cancelled):
            cache.get_or_make("a", failing, unhindered)

    maker = threading.Thread(target=fail)
    maker.start()
    assert begun.wait(10)
    assert cache.get_or_make("a", lambda: Kept(2), go.set) == Kept(2)  # looks, which lets the maker fail
    maker.join()


def test_who_waits_may_stop() -> None:
    cache, begun, go = PromptCache[Kept](), threading.Event(), threading.Event()

    def slow() -> Kept:
        begun.set()
        assert go.wait(10)
        return Kept(1)

    def stop() -> None:
        raise Cancelled

    maker = threading.Thread(target=lambda: cache.get_or_make("a", slow, unhindered))
    maker.start()
    assert begun.wait(10)
    with pytest.raises(Cancelled):
        cache.get_or_make("a", slow, stop)
    go.set()
    maker.join()
