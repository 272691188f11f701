"""Convolutions of three frames with half the multiplications, on the CPU in float32.

Four outputs of a three-tap filter need 12 products in the plain way and 6 in Winograd's, F(4, 3): six sums of a tile of
six inputs, each times one combination of the taps, and four sums of the results. With 512 channels a "product" is a
matrix product, which is where the time goes. The price is rounding: about six times a plain convolution's, still
1e-5 of the signal. In half precision, or with TF32, it would be too much.

Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015 (arXiv:1509.09308).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

TILE = 4  # outputs of a tile
TAPS = 3
# Rows: the products; columns: the taps, oldest first.
_COMBINATIONS = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)


class WinogradConv:
    """A causal convolution, time first: (R, n, in) behind its past (R, 2, in), None for zeros, to (R, n, out)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """`weight` is (out, in, 3)."""
        combinations = torch.tensor(_COMBINATIONS, dtype=torch.float64)
        combined = torch.einsum("kt,oit->kio", combinations, weight.double())
        self._weights = combined.to(weight.dtype).contiguous()  # (6, in, out)
        self._bias = bias

    def __call__(self, x: Tensor, past: Tensor | None) -> Tensor:
        n_rows, n_frames, width = x.shape
        n_tiles = -(-n_frames // TILE)
        padded = F.pad(x, (0, 0, TAPS - 1, TILE * n_tiles - n_frames))
        if past is not None:
            padded[:, : TAPS - 1] = past
        tiles = self._spread(padded, n_tiles)
        products = torch.bmm(tiles.view(len(tiles), n_rows * n_tiles, width), self._weights)
        return self._gathered(products).view(n_rows, TILE * n_tiles, -1)[:, :n_frames]

    def _spread(self, x: Tensor, n_tiles: int) -> Tensor:
        """The six sums of each tile of x (R, 4 tiles + 2, in), as (6, R, tiles, in)."""
        d0, d1, d2, d3, d4, d5 = (x[:, k : k + TILE * n_tiles - TILE + 1 : TILE] for k in range(TILE + TAPS - 1))
        sums = x.new_empty(6, len(x), n_tiles, x.shape[2])
        even, odd = torch.sub(d4, d2, alpha=4), torch.sub(d3, d1, alpha=4)
        torch.add(even, odd, out=sums[1])
        torch.sub(even, odd, out=sums[2])
        torch.sub(d4, d2, out=even)
        torch.sub(d3, d1, out=odd)
        torch.add(even, odd, alpha=2, out=sums[3])
        torch.sub(even, odd, alpha=2, out=sums[4])
        torch.sub(d0, d2, out=sums[0]).mul_(4).add_(even)
        torch.sub(d5, d3, out=sums[5]).sub_(odd, alpha=4)
        return sums

    def _gathered(self, products: Tensor) -> Tensor:
        """The four outputs of each tile from its products (6, tiles, out), as (tiles, 4, out). Spoils the products."""
        even = (products[1] + products[2]).add_(self._bias)
        odd = (products[1] - products[2]).add_(self._bias)
        twice_even, twice_odd = products[3] + products[4], products[3] - products[4]
        outputs = products.new_empty(products.shape[1], TILE, products.shape[2])
        torch.add(products[0].add_(twice_even), even, out=outputs[:, 0])
        torch.add(odd, twice_odd, alpha=2, out=outputs[:, 1])
        torch.add(even, twice_even, alpha=4, out=outputs[:, 2])
        torch.add(odd.add_(products[5]), twice_odd, alpha=8, out=outputs[:, 3])
        return outputs
