"""The server: uvicorn, with time limits on every connection and a limit on their number.

uvicorn waits for ever for the rest of a request, keeps what a reader does not read, and takes connections until the
process has no descriptor left. Here a connection is cut when its headers take more than HEAD_S, when no byte of a body
comes for BODY_S, and when a reader takes nothing for WRITE_S. When there are too many, the one that has waited longest
without a request makes room.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import HANDLED_SIGNALS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.engine.engine import EditXEngine

HEAD_S, BODY_S = 15.0, 30.0
WRITE_S = 45.0  # a reader's pause; a job whose results wait so long is given up within a minute
GRACE_S = 3  # a stopped service lets answers under way go on for so long, then stops their jobs
KEEP_ALIVE_S = 30  # longer than most clients keep idle connections (5 to 15 s); one that never reads goes soon, too
BACKLOG = 128  # connections that wait to be taken; so many are taken at once
OTHER_FILES = 64  # descriptors for all that is no connection
MOST_CONNECTIONS, FEWEST_CONNECTIONS = 4096, 32
SLICE_BYTES = 64 * 1024
MAX_SOCKETS, MAX_SOCKETS_OF_ONE = 128, 32
MAX_MESSAGE_BYTES = 8 * 1024 * 1024  # of a socket: a reference of half a minute in base64
TRY_LATER = 1013  # of the registry of codes of RFC 6455
TICKS_PER_S = 10  # how often uvicorn looks after its connections


class Connection(H11Protocol):
    """One connection, which knows how long nothing has moved on it."""

    max_connections = MOST_CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As asyncio calls it."""
        super().connection_made(transport)
        self._moved_at = self.loop.time()
        self._head_began: float | None = self._moved_at
        self._n_unread = 0
        if len(self.connections) > self.max_connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._moved_at = self.loop.time()
        if self._head_began is None and not self.has_request:
            self._head_began = self._moved_at
        super().data_received(data)
        if self.has_request:
            self._head_began = None

    @property
    def has_request(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def cut_if_stuck(self, now: float) -> None:
        """End the connection when its sender or reader has kept us waiting for too long."""
        n_unread = self.transport.get_write_buffer_size()
        is_body_awaited = self.has_request and self.cycle.more_body and not self.cycle.waiting_for_100_continue
        if (n_unread and n_unread != self._n_unread) or (is_body_awaited and self.flow.read_paused):
            self._moved_at = now  # something was read; or it is we who do not read
        self._n_unread = n_unread
        limits_s = [
            now - (self._head_began or now) > HEAD_S and not n_unread,
            now - self._moved_at > BODY_S and is_body_awaited and not n_unread,
            now - self._moved_at > WRITE_S and n_unread > 0,
        ]
        if any(limits_s):
            self.transport.abort()

    def _make_room(self) -> None:
        """Cut the connection that has waited longest without a request, of the address that has most of them."""
        idle = [other for other in self.connections if isinstance(other, Connection) and not other.has_request]
        n_of_address = Counter(_address_of(other) for other in idle)
        longest = min(idle, key=lambda other: (-n_of_address[_address_of(other)], other._moved_at))
        longest.transport.abort()
        self.connections.discard(longest)


def _address_of(connection: H11Protocol) -> str:
    return connection.client[0] if connection.client else ""


class InSlices:
    """Sends large bodies piece by piece, so that a slow reader keeps no more than one in the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_sliced(message: Message) -> None:
            body: bytes = message.get("body", b"") if message["type"] == "http.response.body" else b""
            last = max(0, len(body) - 1) // SLICE_BYTES * SLICE_BYTES
            for start in range(0, last, SLICE_BYTES):
                await send({**message, "body": body[start : start + SLICE_BYTES], "more_body": True})
                await asyncio.sleep(0)  # a quick reader takes it all without a pause: let others have their turn
            await send({**message, "body": body[last:]} if last else message)

        await self._app(scope, receive, send_sliced)


class FewSockets:
    """Refuses WebSockets beyond MAX_SOCKETS, and beyond MAX_SOCKETS_OF_ONE of one address: each may hold a message."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "websocket":
            return await self._app(scope, receive, send)
        address = scope["client"][0] if scope.get("client") else ""
        if self._open.total() >= MAX_SOCKETS or self._open[address] >= MAX_SOCKETS_OF_ONE:
            return await send({"type": "websocket.close", "code": TRY_LATER})  # before it is accepted: 403
        self._open[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[address] -= 1
            self._open += Counter()  # drops addresses without a socket


class Server(uvicorn.Server):
    """Looks after its connections, and stops jobs which outlast the grace, so that their readers get an answer."""

    def __init__(self, config: uvicorn.Config, engine: EditXEngine) -> None:
        super().__init__(config)
        self._engine = engine

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn calls it: the first signal stops the service, and the process then ends as the signal asks.

        uvicorn would hand the signal on to asyncio, which waits for threads and prints where it was interrupted.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.signal(kind, self.handle_exit) for kind in HANDLED_SIGNALS}
        yield
        for kind, handler in before.items():
            signal.signal(kind, handler)
        if self._captured_signals:
            _end_by(self._captured_signals[0])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As Python calls it: a second signal ends the process at once."""
        if self.should_exit:
            _end_by(sig)
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn calls it, ten times a second."""
        if counter % TICKS_PER_S == 0:
            self._cut_stuck()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: new jobs are refused and probes told so, until those under way are done or the grace is over."""
        self._engine.refuse_jobs()
        for _ in range(GRACE_S * TICKS_PER_S):
            if not self._engine.is_busy or self.force_exit:
                break
            await asyncio.sleep(1 / TICKS_PER_S)
        stopping = asyncio.create_task(self._engine.stop())
        await super().shutdown(sockets)
        await stopping

    def _cut_stuck(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.cut_if_stuck(now)


def _end_by(sig: int) -> None:
    """End this process as the signal does by default. What is kept is on the disk before it is acknowledged."""
    signal.signal(sig, signal.SIG_DFL)
    signal.raise_signal(sig)


def run(app: ASGIApp, engine: EditXEngine, listener: socket.socket, trusted_proxies: Sequence[str]) -> None:
    """Serve until a signal ends it."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    Connection.max_connections = max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, soft - BACKLOG - OTHER_FILES))
    options: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "ws": "websockets-sansio",
        "ws_max_size": MAX_MESSAGE_BYTES,
        "server_header": False,
    }
    config = uvicorn.Config(
        FewSockets(InSlices(app)),
        http=Connection,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        proxy_headers=bool(trusted_proxies),  # else anyone on this machine could claim an address
        forwarded_allow_ips=list(trusted_proxies),
        **options,
    )
    Server(config, engine).run(sockets=[listener])
