"""Attacks by work before a job: recordings that are dear to read, addresses that do not answer, pictures, events."""

from __future__ import annotations

import io
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache

import httpx
import numpy as np
import soundfile

from tests.flac_by_hand import flac_of
from tests.ui.scripted import event_body
from tools.attacks.kinds import LONG_TEXT, Target, long_clip, together

N_FORGOTTEN = 30
N_DECODED = 12
ODD: tuple[object, ...] = (None, [], {}, -1, "x" * 5000, {"path": "/etc/passwd"})


@lru_cache(maxsize=1)
def _bombs() -> tuple[bytes, ...]:
    """Frames of 16 samples, and a rate of 655,350 Hz."""
    return flac_of(20_000, 16, 8000), flac_of(2000, 4096, 655_350)


def _noise(seconds: float) -> bytes:
    sound = io.BytesIO()
    soundfile.write(sound, np.random.default_rng(2).normal(0, 0.1, int(16_000 * seconds)), 16_000, format="WAV")
    return sound.getvalue()


def long_decodes(target: Target) -> None:
    """Twelve recordings of nine minutes at once, six from each of two addresses: one has not so many places."""
    files = {"file": ("a.mp3", long_clip())}

    def send(n: int) -> None:
        transport = httpx.HTTPTransport(local_address=f"127.0.1.{1 + n % 2}")
        with httpx.Client(base_url=target.base_url, transport=transport) as web, suppress(httpx.HTTPError):
            web.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files=files, timeout=target.lasts_s)

    with ThreadPoolExecutor(N_DECODED) as pool:
        list(pool.map(send, range(N_DECODED)))


def bombs(target: Target) -> None:
    """Small files that are dear to decode, to the API and to the page."""
    tiny, fast = _bombs()

    def send(web: httpx.Client) -> None:
        web.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": ("a.flac", tiny)})
        web.post("/page/recordings", params={"name": "a"}, content=fast)

    together(target, 6, send)


def silent_addresses(target: Target) -> None:
    """References at an address that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.wav"
        step = {"mode": "clone", "prompt_audio": address}
        body = {"model": "tts-1", "input": "Good morning.", "step_audio": step}
        together(target, 8, lambda web: web.post("/v1/audio/speech", json=body, timeout=target.lasts_s))


def pictures(target: Target) -> None:
    """Pictures of many long takes of the page, whose viewers leave."""
    clip = _noise(60)

    def send(web: httpx.Client) -> None:
        if not web.cookies:
            web.get("/", headers={"accept": "text/html"})
        take = web.post("/page/recordings", params={"name": "a"}, content=clip).json().get("take", "")
        with suppress(httpx.ReadTimeout):
            web.get(f"/page/takes/{take}/picture", timeout=0.2)

    together(target, 6, send)


def odd_events(target: Target) -> None:
    """Events of the page with values that no browser sends."""

    def send(web: httpx.Client) -> None:
        for call in web.get("/config").json()["dependencies"]:
            for odd in ODD:
                body = {"data": [odd] * len(call["inputs"]), "event_data": odd, "fn_index": call["id"]}
                web.post("/gradio_api/queue/join", json=body | {"session_hash": "odd"})

    together(target, 2, send)


def forgotten_events(target: Target) -> None:
    """Long clones of the page whose news nobody reads."""
    with target.web() as web:
        web.get("/", headers={"accept": "text/html"})
        config = web.get("/config").json()

        def join(element: str, event: str, values: dict[str, object], reader: str) -> None:
            with suppress(httpx.HTTPError):
                web.post("/gradio_api/queue/join", json=event_body(config, element, event, values, reader))

        join("library", "use", {"event": {"voice": "happy_en"}}, "first")
        with suppress(httpx.HTTPError), web.stream("GET", "/gradio_api/queue/data?session_hash=first") as news:
            next(line for line in news.iter_lines() if "process_completed" in line)
        for n in range(N_FORGOTTEN):
            join("clone", "click", {"text": LONG_TEXT[:4000]}, f"s{n}")
    time.sleep(target.lasts_s)
