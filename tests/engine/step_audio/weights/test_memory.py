"""What a language model takes in memory, told from the headers of its files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.engine.step_audio.language_model import load_language_model
from app.engine.step_audio.weights.layout import MODELS
from app.engine.step_audio.weights.memory import model_bytes


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("variant", ["base", "awq"])
def test_it_is_what_the_loaded_model_takes_in_its_number_format(tiny_root: Path, variant: str, dtype: torch.dtype):
    folder = tiny_root / MODELS[variant]
    taken = load_language_model(folder, variant, dtype=dtype).memory_bytes
    assert model_bytes(folder, value_bytes=dtype.itemsize) == pytest.approx(taken, rel=0.01)


@pytest.mark.slow  # bitsandbytes loads slowly
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_counts_matrices_that_are_quantised_while_loading(tiny_root: Path, dtype: torch.dtype):
    folder = tiny_root / MODELS["base"]
    taken = load_language_model(folder, "bnb", dtype=dtype).memory_bytes
    assert model_bytes(folder, value_bytes=dtype.itemsize, is_made_nf4=True) == pytest.approx(taken, rel=0.05)
