"""ServedModel: a language model that answers many callers at once.

One thread owns the loop. It is there as long as somebody is to be answered, and gone when nobody is: a model that
nobody uses is held by nothing.
"""

from __future__ import annotations

import contextlib
import logging
import threading

import torch

from app.engine.executors import step_back
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.loop import LanguageModelLoop

logger = logging.getLogger(__name__)


class ServedModel:
    """Thread-safe."""

    def __init__(self, loop: LanguageModelLoop) -> None:
        """The loop is the served model's alone from now on."""
        self._loop = loop
        self._lock = threading.Lock()
        self._is_running = False

    @property
    def memory_bytes(self) -> int:
        """Bytes of the model and of all slots."""
        return self._loop.memory_bytes

    def start(self, generation: Generation) -> Generation:
        """The same generation, its ids to come. Raises InvalidRequest for an impossible prompt."""
        with self._lock:
            self._loop.add(generation)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="language-model", daemon=True).start()
        return generation

    def _run(self) -> None:
        step_back()
        with _own_stream(self._loop.model.device):
            while True:
                with self._lock:
                    if self._loop.is_idle:
                        self._is_running = False
                        return
                try:
                    self._loop.step()
                except Exception as error:
                    logger.exception("a step of the language model failed")
                    self._loop.fail(error)


def _own_stream(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """On CUDA a queue of its own, ahead of the decoder's: else each id would wait for the sound that is computed."""
    if device.type != "cuda":
        return contextlib.nullcontext()
    return torch.cuda.stream(torch.cuda.Stream(device, priority=-1))  # type: ignore[no-untyped-call]
