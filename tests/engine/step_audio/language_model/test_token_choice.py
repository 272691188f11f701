"""One choice for many rows: the rule on repetition, temperature, the best few, the draw."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import TopKLogitsWarper

from app.engine.step_audio.language_model.noise import HashedNoise, Noise, TorchNoise
from app.engine.step_audio.language_model.rows import Rows
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import Choice, TokenChooser
from tests.engine.step_audio.conftest import STEP1

EXAMPLES = json.loads((STEP1 / "goldens.json").read_text(encoding="utf-8"))["repetition_examples"]
N_ROWS = 4


@pytest.fixture(scope="module")
def model() -> Step1ForCausalLM:
    """A model of 100 ids: any of them may be chosen at any place."""
    config = Step1Config(
        vocab_size=100, hidden_size=8, intermediate_size=8, num_attention_heads=2, num_attention_groups=1,
        num_hidden_layers=1,
    )  # fmt: skip
    return Step1ForCausalLM(config)


def chosen(
    model: Step1ForCausalLM, logits: Tensor, prompt: list[int], seeds: list[int], noise: Noise | None = None, **how: Any
) -> list[int]:
    """What rows with these seeds choose, which continue the same prompt by the same logits."""
    choice = Choice(**({"temperature": 1.0, "top_k": 0, "constrain": False} | how))
    rows = Rows(len(seeds), 0, torch.device("cpu"))
    for row, seed in enumerate(seeds):
        rows.join(row, prompt, seed)
    chooser = TokenChooser(model, choice, len(seeds), noise)
    found: list[int] = chooser.chosen_of(logits.expand(len(seeds), -1).clone(), rows).tolist()
    return found


def scores(seed: int = 0) -> Tensor:
    return torch.randn(100, generator=torch.Generator().manual_seed(seed)) * 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["ids"]))
def test_only_the_golden_ids_are_banned(model: Step1ForCausalLM, example: dict[str, Any]):
    banned = []
    for token in range(100):
        wish = torch.zeros(100)
        wish[token] = 9.0
        if chosen(model, wish, example["ids"] or [99], [0], temperature=0.0) != [token]:
            banned.append(token)
    assert banned == example["banned"]


def test_the_rule_can_be_turned_off(model: Step1ForCausalLM):
    wish = torch.zeros(100)
    wish[9] = 9.0
    assert chosen(model, wish, [9] * 10, [0], temperature=0.0, repetition_aware=False) == [9]


@pytest.mark.parametrize("top_k", [0, 1, 5, 20, 200])
def test_draws_with_torchs_numbers_are_those_of_transformers(model: Step1ForCausalLM, top_k: int):
    drawn = chosen(model, scores(), [1], list(range(40)), TorchNoise(), temperature=0.7, top_k=top_k)
    expected = []
    for seed in range(40):
        kept = (scores() / 0.7)[None]
        if top_k:
            kept = TopKLogitsWarper(min(top_k, 100))(None, kept)
        expected.append(int(torch.multinomial(kept.softmax(-1)[0], 1, generator=torch.Generator().manual_seed(seed))))
    assert drawn == expected


def test_ties_with_the_last_of_the_best_stay(model: Step1ForCausalLM):
    tied = torch.tensor([1.0, 1.0, 1.0, 0.0] + [-9.0] * 96)
    assert set(chosen(model, tied, [1], list(range(60)), top_k=2)) == {0, 1, 2}


def test_hashed_numbers_draw_each_candidate_as_often_as_is_likely(model: Step1ForCausalLM):
    logits = torch.full((100,), -30.0)
    logits[[3, 40, 99]] = torch.tensor([0.5, 0.3, 0.2]).log()
    drawn = torch.tensor(chosen(model, logits, [1], list(range(4000))))
    shares = [float((drawn == token).float().mean()) for token in (3, 40, 99)]
    assert shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_hashed_numbers_are_exponential_and_differ_by_seed_place_and_candidate():
    rows = Rows(N_ROWS, 0, torch.device("cpu"))
    for row, seed in enumerate((5, 5, 6, 5 + (1 << 32))):
        rows.join(row, [1], seed)
    rows.n_new[1] = 1
    numbers = torch.empty(N_ROWS, 5000)
    HashedNoise(N_ROWS, 5000, torch.device("cpu")).fill(numbers, rows)
    assert numbers.min() > 0
    assert numbers.isfinite().all()
    assert numbers.mean(1).tolist() == pytest.approx([1.0] * N_ROWS, abs=0.05)
    assert numbers.var(1).tolist() == pytest.approx([1.0] * N_ROWS, abs=0.15)
    between = torch.corrcoef(numbers) - torch.eye(N_ROWS)
    assert between.abs().max() < 0.05


def test_hashed_numbers_of_a_row_do_not_depend_on_the_others():
    rows = Rows(N_ROWS, 0, torch.device("cpu"))
    for row in range(N_ROWS):
        rows.join(row, [1], 70 + row)
    noise = HashedNoise(N_ROWS, 333, torch.device("cpu"))
    together, alone = torch.empty(N_ROWS, 333), torch.empty(1, 333)
    noise.fill(together, rows)
    for row in range(N_ROWS):
        rows.join(0, [1], 70 + row)
        noise.fill(alone, rows)
        assert torch.equal(alone[0], together[row])
