"""A service in a process of its own, over loopback: started, awaited, asked, stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.settings import PROJECT

START_LIMIT_S = 120.0  # generous: tests share the machine

SCRIPTED = """
import sys
from pathlib import Path
from app.engine.engine import EditXEngine
from app.engine.library.voices import PRESETS
from app.main import main
from tests.fakes import Script, scripted_engine
script = Script()
if "--go" in sys.argv:
    script.go.set()
    sys.argv.remove("--go")
EditXEngine.from_settings = lambda settings, parts: scripted_engine(script, settings.cache_dir, PRESETS)
sys.exit(main(sys.argv[1:]))
"""


# The program as it runs with the embedded set of packages: nothing else can be imported.
EMBEDDED_SET = """
import sys
from importlib.machinery import PathFinder
from app.main import main
from tests.embedded_set import foreign_modules
FOREIGN = foreign_modules()
class OwnFinder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in FOREIGN else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = OwnFinder
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    base_url: str
    process: subprocess.Popen[str]
    log: Path

    def wait_until(self, path: str, status: int = 200) -> httpx.Response:
        """The first answer of that status; the log is shown when the service ends or time is up."""
        ends_at = time.monotonic() + START_LIMIT_S
        while time.monotonic() < ends_at and self.process.poll() is None:
            try:
                answer = httpx.get(self.base_url + path, timeout=5)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == status:
                return answer
            threading.Event().wait(0.1)
        raise AssertionError(f"{path} never answered {status}:\n{self.log.read_text()}")

    def wait_for_jobs(self, is_so: Callable[[int, int], bool]) -> None:
        """Return when the numbers of running and waiting jobs are as they should; fail when time is up."""
        ends_at = time.monotonic() + START_LIMIT_S
        while time.monotonic() < ends_at:
            state = httpx.get(f"{self.base_url}/readyz", timeout=5).json()
            if is_so(state["running"], state["waiting"]):
                return
            threading.Event().wait(0.1)
        raise AssertionError(f"the jobs never were as they should: {state}")

    def memory_bytes(self) -> int:
        """Its resident memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def peak_memory_bytes(self) -> int:
        """Its resident memory at most, so far."""
        rows = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(row.split()[1]) * 1024 for row in rows if row.startswith("VmHWM"))

    def stop(self, limit_s: float) -> float:
        """Ask it to end, as a supervisor does; returns how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(limit_s)
        return time.monotonic() - began


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def scripted_service(folder: Path, flags: Sequence[str] = ()) -> Iterator[Service]:
    """The whole program over the scripted engine of tests.fakes; with the flag `--go` no word of it waits."""
    with _running([sys.executable, "-c", SCRIPTED], folder, flags) as service:
        yield service


@contextmanager
def real_service(folder: Path, flags: Sequence[str] = ()) -> Iterator[Service]:
    """The whole program as users start it."""
    with _running([sys.executable, "-m", "app.main"], folder, flags) as service:
        yield service


@contextmanager
def embedded_set_service(folder: Path, flags: Sequence[str] = ()) -> Iterator[Service]:
    """The whole program with the packages of the embedded set alone."""
    with _running([sys.executable, "-c", EMBEDDED_SET], folder, flags) as service:
        yield service


@contextmanager
def _running(command: Sequence[str], folder: Path, flags: Sequence[str]) -> Iterator[Service]:
    port, log = free_port(), folder / "service.log"
    where = ["--server-name", "127.0.0.1", "--server-port", str(port), "--cache-dir", str(folder / "cache")]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *where, *flags],
            cwd=PROJECT,
            env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"},
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Service(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.kill()
            process.wait(10)
