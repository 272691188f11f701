"""Files that appear and change whole, and their hash: the one place that knows how a file is kept safe on a disk.

A file is written beside its place, flushed to the disk, and put there by a rename. No reader and no crash sees half of
it, and a disk that is full leaves what was there before.

Several processes may write to one folder: who reads, changes and writes holds its lock. Drafts are made under the lock
alone, so whoever holds it and finds one knows that its writer was killed.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BLOCK_BYTES = 1024 * 1024  # that are hashed in one call
IN_USE = ".in-use"  # whose lock is shared by all processes that use its folder
DRAFT_SUFFIX = ".tmp"  # of a file under way; what a killed process leaves behind has it too


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a draft to fill, which then becomes `path`. Whatever fails, the draft is gone. Raises OSError.

    The draft's name begins with a dot and ends with DRAFT_SUFFIX; no other writer has the same.
    """
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}{DRAFT_SUFFIX}")
    try:
        yield draft
        put(draft, path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def locked(lock_file: Path) -> Iterator[None]:
    """Hold the lock of this file, against other threads and other processes; waits for it. Raises OSError.

    The file is made where it is absent, and stays: a lock that is deleted could be held twice.
    """
    make_folder(lock_file.parent)
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Say that this process uses the folder, as others may; waits for who is alone in it. Raises OSError."""
    descriptor = _opened_use(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Keep others from using the folder; gives whether nobody does. Raises OSError."""
    descriptor, is_alone = _opened_use(folder), True
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_alone = False
        yield is_alone
    finally:
        os.close(descriptor)


def _opened_use(folder: Path) -> int:
    make_folder(folder)
    return os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


class Lease:
    """The sole right to some work, until that is over or the process ends, even by a kill. Its file says who has it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Use `taken`."""
        self._path, self._descriptor = path, descriptor

    @classmethod
    def taken(cls, path: Path) -> Lease | None:
        """The lease of this file, which is made where it is absent; None while another holds it. Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def end(self) -> None:
        """The work is over. Raises OSError."""
        self._path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Leave the work, as it is, to who comes next. Once more is no harm."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make the folder, of that mode, and those above it: when this returns, they are on the disk. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Write or replace the file: when this returns, it is on the disk, whole. Raises OSError."""
    with replacing(path) as draft:
        draft.write_bytes(data)


def put(draft: Path, path: Path) -> None:
    """Make the finished file `draft` the file `path`, for good: both are on one disk. Raises OSError."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was created, renamed or removed in a folder is on the disk only when the folder is. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path, checkpoint: Callable[[], None] = lambda: None) -> str:
    """The SHA-256 of a file's content, as hex. `checkpoint` is called before each block and may raise.

    Raises OSError, also for what is no plain file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no plain file")
    digest, block = hashlib.sha256(), bytearray(BLOCK_BYTES)
    with path.open("rb", buffering=0) as file:
        checkpoint()
        while n_bytes := file.readinto(block):
            digest.update(memoryview(block)[:n_bytes])
            checkpoint()
    return digest.hexdigest()


def can_write(folder: Path) -> bool:
    """True for a folder that can be written, or made."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return os.access(nearest, os.W_OK)
