"""Headers that bound what a browser does with an answer of ours, should something foreign ever get into it."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's page writes scripts and styles into its document and makes functions of text; nothing comes from elsewhere.
_DOCUMENTS = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors "
)


class SecurityHeaders:
    """Adds them to every answer. Plain ASGI."""

    def __init__(self, app: ASGIApp, framed_by: Collection[str]) -> None:
        """`framed_by` are origins whose pages may show ours in a frame, beside our own."""
        self._app = app
        self._policy = _DOCUMENTS + " ".join(("'self'", *framed_by))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def send_bounded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                # "same-origin", as without any referrer browsers hide the origin of our own forms, too
                headers["referrer-policy"] = "same-origin"
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-security-policy"] = self._policy
            await send(message)

        return await self._app(scope, receive, send_bounded)
