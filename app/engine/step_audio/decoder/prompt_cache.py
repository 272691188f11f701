"""Prompts that were prepared for one stream and serve the next: all that the flow knows after a reference, in memory.

Preparing takes as long as decoding a sound of the reference's length, and nothing of it depends on what is said after.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from app.engine.step_audio.decoder.layers import Checkpoint

MAX_BYTES = 1 << 30  # of all prompts together: about five of three seconds at the model's size
LOOK_S = 0.05  # how often who waits for another's work looks whether it is still wanted


class Sized(Protocol):
    """What is kept."""

    @property
    def n_bytes(self) -> int: ...


T = TypeVar("T", bound=Sized)


class PromptCache(Generic[T]):
    """The latest used prompts within `max_bytes`. Thread-safe; who wants what another is making waits for it."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._making: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def get_or_make(self, key: str, make: Callable[[], T], checkpoint: Checkpoint) -> T:
        """The prompt of a key. Raises what `make` raises, and `checkpoint` while another makes it."""
        while True:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                made = self._making.get(key)
                if made is None:
                    own = self._making[key] = threading.Event()
            if made is None:
                return self._made(key, make, own)
            while not made.wait(LOOK_S):
                checkpoint()

    def _made(self, key: str, make: Callable[[], T], event: threading.Event) -> T:
        try:
            value = make()
            with self._lock:
                self._kept[key] = value
                while sum(kept.n_bytes for kept in self._kept.values()) > self._max_bytes:
                    self._kept.popitem(last=False)
            return value
        finally:
            with self._lock:
                del self._making[key]
            event.set()
