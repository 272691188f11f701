"""Tokens to mel, chunk by chunk: one stream's view of the flow, with all the context it keeps.

A whole file is one chunk, with the prompt at its head.

The estimator sees the prompt, the latest frames and the chunk; the encoder sees further back. What a chunk cannot see
is the future beyond the look-ahead, which is why a stream's mel is not quite the whole file's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.flow import Flow, aligned
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.solver import N_STEPS, Conditions

ESTIMATOR_PAST = 96  # mel frames (1.92 s) before the chunk that the estimator sees, besides the prompt
ENCODER_PAST = 750  # dual frames (30 s) before the chunk that the encoder sees

NoiseFrames = Callable[[int, int], Tensor]  # first and last frame to (frames, bins)


@dataclass(frozen=True, slots=True)
class FlowPrompt:
    """Pairs (1, T, 2), mel (1, any, M) and speaker vector (1, S)."""

    pairs: Tensor
    mel: Tensor
    speaker: Tensor

    @property
    def digest(self) -> str:
        """Equal for equal prompts, and for those alone."""
        parts = (self.pairs, self.mel, self.speaker)
        told = b"".join(part.detach().cpu().contiguous().numpy().tobytes() for part in parts)
        return hashlib.sha256(repr([tuple(part.shape) for part in parts]).encode() + told).hexdigest()


class FlowStream:
    """One stream. Not safe to share between threads; several streams may share a `Flow`.

    The noise goes on with time, whatever the chunks, and memory is bounded.
    """

    def __init__(self, flow: Flow, prompt: FlowPrompt, noise: NoiseFrames, *, n_steps: int = N_STEPS) -> None:
        self._flow = flow
        self._solver = flow.solver(n_steps)
        self._noise = noise
        self._speaker = flow.speaker(prompt.speaker)
        self._n_prompt = flow.n_frames(prompt.pairs)
        self._prompt_mel = aligned(prompt.mel.to(flow.device), self._n_prompt)
        self._encoder_state = flow.encoder.start(self._prompt_mel)
        self._states = self._solver.start()
        self._n_done = 0  # mel frames solved so far, prompt included
        self._prompt_left = prompt.pairs  # pairs not solved yet

    def going_on(self, noise: NoiseFrames) -> FlowStream:
        """Another stream that goes on from here with a noise of its own; this one may go on, too."""
        other = copy(self)
        other._noise = noise
        other._encoder_state = self._encoder_state.copied()
        other._states = [state.copied() for state in self._states]
        return other

    @property
    def n_bytes(self) -> int:
        """Memory of the context."""
        tensors = [self._prompt_mel, *self._encoder_state.tensors()]
        tensors += [tensor for state in self._states for block in state.blocks for tensor in block.tensors()]
        return sum(tensor.nbytes for tensor in tensors)

    def prepare(self, checkpoint: Checkpoint = unhindered) -> None:
        """Solve the prompt for the context it leaves, but for its last pairs, which look ahead into the target."""
        n_pairs = self._prompt_left.shape[1] - self._flow.encoder.n_lookahead
        if n_pairs >= 1:
            self._advanced(self._prompt_left, False, checkpoint)
            self._prompt_left = self._prompt_left[:, n_pairs:]

    def extend(self, pairs: Tensor, *, last: bool, checkpoint: Checkpoint = unhindered) -> Tensor:
        """The mel of the next chunk, float32 (1, M, F).

        Unless `last`, the final `encoder.n_lookahead` of the pairs (1, T, 2) are only looked at and come again.
        """
        left = self._flow.n_frames(self._prompt_left)
        mel = self._advanced(torch.cat((self._prompt_left, pairs), dim=1), last, checkpoint)
        self._prompt_left = pairs[:, :0]
        return mel[:, left:].transpose(1, 2).contiguous()

    def _advanced(self, pairs: Tensor, last: bool, checkpoint: Checkpoint) -> Tensor:
        """The mel (1, F, M) of the pairs, after which all context has moved on by F frames."""
        flow = self._flow
        mu = flow.mu(flow.encoder(flow.embedded(pairs), self._encoder_state, last=last, checkpoint=checkpoint))
        n_frames = mu.shape[1]
        known = self._prompt_mel[:, self._n_done : self._n_done + n_frames]
        cond = F.pad(known, (0, 0, 0, n_frames - known.shape[1]))
        noise = self._noise_of(n_frames).to(flow.device, torch.float32).unsqueeze(0)
        mel = self._solver.solve(noise, Conditions(mu, self._speaker, cond), self._states, checkpoint)
        self._n_done += n_frames
        self._forget()
        return mel

    def _noise_of(self, n_frames: int) -> Tensor:
        """The noise of the next frames, (n_frames, M)."""
        return self._noise(self._n_done, self._n_done + n_frames)

    def _forget(self) -> None:
        """Drop the context that no later chunk is to see."""
        for state in self._states:
            state.keep(self._n_prompt, ESTIMATOR_PAST)
        self._flow.encoder.keep(self._encoder_state, ENCODER_PAST)
