"""Logs: one line per event, one format, set up once by the command line and by nothing else.

A line that is written for a request carries its id. The doors set `request_id`; jobs and calls take the context of the
request along into the threads that do their work.
"""

from __future__ import annotations

import copy
import logging
import time
import uuid
from collections import deque
from contextvars import ContextVar
from typing import TYPE_CHECKING

from app.answering import answered

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TALKATIVE = ("httpx", "httpcore", "urllib3", "asyncio", "multipart", "python_multipart", "jieba", "numba")

MAX_LINE_CHARS = 2000  # of a message: a path alone may have 64 KB, and whoever asks for it must not fill the log

# Control characters and Unicode's line ends: a path or a file name in a message must not write a line of its own.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {0x2028: " ", 0x2029: " "}

SCOPE_KEY = "editx.request_id"  # where a request's id stands in its ASGI scope
OWNER_KEY = "editx.owner"  # and the public id of the session that asks, where there is one
request_id: ContextVar[str] = ContextVar("request_id", default="")
owner: ContextVar[str] = ContextVar("owner", default="")

logger = logging.getLogger(__name__)


class OneLine(logging.Formatter):
    """Writes each message on one line; only a traceback follows on further ones."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, with control characters spelled out, and the id of the request it is written for."""
        line = super().formatMessage(record)
        if len(line) > MAX_LINE_CHARS:
            line = f"{line[:MAX_LINE_CHARS]}... ({len(line)} characters)"
        line = line.translate(_CONTROLS)
        asked_by = request_id.get()
        return f"{line} request_id={asked_by}" if asked_by else line


def name_request(prefix: str) -> None:
    """Give what is logged from here on an id: a task of its own runs outside the request that asked for it."""
    request_id.set(f"{prefix}_{uuid.uuid4().hex}")


def set_up(level: str) -> None:
    """Write lines of at least `level` to standard error; libraries that talk much from warnings on only."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


class RecentLines(logging.Handler):
    """Keeps the last lines in memory, for the page to show. Each has a number, a time, a level and a text."""

    def __init__(self, max_lines: int = 1000) -> None:
        super().__init__()
        self._lines: deque[tuple[int, str, dict[str, str]]] = deque(maxlen=max_lines)
        self._format = OneLine("%(name)s: %(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line. A traceback stays in the log proper: it is nothing for the page."""
        told = copy.copy(record)
        told.exc_info = told.exc_text = told.stack_info = None
        number = self._lines[-1][0] + 1 if self._lines else 1
        try:
            text = self._format.format(told)
        except Exception:  # noqa: BLE001 - as every handler: a line that cannot be written must not stop the work
            self.handleError(record)
            return
        made_at = time.strftime("%H:%M:%S", time.localtime(record.created))
        told_of = {"time": made_at, "level": record.levelname.lower(), "text": text}
        self._lines.append((number, owner.get(), told_of))

    def after(self, number: int, of: str | None = None) -> tuple[int, list[dict[str, str]]]:
        """The number of the last line, and all kept lines after `number`; with `of` only those of that session."""
        self.acquire()
        try:
            kept = list(self._lines)
        finally:
            self.release()
        last = kept[-1][0] if kept else 0
        return last, [line for n, whose, line in kept if (n > number or number > last) and of in (None, whose)]


class AccessLog:
    """One line per request when it ends. Requests of the page and of probes are for the debug level."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        def note(status: int, seconds: float) -> None:
            outside, nobody = request_id.set(scope.get(SCOPE_KEY, "")), owner.set(scope.get(OWNER_KEY, ""))
            logger.log(
                logging.INFO if scope["path"].startswith("/v1") else logging.DEBUG,
                "request method=%s path=%s status=%s seconds=%.3f",
                scope["method"],
                scope["path"],
                status or "none",
                seconds,
            )
            request_id.reset(outside)
            owner.reset(nobody)

        return await answered(self._app, scope, receive, send, note)
