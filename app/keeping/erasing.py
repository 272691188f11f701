"""Erasing what is kept of a voice, a consent, a session or a key, for good.

What was computed from recordings cannot be told apart by people, so the cache of it goes whole: it is made again when
it is needed. Archives and folders `replaced-...` are not looked into.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from app.cache.entry_files import SET_ASIDE
from app.cache.token_cache import TokenCache
from app.engine.errors import PresetStays, UnknownConsent, UnknownSession
from app.engine.library.consents import MAX_ID_CHARS_SHOWN, ConsentLibrary
from app.engine.library.voices import VoiceInfo, VoiceLibrary
from app.keeping.faults import CannotKeep
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
    """A saved voice, by id or name, with its consent unless another voice has that too.

    Raises UnknownVoice, PresetStays; CannotKeep where several people have a voice of that name.
    """
    voices = _voices(cache_dir)
    word = wanted.strip().casefold()
    found = [info for info in voices.kept() if word in (info.id.casefold(), info.name.casefold())]
    if not found:
        raise PresetStays(voices.info(wanted, "--voice").name)  # or UnknownVoice
    if len(found) > 1:
        raise CannotKeep("several_voices", name=wanted, ids=", ".join(info.id for info in found))
    return _with_cache(cache_dir, _of(cache_dir, found, []))


def of_consent(cache_dir: Path, consent_id: str) -> Erasure:
    """A consent, with all voices that it stands behind; theirs may be deleted already. Raises UnknownConsent."""
    if not _consents(cache_dir).has(consent_id):
        raise UnknownConsent(consent_id[:MAX_ID_CHARS_SHOWN])
    voices = [info for info in _voices(cache_dir).kept() if info.consent == consent_id]
    return _with_cache(cache_dir, _of(cache_dir, voices, [], [consent_id]))


def of_session(cache_dir: Path, session_id: str) -> Erasure:
    """A session with all its takes and voices. Raises UnknownSession, InvalidRequest for what is no id."""
    session = _takes(cache_dir).session(session_id)
    voices = _owned(cache_dir, f"session {session_id}")
    if not session.exists and not voices:
        raise UnknownSession
    return _with_cache(cache_dir, _of(cache_dir, voices, [session] if session.exists else []))


def of_key(cache_dir: Path, name: str) -> Erasure:
    """All sessions and voices of a key, by its name. Raises UnknownSession where there is nothing."""
    sessions = [session for session in _takes(cache_dir).kept() if session.tree().owner == name]
    voices = _owned(cache_dir, f"key {name}")
    if not sessions and not voices:
        raise UnknownSession
    return _with_cache(cache_dir, _of(cache_dir, voices, sessions))


def _owned(cache_dir: Path, owner: str) -> list[VoiceInfo]:
    return [info for info in _voices(cache_dir).kept() if info.owner == owner]


def _of(cache_dir: Path, gone: list[VoiceInfo], sessions: list[Session], consents_gone: Sequence[str] = ()) -> Erasure:
    """These voices, the consents that stand behind them alone, these sessions and consents."""
    voices, consents = _voices(cache_dir), _consents(cache_dir)
    staying = {info.consent for info in voices.kept() if info not in gone}
    named = dict.fromkeys([*consents_gone, *(info.consent for info in gone)])
    behind = [id_ for id_ in named if id_ not in staying and consents.has(id_)]
    return Erasure(
        voices=[info.name for info in gone],
        consents=behind,
        sessions=[session.id for session in sessions],
        n_takes=sum(len(session.tree().all) for session in sessions),
        steps=[
            *(partial(voices.erase, info) for info in gone),
            *(partial(consents.delete, id_) for id_ in behind),
            *(session.forget for session in sessions),
        ],
    )


def _with_cache(cache_dir: Path, found: Erasure) -> Erasure:
    folder = _folder(cache_dir, "tokens")
    cache = TokenCache(folder, NO_LIMIT, NO_LIMIT**2)
    found.n_entries = cache.stats().entries
    found.steps += [cache.clear, lambda: shutil.rmtree(folder / SET_ASIDE, ignore_errors=True)]
    return found


def _folder(cache_dir: Path, store: str) -> Path:
    return cache_dir / STORES[store].folder


def _voices(cache_dir: Path) -> VoiceLibrary:
    return VoiceLibrary(_folder(cache_dir, "voices"), NO_LIMIT)


def _consents(cache_dir: Path) -> ConsentLibrary:
    return ConsentLibrary(_folder(cache_dir, "consents"), NO_LIMIT)


def _takes(cache_dir: Path) -> TakeStore:
    return TakeStore(_folder(cache_dir, "sessions"), float("inf"), NO_LIMIT**2)
