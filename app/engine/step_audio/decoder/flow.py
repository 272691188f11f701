"""Tokens to mel: embedding, encoder, and the flow's solver. Shapes: T dual frames, F mel frames, M mel bins."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import FlowConfig
from app.engine.step_audio.decoder.encoder import ConformerEncoder
from app.engine.step_audio.decoder.estimator import Estimator
from app.engine.step_audio.decoder.layers import Linear
from app.engine.step_audio.decoder.params import Params
from app.engine.step_audio.decoder.solver import Solver

SPEAKER_EPS = 1e-12
KEPT_SOLVERS = 4  # different numbers of steps whose precomputed steering stays in memory


class Flow:
    """Holds only weights: safe to call from several threads."""

    def __init__(self, params: Params, config: FlowConfig, device: torch.device) -> None:
        self._table = params["input_embedding.embedding.weight"]
        self._speaker = Linear.of(params, "spk_embed_affine_layer")
        self.encoder = ConformerEncoder(params.below("encoder"), config.encoder)
        self._projection = Linear.of(params, "encoder_proj")
        self.estimator = Estimator(params.below("decoder.estimator"), config.estimator)
        self._guidance = config.inference_cfg_rate
        self.n_mels = config.output_size
        self.device = device
        self.solver = lru_cache(KEPT_SOLVERS)(self._solver)

    def _solver(self, n_steps: int) -> Solver:
        return Solver(self.estimator, self._guidance, n_steps, self.device)

    def n_frames(self, pairs: Tensor) -> int:
        """Mel frames of dual frames (1, T, 2)."""
        return pairs.shape[1] * self.encoder.scale

    def embedded(self, pairs: Tensor) -> Tensor:
        """Pairs (1, T, 2) as vectors (1, T, D)."""
        return F.embedding(pairs.to(self.device), self._table).flatten(2)

    def speaker(self, vector: Tensor) -> Tensor:
        """A speaker vector (1, S) as the estimator reads it, (1, M)."""
        return self._speaker(F.normalize(vector.to(self.device), eps=SPEAKER_EPS))

    def mu(self, encoded: Tensor) -> Tensor:
        """The encoder's answer (1, F, d) as a first idea of the mel, (1, F, M)."""
        return self._projection(encoded)


def aligned(mel: Tensor, n_frames: int) -> Tensor:
    """A mel (1, n, M) stretched to (1, n_frames, M) by its nearest neighbours.

    Ratio and product are float32, as in the reference: exact arithmetic gives another frame for 3 % of the lengths.
    """
    n_in = mel.shape[1]
    if n_in == n_frames:
        return mel
    if n_frames == 2 * n_in:
        return mel.repeat_interleave(2, dim=1)
    ratio = torch.tensor(n_in / n_frames, dtype=torch.float32)
    index = (torch.arange(n_frames, dtype=torch.float32) * ratio).floor().long().clamp(max=n_in - 1)
    return mel[:, index.to(mel.device)]
