"""The table of backends, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.engine.backend import Backend
from app.engine.errors import PartMissing

if TYPE_CHECKING:
    from app.cache.token_cache import TokenCache
    from app.engine.hearing.transcribers import Transcribers
    from app.settings import Settings


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
