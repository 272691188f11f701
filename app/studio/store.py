"""Where takes are kept: one folder per session, one FLAC file per take, and the tree as JSON beside them.

Sessions are told apart by unguessable ids and know nothing of each other. Takes expire `max_age_s` after they were
made; when all sessions together take more than `max_bytes`, the oldest takes go first. A take whose file is gone is
forgotten. Thread-safe; reads and writes files, so call it off the event loop.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.engine.errors import InvalidRequest, UnknownTake
from app.engine.library.folders import read_json, write_flac, write_json
from app.engine.sound.audio import Audio, loudness_lufs
from app.studio.takes import Step, Take, TakeTree, View

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

N_PEAKS = 160  # points of a take's outline
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
MAX_OPEN_SESSIONS = 1000  # whose trees are kept in memory
SWEEP_S = 60.0  # how often the disk is looked through


def new_session_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(24)


def is_session_id(text: str) -> bool:
    """Whether the text has the form of a session id; anything else must not become a path."""
    return _SESSION_ID.fullmatch(text) is not None


class Session:
    """One user's takes. `revision` grows with every change, so that a second window can tell that it is behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self.revision = 0
        self.voice_id: str | None = None  # the take whose voice clones speak in
        self._tree = read_json(folder / "session.json", self._read) or TakeTree()

    @contextlib.contextmanager
    def tree(self) -> Iterator[TakeTree]:
        """The tree to look at; expired takes are gone from it."""
        with self._lock:
            gone = {take_id for take_id in self._tree.all if not self.path(take_id).exists()}
            if gone:
                self._tree.forget(gone)
                self.revision += 1
            yield self._tree

    @contextlib.contextmanager
    def changing(self) -> Iterator[TakeTree]:
        """The tree to change; it is on disk when the block ends well."""
        with self.tree() as tree:
            yield tree
            surplus = tree.surplus()
            tree.forget(surplus)
            for take_id in surplus:
                self.path(take_id).unlink(missing_ok=True)
            self.revision += 1
            self._write(tree)

    def voice(self) -> Take | None:
        """The take that clones speak in the voice of."""
        with self.tree() as tree, contextlib.suppress(UnknownTake):
            return tree.take(self.voice_id or "")
        return None

    def use_voice(self, take_id: str | None) -> None:
        """Choose the take whose voice clones speak in. Raises UnknownTake."""
        with self.changing() as tree:
            if take_id is not None:
                tree.take(take_id)
            self.voice_id = take_id

    def add(
        self,
        audio: Audio,
        *,
        step: Step | None = None,
        parent_id: str | None = None,
        name: str = "",
        transcript: str = "",
        language: str = "",
        compute_s: float = 0.0,
        warnings: tuple[str, ...] = (),
        voice: str = "",
    ) -> Take:
        """Keep a sound as a new take and stand on it. Raises InvalidRequest when the disk does not take it."""
        take_id = secrets.token_hex(8)
        loudness, peaks = loudness_lufs(audio), outline(audio)
        with self.changing() as tree:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_flac(self.path(take_id), audio)
            except OSError as fault:
                logger.warning("a take was not kept: %s", fault.strerror)
                raise InvalidRequest("The disk of the server is full or read-only: the take was not kept.") from fault
            take = Take(
                take_id,
                tree.next_number(),
                parent_id,
                step,
                name,
                transcript,
                language,
                audio.duration_s,
                compute_s,
                loudness,
                time.time(),
                peaks,
                warnings,
                voice,
            )
            tree.add(take)
            return take

    def audio(self, take_id: str) -> Audio:
        """The sound of a take. Raises UnknownTake."""
        import soundfile

        with self.tree() as tree:
            tree.take(take_id)
        try:
            with self.path(take_id).open("rb") as file:
                samples, rate = soundfile.read(file, dtype="float32")
        except FileNotFoundError:
            raise UnknownTake from None
        return Audio(samples, rate)

    def path(self, take_id: str) -> Path:
        """The FLAC file of a take."""
        return self._folder / f"{take_id}.flac"

    def _write(self, tree: TakeTree) -> None:
        views, at = tree.views
        row = {
            "voice_id": self.voice_id,
            "at": at,
            "views": [{"current": v.current, "deleted": sorted(v.deleted), "names": dict(v.names)} for v in views],
            "takes": [asdict(take) for take in tree.all.values()],
        }
        with contextlib.suppress(OSError):  # the takes stay usable until the process ends
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json(self._folder / "session.json", row)

    def _read(self, row: dict[str, Any]) -> TakeTree:
        takes = {t["id"]: _take(t) for t in row["takes"]}
        views = [View(v["current"], frozenset(v["deleted"]), v["names"]) for v in row["views"]]
        self.voice_id = row["voice_id"]
        return TakeTree(takes, views, row["at"])


class TakeStore:
    """All sessions, within a limit of age and of bytes."""

    def __init__(self, folder: Path, max_age_s: float, max_bytes: int) -> None:
        self._folder = folder
        self._max_age_s = max_age_s
        self._max_bytes = max_bytes
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._swept_at = -SWEEP_S

    @classmethod
    def from_settings(cls, settings: Settings) -> TakeStore:
        """The store the settings describe."""
        return cls(settings.cache_dir / "takes", settings.take_max_age_s, settings.takes_max_bytes)

    def session(self, session_id: str) -> Session:
        """The session of that id; new ones are empty. Raises InvalidRequest for what is no session id."""
        if not is_session_id(session_id):
            raise InvalidRequest("This is no session id.", param="session")
        self._sweep_if_due()
        with self._lock:
            session = self._sessions.pop(session_id, None) or Session(self._folder / session_id)
            self._sessions[session_id] = session  # the end of the table: used last
            if len(self._sessions) > MAX_OPEN_SESSIONS:
                del self._sessions[next(iter(self._sessions))]  # it is read from the disk again when it comes back
            return session

    def sweep(self) -> None:
        """Delete takes that are too old, then the oldest until all fit into the limit; then what is left empty."""
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.glob("*/*.flac"))
        n_bytes = sum(size for _, size, _ in files)
        too_old = time.time() - self._max_age_s
        for made_at, size, path in files:
            if made_at < too_old or n_bytes > self._max_bytes:
                path.unlink(missing_ok=True)
                n_bytes -= size
        for tree in self._folder.glob("*/session.json"):
            if tree.stat().st_mtime < too_old and not any(tree.parent.glob("*.flac")):
                with self._lock:
                    self._sessions.pop(tree.parent.name, None)
                tree.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    tree.parent.rmdir()

    def _sweep_if_due(self) -> None:
        with self._lock:
            if time.monotonic() - self._swept_at < SWEEP_S:
                return
            self._swept_at = time.monotonic()
        with contextlib.suppress(OSError):  # another sweep, or a user, was faster
            self.sweep()


def outline(audio: Audio, n_points: int = N_PEAKS) -> tuple[float, ...]:
    """The loudest sample of each of `n_points` equal parts, 0 to 1, for drawing."""
    if not len(audio.samples):
        return (0.0,) * n_points
    bounds = np.linspace(0, len(audio.samples), n_points + 1).astype(int)
    parts = (np.abs(audio.samples[a : max(b, a + 1)]) for a, b in itertools.pairwise(bounds))
    return tuple(round(float(part.max(initial=0.0)), 3) for part in parts)


def _take(row: dict[str, Any]) -> Take:
    step = Step(**row["step"]) if row["step"] else None
    return Take(**{**row, "step": step, "peaks": tuple(row["peaks"]), "warnings": tuple(row["warnings"])})
