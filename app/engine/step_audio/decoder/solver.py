"""The flow's ordinary differential equation from noise to mel, with classifier-free guidance.

Source: Lipman et al., "Flow Matching for Generative Modeling", 2022 (arXiv:2210.02747); Ho and Salimans,
"Classifier-Free Diffusion Guidance", 2022 (arXiv:2207.12598).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.engine.step_audio.decoder.estimator import Estimator, EstimatorState, StepModulation
from app.engine.step_audio.decoder.layers import Checkpoint


def time_grid(n_steps: int) -> Tensor:
    """Times 0 to 1 of the steps' ends, float32 `[n_steps + 1]`, dense at the beginning: `1 - cos(pi k / 2 n)`."""
    linear = torch.linspace(0, 1, n_steps + 1, dtype=torch.float32)
    return 1 - torch.cos(linear * 0.5 * math.pi)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the mel is to be like: mu, cond (B, F, M) and speaker (B, M)."""

    mu: Tensor
    speaker: Tensor
    cond: Tensor


@dataclass(frozen=True, slots=True)
class Pace:
    """How much work a solution is: Euler steps, and how many of them share one look at what guidance changes.

    The unconditional row, half of a step's work, is computed in every `guidance_every`th step only; the steps between
    hold its difference from the conditional row.
    """

    n_steps: int
    guidance_every: int = 1


EXACT = Pace(10)  # as the reference
FAST = Pace(5, guidance_every=2)  # 8 rows instead of 20; its distance from EXACT is in docs/performance.md


class Solver:
    """Euler steps over a fixed grid. Computes what depends on time alone when it is made."""

    def __init__(self, estimator: Estimator, guidance: float, pace: Pace, device: torch.device) -> None:
        n_steps = pace.n_steps
        grid = time_grid(n_steps)
        times, spans = [float(grid[0])], [float(grid[1] - grid[0])]
        for k in range(1, n_steps):  # accumulated as float32, as the reference's loop does
            times.append(float(torch.tensor(times[-1]) + torch.tensor(spans[-1])))
            spans.append(float(grid[k + 1] - torch.tensor(times[-1])))
        self._spans: Sequence[float] = spans
        self._steers: Sequence[StepModulation] = estimator.modulations(torch.tensor(times, device=device))
        self._estimator = estimator
        self._guidance = guidance
        self._guidance_every = pace.guidance_every

    def start(self) -> list[EstimatorState]:
        """The states before the first chunk, one for each step."""
        return [self._estimator.start() for _ in self._spans]

    def solve(
        self,
        noise: Tensor,
        conditions: Conditions,
        *,
        mask: Tensor | None = None,
        states: Sequence[EstimatorState] | None = None,
        checkpoint: Checkpoint,
    ) -> Tensor:
        """Noise (B, F, M) to mel (B, F, M), both float32; `states` move on by the chunk.

        `mask` (B, F) is True on real frames, where sequences of different length are padded.
        """
        conditioned = self._estimator.conditioned(conditions.mu, conditions.speaker, conditions.cond)
        seen = None if mask is None else mask.repeat(2, 1)[:, None, None]
        x, change = noise.clone(), torch.zeros_like(noise)
        for k, (span, steer) in enumerate(zip(self._spans, self._steers, strict=True)):
            n_rows = 2 * len(x) if k % self._guidance_every == 0 else len(x)
            rows, visible = conditioned[:n_rows], None if seen is None else seen[:n_rows]
            state = states[k] if states else None
            velocity = self._estimator(x, rows, steer, mask=visible, state=state, checkpoint=checkpoint).float()
            if n_rows > len(x):
                change = velocity[: len(x)] - velocity[len(x) :]
            x.add_(velocity[: len(x)], alpha=span).add_(change, alpha=span * self._guidance)
        return x
