"""Text in pieces from two callers, one of whom has many sockets: the other is spoken to as much as he is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.serving import Service, real_service

pytestmark = pytest.mark.slow

GREEDY, MODEST = "greedy", "modest"
FIELDS = {"model": "tts-1", "voice": "alloy", "response_format": "pcm", "seed": 1}
STORY = "The old harbour was quiet in the morning, and nobody had come to open the market yet. " * 40
N_SOCKETS = 6
BYTES_PER_S = 2 * 24_000
PATIENCE_S = 60.0
MEASURED_S = 12.0  # of sound in all
MAX_SILENCE_S = 0.2  # after a cancellation


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that tells two callers apart by their keys."""
    flags = ["--offline", "--api-key", f"{GREEDY},{MODEST}"]
    with real_service(Path(tmp_path_factory.mktemp("keyed")), flags) as running:
        running.wait_until("/readyz")
        yield running


@contextmanager
def talking(service: Service, key: str) -> Iterator[ClientConnection]:
    """A socket that has been given the whole story."""
    address = service.base_url.replace("http", "ws") + "/v1/audio/speech/stream"
    with connect(address, additional_headers={"Authorization": f"Bearer {key}"}, max_size=None) as socket:
        for message in (FIELDS, {"text": STORY}, {"flush": True}):
            socket.send(json.dumps(message))
        yield socket


def sound_of(socket: ClientConnection) -> bytes:
    """The next sound."""
    while not isinstance(message := socket.recv(PATIENCE_S), bytes):
        assert json.loads(message)["type"] != "error", message
    return message


def test_a_caller_with_one_socket_is_spoken_to_as_much_as_one_with_many(keyed: Service):
    n_bytes = {GREEDY: 0, MODEST: 0}
    lock, everyone_heard, enough = threading.Lock(), threading.Barrier(N_SOCKETS + 1), threading.Event()

    def listen(key: str) -> None:
        with talking(keyed, key) as socket:
            sound_of(socket)
            everyone_heard.wait(PATIENCE_S)
            while not enough.is_set():
                sound = sound_of(socket)
                with lock:
                    n_bytes[key] += len(sound)
                    if sum(n_bytes.values()) >= MEASURED_S * BYTES_PER_S:
                        enough.set()

    with ThreadPoolExecutor(N_SOCKETS + 1) as pool:
        for listening in [pool.submit(listen, key) for key in (*[GREEDY] * N_SOCKETS, MODEST)]:
            listening.result(5 * PATIENCE_S)
    share = n_bytes[MODEST] / sum(n_bytes.values())
    assert share > 0.3, f"one of two callers was given {share:.0%}"  # half is fair; a share by sockets would be 14 %


def test_a_cancellation_beside_others_is_silence_at_once_and_frees_the_place(keyed: Service):
    with talking(keyed, GREEDY) as other, talking(keyed, MODEST) as socket:
        sound_of(other)
        sound_of(socket)
        socket.send(json.dumps({"cancel": True}))
        began_s = time.monotonic()
        while isinstance(message := socket.recv(PATIENCE_S), bytes) or json.loads(message)["type"] != "cancelled":
            pass
        assert time.monotonic() - began_s < MAX_SILENCE_S
        other.send(json.dumps({"cancel": True}))
        keyed.wait_for_jobs(lambda running, waiting: running + waiting == 0)
        with suppress(TimeoutError):
            assert isinstance(socket.recv(1.0), str)
