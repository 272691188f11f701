"""Bring the neural backend's weights from the hubs to a root folder; what is there and right is left alone.

First every repository is listed and the space is checked, then the missing files come one by one, each resumable and
verified. A file that is there but differs from the hub's is set aside, never deleted: it may be a user's own training.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.errors import PartMissing
from app.engine.facts.downloads import (
    AtHub,
    CannotWrite,
    FetchedAnew,
    FetchingFile,
    HubFault,
    KeptAside,
    NoSpace,
    NotDownloadable,
    RepositoryDue,
    UnderWay,
    UpToDate,
    Verifying,
)
from app.engine.facts.fact import Note, Report
from app.engine.parts.hubs import Hub, HubFailed, Listing, RemoteFile, hubs_for
from app.engine.parts.transfer import bring, content_fault, open_client, part_of, size_bytes
from app.engine.step_audio.weights import layout
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.find import find_weights, survey
from app.engine.step_audio.weights.manifest import Manifest, ManifestFile
from app.files import put, sha256_of
from app.model_variants import EVERY_HUB_VARIANT, MODEL_VARIANTS

if TYPE_CHECKING:
    import httpx

SPARE_BYTES = 500_000_000  # left free on the disk, so that a full download does not stop everything else
LARGE_BYTES = 100_000_000  # from here on a file is told by name
ASIDE_SUFFIX = ".replaced"
_LOCK = ".editx-download.lock"
_ON_HUBS = tuple(name for name, variant in MODEL_VARIANTS.items() if variant.is_on_hubs)


@dataclass(frozen=True, slots=True)
class _Task:
    """One repository to bring: what a hub lists, and which of its files are still due."""

    name: str
    folder: Path
    hub: Hub
    listing: Listing
    due: tuple[RemoteFile, ...]

    @property
    def due_bytes(self) -> int:
        return sum(file.size_bytes for file in self.due)

    @property
    def begun_bytes(self) -> int:
        """What earlier tries have brought of the files due."""
        return sum(min(size_bytes(part_of(self.folder / file.name)), file.size_bytes) for file in self.due)


def download(path: Path, *, source: str, variant: str, report: Report, pause_s: float = 1.0) -> None:
    """Make everything at or below `path` complete that `variant` needs ("base", "awq", "bnb" or "all").

    `path` as in find_weights; `source` is "huggingface", "modelscope" or "auto": the first that answers, and the other
    when it fails. `report` gets lines for a person, `pause_s` is the first pause after a lost connection.
    Raises PartMissing when a repository cannot be had from any source or the disk is too small. Idempotent.
    """
    seen = survey(path)
    hubs = hubs_for(source)
    names = (layout.TOKENIZER, *(layout.MODELS[model] for model in _brought_for(variant)))
    try:
        with _alone(seen.root), open_client() as client:
            tasks = [_planned(client, hubs, name, seen.folders.get(name, seen.root / name), report) for name in names]
            _require_space(seen.root, tasks)
            for task in tasks:
                _bring(client, hubs, task, report, pause_s)
    except OSError as fault:
        raise PartMissing(CannotWrite(str(seen.root), fault.strerror or str(fault))) from fault


def is_complete(path: Path, variant: str) -> bool:
    """True if everything that `variant` needs is at or below `path`. Asks no hub and hashes nothing."""
    try:
        return find_weights(path).variants.keys() >= set(_ON_HUBS if variant == EVERY_HUB_VARIANT else (variant,))
    except PartMissing:
        return False


def _brought_for(variant: str) -> tuple[str, ...]:
    """The variants whose repositories make this one: `bnb` is made from `base`."""
    if variant == EVERY_HUB_VARIANT:
        return _ON_HUBS
    return (variant,) if variant in _ON_HUBS else ("base",)


def _planned(client: httpx.Client, hubs: Sequence[Hub], name: str, folder: Path, report: Report) -> _Task:
    """List the repository at the first hub that answers. Raises PartMissing with every hub's reason."""
    faults: list[Note] = []
    for hub in hubs:
        try:
            return _planned_at(client, hub, name, folder, report)
        except HubFailed as fault:
            faults.append(AtHub(hub.title, fault.reason))
    raise PartMissing(NotDownloadable(name, tuple(faults)))


def _planned_at(client: httpx.Client, hub: Hub, name: str, folder: Path, report: Report) -> _Task:
    listing = hub.listing(client, f"{layout.ORGANISATION}/{name}")
    return _Task(name, folder, hub, listing, tuple(file for file in listing.files if _is_due(folder, file, report)))


def _is_due(folder: Path, file: RemoteFile, report: Report) -> bool:
    """True for a file that is absent, damaged, or not what the hub lists."""
    path = folder / file.name
    if not path.exists():
        return True
    if damage := file_fault(path):
        report(FetchedAnew(folder.name, file.name, damage))
        return True
    if file.size_bytes > LARGE_BYTES:
        report(Verifying(folder.name, file.name))
    return content_fault(path, file) is not None


def _require_space(root: Path, tasks: Sequence[_Task]) -> None:
    needed_bytes = sum(task.due_bytes - task.begun_bytes for task in tasks)
    free_bytes = shutil.disk_usage(root).free
    if needed_bytes and needed_bytes + SPARE_BYTES > free_bytes:
        raise PartMissing(NoSpace(needed_bytes, str(root), SPARE_BYTES, free_bytes))


def _bring(client: httpx.Client, hubs: Sequence[Hub], task: _Task, report: Report, pause_s: float) -> None:
    """Bring one repository, from another hub when the planned one fails. Raises PartMissing."""
    faults: list[Note] = []
    for hub in (task.hub, *(other for other in hubs if other is not task.hub)):
        try:
            at_hub = task if hub is task.hub else _planned_at(client, hub, task.name, task.folder, report)
            _bring_from_hub(client, at_hub, report, pause_s)
            return
        except HubFailed as fault:
            faults.append(AtHub(hub.title, fault.reason))
            report(HubFault(task.name, faults[-1]))
    raise PartMissing(NotDownloadable(task.name, tuple(faults)))


def _bring_from_hub(client: httpx.Client, task: _Task, report: Report, pause_s: float) -> None:
    if not task.due:
        report(UpToDate(task.name, task.hub.title))
    else:
        report(RepositoryDue(task.name, len(task.due), task.due_bytes, task.hub.title))
    hashes = {}
    with _bar(task) as bar:
        for file in task.due:
            if not bar.disable:
                bar.set_postfix_str(Path(file.name).name)
            elif file.size_bytes > LARGE_BYTES:
                report(FetchingFile(task.name, file.name, file.size_bytes))
            hashes[file.name] = bring(client, file, task.folder / file.name, bar.update, pause_s=pause_s)
            _put_in_place(task.folder / file.name, report)
    files = (
        ManifestFile(file.name, file.size_bytes, hashes.get(file.name) or _known_hash(task.folder, file))
        for file in task.listing.files
    )
    listing = task.listing
    date = max((file.date for file in listing.files if file.name.endswith(".safetensors")), default="")
    Manifest(listing.source, listing.repository, listing.revision, tuple(files), date).write(task.folder)


def _known_hash(folder: Path, file: RemoteFile) -> str:
    return file.sha256 or sha256_of(folder / file.name)


def _put_in_place(path: Path, report: Report) -> None:
    """Give the verified part its name. A whole file that differs is set aside; a damaged one is not worth keeping."""
    if path.exists() and not file_fault(path):
        kept = path.with_name(path.name + ASIDE_SUFFIX)
        path.replace(kept)
        report(KeptAside(path.name, kept.name))
    put(part_of(path), path)


def _bar(task: _Task) -> Any:
    """tqdm's progress bar on the terminal; silent where standard error is none."""
    from tqdm import tqdm

    return tqdm(
        desc=task.name,
        total=task.due_bytes,
        initial=task.begun_bytes,
        unit="B",
        unit_scale=True,
        disable=None if task.due else True,
    )


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold the folder against a second download, which would write into the same parts."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PartMissing(UnderWay(str(root))) from None
        yield
