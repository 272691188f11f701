"""The container image, as far as it can be looked at without building it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.settings import PROJECT, Settings
from tools import healthcheck

START = "/app/start_unified.sh"
PORT = str(Settings.model_fields["server_port"].default)


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/healthz", "/readyz") else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Of a service that is healthy."""
    server = HTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("arguments", "variable", "port"),
    [
        ([START], "", PORT),
        ([START], "8000", "8000"),
        ([START, "--server-port", "8001", "--no-ui"], "8000", "8001"),
        (["/usr/bin/tini", "--", START, "--server-port=8002"], "", "8002"),
    ],
)
def test_the_health_of_the_port_that_the_service_listens_on_is_checked(arguments: list[str], variable: str, port: str):
    assert healthcheck.port_of(arguments, {"EDITX_SERVER_PORT": variable}) == port


def test_a_service_that_answers_is_healthy_and_one_that_does_not_is_not(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first_process = tmp_path / "cmdline"
    monkeypatch.setattr(healthcheck, "FIRST_PROCESS", first_process)
    for asked, status in ((port, 0), (1, 1)):
        first_process.write_bytes(f"{START}\0--server-port\0{asked}\0".encode())
        assert healthcheck.main() == status


def test_what_the_image_copies_is_given_to_its_build():
    given = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    rows = re.findall(r"^COPY (.+) \S+$", (PROJECT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    copied = {source for row in rows for source in row.split()}
    assert {f"!{source}" for source in copied} <= set(given)
    assert all((PROJECT / source).exists() for source in copied)
