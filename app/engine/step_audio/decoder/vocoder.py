"""Mel to wave: fundamental frequency, excitation and generator, of a whole mel at once.

The generator runs in pieces that overlap by all it can see, so its memory is bounded and the result is the same.
"""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.step_audio.decoder.checkpoint import Params
from app.engine.step_audio.decoder.config import VocoderConfig
from app.engine.step_audio.decoder.generator import Generator
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.source import F0Predictor, HarmonicSource

PIECE = 200  # mel frames (4 s) that the generator renders at once


class Vocoder:
    """Holds only weights: safe to call from several threads."""

    def __init__(self, params: Params, config: VocoderConfig) -> None:
        self.config = config
        self.f0 = F0Predictor(params.below("f0_predictor"))
        self.source = HarmonicSource(params.below("m_source"), config)
        self.generator = Generator(params, config)

    def wave(self, mel: Tensor, noise: Tensor | None, checkpoint: Checkpoint = unhindered) -> Tensor:
        """Mel (1, M, F) to samples (1, N); `noise` (1, N, K) drives the excitation, None for none."""
        source = self.source(self.f0(mel), noise)
        return self.rendered(mel, source, checkpoint)

    def rendered(self, mel: Tensor, source: Tensor, checkpoint: Checkpoint = unhindered) -> Tensor:
        """Mel (1, M, F) and its excitation (1, 1, N) to samples (1, N) within the model's limit."""
        spectrum = self.generator.spectrum(source)
        n_frames, per_frame, context = mel.shape[2], self.config.columns_per_frame, self.generator.context
        pieces = []
        for first in range(0, n_frames, PIECE):
            last = min(first + PIECE, n_frames)
            begin, end = max(0, first - context), min(n_frames, last + context)
            seen = spectrum[:, :, begin * per_frame : end * per_frame + 1]
            columns = self.generator.columns(mel[:, :, begin:end], seen, checkpoint)
            stop = last - begin if last < n_frames else None
            pieces.append(columns[:, :, (first - begin) * per_frame : stop and stop * per_frame])
        return self.generator.limited(self.generator.wave(torch.cat(pieces, dim=2)))
