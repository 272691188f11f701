"""The few layers that encoder and estimator share, as values over a checkpoint's tensors. They hold no other state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.params import Params

Checkpoint = Callable[[], None]  # called between pieces of work; raises when the work is no longer wanted

ONEDNN: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
MISH_ROWS = 256  # rows that stay in the processor's cache between the steps of mish
MISH_LINEAR = 20.0  # above, mish is the identity in float32


@dataclass(frozen=True, slots=True)
class Linear:
    """`x W^T + b` over the last axis. `weight` is (out, in)."""

    weight: Tensor
    bias: Tensor | None

    @classmethod
    def of(cls, params: Params, name: str) -> Linear:
        return cls(params[f"{name}.weight"], params.get(f"{name}.bias"))

    @classmethod
    def stacked(cls, params: Params, *names: str) -> Linear:
        """Several layers of one input as one; their outputs stand side by side. A missing bias is zero."""
        weights = [params[f"{name}.weight"] for name in names]
        biases = [params.get(f"{name}.bias") for name in names]
        filled = [w.new_zeros(len(w)) if b is None else b for w, b in zip(weights, biases, strict=True)]
        return cls(torch.cat(weights), torch.cat(filled))

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)

    def gelu(self, x: Tensor) -> Tensor:
        """GELU (tanh form) of the layer's output; oneDNN computes it with the layer, which spares a fifth of an MLP."""
        if ONEDNN and x.device.type == "cpu":
            flat = x.reshape(-1, x.shape[-1])
            wide: Tensor = torch.ops.mkldnn._linear_pointwise(flat, self.weight, self.bias, "gelu", [], "tanh")
            return wide.view(*x.shape[:-1], -1)
        return F.gelu(self(x), approximate="tanh")


def mish_(x: Tensor) -> Tensor:
    """`x tanh(softplus(x))` in place."""
    return _mish_by_rows(x) if x.device.type == "cpu" else F.mish(x, inplace=True)


def _mish_by_rows(x: Tensor) -> Tensor:
    """By `e (e + 2) / (e (e + 2) + 2)` with `e = exp(x)`, a few rows at a time: on the CPU half the time of F.mish."""
    for rows in torch.split(x.view(-1, x.shape[-1]), MISH_ROWS):
        e = rows.clamp(max=MISH_LINEAR).exp_()
        e.addcmul_(e, e, value=0.5)
        rows.mul_(e.div_(e + 1))
    return x


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Layer normalisation over the last axis."""

    weight: Tensor
    bias: Tensor
    eps: float

    @classmethod
    def of(cls, params: Params, name: str, eps: float) -> LayerNorm:
        return cls(params[f"{name}.weight"], params[f"{name}.bias"], eps)

    def __call__(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


def unhindered() -> None:
    """The checkpoint of work that nobody stops."""


class CausalConv(Protocol):
    """A causal convolution of three frames, time first: (R, n, in) behind its past (R, 2, in), None for zeros."""

    def __call__(self, x: Tensor, past: Tensor | None) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class TimeConv:
    """A convolution over time without padding, time first: (batch, n + kernel - 1, in) to (batch, n, out).

    It is one matrix product over windows of `kernel` neighbouring frames laid side by side, which spares the two
    transpositions of a convolution with channels first.
    """

    weight: Tensor  # (out, kernel * in), the oldest frame first
    bias: Tensor
    kernel: int

    @classmethod
    def of(cls, params: Params, name: str) -> TimeConv:
        weight = params[f"{name}.weight"]
        return cls(weight.transpose(1, 2).flatten(1).contiguous(), params[f"{name}.bias"], weight.shape[2])

    def __call__(self, x: Tensor) -> Tensor:
        n_batch, n_frames, width = x.shape
        x = x.contiguous()
        windows = x.as_strided((n_batch, n_frames - self.kernel + 1, self.kernel * width), (x.stride(0), width, 1))
        return F.linear(windows, self.weight, self.bias)
