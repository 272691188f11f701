"""Downloads: why something could not be fetched, which parts are missing for it, and what is being fetched."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note

# ---- a hub -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListUnreadable(Note):
    """The hub's list of a repository is of another shape."""

    repository: str


@dataclass(frozen=True)
class HubSilent(Note):
    """The hub cannot be reached."""

    detail: str


@dataclass(frozen=True)
class BadStatus(Note):
    """The hub refuses."""

    status: int


@dataclass(frozen=True)
class NotJson(Note):
    """The hub sends something else."""


@dataclass(frozen=True)
class FileStatus(Note):
    """The hub refuses a file."""

    file: str
    status: int


@dataclass(frozen=True)
class OtherRange(Note):
    """The hub sends another part of a file."""

    file: str


@dataclass(frozen=True)
class TooMuch(Note):
    """The hub sends more of a file than it lists."""

    file: str
    size_bytes: int


@dataclass(frozen=True)
class Stalled(Note):
    """The connection ends again and again."""

    file: str
    reason: Note


@dataclass(frozen=True)
class PassingStatus(Note):
    """A status that may pass."""

    status: int


@dataclass(frozen=True)
class Disconnected(Note):
    """The connection ended."""

    detail: str


@dataclass(frozen=True)
class NothingMore(Note):
    """The connection ended without a fault."""


@dataclass(frozen=True)
class WrongContent(Note):
    """What came is not the file."""

    file: str
    fault: Note


@dataclass(frozen=True)
class AtHub(Note):
    """Why one hub could not give it."""

    hub: str
    reason: Note


# ---- why a download fails --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotDownloadable(Note):
    """No hub could give it."""

    name: str
    faults: tuple[Note, ...]


@dataclass(frozen=True)
class CannotWrite(Note):
    """The folder cannot be written."""

    folder: str
    detail: str


@dataclass(frozen=True)
class NoSpace(Note):
    """The disk is too small."""

    needed_bytes: int
    folder: str
    spare_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class UnderWay(Note):
    """Another process downloads into the folder."""

    folder: str


@dataclass(frozen=True)
class ProxyUnusable(Note):
    """The environment names a proxy or certificates that cannot be used."""

    detail: str


# ---- what a download does --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FetchedAnew(Note):
    """A file that is fetched again."""

    folder: str
    file: str
    fault: Note


@dataclass(frozen=True)
class Verifying(Note):
    """A file that is hashed."""

    folder: str
    file: str


@dataclass(frozen=True)
class UpToDate(Note):
    """A repository without anything due."""

    name: str
    hub: str


@dataclass(frozen=True)
class RepositoryDue(Note):
    """What is fetched of a repository."""

    name: str
    n_files: int
    n_bytes: int
    hub: str


@dataclass(frozen=True)
class FetchingFile(Note):
    """A large file that is fetched."""

    name: str
    file: str
    n_bytes: int


@dataclass(frozen=True)
class HubFault(Note):
    """A hub that could not give it; another may."""

    name: str
    fault: Note


@dataclass(frozen=True)
class KeptAside(Note):
    """A file of the user's own that differs."""

    file: str
    kept: str


@dataclass(frozen=True)
class WeightsComplete(Note):
    """The download is done."""

    root: str
    variants: tuple[str, ...]
