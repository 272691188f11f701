"""Work in steps: what takes long and comes whole pauses between them, so that others may have their turn.

A pause is a `NothingYet` among the sounds of a job. For the scheduler it ends a step; the engine passes it on to
nobody.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from typing import TypeVar

import numpy as np

from app.engine.sound.audio import Audio

T = TypeVar("T")
STEP_S = 1.0  # after which work pauses where it can


class NothingYet(Audio):
    """A step whose sound comes later; of no length."""


Steps = Generator[NothingYet, None, T]  # pauses, and returns what was made


class Pace:
    """Pauses of one piece of work."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def pause(self) -> Iterator[NothingYet]:
        """One, if the step has taken long enough: for `yield from`."""
        if time.monotonic() - self._began >= STEP_S:
            yield NothingYet(np.zeros(0, np.float32), 1)
            self._began = time.monotonic()


def sounds_of(chunks: Iterable[Audio]) -> list[Audio]:
    """All chunks without the pauses."""
    return [chunk for chunk in chunks if not isinstance(chunk, NothingYet)]


def finished(steps: Steps[T]) -> T:
    """What the steps return, without pauses."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
