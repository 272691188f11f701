"""Sound that is heard while it is still being made: pieces go in at one end, readers stream them from the other."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator

from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA, StreamEncoder

FORMAT = MEDIA["mp3"]  # what every browser plays from a stream
MAX_KEPT = 32
# Chromium gives its decoder whole blocks of this size; zeros between frames of MP3 are skipped by decoders.
BLOCK_BYTES = 32_768


class LiveSound:
    """The pieces of one running job. For the event loop only."""

    def __init__(self) -> None:
        self._pieces: list[Audio] = []
        self._is_over = False
        self._changed = asyncio.Condition()

    async def put(self, piece: Audio) -> None:
        """Add a piece."""
        async with self._changed:
            self._pieces.append(piece)
            self._changed.notify_all()

    async def end(self) -> None:
        """No more pieces will come."""
        async with self._changed:
            self._is_over = True
            self._changed.notify_all()

    async def encoded(self) -> AsyncIterator[bytes]:
        """The sound from its beginning, as MP3, until it ends; each piece is sent in whole blocks of BLOCK_BYTES."""
        encoder: StreamEncoder | None = None
        n_seen = n_bytes = 0
        while not (self._is_over and n_seen == len(self._pieces)):
            async with self._changed:
                while not self._is_over and n_seen == len(self._pieces):
                    await self._changed.wait()
                ready, n_seen = self._pieces[n_seen:], len(self._pieces)
            for piece in ready:
                encoder = encoder or StreamEncoder(FORMAT, piece.sample_rate)
                data = await asyncio.to_thread(encoder.encode, piece)
                n_bytes += len(data)
                filling = bytes(-n_bytes % BLOCK_BYTES)
                n_bytes += len(filling)
                yield data + filling
        if encoder is not None:
            yield await asyncio.to_thread(encoder.finish)


class LiveSounds:
    """The sounds of all running jobs, by unguessable names; the last few stay for readers that come late."""

    def __init__(self) -> None:
        self._sounds: OrderedDict[str, LiveSound] = OrderedDict()

    def open(self) -> tuple[str, LiveSound]:
        """A new sound and its name."""
        name, sound = secrets.token_urlsafe(16), LiveSound()
        self._sounds[name] = sound
        if len(self._sounds) > MAX_KEPT:
            self._sounds.popitem(last=False)
        return name, sound

    def find(self, name: str) -> LiveSound | None:
        """The sound of that name."""
        return self._sounds.get(name)
