"""WeightsCheck: hashes all weights once a day, in a thread of its own at the lowest priority, and notes what changed.

A file may change while the service runs: a disk fails, or somebody copies other weights over it. What is loaded stays
as it was; what is loaded next would be something else. So it is told: in the log, and by `changed`.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from app.engine.facts.fact import Note

logger = logging.getLogger(__name__)

FIRST_S, EVERY_S = 600.0, 86_400.0  # after the start; after the last one
LOWEST_PRIORITY = 19

Checkpoint = Callable[[], None]
Weights = Callable[[Checkpoint], Iterable[Note]]  # hashes its files and yields what is wrong


class _Stopped(Exception):
    """The service stops in the middle of a file."""


class WeightsCheck:
    """Looks at the same weights again and again, until it is stopped. Thread-safe."""

    def __init__(self, weights: Sequence[Weights], *, first_s: float = FIRST_S, every_s: float = EVERY_S) -> None:
        self._weights = weights
        self._first_s, self._every_s = first_s, every_s
        self._over = threading.Event()
        self.changed: tuple[Note, ...] = ()

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name="editx-weights", daemon=True).start()

    def stop(self) -> None:
        """End within a block of a file."""
        self._over.set()

    def look(self) -> None:
        """Hash everything now, in this thread."""
        found = tuple(fault for hashed in self._weights for fault in hashed(self._checkpoint))
        for fault in found:
            if fault not in self.changed:
                logger.error("weights have changed since they were verified: %s", fault)
        self.changed = found

    def _run(self) -> None:
        with suppress(OSError, AttributeError):  # not on every system; only politeness is lost
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
        wait_s = self._first_s
        while not self._over.wait(wait_s):
            with suppress(_Stopped):
                self.look()
            wait_s = self._every_s

    def _checkpoint(self) -> None:
        if self._over.is_set():
            raise _Stopped
