"""The diffusion transformer (DiT) that predicts the velocity of the flow at a time.

It runs two rows, conditional and unconditional, at one time t. What depends on t alone (`StepModulation`) is
computed once for all steps, and what depends on the conditions alone (`conditioned`) once for a sequence.

It runs in chunks: an `EstimatorState` keeps, for one solver step, the convolutions' and the attention's context.
R: the two rows, F: mel frames, C: width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import EstimatorConfig
from app.engine.step_audio.decoder.layers import CausalConv, Checkpoint, LayerNorm, Linear, mish_
from app.engine.step_audio.decoder.params import TIME_FREQUENCIES, Params
from app.engine.step_audio.decoder.winograd import WinogradConv

NORM_EPS = 1e-5
MODULATED_NORM_EPS = 1e-6
TIME_SCALE = 1000.0
CONV_PAST = 2  # frames of the past that a convolution of three frames sees


@dataclass(frozen=True, slots=True)
class Modulation:
    """How one branch is steered by time, each (C): `LN(z) * scale + shift` before it, times `gate` after it."""

    shift: Tensor
    scale: Tensor
    gate: Tensor

    def modulated(self, z: Tensor) -> Tensor:
        """z (R, F, C), normalised and steered: all rows and frames share the steering, so it is the norm's affine."""
        return F.layer_norm(z, z.shape[-1:], self.scale, self.shift, MODULATED_NORM_EPS)


@dataclass(frozen=True, slots=True)
class BlockModulation:
    """Of the three branches of a block."""

    attention: Modulation
    mlp: Modulation
    conv: Modulation


@dataclass(frozen=True, slots=True)
class StepModulation:
    """Everything that time decides in one solver step."""

    blocks: Sequence[BlockModulation]
    final_shift: Tensor
    final_scale: Tensor


class BlockState:
    """The context of one block in one solver step: both convolutions' last inputs, and keys and values.

    Keys and values stand in one growing store, oldest first; `keep` bounds it.
    """

    def __init__(self) -> None:
        self.conv_inputs: list[Tensor | None] = [None, None]  # (R, 2, C) each
        self._keys: Tensor | None = None  # (R, heads, capacity, head)
        self._values: Tensor | None = None
        self.length = 0

    def copied(self) -> BlockState:
        """The same context for another stream. Nothing is copied: what either appends goes into a store of its own."""
        other = BlockState()
        other.conv_inputs, other.length = list(self.conv_inputs), self.length
        if self._keys is not None and self._values is not None:
            self._keys, self._values = other._keys, other._values = self.seen
        return other

    def tensors(self) -> list[Tensor]:
        """All that it holds."""
        return [tensor for tensor in (*self.conv_inputs, self._keys, self._values) if tensor is not None]

    def past(self, which: int, x: Tensor) -> Tensor | None:
        """The last inputs (R, 2, C) of convolution `which` before x (R, F, C), which then becomes the latest."""
        past = self.conv_inputs[which]
        latest = x[:, -CONV_PAST:]
        if latest.shape[1] < CONV_PAST:
            latest = torch.cat((x.new_zeros(len(x), CONV_PAST, x.shape[2]) if past is None else past, latest), dim=1)
        self.conv_inputs[which] = latest[:, -CONV_PAST:].clone()
        return past

    def extended(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values (R, heads, n, head), old and new."""
        n_new = keys.shape[2]
        self._reserve(keys, self.length + n_new)
        assert self._keys is not None
        assert self._values is not None
        self._keys[:, :, self.length : self.length + n_new] = keys
        self._values[:, :, self.length : self.length + n_new] = values
        self.length += n_new
        return self.seen

    @property
    def seen(self) -> tuple[Tensor, Tensor]:
        """All keys and values (R, heads, n, head)."""
        assert self._keys is not None
        assert self._values is not None
        return self._keys[:, :, : self.length], self._values[:, :, : self.length]

    def keep(self, n_first: int, n_last: int) -> None:
        """Forget all keys and values but the first and the last."""
        if self.length <= n_first + n_last:
            return
        for store in (self._keys, self._values):
            assert store is not None
            store[:, :, n_first : n_first + n_last] = store[:, :, self.length - n_last : self.length].clone()
        self.length = n_first + n_last

    def _reserve(self, like: Tensor, n_frames: int) -> None:
        if self._keys is not None and self._values is not None and self._keys.shape[2] >= n_frames:
            return
        rows, heads, _, head = like.shape
        grown = [like.new_empty(rows, heads, n_frames, head) for _ in range(2)]
        for new, old in zip(grown, (self._keys, self._values), strict=True):
            if old is not None:
                new[:, :, : self.length] = old[:, :, : self.length]
        self._keys, self._values = grown


@dataclass(slots=True)
class EstimatorState:
    """The context of all blocks in one solver step."""

    blocks: list[BlockState]

    def copied(self) -> EstimatorState:
        """The same context for another stream."""
        return EstimatorState([block.copied() for block in self.blocks])

    def keep(self, n_first: int, n_last: int) -> None:
        """Forget all frames but the first and the last."""
        for block in self.blocks:
            block.keep(n_first, n_last)


class DitAttention:
    """Full self-attention with normalised queries and keys.

    The biases of queries, keys and values are added while these are laid out head by head, the order that attention
    reads fastest: both for the price of the copy.
    """

    def __init__(self, params: Params, config: EstimatorConfig) -> None:
        self._heads = (config.num_heads, config.head_dim)
        names = ("to_q", "to_k", "to_v")
        self._projection = Linear(torch.cat([params[f"{name}.weight"] for name in names]), None)
        self._biases = [params[f"{name}.bias"].view(config.num_heads, 1, config.head_dim) for name in names]
        self._query_norm = LayerNorm.of(params, "q_norm", NORM_EPS)
        self._key_norm = LayerNorm.of(params, "k_norm", NORM_EPS)
        self._out = Linear.of(params, "proj")

    def __call__(self, x: Tensor, state: BlockState) -> Tensor:
        """(R, F, C)"""
        query, key, value = (
            self._by_head(part, bias)
            for part, bias in zip(self._projection(x).chunk(3, dim=-1), self._biases, strict=True)
        )
        query, key = self._query_norm(query), self._key_norm(key)
        key, value = state.extended(key, value)
        attended = F.scaled_dot_product_attention(query, key, value)
        return self._out(attended.transpose(1, 2).flatten(2))

    def _by_head(self, part: Tensor, bias: Tensor) -> Tensor:
        """(R, F, A) plus its bias as (R, heads, F, head), contiguous."""
        heads = part.view(*part.shape[:2], *self._heads).transpose(1, 2)
        return torch.add(heads, bias, out=part.new_empty(heads.shape))


@dataclass(frozen=True, slots=True)
class _LibraryConv:
    """A causal convolution by the library's own."""

    weight: Tensor  # (out, in, 3)
    bias: Tensor

    def __call__(self, x: Tensor, past: Tensor | None) -> Tensor:
        seen = F.pad(x, (0, 0, CONV_PAST, 0)) if past is None else torch.cat((past, x), dim=1)
        return F.conv1d(seen.transpose(1, 2), self.weight, self.bias).transpose(1, 2)


class DitConv:
    """Two causal convolutions over three frames, with a norm and mish between them."""

    def __init__(self, params: Params) -> None:
        self._first = causal_conv(params, "block.1")
        self._norm = LayerNorm.of(params, "block.3", NORM_EPS)
        self._second = causal_conv(params, "block.6")

    def __call__(self, x: Tensor, state: BlockState) -> Tensor:
        x = mish_(self._norm(self._first(x, state.past(0, x))))
        return self._second(x, state.past(1, x))


class DitMlp:
    """Widen, GELU (tanh form), narrow."""

    def __init__(self, params: Params) -> None:
        self._widen = Linear.of(params, "fc1")
        self._narrow = Linear.of(params, "fc2")

    def __call__(self, x: Tensor) -> Tensor:
        return self._narrow(self._widen.gelu(x))


class DitBlock:
    """Attention, then convolutions, then MLP, each modulated before and gated after."""

    def __init__(self, params: Params, config: EstimatorConfig) -> None:
        self.attention = DitAttention(params.below("attn"), config)
        self.conv = DitConv(params.below("conv"))
        self._mlp = DitMlp(params.below("mlp"))

    def __call__(self, z: Tensor, steer: BlockModulation, state: BlockState) -> Tensor:
        """z (R, F, C) is changed in place."""
        z.addcmul_(self.attention(steer.attention.modulated(z), state), steer.attention.gate)
        z.addcmul_(self.conv(steer.conv.modulated(z), state), steer.conv.gate)
        return z.addcmul_(self._mlp(steer.mlp.modulated(z)), steer.mlp.gate)


class Estimator:
    """See the module. Holds only weights: safe to call from several threads, each with its own state."""

    def __init__(self, params: Params, config: EstimatorConfig) -> None:
        self._time_in = Linear.of(params, "t_embedder.mlp.0")
        self._time_out = Linear.of(params, "t_embedder.mlp.2")
        weight, n_mels = params["in_proj.weight"], config.out_channels
        self.noisy_in = Linear(weight[:, :n_mels].contiguous(), None)
        # The channels of in_proj are x, mu, speaker, cond; all but x are the same in every step.
        self._mu_in, self._speaker_in, self._cond_in = (
            Linear(part.contiguous(), None) for part in weight[:, n_mels:].chunk(3, dim=1)
        )
        self._bias_in = params["in_proj.bias"]
        self._steers = [Linear.of(params, f"blocks.{i}.adaLN_modulation.1") for i in range(config.depth)]
        self.blocks = [DitBlock(params.below(f"blocks.{i}"), config) for i in range(config.depth)]
        self._final_steer = Linear.of(params, "final_layer.adaLN_modulation.1")
        self._out = Linear.of(params, "final_layer.linear")

    def start(self) -> EstimatorState:
        """The state before the first chunk."""
        return EstimatorState([BlockState() for _ in self.blocks])

    def time_embedding(self, times: Tensor) -> Tensor:
        """Times (n) in 0 to 1 as vectors (n, C)."""
        half = TIME_FREQUENCIES // 2
        steps = torch.arange(half, dtype=torch.float32, device=times.device)
        angle = TIME_SCALE * times.float().unsqueeze(1) * torch.exp(-math.log(10000.0) * steps / half)
        waves = torch.cat((angle.cos(), angle.sin()), dim=1)
        return self._time_out(F.silu(self._time_in(waves)))

    def modulations(self, times: Tensor) -> list[StepModulation]:
        """What each of the times (n) decides in all blocks: one pass over a third of the weights for all steps."""
        embedded = F.silu(self.time_embedding(times))
        blocks = [_block_modulations(steer(embedded)) for steer in self._steers]
        final = self._final_steer(embedded)
        return [StepModulation([block[k] for block in blocks], *_shift_and_scale(final[k])) for k in range(len(times))]

    def conditioned(self, mu: Tensor, speaker: Tensor, cond: Tensor) -> Tensor:
        """The share of the input layer that does not change from step to step, (2, F, C).

        mu, cond (1, F, M), speaker (1, M). The first row is conditional, the other unconditional.
        """
        known = self._mu_in(mu) + self._cond_in(cond) + self._speaker_in(speaker).unsqueeze(1) + self._bias_in
        return torch.cat((known, self._bias_in.expand_as(known)))

    def __call__(
        self, x: Tensor, conditioned: Tensor, steer: StepModulation, state: EstimatorState, checkpoint: Checkpoint
    ) -> Tensor:
        """The velocities (2, F, M) of x (1, F, M): under the conditions, and without them."""
        z = conditioned + self.noisy_in(x)
        for block, block_steer, block_state in zip(self.blocks, steer.blocks, state.blocks, strict=True):
            checkpoint()
            z = block(z, block_steer, block_state)
        z = F.layer_norm(z, z.shape[-1:], steer.final_scale, steer.final_shift, MODULATED_NORM_EPS)
        return self._out(z)


def causal_conv(params: Params, name: str) -> CausalConv:
    """The convolution of three frames that is quickest where its weights are."""
    weight, bias = params[f"{name}.weight"], params[f"{name}.bias"]
    return WinogradConv(weight, bias) if weight.device.type == "cpu" else _LibraryConv(weight, bias)


def _block_modulations(rows: Tensor) -> list[BlockModulation]:
    """One for each row of (n, 9 C); stored in the order attention, mlp, conv, each shift, scale, gate."""
    parts = rows.view(len(rows), 3, 3, -1).clone()
    parts[:, :, 1] += 1
    return [BlockModulation(*(Modulation(*branch.unbind(0)) for branch in row.unbind(0))) for row in parts.unbind(0)]


def _shift_and_scale(row: Tensor) -> tuple[Tensor, Tensor]:
    shift, scale = row.chunk(2)
    return shift, scale + 1
