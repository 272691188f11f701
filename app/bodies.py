"""Bodies as they come in, through either door: bounded for each route, and in sum for all that are being read.

A body that would pass a limit is refused as soon as that is known: by its declared length before the first byte is
read, else while it is read. Plain bytes alone; `app/api/incoming/forms.py` makes JSON and forms of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator

from starlette.requests import Request

from app.connected import ClientGone
from app.engine.errors import EngineError, TooManyBodies

MAX_RATE_BYTES_S = 64 * 1024 * 1024  # of all bodies of one caller: reading and parsing them takes time from others
BURST_S = 0.05  # that may be read at once
MANY_CALLERS = 1000  # after which those are forgotten whose bodies are over
DRAIN_S = 10.0  # how long a refused body is still read, so that its sender gets to see the refusal
DRAIN_FACTOR = 4  # and how much of it, in limits
SMALL_BYTES = 64 * 1024  # bodies up to this size are read whatever others send: a few of them are no load


class BodyRoom:
    """The bytes of all bodies that are being read. For the event loop only."""

    def __init__(self, max_bytes: int) -> None:
        """One caller takes half of `max_bytes` at most."""
        self._max_bytes = max_bytes
        self._taken: Counter[str] = Counter()
        self._come_at: dict[str, float] = {}  # by caller: when what was read would have come at the highest rate

    @property
    def n_bytes(self) -> int:
        """How many there are now."""
        return self._taken.total()

    def take(self, caller: str, n_bytes: int) -> None:
        """Count bytes that were read for a caller. Raises TooManyBodies where they are too many in sum."""
        if self._taken.total() + n_bytes > self._max_bytes or self._taken[caller] + n_bytes > self._max_bytes // 2:
            raise TooManyBodies(self._max_bytes)
        self._taken[caller] += n_bytes

    async def pace(self, caller: str, n_bytes: int) -> None:
        """Return when more of a caller may be read, now that so many bytes were; others have their turn meanwhile."""
        now = time.monotonic()
        come_at = max(now, self._come_at.get(caller, 0.0)) + n_bytes / MAX_RATE_BYTES_S
        if len(self._come_at) > MANY_CALLERS:
            self._come_at = {other: at for other, at in self._come_at.items() if at > now}
        self._come_at[caller] = come_at
        await asyncio.sleep(come_at - now if come_at - now > BURST_S else 0)

    def give_back(self, caller: str, n_bytes: int) -> None:
        """These bytes are read to their end, or given up."""
        self._taken[caller] -= n_bytes
        self._taken += Counter()  # drops callers without a byte


async def chunks_of(
    request: Request, max_bytes: int, room: BodyRoom, caller: str, too_large: EngineError
) -> AsyncGenerator[bytes, None]:
    """The body piece by piece. Raises `too_large`, TooManyBodies, and ClientGone when its sender leaves."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        if request.headers.get("expect", "").lower() != "100-continue":
            await _drain(request, max_bytes, room, caller)
        raise too_large
    n_read = n_taken = 0
    try:
        is_more = True
        while is_more:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            data: bytes = message.get("body", b"")
            n_read += len(data)
            is_more = message.get("more_body", False)
            if n_read > max_bytes:
                await _drain(request, max_bytes, room, caller)
                raise too_large
            if n_read - n_taken > SMALL_BYTES:
                room.take(caller, n_read - n_taken)
                n_taken = n_read
            yield data
            await room.pace(caller, len(data))
    finally:
        room.give_back(caller, n_taken)


async def read_whole(
    request: Request, max_bytes: int, room: BodyRoom, caller: str, too_large: EngineError
) -> bytearray:
    """The whole body. Raises as `chunks_of`."""
    body = bytearray()
    async with contextlib.aclosing(chunks_of(request, max_bytes, room, caller, too_large)) as chunks:
        async for chunk in chunks:
            body += chunk
    return body


async def _drain(request: Request, max_bytes: int, room: BodyRoom, caller: str) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            n_bytes, is_more = 0, True
            while is_more and n_bytes < DRAIN_FACTOR * max_bytes:
                event = await request.receive()
                data: bytes = event.get("body", b"")
                n_bytes += len(data)
                is_more = event.get("more_body", False)
                await room.pace(caller, len(data))
