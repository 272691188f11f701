"""Kills while takes are made: a studio over a backend of tones is killed again and again; what it queued is made after.

Queuer and maker are forked, so that a kill costs milliseconds. The queuer queues takes, writes their ids into a pipe
once they are acknowledged, and is killed. The maker starts the studio as the next start does, and tells how each ended.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.studio.store import TakeStore
from app.studio.studio import Studio
from app.studio.takes import Step
from tests.fakes import Script, scripted_engine, scripted_studio, tone

LONGEST_S = 0.3  # that a queuer lives
PATIENCE_S = 60.0  # of the maker
SESSION = "1" * 32
STEPS = (Step("vad", seed=1), Step("speed", "faster", seed=2))
MAX_TAKES = 60  # of a session, after which it begins anew: each kept take is looked at in each round


@dataclass
class Outcome:
    """What was seen in all rounds: takes that were acknowledged, and those that were not made or could not be heard."""

    n_kills: int = 0
    n_acknowledged: int = 0
    lost: list[str] = field(default_factory=list)


def killed(folder: Path, n_kills: int, seed: int = 1) -> Outcome:
    """Kill so many queuers, and have what they acknowledged made; all within the folder."""
    rng, outcome = random.Random(seed), Outcome()
    kept: set[str] = set()
    for _ in range(n_kills):
        kept |= set(_forked(partial(_queue, folder), rng.uniform(0.02, LONGEST_S)))
        made = set(_forked(partial(_make, folder), None))
        outcome.n_kills += 1
        outcome.lost += sorted(kept - made)
        kept &= made
        if len(kept) > MAX_TAKES:
            outcome.n_acknowledged += len(kept)
            kept.clear()
            TakeStore(folder / "takes", 3600.0, 10**9).session(SESSION).forget()
    outcome.n_acknowledged += len(kept) + len(outcome.lost)
    return outcome


def _forked(
    work: Callable[[Callable[[str], None]], Coroutine[None, None, None]], killed_after_s: float | None
) -> list[str]:
    """The lines that a process told, which is killed after that time, or left to end."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        try:
            asyncio.run(work(lambda line: os.write(write_end, f"{line}\n".encode())))
        finally:
            os._exit(0)
    os.close(write_end)
    if killed_after_s is not None:
        time.sleep(killed_after_s)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read_end, "rb") as pipe:
        lines = pipe.read().decode().splitlines()
    os.waitpid(child, 0)
    return lines


def _studio(folder: Path) -> Studio:
    return scripted_studio(scripted_engine(Script(), folder, PRESETS), folder)


async def _queue(folder: Path, tell: Callable[[str], None]) -> None:
    studio = _studio(folder)
    await studio.start()
    while not studio.engine.status().is_ready:
        await asyncio.sleep(0.001)
    session = studio.store.session(SESSION)
    recording = await studio.bring(session, tone(0.3), "")
    tell(recording.id)
    while True:
        works = await studio.queue(session, recording, [STEPS], JobControl)
        tell(works[0].take.id)
        await asyncio.sleep(0.01)
        if len(studio.works.all_of(session)) > 3:
            await works[0].end()


async def _make(folder: Path, tell: Callable[[str], None]) -> None:
    studio = _studio(folder)
    await studio.start()
    session = studio.store.session(SESSION)
    ends_at = time.monotonic() + PATIENCE_S
    while any(take.state == "queued" for take in session.tree().all.values()) and time.monotonic() < ends_at:
        await asyncio.sleep(0.01)
    for take in session.tree().all.values():
        if take.state == "done" and session.audio(take.id).duration_s > 0:
            tell(take.id)
    await studio.stop()
