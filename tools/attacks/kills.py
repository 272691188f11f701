"""Kills: a process that writes into the stores is killed again and again; what it acknowledged must be there after.

The writer is forked, so that a kill costs milliseconds. It makes, renames and deletes voices, consents and takes, and
writes each into a pipe once its store has returned.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceLibrary
from app.engine.sound.audio import Audio
from app.studio.store import TakeStore

LONGEST_S = 0.3  # that a writer lives
MAX_KEPT = 60  # things, after which the stores are emptied: each round looks at all of them
MAX_SAVED = 100_000
SESSION = "0" * 32
LEFTOVERS = (".draft-", ".deleted-")


@dataclass
class Outcome:
    """What was seen in all rounds."""

    n_kills: int = 0
    n_acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    undead: list[str] = field(default_factory=list)
    litter: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stores:
    voices: VoiceLibrary
    consents: ConsentLibrary
    takes: TakeStore

    @classmethod
    def of(cls, folder: Path) -> _Stores:
        return cls(
            VoiceLibrary(folder / "voices", MAX_SAVED),
            ConsentLibrary(folder / "consents", MAX_SAVED),
            TakeStore(folder / "takes", 1e9, 10**12),
        )


def killed(folder: Path, n_kills: int, seed: int = 1) -> Outcome:
    """Kill so many writers, and look after each what is there; all within the folder."""
    import pyloudnorm  # noqa: F401 - loaded here, and not by each writer anew
    import soundfile  # noqa: F401

    rng, outcome = random.Random(seed), Outcome()
    kept: set[str] = set()  # "voice:<name>", "consent:<id>", "take:<id>"
    for n in range(n_kills):
        sure, doubtful, gone = _one_kill(folder, f"{n}", rng.uniform(0, LONGEST_S))
        kept = (kept | sure) - gone
        _look(folder, kept - doubtful, gone, outcome)
        kept -= doubtful  # whether a deletion that was cut off has happened is for nobody to say
        outcome.n_kills += 1
        outcome.n_acknowledged += len(sure) + len(gone)
        if len(kept) > MAX_KEPT:
            _empty(folder)
            kept.clear()
    return outcome


def _one_kill(folder: Path, round_: str, after_s: float) -> tuple[set[str], set[str], set[str]]:
    """What one writer acknowledged as made, what it was deleting, and what it acknowledged as deleted."""
    read_end, write_end = os.pipe()
    writer = os.fork()
    if not writer:
        os.close(read_end)
        try:
            _write(folder, round_, partial(_tell, write_end))
        finally:
            os._exit(0)
    os.close(write_end)
    time.sleep(after_s)
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    with os.fdopen(read_end, "rb") as pipe:
        lines = [line.decode().split(" ", 1) for line in pipe.read().splitlines()]
    made = {what for verb, what in lines if verb == "made"}
    began = {what for verb, what in lines if verb == "deletes"}
    gone = {what for verb, what in lines if verb == "deleted"}
    return made, began - gone, gone


def _tell(pipe: int, line: str) -> None:
    os.write(pipe, f"{line}\n".encode())


def _write(folder: Path, round_: str, tell: Callable[[str], None]) -> None:
    stores = _Stores.of(folder)
    sound = Audio(np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32), 8000)
    for n in range(10_000):
        voice = stores.voices.create(f"voice {round_} {n}", sound, "words").name
        tell(f"made voice:{voice}")
        consent = stores.consents.create("somebody", "en", sound).id
        tell(f"made consent:{consent}")
        stores.consents.rename(consent, "somebody else")
        take = stores.takes.session(SESSION).add(sound).id
        tell(f"made take:{take}")
        if n % 2:
            tell(f"deletes voice:{voice}")
            stores.voices.delete(voice)
            tell(f"deleted voice:{voice}")


def _look(folder: Path, kept: set[str], gone: set[str], outcome: Outcome) -> None:
    """As the next start does: sweep, then look what is there."""
    stores = _Stores.of(folder)
    for sweep in (stores.voices.sweep, stores.consents.sweep, stores.takes.sweep):
        sweep()
    consents, _ = stores.consents.page(MAX_SAVED)
    there = {f"voice:{voice.name}" for voice in stores.voices.all()} | {f"consent:{c.id}" for c in consents}
    there |= {f"take:{take}" for take in stores.takes.session(SESSION).tree().all}
    outcome.lost += sorted(kept - there)
    outcome.undead += sorted(gone & there)
    names = [path.name for path in folder.rglob("*")]
    outcome.litter += [name for name in names if name.startswith(LEFTOVERS) or name.endswith(".tmp")]


def _empty(folder: Path) -> None:
    stores = _Stores.of(folder)
    for voice in stores.voices.all():
        if voice.source == "custom":
            stores.voices.delete(voice.name)
    for consent in stores.consents.page(MAX_SAVED)[0]:
        stores.consents.delete(consent.id)
    for path in (folder / "takes").glob(f"{SESSION}/*"):
        path.unlink()
