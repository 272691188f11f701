"""Noise: the random numbers that decide between ids.

One of them for each candidate, exponentially distributed; the candidate with the largest probability / noise is the
draw. That is how torch.multinomial draws, and any row may be drawn so without a look at others.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from app.engine.step_audio.language_model.rows import Rows


class Noise(Protocol):
    """Where random numbers come from."""

    def fill(self, out: Tensor, rows: Rows) -> None:
        """Fill float32 `[rows, candidates]` for the next ids of the first rows."""


class HashedNoise:
    """Numbers by a hash of seed, place in the answer and candidate: there is no state that others could disturb.

    The hash is Chris Wellons' lowbias32 ("Prospecting for hash functions", 2018), in whole numbers of 32 bits, so that
    every device makes the same ones.
    """

    def __init__(self, n_rows: int, n_candidates: int, device: torch.device) -> None:
        self._bits = torch.empty(n_rows, n_candidates, dtype=torch.int32, device=device)
        self._scratch = torch.empty_like(self._bits)
        self._candidates = torch.arange(n_candidates, dtype=torch.int32, device=device) * _ODD

    def fill(self, out: Tensor, rows: Rows) -> None:
        """As Noise."""
        n = len(out)
        seeds, places = rows.seeds[:n], rows.n_new[:n].to(torch.int32)
        keys = _hashed(_hashed(_hashed(seeds[:, 0]) ^ seeds[:, 1]) ^ places)
        bits, scratch = self._bits[:n], self._scratch[:n]
        torch.bitwise_xor(keys[:, None], self._candidates, out=bits)
        _hash(bits, scratch)
        # 23 bits and a half: strictly between 0 and 1.
        torch.bitwise_right_shift(bits, 9, out=bits).bitwise_and_(0x7FFFFF)
        out.copy_(bits).add_(0.5).mul_(2.0**-23).log_().neg_()


class TorchNoise:
    """The numbers of torch.multinomial with a torch.Generator of the row's seed, as transformers draws on a CPU.

    For comparisons. Of equal seeds one answer at a time; the numbers depend on how many candidates there are.
    """

    def __init__(self) -> None:
        self._generators: dict[tuple[int, ...], torch.Generator] = {}

    def fill(self, out: Tensor, rows: Rows) -> None:
        """As Noise."""
        for row, numbers in enumerate(out):
            low, high = key = tuple(rows.seeds[row].tolist())
            if not rows.n_new[row]:
                self._generators[key] = torch.Generator().manual_seed(((high << 32) | (low & 0xFFFFFFFF)) & _SEEDS)
            numbers.exponential_(1, generator=self._generators[key])


_SEEDS = 2**63 - 1
_ODD = -1640531527  # 2^32 / golden ratio: neighbouring candidates differ in all bits
_FIRST, _SECOND = 0x7FEB352D, 0x846CA68B - 2**32


def _hashed(bits: Tensor) -> Tensor:
    bits = bits.clone()
    _hash(bits, torch.empty_like(bits))
    return bits


def _hash(bits: Tensor, scratch: Tensor) -> None:
    """Lowbias32 in place. Shifts of signed numbers bring ones from the left, which are taken out."""
    for shift, factor in ((16, _FIRST), (15, _SECOND), (16, None)):
        torch.bitwise_right_shift(bits, shift, out=scratch).bitwise_and_((1 << (32 - shift)) - 1)
        bits.bitwise_xor_(scratch)
        if factor is not None:
            bits.mul_(factor)
