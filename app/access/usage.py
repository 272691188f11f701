"""Usage: what each key has done, for its limits and for whoever wants to know."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

HOUR_S = 3600.0


@dataclass(slots=True)
class _Use:
    requests: int = 0
    audio_s: float = 0.0
    lately: deque[tuple[float, float]] = field(default_factory=deque)  # when, and how many seconds of sound


class Usage:
    """Requests and seconds of sound by key, since the start and in the last hour. In memory; thread-safe."""

    def __init__(self) -> None:
        self._uses: dict[str, _Use] = {}
        self._lock = threading.Lock()

    def note_request(self, name: str) -> None:
        """The key of that name came with a request."""
        with self._lock:
            self._uses.setdefault(name, _Use()).requests += 1

    def note_audio(self, name: str, seconds: float) -> None:
        """So many seconds of sound were made for the key."""
        with self._lock:
            use = self._uses.setdefault(name, _Use())
            use.audio_s += seconds
            use.lately.append((time.monotonic(), seconds))

    def told(self, name: str) -> tuple[int, float, float]:
        """Requests and seconds of sound since the start, and seconds of sound in the last hour."""
        with self._lock:
            use = self._uses.setdefault(name, _Use())
            return use.requests, use.audio_s, _in_the_last_hour(use)

    def wait_s(self, name: str, limit_s: float) -> float:
        """Seconds until the key has less than so many seconds of sound in its last hour; 0 when it has now."""
        with self._lock:
            use = self._uses.setdefault(name, _Use())
            surplus_s, ends_at = _in_the_last_hour(use) - limit_s, 0.0
            for moment, seconds in use.lately:
                if surplus_s < 0:
                    break
                surplus_s -= seconds
                ends_at = moment + HOUR_S
            return max(0.0, ends_at - time.monotonic()) if ends_at else 0.0


def _in_the_last_hour(use: _Use) -> float:
    begin = time.monotonic() - HOUR_S
    while use.lately and use.lately[0][0] <= begin:
        use.lately.popleft()
    return sum(seconds for _, seconds in use.lately)
