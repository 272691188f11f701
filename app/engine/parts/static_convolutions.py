"""The integer convolutions of Kokoro's decoder with ranges known beforehand: twice as quick, from the same weights.

The graph as published measures each input's range while it runs, multiplies integers (ConvInteger), and scales the
32-bit sums in passes of their own. QLinearConv does all of it in one pass, if it knows the range of what comes out; and
on processors with AVX2 it multiplies unsigned by signed bytes, 133 to 171 thousand million operations a second where
ConvInteger reaches 94.

- Weights lose nothing: the published bytes less their zero point fit into signed bytes.
- Without VNNI, AVX2 adds two products in 16 bits, which overflow if two weights together pass 128. The published
  weights have seven bits, so hardly a channel has two such: 38 of 23490, which take a step of twice the size.
- Inputs after a Snake have the table's range, all channels one step (Snake's factor per channel goes into the step).
  Other inputs are measured while the graph runs, as before: they hang on pitch and energy.
- Outputs have a range per channel from the table, at the eight bits of the next input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.parts.fused_norms import Snake, make_scaled_snake, snake_of
from app.engine.parts.surgery import Surgery, attributes_of

Ranges = NDArray[np.float32]
"""`[..., 2]`: lowest and highest value."""

FEWEST_INPUTS = 8  # channels; convolutions of fewer cost nothing and stay in float32, and so do those of phase angles
FLOAT_INPUTS = 22  # channels of the convolutions that read magnitude and phase of the excitation
LARGEST_PAIR = 128  # two weights times 255 must fit into 16 bits with their sign
_TO_INT32 = 6  # ONNX's number of the type


@dataclass(frozen=True, slots=True, eq=False)
class IntegerConvolution:
    """One convolution of the published graph, with the nodes around it read off.

    `weights` [out, in, kernel]: published bytes less their zero point, to be multiplied by `scale`. `bias` [out].
    `quantised`: names of the input in bytes, its scale and its zero point, as measured while the graph runs.
    """

    node: Any
    source: str
    target: str
    weights: NDArray[np.int64]
    scale: float
    bias: NDArray[np.float32]
    quantised: tuple[str, str, str]

    @property
    def stays_float(self) -> bool:
        """Whether it is cheap, and its input worth more than eight bits."""
        n_inputs: int = self.weights.shape[1]
        return n_inputs < FEWEST_INPUTS or n_inputs == FLOAT_INPUTS


@dataclass(frozen=True, slots=True, eq=False)
class ActivationRanges:
    """What the speech model's own speech reached, in the order of `quantisable`.

    `inputs` [n, 2] after Snake, NaN for others; `outputs`: n arrays [channels, 2].
    """

    inputs: Ranges
    outputs: list[Ranges]


def convolutions(graph: Surgery) -> list[IntegerConvolution]:
    """All ConvInteger of the graph, in its order. Raises ValueError for a graph of another make."""
    return [_read(graph, node) for node in graph.nodes("ConvInteger")]


def quantisable(graph: Surgery) -> list[IntegerConvolution]:
    """Those that take ranges."""
    return [found for found in convolutions(graph) if not found.stays_float]


def turned_range(snake: Snake, lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> tuple[float, float]:
    """The range `[2]` of a Snake over all channels, where those of negative alpha count upside down. Holds zero."""
    is_upright = snake.alpha > 0
    return (
        min(0.0, float(np.where(is_upright, lowest, -highest).min())),
        max(0.0, float(np.where(is_upright, highest, -lowest).max())),
    )


def make_static(graph: Surgery, ranges: ActivationRanges) -> None:
    """Replace the integer convolutions. Instance norms must be fused. Raises ValueError if the ranges do not fit."""
    found = convolutions(graph)
    given = iter(zip(ranges.inputs, ranges.outputs, strict=True))
    for convolution in found:
        if convolution.stays_float:
            _make_float(graph, convolution)
        else:
            inputs, outputs = next(given)
            _make_quantised(graph, convolution, inputs, outputs)
    if next(given, None) is not None:
        raise ValueError("the table has more ranges than the graph has convolutions")


def _read(graph: Surgery, node: Any) -> IntegerConvolution:
    """The chain quantise, convolve, add the bias, cast, scale."""
    measured = graph.maker(node.input[0], "DynamicQuantizeLinear")
    weights, zero_point = graph.value(node.input[1]), graph.value(node.input[3])
    if measured is None or weights is None or zero_point is None:
        raise ValueError(f"{node.name} is no convolution of the published graph")
    bias = np.zeros(len(weights), np.float32)
    after = graph.only_reader(node.output[0])
    if after.op_type == "Add":
        bias = _bias(graph, after)
        after = graph.only_reader(after.output[0])
    scaling = graph.only_reader(after.output[0])
    scales = graph.maker(scaling.input[1], "Mul")
    scale = scales and graph.value(scales.input[1])
    if scale is None:
        raise ValueError(f"{node.name} has no scale of its own")
    return IntegerConvolution(
        node,
        measured.input[0],
        scaling.output[0],
        weights.astype(np.int64) - int(zero_point),
        float(scale),
        bias,
        tuple(measured.output),
    )


def _bias(graph: Surgery, addition: Any) -> NDArray[np.float32]:
    """The float bias behind the one that is quantised while the graph runs."""
    name = addition.input[1]
    for operator in ("Reshape", "Cast", "Floor", "Div"):
        node = graph.maker(name, operator)
        if node is None:
            raise ValueError(f"{addition.name} adds no bias of the published graph")
        name = node.input[0]
    bias = graph.value(name)
    if bias is None:
        raise ValueError(f"{addition.name} adds a bias that is computed")
    return bias.astype(np.float32)


def _make_float(graph: Surgery, convolution: IntegerConvolution) -> None:
    name = convolution.target
    weights = graph.constant(f"{name}_weights", (convolution.weights * convolution.scale).astype(np.float32))
    bias = graph.constant(f"{name}_bias", convolution.bias)
    graph.make(name, "Conv", [convolution.source, weights, bias], **attributes_of(convolution.node))


def _make_quantised(graph: Surgery, convolution: IntegerConvolution, inputs: Ranges, outputs: Ranges) -> None:
    name, n_channels = convolution.target, len(convolution.weights)
    if outputs.shape != (n_channels, 2):
        raise ValueError(f"{name} has {n_channels} channels, its table {len(outputs)}")
    lowest, highest = np.minimum(outputs[:, 0], 0.0), np.maximum(outputs[:, 1], 0.0)
    step = np.maximum((highest - lowest) / 255, 1e-8).astype(np.float32)
    zero = np.clip(np.round(-lowest / step), 0, 255).astype(np.uint8)
    source, snake = convolution.quantised, snake_of(graph, convolution.source)
    weights, weight_steps = unsaturated(convolution.weights)
    weight_steps = weight_steps * convolution.scale
    # The sums are brought to channels' own steps by the weights' scales, and to their own zeros by the bias.
    shifted = (convolution.bias + (zero.astype(np.float64) - 128) * step) / weight_steps
    if snake is not None:
        source, input_step = _quantised_snake(graph, snake, name, inputs)
        weights = weights * np.sign(snake.alpha).astype(np.int64)[:, None]
        bias = graph.constant(f"{name}_bias", np.round(shifted / input_step).astype(np.int32))
    else:
        unscaled = graph.constant(f"{name}_bias", shifted.astype(np.float32))
        quotient = graph.make(f"{name}_bias_quotient", "Div", [unscaled, source[1]])
        rounded = graph.make(f"{name}_bias_rounded", "Round", [quotient])
        bias = graph.make(f"{name}_bias_quantised", "Cast", [rounded], to=_TO_INT32)
    tensors = [
        *source,
        graph.constant(f"{name}_weights", weights.astype(np.int8)),
        graph.constant(f"{name}_weight_steps", (weight_steps / step).astype(np.float32)),
        graph.constant(f"{name}_weight_zeros", np.zeros(n_channels, np.int8)),
        graph.constant("quantised_step", np.float32(1)),
        graph.constant("quantised_zero", np.uint8(128)),
        bias,
    ]
    quantised = graph.make(f"{name}_quantised", "QLinearConv", tensors, **attributes_of(convolution.node))
    steps, zeros = graph.constant(f"{name}_steps", step), graph.constant(f"{name}_zeros", zero)
    graph.make(name, "DequantizeLinear", [quantised, steps, zeros], axis=1)


def unsaturated(weights: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Signed bytes of which no two in a channel overflow, and the step `[channels]` they are to be multiplied by."""
    flat = np.sort(weights.reshape(len(weights), -1), axis=1)
    pair = np.maximum(flat[:, -2:].sum(1), -flat[:, :2].sum(1))
    steps = np.where((pair > LARGEST_PAIR) | (np.abs(flat).max(1) > 127), 2.0, 1.0)
    return np.round(weights / steps[:, None, None]).astype(np.int64), steps


def _quantised_snake(
    graph: Surgery, snake: Snake, name: str, ranges: Ranges
) -> tuple[tuple[str, str, str], np.float32]:
    """A Snake in bytes: their name, that of their step, of their zero; and the step."""
    lowest, highest = (float(value) for value in ranges)
    step = np.float32((highest - lowest) / 255)
    if not step > 0:  # NaN too
        raise ValueError(f"the table has no range for the input of {name}")
    zero = np.uint8(np.clip(round(-lowest / step), 0, 255))
    steps = graph.constant(f"{name}_input_steps", (step * np.abs(snake.alpha)).astype(np.float32))
    zeros = graph.constant(f"{name}_input_zeros", np.full(len(snake.alpha), zero, np.uint8))
    snaked = make_scaled_snake(graph, snake, f"{name}_input")
    quantised = graph.make(f"{name}_input", "QuantizeLinear", [snaked, steps, zeros], axis=1)
    single = graph.constant(f"{name}_input_step", step), graph.constant(f"{name}_input_zero", zero)
    return (quantised, *single), step
