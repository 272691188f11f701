"""The quick graph computes what the published one does, from the same weights, and cannot overflow."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper, parser

from app.engine.parts.fused_norms import fuse_instance_norms
from app.engine.parts.quick_graph import make_quick, shipped_ranges
from app.engine.parts.static_convolutions import ActivationRanges, quantisable, unsaturated
from app.engine.parts.surgery import Surgery

N_IN, N_OUT, N_FRAMES = 12, 8, 60
# One block of the published decoder: adaptive instance norm, Snake, integer convolution.
BLOCK = """
<ir_version: 9, opset_import: ["" : 20]>
block (float[1,12,t] x, float[1,12,1] gain, float[1,12,1] shift) => (float[1,8,t] y) {
  mean = ReduceMean(x, axis)
  centred = Sub(x, mean)
  squares = Mul(centred, centred)
  variance = ReduceMean(squares, axis)
  lifted = Add(variance, eps)
  deviation = Sqrt(lifted)
  normed = Div(centred, deviation)
  scaled = Mul(gain, normed)
  styled = Add(scaled, shift)
  angle = Mul(alpha, styled)
  sine = Sin(angle)
  square = Pow(sine, two)
  bend = Mul(inverse, square)
  snake = Add(styled, bend)
  bytes, step, zero = DynamicQuantizeLinear(snake)
  sums = ConvInteger<pads = [1, 1]>(bytes, weights, zero, weights_zero)
  bias_scale = Mul(step, weights_scale)
  bias_steps = Div(bias, bias_scale)
  bias_floor = Floor(bias_steps)
  bias_bytes = Cast<to = 6>(bias_floor)
  bias_shaped = Reshape(bias_bytes, bias_shape)
  biased = Add(sums, bias_shaped)
  floats = Cast<to = 1>(biased)
  y = Mul(floats, bias_scale)
}
"""
TRANSFORM = """
<ir_version: 9, opset_import: ["" : 20]>
transform (float[1,t] x) => (float[1,11,f] real, float[1,11,f] imaginary) {
  spectrum = STFT(x, step, window, size)
  turned = Transpose<perm = [0, 2, 1, 3]>(spectrum)
  real = Gather<axis = 3>(turned, first)
  imaginary = Gather<axis = 3>(turned, second)
}
"""
rng = np.random.default_rng(5)


def model_of(text: str, constants: dict[str, Any]) -> Any:
    model = parser.parse_model(text)
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    model.graph.initializer.extend(tensors)
    return model


def published_block() -> Any:
    alpha = rng.uniform(0.3, 2.0, (1, N_IN, 1)).astype(np.float32)
    alpha[0, 3] *= -1  # the published weights have a few of those
    return model_of(
        BLOCK,
        {
            "axis": np.array([2]),
            "eps": np.float32(1e-5),
            "alpha": alpha,
            "inverse": 1 / alpha,
            "two": np.float32(2),
            "weights": rng.integers(0, 128, (N_OUT, N_IN, 3)).astype(np.uint8),
            "weights_zero": np.uint8(63),
            "weights_scale": np.float32(0.01),
            "bias": rng.normal(size=N_OUT).astype(np.float32),
            "bias_shape": np.array([1, -1, 1]),
        },
    )


def run(model: Any, feeds: dict[str, Any], outputs: list[str] | None = None) -> list[Any]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(outputs, feeds))


@pytest.fixture(scope="module")
def feeds() -> dict[str, Any]:
    return {
        "x": (3 * rng.normal(size=(1, N_IN, N_FRAMES)) + 2).astype(np.float32),
        "gain": rng.uniform(0.5, 1.5, (1, N_IN, 1)).astype(np.float32),
        "shift": rng.normal(size=(1, N_IN, 1)).astype(np.float32),
    }


def ranges_of(published: Any, feeds: dict[str, Any]) -> ActivationRanges:
    """What this input reaches, with room for the other one's rounding."""
    seen = published.SerializeToString()
    observed = type(published).FromString(seen)
    observed.graph.output.append(helper.make_tensor_value_info("snake", 1, None))
    snake, y = run(observed, feeds, ["snake", "y"])
    reach = float(np.abs(snake).max())
    outputs = np.stack((y[0].min(1), y[0].max(1)), axis=1) * np.float32(1.05)
    return ActivationRanges(np.array([[-reach, reach]], np.float32), [outputs])


def test_a_quick_block_computes_what_the_published_one_does(feeds: dict[str, Any]):
    published = published_block()
    ranges = ranges_of(published, feeds)
    (expected,) = run(published, feeds)
    make_quick(published, ranges)
    operators = [node.op_type for node in published.graph.node]
    assert operators.count("QLinearConv") == operators.count("InstanceNormalization") == 1
    assert not {"ConvInteger", "ReduceMean", "Pow", "DynamicQuantizeLinear"} & set(operators)
    (quick,) = run(published, feeds)
    error_db = 10 * np.log10(np.mean((quick - expected) ** 2) / np.var(expected))
    assert error_db < -35  # eight bits in, eight bits out


def test_ranges_of_another_graph_are_refused(feeds: dict[str, Any]):
    ranges = ranges_of(published_block(), feeds)
    for wrong in (
        ActivationRanges(ranges.inputs, [ranges.outputs[0][1:]]),
        ActivationRanges(np.repeat(ranges.inputs, 2, 0), ranges.outputs * 2),
        ActivationRanges(ranges.inputs * np.nan, ranges.outputs),
    ):
        with pytest.raises(ValueError, match=r"table|argument"):
            make_quick(published_block(), wrong)


def test_no_two_weights_of_a_channel_overflow_sixteen_bits():
    weights = rng.integers(-90, 91, (20, 6, 5))
    weights[:10] //= 3
    safe, steps = unsaturated(weights)
    assert set(steps[:10]) == {1.0}
    assert set(steps) == {1.0, 2.0}
    assert np.array_equal(safe[steps == 1], weights[steps == 1])
    assert np.abs(safe * steps[:, None, None] - weights).max() <= 1
    flat = np.sort(safe.reshape(20, -1), axis=1)
    assert 255 * flat[:, -2:].sum(1).max() < 2**15
    assert 255 * flat[:, :2].sum(1).min() >= -(2**15)


def test_the_transform_is_the_same_as_a_convolution():
    constants = {"step": np.int64(5), "window": np.hanning(20).astype(np.float32), "size": np.int64(20)}
    model = model_of(TRANSFORM, constants | {"first": np.int64(0), "second": np.int64(1)})
    x = rng.normal(size=(1, 200)).astype(np.float32)
    expected = np.stack(run(model, {"x": x}))
    make_quick(model, ActivationRanges(np.zeros((0, 2), np.float32), []))
    assert [node.op_type for node in model.graph.node] == ["Unsqueeze", "Conv", "Reshape", "Gather", "Gather"]
    quick = np.stack(run(model, {"x": x}))
    assert np.abs(quick - expected).max() < 5e-5  # ONNX Runtime's own transform errs by as much
    assert (quick[1, 0, [0, -1]] > 0).all()
    silence = np.stack(run(model, {"x": np.zeros((1, 200), np.float32)}))
    assert (silence > 0).all()  # phases are quotients of these


def test_the_shipped_ranges_are_sound():
    ranges = shipped_ranges()
    after_snake = ~np.isnan(ranges.inputs[:, 0])
    assert len(ranges.inputs) == len(ranges.outputs) == 64
    assert after_snake.sum() == 48
    assert (ranges.inputs[after_snake, 0] <= 0).all()
    assert (ranges.inputs[after_snake, 1] > 0).all()
    assert all((channels[:, 0] <= channels[:, 1]).all() and np.isfinite(channels).all() for channels in ranges.outputs)


def test_a_block_that_is_to_be_measured_is_found_with_its_weights():
    published = published_block()
    graph = Surgery(published)
    fuse_instance_norms(graph)
    (found,) = quantisable(graph)
    assert (found.source, found.target, found.scale) == ("snake", "y", pytest.approx(0.01))
    assert found.weights.min() >= -63
    assert found.weights.max() <= 64
