"""What this installation lacks, and what its disk does not take."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import EngineError, Unavailable
from app.engine.facts.fact import Fact
from app.engine.facts.reasons import NoPackages


@dataclass(eq=False)
class PartMissing(Unavailable):
    """A weight file that the job needs is absent or cannot be used."""

    code = "part_missing"


@dataclass(eq=False)
class PackagesMissing(Unavailable):
    """The packages that the neural backend needs are not installed."""

    code = "packages_missing"

    reason: Fact = field(default_factory=NoPackages)


@dataclass(eq=False)
class StorageFailed(EngineError):
    """The server's disk cannot be written; nothing was kept, and nothing of it is left."""

    code = "storage_failed"


@dataclass(eq=False)
class StorageFull(StorageFailed):
    """The server's disk has no room for what is to be kept."""

    code = "storage_full"
