"""The whole service in a process of its own, of this checkout or of another, and what the system says of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.settings import PROJECT

POLL_S = 0.05
START_LIMIT_S = 120.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its process, its address, and the seconds it took to be ready."""

    pid: int
    host: str
    port: int
    ready_s: float

    def cpu_s(self) -> float:
        """CPU time of all its threads so far (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> tuple[float, float]:
        """Resident memory now and at its peak (Linux)."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        rows = dict(line.split(":", 1) for line in lines)
        now, peak = (int(rows[name].split()[0]) * 1024 / MIB for name in ("VmRSS", "VmHWM"))
        return now, peak


@contextmanager
def running_service(cache_dir: Path, checkout: Path = PROJECT) -> Iterator[Service]:
    """The service of a checkout on a free port, with this one's weights, once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--backend", "embedded", "--server-name", "127.0.0.1", "--server-port", str(port), "--log-level", "error"]
    folders = ["--cache-dir", str(cache_dir), "--models-dir", str(PROJECT / "models")]
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.main", *flags, *folders, "--offline"], stdout=subprocess.DEVNULL, cwd=checkout
    )
    try:
        while not _is_ready(port):
            if process.poll() is not None or time.perf_counter() - start > START_LIMIT_S:
                raise SystemExit(f"The service of {checkout} did not become ready; start it by hand to see why.")
            time.sleep(POLL_S)
        yield Service(process.pid, "127.0.0.1", port, time.perf_counter() - start)
    finally:
        process.terminate()
        process.wait()


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # not listening yet, or 503
        return False
