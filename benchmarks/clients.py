"""How many people the service takes at once: `python -m benchmarks.clients [--url URL] [--overshoot-s SECONDS]`.

Closed loop: 1, 2, 4 and 8 clients, each of whom asks for the next sentence when the last has been heard. Open loop:
clients come by chance (Poisson, a fixed seed) at 0.7 of what the closed loop could do, and a first sound counts from
when its client was to come. Overshoot: four times of it. Without a URL the service of this checkout is started, and its
memory read; `/healthz` is asked all the while. Every answer must be sound, a 4xx or a 429, and what is said under load
must be, sample for sample, what is said alone. Exit status 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

from benchmarks.listener import BYTES_A_SAMPLE, HEADER_BYTES, RATE_HZ, underrun_s
from benchmarks.passages import PARAGRAPH
from benchmarks.service import running_service

CLIENTS = (1, 2, 4, 8)
LASTS_S = 30.0  # each closed loop
OPEN_S, SHARE, OVERSHOOT = 60.0, 0.7, 4.0
CONTINUOUS_S = 0.1
PROBE_EVERY_S, PROBE_LIMIT_S = 0.05, 0.1
LEAST_OF_ONE = 0.95  # of one client's throughput, that more of them must reach together
SENTENCES = tuple(f"{sentence.strip()}." for sentence in PARAGRAPH.split(".") if sentence.strip())
FIELDS = {"model": "tts-1", "voice": "alloy", "response_format": "wav", "seed": 0}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request came to; of sound: its seconds, those until the first and of silence forced, and a digest."""

    status: int
    sentence: str
    audio_s: float = 0.0
    first_s: float = 0.0
    underrun_s: float = 0.0
    digest: str = ""


@dataclass
class Load:
    """Answers of one kind of load, what it lasted, and the latencies of `/healthz` meanwhile."""

    name: str
    answers: list[Answer] = field(default_factory=list)
    lasted_s: float = 0.0
    probes_s: list[float] = field(default_factory=list)

    @property
    def heard(self) -> list[Answer]:
        """Those that are sound."""
        return [answer for answer in self.answers if answer.status == 200]

    @property
    def audio_a_second(self) -> float:
        """Seconds of sound made in a second."""
        return sum(answer.audio_s for answer in self.heard) / self.lasted_s

    def row(self) -> str:
        """A line of the table."""
        first_s = sorted(answer.first_s for answer in self.heard)
        median_s, p95_s = statistics.median(first_s), first_s[int(0.95 * (len(first_s) - 1))]
        n_refused = sum(answer.status == 429 for answer in self.answers)
        n_gapless = sum(answer.underrun_s <= CONTINUOUS_S for answer in self.heard)
        return (
            f"| {self.name} | {len(self.answers)} | {n_refused} | {self.audio_a_second:.2f} "
            f"| {median_s:.2f}, {p95_s:.2f} | {n_gapless / len(first_s):.0%} | {1000 * self.p99_s:.0f} |"
        )

    @property
    def p99_s(self) -> float:
        """Of `/healthz`."""
        return float(np.percentile(self.probes_s, 99))

    def faults(self, alone: dict[str, str]) -> Iterator[str]:
        """What misses a bar, against the digests of what is said alone."""
        if bad := {answer.status for answer in self.answers if answer.status >= 500 or answer.status == 0}:
            yield f"{self.name}: statuses {bad}"
        if n_other := sum(answer.digest != alone[answer.sentence] for answer in self.heard):
            yield f"{self.name}: {n_other} answers sound otherwise than alone"
        if self.p99_s > PROBE_LIMIT_S:
            yield f"{self.name}: /healthz p99 {1000 * self.p99_s:.0f} ms"


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clients", description=__doc__)
    parser.add_argument("--url", help="of a service that runs")
    parser.add_argument("--overshoot-s", type=float, default=60.0, help="how long four times too many come")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.url:
            return _measure(options.url, options.overshoot_s, lambda: None)
        with running_service(Path(folder)) as service:
            url = f"http://{service.host}:{service.port}"
            return _measure(url, options.overshoot_s, lambda: service.resident_mib()[0])


def _measure(url: str, overshoot_s: float, memory_mib: Callable[[], float | None]) -> int:
    alone = {sentence: _ask(url, sentence).digest for sentence in SENTENCES}
    memories = [memory_mib()]
    loads = [_closed(url, n) for n in CLIENTS]
    capacity = max(load.audio_a_second for load in loads)
    mean_s = statistics.mean(answer.audio_s for load in loads for answer in load.heard)
    for name, rate, lasts_s in (
        ("by chance, 0.7 of capacity", SHARE * capacity / mean_s, OPEN_S),
        ("by chance, 4 times capacity", OVERSHOOT * capacity / mean_s, overshoot_s),
    ):
        memories.append(memory_mib())
        loads.append(_open(url, name, rate, lasts_s))
    memories.append(memory_mib())
    print(
        "| clients | requests | 429 | seconds of sound a second | first sound, median and p95, s | without gaps | ms |"
    )
    print("|---|---|---|---|---|---|---|")
    for load in loads:
        print(load.row())
    print(f"\nMemory between them, MiB: {', '.join('-' if mib is None else f'{mib:.0f}' for mib in memories)}")
    faults = [fault for load in loads for fault in load.faults(alone)]
    faults += [
        f"{load.name}: less sound than one client gets"
        for load in loads[1 : len(CLIENTS)]
        if load.audio_a_second < LEAST_OF_ONE * loads[0].audio_a_second
    ]
    print("\n".join(faults) or "all bars are kept")
    return 1 if faults else 0


def _closed(url: str, n_clients: int) -> Load:
    load = Load(f"{n_clients}, one request after the other")
    ends_at = time.monotonic() + LASTS_S

    def client(first: int) -> list[Answer]:
        sentences = itertools.cycle(SENTENCES[first % len(SENTENCES) :] + SENTENCES[: first % len(SENTENCES)])
        answers = []
        while time.monotonic() < ends_at:
            answers.append(_ask(url, next(sentences)))
        return answers

    with _watched(url, load), ThreadPoolExecutor(n_clients) as pool:
        for answers in pool.map(client, range(n_clients)):
            load.answers += answers
    return load


def _open(url: str, name: str, rate: float, lasts_s: float) -> Load:
    """Clients who come by chance, `rate` a second, and do not try again."""
    load, chance = Load(name), random.Random(1)
    gaps_s = itertools.accumulate(chance.expovariate(rate) for _ in range(round(rate * lasts_s)))
    began = time.monotonic()

    def client(coming: tuple[float, str]) -> Answer:
        comes_at = began + coming[0]
        time.sleep(max(0.0, comes_at - time.monotonic()))
        return _ask(url, coming[1], comes_at)

    comings = list(zip(gaps_s, itertools.cycle(SENTENCES), strict=False))
    with _watched(url, load), ThreadPoolExecutor(min(256, len(comings))) as pool:
        load.answers = list(pool.map(client, comings))
    return load


@contextmanager
def _watched(url: str, load: Load) -> Iterator[None]:
    """Asks `/healthz` all the while, and notes how long it was."""
    is_over = threading.Event()

    def probe() -> None:
        with httpx.Client(base_url=url, timeout=30) as web:
            while not is_over.wait(PROBE_EVERY_S):
                began = time.monotonic()
                web.get("/healthz").raise_for_status()
                load.probes_s.append(time.monotonic() - began)

    thread = threading.Thread(target=probe)
    thread.start()
    began = time.monotonic()
    try:
        yield
    finally:
        load.lasted_s = time.monotonic() - began
        is_over.set()
        thread.join()


def _ask(url: str, sentence: str, since: float | None = None) -> Answer:
    """Ask for a sentence and listen to its end; times count from `since`."""
    began = time.monotonic() if since is None else since
    data, arrivals = b"", list[tuple[float, int]]()
    try:
        with httpx.stream("POST", f"{url}/v1/audio/speech", json=FIELDS | {"input": sentence}, timeout=300) as answer:
            if answer.status_code != 200:
                return Answer(answer.status_code, sentence)
            for chunk in answer.iter_raw():
                data += chunk
                if len(data) > HEADER_BYTES:
                    arrivals.append((time.monotonic() - began, len(data) - HEADER_BYTES))
    except httpx.HTTPError:
        return Answer(0, sentence)
    pcm = data[HEADER_BYTES:]
    audio_s = len(pcm) / BYTES_A_SAMPLE / RATE_HZ
    digest = hashlib.sha256(pcm).hexdigest()
    return Answer(200, sentence, audio_s, _first_s(arrivals), underrun_s(arrivals), digest)


def _first_s(arrivals: Sequence[tuple[float, int]]) -> float:
    return arrivals[0][0] if arrivals else 0.0


if __name__ == "__main__":
    sys.exit(main())
