"""What all parts of a tiny model share: the sizes, random tensors by name, and how a graph is saved."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

N_MELS = 80


@dataclass(frozen=True)
class Sizes:
    """What may be chosen. A width must be a multiple of its heads: of 4 for the Paraformer and the estimator."""

    paraformer_width: int = 32
    paraformer_layers: int = 3
    vq06_width: int = 16
    hidden: int = 24
    heads: int = 12
    groups: int = 4
    layers: int = 2
    feed_forward: int = 64
    shards: int = 2
    flow_width: int = 32
    flow_heads: int = 2
    flow_blocks: int = 2
    estimator_width: int = 32
    estimator_depth: int = 2
    vocoder_channels: int = 32


class Weights:
    """Random tensors by name, drawn from a generator of their own."""

    def __init__(self, seed: int, file: str) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self._rng = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{file}".encode()))

    def normal(self, name: str, *shape: int, mean: float = 0.0, std: float = 0.1) -> torch.Tensor:
        self.tensors[name] = mean + std * torch.randn(shape, generator=self._rng)
        return self.tensors[name]

    def linear(self, name: str, n_out: int, n_in: int, *kernel: int, bias: bool = True) -> None:
        """A linear layer or convolution that keeps the variance of its input."""
        fan_in = n_in * int(np.prod(kernel))
        self.normal(f"{name}.weight", n_out, n_in, *kernel, std=fan_in**-0.5)
        if bias:
            self.normal(f"{name}.bias", n_out)

    def norm(self, name: str, width: int, bias: bool = True) -> None:
        self.normal(f"{name}.weight", width, mean=1.0)
        if bias:
            self.normal(f"{name}.bias", width)

    def weight_normed(self, name: str, shape: tuple[int, ...], n_out: int, gain: float) -> None:
        """A convolution stored as length and direction."""
        self.normal(f"{name}.parametrizations.weight.original0", shape[0], 1, 1, mean=gain)
        self.normal(f"{name}.parametrizations.weight.original1", *shape, std=1.0)
        self.normal(f"{name}.bias", n_out)


def save_graph(
    path: Path,
    name: str,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    output: onnx.ValueInfoProto,
    weights: Weights,
    constants: list[onnx.TensorProto],
) -> None:
    tensors = [numpy_helper.from_array(tensor.numpy(), name) for name, tensor in weights.tensors.items()]
    graph = helper.make_graph(nodes, name, inputs, [output], initializer=[*tensors, *constants])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
