"""Signals to the started program: it drains and says so, and a second one ends it at once; never a traceback."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.serving import scripted_service

SPEECH = {"model": "tts-1", "voice": "alloy", "input": "forever"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_stopping_service_says_so_and_ends_at_once_when_asked_again(tmp_path: Path, kind: signal.Signals):
    with scripted_service(tmp_path) as service:
        service.wait_until("/readyz")

        def ask() -> None:
            with suppress(httpx.HTTPError):
                httpx.post(f"{service.base_url}/v1/audio/speech", json=SPEECH, timeout=60)

        asking = threading.Thread(target=ask)
        asking.start()
        service.wait_for_jobs(lambda running, _waiting: running == 1)
        service.process.send_signal(kind)
        assert service.wait_until("/readyz", 503).json()["status"] != "ready"
        assert httpx.get(f"{service.base_url}/healthz").status_code == 200
        service.process.send_signal(kind)
        assert service.process.wait(10) == -kind
        asking.join(10)
        assert "Traceback" not in service.log.read_text()
