"""Sqrt-ALiBi: how attention falls with distance. Bias = -slope * sqrt(distance), one slope for each head.

Float32 whatever the model computes in: bfloat16 would round the larger biases by whole units.
"""

from __future__ import annotations

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


class DistanceTable:
    """The bias of every distance up to `n_positions`, made once; what attention needs of it is cut out.

    Column c of a head's row is the distance `n_positions - c`, and -inf where that is negative: the biases of one query
    towards the keys 0, 1, 2, ... stand side by side, those of keys ahead of it included.
    """

    def __init__(self, n_heads: int, n_positions: int, device: torch.device) -> None:
        distance = n_positions - torch.arange(2 * n_positions, device=device)
        slopes = torch.tensor(alibi_slopes(n_heads), dtype=torch.float32, device=device)
        bias = -slopes[:, None] * distance.clamp(min=0).sqrt()
        self._columns = bias.masked_fill_(distance < 0, -torch.inf)
        self._n_positions = n_positions

    def of_rows(self, positions: Tensor, span: int, out: Tensor) -> Tensor:
        """Fill `out` `[rows, heads, span]` for one query a row, at `positions` `[rows]`, towards `span` keys."""
        windows = self._columns.unfold(1, span, 1).transpose(0, 1)
        return torch.index_select(windows, 0, self._n_positions - positions, out=out)

    def of_chunk(self, first: int, n_queries: int) -> Tensor:
        """`[heads, queries, keys]` for queries at `first` and on, towards all keys up to the last query."""
        span = first + n_queries
        begin = self._n_positions - span + 1
        return self._columns[:, begin : begin + n_queries + span - 1].unfold(1, span, 1).flip(1)


def distance_bias(n_heads: int, first_query: int, n_queries: int, device: torch.device) -> Tensor:
    """As DistanceTable.of_chunk, for a single use."""
    return DistanceTable(n_heads, first_query + n_queries, device).of_chunk(first_query, n_queries)
