"""The Caddyfile, in a real Caddy before the program: what must pass a proxy as it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from app.settings import PROJECT
from tests.serving import Service, free_port, scripted_service

pytestmark = pytest.mark.slow

CADDY = Path(sysconfig.get_path("scripts")) / "caddy"
LONG = "First. Then wait."
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    flags = ("--trusted-proxies", "127.0.0.1")
    with scripted_service(tmp_path_factory.mktemp("service"), flags) as running:
        running.wait_until("/readyz")
        yield running


@pytest.fixture(scope="module")
def proxy(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Caddy before the service."""
    folder = tmp_path_factory.mktemp("caddy")
    address = f"http://127.0.0.1:{free_port()}"
    environ = {"SITE": address, "UPSTREAM": service.base_url.removeprefix("http://"), "HOME": str(folder)}
    config = (PROJECT / "deploy/proxy/Caddyfile").read_text(encoding="utf-8")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + config)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [CADDY, "run", "--config", "Caddyfile"],
            cwd=folder,
            env=os.environ | environ,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            ends_at = time.monotonic() + PATIENCE_S
            while time.monotonic() < ends_at and not _answers(address):
                assert process.poll() is None, (folder / "log").read_text()
                threading.Event().wait(0.1)
            yield address
        finally:
            process.kill()
            process.wait(10)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_the_caddyfile_is_written_as_caddy_writes_it() -> None:
    done = subprocess.run(
        [CADDY, "fmt", "--diff", "deploy/proxy/Caddyfile"], cwd=PROJECT, capture_output=True, text=True
    )
    assert [line for line in done.stdout.splitlines() if line.startswith(("+", "-"))] == []


@pytest.mark.parametrize("form", ["audio", "sse"])
def test_speech_reaches_the_listener_before_all_of_it_is_made(proxy: str, form: str) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": LONG, "response_format": "pcm", "stream_format": form}
    with httpx.stream("POST", f"{proxy}/v1/audio/speech", json=body, timeout=PATIENCE_S) as answer:
        assert answer.status_code == 200
        assert next(answer.iter_raw()), "the second sentence waits for ever"


def test_text_in_pieces_is_spoken_through_it(proxy: str) -> None:
    with connect(f"{proxy.replace('http', 'ws')}/v1/audio/speech/stream") as socket:
        socket.send(json.dumps({"model": "tts-1", "voice": "alloy", "response_format": "pcm"}))
        assert json.loads(socket.recv(PATIENCE_S))["type"] == "started"
        socket.send(json.dumps({"text": "Hello there."}))
        socket.send(json.dumps({"flush": True}))
        assert isinstance(socket.recv(PATIENCE_S), bytes)


def test_the_page_is_served_and_metrics_stay_inside(proxy: str) -> None:
    assert "<gradio-app" in httpx.get(f"{proxy}/", timeout=PATIENCE_S).text
    for path in ("/metrics", "/metrics/", "//metrics", "//metrics//", "/%6detrics", "/metrics%2f"):
        assert httpx.get(f"{proxy}{path}").status_code == 404, path
    assert httpx.post(f"{proxy}/v1/audio/speech", json={}, headers={"origin": proxy}).status_code == 400


def test_who_leaves_stops_the_work_behind_it(proxy: str, service: Service) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": LONG, "response_format": "pcm"}
    with httpx.stream("POST", f"{proxy}/v1/audio/speech", json=body, timeout=PATIENCE_S) as answer:
        next(answer.iter_raw())
    service.wait_for_jobs(lambda running, _: running == 0)
