"""The Backend protocol, and the table of backends.

A backend knows nothing of queues, threads or HTTP: each call runs in one worker thread and yields Audio as it becomes
ready. Several calls may run at once; a backend's loaded models are shared and read-only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.engine.errors import PartMissing
from app.engine.job import JobControl
from app.engine.requests import CloneJob, EditJob
from app.engine.sound.audio import Audio

if TYPE_CHECKING:
    from app.cache.token_cache import TokenCache
    from app.engine.hearing.transcribers import Transcribers
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What a backend can do now.

    `variants` can answer, `absent_variants` maps the others to why they cannot; `missing` maps a job ("clone",
    "denoise", ...) to why it cannot be done; `memory_bytes` maps each loaded part to its share, where it is known.
    """

    name: str
    is_loaded: bool
    variants: tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    absent_variants: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How much text one call takes, counted in characters of Latin and of Han script; the engine splits longer text."""

    max_chars: int
    max_han_chars: int


class Backend(Protocol):
    """One way to make and edit speech."""

    name: str
    sample_rate: int
    text_limits: TextLimits
    folds_iterations: bool  # True: one edit call does all iterations; False: the engine feeds results back
    streams_pieces: bool  # True: a call yields its sound in chunks as they are made, faded at both ends; False: whole

    def load(self) -> None:
        """Load what every job needs. Raises PartMissing only when nothing at all could work."""

    def status(self) -> BackendStatus:
        """What works now."""

    def variant_for(self, variant: str | None) -> str:
        """The variant that will answer for the one asked for; None asks for the default."""

    def max_audio_s(self, task: str) -> float:
        """Seconds of audio one edit call takes; the engine splits longer clips at silences."""

    def needs_transcript(self, task: str) -> bool:
        """True if the task works better or only with the words of the clip ("clone": of the reference)."""

    def check_text(self, text: str, param: str) -> None:
        """Raise UnspeakableText, naming the field, for text this backend cannot speak. Cheap; no models."""

    def clone(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        """Speak the text in the voice. Raises PartMissing, BadAudio, UnspeakableText, Cancelled, DeadlineExceeded."""

    def edit(self, job: EditJob, control: JobControl) -> Iterator[Audio]:
        """Edit the clip. The output has the backend's own rate or the clip's. Raises as `clone`."""


def _embedded(settings: Settings, cache: TokenCache, transcribers: Transcribers) -> Backend:
    from app.engine.embedded.backend import EmbeddedBackend

    return EmbeddedBackend.from_settings(settings, cache, transcribers)


def _step_audio(settings: Settings, cache: TokenCache, transcribers: Transcribers) -> Backend:
    from app.engine.step_audio.weights import find_weights

    find_weights(settings.model_path or settings.models_dir)  # missing ones are told at once, not after ten seconds
    from app.engine.step_audio.backend import StepAudioBackend

    return StepAudioBackend.from_settings(settings, cache, transcribers)


Factory = Callable[["Settings", "TokenCache", "Transcribers"], Backend]
BACKENDS: Mapping[str, Factory] = {"step-audio": _step_audio, "embedded": _embedded}


def choose_backend(settings: Settings, cache: TokenCache, transcribers: Transcribers) -> tuple[Backend, str]:
    """The backend the settings ask for, and why it was chosen. Raises EngineError if it cannot be had."""
    name, because = _best(settings) if settings.backend == "auto" else (settings.backend, "asked for with --backend")
    return BACKENDS[name](settings, cache, transcribers), because


def _best(settings: Settings) -> tuple[str, str]:
    """The neural backend where its weights and a CUDA device are, else the embedded one; and why.

    torch is imported only where there are weights.
    """
    from app.engine.step_audio.weights import find_weights

    try:
        find_weights(settings.model_path or settings.models_dir)
    except PartMissing:
        return "embedded", "it works on any machine, and the neural backend's weights are not complete here"
    if settings.device_map != "cpu":
        from app.engine.step_audio.device import has_cuda

        if has_cuda():
            return "step-audio", "its weights and a CUDA device are here"
    return "embedded", "it is the quick one without a CUDA device; --backend step-audio runs the neural one on the CPU"
