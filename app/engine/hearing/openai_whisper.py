"""OpenAIWhisper: any checkpoint of the openai-whisper package, official or one's own, on the GPU if there is one.

Files lie in one folder as `<model>.pt`. An official one that is absent is downloaded by the package, which checks its
SHA-256. torch is imported when a model is first asked for.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.whisper import (
    ConnectionFailed,
    NotInstalledOffline,
    WhisperFileNotLoaded,
    WhisperOffline,
    WrongBytes,
    WrongHashOffline,
)
from app.engine.hearing import whisper_edges
from app.engine.hearing.records import segment_of
from app.engine.hearing.shared_load import POLL_S, SharedLoad
from app.engine.hearing.transcriber import BEAM_SIZE, MAX_COMPRESSION, OPENAI_MODELS, TranscriberOptions, max_tokens
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio
from app.files import sha256_of

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

# What the package says of kernels that fall back to plain torch. For good: the filters are shared by all threads.
warnings.filterwarnings("ignore", category=UserWarning, module=r"whisper\.")

TAIL_S = 0.5  # the package reads the last moment of a window once more and invents text for it


class OpenAIWhisper:
    """One checkpoint. Loads when first asked; callers take turns, since its decoder keeps state in the model."""

    def __init__(self, name: str, folder: Path, *, offline: bool, threads: int) -> None:
        """`offline` forbids the download. `threads` bounds torch on the CPU."""
        self._name = name
        self._folder = folder
        self._offline = offline
        self._threads = threads
        self._turn = threading.Lock()
        self._model = SharedLoad(self._read)

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """Yield what is said in a window of at most 30 s at 16 kHz.

        Raises PartMissing when the checkpoint is not there and cannot be had; Cancelled, DeadlineExceeded.
        """
        model = self._model.get(control)
        with self._my_turn(control):
            try:
                with _stoppable(model, control):
                    language, found = _heard(model, window, options)
            except BaseException:
                # Stopped inside the package, whose alignment leaves its hooks in the model: take a fresh one next time.
                self._model.forget(model)
                raise
        for record in found["segments"]:
            is_tail = record["id"] > 0 and record["start"] > window.duration_s - TAIL_S
            if not is_tail:
                yield segment_of(record, language, window.duration_s)

    def language_probs(self, sound: Audio, control: JobControl) -> Mapping[str, float]:
        """As Transcriber."""
        model = self._model.get(control)
        with self._my_turn(control), _stoppable(model, control):
            return whisper_edges.probs_by_language(model, sound.samples)

    @contextlib.contextmanager
    def _my_turn(self, control: JobControl) -> Iterator[None]:
        while not self._turn.acquire(timeout=POLL_S):
            control.checkpoint()
        try:
            control.checkpoint()
            yield
        finally:
            self._turn.release()

    def _read(self) -> Any:
        import torch
        import whisper

        if not torch.cuda.is_available():
            torch.set_num_threads(self._threads)
        source = self._name if self._name in OPENAI_MODELS else str(self._folder / f"{self._name}.pt")
        if source == self._name and self._offline:
            self._require_on_disk()
        logger.info("loading whisper model %s", self._name)
        try:
            return whisper.load_model(source, download_root=str(self._folder))
        except Exception as failure:
            logger.exception("whisper model %s could not be loaded", self._name)
            reason = ConnectionFailed() if isinstance(failure, OSError) else WrongBytes()
            raise PartMissing(WhisperFileNotLoaded(self._name, reason), param="model") from failure

    def _require_on_disk(self) -> None:
        """Raise PartMissing unless the official file is there with its right hash: the package would download it."""
        file_name, wanted = whisper_edges.official_file(self._name)
        file = self._folder / file_name
        if not file.is_file():
            reason: Note = NotInstalledOffline(file_name)
        elif sha256_of(file) != wanted:
            reason = WrongHashOffline(file_name)
        else:
            return
        raise PartMissing(WhisperOffline(self._name, reason), param="model")


@contextlib.contextmanager
def _stoppable(model: Any, control: JobControl) -> Iterator[None]:
    """While inside, every block of the network is a checkpoint of the job."""

    def check(_block: torch.nn.Module, _inputs: object) -> None:
        control.checkpoint()

    hooks = [block.register_forward_pre_hook(check) for block in whisper_edges.blocks_of(model)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _heard(model: Any, window: Audio, options: TranscriberOptions) -> tuple[str, dict[str, Any]]:
    """The language and the package's own account of the window."""
    import whisper

    on_gpu = model.device.type != "cpu"
    language = options.language or _language(model, window)
    found = whisper.transcribe(
        model,
        window.samples,
        language=language,
        task=options.task,
        initial_prompt=options.prompt_for(language),
        temperature=options.temperatures,
        beam_size=BEAM_SIZE,
        best_of=BEAM_SIZE,
        compression_ratio_threshold=MAX_COMPRESSION,
        condition_on_previous_text=False,
        word_timestamps=True,
        sample_len=max_tokens(window.duration_s),
        fp16=on_gpu,
        verbose=None,
    )
    return language, found


def _language(model: Any, window: Audio) -> str:
    import whisper

    if not model.is_multilingual:
        return "en"
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(window.samples), model.dims.n_mels).to(model.device)
    _, probs = whisper.detect_language(model, mel)
    return str(max(probs, key=probs.get))
