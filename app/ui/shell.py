"""What surrounds Gradio's page: the session cookie, and the head that sets language, colours and our own scripts.

Gradio adds a `head` only after its own scripts have run. Language and colours must be known before, or the page
would show itself in the wrong ones first; so the head is put into the document as it is served.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.studio.store import is_session_id, new_session_id
from app.ui.words import tables

COOKIE = "editx_session"
PAGE_PATHS = ("/", "/index.html")


def session_of(cookies: Mapping[str, str]) -> str | None:
    """The session id among a request's cookies; None without a valid one."""
    session_id = cookies.get(COOKIE, "")
    return session_id if is_session_id(session_id) else None


class PageShell:
    """ASGI middleware around the application; it touches the page itself and nothing else."""

    def __init__(self, app: ASGIApp, facts: dict[str, object], max_age_s: float) -> None:
        """`facts` are what the scripts need to know, besides the words."""
        self._app = app
        self._head = _head(facts).encode()
        self._max_age_s = int(max_age_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in PAGE_PATHS:
            return await self._app(scope, receive, send)
        session_id = session_of(Request(scope).cookies) or new_session_id()
        # The document must come uncompressed to be added to; it is small.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
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
            whole = body.replace(b"</head>", self._head + b"</head>", 1)
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(whole))
            headers["cache-control"] = "no-store"
            cookie = f"{COOKIE}={session_id}; Path=/; Max-Age={self._max_age_s}; HttpOnly; SameSite=Lax"
            headers.append("set-cookie", cookie)
            await send(start)
            await send({"type": "http.response.body", "body": whole})

        return await self._app({**scope, "headers": plain}, receive, send_shelled)


def _head(facts: dict[str, object]) -> str:
    known = json.dumps({**facts, "words": tables()}, ensure_ascii=False).replace("</", "<\\/")
    return (
        f"<script>window.editx = {known};</script>"
        '<script src="./page/static/early.js"></script>'
        '<link rel="stylesheet" href="./page/static/gradio.css">'
        '<link rel="stylesheet" href="./page/static/studio.css">'
        '<script type="module" src="./page/static/main.js"></script>'
    )
