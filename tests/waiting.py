"""Waiting for what happens in another task, thread or process, when nothing says so; and work that waits itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

PATIENCE_S = 10.0
POLL_S = 0.005


def wait_until(is_true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return when the condition holds; the test fails when it never does."""
    waiting = threading.Event()
    for _ in range(round(patience_s / POLL_S)):
        if is_true():
            return
        waiting.wait(POLL_S)
    pytest.fail(f"waited {patience_s:g} s in vain for {what}")


async def until(is_true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """The same, while other tasks of the loop go on."""
    for _ in range(round(patience_s / POLL_S)):
        if is_true():
            return
        await asyncio.sleep(POLL_S)
    pytest.fail(f"waited {patience_s:g} s in vain for {what}")


class Held:
    """Work that keeps its thread until it is let go."""

    def __init__(self) -> None:
        self.has_begun, self._go = asyncio.Event(), threading.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> str:
        self._loop.call_soon_threadsafe(self.has_begun.set)
        assert self._go.wait(10)
        return "held"

    def steps(self) -> Iterator[str]:
        yield self()

    def let_go(self) -> None:
        self._go.set()
