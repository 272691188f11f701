"""The stores of a cache folder, and `versions.json`, which says in which version each was written.

A program that finds a store of a later version leaves all of it alone. One of an earlier version is carried forward
when a service starts, or an archive is restored: step by step, each step harmless when it is done twice, the new
version noted last. So a process that is killed meanwhile has lost nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.cache.entry_files import FORMAT
from app.engine.errors import SessionTooNew
from app.files import locked, write_whole
from app.keeping.faults import CannotKeep
from app.studio import session_file
from app.studio.store import TakeStore, is_session_id

logger = logging.getLogger(__name__)

VERSIONS, LOCK = "versions.json", ".versions-lock"


@dataclass(frozen=True, slots=True)
class Store:
    """One kind of kept things. `forward` rewrites the folder of the version before in this one."""

    folder: str
    version: int
    forward: Callable[[Path], None] | None = None


def _rewrite_sessions(takes: Path) -> None:
    """Write each session that an earlier version wrote as this one does."""
    store = TakeStore(takes, float("inf"), 0)
    for folder in takes.glob("*"):
        if is_session_id(folder.name) and _version_of_session(folder) < session_file.VERSION:
            with suppress(SessionTooNew), store.session(folder.name).changing():
                pass  # what is read and written again has the form of today


def _version_of_session(folder: Path) -> int:
    try:
        return int(json.loads((folder / session_file.NAME).read_bytes()).get("version", 1))
    except (OSError, ValueError, AttributeError):
        return session_file.VERSION  # absent or damaged: whoever opens it deals with that


STORES: Mapping[str, Store] = {
    "voices": Store("voices", 2),  # since 2 a voice has an owner, and may be put away: both matter to who reads it
    "consents": Store("consents", 1),
    "sessions": Store("takes", session_file.VERSION, _rewrite_sessions),
    "tokens": Store("tokens", FORMAT),
}


def versions_of(cache_dir: Path) -> dict[str, int]:
    """The version of each store as it is noted there; 1 where nothing is. Raises CannotKeep for a newer program's."""
    try:
        noted = json.loads((cache_dir / VERSIONS).read_bytes())
    except FileNotFoundError:
        noted = {}
    except (OSError, ValueError):
        raise CannotKeep("damaged_versions", file=VERSIONS) from None
    require_known(noted)
    return {name: int(noted.get(name, 1)) for name in STORES}


def require_known(noted: object) -> None:
    """Raise CannotKeep unless each version is one that this program knows."""
    if not isinstance(noted, dict) or not all(isinstance(version, int) for version in noted.values()):
        raise CannotKeep("damaged_versions", file=VERSIONS)
    for name, version in noted.items():
        known = STORES[name].version if name in STORES else 0
        if version > known:
            raise CannotKeep("newer_store", store=name, version=version, known=known)


def carry_forward(cache_dir: Path) -> None:
    """Bring each store to the version of this program. Raises CannotKeep. The log tells of a full disk."""
    noted = versions_of(cache_dir)
    wanted = {name: store.version for name, store in STORES.items()}
    if noted == wanted and (cache_dir / VERSIONS).exists():
        return
    try:
        with locked(cache_dir / LOCK):
            for name, version in versions_of(cache_dir).items():
                store = STORES[name]
                if version < store.version and store.forward and (cache_dir / store.folder).is_dir():
                    logger.info("store %s: from version %d to %d", name, version, store.version)
                    store.forward(cache_dir / store.folder)
            write_whole(cache_dir / VERSIONS, json.dumps(wanted).encode())
    except OSError as fault:
        logger.warning("the versions of the stores cannot be noted: %s", fault.strerror)
