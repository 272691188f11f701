"""What surrounds every request: its path, its id and the error boundary.

Plain ASGI, so that streams and disconnects pass through untouched.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Collection
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.api.errors import error_response
from app.api.refusals import InternalError
from app.connected import ClientGone

logger = logging.getLogger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")  # of answers, with headers


class TidyPaths:
    """Takes double and trailing slashes out of our paths: clients join a base address and a path as it happens."""

    def __init__(self, app: ASGIApp, own: Collection[str]) -> None:
        """`own` are the paths beside /v1 that are not the page's."""
        self._app = app
        self._own = frozenset(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] in ("http", "websocket"):
            path = re.sub("/{2,}", "/", scope["path"])
            path = path.rstrip("/") or "/"
            if path != scope["path"] and (path == "/v1" or path.startswith("/v1/") or path in self._own):
                scope = {**scope, "path": path, "raw_path": quote(path).encode()}
        await self._app(scope, receive, send)


class RequestIds:
    """Gives every answer and its log lines an `x-request-id`: the client's own if it is a sane one, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _SANE_ID.fullmatch(asked) else f"req_{uuid.uuid4().hex}"
        scope[logs.SCOPE_KEY] = request_id  # for the access log, which ends after this
        outside = logs.request_id.set(request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] in _BEGINNINGS:
                message.setdefault("headers", [])
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
        except ClientDisconnect:  # in the middle of its body
            logger.info("client left path=%s", scope["path"])
            if not is_started:
                await error_response(ClientGone())(scope, receive, send)
        except Exception:
            logger.exception("request failed method=%s path=%s", scope["method"], scope["path"])
            if not is_started:
                await error_response(InternalError())(scope, receive, send)
