"""Parts of the embedded engine: why one is missing, and what fetching them does."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Fact, Note


@dataclass(frozen=True)
class PartAbsent(Note):
    """A file that is not there."""

    part: str
    file: str
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class PartChanged(Note):
    """A file that is another one."""

    part: str
    file: str
    jobs: tuple[str, ...]
    got: str
    wanted: str


@dataclass(frozen=True)
class PartNoFile(Note):
    """A pipe, a device or a folder in the place of a file."""

    part: str
    file: str
    jobs: tuple[str, ...]


@dataclass(frozen=True)
class GraphNotCut(Note):
    """A graph whose halves cannot be written."""

    part: str
    file: str
    detail: str


@dataclass(frozen=True)
class OfflineAbsent(Note):
    """A file that may not be fetched."""

    part: str
    file: str


@dataclass(frozen=True)
class CuttingGraph(Note):
    """A graph that is cut."""

    part: str


@dataclass(frozen=True)
class FetchingPart(Note):
    """A file that is fetched."""

    part: str
    file: str
    n_bytes: int
    source: Note


@dataclass(frozen=True)
class SourceGaveNot(Note):
    """A source that could not give it; another may."""

    part: str
    file: str
    source: Note
    reason: Fact


@dataclass(frozen=True)
class PackageIndex(Note):
    """The package index, as a source."""


@dataclass(frozen=True)
class AuthorsAddress(Note):
    """The author's address, as a source."""


@dataclass(frozen=True)
class TooManyBytes(Note):
    """A source with more than the file."""

    source: str
    size_bytes: int


@dataclass(frozen=True)
class AddressSendsMore(Note):
    """An address that sends more than the file."""

    size_bytes: int


@dataclass(frozen=True)
class WheelLacks(Note):
    """A wheel without the piece."""

    wheel: str
    version: str
    member: str


@dataclass(frozen=True)
class FetchFailed(Note):
    """An address that does not give it."""

    detail: str


@dataclass(frozen=True)
class PipTooSlow(Note):
    """pip did not end."""

    wheel: str
    limit_s: int


@dataclass(frozen=True)
class PipFailed(Note):
    """pip failed; `detail` is its own line."""

    wheel: str
    version: str
    detail: str
