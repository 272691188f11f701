"""Presence: whose browser is there, so that the page makes nothing for one that has left.

A browser is there while a request of its session is being answered, and for AWAY_S after the last of them: an open
page asks how things are every few seconds, and has a stream open while it waits for a job.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AWAY_S = 60.0


class Presence:
    """The browsers of all sessions. For the event loop only."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._n_open: Counter[str] = Counter()
        self._left_at: OrderedDict[str, float] = OrderedDict()  # who left first comes first

    @contextmanager
    def asking(self, session_id: str) -> Iterator[None]:
        """While inside, a request of that session is being answered."""
        self._n_open[session_id] += 1
        try:
            yield
        finally:
            self._n_open[session_id] -= 1
            if not self._n_open[session_id]:
                del self._n_open[session_id]
            self._left_at[session_id] = self._now_s()
            self._left_at.move_to_end(session_id)
            self._forget()

    def is_there(self, session_id: str) -> bool:
        """Whether that session has asked for something within AWAY_S."""
        self._forget()
        return session_id in self._n_open or session_id in self._left_at

    def _forget(self) -> None:
        while self._left_at and next(iter(self._left_at.values())) <= self._now_s() - AWAY_S:
            self._left_at.popitem(last=False)
