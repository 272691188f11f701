"""On the CPU some layers go another way than on other devices: both give the same numbers, and the device decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from app.engine.step_audio.decoder.estimator import causal_conv
from app.engine.step_audio.decoder.layers import Linear, mish_
from app.engine.step_audio.decoder.params import Params
from tests.engine.step_audio.decoder.measures import worst

WIDTH, FRAMES = 8, 11


class Recorder(TorchDispatchMode):
    """The names of the operations that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def noise(*shape: int, device: str = "cpu") -> Tensor:
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))
    return 8 * drawn.to(device)


def operations(call: Callable[[], object]) -> list[str]:
    with Recorder() as recorder:
        call()
    return recorder.names


def params(device: str) -> Params:
    return Params({"conv.weight": noise(WIDTH, WIDTH, 3, device=device), "conv.bias": noise(WIDTH, device=device)})


def test_mish_is_the_same_by_both_ways() -> None:
    x = torch.cat((noise(600, WIDTH), torch.tensor([[-200.0, -30, -1, 0, 1, 19, 21, 200]])))
    assert worst(mish_(x.clone()), F.mish(x)) < 2e-6


def test_gelu_of_a_layer_is_the_same_by_both_ways() -> None:
    layer, x = Linear(noise(5, WIDTH), noise(5)), noise(2, FRAMES, WIDTH)
    assert worst(layer.gelu(x), F.gelu(layer(x), approximate="tanh")) < 2e-4


@pytest.mark.parametrize("past", [None, noise(2, 2, WIDTH)], ids=["start", "later"])
def test_a_causal_convolution_is_that_of_its_weights(past: Tensor | None) -> None:
    given, x = params("cpu"), noise(2, FRAMES, WIDTH)
    seen = torch.cat((torch.zeros(2, 2, WIDTH) if past is None else past, x), dim=1)
    wanted = F.conv1d(seen.transpose(1, 2), given["conv.weight"], given["conv.bias"]).transpose(1, 2)
    assert worst(causal_conv(given, "conv")(x, past), wanted) < 2e-3 * float(wanted.std())


def test_other_devices_than_the_cpu_get_one_call_of_the_library() -> None:
    """`meta` stands for a GPU: it takes every operation, and has no data."""
    x = noise(2, FRAMES, WIDTH, device="meta")
    assert operations(lambda: mish_(x)) == ["mish_"]
    layer = Linear(noise(5, WIDTH, device="meta"), noise(5, device="meta"))
    assert "_linear_pointwise" not in operations(lambda: layer.gelu(x))
    conv = causal_conv(params("meta"), "conv")
    asked = operations(lambda: conv(x, None))
    assert asked.count("convolution") == 1
    assert not {"bmm", "mm", "addmm"} & set(asked)
    assert conv(x, None).shape == x.shape
