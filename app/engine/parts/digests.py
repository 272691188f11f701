"""FileDigests: SHA-256 of files, remembered on disk by size, modification time and change time of the inode.

Hashing 1 GB costs seconds at each start, so a stamp file beside the weights keeps what was seen. An unreadable stamp
only means hashing again; a folder that cannot be written, that the next start hashes again. Whoever changes a file can
set its modification time, but not the change time.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.files import sha256_of, write_whole

STAMP_NAME = ".verified.json"


class FileDigests:
    """The digests of files below one folder. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen = self._read()

    def of(self, path: Path) -> str | None:
        """The file's SHA-256 as hex, or None if there is no such file: a pipe or a device is none."""
        with self._lock:
            try:
                mark = _mark(path)
            except OSError:
                return None
            entry = self._seen.get(self._key(path))
            if entry and entry[:-1] == mark:
                return str(entry[-1])
        return self.anew(path)

    def anew(self, path: Path, checkpoint: Callable[[], None] = lambda: None) -> str:
        """The file's SHA-256, whatever was seen of it before. Raises OSError, and what `checkpoint` raises."""
        digest = sha256_of(path, checkpoint)
        self.remember(path, digest)
        return digest

    def remember(self, path: Path, digest: str) -> None:
        """Note the hash of the file as it is now."""
        key = self._key(path)
        with self._lock, _alone(self._folder):
            self._seen[key] = [*_mark(path), digest]
            self._write(self._read() | {key: self._seen[key]})

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _read(self) -> dict[str, list[int | str]]:
        try:
            entries = json.loads((self._folder / STAMP_NAME).read_text())
            return {
                str(key): [int(size), int(modified), int(changed), str(sha)]
                for key, (size, modified, changed, sha) in entries.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, entries: dict[str, list[int | str]]) -> None:
        """Write the stamp, if the folder can be written."""
        with suppress(OSError):
            write_whole(self._folder / STAMP_NAME, json.dumps(entries, indent=1).encode())
            self._seen = entries


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the stamp of a folder, so that stores of other threads and processes neither lose entries nor ours."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # nothing will be written there either
        yield
        return
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _mark(path: Path) -> list[int | str]:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "no plain file")
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
