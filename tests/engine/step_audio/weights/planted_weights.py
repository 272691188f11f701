"""Small weight files of every real format, laid out as the hubs lay them out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file

from app.engine.step_audio.weights import layout

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 7060000000\n"


def plant_root(root: Path, *variants: str) -> Path:
    """A root with the tokenizer and a language model for each variant; returns it."""
    plant_tokenizer(root / layout.TOKENIZER)
    for variant in variants or ("base",):
        plant_model(root / layout.MODELS[variant], variant)
    return root


def plant_tokenizer(folder: Path) -> None:
    encoder = folder / layout.LINGUISTIC_ENCODER
    encoder.mkdir(parents=True)
    np.save(folder / "linguistic_tokenizer.npy", np.zeros((16, 8), np.float32))
    _plant_onnx(folder / "speech_tokenizer_v1.onnx")
    (encoder / "am.mvn").write_text("<AddShift> 2 2\n")
    (encoder / "config.yaml").write_text("encoder: SANMEncoderChunkOpt\n")
    torch.save({"encoder.weight": torch.zeros(4)}, encoder / "model.pt")


def plant_model(folder: Path, variant: str = "base") -> None:
    decoder = folder / layout.DECODER
    decoder.mkdir(parents=True)
    method = {"awq": "compressed-tensors", "bnb": "bitsandbytes"}.get(variant)
    config = {"model_type": "step1", **({"quantization_config": {"quant_method": method}} if method else {})}
    (folder / layout.CONFIG).write_text(json.dumps(config))
    (folder / layout.TEXT_TOKENIZER).write_bytes(b"\n\x09pieces of text")
    plant_tensors(folder, {"model.embed_tokens.weight": torch.zeros(8, 4), "lm_head.weight": torch.ones(8, 4)})
    (decoder / "cosyvoice.yaml").write_text("flow: {}\n")
    torch.save({"weight": torch.zeros(4)}, decoder / "flow.pt")
    torch.save({"weight": torch.zeros(4)}, decoder / "hift.pt")
    _plant_onnx(decoder / "campplus.onnx")


def plant_tensors(folder: Path, tensors: dict[str, torch.Tensor], *, n_shards: int = 1) -> None:
    """Spread the tensors over shards, with their index, and the real names of both."""
    shards = [f"model-{number:05}.safetensors" for number in range(1, n_shards + 1)]
    weight_map = {name: shards[place % n_shards] for place, name in enumerate(tensors)}
    for shard in shards:
        save_file({name: tensors[name] for name in tensors if weight_map[name] == shard}, folder / shard)
    (folder / layout.SHARD_INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def cut(path: Path, keep: float = 0.6) -> None:
    """Keep only the first part of a file, as an interrupted copy does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def _plant_onnx(path: Path) -> None:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "tiny",
        [value("x", TensorProto.FLOAT, [1])],
        [value("y", TensorProto.FLOAT, [1])],
    )
    onnx.save(helper.make_model(graph), path)
