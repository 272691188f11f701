"""The language model computes what the reference computes, whole, step by step and in batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub.errors import StrictDataclassError
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoModelForCausalLM

from app.engine.step_audio.language_model.distance import alibi_slopes, distance_bias
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM

NAMES = ("short", "edit", "clone", "mixed")
Arrays = Mapping[str, NDArray[Any]]

pytestmark = pytest.mark.usefixtures("no_gradients")


@pytest.fixture
def no_gradients():
    with torch.inference_mode():
        yield


def ids_of(arrays: Arrays, name: str) -> Tensor:
    return torch.from_numpy(arrays[f"{name}/ids"])[None]


@pytest.mark.parametrize("name", NAMES)
def test_logits_and_states_equal_the_goldens(step1_model: Step1ForCausalLM, step1_arrays: Arrays, name: str):
    out = step1_model(ids_of(step1_arrays, name), output_hidden_states=True)
    logits = out.logits[0].numpy()
    np.testing.assert_allclose(logits[:, step1_arrays["logit_cols"]], step1_arrays[f"{name}/logits_cols"], atol=2e-4)
    np.testing.assert_allclose(out.logits[0].logsumexp(-1), step1_arrays[f"{name}/logits_lse"], atol=2e-4)
    assert (logits.argmax(-1) == step1_arrays[f"{name}/argmax"]).all()
    states = np.stack([state[0].numpy() for state in out.hidden_states])
    np.testing.assert_allclose(states, step1_arrays[f"{name}/hidden_states"], atol=1e-4)


@pytest.mark.parametrize("first", [1, 7])
def test_step_by_step_equals_whole(step1_model: Step1ForCausalLM, step1_arrays: Arrays, first: int):
    ids = ids_of(step1_arrays, "mixed")[:, :16]
    part = step1_model(ids[:, :first], use_cache=True)
    logits = [part.logits]
    for n in range(first, ids.shape[1]):
        part = step1_model(ids[:, n : n + 1], past_key_values=part.past_key_values)
        logits.append(part.logits)
    torch.testing.assert_close(torch.cat(logits, 1), step1_model(ids).logits, atol=2e-4, rtol=0)


@pytest.mark.parametrize("side", ["left", "right"])
def test_padded_rows_equal_single_rows(step1_model: Step1ForCausalLM, step1_arrays: Arrays, side: str):
    rows = [ids_of(step1_arrays, name)[0, :n] for name, n in zip(NAMES, (8, 17, 26, 20), strict=True)]
    longest = max(map(len, rows))
    pads = [((longest - len(row), 0) if side == "left" else (0, longest - len(row))) for row in rows]
    ids = torch.stack([torch.nn.functional.pad(row, pad) for row, pad in zip(rows, pads, strict=True)])
    mask = ids != 0
    logits = step1_model(ids, attention_mask=mask).logits
    assert logits.isfinite().all()
    for n, (row, (left, _)) in enumerate(zip(rows, pads, strict=True)):
        alone = step1_model(row[None]).logits[0]
        torch.testing.assert_close(logits[n, left : left + len(row)], alone, atol=2e-4, rtol=0)


def test_transformers_own_loop_continues_padded_rows_like_single_ones(
    step1_model: Step1ForCausalLM, step1_arrays: Arrays
):
    rows = [ids_of(step1_arrays, name)[0] for name in ("short", "clone")]
    pad = len(rows[1]) - len(rows[0])
    ids = torch.stack([torch.nn.functional.pad(rows[0], (pad, 0)), rows[1]])
    mask = torch.ones_like(ids)
    mask[0, :pad] = 0
    together = step1_model.generate(ids, attention_mask=mask, max_new_tokens=8, do_sample=False)[:, ids.shape[1] :]
    for row, new in zip(rows, together, strict=True):
        alone = step1_model.generate(row[None], max_new_tokens=8, do_sample=False)[0, len(row) :]
        assert alone.tolist() == new.tolist()


def test_only_the_wanted_logits_are_made(step1_model: Step1ForCausalLM, step1_arrays: Arrays):
    ids = ids_of(step1_arrays, "short")
    whole = step1_model(ids).logits
    torch.testing.assert_close(step1_model(ids, logits_to_keep=2).logits, whole[:, -2:])
    torch.testing.assert_close(step1_model(ids, logits_to_keep=torch.tensor([3, 5])).logits, whole[:, [3, 5]])


def test_a_mask_of_the_wrong_length_is_told(step1_model: Step1ForCausalLM):
    with pytest.raises(ValueError, match=r"attention_mask must be \[1, 3\], got \[1, 2\]"):
        step1_model(torch.zeros(1, 3, dtype=torch.long), attention_mask=torch.ones(1, 2))


@pytest.mark.parametrize("n_heads", [4, 6, 9, 10, 12, 40, 48, 64])
def test_slopes_equal_the_goldens(step1_arrays: Arrays, n_heads: int):
    np.testing.assert_allclose(alibi_slopes(n_heads), step1_arrays[f"alibi_slopes_{n_heads}"], atol=1e-6)


def test_any_number_of_heads_has_as_many_slopes():
    assert [len(alibi_slopes(n)) for n in range(1, 100)] == list(range(1, 100))


def test_the_bias_of_a_step_is_the_last_row_of_the_whole(step1_arrays: Arrays):
    device = torch.device("cpu")
    row = distance_bias(48, 39, 1, device)[:, 0]
    np.testing.assert_allclose(row, step1_arrays["alibi_bias_48_40"], atol=1e-5)
    whole = distance_bias(48, 0, 40, device)
    torch.testing.assert_close(whole[:, -1], row)
    assert whole[:, 0, 1:].isneginf().all()


@pytest.mark.slow
def test_the_computing_type_does_not_touch_the_bias(step1_folder: Path, step1_arrays: Arrays):
    model = AutoModelForCausalLM.from_pretrained(step1_folder, dtype=torch.bfloat16)
    exact = AutoModelForCausalLM.from_pretrained(step1_folder, dtype=torch.float32)
    ids = ids_of(step1_arrays, "edit")
    difference = (model(ids).logits.float() - exact(ids).logits).abs()
    assert difference.mean() < 0.06  # a bias in bfloat16 makes it 0.1 and more


@pytest.mark.parametrize(("heads", "groups", "hidden"), [(6, 2, 48), (5, 5, 40), (8, 1, 64), (10, 5, 30)])
def test_groups_equal_repeated_keys_and_values(heads: int, groups: int, hidden: int):
    """Grouped attention is attention with keys and values repeated for each head of the group."""
    config = Step1Config(
        hidden_size=hidden, intermediate_size=32, num_attention_heads=heads, num_attention_groups=groups,
        num_hidden_layers=1, vocab_size=50,
    )  # fmt: skip
    attention = Step1ForCausalLM(config).model.layers[0].self_attn
    x = torch.randn(2, 9, hidden, generator=torch.Generator().manual_seed(1))
    width, n_repeats = hidden // heads, heads // groups
    queries = attention.q_proj(x).view(2, 9, heads, width).transpose(1, 2)
    keys, values = (
        project(x).view(2, 9, groups, width).transpose(1, 2).repeat_interleave(n_repeats, dim=1)
        for project in (attention.k_proj, attention.v_proj)
    )
    bias = distance_bias(heads, 0, 9, x.device)
    weights = (queries @ keys.mT / width**0.5 + bias).softmax(-1)
    plain = attention.o_proj((weights @ values).transpose(1, 2).reshape(2, 9, hidden))
    torch.testing.assert_close(
        attention(x, bias.view(1, groups, -1, 9).expand(2, -1, -1, -1), None), plain, atol=1e-6, rtol=1e-5
    )


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(StrictDataclassError, match="no multiple of num_attention_heads"):
        Step1Config(hidden_size=50, num_attention_heads=12)
    with pytest.raises(StrictDataclassError, match="no multiple of num_attention_groups"):
        Step1Config(hidden_size=48, num_attention_heads=12, num_attention_groups=5)
