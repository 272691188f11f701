"""KeyValueCache: keys and values of all layers, in memory taken once."""

from __future__ import annotations

import torch
from torch import Tensor

from app.engine.step_audio.step1_config import Step1Config


class KeyValueCache:
    """What attention remembers of up to `capacity` tokens in `n_rows` rows. As PastKeysValues."""

    def __init__(
        self, config: Step1Config, n_rows: int, capacity: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        shape = (config.num_hidden_layers, n_rows, config.num_attention_groups, capacity, config.head_dim)
        self._keys = torch.empty(shape, device=device, dtype=dtype)
        self._values = torch.empty(shape, device=device, dtype=dtype)
        self._lengths = [0] * config.num_hidden_layers

    def update(self, keys: Tensor, values: Tensor, layer: int, /) -> tuple[Tensor, Tensor]:
        """Append `[rows, groups, new, width]` to a layer; views of all of it so far."""
        begin = self._lengths[layer]
        end = begin + keys.shape[2]
        self._keys[layer, :, :, begin:end] = keys
        self._values[layer, :, :, begin:end] = values
        self._lengths[layer] = end
        return self._keys[layer, :, :, :end], self._values[layer, :, :, :end]

    def get_seq_length(self) -> int:
        """Tokens remembered so far."""
        return self._lengths[0]
