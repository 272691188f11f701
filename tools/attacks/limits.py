"""Limits of a started service, each asked for over a raw socket, with what was seen."""

from __future__ import annotations

import io
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

from app.server import BODY_S, HEAD_S, KEEP_ALIVE_S, MAX_SOCKETS_OF_ONE, WRITE_S
from tools.attacks.kinds import SPEECH, Target, posted

ODD = (
    b"%00",
    b"a%00b",
    b"..%2f..%2fetc%2fpasswd",
    b"%ff%fe",
    b"%2e%2e",
    b"a" * 5000,
    b"%F0%9F%98%80",
    b"con:1",
    b"\xff",
)
SLACK_S = 5.0  # of the time limits, which are looked after once a second
LOOK_S = 0.2
HEAD = b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
UPGRADE = (
    b"GET /v1/audio/speech/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One limit: what it is, what was seen, and whether that is as promised."""

    limit: str
    seen: str
    is_kept: bool


def quick(target: Target) -> Iterator[Seen]:
    """The limits that answer at once."""
    yield _status(target, "a body of 80 MB is refused by its length", b"Content-Length: 80000000\r\n\r\n", 413)
    for limit, document in (
        ("a text of 5,000 characters", json.dumps(SPEECH | {"input": "a" * 5000}).encode()),
        ("a document of 200,000 values", b'{"input": [' + b"0," * 200_000 + b"0]}"),
    ):
        yield _status(target, limit, b"Content-Length: %d\r\n\r\n%s" % (len(document), document), 400)
    yield _odd_paths(target)
    sockets = [target.line(UPGRADE) for _ in range(MAX_SOCKETS_OF_ONE + 8)]
    n_open = sum(_answer(line).startswith(b"HTTP/1.1 101") for line in sockets)
    yield Seen(f"{MAX_SOCKETS_OF_ONE} WebSockets of one address", f"{n_open} opened", n_open <= MAX_SOCKETS_OF_ONE)
    for line in sockets:
        line.close()


def slow(target: Target) -> Iterator[Seen]:
    """The limits that take their time, all at once."""
    asked: tuple[Callable[[], Seen], ...] = (
        lambda: _cut_after(target, "headers that stop", b"GET /healthz HTT", HEAD_S),
        lambda: _cut_after(target, "a connection that says nothing", b"", HEAD_S),
        lambda: _cut_after(target, "a body that stops", HEAD + b'Content-Length: 5000\r\n\r\n{"mod', BODY_S),
        lambda: _cut_after(
            target,
            "a chunked body that stops",
            HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"mod',
            BODY_S,
        ),
        lambda: _cut_after(
            target, "an answered one that stays", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", KEEP_ALIVE_S
        ),
        lambda: _unread(target),
    )
    with ThreadPoolExecutor(len(asked)) as pool:
        for seen in [pool.submit(ask) for ask in asked]:
            yield seen.result()


def _status(target: Target, limit: str, rest: bytes, wanted: int) -> Seen:
    line = target.line(HEAD + rest)
    answer = _answer(line)
    line.close()
    status = answer[9:12].decode() or "nothing"
    return Seen(limit, f"status {status}", status == str(wanted))


def _odd_paths(target: Target) -> Seen:
    """Paths that no file system takes, under every route of the document and those of the page."""
    with target.web() as web:
        paths = [path for path in web.get("/openapi.json").json()["paths"] if "{" in path]
    paths += ["/{x}", "/page/takes/{x}/picture", "/page/takes/{x}/sound", "/page/log/{x}", "/static/{x}"]
    paths += [
        "/gradio_api/file={x}",
        "/gradio_api/proxy={x}",
        "/gradio_api/upload?id={x}",
        "/assets/{x}",
        "/theme.css?{x}",
    ]
    statuses: list[bytes] = []
    for path, odd, method in product(paths, ODD, (b"GET", b"POST", b"DELETE")):
        asked = b"/" + re.sub(rb"{\w+}", lambda _, odd=odd: odd, path.encode()).lstrip(b"/")
        line = target.line(b"%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" % (method, asked))
        statuses.append(_answer(line)[9:12])
        line.close()
    n_bad = sum(not status or status >= b"500" for status in statuses)
    return Seen(f"{len(statuses)} paths that cannot be", f"{n_bad} without an answer or with 5xx", not n_bad)


def _cut_after(target: Target, limit: str, data: bytes, limit_s: float) -> Seen:
    line = target.line(data)
    line.settimeout(limit_s + 2 * SLACK_S)
    began = time.monotonic()
    with suppress(OSError):
        while line.recv(4096):
            continue
    took_s = time.monotonic() - began
    line.close()
    return Seen(f"{limit}: {limit_s:g} s", f"cut after {took_s:.1f} s", limit_s - 1 <= took_s <= limit_s + SLACK_S)


def _unread(target: Target) -> Seen:
    """A reader who takes the first bytes of a long answer, and no more."""
    sound = io.BytesIO()
    soundfile.write(sound, np.random.default_rng(3).normal(0, 0.1, 200 * 24_000), 24_000, format="WAV")
    payload = json.dumps({"step_audio": {"mode": "speed", "edit_info": "faster"}, "response_format": "wav"}).encode()
    body = b'--b\r\nContent-Disposition: form-data; name="payload"\r\n\r\n' + payload
    body += b'\r\n--b\r\nContent-Disposition: form-data; name="input_audio_file"; filename="a.wav"\r\n\r\n'
    body += sound.getvalue() + b"\r\n--b--\r\n"
    line = target.line(posted("/v1/audio/speech/upload", body, "multipart/form-data; boundary=b"), window_bytes=4096)
    line.settimeout(120)
    with suppress(OSError):
        line.recv(100)
    began = time.monotonic()
    while is_held(target, line) and time.monotonic() - began < WRITE_S + 4 * SLACK_S:
        time.sleep(LOOK_S)
    took_s = time.monotonic() - began
    line.close()
    is_kept = WRITE_S - SLACK_S <= took_s <= WRITE_S + 2 * SLACK_S
    return Seen(f"a reader who stops: {WRITE_S:g} s", f"cut after {took_s:.1f} s", is_kept)


def is_held(target: Target, line: socket.socket) -> bool:
    """Whether the service still has its end of a connection: who reads nothing never hears that it was cut."""
    here, there = (f":{port:04X}" for port in (target.port, line.getsockname()[1]))
    rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1].endswith(here) and row[2].endswith(there) and row[9] != "0" for row in rows)


def _answer(line: socket.socket) -> bytes:
    line.settimeout(10)
    try:
        return line.recv(4096)
    except OSError:
        return b""
