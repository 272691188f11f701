"""The conformer encoder: token embeddings at 25 Hz to hidden states at 50 Hz.

Despite the name its blocks are plain pre-norm transformer blocks with relative attention; there is no convolution in
them. Around them: a look-ahead layer over the next few frames, and a doubling of the frame rate between the blocks.

It runs in chunks. `EncoderState` keeps what a later chunk needs of the earlier ones; a whole file is one chunk with
an empty state. T: frames at 25 Hz, d: width.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import EncoderConfig
from app.engine.step_audio.decoder.layers import Checkpoint, LayerNorm, Linear, TimeConv, unhindered
from app.engine.step_audio.decoder.params import Params

NORM_EPS = 1e-5
BLOCK_NORM_EPS = 1e-12
LOOKAHEAD_SLOPE = 0.01
LOOKAHEAD_PAST = 2  # frames of the past that the second look-ahead convolution sees
QUERY_BLOCK = 512  # queries attended at once: bounds the table of position scores, not the result

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "swish": F.silu,
    "silu": F.silu,
    "relu": F.relu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
}


@dataclass(slots=True)
class AttentionContext:
    """Keys and values of the earlier frames of one layer, (1, heads, n, d / heads); None before the first chunk."""

    keys: Tensor | None = None
    values: Tensor | None = None

    def extended(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, old and new."""
        if self.keys is not None and self.values is not None:
            keys, values = torch.cat((self.keys, keys), dim=2), torch.cat((self.values, values), dim=2)
        self.keys, self.values = keys, values
        return keys, values

    def keep(self, n_last: int) -> None:
        """Forget all but the last frames."""
        if self.keys is not None and self.values is not None and self.keys.shape[2] > n_last:
            self.keys, self.values = self.keys[:, :, -n_last:].clone(), self.values[:, :, -n_last:].clone()


@dataclass(slots=True)
class EncoderState:
    """What the next chunk needs of the earlier ones."""

    lookahead: Tensor  # (1, 2, d): latest outputs of the first look-ahead convolution
    upsampling: Tensor  # (1, 2 * stride, d): latest repeated frames before the upsampling convolution
    attention: list[AttentionContext] = field(default_factory=list)  # one per block, then one per block above

    def copied(self) -> EncoderState:
        """The same for another stream; its tensors are never written to."""
        return EncoderState(self.lookahead, self.upsampling, [copy(context) for context in self.attention])

    def tensors(self) -> list[Tensor]:
        """All that it holds."""
        seen = [tensor for context in self.attention for tensor in (context.keys, context.values)]
        return [self.lookahead, self.upsampling, *(tensor for tensor in seen if tensor is not None)]


class RelativeAttention:
    """Attention whose scores depend on content and on the distance of query and key (Transformer-XL form)."""

    def __init__(self, params: Params, n_heads: int) -> None:
        self._n_heads = n_heads
        self._query_key_value = Linear.stacked(params, "linear_q", "linear_k", "linear_v")
        self._position = Linear.of(params, "linear_pos")
        self._out = Linear.of(params, "linear_out")
        self._content_bias = params["pos_bias_u"].unsqueeze(1)  # (heads, 1, d / heads)
        self._position_bias = params["pos_bias_v"].unsqueeze(1)

    def __call__(self, x: Tensor, distances: Tensor, context: AttentionContext) -> Tensor:
        """x (1, n, d) attends to itself and to the context, which grows by x.

        `distances` is (earlier + 2 n - 1, d): the position vectors of query minus key, from the largest distance down.
        """
        _, n_queries, width = x.shape
        heads = (self._n_heads, width // self._n_heads)
        query, key, value = (
            part.view(1, n_queries, *heads).transpose(1, 2) for part in self._query_key_value(x).chunk(3, dim=-1)
        )
        keys, values = context.extended(key, value)
        positions = self._position(distances).view(-1, *heads).permute(1, 2, 0)  # (heads, d / heads, distances)
        attended = [self._attended(query, keys, values, positions, first) for first in range(0, n_queries, QUERY_BLOCK)]
        return self._out(torch.cat(attended, dim=2).transpose(1, 2).flatten(2))

    def _attended(self, query: Tensor, keys: Tensor, values: Tensor, positions: Tensor, first: int) -> Tensor:
        """The answers to one block of queries, (1, heads, block, d / heads)."""
        n_queries, n_keys = query.shape[2], keys.shape[2]
        last = min(first + QUERY_BLOCK, n_queries)
        block = query[:, :, first:last]
        n_block = last - first
        # Column c of the table is the distance n_keys - 1 - c. Query i (counted in the block) and key j are
        # n_keys - n_queries + first + i - j apart, hence in the block's part of the table at n_block - 1 - i + j.
        table = positions[:, :, n_queries - last : n_queries - last + n_block + n_keys - 1]
        scores = ((block[0] + self._position_bias) @ table).contiguous()
        n_columns = scores.shape[2]
        shape, strides = (self._n_heads, n_block, n_keys), (n_block * n_columns, n_columns - 1, 1)
        scores = scores.as_strided(shape, strides, n_block - 1)
        bias = (scores / math.sqrt(query.shape[3])).unsqueeze(0)
        return F.scaled_dot_product_attention(block + self._content_bias, keys, values, attn_mask=bias)


class EncoderBlock:
    """Attention and feed-forward, each normalised before and added after."""

    def __init__(self, params: Params, config: EncoderConfig) -> None:
        self._attention = RelativeAttention(params.below("self_attn"), config.attention_heads)
        self._attention_norm = LayerNorm.of(params, "norm_mha", BLOCK_NORM_EPS)
        self._forward_norm = LayerNorm.of(params, "norm_ff", BLOCK_NORM_EPS)
        self._widen = Linear.of(params, "feed_forward.w_1")
        self._narrow = Linear.of(params, "feed_forward.w_2")
        self._activation = _ACTIVATIONS[config.activation_type]

    def __call__(self, x: Tensor, distances: Tensor, context: AttentionContext) -> Tensor:
        x = x + self._attention(self._attention_norm(x), distances, context)
        return x + self._narrow(self._activation(self._widen(self._forward_norm(x))))


class InputLayer:
    """Linear, layer norm, times the square root of the width."""

    def __init__(self, params: Params) -> None:
        self._linear = Linear.of(params, "out.0")
        self._norm = LayerNorm.of(params, "out.1", NORM_EPS)

    def __call__(self, x: Tensor) -> Tensor:
        x = self._norm(self._linear(x))
        return x * math.sqrt(x.shape[-1])


class ConformerEncoder:
    """See the module. Holds only weights: safe to call from several threads, each with its own state."""

    def __init__(self, params: Params, config: EncoderConfig) -> None:
        self._config = config
        self.embed = InputLayer(params.below("embed"))
        self._lookahead_ahead = TimeConv.of(params, "pre_lookahead_layer.conv1")
        self._lookahead_behind = TimeConv.of(params, "pre_lookahead_layer.conv2")
        self.blocks = [EncoderBlock(params.below(f"encoders.{i}"), config) for i in range(config.num_blocks)]
        self._upsampling = TimeConv.of(params, "up_layer.conv")
        self.up_embed = InputLayer(params.below("up_embed"))
        self.up_blocks = [EncoderBlock(params.below(f"up_encoders.{i}"), config) for i in range(config.num_up_blocks)]
        self._norm = LayerNorm.of(params, "after_norm", NORM_EPS)

    @property
    def n_lookahead(self) -> int:
        """Frames of the next chunk that a chunk which is not the last must bring along."""
        return self._config.pre_lookahead_len

    @property
    def scale(self) -> int:
        """Frames out for a frame in."""
        return self._config.up_scale_factor

    def start(self, like: Tensor) -> EncoderState:
        """The state before the first chunk, on the device and in the type of `like`."""
        width, config = self._config.output_size, self._config
        return EncoderState(
            lookahead=like.new_zeros(1, LOOKAHEAD_PAST, width),
            upsampling=like.new_zeros(1, 2 * config.up_stride, width),
            attention=[AttentionContext() for _ in range(config.num_blocks + config.num_up_blocks)],
        )

    def keep(self, state: EncoderState, n_last: int) -> None:
        """Forget all but the last frames (at 25 Hz) that attention has seen."""
        for i, context in enumerate(state.attention):
            context.keep(n_last if i < self._config.num_blocks else n_last * self.scale)

    def __call__(
        self, embedded: Tensor, state: EncoderState, *, last: bool = True, checkpoint: Checkpoint = unhindered
    ) -> Tensor:
        """Token embeddings (1, T, d) to (1, scale * T, d). `state` moves on by the chunk.

        Unless `last`, the final `n_lookahead` frames are only looked at: they come again at the head of the next chunk,
        and the result is that much shorter.
        """
        x = self.look_ahead(self.embed(embedded), state, last=last)
        n_below = self._config.num_blocks
        x = self.through(self.blocks, x, state.attention[:n_below], checkpoint)
        x = self.up_embed(self.upsampled(x, state))
        return self._norm(self.through(self.up_blocks, x, state.attention[n_below:], checkpoint))

    # The stages, in order.

    def look_ahead(self, x: Tensor, state: EncoderState, *, last: bool) -> Tensor:
        """The frames with some of the future in them; without the future's own frames."""
        if last:
            x = F.pad(x, (0, 0, 0, self.n_lookahead))
        ahead = F.leaky_relu(self._lookahead_ahead(x), LOOKAHEAD_SLOPE)
        ahead = torch.cat((state.lookahead, ahead), dim=1)
        state.lookahead = ahead[:, -LOOKAHEAD_PAST:].clone()
        return x[:, : x.shape[1] - self.n_lookahead] + self._lookahead_behind(ahead)

    def upsampled(self, x: Tensor, state: EncoderState) -> Tensor:
        """The frames at 50 Hz."""
        x = torch.cat((state.upsampling, x.repeat_interleave(self.scale, dim=1)), dim=1)
        state.upsampling = x[:, -state.upsampling.shape[1] :].clone()
        return self._upsampling(x)

    def through(
        self,
        blocks: list[EncoderBlock],
        x: Tensor,
        contexts: list[AttentionContext],
        checkpoint: Checkpoint = unhindered,
    ) -> Tensor:
        """The frames after the blocks; the contexts grow by them."""
        earlier = contexts[0].keys.shape[2] if contexts and contexts[0].keys is not None else 0
        distances = distance_vectors(earlier + x.shape[1] - 1, 1 - x.shape[1], x)
        for block, context in zip(blocks, contexts, strict=True):
            checkpoint()
            x = block(x, distances, context)
        return x


def distance_vectors(largest: int, smallest: int, like: Tensor) -> Tensor:
    """Sinusoids of the distances from `largest` down to `smallest`, (distances, width of `like`)."""
    width = like.shape[-1]
    distance = torch.arange(largest, smallest - 1, -1, dtype=torch.float32, device=like.device)
    frequency = torch.exp(
        torch.arange(0, width, 2, dtype=torch.float32, device=like.device) * -(math.log(10000.0) / width)
    )
    angle = distance.unsqueeze(1) * frequency
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1).to(like.dtype)
