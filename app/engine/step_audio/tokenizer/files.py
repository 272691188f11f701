"""The files of the folder `Step-Audio-Tokenizer`: where they lie, what is wrong with them, and their version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.files import FileFaulty
from app.engine.facts.tokenizer import TokenizerFileFaulty, TokenizerFolderFaulty
from app.engine.parts.digests import FileDigests
from app.engine.step_audio.weights import layout
from app.engine.step_audio.weights.file_faults import file_fault


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """The files on which the codes depend."""

    centroids: Path
    semantic_graph: Path
    checkpoint: Path
    config: Path
    cmvn: Path

    @classmethod
    def in_folder(cls, folder: Path) -> TokenizerFiles:
        """The files of a folder. Raises PartMissing, which names each that is absent, cut off or only a pointer."""
        files = cls(
            centroids=folder / layout.CENTROIDS,
            semantic_graph=folder / layout.SEMANTIC_GRAPH,
            checkpoint=folder / layout.LINGUISTIC_WEIGHTS,
            config=folder / layout.LINGUISTIC_CONFIG,
            cmvn=folder / layout.LINGUISTIC_CMVN,
        )
        faults = [
            FileFaulty(str(path.relative_to(folder)), fault) for path in files.all() if (fault := file_fault(path))
        ]
        if faults:
            raise PartMissing(TokenizerFolderFaulty(folder.name, tuple(faults)))
        return files

    def all(self) -> list[Path]:
        """Every file."""
        return [getattr(self, field.name) for field in fields(self)]

    def content_hash(self, folder: Path) -> str:
        """A hash over the content of all files, as hex; remembered in the folder, for they are large."""
        digests = FileDigests(folder)
        return hashlib.sha256("".join(str(digests.of(path)) for path in self.all()).encode()).hexdigest()


def unusable(path: Path, fault: Note) -> PartMissing:
    """The error for a file that cannot be used."""
    return PartMissing(TokenizerFileFaulty(path.name, fault))


def complaint(error: Exception, path: Path) -> str:
    """The first line of what a library says of a file, without the path: users see it."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0].replace(str(path), path.name)
