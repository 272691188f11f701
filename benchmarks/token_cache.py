"""`python -m benchmarks.token_cache [--entries N]`: opening a full cache, and hits and writes in it.

Entries are what a reference of ten seconds leaves: its codes and a speaker vector. Every look-up reads, checks and
unpacks a file. Wall clock, for waiting for the disk is part of it; medians.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cache.token_cache import TokenCache

N_OPENINGS, N_LOOK_UPS, N_WRITES = 5, 1000, 100
MAX_BYTES = 1 << 30


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.token_cache", description=__doc__)
    parser.add_argument("--entries", type=int, default=1000, help="entries in the cache")
    n_entries: int = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        path, rng = Path(folder), random.Random(0)
        cache = TokenCache(path, n_entries, MAX_BYTES)
        for n in range(n_entries):
            cache.put(f"clip {n}", _entry(rng), cost_s=1.0)
        opening_s = [_seconds(lambda: TokenCache(path, n_entries, MAX_BYTES)) for _ in range(N_OPENINGS)]
        cache = TokenCache(path, n_entries, MAX_BYTES)
        hits_s = sorted(_hit_s(cache, f"clip {rng.randrange(n_entries)}") for _ in range(N_LOOK_UPS))
        writes_s = [_seconds(lambda n=n: cache.put(f"new {n}", _entry(rng), cost_s=1.0)) for n in range(N_WRITES)]
        entry_bytes = cache.stats().bytes / n_entries
    print(f"{n_entries} entries of {entry_bytes:.0f} bytes\n\n| | ms |\n|---|---|")
    print(f"| opening the folder | {statistics.median(opening_s) * 1000:.1f} |")
    print(f"| a hit, median | {statistics.median(hits_s) * 1000:.3f} |")
    print(f"| a hit, 99 of 100 below | {hits_s[len(hits_s) * 99 // 100] * 1000:.3f} |")
    print(f"| a write that evicts, safe on the disk | {statistics.median(writes_s) * 1000:.2f} |")


def _entry(rng: random.Random) -> dict[str, Any]:
    return {
        "vq02": [rng.randrange(1024) for _ in range(167)],
        "vq06": [rng.randrange(4096) for _ in range(250)],
        "speaker": [rng.uniform(-1, 1) for _ in range(192)],
    }


def _hit_s(cache: TokenCache, key: str) -> float:
    began = time.perf_counter()
    value = cache.get(key)
    taken_s = time.perf_counter() - began
    if value is None:
        raise SystemExit(f"The entry of {key} is gone.")
    return taken_s


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
