"""Rows: what a step knows of each row, in tensors on the device that stay where they are.

A step reads and advances them without the host; the host writes them only when a row joins, moves or leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

REPETITION_WINDOW = 10  # ids
NONE = -1  # no id


class Rows:
    """One entry for each slot. Call inside of torch.inference_mode."""

    def __init__(self, n_rows: int, nowhere: int, device: torch.device) -> None:
        """`nowhere` is the position at which rows without a prompt write."""

        def zeros(dtype: torch.dtype, *shape: int) -> Tensor:
            return torch.zeros(n_rows, *shape, dtype=dtype, device=device)

        self._nowhere = nowhere
        self.ids = zeros(torch.long)  # the newest id, which the next step computes
        self.positions = zeros(torch.long).fill_(nowhere)  # of that id
        self.n_new = zeros(torch.long)  # ids chosen so far
        self.recent = zeros(torch.long, REPETITION_WINDOW).fill_(NONE)  # the last ids, each at position % window
        self.seeds = zeros(torch.int32, 2)
        # A guided row is led by another one: both say what the leader chooses from the logits of both.
        self.leaders = torch.arange(n_rows, device=device)
        self.opposites = torch.arange(n_rows, device=device)  # the row that guides this one away from itself
        self.intensities = zeros(torch.float32).fill_(1.0)

    def join(self, row: int, prompt: Sequence[int], seed: int) -> None:
        """A row that continues a prompt, of which all but the last id have been computed."""
        last = len(prompt) - 1
        recent = [NONE] * REPETITION_WINDOW
        for position in range(max(0, len(prompt) - REPETITION_WINDOW), len(prompt)):
            recent[position % REPETITION_WINDOW] = prompt[position]
        self.ids[row] = prompt[last]
        self.positions[row] = last
        self.n_new[row] = 0
        self.recent[row] = torch.tensor(recent)
        self.seeds[row] = torch.tensor([seed & 0xFFFFFFFF, seed >> 32]).to(torch.int32)

    def move(self, source: int, target: int) -> None:
        """A row takes another place; what it is to others must be told again by `pair`."""
        for part in (self.ids, self.positions, self.n_new, self.recent, self.seeds):
            part[target] = part[source]

    def clear(self, row: int) -> None:
        """The row has no prompt any more."""
        self.ids[row] = 0
        self.positions[row] = self._nowhere

    def pair(self, leaders: Sequence[int], opposites: Sequence[int], intensities: Sequence[float]) -> None:
        """Who is guided by whom, for the first rows; all others are guided by nobody, as they fill up shapes."""
        n = len(leaders)
        for part, known in ((self.leaders, leaders), (self.opposites, opposites)):
            part.copy_(torch.tensor([*known, *range(n, len(part))]))
        self.intensities[:n] = torch.tensor(intensities)

    def advance(self, n_rows: int, chosen: Tensor) -> None:
        """The first rows take the ids chosen for them, `[rows]`. Those without a prompt stay nowhere."""
        self.ids[:n_rows] = chosen
        self.positions[:n_rows].add_(1).clamp_(max=self._nowhere)
        self.n_new[:n_rows] += 1
        at = self.positions[:n_rows, None] % REPETITION_WINDOW
        self.recent[:n_rows].scatter_(1, at, chosen[:, None])
