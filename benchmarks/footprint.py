"""Start-up and memory of the whole service, seen from outside: separate processes, asked over HTTP."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.passages import PARAGRAPH
from benchmarks.tasks import VOICE

POLL_S = 0.05
START_LIMIT_S = 120.0
ANSWER_LIMIT_S = 600.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds and MiB. `import_s`: `import app.main`; `help_s`: `--help`; `ready_s`: start until /readyz says yes.

    `idle_mib` is resident memory when ready, `after_mib` after a long clone, `peak_mib` the most it ever was.
    """

    import_s: float
    help_s: float
    ready_s: float
    idle_mib: float
    after_mib: float
    peak_mib: float


def footprint(cache_dir: Path, n_runs: int) -> Footprint:
    """Medians over the runs; memory is measured once, in the last one."""
    import_s = statistics.median(_seconds_of("-c", "import app.main") for _ in range(n_runs))
    help_s = statistics.median(_seconds_of("-m", "app.main", "--help") for _ in range(n_runs))
    ready = []
    for run in range(n_runs):
        with _service(cache_dir) as (process, address, ready_s):
            ready.append(ready_s)
            if run < n_runs - 1:
                continue
            idle_mib, _ = _resident_mib(process.pid)
            _speak(address, PARAGRAPH)
            after_mib, peak_mib = _resident_mib(process.pid)
    return Footprint(import_s, help_s, statistics.median(ready), idle_mib, after_mib, peak_mib)


def _seconds_of(*arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


@contextmanager
def _service(cache_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    """The service on a free port: its process, its address, and the seconds it took to be ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--backend", "embedded", "--server-name", "127.0.0.1", "--server-port", str(port), "--log-level", "error"]
    command = [sys.executable, "-m", "app.main", *flags, "--offline", "--cache-dir", str(cache_dir)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while not _is_ready(address):
            if process.poll() is not None or time.perf_counter() - start > START_LIMIT_S:
                raise SystemExit("The service did not become ready; start it by hand to see why.")
            time.sleep(POLL_S)
        yield process, address, time.perf_counter() - start
    finally:
        process.terminate()
        process.wait()


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # not listening yet, or 503
        return False


def _speak(address: str, text: str) -> None:
    body = json.dumps({"model": "tts-1", "voice": VOICE, "input": text, "response_format": "wav"}).encode()
    request = urllib.request.Request(f"{address}/v1/audio/speech", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=ANSWER_LIMIT_S) as answer:
        answer.read()


def _resident_mib(pid: int) -> tuple[float, float]:
    """Resident memory of a process now and at its peak (Linux)."""
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, peak = (int(rows[name].split()[0]) * 1024 / MIB for name in ("VmRSS", "VmHWM"))
    return now, peak
