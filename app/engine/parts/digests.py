"""FileDigests: SHA-256 of files, remembered on disk by size and modification time.

Hashing 1 GB costs seconds at each start, so a stamp file beside the weights keeps what was seen. An unreadable stamp
only means hashing again; a folder that cannot be written, that the next start hashes again.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from contextlib import suppress
from pathlib import Path

STAMP_NAME = ".verified.json"


class FileDigests:
    """The digests of files below one folder. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen = self._read()

    def of(self, path: Path) -> str | None:
        """The file's SHA-256 as hex, or None if there is no such file."""
        with self._lock:
            try:
                mark = _mark(path)
            except OSError:
                return None
            entry = self._seen.get(self._key(path))
            if entry and entry[:2] == mark:
                return str(entry[2])
        digest = sha256_of(path)
        self.remember(path, digest)
        return digest

    def remember(self, path: Path, digest: str) -> None:
        """Note the hash of the file as it is now."""
        with self._lock:
            self._seen[self._key(path)] = [*_mark(path), digest]
            self._write()

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _read(self) -> dict[str, list[int | str]]:
        try:
            entries = json.loads((self._folder / STAMP_NAME).read_text())
            return {str(key): [int(size), int(mtime), str(sha)] for key, (size, mtime, sha) in entries.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        """Write the stamp atomically, if the folder can be written."""
        fresh = self._folder / f"{STAMP_NAME}.{os.getpid()}"
        try:
            fresh.write_text(json.dumps(self._seen, indent=1))
            fresh.replace(self._folder / STAMP_NAME)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(path: Path) -> list[int | str]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
