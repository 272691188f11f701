"""TokenCache: keeps what is costly to compute from a reference, across requests, restarts and processes.

Least recently used entries go first, by count and by bytes. Ten callers of one new key compute it once. A disk that
is full or read-only degrades the cache to memory with one warning. Thread-safe; calls may wait for a computation that
another thread has begun, so they belong in worker threads.

The caller's key names everything the value depends on: the samples' hash and the version of weights and code.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cache.entry_files import Entry, EntryFiles, NotAnEntry, name_of

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

RESCAN_S = 30.0  # how long the index may be unaware of what other processes stored
WAIT_STEP_S = 0.1  # how often a caller that waits for another's computation looks at its own deadline
NAME_SHOWN = 16  # digits of an entry's name in the log


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What the cache holds and did. Counts since the start of the process; `saved_s` is measured, not assumed."""

    entries: int
    capacity: int
    bytes: int
    hits: int
    misses: int
    hit_rate: float
    evictions: int
    saved_s: float
    set_aside: int


class _Flight:
    """One computation under way: those who want the same key wait for `landed`; `packed` stays None if it failed."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.packed: bytes | None = None


class TokenCache:
    """A persistent LRU cache of JSON-able dicts."""

    def __init__(self, folder: Path | None, max_entries: int, max_bytes: int) -> None:
        """Open the folder; None keeps entries in memory only. `max_entries` 0 keeps none at all."""
        self._files = EntryFiles(folder) if folder is not None and max_entries else None
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._sizes: OrderedDict[str, int] = OrderedDict()  # name -> bytes, least recently used first
        self._total_bytes = 0
        self._unsaved: dict[str, bytes] = {}  # entries the disk did not take
        self._flights: dict[str, _Flight] = {}
        self._used_ns = 0
        self._scanned_at = 0.0
        self._has_warned = False
        self._hits = self._misses = self._evictions = 0
        self._saved_s = 0.0
        self._rescan()
        self._evict()

    @classmethod
    def from_settings(cls, settings: Settings) -> TokenCache:
        """The cache the settings describe; with `--no-cache` one that keeps nothing."""
        max_entries = settings.cache_max_entries if settings.cache else 0
        return cls(settings.cache_dir / "tokens", max_entries, settings.cache_max_bytes)

    def get(self, key: str) -> dict[str, Any] | None:
        """The value of a key, None if there is none. One log line says which."""
        entry = self._look_up(key)
        with self._lock:
            self._count(key, entry)
        return None if entry is None else entry.value

    def put(self, key: str, value: dict[str, Any], cost_s: float) -> None:
        """Keep a value that took `cost_s` seconds to compute. When this returns, it survives a crash."""
        self._keep(name_of(key), Entry(key, value, cost_s).packed())

    def get_or_compute(
        self, key: str, compute: Callable[[], dict[str, Any]], checkpoint: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        """The value of a key, computed by the first caller and shared with those who ask meanwhile.

        What `compute` raises reaches its own caller; one of the others then tries. `checkpoint` is called while waiting
        for another's computation and may raise to give up. Everyone gets a copy of their own, as JSON gives it back.
        """
        while True:
            with self._lock:
                is_mine = key not in self._flights
                flight = self._flights.setdefault(key, _Flight())
            if is_mine:
                return self._fly(key, flight, compute)
            if (entry := self._wait_for(key, flight, checkpoint)) is not None:
                return entry.value

    def stats(self) -> CacheStats:
        """What the cache holds and did."""
        with self._lock:
            self._rescan_if_old()
            looked_up = self._hits + self._misses
            return CacheStats(
                entries=len(self._sizes),
                capacity=self._max_entries,
                bytes=self._total_bytes,
                hits=self._hits,
                misses=self._misses,
                hit_rate=round(self._hits / looked_up, 4) if looked_up else 0.0,
                evictions=self._evictions,
                saved_s=round(self._saved_s, 3),
                set_aside=self._files.n_set_aside if self._files else 0,
            )

    def clear(self) -> int:
        """Remove every entry; returns how many are gone: those that the disk does not give up stay. The counts go on."""
        with self._lock:
            self._rescan()
            names = list(self._sizes)
            for name in names:
                self._drop(name)
            self._rescan()
            return sum(name not in self._sizes for name in names)

    # ---- one computation for all -----------------------------------------------------------------------------------

    def _fly(self, key: str, flight: _Flight, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            entry = self._look_up(key)
            with self._lock:
                self._count(key, entry)
            if entry is None:
                began = time.perf_counter()
                value = compute()
                entry = Entry(key, value, time.perf_counter() - began)
                packed = entry.packed()
                self._keep(name_of(key), packed)
                entry = Entry.unpacked(packed, key)
            flight.packed = entry.packed()
            return entry.value
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _wait_for(self, key: str, flight: _Flight, checkpoint: Callable[[], None] | None) -> Entry | None:
        while not flight.landed.wait(WAIT_STEP_S):
            if checkpoint is not None:
                checkpoint()
        if flight.packed is None:
            return None
        entry = Entry.unpacked(flight.packed, key)
        with self._lock:
            self._count(key, entry)
        return entry

    # ---- entries ---------------------------------------------------------------------------------------------------

    def _look_up(self, key: str) -> Entry | None:
        name = name_of(key)
        packed = self._unsaved.get(name) or self._read(name)
        if packed is None:
            return None
        try:
            entry = Entry.unpacked(packed, key)
        except NotAnEntry as fault:
            self._set_aside(name, fault)
            return None
        with self._lock:
            self._mark_used(name, len(packed))
        return entry

    def _read(self, name: str) -> bytes | None:
        if self._files is None:
            return None
        try:
            packed = self._files.read(name)
        except OSError as fault:
            self._warn_once(fault)
            return None
        if packed is None:
            with self._lock:
                self._forget(name)
        return packed

    def _keep(self, name: str, packed: bytes) -> None:
        if not self._max_entries or len(packed) > self._max_bytes:
            return
        is_saved = self._saved(name, packed)
        with self._lock:
            if is_saved:
                self._unsaved.pop(name, None)
            else:
                self._unsaved[name] = packed
            self._mark_used(name, len(packed))
            self._rescan_if_old()
            self._evict()

    def _saved(self, name: str, packed: bytes) -> bool:
        if self._files is None:
            return False
        try:
            self._files.write(name, packed)
        except OSError as fault:
            self._warn_once(fault)
            return False
        return True

    def _set_aside(self, name: str, fault: NotAnEntry) -> None:
        logger.warning("token cache: entry %s set aside: %s", name[:NAME_SHOWN], fault)
        with self._lock:
            self._forget(name)
            if self._files is not None:
                self._files.set_aside(name)

    # ---- the index; callers hold the lock --------------------------------------------------------------------------

    def _count(self, key: str, entry: Entry | None) -> None:
        shown = name_of(key)[:NAME_SHOWN]
        if entry is None:
            self._misses += 1
            logger.info("token cache MISS key=%s saved_s=0", shown)
            return
        self._hits += 1
        self._saved_s += entry.cost_s
        logger.info("token cache HIT key=%s saved_s=%.3f", shown, entry.cost_s)

    def _mark_used(self, name: str, size_bytes: int) -> None:
        self._used_ns = max(self._used_ns + 1, time.time_ns())  # never equal, never backward: it is the order of use
        self._forget(name)
        self._sizes[name] = size_bytes
        self._total_bytes += size_bytes
        if self._files is not None and name not in self._unsaved:
            self._files.touch(name, self._used_ns)

    def _forget(self, name: str) -> None:
        self._total_bytes -= self._sizes.pop(name, 0)

    def _drop(self, name: str) -> None:
        self._forget(name)
        if self._unsaved.pop(name, None) is None and self._files is not None:
            self._files.remove(name)

    def _evict(self) -> None:
        while len(self._sizes) > self._max_entries or self._total_bytes > self._max_bytes:
            self._drop(next(iter(self._sizes)))
            self._evictions += 1

    def _rescan_if_old(self) -> None:
        if time.monotonic() - self._scanned_at > RESCAN_S:
            self._rescan()

    def _rescan(self) -> None:
        """Make the index what lies on the disk, other processes' entries and uses included."""
        self._scanned_at = time.monotonic()
        if self._files is None:
            return
        try:
            found = self._files.scan()
        except OSError as fault:
            self._warn_once(fault)
            return
        self._sizes = OrderedDict((entry.name, entry.size_bytes) for entry in found)
        self._sizes.update((name, len(packed)) for name, packed in self._unsaved.items())
        self._total_bytes = sum(self._sizes.values())
        self._used_ns = max(self._used_ns, *(entry.used_ns for entry in found), 0)

    def _warn_once(self, fault: OSError) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning("token cache: the disk does not serve (%s); new entries stay in memory", fault.strerror)
