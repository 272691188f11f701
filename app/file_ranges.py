"""A file sent whole or in part, as players ask for sound, read in the engine's bounded executor.

One range of bytes is answered with that part (RFC 9110, section 14); of several ranges the whole file is sent, which
the RFC allows.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.byte_ranges import asked_range
from app.connected import ClientGone, while_connected
from app.engine.executors import BoundedExecutor
from app.engine.job import JobControl

logger = logging.getLogger(__name__)

PIECE_BYTES = 256 * 1024


class FileRanges(Response):
    """Answers a request for a file, or for a part of it. What the executor raises comes before the first byte."""

    def __init__(
        self, path: Path, files: BoundedExecutor, *, etag: str, media_type: str, headers: Mapping[str, str]
    ) -> None:
        """`etag` names the content: by it a player learns whether what it has is the beginning of the same file."""
        self._path = path
        self._files = files
        self._etag = f'"{etag}"'
        super().__init__(media_type=media_type, headers={"accept-ranges": "bytes", "etag": self._etag, **headers})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, while somebody takes it. Raises HTTPException 404 where there is no file, QueueFull, NotReady."""
        try:
            file, n_bytes = await self._files.run(_opened, self._path)
        except FileNotFoundError:
            raise HTTPException(404) from None
        try:
            part = self._part(Headers(scope=scope), n_bytes)
            await while_connected(receive, JobControl(), self._send(file, part, send))
        except ClientGone:
            logger.debug("client left path=%s", scope["path"])
        finally:
            file.close()

    def _part(self, asked: Headers, n_bytes: int) -> range:
        """The bytes to send. Sets status and headers."""
        wanted = asked_range(asked.get("range", ""), n_bytes)
        if wanted is None or asked.get("if-range", self._etag) != self._etag:
            wanted = range(n_bytes)
        elif wanted:
            self.status_code = 206
            self.headers["content-range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{n_bytes}"
        else:
            self.status_code = 416
            self.headers["content-range"] = f"bytes */{n_bytes}"
        self.headers["content-length"] = str(len(wanted))
        return wanted

    async def _send(self, file: BinaryIO, part: range, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(part.start, part.stop, PIECE_BYTES):
            n_bytes = min(PIECE_BYTES, part.stop - start)
            piece = await self._files.run_admitted(_read, file, start, n_bytes)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _opened(path: Path) -> tuple[BinaryIO, int]:
    file = path.open("rb")
    return file, os.fstat(file.fileno()).st_size


def _read(file: BinaryIO, start: int, n_bytes: int) -> bytes:
    file.seek(start)
    return file.read(n_bytes)
