"""What surrounds Gradio's page: the session's cookie, and the head that sets language, colours and our own scripts.

Gradio adds a `head` only after its own scripts have run. Language and colours must be known before, or the page
would show itself in the wrong ones first; so the head is put into the document as it is served.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.access.sessions import COOKIE, MAX_CHARS, PATH, SessionCookies
from app.ui.presence import Presence
from app.ui.words import tables

PAGE_PATHS = ("/", "/index.html")
TAB_PATHS = ("/page/", "/gradio_api/")
STATIC_PATH = "/page/static/"
TAB_HEADER = "x-editx-session"  # which static/early.js sends
_NO_TAB = "no session of a tab"  # stands in the head until it is known
_HEAD_OF_TAB = json.dumps(_NO_TAB).encode()
_NO_SESSION = "There is no such session, or another key opens it. / 没有这个会话，或者它属于另一个密钥。\n"


class PageShell:
    """ASGI middleware around the application; it changes the page itself and nothing else.

    Lines of the log that are written for a request of a session are its own. `presence` learns who asks.
    """

    def __init__(
        self,
        app: ASGIApp,
        facts: dict[str, object],
        max_age_s: float,
        sessions: SessionCookies,
        presence: Presence,
        opens: Callable[[str, Mapping[str, str]], Awaitable[bool]],
        keeps_open: Callable[[str, Mapping[str, str]], Awaitable[bool]],
        is_shut_out: Callable[[HTTPConnection], bool],
    ) -> None:
        """`facts` are what the scripts need to know, besides the words. `opens` judges whether a browser with these
        cookies may open the session of an id, `keeps_open` whether the own one is still for them, `is_shut_out` whether
        the application will ask a request for a key.
        """
        self._app = app
        self._opens, self._keeps_open, self._is_shut_out = opens, keeps_open, is_shut_out
        self._sessions = sessions
        self._presence = presence
        self._head = _head(facts).encode()
        self._max_age_s = int(max_age_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        connection = HTTPConnection(scope)
        cookie = connection.cookies.get(COOKIE, "")
        session_id = self._sessions.public_id(cookie)
        if scope["type"] == "websocket":
            scope[logs.OWNER_KEY] = session_id or ""
            return await self._app(scope, receive, send)
        if session_id and await self._is_for_another(session_id, connection):
            session_id, scope = None, _with_cookie(scope, connection.cookies, "")
        own = cookie if session_id else self._sessions.new()
        tab = _tab_of(connection)
        if tab:
            if self._is_shut_out(connection):
                return await self._app(scope, receive, send)
            if not await self._opens(tab, connection.cookies):
                return await PlainTextResponse(_NO_SESSION, HTTPStatus.NOT_FOUND)(scope, receive, send)
            session_id, scope = tab, _with_cookie(scope, connection.cookies, self._sessions.of_tab(tab))
        scope[logs.OWNER_KEY] = session_id or ""
        outside = logs.owner.set(session_id or "")
        try:
            with self._presence.asking(session_id) if session_id else nullcontext():
                if scope["method"] == "GET" and scope["path"] in PAGE_PATHS:
                    await self._show(own, tab, scope, receive, send)
                else:
                    await self._app(scope, receive, send)
        finally:
            logs.owner.reset(outside)

    async def _is_for_another(self, session_id: str, connection: HTTPConnection) -> bool:
        if not _is_of_page(connection.scope["path"]) or self._is_shut_out(connection):
            return False
        return not await self._keeps_open(session_id, connection.cookies)

    async def _show(self, cookie: str, tab: str, scope: Scope, receive: Receive, send: Send) -> None:
        # The document must come uncompressed to be added to; it is small.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        attributes = "HttpOnly; SameSite=Lax" + ("; Secure" if scope["scheme"] == "https" else "")
        start: Message | None = None
        body = b""

        async def send_shelled(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.OK:
                    start = message
                else:
                    await send(message)
                return
            if start is None:
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            head = self._head.replace(_HEAD_OF_TAB, json.dumps(tab).encode(), 1)
            whole = body.replace(b"</head>", head + b"</head>", 1)
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(whole))
            headers["cache-control"] = "no-store"
            headers.append("set-cookie", f"{COOKIE}={cookie}; Path={PATH}; Max-Age={self._max_age_s}; {attributes}")
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        await self._app({**scope, "headers": plain}, receive, send_shelled)


def _is_of_page(path: str) -> bool:
    """Whether what is asked for belongs to a session of the page."""
    return path in PAGE_PATHS or (path.startswith(TAB_PATHS) and not path.startswith(STATIC_PATH))


def _tab_of(connection: HTTPConnection) -> str:
    """The id of the session that a tab was opened for, which it says with all that it asks the page for; "" of others.

    The browser's own session stays what its other tabs have.
    """
    if not _is_of_page(connection.scope["path"]):
        return ""
    asked = connection.headers.get(TAB_HEADER) or connection.query_params.get("session", "")
    return asked if len(asked) <= MAX_CHARS else "-"  # which is no id


def _with_cookie(scope: Scope, cookies: Mapping[str, str], cookie: str) -> Scope:
    """The same request with another cookie of the session."""
    others = [f"{name}={value}" for name, value in cookies.items() if name != COOKIE]
    headers = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    return {**scope, "headers": [*headers, (b"cookie", "; ".join([*others, f"{COOKIE}={cookie}"]).encode("latin-1"))]}


def _head(facts: dict[str, object]) -> str:
    known = json.dumps({**facts, "session": _NO_TAB, "words": tables()}, ensure_ascii=False).replace("</", "<\\/")
    return (
        f"<script>window.editx = {known};</script>"
        '<script src="./page/static/early.js"></script>'
        '<script src="./page/static/news.js"></script>'
        '<link rel="stylesheet" href="./page/static/gradio.css">'
        '<link rel="stylesheet" href="./page/static/studio.css">'
        '<script type="module" src="./page/static/main.js"></script>'
    )
