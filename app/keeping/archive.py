"""One file that holds all stores: a tar, whose last member lists every other with its size and SHA-256.

An archive that was cut short lacks that list and is refused; so is one in which anything differs from it. Backups are
taken beside a running service: each session and library is read under its lock, everything else is written whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app import __version__
from app.cache.entry_files import SET_ASIDE
from app.engine.library.folders import LOCK
from app.files import locked, replacing
from app.keeping.faults import CannotKeep
from app.keeping.stores import STORES, require_known, versions_of
from app.studio.session import lock_file_of
from app.studio.store import is_session_id

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 256 * 1024 * 1024
SECRET = "secret"  # what signs the cookies of browsers: without it nobody finds his session again
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds: the version of each store; of each file its size and SHA-256."""

    program: str
    made_at: float
    stores: dict[str, int]
    files: dict[str, tuple[int, str]]

    def packed(self) -> bytes:
        """As JSON."""
        row = {"format": FORMAT, "program": self.program, "made_at": self.made_at, "stores": self.stores}
        return json.dumps(row | {"files": self.files}, indent=1).encode()

    @classmethod
    def unpacked(cls, data: bytes) -> Manifest:
        """From JSON. Raises CannotKeep."""
        try:
            row = json.loads(data)
            if row["format"] > FORMAT:
                raise CannotKeep("newer_archive", program=str(row.get("program", "")))
            files = {str(name): (int(size), str(digest)) for name, (size, digest) in row["files"].items()}
            return cls(str(row["program"]), float(row["made_at"]), dict(row["stores"]), files)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotKeep("not_an_archive") from None


@dataclass(frozen=True, slots=True)
class Held:
    """How much an archive holds."""

    n_files: int
    n_bytes: int
    n_by_store: dict[str, int]  # voices, consents, sessions, entries


def back_up(cache_dir: Path, target: Path) -> Held:
    """Write the archive and read it again, whole or not at all, for this user alone. Raises CannotKeep, OSError."""
    stores = versions_of(cache_dir)
    files: dict[str, tuple[int, str]] = {}
    with replacing(target) as draft:
        draft.touch(PRIVATE)
        with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar:
            for group in _groups(cache_dir):
                with ExitStack() as held:
                    if group.lock is not None:
                        held.enter_context(locked(group.lock))
                    for path in _files_in(group.folder):
                        name = path.relative_to(cache_dir).as_posix()
                        with suppress(FileNotFoundError):  # an entry of the cache that made room
                            files[name] = _add(tar, path, name)
            data = Manifest(__version__, time.time(), stores, files).packed()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mtime = len(data), time.time()
            tar.addfile(info, io.BytesIO(data))
        with opened_archive(draft) as tar:
            for _ in files_of(tar, manifest_of(tar)):
                pass  # what came to the disk is what was read
    return held_by(files)


@contextmanager
def opened_archive(path: Path) -> Iterator[tarfile.TarFile]:
    """The archive, to be read. Raises CannotKeep for what is none, also in the block."""
    try:
        with tarfile.open(path) as tar:
            yield tar
    except (tarfile.TarError, EOFError):
        raise CannotKeep("not_an_archive") from None


def manifest_of(tar: tarfile.TarFile) -> Manifest:
    """The list of an archive, which is its last member. Raises CannotKeep."""
    last = None
    with suppress(tarfile.ReadError):  # a cut in the midst: then the list is not there
        for member in tar:
            last = member
    if last is None or last.name != MANIFEST or last.size > MAX_MANIFEST_BYTES:
        raise CannotKeep("damaged_archive", file=MANIFEST)
    file = tar.extractfile(last)
    manifest = Manifest.unpacked(file.read() if file else b"")
    require_known(manifest.stores)
    return manifest


def files_of(tar: tarfile.TarFile, manifest: Manifest) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Every file of an archive, each compared with its list. Raises CannotKeep where anything differs."""
    left = dict(manifest.files)
    for member in tar.getmembers():
        if member.name == MANIFEST:
            continue
        size, digest = left.pop(member.name, (-1, ""))
        file = tar.extractfile(member) if member.isreg() else None
        data = b"" if file is None else file.read()
        if file is None or len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            raise CannotKeep("damaged_archive", file=member.name)
        yield member, data
    if left:
        raise CannotKeep("damaged_archive", file=next(iter(left)))


def held_by(files: dict[str, tuple[int, str]]) -> Held:
    """How much these files are."""
    of_store = {
        name: {
            path.split("/")[1] if name != "tokens" else path for path in files if path.startswith(f"{store.folder}/")
        }
        for name, store in STORES.items()
    }
    return Held(len(files), sum(size for size, _ in files.values()), {name: len(of) for name, of in of_store.items()})


@dataclass(frozen=True, slots=True)
class _Group:
    """A folder or file that is read under one lock."""

    folder: Path
    lock: Path | None = None


def _groups(cache_dir: Path) -> Iterator[_Group]:
    if (cache_dir / SECRET).is_file():
        yield _Group(cache_dir / SECRET)
    for name in ("consents", "voices"):  # a voice comes after its consent
        folder = cache_dir / STORES[name].folder
        if folder.is_dir():
            yield _Group(folder, folder / LOCK)
    takes = cache_dir / STORES["sessions"].folder
    for folder in sorted(takes.glob("*")):
        if is_session_id(folder.name) and folder.is_dir():
            yield _Group(folder, lock_file_of(folder))
    if (tokens := cache_dir / STORES["tokens"].folder).is_dir():
        yield _Group(tokens)


def _files_in(place: Path) -> Iterator[Path]:
    """What is kept there: no locks and drafts, which belong to processes."""
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        parts = path.relative_to(place).parts
        is_kept = SET_ASIDE not in parts and not any(part.startswith(".") for part in parts)
        if is_kept and path.is_file() and not path.is_symlink():
            yield path


def _add(tar: tarfile.TarFile, path: Path, name: str) -> tuple[int, str]:
    """Put a file into the archive; its size and SHA-256."""
    data = path.read_bytes()
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(data), path.stat().st_mtime, PRIVATE
    tar.addfile(info, io.BytesIO(data))
    return len(data), hashlib.sha256(data).hexdigest()
