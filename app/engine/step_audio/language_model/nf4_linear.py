"""Nf4Linear: a linear layer with weights in NF4, four bits with block-wise scales that are themselves quantised.

bitsandbytes does the arithmetic, on CUDA with fused kernels, on the CPU by unpacking at every call. Its own layer
class is not used, because it repacks its weights in the first call, which two threads could make at once.
Source: Dettmers et al. 2023, "QLoRA: Efficient Finetuning of Quantized LLMs".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from app.engine.errors import PartMissing, Unavailable
from app.engine.facts.language_model import BitsandbytesBroken, DeviceWithoutNf4, LayerMisshaped, LayerUnreadable

BLOCK_SIZE = 64  # weights under one scale; bitsandbytes' and transformers' default
STATE = "quant_state.bitsandbytes__nf4"
PARTS = ("absmax", "quant_map", "nested_absmax", "nested_quant_map", STATE)  # stored after "weight."


class Nf4Linear(nn.Module):
    """`[..., in]` to `[..., out]`, without bias. Read-only; safe to call from several threads."""

    weight: Tensor

    def __init__(self, weight: Tensor, state: Any) -> None:
        """`weight` uint8, two values a byte; `state` is bitsandbytes' QuantState."""
        super().__init__()
        self._bitsandbytes = bitsandbytes()
        self.register_buffer("weight", weight)
        self._state = state

    @classmethod
    def quantised(cls, weight: Tensor) -> Nf4Linear:
        """The layer with these weights `[out, in]` rounded to NF4. Raises Unavailable without bitsandbytes."""
        packed, state = bitsandbytes().functional.quantize_4bit(
            weight.contiguous(), blocksize=BLOCK_SIZE, compress_statistics=True, quant_type="nf4"
        )
        return cls(packed, state)

    @classmethod
    def stored(cls, tensors: Mapping[str, Tensor], shape: tuple[int, int]) -> Nf4Linear:
        """The layer from what a folder holds of it: "weight", and PARTS after "weight.".

        Raises PartMissing when they do not fit each other or the layer, Unavailable without bitsandbytes.
        """
        weight = tensors["weight"]
        parts = {name.removeprefix("weight."): tensor for name, tensor in tensors.items() if name != "weight"}
        try:
            state = bitsandbytes().functional.QuantState.from_dict(parts, device=weight.device)
        except (ValueError, KeyError, AssertionError, AttributeError) as error:
            raise PartMissing(LayerUnreadable(str(error))) from error
        if tuple(state.shape or ()) != shape or state.quant_type != "nf4":
            raise PartMissing(LayerMisshaped(str(state.quant_type), tuple(state.shape or ()), shape))
        return cls(weight, state)

    def tensors(self) -> dict[str, Tensor]:
        """What `stored` reads, in the form transformers writes too."""
        parts = self._state.as_dict(packed=True)
        return {"weight": self.weight, **{f"weight.{name}": tensor for name, tensor in parts.items()}}

    def forward(self, x: Tensor) -> Tensor:
        """`[..., in]` to `[..., out]`."""
        out: Tensor = self._bitsandbytes.matmul_4bit(x, self.weight, quant_state=self._state)
        return out


def packed_shape(n_out: int, n_in: int) -> tuple[int, int]:
    """The shape of the stored "weight" of a layer."""
    return ((n_out * n_in + 1) // 2, 1)


def bitsandbytes() -> ModuleType:
    """The library. Raises Unavailable where it is not installed or does not load."""
    # On some CPUs it asks in a warning for a package that would fetch further kernels from the internet.
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    try:
        import bitsandbytes as library
    except (ImportError, OSError, RuntimeError) as error:
        raise Unavailable(BitsandbytesBroken(str(error))) from error
    return library


def check_device(device: torch.device) -> None:
    """Raise Unavailable for a device that bitsandbytes cannot compute on."""
    if device.type not in ("cpu", "cuda"):
        raise Unavailable(DeviceWithoutNf4(device.type))
    bitsandbytes()
