"""Answers that take their time: jobs whose results flow to the client while they are made.

Such an answer begins with the first result, so that everything that can go wrong before still gets a proper status.
It watches the client all the while; when the client leaves, the job is stopped at once. A failure after the first
byte cuts the connection without the closing chunk, so that nobody takes a part for the whole.
"""

from __future__ import annotations

import asyncio
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Generic, TypeVar

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.wording import worded
from app.connected import ClientGone, while_connected
from app.engine.errors import EngineError
from app.engine.job import JobControl

logger = logging.getLogger(__name__)

T = TypeVar("T")
NO_BUFFERING = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Lookahead(Generic[T]):
    """Reads results one ahead, so that one can ask whether more is to come."""

    def __init__(self, source: AsyncGenerator[T, None]) -> None:
        self._source = source
        self._ahead: asyncio.Task[T | None] | None = None

    async def next(self) -> T | None:
        """The next result; None at the end. Raises what the source raises."""
        task = self._start()
        result = await task
        self._ahead = None
        return result

    async def ready(self, within_s: float) -> tuple[list[T], bool]:
        """The results there are `within_s` in all after the first, and whether these are all."""
        loop = asyncio.get_running_loop()
        results: list[T] = []
        ends_at = math.inf
        while (left_s := ends_at - loop.time()) > 0:
            timeout_s = left_s if math.isfinite(left_s) else None
            done, _ = await asyncio.wait({self._start()}, timeout=timeout_s)
            if not done:
                break
            result = await self.next()
            if result is None:
                return results, True
            results.append(result)
            ends_at = min(ends_at, loop.time() + within_s)
        return results, False

    async def is_there(self, within_s: float) -> bool:
        """Whether the next result, an error or the end has come within that time."""
        done, _ = await asyncio.wait({self._start()}, timeout=within_s)
        return bool(done)

    async def close(self) -> None:
        """Stop the source."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.wait({self._ahead})
            if not self._ahead.cancelled():
                self._ahead.exception()  # seen: it is not to be reported as lost
            self._ahead = None  # its error knows us
        await self._source.aclose()

    def _start(self) -> asyncio.Task[T | None]:
        if self._ahead is None:
            self._ahead = asyncio.create_task(self._pull())
        return self._ahead

    async def _pull(self) -> T | None:
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            return None


class JobResponse(Response, ABC):
    """Base of answers made of a job. Subclasses say in `first` and `rest` what is sent."""

    def __init__(self, control: JobControl) -> None:
        self._control = control
        self.status_code = 200
        self.background = None

    @abstractmethod
    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """Headers, first bytes, and whether that is all. Errors raised here become the status."""

    async def rest(self) -> AsyncIterator[bytes]:
        """The bytes after the first; none where the first are always all."""
        for data in list[bytes]():
            yield data

    def last_words(self, error: EngineError) -> bytes | None:
        """What a stream that failed still says; None cuts the connection."""
        del error
        return None

    @abstractmethod
    async def close(self) -> None:
        """Free what the answer holds. Always called."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, until all is sent or the client has left."""
        try:
            await while_connected(receive, self._control, self._answer(scope, send))
        except ClientGone:
            logger.info("client left path=%s", scope["path"])
        finally:
            self._control.cancel()  # frees the place of a job that never ran
            await self.close()

    async def _answer(self, scope: Scope, send: Send) -> None:
        headers, body, is_all = await self.first()
        headers |= work_headers(self._control, is_over=is_all)
        if is_all:
            headers["Content-Length"] = str(len(body))
        raw = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
        raw += warning_headers(self._control)
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": not is_all})
        if not is_all:
            await self._send_rest(scope, send)

    async def _send_rest(self, scope: Scope, send: Send) -> None:
        try:
            async for data in self.rest():
                if data:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except EngineError as error:
            logger.warning(
                "stream failed path=%s code=%s: %s",
                scope["path"],
                error.code,
                error,
            )
            words = self.last_words(error)
            if words is None:
                return  # without the closing chunk: the server cuts the connection
            await send({"type": "http.response.body", "body": words, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def work_headers(control: JobControl, *, is_over: bool) -> dict[str, str]:
    """How the job was let in; and what it took, once it is over."""
    headers: dict[str, str] = {}
    if control.queueing is not None:
        headers["x-queue-position"] = str(control.queueing.position)
        headers["x-queue-eta-s"] = f"{control.queueing.eta_s:.1f}"
    if is_over and control.reported is not None:
        headers["x-queue-s"] = f"{control.reported.queued_s:.3f}"
        headers["x-compute-s"] = f"{control.reported.compute_s:.3f}"
    return headers


def warning_headers(control: JobControl) -> list[tuple[bytes, bytes]]:
    """A header for each warning so far."""
    return [(b"x-warning", ascii_header(worded(warning)).encode()) for warning in control.warnings]


def ascii_header(text: str) -> str:
    """Text as a header may carry it: printable ASCII stays, everything else is percent-encoded UTF-8."""
    packed = text.encode("utf-8", "replace")
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"%{byte:02X}" for byte in packed)
