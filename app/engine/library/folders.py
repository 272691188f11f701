"""Folders that hold one saved thing each, and appear, change and disappear whole.

Everything is made beside its place and put there by a rename, so no reader and no crash ever sees half of it. What
changes them holds the lock of the folder they stand in, so what lies half made beside them is a killed process's.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.engine.errors import StorageFailed, StorageFull
from app.engine.sound.audio import Audio, as_integers, has_16_bits
from app.files import DRAFT_SUFFIX, locked, sync_folder, write_whole

logger = logging.getLogger(__name__)

T = TypeVar("T")
LOCK, DRAFT, DELETED = ".lock", ".draft-", ".deleted-"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, the user's share of it, the process's limit of a file


@contextmanager
def storing() -> Iterator[None]:
    """Raise StorageFull or StorageFailed for what the disk does not take."""
    try:
        yield
    except OSError as fault:
        logger.error("the disk does not take a file: %s", fault.strerror)
        raise (StorageFull if fault.errno in FULL else StorageFailed)() from fault


@contextmanager
def changing(library: Path) -> Iterator[None]:
    """Hold the library's lock, against other threads and processes. Raises StorageFull, StorageFailed."""
    with storing(), locked(library / LOCK):
        yield


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Give an empty draft to fill, which then becomes `folder`. Raises OSError when that exists already."""
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder.parent))
    try:
        yield draft
        draft.rename(folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove(folder: Path) -> None:
    """Delete the folder for good. Needs no room on the disk. Raises FileNotFoundError, OSError."""
    grave = folder.with_name(f"{DELETED}{secrets.token_hex(8)}")
    folder.rename(grave)
    sync_folder(folder.parent)
    shutil.rmtree(grave, ignore_errors=True)


def sweep(library: Path) -> None:
    """Delete what killed processes left in a library: what was half made, and what was not deleted to its end."""
    if not library.is_dir():
        return
    try:
        with changing(library):
            for left in (path for path in library.iterdir() if path.name.startswith((DRAFT, DELETED))):
                shutil.rmtree(left, ignore_errors=True)
            for draft in library.glob(f"*/.*{DRAFT_SUFFIX}"):
                draft.unlink(missing_ok=True)
    except StorageFailed:
        return  # a disk that takes nothing has been told of in the log, and is swept when it does again


def write_json(path: Path, row: dict[str, Any]) -> None:
    """Write or replace the file. Raises FileNotFoundError when its folder is gone."""
    write_whole(path, json.dumps(row, ensure_ascii=False, indent=1).encode())


def read_json(path: Path, parse: Callable[[dict[str, Any]], T]) -> T | None:
    """What the file describes; None, with a warning, when it is damaged, and without one when it is not there."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("a saved %s cannot be read and is left out: %s", path.stem, path.parent.name)
        return None


def flac_of(audio: Audio) -> bytes:
    """The clip as a FLAC file at its own rate and depth, 16 or 24 bits. A long one costs a second: call it outside the
    lock.

    What came with 24 bits or fewer is kept exactly: a sample of 1 is 2^23, as decoders have it.
    """
    import soundfile

    encoded = io.BytesIO()  # libsndfile reports a full disk in no way that can be relied on
    values, n_bits = as_integers(audio.samples, 24) << 8, 16 if has_16_bits(audio.samples) else 24
    soundfile.write(encoded, values, audio.sample_rate, format="FLAC", subtype=f"PCM_{n_bits}")
    return encoded.getvalue()
