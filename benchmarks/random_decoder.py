"""A decoder folder of any size with random weights, in the real files' format: for benchmarks and tests."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path
from typing import Any

import onnx
import torch
import yaml
from onnx import TensorProto, helper
from torch import Tensor

from app.engine.step_audio.codes import PATTERN
from app.engine.step_audio.decoder.config import (
    DecoderConfig,
    EncoderConfig,
    EstimatorConfig,
    F0Config,
    FlowConfig,
    MelConfig,
    VocoderConfig,
)
from app.engine.step_audio.decoder.params import DIRECTION, GAIN, Shapes, flow_shapes, vocoder_shapes

REAL = DecoderConfig(
    mel=MelConfig(num_mels=80, n_fft=1920, hop_size=480, win_size=1920, sampling_rate=24000, fmin=0, fmax=8000),
    flow=FlowConfig(
        input_size=512,
        output_size=80,
        spk_embed_dim=192,
        vocab_size=5121,
        encoder=EncoderConfig(input_size=512, output_size=512, attention_heads=8),
        estimator=EstimatorConfig(in_channels=320, out_channels=80, depth=16, hidden_size=512),
    ),
    vocoder=VocoderConfig(
        f0_predictor=F0Config(),
        sampling_rate=24000,
        upsample_rates=(8, 5, 3),
        upsample_kernel_sizes=(16, 11, 7),
        source_resblock_kernel_sizes=(7, 7, 11),
        source_resblock_dilation_sizes=((1, 3, 5),) * 3,
    ),
)
TYPICAL_F0_HZ = 150.0


def write_random_decoder(folder: Path, config: DecoderConfig, seed: int = 0) -> None:
    """Fill `folder` with `cosyvoice.yaml`, `flow.pt`, `hift.pt` and `campplus.onnx`."""
    generator = torch.Generator().manual_seed(seed)
    (folder / "cosyvoice.yaml").write_text(config_text(config), encoding="utf-8")
    torch.save(random_tensors(flow_shapes(config.flow), generator), folder / "flow.pt")
    torch.save(random_tensors(vocoder_shapes(config.vocoder), generator), folder / "hift.pt")
    onnx.save(_speaker_graph(config.flow.spk_embed_dim, generator), str(folder / "campplus.onnx"))


def random_stream(n_tokens: int, seed: int, vocab_size: int = 5121) -> list[int]:
    """A valid interleaved stream of that length."""
    draw = random.Random(seed)
    return [
        draw.randrange(codes.start, min(codes.stop, vocab_size - 1))
        for codes in itertools.islice(itertools.cycle(PATTERN), n_tokens)
    ]


def random_tensors(shapes: Shapes, generator: torch.Generator) -> dict[str, Tensor]:
    """Weights whose layers keep the size of what goes through them."""
    tensors: dict[str, Tensor] = {}
    for name, shape in sorted(shapes.items(), reverse=True):  # a direction comes before its gain
        noise = torch.randn(shape, generator=generator)
        if name.endswith("alpha") or (name.endswith("weight") and len(shape) == 1):
            tensors[name] = 1 + 0.1 * noise
        elif name.endswith(GAIN):
            direction = tensors[name.removesuffix(GAIN) + DIRECTION]
            tensors[name] = direction.flatten(1).norm(dim=1).view(shape)
        elif len(shape) == 1 or "pos_bias" in name:
            tensors[name] = 0.1 * noise
        elif "embedding" in name:
            tensors[name] = noise
        else:
            tensors[name] = noise / math.sqrt(math.prod(shape[1:]))
    if "f0_predictor.classifier.bias" in tensors:
        tensors["f0_predictor.classifier.bias"] += TYPICAL_F0_HZ
    return tensors


def config_text(config: DecoderConfig) -> str:
    """The `cosyvoice.yaml` of a configuration, tags included."""
    flow, vocoder, mel = config.flow, config.vocoder, config.mel
    sections = {
        "mel_conf": _fields(mel),
        "flow": _Tagged(
            "flow.CausalMaskedDiffWithXvec",
            {
                **_fields(flow, "encoder", "estimator", "inference_cfg_rate"),
                "output_type": "mel",
                "input_embedding": _Tagged(
                    "embedding.DualCodebookEmbedding", {"vocab_size": flow.vocab_size, "input_size": flow.input_size}
                ),
                "encoder": _Tagged("encoder.UpsampleConformerEncoderV2", _fields(flow.encoder)),
                "decoder": _Tagged(
                    "flow_matching.CausalConditionalCFM",
                    {
                        "inference_cfg_rate": flow.inference_cfg_rate,
                        "estimator": _Tagged("decoder_dit.DiT", _fields(flow.estimator)),
                    },
                ),
            },
        ),
        "hift": _Tagged(
            "generator.HiFTGenerator",
            {
                **_fields(vocoder, "f0_predictor", "istft_n_fft", "istft_hop"),
                "istft_params": {"n_fft": vocoder.istft_n_fft, "hop_len": vocoder.istft_hop},
                "f0_predictor": _Tagged("f0_predictor.ConvRNNF0Predictor", _fields(vocoder.f0_predictor)),
            },
        ),
    }
    return yaml.dump(sections, Dumper=_Dumper, sort_keys=False)


class _Tagged(dict[str, Any]):
    """A mapping with the tag of a class."""

    def __init__(self, path: str, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.tag = f"!new:stepvocoder.{path}"


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Tagged, lambda dumper, node: dumper.represent_mapping(node.tag, node))
_Dumper.add_representer(tuple, lambda dumper, node: dumper.represent_list(node))


def _fields(config: Any, *left_out: str) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__slots__ if name not in left_out}


def _speaker_graph(width: int, generator: torch.Generator) -> onnx.ModelProto:
    """(1, frames, 80) to (1, width): the mean over time, times a matrix."""
    matrix = torch.randn(80, width, generator=generator)
    offset = torch.randn(1, width, generator=generator)
    weights = [helper.make_tensor("matrix", TensorProto.FLOAT, [80, width], matrix.flatten().tolist())]
    weights += [helper.make_tensor("offset", TensorProto.FLOAT, [1, width], offset.flatten().tolist())]
    weights += [helper.make_tensor("axes", TensorProto.INT64, [1], [1])]
    nodes = [
        helper.make_node("Abs", ["input"], ["size"]),
        helper.make_node("ReduceMean", ["size", "axes"], ["mean"], keepdims=0),
        helper.make_node("Gemm", ["mean", "matrix", "offset"], ["output"]),
    ]
    entry = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, "frames", 80])
    answer = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, width])
    graph = helper.make_graph(nodes, "speaker", [entry], [answer], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
