"""The manifest of one downloaded repository: names, sizes and SHA-256 of its files, kept beside them.

It is written when the last file is in place and verified, so that later checks need no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from app.engine.facts.fact import Note
from app.engine.facts.files import Absent, NotReadable, WrongHash
from app.engine.step_audio.weights.layout import MANIFEST
from app.files import sha256_of, write_whole
from app.model_variants import Spelling

CURRENT_SINCE = "2026-01-29"  # weights of this day and later know 22 sounds, by other names


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file: its path inside the repository, its size and its hash."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a folder's files came from, and what they must be.

    `weights_date`: the day on which the hub got the newest file of tensors, as 2026-01-29; "" where nobody says.
    """

    source: str
    repository: str
    revision: str
    files: tuple[ManifestFile, ...]
    weights_date: str = ""

    def sizes(self) -> dict[str, int]:
        """Bytes by name."""
        return {file.name: file.size_bytes for file in self.files}

    def write(self, folder: Path) -> None:
        """Keep the manifest beside the files it describes; whole or not at all."""
        write_whole(folder / MANIFEST, (json.dumps(asdict(self), indent=1) + "\n").encode())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest beside the files; None if there is none that can be read."""
    try:
        if not (folder / MANIFEST).is_file():  # a pipe would keep us waiting
            return None
        row = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = tuple(ManifestFile(str(f["name"]), int(f["size_bytes"]), str(f["sha256"])) for f in row["files"])
        date = str(row.get("weights_date", ""))
        return Manifest(str(row["source"]), str(row["repository"]), str(row["revision"]), files, date)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def spelling_of(folder: Path) -> Spelling:
    """How the weights of a folder spell sounds. Weights of an unknown day are taken for current ones."""
    manifest = read_manifest(folder)
    is_of_before = manifest is not None and "" < manifest.weights_date < CURRENT_SINCE
    return "first" if is_of_before else "current"


def changed_files(
    folder: Path, manifest: Manifest, checkpoint: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, Note | None]]:
    """Hash every file that the manifest names: yields its name and what is wrong with it, None for the right file.

    `checkpoint` is called often, and ends it by raising.
    """
    for file in manifest.files:
        yield file.name, _change(folder / file.name, file, checkpoint)


def _change(path: Path, file: ManifestFile, checkpoint: Callable[[], None]) -> Note | None:
    try:
        digest = sha256_of(path, checkpoint)
    except FileNotFoundError:
        return Absent()
    except OSError as fault:
        return NotReadable(fault.strerror or "")
    if digest == file.sha256:
        return None
    return WrongHash(digest, file.sha256)
