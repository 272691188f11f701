"""The real service in a process of its own, with the real embedded engine, and the official client."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest

from app.settings import PROJECT

START_LIMIT_S = 60


@dataclass(frozen=True)
class RunningService:
    """A started service: its address, process and log."""

    base: str
    pid: int
    log: Path

    def client(self, **options) -> openai.OpenAI:
        """The official client without retries: a failure must not be hidden by a second try."""
        return openai.OpenAI(base_url=f"{self.base}/v1", api_key="unused", max_retries=0, **options)

    def cpu_s(self) -> float:
        """CPU seconds the process has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """Resident memory of the process."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--server-name", "127.0.0.1", "--server-port", str(port), "--cache-dir", str(folder), "--offline"]
    flags += ["--url-allowed-hosts", "127.0.0.1"]
    log = folder / "service.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EDITX_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.main", *flags],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=environment,
        )
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_until_ready(base, process, log)
        yield RunningService(base, process.pid, log)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def client(service: RunningService) -> openai.OpenAI:
    return service.client()


def _wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + START_LIMIT_S
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{base}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the service did not become ready:\n{log.read_text()}")
