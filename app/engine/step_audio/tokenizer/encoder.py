"""The streaming Paraformer's encoder, run over a whole clip at once with exactly the streaming result.

The original pushes pieces of four frames through all layers, one after another. Each piece sees the five frames before
it anew and, at every layer, keys and values of the 16 frames before those. None of this depends on what an earlier
piece became at the same layer, so all pieces ("chunks") can go through a layer together:

    frames     z z z z z 1 2 3 4 5 6 7 8 9 ...        z: rows of zeros before the first frame
    chunk 0   [z z z z z 1 2 3 4]
    chunk 1           [z 1 2 3 4 5 6 7 8]
    chunk 2                   [4 5 6 7 8 9 ...

A row of chunk c attends to the 9 rows of its chunk and to the first 4 rows of each of the chunks c-4 .. c-1. Chunks of
several clips lie behind one another; each knows its number within its clip and sees no other clip's. Long clips pass
in blocks of chunks, between which each layer carries the keys and values of four chunks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

NEW, OLD = 4, 5  # rows of a chunk: new frames, and frames seen before
ROWS = OLD + NEW
LOOK_BACK = 4  # chunks before the own one whose first rows are attended to

_Module = Callable[..., Tensor]  # of FunASR, which has no types

_BLOCK = 128  # chunks (30 s of sound) computed together: keeps the arithmetic units busy in some 50 MB


class SinglePassEncoder:
    """FunASR's stock `SANMEncoderChunkOpt` in a single pass. Only read after construction: safe from any thread."""

    def __init__(self, stock: Any) -> None:
        self._embed: _Module = stock.embed
        self._layers = [_Layer(layer) for layer in (*stock.encoders0, *stock.encoders)]
        self._after_norm: _Module = stock.after_norm
        self._device: torch.device = next(stock.parameters()).device
        self.width: int = stock.output_size()

    @torch.inference_mode()
    def encode(self, clips: Sequence[Tensor], checkpoint: Callable[[], None] | None = None) -> list[Tensor]:
        """Encode the feature frames `[n_i, n_features]` of each clip to `[n_i, width]`, float32 on the CPU.

        `checkpoint` is called at every layer and may raise to give up.
        """
        lengths = [len(clip) for clip in clips]
        if not any(lengths):
            return [torch.empty(0, self.width) for _ in clips]
        rows = torch.split(torch.cat([self._chunked(clip) for clip in clips]), _BLOCK)
        visible = torch.split(torch.cat([_visible_keys(length) for length in lengths]), _BLOCK)
        carried: list[Tensor | None] = [None] * len(self._layers)
        blocks = [self._block(*block, carried, checkpoint) for block in zip(rows, visible, strict=True)]
        padded = torch.split(torch.cat(blocks), [NEW * _n_chunks(length) for length in lengths])
        return [clip[:length] for clip, length in zip(padded, lengths, strict=True)]

    def _chunked(self, features: Tensor) -> Tensor:
        """A clip's frames with their positions added, in overlapping chunks `[n_chunks, 9, n_features]`."""
        n_chunks = _n_chunks(len(features))
        if not n_chunks:
            return features.new_empty(0, ROWS, features.shape[1])
        placed = self._embed(features.unsqueeze(0) * self.width**0.5, {"start_idx": 0}).squeeze(0)
        padded = functional.pad(placed, (0, 0, OLD, n_chunks * NEW - len(features)))
        return padded.unfold(0, ROWS, NEW).transpose(1, 2)

    def _block(
        self, rows: Tensor, visible: Tensor, carried: list[Tensor | None], checkpoint: Callable[[], None] | None
    ) -> Tensor:
        """Rows of one block `[c, 9, n_features]` to its new frames encoded `[4c, width]`. Replaces what is carried."""
        x, visible = rows.to(self._device), visible.to(self._device)
        for n, layer in enumerate(self._layers):
            if checkpoint is not None:
                checkpoint()
            x, carried[n] = layer(x, visible, carried[n])
        return self._after_norm(x[:, OLD:]).flatten(0, 1).cpu()


class _Layer:
    """One layer of the stock encoder over a block of chunks."""

    def __init__(self, stock: Any) -> None:
        attention = stock.self_attn
        self._norm_1: _Module = stock.norm1
        self._norm_2: _Module = stock.norm2
        self._feed_forward: _Module = stock.feed_forward
        self._query_key_value: _Module = attention.linear_q_k_v
        self._out: _Module = attention.linear_out
        self._memory: _Module = attention.forward_fsmn
        self._n_heads: int = attention.h
        self._is_residual: bool = stock.in_size == stock.size

    def __call__(self, x: Tensor, visible: Tensor, carried: Tensor | None) -> tuple[Tensor, Tensor]:
        """`x` `[c, 9, in]`, `visible` `[c, 25]`, and keys and values of the four chunks before, `[4, 4, 2 width]`.

        Returns the next layer's `x` and what the next block needs of this one.
        """
        query, key_value, value = self._projected(self._norm_1(x))
        firsts = key_value[:, :NEW]
        if carried is None:
            carried = firsts.new_zeros(LOOK_BACK, *firsts.shape[1:])
        history = torch.cat((carried, firsts))
        attended = self._attend(query, torch.cat((_contexts(history), key_value), dim=1), visible)
        own_rows = visible[:, -ROWS:].unsqueeze(-1).to(value.dtype)
        mixed = attended + self._memory(value, own_rows)
        x = x + mixed if self._is_residual else mixed
        x = x + self._feed_forward(self._norm_2(x))
        return x, history[-LOOK_BACK:]

    def _projected(self, normed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries `[c, 9, width]`, keys beside values `[c, 9, 2 width]`, values `[c, 9, width]`."""
        projected = self._query_key_value(normed)
        width = projected.shape[-1] // 3
        return projected[..., :width], projected[..., width:], projected[..., 2 * width :]

    def _attend(self, query: Tensor, key_value: Tensor, visible: Tensor) -> Tensor:
        """Softmax attention of 9 rows over 25 keys, those that are not visible left out; `[c, 9, width]`."""
        key, value = key_value.chunk(2, dim=-1)
        attended = functional.scaled_dot_product_attention(
            self._heads(query), self._heads(key), self._heads(value), attn_mask=visible[:, None, None, :]
        )
        return self._out(attended.transpose(1, 2).flatten(2))

    def _heads(self, rows: Tensor) -> Tensor:
        """`[c, n, width]` to `[c, heads, n, width / heads]`."""
        return rows.reshape(*rows.shape[:2], self._n_heads, -1).transpose(1, 2)


def _n_chunks(length: int) -> int:
    return math.ceil(length / NEW)


def _contexts(history: Tensor) -> Tensor:
    """First rows of the four chunks before each chunk: `[4 + c, 4, n]` to `[c, 16, n]`."""
    return history[:-1].unfold(0, LOOK_BACK, 1).permute(0, 3, 1, 2).flatten(1, 2)


def _visible_keys(length: int) -> Tensor:
    """Which of its 25 keys each chunk of a clip of `length` frames may see, `[n_chunks, 25]`.

    Not those of chunks before the first, nor the rows behind the last frame.
    """
    chunk = torch.arange(_n_chunks(length)).unsqueeze(1)
    contexts = chunk - LOOK_BACK + torch.arange(LOOK_BACK * NEW) // NEW >= 0
    own = chunk * NEW - OLD + torch.arange(ROWS) < length
    return torch.cat((contexts, own), dim=1)
