"""The door itself: takes connections, within a number, and keeps what they send within a size."""

from __future__ import annotations

import asyncio
import logging
import socket
import uuid

from app import logs
from app.engine.engine import EditXEngine
from app.engine.sound.decoding import DecodeLimits, check_size
from app.settings import Settings
from app.wyoming.events import MAX_PART_BYTES, WatchedReader
from app.wyoming.session import SOUND, Service, Session

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 32  # of a household; more are closed unheard


class Door:
    """Serves the Wyoming protocol on a socket that listens."""

    def __init__(self, engine: EditXEngine, settings: Settings, listener: socket.socket) -> None:
        self._service = Service(engine, settings, DecodeLimits.from_settings(settings))
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self._n_kept = 0

    async def start(self) -> None:
        """Take connections; returns at once."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=self._listener)

    async def stop(self) -> None:
        """Take no more of them, and end those that are open, with their jobs."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions:
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def _protocol(self) -> asyncio.Protocol:
        reader = WatchedReader(limit=MAX_PART_BYTES)

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(reader, writer)

        return asyncio.StreamReaderProtocol(reader, serve)

    async def _serve(self, reader: WatchedReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._sessions) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        logs.request_id.set(f"wyo_{uuid.uuid4().hex}")
        self._sessions.add(task)
        try:
            await Session(reader, writer, self._service, self._keep).run()
        finally:
            self._sessions.discard(task)

    def _keep(self, n_bytes: int) -> None:
        """All recordings that are being sent take as many bytes as one file may. Raises AudioTooLarge."""
        check_size(self._n_kept + n_bytes, SOUND, self._service.limits.max_bytes)
        self._n_kept += n_bytes
