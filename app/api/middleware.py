"""What surrounds every request: its id, the error boundary, the API keys, and the limit on body bytes.

Plain ASGI, so that streams and disconnects pass through untouched.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import re
import uuid
from collections.abc import Collection, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.api.errors import error_response
from app.api.refusals import InternalError, RequestTooLarge, Unauthorized

logger = logging.getLogger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
DRAIN_S = 5.0  # how long a refused body is still read, so that its sender gets to see the refusal
DRAIN_FACTOR = 4  # and how much of it, in limits


class RequestIds:
    """Gives every answer and its log lines an `x-request-id`: the client's own if it is a sane one, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _SANE_ID.fullmatch(asked) else f"req_{uuid.uuid4().hex}"
        scope[logs.SCOPE_KEY] = request_id  # for the access log, which ends after this
        outside = logs.request_id.set(request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            return await self._app(scope, receive, send_with_id)
        finally:
            logs.request_id.reset(outside)


class ErrorBoundary:
    """Turns a bug into a 500 without details and one log entry; after the first byte, into a cut connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        is_started = False

        async def watched_send(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            return await self._app(scope, receive, watched_send)
        except Exception:
            logger.exception("request failed method=%s path=%s", scope["method"], scope["path"])
            if not is_started:
                await error_response(InternalError())(scope, receive, send)


class ApiKeys:
    """Asks for `Authorization: Bearer <key>` on everything under /v1, except `public` paths that are only read.

    Sets `scope["state"]["is_authorized"]`, by which a public route decides how much it tells.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[str], public: Collection[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        scope.setdefault("state", {})["is_authorized"] = self._knows(Headers(scope=scope).get("authorization", ""))
        is_open = not scope["path"].startswith("/v1/") or (scope["method"] == "GET" and scope["path"] in self._public)
        if is_open or scope["state"]["is_authorized"]:
            return await self._app(scope, receive, send)
        return await error_response(Unauthorized())(scope, receive, send)

    def _knows(self, authorization: str) -> bool:
        if not self._keys:
            return True
        scheme, _, sent = authorization.partition(" ")
        matches = [hmac.compare_digest(sent.strip().encode("latin-1", "replace"), key) for key in self._keys]
        return scheme.lower() == "bearer" and any(matches)


class BodyLimit:
    """Refuses bodies above `max_bytes` with 413: at once where the length is declared, else while reading."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under /v1; other paths have their own limits."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        refusal = RequestTooLarge(self._max_bytes)
        if declared.isdecimal() and int(declared) > self._max_bytes:
            if headers.get("expect", "").lower() != "100-continue":
                await self._drain(receive)
            return await error_response(refusal)(scope, receive, send)
        n_read = 0

        async def counted_receive() -> Message:
            nonlocal n_read
            event = await receive()
            n_read += len(event.get("body", b""))
            if n_read > self._max_bytes:
                await self._drain(receive)
                raise refusal
            return event

        return await self._app(scope, counted_receive, send)

    async def _drain(self, receive: Receive) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                n_bytes, is_more = 0, True
                while is_more and n_bytes < DRAIN_FACTOR * self._max_bytes:
                    event = await receive()
                    n_bytes += len(event.get("body", b""))
                    is_more = event.get("more_body", False)
