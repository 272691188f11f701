"""Tokens to mel: embedding, encoder, and the flow's solver. Shapes: T dual frames, F mel frames, M mel bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.checkpoint import Params
from app.engine.step_audio.decoder.config import FlowConfig
from app.engine.step_audio.decoder.encoder import ConformerEncoder
from app.engine.step_audio.decoder.estimator import Estimator
from app.engine.step_audio.decoder.layers import Checkpoint, Linear
from app.engine.step_audio.decoder.solver import Conditions, Pace, Solver

SPEAKER_EPS = 1e-12
KEPT_SOLVERS = 4  # different paces whose precomputed steering stays in memory


@dataclass(frozen=True, slots=True)
class FlowInput:
    """One sequence: prompt and target pairs (1, T, 2), prompt mel (1, any, M), speaker (1, S), noise (1, F, M)."""

    prompt: Tensor
    target: Tensor
    prompt_mel: Tensor
    speaker: Tensor
    noise: Tensor


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

    @property
    def dtype(self) -> torch.dtype:
        """The type it computes in."""
        return self._table.dtype

    def _solver(self, pace: Pace) -> Solver:
        return Solver(self.estimator, self._guidance, pace, self.device)

    def n_frames(self, pairs: Tensor) -> int:
        """Mel frames of dual frames (1, T, 2)."""
        return pairs.shape[1] * self.encoder.scale

    def embedded(self, pairs: Tensor) -> Tensor:
        """Pairs (1, T, 2) as vectors (1, T, D)."""
        return F.embedding(pairs.to(self.device), self._table).flatten(2)

    def speaker(self, vector: Tensor) -> Tensor:
        """A speaker vector (1, S) as the estimator reads it, (1, M)."""
        return self._speaker(F.normalize(vector.to(self.device, self.dtype), eps=SPEAKER_EPS))

    def mu(self, encoded: Tensor) -> Tensor:
        """The encoder's answer (1, F, d) as a first idea of the mel, (1, F, M)."""
        return self._projection(encoded)

    def mels(self, inputs: Sequence[FlowInput], pace: Pace, checkpoint: Checkpoint) -> list[Tensor]:
        """The mel of each target, float32 (1, M, F). All go through the solver together, padded."""
        conditions = [self._conditions(one, checkpoint) for one in inputs]
        lengths = [condition.mu.shape[1] for condition in conditions]
        together = Conditions(
            mu=_padded([c.mu for c in conditions]),
            speaker=torch.cat([c.speaker for c in conditions]),
            cond=_padded([c.cond for c in conditions]),
        )
        noise = _padded([one.noise.to(self.device, torch.float32) for one in inputs])
        mask = None
        if min(lengths) < max(lengths):
            mask = torch.arange(max(lengths), device=self.device) < torch.tensor(lengths, device=self.device)[:, None]
        mel = self.solver(pace).solve(noise, together, mask=mask, checkpoint=checkpoint)
        firsts = [self.n_frames(one.prompt) for one in inputs]
        return [
            row[None, first:length].transpose(1, 2).contiguous()
            for row, first, length in zip(mel, firsts, lengths, strict=True)
        ]

    def _conditions(self, one: FlowInput, checkpoint: Checkpoint) -> Conditions:
        embedded = self.embedded(torch.cat((one.prompt, one.target), dim=1))
        mu = self.mu(self.encoder(embedded, self.encoder.start(embedded), checkpoint=checkpoint))
        known = aligned(one.prompt_mel.to(self.device, self.dtype), self.n_frames(one.prompt))
        return Conditions(mu, self.speaker(one.speaker), F.pad(known, (0, 0, 0, mu.shape[1] - known.shape[1])))


def _padded(rows: Sequence[Tensor]) -> Tensor:
    """Rows (1, F, M) of different F as one batch, filled with zeros at the end."""
    longest = max(row.shape[1] for row in rows)
    return torch.cat([F.pad(row, (0, 0, 0, longest - row.shape[1])) for row in rows])


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
