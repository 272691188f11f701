"""Prompts of the goldens, and models that do not end by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from numpy.typing import NDArray

from app.engine.step_audio.language_model.packed_linear import pack_linears
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM

Prompts = Mapping[str, list[int]]


@pytest.fixture(scope="package")
def prompts(step1_arrays: Mapping[str, NDArray[Any]]) -> Prompts:
    return {name: step1_arrays[f"{name}/ids"].tolist() for name in ("short", "edit", "clone", "mixed")}


@pytest.fixture(scope="package")
def endless_model(step1_model: Step1ForCausalLM) -> Step1ForCausalLM:
    """The golden model with a head that cannot say the end, its matrices packed as the service packs them."""
    with torch.device("meta"):
        model = Step1ForCausalLM(step1_model.config)
    tensors = step1_model.state_dict()
    tensors["lm_head.weight"] = tensors["lm_head.weight"].clone()
    tensors["lm_head.weight"][step1_model.config.eos_token_id] = 0.0
    model.load_state_dict(tensors, assign=True)
    pack_linears(model.model)
    return model.eval()
