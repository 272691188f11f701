"""How much memory a language model is going to take, from the headers of its files alone."""

from __future__ import annotations

import math
from pathlib import Path

from app.engine.step_audio.weights.safetensors_header import TensorSpan, tensor_spans

ROOM_FACTOR = 1.15  # weights plus what their computing needs
NF4_VALUE_BYTES = 0.52  # four bits and a share of the scales
_FLOATS = frozenset({"F16", "BF16", "F32"})


def model_bytes(folder: Path, *, value_bytes: int, is_made_nf4: bool = False) -> int:
    """Bytes of the loaded weights, when each value that is not packed takes `value_bytes`.

    `is_made_nf4`: the matrices of the layers are quantised while loading. Raises BrokenHeader, OSError.
    """
    spans = [item for file in sorted(folder.glob("*.safetensors")) for item in tensor_spans(file).items()]
    return round(sum(_bytes_of(name, span, value_bytes, is_made_nf4) for name, span in spans))


def _bytes_of(name: str, span: TensorSpan, value_bytes: int, is_made_nf4: bool) -> float:
    if is_made_nf4 and ".layers." in name and len(span.shape) == 2:
        return NF4_VALUE_BYTES * math.prod(span.shape)
    return value_bytes * math.prod(span.shape) if span.dtype in _FLOATS else span.end - span.begin
