"""DecodingRows: prompts that the model continues in step, each with the same new tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM

Cancel = Callable[[], object]

# Tokens of a prompt computed at once. The bias of attention has a number for each of them, each token before it and
# each head: with 48 heads and 8192 tokens 400 MB.
PROMPT_BLOCK = 256


class Stopped(Exception):
    """`cancel` returned something true."""


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


class DecodingRows:
    """One row for each prompt. Call inside of torch.inference_mode: `prompt_states` first, then `next_states`."""

    def __init__(
        self, model: Step1ForCausalLM, prompts: Sequence[Sequence[int]], max_new_tokens: int, cancel: Cancel | None
    ) -> None:
        """`cancel` is called before every layer. Shorter prompts are padded on their left, which changes nothing."""
        self.end_id: int | None = model.config.eos_token_id
        self.head = model.lm_head.weight
        self._model = model.model
        self._prompts = prompts
        self._max_new_tokens = max_new_tokens
        self._cancel = cancel
        self._device = self.head.device

    def prompt_states(self) -> Tensor:
        """Final states of the last token of each prompt, `[rows, hidden]`."""
        n_rows, n_tokens = len(self._prompts), max(len(prompt) for prompt in self._prompts)
        capacity = n_tokens + self._max_new_tokens
        ids = torch.zeros(n_rows, n_tokens, dtype=torch.long)
        mask = torch.ones(n_rows, capacity, dtype=torch.bool)
        for row, prompt in enumerate(self._prompts):
            ids[row, n_tokens - len(prompt) :] = torch.tensor(prompt)
            mask[row, : n_tokens - len(prompt)] = False
        ids = ids.to(self._device)
        self._mask = None if mask.all() else mask.to(self._device)
        dtype = self._model.embed_tokens.weight.dtype
        self._cache = KeyValueCache(self._model.config, n_rows, capacity, device=self._device, dtype=dtype)
        for block in torch.split(ids, PROMPT_BLOCK, dim=1):
            states = self._states(block)
        return states

    def next_states(self, token: int) -> Tensor:
        """Final states of the new token in each row, `[rows, hidden]`."""
        return self._states(torch.full((len(self._prompts), 1), token, device=self._device))

    def _states(self, ids: Tensor) -> Tensor:
        """Final states of the last of these tokens."""
        mask = None if self._mask is None else self._mask[:, : self._cache.get_seq_length() + ids.shape[1]]
        out = self._model(ids, mask, self._cache, before_layer=self._look)
        states: Tensor = out.last_hidden_state[:, -1]
        return states

    def _look(self) -> None:
        if self._cancel is not None and self._cancel():
            raise Stopped
