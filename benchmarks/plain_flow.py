"""The decoder's flow written down as plainly as its formulas stand: the baseline of `benchmarks.decoder`.

Nothing is precomputed, stacked or kept: each step calls the estimator twice, with the conditions and without, and each
call computes its time embedding and all modulations; attention is two products and a softmax, convolutions have their
channels first. Tests compare the real decoder with it on sizes that no golden has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import FlowConfig

Tensors = Mapping[str, Tensor]


class PlainFlow:
    """Tensors of a `flow.pt` and its hyperparameters; see `mel`."""

    def __init__(self, tensors: Tensors, config: FlowConfig) -> None:
        self._tensors = tensors
        self._config = config

    def mel(
        self, prompt: Tensor, target: Tensor, prompt_mel: Tensor, speaker: Tensor, noise: Tensor, n_steps: int
    ) -> Tensor:
        """The target's mel (1, M, F); pairs (1, T, 2), aligned mel (1, F, M), speaker (1, S), noise (1, M, F)."""
        unit = speaker / speaker.norm(dim=1, keepdim=True).clamp(min=1e-12)
        speaker = self._linear("spk_embed_affine_layer", unit)
        embedded = self._tensors["input_embedding.embedding.weight"][torch.cat((prompt, target), 1)].flatten(2)
        mu = self._linear("encoder_proj", self.encoded(embedded)).transpose(1, 2)
        cond = torch.zeros_like(mu)
        cond[:, :, : prompt_mel.shape[1]] = prompt_mel.transpose(1, 2)
        nothing = torch.zeros_like(mu), torch.zeros_like(speaker), torch.zeros_like(cond)
        x, t, rate = noise[:, :, : mu.shape[2]], torch.zeros(1), self._config.inference_cfg_rate
        grid = 1 - torch.cos(torch.linspace(0, 1, n_steps + 1) * 0.5 * math.pi)
        for end in grid[1:]:
            dt = end - t
            guided, free = self.velocity(x, mu, speaker, cond, t), self.velocity(x, *nothing, t)
            x, t = x + dt * ((1 + rate) * guided - rate * free), t + dt
        return x[:, :, prompt_mel.shape[1] :]

    def encoded(self, embedded: Tensor) -> Tensor:
        """The encoder: embedded tokens (1, T, D) to (1, scale T, d)."""
        config = self._config.encoder
        x = self._input("encoder.embed", embedded).transpose(1, 2)
        ahead = self._conv("encoder.pre_lookahead_layer.conv1", F.pad(x, (0, config.pre_lookahead_len)))
        behind = self._conv("encoder.pre_lookahead_layer.conv2", F.pad(F.leaky_relu(ahead, 0.01), (2, 0)))
        x = (x + behind).transpose(1, 2)
        for i in range(config.num_blocks):
            x = self._encoder_block(f"encoder.encoders.{i}", x)
        x = x.transpose(1, 2).repeat_interleave(config.up_scale_factor, dim=2)
        x = self._conv("encoder.up_layer.conv", F.pad(x, (2 * config.up_stride, 0))).transpose(1, 2)
        x = self._input("encoder.up_embed", x)
        for i in range(config.num_up_blocks):
            x = self._encoder_block(f"encoder.up_encoders.{i}", x)
        return self._norm("encoder.after_norm", x, 1e-5)

    def velocity(self, x: Tensor, mu: Tensor, speaker: Tensor, cond: Tensor, t: Tensor) -> Tensor:
        """The estimator: x, mu, cond (B, M, F), speaker (B, M), t (B) to (B, M, F)."""
        name, config = "decoder.estimator", self._config.estimator
        spread = speaker.unsqueeze(2).expand(-1, -1, x.shape[2])
        z = self._linear(f"{name}.in_proj", torch.cat((x, mu, spread, cond), 1).transpose(1, 2))
        angle = 1000 * t[:, None] * torch.exp(-math.log(10000) * torch.arange(128) / 128)
        waves = torch.cat((angle.cos(), angle.sin()), 1)
        c = self._linear(f"{name}.t_embedder.mlp.2", F.silu(self._linear(f"{name}.t_embedder.mlp.0", waves)))
        c = F.silu(c).unsqueeze(1)
        for i in range(config.depth):
            z = self._estimator_block(f"{name}.blocks.{i}", z, c)
        shift, scale = self._linear(f"{name}.final_layer.adaLN_modulation.1", c).chunk(2, dim=2)
        z = F.layer_norm(z, z.shape[2:], eps=1e-6) * (1 + scale) + shift
        return self._linear(f"{name}.final_layer.linear", z).transpose(1, 2)

    def _estimator_block(self, name: str, z: Tensor, c: Tensor) -> Tensor:
        steer = self._linear(f"{name}.adaLN_modulation.1", c).chunk(9, dim=2)

        def modulated(shift: Tensor, scale: Tensor) -> Tensor:
            return F.layer_norm(z, z.shape[2:], eps=1e-6) * (1 + scale) + shift

        z = z + steer[2] * self._attention(f"{name}.attn", modulated(*steer[0:2]))
        z = z + steer[8] * self._convolutions(f"{name}.conv.block", modulated(*steer[6:8]))
        wide = F.gelu(self._linear(f"{name}.mlp.fc1", modulated(*steer[3:5])), approximate="tanh")
        return z + steer[5] * self._linear(f"{name}.mlp.fc2", wide)

    def _attention(self, name: str, x: Tensor) -> Tensor:
        config = self._config.estimator

        def heads(projection: str) -> Tensor:
            return self._linear(f"{name}.{projection}", x).unflatten(2, (config.num_heads, config.head_dim))

        query = self._norm(f"{name}.q_norm", heads("to_q"), 1e-5).transpose(1, 2)
        key = self._norm(f"{name}.k_norm", heads("to_k"), 1e-5).transpose(1, 2)
        value = heads("to_v").transpose(1, 2)
        weight = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(config.head_dim), dim=-1)
        return self._linear(f"{name}.proj", (weight @ value).transpose(1, 2).flatten(2))

    def _convolutions(self, name: str, x: Tensor) -> Tensor:
        x = self._conv(f"{name}.1", F.pad(x.transpose(1, 2), (2, 0)))
        x = self._norm(f"{name}.3", x.transpose(1, 2), 1e-5)
        x = x * torch.tanh(F.softplus(x))
        return self._conv(f"{name}.6", F.pad(x.transpose(1, 2), (2, 0))).transpose(1, 2)

    def _encoder_block(self, name: str, x: Tensor) -> Tensor:
        x = x + self._relative_attention(f"{name}.self_attn", self._norm(f"{name}.norm_mha", x, 1e-12))
        wide = F.silu(self._linear(f"{name}.feed_forward.w_1", self._norm(f"{name}.norm_ff", x, 1e-12)))
        return x + self._linear(f"{name}.feed_forward.w_2", wide)

    def _relative_attention(self, name: str, x: Tensor) -> Tensor:
        n_frames, width = x.shape[1:]
        n_heads = self._config.encoder.attention_heads
        query, key, value, position = (
            y.unflatten(-1, (n_heads, width // n_heads)).transpose(-3, -2)
            for y in (
                *(self._linear(f"{name}.linear_{part}", x) for part in "qkv"),
                self._linear(f"{name}.linear_pos", _distances(n_frames, width)),
            )
        )
        u, w = (self._tensors[f"{name}.pos_bias_{letter}"].unsqueeze(1) for letter in "uv")
        place = torch.arange(n_frames)
        by_distance = (query + w) @ position.transpose(-2, -1)  # (1, heads, query, n - 1 .. 1 - n)
        shifted = by_distance.gather(3, (n_frames - 1 - place[:, None] + place).expand(1, n_heads, -1, -1))
        scores = ((query + u) @ key.transpose(-2, -1) + shifted) / math.sqrt(width // n_heads)
        attended = torch.softmax(scores, dim=-1) @ value
        return self._linear(f"{name}.linear_out", attended.transpose(1, 2).flatten(2))

    def _input(self, name: str, x: Tensor) -> Tensor:
        x = self._norm(f"{name}.out.1", self._linear(f"{name}.out.0", x), 1e-5)
        return x * math.sqrt(x.shape[2])

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self._tensors[f"{name}.weight"], self._tensors.get(f"{name}.bias"))

    def _conv(self, name: str, x: Tensor) -> Tensor:
        return F.conv1d(x, self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor, eps: float) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"], eps)


def _distances(n_frames: int, width: int) -> Tensor:
    """Sinusoids of the distances n - 1 down to 1 - n, (2 n - 1, width)."""
    angle = torch.arange(n_frames - 1, -n_frames, -1)[:, None] * torch.exp(
        torch.arange(0, width, 2) * (-math.log(10000) / width)
    )
    return torch.stack((angle.sin(), angle.cos()), dim=2).flatten(1)
