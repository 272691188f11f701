"""Continuations equal the reference's id by id; patterns, guidance and ends hold."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
import torch

from app.engine.errors import Cancelled, InvalidRequest, OutOfRange
from app.engine.job import JobControl
from app.engine.step_audio.codes import PATTERN
from app.engine.step_audio.language_model.generation import Generation, Guidance
from app.engine.step_audio.language_model.loop import LanguageModelLoop, run_alone
from app.engine.step_audio.language_model.noise import TorchNoise
from app.engine.step_audio.language_model.served import ServedModel
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.language_model.token_choice import Choice
from app.engine.step_audio.vocabulary import AUDIO_IDS
from tests.engine.step_audio.conftest import STEP1
from tests.engine.step_audio.language_model.conftest import Prompts
from tests.wording import refused

GOLDENS = json.loads((STEP1 / "goldens.json").read_text(encoding="utf-8"))


def is_slow(golden: dict[str, Any]) -> bool:
    """True for most goldens: drawing from the whole vocabulary takes half a second each."""
    return golden.get("seed", 0) != 0 or golden["name"] in ("edit_greedy", "clone_sample_seed0")


def test_there_are_eighteen_goldens():
    assert len(GOLDENS["generations"]) == 18


@pytest.mark.parametrize(
    "golden",
    [
        pytest.param(golden, id=golden["name"], marks=[pytest.mark.slow] if is_slow(golden) else [])
        for golden in GOLDENS["generations"]
    ],
)
def test_continuations_equal_the_goldens(step1_model: Step1ForCausalLM, prompts: Prompts, golden: dict[str, Any]):
    choice = Choice(
        temperature=golden["temperature"] if golden["do_sample"] else 0.0,
        top_k=golden.get("top_k", 50),
        repetition_aware=golden.get("repetition_aware", True),
        constrain=False,
    )
    generation = Generation(prompts[golden["prompt"]], max_new_tokens=golden["max_new"], seed=golden.get("seed"))
    run_alone(step1_model, generation, choice, TorchNoise())
    ends = golden["ended_with_eos"]
    assert list(generation) == golden["ids"][: -1 if ends else None]
    assert generation.reason == ("end" if ends else "length")


def test_the_global_random_numbers_are_left_alone(step1_model: Step1ForCausalLM, prompts: Prompts):
    state = torch.get_rng_state()
    run_alone(step1_model, Generation(prompts["short"], max_new_tokens=4, seed=1))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_seed_repeats_and_none_does_not(endless_model: Step1ForCausalLM, prompts: Prompts):
    def ids(seed: int | None) -> list[int]:
        return list(run_alone(endless_model, Generation(prompts["clone"], max_new_tokens=8, seed=seed)))

    assert ids(5) == ids(5)
    assert ids(5) != ids(6)
    assert ids(None) != ids(None)


@pytest.mark.parametrize("temperature", [0.0, 0.7, 3.0])
def test_constrained_ids_follow_the_pattern(endless_model: Step1ForCausalLM, prompts: Prompts, temperature: float):
    generation = Generation(prompts["edit"], max_new_tokens=43, seed=2)
    ids = list(run_alone(endless_model, generation, Choice(temperature=temperature)))
    assert len(ids) == 43
    assert all(token - AUDIO_IDS.start in codes for token, codes in zip(ids, itertools.cycle(PATTERN), strict=False))


def test_constrained_choice_is_the_best_of_the_allowed(step1_model: Step1ForCausalLM, prompts: Prompts):
    """Computing only the allowed rows of the head chooses what masking all logits would."""
    with torch.inference_mode():
        logits = step1_model(torch.tensor([prompts["mixed"]])).logits[0, -1]
    allowed = [step1_model.config.eos_token_id, *range(65_536, 66_560)]
    best = allowed[int(logits[allowed].argmax())]
    generation = Generation(prompts["mixed"], max_new_tokens=1)
    chosen = list(run_alone(step1_model, generation, Choice(temperature=0, repetition_aware=False)))
    assert chosen == ([] if best == step1_model.config.eos_token_id else [best])


# ---- guidance ------------------------------------------------------------------------------------------------------


def test_intensity_one_is_no_guidance_and_takes_no_second_row(endless_model: Step1ForCausalLM, prompts: Prompts):
    plain = list(run_alone(endless_model, Generation(prompts["edit"], max_new_tokens=20, seed=1)))
    same = Generation(prompts["edit"], max_new_tokens=20, seed=1, guidance=Guidance(prompts["clone"], 1.0))
    assert len(same.prompts) == 1
    assert list(run_alone(endless_model, same)) == plain


@pytest.mark.parametrize("intensity", [0.5, 3.0])
def test_guided_choices_are_those_of_the_formula(endless_model: Step1ForCausalLM, prompts: Prompts, intensity: float):
    """Against two separate full passes at every step, for prompts of different length, whichever is longer."""
    for edited, identity in (("short", "clone"), ("clone", "short")):
        guidance = Guidance(prompts[identity], intensity)
        generation = Generation(prompts[edited], max_new_tokens=4, guidance=guidance)
        choice = Choice(temperature=0, constrain=False, repetition_aware=False)
        ids = list(run_alone(endless_model, generation, choice))
        for n, token in enumerate(ids):
            with torch.inference_mode():
                with_edit, without = (
                    endless_model(torch.tensor([prompts[name] + ids[:n]]), logits_to_keep=1).logits[0, -1]
                    for name in (edited, identity)
                )
            assert int((without + intensity * (with_edit - without)).argmax()) == token


def test_guidance_by_the_same_prompt_takes_no_second_row(prompts: Prompts):
    same = Generation(prompts["edit"], max_new_tokens=20, guidance=Guidance(prompts["edit"], 2.5))
    assert len(same.prompts) == 1


@pytest.mark.parametrize("intensity", [0.0, 3.1, float("nan")])
def test_guidance_outside_its_range_is_refused(intensity: float):
    with pytest.raises(OutOfRange):
        Guidance([1], intensity)


# ---- ends ----------------------------------------------------------------------------------------------------------


def test_no_new_tokens_are_none(step1_model: Step1ForCausalLM, prompts: Prompts):
    generation = run_alone(step1_model, Generation(prompts["short"], max_new_tokens=0))
    assert list(generation) == []
    assert generation.reason == "length"


@pytest.mark.slow
def test_endless_repetition_is_recognised(endless_model: Step1ForCausalLM, prompts: Prompts):
    choice = Choice(temperature=0, repetition_aware=False, constrain=False)
    generation = run_alone(endless_model, Generation(prompts["edit"], max_new_tokens=2000), choice)
    assert 300 < len(list(generation)) < 900
    assert generation.reason == "degenerate"
    assert list(generation) == []


@pytest.mark.slow
def test_random_codes_are_not_taken_for_repetition(endless_model: Step1ForCausalLM, prompts: Prompts):
    choice = Choice(temperature=3.0, top_k=0)
    generation = run_alone(endless_model, Generation(prompts["short"], max_new_tokens=320, seed=1), choice)
    assert len(list(generation)) == 320
    assert generation.reason == "length"


def test_a_reader_that_waits_is_told_why_its_job_stops(prompts: Prompts):
    control = JobControl()
    generation = Generation(prompts["short"], max_new_tokens=50, control=control)  # nobody makes its ids
    control.cancel()
    with pytest.raises(Cancelled):
        next(generation)
    assert generation.reason == "cancelled"
    assert list(generation) == []


def test_what_the_loop_runs_into_reaches_the_reader(prompts: Prompts):
    generation = Generation(prompts["short"], max_new_tokens=50)
    generation.put(70_000, 3)
    generation.fail(RuntimeError("broken"))
    assert next(generation) == 70_000
    with pytest.raises(RuntimeError, match="broken"):
        next(generation)


@pytest.mark.parametrize(
    ("prompt", "n", "fault"),
    [
        ([], 5, "is empty"),
        ([1, 74_752], 5, "outside the model's 74752"),
        ([1, -1], 5, "outside the model's"),
        ([1] * 32_000, 1000, "exceed the model's limit of 32768"),
        ([1], -1, "must be at least 0"),
    ],
)
def test_impossible_prompts_are_refused_before_anything_is_computed(
    step1_model: Step1ForCausalLM, prompt: list[int], n: int, fault: str
):
    loop = LanguageModelLoop(step1_model, n_slots=2, capacity=40_000)
    with refused(InvalidRequest, match=fault):
        ServedModel(loop).start(Generation(prompt, max_new_tokens=n))
    assert loop.is_idle


@pytest.mark.parametrize("setting", [{"temperature": -0.1}, {"top_k": -1}, {"temperature": float("nan")}])
def test_settings_outside_their_range_are_refused_by_name(setting: dict[str, Any]):
    with pytest.raises(OutOfRange) as error:
        Choice(**setting)
    assert error.value.param == next(iter(setting))
