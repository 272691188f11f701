"""Where somebody speaks (Silero VAD).

The graph reads 16 kHz in windows of 512 samples, each with the last 64 samples before it, and carries its own state
from window to window; windows can therefore not be batched.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio

if TYPE_CHECKING:
    from app.engine.parts.onnx_model import OnnxModel
    from app.engine.parts.parts import Parts

Span = tuple[float, float]  # start and end in seconds

RATE_HZ = 16000
WINDOW = 512  # samples: 32 ms
CONTEXT = 64
WINDOW_S = WINDOW / RATE_HZ
WINDOWS_PER_CHECKPOINT = 250  # 8 s of sound, some 50 ms of work

THRESHOLD = 0.5
HYSTERESIS = 0.15  # speech ends only this far below the threshold
MIN_SPEECH_S = 0.09
MIN_SILENCE_S = 0.3  # shorter gaps are part of speaking


class Vad:
    """Silero VAD. Loaded when first used; safe to call from several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._model: OnnxModel | None = None
        self._loading = threading.Lock()

    def speech_spans(
        self,
        audio: Audio,
        control: JobControl,
        *,
        threshold: float = THRESHOLD,
        min_silence_s: float = MIN_SILENCE_S,
    ) -> list[Span]:
        """Stretches of speech in their order, not padded, within the clip; empty when nobody speaks.

        `threshold` 0.2 to 0.9: lower finds fainter speech and more that is none. Gaps under `min_silence_s` are closed.
        Raises PartMissing, Cancelled, DeadlineExceeded.
        """
        probs = self.speech_probs(audio, control)
        runs = _speech_runs(probs, threshold)
        # A blip by itself is no speech; beside speech it is a consonant and stays, however small the gaps asked for.
        phrases = [(a, b) for a, b in joined_spans(runs, max(min_silence_s, MIN_SILENCE_S)) if b - a >= MIN_SPEECH_S]
        return [
            (start, min(end, audio.duration_s))
            for start, end in joined_spans(runs, min_silence_s)
            if any(a <= start and end <= b for a, b in phrases)
        ]

    def speech_probs(self, audio: Audio, control: JobControl) -> NDArray[np.float32]:
        """Probability of speech in each 32 ms, `[n_windows]`; the last window is filled up with silence."""
        model = self._loaded()
        samples = audio.resampled(RATE_HZ).samples
        state, rate = np.zeros((2, 1, 128), np.float32), np.array(RATE_HZ, np.int64)
        probs = np.zeros(-(-len(samples) // WINDOW), np.float32)
        window = np.zeros((1, CONTEXT + WINDOW), np.float32)
        for n in range(len(probs)):
            if n % WINDOWS_PER_CHECKPOINT == 0:
                control.checkpoint()
            heard = samples[n * WINDOW : (n + 1) * WINDOW]
            window[0, :CONTEXT] = window[0, -CONTEXT:]
            window[0, CONTEXT:] = np.pad(heard, (0, WINDOW - len(heard)))
            prob, state = model.run({"input": window, "state": state, "sr": rate})
            probs[n] = prob[0, 0]
        return probs

    def _loaded(self) -> OnnxModel:
        with self._loading:
            if self._model is None:
                from app.engine.parts.onnx_model import OnnxModel

                # One thread: a window is far too small to share out.
                self._model = OnnxModel(self._parts.path("silero-vad"), threads=1)
            return self._model


def _speech_runs(probs: NDArray[np.float32], threshold: float) -> list[Span]:
    """Runs that begin at the threshold and last until the probability falls well below it."""
    runs: list[Span] = []
    start: int | None = None
    for n, prob in enumerate(probs):
        if start is None and prob >= threshold:
            start = n
        elif start is not None and prob < threshold - HYSTERESIS:
            runs.append((start * WINDOW_S, n * WINDOW_S))
            start = None
    if start is not None:
        runs.append((start * WINDOW_S, len(probs) * WINDOW_S))
    return runs


def joined_spans(runs: list[Span], min_gap_s: float) -> list[Span]:
    """Runs with gaps up to `min_gap_s` between them become one."""
    joined: list[Span] = []
    for start, end in runs:
        if joined and start - joined[-1][1] <= min_gap_s:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
