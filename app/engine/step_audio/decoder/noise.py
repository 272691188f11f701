"""Standard normal noise that belongs to a seed and a place, not to a moment.

Frame n of a seed's noise is the same however it is asked for: a stream and a whole file get the same values, and
nothing depends on torch's global generator.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 64  # frames drawn by one generator
DEFAULT_SEED = 0
_SEED_RANGE = 2**64


class SeededNoise:
    """Endless noise of `width` values a frame, on the CPU. Safe to call from several threads."""

    def __init__(self, seed: int, width: int, purpose: int) -> None:
        """`purpose` tells apart the noises of one seed."""
        self._seed = seed
        self._width = width
        self._purpose = purpose

    def frames(self, first: int, last: int) -> Tensor:
        """Frames `first` to `last` (not included), (last - first, width)."""
        blocks = [self._block(index) for index in range(first // BLOCK, -(-last // BLOCK))]
        if not blocks:
            return torch.empty(0, self._width)
        offset = first // BLOCK * BLOCK
        return torch.cat(blocks)[first - offset : last - offset]

    def _block(self, index: int) -> Tensor:
        generator = torch.Generator().manual_seed(_mixed(self._seed, self._purpose, index))
        return torch.randn(BLOCK, self._width, generator=generator)


def _mixed(*numbers: int) -> int:
    """One well spread 64-bit seed of several numbers (the finaliser of splitmix64, applied in turn)."""
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) % _SEED_RANGE
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % _SEED_RANGE
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB % _SEED_RANGE
        state ^= state >> 31
    return state
