"""Slots: the keys and values of all prompts under way, in memory that is taken once.

A slot holds one row's keys and values, grouped as they are computed and in the model's own type. Rows that decode stand
in the first slots without a gap, so that one view is all of them: when a row leaves, another is moved into its place.
"""

from __future__ import annotations

import contextlib
import math
import mmap

import torch
from torch import Tensor

from app.engine.step_audio.language_model.step1_config import Step1Config

LEAST_SLOTS = 2  # a guided answer takes two
MOST_SLOTS = 16  # of which nobody said how many there should be
FREE_SHARE = 0.5  # of the memory that is left beside the weights; the decoder's work needs the rest
SPAN = 64  # keys: views are multiples of it, so that results do not depend on how many masked keys there are


def rounded_up(n: int) -> int:
    """To whole spans."""
    return -(-n // SPAN) * SPAN


class Slots:
    """`n_slots` slots of `capacity` tokens each, and a little more, where rows write that are there for their shape."""

    def __init__(
        self, config: Step1Config, n_slots: int, capacity: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.n_positions = rounded_up(capacity + 1)
        self.nowhere = self.n_positions - 1  # a position that nobody looks at
        shape = (config.num_hidden_layers, n_slots, config.num_attention_groups, self.n_positions, config.head_dim)
        # Zeros: what is masked is multiplied by zero, and must be finite for that.
        self.keys = _zeros(shape, device, dtype)
        self.values = _zeros(shape, device, dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of all slots."""
        return self.keys.nbytes + self.values.nbytes

    def move(self, source: int, target: int, n_tokens: int) -> None:
        """Copy the first tokens of a slot to another one."""
        for part in (self.keys, self.values):
            part[:, target, :, :n_tokens].copy_(part[:, source, :, :n_tokens])


def slot_bytes(config: Step1Config, capacity: int, dtype: torch.dtype) -> int:
    """Bytes of one slot."""
    width = config.num_attention_groups * config.head_dim
    return 2 * config.num_hidden_layers * width * rounded_up(capacity + 1) * dtype.itemsize


def slots_in(free_bytes: int, bytes_each: int) -> int:
    """How many slots fit into the memory that is left."""
    return min(MOST_SLOTS, max(LEAST_SLOTS, int(FREE_SHARE * free_bytes) // bytes_each))


def _zeros(shape: tuple[int, ...], device: torch.device, dtype: torch.dtype) -> Tensor:
    """On a CPU memory that the system gives where it is first written, in small pages: a large one for each layer and
    group would make the first chunk in a slot wait for a fifth of a second.
    """
    if device.type != "cpu":
        return torch.zeros(shape, device=device, dtype=dtype)
    memory = mmap.mmap(-1, math.prod(shape) * dtype.itemsize)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with contextlib.suppress(OSError):  # a system without large pages
            memory.madvise(mmap.MADV_NOHUGEPAGE)
    return torch.frombuffer(memory, dtype=dtype).view(shape)


class DecodingMemory:
    """What the first rows look back on in one step; each appends one token at its own position."""

    def __init__(self, slots: Slots, n_rows: int, span: int, places: Tensor) -> None:
        """`places` `[rows * groups]`: where the new keys go among all positions of all slots and groups."""
        self._slots, self._n_rows, self._span, self._places = slots, n_rows, span, places

    def update(self, keys: Tensor, values: Tensor, layer: int, /) -> tuple[Tensor, Tensor]:
        """As Memory."""
        n, span = self._n_rows, self._span
        width = keys.shape[-1]
        whole = self._slots.keys[layer], self._slots.values[layer]
        for part, new in zip(whole, (keys, values), strict=True):
            part.view(-1, width).index_copy_(0, self._places, new[:n].reshape(-1, width))
        return whole[0][:n, :, :span], whole[1][:n, :, :span]


class ChunkMemory:
    """What a chunk of the prompt in one slot looks back on."""

    def __init__(self, slots: Slots, slot: int, first: int) -> None:
        """`first` is the position of the chunk's first token."""
        self._slots, self._slot, self._first = slots, slot, first

    def update(self, keys: Tensor, values: Tensor, layer: int, /) -> tuple[Tensor, Tensor]:
        """As Memory."""
        first, end = self._first, self._first + keys.shape[2]
        whole = self._slots.keys[layer, self._slot, None], self._slots.values[layer, self._slot, None]
        for part, new in zip(whole, (keys, values), strict=True):
            part[:, :, first:end] = new
        return whole[0][:, :, :end], whole[1][:, :, :end]
