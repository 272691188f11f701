"""Sound that is heard while it is still being made: pieces go in at one end, one reader takes them from the other.

What was read is gone, and of what waits at most MAX_WAITING_BYTES are kept: a reader that stays behind hears the sound
end early, and the whole of it as a take.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from app.engine.executors import BoundedExecutor
from app.engine.sound.audio import Audio
from app.engine.sound.encoding import LIVE, StreamEncoder

FORMAT = LIVE  # what every browser plays from a stream
MAX_OPEN = 32
MAX_WAITING_BYTES = 2 * 2**20  # of MP3 that nobody has read yet: about four minutes
# Chromium gives its decoder whole blocks of this size; zeros between frames of MP3 are skipped by decoders.
BLOCK_BYTES = 32_768


class LiveSound:
    """The sound of one running job, encoded as it comes. For the event loop only."""

    def __init__(self, media: BoundedExecutor) -> None:
        """Encoding runs in `media`."""
        self._media = media
        self._encoder: StreamEncoder | None = None
        self._waiting: deque[bytes] = deque()
        self._n_sent = 0
        self._is_over = False
        self._changed = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether no more pieces are taken."""
        return self._is_over

    @property
    def waiting_bytes(self) -> int:
        """What is kept for the reader."""
        return sum(map(len, self._waiting))

    async def put(self, piece: Audio) -> None:
        """Add a piece, sent in whole blocks of BLOCK_BYTES; nothing is kept once the sound is over."""
        if self._is_over:
            return
        self._encoder = self._encoder or StreamEncoder(FORMAT, piece.sample_rate)
        data = await self._media.run_admitted(self._encoder.encode, piece)
        self._n_sent += len(data)
        filling = -self._n_sent % BLOCK_BYTES
        self._n_sent += filling
        self._add(data + bytes(filling))

    async def end(self) -> None:
        """No more pieces will come."""
        if self._encoder is not None and not self._is_over:
            self._add(await self._media.run_admitted(self._encoder.finish))
        self._encoder = None
        self._is_over = True
        self._changed.set()

    def drop(self) -> None:
        """Nobody will read on: free what waits, and keep nothing that comes."""
        self._waiting.clear()
        self._is_over = True
        self._changed.set()

    async def encoded(self) -> AsyncIterator[bytes]:
        """What has not been read yet and what comes, as MP3, until the sound ends. Closing it frees the rest."""
        try:
            while self._waiting or not self._is_over:
                self._changed.clear()
                while self._waiting:
                    yield self._waiting.popleft()
                if not self._is_over:
                    await self._changed.wait()
        finally:
            self.drop()

    def _add(self, data: bytes) -> None:
        if self._is_over:
            return  # it was dropped while the piece was encoded
        if self.waiting_bytes + len(data) > MAX_WAITING_BYTES:
            self._is_over = True  # a gap in the middle would be worse than an early end
        else:
            self._waiting.append(data)
        self._changed.set()


class LiveSounds:
    """The sounds of running jobs, by unguessable names, each for one reader."""

    def __init__(self) -> None:
        self._sounds: OrderedDict[str, LiveSound] = OrderedDict()

    def open(self, media: BoundedExecutor) -> tuple[str, LiveSound]:
        """A new sound, encoded in `media`, and its name; the oldest is given up when there are too many."""
        name, sound = secrets.token_urlsafe(16), LiveSound(media)
        self._sounds[name] = sound
        if len(self._sounds) > MAX_OPEN:
            self._sounds.popitem(last=False)[1].drop()
        return name, sound

    def taken(self, name: str) -> LiveSound | None:
        """The sound of that name, for its one reader."""
        return self._sounds.pop(name, None)
