"""TakeStore: the folders of all sessions, within limits of age and of bytes.

Sessions are told apart by public ids, which the door makes of their secrets, and know nothing of each other. Takes
expire `max_age_s` after they were made; when all sessions together take more than `max_bytes`, the oldest takes go
first. A take whose file is gone is forgotten by its session. Thread-safe; `sweep` reads and writes files, so call it
off the event loop.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from app.engine.errors import NoSession
from app.files import Lease
from app.studio.session import LEASE_SUFFIX, SOUND_SUFFIX, Session
from app.studio.takes import Take

if TYPE_CHECKING:
    from app.settings import Settings

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{22,64}")
_TAKE_FILE = re.compile(r"[0-9a-f]{16}\..+")
VOICES_KEPT_S = 400 * 86_400.0  # without a visit; browsers keep no cookie longer
MAX_OPEN_SESSIONS = 1000  # whose trees are kept in memory though nobody uses them


def is_session_id(text: str) -> bool:
    """Whether the text has the form of a session id; anything else must not become a path."""
    return _SESSION_ID.fullmatch(text) is not None


@dataclass(slots=True)
class _Kept:
    """The files of one take: its sound, and what was derived from it."""

    made_at: float
    n_bytes: int
    files: list[Path]


class TakeStore:
    """All sessions."""

    def __init__(self, folder: Path, max_age_s: float, max_bytes: int) -> None:
        self._folder = folder
        self._max_age_s = max_age_s
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._living: WeakValueDictionary[str, Session] = WeakValueDictionary()  # each session is one object while used
        self._recent: OrderedDict[str, Session] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings) -> TakeStore:
        """The store the settings describe."""
        return cls(settings.cache_dir / "takes", settings.take_max_age_s, settings.takes_max_bytes)

    def session(self, session_id: str) -> Session:
        """The session of that id; new ones are empty. Touches no file. Raises InvalidRequest for what is no id."""
        if not is_session_id(session_id):
            raise NoSession
        session = self._one(session_id)
        with self._lock:
            self._recent[session_id] = session
            self._recent.move_to_end(session_id)
            if len(self._recent) > MAX_OPEN_SESSIONS:
                self._recent.popitem(last=False)  # it is read from the disk again when it comes back
        return session

    def sweep(self, has_voices: Callable[[Session], bool] = lambda _: False) -> list[Session]:
        """Delete takes that are too old, then the oldest until all fit into the limit; then what is left empty, but
        sessions with voices, which people come back to, only when nobody has visited them for VOICES_KEPT_S.

        The sessions that are gone.
        """
        too_old = time.time() - self._max_age_s
        kept = sorted(self._takes(), key=lambda take: take.made_at)
        n_bytes = sum(take.n_bytes for take in kept)
        for take in kept:
            if take.made_at < too_old or n_bytes > self._max_bytes:
                n_bytes -= take.n_bytes
                for path in take.files:
                    _remove(path)
        sessions = [self._one(folder.name) for folder in self._folders()]
        unvisited = min(too_old, time.time() - VOICES_KEPT_S)
        return [session for session in sessions if session.sweep(unvisited if has_voices(session) else too_old)]

    def kept(self) -> list[Session]:
        """Every session of which anything is kept. Reads the folders of all."""
        sessions = (self._one(folder.name) for folder in self._folders())
        return [session for session in sessions if session.exists]

    def abandoned(self) -> list[tuple[Session, Take, Lease]]:
        """The takes whose process was killed before they were made, each with the right to make it now."""
        found = []
        for path in self._folder.glob(f"*/*{LEASE_SUFFIX}"):
            if not is_session_id(path.parent.name):
                continue
            session = self._one(path.parent.name)
            with contextlib.suppress(OSError):
                lease = session.lease(path.stem)
                if lease is None:
                    continue
                take = session.tree().all.get(path.stem)
                if take is None or take.state != "queued":
                    lease.end()
                else:
                    found.append((session, take, lease))
        return found

    def _one(self, session_id: str) -> Session:
        with self._lock:
            session = self._living.get(session_id)
            if session is None:
                session = self._living[session_id] = Session(self._folder / session_id)
            return session

    def _folders(self) -> Iterator[Path]:
        return (folder for folder in self._folder.glob("*") if is_session_id(folder.name) and folder.is_dir())

    def _takes(self) -> Iterator[_Kept]:
        """Every take on disk."""
        for folder in self._folders():
            found: dict[str, _Kept] = {}
            for path in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):  # its session deletes takes, too
                    status = path.stat()
                    if _TAKE_FILE.fullmatch(path.name) and path.suffix != LEASE_SUFFIX:
                        take = found.setdefault(path.name.partition(".")[0], _Kept(0.0, 0, []))
                        take.files.append(path)
                        take.n_bytes += status.st_size
                        if path.suffix == SOUND_SUFFIX:
                            take.made_at = status.st_mtime
            yield from found.values()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
