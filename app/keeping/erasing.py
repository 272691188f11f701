"""Erasing what is kept of a voice, a session or all sessions of a key, for good.

What was computed from recordings cannot be told apart by people, so the cache of it goes whole: it is made again when
it is needed. Archives and folders `replaced-...` are not looked into.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.cache.entry_files import SET_ASIDE
from app.cache.token_cache import TokenCache
from app.engine.errors import PresetStays, UnknownConsent, UnknownSession
from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceLibrary
from app.keeping.stores import STORES
from app.studio.session import Session
from app.studio.store import TakeStore

NO_LIMIT = 10**9  # of numbers that only matter to who saves something


@dataclass(slots=True)
class Erasure:
    """What would go, and doing it."""

    voices: list[str] = field(default_factory=list)
    consents: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    n_takes: int = 0
    n_entries: int = 0
    steps: list[Callable[[], object]] = field(default_factory=list)

    def carry_out(self) -> None:
        """Raises StorageFailed. Once more is no harm."""
        for step in self.steps:
            step()


def of_voice(cache_dir: Path, wanted: str) -> Erasure:
    """A saved voice with its consent, unless another voice has that too. Raises UnknownVoice, InvalidRequest."""
    voices, consents = VoiceLibrary(_folder(cache_dir, "voices"), NO_LIMIT), _consents(cache_dir)
    info = voices.info(wanted, "--voice")
    if info.source == "builtin":
        raise PresetStays(info.name)
    found = Erasure(voices=[info.name], steps=[lambda: voices.delete(info.id)])
    if info.consent and not any(other.consent == info.consent for other in voices.all() if other.id != info.id):
        try:
            consents.find(info.consent)
        except UnknownConsent:
            return _with_cache(cache_dir, found)
        found.consents.append(info.consent)
        found.steps.append(lambda: consents.delete(info.consent))
    return _with_cache(cache_dir, found)


def of_session(cache_dir: Path, session_id: str) -> Erasure:
    """A session with all its takes. Raises UnknownSession, InvalidRequest for what is no id."""
    session = _takes(cache_dir).session(session_id)
    if not session.exists:
        raise UnknownSession
    return _with_cache(cache_dir, _of_sessions([session]))


def of_key(cache_dir: Path, name: str) -> Erasure:
    """All sessions of a key, by its name. Raises UnknownSession where there is none."""
    sessions = [session for session in _takes(cache_dir).kept() if session.tree().owner == name]
    if not sessions:
        raise UnknownSession
    return _with_cache(cache_dir, _of_sessions(sessions))


def _of_sessions(sessions: list[Session]) -> Erasure:
    return Erasure(
        sessions=[session.id for session in sessions],
        n_takes=sum(len(session.tree().all) for session in sessions),
        steps=[session.forget for session in sessions],
    )


def _with_cache(cache_dir: Path, found: Erasure) -> Erasure:
    folder = _folder(cache_dir, "tokens")
    cache = TokenCache(folder, NO_LIMIT, NO_LIMIT**2)
    found.n_entries = cache.stats().entries
    found.steps += [cache.clear, lambda: shutil.rmtree(folder / SET_ASIDE, ignore_errors=True)]
    return found


def _folder(cache_dir: Path, store: str) -> Path:
    return cache_dir / STORES[store].folder


def _consents(cache_dir: Path) -> ConsentLibrary:
    return ConsentLibrary(_folder(cache_dir, "consents"), NO_LIMIT)


def _takes(cache_dir: Path) -> TakeStore:
    return TakeStore(_folder(cache_dir, "sessions"), float("inf"), NO_LIMIT**2)
