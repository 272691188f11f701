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

N_STEPS = 10  # as the reference


def time_grid(n_steps: int) -> Tensor:
    """Times 0 to 1 of the steps' ends, float32 `[n_steps + 1]`, dense at the beginning: `1 - cos(pi k / 2 n)`."""
    linear = torch.linspace(0, 1, n_steps + 1, dtype=torch.float32)
    return 1 - torch.cos(linear * 0.5 * math.pi)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the mel is to be like: mu, cond (1, F, M) and speaker (1, M)."""

    mu: Tensor
    speaker: Tensor
    cond: Tensor


class Solver:
    """Euler steps over a fixed grid. Computes what depends on time alone when it is made."""

    def __init__(self, estimator: Estimator, guidance: float, n_steps: int, device: torch.device) -> None:
        grid = time_grid(n_steps)
        times, spans = [float(grid[0])], [float(grid[1] - grid[0])]
        for k in range(1, n_steps):  # accumulated as float32, as the reference's loop does
            times.append(float(torch.tensor(times[-1]) + torch.tensor(spans[-1])))
            spans.append(float(grid[k + 1] - torch.tensor(times[-1])))
        self._spans: Sequence[float] = spans
        self._steers: Sequence[StepModulation] = estimator.modulations(torch.tensor(times, device=device))
        self._estimator = estimator
        self._guidance = guidance

    def start(self) -> list[EstimatorState]:
        """The states before the first chunk, one for each step."""
        return [self._estimator.start() for _ in self._spans]

    def solve(
        self, noise: Tensor, conditions: Conditions, states: Sequence[EstimatorState], checkpoint: Checkpoint
    ) -> Tensor:
        """Noise (1, F, M) to mel (1, F, M), both float32; `states` move on by the chunk."""
        conditioned = self._estimator.conditioned(conditions.mu, conditions.speaker, conditions.cond)
        x = noise.clone()
        for span, steer, state in zip(self._spans, self._steers, states, strict=True):
            given, free = self._estimator(x, conditioned, steer, state, checkpoint).chunk(2)
            x.add_(given, alpha=span).add_(given - free, alpha=span * self._guidance)
        return x
