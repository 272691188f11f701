"""Memory: what this process takes, what it can give back, and what the machine has left."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import resource
import sys
from pathlib import Path

LARGE_BLOCK_BYTES = 1024 * 1024
HEAPS = 2
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of glibc's malloc.h


def process_memory_bytes() -> int:
    """Resident memory of this process; where the system does not tell, its highest value so far."""
    try:
        n_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else highest * 1024  # macOS counts bytes, others KiB
    return n_pages * os.sysconf("SC_PAGE_SIZE")


def keep_little_memory() -> None:
    """Have the C library keep little of what is freed, from now on: large blocks go back to the system at once.

    glibc raises the size of what it counts as large by what it sees, to 32 MiB, and then keeps holes between what is
    in use; and it gives each thread a heap of its own, up to eight a core. With other libraries nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)
        mallopt(_M_ARENA_MAX, HEAPS)


def settle() -> None:
    """Have Python's collector pass over all that there is now: it would look through the whole program again and again,
    for 100 ms each time, in which nothing else runs.
    """
    gc.collect()
    gc.freeze()


def give_back_memory() -> None:
    """Return memory that was freed to the system: the C library keeps it otherwise, for the next time.

    For what takes much memory now and then. glibc has a call for it; with other libraries nothing happens.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def available_memory_bytes(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")) -> int | None:
    """What a new program can take: of the machine, or of the container if that is less. None where nothing says it."""
    known = [n_bytes for n_bytes in (_machine_bytes(meminfo), _container_bytes(cgroup)) if n_bytes is not None]
    return min(known, default=None)


def _machine_bytes(meminfo: Path) -> int | None:
    """Unlike what is "free", this counts what the system's file caches give up."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def _container_bytes(cgroup: Path) -> int | None:
    """What the container's limit leaves, its own file caches included; None without a limit ("max")."""
    try:
        limit, used = ((cgroup / name).read_text().strip() for name in ("memory.max", "memory.current"))
        cached = re.search(r"^inactive_file (\d+)", (cgroup / "memory.stat").read_text(), re.MULTILINE)
        return max(0, int(limit) - int(used) + (int(cached[1]) if cached else 0))
    except (OSError, ValueError):
        return None
