"""What this process takes of the machine."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path


def process_memory_bytes() -> int:
    """Resident memory of this process; where the system does not tell, its highest value so far."""
    try:
        n_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else highest * 1024  # macOS counts bytes, others KiB
    return n_pages * os.sysconf("SC_PAGE_SIZE")
