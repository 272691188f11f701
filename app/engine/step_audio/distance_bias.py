"""Sqrt-ALiBi: Step1 knows where a token stands only by a bias on attention that grows with the root of the distance."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor


def alibi_slopes(n_heads: int) -> list[float]:
    """The slope of each head, in the checkpoint's order, which is not sorted.

    The largest power of two m <= n_heads gives 2^(-8k/m), k = 1..m; the heads beyond it 2^(-4k/m) with odd k.
    Source: Press et al. 2021, "Train Short, Test Long", and its reference code.
    """
    m = 1 << (n_heads.bit_length() - 1)
    first = [2.0 ** (-8 * k / m) for k in range(1, m + 1)]
    return first + [2.0 ** (-4 * k / m) for k in range(1, 2 * (n_heads - m), 2)]


def distance_bias(n_heads: int, first_query: int, n_queries: int, device: torch.device) -> Tensor:
    """Float32 `[heads, queries, keys]` for queries at `first_query` and on: -slope * sqrt(distance), -inf ahead.

    There are as many keys as positions up to the last query. Float32 whatever the model computes in: bfloat16 would
    round the larger biases by whole units.
    """
    queries = torch.arange(first_query, first_query + n_queries, device=device)
    keys = torch.arange(first_query + n_queries, device=device)
    distance = queries[:, None] - keys
    bias = -_slopes(n_heads, device)[:, None, None] * distance.clamp(min=0).sqrt()
    return bias if n_queries == 1 else bias.masked_fill(distance < 0, -torch.inf)


@cache
def _slopes(n_heads: int, device: torch.device) -> Tensor:
    # Made once outside of inference mode, so that every caller may use it.
    with torch.inference_mode(False):
        return torch.tensor(alibi_slopes(n_heads), dtype=torch.float32, device=device)
