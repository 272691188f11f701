"""A request, watched until its answer is over: for the log and for what is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def answered(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, when_over: Callable[[int, float], None]
) -> None:
    """Serve an HTTP request, then tell its status (0 where no answer began) and its seconds, whatever comes of it."""
    began, status = time.monotonic(), 0

    async def watched_send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    try:
        await app(scope, receive, watched_send)
    finally:
        when_over(status, time.monotonic() - began)
