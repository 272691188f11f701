"""The files of a tiny Step1 language model: weights in shards with their index, and the configuration."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from tools.tiny_models.weights import Sizes, Weights

N_PIECES, END = 74_752, 3
END_LOGIT = 4.7  # makes sampled speech end after some seconds, as random logits alone would not
HEAD_STD = 2.0  # of a logit: enough for the likeliest ids to outweigh the mass of the others


def write_language_model(folder: Path, seed: int, sizes: Sizes) -> None:
    """Step1 in bfloat16, split over `sizes.shards` files with an index."""
    weights, hidden, inner = Weights(seed, "step1"), sizes.hidden, sizes.feed_forward
    grouped = hidden // sizes.heads * sizes.groups
    weights.normal("model.embed_tokens.weight", N_PIECES, hidden, std=1.0)[:, 0] = 1.0
    for n in range(sizes.layers):
        layer = f"model.layers.{n}"
        for name, n_out, n_in in (
            ("self_attn.q_proj", hidden, hidden),
            ("self_attn.k_proj", grouped, hidden),
            ("self_attn.v_proj", grouped, hidden),
            ("self_attn.o_proj", hidden, hidden),
            ("mlp.gate_proj", inner, hidden),
            ("mlp.up_proj", inner, hidden),
            ("mlp.down_proj", hidden, inner),
        ):
            weights.linear(f"{layer}.{name}", n_out, n_in, bias=False)
        weights.norm(f"{layer}.input_layernorm", hidden, bias=False)
        weights.norm(f"{layer}.post_attention_layernorm", hidden, bias=False)
        # Channel 0 stays 1 from the embedding to the head, so that the head can give the end a steady logit.
        weights.tensors[f"{layer}.self_attn.o_proj.weight"][0] = 0.0
        weights.tensors[f"{layer}.mlp.down_proj.weight"][0] = 0.0
    weights.norm("model.norm", hidden, bias=False)
    weights.tensors["model.norm.weight"][0] = 1.0
    head = weights.normal("lm_head.weight", N_PIECES, hidden, std=HEAD_STD * hidden**-0.5)
    head[END] = 0.0
    head[END, 0] = END_LOGIT * (1 + 0.3 * sizes.layers) ** 0.5  # the norm divides by what layers add to the rest
    save_shards(folder, {name: tensor.to(torch.bfloat16) for name, tensor in weights.tensors.items()}, sizes.shards)
    config = {
        "architectures": ["Step1ForCausalLM"], "model_type": "step1",
        "bos_token_id": 1, "pad_token_id": 0, "eos_token_id": END,
        "hidden_size": hidden, "intermediate_size": inner,
        "num_attention_heads": sizes.heads, "num_attention_groups": sizes.groups, "num_hidden_layers": sizes.layers,
        "max_seq_len": 32768, "vocab_size": N_PIECES, "rms_norm_eps": 1e-05, "torch_dtype": "bfloat16",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=2))


def save_shards(folder: Path, tensors: dict[str, torch.Tensor], n_shards: int) -> None:
    names = list(tensors)
    weight_map = {}
    for n in range(n_shards):
        file = f"model-{n + 1:05d}.safetensors"
        part = names[n * len(names) // n_shards : (n + 1) * len(names) // n_shards]
        save_file({name: tensors[name].contiguous() for name in part}, folder / file, metadata={"format": "pt"})
        weight_map.update(dict.fromkeys(part, file))
    n_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    index = {"metadata": {"total_size": n_bytes}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))
