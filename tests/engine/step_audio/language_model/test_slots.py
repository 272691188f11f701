"""Slots take the memory that is said, and on a CPU not before it is needed."""

from __future__ import annotations

import pytest
import torch

from app.engine.machine import process_memory_bytes
from app.engine.step_audio.language_model.slots import FREE_SHARE, LEAST_SLOTS, MOST_SLOTS, Slots, slot_bytes, slots_in
from app.engine.step_audio.language_model.step1_config import Step1Config

CPU = torch.device("cpu")
GB = 10**9


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_slot_takes_what_it_is_said_to(dtype: torch.dtype):
    config = Step1Config(hidden_size=48, num_attention_heads=6, num_attention_groups=2, num_hidden_layers=3)
    slots = Slots(config, 5, 100, device=CPU, dtype=dtype)
    assert slots.nbytes == 5 * slot_bytes(config, 100, dtype)
    assert slots.keys.dtype == dtype
    assert not slots.keys.any()


def test_slots_of_the_published_model_take_no_memory_before_they_are_used():
    before = process_memory_bytes()
    slots = Slots(Step1Config(), 2, 8192, device=CPU, dtype=torch.bfloat16)
    assert slots.nbytes == 2 * 270_532_608
    assert process_memory_bytes() - before < 20_000_000


@pytest.mark.parametrize(("free", "n"), [(0, LEAST_SLOTS), (2 * GB, 3), (10 * GB, 16), (80 * GB, MOST_SLOTS)])
def test_slots_follow_the_memory_that_is_free(free: int, n: int):
    assert slots_in(int(free), int(0.3 * GB)) == n
    assert n * 0.3 * GB <= max(FREE_SHARE * free, LEAST_SLOTS * 0.3 * GB)
