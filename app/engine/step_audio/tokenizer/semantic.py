"""vq06, the semantic codes: an ONNX graph over Whisper's log-mel spectrogram, 25 codes a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from app.engine.facts.tokenizer import CodeCount, CodesOutside, GraphRefused, InputCount
from app.engine.job import JobControl
from app.engine.parts.onnx_model import OnnxModel
from app.engine.sound.audio import Samples
from app.engine.step_audio.codes import N_VQ06
from app.engine.step_audio.tokenizer.files import complaint, unusable
from app.engine.step_audio.tokenizer.mel import whisper_log_mel
from app.engine.step_audio.tokenizer.preprocessing import SAMPLE_RATE

PIECE = 30 * SAMPLE_RATE  # the graph has positions for 30 s; longer clips are cut there, without overlap
SHORTEST_PIECE = 480  # samples; what is shorter gives no code
CODES_A_SECOND = 25
COUNT_TOLERANCE = 2  # codes by which a piece may differ from 25 a second

_PROBE = SAMPLE_RATE // 2
_ORT_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class SemanticTokenizer:
    """Samples to vq06 codes. Safe from any thread."""

    def __init__(self, path: Path, device: str, threads: int) -> None:
        """Loads the graph and tries it on half a second of silence. Raises PartMissing if it is no such tokenizer."""
        self._path = path
        try:
            self._model = OnnxModel(path, threads=threads, frees_memory=True, device=device)
            if len(self._model.inputs) != 2:
                raise unusable(path, InputCount(len(self._model.inputs)))
            self._piece_codes(np.zeros(_PROBE, np.float32), None)
        except _ORT_ERRORS as fault:
            raise unusable(path, GraphRefused(complaint(fault, path))) from None

    def codes(self, samples: Samples, control: JobControl | None = None) -> list[int]:
        """The codes of a preprocessed 16 kHz clip `[n]`, piece by piece. Raises Cancelled, DeadlineExceeded."""
        return [code for piece in _pieces(samples) for code in self._piece_codes(piece, control)]

    def _piece_codes(self, samples: Samples, control: JobControl | None) -> list[int]:
        features = whisper_log_mel(torch.from_numpy(np.ascontiguousarray(samples))).unsqueeze(0).numpy()
        length = np.array([features.shape[2]], np.int32)
        codes = self._model.run(dict(zip(self._model.inputs, (features, length), strict=True)), control)[0].ravel()
        self._check(codes, len(samples) / SAMPLE_RATE)
        listed: list[int] = codes.tolist()
        return listed

    def _check(self, codes: NDArray[np.int32], duration_s: float) -> None:
        """Refuse a graph that keeps another contract, before its numbers reach the language model."""
        wanted = CODES_A_SECOND * round(duration_s, 2)
        if codes.dtype.kind != "i" or abs(len(codes) - wanted) > COUNT_TOLERANCE:
            raise unusable(self._path, CodeCount(len(codes), str(codes.dtype), round(wanted)))
        if len(codes) and not 0 <= codes.min() <= codes.max() < N_VQ06:
            raise unusable(self._path, CodesOutside(N_VQ06 - 1))


def _pieces(samples: Samples) -> Iterator[Samples]:
    for begin in range(0, len(samples), PIECE):
        piece = samples[begin : begin + PIECE]
        if len(piece) >= SHORTEST_PIECE:
            yield piece
