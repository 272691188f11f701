"""Tokens to mel, chunk by chunk: one stream's view of the flow, with all the context it keeps.

The estimator sees the prompt, the latest frames and the chunk; the encoder sees further back. What a chunk cannot see
is the future beyond the look-ahead, which is why a stream's mel is not quite the whole file's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.flow import Flow, aligned
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.solver import Conditions, Pace

ESTIMATOR_PAST = 96  # mel frames (1.92 s) before the chunk that the estimator sees, besides the prompt
ENCODER_PAST = 750  # dual frames (30 s) before the chunk that the encoder sees

NoiseFrames = Callable[[int, int], Tensor]  # first and last frame to (frames, bins)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Pairs (1, T, 2), mel (1, any, M) and speaker vector (1, S)."""

    pairs: Tensor
    mel: Tensor
    speaker: Tensor


class FlowStream:
    """One stream. Not safe to share between threads; several streams may share a `Flow`.

    In the reference's order (`is_exact`) the prompt is prepared with the first chunk, the noise of a chunk starts at
    the column of the cached length, so that later chunks repeat it, and the encoder forgets nothing. Otherwise the
    prompt is prepared when the stream is made, but for the few frames that look ahead into the target, the noise goes
    on with time, as in a whole file, and memory is bounded.
    """

    def __init__(
        self,
        flow: Flow,
        prompt: Prompt,
        noise: NoiseFrames,
        *,
        pace: Pace,
        is_exact: bool = False,
        checkpoint: Checkpoint = unhindered,
    ) -> None:
        self._flow = flow
        self._solver = flow.solver(pace)
        self._noise = noise
        self._is_exact = is_exact
        self._speaker = flow.speaker(prompt.speaker)
        self._n_prompt = flow.n_frames(prompt.pairs)
        self._prompt_mel = aligned(prompt.mel.to(flow.device, flow.dtype), self._n_prompt)
        self.encoder_state = flow.encoder.start(self._prompt_mel)
        self.states = self._solver.start()
        self._n_done = 0  # mel frames solved so far, prompt included
        self._prompt_left = prompt.pairs  # pairs not solved yet
        if not is_exact:
            self.prepare(prompt.pairs[:, :0], checkpoint)

    def extend(self, pairs: Tensor, *, last: bool, checkpoint: Checkpoint = unhindered) -> Tensor:
        """The mel of the next chunk, float32 (1, M, F).

        Unless `last`, the final `encoder.n_lookahead` of the pairs (1, T, 2) are only looked at and come again.
        """
        if self._is_exact and not self._n_done:
            self.prepare(pairs[:, : self._flow.encoder.n_lookahead], checkpoint)
        left = self._flow.n_frames(self._prompt_left)
        mel = self._advanced(torch.cat((self._prompt_left, pairs), dim=1), last, checkpoint)
        self._prompt_left = pairs[:, :0]
        return mel[:, left:].transpose(1, 2).contiguous()

    def prepare(self, ahead: Tensor, checkpoint: Checkpoint = unhindered) -> None:
        """Solve the prompt for the context it leaves, but for its last pairs that look further ahead than `ahead`."""
        pairs = torch.cat((self._prompt_left, ahead), dim=1)
        n_pairs = pairs.shape[1] - self._flow.encoder.n_lookahead
        if n_pairs < 1:
            return
        self._advanced(pairs, False, checkpoint)
        self._prompt_left = self._prompt_left[:, n_pairs:]

    def _advanced(self, pairs: Tensor, last: bool, checkpoint: Checkpoint) -> Tensor:
        """The mel (1, F, M) of the pairs, after which all context has moved on by F frames."""
        flow = self._flow
        mu = flow.mu(flow.encoder(flow.embedded(pairs), self.encoder_state, last=last, checkpoint=checkpoint))
        n_frames = mu.shape[1]
        known = self._prompt_mel[:, self._n_done : self._n_done + n_frames]
        cond = F.pad(known, (0, 0, 0, n_frames - known.shape[1]))
        first = self._n_seen if self._is_exact else self._n_done
        noise = self._noise(first, first + n_frames).to(flow.device, torch.float32).unsqueeze(0)
        conditions = Conditions(mu, self._speaker, cond)
        mel = self._solver.solve(noise, conditions, states=self.states, checkpoint=checkpoint)
        self._n_done += n_frames
        for state in self.states:
            state.keep(self._n_prompt, ESTIMATOR_PAST)
        if not self._is_exact:
            flow.encoder.keep(self.encoder_state, ENCODER_PAST)
        return mel

    @property
    def _n_seen(self) -> int:
        """Mel frames in the estimator's context."""
        return min(self._n_done, self._n_prompt + ESTIMATOR_PAST)
