"""Activation-aware scaling: channels that carry much are rounded more finely.

A channel of the input is divided by a factor in whatever makes it (a norm, or the rows of the matrix before), and the
weights that read it are multiplied by the same: the model computes the same, but rounding errors shift to channels
where they matter less. The factors are powers of the channels' mean size, the power searched for each place.
Source: Lin et al. 2023, "AWQ: Activation-aware Weight Quantization", section 3.2. Unlike there, the error that is made
smallest is that of the matrices' own outputs, not of the block around them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from app.engine.step_audio.language_model.step1_model import Step1DecoderLayer, Step1ForCausalLM
from tools.awq.calibration import Inputs
from tools.awq.int4 import Rounding, rounded

N_POWERS = 20
SMALLEST = 1e-4


@torch.no_grad()
def scale_layer(model: Step1ForCausalLM, n: int, inputs: Inputs, rounding: Rounding) -> tuple[float, float]:
    """Move factors within layer `n`. Returns rounding's squared error before and after, relative to the outputs."""
    layer: Step1DecoderLayer = model.model.layers[n]
    attention, mlp = layer.self_attn, layer.mlp
    places = (
        ("self_attn.q_proj", layer.input_layernorm, [attention.q_proj, attention.k_proj, attention.v_proj]),
        ("mlp.gate_proj", layer.post_attention_layernorm, [mlp.gate_proj, mlp.up_proj]),
        ("mlp.down_proj", mlp.up_proj, [mlp.down_proj]),
    )
    before = after = 0.0
    for entrance, maker, readers in places:
        x = inputs[f"model.layers.{n}.{entrance}"].to(model.device).float()
        factors, plain_error, error = best_factors(x, [reader.weight.float() for reader in readers], rounding)
        _move(factors, maker, readers)
        before, after = before + plain_error / len(places), after + error / len(places)
    return before, after


def best_factors(x: Tensor, weights: Sequence[Tensor], rounding: Rounding) -> tuple[Tensor, float, float]:
    """Factors `[in]` for inputs `x` `[samples, in]` of matrices `[out, in]`; relative errors without and with them."""
    power = sum(float((x @ weight.T).square().sum()) for weight in weights)
    best = torch.ones_like(x[0])
    plain_error = least = _error(x, weights, best, rounding)
    sizes = x.abs().mean(0)
    for n in range(1, N_POWERS + 1):
        factors = sizes.pow(n / N_POWERS).clamp(min=SMALLEST)
        factors = factors / (factors.max() * factors.min()).sqrt()
        error = _error(x, weights, factors, rounding)
        if error < least:
            best, least = factors, error
    return best, plain_error / power, least / power


def _error(x: Tensor, weights: Sequence[Tensor], factors: Tensor, rounding: Rounding) -> float:
    """Squared error of all outputs."""
    total = 0.0
    for weight in weights:
        wrong = rounded(weight * factors, rounding).weight() / factors - weight
        total += float((x @ wrong.T).square().sum())
    return total


def _move(factors: Tensor, maker: nn.Module, readers: Sequence[nn.Linear]) -> None:
    made = maker.weight
    by_row = factors[:, None] if made.ndim == 2 else factors
    made.copy_(made.float() / by_row)
    for reader in readers:
        reader.weight.copy_(reader.weight.float() * factors)
