"""CampPlus: the speaker model (CAM++), filterbank features to a vector that tells voices apart."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.engine.errors import PartMissing
from app.engine.facts.decoder import DecoderFileFaulty, NoSpeakerModel, SpeakerWidth
from app.engine.parts.onnx_model import OnnxModel
from app.engine.step_audio.kaldi import FRAME, HOP, RATE_HZ, log_energies
from app.engine.step_audio.weights.layout import DECODER_CONFIG, SPEAKER_MODEL

N_BINS = 80  # as the model was trained: Povey windows, no dither, samples in [-1, 1]
POVEY_POWER = 0.85


def fbank(wave: Tensor) -> Tensor:
    """Samples (1, n), n >= FRAME, at 16 kHz to natural-log energies (frames, N_BINS); whole frames only."""
    return log_energies(wave[0].unfold(0, FRAME, HOP), _window(), N_BINS)


@cache
def _window() -> Tensor:
    return torch.hann_window(FRAME, periodic=False, dtype=torch.float64).pow(POVEY_POWER)


class CampPlus:
    """The ONNX graph on the CPU, one thread. Safe to call from several threads."""

    def __init__(self, folder: Path, width: int) -> None:
        """`width` is the size of the vector that the flow expects. Raises PartMissing."""
        path = folder / SPEAKER_MODEL
        try:
            self._model = OnnxModel(path, threads=1)
            found = self.vector(torch.zeros(1, RATE_HZ)).shape[1]
        except Exception as error:  # ONNX Runtime's errors share no public base class
            size = path.stat().st_size
            raise PartMissing(DecoderFileFaulty(SPEAKER_MODEL, NoSpeakerModel(size))) from error
        if found != width:
            raise PartMissing(DecoderFileFaulty(SPEAKER_MODEL, SpeakerWidth(found, width, DECODER_CONFIG)))

    def vector(self, wave: Tensor) -> Tensor:
        """Samples (1, n) at 16 kHz to the speaker's vector (1, width), not normalised."""
        features = fbank(wave)
        features = features - features.mean(dim=0, keepdim=True)
        answer = self._model.run({self._model.inputs[0]: features.unsqueeze(0).numpy()})[0]
        return torch.from_numpy(np.asarray(answer, np.float32).reshape(1, -1).copy())
