"""Two patterns of Kokoro's decoder in fewer passes over the samples: adaptive instance norm, Snake, and the STFT.

The exported graph spells them out in small operators, each of which reads and writes whole tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.parts.surgery import Surgery, attributes_of

POSITIVE_ZERO = 1e-20  # has a sign and can be divided by, and changes nothing else


@dataclass(frozen=True, slots=True, eq=False)
class Snake:
    """`y = x + sin(alpha x)^2 / alpha` per channel (Ziyin et al. 2020), of an instance norm's output `x`."""

    norm: Any
    alpha: NDArray[np.float32]  # [channels]


def fuse_instance_norms(graph: Surgery) -> None:
    """`gain (x - mean) / sqrt(variance + eps) + bias` becomes one InstanceNormalization, which takes both as inputs."""
    flat = graph.constant("flat_shape", np.array([-1], np.int64))
    for end in graph.nodes("Add"):
        scaled = graph.maker(end.input[0], "Mul")
        quotient = scaled and graph.maker(scaled.input[1], "Div")
        centred = quotient and graph.maker(quotient.input[0], "Sub")
        deviation = quotient and graph.maker(quotient.input[1], "Sqrt")
        variance = deviation and graph.maker(deviation.input[0], "Add")
        if not (scaled and centred and variance) or graph.maker(centred.input[1], "ReduceMean") is None:
            continue
        epsilon = graph.value(variance.input[1])
        if epsilon is None:
            continue
        tensor = end.output[0]
        gain = graph.make(f"{tensor}_gain", "Reshape", [scaled.input[0], flat])
        bias = graph.make(f"{tensor}_bias", "Reshape", [end.input[1], flat])
        graph.make(tensor, "InstanceNormalization", [centred.input[0], gain, bias], epsilon=float(epsilon))


def snake_of(graph: Surgery, tensor: str) -> Snake | None:
    """The Snake that makes a tensor from a fused norm, if one does."""
    end = graph.maker(tensor, "Add")
    bent = end and graph.maker(end.input[1], "Mul")
    square = bent and graph.maker(bent.input[1], "Pow")
    sine = square and graph.maker(square.input[0], "Sin")
    angle = sine and graph.maker(sine.input[0], "Mul")
    norm = end and graph.maker(end.input[0], "InstanceNormalization")
    if not (end and angle and norm) or angle.input[1] != end.input[0]:
        return None
    alpha = graph.value(angle.input[0])
    return None if alpha is None or not alpha.all() else Snake(norm, alpha.reshape(-1))


def make_scaled_snake(graph: Surgery, snake: Snake, name: str) -> str:
    """`alpha x + sin(alpha x)^2`, which is alpha times Snake. Returns the tensor's name.

    The norm's own gain takes the factor alpha, so that Snake costs three passes instead of five.
    """
    alpha = graph.constant(f"{name}_alpha", snake.alpha)
    inputs, gain, bias = list(snake.norm.input)
    scaled = [graph.make(f"{name}_{n}", "Mul", [factor, alpha]) for n, factor in (("gain", gain), ("bias", bias))]
    angle = graph.make(f"{name}_angle", "InstanceNormalization", [inputs, *scaled], **attributes_of(snake.norm))
    sine = graph.make(f"{name}_sine", "Sin", [angle])
    square = graph.make(f"{name}_square", "Mul", [sine, sine])
    return graph.make(f"{name}_snake", "Add", [angle, square])


def convolve_stft(graph: Surgery) -> None:
    """The STFT of 20 points as a convolution with its basis: ONNX Runtime's own is slow at lengths like this.

    The graph takes phases from it, by a quotient. As in training, constant and alternating parts have no imaginary
    part, and its sign counts as positive; ONNX Runtime's rounding drew that sign by chance.
    """
    for stft in graph.nodes("STFT"):
        step, window, size = (graph.value(name) for name in stft.input[1:4])
        if step is None or window is None or size is None:
            continue
        n, name = int(size), stft.output[0]
        angles = 2 * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n
        imaginary = -np.sin(angles)
        imaginary[[0, -1]] = 0.0
        basis = np.concatenate((np.cos(angles), imaginary))[:, None] * window  # [2 bins, 1, n]
        middle = graph.constant(f"{name}_middle", np.array([1], np.int64))
        signal = graph.make(f"{name}_signal", "Unsqueeze", [stft.input[0], middle])
        weights = graph.constant(f"{name}_basis", basis.astype(np.float32))
        tiny = graph.constant(f"{name}_tiny", np.full(len(basis), POSITIVE_ZERO, np.float32))
        bins = graph.make(f"{name}_bins", "Conv", [signal, weights, tiny], strides=[int(step)])
        shape = graph.constant(f"{name}_shape", np.array([0, 2, n // 2 + 1, -1], np.int64))
        parts = graph.make(f"{name}_parts", "Reshape", [bins, shape])
        # The graph turns [1, frames, bins, 2] round and takes real and imaginary part: here they lie apart already.
        for part in graph.readers(graph.only_reader(name).output[0]):
            graph.make(part.output[0], "Gather", [parts, part.input[1]], axis=1)
