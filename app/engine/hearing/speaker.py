"""Speaker embeddings: 256 numbers that say whose voice it is (the GE2E network of Resemblyzer, run by onnxruntime).

The mel features and the slicing of an utterance follow the published network's own recipe, since its weights know no
other; `tools/export_speaker_encoder.py` made the graph and checked both against the original.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples, frame_levels_db, rms_db

SAMPLE_RATE = 16_000
WINDOW = 400  # samples of one mel frame, 25 ms
HOP = 160  # samples, 10 ms
N_MELS = 40
PARTIAL_FRAMES = 160  # the network hears 1.6 s at a time
PARTIAL_STEP = 77  # frames between two such stretches: 1.3 a second
MIN_COVERAGE = 0.75  # a last stretch with less sound than this is left out
LEVEL_DB = -30.0  # RMS the network was trained at; its features are powers, not logarithms, so level matters

PAUSE_S = 0.25  # longer pauses are shortened to this
SPEECH_RANGE_DB = 40.0  # frames further below the loud ones are pause

ENCODER_PATH = Path(__file__).parents[2] / "assets" / "embedded" / "speaker_encoder.onnx"

Embedding = NDArray[np.float32]


class EncoderGraph(Protocol):
    """What the encoder asks of a loaded graph (`OnnxModel`)."""

    def run(self, feeds: dict[str, np.ndarray], control: JobControl | None = None) -> list[np.ndarray]:
        """Outputs of the graph for these inputs."""


class SpeakerEncoder:
    """Embeds clips. Safe to call from several threads."""

    def __init__(self, model: EncoderGraph | None = None, *, threads: int = 1) -> None:
        """`model` takes `mels [n, 160, 40]`, gives `embeddings [n, 256]`; left out, the packaged one is loaded."""
        if model is None:
            from app.engine.parts.onnx_model import OnnxModel

            model = OnnxModel(ENCODER_PATH, threads=threads)
        self._model = model

    def embed(self, audio: Audio, control: JobControl | None = None) -> Embedding:
        """L2-normalised embedding, float32 `[256]`, of all speech in the clip: the mean over its 1.6 s stretches."""
        mean = self.embed_stretches(audio, control).mean(axis=0)
        unit: Embedding = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
        return unit

    def embed_stretches(self, audio: Audio, control: JobControl | None = None) -> NDArray[np.float32]:
        """L2-normalised embeddings, float32 `[n, 256]`, of the overlapping 1.6 s stretches of speech in the clip."""
        speech = at_encoder_level(without_pauses(audio.resampled(SAMPLE_RATE)))
        (embeddings,) = self._model.run({"mels": partial_mels(speech.samples)}, control)
        return np.asarray(embeddings, np.float32)


def without_pauses(audio: Audio) -> Audio:
    """The clip with pauses longer than PAUSE_S shortened to it.

    A frame is pause when it lies 40 dB below the 95th percentile of levels. Where a noise floor is nearer than that,
    the threshold stands 6 dB above the floor, at most 25 dB below the loud frames.
    """
    levels = frame_levels_db(audio, 0.02, 0.01)
    loud, floor = np.percentile(levels, 95), np.percentile(levels, 10)
    threshold = np.clip(floor + 6, loud - SPEECH_RANGE_DB, loud - 25)
    reach = round(PAUSE_S * 100) + 1
    near_speech = np.convolve(levels > threshold, np.ones(reach))[reach // 2 :][: len(levels)] > 0.5
    hop = round(0.01 * audio.sample_rate)
    keep = np.repeat(near_speech, hop)
    keep = np.pad(keep, (0, max(0, len(audio.samples) - len(keep))), constant_values=near_speech[-1])
    return Audio(audio.samples[keep[: len(audio.samples)]], audio.sample_rate)


def at_encoder_level(audio: Audio) -> Audio:
    """The clip at LEVEL_DB RMS."""
    return audio.scaled(LEVEL_DB - rms_db(audio.samples))


def partial_mels(samples: Samples) -> NDArray[np.float32]:
    """Mel features of the overlapping stretches of an utterance at 16 kHz: `[n_stretches, 160, 40]`, at least one.

    The utterance is padded with silence to the end of its last stretch.
    """
    n_frames = len(samples) // HOP + 1
    starts = np.arange(0, max(1, n_frames - PARTIAL_FRAMES + PARTIAL_STEP + 1), PARTIAL_STEP)
    covered = (len(samples) - starts[-1] * HOP) / (PARTIAL_FRAMES * HOP)
    if covered < MIN_COVERAGE and len(starts) > 1:
        starts = starts[:-1]
    end = int(starts[-1] + PARTIAL_FRAMES) * HOP
    mels = mel_spectrogram(np.pad(samples, (0, max(0, end - len(samples)))))
    return np.stack([mels[start : start + PARTIAL_FRAMES] for start in starts])


def mel_spectrogram(samples: Samples) -> NDArray[np.float32]:
    """Power mel spectrogram `[n // 160 + 1, 40]`, float32: Hann windows centred on every tenth millisecond."""
    padded = np.pad(samples, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2
    return (power @ _mel_filters().T).astype(np.float32)


def _mel_filters() -> NDArray[np.float64]:
    """Triangular filters of equal area on Slaney's mel scale, 0 to 8 kHz: `[40, 201]`."""
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(SAMPLE_RATE / 2), N_MELS + 2))
    bins_hz = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.maximum(triangles, 0) * 2 / (high - low)


# Slaney's scale (Auditory Toolbox, 1998): 15 mel per kHz up to 1 kHz, then 27 mel per factor 6.4.
_LINEAR_MEL, _LOG_STEP = 15.0, np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    return hz * _LINEAR_MEL / 1000 if hz < 1000 else _LINEAR_MEL + np.log(hz / 1000) / _LOG_STEP


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < _LINEAR_MEL, mel * 1000 / _LINEAR_MEL, 1000 * np.exp((mel - _LINEAR_MEL) * _LOG_STEP))
