"""One choice: the rule on repetition, temperature, the best few, the draw."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import TopKLogitsWarper

from app.engine.step_audio.language_model.token_choice import Candidates, TokenChooser
from tests.engine.step_audio.conftest import STEP1

EXAMPLES = json.loads((STEP1 / "goldens.json").read_text(encoding="utf-8"))["repetition_examples"]
ANY = Candidates((range(100),))


def chooser(**settings: Any) -> TokenChooser:
    defaults = {"temperature": 1.0, "top_k": 0, "seed": 0, "repetition_aware": True, "prompt_ids": []}
    return TokenChooser(**(defaults | settings))


def scores(seed: int = 0) -> Tensor:
    return torch.randn(100, generator=torch.Generator().manual_seed(seed)) * 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["ids"]))
def test_only_the_golden_ids_are_banned(example: dict[str, Any]):
    banned = []
    for token in range(100):
        wish = torch.zeros(100)
        wish[token] = 9.0
        if chooser(temperature=0.0, prompt_ids=example["ids"]).choose(wish, ANY) != token:
            banned.append(token)
    assert banned == example["banned"]


def test_the_rule_can_be_turned_off():
    wish = torch.zeros(100)
    wish[9] = 9.0
    off = chooser(temperature=0.0, prompt_ids=[9] * 10, repetition_aware=False)
    assert [off.choose(wish.clone(), ANY) for _ in range(5)] == [9] * 5


@pytest.mark.parametrize("top_k", [0, 1, 5, 20, 200])
def test_draws_are_those_of_transformers(top_k: int):
    drawn = [chooser(temperature=0.7, top_k=top_k, seed=seed).choose(scores(), ANY) for seed in range(40)]
    expected = []
    for seed in range(40):
        kept = (scores() / 0.7)[None]
        if top_k:
            kept = TopKLogitsWarper(min(top_k, 100))(None, kept)
        expected.append(int(torch.multinomial(kept.softmax(-1)[0], 1, generator=torch.Generator().manual_seed(seed))))
    assert drawn == expected


def test_ties_with_the_last_of_the_best_stay():
    tied = torch.tensor([1.0, 1.0, 1.0, 0.0] + [-9.0] * 96)
    drawn = {chooser(top_k=2, seed=seed).choose(tied.clone(), ANY) for seed in range(60)}
    assert drawn == {0, 1, 2}


def test_candidates_map_between_ids_and_places():
    some = Candidates((range(3, 4), range(50, 60)))
    ids = [some.token(n) for n in range(11)]
    assert ids == [3, *range(50, 60)]
    assert [some.index(token) for token in ids] == list(range(11))
    assert some.index(4) is None
    head, state = torch.randn(100, 8), torch.randn(2, 8)
    torch.testing.assert_close(some.logits(head, state), (state @ head.T)[:, ids])
