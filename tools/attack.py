"""Attacks a service that it starts itself, and prints what came of it: `python -m tools.attack [--short]`.

While each attack runs, /healthz is asked twenty times a second and another caller asks for a short sentence. The table
has the latency of /healthz, that caller's wait against its time alone, the memory before, at its peak and after, and
whether anything that was acknowledged is lost. Then limits are asked for over raw sockets, and writers of the stores
are killed.

The full run takes about twenty minutes and judges all bars; the short one, under two, leaves out those of time: they
need a quiet machine. Exit status 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.settings import PROJECT
from tests.serving import Service, real_service
from tools.attacks import costly_work, kills, kinds, limits, take_kills
from tools.attacks.kinds import SPEECH, Attack, Target

MIB = 1024 * 1024
MAX_P99_S, MAX_TIMES, MAX_MORE_S, MAX_GROWTH_MIB = 0.1, 3, 2, 100
MAX_PEAK_MIB = 512 + 100  # over the memory before: what all that is being decoded may take, and the work beside it
STEP_S = 0.05  # between two looks at /healthz
REST_S, LOOK_S = 10.0, 0.5  # after an attack memory is looked at until it is back, so long at most
SHOWN_CHARS = 2000  # of a log that has a traceback
FLAGS = ("--log-level", "warning", "--url-allowed-hosts", "127.0.0.1")
CLIP = PROJECT / "tests" / "data" / "clips" / "ref_en_male.flac"
SHORT: tuple[Attack, ...] = (
    kinds.hard_text,
    kinds.large_documents,
    kinds.all_places,
    kinds.unfinished_bodies,
    kinds.idle_connections,
)
ALL: tuple[Attack, ...] = (
    *SHORT,
    kinds.large_fields,
    kinds.long_uploads,
    kinds.unread_answers,
    kinds.idle_sockets,
    costly_work.long_decodes,
    costly_work.bombs,
    costly_work.silent_addresses,
    costly_work.pictures,
    costly_work.odd_events,
    costly_work.forgotten_events,
)
SENTENCE = SPEECH | {"input": "The kettle is on, and the rain has stopped.", "response_format": "wav"}


@dataclass
class Row:
    """What one attack came to."""

    name: str
    p99_s: float = 0.0
    wait_s: float = 0.0
    status: int = 0
    memory_mib: list[float] = field(default_factory=list)  # before, at its peak, after
    lost: str = ""

    def faults(self, alone_s: float, *, is_strict: bool) -> list[str]:
        """The bars that it missed."""
        missed = [f"{self.name}: {self.lost}"] if self.lost else []
        if self.status != 200:
            missed.append(f"{self.name}: the other caller was answered {self.status}")
        if self.memory_mib[2] - self.memory_mib[0] > MAX_GROWTH_MIB:
            missed.append(f"{self.name}: memory kept {self.memory_mib[2] - self.memory_mib[0]:.0f} MiB")
        if self.memory_mib[1] - self.memory_mib[0] > MAX_PEAK_MIB:
            missed.append(f"{self.name}: memory grew by {self.memory_mib[1] - self.memory_mib[0]:.0f} MiB meanwhile")
        if is_strict and self.p99_s > MAX_P99_S:
            missed.append(f"{self.name}: /healthz p99 {1000 * self.p99_s:.0f} ms")
        if is_strict and self.wait_s > MAX_TIMES * alone_s + MAX_MORE_S:
            missed.append(f"{self.name}: the other caller waited {self.wait_s:.1f} s, alone {alone_s:.1f} s")
        return missed


class Watch:
    """Asks /healthz all the while, from a thread here: what it sees is the worse for the attack's own work."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self._took_s: list[float] = []
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def p99_s(self) -> float:
        """End it; the latency that one in a hundred exceeds."""
        self._over.set()
        self._thread.join(30)
        took_s = sorted(self._took_s)
        return took_s[int(0.99 * (len(took_s) - 1))] if took_s else 30.0

    def _look(self) -> None:
        while not self._over.wait(STEP_S):
            began = time.monotonic()
            with suppress(OSError):
                line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                line.request("GET", "/healthz")
                line.getresponse().read()
                line.close()
            self._took_s.append(time.monotonic() - began)


def main() -> int:
    """Attack, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tools.attack", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form of CI, under two minutes")
    is_short = parser.parse_args().short
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder), FLAGS) as service:
        service.wait_until("/readyz")
        _keep_something(service)
        alone_s = min(_sentence(service)[0] for _ in range(2))
        print(f"a short sentence alone: {alone_s:.2f} s\n")
        print(f"{'attack':<20}{'/healthz p99':>13}{'other waits':>13}{'MiB before':>12}{'peak':>7}{'after':>7}  lost")
        for attack in SHORT if is_short else ALL:
            row = _attacked(service, attack, lasts_s=3 if is_short else 20)
            _print(row)
            missed += row.faults(alone_s, is_strict=not is_short)
        target = Target(service.base_url, 0)
        print()
        for seen in (*limits.quick(target), *(() if is_short else limits.slow(target))):
            print(f"{seen.limit:<48}{seen.seen}")
            missed += [] if seen.is_kept else [f"{seen.limit}: {seen.seen}"]
        if "Traceback" in (log := service.log.read_text()):
            missed.append(f"the log has a traceback:\n{log[log.index('Traceback') :][:SHOWN_CHARS]}")
    missed += _killed(40 if is_short else 1000)
    missed += _killed_while_making(10 if is_short else 200)
    print("\n" + ("\n".join(missed) or "all bars are kept"))
    return 1 if missed else 0


def _attacked(service: Service, attack: Attack, lasts_s: float) -> Row:
    row = Row(attack.__name__)
    before = service.memory_bytes() / MIB
    Path(f"/proc/{service.process.pid}/clear_refs").write_text("5")  # forgets the peak
    target = Target(service.base_url, lasts_s)
    watch = Watch(target.port)
    attacking = threading.Thread(target=attack, args=(target,))
    attacking.start()
    threading.Event().wait(1)
    row.wait_s, row.status = _sentence(service)
    attacking.join()
    row.p99_s = watch.p99_s()
    peak = _peak_mib(service)
    row.memory_mib = [before, peak, _at_rest_mib(service, before)]
    row.lost = _lost(service)
    return row


def _at_rest_mib(service: Service, before_mib: float) -> float:
    """The memory once it is back, or cannot be expected to come back."""
    ends_at = time.monotonic() + REST_S
    while (now_mib := service.memory_bytes() / MIB) > before_mib + MAX_GROWTH_MIB and time.monotonic() < ends_at:
        threading.Event().wait(LOOK_S)
    return now_mib


def _print(row: Row) -> None:
    before, peak, after = row.memory_mib
    print(
        f"{row.name:<20}{1000 * row.p99_s:>10.0f} ms{row.wait_s:>11.2f} s{before:>12.0f}{peak:>7.0f}{after:>7.0f}"
        f"  {row.lost or 'nothing'}",
        flush=True,
    )


def _sentence(service: Service) -> tuple[float, int]:
    """Seconds and status of the other caller's short sentence; 0 where no answer came."""
    began = time.monotonic()
    with suppress(httpx.HTTPError):
        status = httpx.post(f"{service.base_url}/v1/audio/speech", json=SENTENCE, timeout=60).status_code
        return time.monotonic() - began, status
    return time.monotonic() - began, 0


def _keep_something(service: Service) -> None:
    """What must still be there after each attack."""
    form = {"name": "Kept", "ref_text": "Words.", "consent": ""}
    files = {"audio_sample": ("a.flac", CLIP.read_bytes())}
    httpx.post(f"{service.base_url}/v1/audio/voices", data=form, files=files, timeout=60).raise_for_status()


def _lost(service: Service) -> str:
    try:
        answer = httpx.get(f"{service.base_url}/v1/audio/voices/Kept/preview", timeout=30)
    except httpx.HTTPError as failure:
        return f"no answer ({type(failure).__name__})"
    return "" if answer.status_code == 200 else f"the kept voice ({answer.status_code})"


def _peak_mib(service: Service) -> float:
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def _killed_while_making(n_kills: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        seen = take_kills.killed(Path(folder), n_kills)
    told = f"{len(seen.lost)} lost"
    print(f"\n{seen.n_kills} kills while takes were made: {seen.n_acknowledged} acknowledged, {told}")
    return [f"kills while takes were made, lost: {', '.join(seen.lost[:5])}"] if seen.lost else []


def _killed(n_kills: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        seen = kills.killed(Path(folder), n_kills)
    faults = {"lost": seen.lost, "not deleted": seen.undead, "left behind": seen.litter}
    told = ", ".join(f"{len(found)} {name}" for name, found in faults.items())
    print(f"\n{seen.n_kills} kills of writers: {seen.n_acknowledged} acknowledged, {told}")
    return [f"kills, {name}: {', '.join(found[:5])}" for name, found in faults.items() if found]


if __name__ == "__main__":
    sys.exit(main())
