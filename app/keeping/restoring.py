"""Bringing an archive back: checked whole before anything changes, then put in place so that a kill does no harm.

All is unpacked and verified beside the stores, and carried forward to the versions of this program. Then `restore.json`
says what is to be moved where: from that moment the restore is decided, and whoever comes next to the folder, be it the
next start of a service, finishes it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path, PurePosixPath

from app.files import alone_in, make_folder, sync_folder, write_whole
from app.keeping.archive import SECRET, Held, Manifest, files_of, held_by, manifest_of, opened_archive
from app.keeping.faults import CannotKeep
from app.keeping.stores import STORES, VERSIONS, carry_forward, versions_of

JOURNAL, DRAFT, REPLACED = "restore.json", ".restoring-", "replaced-"
PRIVATE = 0o700
KEPT = (*(store.folder for store in STORES.values()), SECRET, VERSIONS)  # what an archive brings to a cache folder


def restore(archive: Path, cache_dir: Path, *, replaces: bool) -> Held:
    """Put what the archive holds into the cache folder; what was there goes into a folder `replaced-...` in it.

    Raises CannotKeep (no or damaged archive, a newer one, things kept there though not `replaces`, a service that uses
    the folder), OSError.
    """
    make_folder(cache_dir)
    with alone_in(cache_dir) as is_alone:
        if not is_alone:
            raise CannotKeep("in_use", folder=str(cache_dir))
        finish(cache_dir)
        versions_of(cache_dir)
        if not replaces and (kept := next((name for name in KEPT if _holds_something(cache_dir / name)), None)):
            raise CannotKeep("not_empty", folder=str(cache_dir), store=kept)
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=cache_dir))
        try:
            manifest = _unpack(archive, draft)
            write_whole(draft / VERSIONS, json.dumps(manifest.stores).encode())
            carry_forward(draft)
            _sync(draft)
            aside = f"{REPLACED}{time.strftime('%Y%m%d-%H%M%S')}-{draft.name[-4:]}"
            row = {"draft": draft.name, "aside": aside, "brings": [path.name for path in draft.iterdir()]}
            write_whole(cache_dir / JOURNAL, json.dumps(row).encode())
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        finish(cache_dir)
    return held_by(manifest.files)


def finish(cache_dir: Path) -> None:
    """End a restore that was decided, and sweep one that was not. Harmless when there is none. Raises OSError."""
    journal = cache_dir / JOURNAL
    with suppress(FileNotFoundError):
        row = json.loads(journal.read_bytes())
        draft, aside = cache_dir / row["draft"], cache_dir / row["aside"]
        for name in KEPT:
            if name not in row["brings"] or (draft / name).exists():  # else it is in its place already
                _move(cache_dir / name, aside / name)
                _move(draft / name, cache_dir / name)
        journal.unlink()
        sync_folder(cache_dir)
    for left in cache_dir.glob(f"{DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)


def _move(path: Path, target: Path) -> None:
    if not path.exists():
        return
    if not target.parent.exists():
        make_folder(target.parent, PRIVATE)
    path.rename(target)
    sync_folder(target.parent)


def _holds_something(path: Path) -> bool:
    """Whether something is kept there: locks and the note of versions are nothing."""
    if path.name == VERSIONS:
        return False
    return path.is_file() or (path.is_dir() and any(not one.name.startswith(".") for one in path.iterdir()))


def _unpack(archive: Path, draft: Path) -> Manifest:
    """Write the files of the archive, each compared with the list. Raises CannotKeep."""
    with opened_archive(archive) as tar:
        manifest = manifest_of(tar)
        for member, data in files_of(tar, manifest):
            if not _is_ours(member.name):
                raise CannotKeep("damaged_archive", file=member.name)
            path = draft / member.name
            path.parent.mkdir(PRIVATE, parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o600)
            os.utime(path, (member.mtime, member.mtime))  # takes are as old as they were
    return manifest


def _is_ours(name: str) -> bool:
    """Whether a name stays in the stores, whoever made the archive."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts) and path.parts[0] in KEPT


def _sync(folder: Path) -> None:
    """Everything in it is on the disk."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
