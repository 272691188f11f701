"""The table of backends, and the choice among them. What stands here imports nothing heavy.

A backend says for itself which settings only it reads, when it is the best choice, what it lacks, what it fetches, and
how it is made; what it can do then, its `status` says. To add one: a class as those below, and a line of `BACKENDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from app.engine.errors import EngineError, PackagesMissing, PartMissing
from app.engine.facts.downloads import WeightsComplete
from app.engine.facts.fact import Note, Report
from app.engine.facts.files import FileFaulty
from app.engine.facts.reasons import AskedFor, NoCudaDevice, NoPackages, NoWeights, WeightsAndDevice

if TYPE_CHECKING:
    from app.cache.token_cache import TokenCache
    from app.engine.backend import Backend
    from app.engine.hearing.transcribers import Transcribers
    from app.engine.parts.parts import Parts
    from app.engine.weights_check import Weights
    from app.settings import Settings

AUTO = "auto"  # the setting that leaves the choice


@dataclass(frozen=True, slots=True)
class Resources:
    """What the process has once, for whichever backend answers."""

    parts: Parts
    cache: TokenCache
    transcribers: Transcribers


class BackendEntry(Protocol):
    """What is known of a backend before it is made."""

    name: str
    own_settings: tuple[str, ...]  # fields of Settings that no other backend reads

    def why_best(self, settings: Settings) -> Note | None:
        """Why `auto` takes it here, before all that follow in the table; None if it does not."""

    def wants_cuda(self, settings: Settings) -> bool:
        """Whether these settings would have it compute on a CUDA device."""

    def lacks(self, settings: Settings) -> Sequence[EngineError]:
        """What it needs beside the parts, which all share, and does not find here: what `make` would raise."""

    def fetch(self, settings: Settings, report: Report) -> None:
        """Before a start: bring what is missing, where the settings allow it. Raises PartMissing."""

    def download(self, settings: Settings, report: Report) -> None:
        """When somebody asks for it: bring its weights, and report what is there then. Raises PartMissing."""

    def changed_weights(self, settings: Settings, checkpoint: Callable[[], None]) -> Iterator[Note]:
        """Hash its own files beside the parts; yields what is wrong. `checkpoint` is called often and may raise."""

    def make(self, settings: Settings, resources: Resources) -> Backend:
        """The backend of these settings; nothing is loaded yet. Raises EngineError if it cannot be had."""


class StepAudioEntry:
    """The neural backend; torch is imported only where there are weights."""

    name = "step-audio"
    own_settings: tuple[str, ...] = (
        "model_path",
        "model_source",
        "variant",
        "torch_dtype",
        "device_map",
        "quantization",
    )

    def why_best(self, settings: Settings) -> Note | None:
        """Its weights and a CUDA device."""
        return WeightsAndDevice() if not self.lacks(settings) and _may_use_cuda(settings) else None

    def wants_cuda(self, settings: Settings) -> bool:
        """Unless it is sent to the CPU."""
        return settings.device_map != "cpu"

    def lacks(self, settings: Settings) -> Sequence[EngineError]:
        """The full set of packages, and its weights."""
        from app.engine.step_audio.weights import find_weights

        lacking: list[EngineError] = [] if _has_packages() else [PackagesMissing()]
        try:
            find_weights(settings.model_path or settings.models_dir)
        except PartMissing as missing:
            lacking.append(missing)
        return lacking

    def fetch(self, settings: Settings, report: Report) -> None:
        """Absent weights, where the settings name a hub, and the backend or a CUDA device is there to run them."""
        from app.engine.step_audio.weights.download import is_complete

        names_hub = settings.model_source in ("huggingface", "modelscope")
        if settings.offline or not names_hub or not (is_asked_for(self, settings) or _may_use_cuda(settings)):
            return
        if not is_complete(settings.model_path or settings.models_dir, settings.variant):
            self.download(settings, report)

    def download(self, settings: Settings, report: Report) -> None:
        """What `--variant` names."""
        from app.engine.step_audio.weights import find_weights
        from app.engine.step_audio.weights.download import download

        path = settings.model_path or settings.models_dir
        download(path, source=settings.model_source, variant=settings.variant, report=report)
        folders = find_weights(path)
        report(WeightsComplete(str(folders.root), tuple(folders.variants)))

    def changed_weights(self, settings: Settings, checkpoint: Callable[[], None]) -> Iterator[Note]:
        """Of the folders that have a manifest: of others nobody knows what is right."""
        from app.engine.step_audio.weights.find import survey
        from app.engine.step_audio.weights.manifest import changed_files, read_manifest

        for folder in survey(settings.model_path or settings.models_dir).folders.values():
            if (manifest := read_manifest(folder)) is not None:
                for name, fault in changed_files(folder, manifest, checkpoint):
                    if fault is not None:
                        yield FileFaulty(f"{folder.name}/{name}", fault)

    def make(self, settings: Settings, resources: Resources) -> Backend:
        """As BackendEntry."""
        for lacking in self.lacks(settings):  # told at once, not after ten seconds
            raise lacking
        from app.engine.step_audio.backend import StepAudioBackend

        return StepAudioBackend.from_settings(settings, resources.cache)


class EmbeddedEntry:
    """The backend that runs on any machine; its parts are fetched when they are first needed."""

    name = "embedded"
    own_settings: tuple[str, ...] = ()

    def why_best(self, settings: Settings) -> Note | None:
        """It works everywhere."""
        from app.engine.step_audio.weights import find_weights

        try:
            find_weights(settings.model_path or settings.models_dir)
        except PartMissing:
            return NoWeights()
        return NoCudaDevice() if _has_packages() else NoPackages()

    def wants_cuda(self, settings: Settings) -> bool:
        """Never."""
        del settings
        return False

    def lacks(self, settings: Settings) -> Sequence[EngineError]:
        """Nothing: the parts are all it needs."""
        del settings
        return ()

    def fetch(self, settings: Settings, report: Report) -> None:
        """Nothing before a start."""

    def download(self, settings: Settings, report: Report) -> None:
        """Nothing: `prepare` brings the parts."""

    def changed_weights(self, settings: Settings, checkpoint: Callable[[], None]) -> Iterator[Note]:
        """None: it has the parts alone."""
        del settings, checkpoint
        return iter(())

    def make(self, settings: Settings, resources: Resources) -> Backend:
        """As BackendEntry."""
        from app.engine.embedded.backend import EmbeddedBackend

        return EmbeddedBackend(resources.parts, resources.cache, resources.transcribers, settings.threads)


def _by_name(*entries: BackendEntry) -> dict[str, BackendEntry]:
    return {entry.name: entry for entry in entries}


BACKENDS: Mapping[str, BackendEntry] = _by_name(
    StepAudioEntry(),
    EmbeddedEntry(),
)


def may_answer(entry: BackendEntry, settings: Settings) -> bool:
    """True if the settings ask for this backend or leave the choice."""
    return settings.backend in (AUTO, entry.name)


def is_asked_for(entry: BackendEntry, settings: Settings) -> bool:
    """True if the settings name this backend."""
    return settings.backend == entry.name


def choose_backend(settings: Settings, resources: Resources) -> tuple[Backend, Note]:
    """The backend the settings ask for, and why it was chosen. Raises EngineError if it cannot be had."""
    entry, because = best(settings) if settings.backend == AUTO else (BACKENDS[settings.backend], AskedFor())
    return entry.make(settings, resources), because


def weights_of(backend: Backend, settings: Settings, parts: Parts) -> list[Weights]:
    """What hashes the files that this backend, and the Whispers beside it, are loaded from."""
    return [parts.hash_anew, partial(BACKENDS[backend.name].changed_weights, settings)]


def best(settings: Settings) -> tuple[BackendEntry, Note]:
    """The first backend of the table that is good here, and why."""
    return next((entry, why) for entry in BACKENDS.values() if (why := entry.why_best(settings)) is not None)


def _has_packages() -> bool:
    """True in the full set of packages, which the neural backend needs."""
    return find_spec("torch") is not None


def _may_use_cuda(settings: Settings) -> bool:
    if settings.device_map == "cpu" or not _has_packages():
        return False
    from app.engine.step_audio.device import has_cuda

    return has_cuda()
