"""Rounding of weights to four-bit integers, group by group, as compressed-tensors does it (minmax)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.language_model.int4_linear import MIDDLE, VALUES_PER_WORD

LOWEST, HIGHEST = -8, 7


@dataclass(frozen=True, slots=True)
class Rounding:
    """How weights are rounded: `group_size` inputs share a scale and, unless symmetric, a zero point."""

    group_size: int
    is_symmetric: bool


@dataclass(frozen=True, slots=True)
class Rounded:
    """Int32 `values` `[out, in]`, float32 `scale` and int32 `zero_point` `[out, groups]`."""

    values: Tensor
    scale: Tensor
    zero_point: Tensor

    def weight(self) -> Tensor:
        """The weights that these stand for, float32 `[out, in]`."""
        n_out, n_groups = self.scale.shape
        grouped = self.values.view(n_out, n_groups, -1) - self.zero_point[..., None]
        return (grouped * self.scale[..., None]).view(n_out, -1)


def rounded(weight: Tensor, rounding: Rounding) -> Rounded:
    """Weights `[out, in]` to the nearest of 16 steps. The scale is what bfloat16 can hold of it."""
    n_out = len(weight)
    grouped = weight.float().view(n_out, -1, rounding.group_size)
    low, high = grouped.amin(-1).clamp(max=0), grouped.amax(-1).clamp(min=0)
    steps = HIGHEST - LOWEST
    span = 2 * torch.maximum(-low, high) if rounding.is_symmetric else high - low
    scale = (span / steps).clamp(min=torch.finfo(torch.bfloat16).tiny).bfloat16().float()
    zero_point = torch.zeros_like(scale)
    if not rounding.is_symmetric:
        zero_point = (LOWEST - low / scale).round().clamp(LOWEST, HIGHEST)
    values = (grouped / scale[..., None]).round() + zero_point[..., None]
    values = values.clamp(LOWEST, HIGHEST).view(n_out, -1)
    return Rounded(values.int(), scale, zero_point.int())


def stored(weight: Tensor, rounding: Rounding) -> dict[str, Tensor]:
    """What the folder holds of a matrix, by the ends of the names."""
    result = rounded(weight, rounding)
    tensors = {
        "weight_packed": packed_words(result.values),
        "weight_scale": result.scale.bfloat16(),
        "weight_shape": torch.tensor(weight.shape),
    }
    if rounding.is_symmetric:
        return tensors
    rows = F.pad(result.zero_point.T, (0, -len(weight) % 8))
    return tensors | {"weight_zero_point": packed_words(rows).T.contiguous()}


def packed_words(values: Tensor) -> Tensor:
    """Int32 `[rows, words]` of integers -8 to 7 `[rows, n]`: the packing that Int4Linear undoes."""
    nibbles = F.pad(values + MIDDLE, (0, -values.shape[1] % VALUES_PER_WORD)).to(torch.int64)
    shifts = torch.arange(VALUES_PER_WORD, device=values.device) * 4
    words = (nibbles.view(len(values), -1, VALUES_PER_WORD) << shifts).sum(-1)
    return torch.where(words >= 1 << 31, words - (1 << 32), words).to(torch.int32)
