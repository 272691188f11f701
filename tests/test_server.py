"""Connections over raw sockets: whoever keeps the server waiting is cut, and there is always room for one more."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from app import server
from app.server import MAX_SOCKETS_OF_ONE, SLICE_BYTES, Connection, FewSockets, InSlices, Server
from tests.waiting import PATIENCE_S, wait_until

LARGE = 8 * 2**20
HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Reads the body, then sends as many bytes as the path says."""
    assert scope["type"] == "http"
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body"):
            break
    size = int(scope["path"][1:]) if scope["path"][1:].isdecimal() else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": bytes(size)})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server whose limits are tenths of seconds, and which looks after its connections all the time."""
    for name, value in {"HEAD_S": 0.3, "BODY_S": 0.3, "WRITE_S": 0.3, "TICKS_PER_S": 1}.items():
        monkeypatch.setattr(server, name, value)
    monkeypatch.setattr(Connection, "max_connections", 6)
    engine: Any = SimpleNamespace(refuse_jobs=lambda: None, is_busy=False, stop=lambda: asyncio.sleep(0))
    config = uvicorn.Config(
        InSlices(application), http=Connection, port=0, lifespan="off", log_level="error", timeout_graceful_shutdown=1
    )
    served = Server(config, engine)
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    wait_until(lambda: served.started, "the server to start")
    yield served.servers[0].sockets[0].getsockname()[1]
    served.should_exit = True
    thread.join(PATIENCE_S)


def opened(port: int, data: bytes = b"", window: int = 0) -> socket.socket:
    line = socket.socket()
    if window:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    line.settimeout(PATIENCE_S)
    line.connect(("127.0.0.1", port))
    line.sendall(data)
    return line


def is_closed(line: socket.socket) -> bool:
    try:
        return line.recv(1000) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "sent",
    [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nabc", HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ids=["nothing", "part of the headers", "part of the body", "part of the chunks"],
)
@pytest.mark.slow
def test_what_is_not_sent_to_its_end_is_cut(port: int, sent: bytes):
    with opened(port, sent) as line:
        assert is_closed(line)


@pytest.mark.slow
def test_a_slow_but_steady_body_is_read(port: int):
    with opened(port, HEAD + b"Content-Length: 9\r\n\r\n") as line:
        for _ in range(9):  # longer in all than the limit
            threading.Event().wait(0.06)
            line.sendall(b"a")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
def test_a_reader_who_reads_nothing_is_cut_and_a_slow_one_is_served(port: int):
    asked = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % LARGE
    with opened(port, asked, window=4096) as idle, opened(port, asked) as slow:
        n_read = 0
        while n_read < LARGE and (data := slow.recv(2**19)):
            n_read += len(data)
            threading.Event().wait(0.02)
        assert n_read >= LARGE
        wait_until(lambda: n_open_of(idle) == 0, "the idle reader to be cut")


def n_open_of(line: socket.socket) -> int:
    """1 while the server has its end of the connection."""
    here = line.getsockname()[1]
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[2].rsplit(":", 1)[1], 16) == here and row[9] != "0" for row in rows)


def test_beside_more_idle_connections_than_there_may_be_others_are_answered(port: int):
    idle = [opened(port, HEAD if n % 2 else b"") for n in range(12)]
    with opened(port, b"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n") as line:
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
    for other in idle:
        other.close()


async def test_large_bodies_are_sent_in_slices_and_end_as_they_should():
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(_scope: Any, _receive: Any, inner: Any) -> None:
        await inner({"type": "http.response.start", "status": 200, "headers": []})
        await inner({"type": "http.response.body", "body": bytes(2 * SLICE_BYTES + 1), "more_body": False})

    await InSlices(app)({"type": "http"}, None, send)  # type: ignore[arg-type]
    bodies = sent[1:]
    assert [len(message["body"]) for message in bodies] == [SLICE_BYTES, SLICE_BYTES, 1]
    assert [message.get("more_body", False) for message in bodies] == [True, True, False]


async def test_one_address_has_so_many_sockets_and_others_have_theirs():
    go, n_begun = asyncio.Event(), 0

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        nonlocal n_begun
        n_begun += 1
        await go.wait()

    few = FewSockets(app)
    refused: list[Any] = []

    async def opened(address: str) -> None:
        async def send(message: Any) -> None:
            refused.append((address, message["type"]))

        await few({"type": "websocket", "client": (address, 1)}, None, send)  # type: ignore[arg-type]

    sockets = [asyncio.create_task(opened("1.1.1.1")) for _ in range(MAX_SOCKETS_OF_ONE + 1)]
    sockets.append(asyncio.create_task(opened("2.2.2.2")))
    await asyncio.sleep(0)
    assert refused == [("1.1.1.1", "websocket.close")]
    assert n_begun == MAX_SOCKETS_OF_ONE + 1
    go.set()
    await asyncio.gather(*sockets)
    assert not few._open
