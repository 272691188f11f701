"""Events of the Wyoming protocol in, each of a bounded size and within a bounded time.

The protocol's own package reads as many bytes as a peer announces; so reading is ours, writing is the package's.
An event is a line of JSON, which says how many bytes of further JSON and of payload follow it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from wyoming.event import Event

MAX_PART_BYTES = 1024 * 1024  # of the line, of its data, and of its payload
IDLE_S = 60.0  # a peer that sends nothing, or not all of an event, is cut


class MalformedEvent(Exception):
    """What came is no event, or one without the data that it needs."""


class WatchedReader(asyncio.StreamReader):
    """A reader that tells at once when its peer has left, though nobody reads."""

    has_ended = False
    on_end: Callable[[], None] = staticmethod(lambda: None)

    def feed_eof(self) -> None:
        """As asyncio calls it, when the peer closes and when the connection is lost."""
        super().feed_eof()
        self.has_ended = True
        self.on_end()


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None at the end. Raises MalformedEvent, TimeoutError, ConnectionError."""
    async with asyncio.timeout(IDLE_S):
        try:
            line = await reader.readline()
            if not line:
                return None
            head = _document(line)
            data = head.get("data")
            data = data if isinstance(data, dict) else {}
            if n_bytes := _length(head, "data_length"):
                data |= _document(await reader.readexactly(n_bytes))
            n_bytes = _length(head, "payload_length")
            payload = await reader.readexactly(n_bytes) if n_bytes else None
        except asyncio.IncompleteReadError:
            return None
        except ValueError as fault:  # a line that is too long, or no JSON
            raise MalformedEvent from fault
    kind = head.get("type")
    if not isinstance(kind, str):
        raise MalformedEvent
    return Event(kind, data, payload)


def text_of(event: Event, name: str = "text") -> str:
    """A text that the event must have. Raises MalformedEvent."""
    text = event.data.get(name)
    if not isinstance(text, str):
        raise MalformedEvent
    return text


def number_of(event: Event, name: str, low: int, high: int) -> int:
    """A whole number that the event must have, within these bounds. Raises MalformedEvent."""
    number = event.data.get(name)
    if not isinstance(number, int) or not low <= number <= high:
        raise MalformedEvent
    return number


def _document(text: bytes) -> dict[str, Any]:
    document = orjson.loads(text)
    if not isinstance(document, dict):
        raise MalformedEvent
    return document


def _length(head: dict[str, Any], name: str) -> int:
    n_bytes = head.get(name) or 0
    if not isinstance(n_bytes, int) or not 0 <= n_bytes <= MAX_PART_BYTES:
        raise MalformedEvent
    return n_bytes
