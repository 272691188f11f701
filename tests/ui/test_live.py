"""Sound of running jobs: what is kept of it, and that nothing is kept for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.engine.executors import BoundedExecutor
from app.ui import live
from app.ui.live import BLOCK_BYTES, LiveSound
from tests.fakes import tone

PATIENCE_S = 10.0


@pytest.fixture
async def sound() -> AsyncIterator[LiveSound]:
    media = BoundedExecutor("test", threads=1, max_waiting=4)
    yield LiveSound(media)
    await media.close(PATIENCE_S)


async def test_the_first_piece_is_sent_before_the_second_is_there(sound: LiveSound):
    await sound.put(tone(1.0))
    stream = sound.encoded()
    assert len(await anext(stream)) % BLOCK_BYTES == 0
    assert sound.waiting_bytes == 0


async def test_what_was_read_is_not_kept(sound: LiveSound):
    stream = sound.encoded()
    for _ in range(5):
        await sound.put(tone(1.0))
        assert sound.waiting_bytes > 0
        await anext(stream)
        assert sound.waiting_bytes == 0


async def test_a_reader_waits_for_what_comes(sound: LiveSound):
    async with asyncio.timeout(PATIENCE_S):
        reading = asyncio.ensure_future(anext(sound.encoded()))
        await sound.put(tone(0.5))
        assert await reading


async def test_a_reader_that_goes_away_frees_the_rest(sound: LiveSound):
    for _ in range(3):
        await sound.put(tone(1.0))
    stream = sound.encoded()
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]  # an async generator, as the server closes it
    assert sound.waiting_bytes == 0
    await sound.put(tone(1.0))
    await sound.end()
    assert sound.waiting_bytes == 0


async def test_no_more_than_the_limit_waits_for_a_reader(sound: LiveSound, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "MAX_WAITING_BYTES", 3 * BLOCK_BYTES)
    for _ in range(10):
        await sound.put(tone(1.5))
        assert sound.waiting_bytes <= 3 * BLOCK_BYTES
    assert sound.is_over
    heard = b"".join([part async for part in sound.encoded()])
    assert 0 < len(heard) <= 3 * BLOCK_BYTES
