"""Reasons: why a backend answers, why something cannot be had, and what was meant instead."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Fact, Note

# ---- what the caller may have meant --------------------------------------------------------------------------------


@dataclass(frozen=True)
class DidYouMean(Note):
    """The names closest to an unknown one."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class KnownTasks(Note):
    """All tasks there are."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class KnownTags(Note):
    """All tags of a task."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class KnownVoices(Note):
    """All voices there are."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class KnownModels(Note):
    """All models there are."""

    names: tuple[str, ...]


# ---- why this backend answers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskedFor(Note):
    """The backend that --backend names."""


@dataclass(frozen=True)
class NoWeights(Note):
    """The embedded backend, because the neural one's weights are not complete."""


@dataclass(frozen=True)
class NoPackages(Note):
    """The embedded backend, because the packages of the neural one are not installed."""


@dataclass(frozen=True)
class NoCudaDevice(Note):
    """The embedded backend, because it is the quick one without a CUDA device."""


@dataclass(frozen=True)
class WeightsAndDevice(Note):
    """The neural backend, because all it needs is here."""


# ---- why the engine does not answer --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loading(Note):
    """The engine loads its backend."""


@dataclass(frozen=True)
class ShuttingDown(Note):
    """The service ends."""


@dataclass(frozen=True)
class LoadFailed(Note):
    """The backend did not load."""

    reason: Fact


@dataclass(frozen=True)
class SeeLog(Note):
    """A fault of the program, which only the log explains."""


# ---- why a variant of the model cannot be had ----------------------------------------------------------------------


@dataclass(frozen=True)
class OneModelOnly(Note):
    """The embedded engine has one model."""


@dataclass(frozen=True)
class NoSuchVariant(Note):
    """Nobody knows a variant of this name."""


@dataclass(frozen=True)
class FolderFaulty(Note):
    """A folder of weights that is not whole."""

    folder: str
    reason: Note


@dataclass(frozen=True)
class NoBitsandbytes(Note):
    """The package that the variant computes with is not installed."""


# ---- why a job cannot be done now ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnlyVariantNeeds(Note):
    """The only variant that is here cannot be loaded."""

    variant: str
    reason: Note


@dataclass(frozen=True)
class GpuMemoryFull(Note):
    """The device ran out of memory in the middle of a job."""


@dataclass(frozen=True)
class ModelBroke(Note):
    """A variant that did not load for a reason that only the log explains."""

    variant: str


@dataclass(frozen=True)
class NoRoomBeside(Note):
    """A variant that does not fit beside those in use."""

    variant: str
    in_use: tuple[str, ...]


@dataclass(frozen=True)
class NoDevice(Note):
    """A CUDA device that torch does not see."""

    device: str
    n_devices: int


@dataclass(frozen=True)
class DeviceMapUnusable(Note):
    """--device-map names a device that cannot be used."""

    device_map: str
    reason: Fact


@dataclass(frozen=True)
class NoMemory(Note):
    """The machine has no memory left."""


@dataclass(frozen=True)
class SilentAnswer(Note):
    """The model answered with silence."""
