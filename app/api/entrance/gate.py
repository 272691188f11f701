"""Gate: without a key nothing answers but probes, the sign-in, files that are the same for all, and what is opened.

What is not named here is closed, so that a route which somebody adds is closed, too. Plain ASGI, so that streams and
disconnects pass through untouched.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.access.access import Access
from app.access.keys import Key
from app.api.errors import error_response
from app.api.refusals import Unauthorized
from app.engine.errors import EngineError, TooManyGuesses
from app.engine.executors import BoundedExecutor

SIGN_IN = "/sign-in"
PROBES = ("/health", "/healthz", "/readyz")
ALWAYS_OPEN = frozenset((*PROBES, SIGN_IN, "/sign-out", "/theme.css", "/favicon.ico", "/robots.txt"))
VISITED = ("/", "/index.html", "/docs", "/redoc")  # what people open in a browser
STATIC = ("/page/static/", "/assets/", "/static/", "/docs/assets/")  # ours, Gradio's, and those of the docs pages


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open without a key because somebody asked for it."""

    lists: frozenset[str]  # paths that may be read: metrics, and lists which then tell names only
    page: bool
    never_page: Collection[str]  # paths beside /v1 that are not the page's


class Gate:
    """Asks for a key: `Authorization: Bearer <key>` anywhere, the cookie of the sign-in anywhere but under /v1.

    A cookie comes with requests that other sites make, too; so it never speaks for a caller of the API. Sets
    `scope["state"]["key"]` (None without one) and `is_authorized`, by which an open list decides how much it says.
    """

    def __init__(
        self, app: ASGIApp, access: Access, opened: Opened, files: BoundedExecutor, *, has_sign_in: bool
    ) -> None:
        """`files` runs what touches the disk. `has_sign_in`: a browser without a key is sent there."""
        self._app = app
        self._access = access
        self._opened = opened
        self._files = files
        self._has_sign_in = has_sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        if self._access.keys.is_stale:
            with suppress(EngineError):  # a service that stops reads no more files
                await self._files.run_admitted(self._access.keys.refresh)
        try:
            key = self._key_of(scope)
        except TooManyGuesses as refused:
            if self._is_open(scope):
                return await self._serve(None, scope, receive, send)
            return await _refuse(error_response(refused), scope, receive, send)
        return await self._serve(key, scope, receive, send)

    async def _serve(self, key: Key | None, scope: Scope, receive: Receive, send: Send) -> None:
        if key is not None:
            self._access.usage.note_request(key.name)
        is_authorized = key is not None or not self._access.keys.is_needed
        scope.setdefault("state", {}).update(key=key, is_authorized=is_authorized)
        if is_authorized or self._is_open(scope):
            return await self._app(scope, receive, send)
        if self._has_sign_in and scope["type"] == "http" and _is_visit(scope):
            where = f"{scope.get('root_path', '')}{SIGN_IN}?{urlencode({'next': _address(scope)})}"
            return await RedirectResponse(where, 303, {"cache-control": "no-store"})(scope, receive, send)
        return await _refuse(error_response(Unauthorized()), scope, receive, send)

    def _key_of(self, scope: Scope) -> Key | None:
        connection = HTTPConnection(scope)
        address = connection.client.host if connection.client else ""
        shown = self._access.by_header(connection.headers.get("authorization", ""), address)
        if shown is None and not _is_api(scope["path"]):
            shown = self._access.by_cookie(connection.cookies)
        return shown

    def _is_open(self, scope: Scope) -> bool:
        path = scope["path"]
        if scope["type"] == "websocket":
            return False
        if path in ALWAYS_OPEN or path.startswith(STATIC):
            return True
        if path in self._opened.lists and scope["method"] == "GET":
            return True
        return self._opened.page and not _is_api(path) and path not in self._opened.never_page


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(answer)
    else:
        await answer(scope, receive, send)


def _is_api(path: str) -> bool:
    return path == "/v1" or path.startswith("/v1/")


def _address(scope: Scope) -> str:
    """The path with its query, which names the session of a tab."""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _is_visit(scope: Scope) -> bool:
    """Whether somebody opens an address in a browser."""
    return (
        scope["path"] in VISITED and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    )
