"""attend: grouped attention in float32 over keys and values of any type, which are never converted as a whole.

Each row's result is the same whatever other rows are there and however many masked keys follow its own: the products
are batched by row and group, and what is masked adds zeros behind all else (tests hold that bit by bit on the CPU).
"""

from __future__ import annotations

import torch
from torch import Tensor

KEY_BLOCK = 512  # keys and values converted at once where products of their type would round the scores


def attend(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """Mixed values `[B, G, Q, D]` in the type of the queries.

    `queries` `[B, G, Q, D]`: all heads of a group are rows of one product. `keys`, `values` `[B, G, S, D]`; `bias`
    float32 `[B, G, Q, S]`, -inf where a query must not look.
    """
    B, G, Q, D = queries.shape
    queries, keys, values, bias = (part.flatten(0, 1) for part in (queries, keys, values, bias))
    weights = _scores(queries, keys, bias, D**-0.5).softmax(-1)
    return _mixed(weights, values).to(queries.dtype).view(B, G, Q, D)


def _scores(queries: Tensor, keys: Tensor, bias: Tensor, scale: float) -> Tensor:
    if keys.dtype == torch.float32:
        return torch.baddbmm(bias, queries, keys.mT, alpha=scale)
    if keys.is_cuda:  # tensor cores take short numbers and add them up in float32
        return torch.bmm(queries, keys.mT, out_dtype=torch.float32).mul_(scale).add_(bias)
    wide = queries.float()
    blocks = zip(torch.split(keys, KEY_BLOCK, 1), torch.split(bias, KEY_BLOCK, 2), strict=True)
    return torch.cat([torch.baddbmm(part, wide, block.float().mT, alpha=scale) for block, part in blocks], dim=2)


def _mixed(weights: Tensor, values: Tensor) -> Tensor:
    if values.dtype == torch.float32:
        return torch.bmm(weights, values)
    if values.is_cuda:
        return torch.bmm(weights.to(values.dtype), values)
    mixed = weights.new_zeros(*weights.shape[:2], values.shape[2])
    for part, block in zip(torch.split(weights, KEY_BLOCK, 2), torch.split(values, KEY_BLOCK, 1), strict=True):
        mixed.baddbmm_(part, block.float())
    return mixed
