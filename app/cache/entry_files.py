"""EntryFiles: cache entries as JSON files in two-level folders, written atomically. It knows nothing of limits.

`<folder>/3f/3fa9….json` holds one entry; its name is the SHA-256 of its key. What lies there and is no entry (torn,
foreign, misnamed) is moved to `<folder>/set-aside/`, never deleted and never read again. Recency is the file's
modification time, so that it outlives the process. Several processes may share the folder: writes are renames, and a
file that vanished meanwhile is simply absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.files import DRAFT_SUFFIX, sync_folder, write_whole

FORMAT = 1
SET_ASIDE = "set-aside"
STALE_DRAFT_S = 60.0  # a write takes milliseconds; an older draft is a killed writer's

_FOLDER_NAME = re.compile(r"[0-9a-f]{2}")
_ENTRY_NAME = re.compile(r"[0-9a-f]{64}\.json")


class NotAnEntry(Exception):
    """The file's bytes are not the entry that its name promises."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one computation gave (`value`, JSON-able) and what it cost in seconds."""

    key: str
    value: dict[str, Any]
    cost_s: float

    def packed(self) -> bytes:
        """The entry as JSON. Raises TypeError or ValueError for a value that JSON cannot hold (NaN too)."""
        body = {"format": FORMAT, "key": self.key, "cost_s": self.cost_s, "value": self.value}
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, packed: bytes, key: str) -> Entry:
        """The entry of `key` from its JSON. Raises NotAnEntry."""
        try:
            body = json.loads(packed)
        except (ValueError, RecursionError) as fault:
            raise NotAnEntry(str(fault)) from None
        if not isinstance(body, dict) or body.get("format") != FORMAT or body.get("key") != key:
            raise NotAnEntry("other format or other key")
        value, cost_s = body.get("value"), body.get("cost_s")
        if not isinstance(value, dict) or not isinstance(cost_s, int | float):
            raise NotAnEntry("no value or no cost")
        return cls(key, value, float(cost_s))


@dataclass(frozen=True, slots=True)
class Found:
    """One entry's file: its name (hash of the key), size, and when it was last used."""

    name: str
    size_bytes: int
    used_ns: int


def name_of(key: str) -> str:
    """The file name's stem for a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class EntryFiles:
    """The files of one cache folder. Every method raises OSError as the disk does, unless said otherwise."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.n_set_aside = 0

    def scan(self) -> list[Found]:
        """Every entry, least recently used first, without reading them. Sets misnamed files aside."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = [entry for folder in self._subfolders() for entry in self._entries_in(folder)]
        return sorted(found, key=lambda entry: entry.used_ns)

    def read(self, name: str) -> bytes | None:
        """The bytes of an entry, None if there is none."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, packed: bytes) -> None:
        """Store an entry: when this returns, it is on the disk, whole."""
        path = self._path(name)
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self._folder)
        write_whole(path, packed)

    def touch(self, name: str, used_ns: int) -> None:
        """Remember when an entry was used. A disk that does not take it is no harm: only the order suffers."""
        with suppress(OSError):
            os.utime(self._path(name), ns=(used_ns, used_ns))

    def remove(self, name: str) -> None:
        """Delete an entry; one that is gone already, or cannot be deleted, is left as it is."""
        _remove(self._path(name))

    def set_aside(self, name: str) -> None:
        """Move an entry that turned out to be none out of the way, and count it."""
        self._move_aside(self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.json"

    def _subfolders(self) -> list[Path]:
        with os.scandir(self._folder) as entries:
            return [Path(e.path) for e in entries if _FOLDER_NAME.fullmatch(e.name) and e.is_dir()]

    def _entries_in(self, folder: Path) -> Iterator[Found]:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another process may remove it between listing and looking
                    status = entry.stat()
                    if _ENTRY_NAME.fullmatch(entry.name) and entry.name.startswith(folder.name) and status.st_size:
                        yield Found(entry.name.removesuffix(".json"), status.st_size, status.st_mtime_ns)
                    elif not entry.name.endswith(DRAFT_SUFFIX):
                        self._move_aside(Path(entry.path))
                    elif time.time() - status.st_mtime > STALE_DRAFT_S:
                        _remove(Path(entry.path))

    def _move_aside(self, path: Path) -> None:
        aside = self._folder / SET_ASIDE
        with suppress(OSError):
            aside.mkdir(exist_ok=True)
            path.replace(aside / f"{time.time_ns()}-{path.name}")
            self.n_set_aside += 1


def _remove(path: Path) -> None:
    """Delete a file if that can be done."""
    with suppress(OSError):
        path.unlink()
