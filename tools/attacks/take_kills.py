"""Kills while takes are made: a studio is killed again and again; what it queued is made after.

Queuer and maker are forked, so that a kill over a backend of tones costs milliseconds. The queuer queues takes, writes
their ids into a pipe once they are acknowledged, and is killed. The maker starts the studio as the next start does, and
tells how each ended. `python -m tools.attacks.take_kills [N]` does it with the embedded engine: its process has loaded
nothing yet, which may be forked.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.engine.engine import EditXEngine
from app.engine.job import JobControl
from app.engine.library.voices import PRESETS
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.settings import PROJECT, Settings
from app.studio.store import TakeStore
from app.studio.studio import Studio
from app.studio.takes import Step
from tests.fakes import Script, scripted_engine, scripted_studio, tone

PATIENCE_S = 60.0  # of the maker
SESSION = "1" * 32
READY = "ready"  # the first line of a queuer
MAX_TAKES = 60  # of a session, after which it begins anew: each kept take is looked at in each round
CLIP = PROJECT / "tests" / "data" / "clips" / "ref_en_male.flac"


@dataclass(frozen=True, slots=True)
class Kind:
    """Whose studio is killed: how it is made, what its takes are made of and how, so many at once, and how long (s) a
    queuer lives once it is ready.
    """

    studio: Callable[[Path], Studio]
    recording: Callable[[], Audio]
    steps: tuple[Step, ...]
    n_at_once: int
    lives_s: tuple[float, float]


def _over_tones(folder: Path) -> Studio:
    return scripted_studio(scripted_engine(Script(), folder, PRESETS), folder)


def _over_the_embedded_engine(folder: Path) -> Studio:
    settings = Settings(backend="embedded", cache_dir=folder / "cache", offline=True)
    return scripted_studio(EditXEngine.from_settings(settings, Parts.from_settings(settings)), folder)


TONES = Kind(_over_tones, lambda: tone(0.3), (Step("vad", seed=1), Step("speed", "faster", seed=2)), 4, (0.02, 0.3))
EMBEDDED = Kind(
    _over_the_embedded_engine,
    lambda: decode(CLIP.read_bytes(), DecodeLimits.from_settings(Settings()), "file").slice_s(0.0, 2.0),
    (Step("clone", text="Good morning.", seed=1), Step("emotion", "happy", seed=2)),
    2,
    (0.1, 2.0),
)


@dataclass
class Outcome:
    """What was seen in all rounds: takes that were acknowledged, and those that were not made or could not be heard."""

    n_kills: int = 0
    n_acknowledged: int = 0
    lost: list[str] = field(default_factory=list)


def killed(folder: Path, n_kills: int, seed: int = 1, kind: Kind = TONES) -> Outcome:
    """Kill so many queuers, and have what they acknowledged made; all within the folder."""
    rng, outcome = random.Random(seed), Outcome()
    kept: set[str] = set()
    for _ in range(n_kills):
        kept |= set(_forked(partial(_queue, kind, folder), rng.uniform(*kind.lives_s)))
        made = set(_forked(partial(_make, kind, folder), None))
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
    """The lines that a process told, which is killed that long after the first, or left to end."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        try:
            asyncio.run(work(lambda line: os.write(write_end, f"{line}\n".encode())))
        except Exception:  # noqa: BLE001 - told, as nothing comes back but lines
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        ready = pipe.readline()
        if killed_after_s is not None:
            time.sleep(killed_after_s)
            os.kill(child, signal.SIGKILL)
        lines = (ready + pipe.read()).decode().splitlines()
    os.waitpid(child, 0)
    return [line for line in lines if line != READY]


async def _queue(kind: Kind, folder: Path, tell: Callable[[str], None]) -> None:
    studio = kind.studio(folder)
    await studio.start()
    while not studio.engine.status().is_ready:
        await asyncio.sleep(0.001)
    tell(READY)
    session = studio.store.session(SESSION)
    recording = await studio.bring(session, kind.recording(), "")
    tell(recording.id)
    while True:
        works = await studio.queue(session, recording, [kind.steps], JobControl)
        tell(works[0].take.id)
        await asyncio.sleep(0.01)
        if len(studio.works.all_of(session)) >= kind.n_at_once:
            await works[0].end()


async def _make(kind: Kind, folder: Path, tell: Callable[[str], None]) -> None:
    studio = kind.studio(folder)
    await studio.start()
    session = studio.store.session(SESSION)
    ends_at = time.monotonic() + PATIENCE_S
    while any(take.state == "queued" for take in session.tree().all.values()) and time.monotonic() < ends_at:
        await asyncio.sleep(0.01)
    for take in session.tree().all.values():
        if take.state == "done" and session.audio(take.id).duration_s > 0:
            tell(take.id)
    await studio.stop()


def main() -> int:
    """Kill the embedded engine so often; 1 where a take was lost."""
    n_kills = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as folder:
        seen = killed(Path(folder), n_kills, kind=EMBEDDED)
    print(f"{seen.n_kills} kills, {seen.n_acknowledged} takes acknowledged, lost {len(seen.lost)}: {seen.lost[:5]}")
    return 1 if seen.lost or not seen.n_acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
