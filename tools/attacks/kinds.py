"""The attacks. Each is bounded in number and time, goes to loopback alone, and comes from an address of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache

import httpx
import numpy as np

from app.engine.sound.audio import Audio
from app.engine.sound.encoding import MEDIA, encode_whole

ATTACKER = "127.0.0.2"  # every address of 127/8 is this machine
LONG_TEXT = "The committee met on a grey afternoon, and everyone agreed that the bridge had to be repaired. " * 40
SPEECH = {"model": "tts-1", "voice": "happy_en"}


@dataclass(frozen=True, slots=True)
class Target:
    """The service under attack, and when the attack is to be over."""

    base_url: str
    lasts_s: float

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.base_url.rsplit(":", 1)[1])

    def web(self) -> httpx.Client:
        """An attacker's client."""
        transport = httpx.HTTPTransport(local_address=ATTACKER)
        return httpx.Client(base_url=self.base_url, timeout=self.lasts_s + 5, transport=transport)

    def line(self, data: bytes = b"", window_bytes: int = 0) -> socket.socket:
        """An attacker's connection on which so much was sent; with a window, that of its reader."""
        line = socket.socket()
        if window_bytes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
        line.settimeout(5)
        line.bind((ATTACKER, 0))
        line.connect(("127.0.0.1", self.port))
        with suppress(OSError):  # it may be cut in the middle
            line.sendall(data)
        return line


Attack = Callable[[Target], None]  # returns when it is over, and everybody has left


def posted(path: str, body: bytes, kind: str = "application/json", n_bytes: int | None = None) -> bytes:
    length = len(body) if n_bytes is None else n_bytes
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


@contextmanager
def _held(lines: Sequence[socket.socket]) -> Iterator[None]:
    with ExitStack() as stack:
        for line in lines:
            stack.callback(line.close)
        yield


def many(target: Target, n: int, data: bytes, window_bytes: int = 0) -> None:
    """Send the same on many connections, and stay without reading."""
    lines: list[socket.socket] = []
    with _held(lines):
        for _ in range(n):
            with suppress(OSError):
                lines.append(target.line(data, window_bytes))
        time.sleep(target.lasts_s)


def together(target: Target, n: int, send: Callable[[httpx.Client], object]) -> None:
    """Do the same from many threads at once, as often as there is time for."""
    ends_at = time.monotonic() + target.lasts_s

    def work() -> None:
        with target.web() as web:
            while time.monotonic() < ends_at:
                with suppress(httpx.HTTPError):
                    send(web)

    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@lru_cache(maxsize=1)
def long_clip() -> bytes:
    """Nine minutes of noise as MP3."""
    noise = np.random.default_rng(1).normal(0, 0.1, 540 * 16_000).astype(np.float32)
    return encode_whole(MEDIA["mp3"], Audio(noise, 16_000))


def hard_text(target: Target) -> None:
    """Words that split badly, again and again."""
    document = SPEECH | {"input": "x" * 2730 + " " + "a. " * 455}
    many(target, 2, posted("/v1/audio/speech", json.dumps(document).encode()))


def large_fields(target: Target) -> None:
    """Texts of ten megabytes where a sentence belongs."""
    fields = {"model": "whisper-1", "prompt": "word " * 2_000_000}
    together(target, 1, lambda web: web.post("/v1/audio/transcriptions", data=fields, files={"file": b"RIFF"}))


def large_documents(target: Target) -> None:
    """Documents of many brackets."""
    body = b'{"input": [' + b"[]," * 10_000_000 + b"0]}"
    headers = {"content-type": "application/json"}
    together(target, 2, lambda web: web.post("/v1/audio/speech", content=body, headers=headers))


def long_uploads(target: Target) -> None:
    """Long recordings, eight at a time, whose senders leave."""
    files = {"file": ("a.mp3", long_clip())}
    send = lambda web: web.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files=files, timeout=3)  # noqa: E731
    together(target, 8, send)


def all_places(target: Target) -> None:
    """More long jobs than one caller may have."""
    many(target, 24, posted("/v1/audio/speech", json.dumps(SPEECH | {"input": LONG_TEXT[:4000]}).encode()))


def unread_answers(target: Target) -> None:
    """Long answers that nobody reads."""
    document = SPEECH | {"input": LONG_TEXT[:4000], "response_format": "wav"}
    many(target, 6, posted("/v1/audio/speech", json.dumps(document).encode()), window_bytes=4096)


def unfinished_bodies(target: Target) -> None:
    """Large bodies that stop before their end."""
    many(target, 12, posted("/v1/audio/speech", b'{"input": "' + b"a" * 30_000_000, n_bytes=60_000_000))


def idle_connections(target: Target) -> None:
    """Hundreds of connections with half a request."""
    many(target, 400, b"GET /healthz HTT")


def idle_sockets(target: Target) -> None:
    """WebSockets on which nothing is said."""
    head = b"GET /v1/audio/speech/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    head += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    many(target, 100, head)
