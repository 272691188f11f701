"""Origins: which web sites may use the page, and by which names the service may be reached.

A browser sends cookies whichever site makes it ask, and reaches addresses that its user alone reaches. What belongs to
the page, and every socket, is therefore refused to other sites, whatever Gradio would answer. The rest of the API has
keys and `--cors-origins`. Plain ASGI.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.api.entrance.gate import STATIC
from app.api.errors import error_response
from app.api.refusals import ForeignOrigin, UnknownHost
from app.engine.errors import EngineError

PROBES = ("/healthz", "/readyz")  # are asked by address, whatever names there are


class Origins:
    """Refuses other sites (403) where they could read or change something, and unknown names of the service (400)."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str], of_sockets: Collection[str]):
        """`hosts`: names, with a port or for any; none: all. `origins` beside the own one, and those for sockets."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(origins)
        self._of_sockets = self._origins | frozenset(of_sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await WebSocket(scope, receive, send).send_denial_response(error_response(refusal))
        return await error_response(refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> EngineError | None:
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.get("host", "").lower()
        if self._hosts and path not in PROBES and not {host, _name_of(host)} & self._hosts:
            return UnknownHost()
        origin = headers.get("origin", "").lower()
        if not origin or urlsplit(origin).netloc == host:
            return None
        if scope["type"] == "websocket":
            return None if {origin, "*"} & self._of_sockets else ForeignOrigin()
        is_for_all = path in PROBES or path == "/v1" or path.startswith(("/v1/", *STATIC))
        return None if is_for_all or origin in self._origins else ForeignOrigin()


def _name_of(host: str) -> str:
    """A host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
