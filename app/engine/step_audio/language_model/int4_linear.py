"""Int4Linear: a linear layer whose weights stay packed in four bits, as compressed-tensors writes them (W4A16).

That keeps the published model at 2.5 GB instead of 7 GB. The weights are unpacked a block of outputs at a time, which
is multiplied while it lies in the processor's cache and then thrown away: never more than 3 MB of them exist in full.
On one thread of a CPU a matrix of 3072 x 3072 takes 5.5 ms for one row and 7.0 ms for eight (25 and 28 ms when all of
it was unpacked first; 1.9 and 4.5 ms with plain float32 weights). Whoever has the memory is faster with the base
model. Tried and left out: looking bytes up in a table is no faster, torch's own four-bit product takes 14 ms for one
row and 109 ms for eight. On CUDA the kernel to take would be torch's `_weight_int4pack_mm` (bfloat16, groups of 32 to
256); the same blocks are used there until somebody has measured it.

Format "pack-quantized": of each 32-bit word along the input dimension the lowest four bits come first; the value is
`nibble - 8`, the weight `(value - zero point) * scale`, with one scale (and zero point) for each group of inputs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

VALUES_PER_WORD = 8
BLOCK_VALUES = 3 << 18  # weights unpacked at once
MIDDLE = 8  # what the nibble of the value 0 is


class Int4Linear(nn.Module):
    """`[..., in]` to `[..., out]`, without bias. Read-only; safe to call from several threads."""

    packed: Tensor  # uint8 [out, bytes], two values a byte
    scale: Tensor  # [out, groups]
    offset: Tensor | None  # [out, groups], what is taken from a nibble; None: MIDDLE for all

    def __init__(
        self, packed: Tensor, scale: Tensor, zero_point: Tensor | None, in_features: int, group_size: int
    ) -> None:
        """`packed` int32 `[out, words]`; `scale` `[out, groups]`; `zero_point` int32, packed along the outputs."""
        super().__init__()
        n_out = len(scale)
        self.in_features = in_features
        self.group_size = group_size
        self.register_buffer("packed", _bytes(packed))
        self.register_buffer("scale", scale)
        offset = None if zero_point is None else _nibbles(_bytes(zero_point.T))[:, :n_out].T
        self.register_buffer("offset", None if offset is None else offset.to(scale.dtype).contiguous())

    def weight(self, begin: int = 0, end: int | None = None) -> Tensor:
        """The weights of these outputs, unpacked, `[outputs, in]`; of all by default."""
        scale = self.scale[begin:end]
        n_out, n_groups = scale.shape
        values = _nibbles(self.packed[begin:end])[:, : self.in_features]
        values = F.pad(values, (0, n_groups * self.group_size - self.in_features)).to(scale.dtype)
        grouped = values.view(n_out, n_groups, self.group_size)
        grouped -= MIDDLE if self.offset is None else self.offset[begin:end, :, None]
        grouped *= scale[..., None]
        return grouped.view(n_out, -1)[:, : self.in_features]

    def forward(self, x: Tensor) -> Tensor:
        """`[..., in]` to `[..., out]`."""
        n_out = len(self.scale)
        block = max(1, BLOCK_VALUES // self.in_features)
        out = x.new_empty(*x.shape[:-1], n_out)
        for begin in range(0, n_out, block):
            end = min(begin + block, n_out)
            out[..., begin:end] = F.linear(x, self.weight(begin, end))
        return out


def stored_shapes(
    n_out: int, n_in: int, group_size: int | None, *, is_symmetric: bool
) -> Mapping[str, tuple[int, ...]]:
    """What a folder must hold for one layer; `group_size` None: one scale for each output."""
    n_groups = 1 if group_size is None else -(-n_in // group_size)
    shapes = {
        "weight_packed": (n_out, -(-n_in // VALUES_PER_WORD)),
        "weight_scale": (n_out, n_groups),
        "weight_shape": (2,),
    }
    return shapes if is_symmetric else shapes | {"weight_zero_point": (-(-n_out // VALUES_PER_WORD), n_groups)}


def _bytes(words: Tensor) -> Tensor:
    """Uint8 `[rows, 4 n]` of int32 `[rows, n]`, lowest byte first."""
    in_bytes = words.flatten().view(torch.uint8).view(len(words), -1, 4)
    if sys.byteorder == "big":
        in_bytes = in_bytes.flip(-1)
    return in_bytes.flatten(1)


def _nibbles(packed: Tensor) -> Tensor:
    """Uint8 `[rows, 2 n]` of uint8 `[rows, n]`, low half first."""
    return torch.stack((packed & 15, packed >> 4), dim=-1).flatten(1)
